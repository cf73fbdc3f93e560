//! Flutterwave, version 4.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    scheme::{Answer, Answers},
    schemes::{Field, Signed, Source},
};
use http::{HeaderName, StatusCode};

const SIGNATURE: HeaderName = HeaderName::from_static("flutterwave-signature");

provider! {
    /// Flutterwave's webhooks of version 4.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `flutterwave-signature`, base64. The event type is the body's `type`.
    /// - **Secret**: the secret hash of the dashboard, as it is.
    /// - **Time**: none is signed but the event's own.
    /// - **Replay**: that a retry keeps the body's ids is not documented, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: 200, which any 2xx of a handler becomes.
    /// - **Pitfalls**: version 3 sends the secret hash as it is, in `verif-hash`, and is not this one.
    pub struct Flutterwave;
    registered = ("flutterwave-v4", "Flutterwave, version 4", "https://developer.flutterwave.com/docs/webhooks");
    secret = "the secret hash";
    fn recipe() -> Signed {
        Signed::hmac_sha256("flutterwave-v4", Field::header(SIGNATURE))
            .encoding(Encoding::Base64)
            .event(Source::Json("type"))
            .with_answers(Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status())
    }
}
