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
use std::slice;

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held<'a> {
    pub(crate) proof: Proof,
    pub(crate) key: &'a Key,
    /// Those that hold: all, or of alternatives the one.
    pub(crate) checks: &'a [Check],
}

/// What has been hashed while the body arrived: for each check, under the first key that might fit. Nothing, where it came
/// in one piece: then all of it is hashed at the end.
#[derive(Default)]
pub(crate) struct Running {
    streams: Vec<Stream>,
}

/// One check.
#[derive(Default)]
struct Stream {
    /// Boxed, since it is large and handed on.
    candidate: Option<Box<Candidate>>,
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
    /// The next part of the body.
    pub(crate) fn update(&mut self, chunk: &[u8], checks: &Checks, keys: &KeySet) {
        if self.streams.is_empty() {
            self.streams = checks.as_slice().iter().map(|check| Stream::start(check, keys)).collect();
        }
        for stream in &mut self.streams {
            stream.update(chunk);
        }
    }

    /// The body is complete: does what was demanded hold?
    pub(crate) fn finish<'a>(
        self,
        checks: &'a Checks,
        keys: &'a KeySet,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Held<'a>, Rejection> {
        let mut streams = self.streams.into_iter();
        let mut held: Option<Held<'a>> = None;
        let mut last = None;
        for check in checks.as_slice() {
            let stream = streams.next().unwrap_or_default();
            match (stream.finish(check, keys, body, now), checks.demanded()) {
                (Ok((key, proof)), Demanded::Any) => {
                    return Ok(Held { proof, key, checks: slice::from_ref(check) });
                }
                (Ok((key, proof)), Demanded::All) => {
                    // Of several proofs the strongest counts, and its key.
                    if held.is_none_or(|held| strength(proof) > strength(held.proof)) {
                        held = Some(Held { proof, key, checks: checks.as_slice() });
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
        let candidate = first.map(|(_, prepared)| Box::new(Candidate::start(check, prepared)));
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
        self,
        check: &Check,
        keys: &'a KeySet,
        body: &[u8],
        now: Timestamp,
    ) -> Result<(&'a Key, Proof), Rejection> {
        let Self { candidate, digests } = self;
        let (key, algorithm) =
            holder(candidate, check, keys, body).ok_or(RejectionKind::SignatureMismatch)?;
        key.check_validity(now)
            .map_err(|error| Rejection::with_source(RejectionKind::UntrustedKey, error))?;
        let mut digests = digests.into_iter();
        // Neither of the two is secret: the sender has the body, and has written the other.
        let is_right = |claim: &BodyDigest| {
            let hasher = digests.next().unwrap_or_else(|| {
                let mut late = Hasher::new(claim.digest);
                late.update(body);
                late
            });
            hasher.finish() == claim.claimed
        };
        if !check.body_digests().iter().all(is_right) {
            return Err(RejectionKind::DigestMismatch.into());
        }
        Ok((key, proof(check, algorithm)))
    }
}

/// The key that made one of the signatures. The first candidate may have hashed the body; the others do so only now, when
/// that has failed.
fn holder<'a>(
    mut first: Option<Box<Candidate>>,
    check: &Check,
    keys: &'a KeySet,
    body: &[u8],
) -> Option<(&'a Key, Algorithm)> {
    let (key, prepared) = find_candidate(check, keys, |prepared| match first.take() {
        Some(candidate) => candidate.finish(check, body),
        None => has_signed(prepared, check, body),
    })?;
    Some((key, prepared.algorithm()))
}

/// Whether this key has made one of the signatures.
#[inline]
fn has_signed(key: &Prepared, check: &Check, body: &[u8]) -> bool {
    let mut prepared = key.clone();
    prepared.reserve(check.text().len_with(body));
    check.text().feed(body, |part| prepared.update(part));
    let signatures = signatures(check, &prepared);
    prepared.verify(signatures)
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

    fn finish(self, check: &Check, body: &[u8]) -> bool {
        let Self { mut prepared, sink } = self;
        match sink {
            Sink::Nowhere => return has_signed(&prepared, check, body),
            Sink::Key => {}
            Sink::Digest(hasher, encoding) => {
                prepared.update(Fed::Bytes(encoding.encode(&hasher.finish()).as_bytes()));
            }
            Sink::Encoded(encoder) => encoder.finish(|text| prepared.update(Fed::Bytes(text))),
        }
        check.text().feed_from_body(body, |part| prepared.update(part));
        let signatures = signatures(check, &prepared);
        prepared.verify(signatures)
    }
}
