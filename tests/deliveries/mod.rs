//! The deliveries among the vectors: which secret verifies one, and what it was before it was signed.
#![allow(dead_code, reason = "each test binary uses its own part")]

use crate::vectors_file::{Expected, Vector, request};
use bytes::Bytes;
use http::{HeaderName, Request};
use tower_webhook::{
    PublicUrl, Scheme, Verified,
    key::{KeySet, SigningKey},
    scheme::{Verdict, Verifier},
    time::Timestamp,
};

/// When deliveries are signed anew.
pub(crate) const SIGNED_AT: Timestamp = Timestamp::from_unix(1_718_000_000);

pub(crate) fn is_delivery(vector: &Vector) -> bool {
    vector.expected == Expected::Valid && vector.answer.is_none()
}

/// The one of its secrets that verifies it.
pub(crate) fn secret_of<'a>(
    scheme: &dyn Scheme,
    vector: &'a Vector,
    now: Timestamp,
) -> Result<(&'a str, Verified), String> {
    let mut found = vector.secrets.iter().filter_map(|secret| {
        let keys = scheme.key(secret).ok()?.into();
        Some((&**secret, delivered(scheme, request(vector), &keys, now)?))
    });
    found.next().ok_or(format!("{} is refused", vector.id))
}

pub(crate) fn delivered(
    scheme: &dyn Scheme,
    request: Request<Bytes>,
    keys: &KeySet,
    now: Timestamp,
) -> Option<Verified> {
    let verifier = Verifier::new().public_url(PublicUrl::exact(request.uri().to_string()));
    let (parts, body) = request.into_parts();
    match verifier.verify(scheme, &parts, &body, keys, now) {
        Ok(Verdict::Deliver(verified)) => Some(verified),
        _ => None,
    }
}

/// The delivery without what signing sets, so that signing it makes that delivery again; `None` where the scheme does not
/// sign with this secret.
pub(crate) fn unsigned(
    scheme: &dyn Scheme,
    received: Request<Bytes>,
    payload: &Bytes,
    key: &SigningKey,
    keys: &KeySet,
) -> Option<Request<Bytes>> {
    let sign = |mut request: Request<Bytes>| {
        scheme.sign(&mut request, key, SIGNED_AT).ok()?;
        Some(request)
    };
    // Where the signature is in the body or in the query, the scheme sets these.
    let without_query = |request: &Request<Bytes>| {
        let mut request = request.clone();
        let url = request.uri().to_string();
        let (before, _) = url.split_once('?')?;
        *request.uri_mut() = before.parse().ok()?;
        Some(request)
    };
    let with_payload = |request: &Request<Bytes>| request.clone().map(|_| payload.clone());
    let mut candidates = vec![received.clone(), with_payload(&received)];
    candidates.extend(without_query(&received));
    candidates.extend(without_query(&received).map(|request| with_payload(&request)));
    candidates.into_iter().find_map(|mut unsigned| {
        let names: Vec<HeaderName> = unsigned.headers().keys().cloned().collect();
        for name in names {
            let mut without = unsigned.clone();
            without.headers_mut().remove(&name);
            if sign(without.clone()).is_some_and(|signed| signed.headers().contains_key(&name)) {
                unsigned = without;
            }
        }
        let is_unsigned = delivered(scheme, unsigned.clone(), keys, SIGNED_AT).is_none();
        let signed = delivered(scheme, sign(unsigned.clone())?, keys, SIGNED_AT)?;
        (is_unsigned && signed.payload() == payload).then_some(unsigned)
    })
}
