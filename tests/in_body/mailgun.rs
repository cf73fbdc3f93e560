//! Mailgun, by the triple that its own package tests with.
use super::{
    URL,
    common::provider::Provider,
    common::{Handler, ask},
    post,
};
use axum::{Router, body::Body, routing};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};
use tower_webhook::{
    Event, RejectionKind as Kind, Scheme, Verified, VerifiedBytes,
    event::EventErrorKind,
    key::KeyError,
    providers::{Mailgun, MailgunForm},
    replay::{MemoryStore, Replay},
    scheme::{Format, Proof},
    time::Timestamp,
};

const KEY: &str = "key-3ax6xnjp29jd6fds4gc373sgvjxteol0";
const SENT: i64 = 1_403_645_220;
const TIME: &str = "1403645220";
const TOKEN: &str = "5egbgr1vjgqxtrnp65xfznchgdccwh5d6i09vijqi3whgowmn6";
const SIGNATURE: &str = "9cfc5c41582e51246e73c88d34db3af0a3a2692a76fbab81492842f000256d33";

/// Of the same text, with `key-of-the-primary-account`, by Python's `hmac`.
const PARENT: &str = "21e6ff46ae86922fb92315d826ab24a3cb733fbe1e2ce2c3abf480f730c9d400";
const PARENT_KEY: &str = "key-of-the-primary-account";

fn mailgun() -> Provider<Mailgun> {
    Provider::new(Mailgun, KEY, SENT, URL)
}

fn form() -> Provider<MailgunForm> {
    Provider::new(MailgunForm, KEY, SENT, URL)
}

fn signature() -> Value {
    json!({ "timestamp": TIME, "token": TOKEN, "signature": SIGNATURE })
}

/// A webhook with this as its `signature`.
fn webhook(signature: &Value) -> String {
    json!({ "signature": signature, "event-data": { "event": "opened" } }).to_string()
}

/// The webhook, with one of the signature's texts replaced.
fn with(name: &str, value: impl Into<Value>) -> String {
    let mut signature = signature();
    signature[name] = value.into();
    webhook(&signature)
}

#[test]
fn only_time_and_token_are_signed() {
    let delivery = mailgun().accepts("published", post(webhook(&signature())));
    assert_eq!(delivery.proof(), Proof::SignedHead);
    assert_eq!(delivery.signed_id(), Some(TOKEN));
    assert_eq!(delivery.signed_at(), Some(Timestamp::from_unix(SENT)));
    assert_eq!((delivery.event(), delivery.signed_event()), (Some("opened"), None));

    let fields = format!("event=opened&timestamp={TIME}&token={TOKEN}&signature={SIGNATURE}");
    let delivery = form().accepts("published", post(fields));
    assert_eq!((delivery.proof(), delivery.format()), (Proof::SignedHead, Format::Form));
    assert_eq!((delivery.signed_id(), delivery.event()), (Some(TOKEN), None));

    for body in [json!({ "signature": signature() }), json!({ "signature": signature(), "event-data": null })]
    {
        assert_eq!(mailgun().accepts("no event", post(body.to_string())).event(), None);
    }
}

/// Nothing but the triple is signed: whatever else is in the body, the replay memory knows the delivery by its token.
#[test]
fn what_is_unreadable_in_the_body_does_not_hide_the_token() {
    let known = mailgun().accepts("as sent", post(webhook(&signature()))).idempotency_key();
    let mut body = webhook(&signature()).into_bytes();
    let event = body.windows(6).position(|bytes| bytes == b"opened").unwrap();
    body[event] = 0xff;
    let request = Request::post(URL).body(Bytes::from(body)).unwrap();
    let delivery = mailgun().accepts("an event that is not UTF-8", request);
    assert_eq!((delivery.signed_id(), delivery.event()), (Some(TOKEN), None));
    assert_eq!(delivery.idempotency_key(), known);
}

#[test]
fn a_subaccount_is_vouched_for_by_either_key() {
    let body = with("parent-signature", PARENT);
    mailgun().accepts("the subaccount's key", post(body.clone()));
    Provider::new(Mailgun, PARENT_KEY, SENT, URL).accepts("the primary account's", post(body));
    // A parent's signature in the other's place counts as much: both are of the same text.
    Provider::new(Mailgun, PARENT_KEY, SENT, URL).accepts("alone", post(with("signature", PARENT)));
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused() {
    let twice = |text: &str| webhook(&signature()).replacen(text, &format!("{text},{text}"), 1);
    for (what, body) in [
        ("nothing", String::new()),
        ("no JSON", "timestamp=1".to_owned()),
        ("no object", "[]".to_owned()),
        ("a byte order mark", format!("\u{feff}{}", webhook(&signature()))),
        ("something behind it", format!("{} x", webhook(&signature()))),
        ("no signature", r#"{"event-data":{"event":"opened"}}"#.to_owned()),
        ("a signature that is a text", webhook(&SIGNATURE.into())),
        ("null for a signature", webhook(&Value::Null)),
        ("a list for a webhook", json!([signature(), { "event": "opened" }]).to_string()),
        ("a list for a signature", webhook(&json!([TIME, TOKEN, SIGNATURE, null]))),
        ("no timestamp", webhook(&json!({ "token": TOKEN, "signature": SIGNATURE }))),
        ("no token", webhook(&json!({ "timestamp": TIME, "signature": SIGNATURE }))),
        ("no signature's text", webhook(&json!({ "timestamp": TIME, "token": TOKEN }))),
        ("a timestamp that is a number", with("timestamp", SENT)),
        ("a token that is a number", with("token", 1)),
        ("an empty token", with("token", "")),
        ("t37: the timestamp twice", twice(&format!(r#""timestamp":"{TIME}""#))),
        ("t37: the token twice", twice(&format!(r#""token":"{TOKEN}""#))),
        ("t37: the signature's text twice", twice(&format!(r#""signature":"{SIGNATURE}""#))),
        ("t37: the signature twice", twice(&format!(r#""signature":{}"#, signature()))),
        ("t37: an escaped name", twice(r#""event":"opened""#).replacen("event\"", "\\u0065vent\"", 1)),
        ("t37: the event data twice", twice(r#""event-data":{"event":"opened"}"#)),
    ] {
        mailgun().refuses(what, post(body), Kind::MalformedBody).await;
    }
}

#[tokio::test]
async fn a_form_that_is_wrong_is_refused() {
    let fields = [("timestamp", TIME), ("token", TOKEN), ("signature", SIGNATURE)];
    let write = |fields: &[(&str, &str)]| {
        fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    };
    form().accepts("complete", post(write(&fields)));
    for (index, (name, _)) in fields.iter().enumerate() {
        let others: Vec<_> = fields.iter().copied().filter(|field| field.0 != *name).collect();
        form().refuses(&format!("no {name}"), post(write(&others)), Kind::MalformedBody).await;
        let twice = [&fields[..], &fields[index..=index]].concat();
        form().refuses(&format!("{name} twice"), post(write(&twice)), Kind::MalformedBody).await;
        let other = [&fields[..], &[(*name, "0")]].concat();
        form().refuses(&format!("another {name}"), post(write(&other)), Kind::MalformedBody).await;
    }
    form().refuses("nothing", post(""), Kind::MalformedBody).await;
    form().refuses("JSON", post(webhook(&signature())), Kind::MalformedBody).await;
    let multipart = format!("--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\n{TOKEN}\r\n--x--");
    form().refuses("multipart", post(multipart), Kind::MalformedBody).await;
    let empty = format!("timestamp={TIME}&token=&signature={SIGNATURE}");
    form().refuses("an empty token", post(empty), Kind::MalformedBody).await;
}

#[tokio::test]
async fn a_signature_that_is_wrong_is_refused() {
    let is = async |what: &str, signature: &str, kind| {
        mailgun().refuses(what, post(with("signature", signature)), kind).await;
        let fields = format!("timestamp={TIME}&token={TOKEN}&signature={signature}");
        form().refuses(what, post(fields), kind).await;
    };
    is("t01: empty", "", Kind::MalformedSignature).await;
    is("t01: a prefix", &SIGNATURE[..62], Kind::MalformedSignature).await;
    is("t01: longer", &format!("{SIGNATURE}00"), Kind::MalformedSignature).await;
    is("no hexadecimal", &SIGNATURE.replace('9', "x"), Kind::MalformedSignature).await;
    is("another", &SIGNATURE.replacen('9', "8", 1), Kind::SignatureMismatch).await;
    let other = with("parent-signature", "00");
    mailgun().refuses("a parent's that does not decode", post(other), Kind::MalformedSignature).await;
    Provider::new(Mailgun, PARENT_KEY, SENT, URL)
        .refuses("another key", post(webhook(&signature())), Kind::SignatureMismatch)
        .await;
    mailgun().accepts("upper case", post(with("signature", SIGNATURE.to_uppercase())));
}

#[tokio::test]
async fn t15_a_timestamp_that_is_wrong_is_refused() {
    for time in ["", "NaN", "-1403645220", "+1403645220", " 1403645220", "1403645220.0", "1403645220000"] {
        let kind = Kind::MalformedTimestamp;
        mailgun().refuses(time, post(with("timestamp", time)), kind).await;
        let fields = format!("timestamp={}&token={TOKEN}&signature={SIGNATURE}", time.replace('+', "%2B"));
        form().refuses(time, post(fields), kind).await;
    }
    mailgun().refuses("t02: another", post(with("timestamp", "1403645221")), Kind::SignatureMismatch).await;
}

/// The border between time and token is not signed: the same text, and so the same signature, for each of these.
#[tokio::test]
async fn digits_cannot_be_moved_between_time_and_token() {
    for (time, token) in
        [(&TIME[..9], format!("{}{TOKEN}", &TIME[9..])), ("14036452205", TOKEN[1..].to_owned())]
    {
        let moved = json!({ "timestamp": time, "token": token, "signature": SIGNATURE });
        let anytime = mailgun().at(time.parse().unwrap());
        anytime.refuses(time, post(webhook(&moved)), Kind::MalformedTimestamp).await;
    }
}

#[tokio::test]
async fn t14_the_time_is_bounded_in_both_directions() {
    let delivery = || post(webhook(&signature()));
    mailgun().at(SENT + 300).accepts("as old as may be", delivery());
    mailgun().at(SENT - 300).accepts("as far ahead as may be", delivery());
    mailgun().at(SENT + 301).refuses("older", delivery(), Kind::StaleTimestamp).await;
    mailgun().at(SENT - 301).refuses("further ahead", delivery(), Kind::FutureTimestamp).await;
}

#[derive(Deserialize)]
struct Opened {
    #[serde(rename = "event-data")]
    event_data: Value,
}

#[test]
fn typed_events_are_for_those_who_accept_that_anybody_may_have_written_them() {
    let delivery = mailgun().accepts("published", post(webhook(&signature())));
    assert!(!delivery.trusts_body());
    let refused = delivery.parse::<Opened>().map(|opened| opened.event_data).unwrap_err();
    assert_eq!(refused.kind(), EventErrorKind::BodyNotCovered);
}

#[tokio::test]
async fn handlers_get_no_event_unless_the_layer_is_told_so() {
    async fn on_event(Event(opened): Event<Opened>) -> String {
        opened.event_data.to_string()
    }
    async fn on_bytes(VerifiedBytes(_): VerifiedBytes, _: Verified<Mailgun>) {}
    let routes =
        || Router::new().route("/hooks", routing::post(on_event)).route("/bytes", routing::post(on_bytes));
    let app = |accepts: bool| {
        let layer = mailgun().layer();
        routes().route_layer(if accepts { layer.insecure_accept_uncovered_body() } else { layer })
    };
    let ask = async |app: Router, path: &str| {
        let request = Request::post(path).body(Body::from(webhook(&signature()))).unwrap();
        app.oneshot(request).await.unwrap().status()
    };
    for path in ["/hooks", "/bytes"] {
        assert_eq!(ask(app(false), path).await, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(ask(app(true), path).await, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_token_is_good_for_one_event() {
    let handler = Handler::answering([500, 204]);
    let replay = Replay::new(MemoryStore::new(100), "mail");
    let service = mailgun().layer().replay(replay).layer(handler.clone());
    let send = async |body: String| ask(service.clone(), post(body).map(Full::new)).await;
    assert_eq!(send(webhook(&signature())).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    // The retry. Only 200 counts as success.
    assert_eq!(send(webhook(&signature())).await.status, StatusCode::OK);
    let other_event = webhook(&signature()).replace("opened", "complained");
    let repeat = send(other_event).await;
    assert!(repeat.answered.is_some(), "{repeat:?}");
    assert_eq!((repeat.status, handler.calls()), (StatusCode::OK, 2));
}

/// The signatures are by Python's `hmac`.
#[test]
fn signs_as_documented() {
    let now = Timestamp::from_unix(1_718_000_000);
    let mut request = post(r#"{"event-data":{"event":"opened"}}"#);
    Mailgun.sign(&mut request, &Mailgun.signing_key(KEY).unwrap(), now).unwrap();
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    let expected = json!({
        "timestamp": "1718000000",
        "token": "137b5776894aa2de6264586afac46394baaf2bcc8f030b398c",
        "signature": "df9179a9bc8a06ec2d52030ecb7c80a05bc8a462c8afcfcec9608cf26909a62b",
    });
    assert_eq!(body, json!({ "event-data": { "event": "opened" }, "signature": expected }));

    let mut request = post("recipient=a%40example.com");
    MailgunForm.sign(&mut request, &MailgunForm.signing_key(KEY).unwrap(), now).unwrap();
    assert_eq!(
        request.body(),
        "recipient=a%40example.com&timestamp=1718000000&token=84f592042ad33cca0bf9b294277608e7ed7d8bf287e6be356d\
         &signature=d808adff216e84b56ac6418f6ab0c10484c9044a087fb4f58316057ae433765a"
    );
}

#[test]
fn what_cannot_be_signed_says_why() {
    let now = Timestamp::from_unix(1_718_000_000);
    let sign = |body: &str, at| {
        let mut request = post(body.to_owned());
        Mailgun.sign(&mut request, &Mailgun.signing_key(KEY).unwrap(), at).map_err(|error| error.to_string())
    };
    let no_object = "cannot sign the request: the body is no JSON object, or has a `signature` already";
    for body in ["", "[]", "recipient=a", &webhook(&signature())] {
        assert_eq!(sign(body, now).unwrap_err(), no_object, "{body}");
    }
    let out_of_range = "cannot sign the request: the time is not one of ten digits";
    for at in [0, 999_999_999, 10_000_000_000, -171_800_000] {
        assert_eq!(sign("{}", Timestamp::from_unix(at)).unwrap_err(), out_of_range, "{at}");
    }
}

#[test]
fn t04_what_is_no_secret_is_no_key() {
    for (text, error) in
        [("", KeyError::Empty), (" \n", KeyError::Blank), ("key-1\n", KeyError::SurroundingSpace)]
    {
        assert_eq!(Mailgun.key(text).unwrap_err(), error, "{text:?}");
        assert_eq!(MailgunForm.key(text).unwrap_err(), error, "{text:?}");
    }
}
