//! The secret that is shown once.
use crate::{
    Scheme as _,
    key::{Key, KeyError},
    providers::Blooio,
};
use serde::{Deserialize, Deserializer};
use std::fmt;
use zeroize::Zeroizing;

/// A webhook's signing secret, which Blooio shows once. `Debug` shows none of it, and it is wiped on drop.
///
/// ```
/// # use bytes::Bytes;
/// use tower_webhook::providers::blooio::management::RotatedSecret;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let body = r#"{"data":{"id":"wh_a1b2c3d4","signing_secret":"whsec_a1b2c3d4"}}"#;
/// # let response = http::Response::new(Bytes::from(body));
/// let rotated = RotatedSecret::from_response(&response)?;
/// let key = rotated.signing_secret.key()?.labeled("rotated");
/// assert!(!format!("{rotated:?}").contains("whsec_"));
/// # let _ = key;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SigningSecret {
    text: Zeroizing<String>,
}

impl SigningSecret {
    /// The key that verifies the webhook's deliveries, for [`Blooio`].
    ///
    /// # Errors
    /// If the text is empty, blank, surrounded by white space or only a prefix.
    pub fn key(&self) -> Result<Key, KeyError> {
        Blooio.key(&self.text)
    }

    /// The text, to be stored where secrets are kept. Named so that its uses can be found.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningSecret").finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for SigningSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self { text: Zeroizing::new(text) })
    }
}
