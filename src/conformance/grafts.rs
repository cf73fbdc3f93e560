//! Parts of another delivery, by the same sender.
use super::{
    Group,
    bytes_of::{neighbour, spread, with_byte},
    facts::Facts,
    kinds::Change,
    suite::{Accepted, Attempt, Suite},
};
use crate::scheme::{Scheme, Verdict};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri, header::CONTENT_TYPE};

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// Refused, unless nothing moves. Where the signature does not cover the body, whoever captures one can put it over
    /// another's body, and that is not asked.
    pub(super) fn grafts(&mut self) {
        let Some(another) = self.another() else {
            self.report.note_not_run("grafts: there is no second delivery");
            return;
        };
        let own: Vec<HeaderName> = self.good.parts.headers.keys().cloned().collect();
        let names: Vec<HeaderName> = another.parts.headers.keys().cloned().collect();
        let differs = |name: &&HeaderName| {
            let values = |attempt: &Attempt| -> Vec<HeaderValue> {
                attempt.parts.headers.get_all(*name).iter().cloned().collect()
            };
            values(&self.good) != values(&another)
        };
        let differing: Vec<HeaderName> = names.iter().filter(differs).cloned().collect();
        // What signing sets: the signature, its time, what names the key.
        let given = &self.sample.request;
        let set: Vec<HeaderName> =
            differing.iter().filter(|name| !given.headers().contains_key(*name)).cloned().collect();
        let signatures: Vec<HeaderName> =
            self.signature.headers.iter().map(|(name, _)| name.clone()).collect();
        for name in &differing {
            self.graft(&format!("`{name}`"), &another, std::slice::from_ref(name), false);
        }
        if self.sample.is_signed_here() {
            if !signatures.is_empty() {
                self.graft("the signature alone", &another, &signatures, false);
            }
            if set.len() > signatures.len() {
                self.graft("everything that signs", &another, &set, false);
            }
        }
        if !differing.is_empty() {
            self.graft("all headers", &another, &differing, false);
        }
        // A body that holds without its head has its signature with it: another one is another delivery.
        if self.signature.body.is_empty() && !self.holds_without_its_head() {
            self.graft("the body", &another, &[], true);
        }
        // Each of its headers but one: the one that stays is this one's.
        for kept in own.iter().filter(|name| differing.contains(name)) {
            let rest: Vec<HeaderName> = differing.iter().filter(|name| *name != kept).cloned().collect();
            if rest.len() > 1 {
                self.graft(&format!("all headers but `{kept}`"), &another, &rest, false);
            }
        }
    }

    fn graft(&mut self, what: &str, another: &Attempt, names: &[HeaderName], with_body: bool) {
        let mut parts = self.good.parts.clone();
        for name in names {
            parts.headers.remove(name);
            for value in another.parts.headers.get_all(name) {
                parts.headers.append(name, value.clone());
            }
        }
        let mut attempt = self.good.with_parts(parts);
        if with_body {
            attempt.body = another.body.clone();
        }
        let change = if with_body { Change::Body } else { Change::Grafted };
        let what = format!("{what} of another delivery");
        self.attempt(Group::Grafts, change, Accepted::OnlyIfCovered, what, &attempt);
    }

    fn holds_without_its_head(&self) -> bool {
        let mut parts = self.good.parts.clone();
        parts.headers.clear();
        parts.uri = Uri::from_static("/");
        self.verify(&self.good.with_parts(parts)).is_ok()
    }

    /// A second delivery that holds by itself: the sample's own, or the first with a letter of its body and the last
    /// character of each of its headers changed.
    fn another(&mut self) -> Option<Attempt> {
        match (&self.sample.another, self.sample.is_signed_here()) {
            (Some(request), false) => Some(self.good.with_request(request.clone())),
            (Some(request), true) => {
                let signed = self.sample.signed(self.scheme, request.clone(), 0, self.good.now);
                match signed {
                    Ok(request) => Some(self.good.with_request(request)),
                    Err(why) => {
                        self.report.note_wrong(format_args!("grafts: the second delivery: {why}"));
                        None
                    }
                }
            }
            (None, true) => {
                let candidates: Vec<Request<Bytes>> = candidates(&self.sample.request);
                candidates.into_iter().find_map(|request| {
                    let request = self.sample.signed(self.scheme, request, 0, self.good.now).ok()?;
                    let attempt = self.good.with_request(request);
                    match self.verify(&attempt) {
                        Ok(Verdict::Deliver(verified)) => {
                            let facts = Facts::of(&verified);
                            (facts.payload != self.facts.payload).then_some(attempt)
                        }
                        _ => None,
                    }
                })
            }
            (None, false) => None,
        }
    }
}

/// Requests that another signature would be for, those first that differ most.
fn candidates(request: &Request<Bytes>) -> Vec<Request<Bytes>> {
    let mut renamed = request.clone();
    for (name, value) in renamed.headers_mut() {
        let bytes = value.as_bytes();
        let last = bytes.iter().rposition(|&byte| neighbour(byte).is_some());
        if name != CONTENT_TYPE
            && let Some(position) = last
            && let Some(other) = bytes.get(position).copied().and_then(neighbour)
            && let Ok(other) = HeaderValue::from_bytes(&with_byte(bytes, position, other))
        {
            *value = other;
        }
    }
    let mut all = Vec::new();
    for request in [&renamed, request] {
        let body = request.body();
        for position in spread(0..body.len(), 64) {
            if let Some(other) = body.get(position).copied().and_then(neighbour) {
                all.push(request.clone().map(|body| with_byte(&body, position, other).into()));
            }
        }
    }
    all
}
