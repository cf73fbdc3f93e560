//! What a receiver demands of a signature, and what a signer writes.
use super::{Component, FieldKind, SignatureAlgorithm, coverage::Coverage, field::FieldKinds};
use crate::{
    key::{Digest, Secret},
    scheme::{Answers, Format},
    schemes::Source,
};
use http::{HeaderName, Method};
use std::{borrow::Cow, time::Duration};

/// HTTP Message Signatures by description: what must be covered, and by which algorithm.
///
/// - **Signed**: what the sender lists in `Signature-Input`, and its parameters. By default `@method`, the authority, the
///   path and `content-digest` must be in the list, `@target-uri` standing for both of the middle; other demands are
///   made with [`requires`](Self::requires). What is not covered can be changed by whoever captures the request: the
///   query, the other headers, the `Content-Type`.
/// - **Body**: only where `content-digest` is covered as a whole is it
///   [`SignedBody`](crate::scheme::Proof::SignedBody). Each of its digests by sha-256 and sha-512 is compared, others are
///   skipped, and one of the two there must be.
/// - **URL**: set a [public URL](crate::VerifySignatureLayer::public_url). Scheme, authority and path are then the
///   configured ones, and what was signed for another receiver does not hold here. An exact one stands for whatever path
///   the request has, so it is for one route; and where the query is signed, it must be that URL's. Without a public URL,
///   `@authority` is what the sender wrote into `Host`: it proves nothing of where the request was sent, so that the key
///   must be used with this receiver alone; and a signature over `@target-uri` or `@scheme` is answered 500. Forwarded
///   headers are not asked.
/// - **Algorithm**: it belongs to the key. `alg` may be there and must then name one that the receiver takes; it never
///   chooses.
/// - **Which signature**: a request with one signature needs no choice. With several, the receiver says which by its
///   [`label`](Self::label) or [`tag`](Self::tag); one that says neither refuses them, and so it does two with the same
///   tag.
/// - **Time**: `created` must be there, within five minutes, past and future; `expires` is kept to, but for a minute by
///   which clocks differ, and must not be before `created`.
/// - **Key**: `keyid` is what the [`KeyProvider`](crate::key::KeyProvider) is asked for
///   ([`KeyRef::Id`](crate::key::KeyRef::Id)). A fixed key is not asked, and so `keyid` is of no consequence there.
/// - **Replay**: known by the [`id`](Self::id) if one is described and signed, else by the nonce if one is
///   [demanded](Self::demands_nonce), else by time and signed text. One memory for the keys of several senders needs
///   [`KeySet::of_tenant`](crate::key::KeySet::of_tenant).
/// - **Not supported**: trailers (`;tr`), signed responses, algorithms that are not in the RFC.
///
/// A request has 32 labels, a signature 32 components, and a structured field 32 members at most.
#[derive(Clone, Debug)]
#[must_use]
pub struct HttpSignatures {
    pub(super) name: Cow<'static, str>,
    pub(super) algorithm: SignatureAlgorithm,
    pub(super) other_algorithms: Vec<SignatureAlgorithm>,
    pub(super) secret: Secret,
    pub(super) coverage: Coverage,
    pub(super) label: Option<Cow<'static, str>>,
    pub(super) tag: Option<Cow<'static, str>>,
    pub(super) demands_nonce: bool,
    pub(super) ignores_key_id: bool,
    pub(super) kinds: FieldKinds,
    pub(super) methods: Vec<Method>,
    pub(super) event: Option<Source>,
    pub(super) id: Option<Source>,
    pub(super) format: Format,
    pub(super) tolerance: Duration,
    pub(super) body_limit: usize,
    pub(super) answers: Answers,
    pub(super) key_id: Option<Cow<'static, str>>,
    pub(super) names_algorithm: bool,
    pub(super) lifetime: Option<Duration>,
    pub(super) digest: Digest,
}

impl HttpSignatures {
    /// Signatures by `algorithm`, of which the text of a key is.
    pub fn new(name: impl Into<Cow<'static, str>>, algorithm: SignatureAlgorithm) -> Self {
        Self {
            name: name.into(),
            algorithm,
            other_algorithms: Vec::new(),
            secret: match algorithm {
                SignatureAlgorithm::HmacSha256 => Secret::text(),
                #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
                _ => Secret::pem(),
            },
            coverage: Coverage::Usual,
            label: None,
            tag: None,
            demands_nonce: false,
            ignores_key_id: false,
            kinds: FieldKinds::new(),
            methods: vec![Method::POST],
            event: None,
            id: None,
            format: Format::Json,
            tolerance: Duration::from_secs(300),
            body_limit: 2 << 20,
            answers: Answers::new(),
            key_id: None,
            names_algorithm: false,
            lifetime: None,
            digest: Digest::Sha256,
        }
    }

    /// Takes signatures by `algorithm` too, for a key provider that has keys of several. Each verifies by its own.
    pub fn or(mut self, algorithm: SignatureAlgorithm) -> Self {
        self.other_algorithms.push(algorithm);
        self
    }

    /// How keys are written. By default a shared secret is the text itself, and a public key is PEM.
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    /// What must be covered, in place of the default; a signer covers just these, in this order. A signature without
    /// `content-digest` says nothing of the body, and one without authority or path holds elsewhere too.
    pub fn requires(mut self, components: impl IntoIterator<Item = Component>) -> Self {
        self.coverage = Coverage::Listed(components.into_iter().collect());
        self
    }

    /// The label of the signature that counts. Labels are not signed, and whoever forwards a request may change them:
    /// prefer a [`tag`](Self::tag).
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// The tag that the signature must have. Of several signatures, the one with it counts.
    pub fn tag(mut self, tag: impl Into<Cow<'static, str>>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Demands a nonce, and lets the replay memory know the delivery by it. Whoever signs adds a
    /// [`Nonce`](super::Nonce) to the request.
    pub fn demands_nonce(mut self) -> Self {
        self.demands_nonce = true;
        self
    }

    /// Looks keys up by the endpoint or tenant and not by `keyid`: for a key provider that knows none, and behind
    /// [`ByTenant`](crate::schemes::ByTenant).
    pub fn ignores_key_id(mut self) -> Self {
        self.ignores_key_id = true;
        self
    }

    /// Says that a header is a structured field, which `sf` and `key` need. `content-digest`, `signature` and
    /// `signature-input` are known.
    pub fn structured_field(mut self, name: HeaderName, kind: FieldKind) -> Self {
        self.kinds.insert(name, kind);
        self
    }

    /// The methods that deliveries use, if not `POST`.
    pub fn with_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = methods.into_iter().collect();
        self
    }

    /// Where the event type stands. A header counts as signed if it is among those that the description
    /// [requires](Self::requires).
    pub fn event(mut self, source: Source) -> Self {
        self.event = Some(source);
        self
    }

    /// Where the delivery's id stands. If it is signed, the replay memory knows the delivery by it.
    pub fn id(mut self, source: Source) -> Self {
        self.id = Some(source);
        self
    }

    /// How the body is written, if it is not JSON.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// How far `created` may be off, if not five minutes.
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How long a body may be, in bytes, if not 2 MiB.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// What the sender's documentation says that an endpoint answers.
    pub fn with_answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// The `keyid` that a signer writes.
    pub fn key_id(mut self, key_id: impl Into<Cow<'static, str>>) -> Self {
        self.key_id = Some(key_id.into());
        self
    }

    /// Lets a signer write `alg`.
    pub fn names_algorithm(mut self) -> Self {
        self.names_algorithm = true;
        self
    }

    /// Lets a signer write `expires`, this long after `created`.
    pub fn expires_after(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// The digest that a signer writes into `Content-Digest`: SHA-256, or SHA-512.
    pub fn content_digest(mut self, digest: Digest) -> Self {
        self.digest = digest;
        self
    }

    pub(super) fn algorithm(&self) -> SignatureAlgorithm {
        self.algorithm
    }

    pub(super) fn signed_components(&self) -> Vec<Component> {
        self.coverage.of_signer()
    }
}
