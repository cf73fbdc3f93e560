//! JSON Web Tokens.
mod claims;
mod rules;

use self::rules::{BodyClaim, Payload, Rules};
use super::{
    Source,
    jose::{JwsAlgorithm, TokenIn},
    jws::{Jws, Opened},
};
use crate::{
    encoding::Encoding,
    key::{Digest, Secret, SigningKey},
    scheme::{Answers, CannotSign, Head, Plan, Refusal, Scheme, forward},
    time::Timestamp,
};
use bytes::Bytes;
use http::Request;
use std::{borrow::Cow, time::Duration};

/// A [JSON Web Token] by description: where it is, how it is signed, which claims it must have, and what of the request
/// it speaks for.
///
/// - **Signature**: as of a [`Jws`], which this is. The algorithm is the receiver's choice.
/// - **Time**: `exp` and `nbf` hold where they are there, to a minute, or to the tolerance if that is less; integers only.
///   [`expires`](Self::expires) demands the first. `iat` is not asked, unless
///   [`issued_at_signing`](Self::issued_at_signing) makes it the time of signing, to which the tolerance applies.
/// - **For whom**: [`audience`](Self::audience) and [`issuer`](Self::issuer); where they are not set, they are not asked.
///   A key that signs for others too, as that of an identity provider, needs both.
/// - **Body**: a token in the head does not cover it, and
///   [`Verified::proof`](crate::Verified::proof) says [`SignedHead`](crate::scheme::Proof::SignedHead), so that
///   `Event<T>` refuses it. With [`body_digest`](Self::body_digest) it does. Of a token in the body, the payload is its
///   claims, or [one of them](Self::payload_claim).
/// - **Replay**: by `jti` with [`id_is_jti`](Self::id_is_jti), else as [`Jws::id`], else by `iat` if that is the time of
///   signing.
/// - **Claims that decide** must not occur twice, nor be of another type.
///
/// ```
/// use http::HeaderName;
/// use tower_webhook::{
///     Scheme, VerifySignatureLayer,
///     encoding::Encoding,
///     key::Digest,
///     schemes::{Jwt, Source, TokenIn},
/// };
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let acme = Jwt::hs256("acme", TokenIn::Header(HeaderName::from_static("acme-token")))
///     .issuer("acme")
///     .issued_at_signing()
///     .body_digest("sha256", Digest::Sha256, Encoding::Hex)
///     .event(Source::Json("type"));
/// let key = acme.key("the secret of the dashboard")?;
/// let layer = VerifySignatureLayer::new(acme, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
///
/// [JSON Web Token]: https://www.rfc-editor.org/rfc/rfc7519
#[derive(Clone, Debug)]
#[must_use]
pub struct Jwt {
    jws: Jws,
    rules: Rules,
}

impl Jwt {
    /// With HMAC-SHA256.
    pub fn hs256(name: impl Into<Cow<'static, str>>, token: TokenIn) -> Self {
        Self::by(name, JwsAlgorithm::Hs256, token)
    }

    /// With RSA (PKCS #1 v1.5) and SHA-256, and the provider's public key.
    #[cfg(feature = "aws-lc")]
    pub fn rs256(name: impl Into<Cow<'static, str>>, token: TokenIn) -> Self {
        Self::by(name, JwsAlgorithm::Rs256, token)
    }

    /// With ECDSA on P-256 and SHA-256, and the provider's public key.
    #[cfg(feature = "aws-lc")]
    pub fn es256(name: impl Into<Cow<'static, str>>, token: TokenIn) -> Self {
        Self::by(name, JwsAlgorithm::Es256, token)
    }

    /// With any of the algorithms.
    pub fn by(name: impl Into<Cow<'static, str>>, algorithm: JwsAlgorithm, token: TokenIn) -> Self {
        let payload = if token.is_in_body() { Payload::Claims } else { Payload::Body };
        Self { jws: Jws::compact(name, algorithm, token), rules: Rules::new(payload) }
    }

    fn with_jws(self, change: impl FnOnce(Jws) -> Jws) -> Self {
        Self { jws: change(self.jws), ..self }
    }

    /// How the secret is written, if not as a text, or the public key, if not in PEM.
    pub fn secret(self, secret: Secret) -> Self {
        self.with_jws(|jws| jws.secret(secret))
    }

    /// The token names its key: [`Jws::key_by_id`].
    pub fn key_by_id(self) -> Self {
        self.with_jws(Jws::key_by_id)
    }

    /// Who must have issued it (`iss`). Called several times, any of them.
    pub fn issuer(mut self, issuer: impl Into<Cow<'static, str>>) -> Self {
        self.rules.issuers.push(issuer.into());
        self
    }

    /// For whom it must be (`aud`, which may name several). Called several times, any of them.
    pub fn audience(mut self, audience: impl Into<Cow<'static, str>>) -> Self {
        self.rules.audiences.push(audience.into());
        self
    }

    /// A claim that must be this text.
    pub fn claim(mut self, name: impl Into<Cow<'static, str>>, text: impl Into<Cow<'static, str>>) -> Self {
        self.rules.texts.push((name.into(), text.into()));
        self
    }

    /// A claim that must be `true`.
    pub fn flag(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.rules.flags.push(name.into());
        self
    }

    /// It must have an end (`exp`).
    pub fn expires(mut self) -> Self {
        self.rules.expires = true;
        self
    }

    /// It must have been issued (`iat`) as each delivery was signed: the tolerance applies.
    ///
    /// Not for tokens that are used more than once, nor for those that say nothing of the delivery but the second in
    /// which it was sent: without another id, two deliveries with equal claims are one to the replay memory.
    pub fn issued_at_signing(mut self) -> Self {
        self.rules.issued_at_signing = true;
        self
    }

    /// A claim that must be the body's digest, which makes the signature cover the body. In base64url it may be padded.
    pub fn body_digest(
        mut self,
        claim: impl Into<Cow<'static, str>>,
        digest: Digest,
        encoding: Encoding,
    ) -> Self {
        self.rules.body = Some(BodyClaim { name: claim.into(), digest, encoding, is_demanded: true });
        self
    }

    /// The same, of providers that do not always send it. Where it is missing, the body is not covered, and
    /// [`Verified::proof`](crate::Verified::proof) says so.
    pub fn body_digest_if_present(
        self,
        claim: impl Into<Cow<'static, str>>,
        digest: Digest,
        encoding: Encoding,
    ) -> Self {
        let mut this = self.body_digest(claim, digest, encoding);
        if let Some(body) = &mut this.rules.body {
            body.is_demanded = false;
        }
        this
    }

    /// A claim that is the payload: a text, with JSON in it.
    pub fn payload_claim(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.rules.payload = Payload::Claim(name.into());
        self
    }

    /// It must have an id (`jti`), which is the delivery's.
    pub fn id_is_jti(mut self) -> Self {
        self.rules.id_is_jti = true;
        self
    }

    /// Where the event type stands: [`Jws::event`]. In a body that is not covered, it is not signed.
    pub fn event(self, source: Source) -> Self {
        self.with_jws(|jws| jws.event(source))
    }

    /// Where the delivery's id stands: [`Jws::id`]. In a body that is not covered, it is not signed.
    pub fn id(self, source: Source) -> Self {
        self.with_jws(|jws| jws.id(source))
    }

    /// How far a time may be off, if not five minutes.
    pub fn with_tolerance(self, tolerance: Duration) -> Self {
        self.with_jws(|jws| jws.with_tolerance(tolerance))
    }

    /// How long a body may be, in bytes, if not 2 MiB.
    pub fn with_body_limit(self, bytes: usize) -> Self {
        self.with_jws(|jws| jws.with_body_limit(bytes))
    }

    /// What the provider's documentation says that an endpoint answers.
    pub fn with_answers(self, answers: Answers) -> Self {
        self.with_jws(|jws| jws.with_answers(answers))
    }
}

impl Scheme for Jwt {
    forward!(self => &self.jws; name, key, signing_key, accept, event_source, tolerance, body_limit, answers);

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        Ok(match self.jws.open(head, body)? {
            Some(Opened { check, payload }) => self.rules.demand(check, payload)?.into(),
            None => Plan::NeedsBody,
        })
    }

    /// Makes the token's claims. Where the token is in the body, that becomes its claims, or the claim that is the
    /// payload. A key that the token is to name needs a [label](SigningKey::labeled).
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let claims = self.rules.write(request.body(), now, self.tolerance())?;
        self.jws.seal(request, claims.as_bytes(), key)
    }
}
