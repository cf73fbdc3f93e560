// What is no replay store is told where to find one.
use tower_webhook::replay::Replay;

struct Redis;

fn main() {
    let _ = Replay::new(Redis, "billing");
}
