//! JSON Web Signatures in the compact form, and detached ones.
mod certified;

use self::certified::Certificates;
use super::{
    Source,
    jose::{Compact, Header, JwsAlgorithm, KeyName, TokenIn, write_header},
};
use crate::{
    encoding::Encoding,
    key::{Key, KeyError, Secret, SigningKey},
    scheme::{
        Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proof, Proven, Refusal, Scheme, Text,
    },
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderName, Request};
use std::{borrow::Cow, time::Duration};

/// A [JSON Web Signature] by description: over the body, beside it in a header; or over a payload that it carries.
///
/// - **Algorithm**: the receiver's choice. A header (`alg`) that names another, or none, is refused, whatever the key
///   is; and a key is of one algorithm, so that an HMAC with a public key as its secret never holds.
/// - **Extensions** that the receiver would have to understand (`crit`) are refused.
/// - **Key**: the endpoint's own; or looked up by `kid`, or by the chain of certificates in `x5c`, which the
///   [`KeyProvider`](crate::key::KeyProvider) has to find trustworthy. `jwk`, `jku` and `x5u` are never looked at.
/// - **Time**: none. A [`Jwt`](super::Jwt) is a JWS that has one.
///
/// ```
/// use http::HeaderName;
/// use tower_webhook::{Scheme, VerifySignatureLayer, schemes::{Jws, JwsAlgorithm, Source}};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// // Acme-Signature: {header}..{signature}
/// let acme = Jws::detached("acme", JwsAlgorithm::Hs256, HeaderName::from_static("acme-signature"))
///     .event(Source::Json("type"))
///     .id(Source::Json("id"));
/// let key = acme.key("the secret of the dashboard")?;
/// let layer = VerifySignatureLayer::new(acme, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
///
/// [JSON Web Signature]: https://www.rfc-editor.org/rfc/rfc7515
#[derive(Clone, Debug)]
#[must_use]
pub struct Jws {
    name: Cow<'static, str>,
    algorithm: JwsAlgorithm,
    place: Place,
    key_name: KeyName,
    secret: Secret,
    event: Option<Source>,
    id: Option<Source>,
    tolerance: Duration,
    body_limit: usize,
    answers: Answers,
}

#[derive(Clone, Debug)]
enum Place {
    /// Without its payload, which is the body.
    Detached(HeaderName),
    Compact(TokenIn),
}

/// A token whose signature is still to be checked.
pub(super) struct Opened {
    pub(super) check: Check,
    pub(super) payload: Bytes,
}

impl Jws {
    /// `{header}..{signature}` in a header; the signature is of the body, in base64url.
    pub fn detached(name: impl Into<Cow<'static, str>>, algorithm: JwsAlgorithm, header: HeaderName) -> Self {
        Self::new(name.into(), algorithm, Place::Detached(header))
    }

    /// `{header}.{payload}.{signature}`. The payload is what handlers read, and the only thing that is signed: where the
    /// token is in the head, the body is not covered.
    pub fn compact(name: impl Into<Cow<'static, str>>, algorithm: JwsAlgorithm, token: TokenIn) -> Self {
        Self::new(name.into(), algorithm, Place::Compact(token))
    }

    fn new(name: Cow<'static, str>, algorithm: JwsAlgorithm, place: Place) -> Self {
        Self {
            name,
            algorithm,
            place,
            key_name: KeyName::Endpoint,
            secret: algorithm.secret(),
            event: None,
            id: None,
            tolerance: Duration::from_secs(300),
            body_limit: 2 << 20,
            answers: Answers::new(),
        }
    }

    /// How the secret is written, if not as a text, or the public key, if not in PEM.
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    /// The token names its key (`kid`), and the key provider is asked for
    /// [`KeyRef::Id`](crate::key::KeyRef::Id). A token without one is refused.
    ///
    /// Whoever signs writes the key's [label](SigningKey::labeled).
    pub fn key_by_id(mut self) -> Self {
        self.key_name = KeyName::Id;
        self
    }

    /// The token brings certificates (`x5c`), and the key provider is asked for
    /// [`KeyRef::Chain`](crate::key::KeyRef::Chain). A token without one, or with more than eight, is refused.
    ///
    /// What signs is a private key in PEM with its certificates behind it, the key's own first.
    pub fn key_by_certificates(mut self) -> Self {
        self.key_name = KeyName::Chain;
        self
    }

    /// Where the event type stands. [`Source::Json`] is of the payload, and signed.
    pub fn event(mut self, source: Source) -> Self {
        self.event = Some(source);
        self
    }

    /// Where the delivery's id stands. [`Source::Json`] is of the payload, and signed: the replay memory knows the
    /// delivery by it.
    pub fn id(mut self, source: Source) -> Self {
        self.id = Some(source);
        self
    }

    /// How long a body may be, in bytes, if not 2 MiB.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// What the provider's documentation says that an endpoint answers.
    pub fn with_answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    pub(super) fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The token with its payload; `None` if it is in the body, and that is not here yet.
    pub(super) fn open(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Option<Opened>, Refusal> {
        let Place::Compact(place) = &self.place else { return Ok(None) };
        let Some(token) = place.read(head, body)? else { return Ok(None) };
        let token = Compact::split(&token)?;
        let text = if place.is_in_body() {
            Text::new().read_from_body(token.signed)
        } else {
            Text::new().bytes(token.signed)
        };
        let check = self.check(&token, text)?;
        Ok(Some(Opened { check, payload: token.decode_payload()?.into() }))
    }

    /// What must hold of the token: that it is of the algorithm, and signed.
    fn check(&self, token: &Compact<'_>, text: Text) -> Result<Check, Refusal> {
        let Header { key } = Header::read(token.header, self.algorithm, self.key_name)?;
        Check::new(text).key(key).signature(self.algorithm.algorithm(), Encoding::Base64Url, token.signature)
    }

    /// The header of what `key` signs.
    fn header(&self, key: &SigningKey) -> Result<String, CannotSign> {
        let key = key.verifying_key();
        let id = match self.key_name {
            KeyName::Id => {
                Some(key.label().ok_or(CannotSign::new("the signing key has no label, which is its id"))?)
            }
            KeyName::Endpoint | KeyName::Chain => None,
        };
        let certificates = match self.key_name {
            KeyName::Chain => Some(key.carried::<Certificates>().ok_or(certified::NONE)?),
            KeyName::Endpoint | KeyName::Id => None,
        };
        let header = Header::write(self.algorithm, id, certificates.map(|certificates| &*certificates.0));
        Ok(Encoding::Base64Url.encode(header.as_bytes()))
    }

    fn signature(&self, key: &SigningKey, text: &Text, body: &[u8]) -> Result<String, CannotSign> {
        let signature = key.sign(self.algorithm.algorithm(), text, body)?;
        Ok(Encoding::Base64Url.encode(&signature))
    }

    /// Puts a token with this payload into the request.
    pub(super) fn seal(
        &self,
        request: &mut Request<Bytes>,
        payload: &[u8],
        key: &SigningKey,
    ) -> Result<(), CannotSign> {
        let header = self.header(key)?;
        match &self.place {
            Place::Detached(name) => {
                let text = Text::new().bytes(&header).bytes(".").body_encoded(Encoding::Base64Url);
                let signature = self.signature(key, &text, payload)?;
                write_header(request, name.clone(), format!("{header}..{signature}"))
            }
            Place::Compact(place) => {
                let signed = format!("{header}.{}", Encoding::Base64Url.encode(payload));
                let signature = self.signature(key, &Text::new().bytes(&signed), b"")?;
                place.write(request, format!("{signed}.{signature}"))
            }
        }
    }
}

impl Scheme for Jws {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        self.secret.key(self.algorithm.algorithm(), text)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        let algorithm = self.algorithm.algorithm();
        match self.key_name {
            KeyName::Chain => {
                let (private, certificates) = Certificates::behind_key(text)?;
                Ok(self.secret.signing_key(algorithm, private)?.carrying(certificates))
            }
            KeyName::Endpoint | KeyName::Id => self.secret.signing_key(algorithm, text),
        }
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if let Place::Detached(name) = &self.place {
            let token = Compact::split(head.one(name)?)?;
            return Ok(self.check(&token, token.detached()?)?.into());
        }
        Ok(match self.open(head, body)? {
            Some(Opened { check, payload }) => check.delivery(Delivery::new().payload(payload)).into(),
            None => Plan::NeedsBody,
        })
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let mut delivery = proven.delivery();
        let in_token = delivery.payload.clone();
        let is_signed = in_token.is_some() || proven.proof() == Proof::SignedBody;
        let payload = in_token.as_ref().unwrap_or(proven.body());
        let is_signed = |source: &Source| is_signed && source.all(Source::is_in_body);
        if let Some(source) = &self.event
            && let Some(event) = source.read(proven.head(), payload)?
        {
            delivery =
                if is_signed(source) { delivery.signed_event(event) } else { delivery.unsigned_event(event) };
        }
        if let Some(source) = &self.id
            && delivery.id.is_none()
            && let Some(id) = source.read(proven.head(), payload)?
        {
            delivery = if is_signed(source) { delivery.signed_id(id) } else { delivery.unsigned_id(id) };
        }
        Ok(delivery.into())
    }

    /// The body is the payload. Where the token has it in it, the request is changed to carry that.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        let payload = request.body().clone();
        self.seal(request, &payload, key)
    }

    fn event_source(&self) -> Option<&Source> {
        self.event.as_ref()
    }

    fn tolerance(&self) -> Duration {
        self.tolerance
    }

    fn body_limit(&self) -> usize {
        self.body_limit
    }

    fn answers(&self) -> Answers {
        self.answers
    }
}
