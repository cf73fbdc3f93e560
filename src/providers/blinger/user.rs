//! Who takes part in a conversation.
use super::Tags;
use crate::{providers::unix, time::Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `on_user_new`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct UserEvent {
    /// The event's name.
    pub webhook: String,
    /// The new client.
    pub user: NewUser,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A client, as `on_user_new` has it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct NewUser {
    /// The id.
    pub id: i64,
    /// The id that the other events call `user_id`.
    pub blinger_user_id: i64,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The picture's URL.
    #[serde(default)]
    pub avatar: Option<String>,
    /// The messenger: `telegrambot`, `vk`.
    pub application: String,
    /// The id in that application.
    #[serde(default)]
    pub service_user_id: Option<String>,
    /// When it came to be; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One side of a conversation, as the events on conversations, messages and comments have it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The id.
    pub user_id: i64,
    /// `default` or `customer`. In the samples, `default` is who writes in, and `customer` who answers.
    pub role: String,
    /// The name; `null` with role `customer`.
    #[serde(default)]
    pub title: Option<String>,
    /// The picture's URL; `null` with role `customer`.
    #[serde(default)]
    pub avatar: Option<String>,
    /// The title of the page that is written from, in live chat only.
    #[serde(default)]
    pub page_title: Option<String>,
    /// The URL of the page that is written from, in live chat only.
    #[serde(default)]
    pub page_url: Option<String>,
    /// `enabled`.
    pub status: String,
    /// The messenger: `telegrambot`, `vk`. The events on conversations have it in the conversation.
    #[serde(default)]
    pub application: Option<String>,
    /// The id in that application; `null` with role `customer`.
    #[serde(default)]
    pub service_user_id: Option<String>,
    /// When it came to be; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Who a conversation is assigned to. Where it is assigned to nobody, the operator is missing, or there with all its
/// fields `null`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Operator {
    /// The id.
    #[serde(default)]
    pub id: Option<i64>,
    /// The name.
    #[serde(default)]
    pub name: Option<String>,
    /// The mail address.
    #[serde(default)]
    pub email: Option<String>,
}

/// One side of a conversation, as the messages of a closed conversation have it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct BlingerUser {
    /// The id.
    pub id: i64,
    /// What it is the id of is not explained.
    pub service_blinger_id: i64,
    /// The id that the other events call `user_id`.
    pub blinger_user_id: i64,
    /// As printed; not explained.
    pub is_active: bool,
    /// When it was changed; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_updated: Timestamp,
    /// When it came to be; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// Its tags: a text (`"[]"`) or `null`.
    #[serde(default)]
    pub tags: Option<Tags>,
    /// The name; `null` with role `customer`.
    #[serde(default)]
    pub name: Option<String>,
    /// `default` or `customer`. In the samples, `default` is who writes in, and `customer` who answers.
    pub role: String,
    /// The picture's URL; `null` with role `customer`.
    #[serde(default)]
    pub avatar: Option<String>,
    /// The messenger: `telegrambot`, `vk`.
    pub application: String,
    /// The id in that application; `null` with role `customer`.
    #[serde(default)]
    pub service_user_id: Option<String>,
    /// `enabled`.
    pub status: String,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
