//! Replay memory in process.
use super::{ReplayKey, ReplayStore, Reservation, Reserved, StoreError};
use std::{
    collections::{HashMap, VecDeque},
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
    /// Committed keys, the oldest first. An item whose token is no longer the entry's is a leftover.
    done: VecDeque<(ReplayKey, u128)>,
    /// Reserved keys, the oldest first, likewise.
    reserved: VecDeque<(ReplayKey, u128)>,
    last_token: u128,
}

#[derive(Debug)]
struct Entry {
    token: u128,
    done: bool,
    /// When the lease or the retention runs out.
    until: Instant,
}

impl MemoryStore {
    /// Remembers up to `capacity` deliveries, which is at least one. An entry takes some 200 bytes.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: Mutex::default(), capacity: capacity.max(1), forget_oldest_when_full: false }
    }

    /// At the bound, forgets the oldest finished delivery in place of refusing a new one. A delivery that is being
    /// handled is never forgotten. **A forgotten delivery can be replayed** while its signed time is within the
    /// tolerance.
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
    /// Removes up to two finished entries whose retention, and two reserved ones whose lease, has run out: more than
    /// a call adds, so that the dead cannot pile up.
    fn expire(&mut self, now: Instant) {
        for _ in 0..2 {
            let dead = self.oldest_done().is_some_and(|entry| entry.until <= now);
            if dead {
                self.forget_oldest_done();
            }
            let Some((key, token)) = self.reserved.front() else { continue };
            match self.by_key.get(key) {
                Some(entry) if entry.token == *token && !entry.done => {
                    if entry.until <= now {
                        self.by_key.remove(key);
                        self.reserved.pop_front();
                    }
                }
                _ => {
                    self.reserved.pop_front();
                }
            }
        }
    }

    /// The oldest finished entry, with the leftovers before it removed.
    fn oldest_done(&mut self) -> Option<&Entry> {
        while let Some((key, token)) = self.done.front() {
            if self.by_key.get(key).is_some_and(|entry| entry.token == *token) {
                break;
            }
            self.done.pop_front();
        }
        self.done.front().and_then(|(key, _)| self.by_key.get(key))
    }

    fn forget_oldest_done(&mut self) -> bool {
        if self.oldest_done().is_none() {
            return false;
        }
        let Some((key, _)) = self.done.pop_front() else { return false };
        self.by_key.remove(&key).is_some()
    }

    /// Drops the leftovers once they are the majority: at most one pass for each so many calls.
    fn compact(&mut self) {
        let Self { by_key, done, reserved, .. } = self;
        let bound = 2 * by_key.len() + 64;
        let current = |queued: &(ReplayKey, u128), is_done: bool| {
            by_key.get(&queued.0).is_some_and(|entry| entry.token == queued.1 && entry.done == is_done)
        };
        if done.len() > bound {
            done.retain(|queued| current(queued, true));
        }
        if reserved.len() > bound {
            reserved.retain(|queued| current(queued, false));
        }
    }

    fn release(&mut self, reservation: &Reservation) {
        let held = self.by_key.get(&reservation.key).is_some_and(|e| e.token == reservation.token && !e.done);
        if held {
            self.by_key.remove(&reservation.key);
        }
    }
}

impl ReplayStore for MemoryStore {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        let now = Instant::now();
        let mut entries = self.lock();
        entries.expire(now);
        match entries.by_key.get(key) {
            Some(entry) if entry.until > now && entry.done => return Ok(Reserved::Done),
            Some(entry) if entry.until > now => return Ok(Reserved::InFlight),
            Some(_) => {}
            None => {
                let full = entries.by_key.len() >= self.capacity;
                if full && !(self.forget_oldest_when_full && entries.forget_oldest_done()) {
                    return Err(StoreError::new(Full { capacity: self.capacity }));
                }
            }
        }
        entries.last_token += 1;
        let token = entries.last_token;
        let until = now.checked_add(lease).ok_or_else(|| StoreError::new("the lease is endless"))?;
        entries.by_key.insert(key.clone(), Entry { token, done: false, until });
        entries.reserved.push_back((key.clone(), token));
        entries.compact();
        Ok(Reserved::Fresh(Reservation::new(key.clone(), token)))
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        let until = Instant::now()
            .checked_add(retention)
            .ok_or_else(|| StoreError::new("the retention is endless"))?;
        let mut entries = self.lock();
        // An entry whose lease has run out may be gone; that it was handled is still worth knowing.
        let Reservation { key, token } = reservation;
        let entry = entries.by_key.entry(key.clone());
        let entry = entry.or_insert(Entry { token: *token, done: false, until });
        if entry.token == *token && !entry.done {
            (entry.done, entry.until) = (true, until);
            entries.done.push_back((key.clone(), *token));
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
