//! The trait to implement for a provider, and what it speaks of.
//!
//! **A scheme only says what is signed.** The crate hashes, compares, rotates, times and remembers; whoever adds a
//! provider writes no cryptography and no comparison, and cannot forget the time check.
//!
//! Most providers sign with an HMAC in one of a few ways: for those there is a description,
//! [`schemes::Signed`](crate::schemes::Signed), and nothing needs to be implemented. The whole of the trait, for one that
//! does not fit, with `{id}:{timestamp}:{body}` signed and the event in a header:
//!
//! ```
//! use bytes::Bytes;
//! use http::HeaderName;
//! use tower_webhook::{
//!     encoding::Encoding,
//!     key::{Algorithm, Key, KeyError, Secret},
//!     scheme::{Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
//!     time::Unit,
//! };
//!
//! const ID: HeaderName = HeaderName::from_static("acme-id");
//! const TIMESTAMP: HeaderName = HeaderName::from_static("acme-timestamp");
//! const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
//! const EVENT: HeaderName = HeaderName::from_static("acme-event");
//!
//! struct Acme;
//!
//! impl Scheme for Acme {
//!     fn name(&self) -> &str {
//!         "acme"
//!     }
//!
//!     fn key(&self, text: &str) -> Result<Key, KeyError> {
//!         Secret::text().prefix("acme_").key(Algorithm::HmacSha256, text)
//!     }
//!
//!     fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
//!         let (id, time) = (head.one(&ID)?, head.one(&TIMESTAMP)?);
//!         let signed_at = Unit::Seconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
//!         let text = Text::new().bytes(id).bytes(":").bytes(time).bytes(":").body();
//!         let check = Check::new(text).signed_at(signed_at);
//!         Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, head.one(&SIGNATURE)?)?.into())
//!     }
//!
//!     fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
//!         let delivery = Delivery::new().signed_id(proven.head().one(&ID)?);
//!         Ok(delivery.unsigned_event(proven.head().one(&EVENT)?).into())
//!     }
//! }
//! ```
mod answers;
mod challenge;
mod check;
mod delivery;
mod dynamic;
mod forward;
mod head;
mod plan;
mod proof;
mod refusal;
mod short_text;
mod table;
mod text;
mod verify;

pub use self::{
    answers::{Answer, Answers, Repeat},
    challenge::Challenge,
    check::Check,
    delivery::{Delivery, Format, Outcome, Proven},
    dynamic::DynScheme,
    head::Head,
    plan::Plan,
    proof::Proof,
    refusal::Refusal,
    table::ByPath,
    text::Text,
    verify::{Verdict, Verifier, verify},
};
pub(crate) use self::{
    check::MAX_SIGNATURES,
    delivery::{Claim, Identity},
    forward::forward,
    plan::{Checks, Demanded},
    proof::{Held, Running},
    short_text::ShortText,
    table::Pattern,
    text::{Fed, OfBody},
    verify::{Evidence, Planned, PlannedWithBody, in_tolerance, plan_body, plan_head},
};

use crate::{
    key::{Key, KeyError, SigningKey},
    schemes::Source,
    time::Timestamp,
};
use bytes::Bytes;
use http::{Method, Request};
use std::{any::TypeId, fmt, sync::Arc, time::Duration};

/// How one provider signs: no I/O, no clock, no cryptography.
///
/// Object safe: a `Box<dyn Scheme>` is a scheme. The [module's documentation](self) has a complete implementation;
/// `conformance::scheme`, of the feature of that name, checks it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a webhook signature scheme",
    label = "expected a scheme, such as `providers::GitHub` or `schemes::StandardWebhooks`",
    note = "for a provider of your own, describe its signature with `schemes::Signed`, or implement `Scheme`"
)]
pub trait Scheme: Send + Sync + 'static {
    /// A stable name in lower case, for logs, metrics and the replay memory.
    fn name(&self) -> &str;

    /// Reads a secret or public key, in the text form that the provider's dashboard shows.
    ///
    /// # Errors
    /// If the text is empty or does not decode. There is no fallback to the raw text.
    fn key(&self, text: &str) -> Result<Key, KeyError>;

    /// What must hold for the request to be believed. Asked with the head alone, before a byte of the body is read;
    /// again with the body if it answered [`Plan::NeedsBody`].
    ///
    /// # Errors
    /// If the request cannot be a delivery of this provider.
    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal>;

    /// It holds: what is this? Or answer it, if it is a signed handshake.
    ///
    /// # Errors
    /// If what was signed contradicts itself or the request's head.
    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal>;

    /// Makes `request` a delivery of this provider, signed at `now`: for tests, examples and senders.
    ///
    /// # Errors
    /// If the scheme has no sending side, or the key is not for it.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let _ = (request, key, now);
        Err(CannotSign::new("the scheme has no sending side"))
    }

    /// Reads the text of a signing key. By default the receiver's, as with every shared secret.
    ///
    /// # Errors
    /// As [`key`](Self::key).
    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        SigningKey::shared(self.key(text)?, text)
    }

    /// Where deliveries name their event, for senders that are told which to send; `None` if that is no one place.
    fn event_source(&self) -> Option<&Source> {
        None
    }

    /// The methods that deliveries and handshakes use. All others are answered 405, with `Allow`.
    fn methods(&self) -> &[Method] {
        static POST: [Method; 1] = [Method::POST];
        &POST
    }

    /// How far a signed time may be off, in the past and in the future.
    fn tolerance(&self) -> Duration {
        Duration::from_secs(300)
    }

    /// How long a body may be, in bytes.
    fn body_limit(&self) -> usize {
        2 << 20
    }

    /// What the provider's documentation says that an endpoint answers.
    fn answers(&self) -> Answers {
        Answers::new()
    }

    /// How long a delivery that is being handled is kept from being handled beside it, by default: no longer than the
    /// provider waits for an answer, and shorter than until its last retry, which must find the lease ended if the
    /// handler's process has died.
    fn lease(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Which type this is behind a `dyn Scheme`, so that a handler can demand a proof of it.
    #[doc(hidden)]
    fn scheme_type(&self, _: Sealed) -> TypeId {
        TypeId::of::<Self>()
    }
}

/// Keeps implementations from answering [`Scheme::scheme_type`] themselves.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Sealed(());

impl Sealed {
    pub(crate) const fn new() -> Self {
        Self(())
    }
}

impl<S: Scheme + ?Sized> Scheme for Box<S> {
    forward!(self => &**self; name, key, plan, accept, sign, signing_key, event_source, methods, tolerance, body_limit, answers,
        lease, scheme_type);
}

impl<S: Scheme + ?Sized> Scheme for Arc<S> {
    forward!(self => &**self; name, key, plan, accept, sign, signing_key, event_source, methods, tolerance, body_limit, answers,
        lease, scheme_type);
}

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CannotSign {
    reason: &'static str,
}

impl CannotSign {
    /// With the reason, for whoever reads the error.
    #[must_use]
    pub const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl fmt::Display for CannotSign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot sign the request: {}", self.reason)
    }
}

impl std::error::Error for CannotSign {}
