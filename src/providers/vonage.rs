//! Vonage.
use super::Provider;
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{Scheme, forward},
    schemes::{Jwt, TokenIn},
};
use std::sync::LazyLock;

/// Vonage's signed webhooks: Messages, Voice, Verify, Dispatch.
///
/// Follows [Decoding signed webhooks](https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks).
///
/// - **Signed**: a JWT (HS256) in `Authorization`, behind `Bearer`, issued by `Vonage`. Its claim `payload_hash` is the
///   body's SHA-256 in hexadecimal. Where a token has none, the body is not covered, and `Event<T>` refuses it.
/// - **Not signed**: the URL. What comes by GET, with its fields in the query, is refused: no document confirms what its
///   `payload_hash` is over.
/// - **Secret**: the account's signature secret, as a text. It belongs to the API key that the claim `api_key` names;
///   several accounts at one endpoint need [`ByTenant`](crate::schemes::ByTenant) or several keys.
/// - **Time**: the token's `iat`, within five minutes, past and future. Vonage documents no tolerance, and its tokens
///   have no `exp`; its kits do not look at the time.
/// - **Replay**: known by the token's `jti`. Whether a retry keeps it is not documented.
/// - **Event**: none that all products share; it is in the body (`status`, `message_type` and others).
/// - **Answer**: any 2xx; for an answer URL, the call's instructions.
/// - **Pitfalls**: Vonage's own kits check the token and leave `payload_hash` to their user. In rare cases Vonage sends
///   without a signature, and asks for a 5xx, so that it tries again; here that is refused as everything unsigned. The
///   older signature of the SMS API, a parameter `sig`, is another recipe, and not this one.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Vonage};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Vonage, Vonage.key("the signature secret of the account")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Vonage;

static RECIPE: LazyLock<Jwt> = LazyLock::new(|| {
    Jwt::hs256("vonage", TokenIn::bearer())
        .issuer("Vonage")
        .issued_at_signing()
        .id_is_jti()
        .body_digest_if_present("payload_hash", Digest::Sha256, Encoding::Hex)
});

impl Scheme for Vonage {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "vonage",
    "Vonage",
    "https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks",
    |options| {
        // What is signed so may be a token of any purpose.
        let alone = options.are_for_signature_alone() && options.get("variant") == Some("jwt-signature-only");
        Ok(if alone { Box::new(Jwt::hs256("vonage", TokenIn::bearer())) } else { Box::new(Vonage) })
    },
)
.recipe("JWT, HS256")
.signed("time, digest of the body where it is sent")
.known_by("the token's `jti`");
