//! GitLab, with a signing token.
use super::{
    GitLabToken,
    registry::{Need, Provider},
};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret},
    scheme::{Delivery, Outcome, Proven, Refusal, Scheme, forward},
    schemes::StandardWebhooks,
};
use http::HeaderName;

/// GitLab's webhooks with a signing token. For the older secret token, which signs nothing, see
/// [`GitLabToken`](super::GitLabToken), which the registry has as the variant `token` too.
///
/// Follows [Webhooks](https://docs.gitlab.com/user/project/integrations/webhooks/) and GitLab's own
/// `web_hook_service.rb`.
///
/// - **Signed**: `{webhook-id}.{webhook-timestamp}.{body}` by HMAC-SHA256, as with
///   [`StandardWebhooks`]; in `webhook-signature`, base64 behind `v1,`, several separated by spaces. The event is the
///   body's `object_kind`, else its `event_name`, as system hooks and groups have it.
/// - **Not signed**: `X-Gitlab-Event`, `X-Gitlab-Event-UUID` and `Idempotency-Key`, a copy of the id; they are not looked
///   at. Neither is `X-Gitlab-Token`, so that it never stands in for a signature.
/// - **Secret**: the signing token, `whsec_` and the base64 of 32 bytes.
/// - **Time**: five minutes, past and future.
/// - **Replay**: known by `webhook-id`, which retries keep.
/// - **Answer**: any 2xx within 10 seconds; GitLab then tries again, and disables a hook that fails again and again. When
///   is not confirmed.
/// - **Limit**: bodies of up to 25 MB.
/// - **Pitfalls**: GitLab has signing tokens since version 19.0, which is not confirmed. A payload template of one's own
///   may be no JSON, and then names no event.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::GitLab};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(GitLab, GitLab.key("whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GitLab;

const ID: HeaderName = HeaderName::from_static("webhook-id");

impl Scheme for GitLab {
    forward!(self => &StandardWebhooks; plan, sign);

    fn name(&self) -> &str {
        "gitlab"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let secret = Secret::encoded(Encoding::Base64).prefix("whsec_").at_least(32);
        secret.key(Algorithm::HmacSha256, text)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let delivery = Delivery::new().signed_id(proven.head().one(&ID)?);
        let [kind, name] = proven.json_texts(["object_kind", "event_name"])?;
        Ok(match kind.or(name) {
            Some(event) => delivery.signed_event(event),
            None => delivery,
        }
        .into())
    }

    fn body_limit(&self) -> usize {
        25_000_000
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "gitlab",
    "GitLab",
    "https://docs.gitlab.com/user/project/integrations/webhooks/",
    |options| {
        let has_token = options.variant(&[("standard-webhooks", false), ("token", true)])?;
        Ok(if has_token { Box::new(GitLabToken) } else { Box::new(GitLab) })
    },
)
.signed("id, time, body")
.known_by("`webhook-id`")
.needs(&[Need::Secret, Need::Option("variant?")]);
