//! Polar, with secrets of September 2026 or later.
use super::describe::provider;
use crate::schemes::standard_webhooks::Recipe;

provider! {
    /// Polar's webhooks, with a secret that was made on 8 September 2026 or later.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `webhook-id`, `webhook-timestamp` and `webhook-signature`. The event type is the body's `type`.
    /// - **Secret**: `whsec_` and the base64 of 32 bytes, which are the key. An older secret is not decoded: for that,
    ///   [`PolarLegacy`](super::PolarLegacy). Which of the two Polar signs with is a matter of the secret's date, and the
    ///   API says it of each endpoint (`uses_standard_webhook_signature`); its kit tries both keys, where here it is
    ///   configuration.
    /// - **Time**: five minutes, past and future.
    /// - **Replay**: known by `webhook-id`, which is the event's and which retries keep although they are signed anew.
    /// - **Answer**: any 2xx within 10 seconds, better 2. Retried up to 10 times; after 10 failures in a row the endpoint is
    ///   disabled. A redirect is a failure.
    /// - **Pitfalls**: endpoints of the formats Slack and Discord have other bodies.
    pub struct Polar;
    registered = ("polar", "Polar", "https://polar.sh/docs/integrate/webhooks/delivery")
        .signed("id, time, body").known_by("`webhook-id`");
    secret = "whsec_cG9sYXItdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2RlZmc=";
    fn recipe() -> Recipe {
        Recipe::new("polar")
    }
}
