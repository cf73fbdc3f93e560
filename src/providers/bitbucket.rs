//! Bitbucket.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");
const EVENT: HeaderName = HeaderName::from_static("x-event-key");
const CLOUD_ID: HeaderName = HeaderName::from_static("x-request-uuid");
const DATA_CENTER_ID: HeaderName = HeaderName::from_static("x-request-id");

provider! {
    /// Bitbucket's webhooks, of Cloud and of Data Center.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Hub-Signature`, hexadecimal behind `sha256=`. Any other method is
    ///   refused, `sha1=` too, which GitHub has under this name.
    /// - **Not signed**: the event, `X-Event-Key`, and the id, `X-Request-UUID` (Cloud) or `X-Request-Id` (Data
    ///   Center).
    /// - **Secret**: the hook's secret, as it is. A hook without one is not signed, and is refused.
    /// - **Time**: none is signed.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx. `X-Attempt-Number` counts the attempts; their schedule and the time limit are not
    ///   confirmed.
    /// - **Limit**: Cloud sends bodies of up to 256 kB.
    /// - **Pitfalls**: Data Center's "test connection" is said to be an unsigned POST, which is refused.
    pub struct Bitbucket;
    registered = ("bitbucket", "Bitbucket", "https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/");
    secret = "the secret of the hook's settings";
    fn recipe() -> Signed {
        Signed::hmac_sha256("bitbucket", Field::header(SIGNATURE).prefix("sha256="))
            .event(Source::Header(EVENT))
            .id(Source::FirstOf(vec![Source::Header(CLOUD_ID), Source::Header(DATA_CENTER_ID)]))
    }
}
