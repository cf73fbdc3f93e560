//! A handshake that only the holder of the key can answer.
use super::{Fed, Refusal, Text};
use crate::{
    key::{Algorithm, Key, KeyRef, KeySet},
    rejection::{Rejection, RejectionKind},
};
use bytes::Bytes;
use http::Response;
use smallvec::SmallVec;
use std::fmt;

/// A handshake whose answer shows that this endpoint has the key.
pub struct Challenge {
    key: KeyRef,
    /// `None` if it is not a key for this.
    answer: Answer,
}

type Answer = Box<dyn Fn(&Key) -> Option<Result<Response<Bytes>, Refusal>> + Send + Sync>;

impl Challenge {
    /// The answer contains a text's signature, which `answer` is given as bytes. The text has no body in it.
    ///
    /// Whoever can ask is given signatures of what they choose. A scheme must see to it that no such text could be a
    /// delivery's: that it is short, and of a form that no body has.
    pub fn new(
        algorithm: Algorithm,
        text: Text,
        answer: impl Fn(&[u8]) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        Self::by(move |key| signature(key, algorithm, &text).map(|signature| Ok(answer(&signature))))
    }

    /// The answer needs what the keys [carry](Key::carrying): for handshakes that are encrypted, and not signed. If it
    /// is refused with one, the next is asked.
    ///
    /// Whoever can ask may learn what it says. It must say nothing that a delivery would.
    pub fn carried<T: 'static>(
        answer: impl Fn(&T) -> Result<Response<Bytes>, Refusal> + Send + Sync + 'static,
    ) -> Self {
        Self::by(move |key| key.carried().map(&answer))
    }

    fn by(answer: impl Fn(&Key) -> Option<Result<Response<Bytes>, Refusal>> + Send + Sync + 'static) -> Self {
        Self { key: KeyRef::Endpoint, answer: Box::new(answer) }
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

    /// The answer, by the first key that can give it: the newest.
    pub(crate) fn answer(&self, keys: &KeySet) -> Result<Response<Bytes>, Rejection> {
        let mut last = RejectionKind::UnsupportedAlgorithm.into();
        for answer in keys.iter().filter_map(|key| (self.answer)(key)) {
            match answer {
                Ok(response) => return Ok(response),
                Err(refusal) => last = refusal.into(),
            }
        }
        Err(last)
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
        f.debug_struct("Challenge").field("key", &self.key).finish_non_exhaustive()
    }
}
