//! Why a scheme refuses a request.
use crate::rejection::RejectionKind;
use http::HeaderName;
use std::{borrow::Cow, fmt};

/// Why a [`Scheme`](super::Scheme) refuses a request.
///
/// The sender never sees it: it is answered by the provider's documented refusal, the same for every reason. The
/// operator finds it as the source of the [`Rejection`](crate::Rejection).
///
/// ```
/// use http::HeaderName;
/// use tower_webhook::{RejectionKind, scheme::Refusal};
///
/// let refusal = Refusal::MissingHeader(HeaderName::from_static("x-acme-signature"));
/// assert_eq!(refusal.to_string(), "header `x-acme-signature` is missing");
/// assert_eq!(refusal.kind(), RejectionKind::MissingHeader);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// A header that every delivery carries is not there.
    MissingHeader(HeaderName),
    /// A header that occurs once occurs twice; which of the two would be meant is not for us to guess.
    DuplicateHeader(HeaderName),
    /// A header does not have the documented form: empty, not visible ASCII, without its prefix.
    MalformedHeader(HeaderName),
    /// The path or query does not carry what it must, or carries it twice.
    MalformedTarget(Cow<'static, str>),
    /// No signature of a version or label that this scheme knows.
    NoSignature,
    /// A signature that does not decode, or not to the length of its algorithm.
    MalformedSignature,
    /// A token that is not in its documented form, lacks what the scheme reads from it, or says it twice.
    MalformedToken(Cow<'static, str>),
    /// More signatures than a provider sends.
    TooManySignatures,
    /// A timestamp that is not decimal digits, or not in the documented date format.
    MalformedTimestamp,
    /// The body lacks what the scheme reads from it, or says it twice.
    MalformedBody(Cow<'static, str>),
    /// The event that the request's head names is not the one that the signed body names.
    EventMismatch,
    /// The tenant that the request's head names is not the one that the signed body names.
    TenantMismatch,
    /// The delivery id that the request's head names is not the one that the signed body names.
    IdMismatch,
    /// A digest of the body, in what is signed, that has not its algorithm's length or form.
    MalformedDigest,
    /// An algorithm that this scheme does not take, or that is not the key's.
    UnsupportedAlgorithm,
    /// The request names a key that is none of this provider's: a certificate at another address, several at once.
    UntrustedKey(Cow<'static, str>),
    /// What was signed is for somebody else, or by somebody else than it should be: a token's audience or issuer, a
    /// subscription of another topic.
    NotForUs(Cow<'static, str>),
    /// The signature does not cover what it must: these, or one of them.
    NotCovered(Cow<'static, str>),
    /// What a signature says of itself is against the rules, or more than this crate understands.
    UnacceptableSignature(Cow<'static, str>),
    /// A signed payload that does not decrypt.
    Undecryptable,
    /// The scheme signs the URL, and none is configured.
    NoPublicUrl,
}

impl Refusal {
    /// The kind of [`Rejection`](crate::Rejection) that this becomes.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        match self {
            Self::MissingHeader(_) => RejectionKind::MissingHeader,
            Self::DuplicateHeader(_) => RejectionKind::DuplicateHeader,
            Self::MalformedHeader(_) => RejectionKind::MalformedHeader,
            Self::MalformedTarget(_) => RejectionKind::MalformedTarget,
            Self::NoSignature => RejectionKind::NoSignature,
            Self::MalformedSignature => RejectionKind::MalformedSignature,
            Self::MalformedToken(_) => RejectionKind::MalformedToken,
            Self::TooManySignatures => RejectionKind::TooManySignatures,
            Self::MalformedTimestamp => RejectionKind::MalformedTimestamp,
            Self::MalformedBody(_) => RejectionKind::MalformedBody,
            Self::EventMismatch => RejectionKind::EventMismatch,
            Self::TenantMismatch => RejectionKind::TenantMismatch,
            Self::IdMismatch => RejectionKind::IdMismatch,
            Self::MalformedDigest => RejectionKind::MalformedDigest,
            Self::UnsupportedAlgorithm => RejectionKind::UnsupportedAlgorithm,
            Self::NotCovered(_) => RejectionKind::NotCovered,
            Self::UnacceptableSignature(_) => RejectionKind::UnacceptableSignature,
            Self::UntrustedKey(_) => RejectionKind::UntrustedKey,
            Self::NotForUs(_) => RejectionKind::NotForUs,
            Self::Undecryptable => RejectionKind::Undecryptable,
            Self::NoPublicUrl => RejectionKind::NoPublicUrl,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingHeader(name) => write!(f, "header `{name}` is missing"),
            Self::DuplicateHeader(name) => write!(f, "header `{name}` occurs more than once"),
            Self::MalformedHeader(name) => write!(f, "header `{name}` does not have the documented form"),
            Self::MalformedTarget(what) => write!(f, "the request's path or query is wrong: {what}"),
            Self::NoSignature => f.write_str("there is no signature of a known version"),
            Self::MalformedSignature => {
                f.write_str("the signature does not decode to its algorithm's length")
            }
            Self::MalformedToken(what) => write!(f, "the token is wrong: {what}"),
            Self::TooManySignatures => f.write_str("there are more signatures than the provider sends"),
            Self::MalformedTimestamp => f.write_str("the timestamp does not have the documented form"),
            Self::MalformedBody(what) => write!(f, "the body is wrong: {what}"),
            Self::EventMismatch => f.write_str("the head names another event than the signed body"),
            Self::TenantMismatch => f.write_str("the head names another tenant than the signed body"),
            Self::IdMismatch => f.write_str("the head names another delivery id than the signed body"),
            Self::MalformedDigest => f.write_str("the digest of the body does not have the documented form"),
            Self::UnsupportedAlgorithm => f.write_str("the algorithm is not the key's"),
            Self::NotCovered(what) => write!(f, "the signature does not cover {what}"),
            Self::UnacceptableSignature(what) => write!(f, "the signature cannot be accepted: {what}"),
            Self::UntrustedKey(what) => write!(f, "the key is not to be trusted: {what}"),
            Self::NotForUs(what) => write!(f, "it is not for this endpoint: {what}"),
            Self::Undecryptable => f.write_str("the payload does not decrypt with the endpoint's key"),
            Self::NoPublicUrl => f.write_str(
                "the scheme signs the URL as the sender sees it: set `VerifySignatureLayer::public_url`",
            ),
        }
    }
}

impl std::error::Error for Refusal {}
