//! PayPal.
use crate::{NOW, PUBLIC, ask, ask_with, refused, seconds, signed};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use tower_webhook::{
    RejectionKind, Scheme,
    event::EventErrorKind,
    providers::PayPal,
    scheme::{Proof, Verdict, Verifier},
};

const BODY: &str = r#"{"event_type":"PAYMENT.SALE.COMPLETED","resource":{"amount":"20.00"}}"#;
/// Has the same CRC-32, and was found in a second.
const FORGED: &str = r#"{"event_type":"PAYMENT.SALE.COMPLETED","resource":{"amount":"90.00"},"x":"GVSbJy"}"#;
const CERTIFICATE: &str = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-a5cafa77";

const SIGNED_HEADERS: [&str; 5] = [
    "paypal-transmission-id",
    "paypal-transmission-time",
    "paypal-transmission-sig",
    "paypal-cert-url",
    "paypal-auth-algo",
];

pub(crate) fn paypal() -> PayPal {
    PayPal::live("4JH86294D6297924G")
}

pub(crate) fn unsigned(body: &'static str) -> Request<Bytes> {
    Request::post("/paypal")
        .header("paypal-transmission-id", "dfb3be50-fd74-11e4-8bf3-77339302725b")
        .header("paypal-cert-url", CERTIFICATE)
        .body(Bytes::from_static(body.as_bytes()))
        .unwrap()
}

pub(crate) fn delivery() -> Request<Bytes> {
    signed(&paypal(), unsigned(BODY))
}

fn with(name: &'static str, value: &str) -> Request<Bytes> {
    let mut request = delivery();
    request.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    request
}

fn with_body(body: &'static str) -> Request<Bytes> {
    delivery().map(|_| Bytes::from_static(body.as_bytes()))
}

#[tokio::test]
async fn a_delivery() {
    let verified = ask(paypal(), delivery()).await.unwrap();
    assert_eq!(verified.proof(), Proof::SignedHead);
    assert_eq!((verified.event(), verified.signed_event()), (Some("PAYMENT.SALE.COMPLETED"), None));
    assert_eq!(verified.signed_id(), Some("dfb3be50-fd74-11e4-8bf3-77339302725b"));
    assert_eq!(verified.signed_at(), Some(NOW));
    assert!(!verified.trusts_body());
    assert_eq!(verified.parse::<Value>().unwrap_err().kind(), EventErrorKind::BodyNotCovered);
}

/// Whoever means to trust a checksum must say so.
#[test]
fn typed_events_need_an_option() {
    let (parts, body) = delivery().into_parts();
    let keys = paypal().key(PUBLIC).unwrap().into();
    let verifier = Verifier::new().insecure_accept_uncovered_body();
    let Verdict::Deliver(verified) = verifier.verify(&paypal(), &parts, &body, &keys, NOW).unwrap() else {
        panic!("no handshake")
    };
    assert_eq!(verified.parse::<Value>().unwrap()["resource"]["amount"], "20.00");
}

/// It keeps accidents out, and nobody else: this is why the proof says that the body is not signed.
#[tokio::test]
async fn a_checksum_is_no_protection() {
    refused(ask(paypal(), with_body(r#"{"event_type":"x"}"#)).await, RejectionKind::SignatureMismatch);
    refused(ask(paypal(), with_body("")).await, RejectionKind::SignatureMismatch);
    let forged = ask(paypal(), with_body(FORGED)).await.unwrap();
    assert_eq!(forged.proof(), Proof::SignedHead);
    let genuine = ask(paypal(), delivery()).await.unwrap();
    assert_eq!(forged.idempotency_key(), genuine.idempotency_key(), "to a replay memory it is a repeat");
}

#[tokio::test]
async fn headers_that_are_missing_or_doubled() {
    for name in SIGNED_HEADERS {
        let mut missing = delivery();
        missing.headers_mut().remove(name);
        let verdict = ask(paypal(), missing).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MissingHeader), "{name}");
        let mut doubled = delivery();
        let value = doubled.headers()[name].clone();
        doubled.headers_mut().append(name, value);
        let verdict = ask(paypal(), doubled).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::DuplicateHeader), "{name}");
        let verdict = ask(paypal(), with(name, "")).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedHeader), "{name}");
    }
}

#[tokio::test]
async fn what_is_signed() {
    let id = with("paypal-transmission-id", "dfb3be50-fd74-11e4-8bf3-77339302725c");
    refused(ask(paypal(), id).await, RejectionKind::SignatureMismatch);
    let time = with("paypal-transmission-time", "2025-10-09T08:53:21Z");
    refused(ask(paypal(), time).await, RejectionKind::SignatureMismatch);
    let same_time = with("paypal-transmission-time", "2025-10-09T08:53:20+00:00");
    refused(ask(paypal(), same_time).await, RejectionKind::SignatureMismatch);
    for other in ["4JH86294D6297924H", "", "WEBHOOK_ID"] {
        refused(ask(PayPal::live(other), delivery()).await, RejectionKind::SignatureMismatch);
    }
    refused(ask(paypal(), with("paypal-transmission-sig", "AAAA")).await, RejectionKind::SignatureMismatch);
    refused(ask(paypal(), with("paypal-transmission-sig", "!")).await, RejectionKind::MalformedSignature);
    let other = paypal().key(crate::OTHER_PUBLIC).unwrap();
    refused(ask_with(paypal(), other, NOW, delivery()).await, RejectionKind::SignatureMismatch);
}

#[tokio::test]
async fn the_algorithm_is_not_the_senders_to_choose() {
    for other in ["SHA1withRSA", "sha256withrsa", "SHA256withECDSA", "none"] {
        let verdict = ask(paypal(), with("paypal-auth-algo", other)).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::UnsupportedAlgorithm), "{other}");
    }
}

#[tokio::test]
async fn t09_certificates_from_elsewhere() {
    for url in [
        "http://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://evilapi.paypal.com/v1/notifications/certs/CERT-1",
        "https://api-paypal.com/v1/notifications/certs/CERT-1",
        "https://evil.paypal.com/v1/notifications/certs/CERT-1",
        "https://user@api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://api.paypal.com:443/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1?x=1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1#x",
        "https://api.paypal.com/v1/notifications/certs/../../x",
        "https://api.paypal.com/v1/notifications/webhooks/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "CERT-1",
    ] {
        let verdict = ask(paypal(), with("paypal-cert-url", url)).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::UntrustedKey), "{url}");
    }
    // The sandbox signs for anybody's webhooks there.
    refused(ask(PayPal::sandbox("4JH86294D6297924G"), delivery()).await, RejectionKind::UntrustedKey);
    let sandbox = CERTIFICATE.replace("api.", "api.sandbox.");
    assert!(ask(PayPal::sandbox("4JH86294D6297924G"), with("paypal-cert-url", &sandbox)).await.is_ok());
}

#[tokio::test]
async fn times() {
    let at = async |now| ask_with(paypal(), paypal().key(PUBLIC).unwrap(), seconds(now), delivery()).await;
    assert!(at(300).await.is_ok());
    assert!(at(-300).await.is_ok());
    refused(at(301).await, RejectionKind::StaleTimestamp);
    refused(at(-301).await, RejectionKind::FutureTimestamp);
    for wrong in ["1760000000", "2025-10-09", "2025-10-09 08:53:20Z", "x"] {
        let verdict = ask(paypal(), with("paypal-transmission-time", wrong)).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedTimestamp), "{wrong}");
    }
}

#[tokio::test]
async fn bodies() {
    let twice = signed(&paypal(), unsigned(r#"{"event_type":"a","event_type":"b"}"#));
    refused(ask(paypal(), twice).await, RejectionKind::MalformedBody);
    let unnamed = signed(&paypal(), unsigned("not JSON"));
    assert_eq!(ask(paypal(), unnamed).await.unwrap().event(), None);
}

#[test]
fn what_cannot_be_signed() {
    let key = paypal().signing_key(crate::PRIVATE).unwrap();
    for name in ["paypal-transmission-id", "paypal-cert-url"] {
        let mut request = unsigned(BODY);
        request.headers_mut().remove(name);
        assert!(paypal().sign(&mut request, &key, NOW).is_err(), "without {name}");
    }
}
