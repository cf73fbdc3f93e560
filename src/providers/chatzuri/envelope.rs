//! What stands around every event, in both generations.
use serde::de::{Deserialize, Deserializer, Error};
use serde_json::{Map, Value};

/// The keys of both envelopes, the two that name the event first. Each decides something, so none may occur twice.
pub(super) const KEYS: [&str; 9] =
    ["eventType", "event", "channel", "agentId", "chatbotId", "agent_id", "payload", "data", "timestamp"];

/// What every event says, and its data.
///
/// Both generations become the same: what the reference calls `agentId` (an older edition, `chatbotId`) and the guide
/// `agent_id` is [`agent_id`](Self::agent_id); `payload` and `data` are [`data`](Self::data), which is a
/// [`Lead`](super::Lead), a [`Message`](super::Message) or a [`Value`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Envelope<T> {
    /// The agent.
    pub agent_id: String,
    /// Which page describes the body.
    pub generation: Generation,
    /// When it happened, in RFC 3339; only the guide's bodies say so.
    pub timestamp: Option<String>,
    /// What is particular to the event.
    pub data: T,
    /// What neither page names, and what is not of the type that they print.
    pub other: Map<String, Value>,
}

/// Which of Chatzuri's two pages describes a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Generation {
    /// The API reference: the event is `eventType`.
    Reference,
    /// The guide: the event is `event`.
    Guide,
}

/// The data of an event.
pub(super) trait Data: Sized {
    /// Reads it; `envelope` is what else the body says.
    fn read(data: Value, generation: Generation, envelope: &mut Map<String, Value>) -> Result<Self, String>;
}

/// Data whose schema is not published.
impl Data for Value {
    fn read(data: Value, _: Generation, _: &mut Map<String, Value>) -> Result<Self, String> {
        Ok(data)
    }
}

impl<'de, T: Data> Deserialize<'de> for Envelope<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).and_then(|body| read(body).map_err(D::Error::custom))
    }
}

/// Takes out of `body` what is known, and keeps the rest.
fn read<T: Data>(mut body: Map<String, Value>) -> Result<Envelope<T>, String> {
    // The event's name is the variant already; which key held it tells the page.
    let named_by_reference = take_text(&mut body, &["eventType"]).is_some();
    take_text(&mut body, &["event"]);
    let generation = if named_by_reference { Generation::Reference } else { Generation::Guide };
    let agent_id = take_text(&mut body, &["agentId", "chatbotId", "agent_id"]);
    let data = take(&mut body, &["payload", "data"]).unwrap_or_default();
    Ok(Envelope {
        agent_id: agent_id.ok_or("the body names no agent")?,
        generation,
        timestamp: take_text(&mut body, &["timestamp"]),
        data: T::read(data, generation, &mut body)?,
        other: body,
    })
}

/// Takes the first of `keys` that is there.
fn take(object: &mut Map<String, Value>, keys: &[&str]) -> Option<Value> {
    keys.iter().find_map(|key| object.remove(*key))
}

/// Takes the first of `keys` that is a text. What is none stays, so that nothing is lost.
pub(super) fn take_text(object: &mut Map<String, Value>, keys: &[&str]) -> Option<String> {
    let key = keys.iter().find(|key| object.get(**key).is_some_and(Value::is_string))?;
    match object.remove(*key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}
