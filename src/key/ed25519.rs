//! Ed25519, by `ed25519-dalek`.
use super::KeyError;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use std::sync::Arc;

/// What stands before the 32 bytes of a public key in its SubjectPublicKeyInfo (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What stands before the 32 bytes of a private key in PKCS #8, first version (RFC 8410).
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A public key, and the text so far: it is hashed behind the signature, so it has to be whole.
#[derive(Clone)]
pub(crate) struct Verification {
    key: Arc<VerifyingKey>,
    text: Vec<u8>,
}

impl Verification {
    /// From 32 bytes, or from a SubjectPublicKeyInfo in DER.
    pub(crate) fn new(key: &[u8]) -> Result<Self, KeyError> {
        let wrong = KeyError::Undecodable { expected: "an Ed25519 public key: 32 bytes, or those in SPKI" };
        let bytes = key.strip_prefix(&SPKI).unwrap_or(key);
        let bytes = bytes.try_into().map_err(|_| wrong)?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| wrong)?;
        if key.is_weak() {
            return Err(KeyError::Weak {
                because: "it is a point of small order, under which anything is signed",
            });
        }
        Ok(Self { key: Arc::new(key), text: Vec::new() })
    }

    pub(crate) fn reserve(&mut self, length: usize) {
        self.text.reserve_exact(length);
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
    }

    pub(crate) fn holds(&self, signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.key.verify_strict(&self.text, &signature).is_ok())
    }
}

/// A private key. Wiped on drop.
pub(crate) struct Private(SigningKey);

impl Private {
    /// From the 32 bytes that it is made of, those and the public key's, or from PKCS #8 in DER.
    pub(crate) fn new(key: &[u8]) -> Result<Self, KeyError> {
        let wrong = KeyError::Undecodable { expected: "an Ed25519 private key: 32 or 64 bytes, or PKCS #8" };
        let seed = key.strip_prefix(&PKCS8).unwrap_or(key);
        if let Ok(pair) = <&[u8; 64]>::try_from(seed) {
            return SigningKey::from_keypair_bytes(pair).map(Self).map_err(|_| wrong);
        }
        let seed = seed.try_into().map_err(|_| wrong)?;
        Ok(Self(SigningKey::from_bytes(seed)))
    }

    pub(crate) fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.0.sign(text).to_vec()
    }
}
