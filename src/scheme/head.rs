//! What a scheme sees of a request before its body.
use super::Refusal;
use http::{HeaderMap, HeaderName, Method, Uri, request::Parts};
use std::{borrow::Cow, fmt};

/// A request's head, with accessors that refuse what is missing, doubled or garbled.
///
/// `Debug` shows the method and the names of the headers: their values, the path and the query may hold a token.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    parts: &'a Parts,
    public_url: Option<&'a str>,
}

impl<'a> Head<'a> {
    pub(crate) fn new(parts: &'a Parts, public_url: Option<&'a str>) -> Self {
        Self { parts, public_url }
    }

    /// The method.
    #[must_use]
    pub fn method(&self) -> &'a Method {
        &self.parts.method
    }

    /// The target, as this layer sees it: `Router::nest` has removed its prefix.
    #[must_use]
    pub fn uri(&self) -> &'a Uri {
        &self.parts.uri
    }

    /// All headers.
    #[must_use]
    pub fn headers(&self) -> &'a HeaderMap {
        &self.parts.headers
    }

    /// The one value of a header that every delivery carries.
    ///
    /// # Errors
    /// If it is missing, occurs twice, is empty or not visible ASCII.
    pub fn one(&self, name: &HeaderName) -> Result<&'a str, Refusal> {
        self.optional(name)?.ok_or_else(|| Refusal::MissingHeader(name.clone()))
    }

    /// The one value of a header that not every delivery carries.
    ///
    /// # Errors
    /// If it occurs twice, is empty or not visible ASCII.
    pub fn optional(&self, name: &HeaderName) -> Result<Option<&'a str>, Refusal> {
        let headers = &self.parts.headers;
        let Some(value) = headers.get(name) else { return Ok(None) };
        // Most of the time there is not one name that occurs twice, which costs less to see.
        if headers.len() > headers.keys_len() && headers.get_all(name).iter().nth(1).is_some() {
            return Err(Refusal::DuplicateHeader(name.clone()));
        }
        match value.to_str() {
            Ok(text) if !text.is_empty() => Ok(Some(text)),
            _ => Err(Refusal::MalformedHeader(name.clone())),
        }
    }

    /// The path's last segment, percent-decoded. It is the same behind `Router::nest`.
    ///
    /// # Errors
    /// If it is empty or does not decode to UTF-8.
    pub fn last_segment(&self) -> Result<Cow<'a, str>, Refusal> {
        decoded_segment(self.parts.uri.path().rsplit('/').next(), "last segment")
    }

    /// The path's segment by its number, percent-decoded: of `/hooks/acme`, number 0 is `hooks`. `Router::nest` removes
    /// its prefix, and the numbers shift.
    ///
    /// # Errors
    /// If it is missing, empty or does not decode to UTF-8.
    pub fn segment(&self, number: usize) -> Result<Cow<'a, str>, Refusal> {
        decoded_segment(
            self.parts.uri.path().split('/').skip(1).nth(number),
            format_args!("segment {number}"),
        )
    }

    /// The one value of a query parameter, decoded.
    ///
    /// # Errors
    /// If it is missing, empty, or occurs twice.
    pub fn query(&self, name: &str) -> Result<Cow<'a, str>, Refusal> {
        self.optional_query(name)?.ok_or_else(|| wrong_parameter(name, "is missing"))
    }

    /// The one value of a query parameter that not every request carries, decoded.
    ///
    /// # Errors
    /// If it is empty, or occurs twice.
    pub fn optional_query(&self, name: &str) -> Result<Option<Cow<'a, str>>, Refusal> {
        let query = self.parts.uri.query().unwrap_or_default();
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
        let Some((_, value)) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(wrong_parameter(name, "occurs twice"));
        }
        if value.is_empty() {
            return Err(wrong_parameter(name, "is empty"));
        }
        Ok(Some(value))
    }

    /// The URL as the sender sees it. It is configuration: forwarded headers are not believed.
    ///
    /// # Errors
    /// If none is configured.
    pub fn public_url(&self) -> Result<&'a str, Refusal> {
        self.public_url.ok_or(Refusal::NoPublicUrl)
    }

    /// The path and the query of [`public_url`](Self::public_url), as they are written there.
    ///
    /// # Errors
    /// If none is configured.
    pub fn public_target(&self) -> Result<&'a str, Refusal> {
        let url = self.public_url()?;
        let (_, behind_scheme) = url.split_once("://").unwrap_or(("", url));
        let target = behind_scheme.find('/').and_then(|path| behind_scheme.get(path..));
        Ok(target.unwrap_or("/"))
    }
}

impl fmt::Debug for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.parts.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Head")
            .field("method", &self.parts.method)
            .field("header_names", &names)
            .finish_non_exhaustive()
    }
}

fn wrong_parameter(name: &str, what: &str) -> Refusal {
    Refusal::MalformedTarget(format!("the query's `{name}` {what}").into())
}

fn decoded_segment<'a>(segment: Option<&'a str>, which: impl fmt::Display) -> Result<Cow<'a, str>, Refusal> {
    let wrong = |what: &str| Refusal::MalformedTarget(format!("the path's {which} {what}").into());
    let segment = segment.filter(|segment| !segment.is_empty()).ok_or_else(|| wrong("is empty"))?;
    percent_encoding::percent_decode_str(segment).decode_utf8().map_err(|_| wrong("is not UTF-8"))
}
