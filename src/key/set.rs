//! Keys that may all have signed the same delivery.
use super::{Key, KeyError};
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

/// The keys that may have signed a delivery: one, or several while a secret is being rotated. Never none.
///
/// They are tried in order, and the second only if the first did not match: put the newest first.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Arc<SmallVec<[Key; 1]>>,
    tenant: Option<Arc<str>>,
}

impl KeySet {
    /// All of `keys`.
    ///
    /// # Errors
    /// If there is none.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyError> {
        let keys: SmallVec<[Key; 1]> = keys.into_iter().collect();
        if keys.is_empty() {
            return Err(KeyError::NoKeys);
        }
        Ok(Self { keys: Arc::new(keys), tenant: None })
    }

    /// These keys, and then `key`.
    #[must_use]
    pub fn or(self, key: Key) -> Self {
        let mut keys = SmallVec::clone(&self.keys);
        keys.push(key);
        Self { keys: Arc::new(keys), tenant: self.tenant }
    }

    /// Says whose keys these are. A delivery that they verify is from this tenant, whatever the request's unsigned
    /// words say; if its signed body names another, it is refused.
    #[must_use]
    pub fn of_tenant(mut self, tenant: impl Into<Arc<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Whose keys these are.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    pub(crate) fn tenant_arc(&self) -> Option<Arc<str>> {
        self.tenant.clone()
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Key> {
        self.keys.iter()
    }
}

impl From<Key> for KeySet {
    fn from(key: Key) -> Self {
        Self { keys: Arc::new(smallvec![key]), tenant: None }
    }
}
