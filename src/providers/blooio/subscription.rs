//! What a webhook of Blooio's can be subscribed to.
use super::EventType;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};

/// One entry of a webhook's `event_types`.
///
/// Follows [Create a webhook](https://docs.blooio.com/reference/v4/webhooks/createWebhook). Whoever names none gets
/// [`Everything`](Self::Everything). There are reports that filtering has been retired and every webhook gets every
/// event: a handler must not rely on getting only what it asked for.
///
/// ```
/// use tower_webhook::providers::blooio::SubscriptionToken;
///
/// # fn main() -> Result<(), tower_webhook::providers::blooio::UnknownToken> {
/// let token: SubscriptionToken = "message.*".parse()?;
/// assert!(token.matches("message.delivered"));
/// assert!(!token.matches("poll.voted"));
/// assert!("contact.*".parse::<SubscriptionToken>().is_err(), "not among the documented wildcards");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SubscriptionToken {
    /// `*`: every event.
    #[default]
    Everything,
    /// `message.*`: every event of a category.
    Category(Category),
    /// `message.delivered`: one event, published or not.
    Exact(EventType),
    /// `all`, `message` or `status`: one of v2's buckets, which Blooio expands.
    Bucket(Bucket),
}

/// A category of events that has a wildcard. `contact.*` is not documented, so that `contact.shared` can only be
/// named exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Category {
    /// `message.*`
    Message,
    /// `poll.*`
    Poll,
    /// `group.*`
    Group,
    /// `typing.*`
    Typing,
}

/// One of v2's buckets.
///
/// Which of v4's events they contain is not documented, only that they are "expanded server-side for parity". What
/// [`matches`](SubscriptionToken::matches) says is what they contained in v2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bucket {
    /// `all`: every event.
    All,
    /// `message`: messages received, sent, delivered, failed and read.
    Message,
    /// `status`: messages sent, delivered, failed and read.
    Status,
}

impl SubscriptionToken {
    /// Whether it asks for events of this name.
    #[must_use]
    pub fn matches(&self, event_type: &str) -> bool {
        match self {
            Self::Everything | Self::Bucket(Bucket::All) => true,
            Self::Category(category) => matches!(
                event_type.split_once('.'),
                Some((name, rest)) if name == category.as_str() && !rest.is_empty()
            ),
            Self::Exact(exact) => exact.as_str() == event_type,
            Self::Bucket(bucket) => {
                let inbound = *bucket == Bucket::Message && event_type == "message.received";
                let outbound = ["message.sent", "message.delivered", "message.failed", "message.read"];
                inbound || outbound.contains(&event_type)
            }
        }
    }
}

impl Category {
    fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Poll => "poll",
            Self::Group => "group",
            Self::Typing => "typing",
        }
    }
}

impl Bucket {
    fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Message => "message",
            Self::Status => "status",
        }
    }
}

impl fmt::Display for SubscriptionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("*"),
            Self::Category(category) => write!(f, "{}.*", category.as_str()),
            Self::Exact(event_type) => f.write_str(event_type.as_str()),
            Self::Bucket(bucket) => f.write_str(bucket.as_str()),
        }
    }
}

impl FromStr for SubscriptionToken {
    type Err = UnknownToken;

    fn from_str(text: &str) -> Result<Self, UnknownToken> {
        Ok(match text {
            "*" => Self::Everything,
            "message.*" => Self::Category(Category::Message),
            "poll.*" => Self::Category(Category::Poll),
            "group.*" => Self::Category(Category::Group),
            "typing.*" => Self::Category(Category::Typing),
            "all" => Self::Bucket(Bucket::All),
            "message" => Self::Bucket(Bucket::Message),
            "status" => Self::Bucket(Bucket::Status),
            exact if is_event_type(exact) => Self::Exact(EventType::from(exact)),
            other => return Err(UnknownToken { text: other.into() }),
        })
    }
}

/// Whether it has the form of an event's name: words with dots between them.
fn is_event_type(text: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    text.contains('.') && text.split('.').all(is_word)
}

impl Serialize for SubscriptionToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubscriptionToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A text that is neither a documented token nor the name of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownToken {
    text: Box<str>,
}

impl UnknownToken {
    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for UnknownToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is no subscription token: they are an event's name, `message.*`, `poll.*`, `group.*`, `typing.*`, \
             `*`, and the older `all`, `message` and `status`",
            self.text
        )
    }
}

impl std::error::Error for UnknownToken {}
