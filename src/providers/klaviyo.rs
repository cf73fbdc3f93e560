//! Klaviyo.
use super::registry::Provider;
use crate::{
    scheme::{Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Field, Part, Signed},
    time::Unit,
};
use http::HeaderName;
use serde::de::IgnoredAny;
use std::sync::LazyLock;

/// Klaviyo's system webhooks. The webhook actions of its flows are not signed, and not for this.
///
/// Follows [Working with system webhooks](https://developers.klaviyo.com/en/docs/working_with_system_webhooks).
///
/// - **Signed**: `{body}{Klaviyo-Timestamp}` by HMAC-SHA256, the header's text as it is, with nothing between the two; in
///   `Klaviyo-Signature`, hexadecimal. A body that is no JSON is refused, so that nothing can be moved from one to the
///   other.
/// - **Secret**: the webhook's secret of at least 16 characters, as it is.
/// - **Event**: one body has many (`data`), each with a `topic` and an `external_id`: the delivery has none.
///   `Klaviyo-Webhook-Id` is the subscription's, and not signed.
/// - **Time**: the body's `meta.timestamp`, where it is there, within five minutes, past and future. Klaviyo documents no
///   tolerance, and in which format and time zone the header is was not confirmed, so that it is not read.
/// - **Replay**: known by the time and what is signed; a body without a time by nothing, unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx.
/// - **Pitfalls**: whether a retry has a `meta.timestamp` of its own is not documented. If it has not, what comes after five
///   minutes is refused as stale, unless
///   [`VerifySignatureLayer::tolerance`](crate::VerifySignatureLayer::tolerance) says otherwise.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Klaviyo};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Klaviyo, Klaviyo.key("the webhook's secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Klaviyo;

const SIGNATURE: HeaderName = HeaderName::from_static("klaviyo-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("klaviyo-timestamp");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("klaviyo", Field::header(SIGNATURE)).text([Part::Body, Part::Header(TIMESTAMP)])
});

impl Scheme for Klaviyo {
    forward!(self => &*RECIPE; name, key, plan, sign);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        // The border between body and date is not signed: with a part of the date behind it, a body is no JSON.
        let is_json = serde_json::from_slice::<IgnoredAny>(proven.body());
        is_json.map_err(|error| Refusal::MalformedBody(error.to_string().into()))?;
        let delivery = proven.delivery();
        let [time] = proven.json_texts(["/meta/timestamp"])?;
        Ok(match time {
            Some(time) => {
                delivery.signed_at(Unit::Rfc3339.parse(&time).ok_or(Refusal::MalformedTimestamp)?).into()
            }
            None => delivery.into(),
        })
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "klaviyo",
    "Klaviyo",
    "https://developers.klaviyo.com/en/docs/working_with_system_webhooks",
    |_| Ok(Box::new(Klaviyo)),
)
.signed("body, its time among it, and a date")
.known_by("the body's time and what is signed");
