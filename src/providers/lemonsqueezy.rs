//! Lemon Squeezy.
use super::describe::provider;
use crate::{
    scheme::Answers,
    schemes::{Field, Signed, Source},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");

provider! {
    /// Lemon Squeezy's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Signature`, hexadecimal. The event is the body's
    ///   `meta.event_name`.
    /// - **Not signed**: its copy, `X-Event-Name`, which is not looked at.
    /// - **Secret**: the webhook's signing secret, as it is.
    /// - **Time**: none.
    /// - **Replay**: a delivery has neither id nor time, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: 200, whatever success the handler answers with. Up to three more attempts, after 5, 25 and 125
    ///   seconds, are what others report.
    pub struct LemonSqueezy;
    registered = ("lemonsqueezy", "Lemon Squeezy", "https://docs.lemonsqueezy.com/help/webhooks/signing-requests");
    secret = "the webhook's signing secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("lemonsqueezy", Field::header(SIGNATURE))
            .event(Source::Json("/meta/event_name"))
            .with_answers(Answers::new().only_this_status())
    }
}
