//! One endpoint: a scheme with its keys and settings, and what it answers.
#![expect(clippy::result_large_err, reason = "the error is the answer, and is moved once")]

use crate::{
    BoxFuture,
    body::ResponseBody,
    key::KeyProvider,
    layer::Policy,
    rejection::{Rejection, RejectionKind},
    replay::{ErasedStore, Guard, Replay, ReplayKey, Reservation, Reserved, Settle, StoreError},
    scheme::{Answer, Identity, Pattern, Repeat, Scheme},
    time::{Clock, Timestamp},
    url::PublicUrl,
    verified::Verified,
};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Response, StatusCode,
    header::{ALLOW, RETRY_AFTER},
};
use http_body::Body;
use std::{sync::Arc, time::Duration};

/// A scheme with its keys and settings: all that one request needs.
pub(crate) struct Endpoint<S> {
    pub(crate) scheme: Arc<S>,
    pub(crate) name: Arc<str>,
    pub(crate) keys: Arc<dyn KeyProvider>,
    clock: Arc<dyn Clock>,
    pub(crate) tolerance: Duration,
    pub(crate) body_limit: usize,
    pub(crate) public_url: Option<PublicUrl>,
    pub(crate) accepts_uncovered_body: bool,
    acknowledges_unknown_events: bool,
    replay: Option<Replay>,
}

impl<S: Scheme> Endpoint<S> {
    pub(crate) fn new(scheme: Arc<S>, keys: Arc<dyn KeyProvider>, policy: Policy) -> Self {
        Self {
            name: Arc::from(scheme.name()),
            tolerance: policy.tolerance.unwrap_or_else(|| scheme.tolerance()),
            body_limit: policy.body_limit.unwrap_or_else(|| scheme.body_limit()),
            scheme,
            keys,
            clock: policy.clock,
            public_url: policy.public_url,
            accepts_uncovered_body: policy.accepts_uncovered_body,
            acknowledges_unknown_events: policy.acknowledges_unknown_events,
            replay: policy.replay,
        }
    }

    /// The time, or 503.
    pub(crate) fn now(&self) -> Result<Timestamp, Response<Bytes>> {
        self.clock.now().ok_or_else(|| self.refuse(RejectionKind::ClockUnavailable.into()))
    }

    /// Asks the replay memory, if there is one and the delivery has an identity.
    pub(crate) fn reserve(&self, verified: &Verified, now: Timestamp) -> Option<Reserving> {
        let replay = self.replay.as_ref()?;
        let key = ReplayKey::of(&replay.namespace, verified, replay.remember_bodies)?;
        let signature_lives = verified.valid_until().map_or(Duration::ZERO, |end| end.abs_diff(now));
        let least = self.tolerance.saturating_mul(2).max(signature_lives.saturating_add(self.tolerance));
        let retention = replay.retention.unwrap_or(match verified.identity() {
            Identity::SignedText(_) => least,
            Identity::SignedId(_) | Identity::None => DAY,
        });
        let lease = replay.lease.unwrap_or_else(|| self.scheme.lease());
        let reserving = Arc::clone(&replay.store).reserve(key, lease);
        Some(Reserving { reserving, retention: retention.max(least) })
    }

    /// What the replay memory's answer means: go on, with a reservation or without one, or an answer.
    pub(crate) fn reserved(
        &self,
        reserved: Result<Reserved, StoreError>,
    ) -> Result<Option<Reservation>, Response<Bytes>> {
        let replay = self.replay.as_ref();
        match reserved {
            Ok(Reserved::Fresh(reservation)) => Ok(Some(reservation)),
            Ok(Reserved::InFlight) => Err(self.refuse(RejectionKind::InFlight.into())),
            Ok(Reserved::Done) => {
                let answers = self.scheme.answers();
                match replay.and_then(|replay| replay.repeat).unwrap_or(answers.repeat) {
                    Repeat::Acknowledge => {
                        Err(answered(answers.acknowledgement.to_response(), Answered::Repeat))
                    }
                    Repeat::Refuse => Err(self.refuse(RejectionKind::Replayed.into())),
                }
            }
            Err(_) if replay.is_some_and(|replay| replay.insecure_pass_when_unavailable) => Ok(None),
            Err(error) => {
                Err(self.refuse(Rejection::with_source(RejectionKind::ReplayStoreUnavailable, error)))
            }
        }
    }

    /// Commits or releases what was reserved, by the handler's answer.
    pub(crate) fn settle<B, E>(
        &self,
        guard: Guard,
        result: &Result<Response<B>, E>,
    ) -> BoxFuture<Result<(), StoreError>> {
        guard.settle(match (result, &self.replay) {
            (Ok(response), Some(replay)) if self.acknowledges(response) => {
                (replay.settle)(self.scheme.answers().acknowledgement.status())
            }
            (Ok(response), Some(replay)) => (replay.settle)(response.status()),
            _ => Settle::Release,
        })
    }

    /// A handler's answer, in the form that the provider's documentation asks for.
    pub(crate) fn acknowledge<B: Body<Data = Bytes>>(
        &self,
        response: Response<B>,
    ) -> Response<ResponseBody<B>> {
        let answers = self.scheme.answers();
        if self.acknowledges(&response) {
            let acknowledgement = answers.acknowledgement.to_response();
            return answered(acknowledgement, Answered::UnknownEvent).map(ResponseBody::own);
        }
        if !response.status().is_success() {
            return response.map(ResponseBody::inner);
        }
        let mut response = if answers.acknowledgement.has_body() && response.body().is_end_stream() {
            answers.acknowledgement.fill(response).map(ResponseBody::own)
        } else {
            response.map(ResponseBody::inner)
        };
        if answers.any_success_is_acknowledgement {
            *response.status_mut() = answers.acknowledgement.status();
        }
        response
    }

    /// Whether it is the refusal of an event that the handler does not know, and is to be acknowledged all the same.
    fn acknowledges<B>(&self, response: &Response<B>) -> bool {
        self.acknowledges_unknown_events && response.extensions().get::<UnknownEvent>().is_some()
    }

    /// The answer to a request that does not get through: opaque to the sender, frank to the operator.
    pub(crate) fn refuse(&self, rejection: Rejection) -> Response<Bytes> {
        let mut response = match rejection.own_status() {
            Some(status) => Answer::empty(status).to_response(),
            None => self.scheme.answers().refusal.to_response(),
        };
        match response.status() {
            StatusCode::METHOD_NOT_ALLOWED => {
                let methods: Vec<&str> = self.scheme.methods().iter().map(Method::as_str).collect();
                if let Ok(allow) = HeaderValue::try_from(methods.join(", ")) {
                    response.headers_mut().insert(ALLOW, allow);
                }
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response.extensions_mut().insert(rejection);
        response
    }
}

/// The replay memory has been asked.
pub(crate) struct Reserving {
    pub(crate) reserving: BoxFuture<(Arc<dyn ErasedStore>, Result<Reserved, StoreError>)>,
    pub(crate) retention: Duration,
}

/// How long a delivery with a signed id is remembered by default: providers' retries reach over hours.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// An answer that the layer gave itself, and that is no refusal. In the response's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answered {
    /// A handshake was answered.
    Handshake,
    /// The repeat of a delivery that was handled before was acknowledged.
    Repeat,
    /// A delivery of an event that no handler knows was acknowledged, since the layer was told to:
    /// [`acknowledge_unknown_events`](crate::VerifySignatureLayer::acknowledge_unknown_events). Bloonio's
    /// `Callbacks` do so without being told.
    UnknownEvent,
}

/// In the extensions of a response: the handler does not know the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnknownEvent;

fn answered(mut response: Response<Bytes>, how: Answered) -> Response<Bytes> {
    response.extensions_mut().insert(how);
    response
}

/// The answer to a handshake.
pub(crate) fn handshake(response: Response<Bytes>) -> Response<Bytes> {
    answered(response, Answered::Handshake)
}

/// The answer where no endpoint is registered for the path.
pub(crate) fn unknown_path() -> Response<Bytes> {
    let rejection = Rejection::from(RejectionKind::UnknownPath);
    let mut response = Answer::empty(StatusCode::NOT_FOUND).to_response();
    response.extensions_mut().insert(rejection);
    response
}

/// The replay memory could not note what became of a delivery.
pub(crate) fn note_unsettled(provider: &str, error: &StoreError) {
    #[cfg(feature = "tracing")]
    tracing::error!(provider, %error, "the replay memory could not note what became of a webhook");
    #[cfg(not(feature = "tracing"))]
    let _ = (provider, error);
}

/// One endpoint, or several by path.
pub(crate) enum Routes<S> {
    One(Arc<Endpoint<S>>),
    ByPath(Arc<[(Pattern, Arc<Endpoint<S>>)]>),
}

impl<S> Routes<S> {
    pub(crate) fn find(&self, path: &str) -> Option<&Arc<Endpoint<S>>> {
        match self {
            Self::One(endpoint) => Some(endpoint),
            Self::ByPath(entries) => {
                entries.iter().find(|(pattern, _)| pattern.fits(path)).map(|(_, endpoint)| endpoint)
            }
        }
    }
}

impl<S> Clone for Routes<S> {
    fn clone(&self) -> Self {
        match self {
            Self::One(endpoint) => Self::One(Arc::clone(endpoint)),
            Self::ByPath(entries) => Self::ByPath(Arc::clone(entries)),
        }
    }
}
