//! fal.ai.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Digest, Secret},
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::sync::LazyLock;

/// The webhooks of fal.ai's queue.
///
/// Follows [Webhooks](https://docs.fal.ai/model-apis/model-endpoints/webhooks).
///
/// - **Signed**: four lines by Ed25519, with a line feed between each two: `X-Fal-Webhook-Request-Id`,
///   `X-Fal-Webhook-User-Id`, `X-Fal-Webhook-Timestamp` and the SHA-256 of the body in hexadecimal; in
///   `X-Fal-Webhook-Signature`, hexadecimal.
/// - **Keys**: fal.ai publishes a set of them (JWKS), and a request does not say which one it was signed with: any of them
///   may be. `key::Jwks`, of the feature `jwks`, gives all of the set; a key that was published after it was fetched fits
///   only once it is fetched again. [`key`](Scheme::key) reads the `x` of one, base64url. The address of the set is
///   configuration: the one that integrations name, `https://rest.alpha.fal.ai/.well-known/jwks.json`, may have moved. It
///   is to be kept for a day at most.
/// - **Time**: five minutes, past and future, as documented.
/// - **Event**: the body's `status`, `OK` or `ERROR`.
/// - **Replay**: known by the signed request id.
/// - **Answer**: any 2xx. fal.ai retries ten times within two hours; that it waits 15 seconds is not confirmed.
/// - **Pitfalls**: the body's `gateway_request_id` is another one after a retry within the queue, and neither it nor the
///   body's `request_id` is compared with the header.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, key::KeySet, providers::Fal};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let keys = KeySet::from(Fal.key("YCWZwvPamuFNwegNq14k4hrOmTDy87fs8HdeVcvUx30")?)
///     .or(Fal.key("A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg")?);
/// let layer = VerifySignatureLayer::new(Fal, keys);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Fal;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-fal-webhook-request-id");
const USER_ID: HeaderName = HeaderName::from_static("x-fal-webhook-user-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-fal-webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-fal-webhook-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::ed25519("fal", Field::header(SIGNATURE))
        .secret(Secret::encoded(Encoding::Base64Url))
        .text([
            Part::Header(REQUEST_ID),
            Part::literal("\n"),
            Part::Header(USER_ID),
            Part::literal("\n"),
            Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds),
            Part::literal("\n"),
            Part::BodyDigest(Digest::Sha256, Encoding::Hex),
        ])
        .event(Source::Json("status"))
        .id(Source::Header(REQUEST_ID))
});

impl Scheme for Fal {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("fal", "fal.ai", "https://docs.fal.ai/model-apis/model-endpoints/webhooks", |_| {
        Ok(Box::new(Fal))
    })
    .recipe("Ed25519")
    .signed("request and user id, time, digest of the body")
    .known_by("the request id")
    .needs(&[Need::FetchedKeys]);
