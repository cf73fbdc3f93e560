//! JSON Web Tokens and Signatures with any header and any claims, signed with the endpoint's secret: what is accepted says
//! what it must, by another reader's reading.
#![no_main]
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header::AUTHORIZATION};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use serde_json::Value;
use tower_webhook::{
    Scheme,
    encoding::Encoding,
    key::{Algorithm, Digest, Key, SigningKey},
    scheme::{Proof, Text, Verdict, verify},
    schemes::{Jws, JwsAlgorithm, Jwt, Source, TokenIn},
    time::Timestamp,
};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::splice,
    original::is_the_senders_fault,
};

const SECRET: &str = "a secret of thirty-two characters and more";
const NOW: i64 = 1_700_000_000;
const TOKEN: HeaderName = HeaderName::from_static("x-token");

const HEADERS: [&str; 4] = [
    r#"{"alg":"HS256"}"#,
    r#"{"typ":"JWT","alg":"HS256","kid":"1"}"#,
    r#"{"alg":"HS256","x5c":["AAAA"],"crit":["b64"],"b64":false}"#,
    r#"{"alg":"none"}"#,
];

const CLAIMS: [&str; 3] = [
    r#"{"iss":"acme","aud":"us","iat":1700000000,"exp":1700000060,"nbf":1699999990,"jti":"1","type":"a","email_verified":true}"#,
    r#"{"iss":"acme","aud":["us","them"],"iat":1700000000,"sha256":"0000","payload":"{}","scope":"a"}"#,
    "{}",
];

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn json(input: &mut Unstructured<'_>, usual: &[&str]) -> Result<Vec<u8>> {
    let mut json = one(input, usual)?.as_bytes().to_vec();
    match input.int_in_range(0..=5)? {
        0 => json = some(input, 400)?.to_vec(),
        1 | 2 => {}
        times => {
            for _ in 2..times {
                splice(input, &mut json)?;
            }
        }
    }
    Ok(json)
}

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let places = [
        TokenIn::Header(TOKEN),
        TokenIn::bearer(),
        TokenIn::Body,
        TokenIn::Json("/event/token"),
        TokenIn::Query("t"),
    ];
    let place = one(input, &places)?;
    let rules: u8 = input.arbitrary()?;
    let has = |rule: u8| rules & (1 << rule) != 0;
    let in_body = matches!(place, TokenIn::Body | TokenIn::Json(_));
    let digested = has(5) && !in_body;
    let mut scheme = Jwt::hs256("acme", place.clone()).event(Source::Json("type"));
    if has(0) {
        scheme = scheme.issuer("acme");
    }
    if has(1) {
        scheme = scheme.audience("us");
    }
    if has(2) {
        scheme = scheme.issued_at_signing();
    }
    if has(3) {
        scheme = scheme.expires();
    }
    if has(4) {
        scheme = scheme.id_is_jti();
    }
    if digested {
        scheme = scheme.body_digest("sha256", Digest::Sha256, Encoding::Hex);
    }
    if has(6) {
        scheme = scheme.flag("email_verified");
    }
    let header = json(input, &HEADERS)?;
    let mut claims = json(input, &CLAIMS)?;
    let is_detached = has(7) && input.arbitrary()?;
    let body = Bytes::copy_from_slice(rest(input));
    if digested {
        let digest = Digest::Sha256.of(&body, Encoding::Hex);
        if let Some(at) = claims.windows(6).position(|four| four == b"\"0000\"") {
            claims.splice(at + 1..at + 5, digest.bytes());
        }
    }
    let key = SigningKey::shared(Key::new(Algorithm::HmacSha256, SECRET).unwrap(), SECRET).unwrap();
    let encode = |bytes: &[u8]| Encoding::Base64Url.encode(bytes);
    let payload: &[u8] = if is_detached { &body } else { &claims };
    let signed = format!("{}.{}", encode(&header), encode(payload));
    let signature = key.sign(Algorithm::HmacSha256, &Text::new().bytes(&signed), b"").unwrap();
    let signed = if is_detached { format!("{}.", encode(&header)) } else { signed };
    let token = format!("{signed}.{}", encode(&signature));

    let mut request = Request::post("/").body(body.clone()).unwrap();
    let value = |text: &str| HeaderValue::try_from(text).unwrap();
    match place {
        _ if is_detached => {
            request.headers_mut().insert(TOKEN, value(&token));
        }
        TokenIn::Header(name) => {
            request.headers_mut().insert(name, value(&token));
        }
        TokenIn::Authorization(_) => {
            request.headers_mut().insert(AUTHORIZATION, value(&format!("Bearer {token}")));
        }
        TokenIn::Query(_) => *request.uri_mut() = format!("/?t={token}").parse().unwrap(),
        TokenIn::Body => *request.body_mut() = token.into(),
        _ => *request.body_mut() = format!(r#"{{"event":{{"token":"{token}"}}}}"#).into(),
    }
    let (parts, received) = request.into_parts();
    let (keys, now) = (scheme.key(SECRET).unwrap().into(), Timestamp::from_unix(NOW));
    let verdict = match is_detached {
        true => {
            let scheme = Jws::detached("acme", JwsAlgorithm::Hs256, TOKEN).event(Source::Json("type"));
            verify(&scheme, &parts, &received, &keys, now)
        }
        false => verify(&scheme, &parts, &received, &keys, now),
    };
    let verified = match verdict {
        Ok(Verdict::Deliver(verified)) => verified,
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => {
            is_the_senders_fault(&rejection);
            return Ok(());
        }
    };
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header["alg"], "HS256");
    assert!(header.get("crit").is_none(), "what is critical must be understood");
    if is_detached {
        assert_eq!((verified.proof(), verified.payload()), (Proof::SignedBody, &body));
        return Ok(());
    }
    let said: Value = serde_json::from_slice(&claims).unwrap();
    assert!(said.is_object());
    let names_us = |aud: &Value| aud == "us" || aud.as_array().is_some_and(|all| all.contains(&"us".into()));
    assert!(!has(0) || said["iss"] == "acme");
    assert!(!has(1) || names_us(&said["aud"]));
    assert!(!has(2) || said["iat"].as_i64().is_some_and(|at| at.abs_diff(NOW) <= 300));
    assert!(!has(3) || said.get("exp").is_some());
    assert!(!has(4) || said["jti"].as_str() == verified.signed_id());
    assert!(
        !digested
            || said["sha256"].as_str().is_some_and(|claimed| {
                claimed.eq_ignore_ascii_case(&Digest::Sha256.of(&body, Encoding::Hex))
            })
    );
    assert!(!has(6) || said["email_verified"] == true);
    assert!(said.get("exp").is_none_or(|at| at.as_i64().is_none_or(|at| at >= NOW - 60)));
    assert!(said.get("nbf").is_none_or(|at| at.as_i64().is_none_or(|at| at <= NOW + 60)));
    let proof = if in_body || digested { Proof::SignedBody } else { Proof::SignedHead };
    assert_eq!(verified.proof(), proof);
    if in_body {
        assert_eq!(verified.payload(), &claims);
    } else {
        assert_eq!(verified.payload(), &body);
    }
    Ok(())
}
