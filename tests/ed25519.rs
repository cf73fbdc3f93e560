//! Ed25519: what the vectors do not show. Keys that protect nothing, signatures that are written wrongly, Standard
//! Webhooks with both kinds of keys and both families of header names, Discord's handshakes.
#![cfg(all(feature = "ed25519", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Answer, Handler, NOW, ask, clock, post, signed_as, with};
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Full;
use std::sync::Arc;
use tower::Layer as _;
use tower_webhook::{
    Answered, RejectionKind as Kind, Scheme, Verified, VerifySignatureLayer,
    encoding::Encoding,
    key::{KeyError, KeySet},
    providers::{Discord, DiscordEvents, Fal, Svix, Telnyx},
    replay::{MemoryStore, Replay},
    scheme::{CannotSign, Verdict, verify},
    schemes::StandardWebhooks,
    time::Timestamp,
};

/// The pair that Svix prints in its server's documentation.
const PRIVATE: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const PUBLIC: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const SHARED: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A body that says something to each of the schemes.
const BODY: &str =
    r#"{"type":2,"id":"1","event":{"type":"A"},"data":{"id":"1","event_type":"a"},"status":"OK"}"#;

/// A scheme, how it writes the keys above, and how its requests look.
struct Sender {
    scheme: Arc<dyn Scheme>,
    key: fn(&[u8]) -> String,
    given: &'static [(&'static str, &'static str)],
    header: &'static str,
    prefix: &'static str,
    encoding: Encoding,
}

fn senders() -> [Sender; 6] {
    let whpk = |key: &[u8]| format!("whpk_{}", Encoding::Base64.encode(key));
    let hex = |key: &[u8]| Encoding::Hex.encode(key);
    let discord = |scheme| Sender {
        scheme,
        key: hex,
        given: &[],
        header: "x-signature-ed25519",
        prefix: "",
        encoding: Encoding::Hex,
    };
    let standard = |scheme, given, header| Sender {
        scheme,
        key: whpk,
        given,
        header,
        prefix: "v1a,",
        encoding: Encoding::Base64,
    };
    [
        discord(Arc::new(Discord)),
        discord(Arc::new(DiscordEvents)),
        standard(Arc::new(StandardWebhooks), &[("webhook-id", "msg_1")], "webhook-signature"),
        standard(Arc::new(Svix), &[("svix-id", "msg_1")], "svix-signature"),
        Sender {
            scheme: Arc::new(Telnyx),
            key: |key| Encoding::Base64.encode(key),
            given: &[],
            header: "telnyx-signature-ed25519",
            prefix: "",
            encoding: Encoding::Base64,
        },
        Sender {
            scheme: Arc::new(Fal),
            key: |key| Encoding::Base64Url.encode(key),
            given: &[("x-fal-webhook-request-id", "1"), ("x-fal-webhook-user-id", "2")],
            header: "x-fal-webhook-signature",
            prefix: "",
            encoding: Encoding::Hex,
        },
    ]
}

impl Sender {
    fn request(&self) -> Request<Bytes> {
        let given = self.given.iter().fold(post(BODY), |request, (name, value)| with(request, name, value));
        signed_as(&self.scheme, given, &(self.key)(&decoded(PRIVATE)).replace("whpk_", "whsk_"), NOW)
    }

    fn written(&self, signature: &[u8]) -> String {
        format!("{}{}", self.prefix, self.encoding.encode(signature))
    }

    fn signature(&self) -> Vec<u8> {
        let text = header(&self.request(), self.header);
        self.encoding.decode(text.strip_prefix(self.prefix).unwrap()).unwrap()
    }

    async fn ask(&self, request: Request<Bytes>) -> Outcome {
        outcome(Arc::clone(&self.scheme), &[&(self.key)(&decoded(PUBLIC))], request).await
    }
}

/// A key's bytes, of its text in Standard Webhooks.
fn decoded(key: &str) -> Vec<u8> {
    Encoding::Base64.decode(key.split('_').nth(1).unwrap()).unwrap()
}

fn header(request: &Request<Bytes>, name: &str) -> String {
    request.headers()[name].to_str().unwrap().to_owned()
}

type Outcome = (u16, Option<Kind>);
const HANDLED: Outcome = (200, None);

const fn refused(kind: Kind) -> Outcome {
    (401, Some(kind))
}

/// What the sender is answered, and whether the handler saw it: never without, and always with its answer.
async fn answer<S: Scheme>(scheme: S, keys: &[&str], request: Request<Bytes>) -> Answer {
    let keys = KeySet::new(keys.iter().map(|text| scheme.key(text).unwrap())).unwrap();
    let handler = Handler::new();
    let service = VerifySignatureLayer::new(scheme, keys).clock(clock).layer(handler.clone());
    let answer = ask(service, request.map(Full::new)).await;
    let handled = answer.kind.is_none() && answer.answered.is_none();
    assert_eq!(handler.calls(), usize::from(handled), "{answer:?}");
    answer
}

async fn outcome<S: Scheme>(scheme: S, keys: &[&str], request: Request<Bytes>) -> Outcome {
    answer(scheme, keys, request).await.refusal()
}

fn verified<S: Scheme>(scheme: S, key: &str, request: Request<Bytes>) -> Verified {
    let (parts, body) = request.into_parts();
    match verify(&scheme, &parts, &body, &scheme.key(key).unwrap().into(), NOW) {
        Ok(Verdict::Deliver(verified)) => verified,
        other => panic!("{other:?}"),
    }
}

#[test]
fn keys_of_small_order_protect_nothing() {
    // The five y, each with both signs of x, and those that can also be written as `y + p`.
    for point in [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ] {
        for sender in senders() {
            let key = (sender.key)(&Encoding::Hex.decode(point).unwrap());
            let error = sender.scheme.key(&key).err();
            assert!(
                matches!(error, Some(KeyError::Weak { .. })),
                "{point} {}: {error:?}",
                sender.scheme.name()
            );
        }
    }
}

#[test]
fn keys_that_are_none() {
    let public = decoded(PUBLIC);
    let not_on_the_curve = [[2].as_slice(), &[0; 31]].concat();
    let long = [&public[..], &[0]].concat();
    for sender in senders() {
        for wrong in [&public[..31], &long, &decoded(PRIVATE), &not_on_the_curve] {
            let error = sender.scheme.key(&(sender.key)(wrong)).err();
            assert!(matches!(error, Some(KeyError::Undecodable { .. })), "{wrong:?}: {error:?}");
        }
        let key = (sender.key)(&public);
        assert_eq!(sender.scheme.key(&format!("{key}\n")).err(), Some(KeyError::SurroundingSpace));
        assert!(sender.scheme.key(&key[1..]).is_err());
        assert!(sender.scheme.signing_key(&(sender.key)(&public[..31])).is_err());
    }
}

/// A signature has one form, and is of all of the text.
#[tokio::test]
async fn signatures_that_are_written_otherwise() {
    for sender in senders() {
        let request = || sender.request();
        let send = |value: String| sender.ask(with(request(), sender.header, &value));
        assert_eq!(sender.ask(request()).await.1, None, "{}", sender.scheme.name());

        let signature = sender.signature();
        for wrong in [&signature[..63], &[&signature[..], &[0]].concat(), &signature[..32], &[1]] {
            assert_eq!(send(sender.written(wrong)).await, refused(Kind::MalformedSignature));
        }
        for (at, bit) in [(0, 1), (31, 0x80), (32, 1), (62, 1), (63, 0x10)] {
            let mut wrong = signature.clone();
            wrong[at] ^= bit;
            assert_eq!(send(sender.written(&wrong)).await, refused(Kind::SignatureMismatch), "{at}");
        }
        let altered = [&signature[..32], &plus_the_order(&signature[32..])].concat();
        assert_eq!(send(sender.written(&altered)).await, refused(Kind::SignatureMismatch), "s + L");
        let nothing = [[1].as_slice(), &[0; 63]].concat();
        assert_eq!(send(sender.written(&nothing)).await, refused(Kind::SignatureMismatch), "R small, s = 0");

        let text = header(&request(), sender.header);
        assert_eq!(send(format!("{text}=")).await, refused(Kind::MalformedSignature));
        assert_eq!(
            send(format!("{}{}", sender.prefix, "!".repeat(88))).await,
            refused(Kind::MalformedSignature)
        );
        assert_eq!(send(String::new()).await, refused(Kind::MalformedHeader));
        let mut without = request();
        without.headers_mut().remove(sender.header);
        assert_eq!(sender.ask(without).await, refused(Kind::MissingHeader));
        let mut twice = request();
        twice.headers_mut().append(sender.header, HeaderValue::try_from(text).unwrap());
        assert_eq!(sender.ask(twice).await, refused(Kind::DuplicateHeader));
    }
}

/// The other number that stands for the same scalar. A verifier that takes both has signatures that anybody can alter.
fn plus_the_order(scalar: &[u8]) -> Vec<u8> {
    let order = Encoding::Hex.decode("edd3f55c1a631258d69cf7a2def9de14").unwrap();
    let order = order.into_iter().chain([0; 15]).chain([0x10]);
    let mut carry = 0;
    let sum = scalar.iter().zip(order).map(|(a, b)| {
        carry += u16::from(*a) + u16::from(b);
        let byte = u8::try_from(carry & 0xff).unwrap();
        carry >>= 8;
        byte
    });
    sum.collect()
}

/// Ed25519 signs the same text in the same way each time: so ours is the one that Svix has published.
#[test]
fn the_sender_signs_as_published() {
    let request = with(post(r#"{"test": 2432232314}"#), "webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
    for (key, signature) in [
        (
            PRIVATE,
            "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==",
        ),
        // The Go library's, which has no public key behind the private one.
        (
            "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=",
            "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag==",
        ),
        (SHARED, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ] {
        let signed = signed_as(&StandardWebhooks, request.clone(), key, Timestamp::from_unix(1_614_265_330));
        assert_eq!(header(&signed, "webhook-signature"), signature);
        assert_eq!(header(&signed, "webhook-timestamp"), "1614265330");
    }
}

#[test]
fn what_a_sender_cannot_sign() {
    let key = StandardWebhooks.signing_key(PRIVATE).unwrap();
    let twice = {
        let mut request = with(post("{}"), "webhook-id", "1");
        request.headers_mut().append("webhook-id", HeaderValue::from_static("2"));
        request
    };
    for mut request in [post("{}"), with(post("{}"), "webhook-id", "a.b"), twice] {
        let signed: Result<(), CannotSign> = StandardWebhooks.sign(&mut request, &key, NOW);
        assert!(signed.unwrap_err().to_string().contains("set its header first"));
        assert!(!request.headers().contains_key("webhook-signature"));
    }
}

#[test]
fn each_side_has_its_key() {
    for scheme in [&StandardWebhooks as &dyn Scheme, &Svix] {
        assert_eq!(scheme.key(PRIVATE).err(), Some(KeyError::WrongPrefix { expected: "whpk_" }));
        assert_eq!(scheme.signing_key(PUBLIC).err(), Some(KeyError::WrongPrefix { expected: "whsk_" }));
        assert_eq!(scheme.key("whpk_").err(), Some(KeyError::OnlyPrefix { prefix: "whpk_" }));
        assert_eq!(scheme.signing_key("whsk_").err(), Some(KeyError::OnlyPrefix { prefix: "whsk_" }));
        // The text behind the prefix is no fallback, and another pair's public key is no part of a private one.
        assert!(scheme.key(&PUBLIC.replace("whpk_", "whpk_ ")).is_err());
        assert!(scheme.signing_key(&PRIVATE.replace("VKIDij2HKp", "VKIDij2HKq")).is_err());
        assert!(!format!("{:?} {:?}", scheme.key(PUBLIC), scheme.signing_key(PRIVATE)).contains("1SiA4o9h"));
    }
}

#[test]
fn shared_secrets_that_can_be_guessed() {
    let of = |bytes: usize| format!("whsec_{}", Encoding::Base64.encode(&vec![b'k'; bytes]));
    let least = |characters| Some(KeyError::TooShort { least: characters });
    assert_eq!(StandardWebhooks.key(&of(23)).err(), least(32));
    assert_eq!(StandardWebhooks.signing_key(&of(23)).err(), least(32));
    assert!([24, 64, 75].into_iter().all(|bytes| StandardWebhooks.key(&of(bytes)).is_ok()));
    assert_eq!(Svix.key(&of(15)).err(), least(24));
    assert!([16, 18, 24, 75].into_iter().all(|bytes| Svix.key(&of(bytes)).is_ok()));
}

fn standard(keys: &[&str]) -> Request<Bytes> {
    let request = || with(post(r#"{"type":"user.created"}"#), "webhook-id", "msg_1");
    let signatures = keys.iter().map(|key| signed_as(&StandardWebhooks, request(), key, NOW));
    let signatures: Vec<String> = signatures.map(|request| header(&request, "webhook-signature")).collect();
    with(signed_as(&StandardWebhooks, request(), PRIVATE, NOW), "webhook-signature", &signatures.join(" "))
}

#[tokio::test]
async fn t25_the_key_decides_which_signature_counts() {
    let ask = |keys: &'static [&'static str], request| outcome(StandardWebhooks, keys, request);
    let mismatch = refused(Kind::SignatureMismatch);
    assert_eq!(ask(&[PUBLIC], standard(&[SHARED])).await, mismatch);
    assert_eq!(ask(&[SHARED], standard(&[PRIVATE])).await, mismatch);
    for both in [standard(&[SHARED, PRIVATE]), standard(&[PRIVATE, SHARED])] {
        assert_eq!(ask(&[PUBLIC], both.clone()).await, HANDLED);
        assert_eq!(ask(&[SHARED], both).await, HANDLED);
    }
    for keys in [&[SHARED, PUBLIC], &[PUBLIC, SHARED]] {
        assert_eq!(ask(keys, standard(&[PRIVATE])).await, HANDLED, "while one replaces the other");
        assert_eq!(ask(keys, standard(&[SHARED])).await, HANDLED);
    }

    // Whoever has the public key can make an HMAC with it; and a signature under the other's label is none.
    let bytes_of_public = format!("whsec_{}", &PUBLIC[5..]);
    let forged = standard(&[&bytes_of_public]);
    assert_eq!(ask(&[PUBLIC], forged.clone()).await, mismatch);
    let relabelled = |request: &Request<Bytes>, from, to| {
        with(request.clone(), "webhook-signature", &header(request, "webhook-signature").replace(from, to))
    };
    let malformed = refused(Kind::MalformedSignature);
    assert_eq!(ask(&[PUBLIC], relabelled(&forged, "v1,", "v1a,")).await, malformed);
    assert_eq!(ask(&[PUBLIC], relabelled(&standard(&[PRIVATE]), "v1a,", "v1,")).await, malformed);
    assert_eq!(
        ask(&[PUBLIC], relabelled(&standard(&[PRIVATE]), "v1a,", "v1b,")).await,
        refused(Kind::NoSignature)
    );
}

#[tokio::test]
async fn lists_of_signatures() {
    let right = header(&standard(&[PRIVATE]), "webhook-signature");
    let wrong =
        header(&standard(&["whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk="]), "webhook-signature");
    let shared = header(&standard(&[SHARED]), "webhook-signature");
    let ask = |list: String| {
        outcome(StandardWebhooks, &[PUBLIC], with(standard(&[PRIVATE]), "webhook-signature", &list))
    };
    for list in [
        format!("{wrong} {right}"),
        format!("{right} {wrong} {shared}"),
        format!("v1a, v1a,!! v2,x nothing {right} "),
        [[wrong.as_str(), &shared].repeat(7).join(" "), right.clone()].join(" "),
    ] {
        assert_eq!(ask(list.clone()).await, HANDLED, "{list}");
    }
    for (list, kind) in [
        ([wrong.as_str(), &shared].repeat(8).join(" ") + " " + &right, Kind::TooManySignatures),
        (format!("{wrong} {shared}"), Kind::SignatureMismatch),
        ("v1a,".to_owned(), Kind::MalformedSignature),
        ("v2,AAAA".to_owned(), Kind::NoSignature),
        (right.replace("v1a,", "V1A,"), Kind::NoSignature),
        (right.replace(',', ", "), Kind::MalformedSignature),
    ] {
        assert_eq!(ask(list.clone()).await, refused(kind), "{list}");
    }
}

/// `request` with the headers of one family under the names of the other.
fn renamed(request: &Request<Bytes>, names: &[&str], from: &str, to: &str) -> Request<Bytes> {
    let mut request = request.clone();
    for name in names {
        let value = request.headers_mut().remove(format!("{from}-{name}")).unwrap();
        request.headers_mut().insert(HeaderName::try_from(format!("{to}-{name}")).unwrap(), value);
    }
    request
}

#[tokio::test]
async fn header_names_are_never_mixed() {
    let all = ["id", "timestamp", "signature"];
    for (key, keys) in [(SHARED, [SHARED]), (PRIVATE, [PUBLIC])] {
        let webhook = standard(&[key]);
        let svix = renamed(&webhook, &all, "webhook", "svix");
        let ask = |request| outcome(Svix, &keys, request);
        assert_eq!(ask(svix.clone()).await, HANDLED);
        assert_eq!(ask(webhook.clone()).await, HANDLED);
        assert_eq!(outcome(StandardWebhooks, &keys, svix.clone()).await, refused(Kind::MissingHeader));

        for mixed in [&all[..1], &all[1..2], &all[2..], &all[..2], &all[1..]] {
            let request = renamed(&webhook, mixed, "webhook", "svix");
            assert_eq!(ask(request.clone()).await, refused(Kind::MissingHeader), "{mixed:?}");
            assert_eq!(outcome(StandardWebhooks, &keys, request).await, refused(Kind::MissingHeader));
        }
        // A right signature under the one name does not help a wrong one under the other.
        let both = |svix: &Request<Bytes>| {
            let mut request = webhook.clone();
            request.headers_mut().extend(svix.headers().clone());
            request
        };
        assert_eq!(
            ask(with(both(&svix), "svix-signature", "v1,AAAA")).await,
            refused(Kind::MalformedSignature)
        );
        assert_eq!(ask(with(both(&svix), "svix-id", "msg_2")).await, refused(Kind::SignatureMismatch));
        let other_id = with(both(&svix), "webhook-id", "msg_2");
        assert_eq!(ask(other_id.clone()).await, HANDLED);

        let by_svix = verified(Svix, keys[0], other_id);
        assert_eq!((by_svix.signed_id(), by_svix.signed_event()), (Some("msg_1"), Some("user.created")));
        for request in [svix, webhook] {
            assert_eq!(verified(Svix, keys[0], request).idempotency_key(), by_svix.idempotency_key());
        }
    }
}

/// Of `scheme`, by the pair above.
fn discord(scheme: &dyn Scheme, body: &'static str) -> Request<Bytes> {
    signed_as(scheme, post(body), &Encoding::Hex.encode(&decoded(PRIVATE)), NOW)
}

fn discord_key() -> String {
    Encoding::Hex.encode(&decoded(PUBLIC))
}

#[tokio::test]
async fn discord_pings_are_answered_once_they_are_proven() {
    let key = discord_key();
    let ping = discord(&Discord, r#"{"id":"1","type":1}"#);
    let pong = answer(Discord, &[&key], ping.clone()).await;
    assert_eq!((pong.refusal(), pong.answered), (HANDLED, Some(Answered::Handshake)));
    assert_eq!((pong.text(), pong.header("content-type")), (r#"{"type":1}"#, Some("application/json")));

    let forged = with(ping.clone(), "x-signature-ed25519", &"01".repeat(64));
    let forged = answer(Discord, &[&key], forged).await;
    assert_eq!((forged.refusal(), forged.text()), (refused(Kind::SignatureMismatch), ""));
    let late = signed_as(
        &Discord,
        post(r#"{"type":1}"#),
        &Encoding::Hex.encode(&decoded(PRIVATE)),
        Timestamp::from_unix(1_717_999_699),
    );
    assert_eq!(outcome(Discord, &[&key], late).await, refused(Kind::StaleTimestamp));
    let mut unsigned = ping;
    unsigned.headers_mut().clear();
    assert_eq!(outcome(Discord, &[&key], unsigned).await, refused(Kind::MissingHeader));

    let ping = discord(&DiscordEvents, r#"{"version":1,"application_id":"1","type":0}"#);
    let acknowledged = answer(DiscordEvents, &[&key], ping.clone()).await;
    assert_eq!((acknowledged.status.as_u16(), acknowledged.answered), (204, Some(Answered::Handshake)));
    assert_eq!((acknowledged.text(), acknowledged.header("content-type")), ("", Some("application/json")));
    let forged = with(ping, "x-signature-ed25519", &"01".repeat(64));
    assert_eq!(outcome(DiscordEvents, &[&key], forged).await, refused(Kind::SignatureMismatch));
}

/// What is a PING to the one product is an event to the other.
#[tokio::test]
async fn discords_products_are_told_apart_by_configuration() {
    let key = discord_key();
    let event = r#"{"type":1,"event":{"type":"ENTITLEMENT_CREATE"}}"#;
    let delivered = verified(DiscordEvents, &key, discord(&DiscordEvents, event));
    assert_eq!(delivered.signed_event(), Some("ENTITLEMENT_CREATE"));
    let answered = answer(DiscordEvents, &[&key], discord(&DiscordEvents, event)).await;
    assert_eq!((answered.refusal(), answered.answered), ((204, None), None), "the handler's 200 becomes 204");

    let command = verified(Discord, &key, discord(&Discord, r#"{"id":"7","type":2}"#));
    assert_eq!((command.signed_event(), command.signed_id()), (Some("2"), Some("7")));
    let none = verified(DiscordEvents, &key, discord(&DiscordEvents, r#"{"type":2}"#));
    assert_eq!((none.event(), none.id()), (None, None));
}

#[tokio::test]
async fn discord_bodies_that_decide_nothing_or_twice() {
    let key = discord_key();
    for body in [
        "",
        "[]",
        "{}",
        r#"{"type":"1"}"#,
        r#"{"type":-1}"#,
        r#"{"type":1.0}"#,
        r#"{"type":1,"type":2}"#,
        r#"{"type":2,"\u0074ype":1}"#,
        r#"{"type":2} {"type":1}"#,
        r#"{"type":1"#,
    ] {
        for scheme in [Arc::new(Discord) as Arc<dyn Scheme>, Arc::new(DiscordEvents)] {
            let request = discord(&scheme, body);
            assert_eq!(outcome(scheme, &[&key], request).await, refused(Kind::MalformedBody), "{body}");
        }
    }
    let ids = discord(&Discord, r#"{"id":"1","type":2,"id":"2"}"#);
    assert_eq!(outcome(Discord, &[&key], ids).await, refused(Kind::MalformedBody));
    let events = discord(&DiscordEvents, r#"{"type":1,"event":{"type":"A","type":"B"}}"#);
    assert_eq!(outcome(DiscordEvents, &[&key], events).await, refused(Kind::MalformedBody));
}

/// There is nothing between time and body, so the border can be moved and the signature still holds.
#[tokio::test]
async fn a_digit_moved_to_the_body_makes_another_time() {
    let mut moved = discord(&Discord, r#"{"type":1}"#);
    let time = header(&moved, "x-signature-timestamp");
    moved = with(moved, "x-signature-timestamp", &time[..9]);
    *moved.body_mut() = Bytes::from(format!("{}{}", &time[9..], r#"{"type":1}"#));
    assert_eq!(outcome(Discord, &[&discord_key()], moved).await, refused(Kind::StaleTimestamp));
}

#[tokio::test]
async fn an_interaction_is_handled_once() {
    let layer = VerifySignatureLayer::new(Discord, Discord.key(&discord_key()).unwrap())
        .clock(clock)
        .replay(Replay::new(MemoryStore::new(10), "x"));
    let handler = Handler::new();
    let mut outcomes = Vec::new();
    for _ in 0..2 {
        let request = discord(&Discord, r#"{"id":"7","type":2}"#).map(Full::new);
        outcomes.push(ask(layer.layer(handler.clone()), request).await.refusal());
    }
    assert_eq!((outcomes, handler.calls()), (vec![HANDLED, refused(Kind::Replayed)], 1));
}

#[tokio::test]
async fn telnyx_takes_200_only() {
    let request = || signed_as(&Telnyx, post(BODY), &Encoding::Base64.encode(&decoded(PRIVATE)), NOW);
    let key = Encoding::Base64.encode(&decoded(PUBLIC));
    let handler = Handler::answering([204]);
    let layer = VerifySignatureLayer::new(Telnyx, Telnyx.key(&key).unwrap()).clock(clock);
    assert_eq!(ask(layer.layer(handler), request().map(Full::new)).await.refusal(), HANDLED);
    let delivery = verified(Telnyx, &key, request());
    assert_eq!((delivery.signed_event(), delivery.signed_id()), (Some("a"), Some("1")));
    let twice = r#"{"data":{"id":"1"},"data":{"id":"2"}}"#;
    let twice = signed_as(&Telnyx, post(twice), &Encoding::Base64.encode(&decoded(PRIVATE)), NOW);
    assert_eq!(outcome(Telnyx, &[&key], twice).await, refused(Kind::MalformedBody));
}

#[tokio::test]
async fn fal_signs_each_of_its_headers() {
    let fal = senders().into_iter().last().unwrap();
    for name in ["x-fal-webhook-request-id", "x-fal-webhook-user-id", "x-fal-webhook-timestamp"] {
        let mut without = fal.request();
        without.headers_mut().remove(name);
        assert_eq!(fal.ask(without).await, refused(Kind::MissingHeader), "{name}");
        let changed = with(fal.request(), name, "1718000001");
        assert_eq!(fal.ask(changed).await, refused(Kind::SignatureMismatch), "{name}");
        let mut twice = fal.request();
        twice.headers_mut().append(name, HeaderValue::from_static("1718000000"));
        assert_eq!(fal.ask(twice).await, refused(Kind::DuplicateHeader), "{name}");
    }
    let delivery = verified(Fal, &(fal.key)(&decoded(PUBLIC)), fal.request());
    assert_eq!((delivery.signed_event(), delivery.signed_id()), (Some("OK"), Some("1")));
}

/// The set as fal.ai publishes it; a request names none of its keys.
#[cfg(feature = "jwks")]
#[tokio::test]
async fn fal_signs_with_any_key_of_its_set() {
    let fal = senders().into_iter().last().unwrap();
    let jwk = |x: &str| format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    let (own, other) =
        (jwk(&(fal.key)(&decoded(PUBLIC))), jwk("YCWZwvPamuFNwegNq14k4hrOmTDy87fs8HdeVcvUx30"));
    for (set, expected) in [
        (format!("{other},{own}"), HANDLED),
        (format!("{own},{other}"), HANDLED),
        (other, refused(Kind::SignatureMismatch)),
    ] {
        let keys = KeySet::from_jwks(
            format!(r#"{{"keys":[{set}]}}"#).as_bytes(),
            tower_webhook::key::Algorithm::Ed25519,
        )
        .unwrap();
        let service = VerifySignatureLayer::new(Fal, keys).clock(clock).layer(Handler::new());
        assert_eq!(ask(service, fal.request().map(Full::new)).await.refusal(), expected, "{set}");
    }
}
