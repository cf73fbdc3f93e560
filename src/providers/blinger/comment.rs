//! Events on comments.
use super::{Operator, User};
use crate::{providers::unix, time::Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

/// `on_comment_incoming` and `on_comment_outgoing`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct CommentEvent {
    /// The event's name.
    pub webhook: String,
    /// Who wrote it.
    pub from_user_id: i64,
    /// Who it was written to.
    pub to_user_id: i64,
    /// The comment's id.
    pub comment_id: i64,
    /// The comment's other id.
    pub comment_blinger_id: i64,
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
    /// The comment.
    pub comment: Comment,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A comment on a post.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Comment {
    /// The id.
    pub id: i64,
    /// Who wrote it.
    pub from_user_id: i64,
    /// Who it was written to.
    pub to_user_id: i64,
    /// The id of the comment that it replies to, if it replies to one.
    #[serde(default)]
    pub reply_comment_id: Option<i64>,
    /// `text`. Other kinds are not documented.
    #[serde(rename = "type")]
    pub kind: String,
    /// The post's id in its application, a text.
    #[serde(default)]
    pub post_id: Option<String>,
    /// The post's URL.
    #[serde(default)]
    pub post_url: Option<String>,
    /// The post's title, if it has one.
    #[serde(default)]
    pub post_title: Option<String>,
    /// The network: `vk`.
    pub application: String,
    /// When it was written; in seconds on the wire.
    #[serde(deserialize_with = "unix::seconds")]
    pub date_created: Timestamp,
    /// What was written. Of kinds without a text nothing is documented, so that it may be missing.
    #[serde(default)]
    pub message: Option<String>,
    /// The fields that are not documented.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}
