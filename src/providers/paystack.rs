//! Paystack.
use super::describe::provider;
use crate::{
    key::Secret,
    scheme::{Answer, Answers},
    schemes::{Field, Signed, Source},
};
use http::{HeaderName, StatusCode};

const SIGNATURE: HeaderName = HeaderName::from_static("x-paystack-signature");

provider! {
    /// Paystack's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-SHA512; in `x-paystack-signature`, hexadecimal. The event type is the body's `event`.
    /// - **Secret**: the integration's secret key, `sk_live_` or `sk_test_` and all: the one that calls the API.
    /// - **Time**: none is signed.
    /// - **Replay**: there is no id that all events have, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: 200, which any 2xx of a handler becomes; otherwise it is sent again.
    /// - **Pitfalls**: Paystack's example signs JSON that was parsed and written anew; what is signed are the bytes.
    pub struct Paystack;
    registered = ("paystack", "Paystack", "https://paystack.com/docs/payments/webhooks/").recipe("HMAC-SHA512");
    secret = "sk_test_of_the_integration";
    fn recipe() -> Signed {
        Signed::hmac_sha512("paystack", Field::header(SIGNATURE))
            .secret(Secret::text().prefix("sk_"))
            .event(Source::Json("event"))
            .with_answers(Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status())
    }
}
