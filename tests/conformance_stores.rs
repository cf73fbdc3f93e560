//! Every store of this crate passes the suite that it ships, and no store with a fault does.
#![cfg(all(feature = "conformance", feature = "memory"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tower_webhook::{
    conformance,
    replay::{MemoryStore, ReplayKey, ReplayStore, Reservation, Reserved, StoreError},
};

#[tokio::test]
async fn memory_passes() {
    conformance::replay_store(&MemoryStore::new(1000)).await;
    conformance::replay_store(&MemoryStore::new(1000).forget_oldest_when_full()).await;
}

#[tokio::test]
async fn an_arc_of_a_memory_passes() {
    conformance::replay_store(&Arc::new(MemoryStore::new(1000))).await;
}

/// What may be wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    LeasesAgain,
    LooksThenWrites,
    CountsTokensByKey,
    RenewsOnReserve,
    LeaseNeverEnds,
    RetentionNeverEnds,
    CommitKeepsTheLease,
    SecondCommitCounts,
    ReleaseDoesNothing,
    ReleaseUndoesCommit,
    AbandonUndoesCommit,
    LateCommitOverwrites,
    LateReleaseEndsTheNewLease,
    LateAbandonEndsTheNewLease,
    LateCommitIsLost,
    IgnoresNamespaces,
    IgnoresIdentities,
    AddsToTheClock,
}

/// A store in thirty plain lines, with one fault.
struct Faulty {
    fault: Fault,
    entries: Mutex<HashMap<(String, [u8; 32]), Entry>>,
    tokens: AtomicU64,
}

#[derive(Clone, Copy)]
struct Entry {
    token: u128,
    done: bool,
    /// `None`: for ever.
    until: Option<Instant>,
}

impl Entry {
    fn is_live(&self) -> bool {
        self.until.is_none_or(|until| until > Instant::now())
    }
}

impl Faulty {
    fn new(fault: Fault) -> Self {
        Self { fault, entries: Mutex::default(), tokens: AtomicU64::new(1) }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    fn key(&self, key: &ReplayKey) -> (String, [u8; 32]) {
        let namespace = if self.has(Fault::IgnoresNamespaces) { "" } else { key.namespace() };
        let digest = if self.has(Fault::IgnoresIdentities) { [0; 32] } else { *key.digest() };
        (namespace.to_owned(), digest)
    }

    fn live(&self, key: &ReplayKey) -> Option<Entry> {
        self.entries.lock().unwrap().get(&self.key(key)).copied().filter(Entry::is_live)
    }

    fn until(&self, duration: Duration) -> Result<Option<Instant>, StoreError> {
        match Instant::now().checked_add(duration) {
            None if self.has(Fault::AddsToTheClock) => Err(StoreError::new("too far ahead")),
            until => Ok(until),
        }
    }

    fn write(&self, key: &ReplayKey, entry: Entry) {
        self.entries.lock().unwrap().insert(self.key(key), entry);
    }

    fn end(&self, reservation: &Reservation, undoes_commit: Fault, ends_the_new_lease: Fault) {
        let Some(entry) = self.live(reservation.key()) else { return };
        let held = entry.token == reservation.token() || (!entry.done && self.has(ends_the_new_lease));
        if held && (!entry.done || self.has(undoes_commit)) {
            self.entries.lock().unwrap().remove(&self.key(reservation.key()));
        }
    }
}

impl ReplayStore for Faulty {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        let until = self.until(lease)?;
        if let Some(entry) = self.live(key) {
            if entry.done {
                return Ok(Reserved::Done);
            }
            if self.has(Fault::RenewsOnReserve) {
                self.write(key, Entry { until, ..entry });
            }
            if !self.has(Fault::LeasesAgain) {
                return Ok(Reserved::InFlight);
            }
        }
        if self.has(Fault::LooksThenWrites) {
            tokio::task::yield_now().await;
        }
        let token = match self.fault {
            Fault::CountsTokensByKey => 1,
            _ => self.tokens.fetch_add(1, Ordering::Relaxed).into(),
        };
        let until = if self.has(Fault::LeaseNeverEnds) { None } else { until };
        self.write(key, Entry { token, done: false, until });
        Ok(Reserved::Fresh(Reservation::new(key.clone(), token)))
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        let token = reservation.token();
        let until = match (self.live(reservation.key()), self.until(retention)?) {
            (None, _) if self.has(Fault::LateCommitIsLost) => return Ok(()),
            (Some(entry), _) if entry.done && !self.has(Fault::SecondCommitCounts) => return Ok(()),
            (Some(entry), _) if entry.token != token && !self.has(Fault::LateCommitOverwrites) => {
                return Ok(());
            }
            (Some(entry), _) if self.has(Fault::CommitKeepsTheLease) => entry.until,
            (_, _) if self.has(Fault::RetentionNeverEnds) => None,
            (_, until) => until,
        };
        self.write(reservation.key(), Entry { token, done: true, until });
        Ok(())
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        if !self.has(Fault::ReleaseDoesNothing) {
            self.end(reservation, Fault::ReleaseUndoesCommit, Fault::LateReleaseEndsTheNewLease);
        }
        Ok(())
    }

    fn abandon(&self, reservation: Reservation) {
        self.end(&reservation, Fault::AbandonUndoesCommit, Fault::LateAbandonEndsTheNewLease);
    }
}

/// What the suite says of a store; nothing if it passes.
fn verdict(fault: Fault) -> Option<String> {
    let suite = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(conformance::replay_store(&Faulty::new(fault)));
    };
    let panic = thread::spawn(suite).join().err()?;
    let text = panic.downcast_ref::<String>().cloned();
    Some(text.unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).to_owned()))
}

#[test]
fn a_plain_store_passes() {
    assert_eq!(verdict(Fault::None), None);
}

#[test]
fn every_fault_is_found_and_named() {
    let faults = [
        (Fault::LeasesAgain, "a leased key is leased again"),
        (Fault::LooksThenWrites, "of many at the same time, not one is fresh"),
        (Fault::CountsTokensByKey, "a fencing token is used twice"),
        (Fault::RenewsOnReserve, "a lease does not run out while others ask for it"),
        (Fault::LeaseNeverEnds, "a lease does not run out"),
        (Fault::RetentionNeverEnds, "a retention does not run out"),
        (Fault::CommitKeepsTheLease, "a commit ends with its lease"),
        (Fault::SecondCommitCounts, "a second commit changes the first"),
        (Fault::ReleaseDoesNothing, "a released key is not fresh"),
        (Fault::ReleaseUndoesCommit, "a release undoes a commit"),
        (Fault::AbandonUndoesCommit, "an abandonment undoes a commit"),
        (Fault::LateCommitOverwrites, "a late commit overwrites the new holder's lease"),
        (Fault::LateReleaseEndsTheNewLease, "a late release ends the new holder's lease"),
        (Fault::LateAbandonEndsTheNewLease, "a late abandonment ends the new holder's lease"),
        (Fault::LateCommitIsLost, "a late commit is lost although nobody else holds the key"),
        (Fault::IgnoresNamespaces, "one endpoint swallows another's delivery"),
        (Fault::IgnoresIdentities, "one delivery swallows another"),
        (Fault::AddsToTheClock, "too far ahead"),
    ];
    // Each waits for leases to run out: at the same time.
    let verdicts = faults.map(|(fault, _)| thread::spawn(move || verdict(fault)));
    for ((fault, expected), verdict) in faults.into_iter().zip(verdicts) {
        let found = verdict.join().unwrap();
        assert!(
            found.as_ref().is_some_and(|found| found.contains(expected)),
            "{fault:?} should be found as {expected:?}, and is {found:?}"
        );
    }
}
