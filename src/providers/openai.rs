//! OpenAI.
use super::describe::provider;
use crate::schemes::standard_webhooks::Recipe;

provider! {
    /// OpenAI's webhooks.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `webhook-id`, `webhook-timestamp` and `webhook-signature`. The event type is the body's `type`.
    /// - **Secret**: `whsec_` and the base64 of at least 24 bytes. OpenAI's kit takes text without the prefix as the key
    ///   itself; here such text is base64, too.
    /// - **Time**: five minutes, past and future.
    /// - **Replay**: known by `webhook-id`, which retries keep although they are signed anew.
    /// - **Answer**: any 2xx. For how long OpenAI waits and tries again was not confirmed.
    pub struct OpenAi;
    registered = ("openai", "OpenAI", "https://platform.openai.com/docs/guides/webhooks")
        .signed("id, time, body").known_by("`webhook-id`");
    secret = "whsec_RdvaYFYUXuIFuEbvZHwMfYFhUf7aMYjYcmM24+Aj40c=";
    fn recipe() -> Recipe {
        Recipe::new("openai")
    }
}
