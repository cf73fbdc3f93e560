//! Replay memory in process.
mod entries;

use self::entries::{Entries, Id, State};
use super::{ReplayKey, ReplayStore, Reservation, Reserved, StoreError};
use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Replay memory in process: for one machine, and for tests. What it holds is lost with the process.
///
/// It is bounded. Each delivery removes a few entries whose time has run out, so that no task runs in the background;
/// at the bound it refuses new deliveries with 503 rather than forget one that could still be replayed, unless
/// [`forget_oldest_when_full`](Self::forget_oldest_when_full) says otherwise.
///
/// It goes by the monotonic clock: setting the machine's time, forward or back, makes it forget nothing early or late.
#[derive(Debug)]
pub struct MemoryStore {
    entries: Mutex<Entries>,
    forget_oldest_when_full: bool,
}

impl MemoryStore {
    /// Remembers up to `capacity` deliveries, which is at least one. An entry takes some 200 bytes.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self { entries: Mutex::new(Entries::new(capacity)), forget_oldest_when_full: false }
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
        self.lock().len()
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn make_room(&self, entries: &mut Entries) -> Result<(), StoreError> {
        if entries.is_full() && !(self.forget_oldest_when_full && entries.forget_first_done()) {
            return Err(StoreError::new(Full { entries: entries.len() }));
        }
        Ok(())
    }

    fn forget(&self, reservation: &Reservation) {
        let id = Id::of_token(reservation.token());
        let mut entries = self.lock();
        if entries.state(id) == Some(State::Reserved) {
            entries.forget(id);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing in here panics half-way through a change.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ReplayStore for MemoryStore {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        let mut entries = self.lock();
        let now = Instant::now();
        entries.expire(now);
        match entries.find(key, now) {
            Some(State::Done) => return Ok(Reserved::Done),
            Some(State::Reserved) => return Ok(Reserved::InFlight),
            None => self.make_room(&mut entries)?,
        }
        let id = entries.insert(key.clone(), State::Reserved, now, lease).ok_or_else(too_late)?;
        Ok(Reserved::Fresh(Reservation::new(key.clone(), id.to_token())))
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        let (key, id) = (reservation.key(), Id::of_token(reservation.token()));
        let mut entries = self.lock();
        let now = Instant::now();
        match entries.state(id) {
            Some(State::Done) => Ok(()),
            Some(State::Reserved) => entries.finish(id, now, retention).ok_or_else(too_late),
            None if entries.find(key, now).is_some() => Ok(()),
            // Its lease has run out and nobody else came, but it was handled.
            None => {
                self.make_room(&mut entries)?;
                let inserted = entries.insert(key.clone(), State::Done, now, retention);
                inserted.map(drop).ok_or_else(too_late)
            }
        }
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.forget(reservation);
        Ok(())
    }

    fn abandon(&self, reservation: Reservation) {
        self.forget(&reservation);
    }
}

fn too_late() -> StoreError {
    StoreError::new("the clock is at its end")
}

/// The memory is at its bound.
#[derive(Debug)]
struct Full {
    entries: usize,
}

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "all {} entries of the replay memory are in use: make it larger, shorten the retention, or choose \
             `forget_oldest_when_full`",
            self.entries
        )
    }
}

impl std::error::Error for Full {}
