//! Each header missing, doubled, garbled.
use super::{
    Group,
    bytes_of::{Class, neighbour, spread, with_byte, without_last},
    kinds::Change,
    suite::{Accepted, Attempt, Suite},
};
use crate::scheme::Scheme;
use http::{HeaderName, HeaderValue, request::Parts};
use std::ops::Range;

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// Refused if the header is signed or decides something. If not, the delivery still is the sample.
    pub(super) fn headers(&mut self) {
        let names: Vec<HeaderName> = self.good.parts.headers.keys().cloned().collect();
        for name in &names {
            self.header_missing(name);
            self.header_doubled(name);
            self.header_altered(name);
        }
        self.signature_altered();
        // What is signed is there, and nothing that signs it.
        let signatures: Vec<HeaderName> =
            self.signature.headers.iter().map(|(name, _)| name.clone()).collect();
        if signatures.len() > 1 {
            let mut parts = self.good.parts.clone();
            for name in &signatures {
                parts.headers.remove(name);
            }
            self.header("all of the signature's headers dropped", Change::SignatureDropped, parts);
        }
    }

    fn header(&mut self, what: impl std::fmt::Display, change: Change, parts: Parts) {
        let attempt = self.good.with_parts(parts);
        self.attempt(Group::Headers, change, Accepted::Unmoved, what, &attempt);
    }

    fn header_missing(&mut self, name: &HeaderName) {
        let holds_signature = self.signature.headers.iter().any(|(signature, _)| signature == name);
        let change = if holds_signature { Change::SignatureDropped } else { Change::Dropped };
        let mut parts = self.good.parts.clone();
        parts.headers.remove(name);
        self.header(format_args!("`{name}` dropped"), change, parts);
    }

    fn header_doubled(&mut self, name: &HeaderName) {
        let Some(value) = self.good.parts.headers.get(name).cloned() else { return };
        let zero = HeaderValue::from_static("0");
        for (what, lines) in [
            ("twice", [value.clone(), value.clone()]),
            ("with a second line", [value.clone(), zero.clone()]),
            ("behind another line", [zero, value]),
        ] {
            let mut parts = self.good.parts.clone();
            parts.headers.remove(name);
            for line in lines {
                parts.headers.append(name, line);
            }
            self.header(format_args!("`{name}` {what}"), Change::Doubled, parts);
        }
    }

    fn header_altered(&mut self, name: &HeaderName) {
        let values: Vec<HeaderValue> = self.good.parts.headers.get_all(name).iter().cloned().collect();
        let Some((value, further)) = values.split_first() else { return };
        for (what, altered) in alterations(value.as_bytes()) {
            let Ok(altered) = HeaderValue::from_bytes(&altered) else { continue };
            let mut parts = self.good.parts.clone();
            parts.headers.insert(name, altered);
            for further in further {
                parts.headers.append(name, further.clone());
            }
            self.header(format_args!("`{name}` {what}"), Change::Altered, parts);
        }
    }

    /// Each character of the signature. Where there are several, one that is not looked at does no harm; one of which a
    /// part is not looked at does.
    fn signature_altered(&mut self) {
        let mut looked_at = self.signature.headers.is_empty();
        for (name, runs) in self.signature.headers.clone() {
            let value = self.good.parts.headers.get(&name).map(|value| value.as_bytes().to_vec());
            let value = value.unwrap_or_default();
            for run in runs {
                let altered = run_of(&value, run).filter_map(|(position, altered)| {
                    let mut parts = self.good.parts.clone();
                    parts.headers.insert(&name, HeaderValue::from_bytes(&altered).ok()?);
                    Some((format!("character {position} of `{name}`"), self.good.with_parts(parts)))
                });
                let altered = altered.collect();
                looked_at |= self.signature_run(Group::Headers, altered);
            }
        }
        if !looked_at {
            self.report.note_wrong("headers: no character of the signature is looked at");
        }
    }

    /// Whether a signature of which these are all altered is looked at.
    pub(super) fn signature_run(&mut self, group: Group, altered: Vec<(String, Attempt)>) -> bool {
        let before = self.report.of(group);
        for (what, attempt) in &altered {
            let what = format!("{what}, in the signature");
            self.attempt(group, Change::SignatureAltered, Accepted::Unmoved, what, attempt);
        }
        let unmoved = self.report.of(group).unmoved - before.unmoved;
        if unmoved > 0 && unmoved < altered.len() {
            let name = group.name();
            let all = altered.len();
            self.report.note_wrong(format_args!(
                "{name}: of {all} characters of the signature, {unmoved} are not looked at"
            ));
        }
        unmoved < altered.len()
    }
}

/// Values with one byte of `run` changed, and where.
pub(super) fn run_of(value: &[u8], run: Range<usize>) -> impl Iterator<Item = (usize, Vec<u8>)> + '_ {
    spread(run, 100).filter_map(|position| {
        let other = value.get(position).copied().and_then(neighbour)?;
        Some((position, with_byte(value, position, other)))
    })
}

/// Other values in place of this one.
pub(super) fn alterations(value: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |what: &str, altered: Vec<u8>| {
        if altered != value {
            all.push((what.to_owned(), altered));
        }
    };
    add("emptied", Vec::new());
    add("blank", b" ".to_vec());
    add("without its last byte", without_last(value, 1).to_vec());
    add("without its first byte", value.get(1..).unwrap_or_default().to_vec());
    add("cut in half", value.get(..value.len() / 2).unwrap_or_default().to_vec());
    add("with `0` behind it", [value, b"0"].concat());
    add("with `=` behind it", [value, b"="].concat());
    add("with `0` in front of it", [b"0", value].concat());
    add("with a tab in front of it", [b"\t", value].concat());
    add("twice in one line", [value, b", ", value].concat());
    add("twice in one line, with `;`", [value, b";", value].concat());
    add("in upper case", value.to_ascii_uppercase());
    add("in lower case", value.to_ascii_lowercase());
    for class in Class::ALL {
        let of_class = |byte: &&u8| Class::of(**byte) == class;
        let Some(first) = value.iter().position(|byte| of_class(&byte)) else { continue };
        let last = value.iter().rposition(|byte| of_class(&byte)).unwrap_or(first);
        for (which, position) in [("first", first), ("last", last)] {
            let byte = value.get(position).copied().unwrap_or_default();
            add(&format!("with its {which} byte that is {} changed", class.name()), {
                with_byte(value, position, neighbour(byte).unwrap_or(byte ^ 1))
            });
            add(&format!("without its {which} byte that is {}", class.name()), {
                [value.get(..position).unwrap_or_default(), value.get(position + 1..).unwrap_or_default()]
                    .concat()
            });
        }
    }
    let long = b"0".repeat(20_000);
    let many = b"v1=0,".repeat(4_000);
    let garbage: [&[u8]; 13] = [
        b"\xff\xfe",
        b"0",
        b"-1",
        b"1.5",
        b"NaN",
        b"-9223372036854775808",
        b"99999999999999999999",
        b"sha256=",
        b"v1,",
        b"t=1,t=2,v1=",
        b"a.b.c",
        &long,
        &many,
    ];
    for garbage in garbage {
        let shown = garbage.get(..garbage.len().min(24)).unwrap_or_default();
        add(&format!("replaced by `{}`", shown.escape_ascii()), garbage.to_vec());
    }
    all
}
