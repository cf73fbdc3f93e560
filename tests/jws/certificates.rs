//! Tokens that bring their certificates.
use super::*;
use http::StatusCode;
use http_body_util::Full;
use serde_json::json;
use std::sync::{Arc, Mutex};
use tower::ServiceBuilder;
use tower_webhook::{
    VerifySignatureLayer,
    key::{KeyError, KeyLookupError, KeyRef, SigningKey},
    schemes::{Jws, JwsAlgorithm, TokenIn},
};

fn scheme() -> Jws {
    Jws::compact("acme", JwsAlgorithm::Es256, TokenIn::Json("signed")).key_by_certificates()
}

fn post(token: &str) -> Request<Bytes> {
    Request::post("/").body(json!({ "signed": token }).to_string().into()).unwrap()
}

/// The certificates of `tests/jose.json`, in DER.
fn certificates() -> Vec<Vec<u8>> {
    let blocks = jose("/certificates").split("-----END CERTIFICATE-----\n").filter(|block| !block.is_empty());
    let inside = blocks.map(|block| block.replace("-----BEGIN CERTIFICATE-----", "").replace('\n', ""));
    inside.map(|base64| Encoding::Base64.decode(&base64).unwrap()).collect()
}

/// The key provider sees the chain as it was sent, and decides.
#[tokio::test]
async fn the_key_provider_judges_the_chain() {
    for (answer, expected) in
        [(Ok(()), (200, None)), (Err("it ends at another root"), (401, Some(RejectionKind::UntrustedKey)))]
    {
        let seen = Arc::new(Mutex::new(None));
        let keys = {
            let seen = Arc::clone(&seen);
            move |key: KeyRef| {
                *seen.lock().unwrap() = Some(key);
                async move {
                    let key = scheme().key(jose("/keys/p256/public")).unwrap();
                    answer.map(|()| key.into()).map_err(KeyLookupError::untrusted)
                }
            }
        };
        let layer = VerifySignatureLayer::new(scheme(), keys).clock(|| Some(NOW));
        let service = ServiceBuilder::new().layer(layer).service(common::Handler::new());
        let answer = common::ask(service, post(jose("/x5c")).map(Full::new)).await;
        assert_eq!(answer.refusal(), expected);
        let seen = seen.lock().unwrap().take();
        let chain = certificates().into_iter().map(Bytes::from).collect();
        assert_eq!(seen, Some(KeyRef::Chain(chain)));
    }
}

/// Whatever the chain says, the signature is to be that of the key that was found.
#[test]
fn the_key_is_the_leaf_s() {
    let key = |name: &str| scheme().key(jose(&format!("/keys/{name}/public"))).unwrap();
    let verified = ask(&scheme(), post(jose("/x5c")), key("p256")).unwrap();
    assert!(verified.payload().starts_with(b"{\"notificationType\""));
    let refused = ask(&scheme(), post(jose("/x5c")), key("p256_other"));
    assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch);
}

#[tokio::test]
async fn what_is_no_chain() {
    let rest = jose("/x5c").split_once('.').unwrap().1;
    let one = Encoding::Base64.encode(&certificates()[0]);
    let many = vec![&one; 9];
    for x5c in [
        json!(null),
        json!([]),
        json!(["*"]),
        json!([format!("{one}\n")]),
        json!([one, "-----BEGIN CERTIFICATE-----"]),
        json!([one, 7]),
        json!({"0": one}),
        json!(many),
    ] {
        let header = json!({"alg": "ES256", "x5c": x5c}).to_string();
        let token = format!("{}.{rest}", base64url(&header));
        let unasked =
            async |_: KeyRef| -> Result<KeySet, KeyLookupError> { panic!("no key is to be looked up") };
        let layer = VerifySignatureLayer::new(scheme(), unasked).clock(|| Some(NOW));
        let service = ServiceBuilder::new().layer(layer).service(common::Handler::new());
        let answer = common::ask(service, post(&token).map(Full::new)).await;
        assert_eq!(answer.refusal(), (401, Some(RejectionKind::MalformedToken)), "{x5c}");
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let none = format!("{}.{rest}", base64url(r#"{"alg":"ES256"}"#));
    let refused = ask(&scheme(), post(&none), scheme().key(jose("/keys/p256/public")).unwrap());
    assert_eq!(refused.unwrap_err(), RejectionKind::MalformedToken);
}

#[test]
fn a_private_key_with_its_certificates_signs() {
    let bundle = format!("{}{}", jose("/keys/p256/private"), jose("/certificates"));
    let key = scheme().signing_key(&bundle).unwrap();
    let mut request = Request::post("/").body(Bytes::from_static(b"{\"a\":1}")).unwrap();
    scheme().sign(&mut request, &key, NOW).unwrap();
    let (parts, body) = request.into_parts();
    let head = tower_webhook::scheme::verify(&scheme(), &parts, &body, &key.verifying_key().into(), NOW);
    assert!(head.is_ok());
    let token: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let header = token["signed"].as_str().unwrap().split('.').next().unwrap();
    let header: serde_json::Value =
        serde_json::from_slice(&Encoding::Base64Url.decode(header).unwrap()).unwrap();
    let sent: Vec<String> = certificates().iter().map(|der| Encoding::Base64.encode(der)).collect();
    assert_eq!(header, json!({"alg": "ES256", "x5c": sent}));
}

#[test]
fn what_is_no_private_key_with_certificates() {
    let (private, certificates) = (jose("/keys/p256/private"), jose("/certificates"));
    let (first, _) = certificates.split_once("-----END").unwrap();
    for (wrong, expected) in [
        (String::new(), KeyError::Empty),
        ("key".to_owned(), PARTS),
        (private.to_owned(), PARTS),
        (certificates.to_owned(), PARTS),
    ] {
        assert_eq!(scheme().signing_key(&wrong).err(), Some(expected), "{wrong}");
    }
    for wrong in [
        format!("{private}{first}"),
        format!("{private}{certificates}{private}"),
        format!("{certificates}{private}{certificates}"),
        format!("{}{certificates}", jose("/keys/rsa/private")),
    ] {
        let error = scheme().signing_key(&wrong).err();
        assert!(matches!(error, Some(KeyError::Undecodable { .. })), "{error:?} of {wrong}");
    }
    // A key without certificates cannot sign for such a scheme.
    let bare = SigningKey::from_pem(JwsAlgorithm::Es256.algorithm(), private).unwrap();
    let mut request = Request::post("/").body(Bytes::new()).unwrap();
    let error = scheme().sign(&mut request, &bare, NOW).unwrap_err();
    assert_eq!(error.to_string(), "cannot sign the request: the signing key has no certificates behind it");
}

const PARTS: KeyError =
    KeyError::WrongParts { expected: "a private key in PEM, with its certificates behind it" };
