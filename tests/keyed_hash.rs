//! Hashes with the secret in their text, and HMAC with older hashes: the recipe, and the providers that use it. The
//! signatures are by Python's `hashlib` and `hmac`, Keccak-256 by an implementation of its own.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Handler, ask, provider::Provider};
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    key::{Digest, KeyError},
    providers::{Cloudinary, Zalo},
    replay::{MemoryStore, Replay},
    scheme::Proof,
    schemes::{Field, Part, Signed},
    time::Timestamp,
};

const URL: &str = "https://example.com/hooks";
const SENT: i64 = 1_718_000_000;

fn post(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::post(URL).body(body.into()).unwrap();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

/// What the scheme signs, with its own clock and this secret.
fn signed(scheme: &dyn Scheme, secret: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    let key = scheme.signing_key(secret).unwrap();
    scheme.sign(&mut request, &key, Timestamp::from_unix(SENT)).unwrap();
    request
}

mod recipe {
    use super::*;

    /// `k3y|body`, `1|k3y|body` and `bodyk3y`.
    fn texts() -> [Vec<Part>; 3] {
        let bar = || Part::literal("|");
        [
            vec![Part::Secret, bar(), Part::Body],
            vec![Part::Header(HeaderName::from_static("x-id")), bar(), Part::Secret, bar(), Part::Body],
            vec![Part::Body, Part::Secret],
        ]
    }

    fn scheme(digest: Digest, text: Vec<Part>) -> Signed {
        Signed::hashed("hashed", digest, Field::header(HeaderName::from_static("x-signature"))).text(text)
    }

    async fn agrees(digest: Digest, signatures: [&str; 3]) {
        for (text, signature) in texts().into_iter().zip(signatures) {
            let provider = Provider::new(scheme(digest, text), "k3y", SENT, URL);
            let what = format!("{digest:?} {signature}");
            let request = |body: &'static str| post(&[("x-id", "1"), ("x-signature", signature)], body);
            let found = provider.accepts(&what, request("body"));
            assert_eq!(found.proof(), Proof::SignedBody);
            provider.refuses(&what, request("Body"), Kind::SignatureMismatch).await;
            let by_us = signed(&provider.scheme, "k3y", post(&[("x-id", "1")], "body"));
            assert_eq!(by_us.headers()["x-signature"], signature, "{what}");
            let other = Provider::new(provider.scheme.clone(), "k4y", SENT, URL);
            other.refuses(&what, request("body"), Kind::SignatureMismatch).await;
        }
    }

    #[tokio::test]
    async fn before_between_and_after() {
        agrees(
            Digest::Sha1,
            [
                "3543d27dd7fcd61c4b46283fdbc6e6b323f4e68d",
                "3f8b747c1635f52edaec20b8e042f85a46277609",
                "420e14bbe95a88315824ced2cf408dca18688c17",
            ],
        )
        .await;
        agrees(
            Digest::Sha256,
            [
                "d8d3932bc212fb6652454458bc5d93d4d80ad969c10e7850d19394d0d71405dd",
                "5a65deb731563d4267f375ec91238fe61191ce4e1c42c46fd5d04695bc082938",
                "1301f846c3ba8c648d83a9d41442ff1cec9aa74eb41d468541d612b005c86a7a",
            ],
        )
        .await;
    }

    #[cfg(feature = "keyed-hash")]
    #[tokio::test]
    async fn with_older_hashes() {
        agrees(
            Digest::Md5,
            [
                "27f1150549fc95c6167b0955ec54cc2c",
                "c012123ce13991a13ab5e90c56a60dca",
                "7babc9957f27d9d487d6e7382e228ec8",
            ],
        )
        .await;
        agrees(
            Digest::Keccak256,
            [
                "12ee98a2b3a9b91989aae1a4bd07382b5738cbd39f2a7aab89194144c2da073e",
                "967a9c765cfc8c790a76b3a620a1f84949d2a8aad246c150e450e4ef9122a0e6",
                "1557aff65230ac969702c7e6933b4fd816b242d767b40820862c9e8badba4a29",
            ],
        )
        .await;
    }

    #[test]
    fn t04_empty_secrets_are_refused() {
        let scheme = scheme(Digest::Sha256, vec![Part::Body, Part::Secret]);
        for (text, error) in
            [("", KeyError::Empty), (" \n", KeyError::Blank), ("a ", KeyError::SurroundingSpace)]
        {
            assert_eq!(scheme.key(text).unwrap_err(), error, "{text:?}");
        }
    }
}

mod cloudinary {
    use super::*;

    const SECRET: &str = "cld_secret";
    const BODY: &str = r#"{"notification_type":"upload"}"#;
    const SHA1: &str = "3ce4d6cdd4a938014a01a937352c394b628aeda5";
    const SHA256: &str = "c03a34ac70231d285131198ea10e11b9b0733865e36037c00da8e270f87e92e1";

    fn sha1() -> Provider<Cloudinary> {
        Provider::new(Cloudinary::sha1(), SECRET, SENT, URL)
    }

    fn sha256() -> Provider<Cloudinary> {
        Provider::new(Cloudinary::sha256(), SECRET, SENT, URL)
    }

    fn notification(signature: &str, time: &str) -> Request<Bytes> {
        post(&[("x-cld-signature", signature), ("x-cld-timestamp", time)], BODY)
    }

    #[test]
    fn body_and_time_are_signed() {
        for (provider, signature) in [(sha1(), SHA1), (sha256(), SHA256)] {
            let found = provider.accepts("as documented", notification(signature, "1718000000"));
            assert_eq!((found.proof(), found.signed_event()), (Proof::SignedBody, Some("upload")));
            assert_eq!((found.id(), found.signed_at()), (None, Some(Timestamp::from_unix(SENT))));
            let by_us = signed(&provider.scheme, SECRET, post(&[], BODY));
            assert_eq!(by_us.headers()["x-cld-signature"], signature);
        }
    }

    #[tokio::test]
    async fn t25_the_algorithm_is_configured() {
        sha256().refuses("SHA-1", notification(SHA1, "1718000000"), Kind::MalformedSignature).await;
        sha1().refuses("SHA-256", notification(SHA256, "1718000000"), Kind::MalformedSignature).await;
        for (what, signature) in [
            ("t08: an HMAC", "0c3511e995e5a16c3dbc1ed17e90b34d2a8c7db01fedd5aefe59eb84a3772bd2"),
            ("the secret first", "082501571ce31daae223b08deb32536f58918d967fc5e32bed701e6ea9eff73f"),
            ("no secret", "0097acc7785fb2b32a530427de03e5ec177a63b92a819e96c73f84b3e4a3f49d"),
        ] {
            sha256().refuses(what, notification(signature, "1718000000"), Kind::SignatureMismatch).await;
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_refused() {
        let refuses = async |what: &str, signature: &str, time: &str, kind| {
            sha256().refuses(what, notification(signature, time), kind).await;
        };
        refuses("t01: empty", "", "1718000000", Kind::MalformedHeader).await;
        refuses("t01: a prefix", &SHA256[..62], "1718000000", Kind::MalformedSignature).await;
        refuses("t01: longer", &format!("{SHA256}00"), "1718000000", Kind::MalformedSignature).await;
        refuses("t02: another time", SHA256, "1718000001", Kind::SignatureMismatch).await;
        for time in ["+1718000000", "1718000000.0", "01718000000", "NaN", "9223372036854775807"] {
            refuses(&format!("t15: {time}"), SHA256, time, Kind::MalformedTimestamp).await;
        }
        refuses("t15: no time", SHA256, "", Kind::MalformedHeader).await;
        refuses("t15: in milliseconds", SHA256, "1718000000000", Kind::FutureTimestamp).await;
        for name in ["x-cld-signature", "x-cld-timestamp"] {
            let mut without = notification(SHA256, "1718000000");
            without.headers_mut().remove(name);
            sha256().refuses(name, without, Kind::MissingHeader).await;
            let mut twice = notification(SHA256, "1718000000");
            let value = twice.headers()[name].clone();
            twice.headers_mut().append(name, value);
            sha256().refuses(name, twice, Kind::DuplicateHeader).await;
        }
        let twice =
            post(&[("x-cld-signature", SHA256), ("x-cld-timestamp", "1718000000")], format!("{BODY} "));
        sha256().refuses("the body", twice, Kind::SignatureMismatch).await;
    }

    /// The border between body and time is not signed: the same text each time.
    #[tokio::test]
    async fn digits_cannot_be_moved_between_body_and_time() {
        for (body, time, kind) in [
            (format!("{BODY}1"), "718000000", Kind::StaleTimestamp),
            (BODY[..BODY.len() - 1].to_owned(), "}1718000000", Kind::MalformedTimestamp),
        ] {
            let moved = post(&[("x-cld-signature", SHA256), ("x-cld-timestamp", time)], body);
            sha256().refuses(time, moved, kind).await;
        }
    }

    #[tokio::test]
    async fn t14_the_time_is_bounded_in_both_directions() {
        let delivery = || notification(SHA256, "1718000000");
        sha256().at(SENT + 7200).accepts("as old as may be", delivery());
        sha256().at(SENT - 7200).accepts("as far ahead as may be", delivery());
        sha256().at(SENT + 7201).refuses("older", delivery(), Kind::StaleTimestamp).await;
        sha256().at(SENT - 7201).refuses("further ahead", delivery(), Kind::FutureTimestamp).await;
    }
}

mod zalo {
    use super::*;

    const SECRET: &str = "oa_secret";
    const BODY: &str =
        r#"{"app_id":"360846524940903967","event_name":"user_send_text","timestamp":"1718000000000"}"#;
    const SIGNATURE: &str = "mac=7e490b1abd736775d218b7ac41e58fac453d5e596fa39ff676b97d41f490416f";

    fn zalo() -> Provider<Zalo> {
        Provider::new(Zalo, SECRET, SENT, URL)
    }

    fn event(signature: &str, body: impl Into<Bytes>) -> Request<Bytes> {
        post(&[("x-zevent-signature", signature)], body)
    }

    #[test]
    fn the_body_is_signed_with_its_time() {
        let found = zalo().accepts("as agreed", event(SIGNATURE, BODY));
        assert_eq!((found.proof(), found.signed_event()), (Proof::SignedBody, Some("user_send_text")));
        assert_eq!((found.id(), found.signed_at()), (None, Some(Timestamp::from_unix(SENT))));
        let unsigned = r#"{"app_id":"360846524940903967","event_name":"user_send_text"}"#;
        let by_us = signed(&Zalo, SECRET, post(&[], unsigned));
        assert_eq!((by_us.headers(), by_us.body()), (event(SIGNATURE, BODY).headers(), &Bytes::from(BODY)));
    }

    #[tokio::test]
    async fn a_signature_that_is_wrong_is_refused() {
        let bare = &SIGNATURE["mac=".len()..];
        for (what, signature, kind) in [
            ("empty", "", Kind::MalformedHeader),
            ("no prefix", bare, Kind::MalformedHeader),
            ("another prefix", &format!("sha256={bare}"), Kind::MalformedHeader),
            ("t01: nothing behind it", "mac=", Kind::MalformedSignature),
            ("t01: a prefix of it", &SIGNATURE[..66], Kind::MalformedSignature),
            ("t01: longer", &format!("{SIGNATURE}00"), Kind::MalformedSignature),
            (
                "an HMAC, as some public code has it",
                "mac=ad6ecebc3d63c419045b7fc01c5632d760584da3fa760223c662f8df4ef304ff",
                Kind::SignatureMismatch,
            ),
        ] {
            zalo().refuses(what, event(signature, BODY), kind).await;
        }
        zalo().refuses("none", post(&[], BODY), Kind::MissingHeader).await;
        let twice = post(&[("x-zevent-signature", SIGNATURE), ("x-zevent-signature", SIGNATURE)], BODY);
        zalo().refuses("t19: twice", twice, Kind::DuplicateHeader).await;
        let other = Provider::new(Zalo, "app_secret", SENT, URL);
        other.refuses("another key", event(SIGNATURE, BODY), Kind::SignatureMismatch).await;
    }

    #[tokio::test]
    async fn a_body_that_is_wrong_is_refused() {
        let body = |from: &str, to: &str| {
            assert!(BODY.contains(from), "{from}");
            BODY.replacen(from, to, 1)
        };
        let malformed = Kind::MalformedBody;
        for (what, body, kind) in [
            ("nothing", String::new(), malformed),
            ("no JSON", "app_id=1".to_owned(), malformed),
            ("a list", format!("[{BODY}]"), malformed),
            ("no app", body(r#""app_id":"360846524940903967","#, ""), malformed),
            ("an app that is a number", body(r#""360846524940903967""#, "360846524940903967"), malformed),
            ("an empty app", body("360846524940903967", ""), malformed),
            ("an app with other characters", body("360846524940903967", "36{"), malformed),
            ("no time", body(r#","timestamp":"1718000000000""#, ""), malformed),
            ("a time that is a number", body(r#""1718000000000""#, "1718000000000"), malformed),
            ("t15: no digits", body("1718000000000", "NaN"), Kind::MalformedTimestamp),
            ("t15: a sign", body("1718000000000", "+1718000000000"), Kind::MalformedTimestamp),
            ("t15: in seconds", body("1718000000000", "1718000000"), Kind::StaleTimestamp),
            ("t37: the app twice", body("{", r#"{"app_id":"1","#), malformed),
            ("t37: the time twice", body("{", r#"{"timestamp":"1718000000000","#), malformed),
            ("t17: other white space", body("{", "{ "), Kind::SignatureMismatch),
            ("another event", body("user_send_text", "follow"), Kind::SignatureMismatch),
        ] {
            zalo().refuses(what, event(SIGNATURE, body), kind).await;
        }
    }

    #[tokio::test]
    async fn t14_the_time_is_bounded_in_both_directions() {
        let half_a_day = 12 * 60 * 60;
        zalo().at(SENT + half_a_day).accepts("the last repeat", event(SIGNATURE, BODY));
        zalo().at(SENT + half_a_day + 1).refuses("later", event(SIGNATURE, BODY), Kind::StaleTimestamp).await;
        zalo()
            .at(SENT - half_a_day - 1)
            .refuses("ahead", event(SIGNATURE, BODY), Kind::FutureTimestamp)
            .await;
    }

    #[tokio::test]
    async fn t12_a_repeat_is_handled_once() {
        let handler = Handler::answering([500, 200]);
        let service =
            zalo().layer().replay(Replay::new(MemoryStore::new(100), "zalo")).layer(handler.clone());
        for (status, calls) in [(500, 1), (200, 2), (200, 2)] {
            let answer = ask(service.clone(), event(SIGNATURE, BODY).map(Full::new)).await;
            assert_eq!((answer.status.as_u16(), handler.calls()), (status, calls));
        }
    }

    #[test]
    fn what_cannot_be_signed_says_why() {
        for body in ["", "[]", "{}", r#"{"app_id":1}"#, r#"{"app_id":"a"}"#] {
            let key = Zalo.signing_key(SECRET).unwrap();
            let error = Zalo.sign(&mut post(&[], body), &key, Timestamp::from_unix(SENT)).unwrap_err();
            let expected = "cannot sign the request: the body is no JSON object with an `app_id` of digits";
            assert_eq!(error.to_string(), expected, "{body}");
        }
    }
}

#[cfg(feature = "keyed-hash")]
mod moralis_and_patreon {
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
}
