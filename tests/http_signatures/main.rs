//! HTTP Message Signatures. The RFC's own signatures are in `tests/vectors/`; here are its texts, what is refused and how,
//! and what a receiver can configure.
//!
//! Signatures are HMACs over texts that stand here letter by letter, most of them as the RFC prints them.
#![cfg(all(feature = "http-signatures", feature = "memory"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod accepted;
#[cfg(all(feature = "aws-lc", feature = "ed25519"))]
mod algorithms;
mod choice;
#[path = "../common/mod.rs"]
mod common;
mod refused;
mod signing;
mod url;

use bytes::Bytes;
use common::{Handler, NOW, SECRET, ask, hmac};
use http::{HeaderName, Request};
use http_body_util::Full;
use tower::Layer as _;
use tower_webhook::{
    PublicUrl, RejectionKind, Scheme as _, Verified, VerifySignatureLayer,
    encoding::Encoding,
    key::{Digest, KeyProvider},
    scheme::{Verdict, Verifier},
    schemes::http_signatures::{Component, HttpSignatures, SignatureAlgorithm},
};

const BODY: &str = r#"{"type":"invoice.paid","id":"evt_1"}"#;
const URL: &str = "https://example.com/hooks/acme?tenant=1";

/// What the default demands, and its line of `Signature-Input`.
const USUAL: &str = r#"("@method" "@authority" "@path" "content-digest");created=1718000000"#;

fn acme() -> HttpSignatures {
    HttpSignatures::new("acme", SignatureAlgorithm::HmacSha256)
}

/// A receiver that demands nothing of what is covered, for tests of single components.
fn lax() -> HttpSignatures {
    acme().requires([])
}

fn field(name: &'static str) -> Component {
    Component::Field(HeaderName::from_static(name))
}

fn content_digest() -> String {
    format!("sha-256=:{}:", Digest::Sha256.of(BODY.as_bytes(), Encoding::Base64))
}

/// A request with `BODY` and its `Content-Digest`, not signed.
fn request(url: &str, headers: &[(&str, &[u8])]) -> Request<Bytes> {
    let mut request = Request::post(url).header("content-digest", content_digest());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from_static(BODY.as_bytes())).unwrap()
}

/// The lines that are signed under [`USUAL`].
fn usual_lines() -> [String; 4] {
    [
        r#""@method": POST"#.to_owned(),
        r#""@authority": example.com"#.to_owned(),
        r#""@path": /hooks/acme"#.to_owned(),
        format!(r#""content-digest": {}"#, content_digest()),
    ]
}

/// `Signature`'s value for these lines and this input.
fn mac<L: AsRef<str>>(lines: &[L], input: &str) -> String {
    let mut base: String = lines.iter().map(|line| format!("{}\n", line.as_ref())).collect();
    base.push_str(&format!(r#""@signature-params": {input}"#));
    let mac = Encoding::Hex.decode(&hmac(SECRET, base)).unwrap();
    format!(":{}:", Encoding::Base64.encode(&mac))
}

/// `request`, with one signature over these lines.
fn signed<L: AsRef<str>>(mut request: Request<Bytes>, input: &str, lines: &[L]) -> Request<Bytes> {
    let headers = request.headers_mut();
    headers.insert("signature-input", format!("sig1={input}").parse().unwrap());
    headers.insert("signature", format!("sig1={}", mac(lines, input)).parse().unwrap());
    request
}

/// A request that the default accepts, with `more` parameters.
fn usual(more: &str) -> Request<Bytes> {
    signed(request(URL, &[]), &format!("{USUAL}{more}"), &usual_lines())
}

/// A request whose input is this, rightly signed as far as it can be.
fn with_input(input: &str) -> Request<Bytes> {
    signed(request(URL, &[]), input, &usual_lines())
}

fn set(mut request: Request<Bytes>, name: &'static str, value: impl AsRef<[u8]>) -> Request<Bytes> {
    request.headers_mut().insert(name, value.as_ref().try_into().unwrap());
    request
}

fn add(mut request: Request<Bytes>, name: &'static str, value: impl AsRef<[u8]>) -> Request<Bytes> {
    request.headers_mut().append(name, value.as_ref().try_into().unwrap());
    request
}

fn without(mut request: Request<Bytes>, name: &str) -> Request<Bytes> {
    request.headers_mut().remove(name).unwrap();
    request
}

fn header<'r>(request: &'r Request<Bytes>, name: &str) -> &'r str {
    request.headers()[name].to_str().unwrap()
}

/// What the pure verification says, without a public URL.
fn verdict(scheme: &HttpSignatures, request: Request<Bytes>) -> Result<Verified, RejectionKind> {
    verdict_of(&Verifier::new(), scheme, request)
}

/// What it says at this URL.
fn verdict_at(
    url: PublicUrl,
    scheme: &HttpSignatures,
    request: Request<Bytes>,
) -> Result<Verified, RejectionKind> {
    verdict_of(&Verifier::new().public_url(url), scheme, request)
}

fn verdict_of(
    verifier: &Verifier,
    scheme: &HttpSignatures,
    request: Request<Bytes>,
) -> Result<Verified, RejectionKind> {
    let (parts, body) = request.into_parts();
    let keys = scheme.key(SECRET).unwrap().into();
    match verifier.verify(scheme, &parts, &body, &keys, NOW) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

/// The layer answers with this status for this reason, the handler is not called, and the pure verification agrees.
async fn assert_refused(
    name: &str,
    scheme: &HttpSignatures,
    request: Request<Bytes>,
    status: u16,
    kind: RejectionKind,
) {
    assert_eq!(verdict(scheme, request.clone()).map(drop), Err(kind), "{name}");
    let answer = answer(scheme, scheme.key(SECRET).unwrap(), request).await;
    assert_eq!(answer, (status, Some(kind)), "{name}");
}

/// What the layer answers. That the handler is called just if nothing is refused is seen to.
async fn answer(
    scheme: &HttpSignatures,
    keys: impl KeyProvider,
    request: Request<Bytes>,
) -> (u16, Option<RejectionKind>) {
    let handler = Handler::new();
    let layer = VerifySignatureLayer::new(scheme.clone(), keys).clock(common::clock);
    let answer = ask(layer.layer(handler.clone()), request.map(Full::new)).await;
    assert_eq!(handler.calls(), usize::from(answer.kind.is_none()));
    answer.refusal()
}
