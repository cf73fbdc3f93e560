//! Jira.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");
const ID: HeaderName = HeaderName::from_static("x-atlassian-webhook-identifier");

provider! {
    /// Jira's webhooks, as an administrator creates them, with a secret.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Hub-Signature`, hexadecimal behind `sha256=`. Any other method is
    ///   refused. The event is the body's `webhookEvent`.
    /// - **Not signed**: the id, `X-Atlassian-Webhook-Identifier`, which retries keep.
    /// - **Secret**: the webhook's secret, as it is. A webhook without one is not signed, and is refused.
    /// - **Time**: none of sending; `timestamp` is the event's.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx. Up to five retries, 5 to 15 minutes apart, are what others report;
    ///   `X-Atlassian-Webhook-Retry` counts them.
    /// - **Pitfalls**: Connect and OAuth apps get a token in `Authorization` instead, which does not cover the body:
    ///   they are not for this scheme.
    pub struct Jira;
    registered = ("jira", "Jira", "https://developer.atlassian.com/cloud/jira/platform/webhooks/");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("jira", Field::header(SIGNATURE).prefix("sha256="))
            .event(Source::Json("webhookEvent"))
            .id(Source::Header(ID))
    }
}
