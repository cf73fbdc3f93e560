//! The receiver's side, and the scheme as a whole.
use super::{
    HttpSignatures, SignatureAlgorithm,
    base::signature_base,
    digest::{self, CONTENT_DIGEST},
    input::Input,
    sign,
};
use crate::{
    key::{Key, KeyError, KeyRef, SigningKey},
    scheme::{
        Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proof, Proven, Refusal, Scheme, Text,
    },
    schemes::Source,
    time::Timestamp,
};
use bytes::Bytes;
use http::{Method, Request};
use std::{borrow::Cow, time::Duration};

impl HttpSignatures {
    fn algorithms(&self) -> impl Iterator<Item = SignatureAlgorithm> {
        std::iter::once(self.algorithm).chain(self.other_algorithms.iter().copied())
    }

    fn input<'a>(&self, head: &Head<'a>) -> Result<(Input<'a>, Vec<u8>), Refusal> {
        Input::choose(head, self.label.as_deref(), self.tag.as_deref())
    }

    /// The check, with the signature as one by each algorithm that it may be of. A key verifies by its own.
    fn add_signature(
        &self,
        mut check: Check,
        named: Option<SignatureAlgorithm>,
        signature: &[u8],
    ) -> Result<Check, Refusal> {
        let mut refusal = Err(Refusal::UnsupportedAlgorithm);
        for algorithm in self.algorithms().filter(|algorithm| named.is_none_or(|named| named == *algorithm)) {
            let algorithm = algorithm.key_algorithm();
            if algorithm.takes_len(signature.len()) {
                check = check.signature_bytes(algorithm, signature)?;
                refusal = Ok(());
            } else if refusal.is_err() {
                refusal = Err(Refusal::MalformedSignature);
            }
        }
        refusal.map(|()| check)
    }

    fn known_by_nonce(&self, delivery: Delivery, head: &Head<'_>) -> Result<Delivery, Refusal> {
        let (input, _) = self.input(head)?;
        let nonce = input.nonce()?.ok_or_else(no_nonce)?;
        Ok(delivery.signed_id(nonce))
    }

    /// What stands at `source`, and whether it is signed.
    fn said<'a>(
        &self,
        source: &Source,
        proven: &Proven<'a>,
    ) -> Result<Option<(Cow<'a, str>, bool)>, Refusal> {
        let signed = source.all(|source| match source {
            Source::Header(name) => self.coverage.names(name),
            source => source.is_in_body() && proven.proof() == Proof::SignedBody,
        });
        Ok(source.read(proven.head(), proven.body())?.map(|text| (text, signed)))
    }
}

impl Scheme for HttpSignatures {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        self.secret.key(self.algorithm.key_algorithm(), text)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        self.secret.signing_key(self.algorithm.key_algorithm(), text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (input, signature) = self.input(head)?;
        let (created, expires, named) = (input.created()?, input.expires()?, input.algorithm()?);
        self.coverage.demand(&input.components)?;
        if self.demands_nonce && input.nonce()?.is_none_or(str::is_empty) {
            return Err(no_nonce());
        }
        let base = signature_base(&input, head, &self.kinds)?;
        let mut check = Check::new(Text::from(base.into_bytes())).signed_at(created);
        check = self.add_signature(check, named, &signature)?;
        if input.components.iter().any(|component| component.whole_field() == Some(&CONTENT_DIGEST)) {
            check = digest::demand_claimed(check, head)?;
        }
        if let Some(at) = expires {
            check = check.expires(at);
        }
        if let Some(id) = input.key_id()?.filter(|_| !self.ignores_key_id) {
            check = check.key(KeyRef::Id(id.into()));
        }
        Ok(check.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let mut delivery = Delivery::new().format(self.format);
        if let Some(source) = &self.event
            && let Some((event, signed)) = self.said(source, proven)?
        {
            delivery = if signed { delivery.signed_event(event) } else { delivery.unsigned_event(event) };
        }
        let id = match &self.id {
            Some(source) => self.said(source, proven)?,
            None => None,
        };
        delivery = match id {
            Some((id, true)) => delivery.signed_id(id),
            _ if self.demands_nonce => self.known_by_nonce(delivery, proven.head())?,
            Some((id, false)) => delivery.unsigned_id(id),
            None => delivery,
        };
        Ok(delivery.into())
    }

    /// Sets `Content-Digest`, `Signature-Input` and `Signature`, in place of those that are there. The request has its
    /// whole URL, or `Host`, and the headers that are to be signed.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        sign::sign(self, request, key, now)
    }

    fn event_source(&self) -> Option<&Source> {
        self.event.as_ref()
    }

    fn methods(&self) -> &[Method] {
        &self.methods
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

fn no_nonce() -> Refusal {
    Refusal::UnacceptableSignature("there is no `nonce`".into())
}
