//! The layer and the extractors in axum.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use axum::{
    Router,
    body::Body,
    extract::{Path, State},
    http::{HeaderName, Method, Request, Response, StatusCode},
    response::IntoResponse,
    routing::{MethodRouter, get, post},
};
use bytes::Bytes;
use common::{
    Answer, Custom, NOW, OTHER_SECRET, SECRET, SIGNATURE, ask, layer, signature, signed, with, with_signature,
};
use serde::Deserialize;
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::util::MapRequestLayer;
use tower_webhook::{
    Answered, Event, RejectionKind, Scheme, TaggedEvent, Verified, VerifiedBytes, VerifySignatureLayer,
    event::EventErrorKind,
    providers::{GitHub, Stripe},
    replay::{MemoryStore, Replay},
    scheme::{self, Answers, ByPath, Check, Outcome, Plan, Proof, Text, Verdict, verify},
    schemes::{Field, Part, Signed, Source, StandardWebhooks},
    time::Unit,
};

#[derive(Debug, Deserialize, PartialEq)]
struct Push {
    after: String,
}

const PUSH: &str = r#"{"after":"0fa0"}"#;

fn to(path: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(path).body(body.into()).unwrap()
}

fn github(path: &str, event: &str, body: &'static str) -> Request<Bytes> {
    signed(&GitHub, with(to(path, body), "x-github-event", event))
}

async fn send(router: &Router, request: Request<Bytes>) -> Answer {
    ask(router.clone(), request.map(Body::from)).await
}

/// One route, `/`, behind this layer.
fn route<S: Scheme>(layer: VerifySignatureLayer<S>, handler: MethodRouter) -> Router {
    Router::new().route("/", handler.layer(layer))
}

// Routers

#[tokio::test]
async fn the_layer_works_wherever_axum_takes_one() {
    let handler = || post(async |Event(push): Event<Push>| push.after);
    let route_layer = Router::new().route("/hook", handler()).route_layer(layer(GitHub));
    let method_layer = Router::new().route("/hook", handler().layer(layer(GitHub)));
    let nested = Router::new().nest("/a", Router::new().nest("/b", route_layer.clone()));
    let nested_inside =
        Router::new().nest("/a", Router::new().route("/hook", handler())).route_layer(layer(GitHub));
    for (router, path) in
        [(route_layer, "/hook"), (method_layer, "/hook"), (nested, "/a/b/hook"), (nested_inside, "/a/hook")]
    {
        let answer = send(&router, github(path, "push", PUSH)).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, "0fa0"), "{path}");
        let answer = send(&router, to(path, PUSH)).await;
        assert_eq!(answer.refusal(), (401, Some(RejectionKind::MissingHeader)), "{path}");
        let answer = send(&router, github("/elsewhere", "push", PUSH)).await;
        assert_eq!(answer.refusal(), (404, None), "{path}: an unknown path is the router's");
        let mut got = github(path, "push", PUSH);
        *got.method_mut() = Method::GET;
        let answer = send(&router, got).await;
        assert_eq!(answer.refusal(), (405, Some(RejectionKind::MethodNotAllowed)), "{path}");
        assert_eq!(answer.headers.get_all("allow").iter().collect::<Vec<_>>(), ["POST"], "{path}");
    }
}

#[tokio::test]
async fn get_routes_beside_the_layer_stay_as_they_are() {
    let router = Router::new()
        .route("/hook", post(async |_: Verified| ()))
        .route_layer(layer(StandardWebhooks))
        .route("/health", get(async || "well"));
    let health = Request::get("/health").body(Bytes::new()).unwrap();
    assert_eq!(send(&router, health).await.text(), "well");
    assert_eq!(send(&router, to("/hook", "{}")).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn extractors_stand_anywhere_and_several_times() {
    #[expect(clippy::too_many_arguments, reason = "as many as there are kinds")]
    async fn first(
        Event(push): Event<Push>,
        State(name): State<Arc<str>>,
        verified: Verified,
        Path(tenant): Path<String>,
        Event(again): Event<Push>,
        of_github: Verified<GitHub>,
        VerifiedBytes(bytes): VerifiedBytes,
        method: Method,
        body: Bytes,
    ) -> String {
        assert_eq!(push, again);
        assert_eq!((&bytes, of_github.body()), (&body, &body));
        format!(
            "{name} {tenant} {method} {} {} {:?}",
            push.after,
            verified.scheme(),
            of_github.event().unwrap()
        )
    }
    async fn last(State(name): State<Arc<str>>, _: Verified, event: TaggedEvent<Events>) -> String {
        format!("{name} {:?}", event.0)
    }
    let router = Router::new()
        .route("/{tenant}/first", post(first))
        .route("/last", post(last))
        .route_layer(layer(GitHub))
        .with_state(Arc::<str>::from("state"));
    let answer = send(&router, github("/a/first", "push", PUSH)).await;
    assert_eq!(answer.text(), r#"state a POST 0fa0 github "push""#);
    let answer = send(&router, github("/last", "push", PUSH)).await;
    assert_eq!(answer.text(), r#"state Push(Push { after: "0fa0" })"#);
}

#[tokio::test]
async fn t07_a_handler_without_the_layer_says_what_is_missing() {
    let router = Router::new()
        .route("/event", post(async |_: Event<Push>| ()))
        .route("/tagged", post(async |_: TaggedEvent<Events>| ()))
        .route("/verified", post(async |_: Verified| ()))
        .route("/github", post(async |_: Verified<GitHub>| ()))
        .route("/bytes", post(async |_: VerifiedBytes| ()));
    for path in ["/event", "/tagged", "/verified", "/github", "/bytes"] {
        let answer = send(&router, github(path, "push", PUSH)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(answer.text().contains("`VerifySignatureLayer`"), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn t36_a_proof_of_another_scheme_is_refused_by_name() {
    let router = route(layer(Stripe), post(async |_: Verified<GitHub>, Event(push): Event<Push>| push.after));
    let answer = send(&router, signed(&Stripe, to("/", PUSH))).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.text().contains("`stripe`") && answer.text().contains("GitHub`"), "{}", answer.text());

    let twice = Router::new()
        .route("/", post(async |_: Event<Push>| ()).layer(layer(GitHub)))
        .route_layer(layer(GitHub));
    let answer = send(&twice, github("/", "push", PUSH)).await;
    assert_eq!(answer.refusal(), (500, Some(RejectionKind::LayeredTwice)));
}

#[tokio::test]
async fn a_table_by_path_behind_one_layer() {
    let key = |scheme: &dyn Scheme| scheme.key(SECRET).unwrap();
    let table = ByPath::new()
        .route("/github", GitHub, key(&GitHub))
        .route("/stripe/*", Stripe, key(&Stripe))
        .route("/boxed", Box::new(GitHub) as Box<dyn Scheme>, key(&GitHub));
    let named = async |verified: Verified| verified.scheme().to_owned();
    let router = Router::new()
        .route("/github", post(async |verified: Verified<GitHub>| verified.scheme().to_owned()))
        .route("/boxed", post(async |verified: Verified<GitHub>| verified.scheme().to_owned()))
        .route("/stripe/{account}", post(async |verified: Verified<Stripe>| verified.scheme().to_owned()))
        .route("/not-in-the-table", post(named))
        .layer(VerifySignatureLayer::by_path(table).clock(common::clock));
    for (request, expected) in [
        (github("/github", "push", PUSH), (200, None, "github")),
        (github("/boxed", "push", PUSH), (200, None, "github")),
        (signed(&Stripe, to("/stripe/acct_1", PUSH)), (200, None, "stripe")),
        (signed(&Stripe, to("/github", PUSH)), (401, Some(RejectionKind::MissingHeader), "")),
        (github("/stripe/acct_1", "push", PUSH), (401, Some(RejectionKind::MissingHeader), "")),
        (github("/not-in-the-table", "push", PUSH), (404, Some(RejectionKind::UnknownPath), "")),
        (github("/elsewhere", "push", PUSH), (404, Some(RejectionKind::UnknownPath), "")),
        (signed(&Stripe, to("/stripe/", PUSH)), (404, Some(RejectionKind::UnknownPath), "")),
    ] {
        let path = request.uri().to_string();
        let answer = send(&router, request).await;
        let (status, kind) = answer.refusal();
        assert_eq!((status, kind, answer.text()), expected, "{path}");
    }
    // Behind `nest`, the table's paths are without the prefix.
    let nested = Router::new().nest("/hooks", router);
    let answer = send(&nested, signed(&Stripe, to("/hooks/stripe/acct_1", PUSH))).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "stripe"));
}

// What is parsed is what was signed

#[tokio::test]
async fn t17_what_is_parsed_is_what_was_signed_whatever_a_middleware_does() {
    let replace =
        MapRequestLayer::new(|request: Request<Body>| request.map(|_| Body::from(r#"{"after":"other"}"#)));
    let handler = async |VerifiedBytes(bytes): VerifiedBytes, Event(push): Event<Push>, body: Bytes| {
        assert_eq!(body, r#"{"after":"other"}"#, "the middleware was there");
        assert_eq!(bytes, PUSH);
        push.after
    };
    let router = route(layer(GitHub), post(handler).layer(replace));
    assert_eq!(send(&router, github("/", "push", PUSH)).await.text(), "0fa0");
}

#[tokio::test]
async fn t32_the_content_type_decides_nothing() {
    let router = route(layer(GitHub), post(async |Event(push): Event<Push>| push.after));
    for content_type in
        ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-16", "garbage"]
    {
        let answer = send(&router, with(github("/", "push", PUSH), "content-type", content_type)).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, "0fa0"), "{content_type}");
    }
    // Bytes that are a form and no JSON stay no JSON.
    let form = with(github("/", "push", "after=0fa0"), "content-type", "application/x-www-form-urlencoded");
    assert_eq!(send(&router, form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_payload_that_does_not_fit_is_422_with_the_fields_path() {
    #[derive(Deserialize)]
    struct Order {
        #[serde(rename = "items")]
        _items: Vec<Item>,
    }
    #[derive(Deserialize)]
    struct Item {
        #[serde(rename = "price")]
        _price: u32,
    }
    let router = route(layer(GitHub), post(async |_: Event<Order>| ()));
    for (body, path) in [
        (r#"{"items":[{"price":1},{"price":"2"}]}"#, "`items[1].price`"),
        (r#"{"items":[{"price":1},{}]}"#, "`items[1]`"),
        (r#"{"items":{}}"#, "`items`"),
        (r#"{}"#, "`.`"),
        (r#"{"items":[]} x"#, "`.`"),
        (r#"{"items":["#, "`items`"),
        ("", "`.`"),
        ("payload", "`.`"),
    ] {
        let answer = send(&router, github("/", "order", body)).await;
        assert_eq!(answer.refusal(), (422, None), "{body}");
        assert!(answer.text().contains(path), "{body}: {}", answer.text());
    }
    assert_eq!(
        send(&router, github("/", "order", r#"{"items":[{"price":1}]}"#)).await.status,
        StatusCode::OK
    );
}

// An enum by event type

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Events {
    Push(Push),
    PullRequest {
        number: u64,
    },
    Pair(u8, u8),
    Ping,
    #[serde(rename = "*")]
    Other(serde_json::Value),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Known {
    Push(Push),
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Strict {
    Push(Push),
}

#[derive(Debug, Deserialize, PartialEq)]
struct Wrapped(Box<Option<Events>>);

/// A verified delivery of GitHub's.
fn delivery(event: Option<&str>, body: &'static str) -> Verified {
    let request = to("/", body);
    let request = match event {
        Some(event) => with(request, "x-github-event", event),
        None => request,
    };
    let (parts, body) = signed(&GitHub, request).into_parts();
    match verify(&GitHub, &parts, &body, &GitHub.key(SECRET).unwrap().into(), NOW).unwrap() {
        Verdict::Deliver(verified) => verified,
        other => panic!("{other:?}"),
    }
}

fn push(after: &str) -> Push {
    Push { after: after.to_owned() }
}

#[test]
fn the_event_type_chooses_the_variant() {
    let events = |event, body| delivery(Some(event), body).parse_tagged::<Events>().unwrap();
    assert_eq!(events("push", PUSH), Events::Push(push("0fa0")));
    assert_eq!(events("pull_request", r#"{"number":7,"x":{}}"#), Events::PullRequest { number: 7 });
    assert_eq!(events("pair", "[1,2]"), Events::Pair(1, 2));
    assert_eq!(events("ping", r#"{"zen":"whatever"}"#), Events::Ping);
    assert_eq!(events("star", PUSH), Events::Other(serde_json::json!({ "after": "0fa0" })));
    assert_eq!(events("*", PUSH), Events::Other(serde_json::json!({ "after": "0fa0" })));
    assert_eq!(
        events("Push", PUSH),
        Events::Other(serde_json::json!({ "after": "0fa0" })),
        "names are exact"
    );

    let known = |event| delivery(Some(event), PUSH).parse_tagged::<Known>().unwrap();
    assert_eq!((known("push"), known("star")), (Known::Push(push("0fa0")), Known::Unknown));
}

#[test]
fn an_enum_may_be_wrapped() {
    let delivery = delivery(Some("push"), PUSH);
    assert_eq!(
        delivery.parse_tagged::<Wrapped>().unwrap(),
        Wrapped(Box::new(Some(Events::Push(push("0fa0")))))
    );
    assert_eq!(delivery.parse_tagged::<Option<Strict>>().unwrap(), Some(Strict::Push(push("0fa0"))));
    assert_eq!(delivery.parse_tagged::<Box<Strict>>().unwrap(), Box::new(Strict::Push(push("0fa0"))));
}

#[test]
fn flatten_and_untagged_do_not_work_as_documented() {
    #[derive(Debug, Deserialize)]
    struct Flattened {
        #[serde(flatten)]
        _event: Strict,
    }
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Event(#[allow(dead_code, reason = "it is refused, and never read")] Strict),
    }
    let delivery = delivery(Some("push"), PUSH);
    assert_eq!(delivery.parse_tagged::<Flattened>().unwrap_err().kind(), EventErrorKind::Payload);
    assert_eq!(delivery.parse_tagged::<Untagged>().unwrap_err().kind(), EventErrorKind::Payload);
}

#[test]
fn an_event_that_does_not_fit_says_why() {
    let unknown = delivery(Some("star"), PUSH).parse_tagged::<Strict>().unwrap_err();
    assert_eq!((unknown.kind(), unknown.status().as_u16()), (EventErrorKind::UnknownEvent, 422));
    assert_eq!(unknown.to_string(), "the handler's enum has no variant for the event: \"star\"");
    let unnamed = delivery(None, PUSH).parse_tagged::<Events>().unwrap_err();
    assert_eq!((unnamed.kind(), unnamed.status().as_u16()), (EventErrorKind::NoEventType, 422));
    for (event, body, path) in
        [("push", r#"{"after":1}"#, "after"), ("pair", "[1,256]", "[1]"), ("push", "[", ".")]
    {
        let unfit = delivery(Some(event), body).parse_tagged::<Events>().unwrap_err();
        assert_eq!((unfit.kind(), unfit.path()), (EventErrorKind::Payload, Some(path)), "{body}");
    }
    let broken = delivery(Some("ping"), "{").parse_tagged::<Events>().unwrap_err();
    assert_eq!(broken.kind(), EventErrorKind::Payload, "what is ignored must still be JSON");
}

#[test]
fn a_payload_may_be_borrowed() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        after: &'a str,
    }
    let delivery = delivery(Some("push"), PUSH);
    let after = delivery.parse::<Borrowed<'_>>().unwrap().after;
    assert!(delivery.body().as_ptr_range().contains(&after.as_ptr()));
}

// Forms

#[cfg(feature = "form")]
#[tokio::test]
async fn t32_a_form_is_a_form_by_the_scheme_and_not_by_its_content_type() {
    use tower_webhook::scheme::Format;
    #[derive(Debug, Deserialize)]
    struct Order {
        id: u32,
        tag: Vec<String>,
    }
    let form = || {
        Signed::hmac_sha256("form", Field::header(SIGNATURE))
            .format(Format::Form)
            .event(Source::Header(HeaderName::from_static("x-event")))
    };
    let router = Router::new()
        .route("/", post(async |Event(order): Event<Order>| format!("{} {:?}", order.id, order.tag)))
        .route("/tagged", post(async |TaggedEvent(event): TaggedEvent<Known>| format!("{event:?}")))
        .route_layer(layer(form()));
    let request = |path, body: &'static str| signed(&form(), with(to(path, body), "x-event", "push"));
    for content_type in ["application/x-www-form-urlencoded", "application/json"] {
        let order = request("/", "id=7&tag=a%20b&tag=c&other=1");
        let answer = send(&router, with(order, "content-type", content_type)).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, r#"7 ["a b", "c"]"#), "{content_type}");
        let json = with(request("/", r#"{"id":7,"tag":[]}"#), "content-type", content_type);
        assert_eq!(send(&router, json).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{content_type}");
    }
    let answer = send(&router, request("/", "id=seven&tag=a")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text().contains("`id`"), "{}", answer.text());
    let answer = send(&router, request("/tagged", "after=0fa0")).await;
    assert_eq!(answer.text(), r#"Push(Push { after: "0fa0" })"#);
}

#[tokio::test]
async fn githubs_form_carries_json() {
    use tower_webhook::providers::GitHubForm;
    let router = route(layer(GitHubForm), post(async |Event(push): Event<Push>| push.after));
    let request = |body: &'static str| signed(&GitHubForm, to("/", body));
    let answer = send(&router, request("payload=%7B%22after%22%3A%220fa0%22%7D")).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "0fa0"));
    for wrong in ["payload=%7B%7D&payload=%7B%7D", "other=%7B%7D", "", PUSH] {
        let answer = send(&router, request(wrong)).await;
        assert_eq!(answer.refusal(), (401, Some(RejectionKind::MalformedBody)), "{wrong}");
    }
}

// A body that the signature does not cover

#[tokio::test]
async fn a_body_that_is_not_covered_is_not_believed_unless_chosen() {
    let uncovered = || {
        Signed::hmac_sha256("uncovered", Field::header(SIGNATURE))
            .text([Part::Timestamp(Field::header(HeaderName::from_static("x-time")), Unit::Seconds)])
            .event(Source::Json("type"))
    };
    let routes = |layer: VerifySignatureLayer<Signed>| {
        Router::new()
            .route("/event", post(async |Event(push): Event<Push>| push.after))
            .route("/tagged", post(async |_: TaggedEvent<Known>| ()))
            .route("/bytes", post(async |_: VerifiedBytes| ()))
            .route("/proof", post(async |verified: Verified| format!("{:?}", verified.proof())))
            .route_layer(layer)
    };
    let request = |path| signed(&uncovered(), to(path, r#"{"type":"push","after":"0fa0"}"#));
    let (closed, open) =
        (routes(layer(uncovered())), routes(layer(uncovered()).insecure_accept_uncovered_body()));
    for path in ["/event", "/tagged", "/bytes"] {
        let answer = send(&closed, request(path)).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(answer.text().contains("`insecure_accept_uncovered_body`"), "{path}: {}", answer.text());
        assert_eq!(send(&open, request(path)).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(send(&closed, request("/proof")).await.text(), format!("{:?}", Proof::SignedHead));
}

// Handshakes

/// Answers a challenge in the query of a `GET`, unsigned; and one in a signed body.
fn handshaking() -> Custom {
    let mut scheme = Custom::new(|head, _| match head.method() {
        &Method::GET => Ok(Plan::Respond(Response::new(head.query("challenge")?.into_owned().into()))),
        _ => Ok(signature(head, Check::new(Text::new().body()))?.into()),
    });
    scheme.methods = &[Method::GET, Method::POST];
    scheme.accepting(|proven| match proven.body().strip_prefix(b"challenge=") {
        Some(challenge) => Ok(Outcome::Respond(Response::new(Bytes::copy_from_slice(challenge)))),
        None => Ok(scheme::Delivery::new().into()),
    })
}

#[tokio::test]
async fn handshakes_are_answered_in_the_places_that_are_recommended() {
    let handler = || post(async |_: Verified| "handled");
    let route_layer = Router::new().route("/", handler()).route_layer(layer(handshaking()));
    let method_layer = Router::new().route("/", handler().layer(layer(handshaking())));
    let post_body = |body: &'static str| with_signature(SECRET, to("/", body));
    for router in [route_layer, method_layer] {
        let unsigned = Request::get("/?challenge=a%20b").body(Bytes::new()).unwrap();
        let answer = send(&router, unsigned).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, "a b"));
        assert_eq!(answer.answered, Some(Answered::Handshake));
        let answer = send(&router, post_body("challenge=c")).await;
        assert_eq!((answer.text(), answer.answered), ("c", Some(Answered::Handshake)));
        let answer = send(&router, post_body("delivery")).await;
        assert_eq!((answer.text(), answer.answered), ("handled", None));
        let answer = send(&router, with_signature(OTHER_SECRET, to("/", "challenge=c"))).await;
        assert_eq!((answer.refusal(), answer.text()), ((401, Some(RejectionKind::SignatureMismatch)), ""));
        let without = Request::get("/").body(Bytes::new()).unwrap();
        assert_eq!(send(&router, without).await.refusal(), (401, Some(RejectionKind::MalformedTarget)));
    }
}

// Acknowledgements

const RECEIVED: &str = r#"{"received":true}"#;

fn acknowledging(answers: Answers) -> Signed {
    Signed::hmac_sha256("acknowledging", Field::header(SIGNATURE)).with_answers(answers)
}

#[tokio::test]
async fn an_empty_success_is_answered_as_the_provider_documents() {
    let received = Answers::new().acknowledgement(scheme::Answer::json(StatusCode::OK, RECEIVED));
    let empty_200 = Answers::new();
    let json = "application/json";
    let plain = "text/plain; charset=utf-8";
    #[rustfmt::skip]
    let cases = [
        // What the handler answers, and what the sender gets: the status, the content type, the body.
        (received, StatusCode::OK, "", (200, Some(json), RECEIVED)),
        (received, StatusCode::ACCEPTED, "", (202, Some(json), RECEIVED)),
        (received, StatusCode::NO_CONTENT, "", (200, Some(json), RECEIVED)),
        (received, StatusCode::ACCEPTED, "own", (202, Some(plain), "own")),
        (received, StatusCode::INTERNAL_SERVER_ERROR, "", (500, None, "")),
        (received, StatusCode::FOUND, "", (302, None, "")),
        (received.only_this_status(), StatusCode::ACCEPTED, "", (200, Some(json), RECEIVED)),
        (received.only_this_status(), StatusCode::NO_CONTENT, "", (200, Some(json), RECEIVED)),
        (received.only_this_status(), StatusCode::CREATED, "own", (200, Some(plain), "own")),
        (received.only_this_status(), StatusCode::BAD_REQUEST, "", (400, None, "")),
        (empty_200, StatusCode::NO_CONTENT, "", (204, None, "")),
        (empty_200, StatusCode::ACCEPTED, "own", (202, Some(plain), "own")),
        (empty_200.only_this_status(), StatusCode::NO_CONTENT, "", (200, None, "")),
        (empty_200.only_this_status(), StatusCode::ACCEPTED, "", (200, None, "")),
    ];
    for (answers, status, body, expected) in cases {
        let handler = post(async move |_: Verified| match body {
            "" => status.into_response(),
            body => (status, body).into_response(),
        });
        let router = route(layer(acknowledging(answers)), handler);
        let answer = send(&router, signed(&acknowledging(answers), to("/", "{}"))).await;
        let got = (answer.status.as_u16(), answer.header("content-type"), answer.text());
        assert_eq!(got, expected, "{status} {body:?} {answers:?}");
        let length = answer.headers.get_all("content-length").iter().collect::<Vec<_>>();
        assert_eq!(length, [answer.body.len().to_string().as_str()], "{status} {body:?}");
    }
}

#[tokio::test]
async fn a_handler_that_returns_nothing_is_acknowledged() {
    let received = Answers::new().acknowledgement(scheme::Answer::json(StatusCode::OK, RECEIVED));
    let router = route(layer(acknowledging(received)), post(async |_: Verified| ()));
    let answer = send(&router, signed(&acknowledging(received), to("/", "{}"))).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, RECEIVED));
    assert_eq!(answer.answered, None, "it was handled");
}

#[tokio::test]
async fn the_headers_of_an_empty_success_do_not_describe_the_acknowledgement() {
    let received = Answers::new().acknowledgement(scheme::Answer::json(StatusCode::OK, RECEIVED));
    let handler =
        async |_: Verified| [("content-length", "0"), ("content-type", "text/plain"), ("x-own", "kept")];
    let router = route(layer(acknowledging(received)), post(handler));
    let answer = send(&router, signed(&acknowledging(received), to("/", "{}"))).await;
    assert_eq!(answer.text(), RECEIVED);
    let headers = ["content-length", "content-type", "x-own"].map(|name| answer.header(name));
    assert_eq!(headers, [Some("17"), Some("application/json"), Some("kept")]);
}

/// The bytes of the answer, as a sender reads them from its socket.
async fn on_the_wire(router: Router, request: Request<Bytes>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });
    let (parts, body) = request.into_parts();
    let mut head =
        format!("{} {} HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n", parts.method, parts.uri);
    for (name, value) in &parts.headers {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&body).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    server.abort();
    answer
}

#[tokio::test]
async fn answers_have_one_length_and_their_whole_body_on_the_wire() {
    let received = scheme::Answer::json(StatusCode::OK, RECEIVED);
    let refused = scheme::Answer::json(StatusCode::UNAUTHORIZED, r#"{"error":"Invalid signature"}"#);
    let answers = Answers::new().acknowledgement(received).refusal(refused);
    let answering = |status: StatusCode| {
        let replay = Replay::new(MemoryStore::new(10), "x").remember_bodies();
        route(layer(acknowledging(answers)).replay(replay), post(async move |_: Verified| status))
    };
    let request = || signed(&acknowledging(answers), to("/", "{}"));
    let repeated = answering(StatusCode::OK);
    send(&repeated, request()).await;
    let invalid = r#"{"error":"Invalid signature"}"#;
    for (router, request, status, body) in [
        (answering(StatusCode::OK), request(), "200 OK", RECEIVED),
        (answering(StatusCode::NO_CONTENT), request(), "200 OK", RECEIVED),
        (answering(StatusCode::ACCEPTED), request(), "202 Accepted", RECEIVED),
        (repeated, request(), "200 OK", RECEIVED),
        (answering(StatusCode::OK), to("/", "{}"), "401 Unauthorized", invalid),
    ] {
        let answer = on_the_wire(router, request).await.to_ascii_lowercase();
        let (head, sent) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("http/1.1 {}\r\n", status.to_ascii_lowercase())), "{head}");
        assert_eq!(sent, body.to_ascii_lowercase(), "{head}");
        assert_eq!(head.matches("content-length:").count(), 1, "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert_eq!(head.matches("content-type: application/json").count(), 1, "{head}");
        assert!(!head.contains("transfer-encoding"), "{head}");
    }
}

// Acknowledgements

/// An event that the handler's enum does not have: refused, unless the layer was told to acknowledge it.
#[tokio::test]
async fn an_unknown_event_is_acknowledged_where_the_layer_was_told_to() {
    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Known {
        Push { after: String },
    }
    let handler = || post(async |TaggedEvent(Known::Push { after }): TaggedEvent<Known>| after);
    let strict = route(layer(GitHub), handler());
    let lenient = route(layer(GitHub).acknowledge_unknown_events(), handler());

    let refused = send(&strict, github("/", "star", PUSH)).await;
    assert_eq!((refused.status, refused.answered), (StatusCode::UNPROCESSABLE_ENTITY, None));
    assert!(refused.text().contains("no variant for the event: \"star\""), "{}", refused.text());
    let acknowledged = send(&lenient, github("/", "star", PUSH)).await;
    assert_eq!((acknowledged.status, acknowledged.text()), (StatusCode::OK, ""));
    assert_eq!(acknowledged.answered, Some(Answered::UnknownEvent));

    // Nothing else is: a payload that does not fit, a forgery, and what the handler refuses itself.
    let unfit = send(&lenient, github("/", "push", r#"{"after":1}"#)).await;
    assert_eq!((unfit.status, unfit.answered), (StatusCode::UNPROCESSABLE_ENTITY, None));
    let forged = send(
        &lenient,
        with(github("/", "star", PUSH), "x-hub-signature-256", &format!("sha256={}", "0".repeat(64))),
    )
    .await;
    assert_eq!((forged.status, forged.answered), (StatusCode::UNAUTHORIZED, None));
    let refusing = post(async || StatusCode::UNPROCESSABLE_ENTITY);
    let own =
        send(&route(layer(GitHub).acknowledge_unknown_events(), refusing), github("/", "star", PUSH)).await;
    assert_eq!((own.status, own.answered), (StatusCode::UNPROCESSABLE_ENTITY, None));
    assert_eq!(send(&lenient, github("/", "push", PUSH)).await.text(), "0fa0");
}

/// What was acknowledged is not sent again, and is remembered as handled.
#[tokio::test]
async fn an_acknowledged_event_is_settled() {
    #[derive(Deserialize)]
    enum Known {
        Other,
    }
    let replay = || Replay::new(MemoryStore::new(10), "x");
    for (lenient, first, second) in [
        (true, Some(Answered::UnknownEvent), Some(Answered::Repeat)),
        // Released, so that whoever has learnt of the event meanwhile handles the retry.
        (false, None, None),
    ] {
        let verify = layer(Stripe).replay(replay());
        let verify = if lenient { verify.acknowledge_unknown_events() } else { verify };
        let router = route(verify, post(async |TaggedEvent(Known::Other): TaggedEvent<Known>| ()));
        let delivery = || signed(&Stripe, to("/", r#"{"id":"evt_1","type":"invoice.paid"}"#));
        assert_eq!(send(&router, delivery()).await.answered, first);
        assert_eq!(send(&router, delivery()).await.answered, second);
    }
}

/// The documented acknowledgement, for a handler that answers itself.
#[tokio::test]
async fn a_handler_can_answer_as_the_provider_documents_it() {
    let documented = scheme::Answer::json(StatusCode::ACCEPTED, r#"{"status":"accepted"}"#);
    let recipe = Signed::hmac_sha256("acme", Field::header(SIGNATURE))
        .with_answers(Answers::new().acknowledgement(documented));
    let router = route(layer(recipe.clone()), post(async |verified: Verified| verified.acknowledgement()));
    let answer = send(&router, signed(&recipe, to("/", "{}"))).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::ACCEPTED, r#"{"status":"accepted"}"#));
    assert_eq!(answer.headers["content-type"], "application/json");
}
