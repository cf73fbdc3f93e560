//! Published sets of keys: which keys come out of one, and what a layer answers with them.
#![cfg(all(feature = "aws-lc", feature = "ed25519", feature = "jwks"))]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod acme;
mod common;
#[cfg(feature = "fetch")]
mod web_server;

use acme::{Acme, signed, signed_text};
use bytes::Bytes;
use common::{Answer, Handler, ask, with};
use http::{Request, Response, StatusCode};
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use tower::{Layer as _, service_fn};
use tower_webhook::{
    RejectionKind, Verified, VerifiedBody, VerifySignatureLayer,
    fetch::{Fetch, FetchError},
    key::{Algorithm, Jwks, JwksError, KeyProvider, KeySet},
};

/// The keys of a set that openssl made.
fn keys() -> [&'static str; 6] {
    [
        made!("rsa-weak.jwk"),
        made!("rsa-1.jwk"),
        made!("rsa-2.jwk"),
        made!("p256.jwk"),
        made!("p384.jwk"),
        made!("ed25519.jwk"),
    ]
}

fn set_of(keys: &[impl AsRef<str>]) -> String {
    let keys: Vec<&str> = keys.iter().map(AsRef::as_ref).collect();
    format!(r#"{{"keys":[{}]}}"#, keys.join(","))
}

/// A signature of `delivery` by the key with this id, if it names one.
fn signed_by(id: Option<&str>, signature: &str) -> Request<Bytes> {
    match id {
        Some(id) => with(signed(signature), "x-key-id", id),
        None => signed(signature),
    }
}

async fn answered(algorithm: Algorithm, keys: impl KeyProvider, request: Request<Bytes>) -> Answer {
    let layer = VerifySignatureLayer::new(Acme::signing_by(algorithm), keys);
    ask(layer.layer(Handler::new()), request.map(http_body_util::Full::new)).await
}

/// Which key of the set made the signature, or why none did.
async fn verifier(
    algorithm: Algorithm,
    keys: impl KeyProvider,
    request: Request<Bytes>,
) -> Result<String, (u16, Option<RejectionKind>)> {
    let label = service_fn(async |request: Request<VerifiedBody>| {
        let label = request.extensions().get::<Verified>().unwrap().key_label().unwrap_or("-").to_owned();
        Ok::<_, std::convert::Infallible>(Response::new(http_body_util::Full::new(Bytes::from(label))))
    });
    let layer = VerifySignatureLayer::new(Acme::signing_by(algorithm), keys);
    let answer = ask(layer.layer(label), request.map(http_body_util::Full::new)).await;
    if answer.status == StatusCode::OK { Ok(answer.text().to_owned()) } else { Err(answer.refusal()) }
}

/// What openssl signed, by each algorithm.
const SIGNED: [(Algorithm, &str, &str); 9] = [
    (Algorithm::RsaPkcs1Sha1, "rsa-1", made!("rsa-1-sha1.sig")),
    (Algorithm::RsaPkcs1Sha256, "rsa-1", made!("rsa-1.sig")),
    (Algorithm::RsaPkcs1Sha512, "rsa-1", made!("rsa-1-sha512.sig")),
    (Algorithm::RsaPssSha256, "rsa-1", made!("rsa-1-pss256.sig")),
    (Algorithm::RsaPssSha512, "rsa-1", made!("rsa-1-pss512.sig")),
    (Algorithm::EcdsaP256Sha256Asn1, "p256", made!("p256-asn1.sig")),
    (Algorithm::EcdsaP256Sha256Fixed, "p256", made!("p256-fixed.sig")),
    (Algorithm::EcdsaP384Sha384Fixed, "p384", made!("p384-fixed.sig")),
    (Algorithm::Ed25519, "ed25519", made!("ed25519.sig")),
];

#[tokio::test]
async fn each_algorithm_finds_its_keys_among_others() {
    for (algorithm, id, signature) in SIGNED {
        let set = KeySet::from_jwks(set_of(&keys()), algorithm).unwrap();
        let verified = verifier(algorithm, set.clone(), signed(signature)).await;
        assert_eq!(verified, Ok(id.to_owned()), "{algorithm:?}");
        let changed = signed_text("deliverx", signature);
        let refused = verifier(algorithm, set, changed).await;
        assert_eq!(refused, Err((401, Some(RejectionKind::SignatureMismatch))), "{algorithm:?}");
    }
}

/// RFC 7515, A.2 and A.3, and RFC 8037, A.4: the signing input of each, its key and its signature.
#[tokio::test]
async fn the_examples_of_the_rfcs() {
    let claims =
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let rsa = r#"{"kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"}"#;
    let ec = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
    let okp = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    for (algorithm, key, text, signature) in [
        (
            Algorithm::RsaPkcs1Sha256,
            rsa,
            format!("eyJhbGciOiJSUzI1NiJ9{claims}"),
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        ),
        (
            Algorithm::EcdsaP256Sha256Fixed,
            ec,
            format!("eyJhbGciOiJFUzI1NiJ9{claims}"),
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        ),
        (
            Algorithm::Ed25519,
            okp,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc".to_owned(),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        ),
    ] {
        let set = KeySet::from_jwks(set_of(&[key]), algorithm).unwrap();
        let request = signed_text(text, signature);
        assert_eq!(verifier(algorithm, set, request).await, Ok("-".to_owned()), "{algorithm:?}");
    }
}

/// A key of openssl's with a member more, or another one.
fn changed(key: &str, member: &str, value: Value) -> String {
    let mut key: Value = serde_json::from_str(key).unwrap();
    key[member] = value;
    key.to_string()
}

fn without(key: &str, member: &str) -> String {
    let mut key: Value = serde_json::from_str(key).unwrap();
    key.as_object_mut().unwrap().remove(member).unwrap();
    key.to_string()
}

#[test]
fn a_set_has_64_keys_at_most() {
    let of = |number: usize| {
        KeySet::from_jwks(set_of(&vec![made!("ed25519.jwk"); number]), Algorithm::Ed25519).map(|_| ())
    };
    assert!(of(64).is_ok());
    assert!(matches!(of(65), Err(JwksError::TooManyKeys { limit: 64 })));
}

#[test]
fn keys_that_are_for_something_else_are_left_out() {
    let (rsa, ec, okp) = (made!("rsa-1.jwk"), made!("p256.jwk"), made!("ed25519.jwk"));
    let modulus = serde_json::from_str::<Value>(rsa).unwrap()["n"].as_str().unwrap().to_owned();
    let (rs256, es256, eddsa) =
        (Algorithm::RsaPkcs1Sha256, Algorithm::EcdsaP256Sha256Fixed, Algorithm::Ed25519);
    for (algorithm, key) in [
        (rs256, changed(rsa, "alg", json!("RS256"))),
        (Algorithm::RsaPkcs1Sha512, changed(rsa, "alg", json!("RS512"))),
        (Algorithm::RsaPssSha256, changed(rsa, "alg", json!("PS256"))),
        (Algorithm::RsaPssSha512, changed(rsa, "alg", json!("PS512"))),
        (rs256, changed(rsa, "use", json!("sig"))),
        (rs256, changed(rsa, "key_ops", json!(["sign", "verify"]))),
        (rs256, changed(rsa, "x5c", json!(["MII"]))),
        (rs256, changed(rsa, "unheard-of", json!({}))),
        (rs256, without(rsa, "kid")),
        (rs256, changed(rsa, "e", json!("AAEAAQ"))),
        (es256, changed(ec, "alg", json!("ES256"))),
        (eddsa, changed(okp, "alg", json!("EdDSA"))),
        (eddsa, changed(okp, "alg", json!("Ed25519"))),
    ] {
        assert!(KeySet::from_jwks(set_of(&[&key]), algorithm).is_ok(), "{key}");
    }
    for (algorithm, key) in [
        // Of another kind.
        (es256, rsa.to_owned()),
        (eddsa, ec.to_owned()),
        (rs256, okp.to_owned()),
        (Algorithm::EcdsaP384Sha384Fixed, ec.to_owned()),
        (es256, changed(ec, "crv", json!("P-384"))),
        (es256, changed(made!("p384.jwk"), "crv", json!("P-256"))),
        (es256, changed(ec, "crv", json!("secp256k1"))),
        (eddsa, changed(okp, "crv", json!("X25519"))),
        (eddsa, changed(okp, "crv", json!("Ed448"))),
        (rs256, changed(rsa, "kty", json!("oct"))),
        (rs256, changed(rsa, "kty", json!("rsa"))),
        (rs256, without(rsa, "kty")),
        (rs256, r#""rsa""#.to_owned()),
        (rs256, "null".to_owned()),
        // For another algorithm, or for something else than signatures.
        (rs256, changed(rsa, "alg", json!("RS512"))),
        (rs256, changed(rsa, "alg", json!("PS256"))),
        (rs256, changed(rsa, "alg", json!("RSA-OAEP-256"))),
        (rs256, changed(rsa, "alg", json!("none"))),
        (rs256, changed(rsa, "alg", json!(["RS256"]))),
        (rs256, changed(rsa, "alg", Value::Null)),
        (Algorithm::RsaPkcs1Sha1, changed(rsa, "alg", json!("RS256"))),
        (rs256, changed(rsa, "use", json!("enc"))),
        (rs256, changed(rsa, "use", json!("SIG"))),
        (rs256, changed(rsa, "key_ops", json!(["encrypt"]))),
        (rs256, changed(rsa, "key_ops", json!("verify"))),
        (rs256, changed(rsa, "kid", json!(1))),
        // Everybody's, since the private half is there too.
        (eddsa, changed(okp, "d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))),
        // That do not decode, or are no key.
        (rs256, changed(rsa, "n", json!(format!("{modulus}==")))),
        (rs256, changed(rsa, "n", json!(modulus.replace('_', "/")))),
        (rs256, changed(rsa, "n", json!(""))),
        (rs256, changed(rsa, "n", json!("AAAA"))),
        (rs256, changed(rsa, "e", json!(""))),
        (rs256, changed(rsa, "e", json!("AA"))),
        (rs256, changed(rsa, "e", json!("AQ"))),
        (rs256, changed(rsa, "e", json!("Ag"))),
        (rs256, without(rsa, "n")),
        (rs256, without(rsa, "e")),
        (rs256, made!("rsa-weak.jwk").to_owned()),
        (es256, changed(ec, "x", json!("AAAA"))),
        (es256, changed(ec, "y", json!("eTjIPJMIix-X3XSM87EGtlNMk9omnDzKHoHAFt23XqY"))),
        (es256, without(ec, "y")),
        (eddsa, changed(okp, "x", json!("AAAA"))),
        // A point of small order, under which anything is signed.
        (eddsa, changed(okp, "x", json!("AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"))),
    ] {
        let none = KeySet::from_jwks(set_of(&[&key]), algorithm);
        assert!(matches!(none, Err(JwksError::NoUsableKey { of: 1, .. })), "{algorithm:?} {key}");
        // They do not keep the others out.
        let (_, id, _) = *SIGNED.iter().find(|(each, ..)| *each == algorithm).unwrap();
        let good = keys().into_iter().find(|key| key.contains(&format!(r#""kid":"{id}""#))).unwrap();
        assert!(KeySet::from_jwks(set_of(&[&key, good]), algorithm).is_ok(), "{key}");
    }
}

/// Serves what it is given, and counts how often.
fn publishing(body: impl Into<Bytes>, status: u16) -> (impl Fetch, Arc<AtomicUsize>) {
    let (body, fetched) = (body.into(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&fetched);
    let fetch = move |_: Request<Bytes>| {
        count.fetch_add(1, SeqCst);
        let mut answer = Response::new(body.clone());
        *answer.status_mut() = StatusCode::from_u16(status).unwrap();
        std::future::ready(Ok(answer))
    };
    (fetch, fetched)
}

fn failing(error: impl Fn() -> FetchError + Send + Sync + 'static) -> impl Fetch {
    move |_: Request<Bytes>| std::future::ready(Err(error()))
}

fn jwks(fetch: impl Fetch) -> Jwks {
    Jwks::new(fetch, "https://acme.example/jwks.json", Algorithm::RsaPkcs1Sha256).unwrap()
}

#[tokio::test]
async fn the_layers_answers() {
    let (fetch, fetched) = publishing(set_of(&keys()), 200);
    let keys = jwks(fetch);
    let (first, second) = (made!("rsa-1.sig"), made!("rsa-2.sig"));
    let unknown = Err((401, Some(RejectionKind::UnknownKey)));
    let mismatch = Err((401, Some(RejectionKind::SignatureMismatch)));
    for (id, signature, expected) in [
        (Some("rsa-1"), first, Ok("rsa-1".to_owned())),
        (Some("rsa-2"), second, Ok("rsa-2".to_owned())),
        (None, second, Ok("rsa-2".to_owned())),
        (Some("rsa-1"), second, mismatch.clone()),
        (Some("rsa-2"), first, mismatch),
        (Some("invented"), first, unknown.clone()),
        // They are in the set, and no keys for this algorithm.
        (Some("rsa-weak"), first, unknown.clone()),
        (Some("p256"), first, unknown.clone()),
        (Some("ed25519"), first, unknown),
    ] {
        for _ in 0..10 {
            let answer = verifier(Algorithm::RsaPkcs1Sha256, keys.clone(), signed_by(id, signature)).await;
            assert_eq!(answer, expected, "{id:?}");
        }
    }
    assert_eq!(fetched.load(SeqCst), 1);
}

#[tokio::test]
async fn a_scheme_of_another_algorithm_is_satisfied_by_none() {
    let (fetch, _) = publishing(set_of(&keys()), 200);
    let answer = answered(Algorithm::RsaPssSha256, jwks(fetch), signed(made!("rsa-1-pss256.sig"))).await;
    assert_eq!(answer.refusal(), (401, Some(RejectionKind::SignatureMismatch)));
}

#[tokio::test]
async fn whatever_is_wrong_with_the_set_is_none_of_the_senders_doing() {
    let set = set_of(&keys());
    let unusable = set_of(&[made!("p256.jwk")]);
    let many = set_of(&vec![made!("rsa-1.jwk"); 65]);
    let sources: [Arc<dyn Fetch>; 13] = [
        Arc::new(failing(|| FetchError::unreachable("connection refused"))),
        Arc::new(failing(|| FetchError::TimedOut)),
        Arc::new(failing(|| FetchError::TooLarge { limit: 1000 })),
        Arc::new(failing(|| FetchError::NotHttps)),
        Arc::new(publishing("<html>Sign in to the hotel's network</html>", 200).0),
        Arc::new(publishing("", 200).0),
        Arc::new(publishing(unusable, 200).0),
        Arc::new(publishing(many, 200).0),
        Arc::new(publishing(set.clone(), 203).0),
        Arc::new(publishing(set.clone(), 301).0),
        Arc::new(publishing(set.clone(), 304).0),
        Arc::new(publishing(set.clone(), 404).0),
        Arc::new(publishing(set, 500).0),
    ];
    for (number, source) in sources.into_iter().enumerate() {
        let request = signed_by(Some("rsa-1"), made!("rsa-1.sig"));
        let answer = answered(Algorithm::RsaPkcs1Sha256, jwks(source), request).await;
        assert_eq!(answer.refusal(), (503, Some(RejectionKind::KeysUnavailable)), "{number}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{number}");
        assert_eq!(answer.body.len(), 0, "the sender learns nothing of it");
    }
}

#[cfg(feature = "fetch")]
mod by_https {
    use super::*;
    use std::time::Duration;
    use tower::ServiceExt as _;
    use tower_webhook::fetch::Client;
    use web_server::{ROOT, Step, WebServer, answer, ok};

    fn served_by(server: &WebServer) -> Jwks {
        let client = Client::with_roots(ROOT).unwrap().timeout(Duration::from_secs(2));
        Jwks::new(client, &server.url("/jwks.json"), Algorithm::RsaPkcs1Sha256).unwrap()
    }

    async fn refusal(server: &WebServer) -> (u16, Option<RejectionKind>) {
        let request = signed_by(Some("rsa-1"), made!("rsa-1.sig"));
        answered(Algorithm::RsaPkcs1Sha256, served_by(server), request).await.refusal()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_thousand_deliveries_at_once_make_one_request() {
        let server = WebServer::https(|_| {
            let mut steps = vec![Step::Wait(Duration::from_millis(200))];
            steps.extend(ok(set_of(&keys())));
            steps
        });
        let handler = Handler::new();
        let service =
            VerifySignatureLayer::new(Acme::signing_by(Algorithm::RsaPkcs1Sha256), served_by(&server))
                .layer(handler.clone());
        let deliveries: Vec<_> = (0..1000)
            .map(|number| {
                let id = if number % 2 == 0 { "rsa-1".to_owned() } else { format!("invented {number}") };
                let request = signed_by(Some(&id), made!("rsa-1.sig")).map(http_body_util::Full::new);
                tokio::spawn(service.clone().oneshot(request))
            })
            .collect();
        for (number, delivery) in deliveries.into_iter().enumerate() {
            let status = delivery.await.unwrap().unwrap().status();
            assert_eq!(status, if number % 2 == 0 { 200 } else { 401 }, "{number}");
        }
        assert_eq!((handler.calls(), server.requests().len()), (500, 1));
    }

    #[tokio::test]
    async fn servers_that_do_it_wrong() {
        const UNAVAILABLE: (u16, Option<RejectionKind>) = (503, Some(RejectionKind::KeysUnavailable));
        let target = WebServer::https(|_| ok(set_of(&keys())));
        let location = format!("location: {}\r\n", target.url("/jwks.json"));
        let redirecting = WebServer::https(move |_| answer(302, &location, ""));
        assert_eq!(refusal(&redirecting).await, UNAVAILABLE);
        assert_eq!(target.connections(), 0, "no redirect is followed");

        let endless = WebServer::https(|_| {
            let head = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"keys\":[".to_vec();
            vec![Step::Send(head), Step::SendForEver(vec![b' '; 16 << 10])]
        });
        assert_eq!(refusal(&endless).await, UNAVAILABLE);

        let silent = WebServer::https(|_| vec![Step::Stall]);
        assert_eq!(refusal(&silent).await, UNAVAILABLE);
        assert_eq!(refusal(&target).await, (200, None));
    }
}
