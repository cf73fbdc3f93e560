//! JSON Web Tokens: what another library signs is accepted, and what a token is refused for. The keys and tokens of
//! `tests/jose.json` are by Python's `cryptography` and PyJWT; the tokens that are wrong in one claim are signed here, so
//! that it is the claim that they are refused for.
#![cfg(all(
    feature = "jwt",
    feature = "providers",
    feature = "aws-lc",
    feature = "axum",
    feature = "memory"
))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
#[cfg(all(feature = "fetch", feature = "jwks"))]
#[path = "../web_server/mod.rs"]
mod web_server;

mod algorithms;
mod claims;
mod places;
mod providers;
#[cfg(all(feature = "fetch", feature = "jwks"))]
mod published;
mod sending;

use bytes::Bytes;
use http::{HeaderName, Request};
use std::sync::LazyLock;
use tower_webhook::{
    RejectionKind, Scheme, Verified,
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeySet, SigningKey},
    scheme::{Text, Verdict, verify},
    schemes::{Jwt, TokenIn},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const SECRET: &str = "a secret of more than thirty-two bytes, for HS256";
const TOKEN: HeaderName = HeaderName::from_static("acme-token");
/// What the tokens of `tests/jose.json` are for.
const BODY: &str = r#"{"type":"invoice.paid","id":"evt_1"}"#;
const HS256: &str = r#"{"alg":"HS256"}"#;

static JOSE: LazyLock<serde_json::Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../jose.json")).unwrap());

fn jose(pointer: &str) -> &'static str {
    JOSE.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).as_str().unwrap()
}

/// A token of this header and these claims, by HMAC-SHA256 with [`SECRET`].
fn token(header: &str, claims: &str) -> String {
    let signed = [header, claims].map(|part| Encoding::Base64Url.encode(part.as_bytes())).join(".");
    sign(&signed)
}

/// The signed text, with its signature by [`SECRET`].
fn sign(signed: &str) -> String {
    let key = SigningKey::shared(Key::new(Algorithm::HmacSha256, SECRET).unwrap(), SECRET).unwrap();
    let signature = key.sign(Algorithm::HmacSha256, &Text::new().bytes(signed), b"").unwrap();
    format!("{signed}.{}", Encoding::Base64Url.encode(&signature))
}

/// With the token in its header.
fn post(token: &str) -> Request<Bytes> {
    Request::post("/hook").header(TOKEN, token).body(Bytes::from_static(BODY.as_bytes())).unwrap()
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

/// What becomes of these claims.
fn ask_with_claims(scheme: &Jwt, claims: &str) -> Result<Verified, RejectionKind> {
    ask(scheme, post(&token(HS256, claims)), scheme.key(SECRET).unwrap())
}

fn in_header() -> Jwt {
    Jwt::hs256("acme", TokenIn::Header(TOKEN))
}

fn body_digest(encoding: Encoding) -> String {
    Digest::Sha256.of(BODY.as_bytes(), encoding)
}
