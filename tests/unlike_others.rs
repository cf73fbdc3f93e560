//! Providers that do one thing unlike all others, as far as their vectors do not show it: tokens in the body, pings that
//! are not signed, borders that are not signed.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Handler, ask, provider::Provider};
use http::{HeaderName, Request};
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    providers::{Auth0, Figma, GoCardless, Grafana, Klaviyo, Options, WooCommerce, by_name},
    scheme::Proof,
    schemes::Token,
    time::Timestamp,
};

const URL: &str = "https://example.com/hooks";
const NOW: i64 = 1_790_000_000;

fn post(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::post(URL);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

fn signed(scheme: &dyn Scheme, secret: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), Timestamp::from_unix(NOW)).unwrap();
    request
}

#[tokio::test]
async fn a_token_in_the_body() {
    let token = Token::body_key("acme", "token");
    let acme = Provider::new(token.clone(), "secret", NOW, URL);
    let delivery = acme.accepts("as presented", signed(&token, "secret", post(&[], r#"{"a":1}"#)));
    assert_eq!(delivery.proof(), Proof::SharedToken);
    for (what, body, kind) in [
        ("another", r#"{"token":"Secret"}"#, Kind::SignatureMismatch),
        ("none", r#"{"a":1}"#, Kind::MalformedBody),
        ("an empty one", r#"{"token":""}"#, Kind::MalformedBody),
        ("a number", r#"{"token":1}"#, Kind::MalformedBody),
        ("not at the top", r#"{"a":{"token":"secret"}}"#, Kind::MalformedBody),
        ("t37: twice", r#"{"token":"no","token":"secret"}"#, Kind::MalformedBody),
        ("no JSON", "token=secret", Kind::MalformedBody),
        ("nothing", "", Kind::MalformedBody),
    ] {
        acme.refuses(what, post(&[("token", "secret")], body), kind).await;
    }
    let key = token.signing_key("secret").unwrap();
    for body in ["[]", "", r#"{"token":"x"}"#] {
        assert!(token.sign(&mut post(&[], body), &key, Timestamp::from_unix(NOW)).is_err(), "{body:?}");
    }
}

/// The refusals that a provider's document asks for.
#[tokio::test]
async fn refused_as_documented() {
    let figma = Provider::new(Figma, "passcode", NOW, URL);
    let gocardless = Provider::new(GoCardless, "secret", NOW, URL);
    let wrong = post(&[("webhook-signature", &"00".repeat(32))], r#"{"passcode":"wrong"}"#);
    let handler = Handler::new();
    let answer = ask(figma.layer().layer(handler.clone()), wrong.clone().map(Full::new)).await;
    assert_eq!(answer.status.as_u16(), 400);
    let answer = ask(gocardless.layer().layer(handler.clone()), wrong.map(Full::new)).await;
    assert_eq!(answer.status.as_u16(), 498);
    assert_eq!(handler.calls(), 0);
    let ping = post(&[], r#"{"event_type":"PING","passcode":"passcode"}"#);
    let delivery = figma.accepts("a ping", ping);
    assert_eq!((delivery.event(), delivery.signed_event()), (Some("PING"), None));
}

#[tokio::test]
async fn auth0_takes_a_token_as_it_was_typed() {
    let bearer = post(&[("authorization", "Bearer typed")], r#"{"type":"user.created"}"#);
    let typed = post(&[("authorization", "typed")], "{}\n{}\n");
    let events = Provider::new(Auth0::event_stream(), "typed", NOW, URL);
    assert_eq!(events.accepts("bearer", bearer.clone()).event(), Some("user.created"));
    events.refuses("no bearer", typed.clone(), Kind::MalformedHeader).await;
    let logs = Provider::new(Auth0::log_stream(), "typed", NOW, URL);
    assert_eq!(logs.accepts("as typed", typed).event(), None);
    logs.refuses("bearer", bearer.clone(), Kind::SignatureMismatch).await;
    Provider::new(Auth0::log_stream(), "Bearer typed", NOW, URL).accepts("with the word", bearer);
}

/// A contact point with a timestamp does not take what one without would.
#[tokio::test]
async fn grafana_signs_the_time_where_it_is_told_to() {
    let header = HeaderName::from_static("x-time");
    let (with, without) = (Grafana::with_timestamp(header.clone()), Grafana::without_timestamp());
    let body = r#"{"status":"firing"}"#;
    let (timed, bare) = (signed(&with, "s", post(&[], body)), signed(&without, "s", post(&[], body)));
    let with = Provider::new(with, "s", NOW + 300, URL);
    let without = Provider::new(without, "s", NOW, URL);
    let delivery = with.accepts("timed", timed.clone());
    assert_eq!(delivery.signed_at(), Some(Timestamp::from_unix(NOW)));
    assert_eq!(without.accepts("bare", bare.clone()).signed_event(), Some("firing"));
    with.at(NOW + 301).refuses("stale", timed.clone(), Kind::StaleTimestamp).await;
    without.refuses("timed", timed, Kind::SignatureMismatch).await;
    let with = Provider::new(Grafana::with_timestamp(header), "s", NOW, URL);
    with.refuses("bare", bare, Kind::MissingHeader).await;

    let grafana = by_name("grafana").unwrap();
    for (name, value, is_taken) in [
        ("timestamp_header", "X-Time", true),
        ("timestamp_header", "", false),
        ("signature_header", "a b", false),
    ] {
        let options: Options = [(name, value)].into_iter().collect();
        assert_eq!(grafana.scheme(&options).is_ok(), is_taken, "{name}: {value:?}");
    }
}

/// What is not signed is answered, and never handled.
#[tokio::test]
async fn woocommerces_ping() {
    let endpoint = Provider::new(WooCommerce, "secret", NOW, URL);
    let handler = Handler::new();
    let answer =
        ask(endpoint.layer().layer(handler.clone()), post(&[], "webhook_id=42").map(Full::new)).await;
    assert_eq!((answer.status.as_u16(), answer.body.len(), handler.calls()), (200, 0, 0));
    for body in
        ["", "{}", "webhook_id=", "webhook_id=x", "webhook_id=1&webhook_id=2", "webhook_id=1&a=b", "id=1"]
    {
        endpoint.refuses(body, post(&[], body), Kind::MissingHeader).await;
    }
    endpoint
        .refuses(
            "signed",
            post(&[("x-wc-webhook-signature", "AAAA")], "webhook_id=42"),
            Kind::MalformedSignature,
        )
        .await;
    let headers = [("x-wc-webhook-topic", "order.created"), ("x-wc-webhook-delivery-id", "d1")];
    let delivery = endpoint.accepts("an order", signed(&WooCommerce, "secret", post(&headers, "{}")));
    assert_eq!((delivery.event(), delivery.signed_event()), (Some("order.created"), None));
    assert_eq!((delivery.id(), delivery.signed_id()), (Some("d1"), None));
}

/// The border between Klaviyo's body and date is not signed, so a body that is no JSON is refused.
#[tokio::test]
async fn klaviyos_time_is_the_bodys() {
    let body = r#"{"meta":{"timestamp":"2026-09-21T14:13:20.101159+00:00"},"data":[]}"#;
    let date = "Mon, 21 Sep 2026 14:13:20 GMT";
    let request = signed(&Klaviyo, "a secret of the webhook", post(&[("klaviyo-timestamp", date)], body));
    let endpoint = Provider::new(Klaviyo, "a secret of the webhook", NOW, URL);
    let delivery = endpoint.accepts("as signed", request.clone());
    assert_eq!(delivery.signed_at(), Some(Timestamp::from_unix_millis(NOW * 1000 + 101)));

    let mut moved = request.clone();
    *moved.body_mut() = format!("{body}Mon,").into();
    moved.headers_mut().insert("klaviyo-timestamp", "21".parse().unwrap());
    endpoint.refuses("a date that is shorter", moved, Kind::SignatureMismatch).await;
    let mut moved = request.clone();
    *moved.body_mut() = format!("{body}M").into();
    moved.headers_mut().insert("klaviyo-timestamp", date[1..].parse().unwrap());
    endpoint.refuses("a letter moved into the body", moved, Kind::MalformedBody).await;

    let stale = Provider::new(Klaviyo, "a secret of the webhook", NOW + 301, URL);
    stale.refuses("stale", request, Kind::StaleTimestamp).await;
    let bad = body.replace("2026-09", "2026-13");
    let bad = signed(&Klaviyo, "a secret of the webhook", post(&[("klaviyo-timestamp", date)], bad));
    endpoint.refuses("no time", bad, Kind::MalformedTimestamp).await;
}
