//! Chatzuri's events.
use super::{Envelope, Lead, Message};
use serde::Deserialize;
use serde_json::Value;

/// An event, in a body of either generation; for [`TaggedEvent`](crate::TaggedEvent) and
/// [`Verified::parse_tagged`](crate::Verified::parse_tagged).
///
/// Data whose schema neither page prints is a JSON value. The [module](super) has an example.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub enum Event {
    /// `lead.submit`: a customer has left name, mail address or phone number. On both pages.
    #[serde(rename = "lead.submit")]
    LeadSubmit(Envelope<Lead>),
    /// `message.received`: a customer has written. On both pages; the reference alone prints what.
    #[serde(rename = "message.received")]
    MessageReceived(Envelope<Message>),
    /// `message.sent`: the agent has answered.
    #[serde(rename = "message.sent")]
    MessageSent(Envelope<Value>),
    /// `conversation.started`.
    #[serde(rename = "conversation.started")]
    ConversationStarted(Envelope<Value>),
    /// `conversation.ended`.
    #[serde(rename = "conversation.ended")]
    ConversationEnded(Envelope<Value>),
    /// `feedback.submitted`: a customer has rated an answer.
    #[serde(rename = "feedback.submitted")]
    FeedbackSubmitted(Envelope<Value>),
    /// `escalation.triggered`: an escalation action has fired.
    #[serde(rename = "escalation.triggered")]
    EscalationTriggered(Envelope<Value>),
    /// An event that neither page lists: the whole body. [`Verified::event`](crate::Verified::event) has its name.
    #[serde(rename = "*")]
    Other(Value),
}
