//! The scheme of bitHuman's account webhooks.
use super::{ANSWERS, SIGNATURE};
use crate::{
    event::json_texts,
    key::{Secret, SigningKey},
    providers::registry::Provider,
    scheme::{Answers, CannotSign, Delivery, Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Field, Part, Signed},
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use std::{sync::LazyLock, time::Duration};

/// bitHuman's account webhooks, registered with `/v1/webhooks`: agents and videos that are finished, typed by
/// [`AccountEvent`](super::AccountEvent).
///
/// Follows [Webhooks](https://docs.bithuman.ai/api/webhooks).
///
/// - **Signed**: `{timestamp}.{body}` by HMAC-SHA256; the time in `X-BitHuman-Timestamp` as Unix seconds, the signature
///   in `X-BitHuman-Signature`, hexadecimal behind `sha256=`. The page's sample also takes one without the prefix; here
///   it is demanded, as the text describes it.
/// - **Not signed**: `X-BitHuman-Event` and `X-BitHuman-Delivery`. Event and id are the signed body's `event` and `id`;
///   a header that says something else is refused, and one that is missing is not missed.
/// - **Secret**: the text that begins with `whsec_`, whole, and not decoded.
/// - **Time**: 300 seconds, past and future, as in the page's sample.
/// - **Replay**: known by the body's `id`.
/// - **Answer**: any 2xx. The page prints no body, so it is the session page's: `{"status":"ok"}`, and 401 with
///   `{"error":"Invalid signature"}` for whatever is refused.
/// - **Time to answer**: 10 seconds. There are three attempts: at once, after 2 seconds, and after 5 more. The
///   replay memory's lease is 5 seconds, so that the last attempt finds it ended if the process that held it has died.
/// - **Session webhooks** are another scheme, on another route, with another secret: see [the
///   module](super#two-routes-two-secrets).
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::BitHumanAccount};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = BitHumanAccount.key("whsec_of_the_registration")?;
/// let layer = VerifySignatureLayer::new(BitHumanAccount, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BitHumanAccount;

const TIMESTAMP: HeaderName = HeaderName::from_static("x-bithuman-timestamp");
const EVENT: HeaderName = HeaderName::from_static("x-bithuman-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-bithuman-delivery");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("bithuman-account", Field::header(SIGNATURE).prefix("sha256="))
        .secret(Secret::text().prefix("whsec_"))
        .text([Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds), Part::literal("."), Part::Body])
});

impl Scheme for BitHumanAccount {
    forward!(self => &*RECIPE; name, key, plan);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [id, event] = proven.json_texts(["id", "event"])?;
        let mut delivery = Delivery::new();
        let head_event = proven.head().optional(&EVENT)?;
        if let Some(event) = event {
            if head_event.is_some_and(|other| other != event) {
                return Err(Refusal::EventMismatch);
            }
            delivery = delivery.signed_event(event);
        }
        let head_id = proven.head().optional(&DELIVERY)?;
        if let Some(id) = id {
            if head_id.is_some_and(|other| other != id) {
                return Err(Refusal::IdMismatch);
            }
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    /// Sets the four headers: time and signature, and event and delivery as the body names them.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let twice = |_| CannotSign::new("the body says its `id` or `event` twice");
        let [id, event] = json_texts(request.body(), ["id", "event"]).map_err(twice)?;
        let value = |text: &str| HeaderValue::try_from(text);
        let values = [(EVENT, event.as_deref().map(value)), (DELIVERY, id.as_deref().map(value))];
        for (name, value) in values {
            if let Some(value) = value {
                let unfit = |_| CannotSign::new("the body's `id` or `event` does not fit into a header");
                request.headers_mut().insert(name, value.map_err(unfit)?);
            }
        }
        RECIPE.sign(request, key, now)
    }

    fn answers(&self) -> Answers {
        ANSWERS
    }

    /// The last attempt comes 7 seconds after a first one that fails at once.
    fn lease(&self) -> Duration {
        Duration::from_secs(5)
    }
}

pub(in crate::providers) const PROVIDER: Provider =
    Provider::new("bithuman-account", "bitHuman, account", "https://docs.bithuman.ai/api/webhooks", |_| {
        Ok(Box::new(BitHumanAccount))
    })
    .signed("time, body")
    .known_by("the body's `id`");
