//! Gitea.
use super::registry::{Need, Provider};
use crate::{
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Gitea's webhooks, with content type `application/json`.
///
/// Follows [Webhooks](https://docs.gitea.com/usage/webhooks) and Gitea's own `services/webhook/deliver.go`.
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Gitea-Signature`, hexadecimal. Its copies in other headers, for
///   receivers made for Gogs and GitHub, are not looked at.
/// - **Not signed**: `X-Gitea-Event` and `X-Gitea-Delivery`, so that an event type is what the sender says, and the
///   delivery id is no protection against replays. There is no time either.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx. Gitea does not retry by itself.
/// - **Pitfalls**: without a secret in the hook's settings the header is there and empty, and the delivery refused. For
///   content type `application/x-www-form-urlencoded`, see [`GiteaForm`]. The method GET, which puts the payload into
///   the query, is not supported. That Forgejo sends the same headers beside those of its own name is not confirmed.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Gitea};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Gitea, Gitea.key("the secret of the hook's settings")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Gitea;

/// Gitea's webhooks, with content type `application/x-www-form-urlencoded`: the payload is the form's only field,
/// `payload`, in JSON. Signed is that field, decoded, and not the body as with GitHub; everything else is as with
/// [`Gitea`].
///
/// `Content-Type` is not signed, so which of the two it is, is configuration.
#[derive(Clone, Copy, Debug, Default)]
pub struct GiteaForm;

const SIGNATURE: HeaderName = HeaderName::from_static("x-gitea-signature");
const EVENT: HeaderName = HeaderName::from_static("x-gitea-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-gitea-delivery");

static JSON: LazyLock<Signed> = LazyLock::new(|| recipe("gitea", Part::Body));
static FORM: LazyLock<Signed> = LazyLock::new(|| recipe("gitea-form", Part::form_field("payload")));

fn recipe(name: &'static str, signed: Part) -> Signed {
    Signed::hmac_sha256(name, Field::header(SIGNATURE))
        .text([signed])
        .event(Source::Header(EVENT))
        .id(Source::Header(DELIVERY))
}

impl Scheme for Gitea {
    forward!(self => &*JSON; all);
}

impl Scheme for GiteaForm {
    forward!(self => &*FORM; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("gitea", "Gitea", "https://docs.gitea.com/usage/webhooks", |options| {
        let form = options.variant(&[("json", false), ("form", true)])?;
        Ok(if form { Box::new(GiteaForm) } else { Box::new(Gitea) })
    })
    .signed("body, or the form's decoded field")
    .needs(&[Need::Secret, Need::Option("variant?")]);
