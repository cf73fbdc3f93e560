//! Coinbase Commerce.
use super::describe::provider;
use crate::{
    scheme::{Answer, Answers},
    schemes::{Field, Signed, Source},
};
use http::{HeaderName, StatusCode};

const SIGNATURE: HeaderName = HeaderName::from_static("x-cc-webhook-signature");

provider! {
    /// Coinbase Commerce's webhooks. Those of the Coinbase Developer Platform are [`CoinbaseCdp`](super::CoinbaseCdp)'s.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-CC-Webhook-Signature`, hexadecimal. Event type (`event.type`) and id
    ///   (`event.id`) are in the body.
    /// - **Secret**: the webhook's shared secret, as it is.
    /// - **Time**: none is signed but the event's own.
    /// - **Replay**: known by `event.id`. The `id` beside it is the delivery's.
    /// - **Answer**: 200, which any 2xx of a handler becomes. Retried with growing pauses, an hour at most, for three days.
    pub struct CoinbaseCommerce;
    registered = ("coinbase-commerce", "Coinbase Commerce",
        "https://docs.cdp.coinbase.com/commerce/api-arcitecture/webhooks-overview").known_by("the body's `event.id`");
    secret = "the webhook's shared secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("coinbase-commerce", Field::header(SIGNATURE))
            .event(Source::Json("/event/type"))
            .id(Source::Json("/event/id"))
            .with_answers(Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status())
    }
}
