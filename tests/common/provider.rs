//! One provider's endpoint: what it makes of a request, by the pure function and by the layer.
use super::{Handler, ask};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    PublicUrl, RejectionKind, Scheme, Verified, VerifySignatureLayer,
    key::KeySet,
    scheme::{Verdict, Verifier},
    time::Timestamp,
};

/// A scheme with its keys, a stopped clock, and the URL under which its sender reaches it.
pub(crate) struct Provider<S> {
    pub(crate) scheme: S,
    keys: KeySet,
    now: Timestamp,
    url: &'static str,
}

impl<S: Scheme + Clone> Provider<S> {
    pub(crate) fn new(scheme: S, secret: &str, now: i64, url: &'static str) -> Self {
        let keys = scheme.key(secret).unwrap().into();
        Self { scheme, keys, now: Timestamp::from_unix(now), url }
    }

    pub(crate) fn or(mut self, secret: &str) -> Self {
        self.keys = self.keys.or(self.scheme.key(secret).unwrap());
        self
    }

    pub(crate) fn at(mut self, now: i64) -> Self {
        self.now = Timestamp::from_unix(now);
        self
    }

    pub(crate) fn layer(&self) -> VerifySignatureLayer<S> {
        let now = self.now;
        VerifySignatureLayer::new(self.scheme.clone(), self.keys.clone())
            .public_url(PublicUrl::exact(self.url))
            .clock(move || Some(now))
    }

    /// What the pure verification says.
    pub(crate) fn verify(&self, request: Request<Bytes>) -> Result<Verified, RejectionKind> {
        let (parts, body) = request.into_parts();
        let verifier = Verifier::new().public_url(PublicUrl::exact(self.url));
        match verifier.verify(&self.scheme, &parts, &body, &self.keys, self.now) {
            Ok(Verdict::Deliver(verified)) => Ok(verified),
            Ok(other) => panic!("{}: {other:?}", self.scheme.name()),
            Err(rejection) => Err(rejection.kind()),
        }
    }

    pub(crate) fn accepts(&self, what: &str, request: Request<Bytes>) -> Verified {
        let verdict = self.verify(request);
        verdict.unwrap_or_else(|kind| panic!("{}: {what}: {kind:?}", self.scheme.name()))
    }

    /// 401 by the layer, for this reason, and the handler is not asked; the pure verification says the same.
    pub(crate) async fn refuses(&self, what: &str, request: Request<Bytes>, kind: RejectionKind) {
        let name = self.scheme.name();
        let handler = Handler::new();
        let answer = ask(self.layer().layer(handler.clone()), request.clone().map(Full::new)).await;
        assert_eq!(answer.refusal(), (401, Some(kind)), "{name}: {what}");
        assert!(answer.body.is_empty(), "{name}: {what}: the sender learns no more");
        assert_eq!(handler.calls(), 0, "{name}: {what}");
        assert_eq!(self.verify(request).err(), Some(kind), "{name}, pure: {what}");
    }
}
