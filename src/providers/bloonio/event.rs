//! The payloads.
//!
//! Published are the model of the vendor's package and, for the three `agent_*` events, a body in the documentation
//! that the package's own model refuses. Both are read here. What neither of them names is kept.
use serde::Deserialize;
use serde_json::{Map, Value};

/// A callback, by its event: for [`TaggedEvent`](crate::TaggedEvent) and
/// [`Verified::parse_tagged`](crate::Verified::parse_tagged).
///
/// ```
/// # #[cfg(feature = "axum")] mod example {
/// use tower_webhook::{TaggedEvent, providers::bloonio::Event};
///
/// async fn on_callback(TaggedEvent(event): TaggedEvent<Event>) {
///     match event {
///         Event::TicketCreated(ticket) => println!("{:?}", ticket.ticket_number),
///         Event::AgentAssigned(agent) => println!("{:?}", agent.operator_display_name),
///         _ => {}
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A conversation was opened.
    ConversationStarted(WebhookEvent),
    /// The visitor sent a message.
    MessageReceived(WebhookEvent),
    /// Escalation created a ticket.
    TicketCreated(WebhookEvent),
    /// A human agent took a ticket.
    TicketAssigned(WebhookEvent),
    /// A ticket was marked resolved.
    TicketResolved(WebhookEvent),
    /// The bot escalated to a human.
    EscalationTriggered(WebhookEvent),
    /// An operator took the conversation.
    AgentAssigned(AgentEvent),
    /// The operator returned the conversation to the queue.
    AgentReleased(AgentEvent),
    /// The operator marked the conversation resolved.
    AgentResolved(AgentEvent),
    /// An event that the documentation does not list. [`Verified::event`](crate::Verified::event) has its name.
    #[serde(rename = "*")]
    Other(Value),
}

/// The body of the six events that are no `agent_*` events, by the model of the vendor's package 0.2.0. No example of
/// one is published.
///
/// Which of the optional fields an event has is not published either.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct WebhookEvent {
    /// The event's name: `ticket_created`.
    pub event_type: String,
    /// The tenant: the header's, and the one whose secret signed.
    pub tenant_id: String,
    /// When it happened, in RFC 3339. When it was sent is [`Verified::signed_at`](crate::Verified::signed_at).
    pub occurred_at: String,
    /// The conversation.
    pub conversation_id: Option<String>,
    /// The message.
    pub message_id: Option<String>,
    /// The ticket.
    pub ticket_id: Option<String>,
    /// The ticket's number, as people see it.
    pub ticket_number: Option<String>,
    /// The escalation.
    pub escalation_id: Option<String>,
    /// Why the bot escalated.
    pub escalation_reason: Option<EscalationReason>,
    /// The visitor.
    pub visitor_user_id: Option<String>,
    /// The human agent.
    pub agent_user_id: Option<String>,
    /// What the relay adds, in no published form. `Null` where it is absent.
    #[serde(default)]
    pub extra: Value,
    /// Every field that has no place above.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// The body of the three `agent_*` events: the fields of the documentation, then those that only the model of the
/// vendor's package 0.2.0 has. A body has the one set or the other, or both; the tenant is in each.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct AgentEvent {
    /// The tenant: the header's, and the one whose secret signed.
    pub tenant_id: String,
    /// The conversation.
    pub conversation_id: Option<String>,
    /// What has become of the conversation. Where there is no `event_type`, it fits the path.
    pub status: Option<AgentStatus>,
    /// The operator.
    pub operator_id: Option<String>,
    /// The operator's name. With `agent_assigned` only.
    pub operator_display_name: Option<String>,
    /// The visitor's session: `vs_` and base64url.
    pub visitor_session_id: Option<String>,
    /// Why the bot escalated.
    pub escalation_reason: Option<EscalationReason>,
    /// A count that the documentation prints, and does not explain.
    pub claim_count: Option<u64>,
    /// When an operator took it, in RFC 3339.
    pub claimed_at: Option<String>,
    /// When the operator returned it, in RFC 3339.
    pub released_at: Option<String>,
    /// When the operator resolved it, in RFC 3339.
    pub resolved_at: Option<String>,
    /// The event's name: `agent_assigned`.
    pub event_type: Option<String>,
    /// When it happened, in RFC 3339.
    pub occurred_at: Option<String>,
    /// The message.
    pub message_id: Option<String>,
    /// The ticket.
    pub ticket_id: Option<String>,
    /// The ticket's number, as people see it.
    pub ticket_number: Option<String>,
    /// The escalation.
    pub escalation_id: Option<String>,
    /// The visitor.
    pub visitor_user_id: Option<String>,
    /// The human agent.
    pub agent_user_id: Option<String>,
    /// What the relay adds, in no published form. `Null` where it is absent.
    #[serde(default)]
    pub extra: Value,
    /// Every field that has no place above.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// Why the bot escalated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum EscalationReason {
    /// `low_confidence`
    LowConfidence,
    /// `restricted_topic`
    RestrictedTopic,
    /// `user_requested` in the documentation, `user_request` in the vendor's package: either is read.
    UserRequested,
    /// `direct`
    Direct,
    /// Another one, as it is written.
    Other(String),
}

impl From<String> for EscalationReason {
    fn from(text: String) -> Self {
        match &*text {
            "low_confidence" => Self::LowConfidence,
            "restricted_topic" => Self::RestrictedTopic,
            "user_requested" | "user_request" => Self::UserRequested,
            "direct" => Self::Direct,
            _ => Self::Other(text),
        }
    }
}

/// What has become of a conversation that went to the operators.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum AgentStatus {
    /// `ASSIGNED`: an operator has it. The status of `agent_assigned`.
    Assigned,
    /// `WAITING`: it is in the queue. The status of `agent_released`.
    Waiting,
    /// `RESOLVED`: it is done. The status of `agent_resolved`.
    Resolved,
    /// Another one, as it is written.
    Other(String),
}

impl From<String> for AgentStatus {
    fn from(text: String) -> Self {
        match &*text {
            "ASSIGNED" => Self::Assigned,
            "WAITING" => Self::Waiting,
            "RESOLVED" => Self::Resolved,
            _ => Self::Other(text),
        }
    }
}
