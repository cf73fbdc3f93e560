//! The sending side's layer.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Empty, Full};
use std::convert::Infallible;
use tower::{BoxError, Layer as _, ServiceBuilder, ServiceExt as _, service_fn};
use tower_webhook::{
    PublicUrl, Scheme, SignError, SignLayer, VerifiedBody, VerifySignatureLayer,
    providers::{GitHub, Square, Stripe},
    schemes::{Field, Part, Signed},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);

fn post(body: &'static [u8]) -> Request<Bytes> {
    Request::post("https://example.com/hooks?a=1").body(Bytes::from_static(body)).unwrap()
}

/// What one side signs, the other accepts: a time, and a URL.
#[tokio::test]
async fn a_receiver_accepts_what_is_signed() {
    async fn handled<S: Scheme + Clone>(scheme: S, sender: &str, receiver: &str) -> u16 {
        let verify = VerifySignatureLayer::new(scheme.clone(), scheme.key(receiver).unwrap())
            .public_url(PublicUrl::exact("https://example.com/hooks?a=1"))
            .clock(|| Some(NOW));
        let service = ServiceBuilder::new()
            .layer(SignLayer::new(scheme.clone(), scheme.signing_key(sender).unwrap()).clock(|| Some(NOW)))
            .layer(verify)
            .service(service_fn(async |_: Request<VerifiedBody>| {
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }));
        service.oneshot(post(br#"{"id":"evt_1","type":"a"}"#)).await.unwrap().status().as_u16()
    }
    assert_eq!(handled(GitHub, "a secret", "a secret").await, 200);
    assert_eq!(handled(Stripe, "whsec_a", "whsec_a").await, 200);
    assert_eq!(handled(Square, "a secret", "a secret").await, 200);
    assert_eq!(handled(Stripe, "whsec_a", "whsec_b").await, 401);
}

/// The body goes out as it came, and its signature with it.
#[tokio::test]
async fn the_request_is_sent_with_its_signature() {
    let service = SignLayer::new(GitHub, GitHub.signing_key("It's a Secret to Everybody").unwrap()).layer(
        service_fn(async |request: Request<Full<Bytes>>| {
            let signature = request.headers().get("x-hub-signature-256").cloned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>((signature, body))
        }),
    );
    let (signature, body) = service.oneshot(post(b"Hello, World!")).await.unwrap();
    assert_eq!(signature.unwrap(), "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    assert_eq!(body, "Hello, World!");
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_sent() {
    let never =
        || service_fn(async |_: Request<Full<Bytes>>| -> Result<(), Infallible> { panic!("it is sent") });
    let id = HeaderName::from_static("acme-id");
    let acme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("acme-signature")))
        .text([Part::Header(id), Part::Body]);
    let key = acme.signing_key("a secret").unwrap();

    let without_id = SignLayer::new(acme, key.clone()).layer(never()).oneshot(post(b"{}")).await;
    let Err(SignError::CannotSign(error)) = without_id else { panic!("{without_id:?}") };
    assert!(error.to_string().contains("a header"), "{error}");

    let without_time = SignLayer::new(GitHub, key).clock(|| None).layer(never()).oneshot(post(b"{}")).await;
    assert!(matches!(without_time, Err(SignError::CannotSign(error)) if error.to_string().contains("clock")));
}

#[tokio::test]
async fn the_sending_services_error_is_its_own() {
    let failing = service_fn(async |_: Request<Full<Bytes>>| Err::<(), BoxError>("no route".into()));
    let key = GitHub.signing_key("a secret").unwrap();
    let error = SignLayer::new(GitHub, key).layer(failing).oneshot(post(b"{}")).await.unwrap_err();
    assert_eq!(error.to_string(), "no route");
    assert!(matches!(error, SignError::Inner(_)));
}
