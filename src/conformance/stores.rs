//! The suite for replay stores.
#![expect(clippy::expect_used, clippy::panic, reason = "a suite reports by panicking")]

use crate::replay::{ReplayKey, ReplayStore, Reservation, Reserved};
use std::{future::poll_fn, task::Poll, time::Duration};

/// Every replay store must pass. It must be empty, or at least not know the namespace `conformance`. Takes some two
/// seconds, since it waits for leases and retentions to run out.
pub async fn replay_store<S: ReplayStore>(store: &S) {
    retries_are_handled_and_repeats_are_not(store).await;
    keys_are_kept_apart(store).await;
    one_of_many_is_fresh(store).await;
    leases_and_retentions_run_out(store).await;
    late_holders_settle_nothing(store).await;
    a_late_success_counts(store).await;
    any_duration_will_do(store).await;
}

/// Longer than the suite takes.
const LONG: Duration = Duration::from_secs(60);
/// Shorter than the suite waits.
const SHORT: Duration = Duration::from_millis(50);

async fn retries_are_handled_and_repeats_are_not<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "retries");
    let first = fresh(store, &key, LONG, "a new key is not fresh").await;
    assert_eq!(reserve(store, &key, LONG).await, Reserved::InFlight, "a leased key is leased again");
    store.release(&first).await.expect("release");
    let second = fresh(store, &key, LONG, "a released key is not fresh: the retry would be lost").await;
    assert_ne!(first.token(), second.token(), "a fencing token is used twice");
    store.release(&second).await.expect("release");
    let abandoned = fresh(store, &key, SHORT * 10, "a released key is not fresh").await;
    store.abandon(abandoned);
    let third = fresh_soon(store, &key, LONG, "an abandoned key is not fresh though its lease is over").await;
    store.commit(&third, LONG).await.expect("commit");
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a committed key is not done");
    store.release(&third).await.expect("release");
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a release undoes a commit");
    store.abandon(third);
    pause();
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "an abandonment undoes a commit");
}

async fn keys_are_kept_apart<S: ReplayStore>(store: &S) {
    let (billing, audit) = (ReplayKey::new("conformance-a", "same"), ReplayKey::new("conformance-b", "same"));
    let first = fresh(store, &billing, LONG, "a new key is not fresh").await;
    store.commit(&first, LONG).await.expect("commit");
    let second = fresh(store, &audit, LONG, "one endpoint swallows another's delivery").await;
    store.release(&second).await.expect("release");
    assert_eq!(reserve(store, &billing, LONG).await, Reserved::Done, "a release reaches another namespace");
    let other = ReplayKey::new("conformance-a", "other");
    fresh(store, &other, LONG, "one delivery swallows another").await;
}

async fn one_of_many_is_fresh<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "many");
    let reserved = at_once((0..50).map(|_| reserve(store, &key, LONG)).collect()).await;
    let is_fresh = |reserved: &&Reserved| matches!(reserved, Reserved::Fresh(_));
    assert_eq!(reserved.iter().filter(is_fresh).count(), 1, "of many at the same time, not one is fresh");
    for other in reserved.iter().filter(|reserved| !is_fresh(reserved)) {
        assert_eq!(*other, Reserved::InFlight, "a key is done that nobody has committed");
    }
}

async fn leases_and_retentions_run_out<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "time");
    fresh(store, &key, SHORT * 5, "a new key is not fresh").await;
    let owner = fresh_soon(store, &key, SHORT, "a lease does not run out while others ask for it").await;
    store.commit(&owner, LONG).await.expect("commit");
    pause();
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a commit ends with its lease");
    // Only the first commit counts.
    store.commit(&owner, SHORT).await.expect("commit");
    pause();
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a second commit changes the first");

    let key = ReplayKey::new("conformance", "retention");
    let owner = fresh(store, &key, LONG, "a new key is not fresh").await;
    store.commit(&owner, SHORT).await.expect("commit");
    pause();
    fresh(store, &key, LONG, "a retention does not run out").await;
}

async fn late_holders_settle_nothing<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "late");
    let late = fresh(store, &key, SHORT, "a new key is not fresh").await;
    pause();
    let owner = fresh(store, &key, LONG, "a lease does not run out").await;
    assert_ne!(late.token(), owner.token(), "a fencing token is used twice");
    store.commit(&late, LONG).await.expect("commit");
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::InFlight, "a late commit overwrites the new holder's lease");
    store.release(&late).await.expect("release");
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::InFlight, "a late release ends the new holder's lease");
    store.abandon(late.clone());
    pause();
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::InFlight, "a late abandonment ends the new holder's lease");
    store.commit(&owner, LONG).await.expect("commit");
    store.commit(&late, SHORT).await.expect("commit");
    pause();
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::Done, "a late commit changes the new holder's");
}

async fn a_late_success_counts<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "late success");
    let late = fresh(store, &key, SHORT, "a new key is not fresh").await;
    pause();
    store.commit(&late, LONG).await.expect("commit");
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::Done, "a late commit is lost although nobody else holds the key");
}

async fn any_duration_will_do<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "for ever");
    let owner = fresh(store, &key, Duration::MAX, "a new key is not fresh").await;
    assert_eq!(reserve(store, &key, LONG).await, Reserved::InFlight, "an endless lease is none");
    store.commit(&owner, Duration::MAX).await.expect("commit");
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "an endless retention is none");
}

async fn reserve<S: ReplayStore>(store: &S, key: &ReplayKey, lease: Duration) -> Reserved {
    store.reserve(key, lease).await.expect("reserve")
}

async fn fresh<S: ReplayStore>(store: &S, key: &ReplayKey, lease: Duration, otherwise: &str) -> Reservation {
    match reserve(store, key, lease).await {
        Reserved::Fresh(reservation) => reservation,
        other => panic!("{otherwise}: {other:?}"),
    }
}

/// Asks for a second.
async fn fresh_soon<S: ReplayStore>(
    store: &S,
    key: &ReplayKey,
    lease: Duration,
    otherwise: &str,
) -> Reservation {
    for _ in 0..100 {
        if let Reserved::Fresh(reservation) = reserve(store, key, lease).await {
            return reservation;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{otherwise}")
}

/// Until what is `SHORT` has run out, and what does not block has been done. The suite knows no runtime to wait with.
fn pause() {
    std::thread::sleep(SHORT * 3);
}

/// Polls them by turns, so that whatever a store awaits, others come in between.
async fn at_once<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    let mut outputs = Vec::new();
    poll_fn(move |cx| {
        for slot in &mut running {
            if let Some(Poll::Ready(output)) = slot.as_mut().map(|future| future.as_mut().poll(cx)) {
                outputs.push(output);
                *slot = None;
            }
        }
        match running.iter().all(Option::is_none) {
            true => Poll::Ready(std::mem::take(&mut outputs)),
            false => Poll::Pending,
        }
    })
    .await
}
