//! The answers.
use super::{ChannelType, ResponseError, SigningSecret};
use crate::providers::{blooio::EventType, text_enum::text_enum};
use bytes::Bytes;
use http::{Response, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};

/// A webhook that was created, with its secret. The response's body contains the secret too: drop it.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct CreatedWebhook {
    /// The webhook's id, `wh_..`.
    pub id: String,
    /// Its endpoint.
    #[serde(default)]
    pub url: Option<String>,
    /// What it is subscribed to, as Blooio writes it. Each [parses](str::parse) to a
    /// [`SubscriptionToken`](crate::providers::blooio::SubscriptionToken), unless Blooio has invented a new one.
    #[serde(default)]
    pub event_types: Vec<String>,
    /// Whether it is in use.
    #[serde(default)]
    pub status: Option<WebhookStatus>,
    /// The one channel that it is for, if it is for one.
    #[serde(default)]
    pub channel_id: Option<String>,
    /// The one type of channel that it is for, if it is for one.
    #[serde(default)]
    pub channel_type: Option<ChannelType>,
    /// When it was created. The unit is not published.
    #[serde(default)]
    pub created_at: Option<i64>,
    /// Shown this once.
    pub signing_secret: SigningSecret,
}

/// A webhook's new secret. The response's body contains the secret too: drop it.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct RotatedSecret {
    /// The webhook's id, `wh_..`.
    pub id: String,
    /// Shown this once. The old one is void.
    pub signing_secret: SigningSecret,
}

/// A part of the list of a webhook's deliveries.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeliveryPage {
    /// The deliveries.
    pub data: Vec<DeliveryRecord>,
    /// Whether there are more.
    #[serde(default)]
    pub has_more: bool,
    /// Where the next page begins: for [`Page::cursor`](super::Page::cursor).
    #[serde(default)]
    pub next_cursor: Option<String>,
}

/// What Blooio notes of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct DeliveryRecord {
    /// The delivery's id, `wdel_..`: what a replay asks for.
    pub id: String,
    /// The webhook's id, `wh_..`.
    #[serde(default)]
    pub webhook_id: Option<String>,
    /// The event's id, `evt_..`: [`Verified::id`](crate::Verified::id) in the receiver.
    #[serde(default)]
    pub event_id: Option<String>,
    /// The event's name.
    #[serde(default)]
    pub event_type: Option<EventType>,
    /// What has become of it. The values are not published.
    #[serde(default)]
    pub status: Option<String>,
    /// How often it was tried.
    #[serde(default)]
    pub attempt_count: Option<u64>,
    /// The status that the endpoint answered with, if it answered.
    #[serde(default)]
    pub response_status: Option<u16>,
    /// When it was tried last. The unit is not published.
    #[serde(default)]
    pub last_attempt_at: Option<i64>,
    /// When it is tried next, if it is. The unit is not published.
    #[serde(default)]
    pub next_attempt_at: Option<i64>,
    /// When it came to be. The unit is not published.
    #[serde(default)]
    pub created_at: Option<i64>,
}

/// A delivery that is queued to be sent again, under an id of its own; its event keeps the one that it has.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct ReplayedDelivery {
    /// The new delivery's id, `wdel_..`.
    pub id: String,
    /// The id of the delivery that is sent again.
    #[serde(default)]
    pub replay_of: Option<String>,
    /// What has become of it. The values are not published.
    #[serde(default)]
    pub status: Option<String>,
}

text_enum! {
    /// Whether a webhook is in use.
    WebhookStatus {
        /// `active`
        Active = "active",
        /// `disabled`
        Disabled = "disabled",
    }
}

impl CreatedWebhook {
    /// Reads the answer to [`Requests::create_webhook`](super::Requests::create_webhook).
    ///
    /// # Errors
    /// If its status is not 201, or its body not as documented.
    pub fn from_response(response: &Response<Bytes>) -> Result<Self, ResponseError> {
        read(response, StatusCode::CREATED).map(|Item { data }| data)
    }
}

impl RotatedSecret {
    /// Reads the answer to [`Requests::rotate_secret`](super::Requests::rotate_secret).
    ///
    /// # Errors
    /// If its status is not 200, or its body not as documented.
    pub fn from_response(response: &Response<Bytes>) -> Result<Self, ResponseError> {
        read(response, StatusCode::OK).map(|Item { data }| data)
    }
}

impl DeliveryPage {
    /// Reads the answer to [`Requests::list_deliveries`](super::Requests::list_deliveries).
    ///
    /// # Errors
    /// If its status is not 200, or its body not as documented.
    pub fn from_response(response: &Response<Bytes>) -> Result<Self, ResponseError> {
        read(response, StatusCode::OK)
    }
}

impl ReplayedDelivery {
    /// Reads the answer to [`Requests::replay_delivery`](super::Requests::replay_delivery).
    ///
    /// # Errors
    /// If its status is not 201, or its body not as documented.
    pub fn from_response(response: &Response<Bytes>) -> Result<Self, ResponseError> {
        read(response, StatusCode::CREATED).map(|Item { data }| data)
    }
}

/// How the API wraps what is not a list.
#[derive(Deserialize)]
struct Item<T> {
    data: T,
}

fn read<T: DeserializeOwned>(response: &Response<Bytes>, documented: StatusCode) -> Result<T, ResponseError> {
    let status = response.status();
    if status != documented {
        return Err(ResponseError::of_status(status, response.body()));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(response.body());
    let parsed = serde_path_to_error::deserialize(&mut deserializer);
    let value = parsed.map_err(|error| ResponseError::Body { status, path: error.path().to_string() })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(_) => Err(ResponseError::Body { status, path: ".".to_owned() }),
    }
}
