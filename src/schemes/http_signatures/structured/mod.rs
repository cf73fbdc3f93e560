//! Structured field values (RFC 8941), borrowed from the headers that they stand in.
//!
//! The RFC lets the last of two equal keys win. Here they are refused: where two readers might take different values, no
//! one is to be believed.
mod visitors;

use sfv::{BareItemFromInput, DictSerializer, ItemSerializer, KeyRef, ListSerializer, Parser, Version};
use visitors::List;

/// A value without its parameters.
pub(super) type Bare<'a> = BareItemFromInput<'a>;

/// How many labels a message, components a signature, and parameters or members anything else may have: no signature
/// needs more, and looking for doubles stays cheap.
pub(super) const MOST: usize = 32;

#[derive(Debug, Default)]
pub(super) struct Params<'a> {
    all: Vec<(&'a KeyRef, Bare<'a>)>,
}

#[derive(Debug)]
pub(super) struct Item<'a> {
    pub(super) value: Bare<'a>,
    pub(super) params: Params<'a>,
}

/// What a list or a dictionary consists of.
#[derive(Debug)]
pub(super) struct Member<'a> {
    pub(super) value: Value<'a>,
    pub(super) params: Params<'a>,
}

#[derive(Debug)]
pub(super) enum Value<'a> {
    Bare(Bare<'a>),
    List(Vec<Item<'a>>),
}

#[derive(Debug, Default)]
pub(super) struct Dictionary<'a> {
    all: Vec<(&'a KeyRef, Member<'a>)>,
}

/// The lines of a header that is a dictionary: one dictionary, however many they are.
pub(super) fn dictionary<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Dictionary<'a>> {
    let mut dictionary = Dictionary::default();
    for line in lines {
        parser(line).parse_dictionary_with_visitor(&mut dictionary).ok()?;
    }
    Some(dictionary)
}

/// The lines of a header that is a list.
pub(super) fn list<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Vec<Member<'a>>> {
    let mut list = List { all: Vec::new() };
    for line in lines {
        parser(line).parse_list_with_visitor(&mut list).ok()?;
    }
    Some(list.all)
}

/// The line of a header that is an item.
pub(super) fn item(line: &[u8]) -> Option<Item<'_>> {
    let mut item = Item::new(Bare::Boolean(true));
    parser(line).parse_item_with_visitor(&mut item).ok()?;
    Some(item)
}

fn parser(line: &[u8]) -> Parser<'_> {
    // RFC 9421 is written in terms of RFC 8941, which knows no dates.
    Parser::new(line).with_version(Version::Rfc8941)
}

impl<'a> Params<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Bare<'a>> {
        self.all.iter().find(|(other, _)| other.as_str() == key).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Bare<'a>)> {
        self.all.iter().map(|(key, value)| (key.as_str(), value))
    }

    fn pairs(&self) -> impl Iterator<Item = (&KeyRef, &Bare<'a>)> {
        self.all.iter().map(|(key, value)| (*key, value))
    }
}

impl<'a> Item<'a> {
    fn new(value: Bare<'a>) -> Self {
        Self { value, params: Params::default() }
    }

    pub(super) fn write(&self, out: &mut String) {
        let item = ItemSerializer::with_buffer(out).bare_item(&self.value);
        let _ = item.parameters(self.params.pairs());
    }
}

impl<'a> Member<'a> {
    fn new() -> Self {
        Self { value: Value::Bare(Bare::Boolean(true)), params: Params::default() }
    }

    pub(super) fn write(&self, out: &mut String) {
        match &self.value {
            Value::Bare(value) => {
                let _ = ItemSerializer::with_buffer(out).bare_item(value).parameters(self.params.pairs());
            }
            Value::List(items) => write_inner_list(items, &self.params, out),
        }
    }
}

/// Items in parentheses, as they stand in a signature's input and in the last line of its base.
pub(super) fn write_inner_list(items: &[Item<'_>], params: &Params<'_>, out: &mut String) {
    let mut outer = ListSerializer::with_buffer(out);
    let mut list = outer.inner_list();
    for item in items {
        let _ = list.bare_item(&item.value).parameters(item.params.pairs());
    }
    let _ = list.finish().parameters(params.pairs());
}

pub(super) fn write_list(members: &[Member<'_>], out: &mut String) {
    for (position, member) in members.iter().enumerate() {
        if position > 0 {
            out.push_str(", ");
        }
        member.write(out);
    }
}

impl<'a> Dictionary<'a> {
    pub(super) fn get(&self, key: &str) -> Option<&Member<'a>> {
        self.all.iter().find(|(other, _)| other.as_str() == key).map(|(_, member)| member)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'a str, &Member<'a>)> {
        self.all.iter().map(|&(key, ref member)| (key.as_str(), member))
    }

    pub(super) fn into_member(self, key: &str) -> Option<Member<'a>> {
        self.all.into_iter().find(|(other, _)| other.as_str() == key).map(|(_, member)| member)
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut dictionary = DictSerializer::with_buffer(out);
        for (key, member) in &self.all {
            match &member.value {
                Value::Bare(value) => {
                    let _ = dictionary.bare_item(key, value).parameters(member.params.pairs());
                }
                Value::List(items) => {
                    let mut list = dictionary.inner_list(key);
                    for item in items {
                        let _ = list.bare_item(&item.value).parameters(item.params.pairs());
                    }
                    let _ = list.finish().parameters(member.params.pairs());
                }
            }
        }
        let _ = dictionary.finish();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(line: &str) -> Option<String> {
        let mut out = String::new();
        dictionary(std::iter::once(line.as_bytes()))?.write(&mut out);
        Some(out)
    }

    #[test]
    fn a_dictionary_is_written_strictly() {
        // RFC 9421, section 2.1.1.
        let line = "  a=1,    b=2;x=1;y=2,   c=(a   b   c)";
        assert_eq!(rewritten(line).as_deref(), Some("a=1, b=2;x=1;y=2, c=(a b c)"));
        assert_eq!(rewritten("d, e;x=?1, f=?0").as_deref(), Some("d, e;x, f=?0"));
        assert_eq!(rewritten("").as_deref(), Some(""));
        let line = r#"a=("x";k="\"" :AA==: 1.50);p"#;
        assert_eq!(rewritten(line).as_deref(), Some(r#"a=("x";k="\"" :AA==: 1.5);p"#));
    }

    #[test]
    fn several_lines_are_one_value() {
        let lines = |all: [&'static str; 2]| all.into_iter().map(str::as_bytes);
        assert_eq!(dictionary(lines(["a=1, b", "c=(1 2)"])).map(|all| all.len()), Some(3));
        assert!(dictionary(lines(["a=1", "a=1"])).is_none());
        let mut out = String::new();
        write_list(&list(lines(["1,  (2 3);x", "4"])).unwrap_or_default(), &mut out);
        assert_eq!(out, "1, (2 3);x, 4");
    }

    #[test]
    fn what_is_double_malformed_or_too_much_is_refused() {
        let many = |count: usize, separator: &str| {
            let all: Vec<String> = (0..count).map(|number| format!("k{number}")).collect();
            all.join(separator)
        };
        for wrong in
            ["a=1,", "a=1,a=2", "a;x;x", "a=(1", "a=\"", "A=1", "a=\u{e9}", "a=@1", "=", "a=1 b=2", "(a)"]
        {
            assert_eq!(rewritten(wrong), None, "{wrong:?}");
        }
        assert!(rewritten(&many(MOST, ", ")).is_some());
        assert_eq!(rewritten(&many(MOST + 1, ", ")), None);
        assert!(rewritten(&format!("a=({})", many(MOST, " "))).is_some());
        assert_eq!(rewritten(&format!("a=({})", many(MOST + 1, " "))), None);
        assert!(rewritten(&format!("a;{}", many(MOST, ";"))).is_some());
        assert_eq!(rewritten(&format!("a;{}", many(MOST + 1, ";"))), None);
        assert!(list(std::iter::once(many(MOST + 1, ",").as_bytes())).is_none());
        assert!(item(b"1;a;a").is_none() && item(b"1, 2").is_none() && item(b"").is_none());
    }
}
