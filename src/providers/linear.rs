//! Linear.
use super::describe::provider;
use crate::{
    scheme::Answers,
    schemes::{Field, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("linear-signature");
const ID: HeaderName = HeaderName::from_static("linear-delivery");

provider! {
    /// Linear's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `Linear-Signature`, hexadecimal. The event is the body's `type`; what
    ///   happened to it is its `action`.
    /// - **Not signed**: the id, `Linear-Delivery`; the copies of event and time in `Linear-Event` and
    ///   `Linear-Timestamp`, which are not looked at.
    /// - **Secret**: the webhook's signing secret, as it is.
    /// - **Time**: the body's `webhookTimestamp`, in milliseconds; one minute. It can be judged only once the body is
    ///   there.
    /// - **Replay**: known by the time and the body. That retries keep the time is not confirmed, nor likely, since
    ///   they come later than a minute.
    /// - **Answer**: 200 within 5 seconds, whatever success the handler answers with. Retries after a minute, an hour
    ///   and six hours are what others report.
    pub struct Linear;
    registered = ("linear", "Linear", "https://linear.app/developers/webhooks")
        .signed("body with its time").known_by("time and body");
    secret = "the webhook's signing secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("linear", Field::header(SIGNATURE))
            .time_in_body("webhookTimestamp", Unit::Milliseconds)
            .event(Source::Json("type"))
            .id(Source::Header(ID))
            .with_tolerance(Duration::from_secs(60))
            .with_answers(Answers::new().only_this_status())
            .with_lease(Duration::from_secs(5))
    }
}
