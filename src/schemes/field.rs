//! Where in a header a value stands.
use crate::scheme::{Head, Refusal};
use http::HeaderName;
use smallvec::SmallVec;
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
/// // Sentry-Hook-Signature: 0fa0.., or Sentry-App-Signature: 0fa0..
/// let sentry = Field::header(HeaderName::from_static("sentry-hook-signature"))
///     .or_header(HeaderName::from_static("sentry-app-signature"));
/// # let _ = (github, stripe, sentry);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Field {
    header: HeaderName,
    others: Vec<HeaderName>,
    separator: Option<char>,
    prefix: Cow<'static, str>,
}

impl Field {
    /// The whole value of a header that occurs once.
    pub fn header(name: HeaderName) -> Self {
        Self { header: name, others: Vec::new(), separator: None, prefix: Cow::Borrowed("") }
    }

    /// Another header that may be there in its place, or beside it: a provider's newer name, a second key's signature, a
    /// number that counts up. One of them must be there, and each that is has a value. What signs writes the first.
    pub fn or_header(mut self, name: HeaderName) -> Self {
        self.others.push(name);
        self
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

    /// How many headers it may stand in.
    pub(crate) fn headers(&self) -> usize {
        self.others.len().saturating_add(1)
    }

    pub(crate) fn separator(&self) -> Option<char> {
        self.separator
    }

    /// The value as it is written behind its prefix.
    pub(crate) fn write(&self, value: &str) -> String {
        format!("{}{value}", self.prefix)
    }

    /// The values: at least one, unless the header is a list. Its items are read without the spaces around them.
    pub(crate) fn values<'a>(
        &'a self,
        head: &Head<'a>,
    ) -> Result<impl Iterator<Item = &'a str> + use<'a>, Refusal> {
        let mut lines: SmallVec<[&str; 1]> = SmallVec::new();
        for name in iter::once(&self.header).chain(&self.others) {
            let Some(line) = head.optional(name)? else { continue };
            // A prefix that is missing is only tolerable where other items may have it.
            if self.separator.is_none() && !line.starts_with(&*self.prefix) {
                return Err(Refusal::MalformedHeader(name.clone()));
            }
            lines.push(line);
        }
        if lines.is_empty() {
            return Err(Refusal::MissingHeader(self.header.clone()));
        }
        let (mut lines, mut behind) = (lines.into_iter(), None);
        Ok(iter::from_fn(move || {
            loop {
                let line = behind.take().or_else(|| lines.next())?;
                let item = match self.separator {
                    Some(separator) => match line.split_once(separator) {
                        Some((item, rest)) => {
                            behind = Some(rest);
                            item.trim_matches(' ')
                        }
                        None => line.trim_matches(' '),
                    },
                    None => line,
                };
                if let Some(value) = item.strip_prefix(&*self.prefix) {
                    return Some(value);
                }
            }
        }))
    }

    /// The value, of which there is one.
    pub(crate) fn one<'a>(&'a self, head: &Head<'a>) -> Result<&'a str, Refusal> {
        let malformed = || Refusal::MalformedHeader(self.header.clone());
        let mut values = self.values(head)?;
        let value = values.next().ok_or_else(malformed)?;
        if values.next().is_some() { Err(malformed()) } else { Ok(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Request, request::Parts};

    const ONE: HeaderName = HeaderName::from_static("x-one");
    const TWO: HeaderName = HeaderName::from_static("x-two");

    fn parts(headers: &[(HeaderName, &str)]) -> Option<Parts> {
        let request =
            headers.iter().fold(Request::get("/"), |request, (name, value)| request.header(name, *value));
        request.body(()).ok().map(|request| request.into_parts().0)
    }

    fn values(field: &Field, headers: &[(HeaderName, &str)]) -> Option<Result<Vec<String>, Refusal>> {
        let parts = parts(headers)?;
        let head = Head::new(&parts, None);
        Some(field.values(&head).map(|values| values.map(str::to_owned).collect()))
    }

    #[test]
    fn one_of_several_headers() {
        let field = Field::header(ONE).or_header(TWO).prefix("v=");
        let is = |headers: &[_], expected: &[&str]| {
            let expected = expected.iter().map(|value| (*value).to_owned()).collect();
            assert_eq!(values(&field, headers), Some(Ok(expected)));
        };
        is(&[(ONE, "v=a")], &["a"]);
        is(&[(TWO, "v=b")], &["b"]);
        is(&[(TWO, "v=b"), (ONE, "v=a")], &["a", "b"]);
        for (headers, refusal) in [
            (&[][..], Refusal::MissingHeader(ONE)),
            (&[(ONE, "v=a"), (TWO, "b")], Refusal::MalformedHeader(TWO)),
            (&[(ONE, "v=a"), (TWO, "")], Refusal::MalformedHeader(TWO)),
            (&[(TWO, "v=a"), (TWO, "v=b")], Refusal::DuplicateHeader(TWO)),
        ] {
            assert_eq!(values(&field, headers), Some(Err(refusal)), "{headers:?}");
        }
        let list = field.list(',');
        assert_eq!(
            values(&list, &[(ONE, "v=a, w=b"), (TWO, "v=c")]),
            Some(Ok(vec!["a".to_owned(), "c".to_owned()]))
        );
    }
}
