//! What a verified callback reaches: the handler of its event, or an acknowledgement.
use super::{BloonioChat, EventName};
use crate::{
    BoxError, BoxFuture,
    body::VerifiedBody,
    endpoint::Answered,
    event::{EventError, EventErrorKind},
    verified::Verified,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use serde::de::DeserializeOwned;
use std::{
    collections::{HashMap, hash_map::Entry},
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tower_service::Service;

type Handler = Arc<dyn Fn(&Verified<BloonioChat>) -> BoxFuture<Response<Full<Bytes>>> + Send + Sync>;

/// The handlers of [`Callbacks`](super::Callbacks), as the service behind the verification. It has no other use: without
/// the proof that the layer puts into a request, it answers 500.
#[derive(Clone)]
pub struct Handlers {
    by_event: Arc<HashMap<EventName, Handler>>,
}

impl Handlers {
    pub(super) fn new() -> Self {
        Self { by_event: Arc::default() }
    }

    /// Whether there was none for the event before.
    pub(super) fn add<T, F, Fut, E>(&mut self, event: EventName, handler: F) -> bool
    where
        T: DeserializeOwned,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let handler: Handler = Arc::new(move |verified| match verified.parse_tagged::<T>() {
            Ok(payload) => {
                let handling = handler(payload);
                Box::pin(async move { answer(event, handling.await.map_err(Into::into)) })
            }
            Err(error) => Box::pin(std::future::ready(misfit(event.as_str(), &error))),
        });
        match Arc::make_mut(&mut self.by_event).entry(event) {
            Entry::Occupied(_) => false,
            Entry::Vacant(place) => {
                place.insert(handler);
                true
            }
        }
    }

    fn handle(&self, request: &Request<VerifiedBody>) -> BoxFuture<Response<Full<Bytes>>> {
        let proof = request.extensions().get::<Verified>().and_then(Verified::of::<BloonioChat>);
        let Some(verified) = proof else {
            let error = EventError::new(EventErrorKind::LayerMissing);
            return Box::pin(std::future::ready(misfit("", &error)));
        };
        let event = verified.event().unwrap_or_default();
        match event.parse().ok().and_then(|name: EventName| self.by_event.get(&name)) {
            Some(handler) => handler(&verified),
            None => Box::pin(std::future::ready(unhandled())),
        }
    }
}

impl Service<Request<VerifiedBody>> for Handlers {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<VerifiedBody>) -> Self::Future {
        let handling = self.handle(&request);
        Box::pin(async move { Ok(handling.await) })
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let events = EventName::ALL.into_iter().filter(|event| self.by_event.contains_key(event));
        f.debug_set().entries(events).finish()
    }
}

/// An empty 200 is sent with the documented acknowledgement as its body: that is the layer's part.
fn answer(event: EventName, result: Result<(), BoxError>) -> Response<Full<Bytes>> {
    match result {
        Ok(()) => status(StatusCode::OK),
        Err(error) => {
            note_failed(event, &error);
            status(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Whoever stands outside can see that nobody handled it.
fn unhandled() -> Response<Full<Bytes>> {
    let mut response = status(StatusCode::OK);
    response.extensions_mut().insert(Answered::UnknownEvent);
    response
}

/// The sender is proven by now, so the answer may be frank.
fn misfit(event: &str, error: &EventError) -> Response<Full<Bytes>> {
    note_misfit(event, error);
    let mut response = status(error.status()).map(|_| Full::from(error.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

fn note_failed(event: EventName, error: &BoxError) {
    #[cfg(feature = "tracing")]
    tracing::error!(provider = "bloonio-chat", %event, %error, "the webhook's handler failed");
    #[cfg(not(feature = "tracing"))]
    let _ = (event, error);
}

fn note_misfit(event: &str, error: &EventError) {
    #[cfg(feature = "tracing")]
    tracing::warn!(provider = "bloonio-chat", event, %error, "the webhook's payload does not fit its handler");
    #[cfg(not(feature = "tracing"))]
    let _ = (event, error);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn t07_without_a_proof_nothing_is_handled() {
        let mut handlers = Handlers::new();
        for event in EventName::ALL {
            handlers.add(event, async |_: serde_json::Value| Ok::<_, BoxError>(()));
        }
        let Ok(response) = handlers.oneshot(Request::new(VerifiedBody::default())).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
