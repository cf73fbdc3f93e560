//! Sanity.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("sanity-webhook-signature");
const OPERATION: HeaderName = HeaderName::from_static("sanity-operation");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

provider! {
    /// Sanity's webhooks (GROQ-powered).
    ///
    /// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `sanity-webhook-signature`, as `t={milliseconds},v1={base64url}`,
    ///   without padding. The body is what the webhook's projection makes, and may be any JSON.
    /// - **Not signed**: the event, `sanity-operation` (`create`, `update`, `delete`), and the id, `idempotency-key`.
    /// - **Secret**: the webhook's secret, as it is.
    /// - **Time**: five minutes, past and future. Sanity documents no tolerance, and its kit refuses only what is from
    ///   before 2021.
    /// - **Replay**: known by time and body. Whether a retry is signed anew is not documented; if it is not, what comes
    ///   after five minutes is refused as stale, unless
    ///   [`VerifySignatureLayer::tolerance`](crate::VerifySignatureLayer::tolerance) says otherwise.
    /// - **Answer**: any 2xx.
    /// - **Pitfalls**: a webhook without a secret is not signed, and refused.
    pub struct Sanity;
    registered = ("sanity", "Sanity", "https://www.sanity.io/docs/webhooks")
        .signed("time, body").known_by("time and body");
    secret = "the webhook's secret";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("sanity", list.clone().prefix("v1="))
            .encoding(Encoding::Base64Url)
            .text([Part::Timestamp(list.prefix("t="), Unit::Milliseconds), Part::literal("."), Part::Body])
            .event(Source::Header(OPERATION))
            .id(Source::Header(IDEMPOTENCY_KEY))
    }
}
