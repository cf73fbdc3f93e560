//! Retell AI.
use super::describe::provider;
use crate::{
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-retell-signature");

provider! {
    /// Retell AI's webhooks of calls.
    ///
    /// - **Signed**: `{body}{v}` by HMAC-SHA256, with nothing between the two; in `x-retell-signature`, as
    ///   `v={milliseconds},d={hex}`. A digit moved from one to the other makes a time that is years away, and a body that
    ///   is no JSON object. The event type is the body's `event`.
    /// - **Secret**: the API key that the dashboard marks as the webhooks' one, as it is.
    /// - **Time**: five minutes, past and future.
    /// - **Replay**: there is no id, since one call has several events; known by time and body, so that a retry that is
    ///   signed anew is a delivery of its own.
    /// - **Answer**: any 2xx within 10 seconds; sent three times at most. These numbers were not confirmed.
    pub struct Retell;
    registered = ("retell", "Retell AI", "https://docs.retellai.com/features/secure-webhook")
        .signed("body, time").known_by("time and body");
    secret = "key_of_the_webhooks";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("retell", list.clone().prefix("d="))
            .text([Part::Body, Part::Timestamp(list.prefix("v="), Unit::Milliseconds)])
            .event(Source::Json("event"))
    }
}
