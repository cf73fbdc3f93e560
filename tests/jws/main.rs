//! JSON Web Signatures: beside a body, and with certificates. The keys and tokens of `tests/jose.json` are by Python's
//! `cryptography` and PyJWT.
#![cfg(all(feature = "jwt", feature = "providers", feature = "aws-lc"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;

mod app_store;
mod certificates;
mod detached;

use bytes::Bytes;
use http::{HeaderName, Request};
use std::sync::LazyLock;
use tower_webhook::{
    RejectionKind, Scheme, Verified,
    encoding::Encoding,
    key::KeySet,
    scheme::{Verdict, verify},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");

static JOSE: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../jose.json")).unwrap());

fn jose(pointer: &str) -> &'static str {
    JOSE.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).as_str().unwrap()
}

fn ask(
    scheme: &dyn Scheme,
    request: Request<Bytes>,
    keys: impl Into<KeySet>,
) -> Result<Verified, RejectionKind> {
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &keys.into(), NOW) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

fn base64url(text: &str) -> String {
    Encoding::Base64Url.encode(text.as_bytes())
}
