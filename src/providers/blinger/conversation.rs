//! Events on conversations.
use super::{BlingerUser, Operator, Tags, User};
use crate::{
    providers::{text_enum::text_enum, unix},
    time::Timestamp,
};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `on_conversation_unassigned`, `on_conversation_assigned` and `on_conversation_closed`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ConversationEvent {
    /// The event's name.
    pub webhook: String,
    /// The conversation.
    pub conversation: Conversation,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Conversation {
    /// The id.
    pub id: i64,
    /// The messenger: `telegrambot`, `vk`.
    pub application: String,
    /// Whether it is assigned, or closed.
    pub status: ConversationStatus,
    /// When it began; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// When it was changed; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_updated: Timestamp,
    /// Who it is assigned to.
    #[serde(default)]
    pub operator: Option<Operator>,
    /// Who writes in.
    pub from_user: User,
    /// With `on_conversation_closed`: what was written.
    #[serde(default)]
    pub messages: Option<Vec<ConversationMessage>>,
    /// With `on_conversation_closed`: its tags, a list of objects.
    #[serde(default)]
    pub tags: Option<Tags>,
    /// With `on_conversation_closed`: the group that it was closed under.
    #[serde(default)]
    pub close_group: Option<CloseGroup>,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

text_enum! {
    /// Whether a conversation is assigned, or closed.
    ConversationStatus {
        /// `unassigned`: to no operator.
        Unassigned = "unassigned",
        /// `inbox`: assigned to an operator.
        Inbox = "inbox",
        /// `closed`
        Closed = "closed",
    }
}

/// What a conversation was closed under.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CloseGroup {
    /// Its name, as `Duplicate`.
    pub title: String,
}

/// A message of a closed conversation.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ConversationMessage {
    /// The id.
    pub id: i64,
    /// Who wrote it.
    pub from_blinger_user_id: i64,
    /// Who it was written to.
    pub to_blinger_user_id: i64,
    /// Who wrote it.
    pub from_user_id: i64,
    /// Who it was written to.
    pub to_user_id: i64,
    /// `text`. Other kinds are not documented.
    #[serde(rename = "type")]
    pub kind: String,
    /// The messenger: `telegrambot`, `vk`.
    pub application: String,
    /// What was written. Of kinds without a text nothing is documented, so that it may be missing.
    #[serde(default)]
    pub message: Option<String>,
    /// The message's other id.
    pub blinger_message_id: i64,
    /// When it was written; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// `sent`.
    pub status: String,
    /// Whether it went out.
    pub is_outgoing: bool,
    /// As printed; not explained.
    pub is_inner_message: bool,
    /// The name of who wrote it; `null` with role `customer`.
    #[serde(default)]
    pub from_user_name: Option<String>,
    /// The name of who it was written to; `null` with role `customer`.
    #[serde(default)]
    pub to_user_name: Option<String>,
    /// Who wrote it.
    #[serde(default, rename = "fromBlingerUser")]
    pub from_blinger_user: Option<BlingerUser>,
    /// Who it was written to.
    #[serde(default, rename = "toBlingerUser")]
    pub to_blinger_user: Option<BlingerUser>,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
