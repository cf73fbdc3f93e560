//! Stripe.
use super::describe::provider;
use crate::{
    key::Secret,
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

provider! {
    /// Stripe's webhooks.
    ///
    /// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `Stripe-Signature`, as `t={seconds},v1={hex}`, with several `v1` while
    ///   the endpoint's secret is being rolled. `v0` is skipped. Id (`id`) and event type (`type`) are in the body.
    /// - **Secret**: the text that begins with `whsec_`, whole, and not decoded: the prefix means the opposite elsewhere.
    /// - **Time**: five minutes. Stripe's own libraries look at the past only; here the future is bounded too.
    /// - **Replay**: known by the body's `id`, which retries keep although they are signed anew.
    /// - **Answer**: any 2xx. Live mode retries for up to three days.
    /// - **Pitfalls**: deliveries over Amazon EventBridge or Azure Event Grid are not signed in this way.
    pub struct Stripe;
    registered = ("stripe", "Stripe", "https://docs.stripe.com/webhooks").signed("time, body").known_by("the body's `id`");
    secret = "whsec_of_the_endpoint";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("stripe", list.clone().prefix("v1="))
            .secret(Secret::text().prefix("whsec_"))
            .text([Part::Timestamp(list.prefix("t="), Unit::Seconds), Part::literal("."), Part::Body])
            .event(Source::Json("type"))
            .id(Source::Json("id"))
    }
}
