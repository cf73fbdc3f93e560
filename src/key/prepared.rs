//! The state that a key is prepared in.
#[cfg(feature = "aws-lc")]
use super::aws_lc;
#[cfg(feature = "ed25519")]
use super::ed25519;
use super::{Algorithm, Hasher, KeyError};
use crate::scheme::Fed;
use hmac::{
    Hmac, KeyInit as _, Mac,
    digest::{CtOutput, Output},
};
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use smallvec::SmallVec;
use std::sync::Arc;
use subtle::{Choice, ConstantTimeEq as _, ConstantTimeLess as _};
use zeroize::Zeroizing;

/// A key for one algorithm, and what it has hashed of a text: prepared once, cloned for each request.
#[derive(Clone)]
pub(crate) enum Prepared {
    #[cfg(feature = "keyed-hash")]
    HmacMd5(Hmac<md5::Md5>),
    HmacSha1(Hmac<Sha1>),
    HmacSha256(Hmac<Sha256>),
    /// Boxed, since it is twice the others' size and moves with them.
    HmacSha512(Box<Hmac<Sha512>>),
    Hashed {
        algorithm: Algorithm,
        secret: Arc<Zeroizing<Vec<u8>>>,
        hasher: Hasher,
    },
    /// A token is kept and compared as its digest, so that neither its bytes nor its length can leak.
    Token(Zeroizing<[u8; 32]>),
    #[cfg(feature = "ed25519")]
    Ed25519(ed25519::Verification),
    #[cfg(feature = "aws-lc")]
    AwsLc(aws_lc::Verification),
}

impl Prepared {
    pub(crate) fn new(algorithm: Algorithm, key: &[u8]) -> Result<Self, KeyError> {
        #[cfg(test)]
        tests::PREPARED.set(tests::PREPARED.get() + 1);
        // HMAC takes keys of any length, so that the error cannot occur; it is mapped rather than unwrapped.
        let wrong = |_| KeyError::Undecodable { expected: "a key that its algorithm takes" };
        Ok(match algorithm {
            #[cfg(feature = "keyed-hash")]
            Algorithm::HmacMd5 => Self::HmacMd5(Hmac::new_from_slice(key).map_err(wrong)?),
            Algorithm::HmacSha1 => Self::HmacSha1(Hmac::new_from_slice(key).map_err(wrong)?),
            Algorithm::HmacSha256 => Self::HmacSha256(Hmac::new_from_slice(key).map_err(wrong)?),
            Algorithm::HmacSha512 => Self::HmacSha512(Box::new(Hmac::new_from_slice(key).map_err(wrong)?)),
            Algorithm::Hashed(digest) => {
                let secret = Arc::new(Zeroizing::new(key.to_vec()));
                Self::Hashed { algorithm, secret, hasher: Hasher::new(digest) }
            }
            Algorithm::Token => Self::Token(Zeroizing::new(Sha256::digest(key).into())),
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519 => Self::Ed25519(ed25519::Verification::new(key)?),
            #[cfg(feature = "aws-lc")]
            Algorithm::EcdsaP256Sha256Asn1
            | Algorithm::EcdsaP256Sha256Fixed
            | Algorithm::EcdsaP384Sha384Fixed
            | Algorithm::RsaPkcs1Sha1
            | Algorithm::RsaPkcs1Sha256
            | Algorithm::RsaPkcs1Sha512
            | Algorithm::RsaPssSha256
            | Algorithm::RsaPssSha512 => Self::AwsLc(aws_lc::Verification::new(algorithm, key)?),
        })
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::HmacMd5(_) => Algorithm::HmacMd5,
            Self::HmacSha1(_) => Algorithm::HmacSha1,
            Self::HmacSha256(_) => Algorithm::HmacSha256,
            Self::HmacSha512(_) => Algorithm::HmacSha512,
            Self::Hashed { algorithm, .. } => *algorithm,
            Self::Token(_) => Algorithm::Token,
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => Algorithm::Ed25519,
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(verification) => verification.algorithm(),
        }
    }

    /// Whether it has to see the text twice, so that hashing while the body arrives gains nothing.
    pub(crate) fn needs_whole_text(&self) -> bool {
        #[cfg(feature = "ed25519")]
        if matches!(self, Self::Ed25519(_)) {
            return true;
        }
        false
    }

    /// Says how long the text is going to be, for the one that keeps it.
    pub(crate) fn reserve(&mut self, length: usize) {
        #[cfg(feature = "ed25519")]
        if let Self::Ed25519(verification) = self {
            verification.reserve(length);
        }
        #[cfg(not(feature = "ed25519"))]
        let _ = length;
    }

    #[inline]
    pub(crate) fn update(&mut self, fed: Fed<'_>) {
        let bytes = match (fed, &mut *self) {
            (Fed::Bytes(bytes), _) => bytes,
            (Fed::Secret, Self::Hashed { secret, hasher, .. }) => return hasher.update(secret),
            (Fed::SecretBetween { after, before }, Self::Hashed { secret, hasher, .. }) => {
                let is_after = !after.map_or(Choice::from(0), |other| is_less(secret, other));
                let is_before = before.map_or(Choice::from(1), |other| is_less(secret, other));
                if bool::from(is_after & is_before) {
                    hasher.update(secret);
                }
                return;
            }
            // Only such a key is ever given such a text.
            (Fed::Secret | Fed::SecretBetween { .. }, _) => return,
        };
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::HmacMd5(mac) => mac.update(bytes),
            Self::HmacSha1(mac) => mac.update(bytes),
            Self::HmacSha256(mac) => mac.update(bytes),
            Self::HmacSha512(mac) => mac.update(bytes),
            Self::Hashed { hasher, .. } => hasher.update(bytes),
            Self::Token(_) => {}
            #[cfg(feature = "ed25519")]
            Self::Ed25519(verification) => verification.update(bytes),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(verification) => verification.update(bytes),
        }
    }

    /// Whether any of `signatures` is this one's. The only comparison in the crate with anything secret; its time does
    /// not depend on the bytes compared.
    #[inline]
    pub(crate) fn verify<'a>(self, signatures: impl Iterator<Item = &'a [u8]>) -> bool {
        match self {
            #[cfg(feature = "ed25519")]
            Self::Ed25519(verification) => {
                let mut signatures = signatures;
                signatures.any(|signature| verification.holds(signature))
            }
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(verification) => {
                let digest = verification.finish();
                let mut signatures = signatures;
                signatures.any(|signature| digest.holds(signature))
            }
            #[cfg(feature = "keyed-hash")]
            Self::HmacMd5(mac) => any_is(mac, signatures),
            Self::HmacSha1(mac) => any_is(mac, signatures),
            Self::HmacSha256(mac) => any_is(mac, signatures),
            Self::HmacSha512(mac) => any_is(*mac, signatures),
            Self::Hashed { hasher, .. } => any_equals(&hasher.finish(), signatures),
            Self::Token(digest) => any_equals(&*digest, signatures),
        }
    }

    /// What a shared secret makes of the text. Empty for a public key, which makes no signatures.
    pub(crate) fn finalize(self) -> SmallVec<[u8; 64]> {
        match self {
            #[cfg(feature = "keyed-hash")]
            Self::HmacMd5(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::HmacSha1(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::HmacSha256(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::HmacSha512(mac) => SmallVec::from_slice(&mac.finalize().into_bytes()),
            Self::Hashed { hasher, .. } => hasher.finish(),
            Self::Token(digest) => SmallVec::from_slice(&*digest),
            #[cfg(feature = "ed25519")]
            Self::Ed25519(_) => SmallVec::new(),
            #[cfg(feature = "aws-lc")]
            Self::AwsLc(_) => SmallVec::new(),
        }
    }
}

/// As [`Mac::verify_slice`], for several. `CtOutput` compares in a time that does not depend on the bytes.
#[inline]
fn any_is<'a, M: Mac>(mac: M, signatures: impl Iterator<Item = &'a [u8]>) -> bool {
    let computed = mac.finalize();
    signatures.fold(false, |any, signature| {
        any | <&Output<M>>::try_from(signature).is_ok_and(|signature| computed == CtOutput::from(signature))
    })
}

fn any_equals<'a>(computed: &[u8], signatures: impl Iterator<Item = &'a [u8]>) -> bool {
    signatures.fold(false, |any, signature| any | bool::from(computed.ct_eq(signature)))
}

/// Whether the one comes first, sorted by bytes; in a time that depends on nothing but the lengths.
fn is_less(one: &[u8], other: &[u8]) -> Choice {
    let (mut less, mut differ) = (Choice::from(0), Choice::from(0));
    for place in 0..one.len().max(other.len()) {
        // What has ended comes before every byte.
        let at = |text: &[u8]| text.get(place).map_or(0, |byte| u16::from(*byte) + 1);
        let (this, that) = (at(one), at(other));
        less |= !differ & this.ct_lt(&that);
        differ |= !this.ct_eq(&that);
    }
    less
}

#[cfg(test)]
mod tests {
    use crate::{
        Scheme,
        key::KeySet,
        scheme::{Verdict, verify},
        schemes::{Field, Part, Signed},
        time::Timestamp,
    };
    use bytes::Bytes;
    use http::{HeaderName, Request};
    use std::cell::Cell;

    thread_local! {
        /// How many keys this thread has prepared.
        pub(super) static PREPARED: Cell<usize> = const { Cell::new(0) };
    }

    /// Whatever the algorithm: a key is parsed when it is made, and not by a request.
    #[test]
    fn a_key_is_prepared_once() {
        const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
        #[cfg(feature = "aws-lc")]
        const P256: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgcaRxjrWfhuFCOc1Q\
                            emllSqZMKt0YF0aQFdpyX0jD25mhRANCAATpdDzeKOG536W33qU+T5vbA/4bUNqy\
                            LxCMU1GGhjG3RgWA7dCw9XGWEGy8nuIWo2Rz4PCph/iODD8UfAXIe5vH";
        let schemes = [
            (Signed::hmac_sha256("hmac", Field::header(SIGNATURE)), "a secret".to_owned()),
            #[cfg(feature = "ed25519")]
            (
                Signed::ed25519("ed25519", Field::header(SIGNATURE))
                    .secret(crate::key::Secret::encoded(crate::encoding::Encoding::Hex)),
                "07".repeat(32),
            ),
            #[cfg(feature = "aws-lc")]
            (
                Signed::ecdsa_p256("ecdsa", Field::header(SIGNATURE)).secret(crate::key::Secret::pem()),
                P256.to_owned(),
            ),
        ];
        for (scheme, secret) in schemes {
            let scheme = scheme.text([Part::literal("."), Part::Body]);
            let sign = || -> Result<_, Box<dyn std::error::Error>> {
                let signing = scheme.signing_key(&secret)?;
                let mut request = Request::post("/").body(Bytes::from_static(b"{}"))?;
                scheme.sign(&mut request, &signing, Timestamp::from_unix(0))?;
                Ok((request.into_parts(), KeySet::from(signing.verifying_key())))
            };
            let Ok(((parts, body), keys)) = sign() else { unreachable!("{} signs", scheme.name()) };
            let before = PREPARED.get();
            for _ in 0..100 {
                let verdict = verify(&scheme, &parts, &body, &keys, Timestamp::from_unix(0));
                assert!(matches!(verdict, Ok(Verdict::Deliver(_))), "{}: {verdict:?}", scheme.name());
            }
            assert_eq!(PREPARED.get(), before, "{}", scheme.name());
        }
    }

    #[test]
    fn sorts_as_slices_do() {
        let texts: [&[u8]; 9] = [b"", b"\0", b"a", b"a\0", b"aa", b"ab", b"b", b"\xff", b"\xff\xff"];
        for one in texts {
            for other in texts {
                assert_eq!(bool::from(super::is_less(one, other)), one < other, "{one:?} {other:?}");
            }
        }
    }
}
