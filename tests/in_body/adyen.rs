//! Adyen, by the items that its own library tests with, and by others that this library (npm `@adyen/api-library`
//! 32.1.0) and Python's `hmac` sign alike.
use super::{
    URL,
    common::{Handler, ask, provider::Provider},
    post,
};
use http::StatusCode;
use http_body_util::Full;
use serde_json::{Value, json};
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    event::EventErrorKind,
    key::KeyError,
    providers::Adyen,
    replay::{MemoryStore, Replay},
    scheme::Proof,
    time::Timestamp,
};

const KEY: &str = "DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00";
const OTHER_KEY: &str = "11223344D785FBAE710E7F943F307971BB61B21281C98C9129B3D4018A57B2EB";
const SENT: i64 = 1_760_000_000;

const REPORT: &str = "ZNBPtI+oDyyRrLyD1XirkKnQgIAlFc07Vj27TeHsDRE=";
const EVENT: &str = "ipnxGCaUZ4l8TUW75a71/ghd2Fe5ffvX0pV4TLTntIc=";

fn adyen() -> Provider<Adyen> {
    Provider::new(Adyen::new(), KEY, SENT, URL)
}

fn several() -> Provider<Adyen> {
    Provider::new(Adyen::new().several_items(), KEY, SENT, URL)
}

/// The library's item, with this event and signature.
fn item(event: &str, signature: &str) -> Value {
    json!({
        "pspReference": "pspReference",
        "originalReference": "originalReference",
        "merchantAccountCode": "merchantAccount",
        "merchantReference": "reference",
        "amount": { "currency": "EUR", "value": 1000 },
        "eventCode": event,
        "eventDate": "2019-09-21T11:45:24.637Z",
        "paymentMethod": "VISA",
        "reason": "reason",
        "success": "true",
        "additionalData": { "hmacSignature": signature },
    })
}

fn report() -> Value {
    item("REPORT_AVAILABLE", REPORT)
}

fn event() -> Value {
    item("EVENT", EVENT)
}

fn webhook(items: &[Value]) -> String {
    let items: Vec<_> = items.iter().map(|item| json!({ "NotificationRequestItem": item })).collect();
    json!({ "live": "false", "notificationItems": items }).to_string()
}

/// The report, but for the value at this pointer; `None` takes it out.
fn with(pointer: &str, value: Option<Value>) -> Value {
    let mut item = report();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = item.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    match value {
        Some(value) => parent.insert(name.to_owned(), value),
        None => parent.remove(name),
    };
    item
}

#[test]
fn eight_fields_are_signed_and_no_more() {
    let delivery = adyen().accepts("published", post(webhook(&[report()])));
    assert_eq!(delivery.proof(), Proof::SignedHead);
    assert_eq!(delivery.signed_event(), Some("REPORT_AVAILABLE"));
    let text = "pspReference:originalReference:merchantAccount:reference:1000:EUR:REPORT_AVAILABLE:true";
    assert_eq!((delivery.signed_id(), delivery.signed_at()), (Some(text), None));

    let refused = delivery.parse::<Value>().unwrap_err();
    assert_eq!(refused.kind(), EventErrorKind::BodyNotCovered);

    for (pointer, value) in [
        ("/reason", json!("another")),
        ("/eventDate", json!("1970-01-01T00:00:00Z")),
        ("/paymentMethod", json!(null)),
        ("/additionalData/cardSummary", json!("1111")),
    ] {
        let other = adyen().accepts(pointer, post(webhook(&[with(pointer, Some(value))])));
        assert_eq!(other.signed_id(), Some(text), "{pointer}");
    }
}

#[tokio::test]
async fn t02_each_of_the_eight_is_signed() {
    for (pointer, value) in [
        ("/pspReference", json!("pspReferencf")),
        ("/originalReference", json!("")),
        ("/originalReference", json!(null)),
        ("/merchantAccountCode", json!("MerchantAccount")),
        ("/merchantReference", json!("reference ")),
        ("/amount/value", json!(1001)),
        ("/amount/value", json!(-1000)),
        ("/amount/currency", json!("USD")),
        ("/eventCode", json!("CAPTURE")),
        ("/success", json!("false")),
    ] {
        let item = with(pointer, Some(value));
        adyen().refuses(pointer, post(webhook(&[item])), Kind::SignatureMismatch).await;
    }
    let other_key = Provider::new(Adyen::new(), OTHER_KEY, SENT, URL);
    other_key.refuses("another key", post(webhook(&[report()])), Kind::SignatureMismatch).await;
    other_key.or(KEY).accepts("while keys are rotated", post(webhook(&[report()])));
}

/// Signed by the library and by Python.
#[test]
fn what_is_missing_counts_as_empty_and_a_reference_may_have_colons() {
    let item = |reference: Option<&str>, value: i64, signature: &str| {
        let mut item = json!({
            "pspReference": "7914073381342284",
            "merchantAccountCode": "YOUR_MERCHANT",
            "amount": { "currency": "EUR", "value": value },
            "eventCode": "AUTHORISATION",
            "success": "true",
            "additionalData": { "hmacSignature": signature },
        });
        if let Some(reference) = reference {
            item["merchantReference"] = reference.into();
        }
        webhook(&[item])
    };
    for (reference, value, signature) in [
        (Some("order:1:2"), 1130, "I4uphtF5UcdYtF4zgva1za99YoGP/3AkniNY8z4SOO8="),
        (None, 1130, "0wWcwnkTfRhSa+vcI36QdG3d5PyQqVXjUYT3Zx+wO8E="),
        (Some(""), 1130, "0wWcwnkTfRhSa+vcI36QdG3d5PyQqVXjUYT3Zx+wO8E="),
        (Some("order:1:2"), -5, "huVL2+9VAMsn07LYaDUySrUXYdAANoOYp128DrklzIc="),
    ] {
        adyen().accepts(signature, post(item(reference, value, signature)));
    }
}

/// The same signed text, with a border moved.
#[tokio::test]
async fn borders_cannot_be_moved() {
    for [(first, value), (second, other)] in [
        [("/pspReference", "pspReference:originalReference"), ("/originalReference", "merchantAccount")],
        [("/originalReference", "originalReference:merchantAccount"), ("/merchantAccountCode", "reference")],
        [("/merchantAccountCode", "merchantAccount:reference"), ("/merchantReference", "")],
        [("/amount/currency", "EUR:REPORT_AVAILABLE"), ("/eventCode", "true")],
        [("/eventCode", "REPORT_AVAILABLE:true"), ("/success", "")],
        [("/success", "true:"), ("/reason", "")],
    ] {
        let mut item = with(first, Some(value.into()));
        *item.pointer_mut(second).unwrap() = other.into();
        adyen().refuses(first, post(webhook(&[item])), Kind::MalformedBody).await;
    }
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused() {
    let valid = webhook(&[report()]);
    let twice = |text: &str| {
        assert!(valid.contains(text), "{text}");
        valid.replacen(text, &format!("{text},{text}"), 1)
    };
    let mut cases = vec![
        ("nothing".to_owned(), String::new()),
        ("no JSON".to_owned(), "live=false".to_owned()),
        ("no items".to_owned(), r#"{"live":"false"}"#.to_owned()),
        ("an empty list of items".to_owned(), webhook(&[])),
        ("items that are no list".to_owned(), r#"{"notificationItems":{}}"#.to_owned()),
        ("an item that is none".to_owned(), r#"{"notificationItems":[{}]}"#.to_owned()),
        ("a list for a webhook".to_owned(), json!([[{ "NotificationRequestItem": report() }]]).to_string()),
        ("a list for a container".to_owned(), json!({ "notificationItems": [[report()]] }).to_string()),
        ("something behind it".to_owned(), format!("{valid}{valid}")),
        ("two items where one is documented".to_owned(), webhook(&[report(), event()])),
        ("t37: the items twice".to_owned(), valid.replacen('{', r#"{"notificationItems":[],"#, 1)),
        ("t37: the item twice".to_owned(), {
            let item = format!(r#""NotificationRequestItem":{}"#, report());
            twice(&item)
        }),
    ];
    for text in [
        r#""pspReference":"pspReference""#,
        r#""originalReference":"originalReference""#,
        r#""merchantAccountCode":"merchantAccount""#,
        r#""merchantReference":"reference""#,
        r#""value":1000"#,
        r#""currency":"EUR""#,
        r#""eventCode":"REPORT_AVAILABLE""#,
        r#""success":"true""#,
    ] {
        cases.push((format!("t37: {text} twice"), twice(text)));
    }
    // A struct's members in its own order would do for many a deserializer.
    let list = json!([
        "pspReference",
        "originalReference",
        "merchantAccount",
        "reference",
        [1000, "EUR"],
        "REPORT_AVAILABLE",
        "true",
        [REPORT]
    ]);
    cases.push(("a list for an item".to_owned(), webhook(&[list])));
    cases.push(("t37: the signature twice".to_owned(), twice(&format!(r#""hmacSignature":"{REPORT}""#))));
    for pointer in ["/pspReference", "/merchantAccountCode", "/amount", "/eventCode", "/success"] {
        cases.push((format!("no {pointer}"), webhook(&[with(pointer, None)])));
    }
    for (pointer, value) in [
        ("/pspReference", json!(1)),
        ("/success", json!(true)),
        ("/amount", json!("EUR 1000")),
        ("/amount/value", json!("1000")),
        ("/amount/value", json!(1000.0)),
        ("/amount/value", json!(u64::MAX)),
        ("/amount/currency", json!(null)),
        ("/additionalData", json!([REPORT])),
        ("/amount", json!([1000, "EUR"])),
        ("/additionalData/hmacSignature", json!(1)),
    ] {
        cases.push((format!("{pointer} is {value}"), webhook(&[with(pointer, Some(value))])));
    }
    for (what, body) in cases {
        adyen().refuses(&what, post(body), Kind::MalformedBody).await;
    }
}

#[tokio::test]
async fn a_signature_that_is_wrong_is_refused() {
    for pointer in ["/additionalData", "/additionalData/hmacSignature"] {
        adyen().refuses(pointer, post(webhook(&[with(pointer, None)])), Kind::NoSignature).await;
        let null = with(pointer, Some(Value::Null));
        adyen().refuses(pointer, post(webhook(&[null])), Kind::NoSignature).await;
    }
    for signature in
        ["", "notValidSign", &REPORT[..43], &format!("{REPORT}A"), &REPORT.replace('+', "-"), "ZN=="]
    {
        let body = webhook(&[item("REPORT_AVAILABLE", signature)]);
        adyen().refuses(signature, post(body), Kind::MalformedSignature).await;
    }
    let other = webhook(&[item("REPORT_AVAILABLE", EVENT)]);
    adyen().refuses("another item's", post(other), Kind::SignatureMismatch).await;
}

#[tokio::test]
async fn of_several_items_each_must_be_signed() {
    let delivery = several().accepts("two", post(webhook(&[report(), event()])));
    assert_eq!((delivery.proof(), delivery.event(), delivery.id()), (Proof::SignedHead, None, None));
    let same = several().accepts("twice the same", post(webhook(&[event(), event()])));
    assert_eq!((same.signed_event(), same.id()), (Some("EVENT"), None));
    assert!(several().accepts("one", post(webhook(&[event()]))).signed_id().is_some());

    let unsigned = with("/additionalData", None);
    let forged = item("CAPTURE", REPORT);
    let garbled = item("CAPTURE", "garbled");
    for (what, item, kind) in [
        ("unsigned", unsigned, Kind::NoSignature),
        ("forged", forged, Kind::SignatureMismatch),
        ("garbled", garbled, Kind::MalformedSignature),
        ("no item at all", json!({}), Kind::MalformedBody),
    ] {
        for items in [
            [item.clone(), report(), event()],
            [report(), item.clone(), event()],
            [report(), event(), item.clone()],
        ] {
            several().refuses(what, post(webhook(&items)), kind).await;
        }
    }
    several().accepts("six", post(webhook(&[(); 6].map(|()| event()))));
    let seven = post(webhook(&[(); 7].map(|()| event())));
    several().refuses("more than are documented", seven, Kind::MalformedBody).await;
    several().refuses("none", post(webhook(&[])), Kind::MalformedBody).await;
}

/// Each of two items by another key, of which both are the endpoint's: as when a key is being rotated.
#[test]
fn items_may_be_signed_by_different_keys() {
    let mut request = post(webhook(&[item("CAPTURE", "")]));
    let key = Adyen::new().signing_key(OTHER_KEY).unwrap();
    Adyen::new().sign(&mut request, &key, Timestamp::from_unix(SENT)).unwrap();
    let mut body: Value = serde_json::from_slice(request.body()).unwrap();
    body["notificationItems"].as_array_mut().unwrap().push(json!({ "NotificationRequestItem": report() }));
    several().or(OTHER_KEY).accepts("two keys", post(body.to_string()));
    assert_eq!(several().verify(post(body.to_string())).unwrap_err(), Kind::SignatureMismatch);
}

#[tokio::test]
async fn a_repeat_is_known_by_what_was_signed() {
    let handler = Handler::answering([503, 200]);
    let replay = Replay::new(MemoryStore::new(100), "payments");
    let service = adyen().layer().replay(replay).layer(handler.clone());
    let send = async |item: Value| ask(service.clone(), post(webhook(&[item])).map(Full::new)).await;
    assert_eq!(send(report()).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(send(report()).await.status, StatusCode::OK);
    // What is not signed does not make it another delivery.
    let repeat = send(with("/reason", Some("another".into()))).await;
    assert_eq!((repeat.status, repeat.answered.is_some()), (StatusCode::ACCEPTED, true));
    assert_eq!(handler.calls(), 2);
    assert_eq!((send(event()).await.status, handler.calls()), (StatusCode::OK, 3));
}

#[test]
fn signs_as_the_library_does() {
    let sign = |body: String| {
        let mut request = post(body);
        let key = Adyen::new().signing_key(KEY).unwrap();
        let scheme = Adyen::new().several_items();
        scheme.sign(&mut request, &key, Timestamp::from_unix(SENT)).map_err(|error| error.to_string())?;
        Ok::<Value, String>(serde_json::from_slice(request.body()).unwrap())
    };
    let expected: Value = serde_json::from_str(&webhook(&[report(), event()])).unwrap();
    let mut unsigned = event();
    unsigned.as_object_mut().unwrap().remove("additionalData");
    assert_eq!(sign(webhook(&[item("REPORT_AVAILABLE", ""), unsigned])).unwrap(), expected);

    let wrong = "cannot sign the request: the body is not what this scheme accepts, but for the signatures";
    for body in
        ["", "{}", &webhook(&[]), &webhook(&[json!({})]), &webhook(&[with("/success", Some("a:b".into()))])]
    {
        assert_eq!(sign(body.to_owned()).unwrap_err(), wrong, "{body}");
    }
}

#[test]
fn t30_a_key_is_hexadecimal() {
    let undecodable = KeyError::Undecodable { expected: "hexadecimal" };
    for (text, error) in [
        ("", KeyError::Empty),
        ("  ", KeyError::Blank),
        ("DFB1EB\n", KeyError::SurroundingSpace),
        ("DFB1E", undecodable),
        ("DFB1EX", undecodable),
        ("0xDFB1EB", undecodable),
    ] {
        assert_eq!(Adyen::new().key(text).unwrap_err(), error, "{text:?}");
    }
}
