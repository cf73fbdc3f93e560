//! Events on messages.
use super::{Operator, Tags, User};
use crate::{providers::unix, time::Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `on_message_incoming` and `on_message_outgoing`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct MessageEvent {
    /// The event's name.
    pub webhook: String,
    /// Who wrote it.
    pub from_user_id: i64,
    /// Who it was written to.
    pub to_user_id: i64,
    /// The message's id.
    pub message_id: i64,
    /// The message's other id.
    pub message_blinger_id: i64,
    /// The conversation's id.
    pub conversation_id: i64,
    /// What it opens is not documented: keep it out of logs.
    pub conversation_token: String,
    /// Who the conversation is assigned to.
    #[serde(default)]
    pub operator: Option<Operator>,
    /// Who wrote it.
    pub from_user: User,
    /// Who it was written to.
    pub to_user: User,
    /// The message.
    pub message: Message,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// The id.
    pub id: i64,
    /// Who wrote it.
    pub from_user_id: i64,
    /// Who it was written to.
    pub to_user_id: i64,
    /// `text`. Other kinds are not documented.
    #[serde(rename = "type")]
    pub kind: String,
    /// The messenger: `telegrambot`, `vk`.
    pub application: String,
    /// When it was written; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// What was written. Of kinds without a text nothing is documented, so that it may be missing.
    #[serde(default)]
    pub message: Option<String>,
    /// Its tags, a list of names.
    #[serde(default)]
    pub tags: Option<Tags>,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
