//! Paddle Classic. This crate does not sign with SHA-1, so that what is right is a delivery of Paddle's.
use crate::{NOW, PRIVATE, ask_with, refused};
use bytes::Bytes;
use http::Request;
use serde_json::Value;
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, SigningKey},
    providers::PaddleClassic,
    scheme::{CannotSign, Format, Proof},
};

const VECTORS: &str = include_str!("../vectors/paddle-classic.json");

/// A delivery of Paddle's simulator, and the key that it was signed with.
pub(crate) fn delivery_and_key() -> (String, String) {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let vector = &file["vectors"][0];
    assert_eq!(vector["id"], "paddle-classic/new_payout");
    let form = Encoding::Base64.decode(vector["body_base64"].as_str().unwrap()).unwrap();
    (String::from_utf8(form).unwrap(), vector["secrets"][0].as_str().unwrap().to_owned())
}

fn delivery() -> (String, Key) {
    let (form, key) = delivery_and_key();
    (form, PaddleClassic.key(&key).unwrap())
}

fn post(form: String) -> Request<Bytes> {
    Request::post("/paddle").body(form.into()).unwrap()
}

async fn kind(form: String) -> RejectionKind {
    let (status, kind) = ask_with(PaddleClassic, delivery().1, NOW, post(form)).await.unwrap_err();
    assert_eq!(status, 401);
    kind
}

#[tokio::test]
async fn an_alert() {
    let (form, key) = delivery();
    let verified = ask_with(PaddleClassic, key, NOW, post(form)).await.unwrap();
    assert_eq!((verified.proof(), verified.format()), (Proof::SignedBody, Format::Form));
    assert_eq!(verified.signed_event(), Some("transfer_created"));
    assert_eq!(verified.signed_id(), Some("1014510848"));
    assert_eq!(verified.signed_at(), None);
    assert_eq!(
        verified.payload(),
        "alert_id=1014510848&alert_name=transfer_created&amount=695.94&currency=EUR\
         &event_time=2020-05-21+00%3A12%3A47&payout_id=2&status=unpaid"
    );
}

#[tokio::test]
async fn every_field_is_signed() {
    let (form, _) = delivery();
    for (was, is) in [
        ("alert_id=1014510848", "alert_id=1014510849"),
        ("alert_name=transfer_created", "alert_name=transfer_paid"),
        ("amount=695.94", "amount=6959.4"),
        ("amount=695.94", "amount="),
        ("&amount=695.94", ""),
        ("&status=unpaid", "&status=unpaid&x="),
        ("&status=unpaid", "&status=unpaid&x=1"),
        ("currency=EUR", "currency=%EUR"),
        ("currency=EUR", "Currency=EUR"),
        // Where a border would go if the lengths were not signed.
        ("currency=EUR", "currency=E%22;UR"),
    ] {
        assert!(form.contains(was), "{was}");
        assert_eq!(kind(form.replacen(was, is, 1)).await, RejectionKind::SignatureMismatch, "{was} -> {is}");
    }
}

#[tokio::test]
async fn spellings() {
    let (form, key) = delivery();
    let payload =
        ask_with(PaddleClassic, key.clone(), NOW, post(form.clone())).await.unwrap().payload().clone();
    let mut reversed: Vec<&str> = form.split('&').collect();
    reversed.reverse();
    for other in
        [reversed.join("&"), form.replace("2020-05-21+", "2020-05-21%20"), form.replace("%3A", "%3a")]
    {
        let verified = ask_with(PaddleClassic, key.clone(), NOW, post(other.clone())).await.unwrap();
        assert_eq!(verified.payload(), &payload, "{other}");
    }
}

#[tokio::test]
async fn fields_that_decide() {
    let (form, _) = delivery();
    for name in ["p_signature", "amount", "x", "p%5fsignature"] {
        assert_eq!(kind(format!("{form}&{name}=1&{name}=1")).await, RejectionKind::MalformedBody, "{name}");
    }
    let (before, signature) = form.split_once("&p_signature=").unwrap();
    assert_eq!(kind(before.to_owned()).await, RejectionKind::MalformedBody, "no `p_signature`");
    assert_eq!(kind(String::new()).await, RejectionKind::MalformedBody);
    for wrong in ["", "!", "AAA"] {
        let form = format!("{before}&p_signature={wrong}");
        assert_eq!(kind(form).await, RejectionKind::MalformedSignature, "{wrong}");
    }
    assert_eq!(kind(format!("{before}&p_signature=AAAA")).await, RejectionKind::SignatureMismatch);
    let unescaped = signature.replace("%2B", "+");
    assert_eq!(kind(format!("{before}&p_signature={unescaped}")).await, RejectionKind::MalformedSignature);
}

#[tokio::test]
async fn another_key() {
    let other = PaddleClassic.key(crate::PUBLIC).unwrap();
    let verdict = ask_with(PaddleClassic, other, NOW, post(delivery().0)).await;
    refused(verdict, RejectionKind::SignatureMismatch);
    // The key itself, for an algorithm that the scheme does not use.
    let (_, pem) = delivery_and_key();
    let sha256 = Key::from_pem(Algorithm::RsaPkcs1Sha256, &pem).unwrap();
    let verdict = ask_with(PaddleClassic, sha256, NOW, post(delivery().0)).await;
    refused(verdict, RejectionKind::SignatureMismatch);
}

#[test]
fn sha1_is_never_signed() {
    let key = SigningKey::from_pem(Algorithm::RsaPkcs1Sha256, PRIVATE).unwrap();
    let error: CannotSign = PaddleClassic.sign(&mut post("a=1".into()), &key, NOW).unwrap_err();
    assert!(error.to_string().contains("SHA-1"), "{error}");
    let refused = SigningKey::from_pem(Algorithm::RsaPkcs1Sha1, PRIVATE);
    assert!(matches!(refused, Err(KeyError::Undecodable { .. })));
}
