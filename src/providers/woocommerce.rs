//! WooCommerce.
use super::registry::Provider;
use crate::{
    encoding::Encoding,
    scheme::{Head, Plan, Refusal, Scheme, forward},
    schemes::{Field, Signed, Source, form::only_field},
};
use bytes::Bytes;
use http::{HeaderName, Response};
use std::sync::LazyLock;

/// WooCommerce's webhooks.
///
/// Follows [Webhooks](https://woocommerce.com/document/webhooks/).
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-WC-Webhook-Signature`, base64.
/// - **Not signed**: the event, `X-WC-Webhook-Topic`, and the id, `X-WC-Webhook-Delivery-ID`.
/// - **Handshake**: when a webhook is saved, WooCommerce sends a form that is `webhook_id={number}` and nothing else, without
///   a signature. It is answered 200, and no handler sees it.
/// - **Secret**: the webhook's secret, as it is. WooCommerce signs with the text behind the HTML: `&` where its settings hold
///   `&amp;`. Without one, it signs with a secret of the user's.
/// - **Time**: none is signed.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx. After five failures in a row the webhook is disabled.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::WooCommerce};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(WooCommerce, WooCommerce.key("the webhook's secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct WooCommerce;

const SIGNATURE: HeaderName = HeaderName::from_static("x-wc-webhook-signature");
const TOPIC: HeaderName = HeaderName::from_static("x-wc-webhook-topic");
const DELIVERY: HeaderName = HeaderName::from_static("x-wc-webhook-delivery-id");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("woocommerce", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .event(Source::Header(TOPIC))
        .id(Source::Header(DELIVERY))
});

impl Scheme for WooCommerce {
    forward!(self => &*RECIPE; name, key, accept, sign);

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if head.headers().contains_key(SIGNATURE) {
            return RECIPE.plan(head, body);
        }
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let asks = only_field(body, "webhook_id")
            .is_ok_and(|id| !id.is_empty() && id.iter().all(u8::is_ascii_digit));
        if asks { Ok(Plan::Respond(Response::default())) } else { Err(Refusal::MissingHeader(SIGNATURE)) }
    }
}

pub(super) const PROVIDER: Provider =
    Provider::new("woocommerce", "WooCommerce", "https://woocommerce.com/document/webhooks/", |_| {
        Ok(Box::new(WooCommerce))
    })
    .handshake("a form without a signature");
