//! Square.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Square's webhooks.
///
/// Follows [Validate notifications](https://developer.squareup.com/docs/webhooks/step3validate) and
/// [Manage webhook operations](https://developer.squareup.com/docs/webhooks/step4manage).
///
/// - **Signed**: `{notification URL}{body}` by HMAC-SHA256; in `x-square-hmacsha256-signature`, base64. Id (`event_id`)
///   and event type (`type`) are in the body. The older `x-square-signature` (SHA-1) is not looked at.
/// - **URL**: the notification URL exactly as it stands in the subscription, final slash and query included; it is the
///   layer's [`public_url`](crate::VerifySignatureLayer::public_url).
/// - **Secret**: the subscription's signature key, as it is: it looks like base64, and is not decoded.
/// - **Not signed**: the time.
/// - **Replay**: known by the body's `event_id`, the value that Square names for telling repeats.
/// - **Answer**: any 2xx within 10 seconds; a redirect counts as a failure. Retried with growing pauses for a day or for
///   three, the pages differ.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::Square};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Square, Square.key("the subscription's signature key")?)
///     .public_url(PublicUrl::exact("https://example.com/hooks/square"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Square;

const SIGNATURE: HeaderName = HeaderName::from_static("x-square-hmacsha256-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("square", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .text([Part::Url, Part::Body])
        .event(Source::Json("type"))
        .id(Source::Json("event_id"))
});

impl Scheme for Square {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("square", "Square", "https://developer.squareup.com/docs/webhooks/step3validate", |_| {
        Ok(Box::new(Square))
    })
    .signed("URL, body")
    .known_by("the body's `event_id`")
    .needs(&[Need::Secret, Need::PublicUrl]);
