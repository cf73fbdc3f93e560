// There is no empty proof.
use tower_webhook::Verified;

fn main() {
    let _: Verified = Default::default();
}
