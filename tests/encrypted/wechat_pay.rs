use super::*;
use common::NOW;
use http::{HeaderName, HeaderValue};
use std::sync::Mutex;
use tower_webhook::{
    key::{Key, KeyLookupError, KeyRef, Secret},
    providers::WeChatPay,
    scheme::Proof,
    schemes::{Field, Part, Signed},
    time::Unit,
};

pub(crate) const PRIVATE: &str = include_str!("private.pem");
pub(crate) const PUBLIC: &str = include_str!("public.pem");
const REFUSAL: &str = r#"{"code":"FAIL","message":"refused"}"#;

pub(crate) fn with_api_key(pem: &str) -> String {
    format!("{pem}a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb")
}

#[test]
fn the_payload_is_the_resource() {
    let vector = vector("wechat-pay-v3/transaction-success");
    let verified = vector.verified(&WeChatPay);
    let resource: Value = serde_json::from_slice(verified.payload()).unwrap();
    assert_eq!(resource["out_trade_no"], "1217752501201407033233368018");
    assert_eq!(verified.body(), vector.request.body());
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!(verified.event(), Some("TRANSACTION.SUCCESS"));
    assert_eq!(verified.signed_id(), Some("EV-2018022511223320873"));
    assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(1_760_000_000)));
}

#[tokio::test]
async fn refusals() {
    every_refusal_is_the_same(Arc::new(WeChatPay), REFUSAL).await;
}

/// What is wrong with it is its resource alone.
#[test]
fn the_signature_over_an_empty_resource_holds() {
    let header = |name| Field::header(HeaderName::from_static(name));
    let vector = vector("wechat-pay-v3/resource-not-encrypted");
    let signature =
        Signed::rsa_sha256("signature", header("wechatpay-signature")).encoding(Encoding::Base64).text([
            Part::Timestamp(header("wechatpay-timestamp"), Unit::Seconds),
            Part::literal("\n"),
            Part::Header(HeaderName::from_static("wechatpay-nonce")),
            Part::literal("\n"),
            Part::Body,
            Part::literal("\n"),
        ]);
    let (public_key, _) = vector.secrets[0].rsplit_once('\n').unwrap();
    let (parts, body) = vector.request.into_parts();
    let keys = signature.key(public_key).unwrap().into();
    assert!(matches!(verify(&signature, &parts, &body, &keys, vector.now), Ok(Verdict::Deliver(_))));
}

#[tokio::test]
async fn the_serial_names_the_key() {
    let Vector { request, secrets, now, .. } = vector("wechat-pay-v3/transaction-success");
    let asked = Arc::new(Mutex::new(Vec::new()));
    let provider = {
        let (asked, key) = (Arc::clone(&asked), WeChatPay.key(&secrets[0]).unwrap());
        move |named: KeyRef| {
            asked.lock().unwrap().push(named);
            let key = key.clone();
            async move { Ok::<KeySet, KeyLookupError>(key.into()) }
        }
    };
    let layer = VerifySignatureLayer::new(WeChatPay, provider).clock(move || Some(now));
    let answer = ask(layer.layer(Handler::new()), request.map(Full::new)).await;
    assert_eq!(answer.refusal(), (200, None));
    assert_eq!(*asked.lock().unwrap(), [KeyRef::Id("PUB_KEY_ID_0114232134912410000000000000".into())]);
}

#[test]
fn keys() {
    let error = |text: &str| key_error(&WeChatPay, text);
    assert!(WeChatPay.key(&with_api_key(PUBLIC)).is_ok());
    assert_eq!(error(""), KeyError::Empty);
    assert_eq!(error("\n"), KeyError::Blank);
    assert!(matches!(error("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"), KeyError::WrongParts { .. }));
    for api_key in ["", "short", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gbx", "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb\n"] {
        let error = error(&format!("{PUBLIC}{api_key}"));
        assert!(matches!(error, KeyError::WrongParts { .. }), "{api_key:?}: {error:?}");
    }
    assert_eq!(error(&format!("{PUBLIC}{}", " ".repeat(32))), KeyError::Blank);
    for wrong in [with_api_key(PRIVATE), with_api_key("not a key\n")] {
        assert!(matches!(error(&wrong), KeyError::Undecodable { .. }));
    }
    assert!(matches!(WeChatPay.signing_key(&with_api_key(PUBLIC)), Err(KeyError::Undecodable { .. })));
    assert!(!format!("{:?}", WeChatPay.key(&with_api_key(PUBLIC))).contains("a7cde1"));

    let key: Key = Secret::pem().key(tower_webhook::key::Algorithm::RsaPkcs1Sha256, PUBLIC).unwrap();
    a_foreign_key_decrypts_nothing(&WeChatPay, &vector("wechat-pay-v3/transaction-success"), key);
}

#[test]
fn what_is_signed_here() {
    let body = r#"{"id":"EV-1","event_type":"REFUND.SUCCESS","resource":{"refund_id":"1"}}"#;
    let mut request = Request::post("/").body(Bytes::from(body)).unwrap();
    let key = WeChatPay.signing_key(&with_api_key(PRIVATE)).unwrap();
    let without_serial = WeChatPay.sign(&mut request.clone(), &key, NOW).unwrap_err();
    assert!(without_serial.to_string().contains("wechatpay-serial"), "{without_serial}");
    request.headers_mut().insert("wechatpay-serial", HeaderValue::from_static("PUB_KEY_ID_1"));
    for wrong in ["", "[]", "{}", "\"resource\""] {
        let mut request = request.clone();
        *request.body_mut() = Bytes::from(wrong);
        assert!(WeChatPay.sign(&mut request, &key, NOW).is_err(), "{wrong}");
    }
    let sign = || signed(&WeChatPay, &request, &with_api_key(PRIVATE), NOW);
    assert_eq!(sign().body(), sign().body(), "nothing is random");
    let verified = read(&WeChatPay, sign(), &with_api_key(PUBLIC), NOW);
    assert_eq!(verified.payload(), r#"{"refund_id":"1"}"#);
    assert_eq!((verified.event(), verified.signed_id()), (Some("REFUND.SUCCESS"), Some("EV-1")));
}
