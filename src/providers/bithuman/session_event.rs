//! What bitHuman's session webhooks tell.
use serde::Deserialize;
use serde_json::Value;

/// An event of a conversation; for [`TaggedEvent`](crate::TaggedEvent) and
/// [`Verified::parse_tagged`](crate::Verified::parse_tagged).
///
/// ```
/// # #[cfg(feature = "axum")] mod example {
/// use http::StatusCode;
/// use tower_webhook::{TaggedEvent, providers::bithuman::{Role, SessionEvent}};
///
/// async fn on_session(TaggedEvent(event): TaggedEvent<SessionEvent>) -> StatusCode {
///     match event {
///         SessionEvent::RoomJoin(join) => println!("{} begins", join.data.session_id),
///         SessionEvent::ChatPush(chat) if chat.data.role == Role::User => println!("> {}", chat.data.message),
///         _ => {}
///     }
///     StatusCode::OK
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub enum SessionEvent {
    /// `room.join`: a conversation begins. It waits for the answer.
    #[serde(rename = "room.join")]
    RoomJoin(Session<RoomJoin>),
    /// `chat.push`: a message is complete, the visitor's or the agent's.
    #[serde(rename = "chat.push")]
    ChatPush(Session<ChatPush>),
    /// `test`: somebody has pressed Test on the dashboard. The page prints its `event_type` and its `agent_id`
    /// (`test_agent_123`), and no more. It also carries `X-Test-Webhook: true`, which is not signed.
    #[serde(rename = "test")]
    Test(Value),
    /// An event that the page does not list: the whole payload.
    #[serde(rename = "*")]
    Other(Value),
}

/// What every session event says, and its data.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Session<T> {
    /// The agent that triggered the event. One edition of the page calls it `agent_code`.
    #[serde(alias = "agent_code")]
    pub agent_id: String,
    /// The event's name.
    pub event_type: String,
    /// What is particular to the event.
    pub data: T,
    /// When it happened, in seconds since the Unix epoch.
    pub timestamp: f64,
}

/// The data of `room.join`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RoomJoin {
    /// The room's name.
    pub room_name: String,
    /// How many are in the room at that moment, which may include the agent and its avatar.
    pub participant_count: u64,
    /// The session. One that restarts gets another, without another `room.join`.
    pub session_id: String,
}

/// The data of `chat.push`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ChatPush {
    /// Who said it.
    pub role: Role,
    /// What was said: as far as it got, if the visitor interrupted.
    pub message: String,
    /// The session.
    pub session_id: String,
    /// When it was said, in seconds since the Unix epoch. One edition of the page leaves it out.
    pub timestamp: Option<f64>,
}

/// Who said something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Role {
    /// The visitor.
    #[serde(rename = "user")]
    User,
    /// The agent.
    #[serde(rename = "assistant")]
    Assistant,
    /// Somebody whom the page does not list.
    #[serde(untagged)]
    Other(String),
}
