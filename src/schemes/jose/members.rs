//! The few members of a token's JSON that decide something: each of one type, and each there once.
use crate::{scheme::Refusal, time::Timestamp};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use smallvec::{SmallVec, smallvec};
use std::{borrow::Cow, fmt};

/// What a member must be, where it is there.
#[derive(Clone, Copy)]
pub(in crate::schemes) enum Want {
    Text,
    /// Several texts, or one alone.
    Texts,
    /// Seconds since the Unix epoch, as an integer.
    Time,
    Flag,
    /// It must not be there.
    Absent,
}

enum Member<'a> {
    Texts(SmallVec<[Cow<'a, str>; 1]>),
    Time(Timestamp),
    Flag(bool),
}

/// The wanted members of a JSON object.
pub(in crate::schemes) struct Members<'w, 'a> {
    wants: &'w [(&'w str, Want)],
    found: SmallVec<[Option<Member<'a>>; 12]>,
    has_wrong_time: bool,
}

/// Nobody needs more, and nobody is to make us keep more.
const MAX_TEXTS: usize = 32;

impl<'w, 'a> Members<'w, 'a> {
    /// Reads `json`, which is the token's `what`.
    pub(in crate::schemes) fn read(
        json: &'a [u8],
        what: &str,
        wants: &'w [(&'w str, Want)],
    ) -> Result<Self, Refusal> {
        let found = wants.iter().map(|_| None).collect();
        let mut members = Self { wants, found, has_wrong_time: false };
        // What is skipped would not be looked at otherwise, and RFC 7515 wants all of it in UTF-8.
        let json = std::str::from_utf8(json)
            .map_err(|error| Refusal::MalformedToken(format!("its {what}: {error}").into()))?;
        let mut deserializer = serde_json::Deserializer::from_str(json);
        match deserializer.deserialize_map(&mut members).and_then(|()| deserializer.end()) {
            Ok(()) => Ok(members),
            Err(_) if members.has_wrong_time => Err(Refusal::MalformedTimestamp),
            Err(error) => Err(Refusal::MalformedToken(format!("its {what}: {error}").into())),
        }
    }

    fn get(&self, name: &str) -> Option<&Member<'a>> {
        let position = self.wants.iter().position(|(wanted, _)| *wanted == name)?;
        self.found.get(position)?.as_ref()
    }

    /// The one text of that name.
    pub(in crate::schemes) fn text(&self, name: &str) -> Option<&str> {
        match self.texts(name)? {
            [text] => Some(text),
            _ => None,
        }
    }

    pub(in crate::schemes) fn texts(&self, name: &str) -> Option<&[Cow<'a, str>]> {
        match self.get(name)? {
            Member::Texts(texts) => Some(texts),
            Member::Time(_) | Member::Flag(_) => None,
        }
    }

    pub(in crate::schemes) fn time(&self, name: &str) -> Option<Timestamp> {
        match self.get(name)? {
            Member::Time(at) => Some(*at),
            Member::Texts(_) | Member::Flag(_) => None,
        }
    }

    pub(in crate::schemes) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            Member::Flag(flag) => Some(*flag),
            Member::Texts(_) | Member::Time(_) => None,
        }
    }
}

impl<'de> Visitor<'de> for &mut Members<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Text(name)) = map.next_key()? {
            let wanted = self.wants.iter().zip(&mut self.found).find(|((wanted, _), _)| *wanted == name);
            let Some(((name, want), found)) = wanted else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            if found.is_some() {
                return Err(A::Error::custom(format_args!("`{name}` occurs more than once")));
            }
            *found = Some(match want {
                Want::Text => Member::Texts(smallvec![map.next_value::<Text<'_>>()?.0]),
                Want::Texts => Member::Texts(map.next_value_seed(Texts)?),
                Want::Flag => Member::Flag(map.next_value()?),
                Want::Time => match map.next_value::<u64>().map(i64::try_from) {
                    Ok(Ok(seconds)) => Member::Time(Timestamp::from_unix(seconds)),
                    _ => {
                        self.has_wrong_time = true;
                        return Err(A::Error::custom(format_args!("`{name}` is no time")));
                    }
                },
                Want::Absent => {
                    return Err(A::Error::custom(format_args!(
                        "`{name}` demands what nobody here understands"
                    )));
                }
            });
        }
        Ok(())
    }
}

/// A text, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// A text, or a list of texts.
struct Texts;

impl<'de> DeserializeSeed<'de> for Texts {
    type Value = SmallVec<[Cow<'de, str>; 1]>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Texts {
    type Value = SmallVec<[Cow<'de, str>; 1]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(smallvec![Cow::Borrowed(text)])
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(smallvec![Cow::Owned(text.to_owned())])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts = SmallVec::new();
        while let Some(Text(text)) = seq.next_element()? {
            if texts.len() == MAX_TEXTS {
                return Err(A::Error::custom(format_args!("a list has more than {MAX_TEXTS} texts")));
            }
            texts.push(text);
        }
        Ok(texts)
    }
}
