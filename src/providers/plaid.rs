//! Plaid.
use super::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Jwt, TokenIn},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Plaid's webhooks.
///
/// Follows [Verify webhooks](https://plaid.com/docs/api/webhooks/webhook-verification/).
///
/// - **Signed**: a JWT (ES256) in `Plaid-Verification`, whose claim `request_body_sha256` is the body's digest, in
///   hexadecimal. The event is in the body: `webhook_type` and `webhook_code`, here joined by a dot, as
///   `TRANSACTIONS.SYNC_UPDATES_AVAILABLE`, since codes such as `DEFAULT_UPDATE` occur under several types.
/// - **Key**: looked up by the token's `kid`. Plaid answers `/webhook_verification_key/get` with one key in JSON
///   (a JWK), and wants it cached. A key whose `expired_at` is set must not be used: let the lookup answer
///   [`KeyLookupError::Untrusted`](crate::key::KeyLookupError::Untrusted). Whoever sends chooses the `kid`, so limit how often
///   Plaid is asked: [`Cached`](crate::key::Cached).
/// - **Time**: the token's `iat`, within five minutes. Plaid's document bounds the past only; here the future is
///   bounded too.
/// - **Replay**: there is no id. Known by the signed text, which has the time and the body's digest.
/// - **Answer**: any 2xx within ten seconds. Plaid retries for up to 24 hours, the first time after 30 seconds.
/// - **Pitfalls**: the body is indented by two spaces, and whatever formats it anew breaks the digest.
///
/// ```
/// use tower_webhook::{
///     Scheme, VerifySignatureLayer,
///     key::{KeyLookupError, KeyRef, KeySet},
///     providers::Plaid,
/// };
///
/// let layer = VerifySignatureLayer::new(Plaid, async |key: KeyRef| -> Result<KeySet, KeyLookupError> {
///     let KeyRef::Id(kid) = key else { return Err(KeyLookupError::Unknown) };
///     // .. ask Plaid for the key of this id.
///     # let _ = kid;
///     Err(KeyLookupError::Unknown)
/// });
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Plaid;

const TOKEN: HeaderName = HeaderName::from_static("plaid-verification");

static RECIPE: LazyLock<Jwt> = LazyLock::new(|| {
    Jwt::es256("plaid", TokenIn::Header(TOKEN)).key_by_id().issued_at_signing().body_digest(
        "request_body_sha256",
        Digest::Sha256,
        Encoding::Hex,
    )
});

impl Scheme for Plaid {
    forward!(self => &*RECIPE; name, key, plan, sign, signing_key);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let delivery = proven.delivery();
        Ok(match proven.json_texts(["webhook_type", "webhook_code"])? {
            [Some(of), Some(code)] => delivery.signed_event(format!("{of}.{code}")),
            _ => delivery,
        }
        .into())
    }
}

pub(super) const PROVIDER: Provider =
    Provider::new("plaid", "Plaid", "https://plaid.com/docs/api/webhooks/webhook-verification/", |_| {
        Ok(Box::new(Plaid))
    })
    .recipe("JWT, ES256")
    .signed("time, digest of the body")
    .known_by("time and body")
    .needs(&[Need::FetchedKeys]);
