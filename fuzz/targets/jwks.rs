//! JSON Web Key Sets as their publisher may send them: the keys in one are those that it names, for their algorithm.
#![no_main]
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use serde_json::Value;
use tower_webhook::{
    fetch::FetchError,
    key::{Algorithm, Jwks, KeyProvider, KeyRef, KeySet},
};
use tower_webhook_fuzz::{
    input::{one, rest},
    mutation::splice,
    now_or_never,
};

const ALGORITHMS: [Algorithm; 8] = [
    Algorithm::Ed25519,
    Algorithm::EcdsaP256Sha256Asn1,
    Algorithm::EcdsaP256Sha256Fixed,
    Algorithm::EcdsaP384Sha384Fixed,
    Algorithm::RsaPkcs1Sha256,
    Algorithm::RsaPssSha512,
    Algorithm::HmacSha256,
    Algorithm::Token,
];

/// The public keys of the examples of RFC 8037 and RFC 7517, and a secret, which no set may publish.
const KEYS: [&str; 4] = [
    r#"{"kty":"OKP","crv":"Ed25519","kid":"a","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    r#"{"kty":"EC","crv":"P-256","use":"sig","kid":"b","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}"#,
    r#"{"kty":"RSA","kid":"c","key_ops":["verify"],"e":"AQAB","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"}"#,
    r#"{"kty":"oct","kid":"d","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}"#,
];

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let algorithm = *one(input, &ALGORITHMS)?;
    let status = *one(input, &[200u16, 200, 200, 200, 204, 301, 404, 500])?;
    let set = match input.int_in_range(0..=4)? {
        0 => rest(input).to_vec(),
        changes => {
            let mut set = format!(r#"{{"keys":[{}]}}"#, KEYS.join(",")).into_bytes();
            for _ in 1..changes {
                splice(input, &mut set)?;
            }
            set
        }
    };
    let answer = Bytes::from(set.clone());
    let fetch = move |_: Request<Bytes>| {
        let mut response = Response::new(answer.clone());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        std::future::ready(Ok::<_, FetchError>(response))
    };
    let directly = KeySet::from_jwks(&set, algorithm);
    let Ok(jwks) = Jwks::new(fetch, "https://keys.acme.example/jwks.json", algorithm) else {
        assert!(directly.is_err() && matches!(algorithm, Algorithm::HmacSha256 | Algorithm::Token));
        return Ok(());
    };
    let found = now_or_never(jwks.keys(&KeyRef::Endpoint));
    assert_eq!(found.is_ok(), directly.is_ok() && status == 200);
    for id in ["a", "b", "c", "d", ""] {
        let found = now_or_never(jwks.keys(&KeyRef::Id(id.into())));
        if found.is_err() {
            continue;
        }
        let set: Value = serde_json::from_slice(&set).unwrap();
        let keys = set["keys"].as_array().unwrap();
        let kty = match algorithm {
            Algorithm::Ed25519 => "OKP",
            Algorithm::RsaPkcs1Sha256 | Algorithm::RsaPssSha512 => "RSA",
            _ => "EC",
        };
        assert!(keys.iter().any(|key| key["kid"] == id && key["kty"] == kty), "{algorithm:?}: {set}");
    }
    Ok(())
}
