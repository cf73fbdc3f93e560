//! Blinger: messengers, live chat and comments for support teams.
//!
//! - [`Blinger`]: how its webhooks are let in, although it does not sign them.
//! - [`Event`]: the eight events, for [`TaggedEvent`](crate::TaggedEvent).
//!
//! The events follow the samples of [Webhooks](https://help.blinger.io/documentation/webhooks), version 1.0; there is
//! no schema. The samples are no valid JSON as they are printed (comments, a comma that is missing, a piece of PHP),
//! and are read as what they mean. What is printed in each sample of a kind is required; what is `null` or missing in
//! some, or can only be there at times, is an `Option`. Fields that are not printed survive in `rest`. Identifiers are
//! numbers, and times whole seconds since the Unix epoch, as printed.
//!
//! ```
//! # #[cfg(feature = "axum")] mod example {
//! use tower_webhook::{TaggedEvent, Verified, providers::Blinger, providers::blinger::Event};
//!
//! async fn on_event(_: Verified<Blinger>, TaggedEvent(event): TaggedEvent<Event>) {
//!     match event {
//!         Event::MessageIncoming(event) => println!("{:?}", event.message.message),
//!         Event::ConversationClosed(event) => println!("{:?}", event.conversation.close_group),
//!         Event::Other(payload) => println!("something new: {payload}"),
//!         _ => {}
//!     }
//! }
//! # }
//! ```
mod comment;
mod conversation;
mod event;
mod message;
mod scheme;
mod tags;
mod user;

pub(super) use self::scheme::PROVIDER;
pub use self::{
    comment::{Comment, CommentEvent},
    conversation::{CloseGroup, Conversation, ConversationEvent, ConversationMessage, ConversationStatus},
    event::Event,
    message::{Message, MessageEvent},
    scheme::Blinger,
    tags::{Tag, Tags},
    user::{BlingerUser, NewUser, Operator, User, UserEvent},
};
