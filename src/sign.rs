//! The sending side: a layer that signs what goes out, as the provider would.
use crate::{
    key::SigningKey,
    scheme::{CannotSign, Scheme},
    time::{Clock, SystemClock},
};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use pin_project_lite::pin_project;
use std::{
    error::Error,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tower_layer::Layer;
use tower_service::Service;

/// Signs requests on their way out: around a client, for whoever sends webhooks; around one's own router, to test its
/// handlers with deliveries as the provider would send them.
///
/// A request's body is [`Bytes`], since it must be whole to be signed. What the scheme signs beside it must be there: an
/// id or an event in a header, and the whole URL where that is signed.
///
/// ```
/// # #[cfg(all(feature = "axum", feature = "providers"))] {
/// use axum::{Router, routing::post};
/// use bytes::Bytes;
/// use http::Request;
/// use tower::{Layer as _, ServiceExt as _};
/// use tower_webhook::{Event, Scheme, SignLayer, VerifySignatureLayer, providers::GitHub};
///
/// #[derive(serde::Deserialize)]
/// struct Push {
///     after: String,
/// }
///
/// async fn on_push(Event(push): Event<Push>) -> String {
///     push.after
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let verify = VerifySignatureLayer::new(GitHub, GitHub.key("a secret")?);
/// let app = Router::new().route("/github", post(on_push)).route_layer(verify);
///
/// let github = SignLayer::new(GitHub, GitHub.signing_key("a secret")?).layer(app);
/// let push = Request::post("/github").body(Bytes::from_static(br#"{"after":"0fa0"}"#))?;
/// let response = github.oneshot(push).await?;
/// assert_eq!(response.status(), 200);
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[must_use]
pub struct SignLayer<S> {
    sender: Sender<S>,
}

struct Sender<S> {
    scheme: Arc<S>,
    key: SigningKey,
    clock: Arc<dyn Clock>,
}

impl<S: Scheme> SignLayer<S> {
    /// Signs by `scheme`, with a key of [`Scheme::signing_key`].
    pub fn new(scheme: S, key: SigningKey) -> Self {
        let sender = Sender { scheme: Arc::new(scheme), key, clock: Arc::new(SystemClock) };
        Self { sender }
    }

    /// Who tells the time of signing: by default the operating system.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.sender.clock = Arc::new(clock);
        self
    }
}

impl<S, Inner> Layer<Inner> for SignLayer<S> {
    type Service = Sign<Inner, S>;

    fn layer(&self, inner: Inner) -> Self::Service {
        Sign { inner, sender: self.sender.clone() }
    }
}

/// Signs requests before `Inner` sends them. Made by [`SignLayer`].
#[must_use]
pub struct Sign<Inner, S> {
    inner: Inner,
    sender: Sender<S>,
}

impl<S: Scheme> Sender<S> {
    fn sign(&self, mut request: Request<Bytes>) -> Result<Request<Full<Bytes>>, CannotSign> {
        let now = self.clock.now().ok_or(CannotSign::new("the clock cannot tell the time"))?;
        self.scheme.sign(&mut request, &self.key, now)?;
        Ok(request.map(Full::new))
    }
}

impl<Inner, S> Service<Request<Bytes>> for Sign<Inner, S>
where
    Inner: Service<Request<Full<Bytes>>>,
    S: Scheme,
{
    type Response = Inner::Response;
    type Error = SignError<Inner::Error>;
    type Future = SignFuture<Inner::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx).map_err(SignError::Inner)
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let state = match self.sender.sign(request) {
            Ok(request) => State::Sending { sending: self.inner.call(request) },
            Err(error) => State::CannotSign { error: Some(error) },
        };
        SignFuture { state }
    }
}

pin_project! {
    /// The future of [`Sign`].
    pub struct SignFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Sending { #[pin] sending: F },
        CannotSign { error: Option<CannotSign> },
    }
}

impl<F, R, E> Future for SignFuture<F>
where
    F: Future<Output = Result<R, E>>,
{
    type Output = Result<R, SignError<E>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProj::Sending { sending } => Poll::Ready(ready!(sending.poll(cx)).map_err(SignError::Inner)),
            StateProj::CannotSign { error } => match error.take() {
                Some(error) => Poll::Ready(Err(SignError::CannotSign(error))),
                None => Poll::Pending,
            },
        }
    }
}

/// Why a signed request was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignError<E> {
    /// It cannot be signed, and was not sent.
    CannotSign(CannotSign),
    /// The service that was to send it failed.
    Inner(E),
}

impl<E: fmt::Display> fmt::Display for SignError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotSign(error) => error.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: Error + 'static> Error for SignError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::CannotSign(_) => None,
            Self::Inner(error) => error.source(),
        }
    }
}

impl<S> Clone for Sender<S> {
    fn clone(&self) -> Self {
        Self { scheme: Arc::clone(&self.scheme), key: self.key.clone(), clock: Arc::clone(&self.clock) }
    }
}

impl<S> Clone for SignLayer<S> {
    fn clone(&self) -> Self {
        Self { sender: self.sender.clone() }
    }
}

impl<Inner: Clone, S> Clone for Sign<Inner, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), sender: self.sender.clone() }
    }
}

impl<S> fmt::Debug for SignLayer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignLayer").finish_non_exhaustive()
    }
}

impl<Inner, S> fmt::Debug for Sign<Inner, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sign").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for SignFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignFuture").finish_non_exhaustive()
    }
}
