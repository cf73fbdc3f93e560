//! Dropbox Sign.
use super::{multipart, registry::Provider};
use crate::key::SigningKey;
use crate::{
    encoding::Encoding,
    event::json_texts,
    key::{Algorithm, Key, KeyError, Secret},
    scheme::{
        Answer, Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text,
    },
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Dropbox Sign's event callbacks (formerly HelloSign's).
///
/// Follows [Events](https://developers.hellosign.com/docs/events/overview/) and Dropbox Sign's own kits.
///
/// - **Payload**: the part `json` of a body that is `multipart/form-data`; it must occur once. Whether the body is such is not
///   asked of `Content-Type`, which is not signed.
/// - **Signed**: `{event_time}{event_type}`, two texts of the payload's `event`, by HMAC-SHA256; in the same object's
///   `event_hash`, hexadecimal. The event type is signed.
/// - **Not signed**: everything else, the document and who has signed it above all. Whoever captures one callback can put any
///   document under its event. So the proof is a [`SignedHead`](crate::scheme::Proof::SignedHead), and typed events are
///   refused unless the layer is told to [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that. Rather
///   than that, take the request's id from the payload and ask Dropbox Sign for the rest.
/// - **Secret**: the API key, as it is.
/// - **Time**: `event_time` is the event's, and retries, which go on for some three days, keep it. So it holds for three days,
///   and no more than a minute ahead; Dropbox Sign documents no tolerance.
/// - **Replay**: the signed text is that of every event of its type in its second, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: 200 with the body `Hello API Event Received`, which any 2xx of a handler becomes if it writes no body of its
///   own.
/// - **Handshake**: none of its own: the test is a signed event, `callback_test`, which the handler gets.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::DropboxSign};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(DropboxSign, DropboxSign.key("the API key")?)
///     .insecure_accept_uncovered_body();
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct DropboxSign;

const TIME: &str = "/event/event_time";
const TYPE: &str = "/event/event_type";
const HASH: &str = "/event/event_hash";

/// For how long Dropbox Sign tries again.
const RETRIES: Duration = Duration::from_secs(3 * 24 * 3600);

/// The border between the two is not signed, and a type that begins with a digit would move it.
fn text(time: &str, of_type: &str) -> Option<Text> {
    of_type
        .starts_with(|first: char| first.is_ascii_alphabetic())
        .then(|| Text::new().bytes(time).bytes(of_type))
}

impl Scheme for DropboxSign {
    fn name(&self) -> &str {
        "dropbox-sign"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(Algorithm::HmacSha256, text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let malformed = || {
            Refusal::MalformedBody(
                "`event` lacks `event_time`, `event_type` or `event_hash`, which are texts".into(),
            )
        };
        let [Some(time), Some(of_type), Some(hash)] =
            json_texts(multipart::only(body, "json")?, [TIME, TYPE, HASH])?
        else {
            return Err(malformed());
        };
        let at = Unit::Seconds.parse(&time).ok_or(Refusal::MalformedTimestamp)?;
        let check = Check::new(text(&time, &of_type).ok_or_else(malformed)?);
        let check = check.not_before(at).expires(at.saturating_add(RETRIES));
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, &hash)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let payload = multipart::only(proven.body(), "json")?;
        let [event] = json_texts(payload, [TYPE])?;
        let delivery = Delivery::new().payload(proven.body().slice_ref(payload));
        Ok(delivery.signed_event(event.unwrap_or_default()).into())
    }

    /// The body is the payload, a JSON object with an `event` that has its `event_type`. It becomes a part of a multipart
    /// body.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let no_event = CannotSign::new("the body is no JSON object with an `event` that has an `event_type`");
        let mut payload: Value = serde_json::from_slice(request.body()).map_err(|_| no_event.clone())?;
        let event = payload.get_mut("event").and_then(Value::as_object_mut).ok_or(no_event.clone())?;
        let time = Unit::Seconds.format(now);
        let text = event.get("event_type").and_then(Value::as_str).and_then(|of_type| text(&time, of_type));
        let hash = key.sign(Algorithm::HmacSha256, &text.ok_or(no_event)?, b"")?;
        event.insert("event_time".to_owned(), json!(time));
        event.insert("event_hash".to_owned(), json!(Encoding::Hex.encode(&hash)));
        *request.body_mut() = multipart::of("json", &payload.to_string()).into();
        Ok(())
    }

    fn answers(&self) -> Answers {
        Answers::new()
            .acknowledgement(Answer::text(StatusCode::OK, "Hello API Event Received"))
            .only_this_status()
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "dropbox-sign",
    "Dropbox Sign",
    "https://developers.hellosign.com/docs/events/overview/",
    |_| Ok(Box::new(DropboxSign)),
)
.signed("time and type of the event; **not the body**");
