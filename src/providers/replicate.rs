//! Replicate.
use super::describe::provider;
use crate::schemes::standard_webhooks::Recipe;

provider! {
    /// Replicate's webhooks: a prediction, at each step that the endpoint is subscribed to.
    ///
    /// - **Signed**: as with [`StandardWebhooks`](crate::schemes::StandardWebhooks), by HMAC-SHA256 alone; the headers are
    ///   `webhook-id`, `webhook-timestamp` and `webhook-signature`.
    /// - **Event**: the prediction's `status`, such as `succeeded`: the body has no other.
    /// - **Secret**: `whsec_` and the base64 of at least 24 bytes. It is one for each user or organisation, and an API
    ///   request (`GET /v1/webhooks/default/secret`) tells it.
    /// - **Time**: five minutes, past and future. Replicate's document asks for a tolerance and names none; its kit does not
    ///   look at the time.
    /// - **Replay**: known by `webhook-id`, which retries keep although they are signed anew.
    /// - **Answer**: any 2xx. For how long Replicate waits and tries again was not confirmed.
    pub struct Replicate;
    registered = ("replicate", "Replicate", "https://replicate.com/docs/topics/webhooks/verify-webhook")
        .signed("id, time, body").known_by("`webhook-id`");
    secret = "whsec_cmVwbGljYXRlLXRlc3Qta2V5LTAxMjM0NTY3ODlhYmM=";
    fn recipe() -> Recipe {
        Recipe::new("replicate").event("status")
    }
}
