//! Replay memory in Redis.
mod commits;
mod connection;
mod failure;
mod link;
mod script;

use self::{
    connection::{Connection, Request},
    script::{COMMIT, DONE, Entry, FRESH, IN_FLIGHT, RELEASE, Script},
};
use super::{ReplayKey, ReplayStore, Reservation, Reserved, StoreError};
use data_encoding::HEXLOWER;
use std::{
    fmt,
    hash::{BuildHasher as _, RandomState},
    slice::from_ref,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// Replay memory in Redis 6 or later, or Valkey: for several processes that receive the same webhooks.
///
/// ```no_run
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Stripe, replay::{RedisStore, Replay}};
///
/// # async fn app() -> Result<(), Box<dyn std::error::Error>> {
/// let store = RedisStore::open(&std::env::var("REDIS_URL")?)?;
/// store.check().await?; // for whoever would rather not start than answer 503
///
/// let layer = VerifySignatureLayer::new(Stripe, Stripe.key("whsec_of_the_endpoint")?)
///     .replay(Replay::new(store, "billing"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
///
/// **One connection**, multiplexed, serves all requests. It is made at the first call and made anew when it breaks, so
/// that a store can be opened before Redis is up, and needs no restart after Redis did. While Redis is down, slow, full
/// or refuses the password, deliveries are answered 503 and the sender's retries come through once it is well. No call
/// takes longer than the [time-out](Self::timeout). It needs a tokio runtime with I/O and time.
///
/// **Reserve, commit and release** are one atomic step each. A reservation is one `SET`, from Redis 7 on; Redis 6
/// refuses it in this form, once for each connection, and gets a script. Commit and release are scripts, of which only
/// the digest is sent once Redis knows it. Under load, commits that come at the same time share a script, for which
/// they may wait a round trip.
///
/// A reservation that nobody waits for any more, since its request was dropped or Redis was slow to answer, is released
/// in the background, and a commit carried through: for five seconds, which a restart may take.
///
/// **What Redis holds** is, for each delivery, the key `{prefix}:{namespace}:{digest in hex}` with the value `done`, or
/// the token of the reservation. Every key has a time to live: the lease, then the retention. Redis measures it by its
/// own clock: where that steps forward, keys are forgotten early, and where it steps backward, late.
///
/// **What Redis must be**: one primary (its address may move to another one after a failure), not a Redis Cluster.
/// With a `maxmemory-policy` other than `noeviction` it forgets deliveries that could still be replayed; so it does if
/// it fails before the last second reached the disk or the replica (`appendfsync`, asynchronous replication).
#[derive(Clone)]
pub struct RedisStore {
    connection: Arc<Connection>,
    prefix: Arc<str>,
    timeout: Duration,
}

impl RedisStore {
    /// Reads a URL: `redis://user:password@host:6379/0`, all but the host optional; `rediss://` for TLS, with the
    /// feature `redis-tls`; `unix:///path/to/socket`. Redis is asked at the first call, and may be down until then.
    ///
    /// By TLS, the system's root certificates count. Where the program has installed no `CryptoProvider` of rustls,
    /// that of aws-lc-rs becomes the process's default; install another one before.
    ///
    /// # Errors
    /// If it is no such URL.
    pub fn open(url: &str) -> Result<Self, StoreError> {
        Ok(Self {
            connection: Arc::new(Connection::open(url).map_err(StoreError::new)?),
            prefix: Arc::from("tower-webhook"),
            timeout: Duration::from_millis(500),
        })
    }

    /// What all keys begin with, for a Redis that is used for other things too. By default `tower-webhook`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<Arc<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long a call may take, connecting included. By default 500 ms. Twice that, since a delivery is reserved and
    /// committed, should be well within what the provider waits for an answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Connects, and does what a delivery does: for whoever wants to fail at the start.
    ///
    /// # Errors
    /// If Redis cannot be reached, does not answer in time, refuses the password, or does not let this user run
    /// scripts.
    pub async fn check(&self) -> Result<(), StoreError> {
        let key = ReplayKey::new("check", new_token().to_le_bytes());
        if let Reserved::Fresh(reservation) = self.reserve(&key, self.timeout).await? {
            self.release(&reservation).await?;
        }
        Ok(())
    }

    fn entry(&self, key: &ReplayKey, token: u128, live: Duration) -> Entry {
        let namespace = key.namespace();
        let mut name =
            String::with_capacity(self.prefix.len().saturating_add(namespace.len()).saturating_add(66));
        name.extend([&self.prefix, ":", namespace, ":"]);
        HEXLOWER.encode_append(key.digest(), &mut name);
        Entry::new(name, token, live)
    }

    /// With patience, since nobody waits: Redis may just be restarting. Should it fail, the lease ends.
    fn run_in_background(&self, script: &'static Script, entry: Entry) {
        let Some(runtime) = self.connection.runtime() else { return };
        let connection = Arc::clone(&self.connection);
        runtime.spawn(async move {
            let calling = async {
                while connection.call(Request::Run(script, from_ref(&entry)), PATIENCE).await.is_err() {
                    tokio::time::sleep(PAUSE).await;
                }
            };
            tokio::time::timeout(PATIENCE, calling).await
        });
    }
}

const PATIENCE: Duration = Duration::from_secs(5);

/// How long it rests between two attempts.
const PAUSE: Duration = Duration::from_millis(250);

impl ReplayStore for RedisStore {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        let token = new_token();
        // Without an answer, or with nobody left to hear it, there may be a reservation that nobody knows of.
        let undo = Otherwise { store: Some(self), script: &RELEASE, key, token, live: Duration::ZERO };
        let entry = self.entry(key, token, lease);
        match self.connection.call(Request::Reserve(&entry), self.timeout).await {
            Err(failure) if failure.unanswered => Err(StoreError::new(failure)),
            answer => {
                undo.not_needed();
                match answer.map_err(StoreError::new)? {
                    FRESH => Ok(Reserved::Fresh(Reservation::new(key.clone(), token))),
                    DONE => Ok(Reserved::Done),
                    IN_FLIGHT => Ok(Reserved::InFlight),
                    other => Err(StoreError::new(format!("Redis answers {other} to a script that does not"))),
                }
            }
        }
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        let (key, token) = (reservation.key(), reservation.token());
        // The delivery was handled, whether or not its sender has waited, and Redis has answered.
        let carry_through = Otherwise { store: Some(self), script: &COMMIT, key, token, live: retention };
        let entry = self.entry(key, token, retention);
        self.connection.call(Request::Commit(&entry), self.timeout).await.map_err(StoreError::new)?;
        carry_through.not_needed();
        Ok(())
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        let entry = self.entry(reservation.key(), reservation.token(), Duration::ZERO);
        self.connection
            .call(Request::Run(&RELEASE, from_ref(&entry)), self.timeout)
            .await
            .map_err(StoreError::new)?;
        Ok(())
    }

    fn abandon(&self, reservation: Reservation) {
        let entry = self.entry(reservation.key(), reservation.token(), Duration::ZERO);
        self.run_in_background(&RELEASE, entry);
    }
}

/// Runs a script in the background when it is dropped, as it is with the future that holds it.
struct Otherwise<'a> {
    store: Option<&'a RedisStore>,
    script: &'static Script,
    key: &'a ReplayKey,
    token: u128,
    live: Duration,
}

impl Otherwise<'_> {
    fn not_needed(mut self) {
        self.store = None;
    }
}

impl Drop for Otherwise<'_> {
    fn drop(&mut self) {
        if let Some(store) = self.store {
            store.run_in_background(self.script, store.entry(self.key, self.token, self.live));
        }
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore")
            .field("address", &self.connection.address())
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A token that no other reservation has ever had: a number that this process has drawn, and one that it counts.
fn new_token() -> u128 {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("tower-webhook"));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    u128::from(*PROCESS) << 64 | u128::from(COUNT.fetch_add(1, Ordering::Relaxed))
}
