//! Shopify.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{Field, Signed, Source},
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURES: [HeaderName; 2] =
    [HeaderName::from_static("shopify-hmac-sha256"), HeaderName::from_static("x-shopify-hmac-sha256")];
const TOPICS: [HeaderName; 2] =
    [HeaderName::from_static("shopify-topic"), HeaderName::from_static("x-shopify-topic")];
const IDS: [HeaderName; 4] = [
    HeaderName::from_static("shopify-event-id"),
    HeaderName::from_static("x-shopify-event-id"),
    HeaderName::from_static("shopify-webhook-id"),
    HeaderName::from_static("x-shopify-webhook-id"),
];

provider! {
    /// Shopify's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Shopify-Hmac-Sha256`, base64, or in `shopify-hmac-sha256`, as the
    ///   newer events call it. The other headers have both kinds of names, too; the newer are looked at first, as
    ///   Shopify's package does.
    /// - **Not signed**: the topic (`X-Shopify-Topic`), which is the event, the id (`X-Shopify-Event-Id`, else
    ///   `X-Shopify-Webhook-Id`), the shop and the time: whoever holds one delivery can send it as another topic or
    ///   shop's.
    /// - **Secret**: the app's client secret, as it is; of hooks made in the admin, the secret that is shown there.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx within 5 seconds, the connection within one. Retried 8 times in 4 hours; subscriptions
    ///   that were made by the Admin API are then deleted.
    /// - **Pitfalls**: keep the old client secret beside the new one while it is rotated.
    pub struct Shopify;
    registered = ("shopify", "Shopify", "https://shopify.dev/docs/apps/build/webhooks/subscribe/https");
    secret = "the app's client secret";
    fn recipe() -> Signed {
        let [signature, older] = SIGNATURES;
        Signed::hmac_sha256("shopify", Field::header(signature).or_header(older))
            .encoding(Encoding::Base64)
            .event(Source::FirstOf(TOPICS.map(Source::Header).into()))
            .id(Source::FirstOf(IDS.map(Source::Header).into()))
            .with_lease(Duration::from_secs(5))
    }
}
