//! The layer in a bare Tower stack: what it polls, when, and what it leaves behind.
#![cfg(all(feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::{Buf, Bytes};
use common::{
    Answer, BoxError, Custom, Frames, Handler, NOW, OTHER_SECRET, SECRET, SIGNATURE, Untouchable, ask, clock,
    hmac, layer, poll_once, post, signature, signed, signed_as, with, with_signature,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty, Full, Limited};
use std::{
    cell::RefCell,
    collections::VecDeque,
    convert::Infallible,
    error::Error,
    fmt,
    future::{Ready, pending},
    marker::PhantomPinned,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, limit::ConcurrencyLimitLayer, service_fn};
use tower_webhook::{
    Answered, Rejection, RejectionKind, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    key::{KeyLookupError, KeyRef, KeySet, Tenants},
    providers::{GitHub, Stripe},
    replay::{MemoryStore, Replay},
    scheme::{ByPath, Check, Outcome, Plan, Refusal, Text, Verdict, verify},
    schemes::{Field, Part, Signed, StandardWebhooks, Token},
    time::Timestamp,
};

const TENANT: HeaderName = HeaderName::from_static("x-tenant");

/// A request as GitHub sends it.
fn github(body: &'static str) -> Request<Bytes> {
    signed(&GitHub, with(post(body), "x-github-event", "push"))
}

fn stripe_at(at: Timestamp) -> Request<Bytes> {
    signed_as(&Stripe, post("{}"), SECRET, at)
}

fn forged(body: &'static str) -> Request<Bytes> {
    signed_as(&GitHub, post(body), OTHER_SECRET, NOW)
}

/// A scheme whose deliveries name their tenant in a header.
fn tenants() -> Signed {
    Signed::hmac_sha256("tenants", Field::header(SIGNATURE)).tenant(TENANT)
}

/// A delivery with a signed id, so that the replay memory knows it.
fn standard(id: &str) -> Request<Bytes> {
    signed(&StandardWebhooks, with(post(r#"{"type":"a"}"#), "webhook-id", id))
}

// What the head decides

/// Sends the request with a body that must not be polled.
async fn ask_without_body<S: Scheme>(layer: &VerifySignatureLayer<S>, request: Request<Bytes>) -> Answer {
    let handler = Handler::new();
    let answer = ask(layer.layer(handler.clone()), request.map(|_| Untouchable)).await;
    assert_eq!(handler.calls(), 0, "the handler was called for what has no body");
    answer
}

#[tokio::test]
async fn t21_a_head_that_is_refused_leaves_the_body_unpolled() {
    use RejectionKind as K;
    let github_layer = layer(GitHub);
    let without = |request: Request<Bytes>, name: &str| {
        let mut request = request;
        request.headers_mut().remove(name);
        request
    };
    let twice = |request: Request<Bytes>, name: &'static str| {
        let mut request = request;
        let value = request.headers()[name].clone();
        request.headers_mut().append(name, value);
        request
    };
    let with_method = |method: Method| {
        let mut request = github("{}");
        *request.method_mut() = method;
        request
    };
    let signature = "x-hub-signature-256";
    for (case, request, status, kind) in [
        ("no signature", without(github("{}"), signature), 401, K::MissingHeader),
        ("two signatures", twice(github("{}"), signature), 401, K::DuplicateHeader),
        ("no prefix", with(github("{}"), signature, "0fa0"), 401, K::MalformedHeader),
        ("undecodable", with(github("{}"), signature, "sha256=zz"), 401, K::MalformedSignature),
        ("GET", with_method(Method::GET), 405, K::MethodNotAllowed),
        ("HEAD", with_method(Method::HEAD), 405, K::MethodNotAllowed),
        ("too long", with(github("{}"), "content-length", "25000001"), 413, K::BodyTooLarge),
        ("beyond u64", with(github("{}"), "content-length", "18446744073709551616"), 413, K::BodyTooLarge),
    ] {
        let answer = ask_without_body(&github_layer, request).await;
        assert_eq!(answer.refusal(), (status, Some(kind)), "{case}");
        assert_eq!(answer.header("allow"), (status == 405).then_some("POST"), "{case}");
        assert!(answer.body.is_empty(), "{case}: the sender learns no more than the status");
    }

    let stripe_layer = layer(Stripe);
    let tolerance = Duration::from_secs(300);
    let a_little_more = tolerance + Duration::from_secs(1);
    for (case, request, kind) in [
        ("stale", stripe_at(NOW.saturating_sub(a_little_more)), K::StaleTimestamp),
        ("future", stripe_at(NOW.saturating_add(a_little_more)), K::FutureTimestamp),
        ("no time", with(post("{}"), "stripe-signature", "t=now,v1=00"), K::MalformedTimestamp),
        ("no signature", with(post("{}"), "stripe-signature", "t=1718000000,v0=00"), K::NoSignature),
    ] {
        let answer = ask_without_body(&stripe_layer, request).await;
        assert_eq!(answer.refusal(), (401, Some(kind)), "{case}");
    }
}

#[tokio::test]
async fn what_the_endpoint_lacks_leaves_the_body_unpolled() {
    use RejectionKind as K;
    let unknown_tenant = with(signed(&tenants(), with(post("{}"), "x-tenant", "b")), "x-tenant", "b");
    let table =
        VerifySignatureLayer::new(tenants(), Tenants::new().with("a", tenants().key(SECRET).unwrap()));
    let answer = ask_without_body(&table, unknown_tenant).await;
    assert_eq!(answer.refusal(), (401, Some(K::UnknownKey)), "a tenant that is not in the table");

    let by_path = ByPath::new().route("/github", GitHub, GitHub.key(SECRET).unwrap());
    let answer = ask_without_body(&VerifySignatureLayer::by_path(by_path), github("{}")).await;
    assert_eq!(answer.refusal(), (404, Some(K::UnknownPath)), "a path that is not in the table");

    for (error, status, kind) in [(false, 401, K::UnknownKey), (true, 503, K::KeysUnavailable)] {
        let later = VerifySignatureLayer::new(GitHub, move |_: KeyRef| async move {
            tokio::task::yield_now().await;
            Err(if error { KeyLookupError::unavailable("no database") } else { KeyLookupError::Unknown })
        });
        let answer = ask_without_body(&later, github("{}")).await;
        assert_eq!(answer.refusal(), (status, Some(kind)), "a key provider that fails");
        assert_eq!(answer.header("retry-after").is_some(), status == 503);
    }

    let answer = ask_without_body(&layer(Stripe).clock(|| None), stripe_at(NOW)).await;
    assert_eq!(answer.refusal(), (503, Some(K::ClockUnavailable)));
    assert!(answer.header("retry-after").is_some());

    let url = Signed::hmac_sha256("url", Field::header(SIGNATURE)).text([Part::Url, Part::Body]);
    let answer = ask_without_body(&layer(url.clone()), signed(&url, post("{}"))).await;
    assert_eq!(answer.refusal(), (500, Some(K::NoPublicUrl)));

    let demands_nothing = Custom::new(|_, _| Ok(Plan::All(Vec::new())));
    let answer = ask_without_body(&layer(demands_nothing), post("{}")).await;
    assert_eq!(answer.refusal(), (500, Some(K::BadPlan)));
}

#[tokio::test]
async fn an_unsigned_handshake_is_answered_without_the_body() {
    let mut handshake =
        Custom::new(|head, _| Ok(Plan::Respond(Response::new(head.query("challenge")?.into_owned().into()))));
    handshake.methods = &[Method::GET, Method::POST];
    let request = Request::get("/hook?challenge=abc").body(Bytes::new()).unwrap();
    let answer = ask_without_body(&layer(handshake), request).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "abc"));
    assert_eq!((answer.answered, answer.kind), (Some(Answered::Handshake), None));
}

#[tokio::test]
async fn t36_a_layer_below_a_layer_says_so_before_it_polls() {
    let (parts, body) = github("{}").into_parts();
    let keys = GitHub.key(SECRET).unwrap().into();
    let Verdict::Deliver(verified) = verify(&GitHub, &parts, &body, &keys, NOW).unwrap() else {
        panic!("a delivery");
    };
    let mut request = github("{}");
    request.extensions_mut().insert(verified);
    let answer = ask_without_body(&layer(GitHub), request).await;
    assert_eq!(answer.refusal(), (500, Some(RejectionKind::LayeredTwice)));
}

// When the inner service is asked

#[tokio::test]
async fn t35_a_stalled_forged_body_keeps_nobody_out() {
    let handler = Handler::new();
    let limit = ConcurrencyLimitLayer::new(1);
    let service = ServiceBuilder::new().layer(layer(GitHub)).layer(limit.clone()).service(handler.clone());
    let mut stalled = pin!(service.clone().oneshot(forged("{}").map(|_| Frames::stalled())));
    assert!(poll_once(stalled.as_mut()).is_pending());
    let answer = ask(service, github("{}").map(Full::new)).await;
    assert_eq!((answer.status, handler.calls()), (StatusCode::OK, 1));

    // The other way round it does: the limit bites, and it is the order that helps.
    let service = ServiceBuilder::new().layer(limit).layer(layer(GitHub)).service(handler.clone());
    let mut stalled = pin!(service.clone().oneshot(forged("{}").map(|_| Frames::stalled())));
    assert!(poll_once(stalled.as_mut()).is_pending());
    let mut honest = pin!(service.oneshot(github("{}").map(|body| Frames::of(&body, 1))));
    assert!(poll_once(honest.as_mut()).is_pending());
    assert_eq!(handler.calls(), 1);
}

type Mocked = (
    tower_test::mock::Mock<Request<VerifiedBody>, Response<Empty<Bytes>>>,
    tower_test::mock::Handle<Request<VerifiedBody>, Response<Empty<Bytes>>>,
);

#[tokio::test]
async fn the_inner_service_is_asked_once_a_request_is_verified() {
    let (mock, mut handle): Mocked = tower_test::mock::pair();
    handle.allow(0);
    let service = layer(GitHub).layer(mock);
    // Answered although the inner service is not ready: nobody asked it.
    let answer = ask(service.clone(), forged("{}").map(Full::new)).await;
    assert_eq!(answer.refusal(), (401, Some(RejectionKind::SignatureMismatch)));

    let mut honest = pin!(service.oneshot(github("{}").map(Full::new)));
    assert!(poll_once(honest.as_mut()).is_pending(), "verified, and the inner service is not ready");
    handle.allow(1);
    // The mock panics if a clone is called that was not polled ready.
    assert!(poll_once(honest.as_mut()).is_pending());
    let (request, respond) = handle.next_request().await.unwrap();
    assert_eq!(request.extensions().get::<Verified>().and_then(Verified::event), Some("push"));
    respond.send_response(Response::new(Empty::new()));
    assert_eq!(honest.await.unwrap().status(), StatusCode::OK);
}

/// An error that is nothing but itself: no `Error`, no `Debug`, no `Send`.
struct Own(Rc<str>);

/// Fails where it is told to.
#[derive(Clone)]
struct Failing {
    when_asked: bool,
}

impl Service<Request<VerifiedBody>> for Failing {
    type Response = Response<Empty<Bytes>>;
    type Error = Own;
    type Future = Ready<Result<Self::Response, Own>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Own>> {
        Poll::Ready(if self.when_asked { Err(Own(Rc::from("asked"))) } else { Ok(()) })
    }

    fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
        std::future::ready(Err(Own(Rc::from("called"))))
    }
}

#[tokio::test]
async fn the_inner_services_errors_pass_untouched_and_release_the_delivery() {
    for (when_asked, error) in [(true, "asked"), (false, "called")] {
        let store = Arc::new(MemoryStore::new(10));
        let layer = layer(StandardWebhooks).replay(Replay::new(Arc::clone(&store), "x"));
        let mut failed = pin!(layer.layer(Failing { when_asked }).oneshot(standard("1").map(Full::new)));
        match failed.as_mut().await {
            Err(own) => assert_eq!(*own.0, *error),
            Ok(_) => panic!("a failing service"),
        }
        // The future has not been dropped yet: it gave the delivery up with its answer.
        assert!(store.is_empty(), "{error}");
        let answer = ask(layer.layer(Handler::new()), standard("1").map(Full::new)).await;
        assert_eq!((answer.status, answer.answered), (StatusCode::OK, None), "{error}: the retry is handled");
    }
}

// What is left behind

/// Waits in the given place for the first time, and not again.
#[derive(Clone, Copy, Debug, PartialEq)]
enum WaitsFor {
    Keys,
    Body,
    Readiness,
    Handler,
}

#[tokio::test]
async fn t12_a_future_that_is_dropped_leaves_no_reservation() {
    for stage in [WaitsFor::Keys, WaitsFor::Body, WaitsFor::Readiness, WaitsFor::Handler] {
        let store = Arc::new(MemoryStore::new(10));
        let has_waited = Arc::new(AtomicBool::new(stage != WaitsFor::Keys));
        let keys: KeySet = StandardWebhooks.key(SECRET).unwrap().into();
        let provider = move |_: KeyRef| {
            let (keys, waits) = (keys.clone(), !has_waited.swap(true, Ordering::SeqCst));
            async move { if waits { pending().await } else { Ok(keys) } }
        };
        let (mock, mut handle): Mocked = tower_test::mock::pair();
        handle.allow(if stage == WaitsFor::Readiness { 0 } else { 2 });
        let layer = VerifySignatureLayer::new(StandardWebhooks, provider).clock(clock);
        let service = layer.replay(Replay::new(Arc::clone(&store), "x")).layer(mock);

        let body =
            |body: Bytes| if stage == WaitsFor::Body { Frames::stalled() } else { Frames::of(&body, 3) };
        let mut dropped = Box::pin(service.clone().oneshot(standard("1").map(body)));
        assert!(poll_once(dropped.as_mut()).is_pending(), "{stage:?}");
        let is_verified = matches!(stage, WaitsFor::Readiness | WaitsFor::Handler);
        assert_eq!(
            store.len(),
            usize::from(is_verified),
            "{stage:?}: reserved once it is verified, not before"
        );
        if stage == WaitsFor::Handler {
            let (_, respond) = handle.next_request().await.unwrap();
            drop(dropped);
            drop(respond);
        } else {
            drop(dropped);
        }
        assert!(store.is_empty(), "{stage:?}");

        handle.allow(2);
        let retry = service.oneshot(standard("1").map(|body| Frames::of(&body, 3)));
        let answering = async {
            let (_, respond) = handle.next_request().await.unwrap();
            respond.send_response(Response::new(Empty::new()));
        };
        let (answer, ()) = tokio::join!(retry, answering);
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{stage:?}: the retry");
        assert!(answer.extensions().get::<Answered>().is_none(), "{stage:?}: the retry is handled");
    }
}

/// Panics where it is told to.
#[derive(Clone, Copy, Debug)]
enum PanicsWhen {
    Asked,
    Called,
    Polled,
}

impl Service<Request<VerifiedBody>> for PanicsWhen {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        assert!(!matches!(self, Self::Asked), "{self:?}");
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
        assert!(!matches!(self, Self::Called), "{self:?}");
        Box::pin(async { panic!("Polled") })
    }
}

#[tokio::test]
async fn a_handler_that_panics_releases_the_delivery() {
    for handler in [PanicsWhen::Asked, PanicsWhen::Called, PanicsWhen::Polled] {
        let store = Arc::new(MemoryStore::new(10));
        let layer = layer(StandardWebhooks).replay(Replay::new(Arc::clone(&store), "x"));
        let answering = layer.layer(handler).oneshot(standard("1").map(Full::new));
        let caught = catch_unwind(AssertUnwindSafe(move || poll_once(pin!(answering))));
        assert!(caught.is_err(), "{handler:?}");
        assert!(store.is_empty(), "{handler:?}");
        let answer = ask(layer.layer(Handler::new()), standard("1").map(Full::new)).await;
        assert_eq!(
            (answer.status, answer.answered),
            (StatusCode::OK, None),
            "{handler:?}: the retry is handled"
        );
    }
}

// Bodies

/// Data in several pieces, as a framework may hand it over.
struct Pieces(VecDeque<&'static [u8]>);

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.0.iter().map(|piece| piece.len()).sum()
    }

    fn chunk(&self) -> &[u8] {
        self.0.front().copied().unwrap_or_default()
    }

    fn advance(&mut self, mut count: usize) {
        while let Some(piece) = self.0.pop_front() {
            if count < piece.len() {
                self.0.push_front(&piece[count..]);
                return;
            }
            count -= piece.len();
        }
        assert_eq!(count, 0, "advanced beyond the end");
    }
}

/// A body that can neither be sent nor moved.
struct Local {
    frames: RefCell<VecDeque<Pieces>>,
    _not_send: Rc<()>,
    _not_unpin: PhantomPinned,
}

impl Body for Local {
    type Data = Pieces;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Pieces>, Infallible>>> {
        cx.waker().wake_by_ref();
        Poll::Ready(self.frames.borrow_mut().pop_front().map(|pieces| Ok(Frame::data(pieces))))
    }
}

#[tokio::test]
async fn a_body_in_pieces_that_is_neither_send_nor_unpin_is_verified_whole() {
    let seen = Rc::new(RefCell::new(Bytes::new()));
    let sees = Rc::clone(&seen);
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        let verified = request.extensions().get::<Verified>().unwrap().body().clone();
        assert_eq!(verified, request.into_body().into_bytes(), "what is verified is what is handed on");
        *sees.borrow_mut() = verified;
        async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }
    });
    let request = github("0123456789").map(|_| Local {
        frames: RefCell::new(VecDeque::from([
            Pieces(VecDeque::from([&b"01"[..], b"", b"2", b"345"])),
            Pieces(VecDeque::new()),
            Pieces(VecDeque::from([&b"6789"[..]])),
        ])),
        _not_send: Rc::new(()),
        _not_unpin: PhantomPinned,
    });
    let answer = ask(layer(GitHub).layer(inner), request).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(*seen.borrow(), "0123456789");
}

#[tokio::test]
async fn a_body_in_any_frames_is_the_same_body() {
    const BODY: &str = "a body that is long enough for several frames";
    for size in 1..=BODY.len() {
        let frames = Frames::of(BODY.as_bytes(), size);
        let answer = ask(layer(GitHub).layer(Handler::new()), github(BODY).map(|_| frames)).await;
        assert_eq!(answer.status, StatusCode::OK, "frames of {size}");
    }
}

#[tokio::test]
async fn t21_a_body_over_the_limit_is_not_read_to_its_end() {
    let layer = layer(GitHub).body_limit(10);
    let at_limit = github("0123456789").map(|body| Frames::of(&body, 3));
    assert_eq!(ask(layer.layer(Handler::new()), at_limit).await.status, StatusCode::OK);

    // Four frames are within the limit, the fifth is not; behind it the body stalls, so that reading on would hang.
    let frames = Frames::of(b"0123456789a", 2).and_stalls();
    let answer = ask(layer.layer(Handler::new()), github("0123456789a").map(|_| frames)).await;
    assert_eq!(answer.refusal(), (413, Some(RejectionKind::BodyTooLarge)));
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_body() {
    let layer = layer(GitHub);
    for complete in [&b""[..], b"{", b"{}"] {
        let frames = Frames::of(complete, 1).and(Err("the connection is gone".into()));
        let answer = ask(layer.layer(Handler::new()), github("{}").map(|_| frames)).await;
        assert_eq!(answer.refusal(), (400, Some(RejectionKind::BodyUnreadable)));
    }
}

/// An error around an error, as frameworks pile them up.
#[derive(Debug)]
struct Around(BoxError);

impl fmt::Display for Around {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("around")
    }
}

impl Error for Around {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

#[tokio::test]
async fn the_limit_of_an_outer_layer_is_answered_as_the_own_one() {
    for depth in 0..4 {
        let request = github("0123456789").map(|body| {
            Limited::new(Full::new(body), 5)
                .map_err(move |error| (0..depth).fold(error, |error, _| Box::new(Around(error)) as BoxError))
        });
        let answer = ask(layer(GitHub).layer(Handler::new()), request).await;
        assert_eq!(answer.refusal(), (413, Some(RejectionKind::BodyTooLarge)), "{depth} errors around it");
    }
}

#[tokio::test]
async fn trailers_pass_through() {
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", HeaderValue::from_static("0fa0"));
    let frames = Frames::of(b"{}", 1).and(Ok(Frame::trailers(trailers.clone())));
    let inner = service_fn(async |request: Request<VerifiedBody>| {
        let collected = request.into_body().collect().await.unwrap();
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.headers_mut() = collected.trailers().cloned().unwrap_or_default();
        *response.body_mut() = Full::new(collected.to_bytes());
        Ok::<_, Infallible>(response)
    });
    let answer = ask(layer(GitHub).layer(inner), github("{}").map(|_| frames)).await;
    assert_eq!((answer.text(), &answer.headers), ("{}", &trailers));
}

/// The inner service knows how long the body is before it reads it, and when nothing is left.
#[tokio::test]
async fn a_bodys_length_is_known() {
    let inner = service_fn(async |request: Request<VerifiedBody>| {
        let mut body = request.into_body();
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(2), false));
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "{}");
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
        assert!(body.frame().await.is_none());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("read"))))
    });
    let answer = ask(layer(GitHub).layer(inner), github("{}").map(|_| Frames::of(b"{}", 1))).await;
    assert_eq!(answer.text(), "read");
}

/// Trailers are part of what is left.
#[tokio::test]
async fn a_body_ends_behind_its_trailers() {
    let trailers = HeaderMap::from_iter([(SIGNATURE, HeaderValue::from_static("0fa0"))]);
    let frames = Frames::of(b"{}", 1).and(Ok(Frame::trailers(trailers)));
    let inner = service_fn(async |request: Request<VerifiedBody>| {
        let mut body = request.into_body();
        assert!(body.frame().await.unwrap().unwrap().is_data());
        assert!(!body.is_end_stream());
        assert!(body.frame().await.unwrap().unwrap().is_trailers());
        assert!(body.is_end_stream());
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("read"))))
    });
    let answer = ask(layer(GitHub).layer(inner), github("{}").map(|_| frames)).await;
    assert_eq!(answer.text(), "read");
}

// Keys

#[tokio::test]
async fn keys_may_come_later_and_are_asked_for_once() {
    let asked = Arc::new(AtomicUsize::new(0));
    let asks = Arc::clone(&asked);
    let keys: KeySet = tenants().key(SECRET).unwrap().into();
    let provider = move |key: KeyRef| {
        asks.fetch_add(1, Ordering::SeqCst);
        let keys = keys.clone();
        async move {
            tokio::task::yield_now().await;
            if key.tenant() == Some("a") { Ok(keys) } else { Err(KeyLookupError::Unknown) }
        }
    };
    let service = VerifySignatureLayer::new(tenants(), provider).layer(Handler::new());
    let request = |tenant| signed(&tenants(), with(post("{}"), "x-tenant", tenant)).map(Full::new);
    assert_eq!(ask(service.clone(), request("a")).await.status, StatusCode::OK);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let answer = ask(service, request("b")).await;
    assert_eq!(answer.refusal(), (401, Some(RejectionKind::UnknownKey)));
}

/// The body's first line names the tenant, and the whole of it is signed.
fn named_by_the_body() -> Custom {
    Custom::new(|head, body| {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let line = body.split(|byte| *byte == b'\n').next().and_then(|line| std::str::from_utf8(line).ok());
        let tenant = line.ok_or(Refusal::MalformedBody("names no tenant".into()))?;
        Ok(signature(head, Check::new(Text::new().body()).key(KeyRef::Tenant(tenant.into())))?.into())
    })
}

#[tokio::test]
async fn a_plan_may_wait_for_the_body_that_names_the_key() {
    let key = |secret| named_by_the_body().key(secret).unwrap();
    let request = |secret: &str, body: &'static str| {
        with_signature(secret, post(body)).map(|body| Frames::of(&body, 2))
    };
    let table = Tenants::new().with("a", key(SECRET)).with("b", key(OTHER_SECRET));
    let at_once = VerifySignatureLayer::new(named_by_the_body(), table);
    let later = VerifySignatureLayer::new(named_by_the_body(), move |named: KeyRef| async move {
        tokio::task::yield_now().await;
        match named.tenant() {
            Some("a") => Ok(key(SECRET).into()),
            Some("b") => Ok(key(OTHER_SECRET).into()),
            _ => Err(KeyLookupError::Unknown),
        }
    });
    for layer in [at_once, later] {
        let service = layer.layer(Handler::new());
        assert_eq!(ask(service.clone(), request(SECRET, "a\nhello")).await.status, StatusCode::OK);
        assert_eq!(ask(service.clone(), request(OTHER_SECRET, "b\nhello")).await.status, StatusCode::OK);
        for (body, kind) in
            [("b\nhello", RejectionKind::SignatureMismatch), ("c\nhello", RejectionKind::UnknownKey)]
        {
            let answer = ask(service.clone(), request(SECRET, body)).await;
            assert_eq!(answer.refusal(), (401, Some(kind)), "{body}");
        }
    }
}

#[tokio::test]
async fn a_plan_that_asks_for_the_body_twice_is_a_defect_of_the_scheme() {
    let insatiable = Custom::new(|_, _| Ok(Plan::NeedsBody));
    let answer = ask(layer(insatiable).layer(Handler::new()), post("{}").map(Full::new)).await;
    assert_eq!(answer.refusal(), (500, Some(RejectionKind::BadPlan)));
}

#[tokio::test]
async fn t08_of_all_checks_each_must_hold() {
    let both = || {
        Custom::new(|head, _| {
            let token = Check::token(head.one(&HeaderName::from_static("x-token"))?);
            Ok(Plan::All(vec![token, signature(head, Check::new(Text::new().body()))?]))
        })
    };
    let service = layer(both()).layer(Handler::new());
    let right = hmac(SECRET, "{}");
    let wrong = hmac(OTHER_SECRET, "{}");
    for (token, signature, accepted) in [
        (SECRET, &right, true),
        (SECRET, &wrong, false),
        (OTHER_SECRET, &right, false),
        (OTHER_SECRET, &wrong, false),
    ] {
        let request = with(with(post("{}"), "x-token", token), "x-signature", signature);
        let answer = ask(service.clone(), request.map(Full::new)).await;
        assert_eq!(answer.status == StatusCode::OK, accepted, "{answer:?}");
    }
}

#[tokio::test]
async fn t05_a_check_without_a_signature_never_holds() {
    let unsigned = Custom::new(|_, _| Ok(Check::new(Text::new().body()).into()));
    let answer = ask(layer(unsigned).layer(Handler::new()), post("{}").map(Full::new)).await;
    assert_eq!(answer.refusal(), (401, Some(RejectionKind::SignatureMismatch)));
}

// What an outer layer sees

#[tokio::test]
async fn t22_refusals_are_visible_to_a_limiter_outside() {
    let refusals = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&refusals);
    let service = ServiceBuilder::new()
        .map_response(move |response: Response<_>| {
            let rejection = response.extensions().get::<Rejection>();
            if rejection.is_some_and(|rejection| rejection.kind() == RejectionKind::SignatureMismatch) {
                counts.fetch_add(1, Ordering::SeqCst);
            }
            response
        })
        .layer(layer(Token::bearer("token")))
        .service(Handler::new());
    for guess in ["Bearer a", "Bearer b", "Bearer c"] {
        let request = with(post("{}"), "authorization", guess).map(Full::new);
        assert_eq!(ask(service.clone(), request).await.status, StatusCode::UNAUTHORIZED);
    }
    let honest = signed(&Token::bearer("token"), post("{}")).map(Full::new);
    assert_eq!(ask(service, honest).await.status, StatusCode::OK);
    assert_eq!(refusals.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn t31_a_signed_handshake_is_answered_once_it_is_verified() {
    let echo = Custom::signing_the_body();
    let echo = echo.accepting(|proven| Ok(Outcome::Respond(Response::new(proven.body().clone()))));
    let handler = Handler::new();
    let service = layer(echo).layer(handler.clone());
    let request = |secret| with_signature(secret, post("challenge")).map(Full::new);
    let answer = ask(service.clone(), request(SECRET)).await;
    assert_eq!((answer.text(), answer.answered), ("challenge", Some(Answered::Handshake)));
    let answer = ask(service, request(OTHER_SECRET)).await;
    assert_eq!(answer.refusal(), (401, Some(RejectionKind::SignatureMismatch)));
    assert_eq!((answer.text(), handler.calls()), ("", 0));
}

#[tokio::test]
async fn t36_two_layers_on_one_route_say_so() {
    let handler = Handler::new();
    let service = ServiceBuilder::new().layer(layer(GitHub)).layer(layer(GitHub)).service(handler.clone());
    let answer = ask(service.clone(), github("{}").map(Full::new)).await;
    assert_eq!(answer.refusal(), (500, Some(RejectionKind::LayeredTwice)));
    let answer = ask(service, forged("{}").map(Full::new)).await;
    assert_eq!(
        answer.refusal(),
        (401, Some(RejectionKind::SignatureMismatch)),
        "a forger does not learn of it"
    );
    assert_eq!(handler.calls(), 0);
}
