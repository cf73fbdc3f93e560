//! What the vectors of the providers do not show.
use super::*;
use http::header::AUTHORIZATION;
use http_body_util::Full;
use serde::Deserialize;
use serde_json::json;
use tower_webhook::{
    Answered, VerifySignatureLayer,
    providers::{GoogleChat, GooglePubSub, LiveKit, Monday, Plaid, Vonage, Wix, WixEvent},
    scheme::Proof,
};

/// `body`, signed with this private key or secret by the scheme itself.
fn signed(scheme: &dyn Scheme, secret: &str, body: impl Into<Bytes>) -> (Request<Bytes>, Key) {
    let key = scheme.signing_key(secret).unwrap().labeled("key-1");
    let mut request = Request::post("/hook").body(body.into()).unwrap();
    scheme.sign(&mut request, &key, NOW).unwrap();
    (request, key.verifying_key())
}

fn rsa() -> &'static str {
    jose("/keys/rsa/private")
}

/// A token of these claims in `Authorization`, behind `before`.
fn authorized(before: &str, claims: &serde_json::Value) -> Request<Bytes> {
    let mut request = post("x");
    let value = format!("{before}{}", token(HS256, &claims.to_string()));
    request.headers_mut().insert(AUTHORIZATION, value.parse().unwrap());
    request
}

#[test]
fn plaid_names_its_events_by_two_words() {
    let event = |body: &str| {
        let (request, key) = signed(&Plaid, jose("/keys/p256/private"), body.to_owned());
        ask(&Plaid, request, key).map(|verified| verified.signed_event().map(str::to_owned))
    };
    let body = r#"{"webhook_type":"ITEM","webhook_code":"ERROR"}"#;
    assert_eq!(event(body), Ok(Some("ITEM.ERROR".to_owned())));
    assert_eq!(event(r#"{"webhook_code":"ERROR"}"#), Ok(None));
    let twice = r#"{"webhook_type":"ITEM","webhook_code":"ERROR","webhook_code":"FINE"}"#;
    assert_eq!(event(twice), Err(RejectionKind::MalformedBody));
}

#[test]
fn livekit_is_one_api_key_s() {
    let scheme = LiveKit::new("devkey");
    let key = || scheme.key(SECRET).unwrap();
    let claims = json!({"iss": "devkey", "exp": 1_718_000_300, "sha256": body_digest(Encoding::Base64)});
    assert!(ask(&scheme, authorized("", &claims), key()).is_ok());
    let bearer = ask(&scheme, authorized("Bearer ", &claims), key());
    assert_eq!(bearer.unwrap_err(), RejectionKind::MalformedToken);
    for (name, value, expected) in [
        ("iss", json!("otherkey"), RejectionKind::NotForUs),
        ("sha256", json!(body_digest(Encoding::Hex)), RejectionKind::MalformedDigest),
        ("sha256", json!(null), RejectionKind::MalformedToken),
        ("exp", json!(1_717_999_989), RejectionKind::Expired),
        ("nbf", json!(1_718_000_011), RejectionKind::NotYetValid),
    ] {
        let mut claims = claims.clone();
        claims[name] = value;
        assert_eq!(ask(&scheme, authorized("", &claims), key()).unwrap_err(), expected, "{name}");
    }
}

#[test]
fn vonage_does_not_always_cover_the_body() {
    let key = || Vonage.key(SECRET).unwrap();
    let claims = json!({"iss": "Vonage", "iat": 1_718_000_000, "jti": "a"});
    let verified = ask(&Vonage, authorized("Bearer ", &claims), key()).unwrap();
    assert_eq!((verified.proof(), verified.signed_id()), (Proof::SignedHead, Some("a")));
    assert!(!verified.trusts_body());
    for (name, value, expected) in [
        ("iss", json!("Online JWT Builder"), RejectionKind::NotForUs),
        ("iat", json!(1_717_999_699), RejectionKind::StaleTimestamp),
        ("jti", json!(null), RejectionKind::MalformedToken),
        ("payload_hash", json!("00"), RejectionKind::MalformedDigest),
        ("payload_hash", json!(body_digest(Encoding::Base64)), RejectionKind::MalformedDigest),
    ] {
        let mut claims = claims.clone();
        claims[name] = value;
        assert_eq!(ask(&Vonage, authorized("Bearer ", &claims), key()).unwrap_err(), expected, "{name}");
    }
}

#[tokio::test]
async fn monday_asks_before_it_sends() {
    const URL: &str = "https://example.com/hook";
    let handler = common::Handler::new();
    let scheme = Monday::at(URL);
    let layer = VerifySignatureLayer::new(scheme.clone(), scheme.key(SECRET).unwrap()).clock(|| Some(NOW));
    let service = tower::ServiceBuilder::new().layer(layer).service(handler.clone());
    let send = async |request: Request<Bytes>| common::ask(service.clone(), request.map(Full::new)).await;
    let plain = |body: &str| Request::post("/hook").body(Bytes::copy_from_slice(body.as_bytes())).unwrap();

    // The vector of the handshake; and one that comes with a token.
    let challenge = r#"{"challenge":"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYS8P"}"#;
    let claims = json!({"aud": URL, "exp": 1_718_000_300});
    let mut with_token = authorized("", &claims);
    *with_token.body_mut() = Bytes::from_static(challenge.as_bytes());
    for request in [plain(challenge), with_token] {
        let answer = send(request).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (200, challenge));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.answered, Some(Answered::Handshake));
    }

    let long = format!(r#"{{"challenge":"{}"}}"#, "a".repeat(257));
    for wrong in [
        "",
        "{}",
        r#"{"challenge":7}"#,
        r#"{"challenge":"a","challenge":"b"}"#,
        r#"{"challenge":"a","event":{"type":"create_pulse"}}"#,
        r#"{"event":{"type":"create_pulse"}}"#,
        &long,
    ] {
        let answer = send(plain(wrong)).await;
        assert_eq!(answer.refusal(), (401, Some(RejectionKind::MissingHeader)), "{wrong}");
    }
    let elsewhere = authorized("", &json!({"aud": "https://example.com/other", "exp": 1_718_000_300}));
    assert_eq!(send(elsewhere).await.refusal(), (401, Some(RejectionKind::NotForUs)));
    assert_eq!(send(authorized("", &json!({"aud": URL}))).await.kind, Some(RejectionKind::MalformedToken));
    assert_eq!(handler.calls(), 0);
    assert_eq!(send(authorized("", &claims)).await.refusal(), (200, None));
    assert_eq!(handler.calls(), 1);
}

#[test]
fn monday_says_what_the_body_says_unsigned() {
    let scheme = Monday::at("https://example.com/hook");
    let body = r#"{"event":{"type":"create_pulse","triggerUuid":"645fd8ba"}}"#;
    let (request, key) = signed(&scheme, SECRET, body);
    let verified = ask(&scheme, request, key).unwrap();
    assert_eq!((verified.event(), verified.signed_event()), (Some("create_pulse"), None));
    assert_eq!((verified.id(), verified.signed_id()), (Some("645fd8ba"), None));
    assert_eq!((verified.proof(), verified.idempotency_key()), (Proof::SignedHead, None));
}

/// Google signs for everybody who has an account.
#[test]
fn t27_google_signs_for_others_too() {
    let pubsub = |account: &'static str| GooglePubSub::new("https://example.com/push", account);
    let body = r#"{"message":{"data":"aGk=","messageId":"1"}}"#;
    let (request, key) = signed(&pubsub("a@example.com"), rsa(), body);
    let verified = ask(&pubsub("a@example.com"), request.clone(), key.clone()).unwrap();
    assert_eq!((verified.id(), verified.signed_id(), verified.proof()), (Some("1"), None, Proof::SignedHead));
    // One token serves for many messages: it must not be what they are known by.
    assert_eq!(verified.idempotency_key(), None);
    let refused = ask(&pubsub("b@example.com"), request.clone(), key.clone());
    assert_eq!(refused.unwrap_err(), RejectionKind::NotForUs);
    let elsewhere = GooglePubSub::new("https://example.com/other", "a@example.com");
    assert_eq!(ask(&elsewhere, request, key).unwrap_err(), RejectionKind::NotForUs);
}

#[test]
fn t27_google_chat_has_two_audiences() {
    let endpoint = GoogleChat::endpoint("https://example.com/chat");
    let number = GoogleChat::project_number("1234567890");
    let key = endpoint.key(jose("/keys/rsa/public")).unwrap();
    let mut request = post("x");
    let bearer = format!("Bearer {}", jose("/google_chat_endpoint"));
    request.headers_mut().insert(AUTHORIZATION, bearer.parse().unwrap());
    let verified = ask(&endpoint, request.clone(), key.clone()).unwrap();
    assert_eq!((verified.event(), verified.signed_event()), (Some("invoice.paid"), None));
    for other in [
        &number,
        &GoogleChat::endpoint("https://example.com/"),
        &GoogleChat::project_number("https://example.com/chat"),
    ] {
        assert_eq!(ask(other, request.clone(), key.clone()).unwrap_err(), RejectionKind::NotForUs);
    }
    let (by_number, _) = signed(&number, rsa(), BODY);
    assert!(ask(&number, by_number.clone(), key.clone()).is_ok());
    assert_eq!(ask(&endpoint, by_number, key).unwrap_err(), RejectionKind::NotForUs);
}

#[test]
fn wix_has_json_in_texts_in_json() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    struct Change {
        entity_id: String,
    }
    let envelope = |data: &str| {
        let event = "wix.contacts.v4.contact_created";
        json!({"eventType": event, "instanceId": "i1", "data": data, "identity": "{}"}).to_string()
    };
    let received = |body: String| {
        let (request, key) = signed(&Wix, rsa(), body);
        ask(&Wix, request, key).unwrap()
    };
    let standard = envelope(r#"{"id":"1","entityFqdn":"wix.contacts.v4.contact","entityId":"c1"}"#);
    let verified = received(standard.clone());
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!(verified.signed_event(), Some("wix.contacts.v4.contact_created"));
    assert_eq!(verified.signed_id(), Some("1"));
    assert_eq!(verified.payload(), &standard);
    let event: WixEvent<Change> = verified.parse().unwrap();
    assert_eq!((&*event.event_type, &*event.instance_id), ("wix.contacts.v4.contact_created", "i1"));
    assert_eq!(event.data, Change { entity_id: "c1".to_owned() });

    // What has no entity has an id of its own meaning.
    let legacy = received(envelope(r#"{"id":"1"}"#));
    assert_eq!((legacy.id(), legacy.idempotency_key()), (None, None));
    let error = legacy.parse::<WixEvent<Change>>().unwrap_err();
    assert!(error.to_string().contains("entityId"), "{error}");

    let (request, key) = signed(&Wix, rsa(), envelope(r#"{"id":"1","id":"2","entityFqdn":"a"}"#));
    assert_eq!(ask(&Wix, request, key).unwrap_err(), RejectionKind::MalformedBody);
}

#[test]
fn wix_writes_its_key_in_two_ways() {
    let (request, _) = signed(&Wix, rsa(), r#"{"eventType":"a"}"#);
    let pem = jose("/keys/rsa/public");
    for text in [pem, &Encoding::Base64.encode(pem.as_bytes())] {
        assert!(ask(&Wix, request.clone(), Wix.key(text).unwrap()).is_ok());
    }
    let private = Encoding::Base64.encode(rsa().as_bytes());
    for wrong in ["", " ", "key", &private, &Encoding::Base64.encode(b"-----BEGIN PUBLIC KEY-----")] {
        assert!(Wix.key(wrong).is_err(), "{wrong}");
    }
}

/// Keys as Google publishes them.
#[cfg(feature = "jwks")]
#[tokio::test]
async fn keys_of_a_published_set() {
    use http::Response;
    use tower_webhook::{
        fetch::FetchError,
        key::{Algorithm, Jwks},
    };
    let fetch = async |request: Request<Bytes>| -> Result<Response<Bytes>, FetchError> {
        assert_eq!(request.uri(), "https://www.googleapis.com/oauth2/v3/certs");
        Ok(Response::new(Bytes::from_static(jose("/jwks").as_bytes())))
    };
    let scheme = GooglePubSub::new("https://example.com/push", "push@example.com");
    let url = "https://www.googleapis.com/oauth2/v3/certs";
    let keys = Jwks::new(fetch, url, Algorithm::RsaPkcs1Sha256).unwrap();
    let layer = VerifySignatureLayer::new(scheme.clone(), keys).clock(|| Some(NOW));
    let service = tower::ServiceBuilder::new().layer(layer).service(common::Handler::new());
    for (private, label, expected) in [
        ("/keys/rsa/private", "key-1", (200, None)),
        ("/keys/rsa_other/private", "key-1", (401, Some(RejectionKind::SignatureMismatch))),
        ("/keys/rsa/private", "key-2", (401, Some(RejectionKind::UnknownKey))),
    ] {
        let key = scheme.signing_key(jose(private)).unwrap().labeled(label);
        let mut request = Request::post("/push").body(Bytes::from_static(b"{}")).unwrap();
        scheme.sign(&mut request, &key, NOW).unwrap();
        let answer = common::ask(service.clone(), request.map(Full::new)).await;
        assert_eq!(answer.refusal(), expected, "{private} as {label}");
    }
}
