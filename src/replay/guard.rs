//! A reservation that is settled, or given up when it is dropped.
use super::{ReplayKey, ReplayStore, Reservation, Reserved, Settle, StoreError};
use crate::BoxFuture;
use std::{sync::Arc, time::Duration};

/// [`ReplayStore`], object safe.
pub(crate) trait ErasedStore: Send + Sync {
    fn reserve(
        self: Arc<Self>,
        key: ReplayKey,
        lease: Duration,
    ) -> BoxFuture<(Arc<dyn ErasedStore>, Result<Reserved, StoreError>)>;
    fn settle(self: Arc<Self>, guard: Guard, settle: Settle) -> BoxFuture<Result<(), StoreError>>;
    fn abandon(&self, reservation: Reservation);
}

impl<S: ReplayStore> ErasedStore for S {
    fn reserve(
        self: Arc<Self>,
        key: ReplayKey,
        lease: Duration,
    ) -> BoxFuture<(Arc<dyn ErasedStore>, Result<Reserved, StoreError>)> {
        Box::pin(async move {
            let reserved = ReplayStore::reserve(&*self, &key, lease).await;
            (self as Arc<dyn ErasedStore>, reserved)
        })
    }

    fn settle(self: Arc<Self>, mut guard: Guard, settle: Settle) -> BoxFuture<Result<(), StoreError>> {
        // A success is never abandoned: released, its retry would be handled again.
        let handled = match settle {
            Settle::Commit => guard.reservation.take(),
            Settle::Release => None,
        };
        Box::pin(async move {
            if let Some(reservation) = handled {
                return ReplayStore::commit(&*self, &reservation, guard.retention).await;
            }
            // The guard stays armed until the store has answered: dropped before, it abandons.
            let Some(reservation) = &guard.reservation else { return Ok(()) };
            let result = ReplayStore::release(&*self, reservation).await;
            guard.disarm();
            result
        })
    }

    fn abandon(&self, reservation: Reservation) {
        ReplayStore::abandon(self, reservation);
    }
}

/// Holds a reservation. Dropped before the handler was done, by a panic or a sender that hangs up, it abandons it.
pub(crate) struct Guard {
    store: Arc<dyn ErasedStore>,
    reservation: Option<Reservation>,
    retention: Duration,
}

impl Guard {
    pub(crate) fn new(store: Arc<dyn ErasedStore>, reservation: Reservation, retention: Duration) -> Self {
        Self { store, reservation: Some(reservation), retention }
    }

    /// Commits or releases. Should the future be dropped before it is done, a release becomes an abandonment; a
    /// commit is the store's to carry through.
    pub(crate) fn settle(self, settle: Settle) -> BoxFuture<Result<(), StoreError>> {
        Arc::clone(&self.store).settle(self, settle)
    }

    fn disarm(mut self) {
        self.reservation = None;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(reservation) = self.reservation.take() {
            self.store.abandon(reservation);
        }
    }
}
