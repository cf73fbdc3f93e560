//! Standard Webhooks, which is nobody's: the recipe is [`schemes::StandardWebhooks`](crate::schemes::StandardWebhooks).
use super::registry::Provider;
use crate::schemes::StandardWebhooks;

pub(super) const PROVIDER: Provider = Provider::new(
    "standard-webhooks",
    "Standard Webhooks",
    "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md",
    |_| Ok(Box::new(StandardWebhooks)),
)
.recipe("HMAC-SHA256 or Ed25519")
.signed("id, time, body")
.known_by("`webhook-id`");
