//! WorkOS.
use super::describe::provider;
use crate::{
    scheme::Answers,
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::time::Duration;

const SIGNATURE: HeaderName = HeaderName::from_static("workos-signature");

provider! {
    /// WorkOS's webhooks.
    ///
    /// - **Signed**: `{t}.{body}` by HMAC-SHA256; in `WorkOS-Signature`, as `t={milliseconds}, v1={hex}`. The space may
    ///   be missing. Event (`event`) and id (`id`) are in the body.
    /// - **Secret**: the endpoint's secret, as it is.
    /// - **Time**: three minutes, past and future; of WorkOS's packages, one bounds the past only.
    /// - **Replay**: known by the body's `id`, the value that WorkOS names for telling repeats.
    /// - **Answer**: 200, whatever success the handler answers with. Time limit and retries are not confirmed.
    /// - **Pitfalls**: the time is in milliseconds. WorkOS's actions, which are answered with a signed body and are
    ///   given 30 seconds, are not for this scheme.
    pub struct WorkOs;
    registered = ("workos", "WorkOS", "https://workos.com/docs/events/data-syncing/webhooks")
        .signed("time, body").known_by("the body's `id`");
    secret = "the endpoint's secret";
    fn recipe() -> Signed {
        let list = Field::header(SIGNATURE).list(',');
        Signed::hmac_sha256("workos", list.clone().prefix("v1="))
            .text([Part::Timestamp(list.prefix("t="), Unit::Milliseconds), Part::literal("."), Part::Body])
            .event(Source::Json("event"))
            .id(Source::Json("id"))
            .with_tolerance(Duration::from_secs(180))
            .with_answers(Answers::new().only_this_status())
    }
}
