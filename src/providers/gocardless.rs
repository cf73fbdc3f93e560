//! GoCardless.
use super::describe::provider;
use crate::{
    scheme::{Answer, Answers},
    schemes::{Field, Signed},
};
use http::{HeaderName, StatusCode};

const SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

provider! {
    /// GoCardless's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `Webhook-Signature`, hexadecimal.
    /// - **Event**: one body has many, each with a `resource_type`, an `action` and an `id` of its own: the delivery has none.
    /// - **Secret**: the webhook endpoint's secret, as it is.
    /// - **Time**: none is signed.
    /// - **Replay**: that a retry keeps the body's `meta.webhook_id` is not documented, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. Each event is known by its `id`.
    /// - **Answer**: any 2xx within 10 seconds; 498 to a wrong signature, as GoCardless asks for.
    pub struct GoCardless;
    registered = ("gocardless", "GoCardless", "https://developer.gocardless.com/api-reference/#webhooks-signing-webhooks");
    secret = "the webhook endpoint's secret";
    fn recipe() -> Signed {
        let token_invalid = StatusCode::from_u16(498).unwrap_or(StatusCode::UNAUTHORIZED);
        Signed::hmac_sha256("gocardless", Field::header(SIGNATURE))
            .with_answers(Answers::new().refusal(Answer::empty(token_invalid)))
    }
}
