//! Svix.
use super::registry::Provider;
use crate::{
    scheme::{Scheme, forward},
    schemes::standard_webhooks::{Headers, Recipe},
};

/// Webhooks sent by Svix, under its own header names: those of the many services that send through it.
///
/// Follows [Verifying webhooks manually](https://docs.svix.com/receiving/verifying-payloads/how-manual), from which
/// [`StandardWebhooks`](crate::schemes::StandardWebhooks) grew: signed text, signatures, keys, time and event are as
/// there.
///
/// - **Headers**: `svix-id`, `svix-timestamp` and `svix-signature`. A request that has none of these may have
///   `webhook-id`, `webhook-timestamp` and `webhook-signature`, as services do that do not show whom they send through.
///   The two are never mixed: with one `svix-` header, all three must be there, and no `webhook-` header is looked at.
/// - **Keys**: as with Standard Webhooks, but shared secrets of 16 bytes suffice. Svix makes and takes 24 to 75; the
///   example in its documentation has 18.
/// - **Event**: the sending service's business. The body's `type` is taken where it is one text.
/// - **Replay**: known by the id, which retries keep although they are signed anew.
/// - **Answer**: any 2xx within 15 seconds; a redirect is a failure. Svix retries for some 27 hours.
/// - **Pitfalls**: Ed25519 (`v1a`) is what a service asks Svix for; its endpoints then show `whpk_` keys.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Svix};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Svix, Svix.key("whsec_plJ3nmyCDGBKInavdOK15jsl")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Svix;

static RECIPE: Recipe =
    Recipe { name: "svix", headers: Headers::SVIX, otherwise: Some(Headers::STANDARD), least: 16 };

impl Scheme for Svix {
    forward!(self => &RECIPE; name, key, plan, accept, sign, signing_key, event_source);
}

pub(super) const PROVIDER: Provider =
    Provider::new("svix", "Svix", "https://docs.svix.com/receiving/verifying-payloads/how-manual", |_| {
        Ok(Box::new(Svix))
    })
    .recipe("HMAC-SHA256 or Ed25519")
    .signed("id, time, body")
    .known_by("`svix-id`");
