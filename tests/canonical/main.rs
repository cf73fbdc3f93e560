//! Providers that sign a canonical form of the request: what their vectors do not show, and each way in which a request
//! can be wrong.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod coinbase_cdp;
mod contentful;
#[cfg(feature = "keyed-hash")]
mod sinch_voice;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};

/// A request with these headers, in this order, so that a line can occur twice.
fn request(url: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::post(url).body(body.into()).unwrap();
    for (name, value) in headers {
        let name = HeaderName::try_from(*name).unwrap();
        request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    request
}
