//! One lookup that many requests wait for.
use super::Found;
use crate::{BoxError, BoxFuture};
use std::{
    collections::HashMap,
    mem,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Wake, Waker, ready},
};

/// One lookup that many requests wait for.
///
/// Whichever of them is polled drives it, and every one is woken for it: so it goes on if some are dropped, and also if
/// some are kept and never polled again. Once all are dropped, it is dropped.
pub(super) struct Flight {
    progress: Mutex<Progress>,
    waiting: Arc<Waiting>,
}

enum Progress {
    Underway(BoxFuture<Found>),
    Landed(Found),
}

impl Flight {
    pub(super) fn new(lookup: impl Future<Output = Found> + Send + 'static) -> Arc<Self> {
        let progress = Mutex::new(Progress::Underway(Box::pin(lookup)));
        Arc::new(Self { progress, waiting: Arc::default() })
    }

    /// One request more that waits.
    pub(super) fn board(self: Arc<Self>) -> Passenger {
        let ticket = self.waiting.next_ticket();
        Passenger { flight: self, ticket }
    }

    fn poll(&self) -> Poll<Found> {
        // Declared before the lock is taken, so that those who are woken do not find it taken.
        let mut call = CallAll { waiting: &self.waiting, armed: true };
        let Ok(mut progress) = self.progress.lock() else {
            return Poll::Ready(Found::Failed(BoxError::from("the lookup panicked").into()));
        };
        let lookup = match &mut *progress {
            Progress::Landed(found) => {
                call.armed = false;
                return Poll::Ready(found.clone());
            }
            Progress::Underway(lookup) => lookup,
        };
        let waker = Waker::from(Arc::clone(&self.waiting));
        match lookup.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Pending => {
                call.armed = false;
                Poll::Pending
            }
            Poll::Ready(found) => {
                *progress = Progress::Landed(found.clone());
                Poll::Ready(found)
            }
        }
    }
}

/// A request's place in a flight.
pub(super) struct Passenger {
    flight: Arc<Flight>,
    ticket: u64,
}

impl Future for Passenger {
    type Output = Found;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Found> {
        // First, since the lookup may wake us while it is polled.
        self.flight.waiting.register(self.ticket, cx.waker());
        let found = ready!(self.flight.poll());
        Poll::Ready(found)
    }
}

impl Drop for Passenger {
    fn drop(&mut self) {
        self.flight.waiting.lock().wakers.remove(&self.ticket);
    }
}

/// Those who are to be woken.
#[derive(Default)]
struct Waiting {
    wakers: Mutex<Wakers>,
}

#[derive(Default)]
struct Wakers {
    wakers: HashMap<u64, Waker>,
    last_ticket: u64,
}

impl Waiting {
    fn lock(&self) -> MutexGuard<'_, Wakers> {
        self.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_ticket(&self) -> u64 {
        let mut wakers = self.lock();
        wakers.last_ticket = wakers.last_ticket.wrapping_add(1);
        wakers.last_ticket
    }

    fn register(&self, ticket: u64, waker: &Waker) {
        let replaced = self.lock().wakers.insert(ticket, waker.clone());
        // What a waker does when it is dropped is not ours to know: not under the lock.
        drop(replaced);
    }
}

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let wakers = mem::take(&mut self.lock().wakers);
        wakers.into_values().for_each(Waker::wake);
    }
}

/// Wakes everyone once the lookup is over, by a panic too.
struct CallAll<'a> {
    waiting: &'a Arc<Waiting>,
    armed: bool,
}

impl Drop for CallAll<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.waiting.wake_by_ref();
        }
    }
}
