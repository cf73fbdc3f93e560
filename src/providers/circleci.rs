//! CircleCI.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("circleci-signature");

provider! {
    /// CircleCI's outbound webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `circleci-signature`, as `v1={hex}`, at times in a list with other
    ///   versions, which are skipped. Event type (`type`) and id (`id`) are in the body; `circleci-event-type` names the
    ///   former too, unsigned.
    /// - **Secret**: the webhook's secret token, as it is.
    /// - **Time**: none is signed but the event's own (`happened_at`).
    /// - **Replay**: known by the body's `id`, which tells the events of the system apart.
    /// - **Answer**: any 2xx within 5 seconds.
    /// - **Pitfalls**: without a secret token the header is missing, and the delivery refused.
    pub struct CircleCi;
    registered = ("circleci", "CircleCI", "https://circleci.com/docs/guides/integration/outbound-webhooks/")
        .known_by("the body's `id`");
    secret = "the webhook's secret token";
    fn recipe() -> Signed {
        Signed::hmac_sha256("circleci", Field::header(SIGNATURE).list(',').prefix("v1="))
            .event(Source::Json("type"))
            .id(Source::Json("id"))
            .with_lease(Duration::from_secs(5))
    }
}
