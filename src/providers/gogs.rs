//! Gogs.
use super::registry::{Need, Provider};
use crate::{
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Gogs's webhooks, with content type `application/json`.
///
/// Follows [Webhook](https://gogs.io/docs/features/webhook) and Gogs's own `internal/database/webhook.go`.
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Gogs-Signature`, hexadecimal.
/// - **Not signed**: `X-Gogs-Event` and `X-Gogs-Delivery`, so that an event type is what the sender says, and the
///   delivery id is no protection against replays. There is no time either.
/// - **Secret**: the hook's secret, as it is.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx within 15 seconds; redirects are not followed. Gogs does not retry by itself.
/// - **Pitfalls**: for content type `application/x-www-form-urlencoded`, see [`GogsForm`]. `X-GitHub-Event` comes too,
///   for receivers made for GitHub, but no signature of theirs.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Gogs};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Gogs, Gogs.key("the secret of the hook's settings")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Gogs;

/// Gogs's webhooks, with content type `application/x-www-form-urlencoded`: the payload is the form's only field,
/// `payload`, in JSON. Signed is that field, decoded, as with [`GiteaForm`](super::GiteaForm); everything else is as
/// with [`Gogs`].
///
/// `Content-Type` is not signed, so which of the two it is, is configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct GogsForm;

const SIGNATURE: HeaderName = HeaderName::from_static("x-gogs-signature");
const EVENT: HeaderName = HeaderName::from_static("x-gogs-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-gogs-delivery");

static JSON: LazyLock<Signed> = LazyLock::new(|| recipe("gogs", Part::Body));
static FORM: LazyLock<Signed> = LazyLock::new(|| recipe("gogs-form", Part::form_field("payload")));

fn recipe(name: &'static str, signed: Part) -> Signed {
    Signed::hmac_sha256(name, Field::header(SIGNATURE))
        .text([signed])
        .event(Source::Header(EVENT))
        .id(Source::Header(DELIVERY))
}

impl Scheme for Gogs {
    forward!(self => &*JSON; all);
}

impl Scheme for GogsForm {
    forward!(self => &*FORM; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("gogs", "Gogs", "https://gogs.io/docs/features/webhook", |options| {
        let form = options.variant(&[("json", false), ("form", true)])?;
        Ok(if form { Box::new(GogsForm) } else { Box::new(Gogs) })
    })
    .signed("body, or the form's decoded field")
    .needs(&[Need::Secret, Need::Option("variant?")]);
