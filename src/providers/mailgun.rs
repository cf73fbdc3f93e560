//! Mailgun.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    event::json_texts,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{
        Answer, Answers, CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme,
        Text,
    },
    schemes::form::each_once,
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::{Value, json};

/// Mailgun's webhooks, in JSON.
///
/// Follows [Securing Webhooks](https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks).
///
/// - **Signed**: `{timestamp}{token}`, two texts of the body's `signature`, by HMAC-SHA256; in the same object's
///   `signature`, hexadecimal. What happens in a subaccount's domain has a `parent-signature` beside it, by the primary
///   account's key: either of the two suffices.
/// - **Not signed**: everything else, `event-data` above all. Whoever captures one delivery can put any event under its
///   token, within the tolerance and until the token is remembered. So the proof is a
///   [`SignedHead`](crate::scheme::Proof::SignedHead), and typed events are refused unless the layer is told to
///   [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that. The event type, `event-data`'s `event`,
///   is unsigned.
/// - **Secret**: the HTTP webhook signing key, as it is; not the API key. A subaccount has its own.
/// - **Time**: five minutes, past and future. Mailgun checks none by itself, and warns of delays on its side, so raise the
///   tolerance if deliveries come late. Whether a retry is signed anew is nowhere published; if it is not, retries
///   need a tolerance of eight hours.
/// - **Replay**: known by the token, as Mailgun recommends. Together with a replay memory, one captured token is good for
///   nothing more; without one, it is good for any event.
/// - **Answer**: 200. Every other status is retried over about eight hours, a handler's 204 too, so that any 2xx becomes
///   200; a handler that answers 406 ends the retries.
/// - **Pitfalls**: the border between time and token is not signed, so a timestamp that is not of ten digits is refused.
///   The document calls the timestamp an int, and writes it as a text; in JSON, a number is refused. For routes and
///   other deliveries that are forms, see [`MailgunForm`].
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Mailgun, replay::{MemoryStore, Replay}};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Mailgun, Mailgun.key("the HTTP webhook signing key")?)
///     .insecure_accept_uncovered_body()
///     .replay(Replay::new(MemoryStore::new(100_000), "mail"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Mailgun;

/// Mailgun's deliveries as forms: what a route forwards, and legacy webhooks. `timestamp`, `token` and
/// `signature` are fields, each of which must occur once; everything else is as with [`Mailgun`], but for
/// `parent-signature`, which is documented in JSON only.
///
/// `Content-Type` is not signed, so which of the two it is, is configuration. A message with attachments is forwarded as
/// `multipart/form-data`, which is refused.
#[derive(Clone, Copy, Debug, Default)]
pub struct MailgunForm;

/// The signing key, whichever of the two it is for.
fn key(text: &str) -> Result<Key, KeyError> {
    Secret::text().key(Algorithm::HmacSha256, text)
}

static ANSWERS: Answers = Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status();

impl Scheme for Mailgun {
    fn name(&self) -> &str {
        "mailgun"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        key(text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let [timestamp, token, signature, parent] = json_texts(
            body,
            [
                "/signature/timestamp",
                "/signature/token",
                "/signature/signature",
                "/signature/parent-signature",
            ],
        )?;
        let (Some(timestamp), Some(token), Some(signature)) = (timestamp, token, signature) else {
            return Err(Refusal::MalformedBody(
                "`signature` is not there, or lacks `timestamp`, `token` or `signature`, which are texts"
                    .into(),
            ));
        };
        let check = check(&timestamp, &token)?;
        let mut check = check.signature(Algorithm::HmacSha256, Encoding::Hex, &signature)?;
        if let Some(parent) = &parent {
            check = check.signature(Algorithm::HmacSha256, Encoding::Hex, parent)?;
        }
        // Read once: nothing else in the body is signed, and what is unreadable there must not cost the token.
        Ok(check.delivery(Delivery::new().signed_id(token)).into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [event] = proven.json_texts(["/event-data/event"])?;
        Ok(match event {
            Some(event) => proven.delivery().unsigned_event(event),
            None => proven.delivery(),
        }
        .into())
    }

    /// Puts a `signature` into the body, which must be a JSON object without one. The token is made of the time and the
    /// body.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let no_object = CannotSign::new("the body is no JSON object, or has a `signature` already");
        let Ok(Value::Object(mut body)) = serde_json::from_slice(request.body()) else {
            return Err(no_object);
        };
        let Signed { timestamp, token, signature } = Signed::new(request.body(), key, now)?;
        let signature = json!({ "timestamp": timestamp, "token": token, "signature": signature });
        if body.insert("signature".to_owned(), signature).is_some() {
            return Err(no_object);
        }
        *request.body_mut() = Value::Object(body).to_string().into();
        Ok(())
    }

    fn answers(&self) -> Answers {
        ANSWERS
    }
}

impl Scheme for MailgunForm {
    fn name(&self) -> &str {
        "mailgun-form"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        key(text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let [timestamp, token, signature] = each_once(body, ["timestamp", "token", "signature"])?;
        let check = check(&timestamp, &token)?;
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, &signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [token] = each_once(proven.body(), ["token"])?;
        Ok(Delivery::new().format(Format::Form).signed_id(token).into())
    }

    /// Appends the fields `timestamp`, `token` and `signature` to the form. The token is made of the time and the body.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let Signed { timestamp, token, signature } = Signed::new(request.body(), key, now)?;
        let mut form = request.body().to_vec();
        if !form.is_empty() {
            form.push(b'&');
        }
        form.extend_from_slice(
            format!("timestamp={timestamp}&token={token}&signature={signature}").as_bytes(),
        );
        *request.body_mut() = form.into();
        Ok(())
    }

    fn answers(&self) -> Answers {
        ANSWERS
    }
}

/// What must be signed.
fn check(timestamp: &str, token: &str) -> Result<Check, Refusal> {
    let signed_at = ten_digits(timestamp).ok_or(Refusal::MalformedTimestamp)?;
    if token.is_empty() {
        return Err(Refusal::MalformedBody("the token is empty".into()));
    }
    Ok(Check::new(text(timestamp, token)).signed_at(signed_at))
}

/// From 2001 to 2286. With any number of digits, some could be moved from the time to the token.
fn ten_digits(timestamp: &str) -> Option<Timestamp> {
    Unit::Seconds.parse(timestamp).filter(|_| timestamp.len() == 10)
}

fn text(timestamp: &str, token: &str) -> Text {
    Text::new().bytes(timestamp).bytes(token)
}

/// What the sender adds.
struct Signed {
    timestamp: String,
    token: String,
    signature: String,
}

impl Signed {
    fn new(body: &[u8], key: &SigningKey, now: Timestamp) -> Result<Self, CannotSign> {
        let timestamp = Unit::Seconds.format(now);
        ten_digits(&timestamp).ok_or(CannotSign::new("the time is not one of ten digits"))?;
        let mut token = Digest::Sha256.of(&[timestamp.as_bytes(), body].concat(), Encoding::Hex);
        token.truncate(50);
        let signature = key.sign(Algorithm::HmacSha256, &text(&timestamp, &token), b"")?;
        Ok(Self { timestamp, token, signature: Encoding::Hex.encode(&signature) })
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "mailgun",
    "Mailgun",
    "https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks",
    |options| {
        let form = options.variant(&[("json", false), ("form", true)])?;
        Ok(if form { Box::new(MailgunForm) } else { Box::new(Mailgun) })
    },
)
.signed("time, token; **not the body**")
.known_by("the token")
.needs(&[Need::Secret, Need::Option("variant?")]);
