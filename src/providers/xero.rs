//! Xero.
use super::registry::Provider;
use crate::{
    encoding::Encoding,
    scheme::{Answer, Answers, Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Field, Signed},
};
use http::{HeaderName, Response, StatusCode};
use serde::{Deserialize, de::IgnoredAny};
use std::{sync::LazyLock, time::Duration};

/// Xero's webhooks.
///
/// Follows [Webhooks](https://developer.xero.com/documentation/guides/webhooks/overview/).
///
/// - **Signed**: the body, by HMAC-SHA256; in `x-xero-signature`, base64.
/// - **Secret**: the webhook's key, as it is: it looks like base64, and is not decoded.
/// - **Time**: none is signed.
/// - **Event, id**: each item of `events` has its own `eventType` and `eventCategory`; the delivery has none.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Handshake**: *intent to receive*: requests without events, some signed and some wrongly signed, on purpose. The
///   former are answered 200, the latter 401, and no handler sees them.
/// - **Answer**: 200 with no body and no cookies, within 5 seconds; any other 2xx of a handler becomes 200.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Xero};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Xero, Xero.key("the webhook's key")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Xero;

const SIGNATURE: HeaderName = HeaderName::from_static("x-xero-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("xero", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .with_answers(Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status())
        .with_lease(Duration::from_secs(5))
});

#[derive(Deserialize)]
struct Batch {
    events: Vec<IgnoredAny>,
}

impl Scheme for Xero {
    forward!(self => &*RECIPE; name, key, plan, sign, answers, lease);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        match serde_json::from_slice(proven.body()) {
            Ok(Batch { events }) if events.is_empty() => Ok(Outcome::Respond(Response::default())),
            _ => RECIPE.accept(proven),
        }
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "xero",
    "Xero",
    "https://developer.xero.com/documentation/guides/webhooks/overview/",
    |_| Ok(Box::new(Xero)),
)
.handshake("signed, without events");
