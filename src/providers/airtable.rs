//! Airtable.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    key::Secret,
    schemes::{Field, Signed},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-airtable-content-mac");

provider! {
    /// Airtable's webhooks: a notification that there is something, which is then to be fetched.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `X-Airtable-Content-MAC`, hexadecimal behind `hmac-sha256=`. Base and
    ///   webhook are in the body (`base.id`, `webhook.id`); an event type is not.
    /// - **Secret**: the `macSecretBase64` that creating the webhook answers, base64. It is shown once.
    /// - **Time**: the body's `timestamp` is signed; that it may serve against replays is not documented, so that it is not
    ///   looked at.
    /// - **Replay**: there is no id, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. A repeat does no harm where the
    ///   handler asks Airtable for what is new.
    /// - **Answer**: any 2xx. Retries were not confirmed.
    /// - **Pitfalls**: a webhook expires seven days after it was made or refreshed.
    pub struct Airtable;
    registered = ("airtable", "Airtable", "https://airtable.com/developers/web/api/webhooks-overview");
    secret = "bWFjLXNlY3JldC1vZi10aGUtd2ViaG9vaw==";
    fn recipe() -> Signed {
        Signed::hmac_sha256("airtable", Field::header(SIGNATURE).prefix("hmac-sha256="))
            .secret(Secret::encoded(Encoding::Base64))
    }
}
