//! A cache over a source of keys.
mod flight;
mod table;
#[cfg(test)]
mod tests;

use self::{flight::Flight, table::Table};
use super::{KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet};
use bytes::Bytes;
use std::{
    error::Error,
    fmt,
    sync::{Arc, PoisonError, RwLock, RwLockWriteGuard},
    time::{Duration, Instant},
};

/// A cache over any [`KeyProvider`] that has to look somewhere. A shared handle: keep one to
/// [`forget`](Self::forget), and give the layer another.
///
/// - What the source found is believed for a minute ([`ttl`](Self::ttl)): that long, a key that was removed there still
///   fits, unless it is forgotten here.
/// - That the source knows nobody by a name is believed for ten seconds ([`negative_ttl`](Self::negative_ttl)), so that
///   a sender who repeats an invented name does not reach the source. A *failing* source says nothing: its failure is
///   answered 503, and not remembered unless [`failure_ttl`](Self::failure_ttl) says for how long.
/// - Requests for the same keys at the same time make one lookup. It goes on as long as one of them waits.
/// - At most 10,000 names are kept that lead to keys, and as many that lead nowhere ([`capacity`](Self::capacity)). Of
///   each, the one looked up longest ago makes room; names that somebody invents never take the place of real ones. A
///   name of more than 512 bytes is nobody's, without asking, and so is a chain of certificates of more than 16 KiB.
/// - Keys are not used beyond their time while the source fails, unless
///   [`stale_while_unavailable`](Self::stale_while_unavailable) says for how long.
///
/// Each *new* invented name reaches the source once: limit the rate of refusals in a layer outside of this one.
///
/// It needs no runtime, and runs nothing in the background: what has run out is dropped by later lookups. For the same
/// reason it cannot give up on a source that never answers: put a time-out into the source.
///
/// ```
/// use std::time::Duration;
/// use tower_webhook::{
///     VerifySignatureLayer,
///     key::{Cached, KeyLookupError, KeyRef, KeySet},
///     schemes::{ByTenant, Source, StandardWebhooks},
/// };
///
/// let keys = Cached::new(async |key: KeyRef| -> Result<KeySet, KeyLookupError> {
///     let tenant = key.tenant().ok_or(KeyLookupError::Unknown)?;
///     // .. ask the database, and say whose keys they are: `KeySet::from(key).of_tenant(tenant)`
///     # let _ = tenant;
///     Err(KeyLookupError::Unknown)
/// })
/// .ttl(Duration::from_secs(300));
/// let layer = VerifySignatureLayer::new(ByTenant::new(StandardWebhooks, Source::LastSegment), keys.clone());
///
/// // Somewhere else, after the tenant's secret was changed in the database:
/// keys.forget(&KeyRef::Tenant("acme".into()));
/// # let _ = layer;
/// ```
pub struct Cached<P> {
    source: Arc<P>,
    settings: Settings,
    table: Arc<RwLock<Table>>,
    now: Now,
}

#[derive(Clone, Copy)]
struct Settings {
    ttl: Duration,
    negative_ttl: Duration,
    failure_ttl: Duration,
    stale: Duration,
    capacity: usize,
}

/// Who tells the time. Not the wall clock, which steps.
type Now = Arc<dyn Fn() -> Instant + Send + Sync>;

/// Longer names are nobody's: the bound on entries is one on memory, too.
const LONGEST_NAME: usize = 512;
const LONGEST_CHAIN: usize = 16 << 10;

fn is_too_long(key: &KeyRef) -> bool {
    match key {
        KeyRef::Endpoint => false,
        KeyRef::Tenant(name) | KeyRef::Id(name) | KeyRef::Certificate(name) => name.len() > LONGEST_NAME,
        KeyRef::Chain(chain) => chain.iter().map(Bytes::len).sum::<usize>() > LONGEST_CHAIN,
    }
}

impl<P: KeyProvider> Cached<P> {
    /// Remembers what `source` finds.
    pub fn new(source: P) -> Self {
        Self {
            source: Arc::new(source),
            settings: Settings {
                ttl: Duration::from_secs(60),
                negative_ttl: Duration::from_secs(10),
                failure_ttl: Duration::ZERO,
                stale: Duration::ZERO,
                capacity: 10_000,
            },
            table: Arc::default(),
            now: Arc::new(Instant::now),
        }
    }
}

impl<P> Cached<P> {
    /// How long keys are believed, if not a minute. It counts from when the source was asked.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.settings.ttl = ttl;
        self
    }

    /// How long it is believed that the source knows nobody by a name, if not ten seconds. That long, a new tenant may
    /// be refused.
    #[must_use]
    pub fn negative_ttl(mut self, ttl: Duration) -> Self {
        self.settings.negative_ttl = ttl;
        self
    }

    /// How long a failure of the source is answered without asking it again, if at all: for a source that is slow to
    /// fail, or that senders can make fail. While there are keys, [stale](Self::stale_while_unavailable) or not, a second
    /// passes in any case.
    #[must_use]
    pub fn failure_ttl(mut self, ttl: Duration) -> Self {
        self.settings.failure_ttl = ttl;
        self
    }

    /// How many names that lead to keys are kept, and how many that lead nowhere, if not 10,000 of each. At least one.
    /// A name that leads nowhere takes some 200 bytes and its own length.
    #[must_use]
    pub fn capacity(mut self, names: usize) -> Self {
        self.settings.capacity = names.max(1);
        self
    }

    /// While the source fails, uses keys for this much longer than their [`ttl`](Self::ttl). **A key that was removed
    /// in the meantime still fits.** The source is then asked once a second; without this, its failure is answered 503.
    #[must_use]
    pub fn stale_while_unavailable(mut self, longer: Duration) -> Self {
        self.settings.stale = longer;
        self
    }

    /// Forgets what is known by this reference, and what a lookup under way will find. Once this has returned, the next
    /// request asks the source.
    pub fn forget(&self, key: &KeyRef) {
        self.write().forget(key);
    }

    /// [Forgets](Self::forget) everything.
    pub fn forget_all(&self) {
        self.write().forget_all();
    }

    /// The source, to change what it demands of keys: what it has found until now is not taken along. Handles that were
    /// cloned before go on as they were.
    #[cfg(feature = "x509")]
    pub(in crate::key) fn source_mut(&mut self) -> &mut P
    where
        P: Clone,
    {
        self.table = Arc::default();
        Arc::make_mut(&mut self.source)
    }

    /// Tells the time to tests.
    #[cfg(test)]
    pub(in crate::key) fn clock(mut self, now: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        self.now = Arc::new(now);
        self
    }

    fn look(&self, key: &KeyRef) -> Option<Found> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.look(key, (self.now)(), &self.settings)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Table> {
        write(&self.table)
    }
}

fn write(table: &RwLock<Table>) -> RwLockWriteGuard<'_, Table> {
    // Nothing panics half-way through a change.
    table.write().unwrap_or_else(PoisonError::into_inner)
}

impl<P: KeyProvider> KeyProvider for Cached<P> {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        if is_too_long(key) {
            return KeyLookup::ready(Err(KeyLookupError::Unknown));
        }
        if let Some(found) = self.look(key) {
            return KeyLookup::ready(found.into());
        }
        let flight = {
            let mut table = self.write();
            // Another may have landed since.
            if let Some(found) = table.look(key, (self.now)(), &self.settings) {
                return KeyLookup::ready(found.into());
            }
            table.flight(key, |key, number| Flight::new(self.fly(key, number)))
        };
        let passenger = flight.board();
        KeyLookup::future(async { passenger.await.into() })
    }
}

impl<P: KeyProvider> Cached<P> {
    /// What the source says now, though there are keys already: for a source that finds many keys by one reference, when
    /// the right one is not among them. If it answered less than `pause` ago, it is not asked, and this is what it said
    /// then; after a failure, a second passes. Stale keys are no answer here.
    pub fn ask_again(&self, key: &KeyRef, pause: Duration) -> KeyLookup {
        if is_too_long(key) {
            return KeyLookup::ready(Err(KeyLookupError::Unknown));
        }
        let flight = {
            let mut table = self.write();
            if let Some(found) = table.look_again(key, (self.now)(), &self.settings, pause) {
                return KeyLookup::ready(found.not_stale().into());
            }
            table.flight(key, |key, number| Flight::new(self.fly(key, number)))
        };
        let passenger = flight.board();
        KeyLookup::future(async { passenger.await.not_stale().into() })
    }

    /// Asks the source, and keeps what it says.
    fn fly(&self, key: Arc<KeyRef>, number: u64) -> impl Future<Output = Found> + Send + 'static {
        let Self { source, settings, now, .. } = self.clone();
        let entry = Entry { table: Arc::clone(&self.table), key, number };
        async move {
            let asked_at = now();
            let found = source.keys(&entry.key).await;
            let mut table = write(&entry.table);
            if table.strike_off(&entry.key, entry.number) {
                table.keep(&entry.key, found.into(), asked_at, now(), &settings)
            } else {
                found.into()
            }
        }
    }
}

/// A flight's entry in the table; struck off when the flight ends, however it ends.
struct Entry {
    table: Arc<RwLock<Table>>,
    key: Arc<KeyRef>,
    number: u64,
}

impl Drop for Entry {
    fn drop(&mut self) {
        write(&self.table).strike_off(&self.key, self.number);
    }
}

/// What a source said, in a form that many can be given.
#[derive(Clone)]
enum Found {
    Keys(KeySet),
    /// Keys that were found earlier, and why none were found now.
    Stale(KeySet, Arc<dyn Error + Send + Sync>),
    Unknown,
    Untrusted(Arc<dyn Error + Send + Sync>),
    Failed(Arc<dyn Error + Send + Sync>),
}

impl Found {
    fn not_stale(self) -> Self {
        match self {
            Self::Stale(_, error) => Self::Failed(error),
            found => found,
        }
    }
}

impl From<Result<KeySet, KeyLookupError>> for Found {
    fn from(found: Result<KeySet, KeyLookupError>) -> Self {
        match found {
            Ok(keys) => Self::Keys(keys),
            Err(KeyLookupError::Unknown) => Self::Unknown,
            Err(KeyLookupError::Untrusted(error)) => Self::Untrusted(Arc::from(error)),
            Err(KeyLookupError::Unavailable(error)) => Self::Failed(Arc::from(error)),
        }
    }
}

impl From<Found> for Result<KeySet, KeyLookupError> {
    fn from(found: Found) -> Self {
        match found {
            Found::Keys(keys) | Found::Stale(keys, _) => Ok(keys),
            Found::Unknown => Err(KeyLookupError::Unknown),
            Found::Untrusted(error) => Err(KeyLookupError::untrusted(error)),
            Found::Failed(error) => Err(KeyLookupError::unavailable(error)),
        }
    }
}

impl<P> Clone for Cached<P> {
    fn clone(&self) -> Self {
        Self {
            source: Arc::clone(&self.source),
            settings: self.settings,
            table: Arc::clone(&self.table),
            now: Arc::clone(&self.now),
        }
    }
}

/// With how many entries it has: names that lead to keys, names that lead nowhere, and lookups under way.
impl<P> fmt::Debug for Cached<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [known, unknown, underway] = self.table.read().unwrap_or_else(PoisonError::into_inner).counts();
        f.debug_struct("Cached")
            .field("ttl", &self.settings.ttl)
            .field("negative_ttl", &self.settings.negative_ttl)
            .field("failure_ttl", &self.settings.failure_ttl)
            .field("stale_while_unavailable", &self.settings.stale)
            .field("capacity", &self.settings.capacity)
            .field("known", &known)
            .field("unknown", &unknown)
            .field("underway", &underway)
            .finish_non_exhaustive()
    }
}
