//! The one place that hashes and compares.
use super::{
    plan::{Check, Checks, Signature},
    text::OfBody,
};
use crate::key::{Algorithm, Hasher, Key, KeySet, Mac};
use smallvec::SmallVec;
use std::sync::Arc;

/// What kind of proof a delivery came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Proof {
    /// A signature over the body, or over its digest.
    SignedBody,
    /// A signature that does not cover the body: whoever captures one can put another body under it.
    SignedHead,
    /// A shared token, presented as it is: it proves that the sender knows it, says nothing of the body, and whoever
    /// sees one request can send others.
    SharedToken,
}

/// What a check that holds has shown.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) proof: Proof,
    pub(crate) key_label: Option<Arc<str>>,
}

/// A verification in progress: for each check, the first key that might fit hashes while the body arrives.
#[derive(Default)]
pub(crate) struct Running {
    streams: SmallVec<[Option<Stream>; 1]>,
}

struct Stream {
    mac: Mac,
    sink: Sink,
}

enum Sink {
    Mac,
    Digest(Hasher, crate::encoding::Encoding),
    Nothing,
}

impl Running {
    pub(crate) fn start(checks: &Checks, keys: &KeySet) -> Self {
        let stream = |check: &Check| candidates(check, keys).next().map(|(_, mac)| Stream::start(check, mac));
        Self { streams: checks.iter().map(stream).collect() }
    }

    /// The next part of the body.
    pub(crate) fn update(&mut self, chunk: &[u8]) {
        for stream in self.streams.iter_mut().flatten() {
            stream.update(chunk);
        }
    }

    /// The body is complete: does every check hold? `None` if one does not.
    pub(crate) fn finish(self, checks: &Checks, keys: &KeySet, body: &[u8]) -> Option<Held> {
        let mut held: Option<Held> = None;
        for (check, stream) in checks.iter().zip(self.streams) {
            let (key, algorithm) = stream?.finish_or_try_others(check, keys, body)?;
            let proof = proof(check, algorithm);
            // Of several proofs the strongest counts, and its key.
            if held.as_ref().is_none_or(|before| strength(proof) > strength(before.proof)) {
                held = Some(Held { proof, key_label: key.label_arc() });
            }
        }
        held
    }
}

/// What the check has shown, by a signature of this algorithm.
fn proof(check: &Check, algorithm: Algorithm) -> Proof {
    if algorithm == Algorithm::Token {
        Proof::SharedToken
    } else if check.text().covers_body() {
        Proof::SignedBody
    } else {
        Proof::SignedHead
    }
}

fn strength(proof: Proof) -> u8 {
    match proof {
        Proof::SharedToken => 0,
        Proof::SignedHead => 1,
        Proof::SignedBody => 2,
    }
}

/// The keys that any of the check's signatures could be by.
fn candidates<'a>(check: &'a Check, keys: &'a KeySet) -> impl Iterator<Item = (&'a Key, &'a Mac)> {
    let macs = keys.iter().flat_map(|key| key.macs().iter().map(move |mac| (key, mac)));
    macs.filter(|(_, mac)| signatures(check, mac).next().is_some())
}

/// The check's signatures of the key's algorithm; the others are none of its business.
fn signatures<'a>(check: &'a Check, mac: &Mac) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let algorithm = mac.algorithm();
    let own = check.signatures().iter().filter(move |signature| signature.algorithm == algorithm);
    own.map(Signature::bytes)
}

impl Stream {
    fn start(check: &Check, mac: &Mac) -> Self {
        let mut mac = mac.clone();
        let sink = match check.text().feed_to_body(|bytes| mac.update(bytes)) {
            Some(OfBody::Whole) => Sink::Mac,
            Some(OfBody::Digest(digest, encoding)) => Sink::Digest(Hasher::new(digest), encoding),
            None => Sink::Nothing,
        };
        Self { mac, sink }
    }

    #[inline]
    fn update(&mut self, chunk: &[u8]) {
        match &mut self.sink {
            Sink::Mac => self.mac.update(chunk),
            Sink::Digest(hasher, _) => hasher.update(chunk),
            Sink::Nothing => {}
        }
    }

    fn finish(self, check: &Check, body: &[u8]) -> bool {
        let Self { mut mac, sink } = self;
        if let Sink::Digest(hasher, encoding) = sink {
            mac.update(hasher.finish(encoding).as_bytes());
        }
        check.text().feed_from_body(body, |bytes| mac.update(bytes));
        let signatures = signatures(check, &mac);
        mac.verify(signatures)
    }

    /// The other candidates hash only now, when the first has failed.
    fn finish_or_try_others<'a>(
        self,
        check: &'a Check,
        keys: &'a KeySet,
        body: &[u8],
    ) -> Option<(&'a Key, Algorithm)> {
        let mut candidates = candidates(check, keys);
        let (first, mac) = candidates.next()?;
        if self.finish(check, body) {
            return Some((first, mac.algorithm()));
        }
        candidates.find_map(|(key, mac)| {
            let mut stream = Self::start(check, mac);
            stream.update(body);
            stream.finish(check, body).then_some((key, mac.algorithm()))
        })
    }
}
