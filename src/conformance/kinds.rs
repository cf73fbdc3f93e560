//! For which reasons a mutation may be refused.
use crate::rejection::RejectionKind as K;

/// What was done to the sample, as far as it decides why it is to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// A header is not there.
    Dropped,
    /// The header that holds the signature is not there.
    SignatureDropped,
    /// A header is there twice.
    Doubled,
    /// A header has another value, of any form.
    Altered,
    /// The signature has another character, and the form that it had.
    SignatureAltered,
    /// The path or the query is another.
    Target,
    /// The body is another.
    Body,
    /// The receiver's clock is late.
    Late,
    /// The receiver's clock is early.
    Early,
    /// The receiver has another key.
    Key,
    /// The receiver has this key, or another one, for another tenant.
    Tenant,
    /// A part is another delivery's.
    Grafted,
    /// The method is none of the scheme's.
    Method,
    /// There is nothing that anybody has signed.
    Bare,
}

impl Change {
    /// Whether it is a reason that fits. Never a failure on our side; never that a request is too long, or that it was
    /// handled before, which nothing here is.
    pub(super) fn may_be_refused_as(self, kind: K) -> bool {
        match self {
            // An HTTP Message Signature names what it covers; another may be of a text that has one line less.
            Self::Dropped => {
                matches!(kind, K::MissingHeader | K::NoSignature | K::NotCovered | K::SignatureMismatch)
            }
            // Where several headers have one, by several keys, the others are left.
            Self::SignatureDropped => {
                matches!(kind, K::MissingHeader | K::NoSignature | K::SignatureMismatch)
            }
            // Where lines are joined, as RFC 9110 does, there is one value that is another.
            Self::Doubled => {
                kind == K::DuplicateHeader || kind == K::TooManySignatures || is_of_another_value(kind)
            }
            Self::Altered => is_of_another_value(kind),
            // A token, or a header with a password in it, is malformed where its base64 is not canonical.
            Self::SignatureAltered => matches!(
                kind,
                K::SignatureMismatch | K::MalformedSignature | K::MalformedToken | K::MalformedHeader
            ),
            Self::Target => kind == K::MalformedTarget || is_of_another_value(kind),
            // The signature, the time and the names may all be in the body.
            Self::Body => kind == K::MalformedBody || is_of_another_value(kind) && kind != K::MalformedHeader,
            // A certificate has its own bounds.
            Self::Late => matches!(kind, K::StaleTimestamp | K::Expired | K::UntrustedKey),
            Self::Early => matches!(kind, K::FutureTimestamp | K::NotYetValid | K::UntrustedKey),
            // Some secrets have the tenant's name in them, or a word that the encrypted payload must contain.
            Self::Key | Self::Tenant => matches!(
                kind,
                K::SignatureMismatch
                    | K::Undecryptable
                    | K::UntrustedKey
                    | K::UnknownKey
                    | K::TenantMismatch
                    | K::NotForUs
            ),
            // What is grafted has its form.
            Self::Grafted => is_of_another_meaning(kind),
            Self::Method => kind == K::MethodNotAllowed,
            // A body may be a token, and is none; a path has a last segment, which may be one.
            Self::Bare => matches!(
                kind,
                K::MissingHeader
                    | K::SignatureMismatch
                    | K::NoSignature
                    | K::MalformedTarget
                    | K::MalformedBody
                    | K::MalformedToken
            ),
        }
    }
}

/// Whether a value that was changed may be refused for it.
fn is_of_another_value(kind: K) -> bool {
    is_of_another_form(kind) || is_of_another_meaning(kind)
}

/// Whether it says that a value has not its form.
fn is_of_another_form(kind: K) -> bool {
    matches!(
        kind,
        K::MissingHeader
            | K::MalformedHeader
            | K::MalformedSignature
            | K::MalformedToken
            | K::MalformedTimestamp
            | K::MalformedDigest
            | K::TooManySignatures
    )
}

/// Whether it says that a value, which has its form, is not the one that was signed.
fn is_of_another_meaning(kind: K) -> bool {
    matches!(
        kind,
        K::SignatureMismatch
            | K::NoSignature
            | K::DigestMismatch
            | K::StaleTimestamp
            | K::FutureTimestamp
            | K::Expired
            | K::NotYetValid
            | K::UnsupportedAlgorithm
            | K::NotCovered
            | K::UnacceptableSignature
            | K::UntrustedKey
            | K::NotForUs
            | K::Undecryptable
            | K::UnknownKey
            | K::EventMismatch
            | K::TenantMismatch
            | K::IdMismatch
    )
}
