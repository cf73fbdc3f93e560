//! Replay memory in Redis: what a sender gets, and what Redis holds afterwards, whatever becomes of Redis or of us.
#![cfg(all(feature = "redis", feature = "memory", feature = "providers", feature = "conformance"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

macro_rules! server {
    ($start:expr) => {
        match $start {
            Some(server) => server,
            None => return,
        }
    };
}

mod contract;
mod holders;
mod outages;
mod proxy;
#[path = "../redis_server/mod.rs"]
mod redis_server;
mod reserve;
mod together;

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::RETRY_AFTER};
use http_body_util::{Empty, Full};
use proxy::Proxy;
use redis::Commands as _;
use redis_server::RedisServer;
use std::{
    convert::Infallible,
    future::poll_fn,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tokio::{sync::Semaphore, time::sleep};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_webhook::{
    Answered, Rejection, RejectionKind, Scheme as _, VerifiedBody, VerifySignatureLayer,
    providers::Stripe,
    replay::{RedisStore, Replay, ReplayKey, ReplayStore as _, Reservation, Reserved, Unsettled},
    time::Timestamp,
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

/// How many scripts Redis has been asked to run.
fn scripts(server: &RedisServer) -> u64 {
    let stats: String = redis::cmd("INFO").arg("commandstats").query(&mut raw(server)).unwrap();
    let calls = |line: &str| {
        let stats =
            line.strip_prefix("cmdstat_evalsha:calls=").or(line.strip_prefix("cmdstat_eval:calls="))?;
        stats.split(',').next()?.parse::<u64>().ok()
    };
    stats.lines().filter_map(calls).sum()
}

async fn fresh(store: &RedisStore, key: &ReplayKey, lease: Duration) -> Reservation {
    match store.reserve(key, lease).await.unwrap() {
        Reserved::Fresh(reservation) => reservation,
        other => panic!("{other:?}"),
    }
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

fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
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
