//! A handshake that only the holder of the key can answer.
use super::{Fed, Text};
use crate::{
    key::{Algorithm, Key, KeyRef, KeySet},
    rejection::RejectionKind,
};
use bytes::Bytes;
use http::Response;
use smallvec::SmallVec;
use std::fmt;

/// A handshake whose answer contains a text's signature, by the endpoint's own key: so the provider sees that this
/// endpoint has it.
///
/// Whoever can ask is given signatures of what they choose. A scheme must see to it that no such text could be a
/// delivery's: that it is short, and of a form that no body has.
pub struct Challenge {
    algorithm: Algorithm,
    text: Text,
    key: KeyRef,
    answer: Answer,
}

type Answer = Box<dyn Fn(&[u8]) -> Response<Bytes> + Send + Sync>;

impl Challenge {
    /// `answer` makes the response of the signature's bytes. The text has no body in it.
    pub fn new(
        algorithm: Algorithm,
        text: Text,
        answer: impl Fn(&[u8]) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self { algorithm, text, key: KeyRef::Endpoint, answer: Box::new(answer) }
    }

    /// Which keys the request asks for.
    #[must_use]
    pub fn key(mut self, key: KeyRef) -> Self {
        self.key = key;
        self
    }

    pub(crate) fn claimed_key(&self) -> &KeyRef {
        &self.key
    }

    /// The answer, by the first key of the algorithm: the newest.
    pub(crate) fn answer(&self, keys: &KeySet) -> Result<Response<Bytes>, RejectionKind> {
        let signature = keys.iter().find_map(|key| signature(key, self.algorithm, &self.text));
        signature.map(|signature| (self.answer)(&signature)).ok_or(RejectionKind::UnsupportedAlgorithm)
    }
}

/// The signature of a text without a body, by a shared secret; `None` if the key is of another algorithm.
pub(super) fn signature(key: &Key, algorithm: Algorithm, text: &Text) -> Option<SmallVec<[u8; 64]>> {
    if algorithm == Algorithm::Token || algorithm.hashes_secret() != text.has_secret() {
        return None;
    }
    let prepared = key.prepared().iter().find(|prepared| prepared.algorithm() == algorithm)?;
    let mut prepared = prepared.clone();
    text.feed(b"", |part: Fed<'_>| prepared.update(part));
    let signature = prepared.finalize();
    (!signature.is_empty()).then_some(signature)
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}
