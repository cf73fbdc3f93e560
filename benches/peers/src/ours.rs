//! This crate's sides, and the floor.
use crate::{
    deliveries::{self, SECRET},
    measure::Side,
};
use axum::{Router, body::Body as AxumBody, routing::post};
use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use http::{Request, Response, StatusCode, request::Parts};
use http_body_util::Full;
use sha2::Sha256;
use std::{
    convert::Infallible,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};
use tower::{Layer as _, Service, ServiceExt as _, service_fn};
use tower_webhook::{
    Scheme, VerifiedBody, VerifiedBytes, VerifySignatureLayer,
    key::{KeyProvider, KeySet},
    scheme::{Verdict, verify},
    time::Timestamp,
};

/// A future that has nothing to wait for.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("everything that it waits for is there"),
    }
}

/// The hash itself: a prepared state, cloned.
pub(crate) fn floor(body: Bytes) -> Side {
    let key = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    let mut signing = key.clone();
    signing.update(&body);
    let signature = signing.finalize().into_bytes();
    Side::new(move || {
        let mut mac = key.clone();
        mac.update(black_box(&body));
        assert!(mac.verify_slice(&signature).is_ok());
    })
}

/// The pure function.
pub(crate) fn function<S: Scheme + Clone>(scheme: S, secret: &str, parts: Parts, body: Bytes) -> Side {
    let keys = KeySet::from(scheme.key(secret).unwrap());
    Side::new(move || {
        let now = Timestamp::from_unix(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64,
        );
        let verdict = verify(&scheme, black_box(&parts), &body, &keys, now);
        assert!(matches!(verdict, Ok(Verdict::Deliver(_))));
    })
}

/// What the handler of every layer does.
async fn answer<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    black_box(&request);
    Ok(Response::new(Full::default()))
}

/// The layer around a service that does nothing, with a settled set of keys.
pub(crate) fn layer<S: Scheme + Clone>(
    scheme: S,
    keys: impl KeyProvider,
    limit: usize,
    parts: Parts,
    body: Bytes,
    expected: StatusCode,
) -> Side {
    let service = VerifySignatureLayer::new(scheme, keys)
        .body_limit(limit)
        .layer(service_fn(answer::<VerifiedBody>));
    Side::consuming(
        move || Request::from_parts(parts.clone(), Full::new(body.clone())),
        move |request| {
            let response = ready(service.clone().call(request)).unwrap();
            assert_eq!(response.status(), expected);
        },
    )
}

/// The layer on a route of axum's, with a handler that takes the bytes.
pub(crate) fn axum<S: Scheme + Clone>(scheme: S, secret: &str, parts: Parts, body: Bytes) -> Side {
    let key = scheme.key(secret).unwrap();
    let router = Router::new()
        .route("/hooks", post(async |VerifiedBytes(body): VerifiedBytes| drop(black_box(body))))
        .route_layer(VerifySignatureLayer::new(scheme, key));
    routed(router, parts, body)
}

/// A route without any layer.
pub(crate) fn axum_bare(parts: Parts, body: Bytes) -> Side {
    let router = Router::new().route("/hooks", post(async |body: Bytes| drop(black_box(body))));
    routed(router, parts, body)
}

pub(crate) fn routed(router: Router, parts: Parts, body: Bytes) -> Side {
    Side::consuming(
        move || (router.clone(), Request::from_parts(parts.clone(), AxumBody::from(body.clone()))),
        move |(router, request)| {
            let response = ready(router.oneshot(request)).unwrap();
            assert!(response.status().is_success(), "{}", response.status());
        },
    )
}

/// GitHub's delivery of so many bytes, through the function.
pub(crate) fn github_function(size: usize) -> Side {
    let body = deliveries::body(size);
    function(tower_webhook::providers::GitHub, SECRET, deliveries::github(&body), body)
}

/// The same, through the layer.
pub(crate) fn github_layer(size: usize) -> Side {
    let github = tower_webhook::providers::GitHub;
    let body = deliveries::body(size);
    let key = github.key(SECRET).unwrap();
    layer(github, key, 128 << 20, deliveries::github(&body), body, StatusCode::OK)
}
