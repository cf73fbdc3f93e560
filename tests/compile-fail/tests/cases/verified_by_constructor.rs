// The one constructor is the crate's own.
use tower_webhook::Verified;

fn main() {
    let _ = Verified::new;
}
