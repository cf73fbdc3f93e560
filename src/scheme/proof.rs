//! The one place that hashes and compares.
use super::{
    Fed,
    check::{BodyDigest, Check, Signature},
    plan::{Checks, Demanded},
    text::OfBody,
};
use crate::{
    encoding::{Encoder, Encoding},
    key::{Algorithm, Hasher, Key, KeySet, Prepared},
    rejection::{Rejection, RejectionKind},
    time::Timestamp,
};
use smallvec::SmallVec;
use std::mem;

/// What kind of proof a delivery came with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Proof {
    /// A signature over the body, over its digest, or over what was read out of it.
    SignedBody,
    /// A signature that does not cover the body: whoever captures one can put another body under it.
    SignedHead,
    /// A shared token, presented as it is: it proves that the sender knows it, says nothing of the body, and whoever
    /// sees one request can send others.
    SharedToken,
}

/// What the checks that hold have shown.
#[derive(Debug)]
pub(crate) struct Held<'a> {
    pub(crate) proof: Proof,
    pub(crate) key: &'a Key,
    /// Those that hold: all, or of alternatives the one.
    pub(crate) checks: SmallVec<[&'a Check; 1]>,
}

/// A verification in progress: for each check, the first key that might fit hashes while the body arrives. It is large:
/// it is handed on by reference.
#[derive(Default)]
pub(crate) struct Running {
    streams: SmallVec<[Stream; 1]>,
}

/// One check.
struct Stream {
    candidate: Option<Candidate>,
    /// One for each digest that the signed text claims of the body.
    digests: Vec<Hasher>,
}

/// A key that could have made one of the check's signatures.
struct Candidate {
    prepared: Prepared,
    sink: Sink,
}

/// Where the body goes while it arrives.
enum Sink {
    Key,
    Digest(Box<Hasher>, Encoding),
    Encoded(Encoder),
    /// The text has no body in it, or is needed whole: it is hashed at the end.
    Nowhere,
}

impl Running {
    pub(crate) fn start(checks: &Checks, keys: &KeySet) -> Self {
        let mut running = Self::default();
        for check in checks.iter() {
            running.streams.push(Stream::start(check, keys));
        }
        running
    }

    /// The next part of the body.
    pub(crate) fn update(&mut self, chunk: &[u8]) {
        for stream in &mut self.streams {
            stream.update(chunk);
        }
    }

    /// The body is complete: does what was demanded hold?
    pub(crate) fn finish<'a>(
        &mut self,
        checks: &'a Checks,
        keys: &'a KeySet,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Held<'a>, Rejection> {
        let mut held: Option<Held<'a>> = None;
        let mut last = None;
        for (check, stream) in checks.iter().zip(&mut self.streams) {
            match (stream.finish(check, keys, body, now), checks.demanded()) {
                (Ok((key, proof)), Demanded::Any) => {
                    return Ok(Held { proof, key, checks: SmallVec::from_elem(check, 1) });
                }
                (Ok((key, proof)), Demanded::All) => {
                    let held = held.get_or_insert_with(|| Held { proof, key, checks: SmallVec::new() });
                    held.checks.push(check);
                    // Of several proofs the strongest counts, and its key.
                    if strength(proof) > strength(held.proof) {
                        (held.proof, held.key) = (proof, key);
                    }
                }
                // Of several failures, the one that says more than that it is not this spelling.
                (Err(rejection), Demanded::Any) => {
                    if last.as_ref().is_none_or(is_mismatch) {
                        last = Some(rejection);
                    }
                }
                (Err(rejection), Demanded::All) => return Err(rejection),
            }
        }
        held.ok_or_else(|| last.unwrap_or_else(|| RejectionKind::SignatureMismatch.into()))
    }
}

fn is_mismatch(rejection: &Rejection) -> bool {
    rejection.kind() == RejectionKind::SignatureMismatch
}

/// What the check has shown, by a signature of this algorithm.
fn proof(check: &Check, algorithm: Algorithm) -> Proof {
    if algorithm == Algorithm::Token {
        Proof::SharedToken
    } else if check.covers_body() {
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

/// The first key that `is_right`, of those that any of the check's signatures could be by.
fn find_candidate<'a>(
    check: &Check,
    keys: &'a KeySet,
    mut is_right: impl FnMut(&'a Prepared) -> bool,
) -> Option<(&'a Key, &'a Prepared)> {
    for key in keys.iter() {
        for prepared in key.prepared() {
            // A plain hash proves nothing unless the secret is hashed too.
            let could_be = prepared.algorithm().hashes_secret() == check.text().has_secret()
                && signatures(check, prepared).next().is_some();
            if could_be && is_right(prepared) {
                return Some((key, prepared));
            }
        }
    }
    None
}

/// The check's signatures of the key's algorithm; the others are none of its business.
fn signatures<'a>(check: &'a Check, prepared: &Prepared) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let algorithm = prepared.algorithm();
    let own = check.signatures().iter().filter(move |signature| signature.algorithm == algorithm);
    own.map(|signature: &Signature| &*signature.bytes)
}

impl Stream {
    fn start(check: &Check, keys: &KeySet) -> Self {
        let first = find_candidate(check, keys, |_| true);
        let candidate = first.map(|(_, prepared)| Candidate::start(check, prepared));
        let digests = check.body_digests().iter().map(|claim| Hasher::new(claim.digest)).collect();
        Self { candidate, digests }
    }

    #[inline]
    fn update(&mut self, chunk: &[u8]) {
        if let Some(candidate) = &mut self.candidate {
            candidate.update(chunk);
        }
        for hasher in &mut self.digests {
            hasher.update(chunk);
        }
    }

    /// The signature first: what an unsigned text says of the body is of no interest.
    fn finish<'a>(
        &mut self,
        check: &Check,
        keys: &'a KeySet,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(&'a Key, Proof), Rejection> {
        let (key, algorithm) = self.holder(check, keys, body).ok_or(RejectionKind::SignatureMismatch)?;
        key.check_validity(now)
            .map_err(|error| Rejection::with_source(RejectionKind::UntrustedKey, error))?;
        let mut digests = check.body_digests().iter().zip(mem::take(&mut self.digests));
        // Neither of the two is secret: the sender has the body, and has written the other.
        let is_right = |(claim, hasher): (&BodyDigest, Hasher)| hasher.finish() == claim.claimed;
        if !digests.all(is_right) {
            return Err(RejectionKind::DigestMismatch.into());
        }
        Ok((key, proof(check, algorithm)))
    }

    /// The key that made one of the signatures. The first candidate has hashed the body; the others do so only now, when
    /// that has failed.
    fn holder<'a>(&mut self, check: &Check, keys: &'a KeySet, body: &[u8]) -> Option<(&'a Key, Algorithm)> {
        let (key, prepared) = find_candidate(check, keys, |prepared| {
            let candidate = self.candidate.take().unwrap_or_else(|| {
                let mut late = Candidate::start(check, prepared);
                late.update(body);
                late
            });
            candidate.finish(check, body)
        })?;
        Some((key, prepared.algorithm()))
    }
}

impl Candidate {
    fn start(check: &Check, prepared: &Prepared) -> Self {
        let mut prepared = prepared.clone();
        // A text without the body in it can wait, too: of several spellings, the later ones may not be needed.
        if prepared.needs_whole_text() || !check.text().has_body() {
            return Self { prepared, sink: Sink::Nowhere };
        }
        let sink = match check.text().feed_to_body(|part| prepared.update(part)) {
            Some(OfBody::Whole) => Sink::Key,
            Some(OfBody::Digest(digest, encoding)) => Sink::Digest(Box::new(Hasher::new(digest)), encoding),
            Some(OfBody::Encoded(encoding)) => Sink::Encoded(Encoder::new(encoding)),
            None => Sink::Nowhere,
        };
        Self { prepared, sink }
    }

    #[inline]
    fn update(&mut self, chunk: &[u8]) {
        match &mut self.sink {
            Sink::Key => self.prepared.update(Fed::Bytes(chunk)),
            Sink::Digest(hasher, _) => hasher.update(chunk),
            Sink::Encoded(encoder) => encoder.update(chunk, |text| self.prepared.update(Fed::Bytes(text))),
            Sink::Nowhere => {}
        }
    }

    fn finish(mut self, check: &Check, body: &[u8]) -> bool {
        let prepared = &mut self.prepared;
        match self.sink {
            Sink::Nowhere => {
                prepared.reserve(check.text().len_with(body));
                check.text().feed(body, |part| prepared.update(part));
            }
            Sink::Key => check.text().feed_from_body(body, |part| prepared.update(part)),
            Sink::Digest(hasher, encoding) => {
                prepared.update(Fed::Bytes(encoding.encode(&hasher.finish()).as_bytes()));
                check.text().feed_from_body(body, |part| prepared.update(part));
            }
            Sink::Encoded(encoder) => {
                encoder.finish(|text| prepared.update(Fed::Bytes(text)));
                check.text().feed_from_body(body, |part| prepared.update(part));
            }
        }
        let signatures = signatures(check, prepared);
        self.prepared.verify(signatures)
    }
}
