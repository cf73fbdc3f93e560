//! One line, read.
use crate::{encoding::Encoding, time::Timestamp};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header::CONTENT_TYPE, request::Parts};
use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};

/// A delivery as it stands in its line. What is the same in many lines is not read before it is known to be new.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) id: &'a RawValue,
    #[serde(borrow)]
    pub(super) provider: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) keys: Option<&'a RawValue>,
    #[serde(borrow)]
    method: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) url: Cow<'a, str>,
    #[serde(borrow)]
    headers: Headers<'a>,
    #[serde(borrow)]
    body_base64: Cow<'a, str>,
    now: Now,
    #[serde(borrow, default)]
    pub(super) options: Option<&'a RawValue>,
}

/// How many headers a line may have, and how long what it says of its endpoint may be, in bytes: a line of 64 MiB is not to
/// become many times as much.
const MOST_HEADERS: usize = 1000;
const LONGEST_NAME: usize = 100;
const LONGEST_TEXT: usize = 1 << 20;

struct Headers<'a>(Vec<(Text<'a>, Text<'a>)>);

impl<'de: 'a, 'a> Deserialize<'de> for Headers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;

        impl<'de> Visitor<'de> for Pairs {
            type Value = Headers<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of pairs")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut pairs: A) -> Result<Headers<'de>, A::Error> {
                let mut headers = Vec::with_capacity(16);
                while let Some(pair) = pairs.next_element()? {
                    if headers.len() == MOST_HEADERS {
                        return Err(de::Error::custom("there are more than 1000 headers"));
                    }
                    headers.push(pair);
                }
                Ok(Headers(headers))
            }
        }

        deserializer.deserialize_seq(Pairs)
    }
}

/// In a list, serde copies texts unless it is told not to.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// What its `Content-Type` says that the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Content {
    Form,
    Json,
    Other,
}

/// What is wrong with a line. Nothing of its keys.
#[derive(Debug)]
pub(super) struct Malformed(pub(super) String);

/// A request as a server would see it.
pub(super) struct Received {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) now: Timestamp,
}

impl<'a> Line<'a> {
    pub(super) fn read(text: &'a [u8]) -> Result<Self, Malformed> {
        // For serde, a list of the members in their order would do as well.
        if text.trim_ascii_start().first() != Some(&b'{') {
            return Err(Malformed("it is no JSON object".to_owned()));
        }
        let line: Self = serde_json::from_slice(text).map_err(|error| {
            let message = error.to_string();
            // There is one line only, and its number is said already.
            let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
            Malformed(format!("{} (column {})", without_value(message), error.column()))
        })?;
        if line.provider.len() > LONGEST_NAME {
            return Err(Malformed(format!("`provider` is longer than {LONGEST_NAME} bytes")));
        }
        for (name, raw) in [("keys", line.keys), ("options", line.options)] {
            if raw.is_some_and(|raw| raw.get().len() > LONGEST_TEXT) {
                return Err(Malformed(format!("`{name}` is longer than 1 MiB")));
            }
        }
        match line.id.get().bytes().next() {
            Some(b'"' | b'-' | b'0'..=b'9') => Ok(line),
            _ => Err(Malformed("`id` is neither a text nor a number".to_owned())),
        }
    }

    pub(super) fn content(&self) -> Content {
        let types =
            self.headers.0.iter().find(|(Text(name), _)| name.eq_ignore_ascii_case(CONTENT_TYPE.as_str()));
        let Some((_, Text(value))) = types else { return Content::Other };
        let kind = value.split(';').next().unwrap_or_default().trim();
        if kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            Content::Form
        } else if kind.eq_ignore_ascii_case("application/json") {
            Content::Json
        } else {
            Content::Other
        }
    }

    pub(super) fn request(&self) -> Result<Received, Malformed> {
        let wrong = |what: &str| Malformed(format!("{what}: no server would get such a request"));
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method =
            Method::from_bytes(self.method.as_bytes()).map_err(|_| wrong("`method` is no method"))?;
        parts.uri = Uri::try_from(&*self.url).map_err(|_| wrong("`url` is no URL"))?;
        parts.headers = HeaderMap::with_capacity(self.headers.0.len());
        for (Text(name), Text(value)) in &self.headers.0 {
            let name = HeaderName::from_bytes(name.as_bytes())
                .map_err(|_| wrong("`headers` has a name that is none"))?;
            let value = HeaderValue::from_bytes(value.as_bytes())
                .map_err(|_| wrong("`headers` has a value that is none"))?;
            parts.headers.append(name, value);
        }
        let body = Encoding::Base64.decode(&self.body_base64);
        let body = body.ok_or(Malformed("`body_base64` is not base64 with its padding".to_owned()))?;
        Ok(Received { parts, body: body.into(), now: self.now.0 })
    }
}

/// A message of serde's without the text that it found: a header's may be a token.
fn without_value(message: &str) -> Cow<'_, str> {
    match (message.split_once(": string \""), message.rsplit_once(", expected ")) {
        (Some((what, _)), Some((_, expected))) => Cow::Owned(format!("{what}: string, expected {expected}")),
        _ => Cow::Borrowed(message),
    }
}

struct Now(Timestamp);

impl<'de> Deserialize<'de> for Now {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Seconds;

        impl Visitor<'_> for Seconds {
            type Value = Now;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`now` in seconds")
            }

            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Now, E> {
                Ok(Now(Timestamp::from_unix(seconds)))
            }

            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Now, E> {
                Ok(Now(Timestamp::from_unix(i64::try_from(seconds).unwrap_or(i64::MAX))))
            }

            fn visit_f64<E: de::Error>(self, seconds: f64) -> Result<Now, E> {
                // Beyond what a moment can be, it becomes the last one.
                Ok(Now(Timestamp::from_unix_millis((seconds * 1000.0).round() as i64)))
            }
        }

        deserializer.deserialize_any(Seconds)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id": "a", "provider": "stripe", "keys": ["k"], "method": "POST", "url": "https://a.com/x",
        "headers": [["Content-Type", "application/json; charset=utf-8"], ["a", "1"], ["A", "2"]],
        "body_base64": "e30=", "now": 1.5}"#;

    #[test]
    fn a_request() {
        let line = Line::read(LINE.as_bytes()).unwrap();
        assert_eq!(line.content(), Content::Json);
        let Received { parts, body, now } = line.request().unwrap();
        assert_eq!(parts.uri, "https://a.com/x");
        assert_eq!(parts.headers.get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(body, "{}");
        assert_eq!(now, Timestamp::from_unix_millis(1500));
        assert!(matches!(line.provider, Cow::Borrowed(_)), "nothing is copied that need not be");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let message = |from: &str, to: &str| {
            let text = LINE.replace(from, to);
            Line::read(text.as_bytes()).and_then(|line| line.request()).err().unwrap().0
        };
        for (from, to, expected) in [
            (r#""id": "a", "#, "", "missing field `id` (column"),
            (r#""id": "a","#, r#""id": [],"#, "`id` is neither a text nor a number"),
            (r#""now": 1.5"#, r#""now": "1.5""#, "expected `now` in seconds"),
            (r#"["a", "1"]"#, r#""a: 1""#, "invalid type: string, expected a tuple of size 2 (column"),
            ("POST", "PO ST", "`method` is no method"),
            ("https://a.com/x", "https://a.com/ x", "`url` is no URL"),
            ("Content-Type", "Content Type", "`headers` has a name that is none"),
            (r#""1""#, r#""\n""#, "`headers` has a value that is none"),
            (r#""a", "1""#, r#""a", "1", "2""#, "trailing characters"),
            ("e30=", "e30", "`body_base64` is not base64 with its padding"),
            (r#""id""#, r#""now": 1, "id""#, "duplicate field `now`"),
        ] {
            let message = message(from, to);
            assert!(message.contains(expected), "{to}: {message}");
        }
    }
}
