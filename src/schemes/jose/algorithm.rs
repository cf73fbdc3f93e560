//! How tokens are signed.
use crate::key::{Algorithm, Secret};

/// How a JWT or a JWS is signed, by the name that its header must give: one, which the receiver chooses. A token of any
/// other is refused, and so is one that is not signed (`none`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JwsAlgorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA with PKCS #1 v1.5 and SHA-256.
    #[cfg(feature = "aws-lc")]
    Rs256,
    /// RSA with PKCS #1 v1.5 and SHA-512.
    #[cfg(feature = "aws-lc")]
    Rs512,
    /// RSA-PSS with SHA-256.
    #[cfg(feature = "aws-lc")]
    Ps256,
    /// RSA-PSS with SHA-512.
    #[cfg(feature = "aws-lc")]
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    #[cfg(feature = "aws-lc")]
    Es256,
    /// ECDSA on P-384 with SHA-384.
    #[cfg(feature = "aws-lc")]
    Es384,
    /// Ed25519, under the name `EdDSA`.
    #[cfg(feature = "ed25519")]
    EdDsa,
}

impl JwsAlgorithm {
    /// The name in a token's header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs512 => "HS512",
            #[cfg(feature = "aws-lc")]
            Self::Rs256 => "RS256",
            #[cfg(feature = "aws-lc")]
            Self::Rs512 => "RS512",
            #[cfg(feature = "aws-lc")]
            Self::Ps256 => "PS256",
            #[cfg(feature = "aws-lc")]
            Self::Ps512 => "PS512",
            #[cfg(feature = "aws-lc")]
            Self::Es256 => "ES256",
            #[cfg(feature = "aws-lc")]
            Self::Es384 => "ES384",
            #[cfg(feature = "ed25519")]
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of the keys.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HmacSha256,
            Self::Hs512 => Algorithm::HmacSha512,
            #[cfg(feature = "aws-lc")]
            Self::Rs256 => Algorithm::RsaPkcs1Sha256,
            #[cfg(feature = "aws-lc")]
            Self::Rs512 => Algorithm::RsaPkcs1Sha512,
            #[cfg(feature = "aws-lc")]
            Self::Ps256 => Algorithm::RsaPssSha256,
            #[cfg(feature = "aws-lc")]
            Self::Ps512 => Algorithm::RsaPssSha512,
            #[cfg(feature = "aws-lc")]
            Self::Es256 => Algorithm::EcdsaP256Sha256Fixed,
            #[cfg(feature = "aws-lc")]
            Self::Es384 => Algorithm::EcdsaP384Sha384Fixed,
            #[cfg(feature = "ed25519")]
            Self::EdDsa => Algorithm::Ed25519,
        }
    }

    /// How its keys are written, where a scheme does not say otherwise.
    pub(in crate::schemes) const fn secret(self) -> Secret {
        match self {
            Self::Hs256 | Self::Hs512 => Secret::text(),
            #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
            _ => Secret::pem(),
        }
    }
}
