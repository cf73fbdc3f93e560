//! Components that are derived from the request's URL.
//!
//! With a public URL, scheme, authority and path are the configured ones, and `Host` is not asked: what was signed for
//! another receiver does not hold here. Without one, the authority is what the sender wrote into `Host`.
use super::component::encode_for_query;
use crate::scheme::{Head, Refusal};
use http::{Uri, header::HOST};
use std::borrow::Cow;

/// The request's URL, in parts.
pub(super) struct Target<'a> {
    /// Scheme and authority, if they are configured.
    origin: Option<(&'a str, &'a str)>,
    path: &'a str,
    query: Option<&'a str>,
    received: &'a Uri,
}

impl<'a> Target<'a> {
    pub(super) fn of(head: &Head<'a>) -> Result<Self, Refusal> {
        let received = head.uri();
        let (origin, path, query) = match head.public_url() {
            Ok(url) => {
                // A text that is no URL is for the operator to mend.
                let (scheme, authority, path, query) = split(url).ok_or(Refusal::NoPublicUrl)?;
                (Some((scheme, authority)), path, query)
            }
            Err(_) => (None, received.path(), received.query()),
        };
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { origin, path, query, received })
    }

    pub(super) fn write_target_uri(&self, out: &mut String) -> Result<(), Refusal> {
        let (scheme, authority) = self.configured_origin()?;
        out.extend(lower_case(scheme));
        out.push_str("://");
        write_normalized(Some(scheme), authority, out);
        self.write_request_target(out)
    }

    pub(super) fn write_scheme(&self, out: &mut String) -> Result<(), Refusal> {
        let (scheme, _) = self.configured_origin()?;
        out.extend(lower_case(scheme));
        Ok(())
    }

    pub(super) fn write_authority(&self, head: &Head<'_>, out: &mut String) -> Result<(), Refusal> {
        match self.origin {
            Some((scheme, authority)) => write_normalized(Some(scheme), authority, out),
            None => write_normalized(self.received.scheme_str(), received_authority(head)?, out),
        }
        Ok(())
    }

    pub(super) fn write_request_target(&self, out: &mut String) -> Result<(), Refusal> {
        out.push_str(self.path);
        if let Some(query) = self.query()? {
            out.push('?');
            out.push_str(query);
        }
        Ok(())
    }

    pub(super) fn write_path(&self, out: &mut String) {
        out.push_str(self.path);
    }

    pub(super) fn write_query(&self, out: &mut String) -> Result<(), Refusal> {
        out.push('?');
        out.push_str(self.query()?.unwrap_or_default());
        Ok(())
    }

    /// The one value of a parameter, which is named by its decoded name.
    pub(super) fn write_query_param(&self, name: &str, out: &mut String) -> Result<(), Refusal> {
        let wrong = |what: &'static str| Refusal::MalformedTarget(what.into());
        let query = self.query()?.unwrap_or_default();
        let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(other, _)| other == name);
        let (_, value): (_, Cow<'_, str>) =
            values.next().ok_or_else(|| wrong("a covered query parameter is missing"))?;
        if values.next().is_some() {
            return Err(wrong("a covered query parameter occurs twice"));
        }
        // Bytes that are not UTF-8 all decode to this, and could be exchanged for others.
        if value.contains(char::REPLACEMENT_CHARACTER) || name.contains(char::REPLACEMENT_CHARACTER) {
            return Err(wrong("a covered query parameter is not UTF-8"));
        }
        out.extend(encode_for_query(&value));
        Ok(())
    }

    /// What the sender says of the scheme proves nothing, and HTTP/1.1 does not even say it.
    fn configured_origin(&self) -> Result<(&'a str, &'a str), Refusal> {
        self.origin.ok_or(Refusal::NoPublicUrl)
    }

    fn query(&self) -> Result<Option<&'a str>, Refusal> {
        // Else a sender could put another query under a signature of the configured one.
        if self.query.unwrap_or_default() != self.received.query().unwrap_or_default() {
            return Err(Refusal::MalformedTarget("the query is not the public URL's".into()));
        }
        Ok(self.query)
    }
}

/// Scheme, authority, path and query of a URL.
fn split(url: &str) -> Option<(&str, &str, &str, Option<&str>)> {
    let url = url.split_once('#').map_or(url, |(url, _)| url);
    let (scheme, rest) = url.split_once("://")?;
    let authority_ends = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at_checked(authority_ends)?;
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    is_authority(authority).then_some((scheme, authority, path, query))
}

/// The authority that the sender wrote: in the target (HTTP/2, or the absolute form), in `Host`, or in both.
fn received_authority<'a>(head: &Head<'a>) -> Result<&'a str, Refusal> {
    let in_target = head.uri().authority().map(http::uri::Authority::as_str);
    let authority = match (in_target, head.optional(&HOST)?) {
        (None, None) => return Err(Refusal::MissingHeader(HOST)),
        (Some(authority), None) | (None, Some(authority)) => authority,
        (Some(authority), Some(host)) if authority.eq_ignore_ascii_case(host) => authority,
        (Some(_), Some(_)) => {
            return Err(Refusal::MalformedTarget("`Host` is not the target's authority".into()));
        }
    };
    if is_authority(authority) {
        Ok(authority)
    } else {
        Err(Refusal::MalformedTarget("there is a user's name in the authority".into()))
    }
}

/// A host, with nobody's name in it.
fn is_authority(text: &str) -> bool {
    !text.is_empty() && !text.contains('@')
}

/// In lower case, without the scheme's own port.
fn write_normalized(scheme: Option<&str>, authority: &str, out: &mut String) {
    let default_port = match scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => ":443",
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => ":80",
        _ => ":",
    };
    let authority = authority.strip_suffix(default_port).unwrap_or(authority);
    out.extend(lower_case(authority.strip_suffix(':').unwrap_or(authority)));
}

fn lower_case(text: &str) -> impl Iterator<Item = char> {
    text.chars().map(|letter| letter.to_ascii_lowercase())
}
