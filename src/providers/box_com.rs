//! Box.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const PRIMARY: HeaderName = HeaderName::from_static("box-signature-primary");
const SECONDARY: HeaderName = HeaderName::from_static("box-signature-secondary");
const VERSION: HeaderName = HeaderName::from_static("box-signature-version");
const ALGORITHM: HeaderName = HeaderName::from_static("box-signature-algorithm");
const TIMESTAMP: HeaderName = HeaderName::from_static("box-delivery-timestamp");

provider! {
    /// Box's webhooks, V2.
    ///
    /// - **Signed**: `{body}{timestamp}` by HMAC-SHA256; base64, with the primary key in `BOX-SIGNATURE-PRIMARY` and
    ///   with the secondary in `BOX-SIGNATURE-SECONDARY`: one that holds suffices. The time, RFC 3339, is in
    ///   `BOX-DELIVERY-TIMESTAMP`. Event (`trigger`) and id (`id`) are in the body. `BOX-SIGNATURE-VERSION` must be 1,
    ///   `BOX-SIGNATURE-ALGORITHM` `HmacSHA256`.
    /// - **Secret**: the app's primary and its secondary signature key, as they are: configure both, in either order.
    ///   Each is compared with either header; Box's packages compare each with its own.
    /// - **Time**: ten minutes. Box's documentation bounds the past only, and its packages differ; here the future is
    ///   bounded too.
    /// - **Replay**: known by the body's `id`, which retries keep; `BOX-DELIVERY-ID` changes, and is not looked at.
    /// - **Answer**: any 2xx within 30 seconds. Retried up to 12 times in two hours.
    /// - **Pitfalls**: bodies are escaped (`\u30b9`, `\/`); written anew they do not match.
    pub struct BoxWebhooks;
    registered = ("box", "Box", "https://developer.box.com/guides/webhooks/v2/signatures-v2/")
        .signed("time, body").known_by("the body's `id`");
    secret = "the app's primary signature key";
    fn recipe() -> Signed {
        Signed::hmac_sha256("box", Field::header(PRIMARY).or_header(SECONDARY))
            .encoding(Encoding::Base64)
            .text([Part::Body, Part::Timestamp(Field::header(TIMESTAMP), Unit::Rfc3339)])
            .declared(VERSION, "1")
            .declared(ALGORITHM, "HmacSHA256")
            .event(Source::Json("trigger"))
            .id(Source::Json("id"))
            .with_tolerance(Duration::from_secs(600))
    }
}
