//! Components that are headers.
use super::{
    digest::CONTENT_DIGEST,
    input::{SIGNATURE, SIGNATURE_INPUT},
    structured,
};
use crate::scheme::{Head, Refusal};
use http::{HeaderName, HeaderValue};
use sfv::ListSerializer;

/// What a header is that is a structured field (RFC 8941).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldKind {
    /// Members with keys.
    Dictionary,
    /// Members without.
    List,
    /// One value, which does not occur twice.
    Item,
}

/// Which headers are known to be structured fields, and of what kind: a receiver must know to read them as such.
#[derive(Clone, Debug)]
pub(super) struct FieldKinds {
    known: Vec<(HeaderName, FieldKind)>,
}

impl FieldKinds {
    pub(super) fn new() -> Self {
        let dictionaries = [CONTENT_DIGEST, SIGNATURE_INPUT, SIGNATURE];
        Self { known: dictionaries.map(|name| (name, FieldKind::Dictionary)).into() }
    }

    pub(super) fn insert(&mut self, name: HeaderName, kind: FieldKind) {
        self.known.retain(|(other, _)| *other != name);
        self.known.push((name, kind));
    }

    fn of(&self, name: &HeaderName) -> Option<FieldKind> {
        self.known.iter().find(|(other, _)| other == name).map(|(_, kind)| *kind)
    }
}

/// Appends all values of a header, joined as HTTP joins them.
///
/// Folded lines cannot occur: a `HeaderValue` holds no line break, and servers refuse them or fold them back.
pub(super) fn write(name: &HeaderName, head: &Head<'_>, out: &mut String) -> Result<(), Refusal> {
    for (position, line) in lines(name, head)?.enumerate() {
        // What is not ASCII is signed with `bs`, or not at all.
        let text = line.to_str().map_err(|_| Refusal::MalformedHeader(name.clone()))?;
        if position > 0 {
            out.push_str(", ");
        }
        out.push_str(text.trim_matches([' ', '\t']));
    }
    Ok(())
}

/// Appends all values of a header, each as bytes.
pub(super) fn write_wrapped(name: &HeaderName, head: &Head<'_>, out: &mut String) -> Result<(), Refusal> {
    let mut list = ListSerializer::with_buffer(out);
    for line in lines(name, head)? {
        let _ = list.bare_item(line.as_bytes().trim_ascii());
    }
    let _ = list.finish();
    Ok(())
}

/// Appends a structured field, written strictly.
pub(super) fn write_structured(
    name: &HeaderName,
    kinds: &FieldKinds,
    head: &Head<'_>,
    out: &mut String,
) -> Result<(), Refusal> {
    let malformed = || Refusal::MalformedHeader(name.clone());
    let mut lines = lines(name, head)?.map(HeaderValue::as_bytes);
    match kinds.of(name).ok_or_else(|| of_unknown_kind(name))? {
        FieldKind::Dictionary => structured::dictionary(lines).ok_or_else(malformed)?.write(out),
        FieldKind::List => structured::write_list(&structured::list(lines).ok_or_else(malformed)?, out),
        FieldKind::Item => match (lines.next(), lines.next()) {
            (Some(line), None) => structured::item(line).ok_or_else(malformed)?.write(out),
            _ => return Err(Refusal::DuplicateHeader(name.clone())),
        },
    }
    Ok(())
}

/// Appends one member of a dictionary, without its key.
pub(super) fn write_member(
    name: &HeaderName,
    key: &str,
    kinds: &FieldKinds,
    head: &Head<'_>,
    out: &mut String,
) -> Result<(), Refusal> {
    if kinds.of(name) != Some(FieldKind::Dictionary) {
        return Err(of_unknown_kind(name));
    }
    let malformed = || Refusal::MalformedHeader(name.clone());
    let dictionary = structured::dictionary(lines(name, head)?.map(HeaderValue::as_bytes));
    dictionary.ok_or_else(malformed)?.get(key).ok_or_else(malformed)?.write(out);
    Ok(())
}

fn of_unknown_kind(name: &HeaderName) -> Refusal {
    let what = format!(
        "`{name}` is covered as a structured field of a kind that is not known: set `structured_field`"
    );
    Refusal::UnacceptableSignature(what.into())
}

/// A header's lines, of which there is one at least.
pub(super) fn lines<'a>(
    name: &HeaderName,
    head: &Head<'a>,
) -> Result<impl Iterator<Item = &'a HeaderValue> + use<'a>, Refusal> {
    let mut lines = head.headers().get_all(name).into_iter().peekable();
    match lines.peek() {
        Some(_) => Ok(lines),
        None => Err(Refusal::MissingHeader(name.clone())),
    }
}
