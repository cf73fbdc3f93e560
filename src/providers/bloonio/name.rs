//! The names of the nine events.
use std::{fmt, str::FromStr};

/// One of the nine events.
///
/// It is read in both of its documented spellings, that of the path and that of the body:
///
/// ```
/// use tower_webhook::providers::bloonio::EventName;
///
/// # fn main() -> Result<(), tower_webhook::providers::bloonio::UnknownEvent> {
/// assert_eq!("ticket-created".parse::<EventName>()?, EventName::TicketCreated);
/// assert_eq!("ticket_created".parse::<EventName>()?, EventName::TicketCreated);
/// assert_eq!(EventName::TicketCreated.as_str(), "ticket_created");
/// assert_eq!(EventName::TicketCreated.slug(), "ticket-created");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventName {
    /// A conversation was opened.
    ConversationStarted,
    /// The visitor sent a message.
    MessageReceived,
    /// Escalation created a ticket.
    TicketCreated,
    /// A human agent took a ticket.
    TicketAssigned,
    /// A ticket was marked resolved.
    TicketResolved,
    /// The bot escalated to a human.
    EscalationTriggered,
    /// An operator took the conversation.
    AgentAssigned,
    /// The operator returned the conversation to the queue.
    AgentReleased,
    /// The operator marked the conversation resolved.
    AgentResolved,
}

impl EventName {
    /// All nine, in the documentation's order.
    pub const ALL: [Self; 9] = [
        Self::ConversationStarted,
        Self::MessageReceived,
        Self::TicketCreated,
        Self::TicketAssigned,
        Self::TicketResolved,
        Self::EscalationTriggered,
        Self::AgentAssigned,
        Self::AgentReleased,
        Self::AgentResolved,
    ];

    /// As the body's `event_type` spells it: `ticket_created`. So does [`Verified::event`](crate::Verified::event).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ConversationStarted => "conversation_started",
            Self::MessageReceived => "message_received",
            Self::TicketCreated => "ticket_created",
            Self::TicketAssigned => "ticket_assigned",
            Self::TicketResolved => "ticket_resolved",
            Self::EscalationTriggered => "escalation_triggered",
            Self::AgentAssigned => "agent_assigned",
            Self::AgentReleased => "agent_released",
            Self::AgentResolved => "agent_resolved",
        }
    }

    /// As the path spells it: `ticket-created`.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::ConversationStarted => "conversation-started",
            Self::MessageReceived => "message-received",
            Self::TicketCreated => "ticket-created",
            Self::TicketAssigned => "ticket-assigned",
            Self::TicketResolved => "ticket-resolved",
            Self::EscalationTriggered => "escalation-triggered",
            Self::AgentAssigned => "agent-assigned",
            Self::AgentReleased => "agent-released",
            Self::AgentResolved => "agent-resolved",
        }
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EventName {
    type Err = UnknownEvent;

    fn from_str(name: &str) -> Result<Self, UnknownEvent> {
        let known = Self::ALL.into_iter().find(|known| name == known.as_str() || name == known.slug());
        known.ok_or_else(|| UnknownEvent { name: name.into() })
    }
}

impl TryFrom<&str> for EventName {
    type Error = UnknownEvent;

    fn try_from(name: &str) -> Result<Self, UnknownEvent> {
        name.parse()
    }
}

/// A name that is none of the nine events'. As text, it lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEvent {
    name: Box<str>,
}

impl UnknownEvent {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for UnknownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = EventName::ALL.map(EventName::slug).join(", ");
        write!(f, "`{}` is no event of Bloonio's chat relay, which are: {known}", self.name)
    }
}

impl std::error::Error for UnknownEvent {}
