//! Providers that are a description of few lines, and the options that they share: several headers, a declared
//! algorithm, a time in the body, other methods.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{post, provider::Provider, signed_as, with};
use http::{HeaderName, Method, Request};
use tower_webhook::{
    RejectionKind as Kind, Scheme,
    providers::{Bitbucket, GitLab, GitLabToken, Linear, Shopify, Zendesk},
    scheme::Proof,
    schemes::{Field, Signed, Source},
    time::{Timestamp, Unit},
};

const SENT: i64 = 1_760_000_000;
const URL: &str = "https://example.com/hooks";

fn provider<S: Scheme + Clone>(scheme: S) -> Provider<S> {
    Provider::new(scheme, "a secret", SENT, URL)
}

/// Signed with the provider's secret, when its clock stands.
fn signed(scheme: &dyn Scheme, request: Request<Bytes>) -> Request<Bytes> {
    signed_as(scheme, request, "a secret", Timestamp::from_unix(SENT))
}

fn numbered(headers: u32) -> Signed {
    let header = |n| HeaderName::try_from(format!("x-signature-{n}")).unwrap();
    let signature = (2..=headers).map(header).fold(Field::header(header(1)), Field::or_header);
    Signed::hmac_sha256("numbered", signature)
}

/// As many as the description names, and no more than it names.
#[tokio::test]
async fn a_signature_in_any_of_many_headers() {
    let scheme = numbered(100);
    let right = signed(&scheme, post("body")).headers()["x-signature-1"].clone();
    let provider = provider(scheme);
    let request = |right_one: Option<u32>| {
        let mut request = post("body");
        for n in 1..=101 {
            let name = HeaderName::try_from(format!("x-signature-{n}")).unwrap();
            let value = if right_one == Some(n) { right.clone() } else { "00".repeat(32).parse().unwrap() };
            request.headers_mut().insert(name, value);
        }
        request
    };
    for n in [1, 17, 100] {
        provider.accepts(&n.to_string(), request(Some(n)));
    }
    provider.refuses("the 101st", request(Some(101)), Kind::SignatureMismatch).await;
    provider.refuses("none", request(None), Kind::SignatureMismatch).await;
    let mut alone = post("body");
    alone.headers_mut().insert("x-signature-60", right.clone());
    provider.accepts("one alone, whatever its number", alone.clone());
    alone.headers_mut().append("x-signature-60", right);
    provider.refuses("one of them twice", alone, Kind::DuplicateHeader).await;
    provider.refuses("no header at all", post("body"), Kind::MissingHeader).await;
}

#[tokio::test]
async fn several_headers_are_not_more_signatures_than_one_may_have() {
    let scheme = numbered(2);
    let provider = provider(scheme.clone());
    let list = Signed::hmac_sha256("list", Field::header(HeaderName::from_static("x-signature-1")).list(','));
    let many = vec!["00".repeat(32); 17].join(",");
    Provider::new(list, "a secret", SENT, URL)
        .refuses("seventeen", with(post("body"), "x-signature-1", &many), Kind::TooManySignatures)
        .await;
    provider.accepts("its own", signed(&scheme, post("body")));
}

#[tokio::test]
async fn what_the_sender_declares_is_what_is_described() {
    let declares = HeaderName::from_static("x-algorithm");
    let scheme = numbered(1).declared(declares, "v1");
    let provider = provider(scheme.clone());
    let request = signed(&scheme, post("body"));
    provider.accepts("declared", request.clone());
    for wrong in ["v2", "V1", "v1 "] {
        provider
            .refuses(wrong, with(request.clone(), "x-algorithm", wrong), Kind::UnsupportedAlgorithm)
            .await;
    }
    let mut silent = request;
    silent.headers_mut().remove("x-algorithm");
    provider.refuses("not declared", silent, Kind::MissingHeader).await;
}

#[tokio::test]
async fn a_time_in_the_body() {
    for (unit, written) in [
        (Unit::Milliseconds, r#""sent":1760000000000"#),
        (Unit::Seconds, r#""sent":1760000000"#),
        (Unit::Rfc3339, r#""sent":"2025-10-09T08:53:20Z""#),
    ] {
        let scheme = numbered(1).time_in_body("sent", unit);
        let provider = provider(scheme.clone());
        let request = signed(&scheme, post(r#"{"a":1}"#));
        assert!(String::from_utf8_lossy(request.body()).contains(written), "{:?}", request.body());
        let verified = provider.accepts(written, request.clone());
        assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(SENT)));
        let late = provider_at(&scheme, SENT + 301);
        late.refuses("late", request.clone(), Kind::StaleTimestamp).await;
        provider_at(&scheme, SENT - 301).refuses("early", request.clone(), Kind::FutureTimestamp).await;
        // Whatever the body says, it is the signature that is judged first.
        late.refuses("forged", with(request, "x-signature-1", &"00".repeat(32)), Kind::SignatureMismatch)
            .await;
    }
}

fn provider_at(scheme: &Signed, now: i64) -> Provider<Signed> {
    Provider::new(scheme.clone(), "a secret", now, URL)
}

#[tokio::test]
async fn a_body_without_its_time_is_refused() {
    let (plain, timed) = (numbered(1), numbered(1).time_in_body("sent", Unit::Milliseconds));
    for body in [
        "",
        "[]",
        "{}",
        r#"{"x":{"sent":1760000000000}}"#,
        r#"{"sent":null}"#,
        r#"{"sent":-1}"#,
        r#"{"sent":1.5}"#,
        r#"{"sent":"1760000000000 "}"#,
    ] {
        let request = signed(&plain, post(body));
        provider(timed.clone()).refuses(body, request, Kind::MalformedTimestamp).await;
    }
    let twice = signed(&plain, post(r#"{"sent":1760000000000,"sent":1760000000000}"#));
    provider(timed.clone()).refuses("twice", twice, Kind::MalformedBody).await;
    let key = timed.signing_key("a secret").unwrap();
    let cannot = timed.sign(&mut post("[]"), &key, Timestamp::from_unix(SENT)).unwrap_err();
    assert!(cannot.to_string().contains("no JSON object"), "{cannot}");
}

#[test]
fn the_first_of_several_places() {
    let event = HeaderName::from_static("x-event");
    let signed_and_not = Source::FirstOf(vec![Source::Json("type"), Source::Header(event)]);
    let scheme =
        numbered(1).event(signed_and_not).id(Source::FirstOf(vec![Source::Json("a"), Source::Json("b")]));
    let provider = provider(scheme.clone());
    let by_body = signed(&scheme, with(post(r#"{"type":"body","b":"1"}"#), "x-event", "head"));
    let verified = provider.accepts("by the body", by_body);
    assert_eq!((verified.event(), verified.id()), (Some("body"), Some("1")));
    assert_eq!(verified.signed_event(), None, "one of the two places is not signed");
    let verified = provider.accepts("by the head", signed(&scheme, with(post("{}"), "x-event", "head")));
    assert_eq!((verified.event(), verified.id()), (Some("head"), None));
}

#[tokio::test]
async fn methods_that_are_described_and_no_others() {
    let provider = provider(Zendesk);
    let request = |method: Method| {
        let mut request = signed(&Zendesk, post(""));
        *request.method_mut() = method;
        request
    };
    for method in [Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE] {
        provider.accepts(method.as_str(), request(method.clone()));
    }
    for method in [Method::HEAD, Method::OPTIONS] {
        assert_eq!(provider.verify(request(method)).unwrap_err(), Kind::MethodNotAllowed);
    }
    let both = numbered(1).answering_head().with_methods([Method::PUT]);
    assert_eq!(both.methods(), [Method::PUT, Method::HEAD]);
    let both = numbered(1).with_methods([Method::PUT]).answering_head();
    assert_eq!(both.methods(), [Method::PUT, Method::HEAD]);
}

#[test]
fn shopify_by_its_newer_names_and_by_both() {
    let provider = provider(Shopify);
    let older = with(post("{}"), "x-shopify-topic", "products/create");
    let older = with(older, "x-shopify-webhook-id", "1");
    let newer = signed(&Shopify, older);
    let signature = newer.headers()["shopify-hmac-sha256"].to_str().unwrap().to_owned();
    let mut older = newer.clone();
    older.headers_mut().remove("shopify-hmac-sha256");
    let older = with(older, "x-shopify-hmac-sha256", &signature);
    for (what, request) in [("newer", newer), ("older", older.clone())] {
        let verified = provider.accepts(what, request);
        assert_eq!((verified.event(), verified.id()), (Some("products/create"), Some("1")));
    }
    let both = with(with(older, "shopify-topic", "Product"), "shopify-event-id", "2");
    let verified = provider.accepts("both", with(both, "shopify-hmac-sha256", &signature));
    assert_eq!((verified.event(), verified.id()), (Some("Product"), Some("2")));
    assert!((verified.signed_event(), verified.signed_id()) == (None, None));
}

#[test]
fn bitbucket_of_cloud_and_of_data_center() {
    let provider = provider(Bitbucket);
    for header in ["x-request-uuid", "x-request-id"] {
        let verified = provider.accepts(header, signed(&Bitbucket, with(post("{}"), header, "8f0b3c6e")));
        assert_eq!(verified.id(), Some("8f0b3c6e"), "{header}");
    }
}

#[test]
fn linear_does_not_look_at_the_unsigned_copies() {
    let provider = provider(Linear);
    let request = with(post(r#"{"type":"Comment"}"#), "linear-event", "Issue");
    let request = with(request, "linear-timestamp", "1");
    let verified = provider.accepts("copies that differ", signed(&Linear, request));
    assert_eq!(verified.event(), Some("Comment"));
    assert_eq!(verified.signed_event(), Some("Comment"));
}

#[test]
fn a_token_signs_nothing_of_what_comes_with_it() {
    let provider = provider(GitLabToken);
    let request =
        with(post(r#"{"object_kind":"push","event_name":"push"}"#), "x-gitlab-event", "Tag Push Hook");
    let request = signed(&GitLabToken, with(request, "idempotency-key", "a5461c4d"));
    let verified = provider.accepts("token", request);
    assert_eq!((verified.event(), verified.id()), (Some("push"), Some("a5461c4d")));
    assert!((verified.signed_event(), verified.signed_id()) == (None, None));
    assert_eq!(verified.proof(), Proof::SharedToken);
}

/// The token never stands in for a signature.
#[tokio::test]
async fn gitlab_with_a_signing_token() {
    const TOKEN: &str = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=";
    let provider = Provider::new(GitLab, TOKEN, SENT, URL);
    let request = |body| {
        let request = with(with(post(body), "webhook-id", "a5461c4d"), "x-gitlab-event", "Push Hook");
        signed_as(&GitLab, request, TOKEN, Timestamp::from_unix(SENT))
    };
    for (body, event) in [
        (r#"{"object_kind":"push","event_name":"other"}"#, Some("push")),
        (r#"{"event_name":"project_create"}"#, Some("project_create")),
        ("no JSON", None),
    ] {
        let verified = provider.accepts(body, request(body));
        assert_eq!((verified.signed_event(), verified.signed_id()), (event, Some("a5461c4d")));
    }
    let mut unsigned = with(request("{}"), "x-gitlab-token", TOKEN);
    unsigned.headers_mut().remove("webhook-signature");
    provider.refuses("the token alone", unsigned, Kind::MissingHeader).await;
    for no_signing_token in [
        "correct horse",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whpk_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=",
    ] {
        assert!(GitLab.key(no_signing_token).is_err(), "{no_signing_token}");
    }
}
