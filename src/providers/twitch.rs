//! Twitch.
use super::registry::Provider;
use crate::{
    key::Secret,
    scheme::{Outcome, Proven, Refusal, Scheme, forward},
    schemes::{
        Field, Part, Signed, Source,
        handshake::{Answering, Handshake, Said},
    },
    time::Unit,
};
use http::HeaderName;
use std::{sync::LazyLock, time::Duration};

/// Twitch's EventSub, by webhook.
///
/// Follows [Handling webhook events](https://dev.twitch.tv/docs/eventsub/handling-webhook-events/).
///
/// - **Signed**: id, time and body with nothing in between, by HMAC-SHA256; in `Twitch-Eventsub-Message-Signature`,
///   hexadecimal behind `sha256=`. The id is in `Twitch-Eventsub-Message-Id`, the time in
///   `Twitch-Eventsub-Message-Timestamp`, as RFC 3339 with nanoseconds.
/// - **Event**: the body's `subscription.type`; or `revocation` where `subscription.status` is neither `enabled` nor
///   missing: the subscription has ended, for the reason that stands there.
/// - **Not signed**: `Twitch-Eventsub-Message-Type` and `-Subscription-Type`. What they repeat of the body is compared.
/// - **Secret**: the subscription's secret, 10 to 100 characters of ASCII, as it is.
/// - **Time**: ten minutes, past and future, as Twitch advises.
/// - **Replay**: known by the id, which retries keep.
/// - **Handshake**: `webhook_callback_verification`, signed as every message, is answered with its `challenge` in plain text.
/// - **Answer**: any 2xx, within a few seconds. A subscription that fails too often is revoked.
/// - **Pitfalls**: the command line's test tool shortens the time before it signs and sends it in full, so that some of
///   its messages do not verify.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Twitch};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Twitch, Twitch.key("the subscription's secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Twitch;

const SIGNATURE: HeaderName = HeaderName::from_static("twitch-eventsub-message-signature");
const ID: HeaderName = HeaderName::from_static("twitch-eventsub-message-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("twitch-eventsub-message-timestamp");
const KIND: HeaderName = HeaderName::from_static("twitch-eventsub-message-type");
const EVENT: HeaderName = HeaderName::from_static("twitch-eventsub-subscription-type");

static RECIPE: LazyLock<Answering<Signed>> = LazyLock::new(|| {
    let time = Part::Timestamp(Field::header(TIMESTAMP), Unit::Rfc3339);
    let recipe = Signed::hmac_sha256("twitch", Field::header(SIGNATURE).prefix("sha256="))
        .secret(Secret::text().at_least(10))
        .text([Part::Header(ID), time, Part::Body])
        .id(Source::Header(ID))
        .with_tolerance(Duration::from_secs(600));
    let verification = Handshake::verified().question(Source::Json("challenge")).text(Said::question());
    Answering::new(recipe, verification)
});

impl Scheme for Twitch {
    forward!(self => &*RECIPE; name, key, plan, sign, tolerance);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [event, status] = proven.json_texts(["/subscription/type", "/subscription/status"])?;
        let is_revocation = status.is_some_and(|status| status != "enabled");
        let (kind, outcome) = match RECIPE.accept(proven)? {
            respond @ Outcome::Respond(_) => ("webhook_callback_verification", respond),
            Outcome::Deliver(delivery) if is_revocation => {
                ("revocation", delivery.signed_event("revocation").into())
            }
            Outcome::Deliver(delivery) => {
                let event =
                    event.clone().ok_or(Refusal::MalformedBody("there is no `subscription.type`".into()))?;
                ("notification", delivery.signed_event(event).into())
            }
        };
        let contradicts = |name, text: Option<&str>| -> Result<bool, Refusal> {
            Ok(proven.head().optional(name)?.is_some_and(|claimed| text.is_some_and(|text| text != claimed)))
        };
        let (kind_header, event_header) = (KIND, EVENT);
        if contradicts(&kind_header, Some(kind))? || contradicts(&event_header, event.as_deref())? {
            return Err(Refusal::EventMismatch);
        }
        Ok(outcome)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "twitch",
    "Twitch EventSub",
    "https://dev.twitch.tv/docs/eventsub/handling-webhook-events/",
    |_| Ok(Box::new(Twitch)),
)
.signed("id, time, body")
.known_by("`Twitch-Eventsub-Message-Id`")
.handshake("signed `challenge`");
