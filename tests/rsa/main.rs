//! Providers that sign with RSA: each way in which a delivery can be wrong, with its status and its kind.
//!
//! What is right comes from the providers themselves: `tests/vectors`.
#![cfg(all(feature = "providers", feature = "aws-lc"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod alipay;
#[cfg(feature = "x509")]
mod certificates;
#[cfg(feature = "conformance")]
mod conformance;
mod paddle_classic;
mod paypal;
mod sns;
#[cfg(feature = "fetch")]
#[path = "../web_server/mod.rs"]
mod web_server;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{Empty, Full};
use std::convert::Infallible;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tower_webhook::{
    Rejection, RejectionKind, Scheme, Verified, VerifiedBody, VerifySignatureLayer, key::KeyProvider,
    time::Timestamp,
};

/// RSA-2048, made by `openssl genpkey`.
const PRIVATE: &str = include_str!("private.pem");
const PUBLIC: &str = include_str!("public.pem");
const OTHER_PRIVATE: &str = include_str!("other-private.pem");
const OTHER_PUBLIC: &str = include_str!("other-public.pem");

const NOW: Timestamp = Timestamp::from_unix(1_760_000_000);

type Verdict = Result<Verified, (u16, RejectionKind)>;

fn seconds(after_now: i64) -> Timestamp {
    Timestamp::from_unix(NOW.as_unix() + after_now)
}

/// What the layer makes of a request.
async fn ask_with(
    scheme: impl Scheme,
    keys: impl KeyProvider,
    now: Timestamp,
    request: Request<Bytes>,
) -> Verdict {
    let layer = VerifySignatureLayer::new(scheme, keys).clock(move || Some(now));
    let service =
        ServiceBuilder::new().layer(layer).service(service_fn(async |request: Request<VerifiedBody>| {
            let mut response = Response::new(Empty::<Bytes>::new());
            response.extensions_mut().insert(request.extensions().get::<Verified>().unwrap().clone());
            Ok::<_, Infallible>(response)
        }));
    let response = service.oneshot(request.map(Full::new)).await.unwrap();
    match (response.extensions().get::<Verified>(), response.extensions().get::<Rejection>()) {
        (Some(verified), None) => Ok(verified.clone()),
        (None, Some(rejection)) => Err((response.status().as_u16(), rejection.kind())),
        _ => panic!("a request is either handled or refused"),
    }
}

/// By the key of `PRIVATE`, now.
async fn ask(scheme: impl Scheme, request: Request<Bytes>) -> Verdict {
    let key = scheme.key(PUBLIC).unwrap();
    ask_with(scheme, key, NOW, request).await
}

/// Refused, opaquely.
#[track_caller]
fn refused(verdict: Verdict, kind: RejectionKind) {
    assert_eq!(verdict.unwrap_err(), (401, kind));
}

fn signed(scheme: &impl Scheme, mut request: Request<Bytes>) -> Request<Bytes> {
    scheme.sign(&mut request, &scheme.signing_key(PRIVATE).unwrap(), NOW).unwrap();
    request
}
