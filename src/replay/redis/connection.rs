//! One connection for all calls, made when it is needed, and made anew when it breaks.
use super::{
    failure::{BadUrl, Cause, Failure},
    link::Link,
    script::{Entry, Script},
};
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo};
use std::{
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
    link: Option<Link>,
}

impl Live {
    fn get(&self) -> Option<(u64, Link)> {
        Some((self.generation, self.link.clone()?))
    }
}

/// What is asked of Redis.
#[derive(Clone, Copy)]
pub(super) enum Request<'a> {
    Reserve(&'a Entry),
    Run(&'static Script, &'a [Entry]),
    /// Together with those of other callers.
    Commit(&'a Entry),
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

    /// Asks and waits for the answer: at most for `limit`, with all connecting and all repeating.
    pub(super) async fn call(&self, request: Request<'_>, limit: Duration) -> Result<u8, Failure> {
        let mut used = None;
        let result = match Handle::try_current() {
            Ok(runtime) => {
                self.runtime.get_or_init(|| runtime);
                let answer = tokio::time::timeout(limit, self.send(request, &mut used)).await;
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

    async fn send(&self, request: Request<'_>, used: &mut Option<u64>) -> Result<u8, Cause> {
        match self.send_once(request, used).await {
            // Connections break when Redis restarts or has closed them for being idle: no reason to fail at once.
            Err(Cause::Broken(_) | Cause::Demoted(_)) => self.send_once(request, used).await,
            result => result,
        }
    }

    async fn send_once(&self, request: Request<'_>, used: &mut Option<u64>) -> Result<u8, Cause> {
        let (generation, mut link) = self.link().await?;
        *used = Some(generation);
        let result = match request {
            Request::Reserve(entry) => link.reserve(entry).await,
            Request::Commit(entry) => link.commit(entry).await,
            Request::Run(script, entries) => link.run(script, entries).await,
        };
        result.map_err(Cause::of_answer).inspect_err(|cause| {
            if matches!(cause, Cause::Broken(_) | Cause::Demoted(_)) {
                self.discard(generation);
            }
        })
    }

    async fn link(&self) -> Result<(u64, Link), Cause> {
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
        let link = Link::new(connecting.await.map_err(Cause::of_connecting)?);
        let mut live = self.lock();
        live.generation = live.generation.wrapping_add(1);
        live.link = Some(link.clone());
        Ok((live.generation, link))
    }

    fn discard(&self, generation: u64) {
        let mut live = self.lock();
        if live.generation == generation {
            live.link = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Live> {
        // Nothing in here panics half-way through a change.
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
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
