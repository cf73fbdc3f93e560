//! Zalo.
use super::registry::Provider;
use crate::{
    encoding::Encoding,
    event::json_texts,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    schemes::Field,
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use serde_json::Value;
use std::time::Duration;

/// Zalo's webhooks of an Official Account.
///
/// For Zalo's [webhooks](https://developers.zalo.me/docs/official-account/webhook/). How they are signed is what
/// independent sources agree on, and **unconfirmed** by a page of Zalo's; some public code computes an HMAC-SHA256 of the
/// body instead.
///
/// - **Signed**: `{app_id}{body}{timestamp}{secret}` by a plain SHA-256; in `X-ZEvent-Signature`, hexadecimal behind
///   `mac=`. The app's id and the time are texts of the body, in digits. The event is the body's `event_name`.
/// - **Secret**: the OA secret key, which is shown when the account is linked to the app; not the app's secret.
/// - **Time**: the body's `timestamp`, in milliseconds, is when the event occurred. Deliveries are repeated for twelve
///   hours, and no tolerance is documented, so it is twelve hours, past and future. Use a replay memory: without one, a
///   captured delivery is good for as long.
/// - **Replay**: known by the signed text, which a repeat keeps.
/// - **Answer**: 200 within two seconds. An endpoint that fails for twelve hours is disabled.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Zalo, replay::{MemoryStore, Replay}};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Zalo, Zalo.key("the OA secret key")?)
///     .replay(Replay::new(MemoryStore::new(100_000), "zalo"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Zalo;

const SIGNATURE: HeaderName = HeaderName::from_static("x-zevent-signature");

const ALGORITHM: Algorithm = Algorithm::Hashed(Digest::Sha256);

impl Scheme for Zalo {
    fn name(&self) -> &str {
        "zalo"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(ALGORITHM, text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let field = Field::header(SIGNATURE).prefix("mac=");
        let signature = field.one(head)?;
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let (text, signed_at) = signed_text(body)?;
        let check = Check::new(text).signed_at(signed_at);
        Ok(check.signature(ALGORITHM, Encoding::Hex, signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [event] = proven.json_texts(["event_name"])?;
        let delivery = Delivery::new();
        Ok(match event {
            Some(event) => delivery.signed_event(event),
            None => delivery,
        }
        .into())
    }

    /// Puts the time into the body, which must be a JSON object with an `app_id`.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let no_object = CannotSign::new("the body is no JSON object with an `app_id` of digits");
        let Ok(Value::Object(mut body)) = serde_json::from_slice(request.body()) else {
            return Err(no_object);
        };
        body.insert("timestamp".to_owned(), Unit::Milliseconds.format(now).into());
        let body = Bytes::from(Value::Object(body).to_string());
        let (text, _) = signed_text(&body).map_err(|_| no_object.clone())?;
        let signature = Encoding::Hex.encode(&key.sign(ALGORITHM, &text, &body)?);
        let signature = HeaderValue::try_from(format!("mac={signature}")).map_err(|_| no_object)?;
        request.headers_mut().insert(SIGNATURE, signature);
        *request.body_mut() = body;
        Ok(())
    }

    fn tolerance(&self) -> Duration {
        Duration::from_secs(12 * 60 * 60)
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(2)
    }
}

/// The signed text of a body, and the time that it contains.
fn signed_text(body: &[u8]) -> Result<(Text, Timestamp), Refusal> {
    let [app, time] = json_texts(body, ["app_id", "timestamp"])?;
    // Of digits, so that nothing can be moved between them and the object.
    let app = app.filter(|app| !app.is_empty() && app.bytes().all(|byte| byte.is_ascii_digit()));
    let app = app.ok_or(Refusal::MalformedBody("`app_id` is not a text of digits".into()))?;
    let time = time.ok_or(Refusal::MalformedBody("`timestamp` is not a text".into()))?;
    let signed_at = Unit::Milliseconds.parse(&time).ok_or(Refusal::MalformedTimestamp)?;
    Ok((Text::new().bytes(&*app).body().bytes(&*time).secret(), signed_at))
}

pub(super) const PROVIDER: Provider = Provider::new(
    "zalo",
    "Zalo Official Account",
    "https://developers.zalo.me/docs/official-account/webhook/",
    |_| Ok(Box::new(Zalo)),
)
.recipe("SHA-256 with the secret")
.signed("body, with its time")
.known_by("the body");
