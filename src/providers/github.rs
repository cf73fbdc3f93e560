//! GitHub.
use super::registry::{Need, Provider};
use crate::{
    scheme::{Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Field, Signed, Source, form::each_once},
};
use http::HeaderName;
use std::sync::LazyLock;

/// GitHub's webhooks, with content type `application/json`.
///
/// Follows [Validating webhook deliveries](https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries).
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Hub-Signature-256`, hexadecimal behind `sha256=`. The older
///   `X-Hub-Signature` (SHA-1), which comes with it, is not looked at; the registry has it as the variant
///   `legacy-sha1`.
/// - **Not signed**: `X-GitHub-Event` and `X-GitHub-Delivery`, so that an event type is what the sender says, and the
///   delivery id is no protection against replays. There is no time either.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx within 10 seconds. GitHub does not retry by itself; a redelivery keeps its delivery id.
/// - **Limit**: bodies of up to 25 MB.
/// - **Pitfalls**: without a secret in the hook's settings the header is missing, and the delivery refused. For content
///   type `application/x-www-form-urlencoded`, see [`GitHubForm`].
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::GitHub};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(GitHub, GitHub.key("the secret of the hook's settings")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct GitHub;

/// GitHub's webhooks, with content type `application/x-www-form-urlencoded`: the payload is the form's field `payload`,
/// in JSON, which must occur once. Signed is the body, form and all; everything else is as with [`GitHub`].
///
/// `Content-Type` is not signed, so which of the two it is, is configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct GitHubForm;

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");
const OLDER_SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature");
const EVENT: HeaderName = HeaderName::from_static("x-github-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-github-delivery");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("github", Field::header(SIGNATURE).prefix("sha256="))
        .event(Source::Header(EVENT))
        .id(Source::Header(DELIVERY))
        .with_body_limit(25_000_000)
});

/// What came before: HMAC-SHA1, for verdicts on deliveries of old, and only if it is asked for by name.
fn older() -> Signed {
    Signed::hmac_sha1("github", Field::header(OLDER_SIGNATURE).prefix("sha1="))
        .event(Source::Header(EVENT))
        .id(Source::Header(DELIVERY))
        .with_body_limit(25_000_000)
}

impl Scheme for GitHub {
    forward!(self => &*RECIPE; all);
}

impl Scheme for GitHubForm {
    forward!(self => &*RECIPE; key, plan, sign, event_source, body_limit);

    fn name(&self) -> &str {
        "github-form"
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let outcome = RECIPE.accept(proven)?;
        Ok(match outcome {
            Outcome::Deliver(delivery) => {
                let [payload] = each_once(proven.body(), ["payload"])?;
                Outcome::Deliver(delivery.payload(payload.into_owned().into()))
            }
            other => other,
        })
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "github",
    "GitHub",
    "https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries",
    |options| {
        Ok(match options.variant(&[("json", 0), ("form", 1), ("legacy-sha1", 2)])? {
            0 => Box::new(GitHub),
            1 => Box::new(GitHubForm),
            _ => Box::new(older()),
        })
    },
)
.needs(&[Need::Secret, Need::Option("variant?")]);
