//! The URL under which a sender reaches an endpoint, for schemes that sign it.
//!
//! A server behind a proxy, or behind `Router::nest`, cannot know it, and what a proxy says of it in forwarded headers
//! anybody can say. So it is configuration:
//!
//! ```
//! use tower_webhook::PublicUrl;
//!
//! // The URL as it stands in the provider's dashboard ..
//! let exact = PublicUrl::exact("https://example.com/hooks/acme?tenant=1");
//! // .. or what comes before the path that this layer sees, query and all.
//! let base = PublicUrl::base("https://example.com/hooks");
//! # let _ = (exact, base);
//! ```
use http::{Request, Uri};
use std::borrow::Cow;

/// The URL under which a sender reaches an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Exact(Box<str>),
    Base(Box<str>),
}

impl PublicUrl {
    /// The whole URL, as it stands in the provider's dashboard: each request is taken to be for it.
    #[must_use]
    pub fn exact(url: impl Into<Box<str>>) -> Self {
        Self { kind: Kind::Exact(url.into()) }
    }

    /// What comes before the request's path and query: `https://example.com`, and behind `Router::nest` its prefix too.
    #[must_use]
    pub fn base(url: impl Into<String>) -> Self {
        let mut url = url.into();
        url.truncate(url.trim_end_matches('/').len());
        Self { kind: Kind::Base(url.into()) }
    }

    /// The URL of a request.
    pub(crate) fn of(&self, uri: &Uri) -> Cow<'_, str> {
        match &self.kind {
            Kind::Exact(url) => Cow::Borrowed(url),
            Kind::Base(base) => {
                let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
                Cow::Owned(format!("{base}{target}"))
            }
        }
    }
}

/// A URL up to its query, and that, which is empty if there is none. A fragment is no part of either.
pub(crate) fn split_query(url: &str) -> (&str, &str) {
    let (url, _) = url.split_once('#').unwrap_or((url, ""));
    url.split_once('?').unwrap_or((url, ""))
}

/// Gives a request another path and query; `None` if they are no such.
pub(crate) fn set_target<B>(request: &mut Request<B>, target: String) -> Option<()> {
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(target.try_into().ok()?);
    *request.uri_mut() = Uri::from_parts(parts).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_as_the_sender_sees_it() {
        let uri = Uri::from_static("http://internal:3000/acme?a=1&b=%20");
        assert_eq!(PublicUrl::exact("https://example.com/x").of(&uri), "https://example.com/x");
        assert_eq!(
            PublicUrl::base("https://example.com/hooks/").of(&uri),
            "https://example.com/hooks/acme?a=1&b=%20"
        );
        assert_eq!(PublicUrl::base("https://example.com").of(&Uri::from_static("/")), "https://example.com/");
    }

    #[test]
    fn a_url_up_to_its_query() {
        for (url, split) in [
            ("https://a.com", ("https://a.com", "")),
            ("https://a.com/x?", ("https://a.com/x", "")),
            ("https://a.com/x?a=1?b", ("https://a.com/x", "a=1?b")),
            ("https://a.com/x?a=1#b?c", ("https://a.com/x", "a=1")),
            ("https://a.com/x#b?c", ("https://a.com/x", "")),
        ] {
            assert_eq!(split_query(url), split, "{url}");
        }
    }
}
