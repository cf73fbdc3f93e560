//! A webhook to be created.
use super::{ChannelType, RequestError};
use crate::providers::blooio::SubscriptionToken;
use http::Uri;
use serde::Serialize;

/// A webhook to be created: an HTTPS endpoint, and what it is to be told.
///
/// ```
/// use tower_webhook::providers::blooio::management::{NewWebhook, RequestError};
///
/// assert!(NewWebhook::new("https://example.com/webhooks/blooio").is_ok());
/// assert_eq!(NewWebhook::new("http://example.com/webhooks/blooio").unwrap_err(), RequestError::UrlNotHttps);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[must_use]
pub struct NewWebhook {
    url: String,
    event_types: Vec<SubscriptionToken>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_type: Option<ChannelType>,
}

impl NewWebhook {
    /// For every event (`["*"]`, the documented default) of every channel.
    ///
    /// # Errors
    /// If the URL is not one of HTTPS with a host, or has a fragment, which would never be sent.
    pub fn new(url: impl Into<String>) -> Result<Self, RequestError> {
        let url = url.into();
        check_https(&url)?;
        Ok(Self {
            url,
            event_types: vec![SubscriptionToken::default()],
            channel_id: None,
            channel_type: None,
        })
    }

    /// For these events only.
    ///
    /// # Errors
    /// If there is none: what Blooio would make of that is not documented.
    pub fn event_types(
        mut self,
        tokens: impl IntoIterator<Item = SubscriptionToken>,
    ) -> Result<Self, RequestError> {
        self.event_types = tokens.into_iter().collect();
        if self.event_types.is_empty() {
            return Err(RequestError::NoEventTypes);
        }
        Ok(self)
    }

    /// For this channel only, `ch_..`.
    pub fn channel_id(mut self, id: impl Into<String>) -> Self {
        self.channel_id = Some(id.into());
        self
    }

    /// For channels of this type only.
    pub fn channel_type(mut self, channel_type: ChannelType) -> Self {
        self.channel_type = Some(channel_type);
        self
    }
}

fn check_https(url: &str) -> Result<(), RequestError> {
    const SCHEME: &str = "https://";
    if !url.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME)) {
        return Err(RequestError::UrlNotHttps);
    }
    let uri: Uri = url.parse().map_err(|_| RequestError::MalformedUrl)?;
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    if has_host && !url.contains('#') { Ok(()) } else { Err(RequestError::MalformedUrl) }
}
