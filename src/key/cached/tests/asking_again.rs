//! Asking once more for the sake of a key that is not among those that are known.
use super::*;

const PAUSE: Duration = Duration::from_secs(30);

fn begin_again<P: KeyProvider>(cached: &Cached<P>) -> crate::BoxFuture<Answer> {
    cached.ask_again(&tenant("real"), PAUSE).into_future()
}

fn again<P: KeyProvider>(cached: &Cached<P>) -> &'static str {
    match poll(&mut begin_again(cached)) {
        Poll::Ready(answer) => in_a_word(&answer),
        Poll::Pending => "waits",
    }
}

#[test]
fn the_source_is_asked_once_in_a_pause() {
    let world = World::new();
    let cached = world.cached().ttl(600 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(PAUSE - Duration::from_millis(1));
    assert_eq!((again(&cached), world.asked()), ("keys", 1));
    world.pass(Duration::from_millis(1));
    assert_eq!((again(&cached), world.asked()), ("keys", 2));
    assert_eq!((again(&cached), world.asked()), ("keys", 2));
    world.pass(PAUSE);
    assert_eq!((again(&cached), world.asked()), ("keys", 3));
}

#[test]
fn a_failure_is_no_reason_to_give_stale_keys_out_or_good_ones_up() {
    let world = World::new();
    let cached = world.cached().ttl(600 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(PAUSE);
    world.set(Mood::Fails);
    assert_eq!((again(&cached), world.asked()), ("unavailable", 2));
    assert_eq!((again(&cached), world.asked()), ("unavailable", 2), "the source is left alone for a second");
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 2), "what is known is known");
    world.pass(SECOND);
    assert_eq!((again(&cached), world.asked()), ("unavailable", 3));
    world.pass(SECOND);
    world.set(Mood::Answers);
    assert_eq!((again(&cached), world.asked()), ("keys", 4));
}

#[test]
fn who_hangs_up_does_not_make_the_source_be_asked_more() {
    let world = World::new();
    let cached = world.cached().ttl(600 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(PAUSE);
    world.set(Mood::Waits);
    for _ in 0..100 {
        let _ = poll(&mut begin_again(&cached));
    }
    assert_eq!((again(&cached), world.asked()), ("unavailable", 2));
    world.pass(SECOND);
    assert_eq!((again(&cached), world.asked()), ("waits", 3));
}

#[test]
fn those_who_ask_again_at_the_same_time_make_one_lookup() {
    let world = World::new();
    let cached = world.cached().ttl(600 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(PAUSE);
    world.set(Mood::Waits);
    let mut lookups: Vec<_> = (0..1000).map(|_| begin_again(&cached)).collect();
    assert!(lookups.iter_mut().all(|lookup| poll(lookup).is_pending()));
    assert_eq!(ask(&cached, "real"), "keys", "nobody else waits for them");
    world.open();
    assert!(lookups.iter_mut().all(|lookup| matches!(poll(lookup), Poll::Ready(Ok(_)))));
    assert_eq!(world.asked(), 2);
}

#[test]
fn who_is_not_known_yet_is_asked_for_as_ever() {
    let world = World::new();
    let cached = world.cached().failure_ttl(5 * SECOND);
    world.set(Mood::Fails);
    assert_eq!((again(&cached), world.asked()), ("unavailable", 1));
    assert_eq!((again(&cached), world.asked()), ("unavailable", 1));
    world.pass(5 * SECOND);
    world.set(Mood::KnowsNobody);
    assert_eq!((again(&cached), world.asked()), ("unknown", 2));
    assert_eq!((again(&cached), world.asked()), ("unknown", 2));
    cached.forget_all();
    world.set(Mood::Answers);
    assert_eq!((again(&cached), world.asked()), ("keys", 3));
}
