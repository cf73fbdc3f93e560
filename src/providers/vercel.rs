//! Vercel.
use super::describe::provider;
use crate::schemes::{Field, Signed, Source};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-vercel-signature");

provider! {
    /// Vercel's webhooks, of accounts and of integrations.
    ///
    /// - **Signed**: the body, by HMAC-SHA1; in `x-vercel-signature`, hexadecimal. Event (`type`) and id (`id`, the
    ///   delivery's) are in the body. HMAC-SHA1 is not broken as SHA-1 is.
    /// - **Secret**: the webhook's secret, or the integration's client secret, as it is.
    /// - **Time**: none of sending; `createdAt` is the event's.
    /// - **Replay**: known by the body's `id`. That retries keep it is not confirmed; then they are handled again.
    /// - **Answer**: any 2xx; 30 seconds are what others report.
    pub struct Vercel;
    registered = ("vercel", "Vercel", "https://vercel.com/docs/webhooks/webhooks-api")
        .recipe("HMAC-SHA1").known_by("the body's `id`");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        Signed::hmac_sha1("vercel", Field::header(SIGNATURE)).event(Source::Json("type")).id(Source::Json("id"))
    }
}
