//! One connection for all calls, made when it is needed, and made anew when it breaks.
use super::script::Run;
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, IntoConnectionInfo, RedisError, ServerErrorKind,
    aio::MultiplexedConnection,
};
use std::{
    error::Error,
    fmt,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use tokio::runtime::Handle;

/// A multiplexed connection to one Redis.
///
/// It is remade here and not by the client, so that a call which meets a broken one is made again within its own
/// time-out, a corrected password is taken up, and a connection whose other end is gone in silence is given up.
pub(super) struct Connection {
    client: Client,
    live: Mutex<Live>,
    /// Held by the caller that connects, so that the others wait for its connection.
    connecting: tokio::sync::Mutex<()>,
    runtime: OnceLock<Handle>,
}

#[derive(Default)]
struct Live {
    /// Tells connections apart, so that a late failure of an old one does not end its successor.
    generation: u64,
    connection: Option<MultiplexedConnection>,
}

impl Live {
    fn get(&self) -> Option<(u64, MultiplexedConnection)> {
        Some((self.generation, self.connection.clone()?))
    }
}

impl Connection {
    /// Reads the URL. Redis is not asked yet.
    pub(super) fn open(url: &str) -> Result<Self, BadUrl> {
        let info = url.into_connection_info().map_err(BadUrl)?;
        // A small command must not wait for the answer to the one before.
        let tcp = info.tcp_settings().clone().set_nodelay(true);
        let client = Client::open(info.set_tcp_settings(tcp)).map_err(BadUrl)?;
        #[cfg(feature = "redis-tls")]
        install_tls(&client);
        Ok(Self { client, live: Mutex::default(), connecting: Default::default(), runtime: OnceLock::new() })
    }

    /// Runs a script and waits for its answer: at most for `limit`, with all connecting and all repeating.
    pub(super) async fn call(&self, run: &Run, limit: Duration) -> Result<u8, Failure> {
        let mut used = None;
        let result = match Handle::try_current() {
            Ok(runtime) => {
                self.runtime.get_or_init(|| runtime);
                let answer = tokio::time::timeout(limit, self.send(run, &mut used)).await;
                answer.unwrap_or(Err(Cause::Silent { limit }))
            }
            Err(_) => Err(Cause::NoRuntime),
        };
        result.map_err(|cause| {
            if let (Cause::Silent { .. }, Some(generation)) = (&cause, used) {
                // The other end may be gone without a word: behind a router that has forgotten the connection, say.
                self.discard(generation);
            }
            let unanswered = used.is_some() && !matches!(cause, Cause::Answer(_) | Cause::Demoted(_));
            Failure { address: self.address(), cause, unanswered }
        })
    }

    /// Where to spawn what must not wait for its caller: on the runtime there is, or that of an earlier call.
    pub(super) fn runtime(&self) -> Option<Handle> {
        Handle::try_current().ok().or_else(|| self.runtime.get().cloned())
    }

    /// Where Redis is, without the password.
    pub(super) fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    async fn send(&self, run: &Run, used: &mut Option<u64>) -> Result<u8, Cause> {
        match self.send_once(run, used).await {
            // Connections break when Redis restarts or has closed them for being idle: no reason to fail at once.
            Err(Cause::Broken(_) | Cause::Demoted(_)) => self.send_once(run, used).await,
            result => result,
        }
    }

    async fn send_once(&self, run: &Run, used: &mut Option<u64>) -> Result<u8, Cause> {
        let (generation, mut connection) = self.connection().await?;
        *used = Some(generation);
        let mut result = run.by_digest().query_async(&mut connection).await;
        if result.as_ref().is_err_and(is_unknown_script) {
            result = run.by_code().query_async(&mut connection).await;
        }
        result.map_err(Cause::of_answer).inspect_err(|cause| {
            if matches!(cause, Cause::Broken(_) | Cause::Demoted(_)) {
                self.discard(generation);
            }
        })
    }

    async fn connection(&self) -> Result<(u64, MultiplexedConnection), Cause> {
        if let Some(live) = self.lock().get() {
            return Ok(live);
        }
        let _connecting = self.connecting.lock().await;
        if let Some(live) = self.lock().get() {
            return Ok(live);
        }
        // The caller's limit counts, so the client has none of its own.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let connection = connecting.await.map_err(Cause::of_connecting)?;
        let mut live = self.lock();
        live.generation += 1;
        live.connection = Some(connection.clone());
        Ok((live.generation, connection))
    }

    fn discard(&self, generation: u64) {
        let mut live = self.lock();
        if live.generation == generation {
            live.connection = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        // Nothing in here panics half-way through a change.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call without the answer that it wants.
#[derive(Debug)]
pub(super) struct Failure {
    address: String,
    cause: Cause,
    /// Redis may have carried it out nevertheless.
    pub(super) unanswered: bool,
}

#[derive(Debug)]
enum Cause {
    NoRuntime,
    Silent {
        limit: Duration,
    },
    Unreachable(RedisError),
    Password(RedisError),
    Broken(RedisError),
    /// A primary has become a replica; its address may lead to the new primary by now.
    Demoted(RedisError),
    Answer(RedisError),
}

impl Cause {
    fn of_connecting(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Password(error),
            ErrorKind::Server(_) | ErrorKind::Extension => Self::Answer(error),
            _ => Self::Unreachable(error),
        }
    }

    fn of_answer(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ReadOnly) => Self::Demoted(error),
            ErrorKind::Io => Self::Broken(error),
            _ if error.is_unrecoverable_error() => Self::Broken(error),
            _ => Self::Answer(error),
        }
    }
}

/// Redis has been started since it saw the script.
fn is_unknown_script(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, cause, .. } = self;
        match cause {
            Cause::NoRuntime => f.write_str("the Redis store was called outside of a tokio runtime"),
            Cause::Silent { limit } => write!(f, "Redis at {address} did not answer within {limit:?}"),
            Cause::Unreachable(error) => write!(f, "Redis at {address} cannot be reached: {error}"),
            Cause::Password(error) => write!(f, "Redis at {address} refuses user or password: {error}"),
            Cause::Broken(error) => write!(f, "the connection to Redis at {address} broke: {error}"),
            Cause::Demoted(error) | Cause::Answer(error) => write!(f, "Redis at {address} answers: {error}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::NoRuntime | Cause::Silent { .. } => None,
            Cause::Unreachable(error)
            | Cause::Password(error)
            | Cause::Broken(error)
            | Cause::Demoted(error)
            | Cause::Answer(error) => Some(error),
        }
    }
}

/// A text that is no URL of a Redis. It may contain a password, so the text itself is not shown.
#[derive(Debug)]
pub(super) struct BadUrl(RedisError);

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the URL should be like redis://user:password@host:6379/0")?;
        if !cfg!(feature = "redis-tls") {
            f.write_str("; rediss:// needs the feature `redis-tls`")?;
        }
        write!(f, " ({})", self.0)
    }
}

impl Error for BadUrl {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// rustls panics where it finds no cryptography, or two.
#[cfg(feature = "redis-tls")]
fn install_tls(client: &Client) {
    let by_tls = matches!(client.get_connection_info().addr(), redis::ConnectionAddr::TcpTls { .. });
    if by_tls && rustls::crypto::CryptoProvider::get_default().is_none() {
        // Lost only to another thread that has just done the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}
