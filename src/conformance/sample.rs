//! What the suite starts from.
use crate::{key::KeySet, scheme::Scheme, time::Timestamp};
use bytes::Bytes;
use http::Request;
use std::fmt;

/// When the suite's clock stands, for what the suite signs.
const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);

/// A delivery, to be signed or signed already, and two keys: the one that verifies it, and another.
#[derive(Clone)]
pub struct Sample {
    pub(super) request: Request<Bytes>,
    pub(super) another: Option<Request<Bytes>>,
    pub(super) has_unsigned_borders: bool,
    /// When it was received; `None` if the suite is to sign it.
    received: Option<Timestamp>,
    /// What signs, or is shared; empty where the keys are looked up.
    pub(super) secrets: Vec<String>,
    receiver: Receiver,
}

/// What the receiver has: of its own sender, and of another.
#[derive(Clone)]
enum Receiver {
    /// The secrets themselves.
    Shared,
    Public([String; 2]),
    Keys([KeySet; 2]),
}

impl Sample {
    /// `request` has everything but what [`Scheme::sign`] sets. The secrets are in the dashboard's text form.
    #[must_use]
    pub fn new(request: Request<Bytes>, secret: impl Into<String>, other_secret: impl Into<String>) -> Self {
        let secrets = vec![secret.into(), other_secret.into()];
        Self {
            request,
            another: None,
            has_unsigned_borders: false,
            received: None,
            secrets,
            receiver: Receiver::Shared,
        }
    }

    /// For schemes that cannot sign: a delivery as it was received at that time, which the first of the two secrets, or
    /// public keys, verifies.
    #[must_use]
    pub fn received(
        request: Request<Bytes>,
        at: Timestamp,
        secret: impl Into<String>,
        other_secret: impl Into<String>,
    ) -> Self {
        Self { received: Some(at), ..Self::new(request, secret, other_secret) }
    }

    /// The same, for schemes whose keys are not texts but are looked up: what a [`KeyProvider`](crate::key::KeyProvider)
    /// found for this delivery, and other keys.
    #[must_use]
    pub fn received_with(
        request: Request<Bytes>,
        at: Timestamp,
        keys: impl Into<KeySet>,
        other_keys: impl Into<KeySet>,
    ) -> Self {
        let receiver = Receiver::Keys([keys.into(), other_keys.into()]);
        Self { receiver, secrets: Vec::new(), ..Self::received(request, at, "", "") }
    }

    /// For schemes whose receivers have public keys: those of the two private ones.
    #[must_use]
    pub fn verified_by(mut self, public: impl Into<String>, other_public: impl Into<String>) -> Self {
        self.receiver = Receiver::Public([public.into(), other_public.into()]);
        self
    }

    /// Another delivery by the same sender, as the first one was given: signed already, or to be signed. Its parts are
    /// grafted onto the first. Where the suite signs, it makes one by itself.
    #[must_use]
    pub fn and_another(mut self, request: Request<Bytes>) -> Self {
        self.another = Some(request);
        self
    }

    /// For providers that sign a form's names and values with nothing in between, as
    /// [`Part::FormFields`](crate::schemes::Part::FormFields) does: where a name ends and its value begins is then not
    /// signed, and a payload that differs in nothing else is accepted.
    #[must_use]
    pub fn with_unsigned_borders(mut self) -> Self {
        self.has_unsigned_borders = true;
        self
    }

    /// The texts of the receiver's own key and of the other, where they are texts.
    pub(super) fn receiver_texts(&self) -> Option<[&str; 2]> {
        match (&self.receiver, &*self.secrets) {
            (Receiver::Shared, [own, other]) => Some([own, other]),
            (Receiver::Public([own, other]), _) => Some([own, other]),
            _ => None,
        }
    }

    /// The receiver's keys, and the other ones.
    pub(super) fn keys<S: Scheme + ?Sized>(&self, scheme: &S) -> Result<[KeySet; 2], String> {
        let key = |text: &str| match scheme.key(text) {
            Ok(key) => Ok(KeySet::from(key)),
            Err(error) => Err(format!("the sample's secrets are no keys: {error}")),
        };
        match (&self.receiver, self.receiver_texts()) {
            (Receiver::Keys(keys), _) => Ok(keys.clone()),
            (_, Some([own, other])) => Ok([key(own)?, key(other)?]),
            (_, None) => Err("the sample has no keys".to_owned()),
        }
    }

    /// Whether the suite signs, so that it can do so anew.
    pub(super) fn is_signed_here(&self) -> bool {
        self.received.is_none()
    }

    /// When it was signed or received.
    pub(super) fn now(&self) -> Timestamp {
        self.received.unwrap_or(NOW)
    }

    /// The delivery as it arrives.
    pub(super) fn delivery<S: Scheme + ?Sized>(&self, scheme: &S) -> Result<Request<Bytes>, String> {
        match self.received {
            Some(_) => Ok(self.request.clone()),
            None => self.signed(scheme, self.request.clone(), 0, NOW),
        }
    }

    /// `request`, signed with one of the two secrets.
    pub(super) fn signed<S: Scheme + ?Sized>(
        &self,
        scheme: &S,
        mut request: Request<Bytes>,
        secret: usize,
        at: Timestamp,
    ) -> Result<Request<Bytes>, String> {
        let text = self.secrets.get(secret).map(String::as_str).unwrap_or_default();
        let key = scheme.signing_key(text);
        let key = key.map_err(|error| format!("the sample's secrets are no signing keys: {error}"))?;
        // Some signatures name their key. Here the receiver's is at hand, whatever its name.
        let key = key.labeled("conformance");
        match scheme.sign(&mut request, &key, at) {
            Ok(()) => Ok(request),
            Err(error) => Err(format!("the sample cannot be signed: {error}")),
        }
    }
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The request may carry a token, and the rest is secret.
        f.debug_struct("Sample").field("received", &self.received).finish_non_exhaustive()
    }
}
