//! A provider whose deliveries say where the key to verify them is, and keys that openssl made.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use crate::common::{Handler, post, with};
use bytes::Bytes;
use http::{HeaderName, Request};
use http_body_util::Full;
use std::sync::Arc;
use tower::{Layer as _, ServiceExt as _};
use tower_webhook::{
    Rejection, RejectionKind, Scheme, VerifySignatureLayer,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, KeyProvider, KeyRef, PinnedUrl},
    scheme::{Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Text},
    time::Timestamp,
};

/// What openssl made, without the line feed at its end.
#[macro_export]
macro_rules! made {
    ($name:literal) => {
        include_str!(concat!("pki/", $name)).trim_ascii()
    };
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
const ID: HeaderName = HeaderName::from_static("x-key-id");
const CERTIFICATE: HeaderName = HeaderName::from_static("x-certificate-url");
const CHAIN: HeaderName = HeaderName::from_static("x-certificate-chain");

const CERTIFICATES: PinnedUrl = PinnedUrl::of_hosts(&["certificates.acme.example"]).path("/", ".pem");

/// Signs the body, with a key that a header names: by an id, by the URL of a certificate, or by a chain of them. Else with
/// the endpoint's.
pub struct Acme {
    pub algorithm: Algorithm,
    /// Whether it takes whatever URL it is given, as no scheme should.
    pub careless: bool,
}

impl Acme {
    pub fn signing_by(algorithm: Algorithm) -> Self {
        Self { algorithm, careless: false }
    }
}

impl Scheme for Acme {
    fn name(&self) -> &str {
        "acme"
    }

    fn key(&self, _: &str) -> Result<Key, KeyError> {
        Err(KeyError::Empty)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let mut check = Check::new(Text::new().body());
        if let Some(id) = head.optional(&ID)? {
            check = check.key(KeyRef::Id(id.into()));
        }
        if let Some(url) = head.optional(&CERTIFICATE)? {
            let careless = self.careless.then(|| KeyRef::Certificate(url.into()));
            check = check.key(careless.map_or_else(|| CERTIFICATES.certificate(url), Ok)?);
        }
        if let Some(chain) = head.optional(&CHAIN)? {
            let der = |base64| Encoding::Base64.decode(base64).map(Bytes::from);
            let chain: Option<Arc<[Bytes]>> = chain.split(',').map(der).collect();
            check = check.key(KeyRef::Chain(chain.ok_or(Refusal::MalformedSignature)?));
        }
        Ok(check.signature(self.algorithm, Encoding::Base64Url, head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().into())
    }
}

/// With a signature of `delivery`.
pub fn signed(signature: &str) -> Request<Bytes> {
    signed_text("delivery", signature)
}

pub fn signed_text(text: impl Into<Bytes>, signature: &str) -> Request<Bytes> {
    with(post(text), "x-signature", signature)
}

/// What the sender of a delivery is told, and what the operator.
#[derive(Debug)]
pub struct Said {
    pub status: u16,
    pub kind: Option<RejectionKind>,
    pub reason: String,
    pub retry_after: Option<String>,
    pub handled: bool,
}

impl Said {
    pub fn refusal(&self) -> (u16, Option<RejectionKind>) {
        (self.status, self.kind)
    }

    /// Refused by the provider's refusal, which says nothing of the reason; the operator reads it.
    #[track_caller]
    pub fn is_untrusted(&self, reason: &str) {
        assert_eq!(self.refusal(), (401, Some(RejectionKind::UntrustedKey)), "{self:?}");
        assert!(self.reason.contains(reason), "{self:?}");
        assert!(!self.handled && self.retry_after.is_none(), "{self:?}");
    }

    /// To be sent again.
    #[track_caller]
    pub fn is_unavailable(&self, reason: &str) {
        assert_eq!(self.refusal(), (503, Some(RejectionKind::KeysUnavailable)), "{self:?}");
        assert!(self.reason.contains(reason), "{self:?}");
        assert!(!self.handled && self.retry_after.as_deref() == Some("1"), "{self:?}");
    }

    #[track_caller]
    pub fn is_handled(&self) {
        assert!(self.status == 200 && self.handled, "{self:?}");
    }
}

/// A delivery at a moment, in Unix seconds.
pub async fn deliver(acme: Acme, keys: impl KeyProvider, at: i64, request: Request<Bytes>) -> Said {
    let handler = Handler::new();
    let layer = VerifySignatureLayer::new(acme, keys).clock(move || Some(Timestamp::from_unix(at)));
    let response = layer.layer(handler.clone()).oneshot(request.map(Full::new)).await.unwrap();
    let rejection = response.extensions().get::<Rejection>();
    let retry_after = response.headers().get("retry-after");
    Said {
        status: response.status().as_u16(),
        kind: rejection.map(Rejection::kind),
        reason: rejection.map(ToString::to_string).unwrap_or_default(),
        retry_after: retry_after.map(|seconds| seconds.to_str().unwrap().to_owned()),
        handled: handler.calls() == 1,
    }
}
