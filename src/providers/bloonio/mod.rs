//! Bloonio's Chat Relay: its scheme, its events, its nine routes and its settings.
//!
//! Follows [Webhooks](https://docs.bloonio.com/en/chat/webhooks/),
//! [Authentication](https://docs.bloonio.com/en/concepts/authentication/) and the package `bloonio-chat-relay-client`
//! 0.2.0, which do not agree in all. What [`BloonioChat`] signs stands there. Of the rest:
//!
//! | the documentation | the package | here |
//! | --- | --- | --- |
//! | checks freshness and replay | checks neither | checks both; replay, where there is a memory |
//! | `agent_*` bodies without `event_type` | refuses them | either form: [`AgentEvent`] |
//! | `user_requested` | `user_request` | both: [`EscalationReason`] |
//! | handlers by `ticket-created` | finds only `ticket_created` | both: [`EventName`] |
//! | `{"received": true}` | adds `event_type` | as the documentation |
//! | no handler: logged at debug level | a warning | as the documentation |
//! | | a failed handler: 200 | 500, so that it is sent again |
//! | `{base}/api/v1/chat-callbacks/{event}`, in prose `/chat-callbacks/{event}` | the former | the former; the prefix is a setting |
//!
//! With the variables that the package reads, the whole of it is:
//!
//! ```no_run
//! use tower_webhook::providers::bloonio::{Settings, WebhookEvent};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let callbacks = Settings::from_env()?
//!     .callbacks()?
//!     .on("ticket-created", async |ticket: WebhookEvent| {
//!         println!("{:?}", ticket.ticket_number);
//!         Ok::<_, std::io::Error>(())
//!     })?
//!     .into_service();
//! let app: axum::Router = axum::Router::new().fallback_service(callbacks);
//! # let _ = app;
//! # Ok(())
//! # }
//! ```
//!
//! Or with routes of your own, and the layer on them:
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, routing::post};
//! use tower_webhook::{Scheme, TaggedEvent, VerifySignatureLayer, key::Tenants, providers::bloonio::{BloonioChat, Event}};
//!
//! async fn on_callback(TaggedEvent(event): TaggedEvent<Event>) {
//!     if let Event::TicketCreated(ticket) = event {
//!         println!("{:?}", ticket.ticket_number);
//!     }
//! }
//!
//! # fn main() -> Result<(), tower_webhook::key::KeyError> {
//! let keys = Tenants::new().with("019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f", BloonioChat.key("sk_of_the_tenant")?);
//! let app: Router = Router::new()
//!     .route("/api/v1/chat-callbacks/{event}", post(on_callback))
//!     .route_layer(VerifySignatureLayer::new(BloonioChat, keys));
//! # let _ = app;
//! # Ok(())
//! # }
//! # main().unwrap();
//! # }
//! ```
mod callbacks;
mod event;
mod handlers;
mod name;
mod scheme;
mod settings;
mod variables;

pub(super) use self::scheme::PROVIDER;
pub use self::{
    callbacks::{Callbacks, HandlerError},
    event::{AgentEvent, AgentStatus, EscalationReason, Event, WebhookEvent},
    handlers::Handlers,
    name::{EventName, UnknownEvent},
    scheme::BloonioChat,
    settings::{IdempotencyBackend, Settings},
    variables::{SettingsError, SettingsErrorKind},
};
