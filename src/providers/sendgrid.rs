//! SendGrid.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed},
    time::Unit,
};
use http::HeaderName;
use std::sync::LazyLock;

/// SendGrid's Event Webhook, signed.
///
/// Follows [Event Webhook security features](https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features).
///
/// - **Signed**: `{timestamp}{body}` by ECDSA on P-256 with SHA-256, with nothing between the two; in
///   `X-Twilio-Email-Event-Webhook-Signature`, the base64 of the signature in DER. The time is in
///   `X-Twilio-Email-Event-Webhook-Timestamp`, in seconds. A digit moved from one to the other makes a time that is years
///   away, and a body that is no JSON array.
/// - **Key**: the *Verification Key* of the settings, base64 of its SubjectPublicKeyInfo; PEM is read too.
/// - **Time**: five minutes, past and future. SendGrid documents no bound, and its own packages look at no time at all.
///   It retries for 24 hours; whether it then signs anew is not documented. If it does not, what comes after five
///   minutes is refused as stale, unless
///   [`VerifySignatureLayer::tolerance`](crate::VerifySignatureLayer::tolerance) says otherwise.
/// - **Event**: the body is an array of events, each with an `event` and an `sg_event_id` of its own: the delivery has
///   neither.
/// - **Replay**: known by its time and body. An event that is sent again in another array is not noticed: compare
///   `sg_event_id`.
/// - **Answer**: any 2xx.
/// - **Pitfalls**: the body ends with CRLF, and has one behind each event: whoever trims it breaks the signature. Inbound
///   Parse is another product, and OAuth is not looked at.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::SendGrid};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = SendGrid.key(
///     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaIN\
///      XvVpiglSI8eNEc6wEA3F+g==",
/// )?;
/// let layer = VerifySignatureLayer::new(SendGrid, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SendGrid;

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-email-event-webhook-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-twilio-email-event-webhook-timestamp");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::ecdsa_p256("sendgrid", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .text([Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds), Part::Body])
});

impl Scheme for SendGrid {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "sendgrid",
    "SendGrid",
    "https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features",
    |_| Ok(Box::new(SendGrid)),
)
.recipe("ECDSA P-256")
.signed("time, body")
.known_by("time and body")
.needs(&[Need::PublicKey]);
