//! Cloudinary.
use super::*;

const SECRET: &str = "cld_secret";
const BODY: &str = r#"{"notification_type":"upload"}"#;
const SHA1: &str = "3ce4d6cdd4a938014a01a937352c394b628aeda5";
const SHA256: &str = "c03a34ac70231d285131198ea10e11b9b0733865e36037c00da8e270f87e92e1";

fn sha1() -> Provider<Cloudinary> {
    Provider::new(Cloudinary::sha1(), SECRET, SENT, URL)
}

fn sha256() -> Provider<Cloudinary> {
    Provider::new(Cloudinary::sha256(), SECRET, SENT, URL)
}

fn notification(signature: &str, time: &str) -> Request<Bytes> {
    post(&[("x-cld-signature", signature), ("x-cld-timestamp", time)], BODY)
}

#[test]
fn body_and_time_are_signed() {
    for (provider, signature) in [(sha1(), SHA1), (sha256(), SHA256)] {
        let found = provider.accepts("as documented", notification(signature, "1718000000"));
        assert_eq!((found.proof(), found.signed_event()), (Proof::SignedBody, Some("upload")));
        assert_eq!((found.id(), found.signed_at()), (None, Some(Timestamp::from_unix(SENT))));
        let by_us = signed(&provider.scheme, SECRET, post(&[], BODY));
        assert_eq!(by_us.headers()["x-cld-signature"], signature);
    }
}

#[tokio::test]
async fn t25_the_algorithm_is_configured() {
    sha256().refuses("SHA-1", notification(SHA1, "1718000000"), Kind::MalformedSignature).await;
    sha1().refuses("SHA-256", notification(SHA256, "1718000000"), Kind::MalformedSignature).await;
    for (what, signature) in [
        ("t08: an HMAC", "0c3511e995e5a16c3dbc1ed17e90b34d2a8c7db01fedd5aefe59eb84a3772bd2"),
        ("the secret first", "082501571ce31daae223b08deb32536f58918d967fc5e32bed701e6ea9eff73f"),
        ("no secret", "0097acc7785fb2b32a530427de03e5ec177a63b92a819e96c73f84b3e4a3f49d"),
    ] {
        sha256().refuses(what, notification(signature, "1718000000"), Kind::SignatureMismatch).await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let refuses = async |what: &str, signature: &str, time: &str, kind| {
        sha256().refuses(what, notification(signature, time), kind).await;
    };
    refuses("t01: empty", "", "1718000000", Kind::MalformedHeader).await;
    refuses("t01: a prefix", &SHA256[..62], "1718000000", Kind::MalformedSignature).await;
    refuses("t01: longer", &format!("{SHA256}00"), "1718000000", Kind::MalformedSignature).await;
    refuses("t02: another time", SHA256, "1718000001", Kind::SignatureMismatch).await;
    for time in ["+1718000000", "1718000000.0", "01718000000", "NaN", "9223372036854775807"] {
        refuses(&format!("t15: {time}"), SHA256, time, Kind::MalformedTimestamp).await;
    }
    refuses("t15: no time", SHA256, "", Kind::MalformedHeader).await;
    refuses("t15: in milliseconds", SHA256, "1718000000000", Kind::FutureTimestamp).await;
    for name in ["x-cld-signature", "x-cld-timestamp"] {
        let mut without = notification(SHA256, "1718000000");
        without.headers_mut().remove(name);
        sha256().refuses(name, without, Kind::MissingHeader).await;
        let mut twice = notification(SHA256, "1718000000");
        let value = twice.headers()[name].clone();
        twice.headers_mut().append(name, value);
        sha256().refuses(name, twice, Kind::DuplicateHeader).await;
    }
    let twice = post(&[("x-cld-signature", SHA256), ("x-cld-timestamp", "1718000000")], format!("{BODY} "));
    sha256().refuses("the body", twice, Kind::SignatureMismatch).await;
}

/// The border between body and time is not signed: the same text each time.
#[tokio::test]
async fn digits_cannot_be_moved_between_body_and_time() {
    for (body, time, kind) in [
        (format!("{BODY}1"), "718000000", Kind::StaleTimestamp),
        (BODY[..BODY.len() - 1].to_owned(), "}1718000000", Kind::MalformedTimestamp),
    ] {
        let moved = post(&[("x-cld-signature", SHA256), ("x-cld-timestamp", time)], body);
        sha256().refuses(time, moved, kind).await;
    }
}

#[tokio::test]
async fn t14_the_time_is_bounded_in_both_directions() {
    let delivery = || notification(SHA256, "1718000000");
    sha256().at(SENT + 7200).accepts("as old as may be", delivery());
    sha256().at(SENT - 7200).accepts("as far ahead as may be", delivery());
    sha256().at(SENT + 7201).refuses("older", delivery(), Kind::StaleTimestamp).await;
    sha256().at(SENT - 7201).refuses("further ahead", delivery(), Kind::FutureTimestamp).await;
}
