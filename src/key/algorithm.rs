//! How a key proves its holder.

/// How a key proves its holder.
///
/// Those of a family that needs a library of its own stand behind its feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC with MD5. Unbroken as a MAC, and kept for the providers that use it.
    #[cfg(feature = "keyed-hash")]
    HmacMd5,
    /// HMAC with SHA-1. Unbroken as a MAC, and kept for the providers that use it.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// HMAC with SHA-512.
    HmacSha512,
    /// A plain hash over a text that has the secret in it ([`Text::secret`](crate::scheme::Text::secret)). Weaker than
    /// an HMAC: where the secret comes first, whoever has one signature can sign longer texts.
    Hashed(super::Digest),
    /// The holder presents the key itself. It covers nothing of the request.
    Token,
    /// Ed25519, verified strictly: weak keys and signatures that are not canonical are refused.
    #[cfg(feature = "ed25519")]
    Ed25519,
    /// ECDSA on P-256 with SHA-256; the signature is ASN.1 in DER, and refused in any other encoding of the same numbers.
    /// It has a second form that is valid too, and accepted (`s` taken from the group's order), so it says nothing of
    /// which delivery it is.
    #[cfg(feature = "aws-lc")]
    EcdsaP256Sha256Asn1,
    /// ECDSA on P-256 with SHA-256; the signature is `r` and `s`, 32 bytes each. It has a second form, as that in ASN.1.
    #[cfg(feature = "aws-lc")]
    EcdsaP256Sha256Fixed,
    /// ECDSA on P-384 with SHA-384; the signature is `r` and `s`, 48 bytes each. It has a second form, as that in ASN.1.
    #[cfg(feature = "aws-lc")]
    EcdsaP384Sha384Fixed,
    /// RSA with PKCS #1 v1.5 and SHA-1, of 2048 bits or more. Verified for the providers that still use it, never signed.
    #[cfg(feature = "aws-lc")]
    RsaPkcs1Sha1,
    /// RSA with PKCS #1 v1.5 and SHA-256, of 2048 bits or more.
    #[cfg(feature = "aws-lc")]
    RsaPkcs1Sha256,
    /// RSA with PKCS #1 v1.5 and SHA-512, of 2048 bits or more.
    #[cfg(feature = "aws-lc")]
    RsaPkcs1Sha512,
    /// RSA-PSS with SHA-256 and a salt of 32 bytes, of 2048 bits or more. The key is written as any RSA key: one whose
    /// SubjectPublicKeyInfo says that it is for RSA-PSS alone is not read.
    #[cfg(feature = "aws-lc")]
    RsaPssSha256,
    /// RSA-PSS with SHA-512 and a salt of 64 bytes, of 2048 bits or more. The key is written as any RSA key.
    #[cfg(feature = "aws-lc")]
    RsaPssSha512,
}

/// RSA-8192.
pub(crate) const MAX_SIGNATURE: usize = 1024;

impl Algorithm {
    /// How long its signatures are, in bytes; `None` where that depends on the key or on the signature.
    #[must_use]
    pub const fn signature_len(self) -> Option<usize> {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::HmacMd5 => Some(16),
            Self::HmacSha1 => Some(20),
            Self::HmacSha256 | Self::Token => Some(32),
            Self::HmacSha512 => Some(64),
            Self::Hashed(digest) => Some(digest.len()),
            #[cfg(feature = "ed25519")]
            Self::Ed25519 => Some(64),
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP256Sha256Fixed => Some(64),
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP384Sha384Fixed => Some(96),
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP256Sha256Asn1
            | Self::RsaPkcs1Sha1
            | Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha512
            | Self::RsaPssSha256
            | Self::RsaPssSha512 => None,
        }
    }

    /// Whether a signature of it can have this length.
    pub(crate) fn takes_len(self, length: usize) -> bool {
        match self.signature_len() {
            Some(exactly) => length == exactly,
            None => (1..=MAX_SIGNATURE).contains(&length),
        }
    }

    /// Whether one key signs and another verifies.
    #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
    pub(crate) const fn has_private_keys(self) -> bool {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::HmacMd5 => false,
            Self::HmacSha1 | Self::HmacSha256 | Self::HmacSha512 | Self::Hashed(_) | Self::Token => false,
            #[cfg(feature = "ed25519")]
            Self::Ed25519 => true,
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP256Sha256Asn1
            | Self::EcdsaP256Sha256Fixed
            | Self::EcdsaP384Sha384Fixed
            | Self::RsaPkcs1Sha1
            | Self::RsaPkcs1Sha256
            | Self::RsaPkcs1Sha512
            | Self::RsaPssSha256
            | Self::RsaPssSha512 => true,
        }
    }

    /// Whether the text that is signed has the secret in it.
    pub(crate) const fn hashes_secret(self) -> bool {
        matches!(self, Self::Hashed(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Digest;

    #[test]
    fn a_signatures_length_is_its_algorithms() {
        for (algorithm, length) in [
            (Algorithm::HmacSha1, 20),
            (Algorithm::HmacSha256, 32),
            (Algorithm::HmacSha512, 64),
            (Algorithm::Token, 32),
            (Algorithm::Hashed(Digest::Sha1), 20),
        ] {
            assert_eq!(algorithm.signature_len(), Some(length), "{algorithm:?}");
            let taken: Vec<usize> = (0..=MAX_SIGNATURE + 1).filter(|l| algorithm.takes_len(*l)).collect();
            assert_eq!(taken, [length], "{algorithm:?}");
        }
    }

    #[cfg(feature = "aws-lc")]
    #[test]
    fn what_is_as_long_as_its_key_or_its_numbers_is_bounded() {
        let algorithm = Algorithm::EcdsaP256Sha256Asn1;
        assert_eq!(algorithm.signature_len(), None);
        assert!(algorithm.takes_len(1) && algorithm.takes_len(MAX_SIGNATURE));
        assert!(!algorithm.takes_len(0) && !algorithm.takes_len(MAX_SIGNATURE + 1));
    }
}
