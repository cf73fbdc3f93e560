//! The path and the query changed.
use super::{
    Group,
    bytes_of::{neighbour, without_last},
    kinds::Change,
    suite::{Accepted, Suite},
};
use crate::scheme::Scheme;
use http::Uri;

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// Refused if the URL is signed, or if it carries the signature, a token, a tenant. If not, the delivery still is the
    /// sample.
    pub(super) fn target(&mut self) {
        let uri = &self.good.parts.uri;
        let (path, query) = (uri.path().to_owned(), uri.query().map(str::to_owned));
        let mut targets = Vec::new();
        let with_query = |path: &str| match &query {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        for (what, path) in paths(&path) {
            targets.push((what, with_query(&path)));
        }
        match &query {
            None => targets.push(("a query added".to_owned(), format!("{path}?conformance=1"))),
            Some(query) => {
                targets.push(("the query dropped".to_owned(), path.clone()));
                for (what, query) in queries(query) {
                    targets.push((what, format!("{path}?{query}")));
                }
            }
        }
        for (what, target) in targets {
            let mut uri = self.good.parts.uri.clone().into_parts();
            let Ok(target) = target.try_into() else { continue };
            uri.path_and_query = Some(target);
            let Ok(uri) = Uri::from_parts(uri) else { continue };
            if uri == self.good.parts.uri {
                continue;
            }
            let mut parts = self.good.parts.clone();
            parts.uri = uri;
            let attempt = self.good.with_parts(parts);
            self.attempt(Group::Target, Change::Target, Accepted::Unmoved, what, &attempt);
        }
    }
}

fn paths(path: &str) -> Vec<(String, String)> {
    let mut all = vec![
        ("the path with a segment more".to_owned(), format!("{}/conformance", path.trim_end_matches('/'))),
        ("the path without its last segment".to_owned(), {
            let end = path.trim_end_matches('/').rfind('/').unwrap_or_default();
            path.get(..=end).unwrap_or("/").to_owned()
        }),
        ("the path `/`".to_owned(), "/".to_owned()),
    ];
    if let Some(other) = with_last_changed(path) {
        all.push(("the last character of the path changed".to_owned(), other));
    }
    all
}

fn queries(query: &str) -> Vec<(String, String)> {
    let pairs: Vec<&str> = query.split('&').collect();
    let mut all = vec![
        ("a parameter added".to_owned(), format!("{query}&conformance=1")),
        ("the query's parameters in reverse".to_owned(), {
            pairs.iter().rev().copied().collect::<Vec<_>>().join("&")
        }),
    ];
    for (position, pair) in pairs.iter().enumerate() {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let mut add = |what: &str, instead: &[String]| {
            let mut pairs: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
            pairs.splice(position..=position, instead.iter().cloned());
            all.push((format!("`{name}` {what}"), pairs.join("&")));
        };
        let one = |value: &str| [format!("{name}={value}")];
        let pair = (*pair).to_owned();
        add("dropped", &[]);
        add("twice", &[pair.clone(), pair.clone()]);
        add("with a second value", &[pair.clone(), format!("{name}=0")]);
        add("behind another value", &[format!("{name}=0"), pair]);
        add("emptied", &one(""));
        add("without its last character", &one(&String::from_utf8_lossy(without_last(value.as_bytes(), 1))));
        add("with `0` behind it", &one(&format!("{value}0")));
        add("in upper case", &one(&value.to_ascii_uppercase()));
        if let Some(other) = with_last_changed(value) {
            add("with its last character changed", &one(&other));
        }
        for garbage in ["0", "-1", "99999999999999999999", "%FF", "sha256="] {
            add(&format!("replaced by `{garbage}`"), &one(garbage));
        }
    }
    all
}

fn with_last_changed(text: &str) -> Option<String> {
    let (position, last) = text.bytes().enumerate().rfind(|(_, byte)| neighbour(*byte).is_some())?;
    let mut bytes = text.as_bytes().to_vec();
    *bytes.get_mut(position)? = neighbour(last)?;
    String::from_utf8(bytes).ok()
}
