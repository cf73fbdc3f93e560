//! One thing that must hold.
use super::{Delivery, Refusal, Text};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, KeyRef},
    time::Timestamp,
};
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;
use std::fmt;

/// One thing that must hold: a text, and the signatures of which at least one must be a key's signature of it; or a
/// presented token, which must be a key.
///
/// A check without a signature never holds.
#[derive(Clone, Debug)]
#[must_use]
pub struct Check {
    /// Boxed, since plans are handed on from one to the next.
    demand: Box<Demand>,
}

#[derive(Clone, Debug)]
struct Demand {
    text: Text,
    signatures: SmallVec<[Signature; 1]>,
    /// How many signatures were named, decodable or not.
    named: usize,
    /// How many may be.
    most: usize,
    body_digests: SmallVec<[BodyDigest; 0]>,
    signed_at: Option<Timestamp>,
    not_before: Option<Timestamp>,
    expires: Option<Timestamp>,
    key: KeyRef,
    delivery: Option<Box<Delivery>>,
}

impl Default for Demand {
    fn default() -> Self {
        Self {
            text: Text::new(),
            signatures: SmallVec::new(),
            named: 0,
            most: MAX_SIGNATURES,
            body_digests: SmallVec::new(),
            signed_at: None,
            not_before: None,
            expires: None,
            key: KeyRef::Endpoint,
            delivery: None,
        }
    }
}

/// A signature, as bytes that its algorithm could have made.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) algorithm: Algorithm,
    pub(crate) bytes: SmallVec<[u8; SHORT]>,
}

/// Signatures of so many bytes are kept without an allocation.
const SHORT: usize = 64;

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token's bytes are its digest, which a short token would not survive.
        f.debug_struct("Signature").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// What the signed text says that the body's digest is.
#[derive(Clone, Debug)]
pub(crate) struct BodyDigest {
    pub(crate) digest: Digest,
    pub(crate) claimed: SmallVec<[u8; 64]>,
}

/// No provider of an HMAC sends more, unless it says so; what comes after is refused.
pub(crate) const MAX_SIGNATURES: usize = 16;

impl Check {
    /// `text` must be signed, by a signature still to be named.
    pub fn new(text: Text) -> Self {
        let mut check = Self::of_no_text();
        check.demand.text = text;
        check
    }

    /// The text is still to be written, [in place](Self::text_mut).
    pub(crate) fn of_no_text() -> Self {
        // What a box makes by default it makes where it stays.
        Self { demand: Box::default() }
    }

    /// `presented` must be a key of algorithm [`Token`](Algorithm::Token). It says nothing of the body.
    pub fn token(presented: impl AsRef<[u8]>) -> Self {
        let bytes = SmallVec::from_slice(&Sha256::digest(presented.as_ref()));
        let mut check = Self::of_no_text();
        check.demand.signatures.push(Signature { algorithm: Algorithm::Token, bytes });
        check
    }

    /// The request's signature. Called several times where a provider sends several: any one of them suffices, and
    /// only those of a key's own algorithm are compared with it.
    ///
    /// # Errors
    /// If it does not decode to a length that its algorithm has, or if it is the seventeenth.
    pub fn signature(
        mut self,
        algorithm: Algorithm,
        encoding: Encoding,
        signature: &str,
    ) -> Result<Self, Refusal> {
        self.add(algorithm, encoding, signature)?;
        Ok(self)
    }

    /// [`signature`](Self::signature), where the scheme has decoded it.
    ///
    /// # Errors
    /// If its length is none that its algorithm has, or if it is the seventeenth.
    pub fn signature_bytes(mut self, algorithm: Algorithm, signature: &[u8]) -> Result<Self, Refusal> {
        self.count()?;
        if !algorithm.takes_len(signature.len()) {
            return Err(Refusal::MalformedSignature);
        }
        let bytes = SmallVec::from_slice(signature);
        self.demand.signatures.push(Signature { algorithm, bytes });
        Ok(self)
    }

    /// The signatures of a list. One that does not decode is one that does not match, and counts all the same; alone, it
    /// is malformed.
    #[inline]
    pub(crate) fn any_of<'a>(
        mut self,
        encoding: Encoding,
        signatures: impl Iterator<Item = (Algorithm, &'a str)>,
    ) -> Result<Self, Refusal> {
        let mut last = Err(Refusal::NoSignature);
        for (algorithm, signature) in signatures {
            match self.add(algorithm, encoding, signature) {
                Err(Refusal::TooManySignatures) => return Err(Refusal::TooManySignatures),
                Err(refusal) if last.is_err() => last = Err(refusal),
                Err(_) => {}
                Ok(()) => last = Ok(()),
            }
        }
        last.map(|()| self)
    }

    fn add(&mut self, algorithm: Algorithm, encoding: Encoding, signature: &str) -> Result<(), Refusal> {
        self.count()?;
        let bytes = match algorithm.signature_len() {
            Some(length @ ..=SHORT) => {
                let mut decoded = [0; SHORT];
                let decoded = decoded.get_mut(..length).unwrap_or_default();
                encoding.decode_exactly(signature, decoded).ok_or(Refusal::MalformedSignature)?;
                SmallVec::from_slice(decoded)
            }
            _ => {
                let decoded = encoding.decode(signature).filter(|bytes| algorithm.takes_len(bytes.len()));
                decoded.ok_or(Refusal::MalformedSignature)?.into()
            }
        };
        self.demand.signatures.push(Signature { algorithm, bytes });
        Ok(())
    }

    fn count(&mut self) -> Result<(), Refusal> {
        self.demand.named = self.demand.named.saturating_add(1);
        if self.demand.named > self.demand.most { Err(Refusal::TooManySignatures) } else { Ok(()) }
    }

    /// How many signatures there may be, where the provider documents more than sixteen.
    pub fn most_signatures(mut self, most: usize) -> Self {
        self.demand.most = most;
        self
    }

    /// The text says that this is the body's digest, in bytes: compared with that of the body received, so that the
    /// signature covers it. Called several times, each must hold.
    ///
    /// # Errors
    /// If it is not of the digest's length.
    pub fn body_digest(mut self, digest: Digest, claimed: &[u8]) -> Result<Self, Refusal> {
        if claimed.len() != digest.len() {
            return Err(Refusal::MalformedDigest);
        }
        self.demand.body_digests.push(BodyDigest { digest, claimed: SmallVec::from_slice(claimed) });
        Ok(self)
    }

    /// When the request says that it was signed; part of the text. The layer applies the tolerance, before the body is
    /// read and again when it is complete.
    pub fn signed_at(mut self, at: Timestamp) -> Self {
        self.demand.signed_at = Some(at);
        self
    }

    /// From when on the text says that it holds. The sender's clock may be a minute ahead, or the tolerance if that is
    /// less.
    pub fn not_before(mut self, at: Timestamp) -> Self {
        self.demand.not_before = Some(at);
        self
    }

    /// Until when the text says that it holds. The sender's clock may be a minute behind, or the tolerance if that is
    /// less.
    pub fn expires(mut self, at: Timestamp) -> Self {
        self.demand.expires = Some(at);
        self
    }

    /// Which keys the request says that it was signed with.
    pub fn key(mut self, key: KeyRef) -> Self {
        self.claim_key(key);
        self
    }

    /// What the text says of the delivery, where planning has read that already: [`Proven::delivery`] hands it on once
    /// the check holds.
    ///
    /// [`Proven::delivery`]: super::Proven::delivery
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.demand.delivery = Some(Box::new(delivery));
        self
    }

    pub(crate) fn claim_key(&mut self, key: KeyRef) {
        self.demand.key = key;
    }

    pub(crate) fn text(&self) -> &Text {
        &self.demand.text
    }

    /// To be written in place: a text is not small.
    pub(crate) fn text_mut(&mut self) -> &mut Text {
        &mut self.demand.text
    }

    pub(crate) fn signatures(&self) -> &[Signature] {
        &self.demand.signatures
    }

    pub(crate) fn body_digests(&self) -> &[BodyDigest] {
        &self.demand.body_digests
    }

    /// Whether the signature says what the body is, whole or by its digest.
    pub(crate) fn covers_body(&self) -> bool {
        self.text().covers_body() || !self.body_digests().is_empty()
    }

    pub(crate) fn claims_a_time(&self) -> bool {
        let Demand { signed_at, not_before, expires, .. } = &*self.demand;
        signed_at.is_some() || not_before.is_some() || expires.is_some()
    }

    pub(crate) fn claimed_time(&self) -> Option<Timestamp> {
        self.demand.signed_at
    }

    pub(crate) fn claimed_beginning(&self) -> Option<Timestamp> {
        self.demand.not_before
    }

    pub(crate) fn claimed_end(&self) -> Option<Timestamp> {
        self.demand.expires
    }

    pub(crate) fn claimed_key(&self) -> &KeyRef {
        &self.demand.key
    }

    pub(crate) fn claimed_delivery(&self) -> Option<&Delivery> {
        self.demand.delivery.as_deref()
    }
}
