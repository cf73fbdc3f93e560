//! A table of tenants' keys.
use super::{KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet};
use std::{collections::HashMap, sync::Arc};

/// A fixed table of tenants and their keys, for schemes whose deliveries name their tenant:
/// [`ByTenant`](crate::schemes::ByTenant) makes one of any scheme.
///
/// ```
/// use tower_webhook::key::{Algorithm, Key, Tenants};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let tenants = Tenants::new()
///     .with("tnt_1", Key::new(Algorithm::HmacSha256, "sk_of_the_first")?)
///     .with("tnt_2", Key::new(Algorithm::HmacSha256, "sk_of_the_second")?);
/// # let _ = tenants;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tenants {
    keys: HashMap<Box<str>, KeySet>,
}

impl Tenants {
    /// An empty table: it refuses everybody.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tenant, in place of an earlier one by the same name.
    #[must_use]
    pub fn with(mut self, tenant: impl Into<Arc<str>>, keys: impl Into<KeySet>) -> Self {
        let tenant = tenant.into();
        self.keys.insert(Box::from(&*tenant), keys.into().of_tenant(tenant));
        self
    }
}

impl KeyProvider for Tenants {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        let found = key.tenant().and_then(|tenant| self.keys.get(tenant));
        KeyLookup::ready(found.cloned().ok_or(KeyLookupError::Unknown))
    }
}
