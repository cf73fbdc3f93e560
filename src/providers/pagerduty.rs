//! PagerDuty.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-pagerduty-signature");

provider! {
    /// PagerDuty's webhooks, version 3.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-PagerDuty-Signature`, as `v1={hex}`, with several `v1` while a
    ///   secret is being rotated. Event (`event.event_type`) and id (`event.id`) are in the body.
    /// - **Not signed**: `X-Webhook-Id` and `X-Webhook-Subscription`, which are not looked at.
    /// - **Secret**: the subscription's secret, as it is: it looks like base64, and is not decoded.
    /// - **Time**: none of sending; `occurred_at` is the event's.
    /// - **Replay**: known by `event.id`, which retries keep, as others report: give each subscription a URL or a
    ///   namespace of its own, since two that see the same event send the same id.
    /// - **Answer**: any 2xx within 5 seconds. Retried for 48 hours.
    pub struct PagerDuty;
    registered = ("pagerduty", "PagerDuty", "https://developer.pagerduty.com/docs/verifying-webhook-signatures")
        .known_by("the body's `event.id`");
    secret = "the subscription's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("pagerduty", Field::header(SIGNATURE).list(',').prefix("v1="))
            .event(Source::Json("/event/event_type"))
            .id(Source::Json("/event/id"))
            .with_lease(Duration::from_secs(5))
    }
}
