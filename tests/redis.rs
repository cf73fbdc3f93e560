//! Replay memory in Redis: what a sender gets, and what Redis holds afterwards, whatever becomes of Redis or of us.
#![cfg(all(feature = "redis", feature = "memory", feature = "providers", feature = "conformance"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod redis_server;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::RETRY_AFTER};
use http_body_util::{Empty, Full};
use redis::Commands as _;
use redis_server::{RedisServer, free_port, not_run};
use std::{
    convert::Infallible,
    future::{pending, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::sleep,
};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_webhook::{
    Answered, Rejection, RejectionKind, Scheme as _, VerifiedBody, VerifySignatureLayer, conformance,
    providers::Stripe,
    replay::{
        MemoryStore, RedisStore, Replay, ReplayKey, ReplayStore, Reservation, Reserved, StoreError, Unsettled,
    },
    time::{Clock, Timestamp},
};

const SECRET: &str = "whsec_of_a_test";
const LONG: Duration = Duration::from_secs(60);
const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);

/// A patient store: these tests share a machine with others. Those about time-outs set their own.
fn store(server: &RedisServer) -> RedisStore {
    RedisStore::open(&server.url()).unwrap().timeout(Duration::from_secs(5))
}

/// An endpoint for Stripe's deliveries, and how its handler behaves.
#[derive(Clone)]
struct Endpoint {
    layer: VerifySignatureLayer<Stripe>,
    calls: Arc<AtomicUsize>,
    /// Each call of the handler takes one, and waits for it if there is none.
    permits: Arc<Semaphore>,
}

impl Endpoint {
    fn new(replay: Replay) -> Self {
        let key = Stripe.key(SECRET).unwrap();
        Self {
            layer: VerifySignatureLayer::new(Stripe, key).replay(replay).clock(|| Some(NOW)),
            calls: Arc::default(),
            permits: Arc::new(Semaphore::new(1000)),
        }
    }

    fn on(store: &RedisStore) -> Self {
        Self::new(Replay::new(store.clone(), "billing").lease(LONG))
    }

    /// The handler waits until it is told to go on.
    fn waiting(mut self) -> Self {
        self.permits = Arc::new(Semaphore::new(0));
        self
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn called(&self, times: usize) {
        eventually(|| self.calls() == times).await;
    }

    /// Delivers the event `id`.
    fn deliver(&self, id: &str) -> impl Future<Output = Answer> + use<> {
        let mut request = Request::post("/")
            .body(Bytes::from(format!(r#"{{"id":"{id}","type":"invoice.paid"}}"#)))
            .unwrap();
        Stripe.sign(&mut request, &Stripe.signing_key(SECRET).unwrap(), NOW).unwrap();
        let Self { calls, permits, .. } = self.clone();
        let handler = service_fn(move |_: Request<VerifiedBody>| {
            let (calls, permits) = (Arc::clone(&calls), Arc::clone(&permits));
            async move {
                calls.fetch_add(1, Ordering::SeqCst);
                permits.acquire().await.unwrap().forget();
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }
        });
        let response = self.layer.layer(handler).oneshot(request.map(Full::new));
        async move { Answer::of(response.await.unwrap()) }
    }
}

/// What a sender gets, and what is said of it inside.
#[derive(Debug)]
struct Answer {
    status: StatusCode,
    retry_after: bool,
    answered: Option<Answered>,
    rejection: Option<Rejection>,
    unsettled: Option<Unsettled>,
}

impl Answer {
    fn of<B>(response: Response<B>) -> Self {
        Self {
            status: response.status(),
            retry_after: response.headers().contains_key(RETRY_AFTER),
            answered: response.extensions().get().copied(),
            rejection: response.extensions().get().cloned(),
            unsettled: response.extensions().get().cloned(),
        }
    }

    #[track_caller]
    fn is_handled(&self) {
        assert_eq!((self.status, self.answered), (StatusCode::OK, None), "{self:?}");
        assert!(self.unsettled.is_none(), "{self:?}");
    }

    #[track_caller]
    fn is_repeat(&self) {
        assert_eq!((self.status, self.answered), (StatusCode::OK, Some(Answered::Repeat)), "{self:?}");
    }

    #[track_caller]
    fn is_in_flight(&self) {
        self.is_503(RejectionKind::InFlight);
    }

    /// The store is unavailable, for this reason.
    #[track_caller]
    fn is_unavailable(&self, reason: &str) {
        self.is_503(RejectionKind::ReplayStoreUnavailable);
        let text = self.rejection.as_ref().unwrap().to_string();
        assert!(text.contains(reason), "{text}");
    }

    #[track_caller]
    fn is_503(&self, kind: RejectionKind) {
        assert_eq!(self.rejection.as_ref().map(Rejection::kind), Some(kind), "{self:?}");
        assert_eq!((self.status, self.retry_after), (StatusCode::SERVICE_UNAVAILABLE, true));
    }
}

/// What Redis holds: key, value, and time to live in milliseconds.
fn held(server: &RedisServer) -> Vec<(String, String, i64)> {
    let mut raw = raw(server);
    let mut keys: Vec<String> = raw.keys("*").unwrap();
    keys.sort();
    keys.into_iter()
        .filter_map(|key| {
            let value: Option<String> = raw.get(&key).unwrap();
            let live: i64 = raw.pttl(&key).unwrap();
            value.map(|value| (key, value, live))
        })
        .collect()
}

fn values(server: &RedisServer) -> Vec<String> {
    held(server).into_iter().map(|(_, value, _)| value).collect()
}

fn raw(server: &RedisServer) -> redis::Connection {
    redis::Client::open(server.url()).unwrap().get_connection().unwrap()
}

fn configure(server: &RedisServer, name: &str, value: &str) {
    redis::cmd("CONFIG").arg("SET").arg(name).arg(value).exec(&mut raw(server)).unwrap();
}

async fn eventually(mut condition: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < patience, "it does not come to that");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Until the sender's retries come through.
async fn handled_in_the_end(endpoint: &Endpoint, id: &str) {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let answer = endpoint.deliver(id).await;
        if answer.status == StatusCode::OK {
            return answer.is_handled();
        }
        assert!(answer.retry_after && Instant::now() < patience, "{answer:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

macro_rules! server {
    ($start:expr) => {
        match $start {
            Some(server) => server,
            None => return,
        }
    };
}

// The contract

#[tokio::test]
async fn redis_passes_the_suite() {
    let server = server!(RedisServer::start());
    conformance::replay_store(&store(&server)).await;
}

#[tokio::test]
async fn an_arc_of_it_passes_the_suite() {
    let server = server!(RedisServer::start());
    conformance::replay_store(&Arc::new(store(&server))).await;
}

/// Two stores by turns, as two processes are.
struct ByTurns {
    stores: [RedisStore; 2],
    turn: AtomicUsize,
}

impl ByTurns {
    fn next(&self) -> &RedisStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl ReplayStore for ByTurns {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        self.next().reserve(key, lease).await
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        self.next().commit(reservation, retention).await
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.next().release(reservation).await
    }

    fn abandon(&self, reservation: Reservation) {
        self.next().abandon(reservation);
    }
}

#[tokio::test]
async fn two_of_them_with_one_redis_pass_the_suite_as_one() {
    let server = server!(RedisServer::start());
    let stores = [store(&server), store(&server)];
    conformance::replay_store(&ByTurns { stores, turn: AtomicUsize::new(0) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_the_same_time_one_is_fresh() {
    let server = server!(RedisServer::start());
    let stores: Vec<RedisStore> = (0..4).map(|_| store(&server)).collect();
    for round in 0..20_u32 {
        let key = ReplayKey::new("x", round.to_le_bytes());
        let reserving: Vec<_> = (0..40)
            .map(|number| {
                let (store, key) = (stores[number % 4].clone(), key.clone());
                tokio::spawn(async move { store.reserve(&key, LONG).await.unwrap() })
            })
            .collect();
        let mut fresh = 0;
        for reserving in reserving {
            fresh += usize::from(reserving.await.unwrap() != Reserved::InFlight);
        }
        assert_eq!(fresh, 1);
    }
}

#[tokio::test]
async fn every_key_has_its_namespace_and_a_time_to_live() {
    let server = server!(RedisServer::start());
    let store = store(&server);
    let key = ReplayKey::new("billing", "evt_1");
    let name = format!("tower-webhook:billing:{}", data_encoding::HEXLOWER.encode(key.digest()));

    let Reserved::Fresh(reservation) = store.reserve(&key, LONG).await.unwrap() else { panic!() };
    let [(reserved, token, lease)] = &held(&server)[..] else { panic!() };
    assert_eq!((reserved, token), (&name, &format!("{:032x}", reservation.token())));
    assert!((1..=60_000).contains(lease), "{lease}");

    store.commit(&reservation, 10 * LONG).await.unwrap();
    let [(done, value, retention)] = &held(&server)[..] else { panic!() };
    assert_eq!((done, value.as_str()), (&name, "done"));
    assert!((60_001..=600_000).contains(retention), "{retention}");

    let other = store.prefix("app:staging");
    assert!(matches!(other.reserve(&key, Duration::ZERO).await, Ok(Reserved::Fresh(_))), "another prefix");
    let Reserved::Fresh(short) = other.reserve(&ReplayKey::new("x", "1"), LONG).await.unwrap() else {
        panic!()
    };
    other.commit(&short, Duration::ZERO).await.unwrap();
    eventually(|| held(&server).len() == 1).await;
}

#[tokio::test]
async fn t33_two_endpoints_that_share_a_redis_both_handle_a_delivery() {
    let server = server!(RedisServer::start());
    let store = store(&server);
    let (billing, audit) = (Endpoint::on(&store), Endpoint::new(Replay::new(store.clone(), "audit")));
    for endpoint in [&billing, &audit] {
        endpoint.deliver("evt_1").await.is_handled();
        endpoint.deliver("evt_1").await.is_repeat();
        assert_eq!(endpoint.calls(), 1);
    }
    let keys: Vec<String> = held(&server).into_iter().map(|(key, _, _)| key).collect();
    assert!(keys[0].starts_with("tower-webhook:audit:") && keys[1].starts_with("tower-webhook:billing:"));
    assert_eq!(values(&server), ["done", "done"]);
}

// What becomes of Redis

#[tokio::test]
async fn unreachable_at_start() {
    let mut server = RedisServer::prepare(&[]);
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_unavailable("cannot be reached: Connection refused");
    assert_eq!(endpoint.calls(), 0);
    if server.restart().is_err() {
        return not_run("redis-server is not installed");
    }
    endpoint.deliver("evt_1").await.is_handled();
    assert_eq!(values(&server), ["done"]);
}

#[tokio::test]
async fn gone_in_mid_run_and_restarted() {
    let mut server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    server.kill();
    endpoint.deliver("evt_1").await.is_unavailable("Connection refused");
    endpoint.deliver("evt_2").await.is_unavailable("Connection refused");
    server.restart().unwrap();
    // The first that comes, without a 503, although Redis has forgotten the connection and the scripts.
    endpoint.deliver("evt_1").await.is_repeat();
    endpoint.deliver("evt_2").await.is_handled();
    assert_eq!((endpoint.calls(), values(&server)), (2, vec!["done".to_owned(); 2]));
}

#[tokio::test]
async fn restarted_while_nothing_came() {
    let mut server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    server.restart().unwrap();
    endpoint.deliver("evt_1").await.is_repeat();
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn gone_between_the_handler_and_the_commit() {
    let mut server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let first = tokio::spawn(endpoint.deliver("evt_1"));
    endpoint.called(1).await;
    server.kill();
    endpoint.permits.add_permits(1);
    let first = first.await.unwrap();
    assert_eq!(first.status, StatusCode::OK, "it was handled, whatever Redis says");
    assert!(first.unsettled.unwrap().error().to_string().contains("Connection refused"));
    server.restart().unwrap();
    eventually(|| values(&server) == ["done"]).await;
    endpoint.deliver("evt_1").await.is_repeat();
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_for_being_idle_is_no_failure() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    for id in ["evt_1", "evt_2", "evt_3"] {
        endpoint.deliver(id).await.is_handled();
        redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec(&mut raw(&server)).unwrap();
    }
}

#[tokio::test]
async fn slow() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let limit = Duration::from_millis(200);
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap().timeout(limit));
    handled_in_the_end(&endpoint, "evt_1").await;

    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let began = Instant::now();
    endpoint.deliver("evt_2").await.is_unavailable("did not answer within 200ms");
    assert!(began.elapsed() >= limit && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((endpoint.calls(), held(&server).len()), (1, 2), "Redis has heard of it");

    // Nobody waits for that reservation: it is undone as soon as that can be said, long before the lease ends.
    sleep(2 * limit).await;
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    eventually(|| values(&server) == ["done"]).await;
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn silent_from_the_first() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let endpoint = Endpoint::on(&RedisStore::open(&url).unwrap().timeout(Duration::from_millis(100)));
    for id in ["evt_1", "evt_2"] {
        let began = Instant::now();
        endpoint.deliver(id).await.is_unavailable("did not answer within 100ms");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_connection_whose_other_end_is_gone_in_silence() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let limit = Duration::from_millis(200);
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap().timeout(limit));
    handled_in_the_end(&endpoint, "evt_1").await;
    proxy.forgotten.store(proxy.connections.load(Ordering::SeqCst), Ordering::SeqCst);
    endpoint.deliver("evt_2").await.is_unavailable("did not answer within 200ms");
    handled_in_the_end(&endpoint, "evt_2").await;
    assert_eq!((endpoint.calls(), values(&server)), (2, vec!["done".to_owned(); 2]));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5));
    let key = ReplayKey::new("x", "1");
    store.check().await.unwrap();

    proxy.cuts_next_answer.store(true, Ordering::SeqCst);
    let Reserved::Fresh(reservation) = store.reserve(&key, LONG).await.unwrap() else {
        panic!("its own reservation is taken for another's")
    };
    assert!(!proxy.cuts_next_answer.swap(true, Ordering::SeqCst), "the answer came through");
    store.commit(&reservation, LONG).await.unwrap();
    assert!(!proxy.cuts_next_answer.swap(true, Ordering::SeqCst), "the answer came through");
    assert_eq!(store.reserve(&key, LONG).await.unwrap(), Reserved::Done);
    assert!(!proxy.cuts_next_answer.swap(true, Ordering::SeqCst), "the answer came through");
    store.release(&reservation).await.unwrap();
    assert_eq!(values(&server), ["done"]);
}

#[tokio::test]
async fn full() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    configure(&server, "maxmemory", "1");
    endpoint.deliver("evt_2").await.is_unavailable("OOM");
    endpoint.deliver("evt_1").await.is_repeat();
    assert_eq!((endpoint.calls(), values(&server)), (1, vec!["done".to_owned()]));
    configure(&server, "maxmemory", "0");
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    let replica_of = |host: &str, port: &str| {
        redis::cmd("REPLICAOF").arg(host).arg(port).exec(&mut raw(&server)).unwrap();
    };
    replica_of("127.0.0.1", &free_port().to_string());
    endpoint.deliver("evt_2").await.is_unavailable("read only");
    replica_of("NO", "ONE");
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn wrong_password() {
    let server = server!(RedisServer::start_with(&["--requirepass", "right"]));
    let with = |user: &str| format!("redis://{user}127.0.0.1:{}", server.port());
    let open = |url: &str| RedisStore::open(url).unwrap().timeout(Duration::from_secs(5));

    let without = Endpoint::on(&open(&with("")));
    without.deliver("evt_1").await.is_unavailable("NOAUTH");

    let wrong = open(&with(":wrong@"));
    let refused = wrong.check().await.unwrap_err().to_string();
    assert!(refused.contains("refuses user or password"), "{refused}");
    assert!(!format!("{refused} {wrong:?}").contains("wrong"), "{refused} {wrong:?}");
    let endpoint = Endpoint::on(&wrong);
    endpoint.deliver("evt_1").await.is_unavailable("refuses user or password");

    let right = open(&with(":right@"));
    right.check().await.unwrap();
    Endpoint::on(&right).deliver("evt_1").await.is_handled();

    // It is mended on the side of Redis: no restart is needed on this one.
    let mut raw = redis::Client::open(with(":right@")).unwrap().get_connection().unwrap();
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("wrong").exec(&mut raw).unwrap();
    endpoint.deliver("evt_1").await.is_repeat();
    endpoint.deliver("evt_2").await.is_handled();
}

#[test]
fn what_is_no_url_of_a_redis_says_so_and_keeps_its_password() {
    for url in
        ["", "localhost", "http://user:hunter2@localhost", "redis://user:hunter2@", "redis://:hunter2@h/zero"]
    {
        let error = RedisStore::open(url).unwrap_err();
        assert!(error.to_string().contains("like redis://user:password@host:6379/0"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let store = RedisStore::open("redis://user:hunter2@localhost/3").unwrap();
    assert!(format!("{store:?}").contains("localhost:6379") && !format!("{store:?}").contains("hunter2"));
}

#[test]
fn outside_of_a_runtime_it_fails_and_does_not_panic() {
    let store = RedisStore::open("redis://localhost").unwrap();
    let key = ReplayKey::new("x", "1");
    let reserved = pin!(store.reserve(&key, LONG)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = reserved else { panic!("{reserved:?}") };
    assert!(error.to_string().contains("outside of a tokio runtime"), "{error}");
    store.abandon(Reservation::new(key, 1));
}

// What becomes of us

#[tokio::test]
async fn a_lease_that_runs_out_while_the_handler_runs() {
    let server = server!(RedisServer::start());
    let replay = Replay::new(store(&server), "billing");
    let (slow, quick) = (
        Endpoint::new(replay.clone().lease(Duration::from_millis(100))).waiting(),
        Endpoint::new(replay.clone().lease(LONG)).waiting(),
    );
    let first = tokio::spawn(slow.deliver("evt_1"));
    slow.called(1).await;
    eventually(|| held(&server).is_empty()).await;
    let second = tokio::spawn(quick.deliver("evt_1"));
    quick.called(1).await;
    let owner = values(&server);

    slow.permits.add_permits(1);
    let first = first.await.unwrap();
    assert_eq!((first.status, first.answered), (StatusCode::OK, None), "it was handled, though late");
    assert_eq!(values(&server), owner, "a late commit overwrites the new owner's state");
    quick.deliver("evt_1").await.is_in_flight();

    quick.permits.add_permits(1);
    second.await.unwrap().is_handled();
    assert_eq!(values(&server), ["done"]);
    quick.deliver("evt_1").await.is_repeat();
}

#[tokio::test]
async fn a_lease_that_runs_out_with_nobody_else_there() {
    let server = server!(RedisServer::start());
    let replay = Replay::new(store(&server), "billing").lease(Duration::from_millis(100));
    let endpoint = Endpoint::new(replay).waiting();
    let first = tokio::spawn(endpoint.deliver("evt_1"));
    endpoint.called(1).await;
    eventually(|| held(&server).is_empty()).await;
    endpoint.permits.add_permits(1);
    first.await.unwrap().is_handled();
    assert_eq!(values(&server), ["done"], "a late success is one");
    endpoint.deliver("evt_1").await.is_repeat();
}

#[tokio::test]
async fn killed_between_reserve_and_commit() {
    let server = server!(RedisServer::start());
    let replay = Replay::new(store(&server), "billing").lease(Duration::from_secs(1));
    let killed = Endpoint::new(replay.clone()).waiting();
    let mut first = Box::pin(killed.deliver("evt_1"));
    poll_until(first.as_mut(), || killed.calls() == 1).await;
    // Nothing of it runs any more, not even a destructor.
    std::mem::forget(first);

    let endpoint = Endpoint::new(replay);
    endpoint.deliver("evt_1").await.is_in_flight();
    handled_in_the_end(&endpoint, "evt_1").await;
    assert_eq!((endpoint.calls(), values(&server)), (1, vec!["done".to_owned()]));
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_the_handler_runs() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let mut first = Box::pin(endpoint.deliver("evt_1"));
    poll_until(first.as_mut(), || endpoint.calls() == 1).await;
    assert_eq!(held(&server).len(), 1);
    drop(first);
    let began = Instant::now();
    eventually(|| held(&server).is_empty()).await;
    assert!(began.elapsed() < LONG / 2, "it was left to the lease");
    endpoint.permits.add_permits(1);
    endpoint.deliver("evt_1").await.is_handled();
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_redis_is_asked() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5)));
    endpoint.deliver("evt_1").await.is_handled();
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let mut second = Box::pin(endpoint.deliver("evt_2"));
    poll_until(second.as_mut(), || held(&server).len() == 2).await;
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    drop(second);
    eventually(|| held(&server).len() == 1).await;
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_the_success_is_noted() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let mut first = Box::pin(endpoint.deliver("evt_1"));
    poll_until(first.as_mut(), || endpoint.calls() == 1).await;
    endpoint.permits.add_permits(1);
    // The handler succeeds, and the commit is on its way.
    assert!(poll_once(first.as_mut()).is_pending());
    assert_eq!(endpoint.permits.available_permits(), 0);
    drop(first);
    eventually(|| values(&server) == ["done"]).await;
    endpoint.deliver("evt_1").await.is_repeat();
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test]
async fn a_request_that_is_dropped_where_there_is_no_runtime() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let mut first = Box::pin(endpoint.deliver("evt_1"));
    poll_until(first.as_mut(), || endpoint.calls() == 1).await;
    std::thread::spawn(move || drop(first)).join().unwrap();
    eventually(|| held(&server).is_empty()).await;
}

#[tokio::test]
async fn a_handler_that_panics() {
    let server = server!(RedisServer::start());
    let store = store(&server);
    let endpoint = Endpoint::on(&store);
    endpoint.permits.close();
    assert!(tokio::spawn(endpoint.deliver("evt_1")).await.unwrap_err().is_panic());
    eventually(|| held(&server).is_empty()).await;
    Endpoint::on(&store).deliver("evt_1").await.is_handled();
}

// A clock that steps backwards

#[derive(Clone)]
struct Steps(Arc<Mutex<Timestamp>>);

impl Clock for Steps {
    fn now(&self) -> Option<Timestamp> {
        Some(*self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn a_clock_that_steps_backwards_makes_no_delivery_new() {
    let server = server!(RedisServer::start());
    for replay in [Replay::new(store(&server), "x"), Replay::new(MemoryStore::new(10), "x")] {
        let clock = Steps(Arc::new(Mutex::new(NOW)));
        let mut endpoint = Endpoint::new(replay);
        endpoint.layer = endpoint.layer.clock(clock.clone());
        endpoint.deliver("evt_1").await.is_handled();
        *clock.0.lock().unwrap() = NOW.saturating_sub(Duration::from_secs(299));
        endpoint.deliver("evt_1").await.is_repeat();
        *clock.0.lock().unwrap() = NOW.saturating_sub(Duration::from_secs(301));
        let answer = endpoint.deliver("evt_1").await;
        assert_eq!(answer.rejection.map(|it| it.kind()), Some(RejectionKind::FutureTimestamp));
        *clock.0.lock().unwrap() = NOW;
        endpoint.deliver("evt_1").await.is_repeat();
        assert_eq!(endpoint.calls(), 1);
    }
}

// Tools

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Polls a future by hand, until something has come about beside it.
async fn poll_until<F: Future>(mut future: Pin<&mut F>, mut condition: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < patience, "it does not come to that");
        let pending = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await;
        assert!(pending, "it is done already");
        sleep(Duration::from_millis(1)).await;
    }
}

/// Stands before Redis, and is what the network can be.
struct Proxy {
    port: u16,
    withholds_answers: AtomicBool,
    cuts_next_answer: AtomicBool,
    connections: AtomicUsize,
    /// Connections before this one stay open, and lead nowhere.
    forgotten: AtomicUsize,
}

impl Proxy {
    async fn start(redis: u16) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            withholds_answers: AtomicBool::new(false),
            cuts_next_answer: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            forgotten: AtomicUsize::new(0),
        });
        let here = Arc::clone(&proxy);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", redis)).await.unwrap();
                tokio::spawn(Arc::clone(&here).serve(client, server));
            }
        });
        proxy
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn serve(self: Arc<Self>, client: TcpStream, server: TcpStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        let here = Arc::clone(&self);
        let asking = tokio::spawn(async move {
            let mut buffer = vec![0; 65_536];
            while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
                if number < here.forgotten.load(Ordering::SeqCst) {
                    continue;
                }
                if to_server.write_all(&buffer[..length]).await.is_err() {
                    return;
                }
            }
            // What a client has asked for is done, though it waits no more: the connection stays open for a while.
            pending::<()>().await;
        });
        let mut buffer = vec![0; 65_536];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            while self.withholds_answers.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(1)).await;
            }
            let cut = self.cuts_next_answer.swap(false, Ordering::SeqCst);
            if cut || to_client.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
        asking.abort();
    }
}
