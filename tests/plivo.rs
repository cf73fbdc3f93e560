//! Plivo's two signatures: what is signed, what is not, and what the nonce is good for.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Handler, ask, provider::Provider};
use http::{Request, header::HeaderValue};
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    providers::{PlivoV2, PlivoV3},
    replay::{MemoryStore, Replay},
    scheme::{Format, Proof},
    time::Timestamp,
};

const URL: &str = "https://example.com/hooks?b=2&a=1";
const TOKEN: &str = "the auth token";
const NOW: i64 = 1_790_000_000;

fn v2() -> Provider<PlivoV2> {
    Provider::new(PlivoV2, TOKEN, NOW, URL)
}

fn post() -> Provider<PlivoV3> {
    Provider::new(PlivoV3::post(), TOKEN, NOW, URL)
}

fn get(url: &'static str) -> Provider<PlivoV3> {
    Provider::new(PlivoV3::get(), TOKEN, NOW, url)
}

fn signed(scheme: &dyn Scheme, mut request: Request<Bytes>) -> Request<Bytes> {
    scheme.sign(&mut request, &scheme.signing_key(TOKEN).unwrap(), Timestamp::from_unix(NOW)).unwrap();
    request
}

fn form(body: &'static str) -> Request<Bytes> {
    Request::post(URL).header("x-plivo-signature-v2-nonce", "12345").body(body.into()).unwrap()
}

#[tokio::test]
async fn version_2_vouches_for_the_url_and_the_nonce_alone() {
    let request = signed(&PlivoV2, form("From=1&Text=a"));
    let delivery = v2().accepts("as signed", request.clone());
    assert_eq!((delivery.proof(), delivery.format()), (Proof::SignedHead, Format::Form));
    assert_eq!((delivery.signed_id(), delivery.trusts_body()), (Some("12345"), false));
    let mut other = request.clone();
    *other.body_mut() = "From=2&Text=b".into();
    assert_eq!(v2().accepts("another body", other).proof(), Proof::SignedHead);
    Provider::new(PlivoV2, TOKEN, NOW, "https://example.com/hooks").accepts("another query", request.clone());

    let elsewhere = Provider::new(PlivoV2, TOKEN, NOW, "https://example.com/other");
    elsewhere.refuses("another path", request.clone(), Kind::SignatureMismatch).await;
    let mut other = request.clone();
    other.headers_mut().insert("x-plivo-signature-v2-nonce", HeaderValue::from_static("12346"));
    v2().refuses("another nonce", other, Kind::SignatureMismatch).await;
    let mut other = request;
    other.headers_mut().remove("x-plivo-signature-v2-nonce");
    v2().refuses("no nonce", other, Kind::MissingHeader).await;
}

/// Without a memory, a nonce is good for ever.
#[tokio::test]
async fn a_nonce_is_good_for_one_request() {
    let layer = v2().layer().replay(Replay::new(MemoryStore::new(10), "calls"));
    let handler = Handler::new();
    let request = signed(&PlivoV2, form("Text=a"));
    let mut forged = request.clone();
    *forged.body_mut() = "Text=b".into();
    for (request, answered) in [(request, 200), (forged, 401)] {
        let answer = ask(layer.layer(handler.clone()), request.map(Full::new)).await;
        assert_eq!(answer.status, answered);
    }
    assert_eq!(handler.calls(), 1);
}

#[tokio::test]
async fn version_3_vouches_for_the_fields() {
    let request = signed(&PlivoV3::post(), form("b=2&a=%c3%a9&b=1&b=1&c"));
    let delivery = post().accepts("as signed", request.clone());
    assert_eq!((delivery.proof(), delivery.format()), (Proof::SignedBody, Format::Form));
    assert_eq!(&delivery.payload()[..], b"a=%C3%A9&b=1&b=1&b=2&c=", "sorted, and nothing lost");
    assert_eq!((delivery.event(), delivery.signed_id().map(str::len)), (None, Some(64)));

    for (what, body, kind) in [
        ("another value", "b=2&a=%c3%a9&b=1&b=1&c=1", Kind::SignatureMismatch),
        ("a field less", "b=2&a=%c3%a9&b=1&c", Kind::SignatureMismatch),
        ("nothing", "", Kind::MalformedBody),
        ("empty fields", "&=&", Kind::MalformedBody),
    ] {
        let mut other = request.clone();
        *other.body_mut() = body.into();
        post().refuses(what, other, kind).await;
    }
    let elsewhere = Provider::new(PlivoV3::post(), TOKEN, NOW, "https://example.com/hooks?a=1&b=3");
    elsewhere.refuses("another query", request.clone(), Kind::SignatureMismatch).await;
    let mut other = request;
    let signature = other.headers()["x-plivo-signature-v3"].to_str().unwrap().to_owned();
    other.headers_mut().insert("x-plivo-signature-v3", HeaderValue::from_static("nonsense"));
    post().refuses("no signature", other.clone(), Kind::MalformedSignature).await;
    let list = HeaderValue::try_from(format!("nonsense, {signature}")).unwrap();
    other.headers_mut().insert("x-plivo-signature-v3", list);
    post().accepts("a list", other);
}

/// The same text can be signed for a form and for a query, so which of the two it is, is configuration.
#[tokio::test]
async fn a_query_does_not_pass_for_a_form() {
    let request =
        signed(&PlivoV3::post(), Request::post("https://example.com/hooks?a=1").body("b=2".into()).unwrap());
    let mut other = request.clone();
    *other.method_mut() = http::Method::GET;
    *other.body_mut() = Bytes::new();
    let of_form = "https://example.com/hooks?a=1.b2";
    get(of_form).accepts("the text is the same", other.clone());
    let handler = Handler::new();
    let answer = ask(post().layer().layer(handler.clone()), other.map(Full::new)).await;
    assert_eq!((answer.status.as_u16(), handler.calls()), (405, 0));

    let request = signed(&PlivoV3::get(), Request::get(URL).body(Bytes::new()).unwrap());
    let delivery = get(URL).accepts("a query", request.clone());
    assert_eq!((&delivery.payload()[..], delivery.proof()), (&b"a=1&b=2"[..], Proof::SignedBody));
    let mut other = request;
    *other.body_mut() = "c=3".into();
    get(URL).refuses("a body", other, Kind::MalformedBody).await;
}
