//! Messages, by the channel that they came on.
use super::{
    Generation,
    envelope::{Data, take_text},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// What a customer has written, by the channel: the data of `message.received`.
///
/// All six channels have a text and a conversation; [`text`](Self::text), [`conversation_id`](Self::conversation_id)
/// and [`channel`](Self::channel) read them whichever it is.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Message {
    /// `whatsapp`.
    WhatsApp(WhatsAppMessage),
    /// `telegram`.
    Telegram(TelegramMessage),
    /// `facebook`.
    Facebook(FacebookMessage),
    /// `instagram`.
    Instagram(InstagramMessage),
    /// `email`.
    Email(EmailMessage),
    /// `web`: the chat widget of a website.
    Web(WebMessage),
    /// A channel that the reference does not list; or a body of the guide's, which prints no schema of messages.
    Other {
        /// The channel, where the envelope names one.
        channel: Option<String>,
        /// The data, as it is.
        payload: Value,
    },
}

impl Message {
    /// The channel's name, as the envelope writes it.
    #[must_use]
    pub fn channel(&self) -> Option<&str> {
        match self {
            Self::WhatsApp(_) => Some("whatsapp"),
            Self::Telegram(_) => Some("telegram"),
            Self::Facebook(_) => Some("facebook"),
            Self::Instagram(_) => Some("instagram"),
            Self::Email(_) => Some("email"),
            Self::Web(_) => Some("web"),
            Self::Other { channel, .. } => channel.as_deref(),
        }
    }

    /// What was written, where the channel is known.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::WhatsApp(WhatsAppMessage { message, .. })
            | Self::Telegram(TelegramMessage { message, .. })
            | Self::Facebook(FacebookMessage { message, .. })
            | Self::Instagram(InstagramMessage { message, .. })
            | Self::Email(EmailMessage { message, .. })
            | Self::Web(WebMessage { message, .. }) => Some(message),
            Self::Other { .. } => None,
        }
    }

    /// The conversation that it belongs to, where the channel is known.
    #[must_use]
    pub fn conversation_id(&self) -> Option<&str> {
        match self {
            Self::WhatsApp(WhatsAppMessage { conversation_id, .. })
            | Self::Telegram(TelegramMessage { conversation_id, .. })
            | Self::Facebook(FacebookMessage { conversation_id, .. })
            | Self::Instagram(InstagramMessage { conversation_id, .. })
            | Self::Email(EmailMessage { conversation_id, .. })
            | Self::Web(WebMessage { conversation_id, .. }) => Some(conversation_id),
            Self::Other { .. } => None,
        }
    }
}

impl Data for Message {
    fn read(
        payload: Value,
        generation: Generation,
        envelope: &mut Map<String, Value>,
    ) -> Result<Self, String> {
        let channel = take_text(envelope, &["channel"]);
        if generation == Generation::Guide {
            return Ok(Self::Other { channel, payload });
        }
        Ok(match channel.as_deref() {
            Some("whatsapp") => Self::WhatsApp(typed(payload)?),
            Some("telegram") => Self::Telegram(typed(payload)?),
            Some("facebook") => Self::Facebook(typed(payload)?),
            Some("instagram") => Self::Instagram(typed(payload)?),
            Some("email") => Self::Email(typed(payload)?),
            Some("web") => Self::Web(typed(payload)?),
            _ => Self::Other { channel, payload },
        })
    }
}

fn typed<T: DeserializeOwned>(payload: Value) -> Result<T, String> {
    serde_path_to_error::deserialize(payload).map_err(|error| format!("in `payload`: {error}"))
}

/// A message on WhatsApp.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WhatsAppMessage {
    /// The sender's phone number.
    pub from: String,
    /// What was written.
    pub message: String,
    /// The conversation.
    pub conversation_id: String,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A message on Telegram.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TelegramMessage {
    /// The chat. Telegram's groups have negative ids.
    pub chat_id: i64,
    /// The sender's name on Telegram, where not everybody has one.
    pub username: Option<String>,
    /// What was written.
    pub message: String,
    /// The conversation.
    pub conversation_id: String,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A message to a page on Facebook.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FacebookMessage {
    /// The sender.
    pub sender_id: String,
    /// The page.
    pub page_id: String,
    /// What was written.
    pub message: String,
    /// The conversation.
    pub conversation_id: String,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A direct message on Instagram.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct InstagramMessage {
    /// The sender.
    pub sender_id: String,
    /// What was written.
    pub message: String,
    /// The conversation.
    pub conversation_id: String,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A mail to the agent's inbox.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EmailMessage {
    /// The sender's mail address.
    pub from: String,
    /// The subject; not every mail has one.
    pub subject: Option<String>,
    /// What was written.
    pub message: String,
    /// The conversation.
    pub conversation_id: String,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A message in the chat widget of a website.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct WebMessage {
    /// The visitor's session.
    pub session_id: String,
    /// What was written.
    pub message: String,
    /// The conversation.
    pub conversation_id: String,
    /// The page that it was written on; a visitor's browser may hide it.
    pub page_url: Option<String>,
    /// What the page does not name.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}
