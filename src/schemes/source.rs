//! Where a delivery says what it is.
use crate::scheme::{Head, Refusal};
use http::HeaderName;
#[cfg(feature = "json")]
use smallvec::SmallVec;
use std::borrow::Cow;

/// So many paths are looked for in one pass over the body.
#[cfg(feature = "json")]
const AT_ONCE: usize = 4;

/// Where a delivery names its event, its id, or its tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A header. It counts as signed only if it is part of the signed text.
    Header(HeaderName),
    /// A key at the top of the JSON body, or keys from its top down, as `/action/type`; each must not occur twice. It is
    /// signed if the body is.
    #[cfg(feature = "json")]
    Json(&'static str),
    /// A query parameter, decoded; it must not occur twice. It is not signed.
    Query(&'static str),
    /// The last segment of the path. It is not signed.
    LastSegment,
    /// A segment of the path by its number: of `/hooks/acme`, number 0 is `hooks`. It is not signed. `Router::nest`
    /// removes its prefix, and the numbers shift: count what is left.
    Segment(usize),
    /// The first of these where something stands. It counts as signed if all of them are.
    FirstOf(Vec<Self>),
}

impl Source {
    /// Whether it is known only once the body is.
    pub(crate) fn is_in_body(&self) -> bool {
        match self {
            #[cfg(feature = "json")]
            Self::Json(_) => true,
            Self::Header(_) | Self::Query(_) | Self::LastSegment | Self::Segment(_) => false,
            Self::FirstOf(sources) => sources.iter().any(Self::is_in_body),
        }
    }

    /// Whether it holds of each place where the text may come from.
    pub(crate) fn all(&self, holds: impl Fn(&Self) -> bool + Copy) -> bool {
        match self {
            Self::FirstOf(sources) => sources.iter().all(|source| source.all(holds)),
            source => holds(source),
        }
    }

    /// The text that stands there, if any does. The body may be empty where it is not [in it](Self::is_in_body).
    pub(crate) fn read<'a>(&self, head: &Head<'a>, body: &'a [u8]) -> Result<Option<Cow<'a, str>>, Refusal> {
        #[cfg(not(feature = "json"))]
        let _ = body;
        match self {
            Self::Header(name) => Ok(head.optional(name)?.map(Cow::Borrowed)),
            #[cfg(feature = "json")]
            Self::Json(key) => {
                let [text] = crate::event::json_texts(body, [key])?;
                Ok(text)
            }
            Self::Query(name) => head.optional_query(name),
            Self::LastSegment => head.last_segment().map(Some),
            Self::Segment(number) => head.segment(*number).map(Some),
            Self::FirstOf(sources) => {
                let mut read = sources.iter().map(|source| source.read(head, body));
                read.find(|text| !matches!(text, Ok(None))).unwrap_or(Ok(None))
            }
        }
    }

    /// The texts that stand at two places, of which there may be none. The body is read once, if they are in it.
    pub(crate) fn read_both<'a>(
        sources: [Option<&Self>; 2],
        head: &Head<'a>,
        body: &'a [u8],
    ) -> Result<[Option<Cow<'a, str>>; 2], Refusal> {
        #[cfg(feature = "json")]
        if let [Some(Self::Json(one)), Some(Self::Json(other))] = sources {
            return crate::event::json_texts(body, [one, other]);
        }
        #[cfg(feature = "json")]
        if let [Some(one), Some(other)] = sources
            && let (Some(one), Some(other)) = (one.json_paths(), other.json_paths())
            && let [first, ..] = *one
            && one.len().saturating_add(other.len()) <= AT_ONCE
        {
            // Whatever is left over looks for the first one too.
            let mut paths = [first; AT_ONCE];
            paths.iter_mut().zip(one.iter().chain(&other)).for_each(|(place, path)| *place = path);
            let mut found = crate::event::json_texts(body, paths)?.into_iter();
            let mut first_of = |count| found.by_ref().take(count).fold(None, Option::or);
            return Ok([first_of(one.len()), first_of(other.len())]);
        }
        let read = |source: Option<&Self>| source.map_or(Ok(None), |source| source.read(head, body));
        let [one, other] = sources;
        Ok([read(one)?, read(other)?])
    }

    /// The paths to it in the JSON body, if it stands nowhere else.
    #[cfg(feature = "json")]
    fn json_paths(&self) -> Option<SmallVec<[&'static str; AT_ONCE]>> {
        let path = |source: &Self| if let Self::Json(path) = source { Some(*path) } else { None };
        match self {
            Self::FirstOf(sources) => sources.iter().map(path).collect(),
            source => path(source).map(|path| SmallVec::from_slice(&[path])),
        }
    }

    /// The text that stands there, of a delivery that cannot do without it.
    pub(crate) fn demand<'a>(&self, head: &Head<'a>, body: &'a [u8]) -> Result<Cow<'a, str>, Refusal> {
        let text = self.read(head, body)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| match self {
            Self::Header(name) => Refusal::MissingHeader(name.clone()),
            _ => self.wrong("is missing, empty, or no text"),
        })
    }

    /// What stands there is wrong: the refusal that says so.
    pub(crate) fn wrong(&self, what: &str) -> Refusal {
        match self {
            Self::Header(name) => Refusal::MalformedHeader(name.clone()),
            #[cfg(feature = "json")]
            Self::Json(key) => Refusal::MalformedBody(format!("the key `{key}` {what}").into()),
            Self::Query(name) => Refusal::MalformedTarget(format!("the query's `{name}` {what}").into()),
            Self::LastSegment | Self::Segment(_) => {
                Refusal::MalformedTarget(format!("a segment {what}").into())
            }
            Self::FirstOf(sources) => match sources.last() {
                Some(source) => source.wrong(what),
                None => Refusal::MalformedTarget("it is looked for nowhere".into()),
            },
        }
    }
}

#[cfg(all(test, feature = "json"))]
mod tests {
    use super::*;
    use http::Request;

    fn both<'a>(event: &Source, id: &Source, body: &'a str) -> Result<[Option<Cow<'a, str>>; 2], Refusal> {
        let (parts, ()) = Request::default().into_parts();
        // It lives no longer than this, and nothing that is read stands in it.
        let found = Source::read_both([Some(event), Some(id)], &Head::new(&parts, None), body.as_bytes())?;
        Ok(found.map(|text| text.map(|text| Cow::Owned(text.into_owned()))))
    }

    #[test]
    fn the_first_of_several_places_in_the_body() {
        let event = Source::FirstOf(vec![Source::Json("/event/type"), Source::Json("type")]);
        let id = Source::Json("id");
        let is = |body: &str, event_is: Option<&str>, id_is: Option<&str>| {
            let found = both(&event, &id, body).map(|found| found.map(|text| text.map(Cow::into_owned)));
            assert_eq!(found, Ok([event_is, id_is].map(|text| text.map(str::to_owned))), "{body}");
            // As if each were read by itself.
            let other = Source::FirstOf(vec![Source::Query("nowhere"), id.clone()]);
            assert_eq!(both(&event, &other, body), both(&event, &id, body), "{body}");
        };
        is(r#"{"type":"outer","id":"i","event":{"type":"inner"}}"#, Some("inner"), Some("i"));
        is(r#"{"type":"outer","event":{"id":"deeper"}}"#, Some("outer"), None);
        is(r#"{"event":{"type":null},"id":"i"}"#, None, Some("i"));
        is("not JSON", None, None);
        let twice = both(&event, &id, r#"{"event":{"type":"inner"},"type":"one","type":"other"}"#);
        assert!(matches!(twice, Err(Refusal::MalformedBody(_))), "also where another place comes first");
    }

    #[test]
    fn nowhere_is_a_place_too() {
        let nowhere = Source::FirstOf(Vec::new());
        assert_eq!(both(&nowhere, &Source::Json("id"), r#"{"id":"i"}"#), Ok([None, Some("i".into())]));
    }
}
