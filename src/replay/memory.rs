//! Replay memory in process.
use super::{ReplayKey, ReplayStore, Reservation, Reserved, StoreError};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Replay memory in process: for one machine, and for tests. What it holds is lost with the process.
///
/// It is bounded. Each call removes a few entries whose time has run out, so that no task runs in the background; at
/// the bound it refuses new deliveries with 503 rather than forget one that could still be replayed, unless
/// [`forget_oldest_when_full`](Self::forget_oldest_when_full) says otherwise.
#[derive(Debug)]
pub struct MemoryStore {
    entries: Mutex<Entries>,
    capacity: usize,
    forget_oldest_when_full: bool,
}

#[derive(Debug, Default)]
struct Entries {
    by_key: HashMap<ReplayKey, Entry>,
    /// The finished ones, in the order in which their retentions run out.
    done: BTreeMap<Place, ReplayKey>,
    /// Those that are being handled, in the order in which their leases run out.
    leased: BTreeMap<Place, ReplayKey>,
    last_token: u128,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    place: Place,
    done: bool,
}

/// When an entry's lease or retention runs out, and its token. Endpoints that share a memory have leases and retentions
/// of their own, so that the oldest entry need not be the first to run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    until: Instant,
    token: u128,
}

impl MemoryStore {
    /// Remembers up to `capacity` deliveries, which is at least one. An entry takes some 300 bytes.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: Mutex::default(), capacity: capacity.max(1), forget_oldest_when_full: false }
    }

    /// At the bound, forgets the finished delivery that would be forgotten next, in place of refusing a new one. A
    /// delivery that is being handled is never forgotten. **A forgotten delivery can be replayed** while its signed
    /// time is within the tolerance.
    #[must_use]
    pub fn forget_oldest_when_full(mut self) -> Self {
        self.forget_oldest_when_full = true;
        self
    }

    /// How many deliveries it holds now, including some whose time has run out.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().by_key.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing in here panics half-way through a change.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    /// Removes up to two finished entries and two leased ones whose time has run out: more than a call adds, so that
    /// the dead cannot pile up.
    fn expire(&mut self, now: Instant) {
        for _ in 0..2 {
            self.forget_first(true, Some(now));
            self.forget_first(false, Some(now));
        }
    }

    /// Forgets the first entry to run out; with a time, only if it has run out by then.
    fn forget_first(&mut self, done: bool, by: Option<Instant>) -> bool {
        let Some(first) = self.queue(done).first_entry() else { return false };
        if by.is_some_and(|now| first.key().until > now) {
            return false;
        }
        let key = first.remove();
        self.by_key.remove(&key).is_some()
    }

    fn insert(&mut self, key: ReplayKey, entry: Entry) {
        self.remove(&key);
        self.queue(entry.done).insert(entry.place, key.clone());
        self.by_key.insert(key, entry);
    }

    fn remove(&mut self, key: &ReplayKey) {
        if let Some(entry) = self.by_key.remove(key) {
            self.queue(entry.done).remove(&entry.place);
        }
    }

    fn queue(&mut self, done: bool) -> &mut BTreeMap<Place, ReplayKey> {
        if done { &mut self.done } else { &mut self.leased }
    }

    /// Whether the reservation is the one that is being handled.
    fn holds(&self, reservation: &Reservation) -> bool {
        let entry = self.by_key.get(&reservation.key);
        entry.is_some_and(|entry| entry.place.token == reservation.token && !entry.done)
    }

    fn release(&mut self, reservation: &Reservation) {
        if self.holds(reservation) {
            self.remove(&reservation.key);
        }
    }
}

/// Longer than any process lives, and short enough to be added to any moment: what `Duration::MAX` comes to.
const FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

fn after(now: Instant, duration: Duration) -> Result<Instant, StoreError> {
    now.checked_add(duration.min(FOR_EVER)).ok_or_else(|| StoreError::new("the clock is at its end"))
}

impl ReplayStore for MemoryStore {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        let now = Instant::now();
        let until = after(now, lease)?;
        let mut entries = self.lock();
        entries.expire(now);
        match entries.by_key.get(key) {
            Some(entry) if entry.place.until > now && entry.done => return Ok(Reserved::Done),
            Some(entry) if entry.place.until > now => return Ok(Reserved::InFlight),
            Some(_) => {}
            None => {
                let full = entries.by_key.len() >= self.capacity;
                if full && !(self.forget_oldest_when_full && entries.forget_first(true, None)) {
                    return Err(StoreError::new(Full { capacity: self.capacity }));
                }
            }
        }
        entries.last_token += 1;
        let token = entries.last_token;
        entries.insert(key.clone(), Entry { place: Place { until, token }, done: false });
        Ok(Reserved::Fresh(Reservation::new(key.clone(), token)))
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        let until = after(Instant::now(), retention)?;
        let mut entries = self.lock();
        // An entry whose lease has run out may be gone; that it was handled is still worth knowing.
        if entries.holds(reservation) || !entries.by_key.contains_key(&reservation.key) {
            let place = Place { until, token: reservation.token };
            entries.insert(reservation.key.clone(), Entry { place, done: true });
        }
        Ok(())
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.lock().release(reservation);
        Ok(())
    }

    fn abandon(&self, reservation: Reservation) {
        self.lock().release(&reservation);
    }
}

/// The memory is at its bound.
#[derive(Debug)]
struct Full {
    capacity: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "all {} entries of the replay memory are in use: make it larger, shorten the retention, or choose \
             `forget_oldest_when_full`",
            self.capacity
        )
    }
}

impl std::error::Error for Full {}
