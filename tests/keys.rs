//! Keys as services really keep them: rotated while they serve, one for each tenant, cached, in variables and files.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use axum::{Router, routing::post};
use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode, header::RETRY_AFTER};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    fs,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_webhook::{
    Rejection, RejectionKind, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::{
        Algorithm, Cached, Key, KeyError, KeyFile, KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet,
        KeySourceError, RotatingKeys, Tenants, from_env,
    },
    providers::{GitHub, Stripe},
    replay::{MemoryStore, Replay, ReplayKey, ReplayStore, Reservation, Reserved, StoreError},
    scheme::{Answer, Answers, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Text, Verdict, verify},
    schemes::{ByTenant, Field, Part, Signed, Source, StandardWebhooks, Token},
    time::{Clock as _, SystemClock, Timestamp, Unit},
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const TENANT: HeaderName = HeaderName::from_static("x-tenant");

fn request(path: &str, tenant: Option<&str>, body: &str) -> Request<Bytes> {
    let mut request = Request::post(path).header("x-github-event", "push").header("webhook-id", "msg_1");
    if let Some(tenant) = tenant {
        request = request.header(TENANT, tenant);
    }
    request.body(Bytes::from(body.to_owned())).unwrap()
}

fn signed(scheme: &dyn Scheme, secret: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), NOW).unwrap();
    request
}

/// What a request came to: the proof, or why there is none, with the answer.
#[derive(Debug)]
struct Came {
    to: Result<Verified, RejectionKind>,
    answer: Response<Bytes>,
}

impl Came {
    fn refusal(&self) -> RejectionKind {
        *self.to.as_ref().expect_err("it was let through")
    }

    fn proof(&self) -> &Verified {
        self.to.as_ref().expect("it was refused")
    }
}

/// Sends `request` through the layer.
async fn send<S: Scheme>(layer: &VerifySignatureLayer<S>, request: Request<Bytes>) -> Came {
    let service = layer.layer(service_fn(async |request: Request<VerifiedBody>| {
        let mut response = Response::new(Full::<Bytes>::default());
        response.extensions_mut().insert(request.extensions().get::<Verified>().unwrap().clone());
        Ok::<_, Infallible>(response)
    }));
    let (mut parts, body) = service.oneshot(request.map(Full::new)).await.unwrap().into_parts();
    let to = match parts.extensions.remove::<Verified>() {
        Some(verified) => Ok(verified),
        None => Err(parts.extensions.get::<Rejection>().unwrap().kind()),
    };
    let body = body.collect().await.unwrap().to_bytes();
    Came { to, answer: Response::from_parts(parts, body) }
}

fn layer<S: Scheme>(scheme: S, keys: impl KeyProvider) -> VerifySignatureLayer<S> {
    VerifySignatureLayer::new(scheme, keys).clock(|| Some(NOW))
}

const ACME: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const GLOBEX: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn tenants(scheme: &dyn Scheme) -> Tenants {
    let [acme, globex] = [ACME, GLOBEX].map(|secret| scheme.key(secret).unwrap());
    Tenants::new().with("acme", acme.labeled("of acme")).with("globex", globex.labeled("of globex"))
}

// Rotation.

#[tokio::test]
async fn t23_a_removed_key_fails_at_the_next_request() {
    let key = |secret: &str| Stripe.key(secret).unwrap().labeled(format!("label of {secret}"));
    let delivery = |secret: &str| signed(&Stripe, secret, request("/", None, r#"{"id":"evt_1"}"#));
    let keys = RotatingKeys::new(key("old"));
    let layer = layer(Stripe, keys.clone());

    assert_eq!(send(&layer, delivery("old")).await.proof().key_label(), Some("label of old"));
    assert_eq!(send(&layer, delivery("new")).await.refusal(), RejectionKind::SignatureMismatch);

    keys.swap(KeySet::from(key("new")).or(key("old")));
    assert_eq!(send(&layer, delivery("old")).await.proof().key_label(), Some("label of old"));
    assert_eq!(send(&layer, delivery("new")).await.proof().key_label(), Some("label of new"));

    let before = keys.swap(key("new"));
    assert_eq!(send(&layer, delivery("old")).await.refusal(), RejectionKind::SignatureMismatch);
    assert_eq!(send(&layer, delivery("new")).await.proof().key_label(), Some("label of new"));

    keys.swap(before);
    assert_eq!(send(&layer, delivery("old")).await.proof().key_label(), Some("label of old"));
}

/// The keys of a run of rotations: in epoch `n`, key `n` and the one before it are live.
struct Rotation {
    keys: RotatingKeys,
    /// How many swaps were begun, and how many have returned.
    begun: AtomicUsize,
    done: AtomicUsize,
    answered: AtomicUsize,
    swapping: Mutex<()>,
}

const REQUESTS: usize = 20_000;
const CONNECTIONS: usize = 8;
const SWAPS: usize = 10;

impl Rotation {
    fn secret(number: usize) -> String {
        format!("the secret of quarter {number}")
    }

    fn keys_of(epoch: usize) -> KeySet {
        let key = |number: usize| Stripe.key(&Self::secret(number)).unwrap().labeled(number.to_string());
        match epoch.checked_sub(1) {
            Some(before) => KeySet::from(key(epoch)).or(key(before)),
            None => key(epoch).into(),
        }
    }

    /// Swaps after each eleventh of the answers, on the thread of whoever got that one.
    fn count_answer(&self) {
        let answered = self.answered.fetch_add(1, SeqCst) + 1;
        if answered.is_multiple_of(REQUESTS / (SWAPS + 1)) && answered / (REQUESTS / (SWAPS + 1)) <= SWAPS {
            let _one_at_a_time = self.swapping.lock().unwrap();
            let epoch = self.begun.fetch_add(1, SeqCst) + 1;
            self.keys.swap(Self::keys_of(epoch));
            self.done.store(epoch, SeqCst);
        }
    }
}

#[derive(Default)]
struct Tally {
    live: AtomicUsize,
    removed: AtomicUsize,
    undecided: AtomicUsize,
    refused_live: AtomicUsize,
    accepted_removed: AtomicUsize,
}

impl Tally {
    fn add(counter: &AtomicUsize) {
        counter.fetch_add(1, SeqCst);
    }
}

async fn connect(address: std::net::SocketAddr) -> http1::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

/// Which key a request is signed with.
#[derive(Clone, Copy)]
enum Signer {
    Newest,
    Previous,
    Removed,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_under_load() {
    let rotation = Arc::new(Rotation {
        keys: RotatingKeys::new(Rotation::keys_of(0)),
        begun: AtomicUsize::new(0),
        done: AtomicUsize::new(0),
        answered: AtomicUsize::new(0),
        swapping: Mutex::default(),
    });
    let verify = VerifySignatureLayer::new(Stripe, rotation.keys.clone());
    let handler = async |verified: Verified| verified.key_label().unwrap_or_default().to_owned();
    let app = Router::new().route("/", post(handler)).route_layer(verify);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let tally = Arc::new(Tally::default());
    let senders: Vec<_> = (0..CONNECTIONS)
        .map(|_| tokio::spawn(send_many(address, Arc::clone(&rotation), Arc::clone(&tally))))
        .collect();
    for sender in senders {
        sender.await.unwrap();
    }
    server.abort();

    let [live, removed, undecided, refused_live, accepted_removed] =
        [&tally.live, &tally.removed, &tally.undecided, &tally.refused_live, &tally.accepted_removed]
            .map(|counter| counter.load(SeqCst));
    let requests = live + removed + undecided;
    println!("rotation: requests={requests} refused_live={refused_live} accepted_removed={accepted_removed}");
    println!(
        "rotation: swaps={} live={live} removed={removed} undecided={undecided}",
        rotation.done.load(SeqCst)
    );
    assert_eq!((requests, rotation.done.load(SeqCst)), (REQUESTS, SWAPS));
    assert_eq!((refused_live, accepted_removed), (0, 0));
    assert!(live > REQUESTS / 2 && removed > REQUESTS / 10 && undecided < REQUESTS / 100);
}

async fn send_many(address: std::net::SocketAddr, rotation: Arc<Rotation>, tally: Arc<Tally>) {
    let mut sender = connect(address).await;
    for number in 0..REQUESTS / CONNECTIONS {
        let signer = [Signer::Newest, Signer::Newest, Signer::Previous, Signer::Removed][number % 4];
        // Only a swap that has returned must count; one that has begun may.
        let done = rotation.done.load(SeqCst);
        let key = match signer {
            Signer::Newest => done,
            Signer::Previous => done.saturating_sub(1),
            Signer::Removed => done.saturating_sub(2),
        };
        let response = post_signed(&mut sender, &Rotation::secret(key)).await;
        let begun = rotation.begun.load(SeqCst);
        if key + 1 < done {
            Tally::add(&tally.removed);
            if response.status() != StatusCode::UNAUTHORIZED {
                Tally::add(&tally.accepted_removed);
            }
        } else if begun > key + 1 {
            // It was removed while the request was under way: either answer is right.
            Tally::add(&tally.undecided);
        } else {
            Tally::add(&tally.live);
            let label = response.body();
            if response.status() != StatusCode::OK || *label != key.to_string() {
                Tally::add(&tally.refused_live);
            }
        }
        rotation.count_answer();
    }
}

async fn post_signed(sender: &mut http1::SendRequest<Full<Bytes>>, secret: &str) -> Response<Bytes> {
    let mut request = Request::post("/").header("host", "localhost");
    request = request.header("content-type", "application/json");
    let mut request = request.body(Bytes::from_static(br#"{"id":"evt_1","type":"invoice.paid"}"#)).unwrap();
    let now = SystemClock.now().unwrap();
    Stripe.sign(&mut request, &Stripe.signing_key(secret).unwrap(), now).unwrap();
    sender.ready().await.unwrap();
    let response = sender.send_request(request.map(Full::new)).await.unwrap();
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

// Tenants.

/// A scheme, where its deliveries name their tenant, and a delivery that does.
type Placed = (Source, fn(&str) -> Request<Bytes>);

fn places() -> [Placed; 4] {
    [
        (Source::Header(TENANT), |tenant| request("/hooks", Some(tenant), r#"{"id":"evt_1"}"#)),
        (Source::Segment(1), |tenant| request(&format!("/hooks/{tenant}/in"), None, r#"{"id":"evt_1"}"#)),
        (Source::LastSegment, |tenant| request(&format!("/hooks/{tenant}"), None, r#"{"id":"evt_1"}"#)),
        (Source::Json("account"), |tenant| {
            request("/hooks", None, &format!(r#"{{"account":"{tenant}","id":"evt_1"}}"#))
        }),
    ]
}

async fn holds_for<S: Scheme + Clone>(scheme: S) {
    for (place, delivery) in places() {
        let by_tenant = ByTenant::new(scheme.clone(), place.clone());
        let layer = layer(by_tenant.clone(), tenants(&scheme));
        for (tenant, secret) in [("acme", ACME), ("globex", GLOBEX)] {
            let came = send(&layer, signed(&by_tenant, secret, delivery(tenant))).await;
            assert_eq!(came.proof().tenant(), Some(tenant), "{place:?}");
            assert_eq!(came.proof().key_label(), Some(&*format!("of {tenant}")), "{place:?}");
            assert!(came.proof().of::<S>().is_some(), "{place:?}: no proof of the scheme inside");
        }
        let foreign = signed(&by_tenant, ACME, delivery("globex"));
        assert_eq!(send(&layer, foreign).await.refusal(), RejectionKind::SignatureMismatch, "{place:?}");
        let invented = signed(&by_tenant, ACME, delivery("initech"));
        assert_eq!(send(&layer, invented).await.refusal(), RejectionKind::UnknownKey, "{place:?}");
    }
}

#[tokio::test]
async fn t37_a_tenants_key_fits_its_own_deliveries_alone() {
    holds_for(GitHub).await;
    holds_for(Stripe).await;
    holds_for(StandardWebhooks).await;
    holds_for(Token::bearer("bearer")).await;
}

#[tokio::test]
async fn a_tenant_that_is_changed_on_the_way_is_refused() {
    for (place, delivery) in places() {
        let by_tenant = ByTenant::new(Stripe, place.clone());
        let mut forged = delivery("globex");
        let genuine = signed(&by_tenant, ACME, delivery("acme"));
        forged.headers_mut().insert("stripe-signature", genuine.headers()["stripe-signature"].clone());
        let refusal = send(&layer(by_tenant, tenants(&Stripe)), forged).await.refusal();
        assert_eq!(refusal, RejectionKind::SignatureMismatch, "{place:?}");
    }
}

#[tokio::test]
async fn an_invented_tenant_is_refused_as_everything_else() {
    let refusal = Answer::json(StatusCode::FORBIDDEN, r#"{"error":"no"}"#);
    let documented = Signed::hmac_sha256("documented", Field::header(HeaderName::from_static("x-signature")))
        .with_answers(Answers::new().refusal(refusal));
    let schemes: [Box<dyn Fn() -> Arc<dyn Scheme>>; 2] =
        [Box::new(|| Arc::new(Stripe)), Box::new(move || Arc::new(documented.clone()))];
    for scheme in schemes {
        for (place, delivery) in places() {
            let by_tenant = ByTenant::new(scheme(), place);
            let layer = layer(by_tenant.clone(), tenants(&scheme()));
            let invented = send(&layer, signed(&by_tenant, ACME, delivery("initech"))).await;
            let forged = send(&layer, signed(&by_tenant, "forged", delivery("acme"))).await;
            let unsigned = send(&layer, delivery("acme")).await;
            let kinds = [&invented, &forged, &unsigned].map(Came::refusal);
            assert_eq!(kinds[..2], [RejectionKind::UnknownKey, RejectionKind::SignatureMismatch]);
            for other in [&forged, &unsigned] {
                assert_eq!(invented.answer.status(), other.answer.status());
                assert_eq!(invented.answer.headers(), other.answer.headers());
                assert_eq!(invented.answer.body(), other.answer.body());
            }
            let expected = scheme().answers().refusal_status();
            assert_eq!(invented.answer.status(), expected);
        }
    }
}

/// What the documented answers of the two schemes above are.
trait RefusalStatus {
    fn refusal_status(&self) -> StatusCode;
}

impl RefusalStatus for Answers {
    fn refusal_status(&self) -> StatusCode {
        if *self == Answers::new() { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN }
    }
}

#[tokio::test]
async fn who_names_no_tenant_is_refused() {
    let body = |body: &str| request("/hooks", None, body);
    let nameless = [
        (Source::Header(TENANT), body("{}"), RejectionKind::MissingHeader),
        (Source::Header(TENANT), request("/", Some(""), "{}"), RejectionKind::MalformedHeader),
        (Source::Segment(1), body("{}"), RejectionKind::MalformedTarget),
        (Source::Segment(1), request("/hooks//in", None, "{}"), RejectionKind::MalformedTarget),
        (Source::Segment(1), request("/hooks/%ff/in", None, "{}"), RejectionKind::MalformedTarget),
        (Source::LastSegment, request("/hooks/", None, "{}"), RejectionKind::MalformedTarget),
        (Source::Json("account"), body("{}"), RejectionKind::MalformedBody),
        (Source::Json("account"), body(""), RejectionKind::MalformedBody),
        (Source::Json("account"), body(r#"{"account":""}"#), RejectionKind::MalformedBody),
        (Source::Json("account"), body(r#"{"account":1}"#), RejectionKind::MalformedBody),
        (Source::Json("account"), body(r#"{"data":{"account":"acme"}}"#), RejectionKind::MalformedBody),
    ];
    for (place, request, expected) in nameless {
        let by_tenant = ByTenant::new(Stripe, place.clone());
        let request = signed(&by_tenant, ACME, request);
        let came = send(&layer(by_tenant, tenants(&Stripe)), request).await;
        assert_eq!((came.refusal(), came.answer.status()), (expected, StatusCode::UNAUTHORIZED), "{place:?}");
    }
}

#[tokio::test]
async fn t37_a_tenant_that_is_named_twice_is_refused() {
    let by_tenant = ByTenant::new(Stripe, Source::Json("account"));
    for body in [
        r#"{"account":"acme","account":"globex"}"#,
        r#"{"account":"globex","account":"acme"}"#,
        r#"{"account":"acme","account":"acme"}"#,
        r#"{"account":"acme","\u0061ccount":"globex"}"#,
        r#"{"account":1,"account":"acme"}"#,
    ] {
        let request = signed(&by_tenant, ACME, request("/hooks", None, body));
        let refusal = send(&layer(by_tenant.clone(), tenants(&Stripe)), request).await.refusal();
        assert_eq!(refusal, RejectionKind::MalformedBody, "{body}");
    }
    let mut twice = request("/hooks", Some("acme"), "{}");
    twice.headers_mut().append(TENANT, "globex".parse().unwrap());
    let by_tenant = ByTenant::new(Stripe, Source::Header(TENANT));
    let refusal = send(&layer(by_tenant.clone(), tenants(&Stripe)), signed(&by_tenant, ACME, twice)).await;
    assert_eq!(refusal.refusal(), RejectionKind::DuplicateHeader);
}

#[tokio::test]
async fn path_segments_are_counted_from_the_front_and_decoded() {
    let by_tenant = ByTenant::new(Stripe, Source::Segment(0));
    let keys = Tenants::new().with("a b/c", Stripe.key(ACME).unwrap());
    let came =
        send(&layer(by_tenant, keys), signed(&Stripe, ACME, request("/a%20b%2Fc/x?y=z", None, "{}"))).await;
    assert_eq!(came.proof().tenant(), Some("a b/c"));
}

#[tokio::test]
async fn a_tenant_in_the_body_counts_as_signed_only_if_the_body_is() {
    let body = r#"{"account":"acme","id":"evt_1"}"#;
    let json = || Source::Json("account");
    // One key for all: what remains is the request's own word.
    let stripe = layer(ByTenant::new(Stripe, json()), Stripe.key(ACME).unwrap());
    let came = send(&stripe, signed(&Stripe, ACME, request("/", None, body))).await;
    assert_eq!(came.proof().tenant(), Some("acme"));

    let bearer = Token::bearer("bearer");
    let token = layer(ByTenant::new(bearer.clone(), json()), bearer.key(ACME).unwrap());
    let came = send(&token, signed(&bearer, ACME, request("/", None, body))).await;
    assert_eq!(came.proof().tenant(), None);

    let header = layer(ByTenant::new(Stripe, Source::Header(TENANT)), Stripe.key(ACME).unwrap());
    let came = send(&header, signed(&Stripe, ACME, request("/", Some("acme"), body))).await;
    assert_eq!(came.proof().tenant(), None);
}

#[tokio::test]
async fn t37_keys_of_another_tenant_than_was_asked_for_are_refused() {
    let wrong = async |_: KeyRef| -> Result<KeySet, KeyLookupError> {
        Ok(KeySet::from(Stripe.key(ACME).unwrap()).of_tenant("acme"))
    };
    for (place, delivery) in places() {
        let by_tenant = ByTenant::new(Stripe, place.clone());
        let request = signed(&by_tenant, ACME, delivery("globex"));
        let refusal = send(&layer(by_tenant, wrong), request).await.refusal();
        assert_eq!(refusal, RejectionKind::TenantMismatch, "{place:?}");
    }
}

/// Signs the body, and reads the tenant in it.
struct NamesTenantInBody;

impl Scheme for NamesTenantInBody {
    fn name(&self) -> &str {
        "names-tenant-in-body"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Key::new(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let signature = head.one(&HeaderName::from_static("x-signature"))?;
        Ok(Check::new(Text::new().body()).signature(Algorithm::HmacSha256, Encoding::Hex, signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [tenant] = proven.json_texts(["account"])?;
        let delivery = Delivery::new();
        Ok(tenant.into_iter().fold(delivery, Delivery::signed_tenant).into())
    }
}

#[tokio::test]
async fn t37_a_signed_tenant_must_be_the_one_that_was_looked_up() {
    // Two tenants' keys, found by name, by a provider that does not say whose they are.
    let nameless = async |key: KeyRef| -> Result<KeySet, KeyLookupError> {
        let secret = match key.tenant() {
            Some("acme") => ACME,
            Some("globex") => GLOBEX,
            _ => return Err(KeyLookupError::Unknown),
        };
        Ok(Key::new(Algorithm::HmacSha256, secret).unwrap().into())
    };
    let layer = layer(ByTenant::new(NamesTenantInBody, Source::Header(TENANT)), nameless);
    let recipe = Signed::hmac_sha256("recipe", Field::header(HeaderName::from_static("x-signature")));
    let delivery = |named: &str| {
        signed(&recipe, ACME, request("/", Some("acme"), &format!(r#"{{"account":"{named}"}}"#)))
    };
    assert_eq!(send(&layer, delivery("acme")).await.proof().tenant(), Some("acme"));
    assert_eq!(send(&layer, delivery("globex")).await.refusal(), RejectionKind::TenantMismatch);
}

#[tokio::test]
async fn two_places_must_name_the_same_tenant() {
    let twice = ByTenant::new(ByTenant::new(Stripe, Source::Json("account")), Source::Header(TENANT));
    let layer = layer(twice, tenants(&Stripe));
    let delivery = |head| signed(&Stripe, ACME, request("/", Some(head), r#"{"account":"acme"}"#));
    assert_eq!(send(&layer, delivery("acme")).await.proof().tenant(), Some("acme"));
    assert_eq!(send(&layer, delivery("globex")).await.refusal(), RejectionKind::TenantMismatch);
}

struct NotToBeRead;

impl Body for NotToBeRead {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        unreachable!("the head was enough")
    }
}

#[tokio::test]
async fn a_tenant_in_the_body_costs_no_body_that_the_head_refuses() {
    let by_tenant = ByTenant::new(Stripe, Source::Json("account"));
    let service = layer(by_tenant, tenants(&Stripe)).layer(service_fn(async |_: Request<VerifiedBody>| {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    let unsigned = Request::post("/").body(NotToBeRead).unwrap();
    let response = service.oneshot(unsigned).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_handler_demands_the_scheme_inside() {
    let by_tenant = ByTenant::new(GitHub, Source::LastSegment);
    let handler = async |github: Verified<GitHub>| github.tenant().unwrap_or_default().to_owned();
    let layer = layer(by_tenant, tenants(&GitHub));
    let app = Router::new().route("/hooks/{tenant}", post(handler)).route_layer(layer);
    let request = signed(&GitHub, GLOBEX, request("/hooks/globex", None, "{}"));
    let response = app.oneshot(request.map(axum::body::Body::from)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "globex");
}

#[tokio::test]
async fn t33_tenants_deliveries_of_the_same_id_are_two() {
    let by_tenant = ByTenant::new(Stripe, Source::Header(TENANT));
    let layer = layer(by_tenant.clone(), tenants(&Stripe)).replay(Replay::new(MemoryStore::new(100), "test"));
    let delivery =
        |tenant, secret| signed(&by_tenant, secret, request("/", Some(tenant), r#"{"id":"evt_1"}"#));
    let handled = async |tenant, secret| {
        let service = layer.layer(service_fn(async |_: Request<VerifiedBody>| {
            let mut response = Response::new(Full::<Bytes>::default());
            response.headers_mut().insert("handled", "yes".parse().unwrap());
            Ok::<_, Infallible>(response)
        }));
        let response = service.oneshot(delivery(tenant, secret).map(Full::new)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.headers().contains_key("handled")
    };
    assert!(handled("acme", ACME).await);
    assert!(handled("globex", GLOBEX).await, "one tenant's delivery swallows another's");
    assert!(!handled("acme", ACME).await);
    assert!(!handled("globex", GLOBEX).await);
}

// The cache.

/// A source that counts, takes its time, and knows tenants whose names begin with `real`.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    fails: AtomicBool,
}

const SLOW: Duration = Duration::from_millis(50);

impl Slow {
    fn cached(self: &Arc<Self>) -> Cached<impl KeyProvider + use<>> {
        let source = Arc::clone(self);
        Cached::new(move |key: KeyRef| {
            let source = Arc::clone(&source);
            async move {
                source.asked.fetch_add(1, SeqCst);
                tokio::time::sleep(SLOW).await;
                if source.fails.load(SeqCst) {
                    return Err(KeyLookupError::unavailable("the database is down"));
                }
                let tenant = key.tenant().filter(|name| name.starts_with("real"));
                let tenant = tenant.ok_or(KeyLookupError::Unknown)?;
                Ok(KeySet::from(Stripe.key(ACME).unwrap()).of_tenant(tenant))
            }
        })
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

fn by_header<P: KeyProvider>(keys: P) -> VerifySignatureLayer<ByTenant<Stripe>> {
    layer(ByTenant::new(Stripe, Source::Header(TENANT)), keys)
}

fn of_tenant(tenant: &str) -> Request<Bytes> {
    signed(&Stripe, ACME, request("/", Some(tenant), r#"{"id":"evt_1"}"#))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_misses_at_the_same_time_make_one_fetch() {
    let source = Arc::new(Slow::default());
    let layer = by_header(source.cached());
    for (tenant, expected) in [("real", None), ("invented", Some(RejectionKind::UnknownKey))] {
        let before = source.asked();
        let requests = (0..1000).map(|_| {
            let layer = layer.clone();
            tokio::spawn(async move { send(&layer, of_tenant(tenant)).await.to.err() })
        });
        for request in requests.collect::<Vec<_>>() {
            assert_eq!(request.await.unwrap(), expected);
        }
        assert_eq!(source.asked() - before, 1, "{tenant}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fetch_goes_on_when_the_first_caller_hangs_up() {
    let source = Arc::new(Slow::default());
    let layer = by_header(source.cached());
    let spawn = || {
        let layer = layer.clone();
        tokio::spawn(async move { send(&layer, of_tenant("real")).await.to.err() })
    };
    let first = spawn();
    while source.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let others: Vec<_> = (0..100).map(|_| spawn()).collect();
    first.abort();
    for other in others {
        assert_eq!(other.await.unwrap(), None);
    }
    assert_eq!(source.asked(), 1);
}

#[tokio::test]
async fn a_first_caller_that_is_never_polled_again_holds_nobody_up() {
    let source = Arc::new(Slow::default());
    let layer = by_header(source.cached());
    let mut first = Box::pin(send(&layer, of_tenant("real")));
    assert!(std::future::poll_fn(|cx| Poll::Ready(first.as_mut().poll(cx))).await.is_pending());
    let second = tokio::time::timeout(Duration::from_secs(10), send(&layer, of_tenant("real"))).await;
    assert_eq!(second.expect("it hangs").to.err(), None);
    assert_eq!(source.asked(), 1);
    assert_eq!(first.await.to.err(), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_who_come_and_go_leave_nobody_waiting() {
    let keys = KeySet::from(Stripe.key(ACME).unwrap()).of_tenant("real");
    let cached = Cached::new(move |_: KeyRef| {
        let keys = keys.clone();
        async move {
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
            Ok(keys)
        }
    })
    .ttl(Duration::ZERO);
    for round in 0..200 {
        let callers: Vec<_> = (0..40)
            .map(|_| {
                let cached = cached.clone();
                tokio::spawn(async move { lookup(&cached, "real").await })
            })
            .collect();
        let (leaving, staying): (Vec<_>, Vec<_>) =
            callers.into_iter().enumerate().partition(|(number, _)| (number + round) % 3 > 0);
        leaving.iter().for_each(|(_, caller)| caller.abort());
        for (_, caller) in staying {
            let answer = tokio::time::timeout(Duration::from_secs(60), caller).await;
            answer.expect("it hangs").unwrap().unwrap();
        }
        for (_, caller) in leaving {
            // Cancelled, or done before that.
            let _ = caller.await;
        }
    }
    let shown = format!("{cached:?}");
    assert!(shown.contains("underway: 0"), "{shown}");
}

#[tokio::test]
async fn a_failing_source_is_answered_503_unless_stale_keys_were_asked_for() {
    for (stale, expected) in
        [(None, Some(RejectionKind::KeysUnavailable)), (Some(Duration::from_secs(600)), None)]
    {
        let source = Arc::new(Slow::default());
        let mut cached = source.cached().ttl(Duration::ZERO);
        if let Some(stale) = stale {
            cached = cached.stale_while_unavailable(stale);
        }
        let layer = by_header(cached);
        assert_eq!(send(&layer, of_tenant("real")).await.to.err(), None);
        source.fails.store(true, SeqCst);
        let came = send(&layer, of_tenant("real")).await;
        assert_eq!(came.to.as_ref().err().copied(), expected);
        let never_seen = send(&layer, of_tenant("real too")).await;
        assert_eq!(never_seen.refusal(), RejectionKind::KeysUnavailable);
        assert_eq!(never_seen.answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(never_seen.answer.headers().contains_key(RETRY_AFTER));
        source.fails.store(false, SeqCst);
        assert_eq!(
            send(&layer, of_tenant("real too")).await.to.err(),
            None,
            "a failure was taken for an answer"
        );
    }
}

#[tokio::test]
async fn invented_tenants_do_not_reach_the_source_again_and_displace_no_real_one() {
    let asked = Arc::new(AtomicUsize::new(0));
    struct Table(Arc<AtomicUsize>, KeySet);
    impl KeyProvider for Table {
        fn keys(&self, key: &KeyRef) -> KeyLookup {
            self.0.fetch_add(1, SeqCst);
            let known = key.tenant() == Some("real");
            KeyLookup::ready(if known { Ok(self.1.clone()) } else { Err(KeyLookupError::Unknown) })
        }
    }
    let keys = KeySet::from(Stripe.key(ACME).unwrap()).of_tenant("real");
    let cached =
        Cached::new(Table(Arc::clone(&asked), keys)).capacity(1000).negative_ttl(Duration::from_secs(3600));
    let layer = by_header(cached.clone());
    let real = of_tenant("real");
    assert_eq!(send(&layer, real.clone()).await.to.err(), None);
    for number in 0..100_000 {
        // The lookup alone: the signature of a request is another test's.
        let KeyLookupError::Unknown = lookup(&cached, &format!("invented {number}")).await.unwrap_err()
        else {
            unreachable!("it is unknown")
        };
        if number % 10_000 == 0 {
            assert_eq!(send(&layer, real.clone()).await.to.err(), None);
        }
    }
    assert_eq!(asked.load(SeqCst), 100_001);
    lookup(&cached, "invented 99999").await.unwrap_err();
    assert_eq!(send(&layer, real).await.to.err(), None);
    assert_eq!(asked.load(SeqCst), 100_001);
    let shown = format!("{cached:?}");
    assert!(shown.contains("known: 1,") && shown.contains("unknown: 1000,"), "{shown}");
}

/// What a provider answers.
async fn lookup(keys: &impl KeyProvider, tenant: &str) -> Result<(), KeyLookupError> {
    keys.keys(&KeyRef::Tenant(tenant.into())).await.map(drop)
}

// Variables and files.

#[test]
fn a_variable_that_is_not_set_is_named() {
    let error = from_env(&Stripe, "NO_VARIABLE_HAS_THIS_NAME").unwrap_err();
    assert!(matches!(error, KeySourceError::Unset { .. }));
    assert_eq!(error.to_string(), "the variable `NO_VARIABLE_HAS_THIS_NAME` is not set");
    // Cargo sets this one for every test.
    let key = from_env(&Stripe, "CARGO_PKG_NAME").unwrap();
    let request = signed(&Stripe, "tower-webhook", request("/", None, "{}"));
    let (parts, body) = request.into_parts();
    assert!(verify(&Stripe, &parts, &body, &key.into(), NOW).is_ok());
}

/// A directory of its own for each test, removed at its end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("keys-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn key_file(path: &Path) -> KeyFile {
    KeyFile::new(Stripe, path).unwrap().interval(Duration::ZERO)
}

fn delivery(secret: &str) -> Request<Bytes> {
    signed(&Stripe, secret, request("/", None, r#"{"id":"evt_1"}"#))
}

#[tokio::test]
async fn t23_a_secret_that_changes_on_disk_is_noticed() {
    let directory = Directory::new("changes");
    let path = directory.write("secret", "first\n");
    let layer = layer(Stripe, key_file(&path));
    assert_eq!(send(&layer, delivery("first")).await.to.err(), None);
    // In place, of the same length, within one tick of the file system's clock.
    for round in 0..100 {
        let (new, old) = if round % 2 == 0 { ("other", "first") } else { ("first", "other") };
        directory.write("secret", format!("{new}\n"));
        assert_eq!(send(&layer, delivery(new)).await.to.err(), None);
        assert_eq!(send(&layer, delivery(old)).await.refusal(), RejectionKind::SignatureMismatch);
    }
    // By renaming.
    fs::rename(directory.write("new", "renamed"), &path).unwrap();
    assert_eq!(send(&layer, delivery("renamed")).await.to.err(), None);
    assert_eq!(send(&layer, delivery("first")).await.refusal(), RejectionKind::SignatureMismatch);
}

#[cfg(unix)]
#[tokio::test]
async fn t23_a_mounted_directory_that_is_swapped_is_noticed() {
    use std::os::unix::fs::symlink;
    // secret -> ..data/secret, ..data -> ..2026_01, as Kubernetes does it.
    let directory = Directory::new("kubernetes");
    directory.write("..2026_01/secret", "first");
    symlink("..2026_01", directory.0.join("..data")).unwrap();
    symlink("..data/secret", directory.0.join("secret")).unwrap();
    let layer = layer(Stripe, key_file(&directory.0.join("secret")));
    assert_eq!(send(&layer, delivery("first")).await.to.err(), None);
    directory.write("..2026_02/secret", "other");
    symlink("..2026_02", directory.0.join("..data_tmp")).unwrap();
    fs::rename(directory.0.join("..data_tmp"), directory.0.join("..data")).unwrap();
    assert_eq!(send(&layer, delivery("other")).await.to.err(), None);
    assert_eq!(send(&layer, delivery("first")).await.refusal(), RejectionKind::SignatureMismatch);
}

#[test]
fn one_line_feed_is_left_out_and_nothing_else() {
    let directory = Directory::new("line-feed");
    for right in ["secret", "secret\n"] {
        assert!(KeyFile::new(Stripe, directory.write("right", right)).is_ok(), "{right:?}");
    }
    for wrong in ["secret\n\n", "secret\r\n", "secret ", "\nsecret", "", "\n", "whsec_\n"] {
        assert!(KeyFile::new(Stripe, directory.write("wrong", wrong)).is_err(), "{wrong:?}");
    }
}

#[test]
fn an_error_names_the_file_and_shows_nothing_of_it() {
    let directory = Directory::new("errors");
    let missing = directory.0.join("missing");
    let files = [
        (missing, "cannot be read"),
        (directory.0.clone(), "cannot be read"),
        (directory.write("long", "hunter2".repeat(10_000)), "cannot be read"),
        (directory.write("binary", b"hunter2\xff"), "is not UTF-8"),
        (directory.write("empty", ""), "holds no key"),
        (directory.write("spaces", " hunter2"), "holds no key"),
    ];
    for (path, what) in files {
        let error = KeyFile::new(Stripe, &path).unwrap_err();
        let (shown, debug) = (error.to_string(), format!("{error:?}"));
        assert!(shown.contains(&path.display().to_string()) && shown.contains(what), "{shown}");
        assert!(!shown.contains("hunter2") && !debug.contains("hunter2"), "{shown} {debug}");
    }
}

#[tokio::test]
async fn a_file_that_holds_no_key_any_more_is_answered_503() {
    let directory = Directory::new("broken");
    let path = directory.write("secret", "first");
    let layer = layer(Stripe, key_file(&path).grace(Duration::ZERO));
    assert_eq!(send(&layer, delivery("first")).await.to.err(), None);
    for wrong in [Some(""), Some(" "), Some("whsec_"), None] {
        match wrong {
            Some(wrong) => drop(directory.write("secret", wrong)),
            None => fs::remove_file(&path).unwrap(),
        }
        let came = send(&layer, delivery("first")).await;
        assert_eq!(came.refusal(), RejectionKind::KeysUnavailable, "{wrong:?}");
        assert_eq!(came.answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        let rejection = came.answer.extensions().get::<Rejection>().unwrap().to_string();
        assert!(rejection.contains(&path.display().to_string()), "{rejection}");
    }
    directory.write("secret", "other");
    assert_eq!(send(&layer, delivery("other")).await.to.err(), None);
    assert_eq!(send(&layer, delivery("first")).await.refusal(), RejectionKind::SignatureMismatch);
}

// The idempotency key.

fn idempotency_key(
    scheme: &dyn Scheme,
    keys: &KeySet,
    mut request: Request<Bytes>,
    at: Timestamp,
) -> Option<String> {
    let secret = ACME;
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), at).unwrap();
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, keys, at).unwrap() {
        Verdict::Deliver(verified) => verified.idempotency_key(),
        other => unreachable!("it is no handshake: {other:?}"),
    }
}

#[test]
fn t12_retries_have_the_same_idempotency_key_and_other_deliveries_another() {
    let keys = |tenant: Option<&str>| {
        let keys = KeySet::from(Stripe.key(ACME).unwrap());
        tenant.into_iter().fold(keys, KeySet::of_tenant)
    };
    let stripe = |tenant, id: &str, at| {
        let body = format!(r#"{{"id":"{id}"}}"#);
        idempotency_key(&Stripe, &keys(tenant), request("/", None, &body), at).unwrap()
    };
    let later = NOW.saturating_add(Duration::from_secs(3600));
    let first = stripe(None, "evt_1", NOW);
    // Whoever has stored one must find it again after an update.
    assert_eq!(first, "5f455ce49099170a9a530532579e8b1d8042084b86583fd24d5f8d12db9b74e7");
    assert_eq!(stripe(None, "evt_1", later), first, "a retry is signed anew");
    let others = [
        stripe(None, "evt_2", NOW),
        stripe(Some("acme"), "evt_1", NOW),
        stripe(Some("globex"), "evt_1", NOW),
    ];
    for (number, other) in others.iter().enumerate() {
        assert!(*other != first && !others[..number].contains(other));
    }
    let named_otherwise = Signed::hmac_sha256("other", Field::header(HeaderName::from_static("x-signature")))
        .id(Source::Json("id"));
    let keys = named_otherwise.key(ACME).unwrap().into();
    let other =
        idempotency_key(&named_otherwise, &keys, request("/", None, r#"{"id":"evt_1"}"#), NOW).unwrap();
    assert_ne!(other, first, "another scheme's id is another");
}

#[test]
fn without_a_signed_id_the_signed_text_tells() {
    let timed = Signed::hmac_sha256("timed", Field::header(HeaderName::from_static("x-signature"))).text([
        Part::Timestamp(Field::header(HeaderName::from_static("x-time")), Unit::Seconds),
        Part::literal("."),
        Part::Body,
    ]);
    let keys = timed.key(ACME).unwrap().into();
    let of = |body, at| idempotency_key(&timed, &keys, request("/", None, body), at).unwrap();
    assert_eq!(of("a", NOW), of("a", NOW));
    assert_ne!(of("a", NOW), of("b", NOW));
    assert_ne!(of("a", NOW), of("a", NOW.saturating_add(Duration::from_secs(1))));
}

#[test]
fn t34_a_provider_that_signs_neither_id_nor_time_has_no_idempotency_key() {
    let request = request("/", None, "{}");
    let (mut github, mut bearer) = (request.clone(), request);
    github.headers_mut().insert("x-github-delivery", "72d3162e".parse().unwrap());
    assert_eq!(idempotency_key(&GitHub, &GitHub.key(ACME).unwrap().into(), github, NOW), None);
    let token = Token::bearer("bearer");
    bearer.headers_mut().remove("webhook-id");
    assert_eq!(idempotency_key(&token, &token.key(ACME).unwrap().into(), bearer, NOW), None);
}

/// Remembers nothing, and tells what it was asked for.
#[derive(Default)]
struct Notes(Mutex<Vec<ReplayKey>>);

impl ReplayStore for Notes {
    async fn reserve(&self, key: &ReplayKey, _: Duration) -> Result<Reserved, StoreError> {
        let mut notes = self.0.lock().unwrap();
        notes.push(key.clone());
        Ok(Reserved::Fresh(Reservation::new(key.clone(), notes.len() as u128)))
    }

    async fn commit(&self, _: &Reservation, _: Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn release(&self, _: &Reservation) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn the_replay_memory_and_the_handler_know_a_delivery_by_the_same() {
    let notes = Arc::new(Notes::default());
    let replay = || Replay::new(Arc::clone(&notes), "test");
    let last = || notes.0.lock().unwrap().last().map(|key| data_encoding::HEXLOWER.encode(key.digest()));

    let layer_of_stripe = layer(Stripe, Stripe.key(ACME).unwrap()).replay(replay());
    let came = send(&layer_of_stripe, delivery(ACME)).await;
    assert_eq!(came.proof().idempotency_key(), last());
    assert!(last().is_some());

    let timed = Signed::hmac_sha256("timed", Field::header(HeaderName::from_static("x-signature")))
        .text([Part::Timestamp(Field::header(HeaderName::from_static("x-time")), Unit::Seconds), Part::Body]);
    let layer_of_timed = layer(timed.clone(), timed.key(ACME).unwrap()).replay(replay());
    let came = send(&layer_of_timed, signed(&timed, ACME, request("/", None, "x"))).await;
    assert_eq!(came.proof().idempotency_key(), last());
    assert_eq!(notes.0.lock().unwrap().len(), 2);

    // Chosen by name for the memory, and still nothing that a handler could rely on.
    let layer_of_github = layer(GitHub, GitHub.key(ACME).unwrap()).replay(replay().remember_bodies());
    let came = send(&layer_of_github, signed(&GitHub, ACME, request("/", None, "{}"))).await;
    assert_eq!(came.proof().idempotency_key(), None);
    assert_eq!(notes.0.lock().unwrap().len(), 3);
}

#[test]
fn a_label_is_what_it_was_given() {
    let key = GitHub.key(ACME).unwrap();
    assert_eq!(key.label(), None);
    assert_eq!(key.labeled("2026").label(), Some("2026"));
}
