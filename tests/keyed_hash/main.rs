//! Hashes with the secret in their text, and HMAC with older hashes: the recipe, and the providers that use it. The
//! signatures are by Python's `hashlib` and `hmac`, Keccak-256 by an implementation of its own.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod cloudinary;
#[cfg(feature = "keyed-hash")]
mod moralis_and_patreon;
mod recipe;
mod zalo;

use bytes::Bytes;
use common::{Handler, ask, provider::Provider};
use http::{HeaderName, HeaderValue, Request};
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    key::{Digest, KeyError},
    providers::{Cloudinary, Zalo},
    replay::{MemoryStore, Replay},
    scheme::Proof,
    schemes::{Field, Part, Signed},
    time::Timestamp,
};

const URL: &str = "https://example.com/hooks";
const SENT: i64 = 1_718_000_000;

fn post(headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::post(URL).body(body.into()).unwrap();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}

/// What the scheme signs, with its own clock and this secret.
fn signed(scheme: &dyn Scheme, secret: &str, mut request: Request<Bytes>) -> Request<Bytes> {
    let key = scheme.signing_key(secret).unwrap();
    scheme.sign(&mut request, &key, Timestamp::from_unix(SENT)).unwrap();
    request
}
