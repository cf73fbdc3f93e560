//! `Signature-Input` and `Signature`: which signature counts, and what it says of itself.
use super::{
    SignatureAlgorithm,
    component::Component,
    field,
    structured::{self, Bare, Dictionary, Item, Member, Params, Value},
};
use crate::{
    scheme::{Head, Refusal},
    time::Timestamp,
};
use http::{HeaderName, HeaderValue};

pub(super) const SIGNATURE_INPUT: HeaderName = HeaderName::from_static("signature-input");
pub(super) const SIGNATURE: HeaderName = HeaderName::from_static("signature");

/// One signature's input: the components that it covers, and its parameters.
pub(super) struct Input<'a> {
    pub(super) items: Vec<Item<'a>>,
    /// The items, understood. As many, in the same order.
    pub(super) components: Vec<Component>,
    pub(super) params: Params<'a>,
}

impl<'a> Input<'a> {
    /// The signature with the label `label`, or else with the tag `tag`, or else the only one: its input and its bytes.
    pub(super) fn choose(
        head: &Head<'a>,
        label: Option<&str>,
        tag: Option<&str>,
    ) -> Result<(Self, Vec<u8>), Refusal> {
        let (inputs, signatures) = (dictionary(head, &SIGNATURE_INPUT)?, dictionary(head, &SIGNATURE)?);
        let label = match label {
            Some(label) => label,
            None => only_label(&inputs, tag)?,
        };
        let same = inputs.len() == signatures.len()
            && inputs.iter().all(|(label, _)| signatures.get(label).is_some());
        if !same {
            return Err(unacceptable("`Signature` and `Signature-Input` do not have the same labels"));
        }
        let input = Self::read(inputs.into_member(label).ok_or(Refusal::NoSignature)?)?;
        if tag.is_some() && input.text("tag")? != tag {
            return Err(Refusal::NoSignature);
        }
        match signatures.into_member(label).map(|signature| signature.value) {
            Some(Value::Bare(Bare::ByteSequence(bytes))) => Ok((input, bytes)),
            _ => Err(Refusal::MalformedSignature),
        }
    }

    /// The input that a signer has written: a dictionary's one member.
    pub(super) fn of_signer(line: &'a str, label: &str) -> Result<Self, Refusal> {
        let malformed = Refusal::MalformedHeader(SIGNATURE_INPUT);
        let written = structured::dictionary(std::iter::once(line.as_bytes()));
        Self::read(written.and_then(|inputs| inputs.into_member(label)).ok_or(malformed)?)
    }

    fn read(member: Member<'a>) -> Result<Self, Refusal> {
        let Value::List(items) = member.value else {
            return Err(Refusal::MalformedHeader(SIGNATURE_INPUT));
        };
        let mut components = Vec::with_capacity(items.len());
        for item in &items {
            let component = Component::read(item)?;
            if components.contains(&component) {
                return Err(unacceptable("a component is covered twice"));
            }
            components.push(component);
        }
        Ok(Self { items, components, params: member.params })
    }

    /// When it was signed.
    pub(super) fn created(&self) -> Result<Timestamp, Refusal> {
        self.time("created")?.ok_or_else(|| unacceptable("there is no `created`"))
    }

    /// When it ends.
    pub(super) fn expires(&self) -> Result<Option<Timestamp>, Refusal> {
        let expires = self.time("expires")?;
        if expires.is_some_and(|at| self.created().is_ok_and(|created| at < created)) {
            return Err(unacceptable("`expires` is before `created`"));
        }
        Ok(expires)
    }

    fn time(&self, key: &str) -> Result<Option<Timestamp>, Refusal> {
        match self.params.get(key) {
            None => Ok(None),
            Some(Bare::Integer(seconds)) if i64::from(*seconds) >= 0 => {
                Ok(Some(Timestamp::from_unix((*seconds).into())))
            }
            Some(_) => Err(Refusal::MalformedTimestamp),
        }
    }

    pub(super) fn key_id(&self) -> Result<Option<&str>, Refusal> {
        self.text("keyid")
    }

    pub(super) fn nonce(&self) -> Result<Option<&str>, Refusal> {
        self.text("nonce")
    }

    /// The algorithm that it names. It never chooses one; it only must not contradict the key's.
    pub(super) fn algorithm(&self) -> Result<Option<SignatureAlgorithm>, Refusal> {
        let Some(name) = self.text("alg")? else { return Ok(None) };
        let known = SignatureAlgorithm::ALL.iter().find(|algorithm| algorithm.name() == name);
        known.copied().map(Some).ok_or(Refusal::UnsupportedAlgorithm)
    }

    fn text(&self, key: &str) -> Result<Option<&str>, Refusal> {
        match self.params.get(key) {
            None => Ok(None),
            Some(Bare::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(Refusal::MalformedHeader(SIGNATURE_INPUT)),
        }
    }
}

/// The label of the only signature, or of the only one with this tag.
fn only_label<'a>(inputs: &Dictionary<'a>, tag: Option<&str>) -> Result<&'a str, Refusal> {
    let wanted = |member: &Member<'_>| match (tag, member.params.get("tag")) {
        (None, _) => true,
        (Some(tag), Some(Bare::String(own))) => own.as_str() == tag,
        (Some(_), _) => false,
    };
    let mut labels = inputs.iter().filter(|(_, member)| wanted(member)).map(|(label, _)| label);
    match (labels.next(), labels.next()) {
        (Some(label), None) => Ok(label),
        (Some(_), Some(_)) => Err(Refusal::TooManySignatures),
        (None, _) => Err(Refusal::NoSignature),
    }
}

fn dictionary<'a>(head: &Head<'a>, name: &HeaderName) -> Result<Dictionary<'a>, Refusal> {
    let lines = field::lines(name, head)?.map(HeaderValue::as_bytes);
    structured::dictionary(lines).ok_or_else(|| Refusal::MalformedHeader(name.clone()))
}

fn unacceptable(what: &'static str) -> Refusal {
    Refusal::UnacceptableSignature(what.into())
}
