//! Sentry.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("sentry-hook-signature");
const COMPONENT_SIGNATURE: HeaderName = HeaderName::from_static("sentry-app-signature");
const RESOURCE: HeaderName = HeaderName::from_static("sentry-hook-resource");
const ID: HeaderName = HeaderName::from_static("request-id");

provider! {
    /// Sentry's webhooks, of its integration platform.
    ///
    /// - **Signed**: the body, which may be empty, by HMAC-SHA256; in `Sentry-Hook-Signature`, hexadecimal, or in
    ///   `Sentry-App-Signature` for what the integration's UI components send.
    /// - **Not signed**: the resource (`Sentry-Hook-Resource`), which is the event, the id (`Request-ID`) and the time.
    ///   What happened to the resource is the body's `action`, and signed.
    /// - **Secret**: the integration's client secret, as it is.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx within one second: queue the work. After a thousand time-outs in a day it is unsubscribed.
    /// - **Pitfalls**: bodies are escaped to ASCII; written anew they do not match. Components that ask by GET are not
    ///   supported.
    pub struct Sentry;
    registered = ("sentry", "Sentry", "https://docs.sentry.io/integrations/integration-platform/webhooks/");
    secret = "the integration's client secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("sentry", Field::header(SIGNATURE).or_header(COMPONENT_SIGNATURE))
            .event(Source::Header(RESOURCE))
            .id(Source::Header(ID))
            .with_lease(Duration::from_secs(1))
    }
}
