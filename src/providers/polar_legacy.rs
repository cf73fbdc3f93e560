//! Polar, with older secrets.
use super::describe::provider;
use crate::{key::Secret, schemes::standard_webhooks::Recipe};

provider! {
    /// Polar's webhooks, with a secret that was made before 8 September 2026.
    ///
    /// - **Secret**: the text as it is, `whsec_` included if it has that. Everything else is as with
    ///   [`Polar`](super::Polar).
    /// - **Pitfalls**: Polar's document says that the secret is to be encoded with base64 before it is given to a library of
    ///   Standard Webhooks. That library decodes it again, so that the text is the key.
    pub struct PolarLegacy;
    registered = ("polar-legacy", "Polar, older secrets", "https://polar.sh/docs/integrate/webhooks/delivery")
        .signed("id, time, body").known_by("`webhook-id`");
    secret = "whsec_the_secret_of_the_endpoint";
    fn recipe() -> Recipe {
        Recipe::new("polar-legacy").secret(Secret::text().prefix("whsec_"))
    }
}
