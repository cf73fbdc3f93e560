//! Keys in certificates that are fetched.
use super::{Roots, X509Error, certificate::Certificate, error::Distrust, path};
use crate::{
    fetch::{Fetch, FetchError, NotFetched, get},
    key::{Algorithm, Cached, Key, KeyLookup, KeyLookupError, KeyProvider, KeyRef},
};
use http::{HeaderValue, StatusCode, Uri};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use smallvec::{SmallVec, smallvec};
use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use webpki::{EndEntityCert, KeyUsage};

/// Keys in certificates at URLs that requests name: those of [`KeyRef::Certificate`]. A shared handle, like [`Cached`].
///
/// The scheme has compared the URL with its [`PinnedUrl`](crate::key::PinnedUrl); here it must begin with `https:` once
/// more. Under it lies a certificate in PEM, with those of its issuers behind it if it has some.
///
/// - The key is believed for what the certificate says of it: at the time of each delivery it must be valid, it must be
///   a key of your algorithm, and the certificate one of your [`host`](Self::host) and of your [`roots`](Self::roots) if
///   you name some. Without roots it is believed because of where it lies: fetch it over `https:` only.
/// - Whatever of this does not hold, and a redirect, is answered by the provider's refusal; so is a URL that leads
///   nowhere (404 and 410). If nothing can be fetched, or something else than PEM, the answer is 503.
/// - A certificate is fetched and read once in an hour ([`ttl`](Self::ttl)), however many requests name it. What is
///   refused is remembered for a minute, and a failure for five seconds. At most a thousand of each are kept, and at most
///   sixteen fetched at the same time.
///
/// Nobody asks whether a certificate was revoked.
///
/// ```no_run
/// # #[cfg(feature = "fetch")] {
/// use tower_webhook::{fetch::Client, key::{Algorithm, Certificates}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Certificates::new(Client::new()?, Algorithm::RsaPkcs1Sha256).host("sns.amazonaws.com")?;
/// # let _ = keys;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone)]
pub struct Certificates {
    cached: Cached<Published>,
}

impl Certificates {
    /// Keys for `algorithm`.
    pub fn new(fetch: impl Fetch, algorithm: Algorithm) -> Self {
        let demand = Demand { algorithms: smallvec![algorithm], hosts: SmallVec::new(), roots: None };
        let cached = Cached::new(Published {
            fetch: Arc::new(fetch),
            demand: Arc::new(demand),
            underway: Arc::default(),
        });
        let cached = cached.ttl(Duration::from_secs(3600)).negative_ttl(Duration::from_secs(60));
        Self { cached: cached.failure_ttl(Duration::from_secs(5)).capacity(1000) }
    }

    /// The same keys for one algorithm more: for a provider whose deliveries are signed by one of several. A key that is
    /// not one of each is refused.
    #[must_use]
    pub fn and_for(mut self, algorithm: Algorithm) -> Self {
        self.demand().algorithms.push(algorithm);
        self
    }

    /// The host whose certificate it must be, by its alternative names: `example.com`, or any name under one,
    /// `*.example.com`. Of several, any.
    ///
    /// # Errors
    /// If it is no host's name.
    pub fn host(mut self, name: &str) -> Result<Self, X509Error> {
        let host = Host::read(name).ok_or_else(|| X509Error::BadHost(name.into()))?;
        self.demand().hosts.push(host);
        Ok(self)
    }

    /// Whom the certificates must lead to, as one of a web server.
    #[must_use]
    pub fn roots(mut self, roots: Roots) -> Self {
        self.demand().roots = Some(roots);
        self
    }

    /// How long a certificate is believed without fetching it again, if not an hour, and if it is valid that long.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.cached = self.cached.ttl(ttl);
        self
    }

    /// While a certificate cannot be fetched, uses it for this much longer than its [`ttl`](Self::ttl), if it is valid
    /// that long.
    #[must_use]
    pub fn stale_while_unavailable(mut self, longer: Duration) -> Self {
        self.cached = self.cached.stale_while_unavailable(longer);
        self
    }

    fn demand(&mut self) -> &mut Demand {
        Arc::make_mut(&mut self.cached.source_mut().demand)
    }
}

impl KeyProvider for Certificates {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        match key {
            KeyRef::Certificate(_) => self.cached.keys(key),
            KeyRef::Endpoint | KeyRef::Tenant(_) | KeyRef::Id(_) | KeyRef::Chain(_) => {
                KeyLookup::ready(Err(KeyLookupError::Unknown))
            }
        }
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("cached", &self.cached).finish()
    }
}

/// What is demanded of a certificate.
#[derive(Clone)]
struct Demand {
    algorithms: SmallVec<[Algorithm; 2]>,
    hosts: SmallVec<[Host; 1]>,
    roots: Option<Roots>,
}

/// Nobody has a longer chain.
const LONGEST: usize = 8;

impl Demand {
    /// The key in the first of the certificates, if it is to be trusted.
    fn key(&self, certificates: Vec<CertificateDer<'_>>) -> Result<Key, Distrust> {
        if certificates.len() > LONGEST {
            return Err(Distrust::TooMany { limit: LONGEST });
        }
        let certificates: Result<Vec<_>, _> = certificates.into_iter().map(Certificate::read).collect();
        let certificates = certificates?;
        let Some((leaf, others)) = certificates.split_first() else {
            return Err(Distrust::Malformed("there is none".into()));
        };
        if !self.hosts.is_empty() {
            let end = EndEntityCert::try_from(&leaf.der).map_err(Distrust::NoPath)?;
            if !self.hosts.iter().any(|host| host.is_of(&end)) {
                return Err(Distrust::AnotherHost);
            }
        }
        let validity = match &self.roots {
            Some(roots) => path::find(leaf, others, roots, KeyUsage::server_auth())?.validity,
            None => leaf.validity(),
        };
        Ok(leaf.key(&self.algorithms)?.valid(validity))
    }
}

/// Whose certificate it must be.
#[derive(Clone)]
enum Host {
    Exactly(ServerName<'static>),
    /// With the dot before it.
    Under(Box<str>),
}

impl Host {
    fn read(name: &str) -> Option<Self> {
        let (name, under) = match name.strip_prefix('*') {
            Some(under) => (under.strip_prefix('.')?, Some(under)),
            None => (name, None),
        };
        let ServerName::DnsName(parsed) = ServerName::try_from(name).ok()? else { return None };
        Some(match under {
            Some(under) => Self::Under(under.to_ascii_lowercase().into()),
            None => Self::Exactly(ServerName::DnsName(parsed.to_owned())),
        })
    }

    fn is_of(&self, certificate: &EndEntityCert<'_>) -> bool {
        match self {
            Self::Exactly(name) => certificate.verify_is_valid_for_subject_name(name).is_ok(),
            Self::Under(domain) => {
                certificate.valid_dns_names().any(|name| name.to_ascii_lowercase().ends_with(&**domain))
            }
        }
    }
}

/// The certificates where they are published.
#[derive(Clone)]
struct Published {
    fetch: Arc<dyn Fetch>,
    demand: Arc<Demand>,
    underway: Arc<AtomicUsize>,
}

/// Senders name the URLs: what they can make us fetch at the same time is bounded.
const MOST_UNDERWAY: usize = 16;

impl KeyProvider for Published {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        let KeyRef::Certificate(url) = key else { return KeyLookup::ready(Err(KeyLookupError::Unknown)) };
        let Some(url) = https(url) else {
            return KeyLookup::ready(Err(KeyLookupError::untrusted(FetchError::NotHttps)));
        };
        let Self { fetch, demand, underway } = self.clone();
        KeyLookup::future(async move {
            let Some(_underway) = Underway::enter(underway) else {
                return Err(KeyLookupError::unavailable("too many certificates are being fetched already"));
            };
            let pem = get(&*fetch, &url, HeaderValue::from_static("*/*")).await;
            let certificates = pem.and_then(|pem| {
                let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
                let all = all.map_err(|error| FetchError::content(error.to_string()))?;
                if all.is_empty() {
                    Err(FetchError::content("there is no certificate in it"))
                } else {
                    Ok(all)
                }
            });
            match certificates {
                Ok(certificates) => match demand.key(certificates) {
                    Ok(key) => Ok(key.into()),
                    Err(distrust) => Err(KeyLookupError::untrusted(format!("{url}: {distrust}"))),
                },
                Err(error) => Err(no_certificate(url, error)),
            }
        })
    }
}

fn https(url: &str) -> Option<Uri> {
    let url: Uri = url.parse().ok()?;
    (url.scheme() == Some(&http::uri::Scheme::HTTPS)).then_some(url)
}

/// The URL is the sender's word: that it leads nowhere, or elsewhere, is his doing.
fn no_certificate(url: Uri, error: FetchError) -> KeyLookupError {
    match error {
        FetchError::Status { status: StatusCode::NOT_FOUND | StatusCode::GONE } => KeyLookupError::Unknown,
        FetchError::Redirected { .. } | FetchError::NotHttps => {
            KeyLookupError::untrusted(NotFetched { url, error })
        }
        error => KeyLookupError::unavailable(NotFetched { url, error }),
    }
}

/// One that is being fetched.
struct Underway(Arc<AtomicUsize>);

impl Underway {
    fn enter(count: Arc<AtomicUsize>) -> Option<Self> {
        let before = count.fetch_add(1, Ordering::Relaxed);
        // Dropped, it is counted off again.
        let entered = Self(count);
        (before < MOST_UNDERWAY).then_some(entered)
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
