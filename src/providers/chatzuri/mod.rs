//! Chatzuri: what customers write to an agent, and the leads that they leave.
//!
//! Chatzuri publishes two pages on its webhooks, and they contradict each other:
//!
//! | | [API reference] | [guide], which is newer |
//! | --- | --- | --- |
//! | signature | HMAC-SHA1, 40 hexadecimal digits | HMAC-SHA256, hexadecimal behind `sha256=` |
//! | scheme | [`Chatzuri::sha1`] | [`Chatzuri::sha256`] |
//! | body | `{eventType, agentId, payload, channel?}` | `{event, timestamp, agent_id, data}` |
//! | [`Generation`] | [`Reference`](Generation::Reference) | [`Guide`](Generation::Guide) |
//! | events | 2, of which `message.received` has six channels | 7, of which the data of `lead.submit` is printed |
//!
//! The signature's shape tells the recipes apart, and which of the two a route takes is configuration. [`Event`] reads
//! bodies of either generation, whichever way they were signed: the same lead is the same [`Lead`].
//!
//! ```
//! # #[cfg(feature = "axum")] mod example {
//! use http::StatusCode;
//! use tower_webhook::{TaggedEvent, providers::chatzuri::{Event, Message}};
//!
//! async fn on_chatzuri(TaggedEvent(event): TaggedEvent<Event>) -> StatusCode {
//!     match event {
//!         Event::LeadSubmit(lead) => println!("{}: {:?}", lead.agent_id, lead.data.email),
//!         Event::MessageReceived(message) => match message.data {
//!             Message::WhatsApp(message) => println!("{}: {}", message.from, message.message),
//!             Message::Email(mail) => println!("{}: {:?}", mail.from, mail.subject),
//!             other => println!("{:?}: {:?}", other.channel(), other.text()),
//!         },
//!         _ => {}
//!     }
//!     StatusCode::OK
//! }
//! # }
//! ```
//!
//! [API reference]: https://chatzuri.com/docs/webhooks-api
//! [guide]: https://chatzuri.com/guides/developers/webhooks
mod envelope;
mod event;
mod lead;
mod message;
mod scheme;

pub(super) use self::scheme::PROVIDER;
pub use self::{
    envelope::{Envelope, Generation},
    event::Event,
    lead::Lead,
    message::{
        EmailMessage, FacebookMessage, InstagramMessage, Message, TelegramMessage, WebMessage,
        WhatsAppMessage,
    },
    scheme::Chatzuri,
};
