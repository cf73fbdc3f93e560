//! Signatures beside the body.
use super::*;
use tower_webhook::{
    VerifySignatureLayer,
    providers::Fireblocks,
    scheme::Proof,
    schemes::{Jws, JwsAlgorithm, Source},
};

fn scheme() -> Jws {
    Jws::detached("acme", JwsAlgorithm::Es256, SIGNATURE)
        .key_by_id()
        .event(Source::Json("type"))
        .id(Source::Json("id"))
}

fn post(signature: &str, body: &'static str) -> Request<Bytes> {
    Request::post("/").header(SIGNATURE, signature).body(Bytes::from_static(body.as_bytes())).unwrap()
}

#[test]
fn what_another_library_signs() {
    let key = || scheme().key(jose("/keys/p256/public")).unwrap();
    let verified = ask(&scheme(), post(jose("/detached"), jose("/body")), key()).unwrap();
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("invoice.paid"), Some("evt_1")));
    assert_eq!(verified.payload(), jose("/body"));

    let refused = ask(&scheme(), post(jose("/detached"), "{}"), key());
    assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch);
    let other = scheme().key(jose("/keys/p256_other/public")).unwrap();
    let refused = ask(&scheme(), post(jose("/detached"), jose("/body")), other);
    assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn what_is_no_detached_signature() {
    let key = || scheme().key(jose("/keys/p256/public")).unwrap();
    let (header, signature) = jose("/detached").split_once("..").unwrap();
    let payload = base64url(jose("/body"));
    let with_header = |header: &str| format!("{}..{signature}", base64url(header));
    for (wrong, expected) in [
        // The payload is the body, and not what the sender puts in its place.
        (format!("{header}.{payload}.{signature}"), RejectionKind::MalformedToken),
        (format!("{header}.{signature}"), RejectionKind::MalformedToken),
        (format!("{header}...{signature}"), RejectionKind::MalformedToken),
        (format!("..{signature}"), RejectionKind::MalformedToken),
        (format!("{header}.."), RejectionKind::MalformedSignature),
        (format!("{header}..{}", &signature[2..]), RejectionKind::MalformedSignature),
        (with_header(r#"{"alg":"HS256","kid":"key-1"}"#), RejectionKind::UnsupportedAlgorithm),
        (with_header(r#"{"alg":"none","kid":"key-1"}"#), RejectionKind::UnsupportedAlgorithm),
        (with_header(r#"{"alg":"ES256"}"#), RejectionKind::MalformedToken),
        (
            with_header(r#"{"alg":"ES256","kid":"key-1","b64":false,"crit":["b64"]}"#),
            RejectionKind::MalformedToken,
        ),
        (with_header(r#"{"alg":"ES256","kid":"key-1"}"#), RejectionKind::SignatureMismatch),
        (format!("Bearer {}", jose("/detached")), RejectionKind::MalformedToken),
    ] {
        let refused = ask(&scheme(), post(&wrong, jose("/body")), key());
        assert_eq!(refused.unwrap_err(), expected, "{wrong}");
    }
    let without = Request::post("/").body(Bytes::from_static(b"{}")).unwrap();
    assert_eq!(ask(&scheme(), without, key()).unwrap_err(), RejectionKind::MissingHeader);
    let mut twice = post(jose("/detached"), jose("/body"));
    twice.headers_mut().append(SIGNATURE, jose("/detached").parse().unwrap());
    assert_eq!(ask(&scheme(), twice, key()).unwrap_err(), RejectionKind::DuplicateHeader);
}

/// The body is put into base64url as it arrives, whatever its frames.
#[tokio::test]
async fn a_body_in_frames_of_any_size() {
    let key = scheme().key(jose("/keys/p256/public")).unwrap();
    let body = jose("/body").as_bytes();
    for size in 1..=body.len() {
        let layer = VerifySignatureLayer::new(scheme(), key.clone()).clock(|| Some(NOW));
        let service = tower::ServiceBuilder::new().layer(layer).service(common::Handler::new());
        let request = post(jose("/detached"), "").map(|_| common::Frames::of(body, size));
        assert_eq!(common::ask(service, request).await.refusal(), (200, None), "frames of {size}");
    }
}

/// Of several keys, and with one that needs the whole text.
#[test]
fn one_of_several_keys() {
    let scheme = Jws::detached("acme", JwsAlgorithm::Hs512, SIGNATURE);
    let keys = KeySet::from(scheme.key("another").unwrap()).or(scheme.key("secret").unwrap());
    let mut request = post("x", "body\r\n\0");
    scheme.sign(&mut request, &scheme.signing_key("secret").unwrap(), NOW).unwrap();
    assert!(ask(&scheme, request, keys).is_ok());
    #[cfg(feature = "ed25519")]
    {
        let scheme = Jws::detached("acme", JwsAlgorithm::EdDsa, SIGNATURE);
        use tower_webhook::key::{Algorithm, SigningKey};
        let key = SigningKey::private(Algorithm::Ed25519, &[7; 32]).unwrap();
        let mut request = post("x", "body\r\n\0");
        scheme.sign(&mut request, &key, NOW).unwrap();
        assert!(ask(&scheme, request, key.verifying_key()).is_ok());
    }
}

#[test]
fn fireblocks_signs_the_event_and_its_id() {
    let key = Fireblocks.signing_key(jose("/keys/rsa/private")).unwrap().labeled("webhook-key");
    let body = r#"{"id":"n1","eventType":"transaction.created","createdAt":1718000000000}"#;
    let mut request = Request::post("/").body(Bytes::from_static(body.as_bytes())).unwrap();
    Fireblocks.sign(&mut request, &key, NOW).unwrap();
    let verified = ask(&Fireblocks, request, key.verifying_key()).unwrap();
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("transaction.created"), Some("n1")));
    assert_eq!(verified.signed_at(), None);
}
