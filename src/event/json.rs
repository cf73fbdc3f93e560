//! The few texts of a JSON body that decide something, each of which must stand there once.
use crate::scheme::Refusal;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

/// The texts at the top-level keys `names` of a JSON object; `None` for a key that is not there or is no string, and
/// for all of them if the body is not JSON: then it names nothing, and no handler can parse it either.
pub(crate) fn json_texts<'a, const N: usize>(
    body: &'a [u8],
    names: [&'static str; N],
) -> Result<[Option<Cow<'a, str>>; N], Refusal> {
    let mut members = Members { names, found: [const { None }; N], twice: None };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = (&mut members).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(name) = members.twice {
        return Err(Refusal::MalformedBody(format!("the key `{name}` occurs more than once").into()));
    }
    match parsed {
        Ok(()) => Ok(members.found.map(Option::flatten)),
        Err(_) => Ok([const { None }; N]),
    }
}

struct Members<'a, const N: usize> {
    names: [&'static str; N],
    found: [Option<Option<Cow<'a, str>>>; N],
    twice: Option<&'static str>,
}

impl<'de, const N: usize> DeserializeSeed<'de> for &mut Members<'de, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for &mut Members<'de, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let member = self.names.iter().zip(&mut self.found).find(|(name, _)| **name == key);
            match member {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some((name, found)) => {
                    if found.is_some() {
                        self.twice = Some(name);
                    }
                    let Text(text) = map.next_value()?;
                    *found = Some(text);
                }
            }
        }
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Text(text) = deserializer.deserialize_str(TextVisitor)?;
        Ok(Self(text.unwrap_or_default()))
    }
}

/// A value that is a string, or some other value.
struct Text<'a>(Option<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_unit<E>(self) -> Result<Text<'de>, E> {
        Ok(Text(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str) -> Result<[Option<Cow<'_, str>>; 2], Refusal> {
        json_texts(body.as_bytes(), ["id", "type"])
    }

    #[test]
    fn reads_what_is_there() {
        let found = texts(r#"{"x":{"id":"inner"},"id":"a","y":[1,{"id":2}],"type":"\u0062"}"#);
        assert_eq!(found, Ok([Some("a".into()), Some("b".into())]));
        assert_eq!(texts(r#"{"id":1,"type":null}"#), Ok([None, None]));
        assert_eq!(texts(r#"{"id":[1,2],"type":{"a":1.5}}"#), Ok([None, None]));
        assert_eq!(texts("{}"), Ok([None, None]));
    }

    #[test]
    fn t37_a_deciding_key_twice_is_refused() {
        for body in [
            r#"{"id":"a","id":"b"}"#,
            r#"{"id":"a","id":"a"}"#,
            r#"{"id":"a","\u0069d":"b"}"#,
            r#"{"id":"a","id":1}"#,
            r#"{"id":1,"x":{},"id":"a"}"#,
            // Broken further on, which another parser might forgive.
            r#"{"id":"a","id":"b",}"#,
        ] {
            assert!(matches!(texts(body), Err(Refusal::MalformedBody(_))), "{body}");
        }
        assert!(texts(r#"{"x":1,"x":2,"id":"a"}"#).is_ok(), "a key that decides nothing");
    }

    #[test]
    fn what_is_no_object_names_nothing() {
        for body in
            ["", "payload", "[]", "\"id\"", "\u{feff}{\"id\":\"a\"}", r#"{"id":"a"} x"#, r#"{"id":"a""#]
        {
            assert_eq!(texts(body), Ok([None, None]), "{body}");
        }
    }
}
