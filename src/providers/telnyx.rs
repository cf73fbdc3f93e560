//! Telnyx.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::Secret,
    scheme::{Answer, Answers, Scheme, forward},
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::{HeaderName, StatusCode};
use std::{sync::LazyLock, time::Duration};

/// Telnyx's webhooks, API v2.
///
/// Follows [Receiving webhooks](https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks) and Telnyx's
/// own package for npm.
///
/// - **Signed**: `{timestamp}|{body}` by Ed25519; in `telnyx-signature-ed25519`, base64. The time is in
///   `telnyx-timestamp`, in seconds. Event type (`data.event_type`) and id (`data.id`) are in the body; one without `data`
///   names neither.
/// - **Key**: the account's public key as the portal shows it, 32 bytes in base64. Points of small order are refused.
/// - **Time**: five minutes, past and future. Telnyx's package bounds the past only.
/// - **Replay**: known by `data.id`, which attempts share: `meta.attempt` counts them.
/// - **Answer**: 200, whatever success the handler answers with: some of Telnyx's pages take any 2xx, others only that.
///   Otherwise it is sent again, to the failover URL too. Two seconds are documented for messages; other products
///   differ.
/// - **Pitfalls**: API v1 and the meeting bot sign otherwise.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Telnyx};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = Telnyx.key("YCWZwvPamuFNwegNq14k4hrOmTDy87fs8HdeVcvUx30=")?;
/// let layer = VerifySignatureLayer::new(Telnyx, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Telnyx;

const SIGNATURE: HeaderName = HeaderName::from_static("telnyx-signature-ed25519");
const TIMESTAMP: HeaderName = HeaderName::from_static("telnyx-timestamp");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::ed25519("telnyx", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .secret(Secret::encoded(Encoding::Base64))
        .text([Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds), Part::literal("|"), Part::Body])
        .event(Source::Json("/data/event_type"))
        .id(Source::Json("/data/id"))
        .with_answers(Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status())
});

impl Scheme for Telnyx {
    forward!(self => &*RECIPE; name, key, plan, accept, sign, signing_key, answers);

    fn lease(&self) -> Duration {
        Duration::from_secs(2)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "telnyx",
    "Telnyx",
    "https://developers.telnyx.com/docs/messaging/messages/receiving-webhooks",
    |_| Ok(Box::new(Telnyx)),
)
.recipe("Ed25519")
.signed("time, body")
.known_by("the body's `data.id`")
.needs(&[Need::PublicKey]);
