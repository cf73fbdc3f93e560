//! What a delivery costs in allocations, and that its body is never copied.
//!
//! Counted by thread: another test's disturbs nobody.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used)]

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{Empty, Full};
use std::{
    cell::Cell,
    convert::Infallible,
    error::Error,
    hint::black_box,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use tower::{Layer as _, Service, service_fn};
use tower_webhook::{
    Scheme, Verified, VerifiedBody, VerifySignatureLayer, providers::GitHub, time::Timestamp,
};

fn signed(body: Bytes) -> Request<Bytes> {
    let mut request = Request::post("/hooks/github")
        .header("x-github-event", "push")
        .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
        .header("content-length", body.len())
        .body(body)
        .unwrap();
    let key = GitHub.signing_key("secret").unwrap();
    GitHub.sign(&mut request, &key, Timestamp::from_unix(1_718_000_000)).unwrap();
    request
}

/// The handler's answer is all that it allocates: nothing.
async fn inner(request: Request<VerifiedBody>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let verified = request.extensions().get::<Verified>().expect("the layer has put it there");
    assert_eq!(verified.event(), Some("push"));
    SEEN.set(Some(verified.body().clone()));
    Ok(Response::new(Empty::new()))
}

thread_local! {
    static SEEN: Cell<Option<Bytes>> = const { Cell::new(None) };
}

/// The whole way of a request, as far as it goes without waiting.
fn call<B>(request: Request<B>) -> (StatusCode, AllocationInfo)
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let layer = VerifySignatureLayer::new(GitHub, GitHub.key("secret").unwrap());
    let mut service = layer.layer(service_fn(inner));
    let mut status = StatusCode::IM_A_TEAPOT;
    let cost = measure(|| {
        let answering = pin!(service.call(black_box(request)));
        let Poll::Ready(Ok(response)) = answering.poll(&mut Context::from_waker(Waker::noop())) else {
            unreachable!("nothing is waited for")
        };
        status = response.status();
    });
    (status, cost)
}

/// Each of these is one: the request's state, the check, the proof; and three for the first insertion into empty extensions,
/// which servers such as hyper have made already.
const MOST: u64 = 6;

#[test]
fn an_accepted_delivery_allocates_little() {
    for length in [0, 200, 1024, 1 << 20] {
        let body = Bytes::from(vec![b'x'; length]);
        // Once for what is made on first use.
        let request = || signed(body.clone()).map(Full::new);
        call(request());
        let (status, cost) = call(request());
        println!("accepted, {length} bytes: {} allocations of {} bytes", cost.count_total, cost.bytes_total);
        assert_eq!(status, StatusCode::OK);
        assert!(cost.count_total <= MOST, "{length} bytes: {cost:?}");
        assert!(cost.bytes_total < 4096, "{length} bytes: {cost:?}");
    }
}

#[test]
fn a_body_of_one_frame_is_not_copied() {
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let (status, _) = call(signed(body.clone()).map(Full::new));
    assert_eq!(status, StatusCode::OK);
    let seen = SEEN.take().expect("the handler has seen it");
    assert_eq!((seen.as_ptr(), seen.len()), (body.as_ptr(), body.len()));
}

/// A body that nobody may ask for anything.
struct Untouchable;

impl Body for Untouchable {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        unreachable!("the head is refused")
    }
}

#[test]
fn what_a_refusal_on_the_head_costs_depends_on_nothing_that_the_sender_chooses() {
    let refused = |length: usize, headers: usize| {
        let mut request = signed(Bytes::from(vec![b'x'; length])).map(|_| Untouchable);
        request.headers_mut().remove("x-hub-signature-256");
        for number in 0..headers {
            let name: http::HeaderName = format!("x-filling-{number}").parse().unwrap();
            request.headers_mut().insert(name, "x".repeat(1000).parse().unwrap());
        }
        call(request)
    };
    refused(0, 0);
    let count = |(status, cost): (StatusCode, AllocationInfo)| (status, cost.count_total, cost.bytes_total);
    let least = count(refused(0, 0));
    println!("refused: {} allocations of {} bytes", least.1, least.2);
    assert_eq!(least.0, StatusCode::UNAUTHORIZED);
    for (length, headers) in [(1 << 20, 0), (0, 1), (0, 90), (1 << 20, 90)] {
        assert_eq!(count(refused(length, headers)), least, "{length} bytes, {headers} headers");
    }
}
