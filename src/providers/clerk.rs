//! Clerk.
use super::describe::provider;
use crate::schemes::standard_webhooks::{Headers, Recipe};

provider! {
    /// Clerk's webhooks, which Svix sends.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `svix-id`, `svix-timestamp` and `svix-signature`, and no others are looked at, as in Clerk's own kit. The event
    ///   type is the body's `type`.
    /// - **Secret**: `whsec_` and the base64 of at least 24 bytes.
    /// - **Time**: five minutes, past and future.
    /// - **Replay**: known by `svix-id`, which retries keep although they are signed anew.
    /// - **Answer**: any 2xx within 15 seconds. The schedule of retries is Svix's, over some 27 hours; Clerk's own pages do
    ///   not print it.
    /// - **Pitfalls**: the application's instance is the body's `instance_id`, and no tenant here.
    pub struct Clerk;
    registered = ("clerk", "Clerk", "https://clerk.com/docs/webhooks/sync-data")
        .signed("id, time, body").known_by("`svix-id`");
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    fn recipe() -> Recipe {
        Recipe::new("clerk").headers(Headers::SVIX)
    }
}
