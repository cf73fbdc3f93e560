#![allow(clippy::unwrap_used, clippy::panic)]

mod asking_again;

use super::*;
use crate::key::{Algorithm, Key};
use std::{
    pin::pin,
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Wake, Waker},
};

/// What the source does when it is asked.
#[derive(Clone, Copy)]
enum Mood {
    Answers,
    Fails,
    KnowsNobody,
    /// Answers once [`World::open`] says so.
    Waits,
    Panics,
}

/// A source that knows every tenant whose name begins with `real`, its moods, and a clock that stands until it is moved.
struct World {
    asked: AtomicUsize,
    /// Lookups that were begun and neither finished nor dropped.
    underway: AtomicUsize,
    mood: Mutex<Mood>,
    open: Mutex<bool>,
    waker: Mutex<Option<Waker>>,
    millis: AtomicU64,
    began: Instant,
}

struct Underway<'a>(&'a World);

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        self.0.underway.fetch_sub(1, SeqCst);
    }
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            asked: AtomicUsize::new(0),
            underway: AtomicUsize::new(0),
            mood: Mutex::new(Mood::Answers),
            open: Mutex::new(false),
            waker: Mutex::default(),
            millis: AtomicU64::new(0),
            began: Instant::now(),
        })
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn pass(&self, time: Duration) {
        self.millis.fetch_add(u64::try_from(time.as_millis()).unwrap(), SeqCst);
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }

    fn open(&self) {
        *self.open.lock().unwrap() = true;
        if let Some(waker) = self.waker.lock().unwrap().take() {
            waker.wake();
        }
    }

    async fn look(self: Arc<Self>, key: KeyRef) -> Result<KeySet, KeyLookupError> {
        self.asked.fetch_add(1, SeqCst);
        self.underway.fetch_add(1, SeqCst);
        let _underway = Underway(&self);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Answers => {}
            Mood::Fails => return Err(KeyLookupError::unavailable("the database is down")),
            Mood::KnowsNobody => return Err(KeyLookupError::Unknown),
            Mood::Waits => {
                std::future::poll_fn(|cx| {
                    *self.waker.lock().unwrap() = Some(cx.waker().clone());
                    if *self.open.lock().unwrap() { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
            }
            Mood::Panics => panic!("a source with a defect"),
        }
        let tenant =
            key.tenant().filter(|tenant| tenant.starts_with("real")).ok_or(KeyLookupError::Unknown)?;
        let key = Key::new(Algorithm::HmacSha256, "secret").unwrap();
        Ok(KeySet::from(key).of_tenant(tenant))
    }

    fn cached(self: &Arc<Self>) -> Cached<impl KeyProvider + use<>> {
        let source = Arc::clone(self);
        let cached = Cached::new(move |key: KeyRef| Arc::clone(&source).look(key));
        let clock = Arc::clone(self);
        cached.clock(move || clock.began + Duration::from_millis(clock.millis.load(SeqCst)))
    }
}

fn tenant(name: &str) -> KeyRef {
    KeyRef::Tenant(name.into())
}

type Answer = Result<KeySet, KeyLookupError>;

/// A lookup as a future that can be kept.
fn begin<P: KeyProvider>(cached: &Cached<P>, name: &str) -> crate::BoxFuture<Answer> {
    cached.keys(&tenant(name)).into_future()
}

fn poll(lookup: &mut crate::BoxFuture<Answer>) -> Poll<Answer> {
    lookup.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

/// A lookup that does not have to wait.
fn ask<P: KeyProvider>(cached: &Cached<P>, name: &str) -> &'static str {
    match pin!(begin(cached, name)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => in_a_word(&answer),
        Poll::Pending => "waits",
    }
}

fn in_a_word(answer: &Answer) -> &'static str {
    match answer {
        Ok(_) => "keys",
        Err(KeyLookupError::Unknown) => "unknown",
        Err(KeyLookupError::Unavailable(_)) => "unavailable",
        Err(KeyLookupError::Untrusted(_)) => "untrusted",
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn keys_are_believed_for_their_time() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(60 * SECOND - Duration::from_millis(1));
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 1));
    world.pass(Duration::from_millis(1));
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 2));
    assert_eq!((ask(&cached, "real too"), world.asked()), ("keys", 3), "another tenant's are others");
}

#[test]
fn the_time_of_keys_counts_from_when_the_source_was_asked() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND);
    world.set(Mood::Waits);
    let mut slow = begin(&cached, "real");
    assert!(poll(&mut slow).is_pending());
    world.pass(59 * SECOND);
    world.open();
    assert!(poll(&mut slow).is_ready());
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 1));
    world.pass(SECOND);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 2));
}

#[test]
fn that_nobody_is_known_is_believed_for_its_time() {
    let world = World::new();
    let cached = world.cached().negative_ttl(10 * SECOND);
    assert_eq!(ask(&cached, "invented"), "unknown");
    world.pass(10 * SECOND - Duration::from_millis(1));
    assert_eq!((ask(&cached, "invented"), world.asked()), ("unknown", 1));
    world.pass(Duration::from_millis(1));
    assert_eq!((ask(&cached, "invented"), world.asked()), ("unknown", 2));
}

#[test]
fn a_tenant_that_is_removed_at_the_source_is_unknown_here() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND).stale_while_unavailable(3600 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(60 * SECOND);
    world.set(Mood::KnowsNobody);
    assert_eq!(ask(&cached, "real"), "unknown");
    world.set(Mood::Fails);
    world.pass(10 * SECOND);
    assert_eq!(ask(&cached, "real"), "unavailable", "and its stale keys are gone");
}

#[test]
fn a_failure_is_no_answer_and_is_not_remembered() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND);
    world.set(Mood::Fails);
    assert_eq!((ask(&cached, "real"), world.asked()), ("unavailable", 1));
    assert_eq!((ask(&cached, "real"), world.asked()), ("unavailable", 2));
    assert_eq!(cached.table.read().unwrap().counts(), [0, 0, 0]);
    world.set(Mood::Answers);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 3));
    world.pass(60 * SECOND);
    world.set(Mood::Fails);
    assert_eq!(ask(&cached, "real"), "unavailable", "no stale keys unless they are asked for");
}

#[test]
fn a_failure_tells_its_reason() {
    let world = World::new();
    world.set(Mood::Fails);
    let Poll::Ready(Err(error)) = poll(&mut begin(&world.cached(), "real")) else { panic!("it fails") };
    assert_eq!(error.to_string(), "the source of keys failed: the database is down");
}

#[test]
fn stale_keys_serve_while_the_source_fails_and_no_longer_than_said() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND).stale_while_unavailable(30 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.set(Mood::Fails);
    world.pass(60 * SECOND);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 2));
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 2), "the source is left alone for a second");
    world.pass(SECOND);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 3));
    world.pass(28 * SECOND + Duration::from_millis(500));
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 4));
    world.pass(Duration::from_millis(500));
    assert_eq!(ask(&cached, "real"), "unavailable", "not even in the pause that has just begun");
    assert_eq!(ask(&cached, "real too"), "unavailable", "who was never known is not known now");
}

#[test]
fn a_source_that_is_back_is_believed_again() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND).stale_while_unavailable(30 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    world.pass(60 * SECOND);
    world.set(Mood::Fails);
    assert_eq!(ask(&cached, "real"), "keys");
    world.set(Mood::Answers);
    world.pass(SECOND);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 3));
    world.pass(59 * SECOND);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 3));
}

#[test]
fn invented_names_fill_no_memory_and_displace_no_real_one() {
    let world = World::new();
    let cached = world.cached().capacity(1000).negative_ttl(3600 * SECOND);
    assert_eq!(ask(&cached, "real"), "keys");
    for number in 0..100_000 {
        assert_eq!(ask(&cached, &format!("invented {number}")), "unknown");
        if number % 1000 == 0 {
            assert_eq!(ask(&cached, "real"), "keys");
        }
    }
    assert_eq!(world.asked(), 100_001, "the real one was looked up once");
    assert_eq!(cached.table.read().unwrap().counts(), [1, 1000, 0]);
    assert_eq!(
        (ask(&cached, "invented 99000"), world.asked()),
        ("unknown", 100_001),
        "the latest are remembered"
    );
    assert_eq!((ask(&cached, "invented 98999"), world.asked()), ("unknown", 100_002), "the oldest made room");
}

#[test]
fn real_names_are_bounded_too() {
    let world = World::new();
    let cached = world.cached().capacity(3);
    for name in ["real 1", "real 2", "real 3", "real 4"] {
        assert_eq!(ask(&cached, name), "keys");
    }
    assert_eq!(cached.table.read().unwrap().counts(), [3, 0, 0]);
    assert_eq!((ask(&cached, "real 2"), world.asked()), ("keys", 4));
    assert_eq!((ask(&cached, "real 1"), world.asked()), ("keys", 5));
}

#[test]
fn what_has_run_out_is_dropped_by_later_lookups() {
    let world = World::new();
    let cached = world.cached().ttl(60 * SECOND).negative_ttl(60 * SECOND);
    for number in 0..100 {
        ask(&cached, &format!("real {number}"));
        ask(&cached, &format!("invented {number}"));
    }
    assert_eq!(cached.table.read().unwrap().counts(), [100, 100, 0]);
    world.pass(60 * SECOND);
    ask(&cached, "real");
    assert_eq!(cached.table.read().unwrap().counts(), [1, 0, 0]);
}

#[test]
fn a_name_that_no_tenant_has_reaches_nobody() {
    let world = World::new();
    let cached = world.cached();
    assert_eq!((ask(&cached, &format!("real{}", "x".repeat(508))), world.asked()), ("keys", 1));
    assert_eq!((ask(&cached, &format!("real{}", "x".repeat(509))), world.asked()), ("unknown", 1));
}

#[test]
fn what_is_forgotten_is_asked_for_again() {
    let world = World::new();
    let cached = world.cached();
    ask(&cached, "real");
    ask(&cached, "real too");
    ask(&cached, "invented");
    cached.forget(&tenant("real"));
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 4));
    assert_eq!((ask(&cached, "real too"), world.asked()), ("keys", 4));
    cached.forget(&tenant("invented"));
    assert_eq!((ask(&cached, "invented"), world.asked()), ("unknown", 5));
    cached.forget_all();
    assert_eq!((ask(&cached, "real"), ask(&cached, "invented"), world.asked()), ("keys", "unknown", 7));
}

#[test]
fn t23_what_a_lookup_brings_that_began_before_the_forgetting_is_not_kept() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let mut early = begin(&cached, "real");
    assert!(poll(&mut early).is_pending());
    cached.forget(&tenant("real"));
    world.set(Mood::KnowsNobody);
    assert_eq!((ask(&cached, "real"), world.asked()), ("unknown", 2), "a later request does not join it");
    world.open();
    assert!(matches!(poll(&mut early), Poll::Ready(Ok(_))));
    assert_eq!((ask(&cached, "real"), world.asked()), ("unknown", 2));
}

#[test]
fn a_lookup_that_is_forgotten_leaves_the_next_one_alone() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let mut early = begin(&cached, "real");
    assert!(poll(&mut early).is_pending());
    cached.forget(&tenant("real"));
    let mut late = begin(&cached, "real");
    assert!(poll(&mut late).is_pending());
    world.open();
    assert!(poll(&mut early).is_ready());
    assert_eq!(cached.table.read().unwrap().counts(), [0, 0, 1]);
    assert!(poll(&mut late).is_ready());
    assert_eq!((cached.table.read().unwrap().counts(), world.asked()), ([1, 0, 0], 2));
}

#[test]
fn requests_at_the_same_time_make_one_lookup() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let mut lookups: Vec<_> = (0..1000).map(|_| begin(&cached, "real")).collect();
    assert!(lookups.iter_mut().all(|lookup| poll(lookup).is_pending()));
    assert_eq!(cached.table.read().unwrap().counts(), [0, 0, 1]);
    world.open();
    assert!(lookups.iter_mut().all(|lookup| matches!(poll(lookup), Poll::Ready(Ok(_)))));
    assert_eq!(world.asked(), 1);
}

#[test]
fn a_lookup_goes_on_without_the_one_who_began_it() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let mut first = begin(&cached, "real");
    let mut second = begin(&cached, "real");
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    drop(first);
    world.open();
    assert!(matches!(poll(&mut second), Poll::Ready(Ok(_))));
    assert_eq!(world.asked(), 1);
}

/// Counts how often it is woken.
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Three requests that wait for the same lookup, and how often each was woken.
fn three_that_wait<P: KeyProvider>(
    cached: &Cached<P>,
) -> (Vec<crate::BoxFuture<Answer>>, impl Fn() -> [usize; 3]) {
    let counts: [Arc<Count>; 3] = std::array::from_fn(|_| Arc::new(Count(AtomicUsize::new(0))));
    let wait = |count: &Arc<Count>| {
        let mut lookup = begin(cached, "real");
        let waker = Waker::from(Arc::clone(count));
        assert!(lookup.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        lookup
    };
    (counts.iter().map(wait).collect(), move || counts.each_ref().map(|count| count.0.load(SeqCst)))
}

#[test]
fn everyone_who_waits_is_woken() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let (mut lookups, woken) = three_that_wait(&cached);
    drop(lookups.pop());
    world.open();
    assert_eq!(woken(), [1, 1, 0], "and whoever is gone is not");
}

#[test]
fn everyone_who_waits_is_woken_when_a_later_request_finds_it_done() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let (_lookups, woken) = three_that_wait(&cached);
    *world.open.lock().unwrap() = true;
    assert_eq!(woken(), [0, 0, 0], "the source has woken nobody");
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 1));
    assert_eq!(woken(), [1, 1, 1]);
}

#[test]
fn a_lookup_that_nobody_waits_for_is_dropped() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Waits);
    let mut lookups = [begin(&cached, "real"), begin(&cached, "real"), begin(&cached, "other")];
    assert!(lookups.iter_mut().all(|lookup| poll(lookup).is_pending()));
    let never_polled = begin(&cached, "third");
    assert_eq!((world.underway.load(SeqCst), cached.table.read().unwrap().counts()), (2, [0, 0, 3]));
    drop((lookups, never_polled));
    assert_eq!((world.underway.load(SeqCst), cached.table.read().unwrap().counts()), (0, [0, 0, 0]));
    world.set(Mood::Answers);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 3));
}

#[test]
fn a_panicking_source_keeps_nobody_waiting() {
    let world = World::new();
    let cached = world.cached();
    world.set(Mood::Panics);
    let mut first = begin(&cached, "real");
    let mut second = begin(&cached, "real");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| poll(&mut first)));
    assert!(panicked.is_err());
    let Poll::Ready(answer) = poll(&mut second) else { panic!("it waits for a lookup that is dead") };
    assert_eq!(in_a_word(&answer), "unavailable");
    world.set(Mood::Answers);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 2));
}

#[test]
fn a_failure_is_remembered_for_as_long_as_was_asked_for() {
    let world = World::new();
    let cached = world.cached().failure_ttl(5 * SECOND).negative_ttl(60 * SECOND);
    world.set(Mood::Fails);
    assert_eq!((ask(&cached, "real"), world.asked()), ("unavailable", 1));
    world.pass(5 * SECOND - Duration::from_millis(1));
    assert_eq!((ask(&cached, "real"), world.asked()), ("unavailable", 1));
    assert_eq!((ask(&cached, "real too"), world.asked()), ("unavailable", 2), "the other's is another");
    world.pass(Duration::from_millis(1));
    world.set(Mood::Answers);
    assert_eq!((ask(&cached, "real"), world.asked()), ("keys", 3));
}

#[test]
fn chains_that_nobody_has_reach_nobody() {
    let world = World::new();
    let cached = world.cached();
    let chain = |length: usize| {
        let chain = KeyRef::Chain(Arc::from([Bytes::from(vec![0; length]), Bytes::from(vec![0; 1000])]));
        let _ = poll(&mut cached.keys(&chain).into_future());
        world.asked()
    };
    assert_eq!((chain(LONGEST_CHAIN - 999), chain(LONGEST_CHAIN - 1000)), (0, 1));
    let long: Box<str> = "x".repeat(513).into();
    for key in [KeyRef::Id(long.clone()), KeyRef::Certificate(long)] {
        assert!(matches!(
            poll(&mut cached.keys(&key).into_future()),
            Poll::Ready(Err(KeyLookupError::Unknown))
        ));
    }
    assert_eq!(world.asked(), 1);
}
