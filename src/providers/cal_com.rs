//! Cal.com.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-cal-signature-256");

provider! {
    /// Cal.com's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Cal-Signature-256`, hexadecimal. The event is the body's
    ///   `triggerEvent`.
    /// - **Secret**: the webhook's secret, as it is. Without one the header says `no-secret-provided`, and the delivery
    ///   is refused.
    /// - **Time**: none of sending; `createdAt` is the event's.
    /// - **Replay**: neither an id nor a time of sending is there, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx. Time limit and retries are not confirmed.
    /// - **Pitfalls**: a payload template of one's own may be no JSON, and then names no event.
    pub struct CalCom;
    registered = ("cal-com", "Cal.com", "https://cal.com/docs/developing/guides/automation/webhooks");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("cal-com", Field::header(SIGNATURE)).event(Source::Json("triggerEvent"))
    }
}
