//! Other methods, and requests that nobody has signed.
use super::{
    Group,
    kinds::Change,
    suite::{Accepted, Suite},
};
use crate::scheme::Scheme;
use bytes::Bytes;
use http::{Method, Request};

impl<S: Scheme + ?Sized> Suite<'_, S> {
    pub(super) fn methods(&mut self) {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ] {
            if !self.scheme.methods().contains(&method) {
                let mut parts = self.good.parts.clone();
                parts.method = method.clone();
                let attempt = self.good.with_parts(parts);
                self.attempt(Group::Methods, Change::Method, Accepted::Never, method, &attempt);
            }
        }
        self.nobody_has_signed();
    }

    /// Before it was signed, and without its head: the signature may be in the head or in the body.
    fn nobody_has_signed(&mut self) {
        if self.sample.is_signed_here() {
            let unsigned = self.good.with_request(self.sample.request.clone());
            self.attempt(Group::Methods, Change::Bare, Accepted::Never, "before it was signed", &unsigned);
        }
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = self.good.parts.method.clone();
        let mut bodies = vec![("nothing at all", Bytes::new())];
        if self.sample.is_signed_here() {
            bodies.push(("a body without a head", self.sample.request.body().clone()));
        }
        for (what, body) in bodies {
            let attempt = self.good.with_parts(parts.clone()).with_body(body);
            self.attempt(Group::Methods, Change::Bare, Accepted::Never, what, &attempt);
        }
    }
}
