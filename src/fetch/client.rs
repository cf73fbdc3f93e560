//! A small HTTPS client, for keys and nothing else.
use super::{Fetch, FetchError, Fetching};
use crate::BoxError;
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, StatusCode, Uri,
    header::USER_AGENT,
    uri::{InvalidUri, Scheme},
};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::{
        legacy::{
            self,
            connect::{Connect, HttpConnector, proxy::Tunnel},
        },
        proxy::matcher::Matcher,
    },
    rt::TokioExecutor,
};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use std::{error::Error, fmt, io, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// A small HTTPS client, for keys and nothing else.
///
/// It makes `https:` requests only, follows no redirect, reads no proxy from the environment unless asked to, gives up
/// after five seconds, and reads no more than 256 KiB: a longer answer is cut off, and never in memory. The body of an
/// answer other than 200 is not read at all. Keys are fetched rarely, so no connection is kept.
///
/// TLS is that of rustls with `aws-lc-rs`, whatever else the program has installed. Whom it trusts is up to the
/// operating system (`SSL_CERT_FILE` is heard), or to [`with_roots`](Self::with_roots). It runs on tokio, with its timer
/// enabled.
///
/// ```no_run
/// use std::time::Duration;
/// use tower_webhook::fetch::{Client, ClientError};
///
/// # fn main() -> Result<(), ClientError> {
/// let client = Client::new()?.timeout(Duration::from_secs(3));
/// # let _ = client;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    tls: Arc<ClientConfig>,
    proxies: Option<Arc<Matcher>>,
    timeout: Duration,
    connect_timeout: Duration,
    limit: usize,
    allows_http: bool,
    /// And not of 200 alone.
    reads_every_answer: bool,
}

const NAME: HeaderValue = HeaderValue::from_static(concat!("tower-webhook/", env!("CARGO_PKG_VERSION")));

/// Of the head of an answer, in bytes.
const HEAD_LIMIT: usize = 32 << 10;

impl Client {
    /// Trusts whom the operating system trusts, as of now.
    ///
    /// # Errors
    /// If it trusts nobody: a container without root certificates, most often.
    pub fn new() -> Result<Self, ClientError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // One among a hundred that rustls does not read is no reason to trust none.
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            let error = found.errors.into_iter().next().map(BoxError::from);
            return Err(ClientError::NoRoots(error));
        }
        Self::trusting(roots)
    }

    /// Trusts these root certificates, in PEM, and no others: of a company's own authority, or the one that a provider
    /// is known to use.
    ///
    /// # Errors
    /// If there is none in it, or one that is no certificate.
    pub fn with_roots(pem: impl AsRef<[u8]>) -> Result<Self, ClientError> {
        let mut roots = RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(pem.as_ref()) {
            let root = root.map_err(|error| ClientError::BadRoot(error.into()))?;
            roots.add(root).map_err(|error| ClientError::BadRoot(error.into()))?;
        }
        if roots.is_empty() {
            return Err(ClientError::NoRoots(None));
        }
        Self::trusting(roots)
    }

    fn trusting(roots: RootCertStore) -> Result<Self, ClientError> {
        let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            // Cannot occur: this provider has ciphers for both versions.
            .map_err(|error| ClientError::BadRoot(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            tls: Arc::new(tls),
            proxies: None,
            timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(2),
            limit: 256 << 10,
            allows_http: false,
            reads_every_answer: false,
        })
    }

    /// For the command that sends deliveries: anywhere, and whatever the answer says, it is read.
    #[cfg(feature = "cli")]
    pub(crate) fn for_posting(is_https: bool, timeout: Duration) -> Result<Self, ClientError> {
        let client = if is_https { Self::new()? } else { Self::trusting(RootCertStore::empty())? };
        let client = client.timeout(timeout).connect_timeout(timeout).limit(1 << 20).insecure_allow_http();
        Ok(Self { reads_every_answer: true, ..client })
    }

    /// How long a request may take, with all connecting and reading, if not five seconds. Deliveries wait that long:
    /// keep it below the time in which their sender wants an answer.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long the connection may take to be made, before TLS, if not two seconds.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long an answer's body may be, in bytes, if not 256 KiB.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = bytes;
        self
    }

    /// Connects through this proxy: `http://user:password@host:3128`. TLS goes through it, so that it reads nothing.
    ///
    /// # Errors
    /// If it is no URL that begins with `http:`.
    pub fn proxy(mut self, url: &str) -> Result<Self, ClientError> {
        let parsed: Uri = url.parse().map_err(|error| ClientError::BadProxy(Some(error)))?;
        if parsed.scheme() != Some(&Scheme::HTTP) || parsed.host().is_none_or(str::is_empty) {
            return Err(ClientError::BadProxy(None));
        }
        let proxy = Matcher::builder().all(url).build();
        // One that the matcher does not read, it leaves out without a word.
        if proxy.intercept(&Uri::from_static("https://example.com")).is_none() {
            return Err(ClientError::BadProxy(None));
        }
        self.proxies = Some(Arc::new(proxy));
        Ok(self)
    }

    /// Connects through the proxy that `HTTPS_PROXY` or `ALL_PROXY` names, as of now, but to what `NO_PROXY` names.
    #[must_use]
    pub fn proxy_from_env(mut self) -> Self {
        self.proxies = Some(Arc::new(Matcher::from_env()));
        self
    }

    /// Makes `http:` requests, too. **Whoever is in between then chooses the keys**: for tests.
    #[must_use]
    pub fn insecure_allow_http(mut self) -> Self {
        self.allows_http = true;
        self
    }

    async fn ask(&self, request: Request<Bytes>) -> Result<Response<Bytes>, FetchError> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_connect_timeout(Some(self.connect_timeout));
        let Some(proxy) = self.proxies.as_ref().and_then(|proxies| proxies.intercept(request.uri())) else {
            return self.ask_by(connector, request).await;
        };
        if proxy.uri().scheme() != Some(&Scheme::HTTP) {
            return Err(FetchError::unreachable("the proxy's URL does not begin with `http:`"));
        }
        let tunnel = Tunnel::new(proxy.uri().clone(), connector);
        match proxy.basic_auth() {
            Some(password) => self.ask_by(tunnel.with_auth(password.clone()), request).await,
            None => self.ask_by(tunnel, request).await,
        }
    }

    async fn ask_by<C>(
        &self,
        connector: C,
        mut request: Request<Bytes>,
    ) -> Result<Response<Bytes>, FetchError>
    where
        HttpsConnector<C>: Connect + Clone + Send + Sync + 'static,
    {
        request.headers_mut().entry(USER_AGENT).or_insert(NAME);
        let mut connector = HttpsConnector::from((connector, Arc::clone(&self.tls)));
        if !self.allows_http {
            connector.enforce_https();
        }
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .http1_max_buf_size(HEAD_LIMIT)
            .build(connector);
        let answer = client.request(request.map(Full::new)).await.map_err(|error| failed(error.into()))?;
        let (head, body) = answer.into_parts();
        if head.status != StatusCode::OK && !self.reads_every_answer {
            return Ok(Response::from_parts(head, Bytes::new()));
        }
        let too_large = FetchError::TooLarge { limit: self.limit };
        if body.size_hint().lower() > self.limit as u64 {
            return Err(too_large);
        }
        let body = Limited::new(body, self.limit).collect().await;
        let body =
            body.map_err(|error| if error.is::<LengthLimitError>() { too_large } else { failed(error) })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

impl Fetch for Client {
    fn fetch(&self, request: Request<Bytes>) -> Fetching {
        let client = self.clone();
        Fetching::new(async move {
            if request.uri().scheme() != Some(&Scheme::HTTPS) && !client.allows_http {
                return Err(FetchError::NotHttps);
            }
            if Handle::try_current().is_err() {
                return Err(FetchError::unreachable("`fetch::Client` was called outside of a tokio runtime"));
            }
            let answer = tokio::time::timeout(client.timeout, client.ask(request)).await;
            answer.unwrap_or(Err(FetchError::TimedOut))
        })
    }
}

fn failed(error: BoxError) -> FetchError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
    while let Some(error) = cause {
        let error_of_system = error.downcast_ref::<io::Error>();
        if error_of_system.is_some_and(|error| error.kind() == io::ErrorKind::TimedOut) {
            return FetchError::TimedOut;
        }
        cause = error.source();
    }
    FetchError::Unreachable(error)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's URL may contain a password.
        f.debug_struct("Client")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("limit", &self.limit)
            .field("by_proxy", &self.proxies.is_some())
            .field("allows_http", &self.allows_http)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`Client`].
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// There is no root certificate, so that nobody could be trusted.
    NoRoots(Option<BoxError>),
    /// What should be a root certificate is none.
    BadRoot(BoxError),
    /// The proxy's URL is none, or does not begin with `http:`.
    BadProxy(Option<InvalidUri>),
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoots(error) => {
                f.write_str("there are no root certificates: install `ca-certificates`, or name them")?;
                error.as_ref().map_or(Ok(()), |error| write!(f, " ({error})"))
            }
            Self::BadRoot(error) => write!(f, "this is no root certificate in PEM: {error}"),
            // It may contain a password, so the text itself is not shown.
            Self::BadProxy(_) => f.write_str("the proxy's URL should be like http://user:password@host:3128"),
        }
    }
}

impl Error for ClientError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NoRoots(error) => error.as_deref().map(|error| error as &(dyn Error + 'static)),
            Self::BadRoot(error) => Some(&**error),
            Self::BadProxy(error) => error.as_ref().map(|error| error as &(dyn Error + 'static)),
        }
    }
}
