//! ECDSA and RSA, by `aws-lc-rs`.
use super::{Algorithm, KeyError};
use aws_lc_rs::{
    digest::{self, Context},
    encoding::AsDer as _,
    rand::SystemRandom,
    signature::{
        self as aws, EcdsaKeyPair, KeyPair as _, ParsedPublicKey, RsaKeyPair, VerificationAlgorithm,
    },
};
use std::sync::Arc;

/// A public key, and the digest of the text so far.
#[derive(Clone)]
pub(crate) struct Verification {
    algorithm: Algorithm,
    key: Arc<ParsedPublicKey>,
    hashing: Context,
}

/// A public key, and the digest of a whole text.
pub(crate) struct Digested {
    key: Arc<ParsedPublicKey>,
    digest: digest::Digest,
}

impl Verification {
    /// From a SubjectPublicKeyInfo in DER, or what is in one.
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, KeyError> {
        let wrong = KeyError::Undecodable { expected: "a public key of the algorithm, in SPKI" };
        let (verifying, hash) = parameters(algorithm).ok_or(wrong)?;
        if !ends_where_it_says(key) {
            return Err(wrong);
        }
        let key = ParsedPublicKey::new(verifying, key).map_err(|_| wrong)?;
        let spki = key.as_der().map_err(|_| wrong)?;
        if is_rsa(algorithm) && spki.as_ref().len() < RSA_2048_SPKI {
            return Err(KeyError::Weak { because: "it is RSA of less than 2048 bits" });
        }
        Ok(Self { algorithm, key: Arc::new(key), hashing: Context::new(hash) })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.hashing.update(bytes);
    }

    pub(crate) fn finish(self) -> Digested {
        Digested { key: self.key, digest: self.hashing.finish() }
    }
}

impl Digested {
    pub(crate) fn holds(&self, signature: &[u8]) -> bool {
        self.key.verify_digest_sig(&self.digest, signature).is_ok()
    }
}

/// Whether nothing stands behind a key that is a sequence in DER; the library would not mind.
fn ends_where_it_says(key: &[u8]) -> bool {
    match *key {
        [0x30, length @ ..=0x7f, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, 0x81, length, ref rest @ ..] => rest.len() == usize::from(length),
        [0x30, 0x82, high, low, ref rest @ ..] => rest.len() == usize::from(u16::from_be_bytes([high, low])),
        _ => true,
    }
}

/// How long the SubjectPublicKeyInfo of RSA-2048 is at least, in DER: with the smallest exponent.
const RSA_2048_SPKI: usize = 292;

fn is_rsa(algorithm: Algorithm) -> bool {
    use Algorithm as A;
    matches!(
        algorithm,
        A::RsaPkcs1Sha1 | A::RsaPkcs1Sha256 | A::RsaPkcs1Sha512 | A::RsaPssSha256 | A::RsaPssSha512
    )
}

/// `None` for what another library does.
fn parameters(
    algorithm: Algorithm,
) -> Option<(&'static dyn VerificationAlgorithm, &'static digest::Algorithm)> {
    Some(match algorithm {
        Algorithm::EcdsaP256Sha256Asn1 => (&aws::ECDSA_P256_SHA256_ASN1, &digest::SHA256),
        Algorithm::EcdsaP256Sha256Fixed => (&aws::ECDSA_P256_SHA256_FIXED, &digest::SHA256),
        Algorithm::EcdsaP384Sha384Fixed => (&aws::ECDSA_P384_SHA384_FIXED, &digest::SHA384),
        Algorithm::RsaPkcs1Sha1 => {
            (&aws::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, &digest::SHA1_FOR_LEGACY_USE_ONLY)
        }
        Algorithm::RsaPkcs1Sha256 => (&aws::RSA_PKCS1_2048_8192_SHA256, &digest::SHA256),
        Algorithm::RsaPkcs1Sha512 => (&aws::RSA_PKCS1_2048_8192_SHA512, &digest::SHA512),
        Algorithm::RsaPssSha256 => (&aws::RSA_PSS_2048_8192_SHA256, &digest::SHA256),
        Algorithm::RsaPssSha512 => (&aws::RSA_PSS_2048_8192_SHA512, &digest::SHA512),
        _ => return None,
    })
}

/// A private key.
pub(crate) enum Private {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair, &'static aws::RsaSignatureEncoding),
}

impl Private {
    /// From PKCS #8 in DER.
    pub(crate) fn new(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let wrong = KeyError::Undecodable { expected: "a private key of the algorithm, in PKCS #8" };
        let ecdsa =
            |parameters| EcdsaKeyPair::from_pkcs8(parameters, pkcs8).map(Self::Ecdsa).map_err(|_| wrong);
        let rsa =
            |padding| RsaKeyPair::from_pkcs8(pkcs8).map(|key| Self::Rsa(key, padding)).map_err(|_| wrong);
        match algorithm {
            Algorithm::EcdsaP256Sha256Asn1 => ecdsa(&aws::ECDSA_P256_SHA256_ASN1_SIGNING),
            Algorithm::EcdsaP256Sha256Fixed => ecdsa(&aws::ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::EcdsaP384Sha384Fixed => ecdsa(&aws::ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::RsaPkcs1Sha256 => rsa(&aws::RSA_PKCS1_SHA256),
            Algorithm::RsaPkcs1Sha512 => rsa(&aws::RSA_PKCS1_SHA512),
            Algorithm::RsaPssSha256 => rsa(&aws::RSA_PSS_SHA256),
            Algorithm::RsaPssSha512 => rsa(&aws::RSA_PSS_SHA512),
            _ => Err(KeyError::Undecodable { expected: "of an algorithm that this crate signs with" }),
        }
    }

    pub(crate) fn public(&self) -> Vec<u8> {
        match self {
            Self::Ecdsa(key) => key.public_key().as_ref().to_vec(),
            Self::Rsa(key, _) => key.public_key().as_ref().to_vec(),
        }
    }

    /// `None` if the system's source of randomness fails.
    pub(crate) fn sign(&self, text: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Ecdsa(key) => key.sign(&random, text).ok().map(|signature| signature.as_ref().to_vec()),
            Self::Rsa(key, padding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*padding, &random, text, &mut signature).ok()?;
                Some(signature)
            }
        }
    }
}
