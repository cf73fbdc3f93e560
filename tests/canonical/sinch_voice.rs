//! Sinch Voice, by the example of its documentation.
use super::{
    common::{Handler, ask, provider::Provider},
    request,
};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    PublicUrl, RejectionKind as Kind, Scheme, VerifySignatureLayer,
    key::{KeyError, Tenants},
    providers::SinchVoice,
    replay::{MemoryStore, Replay},
    scheme::Proof,
    time::Timestamp,
};

const URL: &str = "https://callbacks.yourdomain.com/sinch/callback/ace";
const APPLICATION: &str = "669E367E-6BBA-48AB-AF15-266871C28135";
const SECRET: &str = "669E367E-6BBA-48AB-AF15-266871C28135:BeIukql3pTKJ8RGL5zo0DA==";
const SENT: i64 = 1_411_556_381;
const TIME: &str = "2014-09-24T10:59:41Z";
const BODY: &str = r#"{"event":"ace","callid":"822aa4b7-05b4-4d83-87c7-1f835ee0b6f6_257","timestamp":"2014-09-24T10:59:41Z","version":1}"#;
const SIGNATURE: &str = "Tg6fMyo8mj9pYfWQ9ssbx3Tc1BNC87IEygAfLbJqZb4=";

fn sinch() -> Provider<SinchVoice> {
    at(URL)
}

fn at(url: &'static str) -> Provider<SinchVoice> {
    Provider::new(SinchVoice, SECRET, SENT, url)
}

fn delivery(authorization: &str) -> Request<Bytes> {
    let headers =
        [("content-type", "application/json"), ("x-timestamp", TIME), ("authorization", authorization)];
    request("/any", &headers, BODY)
}

fn signed() -> Request<Bytes> {
    delivery(&format!("application {APPLICATION}:{SIGNATURE}"))
}

fn with(name: &'static str, value: &str) -> Request<Bytes> {
    let mut request = signed();
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[test]
fn what_is_signed_is_marked_so() {
    let found = sinch().accepts("documented", signed());
    assert_eq!((found.proof(), found.signed_event(), found.id()), (Proof::SignedBody, Some("ace"), None));
    assert_eq!((found.tenant(), found.signed_at()), (Some(APPLICATION), Some(Timestamp::from_unix(SENT))));
    for scheme in ["Application", "APPLICATION"] {
        sinch().accepts(scheme, delivery(&format!("{scheme} {APPLICATION}:{SIGNATURE}")));
    }
    // What is signed of a query is not published.
    at("https://callbacks.yourdomain.com/sinch/callback/ace?a=1").accepts("a query", signed());
}

#[tokio::test]
async fn t02_what_is_signed_cannot_be_changed() {
    let mismatch = Kind::SignatureMismatch;
    sinch().refuses("the type", with("content-type", "application/json; charset=utf-8"), mismatch).await;
    sinch().refuses("the time", with("x-timestamp", "2014-09-24T10:59:42Z"), mismatch).await;
    sinch().refuses("the same time", with("x-timestamp", "2014-09-24T10:59:41.0Z"), mismatch).await;
    let mut body = signed();
    *body.body_mut() = BODY.replace("ace", "ice").into();
    sinch().refuses("the body", body, mismatch).await;
    at("https://callbacks.yourdomain.com/sinch/callback").refuses("the path", signed(), mismatch).await;
    let other = Provider::new(SinchVoice, &SECRET.replace("BeI", "BeJ"), SENT, URL);
    other.refuses("the secret", signed(), mismatch).await;
    let mut put = signed();
    *put.method_mut() = Method::PUT;
    assert_eq!(sinch().verify(put).unwrap_err(), Kind::MethodNotAllowed);
}

#[tokio::test]
async fn t37_a_secret_counts_under_its_own_application_key_only() {
    let other = delivery(&format!("application another:{SIGNATURE}"));
    sinch().refuses("another application", other, Kind::TenantMismatch).await;
    let none = delivery(&format!("application :{SIGNATURE}"));
    sinch().refuses("no application", none, Kind::TenantMismatch).await;
}

#[tokio::test]
async fn one_endpoint_serves_several_applications() {
    let key = |text: &str| SinchVoice.key(text).unwrap();
    let tenants = Tenants::new()
        .with(APPLICATION, key(SECRET))
        .with("another", key("another:BeIukql3pTKJ8RGL5zo0DA=="));
    let layer = VerifySignatureLayer::new(SinchVoice, tenants)
        .public_url(PublicUrl::exact(URL))
        .clock(|| Some(Timestamp::from_unix(SENT)));
    for (application, status) in [(APPLICATION, 200), ("another", 200), ("a third", 401)] {
        let request = delivery(&format!("application {application}:{SIGNATURE}")).map(Full::new);
        let answer = ask(layer.layer(Handler::new()), request).await;
        assert_eq!(answer.status.as_u16(), status, "{application}");
    }
}

#[tokio::test]
async fn headers_that_are_wrong_are_refused() {
    for name in ["authorization", "content-type", "x-timestamp"] {
        let mut without = signed();
        without.headers_mut().remove(name);
        sinch().refuses(name, without, Kind::MissingHeader).await;
        let mut twice = signed();
        let value = twice.headers()[name].clone();
        twice.headers_mut().append(name, value);
        sinch().refuses(name, twice, Kind::DuplicateHeader).await;
        sinch().refuses(name, with(name, ""), Kind::MalformedHeader).await;
    }
    for (what, authorization, kind) in [
        ("no scheme", format!("{APPLICATION}:{SIGNATURE}"), Kind::MalformedHeader),
        ("another scheme", format!("service {APPLICATION}:{SIGNATURE}"), Kind::MalformedHeader),
        ("t08: the secret itself", format!("basic {SECRET}"), Kind::MalformedHeader),
        ("no colon", format!("application {SIGNATURE}"), Kind::MalformedHeader),
        ("t01: no signature", format!("application {APPLICATION}:"), Kind::MalformedSignature),
        (
            "t01: a prefix",
            format!("application {APPLICATION}:{}", &SIGNATURE[..40]),
            Kind::MalformedSignature,
        ),
        (
            "without padding",
            format!("application {APPLICATION}:{}", &SIGNATURE[..43]),
            Kind::MalformedSignature,
        ),
        ("two spaces", format!("application  {APPLICATION}:{SIGNATURE}"), Kind::TenantMismatch),
    ] {
        sinch().refuses(what, delivery(&authorization), kind).await;
    }
}

#[tokio::test]
async fn t15_a_time_that_is_wrong_is_refused() {
    for time in [
        "1411556381",
        "2014-09-24",
        "2014-09-24 10:59:41Z",
        "2014-09-24T10:59:41",
        "2014-09-24t10:59:41z",
        "2014-02-30T10:59:41Z",
        "2014-09-24T10:59:60Z",
        "2014-09-24T10:59:41.Z",
        "+2014-09-24T10:59:41Z",
        "Wed, 24 Sep 2014 10:59:41 GMT",
    ] {
        sinch().refuses(time, with("x-timestamp", time), Kind::MalformedTimestamp).await;
    }
}

#[tokio::test]
async fn t14_the_time_is_bounded_in_both_directions() {
    sinch().at(SENT + 300).accepts("as old as may be", signed());
    sinch().at(SENT - 300).accepts("as far ahead as may be", signed());
    sinch().at(SENT + 301).refuses("older", signed(), Kind::StaleTimestamp).await;
    sinch().at(SENT - 301).refuses("further ahead", signed(), Kind::FutureTimestamp).await;
}

/// An empty answer would be taken for one.
#[tokio::test]
async fn a_repeat_is_refused() {
    let handler = Handler::new();
    let service = sinch().layer().replay(Replay::new(MemoryStore::new(100), "calls")).layer(handler.clone());
    assert_eq!(ask(service.clone(), signed().map(Full::new)).await.status, 200);
    assert_eq!(ask(service, signed().map(Full::new)).await.refusal(), (401, Some(Kind::Replayed)));
    assert_eq!(handler.calls(), 1);
}

#[test]
fn signs_as_documented() {
    let sign = |mut request: Request<Bytes>| {
        let key = SinchVoice.signing_key(SECRET).unwrap();
        let signed = SinchVoice.sign(&mut request, &key, Timestamp::from_unix(SENT));
        signed.map(|()| request).map_err(|error| error.to_string())
    };
    let request = sign(request(URL, &[("content-type", "application/json")], BODY)).unwrap();
    assert_eq!(request.headers(), signed().headers());
    let mut without = request;
    without.headers_mut().remove("content-type");
    let error = sign(without).unwrap_err();
    assert_eq!(error, "cannot sign the request: the request lacks `Content-Type`: set it first");
}

#[test]
fn t30_a_secret_has_two_parts_and_decodes() {
    let parts = KeyError::WrongParts { expected: "`application key:application secret`" };
    let undecodable = KeyError::Undecodable { expected: "base64 with its padding" };
    for (text, error) in [
        ("", KeyError::Empty),
        (" ", KeyError::Blank),
        ("a:BeIukql3pTKJ8RGL5zo0DA==\n", KeyError::SurroundingSpace),
        ("BeIukql3pTKJ8RGL5zo0DA==", parts),
        (":BeIukql3pTKJ8RGL5zo0DA==", parts),
        ("a:", parts),
        ("app-key:app-secret", undecodable),
        ("a:BeIukql3pTKJ8RGL5zo0DA", undecodable),
    ] {
        assert_eq!(SinchVoice.key(text).unwrap_err(), error, "{text:?}");
    }
}
