//! Secrets that arrive in a handshake.
use crate::{
    key::{Algorithm, Key, KeyError, Secret},
    scheme::Head,
};
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use zeroize::Zeroizing;

/// Decides about secrets that arrive in a handshake: with which deliveries will be signed from then on.
///
/// **Anybody can send such a handshake**, with a secret of their own. Whoever gets theirs taken signs deliveries. So take
/// one only while you are creating a webhook, only at a URL that nobody else can know, and never in place of one that you
/// have. [`Enrolments`] does that, within one process; with several, implement this over what they share.
///
/// A request may be asked about several times: the same secret at the same URL must get the same answer.
pub trait Enroller: Send + Sync + 'static {
    /// Whether a secret could be taken from a request with this head. It is asked before the body is read.
    fn expects(&self, head: &Head<'_>) -> bool;

    /// Takes the secret, or refuses it: then the sender is answered as everybody whose request is refused.
    fn take(&self, head: &Head<'_>, secret: &str) -> bool;
}

/// Takes secrets that are expected, in this process: each at a URL of its own, once.
///
/// Draw a last segment for the webhook's URL at random, [expect](Self::expect) a secret there, create the webhook with
/// that URL, and keep the secret that has come in. While nothing is expected, no handshake is answered.
///
/// ```
/// # #[cfg(feature = "providers")] {
/// use tower_webhook::{Scheme, providers::Asana, schemes::handshake::Enrolments};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let enrolments = Enrolments::new();
/// let asana = Asana::new().enrolling(enrolments.clone());
///
/// // 128 bits from a random number generator, in hexadecimal.
/// let segment = "8f14e45fceea167a5a36dedd4bea2543";
/// let expected = enrolments.expect(segment)?;
/// // .. ask Asana for a webhook at https://example.com/asana/8f14e45fceea167a5a36dedd4bea2543, and then:
/// if let Some(secret) = expected.secret() {
///     let key = asana.key(&secret)?;
///     // .. store it for this webhook
///     # let _ = key;
/// }
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Enrolments {
    pending: Arc<Mutex<Pending>>,
}

#[derive(Default)]
struct Pending {
    next: u64,
    expected: Vec<Expected>,
}

struct Expected {
    number: u64,
    segment: Key,
    secret: Option<Zeroizing<String>>,
}

/// A secret that is expected, until this is dropped.
#[must_use = "dropped, it expects nothing any more"]
pub struct Enrolment {
    number: u64,
    enrolments: Enrolments,
}

impl Enrolments {
    /// That expect nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Expects one secret, at a path whose last segment is this. Of several, the first that comes is taken.
    ///
    /// # Errors
    /// If the segment has less than 22 characters, which are 128 bits in base64: it must not be guessed.
    pub fn expect(&self, segment: &str) -> Result<Enrolment, KeyError> {
        let segment = Secret::text().at_least(22).key(Algorithm::Token, segment)?;
        let mut pending = self.lock();
        let number = pending.next;
        pending.next = number.wrapping_add(1);
        pending.expected.push(Expected { number, segment, secret: None });
        Ok(Enrolment { number, enrolments: self.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pending {
    /// What is expected at this path.
    fn at(&mut self, head: &Head<'_>) -> Option<&mut Expected> {
        if self.expected.is_empty() {
            return None;
        }
        let segment = head.last_segment().ok()?;
        self.expected.iter_mut().find(|expected| expected.segment.is_token(&segment))
    }
}

impl Enroller for Enrolments {
    fn expects(&self, head: &Head<'_>) -> bool {
        self.lock().at(head).is_some()
    }

    fn take(&self, head: &Head<'_>, secret: &str) -> bool {
        let mut pending = self.lock();
        let Some(expected) = pending.at(head) else { return false };
        match &expected.secret {
            // The same request, asked about once more, or sent again by a sender who missed the answer.
            Some(taken) => Key::new(Algorithm::Token, &**taken).is_ok_and(|taken| taken.is_token(secret)),
            None => {
                expected.secret = Some(Zeroizing::new(secret.to_owned()));
                true
            }
        }
    }
}

impl Enrolment {
    /// The secret, once it has come.
    #[must_use]
    pub fn secret(&self) -> Option<String> {
        let pending = self.enrolments.lock();
        let own = pending.expected.iter().find(|expected| expected.number == self.number);
        own?.secret.as_ref().map(|secret| secret.to_string())
    }
}

impl Drop for Enrolment {
    fn drop(&mut self) {
        self.enrolments.lock().expected.retain(|expected| expected.number != self.number);
    }
}

impl fmt::Debug for Enrolments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolments").finish_non_exhaustive()
    }
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enrolment").field("has_secret", &self.secret().is_some()).finish_non_exhaustive()
    }
}
