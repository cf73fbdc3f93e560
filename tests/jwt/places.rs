//! Where a request carries its token, and what its payload is then.
use super::*;
use http::header::AUTHORIZATION;
use serde_json::json;
use tower_webhook::{scheme::Proof, schemes::Source};

fn at(place: TokenIn) -> Jwt {
    Jwt::hs256("acme", place)
}

fn get(scheme: &Jwt, request: http::request::Builder, body: &str) -> Result<Verified, RejectionKind> {
    let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    ask(scheme, request, scheme.key(SECRET).unwrap())
}

#[test]
fn in_a_header() {
    let token = token(HS256, "{}");
    let scheme = at(TokenIn::Header(TOKEN));
    assert!(get(&scheme, Request::post("/").header(TOKEN, &token), "").is_ok());
    let missing = get(&scheme, Request::post("/"), "").unwrap_err();
    assert_eq!(missing, RejectionKind::MissingHeader);
    let twice = Request::post("/").header(TOKEN, &token).header(TOKEN, &token);
    assert_eq!(get(&scheme, twice, "").unwrap_err(), RejectionKind::DuplicateHeader);
    let bearer = Request::post("/").header(TOKEN, format!("Bearer {token}"));
    assert_eq!(get(&scheme, bearer, "").unwrap_err(), RejectionKind::MalformedToken);
}

#[test]
fn behind_bearer() {
    let token = token(HS256, "{}");
    let authorized = |value: &str| Request::post("/").header(AUTHORIZATION, value);
    for right in ["Bearer", "bearer", "BEARER"] {
        assert!(get(&at(TokenIn::bearer()), authorized(&format!("{right} {token}")), "").is_ok());
    }
    for wrong in [&*token, &format!("Basic {token}"), &format!("Bearer{token}"), &format!("JWT {token}")] {
        let refused = get(&at(TokenIn::bearer()), authorized(wrong), "").unwrap_err();
        assert_eq!(refused, RejectionKind::MalformedHeader, "{wrong}");
    }
    let spaces = get(&at(TokenIn::bearer()), authorized(&format!("Bearer  {token}")), "").unwrap_err();
    assert_eq!(spaces, RejectionKind::MalformedToken);
    assert!(get(&at(TokenIn::Authorization("JWT")), authorized(&format!("JWT {token}")), "").is_ok());
}

#[test]
fn in_the_query() {
    let token = token(HS256, "{}");
    let scheme = at(TokenIn::Query("token"));
    assert!(get(&scheme, Request::post(format!("/?a=1&token={token}")), "").is_ok());
    for wrong in ["/".to_owned(), "/?token=".to_owned(), format!("/?token={token}&token={token}")] {
        let refused = get(&scheme, Request::post(&wrong), "").unwrap_err();
        assert_eq!(refused, RejectionKind::MalformedTarget, "{wrong}");
    }
    let refused = get(&scheme, Request::post("/?token=a.b"), "").unwrap_err();
    assert_eq!(refused, RejectionKind::MalformedToken);
}

#[test]
fn as_the_body() {
    let scheme = at(TokenIn::Body).event(Source::Json("type")).id_is_jti();
    let signed = token(HS256, r#"{"type":"a","jti":"1"}"#);
    let verified = get(&scheme, Request::post("/"), &signed).unwrap();
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!(&**verified.payload(), br#"{"type":"a","jti":"1"}"#);
    assert_eq!(verified.body(), &*signed);
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("a"), Some("1")));
    for wrong in ["", "{}", &format!("{signed}\n"), &format!("\"{signed}\"")] {
        let refused = get(&scheme, Request::post("/"), wrong);
        assert!(
            matches!(refused, Err(RejectionKind::MalformedToken | RejectionKind::MalformedSignature)),
            "{wrong}"
        );
    }
    let request = Request::post("/").body(Bytes::from_static(b"\xff\xfe")).unwrap();
    let refused = ask(&scheme, request, scheme.key(SECRET).unwrap()).unwrap_err();
    assert_eq!(refused, RejectionKind::MalformedBody);
}

/// What stands beside the token is not signed, and no handler gets to see it as the payload.
#[test]
fn in_a_json_body() {
    let signed = token(HS256, r#"{"type":"a"}"#);
    for (place, body) in [
        ("token", json!({"token": signed, "type": "forged"})),
        ("/event/token", json!({"event": {"token": signed, "type": "forged"}})),
    ] {
        let scheme = at(TokenIn::Json(place)).event(Source::Json("type"));
        let verified = get(&scheme, Request::post("/"), &body.to_string()).unwrap();
        assert_eq!(verified.proof(), Proof::SignedBody);
        assert_eq!(verified.signed_event(), Some("a"));
        assert_eq!(verified.parse::<serde_json::Value>().unwrap(), json!({"type": "a"}));
    }
    let scheme = at(TokenIn::Json("token"));
    for wrong in [
        "".to_owned(),
        "{}".to_owned(),
        r#"{"token":7}"#.to_owned(),
        signed.clone(),
        format!(r#"{{"token":"{signed}","token":"{signed}"}}"#),
        format!(r#"{{"token":"{signed}""#),
    ] {
        let refused = get(&scheme, Request::post("/"), &wrong).unwrap_err();
        assert_eq!(refused, RejectionKind::MalformedBody, "{wrong}");
    }
}

#[test]
fn a_payload_that_is_one_of_the_claims() {
    let scheme = at(TokenIn::Body).payload_claim("data").event(Source::Json("type"));
    let verified = get(&scheme, Request::post("/"), &token(HS256, r#"{"data":"{\"type\":\"a\"}"}"#)).unwrap();
    assert_eq!(&**verified.payload(), br#"{"type":"a"}"#);
    assert_eq!(verified.signed_event(), Some("a"));
    for claims in ["{}", r#"{"data":""}"#, r#"{"data":{"type":"a"}}"#, r#"{"data":"a","data":"b"}"#] {
        let refused = get(&scheme, Request::post("/"), &token(HS256, claims)).unwrap_err();
        assert_eq!(refused, RejectionKind::MalformedToken, "{claims}");
    }
}

/// Nobody is to make us decode at length what nobody may have signed.
#[test]
fn tokens_that_are_too_long() {
    let header = |length: usize| format!(r#"{{"alg":"HS256","x":"{}"}}"#, "x".repeat(length));
    let claims = |length: usize| format!(r#"{{"x":"{}"}}"#, "x".repeat(length));
    for place in [TokenIn::Header(TOKEN), TokenIn::Query("token")] {
        let send = |token: String| {
            let request = Request::post(format!("/?token={token}")).header(TOKEN, &token);
            get(&at(place.clone()), request, "")
        };
        assert!(send(token(HS256, &claims(11 << 10))).is_ok());
        assert_eq!(send(token(HS256, &claims(13 << 10))).unwrap_err(), RejectionKind::MalformedToken);
    }
    // A body has a limit of its own; the token's header has one everywhere.
    let send = |token: String| get(&at(TokenIn::Body), Request::post("/"), &token);
    assert!(send(token(HS256, &claims(100 << 10))).is_ok());
    assert!(send(token(&header(11 << 10), "{}")).is_ok());
    assert_eq!(send(token(&header(13 << 10), "{}")).unwrap_err(), RejectionKind::MalformedToken);
}
