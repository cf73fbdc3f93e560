// A proof cannot be put together.
use tower_webhook::Verified;

fn main() {
    let _: Verified = Verified {};
}
