//! Headers that should not matter.
use super::{
    Group,
    bytes_of::neighbour,
    kinds::Change,
    suite::{Accepted, Suite},
};
use crate::scheme::{Scheme, Verdict};
use http::{HeaderName, HeaderValue, header::CONTENT_TYPE};

/// What a proxy or a client adds, and no provider signs or means.
const MEANINGLESS: [&str; 8] = [
    "x-conformance",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-http-method-override",
    "user-agent",
    "via",
    "cookie",
];

/// What other providers mean something by.
const MEANT_BY_OTHERS: [&str; 14] = [
    "idempotency-key",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
    "svix-id",
    "x-request-id",
    "x-event-id",
    "x-event-type",
    "x-signature",
    "x-github-delivery",
    "x-github-event",
    "x-tenant-id",
    "x-webhook-id",
    "content-encoding",
];

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// What nobody signs moves neither what the delivery is known by nor its payload.
    pub(super) fn unsigned(&mut self) {
        self.content_type();
        for name in MEANINGLESS {
            if let Some(parts) = self.with_new(name) {
                let what = format!("a header `{name}` more");
                let verdict = self.verify(&self.good.with_parts(parts));
                if let (Ok(Verdict::Deliver(with)), Ok(Verdict::Deliver(without))) =
                    (&verdict, self.verify(&self.good))
                    && (with.event(), with.id()) != (without.event(), without.id())
                {
                    self.report.note_wrong(format_args!("unsigned: {what}: it says something else"));
                }
                self.judge_same(Group::Unsigned, what, verdict);
            }
        }
        for name in MEANT_BY_OTHERS {
            if let Some(parts) = self.with_new(name) {
                let attempt = self.good.with_parts(parts);
                let what = format!("a header `{name}` more");
                self.attempt(Group::Unsigned, Change::Altered, Accepted::Unmoved, what, &attempt);
            }
        }
        self.every_character_of_every_header();
    }

    /// With a header that the sample does not have.
    fn with_new(&self, name: &'static str) -> Option<http::request::Parts> {
        let name = HeaderName::from_static(name);
        let mut parts = self.good.parts.clone();
        if parts.headers.contains_key(&name) {
            return None;
        }
        parts.headers.insert(name, HeaderValue::from_static("conformance"));
        Some(parts)
    }

    /// It says how the body is to be read, and nobody signs it.
    fn content_type(&mut self) {
        for value in [
            "application/json",
            "application/x-www-form-urlencoded",
            "application/xml",
            "text/plain; charset=utf-16",
            "multipart/form-data; boundary=a",
            "application/octet-stream",
            "garbage",
        ] {
            let mut parts = self.good.parts.clone();
            parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(value));
            let attempt = self.good.with_parts(parts);
            let what = format!("`Content-Type: {value}`");
            self.attempt(Group::Unsigned, Change::Altered, Accepted::Unmoved, what, &attempt);
        }
        let mut parts = self.good.parts.clone();
        parts.headers.remove(CONTENT_TYPE);
        let attempt = self.good.with_parts(parts);
        self.attempt(Group::Unsigned, Change::Dropped, Accepted::Unmoved, "no `Content-Type`", &attempt);
    }

    /// In the form that they have: another event, another id.
    fn every_character_of_every_header(&mut self) {
        let names: Vec<HeaderName> = self.good.parts.headers.keys().cloned().collect();
        for name in names {
            let Some(value) = self.good.parts.headers.get(&name) else { continue };
            let other: Vec<u8> =
                value.as_bytes().iter().map(|&byte| neighbour(byte).unwrap_or(byte)).collect();
            let Ok(other) = HeaderValue::from_bytes(&other) else { continue };
            let mut parts = self.good.parts.clone();
            parts.headers.insert(&name, other);
            let attempt = self.good.with_parts(parts);
            let what = format!("`{name}` another, in the same form");
            self.attempt(Group::Unsigned, Change::Altered, Accepted::Unmoved, what, &attempt);
        }
    }
}
