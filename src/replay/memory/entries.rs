//! Entries by key, and in lists of what lasts equally long: the first of a list is the first of it to end.
use crate::replay::{FOR_EVER, ReplayKey};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// A bounded number of entries. Every step takes constant time, but for the number of lists, which is that of the
/// different leases and retentions in use.
#[derive(Debug)]
pub(super) struct Entries {
    capacity: usize,
    by_key: HashMap<ReplayKey, Place>,
    slots: Vec<Option<Entry>>,
    vacant: Vec<Place>,
    lists: Vec<List>,
    last_number: u64,
}

/// Where an entry is in `slots`.
type Place = u32;

/// No place: there are never so many slots.
const NOWHERE: Place = Place::MAX;

#[derive(Debug)]
struct Entry {
    key: ReplayKey,
    /// No other entry has ever had the same one.
    number: u64,
    until: Instant,
    list: usize,
    before: Place,
    after: Place,
}

#[derive(Debug)]
struct List {
    state: State,
    lasting: Duration,
    first: Place,
    last: Place,
}

/// What an entry stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Reserved,
    Done,
}

/// Names an entry, also when it is no longer there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id {
    place: Place,
    number: u64,
}

impl Id {
    pub(super) fn to_token(self) -> u128 {
        u128::from(self.number) << 32 | u128::from(self.place)
    }

    pub(super) fn of_token(token: u128) -> Self {
        Self { place: token as Place, number: (token >> 32) as u64 }
    }
}

impl Entries {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.clamp(1, NOWHERE as usize),
            by_key: HashMap::new(),
            slots: Vec::new(),
            vacant: Vec::new(),
            lists: Vec::new(),
            last_number: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_key.len()
    }

    pub(super) fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// The state of a key's entry, unless that has ended.
    pub(super) fn find(&mut self, key: &ReplayKey, now: Instant) -> Option<State> {
        let place = *self.by_key.get(key)?;
        let entry = self.entry(place)?;
        if entry.until > now {
            return self.state_of(entry);
        }
        self.remove(place);
        None
    }

    /// The state of an entry that is there, also if it has ended.
    pub(super) fn state(&self, id: Id) -> Option<State> {
        let entry = self.entry(id.place).filter(|entry| entry.number == id.number)?;
        self.state_of(entry)
    }

    /// Adds an entry for a key that has none. `None` if time cannot be told so far ahead.
    pub(super) fn insert(
        &mut self,
        key: ReplayKey,
        state: State,
        now: Instant,
        lasting: Duration,
    ) -> Option<Id> {
        let (until, lasting) = end(now, lasting)?;
        self.last_number = self.last_number.wrapping_add(1);
        let number = self.last_number;
        let place = self.vacant.pop().unwrap_or_else(|| {
            let place = self.slots.len() as Place;
            self.slots.push(None);
            place
        });
        self.by_key.insert(key.clone(), place);
        *self.slots.get_mut(place as usize)? =
            Some(Entry { key, number, until, list: 0, before: NOWHERE, after: NOWHERE });
        self.link(place, state, lasting);
        Some(Id { place, number })
    }

    /// Makes an entry that is there one that is done.
    pub(super) fn finish(&mut self, id: Id, now: Instant, lasting: Duration) -> Option<()> {
        let (until, lasting) = end(now, lasting)?;
        self.unlink(id.place);
        self.entry_mut(id.place)?.until = until;
        self.link(id.place, State::Done, lasting);
        Some(())
    }

    pub(super) fn forget(&mut self, id: Id) {
        self.remove(id.place);
    }

    /// Removes up to two of each list that have ended: more than a call adds, so that the dead cannot pile up; and
    /// where there are any, there is room.
    pub(super) fn expire(&mut self, now: Instant) {
        for list in 0..self.lists.len() {
            for _ in 0..2 {
                let first = self.lists.get(list).map_or(NOWHERE, |list| list.first);
                if self.entry(first).is_none_or(|entry| entry.until > now) {
                    break;
                }
                self.remove(first);
            }
        }
    }

    /// Removes the done entry that would end first; `false` if none is done.
    pub(super) fn forget_first_done(&mut self) -> bool {
        let done = self.lists.iter().filter(|list| list.state == State::Done);
        let firsts = done.filter_map(|list| Some((self.entry(list.first)?.until, list.first)));
        match firsts.min() {
            Some((_, place)) => {
                self.remove(place);
                true
            }
            None => false,
        }
    }

    fn remove(&mut self, place: Place) {
        self.unlink(place);
        if let Some(entry) = self.slots.get_mut(place as usize).and_then(Option::take) {
            self.by_key.remove(&entry.key);
            self.vacant.push(place);
        }
    }

    /// Appends to the list of what lasts equally long. That keeps it in order, since `now` never goes back.
    fn link(&mut self, place: Place, state: State, lasting: Duration) {
        let index = self.list_of(state, lasting);
        let Some(list) = self.lists.get_mut(index) else { return };
        let before = std::mem::replace(&mut list.last, place);
        if before == NOWHERE {
            list.first = place;
        }
        if let Some(entry) = self.entry_mut(before) {
            entry.after = place;
        }
        if let Some(entry) = self.entry_mut(place) {
            (entry.list, entry.before, entry.after) = (index, before, NOWHERE);
        }
    }

    fn unlink(&mut self, place: Place) {
        let Some(&Entry { list, before, after, .. }) = self.entry(place) else { return };
        match self.entry_mut(before) {
            Some(entry) => entry.after = after,
            None => self.lists.iter_mut().skip(list).take(1).for_each(|list| list.first = after),
        }
        match self.entry_mut(after) {
            Some(entry) => entry.before = before,
            None => self.lists.iter_mut().skip(list).take(1).for_each(|list| list.last = before),
        }
    }

    /// The list for entries of this kind, in place of an empty one if there is any.
    fn list_of(&mut self, state: State, lasting: Duration) -> usize {
        let fits = |list: &List| list.state == state && list.lasting == lasting;
        if let Some(index) = self.lists.iter().position(fits) {
            return index;
        }
        let new = List { state, lasting, first: NOWHERE, last: NOWHERE };
        match self.lists.iter_mut().enumerate().find(|(_, list)| list.first == NOWHERE) {
            Some((index, empty)) => {
                *empty = new;
                index
            }
            None => {
                let index = self.lists.len();
                self.lists.push(new);
                index
            }
        }
    }

    fn state_of(&self, entry: &Entry) -> Option<State> {
        self.lists.get(entry.list).map(|list| list.state)
    }

    fn entry(&self, place: Place) -> Option<&Entry> {
        self.slots.get(place as usize)?.as_ref()
    }

    fn entry_mut(&mut self, place: Place) -> Option<&mut Entry> {
        self.slots.get_mut(place as usize)?.as_mut()
    }
}

/// When it ends, and how long it lasts till then.
fn end(now: Instant, lasting: Duration) -> Option<(Instant, Duration)> {
    let lasting = lasting.min(FOR_EVER);
    Some((now.checked_add(lasting)?, lasting))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    /// What the entries should hold, told plainly.
    struct Model {
        key: u32,
        id: Id,
        state: State,
        until: Instant,
    }

    fn key(number: u32) -> ReplayKey {
        ReplayKey::new("x", number.to_le_bytes())
    }

    /// Each list runs from its first to its last and back, in the order in which its entries end, and each entry is
    /// in one.
    fn check(entries: &Entries) {
        let mut listed = 0;
        for (index, list) in entries.lists.iter().enumerate() {
            let (mut before, mut place, mut until) = (NOWHERE, list.first, None);
            while place != NOWHERE {
                let entry = entries.entry(place).unwrap();
                assert_eq!((entry.list, entry.before), (index, before));
                assert!(until <= Some(entry.until), "not in order");
                assert_eq!(entries.by_key[&entry.key], place);
                (before, place, until) = (place, entry.after, Some(entry.until));
                listed += 1;
            }
            assert_eq!(list.last, before);
        }
        assert_eq!(listed, entries.len());
        assert_eq!(listed + entries.vacant.len(), entries.slots.len());
    }

    #[test]
    fn any_sequence_of_steps_keeps_what_it_should() {
        let seconds = |seconds| Duration::from_secs(seconds);
        let (mut entries, mut model) = (Entries::new(20), Vec::<Model>::new());
        let (mut now, mut random) = (Instant::now(), 1_u64);
        let mut dice = |sides: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % sides
        };
        let (mut full, mut dead_found) = (0, 0);
        for _ in 0..50_000 {
            now += Duration::from_millis(if dice(20) == 0 { 10_000 } else { dice(200) });
            let (number, lasting) = (dice(60) as u32, seconds([2, 5, 20, 20][dice(4) as usize]));
            match dice(4) {
                0 | 1 => {
                    entries.expire(now);
                    let live = model.iter().find(|it| it.key == number && it.until > now).map(|it| it.state);
                    dead_found += usize::from(live.is_none() && entries.by_key.contains_key(&key(number)));
                    assert_eq!(entries.find(&key(number), now), live);
                    if live.is_none() && entries.is_full() {
                        full += 1;
                        assert!(model.iter().filter(|it| it.until > now).count() >= 20, "full of the dead");
                        let first =
                            model.iter().filter(|it| it.state == State::Done).map(|it| it.until).min();
                        assert_eq!(entries.forget_first_done(), first.is_some());
                        model.retain(|it| entries.state(it.id).is_some());
                        assert!(model.iter().all(|it| it.state != State::Done || Some(it.until) >= first));
                    }
                    if live.is_none() && !entries.is_full() {
                        let id = entries.insert(key(number), State::Reserved, now, lasting).unwrap();
                        assert!(model.iter().all(|it| it.id != id), "an id is used again");
                        model.push(Model { key: number, id, state: State::Reserved, until: now + lasting });
                    }
                }
                2 if !model.is_empty() => {
                    let chosen = dice(model.len() as u64) as usize;
                    let it = &mut model[chosen];
                    if entries.state(it.id) == Some(State::Reserved) {
                        entries.finish(it.id, now, lasting).unwrap();
                        (it.state, it.until) = (State::Done, now + lasting);
                    }
                }
                3 if !model.is_empty() => {
                    let it = model.swap_remove(dice(model.len() as u64) as usize);
                    if entries.state(it.id) == Some(State::Reserved) {
                        entries.forget(it.id);
                    } else {
                        model.push(it);
                    }
                }
                _ => {}
            }
            check(&entries);
            model.retain(|it| {
                let there = entries.state(it.id);
                assert!(there.is_some() || it.until <= now, "the living are forgotten");
                assert!(there.is_none_or(|state| state == it.state));
                there.is_some()
            });
        }
        assert!(entries.slots.len() <= 20 && entries.lists.len() <= 6, "it grows");
        assert!(full > 100 && dead_found > 10, "full {full} times, dead found {dead_found} times");
    }
}
