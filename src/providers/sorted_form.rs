//! Forms of which every field is signed, in the order of the names.
use crate::{
    scheme::Refusal,
    schemes::form::{self, Bytes},
};
use std::{borrow::Cow, collections::BTreeMap};

/// A form's decoded fields by name, each of which occurs once: of two, one would be signed and another be read.
pub(super) struct SortedForm<'a> {
    fields: BTreeMap<Bytes<'a>, Bytes<'a>>,
}

impl<'a> SortedForm<'a> {
    pub(super) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let mut fields = BTreeMap::new();
        for (name, value) in form::all_fields(body)? {
            if fields.contains_key(&name) {
                return Err(malformed(&String::from_utf8_lossy(&name), "occurs more than once"));
            }
            fields.insert(name, value);
        }
        Ok(Self { fields })
    }

    /// Removes a field that is not part of what is signed.
    pub(super) fn remove(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        self.fields.remove(name.as_bytes()).map(|value| text(name, value)).transpose()
    }

    /// Removes a field that every delivery has, and that is not part of what is signed.
    pub(super) fn take(&mut self, name: &str) -> Result<Cow<'a, str>, Refusal> {
        self.remove(name)?.ok_or_else(|| malformed(name, "is missing"))
    }

    pub(super) fn get(&self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        self.fields.get(name.as_bytes()).map(|value| text(name, value.clone())).transpose()
    }

    /// Sorted by the bytes of the names.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.fields.iter().map(|(name, value)| (&**name, &**value))
    }

    /// The form that says this and no more.
    pub(super) fn to_form(&self) -> String {
        form::to_form(self.iter())
    }
}

fn text<'a>(name: &str, value: Bytes<'a>) -> Result<Cow<'a, str>, Refusal> {
    let text = match value {
        Cow::Borrowed(bytes) => str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    };
    text.ok_or_else(|| malformed(name, "is not UTF-8"))
}

fn malformed(name: &str, what: &str) -> Refusal {
    Refusal::MalformedBody(format!("the form's field `{name}` {what}").into())
}
