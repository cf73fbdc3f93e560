//! Keys that a provider publishes as a JSON Web Key Set.
mod jwk;
mod set;
#[cfg(all(test, feature = "ed25519"))]
mod tests;

pub use self::set::JwksError;

use super::{Algorithm, Cached, KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet, Lookup};
use crate::fetch::{Fetch, FetchError, NotFetched, get};
use http::{HeaderValue, Uri, uri::Scheme};
use std::{fmt, sync::Arc, time::Duration};

/// Keys that a provider publishes as a JSON Web Key Set (RFC 7517): those of [`KeyRef::Id`] are the ones with that
/// `kid`, those of [`KeyRef::Endpoint`] are all. A shared handle, like [`Cached`].
///
/// The algorithm is yours to say, and no word of a sender or of the set changes it; which keys of the set are left out,
/// [`KeySet::from_jwks`] says. Each key's label is its `kid`, which is how
/// [`Verified::key_label`](crate::Verified::key_label) knows it.
///
/// - The set is fetched by the first request, and read once; then it is believed for ten minutes ([`ttl`](Self::ttl)):
///   that long, a key that was withdrawn still fits. However many requests wait for it, it is fetched once.
/// - A `kid` that is not in the set is a new key, or an invention: the set is fetched again for it if it is older than
///   half a minute ([`pause`](Self::pause)), and the sender is refused if it is not there either. Requests that name
///   known keys do not wait for that.
/// - If the set cannot be fetched, or is none, whoever needs it is answered 503, and the URL is asked again after a
///   second; unless the set's time is over by no more than
///   [`stale_while_unavailable`](Self::stale_while_unavailable) says, if it says anything.
///
/// It needs no runtime of its own, and runs nothing in the background.
///
/// ```no_run
/// # #[cfg(all(feature = "aws-lc", feature = "fetch"))] {
/// use tower_webhook::{fetch::Client, key::{Algorithm, Jwks}};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Jwks::new(Client::new()?, "https://acme.example/.well-known/jwks.json", Algorithm::RsaPkcs1Sha256)?;
/// # let _ = keys;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone)]
pub struct Jwks {
    set: Cached<Published>,
    pause: Duration,
}

impl Jwks {
    /// The keys for `algorithm` in the set at `url`. Nothing is fetched yet.
    ///
    /// # Errors
    /// If `url` does not begin with `https://`, or names a user, or if `algorithm` has no public keys.
    pub fn new(fetch: impl Fetch, url: &str, algorithm: Algorithm) -> Result<Self, JwksError> {
        let url: Uri = url.parse().map_err(|_| JwksError::BadUrl)?;
        let names_user = url.authority().is_none_or(|authority| authority.as_str().contains('@'));
        if url.scheme() != Some(&Scheme::HTTPS) || names_user {
            return Err(JwksError::BadUrl);
        }
        if !jwk::can_be_published(algorithm) {
            return Err(JwksError::NoPublicKeys { algorithm });
        }
        let set = Cached::new(Published { fetch: Arc::new(fetch), url, algorithm });
        Ok(Self {
            set: set.ttl(Duration::from_secs(600)).failure_ttl(Duration::from_secs(1)),
            pause: Duration::from_secs(30),
        })
    }

    /// How long the set is believed, if not ten minutes.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.set = self.set.ttl(ttl);
        self
    }

    /// How old the set is at least before it is fetched again for an unknown `kid`, if not half a minute. It bounds what
    /// senders can make of us with invented ones; that long, a new key may be refused.
    #[must_use]
    pub fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// While the set cannot be fetched, uses the last one for this much longer than its [`ttl`](Self::ttl). **A key that
    /// was withdrawn in the meantime still fits.**
    #[must_use]
    pub fn stale_while_unavailable(mut self, longer: Duration) -> Self {
        self.set = self.set.stale_while_unavailable(longer);
        self
    }
}

impl KeyProvider for Jwks {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        let id = match key {
            KeyRef::Endpoint => None,
            KeyRef::Id(id) => Some(&**id),
            KeyRef::Tenant(_) | KeyRef::Certificate(_) | KeyRef::Chain(_) => {
                return KeyLookup::ready(Err(KeyLookupError::Unknown));
            }
        };
        match choose(self.set.keys(&KeyRef::Endpoint), id) {
            // The set is at hand, and it is not in there.
            KeyLookup(Lookup::Ready(Err(KeyLookupError::Unknown))) => {
                choose(self.set.ask_again(&KeyRef::Endpoint, self.pause), id)
            }
            found => found,
        }
    }
}

/// Of the keys that are found, those with this id.
fn choose(set: KeyLookup, id: Option<&str>) -> KeyLookup {
    let Some(id) = id else { return set };
    match set.0 {
        Lookup::Ready(set) => KeyLookup::ready(set.and_then(|set| with_id(&set, id))),
        Lookup::Future(set) => {
            let id = Box::<str>::from(id);
            KeyLookup::future(async move { with_id(&set.await?, &id) })
        }
    }
}

fn with_id(set: &KeySet, id: &str) -> Result<KeySet, KeyLookupError> {
    let keys = set.iter().filter(|key| key.label() == Some(id));
    KeySet::new(keys.cloned()).map_err(|_| KeyLookupError::Unknown)
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jwks").field("set", &self.set).field("pause", &self.pause).finish()
    }
}

/// The set where it is published.
struct Published {
    fetch: Arc<dyn Fetch>,
    url: Uri,
    algorithm: Algorithm,
}

impl KeyProvider for Published {
    fn keys(&self, _: &KeyRef) -> KeyLookup {
        let Self { fetch, url, algorithm } = self;
        let (fetch, url, algorithm) = (Arc::clone(fetch), url.clone(), *algorithm);
        KeyLookup::future(async move {
            let json = get(&*fetch, &url, HeaderValue::from_static("application/json")).await;
            let set = json.and_then(|json| KeySet::from_jwks(json, algorithm).map_err(FetchError::content));
            // The URL is ours, so that whatever is wrong with it is none of the sender's doing.
            set.map_err(|error| KeyLookupError::unavailable(NotFetched { url, error }))
        })
    }
}
