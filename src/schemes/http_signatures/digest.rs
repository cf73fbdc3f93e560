//! `Content-Digest` (RFC 9530), which stands for the body in what is signed.
use super::{
    field,
    structured::{self, Bare, Value},
};
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{Check, Head, Refusal},
};
use http::{HeaderName, HeaderValue};

pub(super) const CONTENT_DIGEST: HeaderName = HeaderName::from_static("content-digest");

/// The algorithms that the RFC calls active. All others are skipped: it forbids to rely on them under a signature.
const ACTIVE: [(&str, Digest); 2] = [("sha-256", Digest::Sha256), ("sha-512", Digest::Sha512)];

/// The check, with each of the header's digests that are of a known algorithm: at least one, and all must hold.
pub(super) fn demand_claimed(mut check: Check, head: &Head<'_>) -> Result<Check, Refusal> {
    let lines = field::lines(&CONTENT_DIGEST, head)?.map(HeaderValue::as_bytes);
    let claimed = structured::dictionary(lines).ok_or(Refusal::MalformedDigest)?;
    let mut known = false;
    for (name, digest) in ACTIVE {
        if let Some(member) = claimed.get(name) {
            let Value::Bare(Bare::ByteSequence(bytes)) = &member.value else {
                return Err(Refusal::MalformedDigest);
            };
            check = check.body_digest(digest, bytes)?;
            known = true;
        }
    }
    if known {
        Ok(check)
    } else {
        Err(Refusal::UnacceptableSignature("`content-digest` has neither sha-256 nor sha-512".into()))
    }
}

/// The header's value for this body. `None` if the algorithm is none that the RFC calls active.
pub(super) fn written(digest: Digest, body: &[u8]) -> Option<String> {
    let (name, _) = ACTIVE.into_iter().find(|(_, active)| *active == digest)?;
    Some(format!("{name}=:{}:", digest.of(body, Encoding::Base64)))
}
