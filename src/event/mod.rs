//! Typed events, out of the payload that was verified and never out of the request's body.
//!
//! - [`Event<T>`](Event): the payload as a `T`, in the format that the scheme fixes.
//! - [`TaggedEvent<E>`](TaggedEvent): the payload as the variant of an enum `E` that the event type names, wherever
//!   the provider puts it.
//! - [`Verified`](crate::Verified): the proof, and what the delivery says of itself; [`VerifiedBytes`]: the exact
//!   bytes.
//!
//! All are `FromRequestParts`: they stand at any position, several times, and after any middleware. Without axum,
//! [`Verified::parse`](crate::Verified::parse) and [`parse_tagged`](crate::Verified::parse_tagged) do the same.
//!
//! ```
//! use serde::Deserialize;
//! use tower_webhook::{Event, TaggedEvent};
//!
//! #[derive(Deserialize)]
//! struct Push {
//!     after: String,
//! }
//!
//! async fn on_push(Event(push): Event<Push>) {
//!     println!("now at {}", push.after);
//! }
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "snake_case")]
//! enum GitHubEvent {
//!     Push(Push),
//!     PullRequest { number: u64 },
//!     Ping,
//!     /// What GitHub invents next: `Verified` has its type, this its payload.
//!     #[serde(rename = "*")]
//!     Other(serde_json::Value),
//! }
//!
//! async fn on_any(TaggedEvent(event): TaggedEvent<GitHubEvent>) {
//!     match event {
//!         GitHubEvent::Push(push) => println!("now at {}", push.after),
//!         GitHubEvent::PullRequest { number } => println!("#{number}"),
//!         GitHubEvent::Ping | GitHubEvent::Other(_) => {}
//!     }
//! }
//! ```
mod error;
#[cfg(feature = "axum")]
mod extract;
mod json;
#[cfg(feature = "providers")]
mod object;
mod parse;
mod tagged;

pub use self::error::{EventError, EventErrorKind};
#[cfg(feature = "axum")]
pub use self::extract::{Event, TaggedEvent, VerifiedBytes};
pub(crate) use self::json::{json_text_or_number, json_texts};
#[cfg(feature = "providers")]
pub(crate) use self::object::Object;
