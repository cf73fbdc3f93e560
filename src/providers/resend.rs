//! Resend.
use super::describe::provider;
use crate::schemes::standard_webhooks::{Headers, Recipe};

provider! {
    /// Resend's webhooks, which Svix sends.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `svix-id`, `svix-timestamp` and `svix-signature`, and no others are looked at. The event type is the body's `type`.
    /// - **Secret**: `whsec_` and the base64 of at least 24 bytes.
    /// - **Time**: five minutes, past and future.
    /// - **Replay**: known by `svix-id`, which retries keep although they are signed anew.
    /// - **Answer**: 200; that any 2xx counts is Svix's rule, and so is the limit of 15 seconds. Retried after 5 seconds, 5
    ///   minutes, 30 minutes, 2, 5, 10 and 10 hours.
    pub struct Resend;
    registered = ("resend", "Resend", "https://resend.com/docs/dashboard/webhooks/verify-webhooks-requests")
        .signed("id, time, body").known_by("`svix-id`");
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    fn recipe() -> Recipe {
        Recipe::new("resend").headers(Headers::SVIX)
    }
}
