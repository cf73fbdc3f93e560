//! What is counted: one request each, accepted or refused.
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderName, Request, Response, StatusCode, request::Parts};
use http_body_util::{Empty, Full};
use sha2::Sha256;
use std::{
    convert::Infallible,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_webhook::{
    PublicUrl, Scheme, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::{Digest, KeySet},
    providers::{GitHub, Stripe, Twilio},
    scheme::{Verdict, Verifier},
    schemes::{
        Field, Jwt, Part, Signed, StandardWebhooks, TokenIn,
        http_signatures::{HttpSignatures, SignatureAlgorithm},
    },
    time::Timestamp,
};

type Run = Box<dyn FnMut()>;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The cases whose instructions are not this one's: the hash is most of them, and what would be lost in it is to be seen.
    pub(crate) without: &'static [&'static str],
    pub(crate) start: fn() -> Run,
}

const HASH: &[&str] = &["floor/1024"];

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
const SECRET: &str = "secret";

pub(crate) fn all() -> Vec<Case> {
    let case = |name, without, start| Case { name, without, start };
    vec![
        case("floor/200", &[], || floor(200)),
        case("floor/1024", &[], || floor(1024)),
        case("verify/github/1024", HASH, || verify(GitHub, SECRET, body(1024))),
        case("verify/stripe/1024", HASH, || verify(Stripe, "whsec_secret", body(1024))),
        case("verify/standard-webhooks/1024", HASH, || {
            verify(StandardWebhooks, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", body(1024))
        }),
        case("verify/jwt-hs256/1024", HASH, || {
            let jwt = Jwt::hs256("acme", TokenIn::Header(SIGNATURE)).issued_at_signing();
            verify(jwt.body_digest("sha256", Digest::Sha256, Encoding::Hex), SECRET, body(1024))
        }),
        case("verify/http-signatures/1024", HASH, || {
            verify(HttpSignatures::new("acme", SignatureAlgorithm::HmacSha256), SECRET, body(1024))
        }),
        case("verify/twilio/20-fields", &[], || verify(Twilio::auth_token(), SECRET, form(20))),
        case("verify/md5/1024", &[], || verify(hashed(Digest::Md5), SECRET, body(1024))),
        case("verify/keccak-256/1024", &[], || verify(hashed(Digest::Keccak256), SECRET, body(1024))),
        case("layer/inner-alone", &[], inner_alone),
        case("layer/github/200", &["floor/200", "layer/inner-alone"], || layer(body(200))),
        case("layer/github/1024", &["floor/1024", "layer/inner-alone"], || layer(body(1024))),
        case("layer/github/no-signature", &["layer/inner-alone"], layer_refuses),
    ]
}

/// The bare primitive with a key that is ready, as everything else uses it.
fn floor(length: usize) -> Run {
    let key = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    let body = body(length);
    let signature = key.clone().chain_update(&body).finalize().into_bytes();
    Box::new(move || {
        let mut mac = key.clone();
        mac.update(black_box(&body));
        assert!(mac.verify_slice(black_box(&signature)).is_ok());
    })
}

fn hashed(digest: Digest) -> Signed {
    Signed::hashed("acme", digest, Field::header(SIGNATURE)).text([Part::Body, Part::Secret])
}

/// The pure function.
fn verify(scheme: impl Scheme, secret: &str, body: Bytes) -> Run {
    let signing = scheme.signing_key(secret).unwrap();
    let (parts, body) = signed(&scheme, secret, body);
    let keys = KeySet::from(signing.verifying_key());
    let verifier = Verifier::new().public_url(PublicUrl::exact(parts.uri.to_string()));
    Box::new(move || {
        let verdict = verifier.verify(&scheme, black_box(&parts), black_box(&body), &keys, NOW);
        assert!(matches!(verdict, Ok(Verdict::Deliver(_))));
    })
}

/// The layer, its future polled to its end, and the request that it is called with.
fn layer(body: Bytes) -> Run {
    let (parts, body) = signed(&GitHub, SECRET, body);
    let layer = VerifySignatureLayer::new(GitHub, GitHub.key(SECRET).unwrap());
    called(layer.layer(service_fn(inner)), parts, body, StatusCode::OK)
}

fn layer_refuses() -> Run {
    let (mut parts, body) = signed(&GitHub, SECRET, body(1024));
    parts.headers.remove("x-hub-signature-256");
    let layer = VerifySignatureLayer::new(GitHub, GitHub.key(SECRET).unwrap());
    called(layer.layer(service_fn(inner)), parts, body, StatusCode::UNAUTHORIZED)
}

/// What of a layer's figures is not the layer's.
fn inner_alone() -> Run {
    let (parts, body) = signed(&GitHub, SECRET, body(1024));
    let inner = service_fn(inner).map_request(|request: Request<Full<Bytes>>| {
        black_box(request);
        Request::new(VerifiedBody::default())
    });
    called(inner, parts, body, StatusCode::OK)
}

async fn inner(request: Request<VerifiedBody>) -> Result<Response<Empty<Bytes>>, Infallible> {
    black_box(request);
    Ok(Response::new(Empty::new()))
}

fn called<S, B>(mut service: S, parts: Parts, body: Bytes, expected: StatusCode) -> Run
where
    S: Service<Request<Full<Bytes>>, Response = Response<B>, Error = Infallible> + 'static,
{
    Box::new(move || {
        let request = Request::from_parts(parts.clone(), Full::new(body.clone()));
        let answering = pin!(service.call(black_box(request)));
        let Poll::Ready(Ok(response)) = answering.poll(&mut Context::from_waker(Waker::noop())) else {
            unreachable!("nothing is waited for")
        };
        assert_eq!(black_box(response).status(), expected);
    })
}

/// A delivery with headers of the usual number.
fn signed(scheme: &impl Scheme, secret: &str, body: Bytes) -> (Parts, Bytes) {
    let mut request = Request::post("https://example.com/hooks/acme")
        .header("host", "example.com")
        .header("accept", "*/*")
        .header("content-type", "application/json")
        .header("content-length", body.len())
        .header("user-agent", "Acme/1.0")
        .header("webhook-id", "msg_1")
        .header("x-github-event", "push")
        .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
        .body(body)
        .unwrap();
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), NOW).unwrap();
    request.into_parts()
}

/// A body of JSON, since many schemes read it.
fn body(length: usize) -> Bytes {
    let (before, after) = (r#"{"id":"evt_1","type":"acme.happened","data":{"object":{"#, r#""end":0}}}"#);
    let mut body = String::from(before);
    let mut number = 0;
    // Fields as they are in a provider's events: short keys, texts, numbers.
    while body.len() + 40 < length {
        body.push_str(&format!(r#""key_{number}":"value {number}","#));
        body.push_str(&format!(r#""n{number}":{number}00,"#));
        number += 1;
    }
    let filling = length - body.len() - after.len();
    assert!(filling >= 5 && filling < 64);
    body.push_str(&format!(r#""":"{}""#, "x".repeat(filling - 6)));
    body.push(',');
    body.push_str(after);
    body.into()
}

fn form(fields: usize) -> Bytes {
    let fields: Vec<String> = (0..fields).map(|number| format!("Field{number}={}", "x".repeat(42))).collect();
    fields.join("&").into()
}
