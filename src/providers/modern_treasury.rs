//! Modern Treasury.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
const ID: HeaderName = HeaderName::from_static("x-webhook-id");

provider! {
    /// Modern Treasury's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Signature`, hexadecimal. The event type is the body's `event`, such as
    ///   `created`; of what, the body's `data` says.
    /// - **Not signed**: the topic, `X-Topic`; the id, `X-Webhook-ID`; `X-Live-Mode`.
    /// - **Secret**: the webhook key of the developer settings, as it is.
    /// - **Time**: none is signed.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. Retries keep `X-Webhook-ID`.
    /// - **Answer**: any 2xx within 5 seconds; otherwise retried with growing pauses. An endpoint that fails for five days is
    ///   paused.
    /// - **Pitfalls**: `X-Internal-Signature` is Modern Treasury's own, and not for endpoints.
    pub struct ModernTreasury;
    registered = ("modern-treasury", "Modern Treasury", "https://docs.moderntreasury.com/platform/reference/webhooks");
    secret = "the webhook key";
    fn recipe() -> Signed {
        Signed::hmac_sha256("modern-treasury", Field::header(SIGNATURE))
            .event(Source::Json("event"))
            .id(Source::Header(ID))
            .with_lease(Duration::from_secs(5))
    }
}
