//! Paddle Billing.
use super::describe::provider;
use crate::{
    scheme::Answers,
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("paddle-signature");

provider! {
    /// Paddle's webhooks, of Paddle Billing. The older ones are [`PaddleClassic`](super::PaddleClassic)'s, behind
    /// `aws-lc`.
    ///
    /// - **Signed**: `{ts}:{body}` by HMAC-SHA256; in `Paddle-Signature`, as `ts={seconds};h1={hex}`, with several `h1`
    ///   while the secret is being rotated. Labels that are not known are skipped. Event (`event_type`) and id
    ///   (`event_id`) are in the body.
    /// - **Secret**: the notification destination's secret, whole, with its `pdl_ntfset_`.
    /// - **Time**: five seconds, as Paddle's packages have it, past and future; Paddle's bound the past only. Where
    ///   clocks or queues need more, set the layer's [`tolerance`](crate::VerifySignatureLayer::tolerance).
    /// - **Replay**: known by the body's `event_id`, the value that Paddle names for telling repeats. Destinations that
    ///   subscribe to the same event share it: give each a URL or a namespace of its own.
    /// - **Answer**: 200 within 5 seconds, whatever success the handler answers with. Retried up to 60 times in 3 days;
    ///   in the sandbox 3 times in 15 minutes.
    pub struct PaddleBilling;
    registered = ("paddle-billing", "Paddle Billing", "https://developer.paddle.com/webhooks/signature-verification")
        .signed("time, body").known_by("the body's `event_id`");
    secret = "pdl_ntfset_of_the_destination";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(';');
        Signed::hmac_sha256("paddle-billing", list.clone().prefix("h1="))
            .text([Part::Timestamp(list.prefix("ts="), Unit::Seconds), Part::literal(":"), Part::Body])
            .event(Source::Json("event_type"))
            .id(Source::Json("event_id"))
            .with_tolerance(Duration::from_secs(5))
            .with_answers(Answers::new().only_this_status())
            .with_lease(Duration::from_secs(5))
    }
}
