//! Where keys come from.
use super::{Key, KeySet};
use crate::{BoxError, BoxFuture};
use bytes::Bytes;
use std::{fmt, pin::Pin, sync::Arc};

/// Which keys a request says that it was signed with. It is the sender's word: a reference to look up, and nothing
/// that is believed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyRef {
    /// It does not say: the endpoint's own.
    Endpoint,
    /// Those of a tenant.
    Tenant(Box<str>),
    /// The one that its owner publishes under this id: a JWK's `kid`, a `keyid`.
    Id(Box<str>),
    /// The one of the certificate at this URL, which the scheme has found to be an address of its provider's.
    Certificate(Box<str>),
    /// The one of the first of these certificates, in DER, each signed by the next one's.
    Chain(Arc<[Bytes]>),
}

impl KeyRef {
    /// The tenant, if it names one.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::Tenant(tenant) => Some(tenant),
            Self::Endpoint | Self::Id(_) | Self::Certificate(_) | Self::Chain(_) => None,
        }
    }
}

/// Where the keys of an endpoint come from.
///
/// A [`Key`] and a [`KeySet`] are providers: the endpoint has one secret. [`Tenants`](super::Tenants) is a table. A
/// closure that returns a future is one that looks somewhere, and [`Cached`](super::Cached) spares it the repeats:
///
/// ```
/// use tower_webhook::{
///     VerifySignatureLayer,
///     key::{KeyLookupError, KeyRef, KeySet},
///     schemes::StandardWebhooks,
/// };
///
/// let layer = VerifySignatureLayer::new(StandardWebhooks, async |key: KeyRef| -> Result<KeySet, KeyLookupError> {
///     let tenant = key.tenant().ok_or(KeyLookupError::Unknown)?;
///     // .. ask the database; `Unknown` is answered 401, `Unavailable` is answered 503 and sent again.
///     // Say whose keys they are, with `KeySet::of_tenant`: else `Verified::tenant` does not know.
///     # let _ = tenant;
///     Err(KeyLookupError::Unknown)
/// });
/// # let _ = layer;
/// ```
///
/// What such a closure holds, it clones for each future, since that outlives the call:
///
/// ```
/// use std::sync::Arc;
/// use tower_webhook::key::{KeyLookupError, KeyProvider, KeyRef, KeySet};
///
/// struct Database;
///
/// impl Database {
///     async fn secret_of(&self, tenant: &str) -> Result<KeySet, KeyLookupError> {
///         # let _ = tenant;
///         Err(KeyLookupError::Unknown)
///     }
/// }
///
/// fn keys(database: Arc<Database>) -> impl KeyProvider {
///     move |key: KeyRef| {
///         let database = Arc::clone(&database);
///         async move { database.secret_of(key.tenant().ok_or(KeyLookupError::Unknown)?).await }
///     }
/// }
/// # let _ = keys(Arc::new(Database));
/// ```
///
/// One that needs no waiting implements the trait:
///
/// ```
/// use tower_webhook::key::{KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet};
///
/// struct OneTenant(KeySet);
///
/// impl KeyProvider for OneTenant {
///     fn keys(&self, key: &KeyRef) -> KeyLookup {
///         match key.tenant() {
///             Some("acme") => KeyLookup::ready(Ok(self.0.clone())),
///             _ => KeyLookup::ready(Err(KeyLookupError::Unknown)),
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not provide webhook keys",
    label = "expected a `Key`, a `KeySet`, `Tenants`, or an async closure",
    note = "the scheme reads a secret's text: `let key = scheme.key(\"the secret\")?`",
    note = "an async closure is one if it takes a `KeyRef`, returns a `Result<KeySet, KeyLookupError>`, \
            and uses nothing that it captures",
    note = "what a closure captures it clones for each call: the documentation of `KeyProvider` shows how"
)]
pub trait KeyProvider: Send + Sync + 'static {
    /// Finds the keys. Called once for each request whose head is plausible, before its sender is proven.
    ///
    /// Those of a tenant should say so ([`KeySet::of_tenant`]): only then does [`Verified`](crate::Verified) name the
    /// tenant, and the replay memory keep one tenant's deliveries apart from another's.
    fn keys(&self, key: &KeyRef) -> KeyLookup;
}

/// A [`KeyProvider`]'s answer: at hand, or on its way.
pub struct KeyLookup(pub(crate) Lookup);

pub(crate) enum Lookup {
    Ready(Result<KeySet, KeyLookupError>),
    Future(BoxFuture<Result<KeySet, KeyLookupError>>),
}

impl KeyLookup {
    /// At hand: costs no allocation.
    #[must_use]
    pub fn ready(result: Result<KeySet, KeyLookupError>) -> Self {
        Self(Lookup::Ready(result))
    }

    /// On its way.
    #[must_use]
    pub fn future(future: impl Future<Output = Result<KeySet, KeyLookupError>> + Send + 'static) -> Self {
        Self(Lookup::Future(Box::pin(future)))
    }
}

/// For providers that ask others. The layer awaits by itself.
impl IntoFuture for KeyLookup {
    type Output = Result<KeySet, KeyLookupError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        match self.0 {
            Lookup::Ready(found) => Box::pin(std::future::ready(found)),
            Lookup::Future(lookup) => lookup,
        }
    }
}

impl fmt::Debug for KeyLookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Lookup::Ready(_) => "KeyLookup(ready)",
            Lookup::Future(_) => "KeyLookup(future)",
        })
    }
}

/// Why there are no keys.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyLookupError {
    /// There is nobody by that name. Answered by the provider's refusal, 401 where it documents none.
    Unknown,
    /// The source of keys failed. Answered 503, so that the sender tries again.
    Unavailable(BoxError),
    /// There is a key, and it is not to be trusted: a certificate that has expired, of another host, that nobody known
    /// has signed. Answered as [`Unknown`](Self::Unknown).
    Untrusted(BoxError),
}

impl KeyLookupError {
    /// The source of keys failed.
    pub fn unavailable(error: impl Into<BoxError>) -> Self {
        Self::Unavailable(error.into())
    }

    /// The key is not to be trusted.
    pub fn untrusted(error: impl Into<BoxError>) -> Self {
        Self::Untrusted(error.into())
    }
}

impl fmt::Display for KeyLookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there are no keys by that reference"),
            Self::Unavailable(error) => write!(f, "the source of keys failed: {error}"),
            Self::Untrusted(error) => write!(f, "the key is not to be trusted: {error}"),
        }
    }
}

impl std::error::Error for KeyLookupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unknown => None,
            Self::Unavailable(error) | Self::Untrusted(error) => Some(&**error),
        }
    }
}

impl KeyProvider for KeySet {
    fn keys(&self, _: &KeyRef) -> KeyLookup {
        KeyLookup::ready(Ok(self.clone()))
    }
}

impl KeyProvider for Key {
    fn keys(&self, _: &KeyRef) -> KeyLookup {
        KeyLookup::ready(Ok(self.clone().into()))
    }
}

impl<P: KeyProvider + ?Sized> KeyProvider for Arc<P> {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        (**self).keys(key)
    }
}

// A type that is no provider is told so, and not that it is no function.
#[diagnostic::do_not_recommend]
impl<F, Fut> KeyProvider for F
where
    F: Fn(KeyRef) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<KeySet, KeyLookupError>> + Send + 'static,
{
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        KeyLookup::future(self(key.clone()))
    }
}
