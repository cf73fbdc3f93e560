//! Typeform.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{Field, Signed, Source},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("typeform-signature");

provider! {
    /// Typeform's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `Typeform-Signature`, base64 behind `sha256=`, where others have
    ///   hexadecimal. Event (`event_type`) and id (`event_id`) are in the body.
    /// - **Secret**: the webhook's secret, as it is. Without one the header is missing, and the delivery refused.
    /// - **Time**: none of sending.
    /// - **Replay**: known by the body's `event_id`. That retries keep it is not confirmed; then they are handled
    ///   again.
    /// - **Answer**: any 2xx. Time limit and retries are not confirmed.
    /// - **Pitfalls**: the body is said to end with a line feed, which is signed: nothing may trim it on its way.
    pub struct Typeform;
    registered = ("typeform", "Typeform", "https://www.typeform.com/developers/webhooks/secure-your-webhooks/")
        .known_by("the body's `event_id`");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("typeform", Field::header(SIGNATURE).prefix("sha256="))
            .encoding(Encoding::Base64)
            .event(Source::Json("event_type"))
            .id(Source::Json("event_id"))
    }
}
