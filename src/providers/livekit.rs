//! LiveKit.
use super::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{Scheme, forward},
    schemes::{Jwt, Source, TokenIn},
};
use http::header::AUTHORIZATION;
use std::{borrow::Cow, time::Duration};

/// LiveKit's webhooks.
///
/// Follows [Webhooks](https://docs.livekit.io/server/webhooks/), and where that is silent, LiveKit's own kit
/// (`livekit-server-sdk`).
///
/// - **Signed**: a JWT (HS256), the whole value of `Authorization` with no `Bearer` before it. Its issuer is the API
///   key, its claim `sha256` the body's digest in base64. Event type (`event`) and id (`id`) are in the body.
/// - **Secret**: the API secret that belongs to the API key, as a text.
/// - **Time**: the token must have an `exp`, some five minutes from when it was made; as in the kit, to ten seconds.
/// - **Replay**: known by the body's `id`.
/// - **Answer**: any 2xx.
/// - **Pitfalls**: `Content-Type` is `application/webhook+json`, which some frameworks do not take for JSON; here it is
///   not asked. The kit's source calls the header `Authorize` in one place; what arrives is `Authorization`.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::LiveKit};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let livekit = LiveKit::new("the API key");
/// let secret = livekit.key("the API secret")?;
/// let layer = VerifySignatureLayer::new(livekit, secret);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct LiveKit {
    recipe: Jwt,
}

impl LiveKit {
    /// For the API key that signs: the token's issuer must be it.
    #[must_use]
    pub fn new(api_key: impl Into<Cow<'static, str>>) -> Self {
        Self { recipe: recipe().issuer(api_key) }
    }
}

fn recipe() -> Jwt {
    Jwt::hs256("livekit", TokenIn::Header(AUTHORIZATION))
        .expires()
        .body_digest("sha256", Digest::Sha256, Encoding::Base64)
        .event(Source::Json("event"))
        .id(Source::Json("id"))
        .with_tolerance(Duration::from_secs(10))
}

impl Scheme for LiveKit {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("livekit", "LiveKit", "https://docs.livekit.io/server/webhooks/", |options| {
        Ok(Box::new(match options.binding(&["api_key", "app_key", "issuer"])? {
            Some(api_key) => LiveKit::new(api_key.to_owned()),
            None => LiveKit { recipe: recipe() },
        }))
    })
    .recipe("JWT, HS256")
    .signed("expiry, digest of the body")
    .known_by("the body's `id`")
    .needs(&[Need::Secret, Need::Option("api_key")]);
