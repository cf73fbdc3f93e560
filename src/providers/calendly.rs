//! Calendly.
use super::describe::provider;
use crate::{
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("calendly-webhook-signature");

provider! {
    /// Calendly's webhooks.
    ///
    /// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `Calendly-Webhook-Signature`, as `t={seconds},v1={hex}`. The event
    ///   is the body's `event`.
    /// - **Secret**: the subscription's `signing_key` as it is, or that of the OAuth app. It is optional: a
    ///   subscription without one is not signed, and is refused.
    /// - **Time**: three minutes. Calendly's sample looks at the past only; here the future is bounded too.
    /// - **Replay**: known by the signed time and the body; a delivery has no id.
    /// - **Answer**: any 2xx within 15 seconds. Retried for 24 hours, or until 24 hours after the meeting; the webhook
    ///   is then disabled.
    pub struct Calendly;
    registered = (
        "calendly", "Calendly", "https://developer.calendly.com/api-docs/overview/webhooks/webhook-signatures"
    ).signed("time, body").known_by("time and body");
    secret = "the subscription's signing key";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("calendly", list.clone().prefix("v1="))
            .text([Part::Timestamp(list.prefix("t="), Unit::Seconds), Part::literal("."), Part::Body])
            .event(Source::Json("event"))
            .with_tolerance(Duration::from_secs(180))
    }
}
