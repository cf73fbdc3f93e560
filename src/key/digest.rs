//! Digests of a body.
use crate::encoding::Encoding;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use smallvec::SmallVec;

/// A hash function: over the body, where a signature covers its digest in its place, or over a text with the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Digest {
    /// MD5. Broken: whoever chooses a body can have two with one digest.
    #[cfg(feature = "keyed-hash")]
    Md5,
    /// SHA-1. Broken: whoever chooses a body can have two with one digest.
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
    /// Keccak-256, the padding from before SHA-3, as Ethereum uses it.
    #[cfg(feature = "keyed-hash")]
    Keccak256,
}

impl Digest {
    /// How long its digests are, in bytes.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "no digest is empty")]
    pub const fn len(self) -> usize {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
            #[cfg(feature = "keyed-hash")]
            Self::Keccak256 => 32,
        }
    }

    /// The digest of `bytes`, as text.
    #[must_use]
    pub fn of(self, bytes: &[u8], encoding: Encoding) -> String {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        encoding.encode(&hasher.finish())
    }
}

/// A digest being computed.
#[derive(Clone)]
pub(crate) enum Hasher {
    #[cfg(feature = "keyed-hash")]
    Md5(md5::Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    /// Boxed, since it is twice the others' size and moves with them.
    Sha512(Box<Sha512>),
    #[cfg(feature = "keyed-hash")]
    Keccak256(Box<sha3::Keccak256>),
}

impl Hasher {
    pub(crate) fn new(digest: Digest) -> Self {
        match digest {
            #[cfg(feature = "keyed-hash")]
            Digest::Md5 => Self::Md5(md5::Md5::new()),
            Digest::Sha1 => Self::Sha1(Sha1::new()),
            Digest::Sha256 => Self::Sha256(Sha256::new()),
            Digest::Sha512 => Self::Sha512(Box::default()),
            #[cfg(feature = "keyed-hash")]
            Digest::Keccak256 => Self::Keccak256(Box::default()),
        }
    }

    #[inline]
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::Md5(hasher) => hasher.update(bytes),
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
            Self::Sha512(hasher) => hasher.update(bytes),
            #[cfg(feature = "keyed-hash")]
            Self::Keccak256(hasher) => hasher.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> SmallVec<[u8; 64]> {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::Md5(hasher) => SmallVec::from_slice(&hasher.finalize()),
            Self::Sha1(hasher) => SmallVec::from_slice(&hasher.finalize()),
            Self::Sha256(hasher) => SmallVec::from_slice(&hasher.finalize()),
            Self::Sha512(hasher) => SmallVec::from_slice(&hasher.finalize()),
            #[cfg(feature = "keyed-hash")]
            Self::Keccak256(hasher) => SmallVec::from_slice(&hasher.finalize()),
        }
    }
}
