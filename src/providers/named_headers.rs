//! Headers that the request itself names as signed.
use crate::scheme::{Head, Refusal};
use http::HeaderName;

/// The names in `list`, a text out of the header `of`, each with its value, in that order. They are in lower case, as they
/// are signed.
pub(super) fn named_headers<'a>(
    head: &Head<'a>,
    of: &HeaderName,
    list: &'a str,
    separator: char,
) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
    let mut named: Vec<(&str, &str)> = Vec::new();
    for name in list.split(separator) {
        let header = HeaderName::from_bytes(name.as_bytes()).ok().filter(|header| header.as_str() == name);
        // A long value that is named often would make a text of any length.
        let header = header.filter(|_| named.iter().all(|(other, _)| *other != name));
        let header = header.ok_or_else(|| Refusal::MalformedHeader(of.clone()))?;
        named.push((name, head.one(&header)?));
    }
    Ok(named)
}
