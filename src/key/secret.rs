//! How a provider's dashboard writes its secrets.
use super::{Algorithm, Key, KeyError, SigningKey};
use crate::encoding::Encoding;
use zeroize::Zeroizing;

/// How the text of a secret becomes a key's bytes.
///
/// There is no fallback: text that does not decode is an error, never a key of its own.
///
/// ```
/// use tower_webhook::key::{Algorithm, KeyError, Secret};
///
/// // `whsec_` is part of Stripe's secret, and its absence (an older one) is no error; alone it is no secret.
/// const STRIPE: Secret = Secret::text().prefix("whsec_");
/// assert_eq!(STRIPE.key(Algorithm::HmacSha256, "whsec_").unwrap_err(), KeyError::OnlyPrefix { prefix: "whsec_" });
/// assert!(STRIPE.key(Algorithm::HmacSha256, "whsec_60fe3d").is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secret {
    prefix: &'static str,
    form: Form,
    least: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Text,
    Encoded(Encoding),
    Pem,
}

impl Form {
    /// How many characters so many bytes are, without the prefix.
    const fn written_len(self, bytes: usize) -> usize {
        match self {
            Self::Text => bytes,
            Self::Encoded(Encoding::Hex) => bytes.saturating_mul(2),
            Self::Encoded(Encoding::Base64) | Self::Pem => bytes.div_ceil(3).saturating_mul(4),
            Self::Encoded(Encoding::Base64Url) => bytes.saturating_mul(4).div_ceil(3),
        }
    }
}

impl Secret {
    /// The key is the text itself, as UTF-8, prefix and all.
    #[must_use]
    pub const fn text() -> Self {
        Self { prefix: "", form: Form::Text, least: 0 }
    }

    /// The text, behind its prefix, is the key in hexadecimal or base64.
    #[must_use]
    pub const fn encoded(encoding: Encoding) -> Self {
        Self { prefix: "", form: Form::Encoded(encoding), least: 0 }
    }

    /// A public key in PEM (`-----BEGIN PUBLIC KEY-----`), or the base64 of its inside; a private key likewise.
    #[must_use]
    pub const fn pem() -> Self {
        Self { prefix: "", form: Form::Pem, least: 0 }
    }

    /// What the provider's secrets begin with. A secret that is nothing else is refused; one without it is taken as it
    /// is, since providers introduce prefixes late.
    #[must_use]
    pub const fn prefix(mut self, prefix: &'static str) -> Self {
        self.prefix = prefix;
        self
    }

    /// How many bytes the key must have: less can be guessed.
    #[must_use]
    pub const fn at_least(mut self, bytes: usize) -> Self {
        self.least = bytes;
        self
    }

    /// Reads the text.
    ///
    /// # Errors
    /// If it is empty, blank, surrounded by white space, only the prefix, too short, or does not decode.
    pub fn key(&self, algorithm: Algorithm, text: &str) -> Result<Key, KeyError> {
        Key::new(algorithm, &*self.bytes(text, "PUBLIC KEY")?)
    }

    /// Reads what signs: the same text, or the private key in the form in which the public one is.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    pub fn signing_key(&self, algorithm: Algorithm, text: &str) -> Result<SigningKey, KeyError> {
        #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
        if algorithm.has_private_keys() {
            return SigningKey::private(algorithm, &self.bytes(text, "PRIVATE KEY")?);
        }
        SigningKey::shared(self.key(algorithm, text)?, text)
    }

    /// `label` is what PEM calls it.
    fn bytes(&self, text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let bytes = self.decode(text, label)?;
        if bytes.len() < self.least {
            return Err(KeyError::TooShort { least: self.form.written_len(self.least) });
        }
        Ok(bytes)
    }

    fn decode(&self, text: &str, label: &'static str) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        if text.trim().is_empty() {
            return Err(KeyError::Blank);
        }
        if text.trim().len() != text.len() && self.form != Form::Pem {
            return Err(KeyError::SurroundingSpace);
        }
        let behind = text.strip_prefix(self.prefix).unwrap_or(text);
        if behind.trim().is_empty() {
            return Err(KeyError::OnlyPrefix { prefix: self.prefix });
        }
        match self.form {
            Form::Text => Ok(Zeroizing::new(text.as_bytes().to_vec())),
            Form::Pem => super::pem::der(text, label),
            Form::Encoded(encoding) => {
                let expected = match encoding {
                    Encoding::Hex => "hexadecimal",
                    Encoding::Base64 => "base64 with its padding",
                    Encoding::Base64Url => "base64url without padding",
                };
                encoding.decode(behind).map(Zeroizing::new).ok_or(KeyError::Undecodable { expected })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(secret: Secret, text: &str) -> Option<KeyError> {
        secret.key(Algorithm::HmacSha256, text).err()
    }

    #[test]
    fn t04_empty_secrets_are_refused() {
        let text = Secret::text().prefix("whsec_");
        assert_eq!(error(text, ""), Some(KeyError::Empty));
        assert_eq!(error(text, " \t\n"), Some(KeyError::Blank));
        assert_eq!(error(text, "whsec_"), Some(KeyError::OnlyPrefix { prefix: "whsec_" }));
        assert_eq!(error(text, "whsec_ x "), Some(KeyError::SurroundingSpace));
        assert_eq!(error(text, "secret\n"), Some(KeyError::SurroundingSpace));
        assert_eq!(error(text, "secret"), None);
    }

    #[test]
    fn t04_what_can_be_guessed_is_refused() {
        let secret = Secret::encoded(Encoding::Base64).prefix("whsec_").at_least(6);
        assert_eq!(error(secret, "whsec_MfKQ9r8G"), None);
        assert_eq!(error(secret, "whsec_MfKQ9r8="), Some(KeyError::TooShort { least: 8 }));
        for (form, least) in [
            (Secret::text(), 7),
            (Secret::encoded(Encoding::Hex), 14),
            (Secret::encoded(Encoding::Base64), 12),
            (Secret::encoded(Encoding::Base64Url), 10),
        ] {
            assert_eq!(error(form.at_least(7), "abcd"), Some(KeyError::TooShort { least }), "{form:?}");
        }
    }

    #[test]
    fn t30_there_is_no_fallback_to_the_raw_text() {
        let secret = Secret::encoded(Encoding::Base64).prefix("whsec_");
        assert_eq!(error(secret, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), None);
        for wrong in ["whsec_not base64", "whsec_MfKQ9r8", "v1,whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(matches!(error(secret, wrong), Some(KeyError::Undecodable { .. })), "{wrong}");
        }
    }
}
