//! Checkout.com.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("cko-signature");

provider! {
    /// Checkout.com's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `Cko-Signature`, hexadecimal. Event type (`type`) and id (`id`) are in the
    ///   body.
    /// - **Secret**: the signature key of the workflow's webhook action, as it is; in older accounts the API's secret key.
    /// - **Time**: none is signed but the event's own.
    /// - **Replay**: known by the body's `id`, the event's (`evt_`).
    /// - **Answer**: any 2xx within 10 seconds.
    /// - **Pitfalls**: Checkout.com's identity verification has another signature under the same header, and is not this one.
    pub struct CheckoutCom;
    registered = ("checkout-com", "Checkout.com", "https://checkout.com/docs/workflows/set-up-your-webhook-receiver")
        .known_by("the body's `id`");
    secret = "the signature key";
    fn recipe() -> Signed {
        Signed::hmac_sha256("checkout-com", Field::header(SIGNATURE))
            .event(Source::Json("type"))
            .id(Source::Json("id"))
    }
}
