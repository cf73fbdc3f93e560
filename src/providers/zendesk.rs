//! Zendesk.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::{HeaderName, Method};

const SIGNATURE: HeaderName = HeaderName::from_static("x-zendesk-webhook-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-zendesk-webhook-signature-timestamp");
const ID: HeaderName = HeaderName::from_static("x-zendesk-webhook-invocation-id");

provider! {
    /// Zendesk's webhooks.
    ///
    /// - **Signed**: `{timestamp}{body}` by HMAC-SHA256; in `X-Zendesk-Webhook-Signature`, base64. The time, RFC 3339,
    ///   is in `X-Zendesk-Webhook-Signature-Timestamp`. The event is the body's `type`, where the webhook subscribes to
    ///   events.
    /// - **Not signed**: the id, `X-Zendesk-Webhook-Invocation-Id`, the account, the method and the URL. The body's
    ///   `id` is not taken, since the bodies of triggers are whatever their author writes.
    /// - **Secret**: the signing secret as it is: it looks like base64, and is not decoded.
    /// - **Time**: five minutes. Zendesk documents no tolerance.
    /// - **Replay**: known by the signed time and the body. That retries keep the time is not confirmed.
    /// - **Answer**: any 2xx; 12 seconds, three retries of a 409, five after a time-out and `Retry-After` with 429 and
    ///   503 are what others report.
    /// - **Pitfalls**: test webhooks are signed with a secret that Zendesk publishes; never configure that. Triggers
    ///   may use GET, PUT, PATCH and DELETE, without a body or with XML or a form in it.
    pub struct Zendesk;
    registered = ("zendesk", "Zendesk", "https://developer.zendesk.com/documentation/webhooks/verifying/")
        .signed("time, body").known_by("time and body");
    secret = "the webhook's signing secret";
    fn recipe() -> Signed {
        Signed::hmac_sha256("zendesk", Field::header(SIGNATURE))
            .encoding(Encoding::Base64)
            .text([Part::Timestamp(Field::header(TIMESTAMP), Unit::Rfc3339), Part::Body])
            .event(Source::Json("type"))
            .id(Source::Header(ID))
            .with_methods([Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE])
    }
}
