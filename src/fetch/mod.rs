//! Fetching keys that a provider publishes: a set of keys, a certificate.
//!
//! What fetches is a [`Fetch`]. `fetch::Client`, of the feature `fetch`, is one that is made for this and nothing else; an
//! HTTP client that a service has already becomes one in a few lines:
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use tower_webhook::fetch::{Fetch, FetchError};
//!
//! # #[derive(Clone)]
//! # struct HttpClient;
//! # impl HttpClient {
//! #     async fn send(&self, _: Request<Bytes>) -> Result<Response<Bytes>, std::io::Error> {
//! #         Ok(Response::new(Bytes::new()))
//! #     }
//! # }
//! fn with(client: HttpClient) -> impl Fetch {
//!     // Follows no redirect, gives up after some seconds, and reads no more than some hundred kilobytes.
//!     move |request: Request<Bytes>| {
//!         let client = client.clone();
//!         async move { client.send(request).await.map_err(FetchError::unreachable) }
//!     }
//! }
//! # let _ = with(HttpClient);
//! ```
#[cfg(feature = "fetch")]
mod client;
mod error;
#[cfg(any(feature = "jwks", feature = "x509"))]
mod get;

#[cfg(feature = "fetch")]
pub use self::client::{Client, ClientError};
pub use self::error::FetchError;
#[cfg(any(feature = "jwks", feature = "x509"))]
pub(crate) use self::get::{NotFetched, get};

use bytes::Bytes;
use http::{Request, Response};
use std::{fmt, pin::Pin, sync::Arc};

/// Makes one HTTP request.
///
/// An async closure is one, if it takes a `Request<Bytes>` and returns a `Result<Response<Bytes>, FetchError>`; so is an
/// `Arc` of one. Whoever implements it sees to these, since nobody else can:
///
/// - **No redirect is followed.** The answer is handed over as it is, and refused by whoever asked: a key is believed
///   because of the URL that it lies under.
/// - **It ends**: [`FetchError::TimedOut`] after some seconds, connecting and reading included. Deliveries wait for it.
/// - **It is bounded**: [`FetchError::TooLarge`] as soon as more arrives than some hundred kilobytes.
/// - **The server's certificate is checked.** Over anything but `https:`, whoever is in between chooses the keys.
///
/// It need not cache, retry, or make one request of several: the key providers that use it do.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fetch",
    label = "expected a `fetch::Client`, or an async closure",
    note = "`fetch::Client` needs the feature `fetch`",
    note = "an async closure is one if it takes a `Request<Bytes>`, returns a `Result<Response<Bytes>, FetchError>`, \
            and uses nothing that it captures; what it captures it clones for each call"
)]
pub trait Fetch: Send + Sync + 'static {
    /// Makes the request, and reads its answer to the end, whatever its status.
    fn fetch(&self, request: Request<Bytes>) -> Fetching;
}

/// The future of [`Fetch::fetch`].
#[must_use = "futures do nothing unless polled"]
pub struct Fetching(Pin<Box<dyn Future<Output = Result<Response<Bytes>, FetchError>> + Send>>);

impl Fetching {
    /// Of any future.
    pub fn new(future: impl Future<Output = Result<Response<Bytes>, FetchError>> + Send + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl Future for Fetching {
    type Output = Result<Response<Bytes>, FetchError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for Fetching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetching").finish_non_exhaustive()
    }
}

impl<F: Fetch + ?Sized> Fetch for Arc<F> {
    fn fetch(&self, request: Request<Bytes>) -> Fetching {
        (**self).fetch(request)
    }
}

// A type that does not fetch is told so, and not that it is no function.
#[diagnostic::do_not_recommend]
impl<F, Fut> Fetch for F
where
    F: Fn(Request<Bytes>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Response<Bytes>, FetchError>> + Send + 'static,
{
    fn fetch(&self, request: Request<Bytes>) -> Fetching {
        Fetching::new(self(request))
    }
}
