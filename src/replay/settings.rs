//! How a layer uses its replay memory.
use super::{ErasedStore, ReplayStore};
use crate::scheme::Repeat;
use http::StatusCode;
use std::{fmt, sync::Arc, time::Duration};

/// A replay memory, and how a layer uses it; for [`VerifySignatureLayer::replay`](crate::VerifySignatureLayer::replay).
#[derive(Clone)]
#[must_use]
pub struct Replay {
    pub(crate) store: Arc<dyn ErasedStore>,
    pub(crate) namespace: Arc<str>,
    pub(crate) lease: Option<Duration>,
    pub(crate) retention: Option<Duration>,
    pub(crate) repeat: Option<Repeat>,
    pub(crate) settle: fn(StatusCode) -> Settle,
    pub(crate) remember_bodies: bool,
    pub(crate) insecure_pass_when_unavailable: bool,
}

/// What becomes of a delivery's reservation once its handler has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Settle {
    /// It was handled: repeats of it are not handled again.
    Commit,
    /// It was not: the retry is handled.
    Release,
}

impl Replay {
    /// Remembers deliveries in `store`. The namespace keeps endpoints apart that share one: what `billing` has handled
    /// is still new to `audit`.
    pub fn new(store: impl ReplayStore, namespace: impl Into<Arc<str>>) -> Self {
        Self {
            store: Arc::new(store),
            namespace: namespace.into(),
            lease: None,
            retention: None,
            repeat: None,
            settle: |status| if status.is_success() { Settle::Commit } else { Settle::Release },
            remember_bodies: false,
            insecure_pass_when_unavailable: false,
        }
    }

    /// How long a handler may take before a retry is handled beside it. By default no longer than the provider
    /// waits for an answer ([`Scheme::lease`](crate::Scheme::lease)).
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = Some(lease);
        self
    }

    /// How long a handled delivery is remembered: by default a day where the provider signs an id, and twice the
    /// tolerance where it signs a time, since older ones are refused for their age. Never less than twice the
    /// tolerance.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = Some(retention);
        self
    }

    /// What the repeat of a handled delivery is answered, where it is not to be what the provider documents.
    pub fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = Some(repeat);
        self
    }

    /// Which of a handler's answers mean that the delivery was handled. By default every 2xx does, and nothing else.
    ///
    /// ```
    /// # #[cfg(feature = "memory")] {
    /// use http::StatusCode;
    /// use tower_webhook::replay::{MemoryStore, Replay, Settle};
    ///
    /// // A deliberate 422 is final here: sending it again would change nothing.
    /// let replay = Replay::new(MemoryStore::new(1000), "billing").settle(|status| match status {
    ///     StatusCode::UNPROCESSABLE_ENTITY => Settle::Commit,
    ///     status if status.is_success() => Settle::Commit,
    ///     _ => Settle::Release,
    /// });
    /// # let _ = replay;
    /// # }
    /// ```
    pub fn settle(mut self, settle: fn(StatusCode) -> Settle) -> Self {
        self.settle = settle;
        self
    }

    /// Remembers deliveries by their bodies where the provider signs neither id nor time; by their
    /// [payloads](crate::Verified::payload), where those are not the body itself. **Two deliveries with equal bytes are
    /// then one**: choose this only where every body contains something unique.
    pub fn remember_bodies(mut self) -> Self {
        self.remember_bodies = true;
        self
    }

    /// While the store is unavailable, hands deliveries to the handler without asking it, replays too, in place of
    /// answering 503.
    pub fn insecure_pass_when_unavailable(mut self) -> Self {
        self.insecure_pass_when_unavailable = true;
        self
    }
}

impl fmt::Debug for Replay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replay")
            .field("namespace", &self.namespace)
            .field("lease", &self.lease)
            .field("retention", &self.retention)
            .field("repeat", &self.repeat)
            .field("remember_bodies", &self.remember_bodies)
            .field("insecure_pass_when_unavailable", &self.insecure_pass_when_unavailable)
            .finish_non_exhaustive()
    }
}
