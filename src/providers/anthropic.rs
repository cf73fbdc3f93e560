//! Anthropic.
use super::describe::provider;
use crate::schemes::standard_webhooks::Recipe;

provider! {
    /// The webhooks of Anthropic's Claude platform, which are in beta.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `webhook-id`, `webhook-timestamp` and `webhook-signature`. The event type is the body's `data.type`; its `type`
    ///   is `event` always.
    /// - **Secret**: `whsec_` and the base64 of at least 24 bytes.
    /// - **Time**: five minutes, past and future.
    /// - **Replay**: known by `webhook-id`, which retries keep although they are signed anew. The body's `id` is the event's.
    /// - **Answer**: any 2xx. For how long Anthropic waits and tries again was not confirmed.
    pub struct Anthropic;
    registered = ("anthropic", "Anthropic", "https://platform.claude.com/docs/en/api/go/beta/webhooks/unwrap")
        .signed("id, time, body").known_by("`webhook-id`");
    secret = "whsec_YW50aHJvcGljLXRlc3Qta2V5LTAxMjM0NTY3ODlhYmM=";
    fn recipe() -> Recipe {
        Recipe::new("anthropic").event("/data/type")
    }
}
