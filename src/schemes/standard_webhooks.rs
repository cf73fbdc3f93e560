//! Standard Webhooks 1.0.0.
use super::Source;
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text, forward},
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use std::sync::LazyLock;

/// [Standard Webhooks] 1.0.0, with shared secrets (`v1`) and with public keys (`v1a`).
///
/// - **Signed**: `{webhook-id}.{webhook-timestamp}.{body}`, by HMAC-SHA256 (`v1`) or by Ed25519 (`v1a`, with the feature
///   `ed25519`); in `webhook-signature`, base64 behind `v1,` or `v1a,`, several separated by spaces. Id and time are
///   signed, the event type is the body's `type`.
/// - **Keys**: `whsec_` and the base64 of a shared secret, or `whpk_` and that of a public key. The prefix decides which
///   of the two it is, and so which signatures are compared with it: a `v1a` never with a shared secret, a `v1` never
///   with a public key. Text without a prefix is a shared secret; text that does not decode is an error, and the raw
///   text is never the key. Senders sign with the same `whsec_`, or with `whsk_` and the base64 of the private key, alone
///   or with the public key behind it; a receiver that is given such a one refuses it.
/// - **Length**: a shared secret of fewer than 24 bytes is refused, as the specification demands. It also says 64 at
///   most, which protects nothing and which its senders do not all keep, so that longer ones are taken.
/// - **Time**: five minutes, past and future.
/// - **Replay**: known by `webhook-id`, which retries keep although they are signed anew.
/// - **Pitfalls**: an id with a dot in it is refused, since the borders of the signed text could then be moved. Only
///   headers of these names are looked at; where the same three are called `svix-*`, see `providers::Svix`.
///
/// Its senders wait 15 to 30 seconds for any 2xx. Whoever signs sets `webhook-id` first.
///
/// [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, schemes::StandardWebhooks};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = StandardWebhooks.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let layer = VerifySignatureLayer::new(StandardWebhooks, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardWebhooks;

static RECIPE: LazyLock<Recipe> = LazyLock::new(|| Recipe::new("standard-webhooks").or_public_keys());

impl Scheme for StandardWebhooks {
    forward!(self => &*RECIPE; all);
}

/// What those have in common that sign in this way, by description: as the specification says, but for shared secrets
/// alone.
pub(crate) struct Recipe {
    name: &'static str,
    headers: Headers,
    /// What they are called in deliveries that have none of the above.
    otherwise: Option<Headers>,
    secret: Secret,
    has_public_keys: bool,
    event: Option<Source>,
}

impl Recipe {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self {
            name,
            headers: Headers::STANDARD,
            otherwise: None,
            secret: Secret::encoded(Encoding::Base64).prefix(SHARED).at_least(24),
            has_public_keys: false,
            #[cfg(feature = "json")]
            event: Some(Source::Json("type")),
            #[cfg(not(feature = "json"))]
            event: None,
        }
    }

    /// A public key is taken too, and `v1a`.
    pub(crate) fn or_public_keys(mut self) -> Self {
        self.has_public_keys = true;
        self
    }
}

/// What providers do otherwise.
#[cfg(feature = "providers")]
impl Recipe {
    /// What the headers are called.
    pub(crate) fn headers(mut self, headers: Headers) -> Self {
        self.headers = headers;
        self
    }

    /// What the headers are called in deliveries that have none of the others.
    pub(crate) fn or_headers(mut self, otherwise: Headers) -> Self {
        self.otherwise = Some(otherwise);
        self
    }

    /// How the dashboard writes shared secrets.
    pub(crate) fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    /// How many bytes a shared secret must have.
    pub(crate) fn at_least(mut self, bytes: usize) -> Self {
        self.secret = self.secret.at_least(bytes);
        self
    }

    /// Where the body names the event, if not by its `type`.
    pub(crate) fn event(mut self, path: &'static str) -> Self {
        self.event = Some(Source::Json(path));
        self
    }
}

/// The names of the three headers.
pub(crate) struct Headers {
    id: HeaderName,
    timestamp: HeaderName,
    signature: HeaderName,
}

impl Headers {
    pub(crate) const STANDARD: Self = Self {
        id: HeaderName::from_static("webhook-id"),
        timestamp: HeaderName::from_static("webhook-timestamp"),
        signature: HeaderName::from_static("webhook-signature"),
    };

    #[cfg(feature = "providers")]
    pub(crate) const SVIX: Self = Self {
        id: HeaderName::from_static("svix-id"),
        timestamp: HeaderName::from_static("svix-timestamp"),
        signature: HeaderName::from_static("svix-signature"),
    };

    /// Whether any of them is there.
    fn occur_in(&self, headers: &HeaderMap) -> bool {
        [&self.id, &self.timestamp, &self.signature].into_iter().any(|name| headers.contains_key(name))
    }
}

const SHARED: &str = "whsec_";
const PUBLIC: &str = "whpk_";
const PRIVATE: &str = "whsk_";

/// The signatures that this crate knows, by the version that stands before them.
fn algorithm(version: &str) -> Option<Algorithm> {
    match version {
        "v1" => Some(Algorithm::HmacSha256),
        #[cfg(feature = "ed25519")]
        "v1a" => Some(Algorithm::Ed25519),
        _ => None,
    }
}

fn text(id: &str, timestamp: &str) -> Text {
    Text::new().bytes(id).bytes(".").bytes(timestamp).bytes(".").body()
}

impl Recipe {
    /// The names of this delivery's headers: all three the one, or all three the other.
    fn headers_of(&self, head: &Head<'_>) -> &Headers {
        match &self.otherwise {
            Some(other) if !self.headers.occur_in(head.headers()) && other.occur_in(head.headers()) => other,
            _ => &self.headers,
        }
    }

    #[cfg(feature = "ed25519")]
    fn public_key(text: &str) -> Result<Key, KeyError> {
        Secret::encoded(Encoding::Base64).prefix(PUBLIC).key(Algorithm::Ed25519, text)
    }

    #[cfg(feature = "ed25519")]
    fn private_key(text: &str) -> Result<SigningKey, KeyError> {
        Secret::encoded(Encoding::Base64).prefix(PRIVATE).signing_key(Algorithm::Ed25519, text)
    }

    #[cfg(not(feature = "ed25519"))]
    fn public_key(_: &str) -> Result<Key, KeyError> {
        Err(WITHOUT_ED25519)
    }

    #[cfg(not(feature = "ed25519"))]
    fn private_key(_: &str) -> Result<SigningKey, KeyError> {
        Err(WITHOUT_ED25519)
    }
}

#[cfg(not(feature = "ed25519"))]
const WITHOUT_ED25519: KeyError = KeyError::WrongParts {
    expected: "a shared one (`whsec_`): this one is for Ed25519, which needs the feature `ed25519`",
};

impl Scheme for Recipe {
    fn name(&self) -> &str {
        self.name
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        if self.has_public_keys && text.starts_with(PRIVATE) {
            return Err(KeyError::WrongPrefix { expected: PUBLIC });
        }
        if self.has_public_keys && text.starts_with(PUBLIC) {
            return Self::public_key(text);
        }
        self.secret.key(Algorithm::HmacSha256, text)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        if self.has_public_keys && text.starts_with(PUBLIC) {
            return Err(KeyError::WrongPrefix { expected: PRIVATE });
        }
        if self.has_public_keys && text.starts_with(PRIVATE) {
            return Self::private_key(text);
        }
        SigningKey::shared(self.key(text)?, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let headers = self.headers_of(head);
        let (id, timestamp) = (head.one(&headers.id)?, head.one(&headers.timestamp)?);
        if id.contains('.') {
            return Err(Refusal::MalformedHeader(headers.id.clone()));
        }
        let signed_at = Unit::Seconds.parse(timestamp).ok_or(Refusal::MalformedTimestamp)?;
        let signatures = head.one(&headers.signature)?.split(' ').filter_map(|item| {
            let (version, signature) = item.split_once(',')?;
            Some((algorithm(version)?, signature))
        });
        let check = Check::new(text(id, timestamp)).any_of(Encoding::Base64, signatures)?;
        Ok(check.signed_at(signed_at).into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let head = proven.head();
        let delivery = Delivery::new().signed_id(head.one(&self.headers_of(head).id)?);
        let event = self.event.as_ref().map(|source| source.read(head, proven.body())).transpose()?;
        Ok(match event.flatten() {
            Some(event) => delivery.signed_event(event),
            None => delivery,
        }
        .into())
    }

    fn event_source(&self) -> Option<&Source> {
        self.event.as_ref()
    }

    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let Headers { id, timestamp, signature } = &self.headers;
        let mut ids = request.headers().get_all(id).iter();
        let id = match (ids.next().and_then(|id| id.to_str().ok()), ids.next()) {
            (Some(id), None) if !id.is_empty() && !id.contains('.') => id,
            _ => {
                return Err(CannotSign::new("the request needs one id, without a dot: set its header first"));
            }
        };
        let time = Unit::Seconds.format(now);
        let version = if key.is_for(Algorithm::HmacSha256) { "v1" } else { "v1a" };
        let algorithm = algorithm(version).ok_or(CannotSign::new("the key is for another algorithm"))?;
        let signed = key.sign(algorithm, &text(id, &time), request.body())?;
        let signed = format!("{version},{}", Encoding::Base64.encode(&signed));
        for (name, value) in [(timestamp, time), (signature, signed)] {
            let unfit = |_| CannotSign::new("a value does not fit into a header");
            request.headers_mut().insert(name, HeaderValue::try_from(value).map_err(unfit)?);
        }
        Ok(())
    }
}
