//! Razorpay.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-razorpay-signature");
const ID: HeaderName = HeaderName::from_static("x-razorpay-event-id");

provider! {
    /// Razorpay's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Razorpay-Signature`, hexadecimal. The event is the body's `event`.
    /// - **Not signed**: the id, `x-razorpay-event-id`, the value that Razorpay names for telling repeats: use it in
    ///   the handler, which knows what it can stand.
    /// - **Secret**: the webhook's secret, as it is, and not the API key's.
    /// - **Time**: none of sending; `created_at` is the event's.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx within 5 seconds. Retried for 24 hours; the webhook is then disabled.
    /// - **Pitfalls**: after a change of the secret, retries of older events come with the old one: keep it for a day.
    pub struct Razorpay;
    registered = ("razorpay", "Razorpay", "https://razorpay.com/docs/webhooks/validate-test/");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("razorpay", Field::header(SIGNATURE))
            .event(Source::Json("event"))
            .id(Source::Header(ID))
            .with_lease(Duration::from_secs(5))
    }
}
