// An async closure whose future borrows what the closure holds is no key provider.
use tower_webhook::{
    Scheme, VerifySignatureLayer,
    key::{KeyLookupError, KeyRef, KeySet},
    schemes::StandardWebhooks,
};

fn main() {
    let keys = KeySet::from(StandardWebhooks.key("a secret").unwrap());
    let _ = VerifySignatureLayer::new(
        StandardWebhooks,
        async move |_: KeyRef| -> Result<KeySet, KeyLookupError> { Ok(keys.clone()) },
    );
}
