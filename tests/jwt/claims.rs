//! What the claims must be.
use super::*;
use serde_json::json;
use tower_webhook::{scheme::Proof, schemes::Source};

fn refused(scheme: &Jwt, claims: &str) -> RejectionKind {
    ask_with_claims(scheme, claims).expect_err(claims)
}

#[test]
fn an_end_and_a_beginning() {
    let at = |claim: &str, seconds: i64| format!(r#"{{"{claim}":{}}}"#, NOW.as_unix() + seconds);
    for scheme in [in_header(), in_header().expires()] {
        assert!(ask_with_claims(&scheme, &at("exp", 1)).is_ok());
        assert!(ask_with_claims(&scheme, &at("exp", -60)).is_ok(), "a minute of leeway");
        assert_eq!(refused(&scheme, &at("exp", -61)), RejectionKind::Expired);
        assert!(ask_with_claims(&scheme, r#"{"exp":33254540828}"#).is_ok());
        assert!(ask_with_claims(&scheme, r#"{"exp":9223372036854775807}"#).is_ok());
    }
    assert_eq!(refused(&in_header().expires(), "{}"), RejectionKind::MalformedToken);
    assert!(ask_with_claims(&in_header(), "{}").is_ok());
    assert!(ask_with_claims(&in_header(), &at("nbf", 60)).is_ok());
    assert_eq!(refused(&in_header(), &at("nbf", 61)), RejectionKind::NotYetValid);
    let strict = in_header().with_tolerance(std::time::Duration::ZERO);
    assert_eq!(refused(&strict, &at("exp", -1)), RejectionKind::Expired);
    assert_eq!(refused(&strict, &at("nbf", 1)), RejectionKind::NotYetValid);
}

#[test]
fn the_time_of_signing() {
    let issued = |seconds: i64| format!(r#"{{"iat":{}}}"#, NOW.as_unix() + seconds);
    let scheme = in_header().issued_at_signing();
    for within in [-300, 0, 300] {
        let verified = ask_with_claims(&scheme, &issued(within)).unwrap();
        assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(NOW.as_unix() + within)));
    }
    assert_eq!(refused(&scheme, &issued(-301)), RejectionKind::StaleTimestamp);
    assert_eq!(refused(&scheme, &issued(301)), RejectionKind::FutureTimestamp);
    assert_eq!(refused(&scheme, "{}"), RejectionKind::MalformedToken);
    // Where it is not the time of signing, it is nothing.
    let verified = ask_with_claims(&in_header(), &issued(-3600)).unwrap();
    assert_eq!((verified.signed_at(), verified.idempotency_key()), (None, None));
}

#[test]
fn what_is_no_time() {
    let scheme = in_header().issued_at_signing().expires();
    for claim in ["exp", "iat", "nbf"] {
        for wrong in [
            "1718000000.5",
            "\"1718000000\"",
            "-1",
            "1e9",
            "null",
            "true",
            "[1718000000]",
            "18446744073709551615",
        ] {
            let mut claims = vec![r#""exp":1718000300"#.to_owned(), r#""iat":1718000000"#.to_owned()];
            claims.retain(|other| !other.contains(claim));
            claims.push(format!(r#""{claim}":{wrong}"#));
            let claims = format!("{{{}}}", claims.join(","));
            assert_eq!(refused(&scheme, &claims), RejectionKind::MalformedTimestamp, "{claims}");
        }
    }
}

#[test]
fn claims_that_decide_occur_once() {
    let scheme =
        in_header().issuer("acme").audience("us").claim("email", "a@b").flag("ok").id_is_jti().expires();
    let claims = r#""iss":"acme","aud":"us","email":"a@b","ok":true,"jti":"1","exp":1718000300"#;
    assert!(ask_with_claims(&scheme, &format!("{{{claims}}}")).is_ok());
    for claim in claims.split(',') {
        let twice = format!("{{{claims},{claim}}}");
        assert_eq!(refused(&scheme, &twice), RejectionKind::MalformedToken, "{twice}");
    }
    let escaped = format!(r#"{{{claims},"\u0069ss":"another"}}"#);
    assert_eq!(refused(&scheme, &escaped), RejectionKind::MalformedToken);
    assert!(
        ask_with_claims(&scheme, &format!(r#"{{"x":1,"x":2,{claims}}}"#)).is_ok(),
        "what decides nothing"
    );
}

#[test]
fn t27_for_whom_and_by_whom() {
    let scheme =
        in_header().issuer("https://acme.example").issuer("acme.example").audience("us").audience("we");
    let of = |issuer: &str, audience: &str| format!(r#"{{"iss":{issuer},"aud":{audience}}}"#);
    for issuer in [r#""https://acme.example""#, r#""acme.example""#] {
        for audience in [r#""us""#, r#""we""#, r#"["us"]"#, r#"["another","we"]"#] {
            assert!(ask_with_claims(&scheme, &of(issuer, audience)).is_ok());
        }
    }
    let acme = r#""acme.example""#;
    for claims in [
        of(r#""https://acme.example/""#, r#""us""#),
        of(r#""""#, r#""us""#),
        of(acme, r#""another""#),
        of(acme, r#"["another"]"#),
        of(acme, "[]"),
        of(acme, r#""us,we""#),
        of(acme, r#""US""#),
        r#"{"iss":"acme.example"}"#.to_owned(),
        r#"{"aud":"us"}"#.to_owned(),
        "{}".to_owned(),
    ] {
        assert_eq!(refused(&scheme, &claims), RejectionKind::NotForUs, "{claims}");
    }
    let many = serde_json::to_string(&vec!["us"; 33]).unwrap();
    for claims in [
        of(acme, r#"{"0":"us"}"#),
        of(acme, "1"),
        of(acme, r#"["us",1]"#),
        of(acme, "null"),
        of(r#"["acme.example"]"#, r#""us""#),
        of(acme, &many),
    ] {
        assert_eq!(refused(&scheme, &claims), RejectionKind::MalformedToken, "{claims}");
    }
}

#[test]
fn t27_other_claims_that_are_demanded() {
    let scheme = in_header().claim("email", "a@b").flag("email_verified");
    assert!(ask_with_claims(&scheme, r#"{"email":"a@b","email_verified":true}"#).is_ok());
    for claims in [
        r#"{"email":"b@a","email_verified":true}"#,
        r#"{"email":"a@b","email_verified":false}"#,
        r#"{"email":"a@b"}"#,
        r#"{"email_verified":true}"#,
    ] {
        assert_eq!(refused(&scheme, claims), RejectionKind::NotForUs, "{claims}");
    }
    for claims in [
        r#"{"email":"a@b","email_verified":"true"}"#,
        r#"{"email":"a@b","email_verified":1}"#,
        r#"{"email":true}"#,
    ] {
        assert_eq!(refused(&scheme, claims), RejectionKind::MalformedToken, "{claims}");
    }
}

#[test]
fn the_digest_of_the_body() {
    for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
        let scheme = in_header().body_digest("hash", Digest::Sha256, encoding);
        let claims = |hash: &str| json!({ "hash": hash }).to_string();
        let verified = ask_with_claims(&scheme, &claims(&body_digest(encoding))).unwrap();
        assert_eq!(verified.proof(), Proof::SignedBody);
        let other = Digest::Sha256.of(b"another body", encoding);
        assert_eq!(refused(&scheme, &claims(&other)), RejectionKind::DigestMismatch);
        let of_another_length = Digest::Sha512.of(BODY.as_bytes(), encoding);
        for wrong in ["*", "0", &of_another_length, &format!("{other} ")] {
            assert_eq!(refused(&scheme, &claims(wrong)), RejectionKind::MalformedDigest, "{wrong}");
        }
        for lacking in ["{}", r#"{"hash":""}"#, r#"{"hash":null}"#, r#"{"hash":1}"#] {
            assert_eq!(refused(&scheme, lacking), RejectionKind::MalformedToken, "{lacking}");
        }
    }
}

/// A token in the head says nothing of the body.
#[test]
fn a_body_that_is_not_covered() {
    use tower_webhook::event::EventErrorKind;
    let optional = in_header().body_digest_if_present("hash", Digest::Sha256, Encoding::Hex);
    for scheme in [in_header(), optional.clone()] {
        let scheme = scheme.event(Source::Json("type")).id(Source::Json("id"));
        let verified = ask_with_claims(&scheme, "{}").unwrap();
        assert_eq!(verified.proof(), Proof::SignedHead);
        assert_eq!((verified.event(), verified.signed_event()), (Some("invoice.paid"), None));
        assert_eq!((verified.id(), verified.signed_id()), (Some("evt_1"), None));
        let error = verified.parse::<serde_json::Value>().unwrap_err();
        assert_eq!(error.kind(), EventErrorKind::BodyNotCovered);
    }
    let scheme = optional.event(Source::Json("type")).id(Source::Json("id"));
    let claims = json!({ "hash": body_digest(Encoding::Hex) }).to_string();
    let verified = ask_with_claims(&scheme, &claims).unwrap();
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("invoice.paid"), Some("evt_1")));
    assert_eq!(refused(&scheme, r#"{"hash":"00"}"#), RejectionKind::MalformedDigest);
}

#[test]
fn the_id_of_the_token() {
    let scheme = in_header().id_is_jti();
    assert_eq!(ask_with_claims(&scheme, r#"{"jti":"a"}"#).unwrap().signed_id(), Some("a"));
    for claims in ["{}", r#"{"jti":""}"#, r#"{"jti":7}"#] {
        assert_eq!(refused(&scheme, claims), RejectionKind::MalformedToken, "{claims}");
    }
    // What the body says, which nobody has signed, does not take its place.
    let both = in_header().id_is_jti().id(Source::Json("id"));
    assert_eq!(ask_with_claims(&both, r#"{"jti":"a"}"#).unwrap().signed_id(), Some("a"));
}

#[test]
fn what_is_no_object() {
    for claims in ["", "[]", "1", "\"a\"", "{", r#"{"iss":"acme"} x"#, "\u{feff}{}", "{}\0"] {
        assert_eq!(refused(&in_header(), claims), RejectionKind::MalformedToken, "{claims:?}");
    }
}
