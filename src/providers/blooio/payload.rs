//! What Blooio's deliveries carry, in both generations.
use super::EventType;
use crate::{
    providers::{text_enum::text_enum, unix},
    time::Timestamp,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value};

/// What a delivery carries: v4's envelope, or v2's flat object. The envelope is told by its `type`.
///
/// ```
/// use tower_webhook::providers::blooio::Payload;
///
/// # fn main() -> Result<(), serde_json::Error> {
/// let payload: Payload = serde_json::from_str(r#"{"event":"message.sent","message_id":"msg_1"}"#)?;
/// assert!(matches!(payload, Payload::V2(flat) if flat.message_id.as_deref() == Some("msg_1")));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Payload<D = Value> {
    /// v4.
    V4(Envelope<D>),
    /// v2.
    V2(Box<FlatPayload>),
}

impl<'de, D: DeserializeOwned> Deserialize<'de> for Payload<D> {
    fn deserialize<De: Deserializer<'de>>(deserializer: De) -> Result<Self, De::Error> {
        let members: Map<String, Value> = Map::deserialize(deserializer)?;
        match members.get("type") {
            Some(Value::String(_)) => read(members).map(Self::V4),
            _ => read(members).map(|flat| Self::V2(Box::new(flat))),
        }
    }
}

/// The outer deserializer no longer sees the members, so that their path goes into the error's text.
fn read<T: DeserializeOwned, E: serde::de::Error>(members: Map<String, Value>) -> Result<T, E> {
    serde_path_to_error::deserialize(Value::Object(members)).map_err(E::custom)
}

/// The envelope of v4, with `D` for what the event itself carries.
///
/// Published are the envelope's fields, and not the schemas of `data`. `api_version` is not on the published pages:
/// newer deliveries have it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Envelope<D = Value> {
    /// The event's id, `evt_..`: the same in all retries, and in replays by way of the API.
    pub id: String,
    /// The event's name.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// When the event occurred; in milliseconds on the wire.
    #[serde(deserialize_with = "unix::milliseconds")]
    pub created_at: Timestamp,
    /// Whose event it is, `org_..`.
    pub organization_id: String,
    /// The version of the payload, a date.
    #[serde(default)]
    pub api_version: Option<String>,
    /// What the event carries.
    pub data: D,
    /// The fields that are not published.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// The flat object of v2, as [its OpenAPI export](https://api.blooio.com/v2/api/openapi.json) has it
/// (`WebhookEventPayload`), where no field is marked as required.
///
/// The oldest page has a `device_id` too; like all that the export does not have, it is in `rest`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct FlatPayload {
    /// The event's name.
    pub event: EventType,
    /// The message's id: the same in each of its events.
    #[serde(default)]
    pub message_id: Option<String>,
    /// The other side: a phone number, a mail address, or a group's id.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The phone number that sent or received the message.
    #[serde(default)]
    pub internal_id: Option<String>,
    /// What has become of the message.
    #[serde(default)]
    pub status: Option<MessageStatus>,
    /// What carried the message.
    #[serde(default)]
    pub protocol: Option<Protocol>,
    /// When the event occurred; in milliseconds on the wire.
    #[serde(default, deserialize_with = "some_milliseconds")]
    pub timestamp: Option<Timestamp>,
    /// Whether it is a group's message.
    #[serde(default)]
    pub is_group: Option<bool>,
    /// The message's text.
    #[serde(default)]
    pub text: Option<String>,
    /// The message's attachments.
    #[serde(default)]
    pub attachments: Option<Vec<Attachment>>,
    /// Who sent an inbound message.
    #[serde(default)]
    pub sender: Option<String>,
    /// With `message.sent`. The unit is not published.
    #[serde(default)]
    pub sent_at: Option<i64>,
    /// With `message.delivered`. The unit is not published.
    #[serde(default)]
    pub delivered_at: Option<i64>,
    /// With `message.read`. The unit is not published.
    #[serde(default)]
    pub read_at: Option<i64>,
    /// With `message.received`; on the documentation's page and not in the export. The unit is not published.
    #[serde(default)]
    pub received_at: Option<i64>,
    /// With `message.failed`.
    #[serde(default)]
    pub error_code: Option<String>,
    /// With `message.failed`.
    #[serde(default)]
    pub error_message: Option<String>,
    /// The group's id, in a group.
    #[serde(default)]
    pub group_id: Option<String>,
    /// The group's name, in a group.
    #[serde(default)]
    pub group_name: Option<String>,
    /// Who is in the group, in a group.
    #[serde(default)]
    pub participants: Option<Vec<Participant>>,
    /// The fields that are not published.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

fn some_milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_unix_millis))
}

/// An attachment, in v2.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Attachment {
    /// Where it can be fetched.
    #[serde(default)]
    pub url: Option<String>,
    /// Its file's name.
    #[serde(default)]
    pub name: Option<String>,
}

/// A member of a group, in v2.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Participant {
    /// The contact's id.
    #[serde(default)]
    pub contact_id: Option<String>,
    /// A phone number or mail address.
    #[serde(default)]
    pub identifier: Option<String>,
    /// The contact's name.
    #[serde(default)]
    pub name: Option<String>,
}

text_enum! {
    /// What has become of a message, in v2.
    MessageStatus {
        /// `queued`: accepted, and not handed on.
        Queued = "queued",
        /// `pending`: accepted, and not handed on.
        Pending = "pending",
        /// `sent`: handed to Apple or the carrier.
        Sent = "sent",
        /// `delivered`: with a delivery receipt.
        Delivered = "delivered",
        /// `failed`: see `error_code` and `error_message`.
        Failed = "failed",
        /// `read`: with a read receipt.
        Read = "read",
        /// `received`: an inbound message.
        Received = "received",
    }
}

text_enum! {
    /// What carried a message, in v2.
    Protocol {
        /// `pending`: not known yet.
        Pending = "pending",
        /// `unknown`: it could not be found out.
        Unknown = "unknown",
        /// `imessage`
        IMessage = "imessage",
        /// `sms`: SMS or MMS.
        Sms = "sms",
        /// `rcs`
        Rcs = "rcs",
        /// `non-imessage`: in an older version of the schema.
        NonIMessage = "non-imessage",
    }
}
