//! Discord.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::Secret,
    scheme::{Answer, Answers, Delivery, Outcome, Proven, Refusal, Repeat, Scheme, forward},
    schemes::{Field, Part, Signed},
    time::Unit,
};
use http::{HeaderName, StatusCode};
use serde::Deserialize;
use std::{sync::LazyLock, time::Duration};

/// Discord's interactions: commands, buttons, menus and forms, sent to the application's *Interactions Endpoint URL*.
///
/// Follows [Interactions](https://discord.com/developers/docs/interactions/overview).
///
/// - **Signed**: `{timestamp}{body}` by Ed25519, with nothing between the two; in `X-Signature-Ed25519`, hexadecimal. The
///   time is in `X-Signature-Timestamp`. A digit moved from one to the other makes a time that is years away, and a body
///   that is no JSON object.
/// - **Key**: the application's *Public Key*, 32 bytes in hexadecimal. Points of small order are refused.
/// - **Time**: five minutes, past and future. Discord documents no bound.
/// - **Handshake**: a PING (`"type":1`) is answered with `{"type":1}`, once its signature holds. Discord also sends bad
///   signatures on purpose, and takes the URL away from whoever does not answer those with 401.
/// - **Event**: the body's `type`, which is a number, as text: `2` is a command, `3` a component, `4` an autocompletion, `5`
///   a form.
/// - **Replay**: known by the body's `id`. A repeat is refused: Discord never sends an interaction again, and the answer,
///   which has content, could not be given twice.
/// - **Answer**: the handler's, within 3 seconds.
/// - **Pitfalls**: webhook events are another product, where `type` 1 is no PING: see [`DiscordEvents`]. Which of the two
///   it is, is configuration.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Discord};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = Discord.key("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8")?;
/// let layer = VerifySignatureLayer::new(Discord, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Discord;

/// Discord's webhook events, sent to the application's *Webhook Events URL*. Signed, with the same key, as [`Discord`]'s
/// interactions.
///
/// Follows [Webhook Events](https://discord.com/developers/docs/events/webhook-events).
///
/// - **Handshake**: a PING (`"type":0`) is answered 204, with no body and with the `Content-Type` that Discord asks for.
/// - **Event**: the text `type` in the body's `event`, such as `APPLICATION_AUTHORIZED`.
/// - **Replay**: there is no id, so a delivery is known by its time and body: a retry that is signed anew is a delivery of
///   its own.
/// - **Answer**: 204 within 3 seconds, whatever success the handler answers with. Discord retries for up to 10 minutes;
///   whether it then signs anew is not documented. If it does not, what comes after five minutes is refused as stale,
///   unless [`VerifySignatureLayer::tolerance`](crate::VerifySignatureLayer::tolerance) says otherwise.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiscordEvents;

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature-ed25519");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-signature-timestamp");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::ed25519("discord", Field::header(SIGNATURE))
        .secret(Secret::encoded(Encoding::Hex))
        .text([Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds), Part::Body])
});

/// How long Discord waits.
const PATIENCE: Duration = Duration::from_secs(3);

/// The members that decide something; serde refuses one that occurs twice.
#[derive(Deserialize)]
struct Interaction {
    r#type: u64,
    id: Option<Box<str>>,
}

#[derive(Deserialize)]
struct Envelope {
    r#type: u64,
    event: Option<Event>,
}

#[derive(Deserialize)]
struct Event {
    r#type: Box<str>,
}

fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::MalformedBody(error.to_string().into()))
}

impl Scheme for Discord {
    forward!(self => &*RECIPE; name, key, plan, sign, signing_key);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        const PING: u64 = 1;
        let Interaction { r#type, id } = read(proven.body())?;
        if r#type == PING {
            return Ok(Outcome::Respond(Answer::json(StatusCode::OK, r#"{"type":1}"#).to_response()));
        }
        let delivery = Delivery::new().signed_event(r#type.to_string());
        Ok(match id {
            Some(id) => delivery.signed_id(id).into(),
            None => delivery.into(),
        })
    }

    fn answers(&self) -> Answers {
        Answers::new().repeat(Repeat::Refuse)
    }

    fn lease(&self) -> Duration {
        PATIENCE
    }
}

impl Scheme for DiscordEvents {
    forward!(self => &*RECIPE; key, plan, sign, signing_key);

    fn name(&self) -> &str {
        "discord-events"
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        const PING: u64 = 0;
        let Envelope { r#type, event } = read(proven.body())?;
        Ok(match event {
            _ if r#type == PING => Outcome::Respond(Answer::json(StatusCode::NO_CONTENT, "").to_response()),
            Some(event) => Delivery::new().signed_event(event.r#type).into(),
            None => Delivery::new().into(),
        })
    }

    fn answers(&self) -> Answers {
        Answers::new().acknowledgement(Answer::empty(StatusCode::NO_CONTENT)).only_this_status()
    }

    fn lease(&self) -> Duration {
        PATIENCE
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "discord",
    "Discord",
    "https://discord.com/developers/docs/interactions/overview",
    |options| {
        let events = options.variant(&[("interactions", false), ("events", true)])?;
        Ok(if events { Box::new(DiscordEvents) } else { Box::new(Discord) })
    },
)
.recipe("Ed25519")
.signed("time, body")
.known_by("the body's `id`; events by time and body")
.needs(&[Need::PublicKey, Need::Option("variant?")])
.handshake("PING");
