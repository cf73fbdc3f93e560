//! Notion.
use super::registry::Provider;
use crate::{
    key::Secret,
    scheme::{Scheme, forward},
    schemes::{
        Field, Signed, Source,
        handshake::{Answering, Enroller, Handshake},
    },
};
use http::{HeaderName, Method};

/// Notion's webhooks.
///
/// Follows [Webhooks](https://developers.notion.com/reference/webhooks).
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Notion-Signature`, hexadecimal behind `sha256=`. Event type (`type`) and
///   id (`id`) are in the body.
/// - **Secret**: the `verification_token` of the subscription, which begins with `secret_`, as it is.
/// - **Time**: none is signed apart from the body's `timestamp`, which is the event's.
/// - **Replay**: known by the body's `id`.
/// - **Handshake**: a new subscription's URL is sent `{"verification_token": ..}`, which you then paste into Notion's page and
///   use as the secret. By the document's example it is signed with the token that it brings, by other sources not at
///   all. If it is signed with a key that the endpoint has, it is answered 200. Otherwise **anybody could have sent it**,
///   so it is refused unless you ask for [`enrolling`](Self::enrolling), and answered only where you expect one.
/// - **Answer**: any 2xx. Up to eight attempts are made, over a day (secondary source).
/// - **Pitfalls**: never take a second token for a subscription that is set up.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Notion};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let notion = Notion::new();
/// let key = notion.key("secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl")?;
/// let layer = VerifySignatureLayer::new(notion, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Notion {
    recipe: Answering<Signed>,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-notion-signature");
const TOKEN: Source = Source::Json("verification_token");

impl Notion {
    /// For subscriptions whose token is known.
    pub fn new() -> Self {
        let recipe = Signed::hmac_sha256("notion", Field::header(SIGNATURE).prefix("sha256="))
            .secret(Secret::text().prefix("secret_"))
            .event(Source::Json("type"))
            .id(Source::Json("id"));
        Self { recipe: Answering::new(recipe, Handshake::verified().question(TOKEN).alone()) }
    }

    /// Answers handshakes whose token `enroller` takes: [`Enrolments`](crate::schemes::handshake::Enrolments), or your
    /// own. They may be signed or not. No key is looked up for them, so that the key provider may have none yet.
    pub fn enrolling(mut self, enroller: impl Enroller) -> Self {
        let setup = Handshake::unverified(Method::POST).question(TOKEN).alone().enrolling(enroller);
        self.recipe = self.recipe.and(setup);
        self
    }
}

impl Default for Notion {
    fn default() -> Self {
        Self::new()
    }
}

impl Scheme for Notion {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("notion", "Notion", "https://developers.notion.com/reference/webhooks", |_| {
        Ok(Box::new(Notion::new()))
    })
    .known_by("the body's `id`")
    .handshake("`verification_token`, where it is expected: `enrolling`");
