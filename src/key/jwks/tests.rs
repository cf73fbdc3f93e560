#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::{
    cell::Cell,
    error::Error as _,
    sync::{
        Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
    time::Instant,
};

thread_local! {
    /// How many sets this thread, which is this test, has read.
    pub(super) static READ: Cell<usize> = const { Cell::new(0) };
}

/// RFC 8037, A.2, with an id.
const OLD: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"old"}"#;
/// One of openssl's.
const NEW: &str =
    r#"{"kty":"OKP","crv":"Ed25519","x":"YCWZwvPamuFNwegNq14k4hrOmTDy87fs8HdeVcvUx30","kid":"new"}"#;

fn set_of(keys: &[&str]) -> String {
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// What a server does that is asked for the set.
#[derive(Clone)]
enum Mood {
    Answers(u16, String),
    IsDown,
    /// Never answers.
    Waits,
}

/// A server with a set of keys, and a clock that stands until it is moved.
struct World {
    fetched: AtomicUsize,
    mood: Mutex<Mood>,
    millis: AtomicU64,
    began: Instant,
}

impl World {
    fn publishing(keys: &[&str]) -> Arc<Self> {
        let mood = Mutex::new(Mood::Answers(200, set_of(keys)));
        Arc::new(Self {
            fetched: AtomicUsize::new(0),
            mood,
            millis: AtomicU64::new(0),
            began: Instant::now(),
        })
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn publish(&self, keys: &[&str]) {
        self.set(Mood::Answers(200, set_of(keys)));
    }

    fn pass(&self, time: Duration) {
        self.millis.fetch_add(u64::try_from(time.as_millis()).unwrap(), SeqCst);
    }

    /// How often the set was fetched, and how often one was read.
    fn work(&self) -> (usize, usize) {
        (self.fetched.load(SeqCst), READ.get())
    }

    fn jwks(self: &Arc<Self>) -> Jwks {
        let server = Arc::clone(self);
        let fetch = move |request: Request<Bytes>| {
            let server = Arc::clone(&server);
            async move {
                assert_eq!(request.uri(), "https://acme.example/jwks.json");
                assert_eq!(request.method(), "GET");
                assert_eq!(request.headers()["accept"], "application/json");
                server.fetched.fetch_add(1, SeqCst);
                let mood = server.mood.lock().unwrap().clone();
                match mood {
                    Mood::Answers(status, body) => {
                        let mut answer = Response::new(Bytes::from(body));
                        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
                        Ok(answer)
                    }
                    Mood::IsDown => Err(FetchError::unreachable("connection refused")),
                    Mood::Waits => std::future::pending().await,
                }
            }
        };
        let mut jwks = Jwks::new(fetch, "https://acme.example/jwks.json", Algorithm::Ed25519).unwrap();
        let clock = Arc::clone(self);
        jwks.set = jwks.set.clock(move || clock.began + Duration::from_millis(clock.millis.load(SeqCst)));
        jwks
    }
}

type Answer = Result<KeySet, KeyLookupError>;

fn poll(lookup: &mut crate::BoxFuture<Answer>) -> Poll<Answer> {
    lookup.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

fn begin(jwks: &Jwks, id: &str) -> crate::BoxFuture<Answer> {
    jwks.keys(&KeyRef::Id(id.into())).into_future()
}

/// What a lookup says that does not have to wait: the keys' ids, or why there are none.
fn ask(jwks: &Jwks, id: &str) -> String {
    match poll(&mut begin(jwks, id)) {
        Poll::Ready(answer) => in_words(answer),
        Poll::Pending => "waits".to_owned(),
    }
}

fn in_words(answer: Answer) -> String {
    match answer {
        Ok(set) => set.iter().map(|key| key.label().unwrap_or("-")).collect::<Vec<_>>().join(" "),
        Err(KeyLookupError::Unknown) => "unknown".to_owned(),
        Err(error) => error.to_string(),
    }
}

const SECOND: Duration = Duration::from_secs(1);
const DOWN: &str =
    "the source of keys failed: https://acme.example/jwks.json: cannot be reached: connection refused";

#[test]
fn a_set_is_fetched_and_read_once_for_its_time() {
    let world = World::publishing(&[OLD, NEW]);
    let jwks = world.jwks();
    assert_eq!(world.work(), (0, 0), "nothing before the first request");
    for _ in 0..1000 {
        assert_eq!((ask(&jwks, "old"), ask(&jwks, "new")), ("old".to_owned(), "new".to_owned()));
    }
    assert_eq!(world.work(), (1, 1));
    world.pass(600 * SECOND - Duration::from_millis(1));
    assert_eq!((ask(&jwks, "old"), world.work()), ("old".to_owned(), (1, 1)));
    world.publish(&[NEW]);
    world.pass(Duration::from_millis(1));
    assert_eq!((ask(&jwks, "old"), world.work()), ("unknown".to_owned(), (2, 2)), "it was withdrawn");
}

#[test]
fn who_names_no_key_is_given_all_and_who_names_something_else_none() {
    let world = World::publishing(&[OLD, NEW, &OLD.replace(r#","kid":"old""#, "")]);
    let jwks = world.jwks();
    let ask = |key: KeyRef| match poll(&mut jwks.keys(&key).into_future()) {
        Poll::Ready(answer) => in_words(answer),
        Poll::Pending => panic!("it waits"),
    };
    assert_eq!(ask(KeyRef::Endpoint), "old new -");
    assert_eq!(ask(KeyRef::Id("-".into())), "unknown", "a key without an id is nobody's by name");
    assert_eq!(ask(KeyRef::Id("".into())), "unknown");
    let others = [
        KeyRef::Tenant("old".into()),
        KeyRef::Certificate("https://acme.example/old.pem".into()),
        KeyRef::Chain(Arc::from([Bytes::from_static(b"old")])),
    ];
    for other in others {
        assert_eq!(ask(other), "unknown");
    }
    assert_eq!(world.work(), (1, 1));
}

#[test]
fn keys_that_share_an_id_are_all_tried() {
    let world = World::publishing(&[OLD, &NEW.replace("new", "old")]);
    assert_eq!(ask(&world.jwks(), "old"), "old old");
}

#[test]
fn a_thousand_at_the_same_time_make_one_fetch() {
    let world = World::publishing(&[OLD]);
    let jwks = world.jwks();
    world.set(Mood::Waits);
    let mut given_up: Vec<_> = (0..1000).map(|number| begin(&jwks, &format!("{number}"))).collect();
    assert!(given_up.iter_mut().all(|lookup| poll(lookup).is_pending()));
    assert_eq!(world.work(), (1, 0));
    drop(given_up);
    world.publish(&[OLD]);
    let mut lookups: Vec<_> = (0..1000).map(|_| begin(&jwks, "old")).collect();
    assert!(lookups.iter_mut().all(|lookup| matches!(poll(lookup), Poll::Ready(Ok(_)))));
    assert_eq!(world.work(), (2, 1));
}

#[test]
fn a_new_key_is_found_once_the_set_is_half_a_minute_old() {
    let world = World::publishing(&[OLD]);
    let jwks = world.jwks();
    assert_eq!(ask(&jwks, "old"), "old");
    world.publish(&[OLD, NEW]);
    world.pass(30 * SECOND - Duration::from_millis(1));
    assert_eq!((ask(&jwks, "new"), world.work()), ("unknown".to_owned(), (1, 1)));
    world.pass(Duration::from_millis(1));
    assert_eq!((ask(&jwks, "new"), world.work()), ("new".to_owned(), (2, 2)));
}

#[test]
fn invented_ids_make_one_fetch_in_a_pause_and_keep_nobody_waiting() {
    let world = World::publishing(&[OLD]);
    let jwks = world.jwks().pause(60 * SECOND);
    assert_eq!(ask(&jwks, "old"), "old");
    for second in 0..600 {
        for number in 0..100 {
            assert_eq!(ask(&jwks, &format!("invented {second} {number}")), "unknown");
        }
        world.pass(SECOND);
    }
    assert_eq!(world.work(), (10, 10));
    world.pass(60 * SECOND);
    world.set(Mood::Waits);
    let mut invented = begin(&jwks, "invented");
    assert!(poll(&mut invented).is_pending());
    assert_eq!(ask(&jwks, "old"), "old", "whoever is known does not wait for it");
}

#[test]
fn whether_an_id_is_new_or_invented_cannot_be_told_while_the_set_cannot_be_fetched() {
    let world = World::publishing(&[OLD]);
    let jwks = world.jwks();
    assert_eq!(ask(&jwks, "old"), "old");
    world.pass(30 * SECOND);
    world.set(Mood::IsDown);
    for _ in 0..1000 {
        assert_eq!(ask(&jwks, "new"), DOWN);
        assert_eq!(ask(&jwks, "old"), "old");
    }
    assert_eq!(world.work(), (2, 1));
    world.pass(SECOND);
    world.publish(&[NEW]);
    assert_eq!((ask(&jwks, "new"), world.work()), ("new".to_owned(), (3, 2)));
}

#[test]
fn a_server_that_is_down_from_the_beginning_is_asked_once_a_second() {
    let world = World::publishing(&[OLD]);
    let jwks = world.jwks();
    world.set(Mood::IsDown);
    for _ in 0..1000 {
        assert_eq!(ask(&jwks, "old"), DOWN);
    }
    assert_eq!(world.work(), (1, 0));
    world.pass(SECOND);
    world.publish(&[OLD]);
    assert_eq!((ask(&jwks, "old"), world.work()), ("old".to_owned(), (2, 1)));
}

#[test]
fn an_old_set_serves_while_there_is_no_new_one_and_no_longer_than_said() {
    let world = World::publishing(&[OLD]);
    let (strict, lenient) = (world.jwks(), world.jwks().stale_while_unavailable(3600 * SECOND));
    assert_eq!((ask(&strict, "old"), ask(&lenient, "old")), ("old".to_owned(), "old".to_owned()));
    world.set(Mood::IsDown);
    world.pass(600 * SECOND);
    assert_eq!((ask(&strict, "old"), ask(&lenient, "old")), (DOWN.to_owned(), "old".to_owned()));
    assert_eq!(ask(&lenient, "new"), DOWN, "it is not known to be an invention");
    world.pass(3600 * SECOND - Duration::from_millis(1));
    assert_eq!(ask(&lenient, "old"), "old");
    world.pass(Duration::from_millis(1));
    assert_eq!(ask(&lenient, "old"), DOWN);
}

#[test]
fn what_is_no_set_is_no_answer_and_tells_why() {
    let big = set_of(&[OLD; 65]);
    let encrypting = OLD.replace("{", r#"{"use":"enc","#);
    for (status, body, why) in [
        (
            200,
            "",
            "the answer is not what was asked for: it is not JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            200,
            "<html>",
            "the answer is not what was asked for: it is not JSON: expected value at line 1 column 1",
        ),
        (
            200,
            "{\"keys\":[",
            "the answer is not what was asked for: it is not JSON: EOF while parsing a list at line 1 column 9",
        ),
        (
            200,
            "[]",
            "the answer is not what was asked for: it is no JSON Web Key Set: it has no list of `keys`",
        ),
        (
            200,
            OLD,
            "the answer is not what was asked for: it is no JSON Web Key Set: it has no list of `keys`",
        ),
        (
            200,
            r#"{"keys":{}}"#,
            "the answer is not what was asked for: it is no JSON Web Key Set: it has no list of `keys`",
        ),
        (200, &big, "the answer is not what was asked for: there are more than 64 keys in the set"),
        (
            200,
            r#"{"keys":[]}"#,
            "the answer is not what was asked for: none of the 0 keys in the set is one to verify Ed25519 with",
        ),
        (
            200,
            &set_of(&[&encrypting, "1"]),
            "the answer is not what was asked for: none of the 2 keys in the set is one to verify Ed25519 with",
        ),
        (201, &set_of(&[OLD]), "the answer is 201 Created"),
        (302, "", "the answer is a redirect (302 Found), and none is followed: use the URL it leads to"),
        (404, "", "the answer is 404 Not Found"),
        (500, "", "the answer is 500 Internal Server Error"),
    ] {
        let world = World::publishing(&[OLD]);
        world.set(Mood::Answers(status, body.to_owned()));
        let expected = format!("the source of keys failed: https://acme.example/jwks.json: {why}");
        assert_eq!(ask(&world.jwks(), "old"), expected, "{body}");
    }
}

#[test]
fn the_kind_of_a_failure_can_be_told() {
    let world = World::publishing(&[OLD]);
    world.set(Mood::Answers(302, String::new()));
    let Poll::Ready(Err(error)) = poll(&mut begin(&world.jwks(), "old")) else { panic!("it fails") };
    let kind = error.source().and_then(|error| error.source()).unwrap().downcast_ref::<FetchError>();
    assert!(matches!(kind, Some(FetchError::Redirected { status: StatusCode::FOUND })), "{kind:?}");
}

#[test]
fn a_url_that_anybody_could_answer_for_is_refused() {
    let fetch = async |_: Request<Bytes>| -> Result<Response<Bytes>, FetchError> { panic!("nobody asks") };
    for wrong in [
        "",
        "jwks.json",
        "/jwks.json",
        "acme.example:443",
        "http://acme.example/jwks.json",
        "file:///jwks.json",
        "https:///jwks.json",
        "https://acme.example@evil.example/jwks.json",
        "https://acme.example/jwks json",
    ] {
        let error = Jwks::new(fetch, wrong, Algorithm::Ed25519).unwrap_err();
        assert!(matches!(error, JwksError::BadUrl), "{wrong:?}: {error:?}");
        assert_eq!(error.to_string(), "the set's URL should be like https://example.com/jwks.json");
    }
}

#[test]
fn a_shared_secret_is_never_published() {
    let fetch = async |_: Request<Bytes>| -> Result<Response<Bytes>, FetchError> { panic!("nobody asks") };
    let set = set_of(&[r#"{"kty":"oct","k":"c2VjcmV0c2VjcmV0","alg":"HS256"}"#]);
    for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSha512, Algorithm::Token] {
        let error = Jwks::new(fetch, "https://acme.example/jwks.json", algorithm).unwrap_err();
        assert!(matches!(error, JwksError::NoPublicKeys { .. }), "{error:?}");
        let error = KeySet::from_jwks(&set, algorithm).unwrap_err();
        assert_eq!(error.to_string(), format!("{algorithm:?} has no keys that are published"));
    }
    assert!(matches!(KeySet::from_jwks(&set, Algorithm::Ed25519), Err(JwksError::NoUsableKey { of: 1, .. })));
}
