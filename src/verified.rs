//! The proof that a request was verified.
use crate::{
    scheme::{Answer, Delivery, Fed, Format, Identity, Proof, Scheme, ShortText, Text},
    time::Timestamp,
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use std::{
    any::TypeId,
    fmt,
    marker::PhantomData,
    sync::{Arc, OnceLock},
};

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
    pub(crate) scheme: ShortText,
    pub(crate) scheme_type: TypeId,
    pub(crate) proof: Proof,
    pub(crate) key_label: Option<Arc<str>>,
    pub(crate) tenant: Option<Arc<str>>,
    pub(crate) signed_at: Option<Timestamp>,
    /// Until when the signed text says that it holds.
    pub(crate) valid_until: Option<Timestamp>,
    /// Where the delivery is known by its signed texts, those.
    pub(crate) identifying_texts: Vec<Text>,
    /// Computed when it is asked for, since it may cost a pass over the body.
    pub(crate) identity_digest: OnceLock<Option<[u8; 32]>>,
    pub(crate) body: Bytes,
    pub(crate) delivery: Delivery,
    pub(crate) accepts_uncovered_body: bool,
    pub(crate) acknowledgement: Answer,
}

impl Verified {
    #[inline]
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
        self.facts.delivery.event.as_ref().map(|claim| &*claim.text)
    }

    /// The event type, if it was signed.
    #[must_use]
    pub fn signed_event(&self) -> Option<&str> {
        self.facts.delivery.event.as_ref().filter(|claim| claim.signed).map(|claim| &*claim.text)
    }

    /// The delivery's id. Some providers sign it and some do not: [`signed_id`](Self::signed_id).
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.facts.delivery.id.as_ref().map(|claim| &*claim.text)
    }

    /// The delivery's id, if it was signed.
    #[must_use]
    pub fn signed_id(&self) -> Option<&str> {
        self.facts.delivery.id.as_ref().filter(|claim| claim.signed).map(|claim| &*claim.text)
    }

    /// What to hand to a database or to another service, so that it does the same work only once: 64 hexadecimal
    /// digits, the same each time that this delivery arrives, and different for every other, also of another scheme or
    /// [tenant](Self::tenant). It is what the replay memory knows the delivery by.
    ///
    /// It is a digest of the signed id. Where the provider signs a time and no id, it is one of the signed text: a
    /// retry that is signed anew, at another time, has another. `None` where the provider signs neither, as GitHub.
    #[must_use]
    pub fn idempotency_key(&self) -> Option<String> {
        self.identity_digest().map(|digest| HEXLOWER.encode(digest))
    }

    /// When it was signed, if the provider signs that.
    #[must_use]
    pub fn signed_at(&self) -> Option<Timestamp> {
        self.facts.signed_at
    }

    /// Until when what was signed is valid, if it says so itself.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.facts.valid_until
    }

    /// The body, exactly as received: the bytes that were verified. Where the signature covers what was read out of it,
    /// as a form's fields, the bytes may write the same in another way; [`payload`](Self::payload) is then what was
    /// signed, and no more.
    #[must_use]
    pub fn body(&self) -> &Bytes {
        &self.facts.body
    }

    /// What the handler is to read: for most providers the body itself.
    #[must_use]
    pub fn payload(&self) -> &Bytes {
        self.facts.delivery.payload.as_ref().unwrap_or(&self.facts.body)
    }

    /// How the payload is written.
    #[must_use]
    pub fn format(&self) -> Format {
        self.facts.delivery.format
    }

    /// What the provider's documentation says that a handled delivery is answered, for handlers that want to say so
    /// themselves. The layer does it for them where they answer 2xx with an empty body.
    #[must_use]
    pub fn acknowledgement(&self) -> Answer {
        self.facts.acknowledgement
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
            (None, Some(_)) => Identity::SignedText(&self.facts.identifying_texts),
            (None, None) => Identity::None,
        }
    }

    /// A digest of scheme, tenant and what the replay memory knows the delivery by, if it has that.
    pub(crate) fn identity_digest(&self) -> Option<&[u8; 32]> {
        let digest = self.facts.identity_digest.get_or_init(|| match self.identity() {
            Identity::SignedId(id) => Some(self.digest("id", [id])),
            Identity::SignedText(texts) => Some(self.digest(
                "text",
                texts.iter().map(|text| {
                    let mut hasher = Sha256::new();
                    text.feed(self.body(), |part| {
                        // The secret stands in each of a scheme's texts at the same place.
                        if let Fed::Bytes(bytes) = part {
                            hasher.update(bytes);
                        }
                    });
                    hasher.finalize()
                }),
            )),
            Identity::None => None,
        });
        digest.as_ref()
    }

    /// The same, of what the handler is to read: a body can be written in another way under the same signature, where
    /// that covers what was read out of it.
    pub(crate) fn payload_digest(&self) -> [u8; 32] {
        self.digest("body", [self.payload()])
    }

    fn digest(&self, kind: &str, identity: impl IntoIterator<Item = impl AsRef<[u8]>>) -> [u8; 32] {
        let mut hasher = Sha256::new();
        // Each part with its length, so that no two lists of parts are the same bytes.
        let mut part = |bytes: &[u8]| {
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        part(self.scheme().as_bytes());
        part(self.tenant().unwrap_or_default().as_bytes());
        part(kind.as_bytes());
        for identity in identity {
            part(identity.as_ref());
        }
        hasher.finalize().into()
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
