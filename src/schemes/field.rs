//! Where in a header a value stands.
use crate::scheme::{Head, Refusal};
use http::HeaderName;
use std::{borrow::Cow, iter};

/// Where in a header a value stands: all of it, behind a prefix, or as the items of a list that have the prefix.
///
/// ```
/// use http::HeaderName;
/// use tower_webhook::schemes::Field;
///
/// // X-Hub-Signature-256: sha256=0fa0..
/// let github = Field::header(HeaderName::from_static("x-hub-signature-256")).prefix("sha256=");
/// // Stripe-Signature: t=1718000000,v1=0fa0..,v0=17e1..
/// let stripe = Field::header(HeaderName::from_static("stripe-signature")).list(',').prefix("v1=");
/// # let _ = (github, stripe);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Field {
    header: HeaderName,
    separator: Option<char>,
    prefix: Cow<'static, str>,
}

impl Field {
    /// The whole value of a header that occurs once.
    pub fn header(name: HeaderName) -> Self {
        Self { header: name, separator: None, prefix: Cow::Borrowed("") }
    }

    /// The header is a list. Items without the prefix are skipped: they are of a version or label of its own.
    pub fn list(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// What stands before the value.
    pub fn prefix(mut self, prefix: impl Into<Cow<'static, str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    pub(crate) fn name(&self) -> &HeaderName {
        &self.header
    }

    pub(crate) fn separator(&self) -> Option<char> {
        self.separator
    }

    /// The value as it is written behind its prefix.
    pub(crate) fn write(&self, value: &str) -> String {
        format!("{}{value}", self.prefix)
    }

    /// The values: at least one, unless the header is a list.
    pub(crate) fn values<'a>(
        &'a self,
        head: &Head<'a>,
    ) -> Result<impl Iterator<Item = &'a str> + use<'a>, Refusal> {
        let line = head.one(&self.header)?;
        // A prefix that is missing is only tolerable where other items may have it.
        if self.separator.is_none() && !line.starts_with(&*self.prefix) {
            return Err(Refusal::MalformedHeader(self.header.clone()));
        }
        Ok(items(line, self.separator).filter_map(|item| item.strip_prefix(&*self.prefix)))
    }

    /// The value, of which there is one.
    pub(crate) fn one<'a>(&'a self, head: &Head<'a>) -> Result<&'a str, Refusal> {
        let malformed = || Refusal::MalformedHeader(self.header.clone());
        let mut values = self.values(head)?;
        let value = values.next().ok_or_else(malformed)?;
        if values.next().is_some() { Err(malformed()) } else { Ok(value) }
    }
}

/// The items of a list, without the spaces around them; without a separator, the line as it is.
fn items(line: &str, separator: Option<char>) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    iter::from_fn(move || {
        let line = rest.take()?;
        let Some(separator) = separator else { return Some(line) };
        let item = match line.split_once(separator) {
            Some((item, behind)) => {
                rest = Some(behind);
                item
            }
            None => line,
        };
        Some(item.trim_matches(' '))
    })
}
