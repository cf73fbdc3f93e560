//! Keys that may all have signed the same delivery.
use super::{Key, KeyError};
use std::{slice, sync::Arc};

/// The keys that may have signed a delivery: one, or several while a secret is being rotated. Never none.
///
/// They are tried in order, and the second only if the first did not match: put the newest first.
#[derive(Clone, Debug)]
pub struct KeySet {
    keys: Keys,
    tenant: Option<Arc<str>>,
}

/// Cloned for each request, without an allocation.
#[derive(Clone, Debug)]
enum Keys {
    One(Key),
    Several(Arc<[Key]>),
}

impl KeySet {
    /// All of `keys`.
    ///
    /// # Errors
    /// If there is none.
    pub fn new(keys: impl IntoIterator<Item = Key>) -> Result<Self, KeyError> {
        let keys: Arc<[Key]> = keys.into_iter().collect();
        let keys = match &*keys {
            [] => return Err(KeyError::NoKeys),
            [key] => Keys::One(key.clone()),
            _ => Keys::Several(keys),
        };
        Ok(Self { keys, tenant: None })
    }

    /// These keys, and then `key`.
    #[must_use]
    pub fn or(self, key: Key) -> Self {
        let keys = self.iter().cloned().chain([key]).collect();
        Self { keys: Keys::Several(keys), tenant: self.tenant }
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
        match &self.keys {
            Keys::One(key) => slice::from_ref(key).iter(),
            Keys::Several(keys) => keys.iter(),
        }
    }
}

impl From<Key> for KeySet {
    fn from(key: Key) -> Self {
        Self { keys: Keys::One(key), tenant: None }
    }
}
