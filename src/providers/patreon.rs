//! Patreon.
use super::describe::provider;
use crate::{
    key::Algorithm,
    schemes::{Field, Signed, Source},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-patreon-signature");
const EVENT: HeaderName = HeaderName::from_static("x-patreon-event");

provider! {
    /// Patreon's webhooks.
    ///
    /// - **Signed**: the body, by HMAC-MD5; in `X-Patreon-Signature`, hexadecimal. MD5 is broken as a hash, and HMAC-MD5 is not.
    /// - **Not signed**: the event, `X-Patreon-Event`.
    /// - **Secret**: the webhook's secret, as it is.
    /// - **Time**: none is signed.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx. A webhook that fails again and again is paused.
    /// - **Pitfalls**: the body does not name the event, so that two events may have equal bodies.
    ///
    /// Behind the feature `keyed-hash`.
    pub struct Patreon;
    registered = ("patreon", "Patreon", "https://docs.patreon.com/#webhooks").recipe("HMAC-MD5");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        Signed::by("patreon", Algorithm::HmacMd5, Field::header(SIGNATURE)).event(Source::Header(EVENT))
    }
}
