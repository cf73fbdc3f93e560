//! Where a delivery says what it is.
use crate::scheme::{Head, Proven, Refusal};
use http::HeaderName;
use std::borrow::Cow;

/// Where a delivery names its event, or its id.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Source {
    /// A header. It counts as signed only if it is part of the signed text.
    Header(HeaderName),
    /// A key at the top of the JSON body, which must not occur twice. It is signed if the body is.
    #[cfg(feature = "json")]
    Json(&'static str),
    /// The last segment of the path. It is not signed.
    LastSegment,
}

impl Source {
    /// The text that stands there, if any does.
    pub(crate) fn read<'a>(&self, proven: &Proven<'a>) -> Result<Option<Cow<'a, str>>, Refusal> {
        let head: &Head<'a> = proven.head();
        match self {
            Self::Header(name) => Ok(head.optional(name)?.map(Cow::Borrowed)),
            #[cfg(feature = "json")]
            Self::Json(key) => {
                let [text] = proven.json_texts([key])?;
                Ok(text)
            }
            Self::LastSegment => head.last_segment().map(Some),
        }
    }
}
