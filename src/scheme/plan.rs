//! What a scheme demands of a request.
use super::{Refusal, Text};
use crate::{
    encoding::Encoding,
    key::{Algorithm, KeyRef},
    time::Timestamp,
};
use bytes::Bytes;
use http::Response;
use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;
use std::fmt;

/// What a scheme demands of a request before it believes it; the answer of [`Scheme::plan`](super::Scheme::plan).
#[derive(Debug)]
#[non_exhaustive]
pub enum Plan {
    /// An unsigned handshake: this is the answer, and no handler sees the request.
    Respond(Response<Bytes>),
    /// Only the body tells: ask again with it.
    NeedsBody,
    /// This must hold.
    Check(Check),
    /// Each of these must hold. With none in it, nothing gets through.
    All(Vec<Check>),
}

impl From<Check> for Plan {
    fn from(check: Check) -> Self {
        Self::Check(check)
    }
}

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
    signed_at: Option<Timestamp>,
    key: KeyRef,
}

/// A signature, as bytes of its algorithm's length.
#[derive(Clone)]
pub(crate) struct Signature {
    pub(crate) algorithm: Algorithm,
    bytes: [u8; 64],
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A token's bytes are its digest, which a short token would not survive.
        f.debug_struct("Signature").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

impl Signature {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.algorithm.signature_len()).unwrap_or_default()
    }
}

/// No provider of an HMAC sends more; what comes after is refused.
const MAX_SIGNATURES: usize = 16;

impl Check {
    /// `text` must be signed, by a signature still to be named.
    pub fn new(text: Text) -> Self {
        let signatures = SmallVec::new();
        Self {
            demand: Box::new(Demand { text, signatures, named: 0, signed_at: None, key: KeyRef::Endpoint }),
        }
    }

    /// `presented` must be a key of algorithm [`Token`](Algorithm::Token). It says nothing of the body.
    pub fn token(presented: impl AsRef<[u8]>) -> Self {
        let mut bytes = [0; 64];
        let (digest, _) = bytes.split_at_mut(Algorithm::Token.signature_len());
        digest.copy_from_slice(&Sha256::digest(presented.as_ref()));
        let mut check = Self::new(Text::new());
        check.demand.signatures.push(Signature { algorithm: Algorithm::Token, bytes });
        check
    }

    /// The request's signature. Called several times where a provider sends several: any one of them suffices, and
    /// only those of a key's own algorithm are compared with it.
    ///
    /// # Errors
    /// If it does not decode to the length of its algorithm, or if it is the seventeenth.
    pub fn signature(
        mut self,
        algorithm: Algorithm,
        encoding: Encoding,
        signature: &str,
    ) -> Result<Self, Refusal> {
        self.add(algorithm, encoding, signature)?;
        Ok(self)
    }

    /// [`signature`](Self::signature), for those who go on if one does not decode: it counts all the same.
    pub(crate) fn add(
        &mut self,
        algorithm: Algorithm,
        encoding: Encoding,
        signature: &str,
    ) -> Result<(), Refusal> {
        self.demand.named += 1;
        if self.demand.named > MAX_SIGNATURES {
            return Err(Refusal::TooManySignatures);
        }
        let mut bytes = [0; 64];
        let (exact, _) = bytes.split_at_mut(algorithm.signature_len());
        encoding.decode_exactly(signature, exact).ok_or(Refusal::MalformedSignature)?;
        self.demand.signatures.push(Signature { algorithm, bytes });
        Ok(())
    }

    /// When the request says that it was signed; part of the text. The layer applies the tolerance, before the body is
    /// read and again when it is complete.
    pub fn signed_at(mut self, at: Timestamp) -> Self {
        self.demand.signed_at = Some(at);
        self
    }

    /// Which keys the request says that it was signed with.
    pub fn key(mut self, key: KeyRef) -> Self {
        self.claim_key(key);
        self
    }

    pub(crate) fn claim_key(&mut self, key: KeyRef) {
        self.demand.key = key;
    }

    pub(crate) fn text(&self) -> &Text {
        &self.demand.text
    }

    pub(crate) fn signatures(&self) -> &[Signature] {
        &self.demand.signatures
    }

    pub(crate) fn claimed_time(&self) -> Option<Timestamp> {
        self.demand.signed_at
    }

    pub(crate) fn claimed_key(&self) -> &KeyRef {
        &self.demand.key
    }
}

/// What a plan comes to when it demands proof: one check or several, and never none.
#[derive(Debug)]
pub(crate) struct Checks {
    all: SmallVec<[Check; 1]>,
}

impl Checks {
    /// `None` if there is nothing to check, which would let everybody in.
    pub(crate) fn new(all: impl IntoIterator<Item = Check>) -> Option<Self> {
        let all: SmallVec<[Check; 1]> = all.into_iter().collect();
        (!all.is_empty()).then_some(Self { all })
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Check> {
        self.all.iter()
    }

    /// The keys to look up: those that any of the checks names.
    pub(crate) fn key(&self) -> &KeyRef {
        let named = self.iter().map(Check::claimed_key).find(|key| **key != KeyRef::Endpoint);
        named.unwrap_or(&KeyRef::Endpoint)
    }

    pub(crate) fn name_several_tenants(&self) -> bool {
        let mut named = self.iter().filter_map(|check| check.claimed_key().tenant());
        let first = named.next();
        named.any(|tenant| Some(tenant) != first)
    }
}
