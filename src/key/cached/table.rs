//! What a cache holds, and for how long.
use super::{Found, Settings, flight::Flight};
use crate::key::{KeyRef, KeySet};
use std::{
    collections::{BTreeMap, HashMap},
    error::Error,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

/// After a lookup that brought nothing while there are keys, these are given out this long before the source is asked
/// again: else every request would wait for it to fail.
const PAUSE: Duration = Duration::from_secs(1);

/// The keys that were found, the references that lead nowhere, and the lookups under way. The first two are bounded
/// each by itself, so that references which somebody makes up displace nothing but their own kind.
#[derive(Default)]
pub(super) struct Table {
    known: Bounded<Known>,
    unknown: Bounded<Refused>,
    flights: HashMap<Arc<KeyRef>, Departed>,
    last_flight: u64,
}

struct Known {
    keys: KeySet,
    asked_at: Instant,
    again: Option<Again>,
}

/// The source was asked once more, and has not answered: it failed, or is still being asked, or nobody waited for it.
struct Again {
    at: Instant,
    error: Option<Arc<dyn Error + Send + Sync>>,
}

/// A reference that leads nowhere, or to a key that is not to be trusted, or that the source failed to look up.
struct Refused {
    found: Found,
    asked_at: Instant,
}

/// A flight belongs to those who wait for it.
struct Departed {
    number: u64,
    flight: Weak<Flight>,
}

impl Table {
    /// What is known without asking.
    pub(super) fn look(&self, key: &KeyRef, now: Instant, settings: &Settings) -> Option<Found> {
        if let Some(known) = self.known.get(key) {
            if younger(known.asked_at, settings.ttl, now) {
                return Some(Found::Keys(known.keys.clone()));
            }
            let error = known.again.as_ref().filter(|again| younger(again.at, PAUSE, now))?.error.as_ref()?;
            return known.is_usable(now, settings).then(|| known.stale(error));
        }
        let refused = self.unknown.get(key)?;
        refused.is_believed(now, settings).then(|| refused.found.clone())
    }

    /// What is known, where it is known that asking again would bring nothing else: the source answered less than
    /// `pause` ago, or was asked in vain a moment ago. Else the source is about to be asked.
    pub(super) fn look_again(
        &mut self,
        key: &KeyRef,
        now: Instant,
        settings: &Settings,
        pause: Duration,
    ) -> Option<Found> {
        if self.underway(key).is_some() {
            return None;
        }
        let Some(known) = self.known.get_mut(key) else { return self.look(key, now, settings) };
        match &known.again {
            Some(again) if younger(again.at, PAUSE, now) => Some(match &again.error {
                Some(error) => known.stale(error),
                None => known
                    .stale(&Arc::from(crate::BoxError::from("nobody waited for the source's last answer"))),
            }),
            _ if younger(known.asked_at, pause, now) => Some(Found::Keys(known.keys.clone())),
            _ => {
                known.again = Some(Again { at: now, error: None });
                None
            }
        }
    }

    fn underway(&self, key: &KeyRef) -> Option<Arc<Flight>> {
        self.flights.get(key).and_then(|departed| departed.flight.upgrade())
    }

    /// The flight that is under way for `key`, or a new one.
    pub(super) fn flight(
        &mut self,
        key: &KeyRef,
        start: impl FnOnce(Arc<KeyRef>, u64) -> Arc<Flight>,
    ) -> Arc<Flight> {
        if let Some(flight) = self.underway(key) {
            return flight;
        }
        self.last_flight = self.last_flight.wrapping_add(1);
        let (key, number) = (Arc::new(key.clone()), self.last_flight);
        let flight = start(Arc::clone(&key), number);
        self.flights.insert(key, Departed { number, flight: Arc::downgrade(&flight) });
        flight
    }

    /// Strikes a flight off. `false` if it was struck off before: then what it brings is not to be kept.
    pub(super) fn strike_off(&mut self, key: &KeyRef, number: u64) -> bool {
        let current = self.flights.get(key).is_some_and(|departed| departed.number == number);
        if current {
            self.flights.remove(key);
        }
        current
    }

    /// Keeps what a flight brings that was asked for at `asked_at`, and says what its passengers get.
    pub(super) fn keep(
        &mut self,
        key: &Arc<KeyRef>,
        found: Found,
        asked_at: Instant,
        now: Instant,
        settings: &Settings,
    ) -> Found {
        self.known.drop_oldest_while(|known| !known.is_usable(now, settings));
        self.unknown.drop_oldest_while(|refused| !refused.is_believed(now, settings));
        match &found {
            Found::Keys(keys) => {
                self.unknown.remove(key);
                let known = Known { keys: keys.clone(), asked_at, again: None };
                self.known.insert(Arc::clone(key), known, settings.capacity);
            }
            Found::Unknown | Found::Untrusted(_) => {
                self.known.remove(key);
                let refused = Refused { found: found.clone(), asked_at };
                self.unknown.insert(Arc::clone(key), refused, settings.capacity);
            }
            // What came out of the table is not put into it.
            Found::Stale(..) => {}
            Found::Failed(error) => {
                if let Some(known) = self.known.get_mut(key).filter(|known| known.is_usable(now, settings)) {
                    known.again = Some(Again { at: now, error: Some(Arc::clone(error)) });
                    return known.stale(error);
                }
                // A failing source has not said that nobody has this name.
                if settings.failure_ttl > Duration::ZERO {
                    let refused = Refused { found: found.clone(), asked_at: now };
                    self.unknown.insert(Arc::clone(key), refused, settings.capacity);
                }
            }
        }
        found
    }

    pub(super) fn forget(&mut self, key: &KeyRef) {
        self.known.remove(key);
        self.unknown.remove(key);
        self.flights.remove(key);
    }

    pub(super) fn forget_all(&mut self) {
        self.known = Bounded::default();
        self.unknown = Bounded::default();
        self.flights.clear();
    }

    pub(super) fn counts(&self) -> [usize; 3] {
        [self.known.entries.len(), self.unknown.entries.len(), self.flights.len()]
    }
}

impl Known {
    /// Whether it may still be given out, if only while the source fails.
    fn is_usable(&self, now: Instant, settings: &Settings) -> bool {
        younger(self.asked_at, settings.ttl.saturating_add(settings.stale), now)
    }

    fn stale(&self, error: &Arc<dyn Error + Send + Sync>) -> Found {
        Found::Stale(self.keys.clone(), Arc::clone(error))
    }
}

impl Refused {
    fn is_believed(&self, now: Instant, settings: &Settings) -> bool {
        let ttl = match self.found {
            Found::Failed(_) => settings.failure_ttl,
            _ => settings.negative_ttl,
        };
        younger(self.asked_at, ttl, now)
    }
}

fn younger(since: Instant, than: Duration, now: Instant) -> bool {
    now.saturating_duration_since(since) < than
}

/// A map that makes room by dropping what was put in first.
struct Bounded<V> {
    entries: HashMap<Arc<KeyRef>, (u64, V)>,
    order: BTreeMap<u64, Arc<KeyRef>>,
    last: u64,
}

impl<V> Default for Bounded<V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), order: BTreeMap::new(), last: 0 }
    }
}

impl<V> Bounded<V> {
    fn get(&self, key: &KeyRef) -> Option<&V> {
        self.entries.get(key).map(|(_, value)| value)
    }

    fn get_mut(&mut self, key: &KeyRef) -> Option<&mut V> {
        self.entries.get_mut(key).map(|(_, value)| value)
    }

    fn remove(&mut self, key: &KeyRef) {
        if let Some((number, _)) = self.entries.remove(key) {
            self.order.remove(&number);
        }
    }

    fn insert(&mut self, key: Arc<KeyRef>, value: V, capacity: usize) {
        self.remove(&key);
        while self.entries.len() >= capacity && self.drop_oldest() {}
        self.last = self.last.wrapping_add(1);
        self.order.insert(self.last, Arc::clone(&key));
        self.entries.insert(key, (self.last, value));
    }

    fn drop_oldest(&mut self) -> bool {
        let oldest = self.order.pop_first();
        oldest.is_some_and(|(_, key)| self.entries.remove(&key).is_some())
    }

    fn drop_oldest_while(&mut self, dead: impl Fn(&V) -> bool) {
        while let Some((_, key)) = self.order.first_key_value() {
            if !self.get(key).is_some_and(&dead) {
                break;
            }
            self.drop_oldest();
        }
    }
}
