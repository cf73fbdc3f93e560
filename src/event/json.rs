//! The few texts of a JSON body that decide something, each of which must stand there once.
use crate::scheme::Refusal;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};

/// The texts at `paths` in a JSON body: a key at its top, as `type`, or keys from its top down, as `/action/type`, with the
/// number of an item where there is an array, as `/0/type`. `None` for a path that leads nowhere or to no string, and for
/// all of them if the body is not JSON: then it names nothing, and no handler can parse it either. No key on a path may
/// stand twice in its object.
pub(crate) fn json_texts<'a, const N: usize>(
    body: &'a [u8],
    paths: [&'static str; N],
) -> Result<[Option<Cow<'a, str>>; N], Refusal> {
    search(body, paths, false)
}

/// The text or the whole number at `path`, which is read as [`json_texts`] reads texts.
pub(crate) fn json_text_or_number<'a>(
    body: &'a [u8],
    path: &'static str,
) -> Result<Option<Cow<'a, str>>, Refusal> {
    let [found] = search(body, [path], true)?;
    Ok(found)
}

fn search<'a, const N: usize>(
    body: &'a [u8],
    paths: [&'static str; N],
    numbers_too: bool,
) -> Result<[Option<Cow<'a, str>>; N], Refusal> {
    let mut search = Search { paths, numbers_too, found: [const { None }; N], twice: None };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let top = Value { search: &mut search, depth: 0, on_path: [true; N] };
    let parsed = top.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if let Some(key) = search.twice {
        return Err(Refusal::MalformedBody(format!("the key `{key}` occurs more than once").into()));
    }
    match parsed {
        Ok(()) => Ok(search.found),
        Err(_) => Ok([const { None }; N]),
    }
}

struct Search<'a, const N: usize> {
    paths: [&'static str; N],
    numbers_too: bool,
    found: [Option<Cow<'a, str>>; N],
    twice: Option<&'static str>,
}

/// A value so many keys down, and which of the paths lead to it or through it.
struct Value<'s, 'a, const N: usize> {
    search: &'s mut Search<'a, N>,
    depth: usize,
    on_path: [bool; N],
}

/// The path's key at this depth; `None` where it has ended.
fn key_at(path: &'static str, depth: usize) -> Option<&'static str> {
    match path.strip_prefix('/') {
        Some(keys) => keys.split('/').nth(depth),
        None => (depth == 0).then_some(path),
    }
}

impl<'a, const N: usize> Value<'_, 'a, N> {
    /// What it is, as text: what the paths that end here have been looking for.
    fn is(self, text: Cow<'a, str>) {
        let Search { paths, found, .. } = self.search;
        for ((path, found), on_path) in paths.iter().zip(found).zip(self.on_path) {
            if on_path && key_at(path, self.depth).is_none() {
                *found = Some(text.clone());
            }
        }
    }
}

impl<'de, const N: usize> DeserializeSeed<'de> for Value<'_, 'de, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, const N: usize> Visitor<'de> for Value<'_, 'de, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { search, depth, on_path } = self;
        let wanted = search.paths.map(|path| key_at(path, depth));
        let mut seen = [false; N];
        while let Some(Key(key)) = map.next_key()? {
            let mut goes_on = [false; N];
            let paths = wanted.into_iter().zip(on_path);
            for ((path, goes_on), seen) in paths.zip(&mut goes_on).zip(&mut seen) {
                let (wanted, on_path) = path;
                if let Some(next) = wanted.filter(|next| on_path && **next == *key) {
                    if *seen {
                        search.twice = Some(next);
                    }
                    (*goes_on, *seen) = (true, true);
                }
            }
            if goes_on.contains(&true) {
                map.next_value_seed(Value {
                    search: &mut *search,
                    depth: depth.saturating_add(1),
                    on_path: goes_on,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.is(Cow::Borrowed(text));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.is(Cow::Owned(text.to_owned()));
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        if self.search.numbers_too {
            self.is(Cow::Owned(number.to_string()));
        }
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self { search, depth, on_path } = self;
        let is_item = |path, number: usize| {
            // The first digit of a number with several is not zero, so that an item has one name.
            key_at(path, depth).is_some_and(|key| key.parse() == Ok(number) && key == number.to_string())
        };
        let last = search.paths.iter().filter_map(|path| key_at(path, depth)?.parse::<usize>().ok()).max();
        let mut number: usize = 0;
        while last.is_some_and(|last| number <= last) {
            let mut goes_on = on_path;
            for (path, goes_on) in search.paths.iter().zip(&mut goes_on) {
                *goes_on = *goes_on && is_item(path, number);
            }
            if seq
                .next_element_seed(Value {
                    search: &mut *search,
                    depth: depth.saturating_add(1),
                    on_path: goes_on,
                })?
                .is_none()
            {
                return Ok(());
            }
            number = number.saturating_add(1);
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
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
    fn reads_what_is_further_down() {
        let at =
            |body: &'static str| json_texts(body.as_bytes(), ["/action/type", "/action/id", "/model/id"]);
        let body =
            r#"{"id":0,"action":{"id":"a","x":{"type":"deeper"},"type":"t"},"model":{"id":"m"},"type":1}"#;
        assert_eq!(at(body), Ok([Some("t".into()), Some("a".into()), Some("m".into())]));
        assert_eq!(at(r#"{"action":"t","model":[{"id":"m"}]}"#), Ok([None, None, None]));
        assert_eq!(at(r#"{"action":{"type":{"type":"t"},"id":null}}"#), Ok([None, None, None]));
        let [top, whole] = json_texts(br#"{"a":{"b":"c"},"d":"e"}"#, ["/d", "a"]).unwrap_or_default();
        assert_eq!((top.as_deref(), whole), (Some("e"), None));
        for body in [
            r#"{"action":{"id":"a"},"action":{"id":"b"}}"#,
            r#"{"action":{"id":"a","id":"b"}}"#,
            r#"{"action":1,"model":{},"action":{}}"#,
        ] {
            assert!(matches!(at(body), Err(Refusal::MalformedBody(_))), "{body}");
        }
        assert!(at(r#"{"id":1,"id":2,"x":{"id":1,"id":2}}"#).is_ok(), "keys that decide nothing");
    }

    #[test]
    fn numbers_are_read_where_they_are_asked_for() {
        let at = |body: &'static str| json_text_or_number(body.as_bytes(), "/a/b");
        assert_eq!(at(r#"{"a":{"b":1760000000000}}"#), Ok(Some("1760000000000".into())));
        assert_eq!(at(r#"{"a":{"b":"2025-10-09T08:53:20Z"}}"#), Ok(Some("2025-10-09T08:53:20Z".into())));
        for body in [r#"{"a":{"b":-1}}"#, r#"{"a":{"b":1.0}}"#, r#"{"a":{"b":1e3}}"#, r#"{"a":1}"#, "1"] {
            assert_eq!(at(body), Ok(None), "{body}");
        }
        assert!(matches!(at(r#"{"a":{"b":1,"b":1}}"#), Err(Refusal::MalformedBody(_))));
    }

    #[test]
    fn reads_items_by_their_number() {
        let at = |body: &'static str| json_texts(body.as_bytes(), ["/0/type", "/1/data/id", "/x/0"]);
        assert_eq!(
            at(r#"[{"type":"t","data":{"id":"no"}},{"type":"no","data":{"id":"i"}},{"type":"no"}]"#),
            Ok([Some("t".into()), Some("i".into()), None])
        );
        assert_eq!(at(r#"{"0":{"type":"t"},"x":["a","b"]}"#), Ok([Some("t".into()), None, Some("a".into())]));
        assert_eq!(at(r#"[["t"],[],[[]]]"#), Ok([None, None, None]));
        assert!(matches!(at(r#"[{"type":"t","type":"u"}]"#), Err(Refusal::MalformedBody(_))));
        assert!(at(r#"[{},{"type":1,"type":2}]"#).is_ok(), "keys that decide nothing");
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
