// A handler cannot ask for a webhook that may be unverified: no extractor can stand in an `Option`.
use axum_core::extract::OptionalFromRequestParts;
use tower_webhook::{Event, TaggedEvent, Verified, VerifiedBytes, schemes::StandardWebhooks};

#[derive(serde::Deserialize)]
struct Paid {}

/// What axum demands of the `T` in an argument `Option<T>`.
fn optional<T: OptionalFromRequestParts<()>>() {}

fn main() {
    optional::<Event<Paid>>();
    optional::<TaggedEvent<Paid>>();
    optional::<Verified>();
    optional::<Verified<StandardWebhooks>>();
    optional::<VerifiedBytes>();
}
