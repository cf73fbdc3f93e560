//! Blinger's events, one variant each.
use super::{CommentEvent, ConversationEvent, MessageEvent, UserEvent};
use serde::Deserialize;

/// The eight events, for [`TaggedEvent`](crate::TaggedEvent) or
/// [`Verified::parse_tagged`](crate::Verified::parse_tagged).
///
/// ```
/// use tower_webhook::{Verified, event::EventError, providers::blinger::Event};
///
/// fn is_new_user(verified: &Verified) -> Result<bool, EventError> {
///     Ok(matches!(verified.parse_tagged()?, Event::UserNew(_)))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// `on_conversation_unassigned`: a conversation's status changed to unassigned.
    #[serde(rename = "on_conversation_unassigned")]
    ConversationUnassigned(Box<ConversationEvent>),
    /// `on_conversation_assigned`: a conversation was assigned to an operator.
    #[serde(rename = "on_conversation_assigned")]
    ConversationAssigned(Box<ConversationEvent>),
    /// `on_conversation_closed`: a conversation was closed. Only here are `messages`, `tags` and `close_group` printed.
    #[serde(rename = "on_conversation_closed")]
    ConversationClosed(Box<ConversationEvent>),
    /// `on_message_incoming`: an incoming message.
    #[serde(rename = "on_message_incoming")]
    MessageIncoming(Box<MessageEvent>),
    /// `on_message_outgoing`: an outgoing message.
    #[serde(rename = "on_message_outgoing")]
    MessageOutgoing(Box<MessageEvent>),
    /// `on_comment_incoming`: an incoming comment.
    #[serde(rename = "on_comment_incoming")]
    CommentIncoming(Box<CommentEvent>),
    /// `on_comment_outgoing`: an outgoing comment.
    #[serde(rename = "on_comment_outgoing")]
    CommentOutgoing(Box<CommentEvent>),
    /// `on_user_new`: there is a new client.
    #[serde(rename = "on_user_new")]
    UserNew(Box<UserEvent>),
    /// An event that is not documented, with its whole payload. [`Verified::event`](crate::Verified::event) has its
    /// name.
    #[serde(rename = "*")]
    Other(serde_json::Value),
}
