//! Stripe.
use super::registry::Provider;
use crate::{
    key::Secret,
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::sync::LazyLock;

/// Stripe's webhooks.
///
/// Follows [Receive Stripe events in your webhook endpoint](https://docs.stripe.com/webhooks).
///
/// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `Stripe-Signature`, as `t={seconds},v1={hex}`, with several `v1` while
///   the endpoint's secret is being rolled. `v0` is skipped. Id (`id`) and event type (`type`) are in the body.
/// - **Secret**: the text that begins with `whsec_`, whole, and not decoded: the prefix means the opposite elsewhere.
/// - **Time**: five minutes. Stripe's own libraries look at the past only; here the future is bounded too.
/// - **Replay**: known by the body's `id`, which retries keep although they are signed anew.
/// - **Answer**: any 2xx. Live mode retries for up to three days.
/// - **Pitfalls**: deliveries over Amazon EventBridge or Azure Event Grid are not signed in this way.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Stripe};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Stripe, Stripe.key("whsec_of_the_endpoint")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Stripe;

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    let list = Field::header(SIGNATURE).list(',');
    Signed::hmac_sha256("stripe", list.clone().prefix("v1="))
        .secret(Secret::text().prefix("whsec_"))
        .text([Part::Timestamp(list.prefix("t="), Unit::Seconds), Part::literal("."), Part::Body])
        .event(Source::Json("type"))
        .id(Source::Json("id"))
});

impl Scheme for Stripe {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("stripe", "Stripe", "https://docs.stripe.com/webhooks", |_| Ok(Box::new(Stripe)))
        .signed("time, body")
        .known_by("the body's `id`");
