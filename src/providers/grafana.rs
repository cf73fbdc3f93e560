//! Grafana.
use super::registry::{Need, OptionError, Options, Provider};
use crate::{
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;

/// Alerts of Grafana, 12.0 or later, to a webhook contact point with an HMAC signature.
///
/// Follows [Configure the webhook
/// notifier](https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
///
/// - **Signed**: the body by HMAC-SHA256, or, where the contact point has a timestamp header, `{timestamp}:{body}`; in
///   `X-Grafana-Alerting-Signature`, hexadecimal, unless the contact point names another header. The event type is the body's
///   `status` (`firing`, `resolved`).
/// - **Secret**: the contact point's HMAC secret, as it is.
/// - **Time**: with a timestamp header five minutes, past and future, which is the receiver's choice; without one, none.
///   Grafana has no name for that header until the contact point gives it one.
/// - **Replay**: known by time and body; without a time, nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx.
/// - **Pitfalls**: without HMAC in the contact point's settings the header is missing, and the delivery refused.
///
/// ```
/// use http::HeaderName;
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Grafana};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let grafana = Grafana::with_timestamp(HeaderName::from_static("x-grafana-alerting-timestamp"));
/// let key = grafana.key("the contact point's HMAC secret")?;
/// let layer = VerifySignatureLayer::new(grafana, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Grafana {
    recipe: Signed,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-grafana-alerting-signature");

impl Grafana {
    /// A contact point with a timestamp header, which is this one. Prefer it.
    pub fn with_timestamp(header: HeaderName) -> Self {
        Self::of(SIGNATURE, Some(header))
    }

    /// A contact point without a timestamp header.
    pub fn without_timestamp() -> Self {
        Self::of(SIGNATURE, None)
    }

    /// A contact point that names both headers, or the signature's alone.
    pub fn of(signature: HeaderName, timestamp: Option<HeaderName>) -> Self {
        let recipe = Signed::hmac_sha256("grafana", Field::header(signature)).event(Source::Json("status"));
        let recipe = match timestamp {
            Some(header) => recipe.text([
                Part::Timestamp(Field::header(header), Unit::Seconds),
                Part::literal(":"),
                Part::Body,
            ]),
            None => recipe,
        };
        Self { recipe }
    }
}

impl Scheme for Grafana {
    forward!(self => &self.recipe; all);
}

fn header(options: &Options, name: &'static str) -> Result<Option<HeaderName>, OptionError> {
    let wrong = OptionError::Wrong { name, expected: "the name of a header" };
    options.get(name).map(|header| header.parse().map_err(|_| wrong)).transpose()
}

pub(super) const PROVIDER: Provider = Provider::new(
    "grafana",
    "Grafana",
    "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/",
    |options| {
        let signature = header(options, "signature_header")?.unwrap_or(SIGNATURE);
        Ok(Box::new(Grafana::of(signature, header(options, "timestamp_header")?)))
    },
)
.signed("time if it is sent, body")
.known_by("time and body; without a time nothing, unless chosen")
.needs(&[Need::Secret, Need::Option("timestamp_header?"), Need::Option("signature_header?")]);
