//! A scheme of one's own that says no more than it must: what it has without saying so.
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use http::{HeaderName, Method, Request};
use std::time::Duration;
use tower_webhook::{
    Scheme,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError},
    scheme::{Answers, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Text},
    time::Timestamp,
};

const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");

struct Acme;

impl Scheme for Acme {
    fn name(&self) -> &str {
        "acme"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Key::new(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let check = Check::new(Text::new().body());
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().into())
    }
}

#[test]
fn five_minutes_two_mebibytes_and_post() {
    assert_eq!(Acme.methods(), [Method::POST]);
    assert_eq!(Acme.tolerance(), Duration::from_secs(300));
    assert_eq!(Acme.body_limit(), 2 * 1024 * 1024);
    assert_eq!(Acme.lease(), Duration::from_secs(10));
    assert!(Acme.event_source().is_none());
    assert_eq!(format!("{:?}", Acme.answers()), format!("{:?}", Answers::new()));
}

/// A shared secret signs what it verifies; but what to sign, the scheme has not said.
#[test]
fn a_key_that_signs_and_nothing_to_sign() {
    let key = Acme.signing_key("a secret").unwrap();
    assert_eq!(key.expose(), "a secret");
    assert_eq!(Acme.signing_key("").unwrap_err(), KeyError::Empty);
    let mut request = Request::post("/").body(Bytes::from_static(b"{}")).unwrap();
    let error = Acme.sign(&mut request, &key, Timestamp::from_unix(1_718_000_000)).unwrap_err();
    assert_eq!(error.to_string(), "cannot sign the request: the scheme has no sending side");
    assert!(request.headers().is_empty());
}
