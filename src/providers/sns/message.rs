//! What SNS sends.
use super::NOTIFICATION;
use crate::{
    event::Object,
    scheme::{Delivery, Refusal, Text},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;

/// What of a body is signed, and by what. None of these keys may occur twice.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Message<'a> {
    #[serde(borrow, rename = "Type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) message: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) message_id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) subject: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "SubscribeURL")]
    pub(super) subscribe_url: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) timestamp: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) token: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) topic_arn: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) signature_version: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) signature: Cow<'a, str>,
    #[serde(borrow, rename = "SigningCertURL")]
    pub(super) certificate: Cow<'a, str>,
}

impl<'a> Message<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let Object(mut message): Object<Self> = serde_json::from_slice(body)
            .map_err(|error| Refusal::MalformedBody(format!("not a message of SNS's: {error}").into()))?;
        // What the type does not sign is not there.
        if *message.kind == *NOTIFICATION {
            (message.subscribe_url, message.token) = (None, None);
        } else if message.subscribe_url.is_some() && message.token.is_some() {
            message.subject = None;
        } else {
            return Err(Refusal::MalformedBody("a confirmation without `SubscribeURL` or `Token`".into()));
        }
        // Only `Message` may have lines: else their borders could be moved under the same signature.
        if message.lines().any(|(name, value)| name != "Message" && value.contains(char::is_control)) {
            return Err(Refusal::MalformedBody("a value of one line has control characters".into()));
        }
        Ok(message)
    }

    /// Names and values, in the order in which they are signed.
    fn lines(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let lines = [
            ("Message", Some(&*self.message)),
            ("MessageId", Some(&*self.message_id)),
            ("Subject", self.subject.as_deref()),
            ("SubscribeURL", self.subscribe_url.as_deref()),
            ("Timestamp", Some(&*self.timestamp)),
            ("Token", self.token.as_deref()),
            ("TopicArn", Some(&*self.topic_arn)),
            ("Type", Some(&*self.kind)),
        ];
        lines.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    pub(super) fn text(&self) -> Text {
        let mut text = Text::new();
        for (name, value) in self.lines() {
            for part in [name, "\n", value, "\n"] {
                text.push_read_from_body(part.as_bytes());
            }
        }
        text
    }

    /// What it says of itself. The payload is `Message`, or what a confirmation is made of.
    pub(super) fn into_delivery(self, body: &Bytes) -> Delivery {
        let payload = match (self.token, self.message) {
            (Some(token), _) => json!({ "TopicArn": self.topic_arn, "Token": token }).to_string().into(),
            (None, Cow::Borrowed(text)) => body.slice_ref(text.as_bytes()),
            (None, Cow::Owned(text)) => text.into(),
        };
        Delivery::new()
            .signed_event(&*self.kind)
            .signed_id(&*self.message_id)
            .signed_tenant(&*self.topic_arn)
            .payload(payload)
    }
}
