//! This crate's sides, and the floor.
use crate::{
    deliveries::{self, SECRET},
    measure::Side,
};
use axum::{Router, body::Body as AxumBody, routing::post};
use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use http::{HeaderMap, Request, Response, StatusCode, request::Parts};
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
    Event, Scheme, VerifiedBody, VerifiedBytes, VerifySignatureLayer,
    key::{KeyProvider, KeySet},
    scheme::{Verdict, verify},
    time::{Clock as _, SystemClock, Timestamp},
};

/// A future that has nothing to wait for.
pub fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    match future.as_mut().poll(&mut context) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("everything that it waits for is there"),
    }
}

/// The hash itself: a prepared state, cloned.
pub fn floor(body: Bytes) -> Side {
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

/// Who reads the clock: a delivery without a time needs none, and a function that checks a time without being told it reads
/// one itself.
#[derive(Clone, Copy)]
pub enum Clock {
    Unread,
    Read,
}

/// The pure function.
pub fn function<S: Scheme + Clone>(scheme: S, secret: &str, clock: Clock, parts: Parts, body: Bytes) -> Side {
    let keys = KeySet::from(scheme.key(secret).unwrap());
    Side::new(move || {
        let now = match clock {
            Clock::Unread => Timestamp::from_unix(0),
            Clock::Read => SystemClock.now().unwrap(),
        };
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
pub fn layer<S: Scheme + Clone>(
    scheme: S,
    keys: impl KeyProvider,
    limit: usize,
    parts: Parts,
    body: Bytes,
    expected: StatusCode,
) -> Side {
    let service =
        VerifySignatureLayer::new(scheme, keys).body_limit(limit).layer(service_fn(answer::<VerifiedBody>));
    Side::consuming(
        move || Request::from_parts(parts.clone(), Full::new(body.clone())),
        move |request| {
            let response = ready(service.clone().call(request)).unwrap();
            assert_eq!(response.status(), expected);
        },
    )
}

/// The layer on a route of axum's, with a handler that takes the bytes.
pub fn axum<S: Scheme + Clone>(scheme: S, secret: &str, parts: Parts, body: Bytes) -> Side {
    let key = scheme.key(secret).unwrap();
    let router = Router::new()
        .route("/hooks", post(async |VerifiedBytes(body): VerifiedBytes| drop(black_box(body))))
        .route_layer(VerifySignatureLayer::new(scheme, key));
    routed(router, parts, body)
}

/// What a handler wants to know of a delivery.
#[derive(serde::Deserialize)]
struct Delivered {
    id: String,
}

/// The layer on a route of axum's, with a handler that takes an event.
pub fn axum_event(parts: Parts, body: Bytes) -> Side {
    let github = tower_webhook::providers::GitHub;
    let key = github.key(SECRET).unwrap();
    let handler = async |Event(delivered): Event<Delivered>| drop(black_box(delivered.id));
    let router =
        Router::new().route("/hooks", post(handler)).route_layer(VerifySignatureLayer::new(github, key));
    routed(router, parts, body)
}

/// A handler that does the same by itself.
pub fn axum_by_hand(parts: Parts, body: Bytes) -> Side {
    let key = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(SECRET.as_bytes()).unwrap();
    let handler = async move |headers: HeaderMap, body: Bytes| {
        let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
        let digits = signature.and_then(|value| value.strip_prefix("sha256=")).unwrap_or_default();
        let Ok(signature) = data_encoding::HEXLOWER.decode(digits.as_bytes()) else {
            return StatusCode::UNAUTHORIZED;
        };
        let mut mac = key.clone();
        mac.update(&body);
        if mac.verify_slice(&signature).is_err() {
            return StatusCode::UNAUTHORIZED;
        }
        match serde_json::from_slice::<Delivered>(&body) {
            Ok(delivered) => drop(black_box(delivered.id)),
            Err(_) => return StatusCode::UNPROCESSABLE_ENTITY,
        }
        StatusCode::OK
    };
    routed(Router::new().route("/hooks", post(handler)), parts, body)
}

/// A route without any layer.
pub fn axum_bare(parts: Parts, body: Bytes) -> Side {
    let router = Router::new().route("/hooks", post(async |body: Bytes| drop(black_box(body))));
    routed(router, parts, body)
}

pub fn routed(router: Router, parts: Parts, body: Bytes) -> Side {
    Side::consuming(
        move || (router.clone(), Request::from_parts(parts.clone(), AxumBody::from(body.clone()))),
        move |(router, request)| {
            let response = ready(router.oneshot(request)).unwrap();
            assert!(response.status().is_success(), "{}", response.status());
        },
    )
}

/// GitHub's delivery of so many bytes, through the function.
pub fn github_function(size: usize) -> Side {
    let body = deliveries::body(size);
    function(tower_webhook::providers::GitHub, SECRET, Clock::Unread, deliveries::github(&body), body)
}

/// The same, through the layer.
pub fn github_layer(size: usize) -> Side {
    let github = tower_webhook::providers::GitHub;
    let body = deliveries::body(size);
    let key = github.key(SECRET).unwrap();
    layer(github, key, 128 << 20, deliveries::github(&body), body, StatusCode::OK)
}
