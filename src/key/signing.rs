//! The sending side's keys.
#[cfg(feature = "aws-lc")]
use super::aws_lc;
#[cfg(feature = "ed25519")]
use super::ed25519;
use super::{Algorithm, Key, KeyError};
#[cfg(any(feature = "aws-lc", feature = "ed25519"))]
use crate::scheme::Fed;
use crate::scheme::{CannotSign, Text};
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// What a sender signs with. A type of its own, so that no receiver is handed one by mistake.
///
/// Made by [`Scheme::signing_key`](crate::Scheme::signing_key). `Debug` shows none of it, and it is wiped on drop.
#[derive(Clone)]
pub struct SigningKey {
    key: Key,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Shared(Zeroizing<String>),
    #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
    Private(Algorithm, Arc<Private>),
}

#[cfg(any(feature = "aws-lc", feature = "ed25519"))]
enum Private {
    #[cfg(feature = "ed25519")]
    Ed25519(ed25519::Private),
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::Private),
}

impl SigningKey {
    /// For schemes whose senders and receivers share one secret: the key, and the text that it was made from.
    ///
    /// # Errors
    /// If the text is empty.
    pub fn shared(key: Key, text: &str) -> Result<Self, KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        Ok(Self { key, kind: Kind::Shared(Zeroizing::new(text.to_owned())) })
    }

    /// A private key, in PKCS #8 (DER), or for Ed25519 its 32 bytes, or 64 with the public key's.
    ///
    /// # Errors
    /// If it is no private key of this algorithm.
    #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
    pub fn private(algorithm: Algorithm, key: &[u8]) -> Result<Self, KeyError> {
        if key.is_empty() {
            return Err(KeyError::Empty);
        }
        let (private, public) = match algorithm {
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519 => {
                let private = ed25519::Private::new(key)?;
                let public = private.public().to_vec();
                (Private::Ed25519(private), public)
            }
            #[cfg(feature = "aws-lc")]
            _ => {
                let private = aws_lc::Private::new(algorithm, key)?;
                let public = private.public();
                (Private::AwsLc(private), public)
            }
            #[cfg(not(feature = "aws-lc"))]
            _ => return Err(KeyError::Undecodable { expected: "of an algorithm that has private keys" }),
        };
        Ok(Self { key: Key::new(algorithm, public)?, kind: Kind::Private(algorithm, Arc::new(private)) })
    }

    /// [`private`](Self::private), in PEM or the base64 of its inside.
    ///
    /// # Errors
    /// If it is no private key of this algorithm, or neither PEM nor base64.
    #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
    pub fn from_pem(algorithm: Algorithm, text: &str) -> Result<Self, KeyError> {
        Self::private(algorithm, &super::pem::der(text, "PRIVATE KEY")?)
    }

    /// Names the key, as [`Key::labeled`]. Schemes whose signatures name the key write this.
    #[must_use]
    pub fn labeled(mut self, label: impl Into<Arc<str>>) -> Self {
        self.key = self.key.labeled(label);
        self
    }

    /// Something that the scheme sends beside its signatures, such as certificates: as [`Key::carrying`].
    #[must_use]
    pub fn carrying<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.key = self.key.carrying(value);
        self
    }

    /// What a receiver verifies this one's signatures with.
    #[must_use]
    pub fn verifying_key(&self) -> Key {
        self.key.clone()
    }

    /// Whether it makes signatures of `algorithm`.
    pub(crate) fn is_for(&self, algorithm: Algorithm) -> bool {
        match &self.kind {
            Kind::Shared(_) => self.key.prepared().iter().any(|prepared| prepared.algorithm() == algorithm),
            #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
            Kind::Private(own, _) => *own == algorithm,
        }
    }

    /// The signature of `text` over `body`.
    ///
    /// # Errors
    /// If this key is not for `algorithm`.
    pub fn sign(&self, algorithm: Algorithm, text: &Text, body: &[u8]) -> Result<Vec<u8>, CannotSign> {
        match &self.kind {
            Kind::Shared(_) => {
                let prepared = self.key.prepared().iter().find(|prepared| prepared.algorithm() == algorithm);
                let mut prepared = prepared.ok_or(ANOTHER_ALGORITHM)?.clone();
                if algorithm.hashes_secret() != text.has_secret() {
                    return Err(CannotSign::new(
                        "a plain hash needs the secret in its text, and nothing else does",
                    ));
                }
                text.feed(body, |part| prepared.update(part));
                let signature = prepared.finalize().into_vec();
                if signature.is_empty() {
                    Err(CannotSign::new("the key is a public one"))
                } else {
                    Ok(signature)
                }
            }
            #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
            Kind::Private(own, private) => {
                if *own != algorithm {
                    return Err(ANOTHER_ALGORITHM);
                }
                let mut message = Vec::with_capacity(text.len_with(body));
                text.feed(body, |part| {
                    if let Fed::Bytes(bytes) = part {
                        message.extend_from_slice(bytes);
                    }
                });
                match &**private {
                    #[cfg(feature = "ed25519")]
                    Private::Ed25519(key) => Ok(key.sign(&message)),
                    #[cfg(feature = "aws-lc")]
                    Private::AwsLc(key) => {
                        key.sign(&message).ok_or(CannotSign::new("the system has no randomness"))
                    }
                }
            }
        }
    }

    /// The secret's text, for schemes that send it as it is. Named so that its uses can be found. Empty for a private
    /// key, which nobody sends.
    #[must_use]
    pub fn expose(&self) -> &str {
        match &self.kind {
            Kind::Shared(text) => text,
            #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
            Kind::Private(..) => "",
        }
    }
}

const ANOTHER_ALGORITHM: CannotSign = CannotSign::new("the key is for another algorithm");

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").finish_non_exhaustive()
    }
}
