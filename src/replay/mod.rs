//! Who has been here before: replay memory that knows about retries.
//!
//! Every provider delivers at least once, and sends again what was not answered with success. So a delivery is not
//! simply seen or unseen:
//!
//! | the store says | because | the sender gets |
//! | --- | --- | --- |
//! | [`Fresh`](Reserved::Fresh) | it is new, or an earlier try failed | the handler's answer |
//! | [`InFlight`](Reserved::InFlight) | it is being handled right now | 503 with `Retry-After` |
//! | [`Done`](Reserved::Done) | it was handled | the provider's acknowledgement, or its refusal where it demands one |
//!
//! A handler's success commits the delivery; anything else, a panic and a dropped connection too, releases it for the
//! retry. A reservation is a lease, so that a process that dies does not keep it, and carries a fencing token, so that
//! a holder whose lease has run out settles nothing any more.
//!
//! A delivery is known by its signed id, so that a retry which is signed anew is still the same delivery; else by the
//! signed text, which contains the time of signing. Providers that sign neither (GitHub) may send two equal
//! deliveries, so nothing is remembered unless [`Replay::remember_bodies`] says so. It is never known by its
//! signature: one of several can be left out, and some can be altered.
//!
//! ```
//! # #[cfg(all(feature = "memory", feature = "providers"))] {
//! use tower_webhook::{Scheme, VerifySignatureLayer, providers::Stripe, replay::{MemoryStore, Replay}};
//!
//! # fn main() -> Result<(), tower_webhook::key::KeyError> {
//! let layer = VerifySignatureLayer::new(Stripe, Stripe.key("whsec_of_the_dashboard")?)
//!     .replay(Replay::new(MemoryStore::new(100_000), "billing"));
//! # let _ = layer;
//! # Ok(())
//! # }
//! # main().unwrap();
//! # }
//! ```
mod guard;
#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod settings;

pub(crate) use self::guard::{ErasedStore, Guard};
#[cfg(feature = "memory")]
pub use self::memory::MemoryStore;
#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
pub use self::settings::{Replay, Settle};

use crate::{BoxError, verified::Verified};
use sha2::{Digest as _, Sha256};
use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
    time::Duration,
};

/// Longer than any process lives, and short enough to be added to any moment: what `Duration::MAX` comes to.
#[cfg(any(feature = "memory", feature = "redis"))]
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Remembers deliveries. Write plain `async fn`s in your `impl`; an `Arc` of a store is one too.
///
/// `conformance::replay_store`, of the feature of that name, checks an implementation.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a replay store",
    label = "expected a store, such as `replay::MemoryStore`",
    note = "implement `ReplayStore` for a memory of your own; `Arc<impl ReplayStore>` is one"
)]
pub trait ReplayStore: Send + Sync + 'static {
    /// In one atomic step: leases the key for `lease` if it is new, released, or its lease has run out; else says
    /// which it is.
    ///
    /// Its future is dropped where the sender hangs up now. What it may have leased then, nobody knows of: release it if
    /// you can; else the lease runs out.
    fn reserve(
        &self,
        key: &ReplayKey,
        lease: Duration,
    ) -> impl Future<Output = Result<Reserved, StoreError>> + Send;

    /// The delivery was handled: remembers the key for `retention`, also if the lease has run out meanwhile. Does
    /// nothing if another reservation holds the key by now, or if it was committed.
    ///
    /// Its future is dropped where the sender hangs up now. Carry it through then if you can: nothing else follows, and
    /// once the lease has run out the retry is handled again.
    fn commit(
        &self,
        reservation: &Reservation,
        retention: Duration,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The delivery was not handled: forgets the key. Does nothing if the reservation's token is no longer the key's,
    /// or if it was committed.
    fn release(&self, reservation: &Reservation) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The request was dropped before its handler was done. Must not block. Doing nothing is correct, since the lease
    /// ends; releasing at once lets the retry in sooner.
    fn abandon(&self, reservation: Reservation) {
        let _ = reservation;
    }
}

impl<S: ReplayStore> ReplayStore for Arc<S> {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        (**self).reserve(key, lease).await
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        (**self).commit(reservation, retention).await
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        (**self).release(reservation).await
    }

    fn abandon(&self, reservation: Reservation) {
        (**self).abandon(reservation);
    }
}

/// What [`ReplayStore::reserve`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reserved {
    /// It is yours until the lease runs out.
    Fresh(Reservation),
    /// Somebody holds a lease on it.
    InFlight,
    /// It was committed.
    Done,
}

/// The replay memory could not note in time what became of a delivery: in the extensions of the response, which is the
/// handler's nevertheless. Unless the store notes it later, the delivery is new again once its lease has run out.
///
/// ```
/// use http::Response;
/// use tower_webhook::replay::Unsettled;
///
/// fn may_be_handled_twice<B>(response: &Response<B>) -> bool {
///     response.status().is_success() && response.extensions().get::<Unsettled>().is_some()
/// }
/// # assert!(!may_be_handled_twice(&Response::new(())));
/// ```
#[derive(Clone, Debug)]
pub struct Unsettled {
    error: Arc<StoreError>,
}

impl Unsettled {
    pub(crate) fn new(error: StoreError) -> Self {
        Self { error: Arc::new(error) }
    }

    /// Why.
    #[must_use]
    pub fn error(&self) -> &StoreError {
        &self.error
    }
}

/// A lease on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    key: ReplayKey,
    token: u128,
}

impl Reservation {
    /// For stores: a lease on `key`, whose `token` no other reservation of the key has ever had.
    #[must_use]
    pub fn new(key: ReplayKey, token: u128) -> Self {
        Self { key, token }
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &ReplayKey {
        &self.key
    }

    /// The fencing token.
    #[must_use]
    pub fn token(&self) -> u128 {
        self.token
    }
}

/// What a store knows a delivery by: the user's namespace, and a digest of scheme, tenant and identity.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplayKey {
    namespace: Arc<str>,
    digest: [u8; 32],
}

impl ReplayKey {
    /// For tests of stores: a key for `identity` in `namespace`.
    #[must_use]
    pub fn new(namespace: impl Into<Arc<str>>, identity: impl AsRef<[u8]>) -> Self {
        Self { namespace: namespace.into(), digest: Sha256::digest(identity.as_ref()).into() }
    }

    /// The key of a verified delivery; `None` if it has no identity.
    pub(crate) fn of(namespace: &Arc<str>, verified: &Verified, remember_bodies: bool) -> Option<Self> {
        let digest = match verified.identity_digest() {
            Some(digest) => *digest,
            None if remember_bodies => verified.payload_digest(),
            None => return None,
        };
        Some(Self { namespace: Arc::clone(namespace), digest })
    }

    /// The user's namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The digest.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl Hash for ReplayKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The same delivery is rarely in more than one namespace.
        state.write(&self.digest);
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayKey({}:{})", self.namespace, data_encoding::HEXLOWER.encode(&self.digest))
    }
}

/// A store's failure. The sender is answered 503 and tries again.
#[derive(Debug)]
pub struct StoreError {
    source: BoxError,
}

impl StoreError {
    /// What went wrong.
    pub fn new(source: impl Into<BoxError>) -> Self {
        Self { source: source.into() }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the replay store failed: {}", self.source)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
