//! ECDSA on P-256: what the vectors do not show. Signatures that are written otherwise, out of range or altered, keys of
//! another kind, the key that Circle names, and its HEAD.
#![cfg(all(feature = "aws-lc", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Handler, NOW, ask, clock, post, signed_as, with};
use http::{HeaderValue, Method, Request};
use http_body_util::Full;
use std::sync::{Arc, Mutex};
use tower::Layer as _;
use tower_webhook::{
    Answered, RejectionKind as Kind, Scheme, Verified, VerifySignatureLayer,
    encoding::Encoding,
    key::{Key, KeyError, KeyLookup, KeyLookupError, KeyProvider, KeyRef},
    providers::{Circle, SendGrid},
    replay::{MemoryStore, Replay},
    scheme::{Verdict, verify},
};

/// A pair that OpenSSL has made: PKCS #8 and SubjectPublicKeyInfo.
const PRIVATE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMbWmRTcoz5USBibfgVPWdW/UzDByQKQOJCEMgypPUVahRANCAARv8WoVtwM0TRdz9Qkh4l2zavXC9aZXRilx3eTyuOraDcYVSfjC9zn/k+rQ8cYolRW48THRQKIUAGDwGmNkjdA9";
const PUBLIC: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/FqFbcDNE0Xc/UJIeJds2r1wvWmV0Ypcd3k8rjq2g3GFUn4wvc5/5Pq0PHGKJUVuPEx0UCiFABg8BpjZI3QPQ==";

/// Public keys of other kinds, by OpenSSL.
const P384: &str = "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE8Qj8GJQdPOuo9+6bqbMb0tewaTygmEGDk7rGkt1OtoY6hyLGahol+CoPJxw10JyvpimMgtk5QcKuJOjQnxy91QEqcMKwfhAqF9//o87tUiJt/Nf2UFY/U8N8ivSqB6bl";
const RSA: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA7e74XU0jqVxjb79QEHHmsUolMQYl6MvuVQbbk8cfgIScwTk6Va6PpDLgbIrsMqEEFc0+QgMsFP6fZSMxcIdAZKWDvdjYWDGi+4k/e/YCrTTeg0H3jwG9A7lz9+pfjz04M/+S+mGavNPPMH/wE4GGR8mWwDf3gmcT1xHzEyyDnAwE3n4Xq5m1mmOGV0FvcQZps5JZyaDGkOlHF2DJuh6rM9NpAvN6cl8Cdhjr+iZRLmckVbNsJ95CMTJoOuJDiiyMGvW4FG50hyh+bn5VbaqX8YYNpttjIL0bQKtV/xyxowbvyu81ZS01pGouHeIYIUJj3oGdto2KP2msKbNb9cIt9wIDAQAB";

/// The same public key, with one of its point's two numbers, as RFC 5480 allows.
const COMPRESSED: &str = "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADb/FqFbcDNE0Xc/UJIeJds2r1wvWmV0Ypcd3k8rjq2g0=";

/// The order of the group.
const ORDER: &str = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";

const BODY: &str = r#"{"notificationType":"a","notificationId":"1"}"#;

/// The schemes, with the header that their signature is in.
fn schemes() -> [(Arc<dyn Scheme>, &'static str); 2] {
    [(Arc::new(SendGrid), "x-twilio-email-event-webhook-signature"), (Arc::new(Circle), "x-circle-signature")]
}

fn signed<S: Scheme>(scheme: S) -> Request<Bytes> {
    signed_as(&scheme, with(post(BODY), "x-circle-key-id", "key-1"), PRIVATE, NOW)
}

type Outcome = (u16, Option<Kind>);
const HANDLED: Outcome = (200, None);

const fn refused(kind: Kind) -> Outcome {
    (401, Some(kind))
}

/// What the sender is answered; the handler sees a request if it is not refused, and only then.
async fn outcome<S: Scheme>(scheme: S, keys: impl KeyProvider, request: Request<Bytes>) -> Outcome {
    let handler = Handler::new();
    let service = VerifySignatureLayer::new(scheme, keys).clock(clock).layer(handler.clone());
    let answer = ask(service, request.map(Full::new)).await;
    assert_eq!(handler.calls(), usize::from(answer.kind.is_none()), "{answer:?}");
    answer.refusal()
}

async fn own_outcome(scheme: &Arc<dyn Scheme>, request: Request<Bytes>) -> Outcome {
    outcome(Arc::clone(scheme), scheme.key(PUBLIC).unwrap(), request).await
}

fn verified(scheme: &dyn Scheme, request: Request<Bytes>) -> Verified {
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &scheme.key(PUBLIC).unwrap().into(), NOW) {
        Ok(Verdict::Deliver(verified)) => verified,
        other => panic!("{other:?}"),
    }
}

/// The two numbers of a signature, 32 bytes each.
fn numbers(signature: &str) -> [Vec<u8>; 2] {
    let der = Encoding::Base64.decode(signature).unwrap();
    let (r, s) = (usize::from(der[3]), &der[4 + usize::from(der[3])..]);
    assert_eq!((der[0], usize::from(der[1]), der[2], s[0]), (0x30, der.len() - 2, 2, 2));
    [&der[4..4 + r], &s[2..]].map(|number| {
        let number = number.iter().skip_while(|byte| **byte == 0).copied().collect::<Vec<u8>>();
        [vec![0; 32 - number.len()], number].concat()
    })
}

fn integer(number: &[u8]) -> Vec<u8> {
    let mut number: Vec<u8> = number.iter().skip_while(|byte| **byte == 0).copied().collect();
    if number.first().is_none_or(|first| *first >= 0x80) {
        number.insert(0, 0);
    }
    part(2, &number)
}

fn part(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag, u8::try_from(content.len()).unwrap()][..], content].concat()
}

fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    part(0x30, &[integer(r), integer(s)].concat())
}

/// `a - b`, of 32 bytes each.
fn minus(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut difference: Vec<u8> = Vec::new();
    for (a, b) in a.iter().zip(b).rev() {
        let digit = i16::from(*a) - i16::from(*b) - borrow;
        borrow = i16::from(digit < 0);
        difference.insert(0, u8::try_from(digit.rem_euclid(256)).unwrap());
    }
    difference
}

#[tokio::test]
async fn signatures_that_are_written_otherwise() {
    for (scheme, header) in schemes() {
        let request = signed(Arc::clone(&scheme));
        let text = request.headers()[header].to_str().unwrap();
        let [r, s] = numbers(text);
        let right = der(&r, &s);
        assert_eq!(Encoding::Base64.encode(&right), text, "the test writes as the crate does");
        let send = |signature: Vec<u8>| {
            own_outcome(&scheme, with(request.clone(), header, &Encoding::Base64.encode(&signature)))
        };
        assert_eq!(send(right.clone()).await, HANDLED);

        let zero_before = |number: &[u8]| part(2, &[&[0, 0], number].concat());
        let inside = |parts: &[&[u8]]| part(0x30, &parts.concat());
        for (wrong, what) in [
            (inside(&[&zero_before(&r), &integer(&s)]), "a zero too many in r"),
            (inside(&[&integer(&r), &zero_before(&s)]), "a zero too many in s"),
            ([&[0x30, 0x81, right[1]], &right[2..]].concat(), "a length in the long form"),
            ([&[0x30, 0x80], &right[2..], &[0, 0]].concat(), "an indefinite length"),
            ([&right[..], &[0]].concat(), "a byte behind it"),
            (inside(&[&integer(&r), &integer(&s), &[5, 0]]), "a third element"),
            (inside(&[&integer(&r)]), "one number"),
            (inside(&[&part(4, &r), &integer(&s)]), "r as bytes"),
            ([&[0x31], &right[1..]].concat(), "a set"),
            ([&r[..], &s].concat(), "the numbers alone, 32 bytes each"),
            (right[..right.len() - 1].to_vec(), "a byte less"),
            (right[..8].to_vec(), "eight bytes"),
            (vec![0x30, 0], "an empty sequence"),
            (vec![0], "one byte"),
            (vec![0x30; 1024], "as long as it may be"),
        ] {
            assert_eq!(send(wrong).await, refused(Kind::SignatureMismatch), "{what}");
        }
        assert_eq!(send(vec![0x30; 1025]).await, refused(Kind::MalformedSignature));
        assert_eq!(send(Vec::new()).await, refused(Kind::MalformedHeader));
        for wrong in [format!("{text}="), format!("{text}!"), format!("v1,{text}")] {
            let not_base64 = with(request.clone(), header, &wrong);
            assert_eq!(own_outcome(&scheme, not_base64).await, refused(Kind::MalformedSignature));
        }

        let mut without = request.clone();
        without.headers_mut().remove(header);
        assert_eq!(own_outcome(&scheme, without).await, refused(Kind::MissingHeader));
        let mut twice = request.clone();
        twice.headers_mut().append(header, HeaderValue::from_static("MAA="));
        assert_eq!(own_outcome(&scheme, twice).await, refused(Kind::DuplicateHeader));
    }
}

#[tokio::test]
async fn numbers_out_of_range() {
    let order = Encoding::Hex.decode(ORDER).unwrap();
    for (scheme, header) in schemes() {
        let request = signed(Arc::clone(&scheme));
        let [r, s] = numbers(request.headers()[header].to_str().unwrap());
        let more = |number: &[u8]| {
            // One more than the order: the same as one, and not the same number.
            let mut number = number.to_vec();
            number[31] += 1;
            number
        };
        let negative = |number: &[u8]| part(2, &[&[0x80], number].concat());
        let zero: &[u8] = &[0];
        for (wrong, what) in [
            (der(zero, &s), "r = 0"),
            (der(&r, zero), "s = 0"),
            (der(zero, zero), "both 0"),
            (der(&order, &s), "r = n"),
            (der(&r, &order), "s = n"),
            (der(&order, &order), "both n"),
            (der(&more(&order), &s), "r = n + 1"),
            (der(&r, &more(&order)), "s = n + 1"),
            (der(&[1], &[1]), "both 1"),
            (der(&[0xff; 32], &[0xff; 32]), "the greatest of 32 bytes"),
            (der(&[0x7f; 60], &s), "60 bytes"),
            (part(0x30, &[negative(&r), integer(&s)].concat()), "r < 0"),
            (part(0x30, &[integer(&r), negative(&s)].concat()), "s < 0"),
            (der(&s, &r), "the other way round"),
        ] {
            let request = with(request.clone(), header, &Encoding::Base64.encode(&wrong));
            assert_eq!(own_outcome(&scheme, request).await, refused(Kind::SignatureMismatch), "{what}");
        }
    }
}

/// `(r, n - s)` is a signature too, and anybody can compute it. It is the same delivery, so it must not be handled twice.
#[tokio::test]
async fn t38_the_other_signature_is_the_same_delivery() {
    let order = Encoding::Hex.decode(ORDER).unwrap();
    for (scheme, header) in schemes() {
        let request = signed(Arc::clone(&scheme));
        let [r, s] = numbers(request.headers()[header].to_str().unwrap());
        let other = Encoding::Base64.encode(&der(&r, &minus(&order, &s)));
        let altered = with(request.clone(), header, &other);
        let keys = [&request, &altered].map(|request| verified(&scheme, request.clone()).idempotency_key());
        assert!(keys[0].is_some() && keys[0] == keys[1]);

        let layer = VerifySignatureLayer::new(Arc::clone(&scheme), scheme.key(PUBLIC).unwrap())
            .clock(clock)
            .replay(Replay::new(MemoryStore::new(10), "x"));
        let handler = Handler::new();
        for (request, answered) in [(request, None), (altered, Some(Answered::Repeat))] {
            let answer = ask(layer.layer(handler.clone()), request.map(Full::new)).await;
            assert_eq!((answer.refusal(), answer.answered), (HANDLED, answered));
        }
        assert_eq!(handler.calls(), 1);
    }
}

#[test]
fn keys_that_are_none() {
    let spki = Encoding::Base64.decode(PUBLIC).unwrap();
    let of = |der: &[u8]| Encoding::Base64.encode(der);
    let mut off_the_curve = spki.clone();
    off_the_curve[90] ^= 1;
    for (wrong, what) in [
        (PRIVATE.to_owned(), "the private one"),
        (of(&off_the_curve), "a point that is not on the curve"),
        (of(&spki[..90]), "a byte less"),
        (of(&[&spki[..], &[0]].concat()), "a byte more"),
        (of(&[&spki[..26], &[0; 65]].concat()), "the point at infinity"),
        (P384.to_owned(), "P-384"),
        (RSA.to_owned(), "RSA"),
        ("MCowBQYDK2VwAyEA1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=".to_owned(), "Ed25519"),
        (PUBLIC.replace('=', ""), "without padding"),
        ("secret".to_owned(), "no base64"),
    ] {
        for (scheme, _) in schemes() {
            let error = scheme.key(&wrong).err();
            assert!(matches!(error, Some(KeyError::Undecodable { .. })), "{what}: {error:?}");
        }
    }
    let pem = format!(
        "-----BEGIN PUBLIC KEY-----\n{}\n{}\n-----END PUBLIC KEY-----\n",
        &PUBLIC[..64],
        &PUBLIC[64..]
    );
    for (scheme, _) in schemes() {
        assert!(scheme.key(&pem).is_ok() && scheme.key(COMPRESSED).is_ok());
        assert!(scheme.signing_key(PUBLIC).is_err());
    }
}

/// There is nothing between time and body, so the border can be moved and the signature still holds.
#[tokio::test]
async fn a_digit_moved_to_the_body_makes_another_time() {
    let (scheme, _) = &schemes()[0];
    let mut moved = with(signed(Arc::clone(scheme)), "x-twilio-email-event-webhook-timestamp", "171800000");
    *moved.body_mut() = Bytes::from(format!("0{BODY}"));
    assert_eq!(own_outcome(scheme, moved).await, refused(Kind::StaleTimestamp));
}

/// Knows one key, and notes what it is asked for.
#[derive(Clone)]
struct Published {
    key: Result<Key, &'static str>,
    asked: Arc<Mutex<Vec<KeyRef>>>,
}

impl Published {
    fn new() -> Self {
        Self { key: Ok(Circle.key(PUBLIC).unwrap()), asked: Arc::default() }
    }
}

impl KeyProvider for Published {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        self.asked.lock().unwrap().push(key.clone());
        KeyLookup::ready(match (&self.key, key) {
            (Err(why), _) => Err(KeyLookupError::unavailable(*why)),
            (Ok(own), KeyRef::Id(id)) if **id == *"key-1" => Ok(own.clone().into()),
            _ => Err(KeyLookupError::Unknown),
        })
    }
}

#[tokio::test]
async fn circle_names_its_key() {
    let keys = Published::new();
    assert_eq!(outcome(Circle, keys.clone(), signed(Circle)).await, HANDLED);
    assert_eq!(*keys.asked.lock().unwrap(), [KeyRef::Id("key-1".into())]);

    let unknown = with(signed(Circle), "x-circle-key-id", "key-2");
    assert_eq!(outcome(Circle, keys.clone(), unknown).await, refused(Kind::UnknownKey));
    let mut twice = signed(Circle);
    twice.headers_mut().append("x-circle-key-id", HeaderValue::from_static("key-1"));
    assert_eq!(outcome(Circle, keys.clone(), twice).await, refused(Kind::DuplicateHeader));
    let mut without = signed(Circle);
    without.headers_mut().remove("x-circle-key-id");
    assert_eq!(outcome(Circle, keys.clone(), without).await, refused(Kind::MissingHeader));
    assert_eq!(keys.asked.lock().unwrap().len(), 2, "nobody is asked for no key");

    let down = Published { key: Err("the API is down"), ..Published::new() };
    assert_eq!(outcome(Circle, down, signed(Circle)).await, (503, Some(Kind::KeysUnavailable)));

    let delivery = verified(&Circle, signed(Circle));
    assert_eq!((delivery.signed_event(), delivery.signed_id()), (Some("a"), Some("1")));
}

#[tokio::test]
async fn circle_looks_whether_the_endpoint_exists() {
    let handler = Handler::new();
    let keys = Published::new();
    let service = || VerifySignatureLayer::new(Circle, keys.clone()).clock(clock).layer(handler.clone());
    let head = Request::head("/hook").body(Full::new(Bytes::new())).unwrap();
    let answer = ask(service(), head).await;
    assert_eq!((answer.refusal(), answer.answered), (HANDLED, Some(Answered::Handshake)));
    assert!(answer.body.is_empty() && keys.asked.lock().unwrap().is_empty());

    let mut get = signed(Circle);
    *get.method_mut() = Method::GET;
    let answer = ask(service(), get.map(Full::new)).await;
    assert_eq!(answer.refusal(), (405, Some(Kind::MethodNotAllowed)));
    assert_eq!(answer.header("allow"), Some("POST, HEAD"));
    assert_eq!(handler.calls(), 0);
}
