//! The algorithms, and the states that they are prepared in.
use super::KeyError;
use crate::encoding::Encoding;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use smallvec::SmallVec;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// How a key proves its holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with SHA-1. Unbroken as a MAC, and kept for the providers that use it.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-512.
    HmacSha512,
    /// The holder presents the key itself. It covers nothing of the request.
    Token,
}

impl Algorithm {
    /// How long its signatures are, in bytes.
    #[must_use]
    pub const fn signature_len(self) -> usize {
        match self {
            Self::HmacSha1 => 20,
            Self::HmacSha256 | Self::Token => 32,
            Self::HmacSha512 => 64,
        }
    }
}

/// A key's prepared state: keyed once, cloned for each request.
#[derive(Clone)]
pub(crate) enum Mac {
    HmacSha1(Hmac<Sha1>),
    HmacSha256(Hmac<Sha256>),
    /// Boxed, since it is twice the others' size and moves with them.
    HmacSha512(Box<Hmac<Sha512>>),
    /// A token is kept and compared as its digest, so that neither its bytes nor its length can leak.
    Token(Zeroizing<[u8; 32]>),
}

impl Mac {
    pub(crate) fn new(algorithm: Algorithm, secret: &[u8]) -> Result<Self, KeyError> {
        // HMAC takes keys of any length, so that the error cannot occur; it is mapped rather than unwrapped.
        let wrong = |_| KeyError::Undecodable { expected: "a key that its algorithm takes" };
        Ok(match algorithm {
            Algorithm::HmacSha1 => Self::HmacSha1(Hmac::new_from_slice(secret).map_err(wrong)?),
            Algorithm::HmacSha256 => Self::HmacSha256(Hmac::new_from_slice(secret).map_err(wrong)?),
            Algorithm::HmacSha512 => Self::HmacSha512(Box::new(Hmac::new_from_slice(secret).map_err(wrong)?)),
            Algorithm::Token => Self::Token(Zeroizing::new(Sha256::digest(secret).into())),
        })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::HmacSha1(_) => Algorithm::HmacSha1,
            Self::HmacSha256(_) => Algorithm::HmacSha256,
            Self::HmacSha512(_) => Algorithm::HmacSha512,
            Self::Token(_) => Algorithm::Token,
        }
    }

    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::HmacSha1(mac) => mac.update(bytes),
            Self::HmacSha256(mac) => mac.update(bytes),
            Self::HmacSha512(mac) => mac.update(bytes),
            Self::Token(_) => {}
        }
    }

    /// Whether any of `signatures` is this one's. The only comparison in the crate with anything secret; its time does
    /// not depend on the bytes compared.
    pub(crate) fn verify<'a>(self, signatures: impl Iterator<Item = &'a [u8]>) -> bool {
        let computed = self.finalize();
        signatures.fold(false, |any, signature| any | bool::from(computed.ct_eq(signature)))
    }

    pub(crate) fn finalize(self) -> SmallVec<[u8; 64]> {
        match self {
            Self::HmacSha1(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::HmacSha256(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::HmacSha512(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::Token(digest) => SmallVec::from_slice(&*digest),
        }
    }
}

/// A hash over the body that a signature covers in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl Digest {
    /// The digest of `bytes`, as text.
    #[must_use]
    pub fn of(self, bytes: &[u8], encoding: Encoding) -> String {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish(encoding)
    }
}

/// A digest being computed.
#[derive(Clone)]
pub(crate) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Box<Sha512>),
}

impl Hasher {
    pub(crate) fn new(digest: Digest) -> Self {
        match digest {
            Digest::Sha1 => Self::Sha1(Sha1::new()),
            Digest::Sha256 => Self::Sha256(Sha256::new()),
            Digest::Sha512 => Self::Sha512(Box::default()),
        }
    }

    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self, encoding: Encoding) -> String {
        match self {
            Self::Sha1(hasher) => encoding.encode(&hasher.finalize()),
            Self::Sha256(hasher) => encoding.encode(&hasher.finalize()),
            Self::Sha512(hasher) => encoding.encode(&hasher.finalize()),
        }
    }
}
