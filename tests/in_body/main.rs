//! Providers whose signature stands in the body: what their vectors do not show, and each way in which a body can be wrong.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod adyen;
mod braintree;
mod mailgun;

use bytes::Bytes;
use http::Request;

const URL: &str = "https://example.com/hooks";

fn post(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post(URL).body(body.into()).unwrap()
}
