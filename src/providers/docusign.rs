//! Docusign.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    scheme::Answers,
    schemes::{Field, Signed, Source},
};
use http::HeaderName;

provider! {
    /// Docusign's webhooks (Connect), with HMAC.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; base64, one for each of the account's active keys, in
    ///   `X-DocuSign-Signature-1` up to `-100`. The number does not say which key: one that holds suffices. The event
    ///   is the body's `event`, where that is JSON.
    /// - **Secret**: any of the account's Connect keys, as it is.
    /// - **Time**: none of sending; `generatedDateTime` is the event's.
    /// - **Replay**: a delivery has no id, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: 200, whatever success the handler answers with; retried otherwise. Time limit and schedule are not
    ///   confirmed.
    /// - **Pitfalls**: without "Include HMAC Signature" in the configuration it is not signed, and refused. The body
    ///   may be XML: read [`Verified::payload`](crate::Verified::payload). With documents in it, it outgrows 2 MiB: set
    ///   the layer's [`body_limit`](crate::VerifySignatureLayer::body_limit). That there are no more than 100 keys is
    ///   not confirmed.
    pub struct DocuSign;
    registered = ("docusign", "Docusign", "https://developers.docusign.com/platform/webhooks/connect/hmac/");
    secret = "a Connect key";
    fn recipe() -> Signed {
        let first = Field::header(HeaderName::from_static("x-docusign-signature-1"));
        let others = (2..=100).flat_map(|n| HeaderName::try_from(format!("x-docusign-signature-{n}")));
        Signed::hmac_sha256("docusign", others.fold(first, Field::or_header))
            .encoding(Encoding::Base64)
            .event(Source::Json("event"))
            .with_answers(Answers::new().only_this_status())
    }
}
