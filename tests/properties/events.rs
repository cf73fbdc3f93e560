//! Typed events: where the event's type plays no part, they are what `serde_json` makes of the payload.
use crate::{
    common::{NOW, SECRET},
    holds,
    tagged_events::{Closed, EVENTS, Fields, Inner, Push, Tagged},
};
use bytes::Bytes;
use http::{HeaderName, Request};
use proptest::{collection::vec, prelude::*, sample::select};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Number, Value};
use std::{collections::BTreeMap, fmt::Debug};
use tower_webhook::{
    Scheme, Verified,
    event::{EventError, EventErrorKind},
    scheme::{Verdict, verify},
    schemes::{Field, Signed, Source},
};

const EVENT: HeaderName = HeaderName::from_static("x-event");

/// A delivery with this payload, that names this event.
fn verified(event: &str, payload: &[u8]) -> Verified {
    let scheme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("x-signature")))
        .event(Source::Header(EVENT));
    let body = Bytes::copy_from_slice(payload);
    let mut request = Request::post("/").header(EVENT, event).body(body).unwrap();
    scheme.sign(&mut request, &scheme.signing_key(SECRET).unwrap(), NOW).unwrap();
    let (parts, body) = request.into_parts();
    match verify(&scheme, &parts, &body, &scheme.key(SECRET).unwrap().into(), NOW) {
        Ok(Verdict::Deliver(verified)) => verified,
        other => panic!("{other:?}"),
    }
}

/// JSON that often is one of the types of `tagged_events`, now and then is nearly one, and now and then is none at all.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let written = prop_oneof![
        json().prop_map(|value| value.to_string()),
        (any::<u64>(), text(), inner()).prop_map(|(id, text, inner)| {
            serde_json::json!({ "id": id, "text": text, "inner": inner, "ratio": 1.5e3 }).to_string()
        }),
        (any::<u8>(), text()).prop_map(|(number, text)| serde_json::json!([number, text]).to_string()),
        (any::<i32>(), json()).prop_map(|(number, more)| {
            serde_json::json!({ "number": number, "more": { "a": more } }).to_string()
        }),
        select(vec!["null", "[1,\"a\"]", "{\"id\":1,\"id\":2}", " 1 ", "1e400", "-0", "", "{}", "[7]"])
            .prop_map(str::to_owned),
    ];
    let garbled = (0_usize..200, "[\\[\\]{},:\"0-9a-z\\\\u -]{0,2}");
    prop_oneof![
        4 => written.clone().prop_map(String::into_bytes),
        2 => (written, garbled).prop_map(|(text, (at, other))| {
            let mut text = text.into_bytes();
            let at = at.min(text.len());
            text.splice(at..(at + 1).min(text.len()), other.into_bytes());
            text
        }),
        1 => vec(any::<u8>(), 0..20),
    ]
}

fn text() -> impl Strategy<Value = String> {
    "[a-z\"\\\\\u{0}\u{1f}\u{2603}\u{10000}]{0,6}"
}

fn inner() -> impl Strategy<Value = Vec<Value>> {
    let one = prop_oneof![
        any::<u8>().prop_map(|number| serde_json::json!({ "one": number })),
        (text(), any::<i64>()).prop_map(|(text, number)| serde_json::json!({ "two": [text, number] })),
        any::<Option<bool>>().prop_map(|a| serde_json::json!({ "three": { "a": a, "b": "c" } })),
        Just(Value::from("four")),
    ];
    vec(one, 0..3)
}

fn json() -> impl Strategy<Value = Value> + Clone {
    let number =
        any::<f64>().prop_filter_map("no number", |number| Number::from_f64(number).map(Value::Number));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        number,
        "[a-z\"\\\\\u{0}\u{2603}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let key = select(vec!["id", "text", "inner", "number", "more", "one", "a", "", "unit"]);
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((key, inner), 0..4).prop_map(|members| {
                Value::Object(
                    members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>(),
                )
            }),
        ]
    })
}

/// Both read it, and the same; or neither does.
fn same<T: PartialEq + Debug>(
    ours: Result<T, EventError>,
    theirs: serde_json::Result<T>,
) -> Result<(), TestCaseError> {
    if let (Err(ours), Err(theirs)) = (&ours, &theirs) {
        prop_assert!(!ours.to_string().is_empty() && !theirs.to_string().is_empty());
    }
    prop_assert_eq!(ours.ok(), theirs.ok());
    Ok(())
}

fn of<T: DeserializeOwned>(payload: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(payload)
}

#[test]
fn a_type_that_is_no_enum_is_what_serde_json_makes_of_it() {
    holds(1500, "payload", (select(EVENTS.to_vec()), payload()), |(event, payload)| {
        let verified = verified(event, &payload);
        same(verified.parse(), of::<Value>(&payload))?;
        same(verified.parse(), of::<Push>(&payload))?;
        same(verified.parse(), of::<Vec<Inner>>(&payload))?;
        same(verified.parse_tagged(), of::<Value>(&payload))?;
        same(verified.parse_tagged(), of::<Push>(&payload))?;
        same(verified.parse_tagged(), of::<Vec<Inner>>(&payload))?;
        same(verified.parse_tagged(), of::<(u8, String)>(&payload))?;
        same(verified.parse_tagged(), of::<BTreeMap<String, Value>>(&payload))?;
        same(verified.parse_tagged(), of::<String>(&payload))
    });
}

#[test]
fn a_variants_content_is_what_serde_json_makes_of_the_payload() {
    holds(1500, "payload", (select(EVENTS.to_vec()), payload()), |(event, payload)| {
        let verified = verified(event, &payload);
        let expected = match event {
            "unit" => of::<IgnoredAny>(&payload).map(|_| Tagged::Unit),
            "newtype" => of(&payload).map(Tagged::Newtype),
            "boxed" => of(&payload).map(Tagged::Boxed),
            "tuple" => of(&payload).map(|(number, text)| Tagged::Tuple(number, text)),
            "fields" => of(&payload).map(|Fields { number, more }| Tagged::Fields { number, more }),
            _ => of(&payload).map(Tagged::Other),
        };
        same(verified.parse_tagged(), expected)?;
        match verified.parse_tagged::<Closed>() {
            Ok(Closed::Unit) => prop_assert_eq!(event, "unit"),
            Err(error) => prop_assert_eq!(error.kind() == EventErrorKind::UnknownEvent, event != "unit"),
        }
        Ok(())
    });
}

/// Whatever a provider calls its events.
#[test]
fn an_event_is_the_variant_of_its_name_and_of_no_other() {
    holds(1000, "event", "[!-~]{1,12}", |event| {
        let verified = verified(&event, b"{}");
        let expected = if event == "unit" { Ok(Closed::Unit) } else { Err(EventErrorKind::UnknownEvent) };
        prop_assert_eq!(verified.parse_tagged::<Closed>().map_err(|error| error.kind()), expected);
        Ok(())
    });
}
