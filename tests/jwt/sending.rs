//! What signs, so that handlers can be tested; and deliveries that come twice.
use super::*;
use http_body_util::Full;
use serde_json::json;
use tower::ServiceBuilder;
use tower_webhook::{
    Answered, VerifySignatureLayer,
    replay::{MemoryStore, Replay},
    schemes::{JwsAlgorithm, Source},
};

fn signed(scheme: &Jwt, key: &SigningKey) -> Request<Bytes> {
    let mut request = Request::post("/hook?a=1").body(Bytes::from_static(BODY.as_bytes())).unwrap();
    scheme.sign(&mut request, key, NOW).unwrap();
    request
}

fn full(place: TokenIn) -> Jwt {
    Jwt::hs256("acme", place)
        .issuer("acme")
        .audience("us")
        .claim("email", "a@b")
        .flag("email_verified")
        .expires()
        .issued_at_signing()
        .id_is_jti()
        .event(Source::Json("type"))
}

#[test]
fn what_it_signs_it_accepts() {
    for place in [
        TokenIn::Header(TOKEN),
        TokenIn::bearer(),
        TokenIn::Query("token"),
        TokenIn::Body,
        TokenIn::Json("token"),
        TokenIn::Json("/event/token"),
    ] {
        let scheme = full(place.clone());
        let key = scheme.signing_key(SECRET).unwrap();
        let verified = ask(&scheme, signed(&scheme, &key), key.verifying_key());
        assert_eq!(verified.unwrap().event(), Some("invoice.paid"), "{place:?}");
    }
    let scheme = full(TokenIn::Header(TOKEN)).body_digest("hash", Digest::Sha512, Encoding::Base64Url);
    let key = scheme.signing_key(SECRET).unwrap();
    assert!(ask(&scheme, signed(&scheme, &key), key.verifying_key()).is_ok());
}

#[test]
fn the_key_is_named_by_its_label() {
    let scheme = Jwt::es256("acme", TokenIn::Header(TOKEN)).key_by_id();
    let key = scheme.signing_key(jose("/keys/p256/private")).unwrap().labeled("key-1");
    let request = signed(&scheme, &key);
    let token = request.headers()[TOKEN].to_str().unwrap();
    let header = Encoding::Base64Url.decode(token.split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({"alg": "ES256", "kid": "key-1"}));
    assert!(ask(&scheme, request.clone(), scheme.key(jose("/keys/p256/public")).unwrap()).is_ok());
    let other = scheme.key(jose("/keys/p256_other/public")).unwrap();
    assert_eq!(ask(&scheme, request, other).unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn what_cannot_be_signed() {
    let cannot = |scheme: &Jwt, key: &SigningKey, body: &'static [u8]| {
        let mut request = Request::post("/").body(Bytes::from_static(body)).unwrap();
        scheme.sign(&mut request, key, NOW).unwrap_err().to_string()
    };
    let key = || in_header().signing_key(SECRET).unwrap();
    let nameless = cannot(&in_header().key_by_id(), &key(), b"{}");
    assert_eq!(nameless, "cannot sign the request: the signing key has no label, which is its id");
    let no_object = cannot(&Jwt::hs256("acme", TokenIn::Body), &key(), b"[]");
    assert!(no_object.ends_with("is to become the token's claims, and is no JSON object"), "{no_object}");
    let no_text = cannot(&Jwt::hs256("acme", TokenIn::Body).payload_claim("data"), &key(), b"\xff");
    assert!(no_text.ends_with("is to become one of the token's claims, and is no text"), "{no_text}");
    let other = cannot(&Jwt::by("acme", JwsAlgorithm::Hs512, TokenIn::Header(TOKEN)), &key(), b"{}");
    assert_eq!(other, "cannot sign the request: the key is for another algorithm");
}

#[tokio::test]
async fn a_delivery_that_comes_twice() {
    for (scheme, claims, others) in [
        (in_header().id_is_jti(), r#"{"jti":"a"}"#, [r#"{"jti":"b"}"#, r#"{"jti":"a","x":1}"#]),
        (
            in_header().issued_at_signing(),
            r#"{"iat":1718000000}"#,
            [r#"{"iat":1718000001}"#, r#"{"iat":1718000000}"#],
        ),
    ] {
        let store = Replay::new(MemoryStore::new(100), "acme");
        let layer = VerifySignatureLayer::new(scheme.clone(), scheme.key(SECRET).unwrap())
            .clock(|| Some(NOW))
            .replay(store);
        let handler = common::Handler::new();
        let service = ServiceBuilder::new().layer(layer).service(handler.clone());
        let send = async |claims: &str| {
            common::ask(service.clone(), post(&token(HS256, claims)).map(Full::new)).await.answered
        };
        assert_eq!(send(claims).await, None);
        assert_eq!(send(others[0]).await, None, "another delivery");
        assert_eq!(send(others[1]).await, Some(Answered::Repeat), "the same one");
        assert_eq!(handler.calls(), 2);
    }
}
