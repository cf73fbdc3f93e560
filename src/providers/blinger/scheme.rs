//! How Blinger's deliveries are let in.
use crate::{
    key::{Key, KeyError},
    providers::registry::{Need, OptionError, Provider},
    scheme::{Answer, Answers, Scheme, forward},
    schemes::{Source, Token},
};
use http::{HeaderName, StatusCode};

/// Blinger's webhooks, which are **not signed**: no page documents a signature, a secret, a time or a delivery id. What
/// keeps others out is a secret of the receiver's own, in the URL or in a header.
///
/// Follows [Webhooks](https://help.blinger.io/documentation/webhooks), version 1.0. That deliveries are `POST`s with a
/// body in JSON is what the samples show.
///
/// - **Signed**: nothing. [`Verified::proof`](crate::Verified::proof) is
///   [`SharedToken`](crate::scheme::Proof::SharedToken): who sent it knew the secret, and whoever sees one request can
///   send others. The event is the body's `webhook`, which must not occur twice.
/// - **Secret**: chosen by the receiver, at least 16 characters, drawn at random: nothing else stands in the way of
///   whoever guesses. Shorter ones are refused, as [`KeyError::TooShort`].
/// - **Replay**: there is neither id nor time, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. A handler can tell repeats by
///   `webhook` with `message_id`, with `comment_id`, with `conversation.id` and `conversation.date_updated`, or with
///   `user.id`; Blinger documents none of these as unique.
/// - **Answer**: exactly 200. Any other 2xx of a handler is sent as 200. Whether and when Blinger retries is not
///   documented.
/// - **Pitfalls**: Blinger's support sets webhooks up, so that a secret in the path passes through their hands, and
///   paths are written into access logs. Restrict the route to their addresses too where they are known, and change
///   the secret when someone who knew it leaves.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Blinger};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// // For https://example.com/webhooks/blinger/KmPq7dRz4sVw9xTb2cYh
/// let blinger = Blinger::secret_path();
/// let key = blinger.key("KmPq7dRz4sVw9xTb2cYh")?;
/// let layer = VerifySignatureLayer::new(blinger, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Blinger {
    token: Token,
}

/// Nobody guesses this many random characters, not even without a limit on tries.
const LEAST: usize = 16;

impl Blinger {
    /// The secret is the path's last segment, percent-encoded where it must be: the URL that support is told ends in
    /// it.
    pub fn secret_path() -> Self {
        Self::with(Token::last_segment("blinger"))
    }

    /// The secret is a header's whole value. Blinger documents no headers of one's own: this is for a proxy in front
    /// that adds one, or for what support agrees to.
    pub fn secret_header(header: HeaderName) -> Self {
        Self::with(Token::header("blinger", header))
    }

    fn with(token: Token) -> Self {
        let answers = Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status();
        Self { token: token.event(Source::Json("webhook")).with_answers(answers) }
    }
}

impl Scheme for Blinger {
    forward!(self => &self.token; name, plan, accept, sign, answers);

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let key = self.token.key(text)?;
        if text.chars().count() < LEAST {
            return Err(KeyError::TooShort { least: LEAST });
        }
        Ok(key)
    }
}

pub(in crate::providers) const PROVIDER: Provider =
    Provider::new("blinger", "Blinger", "https://help.blinger.io/documentation/webhooks", |options| {
        let Some(header) = options.get("header") else { return Ok(Box::new(Blinger::secret_path())) };
        let wrong = OptionError::Wrong { name: "header", expected: "the name of a header, in lower case" };
        let header = HeaderName::from_lowercase(header.as_bytes()).map_err(|_| wrong)?;
        Ok(Box::new(Blinger::secret_header(header)))
    })
    .recipe("token")
    .signed("nothing: a secret in the path or in a header")
    .needs(&[Need::Token, Need::Option("header?")]);
