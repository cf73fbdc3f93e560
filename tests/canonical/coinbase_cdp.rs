//! Coinbase Developer Platform. The signatures are by Python's `hmac`.
use super::{
    common::{Handler, ask, provider::Provider},
    request,
};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    key::KeyError,
    providers::CoinbaseCdp,
    replay::{MemoryStore, Replay},
    scheme::Proof,
    time::Timestamp,
};

const URL: &str = "https://example.com/hooks";
const SECRET: &str = "cdp_secret";
const SENT: i64 = 1_718_000_000;
const ID: &str = "6f1c8a52-8f4e-4a57-9a54-4d5c2c1b7f10";
const NAMES: &str = "content-type x-event-id x-event-type";

const ONRAMP: &str = r#"{"eventType":"onramp.transaction.updated"}"#;
const ONRAMP_V0: &str = "c5563d0829794f8acebde9caf6621421132536665c5bf7ed9c5a56ce33e75daa";
const ONRAMP_V1: &str = "d7e3511481806197e58c23d6a15a5ab02bff0828f408fdf31711d6c0f5927417";

/// Its body does not name the event.
const ONCHAIN: &str = r#"{"transactionHash":"0x1.{2}"}"#;
const ONCHAIN_V1: &str = "d30685d339d93528bf46aa040e07cbe038900c23f806ffb13d970b15664f87ee";

fn v1() -> Provider<CoinbaseCdp> {
    Provider::new(CoinbaseCdp::v1(), SECRET, SENT, URL)
}

fn v0() -> Provider<CoinbaseCdp> {
    Provider::new(CoinbaseCdp::v0(), SECRET, SENT, URL)
}

fn delivery(signature: &str, id: &str, event: &str, body: &str) -> Request<Bytes> {
    let headers = [
        ("content-type", "application/json"),
        ("x-event-id", id),
        ("x-event-type", event),
        ("x-hook0-signature", signature),
    ];
    request(URL, &headers, body.to_owned())
}

fn onramp(signature: &str) -> Request<Bytes> {
    delivery(signature, ID, "onramp.transaction.updated", ONRAMP)
}

fn onchain(signature: &str) -> Request<Bytes> {
    delivery(signature, ID, "onchain.activity.detected", ONCHAIN)
}

fn both() -> String {
    format!("t={SENT},v0={ONRAMP_V0},h={NAMES},v1={ONRAMP_V1}")
}

#[test]
fn what_is_signed_is_marked_so() {
    let found = v1().accepts("v1", onramp(&both()));
    assert_eq!(found.proof(), Proof::SignedBody);
    assert_eq!(found.signed_at(), Some(Timestamp::from_unix(SENT)));
    assert_eq!((found.signed_id(), found.signed_event()), (Some(ID), Some("onramp.transaction.updated")));

    let found = v0().accepts("v0", onramp(&both()));
    assert_eq!((found.id(), found.signed_id()), (Some(ID), None));
    assert_eq!(found.signed_event(), Some("onramp.transaction.updated"), "by the body");

    let found = v1().accepts("v1", onchain(&format!("t={SENT},h={NAMES},v1={ONCHAIN_V1}")));
    assert_eq!(found.signed_event(), Some("onchain.activity.detected"), "by the header");
    let signature = "8be7058813a44d574783b5e4025bbd953e9c4ea41a27f8ec2ff41ffcdb1be75f";
    let found = v0().accepts("v0", onchain(&format!("t={SENT},v0={signature}")));
    assert_eq!((found.event(), found.signed_event()), (Some("onchain.activity.detected"), None));

    let without = request(URL, &[("x-hook0-signature", &format!("t={SENT},v0={signature}"))], ONCHAIN);
    let found = v0().accepts("no headers", without);
    assert_eq!((found.event(), found.id()), (None, None));
}

#[tokio::test]
async fn t08_a_weaker_signature_does_not_rescue_a_stronger_one() {
    let other = ONRAMP_V0;
    for (what, signature, kind) in [
        ("v0 alone", format!("t={SENT},v0={ONRAMP_V0}"), Kind::MalformedHeader),
        ("v0 and the list", format!("t={SENT},v0={ONRAMP_V0},h={NAMES}"), Kind::NoSignature),
        ("v1 is wrong", format!("t={SENT},v0={ONRAMP_V0},h={NAMES},v1={other}"), Kind::SignatureMismatch),
        ("v0 as v1", format!("t={SENT},h={NAMES},v1={ONRAMP_V0}"), Kind::SignatureMismatch),
        ("v1 without the list", format!("t={SENT},v1={ONRAMP_V1}"), Kind::MalformedHeader),
    ] {
        v1().refuses(what, onramp(&signature), kind).await;
    }
    v0().refuses("v1 alone", onramp(&format!("t={SENT},h={NAMES},v1={ONRAMP_V1}")), Kind::NoSignature).await;
    v0().refuses("v1 as v0", onramp(&format!("t={SENT},v0={ONRAMP_V1}")), Kind::SignatureMismatch).await;
}

#[tokio::test]
async fn a_header_that_is_wrong_is_refused() {
    let (t, h, v) = (format!("t={SENT}"), format!("h={NAMES}"), format!("v1={ONRAMP_V1}"));
    for (what, signature, kind) in [
        ("empty", String::new(), Kind::MalformedHeader),
        ("no list at all", ONRAMP_V1.to_owned(), Kind::MalformedHeader),
        ("no time", format!("{h},{v}"), Kind::MalformedHeader),
        ("t37: two times", format!("{t},{t},{h},{v}"), Kind::MalformedHeader),
        ("two lists", format!("{t},{h},{h},{v}"), Kind::MalformedHeader),
        ("t15: a time with a sign", format!("t=+{SENT},{h},{v}"), Kind::MalformedTimestamp),
        ("t15: a time in milliseconds", format!("t={SENT}000,{h},{v}"), Kind::FutureTimestamp),
        ("t15: no number", format!("t=NaN,{h},{v}"), Kind::MalformedTimestamp),
        ("t01: an empty signature", format!("{t},{h},v1="), Kind::MalformedSignature),
        ("t01: a prefix of one", format!("{t},{h},{}", &v[..60]), Kind::MalformedSignature),
        ("t01: a longer one", format!("{t},{h},{v}00"), Kind::MalformedSignature),
        ("no names", format!("{t},h=,{v}"), Kind::MalformedHeader),
        ("a name that is none", format!("{t},h=content-type {{,{v}"), Kind::MalformedHeader),
        ("two spaces", format!("{t},h=content-type  x-event-id,{v}"), Kind::MalformedHeader),
        ("upper case", format!("{t},h=Content-Type,{v}"), Kind::MalformedHeader),
        ("a name with a dot", format!("{t},h=content.type,{v}"), Kind::MalformedHeader),
        ("a name twice", format!("{t},h=x-event-id x-event-id,{v}"), Kind::MalformedHeader),
        ("t21: a name often", format!("{t},h={}x,{v}", "x-event-id ".repeat(500)), Kind::MalformedHeader),
        ("a header that is not there", format!("{t},h={NAMES} x-other,{v}"), Kind::MissingHeader),
        ("another order", format!("{t},h=x-event-id content-type x-event-type,{v}"), Kind::SignatureMismatch),
        ("fewer", format!("{t},h=content-type x-event-id,{v}"), Kind::SignatureMismatch),
        (
            "t18: many",
            format!("{t},{h},{}{v}", format!("v1={ONRAMP_V0},").repeat(16)),
            Kind::TooManySignatures,
        ),
    ] {
        v1().refuses(what, onramp(&signature), kind).await;
    }
    let many = format!("{t},{h},{}{v}", format!("v1={ONRAMP_V0},").repeat(15));
    v1().accepts("t18: any of several", onramp(&many));
    v1().refuses("no header", request(URL, &[], ONRAMP), Kind::MissingHeader).await;
    let mut doubled = onramp(&both());
    doubled.headers_mut().append("x-hook0-signature", both().parse().unwrap());
    v1().refuses("t19: twice", doubled, Kind::DuplicateHeader).await;
}

#[tokio::test]
async fn t02_what_is_signed_cannot_be_changed() {
    let changed = |name: &'static str, value: &str| {
        let mut request = onramp(&both());
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    v1().refuses("the id", changed("x-event-id", "evt"), Kind::SignatureMismatch).await;
    v1().refuses("the type", changed("content-type", "text/plain"), Kind::SignatureMismatch).await;
    v1().refuses("an empty id", changed("x-event-id", ""), Kind::MalformedHeader).await;
    v1().refuses("an id in Latin-1", changed("x-event-id", "\u{e9}"), Kind::MalformedHeader).await;
    v0().accepts("the id, by v0", changed("x-event-id", "evt"));
    let mut doubled = onramp(&both());
    doubled.headers_mut().append("x-event-id", ID.parse().unwrap());
    v1().refuses("t19: the id twice", doubled, Kind::DuplicateHeader).await;

    let event = || changed("x-event-type", "onramp.transaction.created");
    v1().refuses("the event", event(), Kind::SignatureMismatch).await;
    v0().refuses("t26: the event, by v0", event(), Kind::EventMismatch).await;
    for scheme in [v0(), v1()] {
        let body = ONRAMP.replace("updated", "created");
        let other = delivery(&both(), ID, "onramp.transaction.updated", &body);
        scheme.refuses("the body", other, Kind::SignatureMismatch).await;
        scheme.at(SENT + 300).accepts("as old as may be", onramp(&both()));
    }
    v1().at(SENT + 301).refuses("t14: older", onramp(&both()), Kind::StaleTimestamp).await;
    v1().at(SENT - 301).refuses("t14: further ahead", onramp(&both()), Kind::FutureTimestamp).await;
}

/// The same signed text each time, with a border moved.
#[tokio::test]
async fn borders_cannot_be_moved() {
    let signature = format!("t={SENT},h={NAMES},v1={ONCHAIN_V1}");
    for (what, event, body) in [
        ("the event into the body", "onchain.activity", "detected.{\"transactionHash\":\"0x1.{2}\"}"),
        ("the body into the event", "onchain.activity.detected.{\"transactionHash\":\"0x1", "{2}\"}"),
    ] {
        v1().refuses(what, delivery(&signature, ID, event, body), Kind::MalformedBody).await;
    }
    // Between the values: the body is still the body, and what they say decides nothing.
    let moved = delivery(&signature, &format!("{ID}.onchain"), "activity.detected", ONCHAIN);
    let found = v1().accepts("the event into the id", moved);
    assert_eq!((found.signed_id(), found.signed_event()), (None, None));

    // A body that is no object, where the values have dots.
    let list = "92e4e67e7bb9580cd0d675d279a1bd7d82e3c729489f0e16ccde041345934237";
    let list = format!("t={SENT},h={NAMES},v1={list}");
    let list = delivery(&list, ID, "onchain.activity.detected", "[1.5]");
    v1().refuses("a list", list, Kind::MalformedBody).await;
}

#[test]
fn headers_of_other_lists_decide_nothing() {
    let signature = "87b6d561045438d4267a952419cf48eb12108ce65fb0db3304cd9dd9d70ede81";
    let line = format!("t={SENT},h=content-type x-custom x-event-id x-event-type,v1={signature}");
    let with = |custom: &str, id: &str, event: &str| {
        let mut request = delivery(&line, id, event, ONCHAIN);
        request.headers_mut().insert("x-custom", custom.parse().unwrap());
        request
    };
    let found = v1().accepts("as sent", with("a.b", ID, "onchain.activity.detected"));
    assert_eq!((found.id(), found.signed_id(), found.signed_event()), (Some(ID), None, None));
    let moved = v1().accepts("moved", with("a", "b", &format!("{ID}.onchain.activity.detected")));
    assert_eq!(moved.idempotency_key(), found.idempotency_key(), "it is the same delivery");

    // As many as are documented, and others.
    let line = "t=1718000000,h=content-type x-custom x-event-id,v1=561775cdd77c69b20c111e9c226722cce1d5f7b84b6bf1de39985a5e3a2ddcf8";
    let mut other = delivery(line, ID, "onchain.activity.detected", ONCHAIN);
    other.headers_mut().insert("x-custom", "a".parse().unwrap());
    let found = v1().accepts("three others", other);
    assert_eq!((found.id(), found.signed_id(), found.signed_event()), (Some(ID), None, None));
}

#[tokio::test]
async fn t13_a_replay_is_known_whatever_it_calls_itself() {
    let handler = Handler::new();
    let replay = |name| Replay::new(MemoryStore::new(100), name);
    let by_v1 = v1().layer().replay(replay("v1")).layer(handler.clone());
    let by_v0 = v0().layer().replay(replay("v0")).layer(handler.clone());
    ask(by_v1.clone(), onramp(&both()).map(Full::new)).await;
    ask(by_v0.clone(), onramp(&both()).map(Full::new)).await;
    assert_eq!(handler.calls(), 2);
    // Without `v0` it is the same one by `v1`, and under another id the same one by `v0`.
    let stripped = onramp(&format!("t={SENT},h={NAMES},v1={ONRAMP_V1}"));
    assert!(ask(by_v1, stripped.map(Full::new)).await.answered.is_some());
    let renamed = delivery(&both(), "another", "onramp.transaction.updated", ONRAMP);
    assert!(ask(by_v0, renamed.map(Full::new)).await.answered.is_some());
    assert_eq!(handler.calls(), 2);
}

#[test]
fn signs_as_documented() {
    let sign = |scheme: CoinbaseCdp, mut request: Request<Bytes>| {
        request.headers_mut().remove("x-hook0-signature");
        let key = scheme.signing_key(SECRET).unwrap();
        let signed = scheme.sign(&mut request, &key, Timestamp::from_unix(SENT));
        signed.map(|()| request.headers()["x-hook0-signature"].to_str().unwrap().to_owned())
    };
    assert_eq!(sign(CoinbaseCdp::v1(), onramp("")).unwrap(), both());
    assert_eq!(sign(CoinbaseCdp::v0(), onramp("")).unwrap(), format!("t={SENT},v0={ONRAMP_V0}"));
    for name in ["content-type", "x-event-id", "x-event-type"] {
        let mut request = onramp("");
        request.headers_mut().remove(name);
        let error = sign(CoinbaseCdp::v1(), request.clone()).unwrap_err().to_string();
        assert!(
            error.ends_with("lacks `Content-Type`, `X-Event-Id` or `X-Event-Type`: set it first"),
            "{error}"
        );
        assert!(sign(CoinbaseCdp::v0(), request).is_ok());
    }
}

#[test]
fn t04_what_is_no_secret_is_no_key() {
    for scheme in [CoinbaseCdp::v0(), CoinbaseCdp::v1()] {
        for (text, error) in
            [("", KeyError::Empty), ("\t", KeyError::Blank), (" a", KeyError::SurroundingSpace)]
        {
            assert_eq!(scheme.key(text).unwrap_err(), error, "{text:?}");
        }
    }
}
