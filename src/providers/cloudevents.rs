//! CloudEvents by webhook.
use super::registry::{Need, OptionError, Provider};
use crate::{
    scheme::{Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, forward},
    schemes::{
        Source, Token,
        handshake::{Answering, Handshake, Said},
    },
};
use bytes::Bytes;
use http::{
    HeaderName, Method,
    header::{ALLOW, AUTHORIZATION},
};
use std::{borrow::Cow, num::NonZeroU32, sync::LazyLock};

/// CloudEvents by *HTTP 1.1 Web Hooks for Event Delivery*, of any sender.
///
/// Follows [the specification](https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md), version 1.0.2.
///
/// - **Signed**: nothing. A token is presented, in `Authorization` behind `Bearer`, else in the query as `access_token`:
///   [`SharedToken`](crate::scheme::Proof::SharedToken). Paths and queries are logged: prefer the header.
/// - **Key**: the token.
/// - **Time**: none that would be signed.
/// - **Event, id**: `ce-type` and `ce-id`, else the body's `type` and `id` (structured mode). Neither is signed.
/// - **Replay**: nothing is remembered unless [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Handshake**: OPTIONS with `WebHook-Request-Origin`, answered with that as `WebHook-Allowed-Origin`, and with
///   `WebHook-Allowed-Rate`, if the origin is one of yours. It proves nothing. In a layer for CORS that stands outside it
///   ends as a preflight: put that inside, or elsewhere.
/// - **Answer**: 200 or 201 with a body, 201, 202 or 204 without one. 410 ends the subscription, 429 asks for a pause.
/// - **Pitfalls**: permission by callback (`WebHook-Request-Callback`) is not supported: no URL that is sent is visited.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::CloudEventsWebhook};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let events = CloudEventsWebhook::from("eventemitter.example.com");
/// let key = events.key("the token that was agreed on")?;
/// let layer = VerifySignatureLayer::new(events, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct CloudEventsWebhook {
    origins: Vec<Cow<'static, str>>,
    rate: Option<NonZeroU32>,
    recipe: Answering<Events>,
}

impl CloudEventsWebhook {
    /// From this origin: the DNS name by which the sending system asks.
    pub fn from(origin: impl Into<Cow<'static, str>>) -> Self {
        Self::of(vec![origin.into()], None)
    }

    /// From this origin, too.
    pub fn or_from(mut self, origin: impl Into<Cow<'static, str>>) -> Self {
        self.origins.push(origin.into());
        Self::of(self.origins, self.rate)
    }

    /// How many requests a sender may send, per minute, if not any number. It is only told, and not enforced.
    pub fn rate(self, per_minute: NonZeroU32) -> Self {
        Self::of(self.origins, Some(per_minute))
    }

    fn of(origins: Vec<Cow<'static, str>>, rate: Option<NonZeroU32>) -> Self {
        let recipe = Answering::new(Events, abuse_protection(origins.clone(), rate));
        Self { origins, rate, recipe }
    }
}

impl Scheme for CloudEventsWebhook {
    forward!(self => &self.recipe; all);
}

const REQUEST_ORIGIN: HeaderName = HeaderName::from_static("webhook-request-origin");
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");
const ALLOWED_RATE: HeaderName = HeaderName::from_static("webhook-allowed-rate");

/// The handshake by which a sender makes sure that it is welcome.
pub(super) fn abuse_protection(origins: Vec<Cow<'static, str>>, rate: Option<NonZeroU32>) -> Handshake {
    let rate = rate.map_or(Cow::Borrowed("*"), |rate| rate.to_string().into());
    Handshake::unverified(Method::OPTIONS)
        .when(Source::Header(REQUEST_ORIGIN), origins)
        .question(Source::Header(REQUEST_ORIGIN))
        .header(ALLOWED_ORIGIN, Said::question())
        .header(ALLOWED_RATE, Said::literal(rate))
        .header(ALLOW, Said::literal("POST, OPTIONS"))
}

/// The deliveries, without the handshake.
#[derive(Clone, Copy, Debug)]
struct Events;

const TYPE: HeaderName = HeaderName::from_static("ce-type");
const ID: HeaderName = HeaderName::from_static("ce-id");

static IN_HEADER: LazyLock<Token> = LazyLock::new(|| Token::bearer("cloudevents-webhook"));
static IN_QUERY: LazyLock<Token> = LazyLock::new(|| Token::query("cloudevents-webhook", "access_token"));

impl Scheme for Events {
    // What presents a token does so in `Authorization`.
    forward!(self => &*IN_HEADER; name, key, sign);

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if !head.headers().contains_key(AUTHORIZATION) && head.optional_query("access_token")?.is_some() {
            return IN_QUERY.plan(head, body);
        }
        IN_HEADER.plan(head, body)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [body_type, body_id] = proven.json_texts(["type", "id"])?;
        let mut delivery = Delivery::new();
        match proven.head().optional(&TYPE)? {
            Some(event) => {
                delivery = delivery.unsigned_event(event);
                if let Some(id) = proven.head().optional(&ID)? {
                    delivery = delivery.unsigned_id(id);
                }
            }
            // In structured mode the whole event is the body; in the other, the body is its data alone.
            None => {
                if let Some(event) = body_type {
                    delivery = delivery.unsigned_event(event);
                }
                if let Some(id) = body_id {
                    delivery = delivery.unsigned_id(id);
                }
            }
        }
        Ok(delivery.into())
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "cloudevents-webhook",
    "CloudEvents, webhooks",
    "https://github.com/cloudevents/spec/blob/main/cloudevents/http-webhook.md",
    |options| {
        let origins = options.demand("origins")?.split(',').map(|origin| origin.to_owned().into());
        let wrong = |_| OptionError::Wrong { name: "rate", expected: "a number of requests per minute" };
        let rate = options.get("rate").map(|rate| rate.parse().map_err(wrong)).transpose()?;
        Ok(Box::new(CloudEventsWebhook::of(origins.collect(), rate)))
    },
)
.recipe("token")
.signed("nothing: a token in the header or the query")
.handshake("OPTIONS with `WebHook-Request-Origin`, for the origins")
.needs(&[Need::Token, Need::Option("origins"), Need::Option("rate?")]);
