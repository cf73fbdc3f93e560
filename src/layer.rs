//! The layer: what is configured, once.
use crate::{
    endpoint::{Endpoint, Routes},
    key::KeyProvider,
    replay::Replay,
    scheme::{ByPath, DynScheme, Pattern, Scheme},
    service::VerifySignature,
    time::{Clock, SystemClock},
    url::PublicUrl,
};
use std::{fmt, sync::Arc, time::Duration};
use tower_layer::Layer;

/// Lets only verified webhooks through to the service that it wraps.
///
/// The inner service gets a `Request<`[`VerifiedBody`](crate::VerifiedBody)`>` with a
/// [`Verified`](crate::Verified) in its extensions; axum handlers take [`Event`](crate::Event) and its kin. It must be
/// `Clone`, and is asked whether it is ready only once a request is verified, so that a forged request that stalls
/// keeps nobody out. Its error type is untouched.
///
/// What the layer does not limit is time: put tower-http's `RequestBodyDeadlineLayer` around it, and body limits of
/// outer layers are answered 413 as its own.
///
/// In axum, [`Router::route_layer`] and [`MethodRouter::layer`] are the places for it. `Router::layer` would verify
/// requests to unknown paths too (401 in place of 404), and `MethodRouter::route_layer` lose handshakes by `GET`.
///
/// [`Router::route_layer`]: https://docs.rs/axum/0.8/axum/struct.Router.html#method.route_layer
/// [`MethodRouter::layer`]: https://docs.rs/axum/0.8/axum/routing/struct.MethodRouter.html#method.layer
///
/// ```
/// # #[cfg(feature = "providers")] {
/// use std::convert::Infallible;
/// use http::{Request, Response};
/// use tower::{ServiceBuilder, service_fn};
/// use tower_webhook::{Scheme, Verified, VerifiedBody, VerifySignatureLayer, providers::GitHub};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let service = ServiceBuilder::new()
///     .layer(VerifySignatureLayer::new(GitHub, GitHub.key("the secret of the dashboard")?))
///     .service(service_fn(async |request: Request<VerifiedBody>| {
///         let verified = request.extensions().get::<Verified>();
///         println!("{:?}", verified.and_then(Verified::event));
///         Ok::<_, Infallible>(Response::new(http_body_util::Empty::<bytes::Bytes>::new()))
///     }));
/// # let _ = service;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[must_use]
pub struct VerifySignatureLayer<S> {
    endpoints: Endpoints<S>,
    policy: Policy,
}

/// One scheme, or several by path.
enum Endpoints<S> {
    One(Arc<S>, Arc<dyn KeyProvider>),
    ByPath(Vec<(Pattern, Arc<S>, Arc<dyn KeyProvider>)>),
}

/// What the user has set for all of a layer's endpoints.
#[derive(Clone)]
pub(crate) struct Policy {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tolerance: Option<Duration>,
    pub(crate) body_limit: Option<usize>,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) accepts_uncovered_body: bool,
    pub(crate) acknowledges_unknown_events: bool,
    pub(crate) replay: Option<Replay>,
}

impl<S: Scheme> VerifySignatureLayer<S> {
    /// Verifies by `scheme`, with the keys of `keys`: a [`Key`](crate::key::Key), several in a
    /// [`KeySet`](crate::key::KeySet), or whatever finds them.
    pub fn new(scheme: S, keys: impl KeyProvider) -> Self {
        Self { endpoints: Endpoints::One(Arc::new(scheme), Arc::new(keys)), policy: Policy::default() }
    }
}

impl VerifySignatureLayer<DynScheme> {
    /// Verifies by the scheme that the table has for the request's path.
    pub fn by_path(table: ByPath) -> Self {
        let entries = table.entries.into_iter();
        let entries = entries.map(|(pattern, (scheme, keys))| (pattern, scheme, keys));
        Self { endpoints: Endpoints::ByPath(entries.collect()), policy: Policy::default() }
    }
}

impl<S> VerifySignatureLayer<S> {
    /// Remembers deliveries, so that a replay is not handled again.
    pub fn replay(mut self, replay: Replay) -> Self {
        self.policy.replay = Some(replay);
        self
    }

    /// How far a signed time may be off, in the past and in the future. By default what the provider documents, else
    /// five minutes.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.policy.tolerance = Some(tolerance);
        self
    }

    /// How long a body may be, in bytes. By default what the provider documents, else 2 MiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.policy.body_limit = Some(bytes);
        self
    }

    /// The URL as the sender sees it, for schemes that sign it.
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.policy.public_url = Some(url);
        self
    }

    /// Lets typed events be read from bodies that the signature does not cover: whoever captures one signature can put
    /// any body under it. For providers whose documented recipe leaves the body out.
    pub fn insecure_accept_uncovered_body(mut self) -> Self {
        self.policy.accepts_uncovered_body = true;
        self
    }

    /// Answers a delivery with the provider's acknowledgement if its event is none that a handler's
    /// [`TaggedEvent`](crate::event) knows, in place of 422. For providers that send every event to every endpoint, and
    /// give up on one that refuses some; what is acknowledged is not sent again, and remembered as handled.
    ///
    /// Where a handler wants to see such events, a variant renamed `"*"` takes them.
    pub fn acknowledge_unknown_events(mut self) -> Self {
        self.policy.acknowledges_unknown_events = true;
        self
    }

    /// Who tells the time: by default the operating system.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.policy.clock = Arc::new(clock);
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            tolerance: None,
            body_limit: None,
            public_url: None,
            accepts_uncovered_body: false,
            acknowledges_unknown_events: false,
            replay: None,
        }
    }
}

impl<S, Inner> Layer<Inner> for VerifySignatureLayer<S>
where
    S: Scheme,
{
    type Service = VerifySignature<Inner, S>;

    fn layer(&self, inner: Inner) -> Self::Service {
        let endpoint = |scheme: &Arc<S>, keys: &Arc<dyn KeyProvider>| {
            Arc::new(Endpoint::new(Arc::clone(scheme), Arc::clone(keys), self.policy.clone()))
        };
        let endpoints = match &self.endpoints {
            Endpoints::One(scheme, keys) => Routes::One(endpoint(scheme, keys)),
            Endpoints::ByPath(entries) => Routes::ByPath(
                entries
                    .iter()
                    .map(|(pattern, scheme, keys)| (pattern.clone(), endpoint(scheme, keys)))
                    .collect(),
            ),
        };
        VerifySignature::new(inner, endpoints)
    }
}

impl<S> Clone for VerifySignatureLayer<S> {
    fn clone(&self) -> Self {
        Self { endpoints: self.endpoints.clone(), policy: self.policy.clone() }
    }
}

impl<S> Clone for Endpoints<S> {
    fn clone(&self) -> Self {
        match self {
            Self::One(scheme, keys) => Self::One(Arc::clone(scheme), Arc::clone(keys)),
            Self::ByPath(entries) => Self::ByPath(entries.clone()),
        }
    }
}

impl<S> fmt::Debug for VerifySignatureLayer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifySignatureLayer")
            .field("tolerance", &self.policy.tolerance)
            .field("body_limit", &self.policy.body_limit)
            .field("public_url", &self.policy.public_url)
            .field("replay", &self.policy.replay)
            .finish_non_exhaustive()
    }
}
