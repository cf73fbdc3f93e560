// A proof is no tuple that anybody can fill.
use tower_webhook::Verified;

fn main() {
    let _: Verified = Verified("acme");
}
