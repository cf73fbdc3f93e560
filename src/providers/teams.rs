//! Microsoft Teams, outgoing webhooks.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    key::Secret,
    schemes::{Field, Signed, Source},
};
use http::header::AUTHORIZATION;
use std::time::Duration;

provider! {
    /// Outgoing webhooks of Microsoft Teams: messages that mention the webhook by its name.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `Authorization`, base64 behind `HMAC `. The event type is the body's
    ///   `type`, which is `message`.
    /// - **Secret**: the security token that Teams shows once, base64.
    /// - **Time**: the body's `timestamp` is signed, and no tolerance documented, so that it is not looked at.
    /// - **Replay**: a message's `id` tells it apart within its conversation only, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. The answer has content, which a
    ///   repeat would not get.
    /// - **Answer**: 200 within 5 seconds, with the message to show: `{"type":"message","text":".."}`.
    pub struct TeamsOutgoing;
    registered = ("teams-outgoing", "Microsoft Teams, outgoing webhooks",
        "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook");
    secret = "vqF0En+Z0ucuRTM/01o2GuhMH3hKKk/N2bOmlM31zaA=";
    fn recipe() -> Signed {
        Signed::hmac_sha256("teams-outgoing", Field::header(AUTHORIZATION).prefix("HMAC "))
            .encoding(Encoding::Base64)
            .secret(Secret::encoded(Encoding::Base64))
            .event(Source::Json("type"))
            .with_lease(Duration::from_secs(5))
    }
}
