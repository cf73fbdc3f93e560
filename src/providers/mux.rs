//! Mux.
use super::describe::provider;
use crate::{
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("mux-signature");

provider! {
    /// Mux's webhooks.
    ///
    /// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `Mux-Signature`, as `t={seconds},v1={hex}`, any of several `v1`. Event
    ///   type (`type`) and id (`id`) are in the body.
    /// - **Secret**: the webhook's signing secret, as it is.
    /// - **Time**: five minutes. Mux's kit looks at the past only; here the future is bounded too.
    /// - **Replay**: known by the body's `id`, the event's.
    /// - **Answer**: any 2xx within 5 seconds; otherwise retried for 24 hours. Limit and retries were not confirmed.
    pub struct Mux;
    registered = ("mux", "Mux", "https://www.mux.com/docs/core/verify-webhook-signatures")
        .signed("time, body").known_by("the body's `id`");
    secret = "the webhook's signing secret";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("mux", list.clone().prefix("v1="))
            .text([Part::Timestamp(list.prefix("t="), Unit::Seconds), Part::literal("."), Part::Body])
            .event(Source::Json("type"))
            .id(Source::Json("id"))
            .with_lease(Duration::from_secs(5))
    }
}
