//! Blooio: iMessage, SMS, RCS and WhatsApp.
//!
//! - [`Blooio`]: how its webhooks are signed, in both generations (v2 and v4).
//! - [`Event`]: the events, for [`TaggedEvent`](crate::TaggedEvent); [`Payload`]: what they carry.
//! - [`SubscriptionToken`]: what a webhook can be subscribed to.
//! - [`management`]: the calls that create a webhook, rotate its secret, and list and replay its deliveries.
//!
//! A handler that takes both generations on one route:
//!
//! ```
//! # #[cfg(feature = "axum")] mod example {
//! use tower_webhook::{TaggedEvent, Verified, providers::Blooio, providers::blooio::{Event, Payload}};
//!
//! async fn on_event(_: Verified<Blooio>, TaggedEvent(event): TaggedEvent<Event>) {
//!     match event {
//!         Event::MessageReceived(Payload::V4(event)) => println!("{}: {}", event.id, event.data),
//!         Event::MessageReceived(Payload::V2(event)) => println!("{:?}", event.text),
//!         Event::Other(payload) => println!("something new: {payload}"),
//!         _ => {}
//!     }
//! }
//! # }
//! ```
mod event;
mod event_type;
pub mod management;
mod payload;
mod scheme;
mod subscription;

pub(super) use self::scheme::PROVIDER;
pub use self::{
    event::Event,
    event_type::EventType,
    payload::{Attachment, Envelope, FlatPayload, MessageStatus, Participant, Payload, Protocol},
    scheme::Blooio,
    subscription::{Bucket, Category, SubscriptionToken, UnknownToken},
};
