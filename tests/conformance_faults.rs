//! A scheme that is right passes the suite, and one with any single fault does not.
#![cfg(feature = "conformance")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use std::{
    borrow::Cow,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tower_webhook::{
    Scheme,
    conformance::{self, Group, Sample},
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Text},
    time::{Timestamp, Unit},
};

const ID: HeaderName = HeaderName::from_static("acme-id");
const TIME: HeaderName = HeaderName::from_static("acme-time");
const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
const EVENT: HeaderName = HeaderName::from_static("acme-event");
const IDEMPOTENCY: HeaderName = HeaderName::from_static("idempotency-key");
const SECRET: &str = "acme_0123456789abcdef";

/// What may be wrong with a scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    NamedInUpperCase,
    TakesBlankSecrets,
    TakesAnyKey,
    CutsTheSecret,
    KnowsNoTenants,
    ShowsTheSecretInErrors,
    ShowsTheTokenInRefusals,
    SignsNoId,
    SignsNoTime,
    TrustsTheUnsignedEvent,
    TrustsTheQuery,
    AsksTheContentType,
    BelievesAnotherHeader,
    RefusesUnknownHeaders,
    SignsOnlyTheLetters,
    TrustsTheUnsignedBody,
    SignsForLater,
    TooStrictWithTime,
    MissingIsMalformedBody,
    DemandsNothing,
    Panics,
    AnswersWhatIsBare,
    SaysAnotherEventEachTime,
}

/// `{id}.{time}.{body}`, with one fault.
struct Faulty {
    fault: Fault,
    calls: AtomicUsize,
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self { fault, calls: AtomicUsize::new(0) }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn text(&self, id: &str, time: &str, body: Option<&[u8]>) -> Text {
        let mut text = Text::new();
        if !self.has(Fault::SignsNoId) {
            text = text.bytes(id).bytes(".");
        }
        if !self.has(Fault::SignsNoTime) {
            text = text.bytes(time).bytes(".");
        }
        match (self.fault, body) {
            (Fault::SignsOnlyTheLetters, body) => {
                let letters = body.unwrap_or_default().iter().copied().filter(u8::is_ascii_alphabetic);
                text.read_from_body(letters.collect::<Vec<u8>>())
            }
            (Fault::TrustsTheUnsignedBody, _) => text,
            _ => text.body(),
        }
    }
}

/// What stands behind `"type":"` in the body.
fn event_in(body: &[u8]) -> Option<String> {
    let body = String::from_utf8_lossy(body);
    let (_, behind) = body.split_once(r#""type":""#)?;
    Some(behind.split('"').next()?.to_owned())
}

impl Scheme for Faulty {
    fn name(&self) -> &str {
        if self.has(Fault::NamedInUpperCase) { "Acme" } else { "acme" }
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let text: Cow<'_, str> = match self.fault {
            Fault::TakesBlankSecrets if text.trim().is_empty() => "a default".into(),
            Fault::TakesAnyKey if text.starts_with("acme_") => "acme_always".into(),
            Fault::CutsTheSecret => text.chars().take(12).collect(),
            Fault::ShowsTheSecretInErrors if text.starts_with(' ') => {
                return Err(KeyError::WrongPrefix { expected: SECRET });
            }
            _ => text.into(),
        };
        let key = Secret::text().prefix("acme_").key(Algorithm::HmacSha256, &text)?;
        Ok(if self.has(Fault::ShowsTheSecretInErrors) { key.labeled(&*text) } else { key })
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if self.has(Fault::AnswersWhatIsBare) && head.headers().is_empty() {
            return Ok(Plan::Respond(Response::default()));
        }
        if self.has(Fault::Panics) && head.headers().get(TIME).is_some_and(HeaderValue::is_empty) {
            panic!("there is no first digit");
        }
        if self.has(Fault::RefusesUnknownHeaders) && head.headers().contains_key("via") {
            return Err(Refusal::MalformedHeader(HeaderName::from_static("via")));
        }
        if self.has(Fault::DemandsNothing) && !head.headers().contains_key(SIGNATURE) {
            return Ok(Plan::All(Vec::new()));
        }
        if self.has(Fault::ShowsTheTokenInRefusals) && !head.headers().contains_key(ID) {
            return Err(Refusal::MalformedToken(format!("no id beside {SECRET}").into()));
        }
        let missing = |refusal: Refusal| match (self.fault, refusal) {
            (Fault::MissingIsMalformedBody, Refusal::MissingHeader(_)) => {
                Refusal::MalformedBody("a header is missing".into())
            }
            (_, refusal) => refusal,
        };
        let (id, time) = (head.one(&ID).map_err(missing)?, head.one(&TIME).map_err(missing)?);
        let signature = head.one(&SIGNATURE).map_err(missing)?;
        if self.has(Fault::SignsOnlyTheLetters) && body.is_none() {
            return Ok(Plan::NeedsBody);
        }
        let signed_at = Unit::Seconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let check = Check::new(self.text(id, time, body.map(|body| &**body))).signed_at(signed_at);
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let head = proven.head();
        let mut id = Cow::Borrowed(head.one(&ID)?);
        if self.has(Fault::TrustsTheQuery) {
            id = head.uri().query().unwrap_or_default().to_owned().into();
        }
        if self.has(Fault::BelievesAnotherHeader)
            && let Some(other) = head.optional(&IDEMPOTENCY)?
        {
            id = other.into();
        }
        let mut delivery = Delivery::new().signed_id(&*id);
        if let Some(event) = head.optional(&EVENT)? {
            delivery = match self.fault {
                Fault::TrustsTheUnsignedEvent => delivery.signed_event(event),
                _ => delivery.unsigned_event(event),
            };
        }
        if self.has(Fault::TrustsTheUnsignedBody)
            && let Some(event) = event_in(proven.body())
        {
            delivery = delivery.signed_event(event);
        }
        if self.has(Fault::SaysAnotherEventEachTime) {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            delivery = delivery.unsigned_event(call.to_string());
        }
        if self.has(Fault::AsksTheContentType)
            && head.headers().get("content-type").is_some_and(|it| it == "application/x-www-form-urlencoded")
        {
            delivery = delivery.format(Format::Form);
        }
        if self.has(Fault::TooStrictWithTime) {
            let time = Unit::Seconds.parse(head.one(&TIME)?).ok_or(Refusal::MalformedTimestamp)?;
            delivery = delivery.signed_at(time.saturating_sub(Duration::from_secs(20)));
        }
        if self.has(Fault::KnowsNoTenants) && proven.tenant().is_some() {
            return Err(Refusal::MalformedBody("a tenant".into()));
        }
        Ok(delivery.into())
    }

    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let at =
            if self.has(Fault::SignsForLater) { now.saturating_sub(Duration::from_secs(10)) } else { now };
        let time = Unit::Seconds.format(at);
        let id = request.headers().get(ID).unwrap().to_str().unwrap();
        let body = request.body().clone();
        let signature = key.sign(Algorithm::HmacSha256, &self.text(id, &time, Some(&body)), &body)?;
        let signature = Encoding::Hex.encode(&signature);
        request.headers_mut().insert(TIME, HeaderValue::try_from(time).unwrap());
        request.headers_mut().insert(SIGNATURE, HeaderValue::try_from(signature).unwrap());
        Ok(())
    }
}

fn sample() -> Sample {
    let request = Request::post("https://example.com/hooks?a=1")
        .header(ID, "msg_1")
        .header(EVENT, "user.created")
        .header("content-type", "application/json")
        .body(Bytes::from_static(r#"{"type":"user.created","n":[1, 2], "s":"café"}"#.as_bytes()))
        .unwrap();
    Sample::new(request, SECRET, "acme_fedcba9876543210")
}

#[test]
fn a_plain_scheme_passes_and_every_group_has_tried_something() {
    let report = conformance::scheme(&Faulty::new(Fault::None), &sample());
    for group in Group::ALL {
        let count = report.of(group);
        assert!(count.tried > 0, "{group:?}");
        assert_eq!(count.tried, count.refused + count.unmoved + count.uncovered, "{group:?}");
    }
    assert_eq!(report.total().uncovered, 0);
    assert!(report.not_run().is_empty() && report.to_string().contains("headers  tried="));
    assert_eq!(report.of(Group::Body).refused, report.of(Group::Body).tried);
    // The event, which is not signed.
    assert_eq!(report.of(Group::Grafts).unmoved, 1);
    assert_eq!(report.of(Group::Splits).refused, 0);
}

#[test]
fn every_fault_is_found_and_named() {
    for (fault, expected) in [
        (Fault::NamedInUpperCase, "the name \"Acme\" is not lower case"),
        (Fault::TakesBlankSecrets, "the secret \" \" is taken for a key"),
        (Fault::TakesAnyKey, "keys: the other key: accepted"),
        (Fault::CutsTheSecret, "keys: character 20 of the secret changed: accepted"),
        (Fault::KnowsNoTenants, "keys: its own key, as another tenant's: refused as MalformedBody"),
        (Fault::ShowsTheSecretInErrors, "a `KeyError` shows a secret"),
        (Fault::ShowsTheSecretInErrors, "a `KeySet` shows a secret"),
        (Fault::ShowsTheTokenInRefusals, "a `Rejection` shows a secret"),
        (Fault::SignsNoId, "headers: `acme-id` with `0` behind it: accepted, and it moves the signed id"),
        (Fault::SignsNoTime, "accepted, and it moves the signed time"),
        (
            Fault::TrustsTheUnsignedEvent,
            "headers: `acme-event` dropped: accepted, and it moves the signed event",
        ),
        (Fault::TrustsTheQuery, "target: a parameter added: accepted, and it moves the signed id"),
        (
            Fault::AsksTheContentType,
            "unsigned: `Content-Type: application/x-www-form-urlencoded`: accepted, and",
        ),
        (Fault::BelievesAnotherHeader, "unsigned: a header `idempotency-key` more: accepted, and it moves"),
        (Fault::RefusesUnknownHeaders, "unsigned: a header `via` more: refused as MalformedHeader"),
        (Fault::SignsOnlyTheLetters, "body: byte 28, a digit, changed: accepted, with another payload"),
        (Fault::TrustsTheUnsignedBody, "accepted, and it moves the signed event"),
        (Fault::SignsForLater, "time: signed a second too late: accepted"),
        (Fault::TooStrictWithTime, "time: as far ahead as the tolerance: refused as FutureTimestamp"),
        (Fault::MissingIsMalformedBody, "headers: `acme-id` dropped: refused as MalformedBody"),
        (Fault::DemandsNothing, "headers: `acme-signature` dropped: refused as BadPlan"),
        (Fault::Panics, "headers: `acme-time` emptied: panics"),
        (Fault::AnswersWhatIsBare, "methods: nothing at all: answered as a handshake"),
        (Fault::SaysAnotherEventEachTime, "splits: in frames of 1 bytes: it says something else"),
    ] {
        let report = conformance::examine(&Faulty::new(fault), &sample());
        assert!(
            report.wrong().iter().any(|wrong| wrong.contains(expected)),
            "{fault:?} should be found as {expected:?}, and is: {report}"
        );
    }
}

#[test]
#[should_panic(expected = "grafts: the body of another delivery: accepted, with another payload")]
fn what_is_wrong_is_what_it_panics_with() {
    let _ = conformance::scheme(&SignsNothing, &sample());
}

/// The signature is of a text that is always the same.
struct SignsNothing;

impl Scheme for SignsNothing {
    fn name(&self) -> &str {
        "signs-nothing"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let check = Check::new(Text::new().read_from_body("always"));
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().signed_id(proven.head().one(&TIME)?).into())
    }

    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let text = Text::new().read_from_body("always");
        let signature = Encoding::Hex.encode(&key.sign(Algorithm::HmacSha256, &text, b"")?);
        let body = Encoding::Hex.encode(request.body());
        let time = format!("{}-{body}", Unit::Seconds.format(now));
        request.headers_mut().insert(TIME, HeaderValue::try_from(time).unwrap());
        request.headers_mut().insert(SIGNATURE, HeaderValue::try_from(signature).unwrap());
        Ok(())
    }
}
