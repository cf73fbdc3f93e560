//! How a token is signed, and by which key.
use super::*;
use http::StatusCode;
use tower_webhook::{
    VerifySignatureLayer,
    key::{KeyLookupError, KeyRef},
    scheme::Proof,
    schemes::JwsAlgorithm,
};

/// Those of `tests/jose.json` that this build can verify.
fn algorithms() -> Vec<JwsAlgorithm> {
    let mut algorithms = vec![
        JwsAlgorithm::Hs256,
        JwsAlgorithm::Hs512,
        JwsAlgorithm::Rs256,
        JwsAlgorithm::Rs512,
        JwsAlgorithm::Ps256,
        JwsAlgorithm::Ps512,
        JwsAlgorithm::Es256,
        JwsAlgorithm::Es384,
    ];
    #[cfg(feature = "ed25519")]
    algorithms.push(JwsAlgorithm::EdDsa);
    algorithms.sort_by_key(|algorithm| algorithm.name());
    algorithms
}

fn recipe(algorithm: JwsAlgorithm) -> Jwt {
    Jwt::by("acme", algorithm, TokenIn::Header(TOKEN))
        .issuer("acme")
        .audience("https://example.com/hook")
        .expires()
        .issued_at_signing()
        .id_is_jti()
        .body_digest("sha256", Digest::Sha256, Encoding::Hex)
}

/// The key and the token.
fn published(algorithm: JwsAlgorithm) -> (&'static str, &'static str) {
    let tokens = JOSE["tokens"].as_array().unwrap();
    let of = tokens.iter().find(|token| token["algorithm"] == algorithm.name()).unwrap();
    (of["key"].as_str().unwrap(), of["token"].as_str().unwrap())
}

#[test]
fn what_another_library_signs_is_accepted_and_nothing_else() {
    for algorithm in algorithms() {
        let (key, token) = published(algorithm);
        let scheme = recipe(algorithm);
        let key = || scheme.key(key).unwrap();
        let verified =
            ask(&scheme, post(token), key()).unwrap_or_else(|kind| panic!("{algorithm:?}: {kind:?}"));
        assert_eq!(verified.proof(), Proof::SignedBody);
        assert_eq!(verified.signed_id(), Some("5f0c"));
        assert_eq!(verified.signed_at(), Some(NOW));
        assert_eq!(verified.valid_until(), Some(Timestamp::from_unix(1_718_000_300)));

        let (signed, signature) = token.rsplit_once('.').unwrap();
        let altered = signed.replacen("eyJ", "eyI", 2).replacen("eyI", "eyJ", 1);
        let refused = ask(&scheme, post(&format!("{altered}.{signature}")), key());
        assert!(refused.is_err(), "{algorithm:?}");
        let mut bytes = Encoding::Base64Url.decode(signature).unwrap();
        bytes[5] ^= 1;
        let altered = format!("{signed}.{}", Encoding::Base64Url.encode(&bytes));
        let refused = ask(&scheme, post(&altered), key());
        assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch, "{algorithm:?}");

        let mut other_body = post(token);
        *other_body.body_mut() = Bytes::from_static(b"{}");
        assert_eq!(ask(&scheme, other_body, key()).unwrap_err(), RejectionKind::DigestMismatch);

        for other in algorithms() {
            if other != algorithm {
                // Whatever the receiver's algorithm is, the token's is another.
                let refused = ask(&recipe(other), post(token), key());
                assert_eq!(refused.unwrap_err(), RejectionKind::UnsupportedAlgorithm, "{other:?}");
            }
        }
    }
}

#[test]
fn another_key_of_the_same_kind() {
    let scheme = recipe(JwsAlgorithm::Rs256);
    let (_, token) = published(JwsAlgorithm::Rs256);
    let other = scheme.key(jose("/keys/rsa_other/public")).unwrap();
    assert_eq!(ask(&scheme, post(token), other).unwrap_err(), RejectionKind::SignatureMismatch);
    // A key of another kind, which a key provider might answer with.
    let secret = in_header().key(SECRET).unwrap();
    assert_eq!(ask(&scheme, post(token), secret).unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn t25_a_token_that_is_not_signed() {
    let claims = r#"{"iss":"acme"}"#;
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"NONE","typ":"JWT"}"#,
        r#"{"alg":""}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"typ":"JWT"}"#,
        "{}",
    ] {
        let signed = token(header, claims);
        let (text, _) = signed.rsplit_once('.').unwrap();
        for token in [&signed, &format!("{text}.")] {
            let refused = ask(&in_header(), post(token), in_header().key(SECRET).unwrap());
            assert_eq!(refused.unwrap_err(), RejectionKind::UnsupportedAlgorithm, "{header}");
        }
    }
    let unsigned = token(HS256, claims);
    let (text, _) = unsigned.rsplit_once('.').unwrap();
    for signature in ["", "AA", "*", "AAAA AAAA"] {
        let refused =
            ask(&in_header(), post(&format!("{text}.{signature}")), in_header().key(SECRET).unwrap());
        assert_eq!(refused.unwrap_err(), RejectionKind::MalformedSignature, "{signature:?}");
    }
}

/// The public key, which everybody has, as the secret of an HMAC.
#[test]
fn t25_an_hmac_with_the_public_key() {
    let public = jose("/keys/rsa/public");
    let scheme = Jwt::rs256("acme", TokenIn::Header(TOKEN));
    let key = SigningKey::shared(Key::new(Algorithm::HmacSha256, public).unwrap(), public).unwrap();
    for (header, expected) in [
        (HS256, RejectionKind::UnsupportedAlgorithm),
        (r#"{"alg":"RS256"}"#, RejectionKind::SignatureMismatch),
    ] {
        let text =
            [header, r#"{"iss":"acme"}"#].map(|part| Encoding::Base64Url.encode(part.as_bytes())).join(".");
        let hmac = key.sign(Algorithm::HmacSha256, &Text::new().bytes(&text), b"").unwrap();
        let token = format!("{text}.{}", Encoding::Base64Url.encode(&hmac));
        let refused = ask(&scheme, post(&token), scheme.key(public).unwrap());
        assert_eq!(refused.unwrap_err(), expected);
    }
}

#[test]
fn headers_that_are_refused() {
    for header in [
        r#"{"alg":"HS256","crit":["exp"],"exp":1}"#,
        r#"{"alg":"HS256","crit":[]}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
        r#"{"kid":"a","alg":"HS256","kid":"b"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":null}"#,
        r#"{"alg":"HS256""#,
        r#"{"alg":"HS256"} {}"#,
        r#"["HS256"]"#,
        "HS256",
        "",
    ] {
        let refused = ask(&in_header(), post(&token(header, "{}")), in_header().key(SECRET).unwrap());
        assert_eq!(refused.unwrap_err(), RejectionKind::MalformedToken, "{header}");
    }
    // What nobody asks is not looked at, a key that the sender brings least of all.
    for header in [
        r#"{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"},"jku":"https://example.com/jwks","x5u":"x"}"#,
        r#"{"typ":"JWT","alg":"HS256","x":1,"x":2}"#,
    ] {
        let accepted = ask(&in_header(), post(&token(header, "{}")), in_header().key(SECRET).unwrap());
        assert!(accepted.is_ok(), "{header}");
    }
}

#[test]
fn what_is_no_token() {
    let good = token(HS256, "{}");
    let (text, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = text.split_once('.').unwrap();
    for wrong in [
        "token",
        "..",
        header,
        text,
        &format!("{good}."),
        &format!("{good}.{signature}"),
        &format!(".{claims}.{signature}"),
        &format!("{header}={}", &good[header.len()..]),
        &format!(" {header}.{claims}.{signature}"),
        &sign(&format!("{header}.{}", "e30=")),
        &sign(&format!("{header}.{}", "e31")),
        &sign(&format!("{header}.{}", "e3 0")),
        &sign(&format!("{header}.{}", "+/+/")),
        &sign(&format!("{header}.")),
    ] {
        let refused = ask(&in_header(), post(wrong), in_header().key(SECRET).unwrap());
        assert_eq!(refused.unwrap_err(), RejectionKind::MalformedToken, "{wrong}");
    }
}

#[test]
fn tokens_must_name_their_key_where_it_is_looked_up() {
    let scheme = in_header().key_by_id();
    let long = format!(r#"{{"alg":"HS256","kid":"{}"}}"#, "k".repeat(257));
    for header in [HS256, r#"{"alg":"HS256","kid":""}"#, r#"{"alg":"HS256","kid":7}"#, &long] {
        let refused = ask(&scheme, post(&token(header, "{}")), scheme.key(SECRET).unwrap());
        assert_eq!(refused.unwrap_err(), RejectionKind::MalformedToken, "{header}");
    }
}

#[tokio::test]
async fn keys_are_looked_up_by_their_id() {
    let layer = || {
        VerifySignatureLayer::new(in_header().key_by_id(), async |key: KeyRef| match key {
            KeyRef::Id(id) if &*id == "key-1" => Ok(in_header().key(SECRET).unwrap().into()),
            KeyRef::Id(id) if &*id == "down" => Err(KeyLookupError::unavailable("no answer")),
            KeyRef::Id(id) if &*id == "expired" => Err(KeyLookupError::untrusted("it has expired")),
            _ => Err(KeyLookupError::Unknown),
        })
        .clock(|| Some(NOW))
    };
    for (id, expected) in [
        ("key-1", (200, None)),
        ("key-2", (401, Some(RejectionKind::UnknownKey))),
        ("down", (503, Some(RejectionKind::KeysUnavailable))),
        ("expired", (401, Some(RejectionKind::UntrustedKey))),
    ] {
        let service = tower::ServiceBuilder::new().layer(layer()).service(common::Handler::new());
        let request = post(&token(&format!(r#"{{"alg":"HS256","kid":"{id}"}}"#), "{}"));
        let answer = common::ask(service, request.map(http_body_util::Full::new)).await;
        assert_eq!(answer.refusal(), expected, "{id}");
    }
}

/// The sender learns nothing of the reason.
#[tokio::test]
async fn every_refusal_is_answered_alike() {
    let scheme = in_header().issuer("acme").expires();
    let forged = token(HS256, r#"{"iss":"acme","exp":1718000300}"#);
    let forged = format!("{}A", &forged[..forged.len() - 1]);
    for token in [
        "token",
        &token(r#"{"alg":"none"}"#, "{}"),
        &token(HS256, r#"{"iss":"acme"}"#),
        &token(HS256, r#"{"iss":"acme","exp":1}"#),
        &token(HS256, r#"{"iss":"acme","exp":"soon"}"#),
        &token(HS256, r#"{"iss":"another","exp":1718000300}"#),
        &forged,
    ] {
        let layer =
            VerifySignatureLayer::new(scheme.clone(), scheme.key(SECRET).unwrap()).clock(|| Some(NOW));
        let service = tower::ServiceBuilder::new().layer(layer).service(common::Handler::new());
        let answer = common::ask(service, post(token).map(http_body_util::Full::new)).await;
        assert_eq!((answer.status, answer.text()), (StatusCode::UNAUTHORIZED, ""), "{token}");
        assert!(answer.kind.is_some());
    }
}

/// Also where nobody asks for it: another reader might take it for something else.
#[test]
fn what_is_not_utf_8_is_refused_wherever_it_stands() {
    let encoded = |json: &[u8]| Encoding::Base64Url.encode(json);
    for (header, claims) in [
        (&b"{\"alg\":\"HS256\",\"x\":\"\xff\"}"[..], &b"{}"[..]),
        (HS256.as_bytes(), &b"{\"x\":\"\xff\"}"[..]),
    ] {
        let token = sign(&format!("{}.{}", encoded(header), encoded(claims)));
        let refused = ask(&in_header(), post(&token), in_header().key(SECRET).unwrap());
        assert_eq!(refused.unwrap_err(), RejectionKind::MalformedToken, "{}", header.escape_ascii());
    }
}
