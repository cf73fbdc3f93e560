//! The proof that a request was verified.
use crate::{
    scheme::{Claim, Format, Identity, Proof, Scheme},
    time::Timestamp,
};
use bytes::Bytes;
use std::{any::TypeId, fmt, marker::PhantomData, sync::Arc};

/// Proof that a request was verified, what it says of itself, and the exact bytes that were verified.
///
/// The layer puts it into the request's extensions. It cannot be made by hand: whoever holds one holds a verified
/// webhook. Cheap to clone.
///
/// As an axum extractor, `Verified<GitHub>` demands a proof of that scheme, so that mounting the handler under another
/// layer fails instead of handing it somebody else's webhooks:
///
/// ```
/// # #[cfg(feature = "axum")] mod example {
/// use serde::Deserialize;
/// use tower_webhook::{Event, Verified, providers::GitHub};
///
/// # #[derive(Deserialize)] struct Push {}
/// async fn on_push(github: Verified<GitHub>, Event(push): Event<Push>) {
///     println!("delivery {:?}", github.id());
/// #   let _ = push;
/// }
/// # }
/// ```
pub struct Verified<S: ?Sized = AnyScheme> {
    facts: Arc<Facts>,
    scheme: PhantomData<fn() -> S>,
}

/// Stands for whichever scheme it was, in [`Verified`]'s type.
#[derive(Clone, Copy, Debug)]
pub enum AnyScheme {}

pub(crate) struct Facts {
    pub(crate) scheme: Arc<str>,
    pub(crate) scheme_type: TypeId,
    pub(crate) proof: Proof,
    pub(crate) key_label: Option<Arc<str>>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) event: Option<Claim>,
    pub(crate) id: Option<Claim>,
    pub(crate) signed_at: Option<Timestamp>,
    pub(crate) body: Bytes,
    pub(crate) payload: Option<Bytes>,
    pub(crate) format: Format,
    pub(crate) accepts_uncovered_body: bool,
}

impl Verified {
    pub(crate) fn new(facts: Facts) -> Self {
        Self { facts: Arc::new(facts), scheme: PhantomData }
    }
}

impl<S: ?Sized> Verified<S> {
    /// The scheme's name.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.facts.scheme
    }

    /// What kind of proof it is.
    #[must_use]
    pub fn proof(&self) -> Proof {
        self.facts.proof
    }

    /// The label of the key that matched, if it has one.
    #[must_use]
    pub fn key_label(&self) -> Option<&str> {
        self.facts.key_label.as_deref()
    }

    /// Whose delivery it is: the tenant whose key matched, else the one that the signed text names.
    #[must_use]
    pub fn tenant(&self) -> Option<&str> {
        self.facts.tenant.as_deref()
    }

    /// The event type, wherever the provider puts it. Some sign it and some do not:
    /// [`signed_event`](Self::signed_event).
    #[must_use]
    pub fn event(&self) -> Option<&str> {
        self.facts.event.as_ref().map(|claim| &*claim.text)
    }

    /// The event type, if it was signed.
    #[must_use]
    pub fn signed_event(&self) -> Option<&str> {
        self.facts.event.as_ref().filter(|claim| claim.signed).map(|claim| &*claim.text)
    }

    /// The delivery's id. Some providers sign it and some do not: [`signed_id`](Self::signed_id).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.facts.id.as_ref().map(|claim| &*claim.text)
    }

    /// The delivery's id, if it was signed.
    #[must_use]
    pub fn signed_id(&self) -> Option<&str> {
        self.facts.id.as_ref().filter(|claim| claim.signed).map(|claim| &*claim.text)
    }

    /// When it was signed, if the provider signs that.
    #[must_use]
    pub fn signed_at(&self) -> Option<Timestamp> {
        self.facts.signed_at
    }

    /// The body, exactly as received: the bytes that were verified.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.facts.body
    }

    /// What the handler is to read: for most providers the body itself.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        self.facts.payload.as_ref().unwrap_or(&self.facts.body)
    }

    /// How the payload is written.
    #[must_use]
    pub fn format(&self) -> Format {
        self.facts.format
    }

    /// Whether typed events may be read from the body: the proof covers it, or the layer was told to
    /// [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that it does not. Ask this before believing
    /// [`body`](Self::body) by itself.
    #[must_use]
    pub fn trusts_body(&self) -> bool {
        self.facts.proof != Proof::SignedHead || self.facts.accepts_uncovered_body
    }

    /// The same proof, if it is one of `T`'s.
    #[must_use]
    pub fn of<T: Scheme>(&self) -> Option<Verified<T>> {
        (self.facts.scheme_type == TypeId::of::<T>())
            .then(|| Verified { facts: Arc::clone(&self.facts), scheme: PhantomData })
    }

    /// What the replay memory knows the delivery by.
    pub(crate) fn identity(&self) -> Identity<'_> {
        // Under an empty id, all deliveries would be the same one.
        match (self.signed_id().filter(|id| !id.is_empty()), self.signed_at()) {
            (Some(id), _) => Identity::SignedId(id),
            (None, Some(_)) => Identity::SignedText,
            (None, None) => Identity::None,
        }
    }
}

impl<S: ?Sized> Clone for Verified<S> {
    fn clone(&self) -> Self {
        Self { facts: Arc::clone(&self.facts), scheme: PhantomData }
    }
}

impl<S: ?Sized> fmt::Debug for Verified<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("scheme", &self.scheme())
            .field("proof", &self.proof())
            .field("key_label", &self.key_label())
            .field("tenant", &self.tenant())
            .field("event", &self.event())
            .field("id", &self.id())
            .field("signed_at", &self.signed_at())
            .field("body_len", &self.body().len())
            .finish_non_exhaustive()
    }
}
