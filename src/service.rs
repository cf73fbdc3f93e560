//! The service: one for each route, cloned for each connection.
use crate::{
    BoxError,
    body::{ResponseBody, VerifiedBody},
    endpoint::Routes,
    pipeline::ResponseFuture,
    scheme::Scheme,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use std::{
    fmt,
    task::{Context, Poll},
};
use tower_service::Service;

/// Lets only verified webhooks through to `Inner`. Made by
/// [`VerifySignatureLayer`](crate::VerifySignatureLayer).
#[must_use]
pub struct VerifySignature<Inner, S> {
    inner: Inner,
    routes: Routes<S>,
}

impl<Inner, S> VerifySignature<Inner, S> {
    pub(crate) fn new(inner: Inner, routes: Routes<S>) -> Self {
        Self { inner, routes }
    }
}

impl<Inner, S, RequestBody, InnerBody> Service<Request<RequestBody>> for VerifySignature<Inner, S>
where
    Inner: Service<Request<VerifiedBody>, Response = Response<InnerBody>> + Clone,
    InnerBody: Body<Data = Bytes>,
    S: Scheme,
    RequestBody: Body,
    RequestBody::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody<InnerBody>>;
    type Error = Inner::Error;
    type Future = ResponseFuture<Inner, S, RequestBody>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Inner::Error>> {
        // The inner service is asked once a request is verified, by the clone that will serve it.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        ResponseFuture::new(&self.routes, &self.inner, request)
    }
}

impl<Inner: Clone, S> Clone for VerifySignature<Inner, S> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), routes: self.routes.clone() }
    }
}

impl<Inner, S> fmt::Debug for VerifySignature<Inner, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifySignature").finish_non_exhaustive()
    }
}
