//! Intercom.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

provider! {
    /// Intercom's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA1; in `X-Hub-Signature`, hexadecimal behind `sha1=`. The event (`topic`) and
    ///   the id (`id`) are in the body. HMAC-SHA1 is not broken as SHA-1 is.
    /// - **Secret**: the app's client secret, as it is.
    /// - **Time**: none of sending; `created_at` is the notification's.
    /// - **Replay**: known by the body's `id`, beside which `delivery_attempts` counts the attempts; that these share the
    ///   id is not said outright. A ping has none.
    /// - **Answer**: any 2xx within 5 seconds; one retry after a minute is what others report. 410 ends the
    ///   subscription, 429 slows it down, and a thousand errors in a row pause it for a quarter of an hour.
    /// - **Handshake**: HEAD is answered 200; that Intercom sends it is what others report. Saving a webhook sends a
    ///   signed ping (`topic` is `ping`), which is a delivery.
    /// - **Pitfalls**: the header's name is the one under which Atlassian sends SHA-256.
    pub struct Intercom;
    registered = ("intercom", "Intercom", "https://developers.intercom.com/docs/webhooks/setting-up-webhooks")
        .recipe("HMAC-SHA1").known_by("the body's `id`").handshake("HEAD");
    secret = "the app's client secret";
    fn recipe() -> Signed {
        Signed::hmac_sha1("intercom", Field::header(SIGNATURE).prefix("sha1="))
            .event(Source::Json("topic"))
            .id(Source::Json("id"))
            .answering_head()
            .with_lease(Duration::from_secs(5))
    }
}
