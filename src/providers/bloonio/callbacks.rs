//! The nine routes in one service.
use super::{BloonioChat, EventName, Handlers, UnknownEvent};
use crate::{
    BoxError,
    key::KeyProvider,
    layer::VerifySignatureLayer,
    scheme::{ByPath, DynScheme},
    service::VerifySignature,
};
use serde::de::DeserializeOwned;
use std::{convert::Infallible, fmt, sync::Arc};
use tower_layer::Layer as _;

/// The nine routes in one service, for any tower server.
///
/// - A callback with a handler: the payload is read into the type that the handler takes, such as
///   [`WebhookEvent`](super::WebhookEvent), [`AgentEvent`](super::AgentEvent), [`Event`](super::Event) or one of your
///   own. One that does not fit is answered 422, with the path of the field.
/// - The handler's `Ok` is answered `{"received": true}`, its `Err` 500, so that the relay sends the callback again. The
///   vendor's package answers 200 there, and so loses it.
/// - A callback without a handler is verified, and answered `{"received": true}`, as documented; its response has
///   [`Answered::UnknownEvent`](crate::Answered) in its extensions, and its `tracing` event the verdict `unknown_event`.
///   The vendor's package logs a warning, and adds `event_type` to the answer.
/// - Anything but the nine paths is answered 404, another method than `POST` 405 with `Allow`.
///
/// The documentation demands that replays are refused: that takes a replay memory, which [`configure`](Self::configure)
/// gives to the layer. [`Settings::callbacks`](super::Settings::callbacks) does it by itself.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use tower_webhook::{
///     Scheme,
///     key::Tenants,
///     providers::bloonio::{AgentEvent, BloonioChat, Callbacks, EventName, WebhookEvent},
///     replay::{MemoryStore, Replay},
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Tenants::new().with("019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f", BloonioChat.key("sk_of_the_tenant")?);
/// let callbacks = Callbacks::new(keys)
///     .configure(|layer| layer.replay(Replay::new(MemoryStore::new(100_000), "support")))
///     .on("ticket-created", async |ticket: WebhookEvent| {
///         println!("{:?}", ticket.ticket_number);
///         Ok::<_, std::io::Error>(())
///     })?
///     .on(EventName::AgentAssigned, async |agent: AgentEvent| {
///         println!("{:?}", agent.operator_display_name);
///         Ok::<_, std::io::Error>(())
///     })?
///     .into_service();
///
/// let app: axum::Router = axum::Router::new().fallback_service(callbacks);
/// # let _ = app;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Callbacks {
    layer: VerifySignatureLayer<DynScheme>,
    handlers: Handlers,
}

/// Where the documentation mounts the nine routes.
pub(super) const PREFIX: &str = "/api/v1/chat-callbacks";

impl Callbacks {
    /// The nine routes under `/api/v1/chat-callbacks`, verified by the keys of `keys`: a
    /// [`Tenants`](crate::key::Tenants) table, or whatever finds them.
    pub fn new(keys: impl KeyProvider) -> Self {
        Self::under(PREFIX, keys)
    }

    /// The nine routes under another prefix. It is what this service sees: behind axum's `nest_service`, which removes
    /// its own, an empty one.
    pub fn under(prefix: &str, keys: impl KeyProvider) -> Self {
        let keys = Arc::new(keys);
        let prefix = match prefix.trim_matches('/') {
            "" => String::new(),
            prefix => format!("/{prefix}"),
        };
        let table = EventName::ALL.into_iter().fold(ByPath::new(), |table, event| {
            table.route(format!("{prefix}/{}", event.slug()), BloonioChat, Arc::clone(&keys))
        });
        Self { layer: VerifySignatureLayer::by_path(table), handlers: Handlers::new() }
    }

    /// Configures the layer that verifies: its replay memory, its clock, its tolerance, its body limit.
    pub fn configure(
        mut self,
        configure: impl FnOnce(VerifySignatureLayer<DynScheme>) -> VerifySignatureLayer<DynScheme>,
    ) -> Self {
        self.layer = configure(self.layer);
        self
    }

    /// Hands an event's callbacks to `handler`. The event is an [`EventName`], or its text in either spelling. An enum
    /// as payload is read as with [`Verified::parse_tagged`](crate::Verified::parse_tagged), so that one function can
    /// handle several events. What the handler's future needs it must own: clone it into an `async move` block.
    ///
    /// # Errors
    /// If no event has this name, or the event has a handler already, under its other spelling perhaps.
    pub fn on<N, T, F, Fut, E>(mut self, event: N, handler: F) -> Result<Self, HandlerError>
    where
        N: TryInto<EventName>,
        HandlerError: From<N::Error>,
        T: DeserializeOwned,
        F: Fn(T) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let event = event.try_into()?;
        if self.handlers.add(event, handler) { Ok(self) } else { Err(HandlerError::Twice(event)) }
    }

    /// The service: `Clone` and `Send`, for axum's `fallback_service` and `nest_service`, hyper, or any tower server.
    ///
    /// It answers with [`ResponseBody`](crate::ResponseBody)`<`[`Full`](http_body_util::Full)`<`[`Bytes`](bytes::Bytes)`>>`
    /// and never fails.
    pub fn into_service(self) -> VerifySignature<Handlers, DynScheme> {
        self.layer.layer(self.handlers)
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").field("layer", &self.layer).field("handlers", &self.handlers).finish()
    }
}

/// Why a handler cannot be registered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandlerError {
    /// No event has this name.
    Unknown(UnknownEvent),
    /// The event has a handler already.
    Twice(EventName),
}

impl From<UnknownEvent> for HandlerError {
    fn from(error: UnknownEvent) -> Self {
        Self::Unknown(error)
    }
}

impl From<Infallible> for HandlerError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(error) => error.fmt(f),
            Self::Twice(event) => write!(f, "`{event}` has a handler already"),
        }
    }
}

impl std::error::Error for HandlerError {}
