//! How Blooio signs.
use crate::{
    key::{Algorithm, Key, KeyError, Secret},
    providers::registry::Provider,
    scheme::{Delivery, Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Field, Part, Signed},
    time::Unit,
};
use http::HeaderName;
use std::{sync::LazyLock, time::Duration};

/// Blooio's webhooks, v2 and v4.
///
/// Follows [Webhook signatures](https://docs.blooio.com/guides/webhook-signatures) and
/// [Webhooks](https://docs.blooio.com/webhooks). The page on v4 says no more than that the raw body is signed by
/// HMAC-SHA256; how the header is written comes from the older guide, and holds for both.
///
/// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `X-Blooio-Signature`, as `t={seconds},v1={hex}`. Any `v1` that fits
///   counts, other versions are skipped. The event is in the body: `type` in v4, `event` in v2; the id is v4's `id`.
/// - **Not signed**: every other header. `X-Blooio-Event` is compared with the body where it is there, and is otherwise
///   nothing: a body that names no event has none. `X-Blooio-Delivery`, `X-Blooio-Message-Id`, `X-Blooio-Version`,
///   `X-Blooio-Replay` and `X-Original-Event-Id` are not looked at.
/// - **Secret**: the whole text, not decoded. It begins with `whsec_`; the reference of v4 prints `sk_live_`, a
///   placeholder, and any text is taken. A prefix alone is refused.
/// - **Time**: five minutes, past and future; the guide bounds the past only. `t` is in seconds, v4's `created_at` in
///   milliseconds.
/// - **Replay**: v4 is known by its `id`, which retries keep although they are signed anew. In v2 no field is unique
///   (`message_id` is the same in `message.sent` and `message.delivered`), so it is known by the signed text: a retry
///   that is signed anew is then a delivery of its own.
/// - **Answer**: any 2xx within about five seconds, as documented; what others report is 15 seconds and six attempts.
/// - **Rotation**: the old secret is void at once, so that a second key is only for what is under way.
/// - **Pitfalls**: a delivery that is replayed by way of the API keeps its `id`: if it was handled, the replay memory
///   acknowledges it, and the handler does not see it again. Blooio's plugin for Cursor compares the whole header
///   with a bare hexadecimal HMAC of the body; all other documents have `t` and `v1`, and such a header is refused. A
///   body that names its event twice, as `type` and as `event`, must name the same one.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Blooio};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Blooio, Blooio.key("whsec_of_the_webhook")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Blooio;

const SIGNATURE: HeaderName = HeaderName::from_static("x-blooio-signature");
const EVENT: HeaderName = HeaderName::from_static("x-blooio-event");

/// The prefix of the guide and of live secrets, and that of the reference's placeholder.
const PREFIXES: [&str; 2] = ["whsec_", "sk_live_"];

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    let list = Field::header(SIGNATURE).list(',');
    Signed::hmac_sha256("blooio", list.clone().prefix("v1=")).text([
        Part::Timestamp(list.prefix("t="), Unit::Seconds),
        Part::literal("."),
        Part::Body,
    ])
});

impl Scheme for Blooio {
    forward!(self => &*RECIPE; name, plan, sign);

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let prefix = PREFIXES.into_iter().find(|prefix| text.starts_with(prefix)).unwrap_or_default();
        Secret::text().prefix(prefix).key(Algorithm::HmacSha256, text)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [v4, v2, id] = proven.json_texts(["type", "event", "id"])?;
        if matches!((&v4, &v2), (Some(v4), Some(v2)) if v4 != v2) {
            return Err(Refusal::EventMismatch);
        }
        // What v2 calls `id`, if it ever does, is not documented to be unique; and an empty id is nobody's.
        let id = id.filter(|id| v4.is_some() && !id.is_empty());
        let named = proven.head().optional(&EVENT)?;
        let mut delivery = Delivery::new();
        if let Some(event) = v4.or(v2) {
            if named.is_some_and(|named| named != event) {
                return Err(Refusal::EventMismatch);
            }
            delivery = delivery.signed_event(event);
        }
        if let Some(id) = id {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(5)
    }
}

pub(in crate::providers) const PROVIDER: Provider =
    Provider::new("blooio", "Blooio", "https://docs.blooio.com/guides/webhook-signatures", |_| {
        Ok(Box::new(Blooio))
    })
    .signed("time, body")
    .known_by("the body's `id`, else time and body");
