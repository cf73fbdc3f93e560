//! Texts that are short, most of the time.
use smallvec::SmallVec;
use std::{fmt, ops::Deref, str};

/// A text that is allocated only if it is longer than a UUID: event types, ids, names.
#[derive(Clone)]
pub(crate) struct ShortText {
    utf8: SmallVec<[u8; 36]>,
}

impl From<&str> for ShortText {
    fn from(text: &str) -> Self {
        Self { utf8: SmallVec::from_slice(text.as_bytes()) }
    }
}

impl Deref for ShortText {
    type Target = str;

    fn deref(&self) -> &str {
        // It was a `str`, so that this cannot fail; and at this length it costs less than an allocation would.
        str::from_utf8(&self.utf8).unwrap_or_default()
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
