//! Payloads, read as events: the same as serde's own reader of their format makes of them.
#![no_main]
#[path = "../../tests/tagged_events/mod.rs"]
mod tagged_events;

use self::tagged_events::{Closed, EVENTS, Fields, Inner, Push, Tagged};
use bytes::Bytes;
use http::{HeaderName, Request};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;
use std::{borrow::Cow, fmt::Debug};
use tower_webhook::{
    Scheme, Verified,
    event::EventErrorKind,
    scheme::{Format, Verdict, verify},
    schemes::{Field, Signed, Source},
    time::Timestamp,
};
use tower_webhook_fuzz::{
    input::{one, rest},
    mutation::splice,
};

#[derive(Debug, Deserialize, PartialEq)]
struct Borrowed<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

const PAYLOADS: [&str; 6] = [
    r#"{"id":1,"text":"a","inner":[{"one":1},{"two":["a",-1]},{"three":{"a":true,"b":"c"}},"four"],"ratio":1.5e3}"#,
    r#"[255,"text"]"#,
    r#"{"number":-1,"more":{"a":[null,true,1e400]}}"#,
    "null",
    "id=1&text=a+b&number=%2D1&more=x",
    "[7]",
];

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let event = *one(input, &EVENTS)?;
    let format = *one(input, &[Format::Json, Format::Json, Format::Json, Format::Form])?;
    let payload = match input.int_in_range(0..=4)? {
        0 => rest(input).to_vec(),
        changes => {
            let mut payload = one(input, &PAYLOADS)?.as_bytes().to_vec();
            for _ in 1..changes {
                splice(input, &mut payload)?;
            }
            payload
        }
    };
    let verified = verified(event, format, payload);
    match format {
        Format::Json => as_json(event, &verified),
        _ => as_form(event, &verified),
    }
    Ok(())
}

fn verified(event: &'static str, format: Format, payload: Vec<u8>) -> Verified {
    const SECRET: &str = "a secret";
    const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);
    const EVENT: HeaderName = HeaderName::from_static("x-event");
    let scheme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("x-signature")))
        .event(Source::Header(EVENT))
        .format(format);
    let mut request = Request::post("/").header(EVENT, event).body(Bytes::from(payload)).unwrap();
    scheme.sign(&mut request, &scheme.signing_key(SECRET).unwrap(), NOW).unwrap();
    let (parts, body) = request.into_parts();
    match verify(&scheme, &parts, &body, &scheme.key(SECRET).unwrap().into(), NOW) {
        Ok(Verdict::Deliver(verified)) => verified,
        other => panic!("{other:?}"),
    }
}

/// Both read it, and the same; or neither does.
fn same<T: PartialEq + Debug, E, F>(ours: std::result::Result<T, E>, theirs: std::result::Result<T, F>) {
    assert_eq!(ours.ok(), theirs.ok());
}

fn as_json(event: &str, verified: &Verified) {
    fn of<T: DeserializeOwned>(payload: &[u8]) -> serde_json::Result<T> {
        serde_json::from_slice(payload)
    }
    let payload = verified.payload();
    same(verified.parse(), of::<Value>(payload));
    same(verified.parse(), of::<Push>(payload));
    same(verified.parse(), of::<Vec<Inner>>(payload));
    same(verified.parse(), of::<(u8, String)>(payload));
    same(verified.parse::<Borrowed<'_>>(), serde_json::from_slice(payload));
    let expected = match event {
        "unit" => of::<IgnoredAny>(payload).map(|_| Tagged::Unit),
        "newtype" => of(payload).map(Tagged::Newtype),
        "boxed" => of(payload).map(Tagged::Boxed),
        "tuple" => of(payload).map(|(number, text)| Tagged::Tuple(number, text)),
        "fields" => of(payload).map(|Fields { number, more }| Tagged::Fields { number, more }),
        _ => of(payload).map(Tagged::Other),
    };
    same(verified.parse_tagged(), expected);
    match verified.parse_tagged::<Closed>() {
        Ok(Closed::Unit) => assert_eq!(event, "unit"),
        Err(error) => assert_eq!(error.kind() == EventErrorKind::UnknownEvent, event != "unit"),
    }
}

fn as_form(event: &str, verified: &Verified) {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Form {
        id: u64,
        text: Option<String>,
        #[serde(default)]
        number: Vec<i32>,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "snake_case")]
    enum Tagged {
        Unit,
        Newtype(Form),
        #[serde(rename = "*")]
        Other(Vec<(String, String)>),
    }
    let payload = verified.payload();
    same(verified.parse::<Form>(), serde_html_form::from_bytes(payload));
    same(verified.parse::<Vec<(String, String)>>(), serde_html_form::from_bytes(payload));
    let expected = match event {
        "unit" => Ok(Tagged::Unit),
        "newtype" => serde_html_form::from_bytes(payload).map(Tagged::Newtype),
        _ => serde_html_form::from_bytes(payload).map(Tagged::Other),
    };
    same(verified.parse_tagged(), expected);
}
