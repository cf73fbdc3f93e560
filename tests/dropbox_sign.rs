//! Dropbox Sign: what is read of a body in parts, what of it is signed, and what is answered.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Handler, ask, provider::Provider};
use http::Request;
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    providers::DropboxSign,
    replay::{MemoryStore, Replay},
    scheme::Proof,
    time::Timestamp,
};

const URL: &str = "https://example.com/hooks";
const KEY: &str = "the API key";
const EVENT_AT: i64 = 1_790_000_000;
const DAY: i64 = 24 * 3600;

fn endpoint() -> Provider<DropboxSign> {
    Provider::new(DropboxSign, KEY, EVENT_AT + 5, URL)
}

fn post(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(URL).body(body.into()).unwrap()
}

fn callback() -> String {
    let mut request =
        post(r#"{"event":{"event_type":"signature_request_sent"},"signature_request":{"title":"A"}}"#);
    let key = DropboxSign.signing_key(KEY).unwrap();
    DropboxSign.sign(&mut request, &key, Timestamp::from_unix(EVENT_AT)).unwrap();
    String::from_utf8(request.into_body().to_vec()).unwrap()
}

#[test]
fn the_part_is_the_payload_and_the_event_is_what_is_signed() {
    let delivery = endpoint().accepts("as signed", post(callback()));
    assert_eq!((delivery.proof(), delivery.trusts_body()), (Proof::SignedHead, false));
    assert_eq!((delivery.signed_event(), delivery.id()), (Some("signature_request_sent"), None));
    assert!(delivery.payload().starts_with(b"{\"event\"") && delivery.payload().ends_with(b"}"));
    // The document is not signed.
    endpoint().accepts("another document", post(callback().replace(r#""title":"A""#, r#""title":"B""#)));
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused() {
    let payload = endpoint().accepts("as signed", post(callback())).payload().clone();
    let twice = callback().replacen("boundary--", &format!("boundary\r\n{}", &callback()[12..]), 1);
    for (what, body, kind) in [
        ("another type", callback().replace("_sent", "_viewed"), Kind::SignatureMismatch),
        ("another time", callback().replace("1790000000", "1790000001"), Kind::SignatureMismatch),
        ("a time that is a number", callback().replace("\"1790000000\"", "1790000000"), Kind::MalformedBody),
        ("a time that is none", callback().replace("1790000000", "yesterday"), Kind::MalformedTimestamp),
        (
            "a digit moved to the type",
            callback()
                .replace("1790000000", "179000000")
                .replace("\"signature_request_sent", "\"0signature_request_sent"),
            Kind::MalformedBody,
        ),
        ("no type", callback().replace("event_type", "type"), Kind::MalformedBody),
        ("no hash", callback().replace("event_hash", "hash"), Kind::MalformedBody),
        ("another part", callback().replace("\"json\"", "\"text\""), Kind::MalformedBody),
        ("the part twice", twice, Kind::MalformedBody),
        ("no parts", String::from_utf8(payload.to_vec()).unwrap(), Kind::MalformedBody),
    ] {
        endpoint().refuses(what, post(body), kind).await;
    }
}

/// Retries keep the event's time, and go on for days.
#[tokio::test]
async fn the_time_is_the_events() {
    for now in [EVENT_AT - 60, EVENT_AT + 3 * DAY] {
        endpoint().at(now).accepts("in time", post(callback()));
    }
    endpoint().at(EVENT_AT - 61).refuses("too early", post(callback()), Kind::NotYetValid).await;
    endpoint().at(EVENT_AT + 3 * DAY + 61).refuses("too late", post(callback()), Kind::Expired).await;
}

/// Two events of one type in one second have the same signed text, and are two. Either is answered as documented.
#[tokio::test]
async fn events_of_the_same_second_are_not_taken_for_one() {
    let layer = endpoint().layer().replay(Replay::new(MemoryStore::new(10), "documents"));
    let handler = Handler::new();
    for body in [callback(), callback().replace(r#""title":"A""#, r#""title":"B""#)] {
        let answer = ask(layer.layer(handler.clone()), post(body).map(Full::new)).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, &b"Hello API Event Received"[..]));
    }
    assert_eq!(handler.calls(), 2);
}
