//! The algorithms of the RFC, by the names that it gives them.
use crate::key::Algorithm;

/// An algorithm of RFC 9421, section 3.3.
///
/// All but the first need a feature: `ed25519`, or `aws-lc` for ECDSA and RSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// `hmac-sha256`: a shared secret.
    HmacSha256,
    /// `ed25519`.
    #[cfg(feature = "ed25519")]
    Ed25519,
    /// `ecdsa-p256-sha256`.
    #[cfg(feature = "aws-lc")]
    EcdsaP256Sha256,
    /// `ecdsa-p384-sha384`.
    #[cfg(feature = "aws-lc")]
    EcdsaP384Sha384,
    /// `rsa-v1_5-sha256`.
    #[cfg(feature = "aws-lc")]
    RsaV15Sha256,
    /// `rsa-pss-sha512`, with a salt of 64 bytes.
    #[cfg(feature = "aws-lc")]
    RsaPssSha512,
}

impl SignatureAlgorithm {
    /// Those of the enabled features.
    pub const ALL: &[Self] = &[
        Self::HmacSha256,
        #[cfg(feature = "ed25519")]
        Self::Ed25519,
        #[cfg(feature = "aws-lc")]
        Self::EcdsaP256Sha256,
        #[cfg(feature = "aws-lc")]
        Self::EcdsaP384Sha384,
        #[cfg(feature = "aws-lc")]
        Self::RsaV15Sha256,
        #[cfg(feature = "aws-lc")]
        Self::RsaPssSha512,
    ];

    /// Its name in the parameter `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HmacSha256 => "hmac-sha256",
            #[cfg(feature = "ed25519")]
            Self::Ed25519 => "ed25519",
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP256Sha256 => "ecdsa-p256-sha256",
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP384Sha384 => "ecdsa-p384-sha384",
            #[cfg(feature = "aws-lc")]
            Self::RsaV15Sha256 => "rsa-v1_5-sha256",
            #[cfg(feature = "aws-lc")]
            Self::RsaPssSha512 => "rsa-pss-sha512",
        }
    }

    /// What its keys are.
    #[must_use]
    pub const fn key_algorithm(self) -> Algorithm {
        match self {
            Self::HmacSha256 => Algorithm::HmacSha256,
            #[cfg(feature = "ed25519")]
            Self::Ed25519 => Algorithm::Ed25519,
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP256Sha256 => Algorithm::EcdsaP256Sha256Fixed,
            #[cfg(feature = "aws-lc")]
            Self::EcdsaP384Sha384 => Algorithm::EcdsaP384Sha384Fixed,
            #[cfg(feature = "aws-lc")]
            Self::RsaV15Sha256 => Algorithm::RsaPkcs1Sha256,
            #[cfg(feature = "aws-lc")]
            Self::RsaPssSha512 => Algorithm::RsaPssSha512,
        }
    }
}
