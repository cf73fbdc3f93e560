//! Why the layer did not let a request through.
//!
//! A refused sender learns a status and, where the provider documents one, a body: the same whatever the reason. The
//! operator finds the exact kind in the response's extensions, which is also how an outer layer counts or limits
//! refusals:
//!
//! ```
//! use http::Response;
//! use tower_webhook::{Rejection, RejectionKind};
//!
//! fn is_forgery<B>(response: &Response<B>) -> bool {
//!     response
//!         .extensions()
//!         .get::<Rejection>()
//!         .is_some_and(|rejection| rejection.kind() == RejectionKind::SignatureMismatch)
//! }
//! # assert!(!is_forgery(&Response::new(())));
//! ```
//!
//! # What is logged
//!
//! With the feature `tracing`, each delivery is one event, whatever became of it, told when it is answered: an accepted
//! one too, a handshake, a duplicate, and one whose sender went away. Its target is `tower_webhook::delivery`, and its
//! fields are:
//!
//! | field | is | is there |
//! | --- | --- | --- |
//! | `verdict` | see below | always |
//! | `provider` | the scheme's name | unless no scheme is registered for the path |
//! | `kind` | the [`name`](RejectionKind::name) of the [`RejectionKind`] | if it was refused |
//! | `reason` | the [`Rejection`] in words, with its source | if it was refused |
//! | `event`, `id`, `tenant`, `key_label` | what [`Verified`](crate::Verified) says | if it was verified, and has one |
//! | `status` | of the answer | if there was one |
//! | `body_bytes` | how much of the body had arrived | always |
//! | `duration_us` | microseconds until the answer, the handler's time among them | where there is a clock that never goes back, so not on `wasm32-unknown-unknown` |
//!
//! | verdict | level | means |
//! | --- | --- | --- |
//! | `accepted` | `DEBUG` | a handler has answered; how, `status` says |
//! | `unknown_event` | `DEBUG` | it was acknowledged, since no handler knows its event |
//! | `handshake` | `DEBUG` | the layer has answered it |
//! | `duplicate` | `DEBUG` | it was handled before, and was acknowledged |
//! | `refused` | `WARN` | the layer did not let it through |
//! | `failed` | `WARN` | it was verified, and the service behind the layer returned an error in place of an answer |
//! | `abandoned` | `WARN` | the sender went away before the answer, or a handler panicked |
//!
//! What goes well is at `DEBUG`, since an access log and the handlers have it too: `RUST_LOG=tower_webhook::delivery=debug`
//! shows it. Whatever an operator may have to mend is at `WARN`: a wrong secret looks like a forgery.
//!
//! No secret, no signature and nothing of a body but event, id and tenant is in it. These a sender may have chosen, signed
//! or not: they are there only if the delivery was verified, control characters in them are escaped, and what is longer than
//! 128 bytes (a reason: 256) is cut off and ends in `…`. While no subscriber listens at either level, nothing of this is
//! computed.
use crate::{BoxError, scheme::Refusal};
use http::StatusCode;
use std::{error::Error, fmt, sync::Arc};

/// What was wrong with a request, or with our side, in one word.
///
/// | kind | status |
/// | --- | --- |
/// | `MethodNotAllowed` | 405 with `Allow` |
/// | `BodyTooLarge` | 413 |
/// | `BodyUnreadable` | 400 |
/// | `UnknownPath` | 404 |
/// | `KeysUnavailable`, `ReplayStoreUnavailable`, `ClockUnavailable`, `InFlight` | 503 with `Retry-After` |
/// | `LayeredTwice`, `NoPublicUrl`, `BadPlan` | 500 |
/// | all others | the provider's documented refusal, else 401 |
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// The provider does not use this method.
    MethodNotAllowed,
    /// A header that every delivery carries is not there.
    MissingHeader,
    /// A header that occurs once occurs twice.
    DuplicateHeader,
    /// A header does not have the documented form.
    MalformedHeader,
    /// The path or query does not carry what it must.
    MalformedTarget,
    /// No signature of a known version.
    NoSignature,
    /// A signature that does not decode, or not to its algorithm's length.
    MalformedSignature,
    /// A token that is not in its documented form, lacks what the scheme reads from it, or says it twice.
    MalformedToken,
    /// More signatures than the provider sends.
    TooManySignatures,
    /// A timestamp that does not have the documented form.
    MalformedTimestamp,
    /// Sent longer ago than the tolerance.
    StaleTimestamp,
    /// Sent further in the future than the tolerance.
    FutureTimestamp,
    /// What was signed has a last moment, and it is over.
    Expired,
    /// What was signed has a first moment, and it is yet to come.
    NotYetValid,
    /// No key of the endpoint made any of the signatures.
    SignatureMismatch,
    /// A digest in what was signed does not have the documented form.
    MalformedDigest,
    /// The body is not the one whose digest was signed.
    DigestMismatch,
    /// The algorithm that the request names is not the key's, or none that the scheme takes.
    UnsupportedAlgorithm,
    /// The signature does not cover what it must.
    NotCovered,
    /// What a signature says of itself is against the rules, or more than this crate understands.
    UnacceptableSignature,
    /// The key that the request names is not to be trusted: a certificate from elsewhere, or one that is not valid now.
    UntrustedKey,
    /// What was signed is for or by somebody else: a token's audience or issuer, a subscription's topic.
    NotForUs,
    /// The signed payload does not decrypt.
    Undecryptable,
    /// The key provider knows no key by the name that the request gives: a tenant, a key's id.
    UnknownKey,
    /// The body lacks what the scheme reads from it, or says it twice.
    MalformedBody,
    /// The head and the signed body name different events.
    EventMismatch,
    /// The head, the key and the signed body do not name the same tenant.
    TenantMismatch,
    /// The head and the signed body name different delivery ids.
    IdMismatch,
    /// A finished delivery was sent again, and the provider wants that refused.
    Replayed,
    /// The same delivery is being handled right now.
    InFlight,
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The body broke off.
    BodyUnreadable,
    /// The by-path table has no scheme for this path.
    UnknownPath,
    /// The key provider failed.
    KeysUnavailable,
    /// The replay store failed.
    ReplayStoreUnavailable,
    /// The clock cannot tell the time.
    ClockUnavailable,
    /// There are two verifying layers on one route.
    LayeredTwice,
    /// The scheme signs the URL, and none is configured.
    NoPublicUrl,
    /// The scheme asked for the body and, having it, asked again, or demanded nothing at all.
    BadPlan,
}

impl RejectionKind {
    /// Its name in lower case with underscores, as `signature_mismatch`: for metrics and files. It does not change.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MissingHeader => "missing_header",
            Self::DuplicateHeader => "duplicate_header",
            Self::MalformedHeader => "malformed_header",
            Self::MalformedTarget => "malformed_target",
            Self::NoSignature => "no_signature",
            Self::MalformedSignature => "malformed_signature",
            Self::MalformedToken => "malformed_token",
            Self::TooManySignatures => "too_many_signatures",
            Self::MalformedTimestamp => "malformed_timestamp",
            Self::StaleTimestamp => "stale_timestamp",
            Self::FutureTimestamp => "future_timestamp",
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::SignatureMismatch => "signature_mismatch",
            Self::MalformedDigest => "malformed_digest",
            Self::DigestMismatch => "digest_mismatch",
            Self::UnsupportedAlgorithm => "unsupported_algorithm",
            Self::NotCovered => "not_covered",
            Self::UnacceptableSignature => "unacceptable_signature",
            Self::UntrustedKey => "untrusted_key",
            Self::NotForUs => "not_for_us",
            Self::Undecryptable => "undecryptable",
            Self::UnknownKey => "unknown_key",
            Self::MalformedBody => "malformed_body",
            Self::EventMismatch => "event_mismatch",
            Self::TenantMismatch => "tenant_mismatch",
            Self::IdMismatch => "id_mismatch",
            Self::Replayed => "replayed",
            Self::InFlight => "in_flight",
            Self::BodyTooLarge => "body_too_large",
            Self::BodyUnreadable => "body_unreadable",
            Self::UnknownPath => "unknown_path",
            Self::KeysUnavailable => "keys_unavailable",
            Self::ReplayStoreUnavailable => "replay_store_unavailable",
            Self::ClockUnavailable => "clock_unavailable",
            Self::LayeredTwice => "layered_twice",
            Self::NoPublicUrl => "no_public_url",
            Self::BadPlan => "bad_plan",
        }
    }
}

/// Why the layer did not let a request through. Attached to the response's extensions.
///
/// Cheap to clone. Its [`source`](Error::source) says more where there is more to say.
#[derive(Clone)]
pub struct Rejection {
    inner: Arc<Inner>,
}

struct Inner {
    kind: RejectionKind,
    source: Option<Source>,
}

/// What says more.
enum Source {
    /// By itself, so that what anybody can provoke costs no allocation more.
    Refusal(Refusal),
    Other(BoxError),
}

impl Source {
    fn error(&self) -> &(dyn Error + 'static) {
        match self {
            Self::Refusal(refusal) => refusal,
            Self::Other(error) => &**error,
        }
    }
}

impl Rejection {
    pub(crate) fn new(kind: RejectionKind) -> Self {
        Self { inner: Arc::new(Inner { kind, source: None }) }
    }

    pub(crate) fn with_source(kind: RejectionKind, source: impl Into<BoxError>) -> Self {
        Self { inner: Arc::new(Inner { kind, source: Some(Source::Other(source.into())) }) }
    }

    /// What was wrong.
    #[must_use]
    pub fn kind(&self) -> RejectionKind {
        self.inner.kind
    }

    /// The status that this has by itself; `None` where the scheme's documented refusal decides.
    pub(crate) fn own_status(&self) -> Option<StatusCode> {
        use RejectionKind as K;
        match self.kind() {
            K::MethodNotAllowed => Some(StatusCode::METHOD_NOT_ALLOWED),
            K::BodyTooLarge => Some(StatusCode::PAYLOAD_TOO_LARGE),
            K::BodyUnreadable => Some(StatusCode::BAD_REQUEST),
            K::UnknownPath => Some(StatusCode::NOT_FOUND),
            K::KeysUnavailable | K::ReplayStoreUnavailable | K::ClockUnavailable | K::InFlight => {
                Some(StatusCode::SERVICE_UNAVAILABLE)
            }
            K::LayeredTwice | K::NoPublicUrl | K::BadPlan => Some(StatusCode::INTERNAL_SERVER_ERROR),
            K::MissingHeader
            | K::DuplicateHeader
            | K::MalformedHeader
            | K::MalformedTarget
            | K::NoSignature
            | K::MalformedSignature
            | K::MalformedToken
            | K::TooManySignatures
            | K::MalformedTimestamp
            | K::StaleTimestamp
            | K::FutureTimestamp
            | K::Expired
            | K::NotYetValid
            | K::SignatureMismatch
            | K::MalformedDigest
            | K::DigestMismatch
            | K::UnsupportedAlgorithm
            | K::NotCovered
            | K::UnacceptableSignature
            | K::UntrustedKey
            | K::NotForUs
            | K::Undecryptable
            | K::UnknownKey
            | K::MalformedBody
            | K::EventMismatch
            | K::TenantMismatch
            | K::IdMismatch
            | K::Replayed => None,
        }
    }
}

impl From<RejectionKind> for Rejection {
    fn from(kind: RejectionKind) -> Self {
        Self::new(kind)
    }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        let kind = refusal.kind();
        Self { inner: Arc::new(Inner { kind, source: Some(Source::Refusal(refusal)) }) }
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("kind", &self.inner.kind)
            .field("source", &self.inner.source.as_ref().map(Source::error))
            .finish()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RejectionKind as K;
        f.write_str(match self.kind() {
            K::MethodNotAllowed => "the provider does not use this method",
            K::MissingHeader => "a header is missing",
            K::DuplicateHeader => "a header occurs more than once",
            K::MalformedHeader => "a header is malformed",
            K::MalformedTarget => "the path or query is malformed",
            K::NoSignature => "there is no signature of a known version",
            K::MalformedSignature => "the signature is malformed",
            K::MalformedToken => "the token is malformed",
            K::TooManySignatures => "there are too many signatures",
            K::MalformedTimestamp => "the timestamp is malformed",
            K::StaleTimestamp => {
                "the timestamp is too old: a late or replayed request, or a clock that is wrong"
            }
            K::FutureTimestamp => "the timestamp is in the future: a clock is wrong, here or at the sender",
            K::SignatureMismatch => {
                "the signature does not match: another secret, or a body that something in between changed"
            }
            K::Expired => {
                "what was signed is no longer valid: a late or replayed request, or a clock that is wrong"
            }
            K::NotYetValid => "what was signed is not valid yet: a clock is wrong, here or at the sender",
            K::MalformedDigest => "the digest of the body is malformed",
            K::DigestMismatch => {
                "the body is not the one whose digest was signed: did something in between change it?"
            }
            K::UnsupportedAlgorithm => "the algorithm that the request names is not the key's",
            K::NotCovered => "the signature does not cover what it must",
            K::UnacceptableSignature => "what the signature says of itself cannot be accepted",
            K::UntrustedKey => "the key that the request names is not to be trusted",
            K::NotForUs => "what was signed is not for this endpoint",
            K::Undecryptable => "the payload does not decrypt: the endpoint's key for it is another",
            K::UnknownKey => "no key is known by the name that the request gives",
            K::MalformedBody => "the signed body is malformed",
            K::EventMismatch => "the head and the signed body name different events",
            K::TenantMismatch => "the head, the key and the signed body name different tenants",
            K::IdMismatch => "the head and the signed body name different deliveries",
            K::Replayed => "this delivery was handled before",
            K::InFlight => "this delivery is being handled right now",
            K::BodyTooLarge => "the body is longer than the limit",
            K::BodyUnreadable => "the body broke off",
            K::UnknownPath => "no scheme is registered for this path",
            K::KeysUnavailable => "the key provider failed",
            K::ReplayStoreUnavailable => "the replay store failed",
            K::ClockUnavailable => "the clock cannot tell the time: give the layer one with `clock`",
            K::LayeredTwice => "two `VerifySignatureLayer`s are on this route: remove one",
            K::NoPublicUrl => "the scheme signs the URL: set `VerifySignatureLayer::public_url`",
            K::BadPlan => {
                "the scheme's plan demands nothing, or asks for the body twice: mend `Scheme::plan`"
            }
        })?;
        match &self.inner.source {
            Some(source) => write!(f, " ({})", source.error()),
            None => Ok(()),
        }
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.inner.source.as_ref().map(Source::error)
    }
}

#[cfg(test)]
mod tests {
    /// Of all of them: `RejectionKind::name` has an arm for each.
    #[test]
    fn a_kinds_name_is_its_own_in_lower_case() {
        let arms = include_str!("rejection.rs")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("Self::")?.strip_suffix("\",")?.split_once(" => \""));
        let mut checked = 0;
        for (kind, name) in arms {
            let words = kind.chars().fold(String::new(), |mut words, letter| {
                if letter.is_uppercase() && !words.is_empty() {
                    words.push('_');
                }
                words.extend(letter.to_lowercase());
                words
            });
            assert_eq!(name, words);
            checked += 1;
        }
        assert!(checked > 35, "{checked}");
    }
}
