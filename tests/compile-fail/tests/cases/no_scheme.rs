// What is no scheme is told where to find one.
use tower_webhook::{
    VerifySignatureLayer,
    key::{Algorithm, Key},
};

struct Acme;

fn main() {
    let key = Key::new(Algorithm::HmacSha256, "a secret").unwrap();
    let _ = VerifySignatureLayer::new(Acme, key);
}
