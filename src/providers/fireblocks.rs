//! Fireblocks.
use super::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Secret},
    scheme::{Scheme, forward},
    schemes::{Field, Jws, JwsAlgorithm, Signed, Source},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Fireblocks' webhooks.
///
/// Follows [Validating webhooks](https://developers.fireblocks.com/reference/validating-webhooks) and
/// [Webhook notification structure](https://developers.fireblocks.com/reference/webhook-notification-structure).
///
/// - **Signed**: the body, by a detached JWS (RS512); in `Fireblocks-Webhook-Signature`, as `{header}..{signature}`. Event
///   type (`eventType`) and id (`id`) are in the body. The older signature, which comes with it, is not looked at.
/// - **Key**: looked up by the signature's `kid`, among those that Fireblocks publishes: for production in the US at
///   `https://keys.fireblocks.io/.well-known/jwks.json`, elsewhere for the EU and for sandboxes: `key::Jwks`, of the
///   feature `jwks`.
/// - **Time**: none is signed. `createdAt` in the body is when the event occurred, and retries come hours later.
/// - **Replay**: known by the body's `id`.
/// - **Answer**: 200. Fireblocks retries with growing delays, for some hours.
///
/// ```
/// # #[cfg(feature = "jwks")] {
/// use tower_webhook::{
///     VerifySignatureLayer,
///     fetch::Fetch,
///     key::{Algorithm, Jwks, JwksError},
///     providers::Fireblocks,
/// };
///
/// fn layer(fetch: impl Fetch) -> Result<VerifySignatureLayer<Fireblocks>, JwksError> {
///     let published = "https://keys.fireblocks.io/.well-known/jwks.json";
///     let keys = Jwks::new(fetch, published, Algorithm::RsaPkcs1Sha512)?;
///     Ok(VerifySignatureLayer::new(Fireblocks, keys))
/// }
/// # let _ = |fetch: std::sync::Arc<dyn Fetch>| layer(fetch);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fireblocks;

/// Fireblocks' webhooks of version 1, which are deprecated, and whatever has only the older signature.
///
/// Follows [Validate requests](https://developers.fireblocks.com/reference/verify-requests).
///
/// - **Signed**: the body, by RSA (PKCS #1 v1.5) with SHA-512; in `Fireblocks-Signature`, in base64. The event type
///   (`type`) is in the body.
/// - **Key**: the public key that the page prints, in PEM: one for production, another for sandboxes.
/// - **Time**: none is signed.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: 200. Fireblocks retries with growing delays, for some hours.
/// - **Pitfalls**: the page's samples verify JSON that they have written anew; what is signed is the body as it was sent.
///
/// ```
/// use tower_webhook::{Scheme as _, providers::FireblocksLegacy};
///
/// // The sandbox's.
/// let key = FireblocksLegacy.key(
///     "-----BEGIN PUBLIC KEY-----
///     MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAw+fZuC+0vDYTf8fYnCN6
///     71iHg98lPHBmafmqZqb+TUexn9sH6qNIBZ5SgYFxFK6dYXIuJ5uoORzihREvZVZP
///     8DphdeKOMUrMr6b+Cchb2qS8qz8WS7xtyLU9GnBn6M5mWfjkjQr1jbilH15Zvcpz
///     ECC8aPUAy2EbHpnr10if2IHkIAWLYD+0khpCjpWtsfuX+LxqzlqQVW9xc6z7tshK
///     eCSEa6Oh8+ia7Zlu0b+2xmy2Arb6xGl+s+Rnof4lsq9tZS6f03huc+XVTmd6H2We
///     WxFMfGyDCX2akEg2aAvx7231/6S0vBFGiX0C+3GbXlieHDplLGoODHUt5hxbPJnK
///     IwIDAQAB
///     -----END PUBLIC KEY-----",
/// );
/// assert!(key.is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct FireblocksLegacy;

const SIGNATURE: HeaderName = HeaderName::from_static("fireblocks-webhook-signature");
const OLDER_SIGNATURE: HeaderName = HeaderName::from_static("fireblocks-signature");

static RECIPE: LazyLock<Jws> = LazyLock::new(|| {
    Jws::detached("fireblocks", JwsAlgorithm::Rs512, SIGNATURE)
        .key_by_id()
        .event(Source::Json("eventType"))
        .id(Source::Json("id"))
});

static OLDER: LazyLock<Signed> = LazyLock::new(|| {
    Signed::by("fireblocks-legacy", Algorithm::RsaPkcs1Sha512, Field::header(OLDER_SIGNATURE))
        .encoding(Encoding::Base64)
        .secret(Secret::pem())
        .event(Source::Json("type"))
});

impl Scheme for Fireblocks {
    forward!(self => &*RECIPE; all);
}

impl Scheme for FireblocksLegacy {
    forward!(self => &*OLDER; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "fireblocks",
    "Fireblocks",
    "https://developers.fireblocks.com/reference/validating-webhooks",
    |_| Ok(Box::new(Fireblocks)),
)
.recipe("detached JWS, RS512")
.known_by("the body's `id`")
.needs(&[Need::FetchedKeys]);

pub(super) const LEGACY: Provider = Provider::new(
    "fireblocks-legacy",
    "Fireblocks, version 1",
    "https://developers.fireblocks.com/reference/verify-requests",
    |_| Ok(Box::new(FireblocksLegacy)),
)
.recipe("RSA, SHA-512")
.needs(&[Need::PublicKey]);
