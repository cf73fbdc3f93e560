//! The settings of a tenant, from variables.
use super::{
    BloonioChat, Callbacks, SettingsError, SettingsErrorKind, callbacks::PREFIX, scheme::TENANT,
    variables::Variables,
};
use crate::{
    key::{Key, SigningKey, Tenants},
    replay::Replay,
    scheme::{CannotSign, Scheme},
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderValue, Request, Uri};
use std::{
    ffi::{OsStr, OsString},
    fmt,
    time::Duration,
};
use zeroize::Zeroizing;

const BASE_URL: &str = "BLOONIO_CHAT_BASE_URL";
const TENANT_ID: &str = "BLOONIO_CHAT_TENANT_ID";
const TENANT_SECRET: &str = "BLOONIO_CHAT_TENANT_SECRET";
const CALLBACK_BASE_URL: &str = "BLOONIO_CHAT_CALLBACK_BASE_URL";
const CALLBACK_PATH_PREFIX: &str = "BLOONIO_CHAT_CALLBACK_PATH_PREFIX";
const REQUEST_TIMEOUT: &str = "BLOONIO_CHAT_REQUEST_TIMEOUT_SECONDS";
const BACKEND: &str = "BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND";
const BACKEND_URL: &str = "BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_BACKEND_URL";
const TTL: &str = "BLOONIO_CHAT_CALLBACK_IDEMPOTENCY_TTL_SECONDS";

const VARIABLES: [&str; 9] = [
    BASE_URL,
    TENANT_ID,
    TENANT_SECRET,
    CALLBACK_BASE_URL,
    CALLBACK_PATH_PREFIX,
    REQUEST_TIMEOUT,
    BACKEND,
    BACKEND_URL,
    TTL,
];

/// The namespace in the replay memory.
#[cfg(any(feature = "memory", feature = "redis"))]
const NAMESPACE: &str = "bloonio-chat";

/// How many callbacks the memory in process remembers: some 20 MB, if it is ever full.
#[cfg(feature = "memory")]
const CAPACITY: usize = 100_000;

/// The settings of a tenant, from the variables that the vendor's package reads. Their names are in any case, and
/// begin with `BLOONIO_CHAT_`:
///
/// | variable | is | by default |
/// | --- | --- | --- |
/// | `BASE_URL` | the relay's URL | required |
/// | `TENANT_ID` | the tenant, exactly as the relay writes it | required |
/// | `TENANT_SECRET` | its secret, `sk_` and all | required |
/// | `CALLBACK_BASE_URL` | the URL of this backend as the relay sees it, which must be `https` | none |
/// | `CALLBACK_PATH_PREFIX` | where the nine routes are | `/api/v1/chat-callbacks` |
/// | `REQUEST_TIMEOUT_SECONDS` | how long requests to the relay may take | 10 |
/// | `CALLBACK_IDEMPOTENCY_BACKEND` | the replay memory: `none`, `memory`, `redis` | `memory` |
/// | `CALLBACK_IDEMPOTENCY_BACKEND_URL` | the URL of that memory | required for `redis` |
/// | `CALLBACK_IDEMPOTENCY_TTL_SECONDS` | how long it remembers, if that is more than twice the tolerance | 600 |
///
/// The vendor's package remembers nothing by default, and nothing whatever is set. The documentation demands that
/// replays are refused, so here the default is `memory`. That is one process's: with several, take `redis`, which
/// needs the feature of that name.
///
/// `Debug` shows neither the secret nor the memory's URL, which may contain a password; both are wiped on drop.
///
/// ```
/// # #[cfg(feature = "memory")] {
/// use tower_webhook::providers::bloonio::Settings;
///
/// # fn main() -> Result<(), tower_webhook::providers::bloonio::SettingsError> {
/// let settings = Settings::from_vars([
///     ("BLOONIO_CHAT_BASE_URL", "https://chat-relay.example.com"),
///     ("BLOONIO_CHAT_TENANT_ID", "019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f"),
///     ("bloonio_chat_tenant_secret", "sk_of_the_tenant"),
/// ])?;
/// let callbacks = settings.callbacks()?.into_service();
/// # let _ = callbacks;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
///
/// With a store of your own, whatever the variable says:
///
/// ```
/// use tower_webhook::{
///     providers::bloonio::{Callbacks, Settings},
///     replay::{Replay, ReplayStore},
/// };
///
/// fn callbacks(settings: &Settings, store: impl ReplayStore) -> Callbacks {
///     let replay = Replay::new(store, "support").retention(settings.idempotency_ttl());
///     Callbacks::under(settings.callback_path_prefix(), settings.keys()).configure(|layer| layer.replay(replay))
/// }
/// ```
#[derive(Clone)]
pub struct Settings {
    base_url: String,
    tenant_id: HeaderText,
    key: Key,
    signing_key: SigningKey,
    callback_base_url: Option<String>,
    callback_path_prefix: String,
    request_timeout: Duration,
    idempotency_backend: IdempotencyBackend,
    idempotency_url: Option<Zeroizing<String>>,
    idempotency_ttl: Duration,
}

/// Where handled callbacks are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdempotencyBackend {
    /// Nowhere: a replay within the tolerance is handled again.
    None,
    /// In process.
    Memory,
    /// In Redis.
    Redis,
}

impl Settings {
    /// From the process's environment.
    ///
    /// # Errors
    /// As [`from_vars`](Self::from_vars).
    pub fn from_env() -> Result<Self, SettingsError> {
        // There is no environment, and asking for it panics.
        #[cfg(all(target_family = "wasm", target_os = "unknown"))]
        let variables = std::iter::empty::<(OsString, OsString)>();
        #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
        let variables = std::env::vars_os();
        Self::from_vars(variables)
    }

    /// From names and values. Those with other names are skipped.
    ///
    /// # Errors
    /// If a required variable is not there, or one of them is blank, is there twice, or is not what it should be.
    pub fn from_vars<N, V>(variables: impl IntoIterator<Item = (N, V)>) -> Result<Self, SettingsError>
    where
        N: AsRef<OsStr>,
        V: Into<OsString>,
    {
        let mut variables = Variables::collect(variables, &VARIABLES)?;
        let base_url = variables.require(BASE_URL)?;
        absolute_url(&base_url).map_err(|kind| SettingsError::new(BASE_URL, kind))?;
        let tenant_id = variables.require(TENANT_ID)?;
        let tenant_id = HeaderText::new(&tenant_id).map_err(|kind| SettingsError::new(TENANT_ID, kind))?;
        let secret = variables.require(TENANT_SECRET)?;
        let no_secret = |error| SettingsError::new(TENANT_SECRET, SettingsErrorKind::Secret(error));
        let idempotency_backend = variables.read(BACKEND, backend)?.unwrap_or(IdempotencyBackend::Memory);
        let idempotency_url = match idempotency_backend {
            IdempotencyBackend::Redis => Some(variables.require(BACKEND_URL)?),
            IdempotencyBackend::Memory | IdempotencyBackend::None => variables.take(BACKEND_URL),
        };
        Ok(Self {
            base_url: base_url.to_string(),
            tenant_id,
            key: BloonioChat.key(&secret).map_err(no_secret)?,
            signing_key: BloonioChat.signing_key(&secret).map_err(no_secret)?,
            callback_base_url: variables.read(CALLBACK_BASE_URL, https_url)?,
            callback_path_prefix: variables
                .read(CALLBACK_PATH_PREFIX, |prefix| Ok(prefix.to_owned()))?
                .unwrap_or_else(|| PREFIX.to_owned()),
            request_timeout: variables.read(REQUEST_TIMEOUT, fraction)?.unwrap_or(Duration::from_secs(10)),
            idempotency_backend,
            idempotency_url,
            idempotency_ttl: variables.read(TTL, seconds)?.unwrap_or(Duration::from_secs(600)),
        })
    }

    /// The relay's URL.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The tenant.
    #[must_use]
    pub fn tenant_id(&self) -> &str {
        &self.tenant_id.text
    }

    /// What requests to the relay are signed with, for whoever does that without [`sign`](Self::sign).
    #[must_use]
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    /// The URL of this backend as the relay sees it.
    #[must_use]
    pub fn callback_base_url(&self) -> Option<&str> {
        self.callback_base_url.as_deref()
    }

    /// Where the nine routes are.
    #[must_use]
    pub fn callback_path_prefix(&self) -> &str {
        &self.callback_path_prefix
    }

    /// How long requests to the relay may take.
    #[must_use]
    pub fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Where handled callbacks are remembered.
    #[must_use]
    pub fn idempotency_backend(&self) -> IdempotencyBackend {
        self.idempotency_backend
    }

    /// The URL of that memory, which may contain a password.
    #[must_use]
    pub fn idempotency_url(&self) -> Option<&str> {
        self.idempotency_url.as_ref().map(|url| url.as_str())
    }

    /// How long it remembers.
    #[must_use]
    pub fn idempotency_ttl(&self) -> Duration {
        self.idempotency_ttl
    }

    /// The tenant and its key. Others' can be added.
    #[must_use]
    pub fn keys(&self) -> Tenants {
        Tenants::new().with(self.tenant_id(), self.key.clone())
    }

    /// The nine routes, verified by the tenant's key, with the replay memory that is set.
    ///
    /// # Errors
    /// If the feature of that memory, `memory` or `redis`, is not enabled, or its URL is not one of a Redis. Redis itself
    /// may be down until the first callback.
    pub fn callbacks(&self) -> Result<Callbacks, SettingsError> {
        let callbacks = Callbacks::under(&self.callback_path_prefix, self.keys());
        Ok(match self.replay()? {
            Some(replay) => callbacks.configure(|layer| layer.replay(replay)),
            None => callbacks,
        })
    }

    fn replay(&self) -> Result<Option<Replay>, SettingsError> {
        match self.idempotency_backend {
            IdempotencyBackend::None => Ok(None),
            #[cfg(feature = "memory")]
            IdempotencyBackend::Memory => {
                let store = crate::replay::MemoryStore::new(CAPACITY);
                Ok(Some(Replay::new(store, NAMESPACE).retention(self.idempotency_ttl)))
            }
            #[cfg(not(feature = "memory"))]
            IdempotencyBackend::Memory => Err(SettingsError::new(BACKEND, SettingsErrorKind::MemoryDisabled)),
            #[cfg(feature = "redis")]
            IdempotencyBackend::Redis => {
                // `from_vars` demands the URL with this backend.
                let store = crate::replay::RedisStore::open(self.idempotency_url().unwrap_or_default());
                let store =
                    store.map_err(|_| SettingsError::new(BACKEND_URL, SettingsErrorKind::NotARedisUrl))?;
                Ok(Some(Replay::new(store, NAMESPACE).retention(self.idempotency_ttl)))
            }
            #[cfg(not(feature = "redis"))]
            IdempotencyBackend::Redis => Err(SettingsError::new(BACKEND, SettingsErrorKind::RedisDisabled)),
        }
    }

    /// Signs a request to the relay, by the recipe of the callbacks in the other direction: sets its three headers.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use http::Request;
    /// use tower_webhook::{providers::bloonio::Settings, scheme::CannotSign, time::{Clock, SystemClock}};
    ///
    /// fn signed(settings: &Settings, body: Bytes) -> Result<Request<Bytes>, CannotSign> {
    ///     let mut request = Request::new(body);
    ///     let now = SystemClock.now().ok_or(CannotSign::new("there is no clock"))?;
    ///     settings.sign(&mut request, now)?;
    ///     Ok(request)
    /// }
    /// ```
    ///
    /// # Errors
    /// None that settings can cause.
    pub fn sign(&self, request: &mut Request<Bytes>, now: Timestamp) -> Result<(), CannotSign> {
        request.headers_mut().insert(TENANT, self.tenant_id.value.clone());
        BloonioChat.sign(request, &self.signing_key, now)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("tenant_id", &self.tenant_id())
            .field("callback_base_url", &self.callback_base_url)
            .field("callback_path_prefix", &self.callback_path_prefix)
            .field("request_timeout", &self.request_timeout)
            .field("idempotency_backend", &self.idempotency_backend)
            .field("idempotency_ttl", &self.idempotency_ttl)
            .finish_non_exhaustive()
    }
}

/// A text that a header can carry.
#[derive(Clone)]
struct HeaderText {
    text: String,
    value: HeaderValue,
}

impl HeaderText {
    fn new(text: &str) -> Result<Self, SettingsErrorKind> {
        let is_visible = text.bytes().all(|b| b.is_ascii_graphic());
        let value = HeaderValue::from_str(text).ok().filter(|_| is_visible);
        let value = value.ok_or(SettingsErrorKind::NotAHeaderValue)?;
        Ok(Self { text: text.to_owned(), value })
    }
}

fn absolute_url(text: &str) -> Result<Uri, SettingsErrorKind> {
    let url = text.parse::<Uri>().ok().filter(|url| {
        matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some_and(|host| !host.is_empty())
    });
    url.ok_or(SettingsErrorKind::NotAUrl)
}

fn https_url(text: &str) -> Result<String, SettingsErrorKind> {
    if absolute_url(text)?.scheme_str() == Some("https") {
        Ok(text.to_owned())
    } else {
        Err(SettingsErrorKind::NotHttps)
    }
}

fn backend(text: &str) -> Result<IdempotencyBackend, SettingsErrorKind> {
    match text {
        "none" => Ok(IdempotencyBackend::None),
        "memory" => Ok(IdempotencyBackend::Memory),
        "redis" => Ok(IdempotencyBackend::Redis),
        _ => Err(SettingsErrorKind::UnknownBackend),
    }
}

fn seconds(text: &str) -> Result<Duration, SettingsErrorKind> {
    match text.parse::<u32>() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds.into())),
        _ => Err(SettingsErrorKind::NotANumber),
    }
}

/// The vendor's package takes fractions of a second here.
fn fraction(text: &str) -> Result<Duration, SettingsErrorKind> {
    let duration = text.parse::<f64>().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.filter(|duration| !duration.is_zero()).ok_or(SettingsErrorKind::NotANumber)
}
