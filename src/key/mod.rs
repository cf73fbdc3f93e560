//! Keys, and where they come from.
//!
//! A [`Key`] is what a provider's dashboard shows, read by the scheme that uses it. Several keys that may have signed
//! a delivery, because the secret is being rotated, are a [`KeySet`]. Whatever finds them is a [`KeyProvider`].
//!
//! ```
//! use tower_webhook::key::{Algorithm, Key, KeySet};
//!
//! # fn main() -> Result<(), tower_webhook::key::KeyError> {
//! let new = Key::new(Algorithm::HmacSha256, "the secret of this quarter")?.labeled("2026-q4");
//! let old = Key::new(Algorithm::HmacSha256, "the secret of the last")?.labeled("2026-q3");
//! let keys = KeySet::from(new).or(old);
//!
//! assert!(Key::new(Algorithm::HmacSha256, "  ").is_err(), "a blank secret lets everybody in");
//! # assert!(!format!("{keys:?}").contains("secret"), "and `Debug` shows none of it");
//! # Ok(())
//! # }
//! ```
mod algorithm;
#[cfg(feature = "aws-lc")]
mod aws_lc;
mod cached;
mod digest;
#[cfg(feature = "ed25519")]
mod ed25519;
mod file;
#[cfg(feature = "jwks")]
mod jwks;
mod pem;
mod pinned_url;
mod prepared;
mod provider;
mod rotating;
mod secret;
mod set;
mod signing;
mod source;
mod tenants;
#[cfg(feature = "x509")]
mod x509;

#[cfg(feature = "jwks")]
pub use self::jwks::{Jwks, JwksError};
#[cfg(any(feature = "jwt", feature = "cli"))]
pub(crate) use self::pem::der;
#[cfg(feature = "x509")]
pub use self::x509::{CertificateChains, Certificates, Roots, X509Error};
#[cfg(feature = "cli")]
pub(crate) use self::x509::{is_certificate, key_of as key_of_certificate};
pub use self::{
    algorithm::Algorithm,
    cached::Cached,
    digest::Digest,
    file::KeyFile,
    pinned_url::PinnedUrl,
    provider::{KeyLookup, KeyLookupError, KeyProvider, KeyRef},
    rotating::RotatingKeys,
    secret::Secret,
    set::KeySet,
    signing::SigningKey,
    source::{KeySourceError, Place, from_env},
    tenants::Tenants,
};
pub(crate) use self::{digest::Hasher, prepared::Prepared, provider::Lookup};

use crate::time::Timestamp;
use smallvec::{SmallVec, smallvec};
use std::{any::Any, fmt, ops::RangeInclusive, sync::Arc};

/// What a sender proves itself with, prepared for use: a shared secret, a public key or a token, under the algorithms
/// that it is for.
///
/// The algorithm belongs to the key; nothing that a sender writes can choose another. Schemes make keys from the text
/// that the provider's dashboard shows ([`Scheme::key`](crate::Scheme::key)); `Debug` shows none of it, and it is
/// wiped on drop.
#[derive(Clone)]
pub struct Key {
    /// Shared, since it is large and each request is handed one.
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    prepared: SmallVec<[Prepared; 1]>,
    label: Option<Arc<str>>,
    validity: Option<(Timestamp, Timestamp)>,
    carried: Option<Arc<dyn Any + Send + Sync>>,
}

impl Key {
    /// A shared secret for an HMAC, or a token to compare with, as raw bytes; or a public key: its SubjectPublicKeyInfo
    /// in DER, or what is in it (for Ed25519, 32 bytes).
    ///
    /// # Errors
    /// If the bytes are empty or only white space, or no public key of this algorithm.
    pub fn new(algorithm: Algorithm, secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let secret = secret.as_ref();
        if secret.is_empty() {
            return Err(KeyError::Empty);
        }
        if secret.iter().all(u8::is_ascii_whitespace) {
            return Err(KeyError::Blank);
        }
        let prepared = smallvec![Prepared::new(algorithm, secret)?];
        Ok(Self { inner: Arc::new(Inner { prepared, label: None, validity: None, carried: None }) })
    }

    /// A public key, in PEM or the base64 of its inside.
    ///
    /// # Errors
    /// If it is no public key of this algorithm, or neither PEM nor base64.
    #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, KeyError> {
        Self::new(algorithm, &*pem::der(text, "PUBLIC KEY")?)
    }

    /// The same key for one algorithm more, or another secret beside it: a provider that signs *and* sends a token.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.inner().prepared.extend(other.prepared().iter().cloned());
        self
    }

    /// When the key may be used, as its certificate says. What it signed is refused at any other time.
    #[must_use]
    pub fn valid(mut self, during: RangeInclusive<Timestamp>) -> Self {
        self.inner().validity = Some(during.into_inner());
        self
    }

    /// Something that the scheme needs beside the key once the signature holds, such as what its payloads are encrypted
    /// with: [`Proven::carried`](crate::scheme::Proven::carried). `Debug` shows none of it; what is secret in it should
    /// wipe itself on drop.
    #[must_use]
    pub fn carrying<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.inner().carried = Some(Arc::new(value));
        self
    }

    fn inner(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.inner)
    }

    /// Names the key: `test`, `live`, `2026-q4`. [`Verified::key_label`](crate::Verified::key_label) tells which one
    /// matched.
    #[must_use]
    pub fn labeled(mut self, label: impl Into<Arc<str>>) -> Self {
        self.inner().label = Some(label.into());
        self
    }

    /// The name it was given.
    #[must_use]
    pub fn label(&self) -> Option<&str> {
        self.inner.label.as_deref()
    }

    pub(crate) fn label_arc(&self) -> Option<Arc<str>> {
        self.inner.label.clone()
    }

    pub(crate) fn prepared(&self) -> &[Prepared] {
        &self.inner.prepared
    }

    /// Whether it is the token that somebody presents.
    pub(crate) fn is_token(&self, presented: &str) -> bool {
        use sha2::{Digest as _, Sha256};
        let digest = Sha256::digest(presented);
        let mut tokens = self.prepared().iter().filter(|prepared| prepared.algorithm() == Algorithm::Token);
        tokens.any(|token| token.clone().verify([&*digest].into_iter()))
    }

    /// # Errors
    /// If it may not be used now, in words.
    pub(crate) fn check_validity(&self, now: Timestamp) -> Result<(), &'static str> {
        match self.inner.validity {
            Some((from, _)) if now < from => Err("it is not valid yet"),
            Some((_, to)) if to < now => Err("it is not valid any more"),
            _ => Ok(()),
        }
    }

    pub(crate) fn carries_something(&self) -> bool {
        self.inner.carried.is_some()
    }

    pub(crate) fn carried<T: 'static>(&self) -> Option<&T> {
        self.inner.carried.as_ref()?.downcast_ref()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: SmallVec<[Algorithm; 2]> = self.prepared().iter().map(Prepared::algorithm).collect();
        f.debug_struct("Key")
            .field("label", &self.label())
            .field("algorithms", &algorithms)
            .finish_non_exhaustive()
    }
}

/// Why a text is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no text. An unset variable, most often.
    Empty,
    /// There is only white space.
    Blank,
    /// There is white space before or after, as a file's last line feed.
    SurroundingSpace,
    /// There is nothing behind the prefix.
    OnlyPrefix {
        /// The prefix.
        prefix: &'static str,
    },
    /// The prefix that every key of this provider has is not there.
    WrongPrefix {
        /// What it should begin with.
        expected: &'static str,
    },
    /// The text does not decode.
    Undecodable {
        /// What it should be.
        expected: &'static str,
    },
    /// The text does not consist of the parts that the scheme needs.
    WrongParts {
        /// What it should be.
        expected: &'static str,
    },
    /// The text is so short that it can be guessed, where nothing but the secret itself keeps others out.
    TooShort {
        /// How many characters it should have at least.
        least: usize,
    },
    /// The key is of its algorithm, and no protection.
    Weak {
        /// Why.
        because: &'static str,
    },
    /// A set without a key.
    NoKeys,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the secret is empty: is its variable set?"),
            Self::Blank => f.write_str("the secret is only white space"),
            Self::SurroundingSpace => {
                f.write_str("the secret begins or ends with white space: trim it (a file's last line feed?)")
            }
            Self::OnlyPrefix { prefix } => {
                write!(f, "there is nothing behind the secret's prefix `{prefix}`")
            }
            Self::WrongPrefix { expected } => write!(f, "the secret does not begin with `{expected}`"),
            Self::Undecodable { expected } => {
                write!(f, "the secret does not decode: it should be {expected}")
            }
            Self::WrongParts { expected } => write!(f, "the secret should be {expected}"),
            Self::TooShort { least } => {
                write!(
                    f,
                    "the secret can be guessed: it should have {least} characters or more, drawn at random"
                )
            }
            Self::Weak { because } => write!(f, "the key protects nothing: {because}"),
            Self::NoKeys => f.write_str("there is no key in the set"),
        }
    }
}

impl std::error::Error for KeyError {}
