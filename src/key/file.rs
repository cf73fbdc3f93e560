//! A key in a file that changes while the service runs.
use super::{KeyLookup, KeyLookupError, KeyProvider, KeyRef, KeySet, KeySourceError, Place};
use crate::scheme::Scheme;
use std::{
    fmt,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use zeroize::Zeroizing;

/// A key in a file that changes while the service runs: a mounted secret of Docker or Kubernetes, or one that an agent
/// writes.
///
/// The file holds one secret, in the text form that the provider's dashboard shows; one line feed at its end is left
/// out. It is read when this is made, and then read again by the next request once a second has passed
/// ([`interval`](Self::interval)): the whole of it, since neither time nor size tell a change for sure, and whatever
/// symbolic links lead to it. That is a blocking read of a small file.
///
/// If what is read is no key any more (the file is gone, cannot be read, is empty or does not decode), the old key
/// serves on for five seconds ([`grace`](Self::grace)), since a file that is written in place is empty for a moment.
/// After that, deliveries are answered 503 and sent again, until there is a key once more: a secret that was taken away
/// must not stay valid for as long as the service runs. The error names the file, in each
/// [`Rejection`](crate::Rejection) and, once, in a `tracing` event.
///
/// Replace the file by renaming another over it, as Kubernetes does with a whole directory: half a secret may look like
/// a key, and then refuses deliveries until it is read again.
///
/// ```no_run
/// # #[cfg(feature = "providers")] {
/// use tower_webhook::{VerifySignatureLayer, key::{KeyFile, KeySourceError}, providers::GitHub};
///
/// # fn main() -> Result<(), KeySourceError> {
/// let layer = VerifySignatureLayer::new(GitHub, KeyFile::new(GitHub, "/run/secrets/github")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
pub struct KeyFile {
    path: PathBuf,
    scheme: Box<dyn Scheme>,
    interval: Duration,
    grace: Duration,
    state: Mutex<State>,
}

struct State {
    keys: KeySet,
    read_at: Instant,
    broken: Option<Broken>,
}

/// The file holds no key.
struct Broken {
    since: Instant,
    error: Arc<KeySourceError>,
}

/// No secret is longer; and nobody wants to read a log that was mounted by mistake.
const LIMIT: usize = 16 << 10;

impl KeyFile {
    /// Reads the key of `scheme` in the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be read, is longer than 16 KiB, is not UTF-8, or is no key of `scheme`.
    pub fn new(scheme: impl Scheme, path: impl Into<PathBuf>) -> Result<Self, KeySourceError> {
        let (scheme, path) = (Box::new(scheme), path.into());
        let state = State { keys: read(&*scheme, &path)?, read_at: Instant::now(), broken: None };
        Ok(Self {
            path,
            scheme,
            interval: Duration::from_secs(1),
            grace: Duration::from_secs(5),
            state: Mutex::new(state),
        })
    }

    /// How long what was read is believed, if not a second. With zero, each request reads the file.
    #[must_use]
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// How long the old key serves on once the file holds none, if not five seconds. With zero, not at all.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    fn keys_at(&self, now: Instant) -> Result<KeySet, KeyLookupError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(state.read_at) >= self.interval {
            state.read_at = now;
            state.update(read(&*self.scheme, &self.path), now);
        }
        match &state.broken {
            Some(broken) if now.saturating_duration_since(broken.since) >= self.grace => {
                Err(KeyLookupError::unavailable(Arc::clone(&broken.error)))
            }
            _ => Ok(state.keys.clone()),
        }
    }
}

impl State {
    fn update(&mut self, read: Result<KeySet, KeySourceError>, now: Instant) {
        match read {
            Ok(keys) => {
                self.keys = keys;
                self.broken = None;
            }
            Err(error) => {
                if self.broken.is_none() {
                    note_broken(&error);
                }
                let since = self.broken.as_ref().map_or(now, |broken| broken.since);
                self.broken = Some(Broken { since, error: Arc::new(error) });
            }
        }
    }
}

impl KeyProvider for KeyFile {
    fn keys(&self, _: &KeyRef) -> KeyLookup {
        KeyLookup::ready(self.keys_at(Instant::now()))
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyFile")
            .field("path", &self.path)
            .field("scheme", &self.scheme.name())
            .field("interval", &self.interval)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

fn read(scheme: &dyn Scheme, path: &Path) -> Result<KeySet, KeySourceError> {
    let bytes =
        contents(path).map_err(|error| KeySourceError::Unreadable { path: path.to_owned(), error })?;
    let text = std::str::from_utf8(&bytes);
    let text = text.map_err(|_| KeySourceError::NotText { place: Place::file(path) })?;
    let key = scheme.key(text.strip_suffix('\n').unwrap_or(text));
    key.map(KeySet::from).map_err(|error| KeySourceError::NoKey { place: Place::file(path), error })
}

fn contents(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // With room for all of it from the start: a vector that grows leaves copies behind that nobody wipes.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT.saturating_add(1)));
    File::open(path)?.take((LIMIT as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() > LIMIT {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than a secret can be"));
    }
    Ok(bytes)
}

/// Tells the operator before the grace is over.
fn note_broken(error: &KeySourceError) {
    #[cfg(feature = "tracing")]
    tracing::warn!(%error, "a file holds no webhook key any more: the old key serves on for a short grace");
    #[cfg(not(feature = "tracing"))]
    let _ = error;
}

#[cfg(all(test, feature = "providers"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::providers::GitHub;
    use std::{
        fs,
        sync::atomic::{AtomicU32, Ordering},
    };

    /// A file of its own for each test, removed at its end.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(contents: &str) -> Self {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = std::env::temp_dir().join(format!("key-file-{}-{number}", std::process::id()));
            fs::write(&path, contents).unwrap();
            Self(path)
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    const MILLISECOND: Duration = Duration::from_millis(1);
    const SECOND: Duration = Duration::from_secs(1);

    fn reads_again(keys: &KeyFile, at: Instant) -> bool {
        let before = keys.state.lock().unwrap().read_at;
        let _ = keys.keys_at(at);
        keys.state.lock().unwrap().read_at != before
    }

    #[test]
    fn the_file_is_read_once_in_an_interval() {
        let file = Temporary::new("secret");
        let keys = KeyFile::new(GitHub, &file.0).unwrap().interval(SECOND);
        let start = keys.state.lock().unwrap().read_at;
        assert!(!reads_again(&keys, start + SECOND - MILLISECOND));
        assert!(reads_again(&keys, start + SECOND));
        assert!(!reads_again(&keys, start + 2 * SECOND - MILLISECOND));
        assert!(reads_again(&keys, start + 2 * SECOND));
    }

    #[test]
    fn the_old_key_serves_for_the_grace_and_no_longer() {
        let file = Temporary::new("secret");
        let keys = KeyFile::new(GitHub, &file.0).unwrap().interval(SECOND).grace(5 * SECOND);
        let start = keys.state.lock().unwrap().read_at;
        fs::write(&file.0, "").unwrap();
        assert!(keys.keys_at(start + SECOND).is_ok());
        fs::remove_file(&file.0).unwrap();
        assert!(keys.keys_at(start + 6 * SECOND - MILLISECOND).is_ok(), "one grace, whatever is wrong");
        let Err(KeyLookupError::Unavailable(error)) = keys.keys_at(start + 6 * SECOND) else {
            unreachable!("the grace is over")
        };
        let path = file.0.display().to_string();
        assert!(error.to_string().starts_with(&format!("the file `{path}` cannot be read: ")), "{error}");
        fs::write(&file.0, "another secret").unwrap();
        assert!(keys.keys_at(start + 7 * SECOND).is_ok(), "there is a key once more");
        fs::write(&file.0, "").unwrap();
        assert!(keys.keys_at(start + 8 * SECOND).is_ok(), "and with it a new grace");
    }
}
