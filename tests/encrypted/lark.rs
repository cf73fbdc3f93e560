use super::*;
use common::NOW;
use tower_webhook::{
    RejectionKind as Kind,
    key::{Algorithm, Digest, Key},
    providers::Lark,
    scheme::Proof,
};

const EVENT: &str = r#"{"schema":"2.0","header":{"event_id":"5e3702a84e847582be8db7fb73283c02","event_type":"im.message.receive_v1","create_time":"1608725989000","token":"v"},"event":{}}"#;

#[test]
fn the_payload_is_the_plain_text() {
    let vector = vector("lark/im-message-receive");
    let verified = vector.verified(&Lark);
    assert_eq!(verified.payload(), EVENT);
    assert_eq!(verified.body(), vector.request.body());
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!(verified.event(), Some("im.message.receive_v1"));
    assert_eq!(verified.signed_id(), Some("5e3702a84e847582be8db7fb73283c02"));
    assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(1_760_000_000)));
    let old = super::vector("lark/old-version").verified(&Lark);
    assert_eq!((old.event(), old.signed_id()), (Some("message"), Some("d0b1a3")));
}

#[tokio::test]
async fn refusals() {
    every_refusal_is_the_same(Arc::new(Lark), "").await;
}

#[tokio::test]
async fn handshakes() {
    for id in ["lark/handshake", "lark/handshake-second-key", "lark/signed-handshake"] {
        is_answered(Arc::new(Lark), id, "application/json", r#"{"challenge":"ajls384kdjx98XX"}"#).await;
    }
}

/// What is not signed is not decrypted if it is long, nor with a header of what is signed.
#[test]
fn an_unsigned_request_that_is_no_handshake() {
    let handshake = || vector("lark/handshake");
    let kind = |vector: Vector| vector.verdict(&Lark).unwrap_err().kind();
    let mut long = handshake();
    *long.request.body_mut() = [long.request.body(), &[b' '; 4096][..]].concat().into();
    assert_eq!(kind(long), Kind::MissingHeader);
    for name in ["x-lark-request-timestamp", "x-lark-request-nonce", "x-lark-signature"] {
        let mut half = handshake();
        half.request.headers_mut().insert(name, "0".parse().unwrap());
        assert_eq!(kind(half), Kind::MissingHeader, "{name}");
    }
    let mut empty = handshake();
    *empty.request.body_mut() = Bytes::new();
    assert_eq!(kind(empty), Kind::MissingHeader);
}

#[test]
fn keys() {
    assert!(Lark.key("Encrypt Key").is_ok() && Lark.key("Encrypt Key\ntoken").is_ok());
    assert_eq!(key_error(&Lark, ""), KeyError::Empty);
    assert_eq!(key_error(&Lark, "\ntoken"), KeyError::Empty);
    assert_eq!(key_error(&Lark, "key\n"), KeyError::Empty);
    assert_eq!(key_error(&Lark, "key\n "), KeyError::Blank);
    assert_eq!(key_error(&Lark, "key \ntoken"), KeyError::SurroundingSpace);
    assert!(matches!(key_error(&Lark, "key\ntoken\n"), KeyError::WrongParts { .. }));
    assert_eq!(Lark::keys("key", "").unwrap_err(), KeyError::Empty);
    let shown = format!("{:?}", Lark.key("Encrypt Key\ntoken"));
    assert!(!shown.contains("Encrypt Key") && !shown.contains("token"), "{shown}");

    let key = Key::new(Algorithm::Hashed(Digest::Sha256), "test key").unwrap();
    a_foreign_key_decrypts_nothing(&Lark, &vector("lark/im-message-receive"), key);
}

#[test]
fn what_is_signed_here() {
    let request = Request::post("/").body(Bytes::from(EVENT)).unwrap();
    let sign = |at| signed(&Lark, &request, "key\nv", at);
    let once = sign(NOW);
    assert_eq!((once.headers(), once.body()), (sign(NOW).headers(), sign(NOW).body()), "nothing is random");
    let later = sign(NOW.saturating_add(std::time::Duration::from_secs(1)));
    assert_ne!(once.body(), later.body(), "another iv");
    let (once, later) = (read(&Lark, once, "key\nv", NOW), read(&Lark, later, "key\nv", NOW));
    assert_eq!(once.payload(), EVENT);
    assert_eq!(once.idempotency_key(), later.idempotency_key(), "one event, sent twice");

    let mut own = request.clone();
    own.headers_mut().insert("x-lark-request-nonce", "mine".parse().unwrap());
    let own = signed(&Lark, &own, "key", NOW);
    assert_eq!(own.headers()["x-lark-request-nonce"], "mine");
    assert_eq!(read(&Lark, own, "key", NOW).payload(), EVENT);
}
