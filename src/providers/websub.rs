//! WebSub hubs: YouTube's, and others.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{
        CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme, Text, forward,
    },
    schemes::{
        Source,
        handshake::{Answering, Handshake, Said},
    },
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use std::borrow::Cow;

/// What WebSub hubs (formerly PubSubHubbub) send to subscribers: Google's for YouTube, and others.
///
/// Follows [WebSub](https://www.w3.org/TR/websub/) and [YouTube's push
/// notifications](https://developers.google.com/youtube/v3/guides/push_notifications).
///
/// - **Signed**: the body, by HMAC; in `X-Hub-Signature`, as `{method}={hex}`. The methods are `sha1`, which Google's hub
///   uses, `sha256` and `sha512`; `sha384` is not supported. A content without a signature is refused.
/// - **Secret**: the `hub.secret` of the subscription, as it is. Without one nothing is signed: set it.
/// - **Time, event, id**: none.
/// - **Payload**: what the topic is, for YouTube an Atom feed, which this crate does not parse:
///   [`Verified::payload`](crate::Verified::payload).
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Handshake**: GET with `hub.mode=subscribe`, `hub.topic` and a `hub.challenge`, which is sent back in plain text if
///   the topic is one of yours. It is not answered for `unsubscribe`, unless you ask for
///   [that](Self::confirm_unsubscribing): anybody can tell a hub to end your subscription.
/// - **Answer**: any 2xx, soon; hubs differ in when they retry. A wrong signature is answered 401 here. The specification
///   lets subscribers answer that with 2xx.
/// - **Pitfalls**: anybody can subscribe your URL to your topic with a secret of their own, and the hub then signs with
///   that: let the URL have a part that cannot be guessed. Subscriptions end, and are to be renewed.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::WebSub};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let websub = WebSub::topic("https://www.youtube.com/xml/feeds/videos.xml?channel_id=UC_x5XG1OV2P6uZZ5FSM9Ttw");
/// let key = websub.key("the hub.secret of the subscription")?;
/// let layer = VerifySignatureLayer::new(websub, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WebSub {
    topics: Vec<Cow<'static, str>>,
    modes: &'static [&'static str],
    recipe: Answering<Content>,
}

impl WebSub {
    /// What a hub sends of this topic: its URL, exactly as it is subscribed to.
    pub fn topic(url: impl Into<Cow<'static, str>>) -> Self {
        Self::of(vec![url.into()], &["subscribe"])
    }

    /// What a hub sends of this topic, too.
    pub fn and_topic(mut self, url: impl Into<Cow<'static, str>>) -> Self {
        self.topics.push(url.into());
        Self::of(self.topics, self.modes)
    }

    /// Answers the hub's question whether a subscription shall end, too: while you end one.
    pub fn confirm_unsubscribing(self) -> Self {
        Self::of(self.topics, &["subscribe", "unsubscribe"])
    }

    fn of(topics: Vec<Cow<'static, str>>, modes: &'static [&'static str]) -> Self {
        let intent = Handshake::unverified(Method::GET)
            .when(Source::Query("hub.mode"), modes.iter().copied())
            .when(Source::Query("hub.topic"), topics.clone())
            .question(Source::Query("hub.challenge"))
            .text(Said::question());
        Self { topics, modes, recipe: Answering::new(Content, intent) }
    }
}

impl Scheme for WebSub {
    forward!(self => &self.recipe; all);
}

/// The deliveries, without the handshake.
#[derive(Clone, Copy, Debug)]
struct Content;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");

const METHODS: [(&str, Algorithm); 3] =
    [("sha256", Algorithm::HmacSha256), ("sha1", Algorithm::HmacSha1), ("sha512", Algorithm::HmacSha512)];

impl Scheme for Content {
    fn name(&self) -> &str {
        "youtube-websub"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let [first, second, third] = METHODS.map(|(_, algorithm)| Secret::text().key(algorithm, text));
        Ok(first?.and(second?).and(third?))
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (method, signature) =
            head.one(&SIGNATURE)?.split_once('=').ok_or(Refusal::MalformedHeader(SIGNATURE))?;
        let (_, algorithm) =
            METHODS.iter().find(|(name, _)| *name == method).ok_or(Refusal::UnsupportedAlgorithm)?;
        Ok(Check::new(Text::new().body()).signature(*algorithm, Encoding::Hex, signature)?.into())
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().format(Format::Other).into())
    }

    /// By `sha256`.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        let signature = key.sign(Algorithm::HmacSha256, &Text::new().body(), request.body())?;
        let value = HeaderValue::try_from(format!("sha256={}", Encoding::Hex.encode(&signature)));
        let value = value.map_err(|_| CannotSign::new("the signature does not fit into a header"))?;
        request.headers_mut().insert(SIGNATURE, value);
        Ok(())
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "youtube-websub",
    "YouTube and other WebSub hubs",
    "https://www.w3.org/TR/websub/",
    |options| {
        let topics = options
            .binding(&["topics"])?
            .unwrap_or_default()
            .split_whitespace()
            .map(|url| url.to_owned().into());
        let websub = WebSub::of(topics.collect(), &["subscribe"]);
        Ok(Box::new(if options.is_set("unsubscribe")? { websub.confirm_unsubscribing() } else { websub }))
    },
)
.recipe("HMAC-SHA1, HMAC-SHA256 or HMAC-SHA512")
.handshake("GET with `hub.challenge`, for the topics")
.needs(&[Need::Secret, Need::Option("topics"), Need::Option("unsubscribe?")]);
