//! Standard Webhooks 1.0.0, symmetric (`v1`).
use super::{Field, Part, Signed, Source};
use crate::{
    encoding::Encoding,
    key::Secret,
    scheme::{Scheme, forward},
    time::Unit,
};
use http::HeaderName;
use std::sync::LazyLock;

/// [Standard Webhooks] 1.0.0, with its symmetric signatures (`v1`).
///
/// - **Signed**: `{webhook-id}.{webhook-timestamp}.{body}` by HMAC-SHA256; in `webhook-signature`, base64 behind `v1,`,
///   several separated by spaces. Id and time are signed, the event type is the body's `type`.
/// - **Secret**: `whsec_` and the base64 of 24 to 64 bytes, read as the specification says. Text that does not decode
///   is an error; the raw text is never the key.
/// - **Time**: five minutes, past and future.
/// - **Replay**: known by `webhook-id`, which retries keep although they are signed anew.
/// - **Pitfalls**: an id with a dot in it is refused, since the borders of the signed text could then be moved. A
///   `v1a` signature is asymmetric, and never compared with a shared secret.
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

const ID: HeaderName = HeaderName::from_static("webhook-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    let recipe = Signed::hmac_sha256("standard-webhooks", Field::header(SIGNATURE).list(' ').prefix("v1,"))
        .encoding(Encoding::Base64)
        .secret(Secret::encoded(Encoding::Base64).prefix("whsec_"))
        .text([
            Part::Header(ID),
            Part::literal("."),
            Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds),
            Part::literal("."),
            Part::Body,
        ])
        .id(Source::Header(ID));
    #[cfg(feature = "json")]
    let recipe = recipe.event(Source::Json("type"));
    recipe
});

impl Scheme for StandardWebhooks {
    forward!(self => &*RECIPE; name, key, plan, accept, sign);
}
