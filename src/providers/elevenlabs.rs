//! ElevenLabs.
use super::describe::provider;
use crate::{
    key::Secret,
    scheme::{Answer, Answers},
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::{HeaderName, StatusCode};
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("elevenlabs-signature");

provider! {
    /// ElevenLabs' webhooks, those after a call among them.
    ///
    /// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `ElevenLabs-Signature`, as `t={seconds},v0={hex}`. The event type is
    ///   the body's `type`.
    /// - **Secret**: the text that begins with `wsec_`, whole, and not decoded.
    /// - **Time**: thirty minutes. ElevenLabs' kit looks at the past only; here the future is bounded too.
    /// - **Replay**: there is no id, since one conversation has several events; known by time and body, so that a retry
    ///   that is signed anew is a delivery of its own.
    /// - **Answer**: 200, which any 2xx of a handler becomes. A webhook that fails again and again is disabled.
    /// - **Pitfalls**: the audio of a call (`post_call_audio`) is in the body, as base64: for that, raise
    ///   [the limit of 2 MiB](crate::VerifySignatureLayer::body_limit).
    pub struct ElevenLabs;
    registered = ("elevenlabs", "ElevenLabs", "https://elevenlabs.io/docs/eleven-agents/workflows/post-call-webhooks")
        .signed("time, body").known_by("time and body");
    secret = "wsec_of_the_webhook";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("elevenlabs", list.clone().prefix("v0="))
            .secret(Secret::text().prefix("wsec_"))
            .text([Part::Timestamp(list.prefix("t="), Unit::Seconds), Part::literal("."), Part::Body])
            .event(Source::Json("type"))
            .with_tolerance(Duration::from_secs(1800))
            .with_answers(Answers::new().acknowledgement(Answer::empty(StatusCode::OK)).only_this_status())
    }
}
