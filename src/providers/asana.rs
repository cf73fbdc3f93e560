//! Asana.
use super::registry::Provider;
use crate::{
    scheme::{Scheme, forward},
    schemes::{
        Field, Signed, Source,
        handshake::{Answering, Enroller, Handshake, Said},
    },
};
use http::{HeaderName, Method};

/// Asana's webhooks.
///
/// Follows [Webhooks](https://developers.asana.com/docs/webhooks-guide).
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Hook-Signature`, hexadecimal.
/// - **Secret**: the `X-Hook-Secret` of the webhook's handshake, as it is; it looks like hexadecimal, and is not decoded.
///   Each webhook has its own: with several, use [`ByTenant`](crate::schemes::ByTenant).
/// - **Time**: none is signed.
/// - **Event, id**: each item of `events` has an `action` and a `resource`; the delivery has neither. One without items is
///   a heartbeat, signed as well (every eight hours, by a secondary source): let the handler answer 200.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen; heartbeats are all the same.
/// - **Handshake**: while a webhook is created, Asana sends a POST with an `X-Hook-Secret`, which is not signed, and wants
///   it sent back in the same header. **Anybody can send that**, so it is refused unless you ask for
///   [`enrolling`](Self::enrolling), and answered only where you expect one.
/// - **Answer**: 200 or 204, within 10 seconds (not confirmed). Retries come for a day (not confirmed).
/// - **Pitfalls**: NetBox and Clio send an `X-Hook-Signature` too, by other hashes.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Asana};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let asana = Asana::new();
/// let key = asana.key("b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81")?;
/// let layer = VerifySignatureLayer::new(asana, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Asana {
    recipe: Answering<Signed>,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-hook-signature");
const SECRET: HeaderName = HeaderName::from_static("x-hook-secret");

impl Asana {
    /// For webhooks whose secret is known.
    pub fn new() -> Self {
        Self { recipe: Answering::nothing(Signed::hmac_sha256("asana", Field::header(SIGNATURE))) }
    }

    /// Answers handshakes whose secret `enroller` takes: [`Enrolments`](crate::schemes::handshake::Enrolments), or your
    /// own. No key is looked up for them, so that the key provider may have none yet.
    pub fn enrolling(mut self, enroller: impl Enroller) -> Self {
        let exchange = Handshake::unverified(Method::POST)
            .question(Source::Header(SECRET))
            .enrolling(enroller)
            .header(SECRET, Said::question());
        self.recipe = self.recipe.and(exchange);
        self
    }
}

impl Default for Asana {
    fn default() -> Self {
        Self::new()
    }
}

impl Scheme for Asana {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("asana", "Asana", "https://developers.asana.com/docs/webhooks-guide", |_| {
        Ok(Box::new(Asana::new()))
    })
    .handshake("`X-Hook-Secret`, where it is expected: `enrolling`");
