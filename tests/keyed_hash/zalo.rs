//! Zalo.
use super::*;

const SECRET: &str = "oa_secret";
const BODY: &str =
    r#"{"app_id":"360846524940903967","event_name":"user_send_text","timestamp":"1718000000000"}"#;
const SIGNATURE: &str = "mac=7e490b1abd736775d218b7ac41e58fac453d5e596fa39ff676b97d41f490416f";

fn zalo() -> Provider<Zalo> {
    Provider::new(Zalo, SECRET, SENT, URL)
}

fn event(signature: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    post(&[("x-zevent-signature", signature)], body)
}

#[test]
fn the_body_is_signed_with_its_time() {
    let found = zalo().accepts("as agreed", event(SIGNATURE, BODY));
    assert_eq!((found.proof(), found.signed_event()), (Proof::SignedBody, Some("user_send_text")));
    assert_eq!((found.id(), found.signed_at()), (None, Some(Timestamp::from_unix(SENT))));
    let unsigned = r#"{"app_id":"360846524940903967","event_name":"user_send_text"}"#;
    let by_us = signed(&Zalo, SECRET, post(&[], unsigned));
    assert_eq!((by_us.headers(), by_us.body()), (event(SIGNATURE, BODY).headers(), &Bytes::from(BODY)));
}

#[tokio::test]
async fn a_signature_that_is_wrong_is_refused() {
    let bare = &SIGNATURE["mac=".len()..];
    for (what, signature, kind) in [
        ("empty", "", Kind::MalformedHeader),
        ("no prefix", bare, Kind::MalformedHeader),
        ("another prefix", &format!("sha256={bare}"), Kind::MalformedHeader),
        ("t01: nothing behind it", "mac=", Kind::MalformedSignature),
        ("t01: a prefix of it", &SIGNATURE[..66], Kind::MalformedSignature),
        ("t01: longer", &format!("{SIGNATURE}00"), Kind::MalformedSignature),
        (
            "an HMAC, as some public code has it",
            "mac=ad6ecebc3d63c419045b7fc01c5632d760584da3fa760223c662f8df4ef304ff",
            Kind::SignatureMismatch,
        ),
    ] {
        zalo().refuses(what, event(signature, BODY), kind).await;
    }
    zalo().refuses("none", post(&[], BODY), Kind::MissingHeader).await;
    let twice = post(&[("x-zevent-signature", SIGNATURE), ("x-zevent-signature", SIGNATURE)], BODY);
    zalo().refuses("t19: twice", twice, Kind::DuplicateHeader).await;
    let other = Provider::new(Zalo, "app_secret", SENT, URL);
    other.refuses("another key", event(SIGNATURE, BODY), Kind::SignatureMismatch).await;
}

#[tokio::test]
async fn a_body_that_is_wrong_is_refused() {
    let body = |from: &str, to: &str| {
        assert!(BODY.contains(from), "{from}");
        BODY.replacen(from, to, 1)
    };
    let malformed = Kind::MalformedBody;
    for (what, body, kind) in [
        ("nothing", String::new(), malformed),
        ("no JSON", "app_id=1".to_owned(), malformed),
        ("a list", format!("[{BODY}]"), malformed),
        ("no app", body(r#""app_id":"360846524940903967","#, ""), malformed),
        ("an app that is a number", body(r#""360846524940903967""#, "360846524940903967"), malformed),
        ("an empty app", body("360846524940903967", ""), malformed),
        ("an app with other characters", body("360846524940903967", "36{"), malformed),
        ("no time", body(r#","timestamp":"1718000000000""#, ""), malformed),
        ("a time that is a number", body(r#""1718000000000""#, "1718000000000"), malformed),
        ("t15: no digits", body("1718000000000", "NaN"), Kind::MalformedTimestamp),
        ("t15: a sign", body("1718000000000", "+1718000000000"), Kind::MalformedTimestamp),
        ("t15: in seconds", body("1718000000000", "1718000000"), Kind::StaleTimestamp),
        ("t37: the app twice", body("{", r#"{"app_id":"1","#), malformed),
        ("t37: the time twice", body("{", r#"{"timestamp":"1718000000000","#), malformed),
        ("t17: other white space", body("{", "{ "), Kind::SignatureMismatch),
        ("another event", body("user_send_text", "follow"), Kind::SignatureMismatch),
    ] {
        zalo().refuses(what, event(SIGNATURE, body), kind).await;
    }
}

#[tokio::test]
async fn t14_the_time_is_bounded_in_both_directions() {
    let half_a_day = 12 * 60 * 60;
    zalo().at(SENT + half_a_day).accepts("the last repeat", event(SIGNATURE, BODY));
    zalo().at(SENT + half_a_day + 1).refuses("later", event(SIGNATURE, BODY), Kind::StaleTimestamp).await;
    zalo().at(SENT - half_a_day - 1).refuses("ahead", event(SIGNATURE, BODY), Kind::FutureTimestamp).await;
}

#[tokio::test]
async fn t12_a_repeat_is_handled_once() {
    let handler = Handler::answering([500, 200]);
    let service = zalo().layer().replay(Replay::new(MemoryStore::new(100), "zalo")).layer(handler.clone());
    for (status, calls) in [(500, 1), (200, 2), (200, 2)] {
        let answer = ask(service.clone(), event(SIGNATURE, BODY).map(Full::new)).await;
        assert_eq!((answer.status.as_u16(), handler.calls()), (status, calls));
    }
}

#[test]
fn what_cannot_be_signed_says_why() {
    for body in ["", "[]", "{}", r#"{"app_id":1}"#, r#"{"app_id":"a"}"#] {
        let key = Zalo.signing_key(SECRET).unwrap();
        let error = Zalo.sign(&mut post(&[], body), &key, Timestamp::from_unix(SENT)).unwrap_err();
        let expected = "cannot sign the request: the body is no JSON object with an `app_id` of digits";
        assert_eq!(error.to_string(), expected, "{body}");
    }
}
