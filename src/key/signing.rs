//! The sending side's keys.
use super::{Algorithm, Key, KeyError};
use crate::scheme::{CannotSign, Text};
use smallvec::SmallVec;
use std::fmt;
use zeroize::Zeroizing;

/// What a sender signs with. A type of its own, so that no receiver is handed one by mistake.
///
/// Made by [`Scheme::signing_key`](crate::Scheme::signing_key). `Debug` shows none of it, and it is wiped on drop.
#[derive(Clone)]
pub struct SigningKey {
    key: Key,
    text: Zeroizing<String>,
}

impl SigningKey {
    /// For schemes whose senders and receivers share one secret: the key, and the text that it was made from.
    ///
    /// # Errors
    /// If the text is empty.
    pub fn shared(key: Key, text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self { key, text: Zeroizing::new(text.to_owned()) })
    }

    /// The signature of `text` over `body`.
    ///
    /// # Errors
    /// If this key is not for `algorithm`.
    pub fn sign(&self, algorithm: Algorithm, text: &Text, body: &[u8]) -> Result<Vec<u8>, CannotSign> {
        let mac = self.key.macs().iter().find(|mac| mac.algorithm() == algorithm);
        let mut mac = mac.ok_or(CannotSign::new("the key is for another algorithm"))?.clone();
        text.feed(body, |bytes| mac.update(bytes));
        let signature: SmallVec<[u8; 64]> = mac.finalize();
        Ok(signature.into_vec())
    }

    /// The secret's text, for schemes that send it as it is. Named so that its uses can be found.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}
