//! Blooio's events, one variant each.
use super::Payload;
use serde::Deserialize;

/// The events of both generations, for [`TaggedEvent`](crate::TaggedEvent) or
/// [`Verified::parse_tagged`](crate::Verified::parse_tagged).
///
/// What an event of v4 carries in `data` is not published, so it is JSON here. Whoever knows more writes an enum of
/// the same kind, with [`Envelope<D>`](super::Envelope) or [`Payload<D>`](super::Payload) in its variants.
///
/// ```
/// use tower_webhook::{Verified, event::EventError, providers::blooio::Event};
///
/// fn is_read(verified: &Verified) -> Result<bool, EventError> {
///     Ok(matches!(verified.parse_tagged()?, Event::MessageRead(_)))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// `message.received`
    #[serde(rename = "message.received")]
    MessageReceived(Payload),
    /// `message.queued`
    #[serde(rename = "message.queued")]
    MessageQueued(Payload),
    /// `message.pending`
    #[serde(rename = "message.pending")]
    MessagePending(Payload),
    /// `message.sent`
    #[serde(rename = "message.sent")]
    MessageSent(Payload),
    /// `message.delivered`
    #[serde(rename = "message.delivered")]
    MessageDelivered(Payload),
    /// `message.failed`
    #[serde(rename = "message.failed")]
    MessageFailed(Payload),
    /// `message.read`
    #[serde(rename = "message.read")]
    MessageRead(Payload),
    /// `message.reaction`
    #[serde(rename = "message.reaction")]
    MessageReaction(Payload),
    /// `poll.created`
    #[serde(rename = "poll.created")]
    PollCreated(Payload),
    /// `poll.received`
    #[serde(rename = "poll.received")]
    PollReceived(Payload),
    /// `poll.voted`
    #[serde(rename = "poll.voted")]
    PollVoted(Payload),
    /// `group.name_changed`
    #[serde(rename = "group.name_changed")]
    GroupNameChanged(Payload),
    /// `group.icon_changed`
    #[serde(rename = "group.icon_changed")]
    GroupIconChanged(Payload),
    /// `contact.shared`
    #[serde(rename = "contact.shared")]
    ContactShared(Payload),
    /// `contact.merged`
    #[serde(rename = "contact.merged")]
    ContactMerged(Payload),
    /// `typing.started`
    #[serde(rename = "typing.started")]
    TypingStarted(Payload),
    /// `typing.stopped`
    #[serde(rename = "typing.stopped")]
    TypingStopped(Payload),
    /// An event that is not published, with its whole payload. [`Verified::event`](crate::Verified::event) has its
    /// name.
    #[serde(rename = "*")]
    Other(serde_json::Value),
}
