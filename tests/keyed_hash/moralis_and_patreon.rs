//! Moralis and Patreon.
use super::*;
use tower_webhook::providers::{Moralis, Patreon};

/// Neither UTF-8 nor JSON.
const BODY: &[u8] = b"\xef\xbb\xbf{\"a\":\0\xff\r\n}";
const KECCAK: &str = "0x4e73d8363ee8e1c003ec80efac78b11e30fd251f5032beed3438a4eafae5f3f4";
const MD5: &str = "0d2802e68a14949dd85c7a52384f687d";

fn moralis() -> Provider<Moralis> {
    Provider::new(Moralis, "moralis_secret", SENT, URL)
}

fn patreon() -> Provider<Patreon> {
    Provider::new(Patreon, "secret_x", SENT, URL)
}

fn stream(signature: &str, body: &'static [u8]) -> Request<Bytes> {
    post(&[("x-signature", signature)], body)
}

fn webhook(signature: &str) -> Request<Bytes> {
    post(&[("x-patreon-signature", signature), ("x-patreon-event", "members:create")], BODY)
}

#[test]
fn t16_the_bytes_are_signed() {
    let found = moralis().accepts("bytes", stream(KECCAK, BODY));
    assert_eq!((found.proof(), found.event(), found.idempotency_key()), (Proof::SignedBody, None, None));
    assert_eq!(signed(&Moralis, "moralis_secret", post(&[], BODY)).headers()["x-signature"], KECCAK);

    let found = patreon().accepts("bytes", webhook(MD5));
    assert_eq!((found.proof(), found.event()), (Proof::SignedBody, Some("members:create")));
    assert_eq!((found.signed_event(), found.idempotency_key()), (None, None));
    assert_eq!(signed(&Patreon, "secret_x", post(&[], BODY)).headers()["x-patreon-signature"], MD5);
}

#[tokio::test]
async fn a_signature_that_is_wrong_is_refused() {
    let bare = &KECCAK[2..];
    for (what, signature, kind) in [
        ("empty", "", Kind::MalformedHeader),
        ("without `0x`", bare, Kind::MalformedHeader),
        ("with `0X`", &format!("0X{bare}"), Kind::MalformedHeader),
        ("t01: nothing behind it", "0x", Kind::MalformedSignature),
        ("t01: a prefix of it", &KECCAK[..64], Kind::MalformedSignature),
        ("t01: longer", &format!("{KECCAK}00"), Kind::MalformedSignature),
        ("another", &KECCAK.replace('4', "5"), Kind::SignatureMismatch),
    ] {
        moralis().refuses(what, stream(signature, BODY), kind).await;
    }
    let json = br#"{"confirmed":true}"#;
    let right = "0x6dc8c02b392f4cdc0896a3014bb43a3a1471ab48ee60cd21cc77d2985131a3db";
    moralis().accepts("Keccak-256", stream(right, json));
    let sha3 = "0x693fdca0d7357731207f37ad6fa69ae99d8968b2d792d4da242552e6473db25a";
    moralis().refuses("SHA3-256", stream(sha3, json), Kind::SignatureMismatch).await;
    let spaced = br#"{"confirmed": true}"#;
    moralis().refuses("t17: other white space", stream(right, spaced), Kind::SignatureMismatch).await;
    moralis().refuses("none", post(&[], BODY), Kind::MissingHeader).await;

    for (what, signature, kind) in [
        ("empty", "", Kind::MalformedHeader),
        ("t01: a prefix", &MD5[..30], Kind::MalformedSignature),
        ("t01: longer", &format!("{MD5}00"), Kind::MalformedSignature),
        ("a plain MD5", "449ab6554c7fe6ebf21e1b5df0328861", Kind::SignatureMismatch),
    ] {
        patreon().refuses(what, webhook(signature), kind).await;
    }
    patreon().refuses("none", post(&[], BODY), Kind::MissingHeader).await;
    let twice = post(&[("x-patreon-signature", MD5), ("x-patreon-signature", MD5)], BODY);
    patreon().refuses("t19: twice", twice, Kind::DuplicateHeader).await;
    let other = Provider::new(Patreon, "secret_y", SENT, URL);
    other.refuses("another key", webhook(MD5), Kind::SignatureMismatch).await;
}

#[tokio::test]
async fn t34_equal_bodies_are_two_deliveries_unless_chosen() {
    for (remembers, calls) in [(false, 2), (true, 1)] {
        let handler = Handler::new();
        let replay = Replay::new(MemoryStore::new(100), "streams");
        let replay = if remembers { replay.remember_bodies() } else { replay };
        let service = moralis().layer().replay(replay).layer(handler.clone());
        for _ in 0..2 {
            ask(service.clone(), stream(KECCAK, BODY).map(Full::new)).await;
        }
        assert_eq!(handler.calls(), calls);
    }
}
