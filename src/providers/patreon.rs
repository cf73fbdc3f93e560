//! Patreon.
use super::registry::Provider;
use crate::{
    key::Algorithm,
    scheme::{Scheme, forward},
    schemes::{Field, Signed, Source},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Patreon's webhooks.
///
/// Follows [Webhooks](https://docs.patreon.com/#webhooks).
///
/// - **Signed**: the body, by HMAC-MD5; in `X-Patreon-Signature`, hexadecimal. MD5 is broken as a hash, and HMAC-MD5 is not.
/// - **Not signed**: the event, `X-Patreon-Event`.
/// - **Secret**: the webhook's secret, as it is.
/// - **Time**: none is signed.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx. A webhook that fails again and again is paused.
/// - **Pitfalls**: the body does not name the event, so that two events may have equal bodies.
///
/// Behind the feature `keyed-hash`.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Patreon};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Patreon, Patreon.key("the webhook's secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Patreon;

const SIGNATURE: HeaderName = HeaderName::from_static("x-patreon-signature");
const EVENT: HeaderName = HeaderName::from_static("x-patreon-event");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::by("patreon", Algorithm::HmacMd5, Field::header(SIGNATURE)).event(Source::Header(EVENT))
});

impl Scheme for Patreon {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("patreon", "Patreon", "https://docs.patreon.com/#webhooks", |_| Ok(Box::new(Patreon)))
        .recipe("HMAC-MD5");
