//! What the tests share: a stopped clock, signed requests, bodies that misbehave, and answers that can be compared.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub(crate) mod dice;
pub(crate) mod provider;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Empty};
use std::{
    collections::VecDeque,
    convert::Infallible,
    fmt::Debug,
    future::{Ready, ready},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};
use tower::{Service, ServiceExt};
use tower_webhook::{
    Answered, Rejection, RejectionKind, Scheme, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Text},
    time::Timestamp,
};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// When the tests' clock stands.
pub(crate) const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);

/// A secret in a form that every scheme of the tests reads.
pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(crate) const OTHER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub(crate) fn clock() -> Option<Timestamp> {
    Some(NOW)
}

/// A layer with [`SECRET`], at [`NOW`].
pub(crate) fn layer<S: Scheme>(scheme: S) -> VerifySignatureLayer<S> {
    let key = scheme.key(SECRET).unwrap();
    VerifySignatureLayer::new(scheme, key).clock(clock)
}

pub(crate) fn post(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post("/hook").body(body.into()).unwrap()
}

pub(crate) fn with(mut request: Request<Bytes>, name: &'static str, value: &str) -> Request<Bytes> {
    request.headers_mut().insert(name, value.try_into().unwrap());
    request
}

/// `request`, signed with [`SECRET`] at [`NOW`].
pub(crate) fn signed(scheme: &dyn Scheme, request: Request<Bytes>) -> Request<Bytes> {
    signed_as(scheme, request, SECRET, NOW)
}

pub(crate) fn signed_as(
    scheme: &dyn Scheme,
    mut request: Request<Bytes>,
    secret: &str,
    at: Timestamp,
) -> Request<Bytes> {
    let key = scheme.signing_key(secret).unwrap();
    scheme.sign(&mut request, &key, at).unwrap();
    request
}

/// What a sender got, and what the operator may know.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) kind: Option<RejectionKind>,
    pub(crate) answered: Option<Answered>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// For a comparison that shows everything where it fails.
    pub(crate) fn refusal(&self) -> (u16, Option<RejectionKind>) {
        (self.status.as_u16(), self.kind)
    }
}

pub(crate) async fn ask<S, B, R>(service: S, request: Request<B>) -> Answer
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Debug,
    R: Body<Data = Bytes>,
    R::Error: Debug,
{
    let (parts, body) = service.oneshot(request).await.unwrap().into_parts();
    Answer {
        status: parts.status,
        kind: parts.extensions.get::<Rejection>().map(Rejection::kind),
        answered: parts.extensions.get().copied(),
        headers: parts.headers,
        body: body.collect().await.unwrap().to_bytes(),
    }
}

pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

type PlanFn = fn(&Head<'_>, Option<&Bytes>) -> Result<Plan, Refusal>;
pub(crate) type AcceptFn = fn(&Proven<'_>) -> Result<Outcome, Refusal>;

/// A scheme of one's own, by what it demands and what it makes of it. Its secrets are texts, for HMAC-SHA256 and as
/// tokens.
pub(crate) struct Custom {
    plan: PlanFn,
    accept: AcceptFn,
    pub(crate) methods: &'static [Method],
}

pub(crate) const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

impl Custom {
    pub(crate) fn new(plan: PlanFn) -> Self {
        Self { plan, accept: |_| Ok(Delivery::new().into()), methods: &[Method::POST] }
    }

    /// Signs the body, in hexadecimal, in [`SIGNATURE`].
    pub(crate) fn signing_the_body() -> Self {
        Self::new(|head, _| Ok(signature(head, Check::new(Text::new().body()))?.into()))
    }

    pub(crate) fn accepting(mut self, accept: AcceptFn) -> Self {
        self.accept = accept;
        self
    }
}

/// The check, with the signature in [`SIGNATURE`].
pub(crate) fn signature(head: &Head<'_>, check: Check) -> Result<Check, Refusal> {
    check.signature(Algorithm::HmacSha256, Encoding::Hex, head.one(&SIGNATURE)?)
}

impl Scheme for Custom {
    fn name(&self) -> &str {
        "custom"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let key = |algorithm| Secret::text().key(algorithm, text);
        Ok(key(Algorithm::HmacSha256)?.and(key(Algorithm::Token)?))
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        (self.plan)(head, body)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        (self.accept)(proven)
    }

    fn methods(&self) -> &[Method] {
        self.methods
    }
}

/// A request with its body's HMAC-SHA256 in [`SIGNATURE`].
pub(crate) fn with_signature(secret: &str, request: Request<Bytes>) -> Request<Bytes> {
    let signature = hmac(secret, request.body());
    with(request, "x-signature", &signature)
}

/// The HMAC-SHA256 of `text` with `secret`, in hexadecimal.
pub(crate) fn hmac(secret: &str, text: impl AsRef<[u8]>) -> String {
    let key = Key::new(Algorithm::HmacSha256, secret).unwrap();
    let key = SigningKey::shared(key, secret).unwrap();
    Encoding::Hex.encode(&key.sign(Algorithm::HmacSha256, &Text::new().bytes(text), b"").unwrap())
}

/// An inner service that counts its calls, and answers with the statuses it is given: the last one from then on.
#[derive(Clone, Debug)]
pub(crate) struct Handler {
    calls: Arc<AtomicUsize>,
    statuses: Arc<[StatusCode]>,
}

impl Handler {
    pub(crate) fn new() -> Self {
        Self::answering([200])
    }

    pub(crate) fn answering<const N: usize>(statuses: [u16; N]) -> Self {
        let statuses = statuses.map(|status| StatusCode::from_u16(status).unwrap());
        Self { calls: Arc::default(), statuses: Arc::from(&statuses[..]) }
    }

    pub(crate) fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Service<Request<VerifiedBody>> for Handler {
    type Response = Response<Empty<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
        let call = self.calls.fetch_add(1, Ordering::SeqCst).min(self.statuses.len() - 1);
        let mut response = Response::new(Empty::new());
        *response.status_mut() = self.statuses[call];
        ready(Ok(response))
    }
}

/// A body that fails the test that polls it.
#[derive(Debug)]
pub(crate) struct Untouchable;

impl Body for Untouchable {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        panic!("the body was polled");
    }
}

/// A body of these frames, in this order; then it ends, or stalls for ever.
#[derive(Debug)]
pub(crate) struct Frames {
    frames: VecDeque<Result<Frame<Bytes>, BoxError>>,
    stalls: bool,
}

impl Frames {
    pub(crate) fn new(frames: impl IntoIterator<Item = Result<Frame<Bytes>, BoxError>>) -> Self {
        Self { frames: frames.into_iter().collect(), stalls: false }
    }

    /// The bytes, in frames of `size`.
    pub(crate) fn of(bytes: &[u8], size: usize) -> Self {
        Self::new(bytes.chunks(size).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk)))))
    }

    pub(crate) fn stalled() -> Self {
        Self::of(b"", 1).and_stalls()
    }

    pub(crate) fn and_stalls(mut self) -> Self {
        self.stalls = true;
        self
    }

    pub(crate) fn and(mut self, frame: Result<Frame<Bytes>, BoxError>) -> Self {
        self.frames.push_back(frame);
        self
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.frames.pop_front() {
            None if self.stalls => Poll::Pending,
            frame => Poll::Ready(frame),
        }
    }
}
