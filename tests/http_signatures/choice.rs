//! Which signature, key and algorithm count, and what the delivery is known by.
use super::{
    BODY, SECRET, URL, USUAL, acme, add, answer, assert_refused, field, header, mac, request, set, signed,
    usual, usual_lines, verdict, with_input,
};
use crate::common::{Handler, OTHER_SECRET, ask, clock};
use bytes::Bytes;
use http::{HeaderName, Request};
use http_body_util::Full;
use std::sync::{Arc, Mutex};
use tower::Layer as _;
use tower_webhook::{
    RejectionKind as Kind, Scheme as _, VerifySignatureLayer,
    key::{KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet, Tenants},
    replay::{MemoryStore, Replay},
    schemes::{
        ByTenant, Source,
        http_signatures::{Component, HttpSignatures},
    },
};

/// A second signature, whose input is `input`, with the label `other`. It is wrong.
fn beside(request: Request<Bytes>, input: &str) -> Request<Bytes> {
    let inputs = format!("{}, other={input}", header(&request, "signature-input"));
    let signatures = format!("{}, other=:AAAA:", header(&request, "signature"));
    set(set(request, "signature-input", inputs), "signature", signatures)
}

#[tokio::test]
async fn of_several_signatures_the_receiver_chooses() {
    let two = || beside(usual(";tag=\"acme\""), r#"("@method");created=1;tag="gateway""#);
    assert_refused("two", &acme(), two(), 401, Kind::TooManySignatures).await;
    for receiver in [acme().label("sig1"), acme().tag("acme"), acme().label("sig1").tag("acme")] {
        verdict(&receiver, two()).unwrap();
    }
    for (name, receiver, kind) in [
        ("another label", acme().label("sig2"), Kind::NoSignature),
        ("another tag", acme().tag("other"), Kind::NoSignature),
        ("no tag", acme().label("sig1").tag("gateway"), Kind::NoSignature),
        // Its own words are refused, and the right signature beside it is of no help.
        ("the wrong one", acme().label("other"), Kind::NotCovered),
        ("the wrong tag", acme().tag("gateway"), Kind::NotCovered),
    ] {
        assert_refused(name, &receiver, two(), 401, kind).await;
    }
    let same = beside(usual(";tag=\"acme\""), r#"("@method");created=1;tag="acme""#);
    assert_refused("one tag twice", &acme().tag("acme"), same.clone(), 401, Kind::TooManySignatures).await;
    verdict(&acme().tag("acme").label("sig1"), same).unwrap();
    let untagged = with_input(&format!("{USUAL};tag=acme"));
    assert_refused("a tag that is no string", &acme().tag("acme"), untagged, 401, Kind::NoSignature).await;
}

/// In lines of their own, as proxies add them.
#[test]
fn labels_in_several_lines() {
    let request = add(usual(""), "signature-input", r#"proxy=("@method");created=1"#);
    let request = add(request, "signature", "proxy=:AAAA:");
    verdict(&acme().label("sig1"), request.clone()).unwrap();
    assert_eq!(verdict(&acme(), request).map(drop), Err(Kind::TooManySignatures));
}

#[tokio::test]
async fn alg_never_chooses() {
    verdict(&acme(), usual(";alg=\"hmac-sha256\"")).unwrap();
    for wrong in ["ed25519", "rsa-pss-sha512", "hmac-sha1", "none", "HMAC-SHA256", ""] {
        let request = usual(&format!(";alg={wrong:?}"));
        assert_refused(wrong, &acme(), request, 401, Kind::UnsupportedAlgorithm).await;
    }
    let token = usual(";alg=hmac-sha256");
    assert_refused("no string", &acme(), token, 401, Kind::MalformedHeader).await;
}

/// The keys of several senders, by `keyid`; and what was asked for.
#[derive(Clone, Default)]
struct Directory {
    asked: Arc<Mutex<Vec<KeyRef>>>,
}

impl KeyProvider for Directory {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        self.asked.lock().unwrap().push(key.clone());
        let of = |secret: &str, tenant: &str| Ok(KeySet::from(acme().key(secret).unwrap()).of_tenant(tenant));
        KeyLookup::ready(match key {
            KeyRef::Id(id) if **id == *"key-1" => of(SECRET, "acme"),
            KeyRef::Id(id) if **id == *"key-2" => of(OTHER_SECRET, "globex"),
            _ => Err(KeyLookupError::Unknown),
        })
    }
}

#[tokio::test]
async fn keyid_is_what_keys_are_looked_up_by() {
    let directory = Directory::default();
    let ask = async |more: &str| answer(&acme(), directory.clone(), usual(more)).await;
    assert_eq!(ask(";keyid=\"key-1\"").await, (200, None));
    assert_eq!(ask(";keyid=\"key-2\"").await, (401, Some(Kind::SignatureMismatch)), "somebody else's key");
    assert_eq!(ask(";keyid=\"key-3\"").await, (401, Some(Kind::UnknownKey)));
    assert_eq!(ask(";keyid=\"\"").await, (401, Some(Kind::UnknownKey)));
    assert_eq!(ask("").await, (401, Some(Kind::UnknownKey)));
    let asked = directory.asked.lock().unwrap().clone();
    let id = |id: &str| KeyRef::Id(id.into());
    assert_eq!(asked, [id("key-1"), id("key-2"), id("key-3"), id(""), KeyRef::Endpoint]);

    let wrong = usual(";keyid=key-1");
    assert_refused("no string", &acme(), wrong, 401, Kind::MalformedHeader).await;
    // A fixed key is not asked for.
    verdict(&acme(), usual(";keyid=\"key-3\"")).unwrap();
}

#[tokio::test]
async fn keyid_beside_a_tenant() {
    let tenants = || Tenants::new().with("acme", acme().key(SECRET).unwrap());
    let by_path = |scheme: HttpSignatures| ByTenant::new(scheme, Source::LastSegment);
    let ask = async |scheme, more: &str| {
        let layer = VerifySignatureLayer::new(by_path(scheme), tenants()).clock(clock);
        ask(layer.layer(Handler::new()), usual(more).map(Full::new)).await.refusal()
    };
    assert_eq!(ask(acme(), "").await, (200, None));
    assert_eq!(ask(acme(), ";keyid=\"key-1\"").await, (401, Some(Kind::TenantMismatch)), "names two keys");
    assert_eq!(ask(acme().ignores_key_id(), ";keyid=\"key-1\"").await, (200, None));
}

#[tokio::test]
async fn a_nonce_where_one_is_demanded() {
    let receiver = acme().demands_nonce();
    let first = verdict(&receiver, usual(";nonce=\"n-1\"")).unwrap();
    assert_eq!(first.signed_id(), Some("n-1"));
    assert_refused("none", &receiver, usual(""), 401, Kind::UnacceptableSignature).await;
    assert_refused("empty", &receiver, usual(";nonce=\"\""), 401, Kind::UnacceptableSignature).await;
    assert_refused("no string", &receiver, usual(";nonce=1"), 401, Kind::MalformedHeader).await;
    // Where it is not, it is part of the signed text all the same.
    let keys = ["", ";nonce=\"n-1\"", ";nonce=\"n-2\""].map(|more| {
        let verified = verdict(&acme(), usual(more)).unwrap();
        assert_eq!(verified.id(), None);
        verified.idempotency_key().unwrap()
    });
    assert!(keys[0] != keys[1] && keys[1] != keys[2]);
    assert_eq!(verdict(&acme(), usual("")).unwrap().idempotency_key().unwrap(), keys[0]);
}

#[tokio::test]
async fn t12_the_replay_memory_knows_nonces_and_texts() {
    let later = |more: &str| {
        let input = format!("{}{more}", USUAL.replace("1718000000", "1718000001"));
        signed(request(URL, &[]), &input, &usual_lines())
    };
    for (receiver, again, other) in [
        (acme().demands_nonce(), later(";nonce=\"n-1\""), later(";nonce=\"n-2\"")),
        (acme(), usual(";nonce=\"n-1\""), later(";nonce=\"n-1\"")),
    ] {
        let handler = Handler::new();
        let replay = Replay::new(MemoryStore::new(10), "billing");
        let layer = VerifySignatureLayer::new(receiver.clone(), receiver.key(SECRET).unwrap());
        let service = layer.clock(clock).replay(replay).layer(handler.clone());
        for (request, calls) in [(usual(";nonce=\"n-1\""), 1), (again, 1), (other, 2)] {
            let answer = ask(service.clone(), request.map(Full::new)).await;
            assert_eq!((answer.kind, handler.calls()), (None, calls));
        }
    }
}

/// The headers that a receiver demands are signed for it, and others are not.
#[test]
fn event_and_id() {
    let source = |name| Source::Header(HeaderName::from_static(name));
    let lines = [
        usual_lines()[3].clone(),
        r#""acme-event": invoice.paid"#.to_owned(),
        r#""acme-id": msg_1"#.to_owned(),
    ];
    let input = r#"("content-digest" "acme-event" "acme-id");created=1718000000;nonce="n-1""#;
    let delivery =
        || signed(request(URL, &[("acme-event", b"invoice.paid"), ("acme-id", b"msg_1")]), input, &lines);
    let described = acme().event(source("acme-event")).id(source("acme-id"));

    let all = [field("content-digest"), field("acme-event"), field("acme-id")];
    let verified = verdict(&described.clone().requires(all).demands_nonce(), delivery()).unwrap();
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("invoice.paid"), Some("msg_1")));

    // This delivery covers them, and the next need not.
    let receiver = described.requires([field("content-digest")]);
    let verified = verdict(&receiver, delivery()).unwrap();
    assert_eq!((verified.event(), verified.signed_event()), (Some("invoice.paid"), None));
    assert_eq!((verified.id(), verified.signed_id()), (Some("msg_1"), None));
    let verified = verdict(&receiver.demands_nonce(), delivery()).unwrap();
    assert_eq!(verified.signed_id(), Some("n-1"));
}

#[cfg(feature = "json")]
#[test]
fn event_in_the_body() {
    let receiver = acme().event(Source::Json("type")).id(Source::Json("id"));
    let verified = verdict(&receiver, usual("")).unwrap();
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("invoice.paid"), Some("evt_1")));
    let input = r#"("@method");created=1718000000"#;
    let uncovered = signed(request(URL, &[]), input, &[r#""@method": POST"#]);
    let verified = verdict(&receiver.requires([Component::Method]), uncovered).unwrap();
    assert_eq!((verified.event(), verified.signed_event()), (Some("invoice.paid"), None));
    assert_eq!((verified.id(), verified.signed_id()), (Some("evt_1"), None));
    assert_eq!(verified.body(), BODY);
}

/// One signature is right and the other wrong: each label has its own.
#[tokio::test]
async fn t18_a_signature_under_another_label() {
    let other = r#"("@method" "@authority" "@path" "content-digest");created=1718000000;tag="other""#;
    let inputs = format!("a={USUAL}, b={other}");
    let signatures = format!("a={}, b={}", mac(&usual_lines(), other), mac(&usual_lines(), USUAL));
    let exchanged = set(set(request(URL, &[]), "signature-input", inputs), "signature", signatures);
    for label in ["a", "b"] {
        let receiver = acme().label(label);
        assert_refused(label, &receiver, exchanged.clone(), 401, Kind::SignatureMismatch).await;
    }
}
