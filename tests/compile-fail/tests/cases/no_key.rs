// A secret's text is no key: the scheme reads it first.
use tower_webhook::{VerifySignatureLayer, schemes::StandardWebhooks};

fn main() {
    let _ = VerifySignatureLayer::new(StandardWebhooks, "a secret");
}
