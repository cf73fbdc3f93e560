//! Liveblocks.
use super::describe::provider;
use crate::schemes::standard_webhooks::Recipe;

provider! {
    /// Liveblocks' webhooks, which Svix sends.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `webhook-id`, `webhook-timestamp` and `webhook-signature`. The event type is the body's `type`.
    /// - **Secret**: `whsec_` and the base64 of at least 24 bytes.
    /// - **Time**: five minutes, past and future, as in Liveblocks' kit; its document names no tolerance.
    /// - **Replay**: known by `webhook-id`, which retries keep although they are signed anew.
    /// - **Answer**: any 2xx, within 15 seconds by Svix's rule. Retried after 5 seconds, 5 minutes, 30 minutes, 2, 5, 10 and
    ///   10 hours; an endpoint that fails for five days is disabled.
    /// - **Pitfalls**: signatures of other versions than `v1` are skipped, a right one too; Liveblocks' kit does not look at
    ///   the version.
    pub struct Liveblocks;
    registered = ("liveblocks", "Liveblocks", "https://liveblocks.io/docs/platform/webhooks")
        .signed("id, time, body").known_by("`webhook-id`");
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    fn recipe() -> Recipe {
        Recipe::new("liveblocks")
    }
}
