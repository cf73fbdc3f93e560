//! Keys that are swapped while the service runs.
use super::{KeyLookup, KeyProvider, KeyRef, KeySet};
use std::sync::{Arc, PoisonError, RwLock};

/// Keys that are swapped while the service runs: keep one handle, and give the layer another.
///
/// A request gets its keys when its head arrives. Once [`swap`](Self::swap) has returned, every later request gets the
/// new ones, and a key that is not among them is refused. A request whose body is still arriving keeps the keys that it
/// began with: put a time-out on bodies.
///
/// ```
/// use tower_webhook::{
///     VerifySignatureLayer,
///     key::{Algorithm, Key, KeySet, RotatingKeys},
///     schemes::{Field, Signed},
/// };
/// # use http::HeaderName;
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// # let acme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("acme-signature")));
/// let old = Key::new(Algorithm::HmacSha256, "the secret of this quarter")?.labeled("2026-q3");
/// let keys = RotatingKeys::new(old.clone());
/// let layer = VerifySignatureLayer::new(acme, keys.clone());
///
/// // The provider has a new secret, and signs with either for a day:
/// let new = Key::new(Algorithm::HmacSha256, "the secret of the next")?.labeled("2026-q4");
/// keys.swap(KeySet::from(new.clone()).or(old));
/// // The day is over:
/// keys.swap(new);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RotatingKeys {
    current: Arc<RwLock<KeySet>>,
}

impl RotatingKeys {
    /// Begins with `keys`.
    pub fn new(keys: impl Into<KeySet>) -> Self {
        Self { current: Arc::new(RwLock::new(keys.into())) }
    }

    /// Puts `keys` in the place of the current ones, and returns those.
    pub fn swap(&self, keys: impl Into<KeySet>) -> KeySet {
        let keys = keys.into();
        // A set is replaced whole, so that there is a whole one behind a poisoned lock, too.
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, keys)
    }

    /// The keys that a request gets now.
    #[must_use]
    pub fn current(&self) -> KeySet {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl KeyProvider for RotatingKeys {
    fn keys(&self, _: &KeyRef) -> KeyLookup {
        KeyLookup::ready(Ok(self.current()))
    }
}
