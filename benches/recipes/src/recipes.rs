//! The recipes, each with a delivery that it has signed itself.
use crate::{
    Case,
    primitives::{aes_256_cbc, both, ecdsa_p256, ed25519, hash, hmac, rsa_pss_sha512, rsa_sha256},
};
use aws_lc_rs::{
    encoding::AsDer as _,
    rsa::{KeyPair, KeySize},
};
use bytes::Bytes;
use hmac::Hmac;
use http::{HeaderName, Request};
use sha1::Sha1;
use sha2::Sha256;
use std::{hint::black_box, sync::LazyLock};
use tower_webhook::{
    PublicUrl, Scheme,
    encoding::Encoding,
    key::{Algorithm, Digest, KeySet, Secret},
    providers::{Lark, Sns, Twilio},
    scheme::{Verdict, Verifier},
    schemes::{
        Field, Jwt, Part, Signed, StandardWebhooks, TokenIn,
        http_signatures::{HttpSignatures, SignatureAlgorithm},
    },
    time::{Timestamp, Unit},
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("acme-timestamp");

pub(crate) fn all() -> Vec<Case> {
    let header = || Field::header(SIGNATURE);
    let timed = |scheme: Signed| {
        let timestamp = Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds);
        scheme.text([timestamp, Part::literal("."), Part::Body])
    };
    let rsa = Encoding::Base64.encode(&rsa_pkcs8());
    let raw = Secret::encoded(Encoding::Hex);
    vec![
        case("hmac", &Signed::hmac_sha256("acme", header()), "secret", hmac::<Hmac<Sha256>>(text(0))),
        case(
            "hmac over time and body",
            &timed(Signed::hmac_sha256("acme", header())),
            "secret",
            hmac::<Hmac<Sha256>>(text(11)),
        ),
        case(
            "Standard Webhooks v1",
            &StandardWebhooks,
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            hmac::<Hmac<Sha256>>(text(17)),
        )
        .leaving_out("the event type in the JSON"),
        case(
            "hash with secret, MD5",
            &Signed::hashed("acme", Digest::Md5, header()).text([Part::Body, Part::Secret]),
            "secret",
            hash::<md5::Md5>(text(6)),
        ),
        case(
            "hash with secret, Keccak-256",
            &Signed::hashed("acme", Digest::Keccak256, header()).text([Part::Body, Part::Secret]),
            "secret",
            hash::<sha3::Keccak256>(text(6)),
        ),
        case(
            "Ed25519",
            &timed(Signed::ed25519("acme", header()).secret(raw)),
            &"07".repeat(32),
            ed25519(text(11)),
        ),
        case(
            "ECDSA P-256",
            &timed(Signed::ecdsa_p256("acme", header()).encoding(Encoding::Base64)),
            P256,
            ecdsa_p256(text(11)),
        ),
        case(
            "RSA-2048, PKCS #1",
            &timed(Signed::rsa_sha256("acme", header()).encoding(Encoding::Base64)),
            &rsa,
            rsa_sha256(text(11)),
        ),
        case(
            "RSA-2048, PSS",
            &timed(Signed::by("acme", Algorithm::RsaPssSha512, header()).secret(Secret::pem())),
            &rsa,
            rsa_pss_sha512(text(11)),
        ),
        case(
            "JWT with the body's digest, HS256",
            &Jwt::hs256("acme", TokenIn::Header(SIGNATURE)).issued_at_signing().body_digest(
                "sha256",
                Digest::Sha256,
                Encoding::Hex,
            ),
            "secret",
            both(hash::<Sha256>(text(0)), hmac::<Hmac<Sha256>>(vec![b'x'; 180])),
        )
        .leaving_out("the token's base64url and JSON"),
        case(
            "JWT with the body's digest, ES256",
            &Jwt::es256("acme", TokenIn::Header(SIGNATURE)).issued_at_signing().body_digest(
                "sha256",
                Digest::Sha256,
                Encoding::Hex,
            ),
            P256,
            both(hash::<Sha256>(text(0)), ecdsa_p256(vec![b'x'; 180])),
        )
        .leaving_out("the token's base64url and JSON"),
        case(
            "HTTP Message Signatures, HMAC",
            &HttpSignatures::new("acme", SignatureAlgorithm::HmacSha256),
            "secret",
            both(hash::<Sha256>(text(0)), hmac::<Hmac<Sha256>>(vec![b'x'; 300])),
        )
        .leaving_out("the structured fields and the signature base"),
        case(
            "HTTP Message Signatures, Ed25519",
            &HttpSignatures::new("acme", SignatureAlgorithm::Ed25519).secret(raw),
            &"07".repeat(32),
            both(hash::<Sha256>(text(0)), ed25519(vec![b'x'; 300])),
        )
        .leaving_out("the structured fields and the signature base"),
        delivery(
            "URL and form, HMAC-SHA1 (Twilio)",
            &Twilio::auth_token(),
            "secret",
            form(),
            hmac::<Hmac<Sha1>>(text(40)),
        )
        .leaving_out("decoding and sorting the form, and writing it anew"),
        delivery(
            "in the body, RSA-2048 (Amazon SNS)",
            &Sns::topic(TOPIC),
            &rsa,
            message(),
            rsa_sha256(text(200)),
        )
        .leaving_out("the JSON"),
        case(
            "encrypted body (Lark)",
            &Lark,
            "an encrypt key",
            both(hash::<Sha256>(text(500)), aes_256_cbc(1024)),
        )
        .leaving_out("the base64 and the JSON"),
    ]
}

const TOPIC: &str = "arn:aws:sns:us-west-2:123456789012:acme";

/// A message of Amazon SNS, of 1 KiB.
fn message() -> Request<Bytes> {
    let (id, url) = (
        "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "https://sns.us-west-2.amazonaws.com/SimpleNotificationService-010a507c1833636cd94bdb98bd93083a.pem",
    );
    let filling = "x".repeat(600);
    let body = format!(
        r#"{{"Type":"Notification","MessageId":"{id}","TopicArn":"{TOPIC}","Message":"{filling}","SigningCertURL":"{url}"}}"#
    );
    Request::post("https://example.com/hooks/sns").body(body.into()).unwrap()
}

/// A form of twenty fields and 1 KiB.
fn form() -> Request<Bytes> {
    let fields: Vec<String> = (0..20).map(|number| format!("Field{number}={}", "x".repeat(42))).collect();
    Request::post("https://example.com/hooks/sms").body(fields.join("&").into()).unwrap()
}

/// A body of 1 KiB: JSON, since many schemes read it.
fn body() -> Bytes {
    let (before, after) = (r#"{"id":"evt_1","type":"acme.happened","data":""#, r#""}"#);
    let filling = "x".repeat(1024 - before.len() - after.len());
    format!("{before}{filling}{after}").into()
}

/// A text of 1 KiB and what is signed in front of it.
fn text(more: usize) -> Vec<u8> {
    vec![b'x'; 1024 + more]
}

fn case(name: &'static str, scheme: &(impl Scheme + Clone), secret: &str, primitive: Box<dyn Fn()>) -> Case {
    let request = Request::post("https://example.com/hooks/acme")
        .header("host", "example.com")
        .header("content-type", "application/json")
        .header("content-length", "1024")
        .header("user-agent", "Acme/1.0")
        .header("webhook-id", "msg_1")
        .body(body())
        .unwrap();
    delivery(name, scheme, secret, request, primitive)
}

fn delivery(
    name: &'static str,
    scheme: &(impl Scheme + Clone),
    secret: &str,
    mut request: Request<Bytes>,
    primitive: Box<dyn Fn()>,
) -> Case {
    let signing = scheme.signing_key(secret).unwrap();
    scheme.sign(&mut request, &signing, NOW).unwrap();
    let (parts, body) = request.into_parts();
    let (scheme, keys) = (scheme.clone(), KeySet::from(signing.verifying_key()));
    let verifier = Verifier::new().public_url(PublicUrl::exact(parts.uri.to_string()));
    let recipe = move || {
        let verdict = verifier.verify(&scheme, black_box(&parts), black_box(&body), &keys, NOW);
        assert!(matches!(verdict, Ok(Verdict::Deliver(_))), "{name}: {verdict:?}");
    };
    Case { name, recipe: Box::new(recipe), primitive, left_out: "" }
}

/// Made for this benchmark, and used nowhere else.
const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcaRxjrWfhuFCOc1QemllSqZMKt0YF0aQFdpyX0jD25mhRANCAATpdDzeKOG536W33qU+T5vbA/4bUNqyLxCMU1GGhjG3RgWA7dCw9XGWEGy8nuIWo2Rz4PCph/iODD8UfAXIe5vH";

/// A private key of 2048 bits, in PKCS #8: the same in all of a run.
pub(crate) fn rsa_pkcs8() -> Vec<u8> {
    static PKCS8: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let key = KeyPair::generate(KeySize::Rsa2048).unwrap();
        key.as_der().unwrap().as_ref().to_vec()
    });
    PKCS8.clone()
}
