//! LINE.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    scheme::Answers,
    schemes::{Field, Signed},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-line-signature");

provider! {
    /// LINE's webhooks, of the Messaging API.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `x-line-signature`, base64.
    /// - **Event**: a body has a list of events, each with a `type`, so that the delivery itself has none.
    /// - **Secret**: the channel secret as it is: it looks like hexadecimal, and is not decoded.
    /// - **Time**: none of sending; each event has its own `timestamp`.
    /// - **Replay**: a delivery has no id, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. Each event has a
    ///   `webhookEventId`, and one that is sent again says so in `deliveryContext.isRedelivery`, so that its body
    ///   differs.
    /// - **Answer**: 200, whatever success the handler answers with; LINE recommends to work asynchronously. Redelivery
    ///   must be switched on; its schedule and the time limit are not confirmed.
    /// - **Pitfalls**: the list may be empty, as it is said to be when the console verifies the URL.
    pub struct Line;
    registered = (
        "line", "LINE", "https://developers.line.biz/en/reference/messaging-api/#signature-validation"
    );
    secret = "the channel secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("line", Field::header(SIGNATURE))
            .encoding(Encoding::Base64)
            .with_answers(Answers::new().only_this_status())
    }
}
