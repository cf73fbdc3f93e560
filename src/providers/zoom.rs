//! Zoom.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{
        Field, Part, Signed, Source,
        handshake::{Answering, Handshake, Said},
    },
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("x-zm-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-zm-request-timestamp");

provider! {
    /// Zoom's webhooks.
    ///
    /// - **Signed**: `v0:{time}:{body}` by HMAC-SHA256; in `x-zm-signature`, hexadecimal behind `v0=`. The time is in
    ///   `x-zm-request-timestamp`, in seconds. The event is the body's `event`.
    /// - **Not signed**: `x-zm-trackingid`, which is another in each request.
    /// - **Secret**: the app's Secret Token, as it is.
    /// - **Time**: five minutes, past and future. Zoom documents no bound, and the unit by examples only.
    /// - **Replay**: known by time and body.
    /// - **Handshake**: `endpoint.url_validation`, signed as every request, is answered with its `plainToken` and the
    ///   HMAC-SHA256 of that, as `encryptedToken`. Zoom asks again every 72 hours.
    /// - **Answer**: 200 or 204 within 3 seconds. Retries come after 5 minutes, then 20, then 60.
    /// - **Pitfalls**: Zoom's own sample signs the body written anew by `JSON.stringify`; here it is the raw body. A `plainToken`
    ///   is answered only if it consists of letters, digits and what base64 has, as those of the document do.
    pub struct Zoom;
    registered = ("zoom", "Zoom", "https://developers.zoom.us/docs/api/webhooks/")
        .signed("time, body").known_by("time and body").handshake("signed `endpoint.url_validation`");
    secret = "the app's Secret Token";
    fn recipe() -> Answering<Signed> {
        let time = Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds);
        let recipe = Signed::hmac_sha256("zoom", Field::header(SIGNATURE).prefix("v0="))
            .text([Part::literal("v0:"), time, Part::literal(":"), Part::Body])
            .event(Source::Json("event"))
            .with_lease(Duration::from_secs(3));
        let url_validation = Handshake::verified()
            .when(Source::Json("event"), ["endpoint.url_validation"])
            .question(Source::Json("/payload/plainToken"))
            .json("plainToken", Said::question())
            .json("encryptedToken", Said::signature(Encoding::Hex));
        Answering::new(recipe, url_validation)
    }
}
