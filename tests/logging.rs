//! What the operator is told by `tracing`: one event for each delivery, with everything that is known of it and nothing
//! that is secret.
#![cfg(all(feature = "tracing", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::expect_used, clippy::indexing_slicing)]

mod common;
mod vectors_file;

use crate::common::{
    Frames, Handler, NOW, OTHER_SECRET, SECRET, Untouchable, clock, layer, poll_once, post, signed, with,
};
use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    convert::Infallible,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, Once},
    task::{Context, Poll, Waker},
};
use tower::{Layer, Service, ServiceExt as _, service_fn};
use tower_webhook::{
    PublicUrl, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::{KeyLookupError, KeyRef, KeySet, Tenants},
    providers::{BloonioChat, GitHub, Meta, Slack, bloonio::Callbacks},
    replay::{MemoryStore, Replay, ReplayKey, ReplayStore, Reservation, Reserved, StoreError},
    scheme::ByPath,
    schemes::{ByTenant, Field, Signed, Source, StandardWebhooks},
    time::Timestamp,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field as Named, Visit},
    span,
    subscriber::{Interest, set_global_default},
};

const FIELDS: [&str; 12] = [
    "message",
    "verdict",
    "provider",
    "kind",
    "reason",
    "event",
    "id",
    "tenant",
    "key_label",
    "status",
    "body_bytes",
    "duration_us",
];

/// An event of this crate's, with its fields in the form in which a subscriber gets them.
#[derive(Clone, Debug, Default)]
struct Told {
    level: String,
    target: String,
    fields: BTreeMap<String, String>,
}

impl Told {
    fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    /// Everything but how long it took, which differs: that is there, and is a number.
    fn all(&self) -> Vec<(&str, &str)> {
        self.get("duration_us").expect("a duration").parse::<u64>().unwrap();
        let known = FIELDS.into_iter().filter_map(|field| Some((field, self.get(field)?)));
        let known: Vec<_> = known.collect();
        assert_eq!(known.len(), self.fields.len(), "a field that is not documented: {self:?}");
        known.into_iter().filter(|(field, _)| !["message", "duration_us"].contains(field)).collect()
    }
}

impl Visit for Told {
    fn record_str(&mut self, field: &Named, value: &str) {
        self.fields.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Named, value: &dyn fmt::Debug) {
        self.fields.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

/// Keeps what each thread, which is each test, was told. There is one for the whole process.
struct Listener;

thread_local! {
    static TOLD: RefCell<Vec<Told>> = const { RefCell::new(Vec::new()) };
    static LISTENS_FROM: Cell<Option<Level>> = const { Cell::new(Some(Level::TRACE)) };
}

impl Subscriber for Listener {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        // Asked each time, since tests differ.
        Interest::sometimes()
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let level = LISTENS_FROM.get();
        metadata.target().starts_with("tower_webhook")
            && level.is_some_and(|level| *metadata.level() <= level)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut told = Told {
            level: metadata.level().to_string(),
            target: metadata.target().to_owned(),
            ..Told::default()
        };
        event.record(&mut told);
        TOLD.with_borrow_mut(|all| all.push(told));
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| set_global_default(Listener).unwrap());
    assert!(take().is_empty());
}

fn take() -> Vec<Told> {
    TOLD.take()
}

/// The one event that there was, of the documented target.
fn one() -> Told {
    let mut told = take();
    assert_eq!(told.len(), 1, "{told:#?}");
    let told = told.remove(0);
    assert_eq!(told.target, "tower_webhook::delivery");
    told
}

/// Sends the request to `layer` with an inner service that answers 200, and takes the one event.
async fn sent<S: Scheme>(layer: &VerifySignatureLayer<S>, request: Request<Bytes>) -> Told {
    let handler = Handler::new();
    layer.layer(handler).oneshot(request.map(Full::new)).await.unwrap();
    one()
}

fn refused<'a>(told: &'a Told, provider: &str) -> &'a str {
    assert_eq!((told.level.as_str(), told.get("verdict")), ("WARN", Some("refused")), "{told:?}");
    assert_eq!(told.get("provider"), Some(provider));
    assert!(told.get("reason").is_some_and(|reason| !reason.is_empty()));
    for field in ["event", "id", "tenant", "key_label"] {
        assert_eq!(told.get(field), None, "nothing was proven: {told:?}");
    }
    told.get("kind").unwrap()
}

fn standard(id: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    signed(&StandardWebhooks, with(post(body), "webhook-id", id))
}

#[tokio::test]
async fn an_accepted_delivery_with_every_field() {
    listen();
    let scheme = || ByTenant::new(StandardWebhooks, Source::LastSegment);
    let key = StandardWebhooks.key(SECRET).unwrap().labeled("2026-q4");
    let layer = VerifySignatureLayer::new(scheme(), Tenants::new().with("hook", key)).clock(clock);
    let told = sent(&layer, standard("msg_1", r#"{"type":"a.b"}"#)).await;
    assert_eq!(told.level, "DEBUG");
    assert_eq!(told.get("message"), Some("webhook accepted"));
    assert_eq!(
        told.all(),
        [
            ("verdict", "accepted"),
            ("provider", scheme().name()),
            ("event", "a.b"),
            ("id", "msg_1"),
            ("tenant", "hook"),
            ("key_label", "2026-q4"),
            ("status", "200"),
            ("body_bytes", "14"),
        ]
    );
}

#[tokio::test]
async fn what_a_delivery_lacks_is_not_there_and_a_handlers_status_is() {
    listen();
    let signature = Field::header(HeaderName::from_static("x-signature"));
    let plain = || Signed::hmac_sha256("plain", signature.clone());
    let handler = Handler::answering([500]);
    let service = layer(plain()).layer(handler);
    service.oneshot(signed(&plain(), post("body")).map(Full::new)).await.unwrap();
    let told = one();
    assert_eq!(told.level, "DEBUG");
    assert_eq!(
        told.all(),
        [("verdict", "accepted"), ("provider", "plain"), ("status", "500"), ("body_bytes", "4")]
    );
}

#[tokio::test]
async fn a_refusal_says_why_and_repeats_nothing_of_what_was_not_proven() {
    listen();
    let github = layer(GitHub);
    let request = || with(with(post("private words"), "x-github-event", "push"), "x-github-delivery", "1");

    let told = sent(&github, request()).await;
    assert_eq!(refused(&told, "github"), "missing_header");
    assert_eq!(told.get("message"), Some("webhook refused"));
    assert_eq!((told.get("status"), told.get("body_bytes")), (Some("401"), Some("0")));

    let forged = with(request(), "x-hub-signature-256", &format!("sha256={}", "0".repeat(64)));
    let told = sent(&github, forged).await;
    assert_eq!(refused(&told, "github"), "signature_mismatch");
    assert_eq!((told.get("status"), told.get("body_bytes")), (Some("401"), Some("13")));
    let fields: Vec<&str> = told.all().into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["verdict", "provider", "kind", "reason", "status", "body_bytes"]);

    let told = sent(&github.clone().body_limit(12), signed(&GitHub, request())).await;
    assert_eq!(refused(&told, "github"), "body_too_large");
    assert_eq!(told.get("status"), Some("413"));

    let get = Request::get("/").body(Bytes::new()).unwrap();
    assert_eq!(refused(&sent(&github, get).await, "github"), "method_not_allowed");

    let long_ago = clock().map(|now| now.saturating_sub(std::time::Duration::from_secs(3600))).unwrap();
    let late = common::signed_as(&StandardWebhooks, with(post("{}"), "webhook-id", "m"), SECRET, long_ago);
    let told = sent(&layer(StandardWebhooks), late).await;
    assert_eq!(refused(&told, "standard-webhooks"), "stale_timestamp");
}

#[tokio::test]
async fn each_way_to_be_refused_is_one_event() {
    listen();
    // Keys that have to be awaited, and are not known.
    let unknown = VerifySignatureLayer::new(GitHub, async |_: KeyRef| -> Result<KeySet, KeyLookupError> {
        tokio::task::yield_now().await;
        Err(KeyLookupError::Unknown)
    });
    assert_eq!(refused(&sent(&unknown, signed(&GitHub, post("{}"))).await, "github"), "unknown_key");

    // A body that breaks off.
    let broken = Frames::new([Ok(http_body::Frame::data(Bytes::from_static(b"{")))]).and(Err("gone".into()));
    let request = signed(&GitHub, post("{}")).map(|_| broken);
    layer(GitHub).layer(Handler::new()).oneshot(request).await.unwrap();
    let told = one();
    assert_eq!(refused(&told, "github"), "body_unreadable");
    assert_eq!(told.get("body_bytes"), Some("1"));

    // A path that no scheme is registered for.
    let table = ByPath::new().route("/github", GitHub, GitHub.key(SECRET).unwrap());
    let told = sent(&VerifySignatureLayer::by_path(table.clone()), post("{}")).await;
    assert_eq!((told.get("kind"), told.get("provider")), (Some("unknown_path"), None));
    assert_eq!((told.level.as_str(), told.get("status")), ("WARN", Some("404")));
    let mut known = signed(&GitHub, post("{}"));
    *known.uri_mut() = "/github".parse().unwrap();
    let told = sent(&VerifySignatureLayer::by_path(table), known).await;
    assert_eq!((told.get("verdict"), told.get("provider")), (Some("accepted"), Some("github")));

    // A replay memory that is down: by then it is proven, and who it is helps whoever looks for it.
    let layer = layer(StandardWebhooks).replay(Replay::new(Broken, "test"));
    let told = sent(&layer, standard("msg_1", "{}")).await;
    assert_eq!((told.level.as_str(), told.get("kind")), ("WARN", Some("replay_store_unavailable")));
    assert_eq!((told.get("status"), told.get("id")), (Some("503"), Some("msg_1")));
    assert!(told.get("reason").unwrap().contains("no route to the memory"), "{told:?}");
}

#[derive(Debug)]
struct Broken;

impl ReplayStore for Broken {
    async fn reserve(&self, _: &ReplayKey, _: std::time::Duration) -> Result<Reserved, StoreError> {
        Err(StoreError::new("no route to the memory"))
    }

    async fn commit(&self, _: &Reservation, _: std::time::Duration) -> Result<(), StoreError> {
        Ok(())
    }

    async fn release(&self, _: &Reservation) -> Result<(), StoreError> {
        Ok(())
    }

    fn abandon(&self, _: Reservation) {}
}

#[tokio::test]
async fn a_handshake_is_one_event() {
    listen();
    // By the head alone, and by a signed body.
    let meta = Meta::new().verify_token("the verify token").unwrap();
    let asked = "/?hub.mode=subscribe&hub.verify_token=the%20verify%20token&hub.challenge=1158201444";
    let asked = Request::get(asked).body(Bytes::new()).unwrap();
    let told = sent(&layer(meta), asked).await;
    assert_eq!(told.level, "DEBUG");
    let expected = [("verdict", "handshake"), ("provider", "meta"), ("status", "200"), ("body_bytes", "0")];
    assert_eq!(told.all(), expected);

    let body =
        r#"{"type":"url_verification","challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}"#;
    let told = sent(&layer(Slack), signed(&Slack, post(body))).await;
    let length = body.len().to_string();
    let expected =
        [("verdict", "handshake"), ("provider", "slack"), ("status", "200"), ("body_bytes", &*length)];
    assert_eq!(told.all(), expected);
}

#[tokio::test]
async fn a_duplicate_is_one_event() {
    listen();
    let layer = layer(StandardWebhooks).replay(Replay::new(MemoryStore::new(10), "test"));
    let told = sent(&layer, standard("msg_1", "{}")).await;
    assert_eq!(told.get("verdict"), Some("accepted"));
    let told = sent(&layer, standard("msg_1", "{}")).await;
    assert_eq!(told.level, "DEBUG");
    assert_eq!(
        told.all(),
        [
            ("verdict", "duplicate"),
            ("provider", "standard-webhooks"),
            ("id", "msg_1"),
            ("status", "200"),
            ("body_bytes", "2"),
        ]
    );

    // While it is being handled.
    let stuck = service_fn(async |_: Request<VerifiedBody>| {
        std::future::pending::<Result<Response<Empty<Bytes>>, Infallible>>().await
    });
    let mut first = pin!(layer.layer(stuck).oneshot(standard("msg_2", "{}").map(Full::new)));
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(take().is_empty(), "it is not over");
    let told = sent(&layer, standard("msg_2", "{}")).await;
    assert_eq!((told.get("verdict"), told.get("kind")), (Some("refused"), Some("in_flight")));
}

#[tokio::test]
async fn an_event_without_a_handler_is_one_event() {
    const TENANT: &str = "019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f";
    listen();
    let key = BloonioChat.key("sk_of_the_tenant").unwrap();
    let callbacks = Callbacks::new(Tenants::new().with(TENANT, key)).configure(|layer| layer.clock(clock));
    let body = format!(r#"{{"event_type":"ticket_created","tenant_id":"{TENANT}","occurred_at":""}}"#);
    let mut unhandled = Request::post("/api/v1/chat-callbacks/ticket-created")
        .header("x-bloonio-tenant-id", TENANT)
        .body(Bytes::from(body))
        .unwrap();
    let signing_key = BloonioChat.signing_key("sk_of_the_tenant").unwrap();
    BloonioChat.sign(&mut unhandled, &signing_key, NOW).unwrap();
    let response = callbacks.into_service().oneshot(unhandled.map(Full::new)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let told = one();
    assert_eq!((told.level.as_str(), told.get("verdict")), ("DEBUG", Some("unknown_event")));
    assert_eq!((told.get("event"), told.get("tenant")), (Some("ticket_created"), Some(TENANT)));
}

#[cfg(feature = "axum")]
#[tokio::test]
async fn an_event_that_a_handlers_enum_lacks_is_one_event() {
    use tower_webhook::TaggedEvent;

    #[derive(serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Known {
        Push {},
    }

    listen();
    let handler = async |TaggedEvent(Known::Push {}): TaggedEvent<Known>| {};
    let app = |layer| axum::Router::new().route("/hook", axum::routing::post(handler).layer(layer));
    let request = || signed(&GitHub, with(post("{}"), "x-github-event", "star")).map(axum::body::Body::from);
    app(layer(GitHub)).oneshot(request()).await.unwrap();
    let told = one();
    assert_eq!((told.get("verdict"), told.get("status")), (Some("accepted"), Some("422")));
    app(layer(GitHub).acknowledge_unknown_events()).oneshot(request()).await.unwrap();
    let told = one();
    assert_eq!((told.get("verdict"), told.get("status")), (Some("unknown_event"), Some("200")));
    assert_eq!(told.get("event"), Some("star"));
}

/// Fails when it is asked whether it is ready, or when it is called.
#[derive(Clone)]
struct Failing {
    ready: bool,
}

impl Service<Request<VerifiedBody>> for Failing {
    type Response = Response<Empty<Bytes>>;
    type Error = &'static str;
    type Future = std::future::Ready<Result<Self::Response, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(if self.ready { Ok(()) } else { Err("not ready") })
    }

    fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
        std::future::ready(Err("failed"))
    }
}

#[tokio::test]
async fn a_service_that_fails_is_one_event() {
    listen();
    for replay in [false, true] {
        for ready in [false, true] {
            let mut layer = layer(StandardWebhooks);
            if replay {
                layer = layer.replay(Replay::new(MemoryStore::new(10), "test"));
            }
            let request = standard("msg_1", "{}").map(Full::new);
            layer.layer(Failing { ready }).oneshot(request).await.unwrap_err();
            let told = one();
            assert_eq!((told.level.as_str(), told.get("verdict")), ("WARN", Some("failed")));
            assert_eq!((told.get("id"), told.get("status")), (Some("msg_1"), None));
        }
    }
}

#[tokio::test]
async fn a_delivery_whose_sender_goes_away_is_one_event() {
    listen();
    let abandoned = || {
        let told = one();
        assert_eq!((told.level.as_str(), told.get("verdict")), ("WARN", Some("abandoned")));
        assert_eq!((told.get("provider"), told.get("status")), (Some("github"), None));
        (told.get("event").map(str::to_owned), told.get("body_bytes").unwrap().to_owned())
    };
    let pushed = || signed(&GitHub, with(post("{}"), "x-github-event", "push"));

    // Before it is polled.
    drop(layer(GitHub).layer(Handler::new()).call(pushed().map(|_| Untouchable)));
    assert_eq!(abandoned(), (None, "0".to_owned()));

    // In the middle of its body.
    {
        let body = Frames::of(b"{", 1).and_stalls();
        let mut answering = pin!(layer(GitHub).layer(Handler::new()).oneshot(pushed().map(|_| body)));
        assert!(poll_once(answering.as_mut()).is_pending());
        assert!(take().is_empty());
    }
    assert_eq!(abandoned(), (None, "1".to_owned()));

    // While it is handled.
    {
        let stuck = service_fn(async |_: Request<VerifiedBody>| {
            std::future::pending::<Result<Response<Empty<Bytes>>, Infallible>>().await
        });
        let mut answering = pin!(layer(GitHub).layer(stuck).oneshot(pushed().map(Full::new)));
        assert!(poll_once(answering.as_mut()).is_pending());
        assert!(take().is_empty());
    }
    assert_eq!(abandoned(), (Some("push".to_owned()), "2".to_owned()));

    // By a handler that panics.
    let panics = service_fn(async |request: Request<VerifiedBody>| {
        assert!(request.extensions().get::<Verified>().is_none(), "as a handler would panic");
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let answering = pin!(layer(GitHub).layer(panics).oneshot(pushed().map(Full::new)));
        answering.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }));
    assert!(caught.is_err());
    assert_eq!(abandoned(), (Some("push".to_owned()), "2".to_owned()));
}

#[tokio::test]
async fn what_a_sender_chooses_is_escaped_and_cut_off() {
    listen();
    let event = r"a\nWARN webhook refused\u001b[31m\u202e";
    let body = format!(r#"{{"type":"{event}"}}"#);
    let told = sent(&layer(StandardWebhooks), standard(&"i".repeat(5000), body)).await;
    assert_eq!(told.get("event"), Some(r"a\nWARN webhook refused\u{1b}[31m\u{202e}"));
    assert_eq!(told.get("id"), Some(&*format!("{}…", "i".repeat(128))));
}

#[tokio::test]
async fn a_subscriber_gets_what_it_listens_to() {
    listen();
    let layer = layer(StandardWebhooks);
    let handler = Handler::new();
    let mut answered = Vec::new();
    for (level, accepted, refused) in [
        (Some(Level::DEBUG), 1, 1),
        (Some(Level::INFO), 0, 1),
        (Some(Level::WARN), 0, 1),
        (Some(Level::ERROR), 0, 0),
        (None, 0, 0),
    ] {
        LISTENS_FROM.set(level);
        let forged =
            common::signed_as(&StandardWebhooks, with(post("{}"), "webhook-id", "m"), OTHER_SECRET, NOW);
        for (request, expected) in [(standard("msg_1", "{}"), accepted), (forged, refused)] {
            let response = layer.layer(handler.clone()).oneshot(request.map(Full::new)).await.unwrap();
            answered.push(response.status().as_u16());
            assert_eq!(take().len(), expected, "{level:?}");
        }
    }
    assert_eq!(answered, [200, 401].repeat(5), "who listens changes nothing else");
}

/// Each vector of each provider, with what it must not say: none of its secrets in whatever form, nothing of its
/// signatures, nothing of its body but what is told as event, id and tenant.
#[tokio::test]
async fn of_every_providers_deliveries_nothing_secret_is_told() {
    listen();
    let (mut accepted, mut refused, mut handshakes) = (0, 0, 0);
    for file in vectors_file::read_all() {
        if !vectors_file::lacking(&file).is_empty() {
            continue;
        }
        for vector in &file.vectors {
            let scheme = file.scheme(vector);
            let (provider, _) = vectors_file::keys(&scheme, vector).await.unwrap();
            let now = Timestamp::from_unix(vector.now);
            let layer = VerifySignatureLayer::new(Arc::clone(&scheme), provider)
                .public_url(PublicUrl::exact(&*vector.url))
                .clock(move || Some(now));
            let told = sent(&layer, vectors_file::request(vector)).await;
            assert_eq!(told.get("provider"), Some(scheme.name()));
            match told.get("verdict").unwrap() {
                "accepted" => accepted += 1,
                "refused" => refused += 1,
                "handshake" => handshakes += 1,
                verdict => panic!("{}: {verdict}", vector.id),
            }
            let body = Encoding::Base64.decode(&vector.body_base64).unwrap();
            for (field, value) in &told.fields {
                let secrets = vector.secrets.iter().filter(|secret| secret.len() >= 8);
                for secret in secrets {
                    assert!(!value.contains(&**secret), "{}: {field} has the secret", vector.id);
                }
                if ["event", "id", "tenant"].contains(&field.as_str()) {
                    continue;
                }
                for (name, header) in &vector.headers {
                    assert!(!has_part(value, header.as_bytes()), "{}: {field} has {name}", vector.id);
                }
                assert!(!has_part(value, &body), "{}: {field} has a part of the body: {value}", vector.id);
            }
        }
    }
    assert!(accepted > 100 && refused > 100 && handshakes > 5, "{accepted} {refused} {handshakes}");
}

/// Whether a piece of `secret` that is longer than any word of ours occurs in `text`.
fn has_part(text: &str, secret: &[u8]) -> bool {
    secret.windows(16).any(|part| text.as_bytes().windows(16).any(|piece| piece == part))
}
