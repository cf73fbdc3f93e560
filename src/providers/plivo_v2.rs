//! Plivo, version 2 of its signature.
use super::{Need, describe::provider};
use crate::{
    encoding::Encoding,
    scheme::{Answers, Format, Repeat},
    schemes::{Field, Part, Signed, Source},
};
use http::HeaderName;

const SIGNATURE: HeaderName = HeaderName::from_static("x-plivo-signature-v2");
const NONCE: HeaderName = HeaderName::from_static("x-plivo-signature-v2-nonce");

provider! {
    /// Plivo's callbacks as forms, with version 2 of its signature. Prefer version 3 where Plivo sends it:
    /// [`PlivoV3`](super::PlivoV3).
    ///
    /// - **Signed**: `{URL without its query}{nonce}` by HMAC-SHA256; in `X-Plivo-Signature-V2`, base64, several separated
    ///   by commas. The nonce is in `X-Plivo-Signature-V2-Nonce`.
    /// - **Not signed**: the body, the query, the time. Whoever captures one request can put any body under its nonce, until
    ///   that is remembered. So the proof is a [`SignedHead`](crate::scheme::Proof::SignedHead), and typed events are
    ///   refused unless the layer is told to [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that.
    /// - **URL**: as it is configured at Plivo; it is the layer's
    ///   [`public_url`](crate::VerifySignatureLayer::public_url).
    /// - **Secret**: the auth token of the account, or of the subaccount, as it is.
    /// - **Replay**: known by the nonce, without which one captured request would be good for ever. A retry with a nonce of
    ///   its own is a delivery of its own. A repeat is refused, since an answer may have content.
    /// - **Answer**: any 2xx; where a call or a message is to be answered, with XML.
    /// - **Pitfalls**: only POST is taken here, since with GET there is nothing but what is not signed.
    pub struct PlivoV2;
    registered = ("plivo-v2", "Plivo, version 2", "https://www.plivo.com/docs/messaging/concepts/signature-validation")
        .signed("URL without its query, nonce; **not the body**").known_by("the nonce")
        .needs(&[Need::Secret, Need::PublicUrl]);
    secret = "the auth token";
    fn recipe() -> Signed {
        Signed::hmac_sha256("plivo-v2", Field::header(SIGNATURE).list(','))
            .encoding(Encoding::Base64)
            .text([Part::UrlWithoutQuery, Part::Header(NONCE)])
            .id(Source::Header(NONCE))
            .format(Format::Form)
            .with_answers(Answers::new().repeat(Repeat::Refuse))
    }
}
