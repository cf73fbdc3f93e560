//! What a request turned out to be, once it was proven.
use super::{Head, Proof, ShortText, Text, challenge};
use crate::{
    key::{Algorithm, Key},
    time::Timestamp,
};
use bytes::Bytes;
use http::Response;
use std::fmt;

/// A request whose plan holds; what [`Scheme::accept`](super::Scheme::accept) decides on.
#[derive(Clone, Copy)]
pub struct Proven<'a> {
    head: &'a Head<'a>,
    body: &'a Bytes,
    proof: Proof,
    tenant: Option<&'a str>,
    key: &'a Key,
    planned: Option<&'a Delivery>,
}

impl<'a> Proven<'a> {
    pub(crate) fn new(
        head: &'a Head<'a>,
        body: &'a Bytes,
        proof: Proof,
        tenant: Option<&'a str>,
        key: &'a Key,
        planned: Option<&'a Delivery>,
    ) -> Self {
        Self { head, body, proof, tenant, key, planned }
    }

    /// The head. Only what the scheme's text contains of it was signed.
    #[must_use]
    pub fn head(&self) -> &'a Head<'a> {
        self.head
    }

    /// The body, exactly as received.
    #[must_use]
    pub fn body(&self) -> &'a Bytes {
        self.body
    }

    /// What kind of proof it is: whether the body was signed, too.
    #[must_use]
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// Whose keys verified it, where the key provider says so.
    #[must_use]
    pub fn tenant(&self) -> Option<&'a str> {
        self.tenant
    }

    /// What the key that matched carries beside itself ([`Key::carrying`]), if it is a `T`.
    #[must_use]
    pub fn carried<T: 'static>(&self) -> Option<&'a T> {
        self.key.carried()
    }

    /// What [`Check::delivery`](super::Check::delivery) says, of the first check that holds and says something; else a
    /// delivery of which nothing is known.
    pub fn delivery(&self) -> Delivery {
        self.planned.cloned().unwrap_or_default()
    }

    /// The signature of `text`, which has no body in it, by the shared secret that matched: for signed handshakes whose
    /// answer shows that this endpoint has it. `None` if it is a key of another algorithm.
    #[must_use]
    pub fn sign(&self, algorithm: Algorithm, text: &Text) -> Option<Vec<u8>> {
        challenge::signature(self.key, algorithm, text).map(smallvec::SmallVec::into_vec)
    }

    /// The texts at `paths` in the JSON body: a key at its top, as `type`, or keys from its top down, as
    /// `/action/type`. `None` for a path that leads nowhere or to no string, and for all of them if the body is no JSON
    /// object.
    ///
    /// # Errors
    /// If a key on one of the paths occurs twice: two readers might then take different ones.
    #[cfg(feature = "json")]
    pub fn json_texts<const N: usize>(
        &self,
        paths: [&'static str; N],
    ) -> Result<[Option<std::borrow::Cow<'a, str>>; N], super::Refusal> {
        crate::event::json_texts(self.body, paths)
    }
}

impl fmt::Debug for Proven<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proven")
            .field("head", &self.head)
            .field("body_len", &self.body.len())
            .field("tenant", &self.tenant)
            .finish()
    }
}

/// What [`Scheme::accept`](super::Scheme::accept) makes of a proven request.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// A signed handshake: this is the answer, and no handler sees the request.
    Respond(Response<Bytes>),
    /// A delivery, for the handler.
    Deliver(Delivery),
}

impl From<Delivery> for Outcome {
    fn from(delivery: Delivery) -> Self {
        Self::Deliver(delivery)
    }
}

/// What a delivery says of itself, each statement marked as signed or not.
///
/// ```
/// use tower_webhook::scheme::Delivery;
///
/// // GitHub signs neither of the two.
/// let delivery = Delivery::new().unsigned_event("push").unsigned_id("72d3162e-cc78-11e3-81ab-4c9367dc0958");
/// # let _ = delivery;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Delivery {
    pub(crate) event: Option<Claim>,
    pub(crate) id: Option<Claim>,
    pub(crate) tenant: Option<Box<str>>,
    pub(crate) signed_at: Option<Timestamp>,
    pub(crate) payload: Option<Bytes>,
    pub(crate) format: Format,
}

/// A statement of the sender's.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) text: ShortText,
    pub(crate) signed: bool,
}

impl Claim {
    pub(crate) fn new(text: &str, signed: bool) -> Self {
        Self { text: text.into(), signed }
    }
}

/// How a payload is written. The scheme fixes it: `Content-Type` is not signed, and is not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// JSON.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// Something that this crate does not parse, XML for instance: a handler reads
    /// [`Verified::payload`](crate::Verified::payload).
    Other,
}

/// What the replay memory knows a delivery by.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Identity<'a> {
    /// An id that was signed: retries match, though they are signed anew.
    SignedId(&'a str),
    /// The signed texts, which contain the time of signing.
    SignedText(&'a [Text]),
    /// Neither: two deliveries may be equal.
    None,
}

impl Delivery {
    /// A delivery of which nothing is known but its body, which is its payload, in JSON.
    pub fn new() -> Self {
        Self::default()
    }

    /// The event type, from what was signed.
    pub fn signed_event(mut self, event: impl AsRef<str>) -> Self {
        self.event = Some(Claim::new(event.as_ref(), true));
        self
    }

    /// The event type, from what was not signed.
    pub fn unsigned_event(mut self, event: impl AsRef<str>) -> Self {
        self.event = Some(Claim::new(event.as_ref(), false));
        self
    }

    /// The delivery's id, from what was signed. The replay memory knows the delivery by it, so it must be the same in
    /// each of a delivery's retries and different in every other delivery.
    pub fn signed_id(mut self, id: impl AsRef<str>) -> Self {
        self.id = Some(Claim::new(id.as_ref(), true));
        self
    }

    /// The delivery's id, from what was not signed.
    pub fn unsigned_id(mut self, id: impl AsRef<str>) -> Self {
        self.id = Some(Claim::new(id.as_ref(), false));
        self
    }

    /// The tenant that the signed text names. If the keys are another's, the request is refused.
    pub fn signed_tenant(mut self, tenant: impl Into<Box<str>>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// When it was signed, where only the body tells. The tolerance applies.
    pub fn signed_at(mut self, at: Timestamp) -> Self {
        self.signed_at = Some(at);
        self
    }

    /// What is left of it where the proof signs nothing at all.
    pub(crate) fn unsign(&mut self) {
        for claim in [&mut self.event, &mut self.id].into_iter().flatten() {
            claim.signed = false;
        }
        (self.tenant, self.signed_at) = (None, None);
    }

    /// The payload, where it is not the body itself.
    pub fn payload(mut self, payload: Bytes) -> Self {
        self.payload = Some(payload);
        self
    }

    /// The payload's format, where it is not JSON.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }
}
