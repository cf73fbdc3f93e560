//! The providers that sign as Standard Webhooks do: what each of them does otherwise.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use http::Request;
use tower_webhook::{
    RejectionKind, Scheme, Verified,
    key::{KeyError, KeySet},
    providers::{Options, by_name},
    scheme::{Verdict, verify},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix(1_790_000_000);
const SECRET: &str = "whsec_cG9sYXItdGVzdC1rZXktMDEyMzQ1Njc4OWFiY2RlZmc=";
const FAMILY: [&str; 8] =
    ["anthropic", "clerk", "liveblocks", "openai", "polar", "polar-legacy", "replicate", "resend"];

fn scheme(name: &str) -> Box<dyn Scheme> {
    by_name(name).unwrap().scheme(&Options::new()).unwrap()
}

fn prefix(name: &str) -> &'static str {
    if matches!(name, "clerk" | "resend") { "svix" } else { "webhook" }
}

/// A delivery with these headers, signed by `by`.
fn signed(by: &dyn Scheme, prefix: &str, secret: &str, body: &'static str) -> Request<Bytes> {
    let mut request = Request::post("/").header(format!("{prefix}-id"), "msg_1").body(body.into()).unwrap();
    by.sign(&mut request, &by.signing_key(secret).unwrap(), NOW).unwrap();
    request
}

fn verified(
    scheme: &dyn Scheme,
    secret: &str,
    request: Request<Bytes>,
) -> Result<Verified, Option<RejectionKind>> {
    let keys: KeySet = scheme.key(secret).unwrap().into();
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &keys, NOW) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(_) => Err(None),
        Err(rejection) => Err(Some(rejection.kind())),
    }
}

#[test]
fn each_names_its_event_and_signs_its_id() {
    for name in FAMILY {
        let scheme = scheme(name);
        let body = r#"{"type":"top","status":"step","data":{"type":"inner"}}"#;
        let verified = verified(&scheme, SECRET, signed(&scheme, prefix(name), SECRET, body)).unwrap();
        let event = match name {
            "anthropic" => "inner",
            "replicate" => "step",
            _ => "top",
        };
        assert_eq!(verified.signed_event(), Some(event), "{name}");
        assert_eq!(verified.signed_id(), Some("msg_1"), "{name}");
    }
}

/// Those whom Svix sends under its own names, and those that show other names, are no two ways into one endpoint.
#[test]
fn only_the_headers_of_the_provider_are_looked_at() {
    for name in FAMILY {
        let scheme = scheme(name);
        let (other, by) = match prefix(name) {
            "svix" => ("webhook", by_name("openai").unwrap()),
            _ => ("svix", by_name("clerk").unwrap()),
        };
        let by = by.scheme(&Options::new()).unwrap();
        let refused = verified(&scheme, SECRET, signed(&by, other, SECRET, "{}")).err();
        assert_eq!(refused, Some(Some(RejectionKind::MissingHeader)), "{name}");
    }
}

#[test]
fn secrets_are_what_the_dashboard_shows() {
    for name in FAMILY.into_iter().filter(|name| *name != "polar-legacy") {
        let key = |text: &str| scheme(name).key(text).err();
        assert_eq!(key("whsec_"), Some(KeyError::OnlyPrefix { prefix: "whsec_" }), "{name}");
        assert_eq!(key("Zm9v"), Some(KeyError::TooShort { least: 32 }), "{name}: three bytes");
        for wrong in ["whsec_legacyPolarToken-of-43-characters", "whpk_xxxx", "whsk_xxxx"] {
            assert!(matches!(key(wrong), Some(KeyError::Undecodable { .. })), "{name}: {wrong}");
        }
    }
    let legacy = scheme("polar-legacy");
    assert_eq!(legacy.key("whsec_").err(), Some(KeyError::OnlyPrefix { prefix: "whsec_" }));
    assert!(legacy.key("whsec_legacyPolarToken-of-43-characters").is_ok());
}

/// Polar's older secrets are keys as they are, and the newer ones by what they decode to: neither is taken for the
/// other.
#[test]
fn polar_takes_a_secret_in_one_form() {
    let (polar, legacy) = (scheme("polar"), scheme("polar-legacy"));
    for (one, other) in [(&polar, &legacy), (&legacy, &polar)] {
        let request = signed(one, "webhook", SECRET, "{}");
        assert!(verified(one, SECRET, request.clone()).is_ok());
        let refused = verified(other, SECRET, request).err();
        assert_eq!(refused, Some(Some(RejectionKind::SignatureMismatch)));
    }
}
