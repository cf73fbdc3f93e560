//! bitHuman: both schemes, by the vectors, by the documents' samples, and against what could go wrong between them.
#![cfg(all(feature = "axum", feature = "conformance", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use axum::{Router, body::Body, routing::post};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_webhook::{
    Answered, Rejection, RejectionKind, Scheme, TaggedEvent, Verified, VerifiedBody, VerifySignatureLayer,
    conformance::{self, Sample},
    event::EventErrorKind,
    key::{Key, KeyError, KeySet},
    providers::{
        BitHumanAccount, BitHumanSession,
        bithuman::{AccountEvent, ChatPush, Role, RoomJoin, Session, SessionEvent},
    },
    replay::{MemoryStore, Replay},
    scheme::{Proof, Verdict, verify},
    time::Timestamp,
};

const ROOM_JOIN: &str = r#"{"agent_id":"agent_abc123","event_type":"room.join","data":{"room_name":"customer-support","participant_count":1,"session_id":"session_xyz789"},"timestamp":1705312200.0}"#;
const CHAT_PUSH: &str = r#"{"agent_id":"agent_abc123","event_type":"chat.push","data":{"role":"user","message":"Hello, I need help with my order","session_id":"session_xyz789","timestamp":1705312285.0},"timestamp":1705312285.0}"#;
const AGENT_READY: &str = r#"{"id":"evt_a1b2c3","event":"agent.ready","created":1780417371,"data":{"agent_id":"A91XMB7113","code":"A91XMB7113"}}"#;

const SIGNATURE: HeaderName = HeaderName::from_static("x-bithuman-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-bithuman-timestamp");
const EVENT: HeaderName = HeaderName::from_static("x-bithuman-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-bithuman-delivery");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

const SECRET: &str = "your-webhook-secret";
const TOKEN: &str = "your-api-token";
const BOTH: &str = "your-webhook-secret\nyour-api-token";
const ACCOUNT_SECRET: &str = "whsec_60fe3dtest";

const NOW: Timestamp = Timestamp::from_unix(1_780_417_380);

/// All modes, each with a key's text.
const MODES: [(BitHumanSession, &str); 5] = [
    (BitHumanSession::signed(), SECRET),
    (BitHumanSession::bearer(), TOKEN),
    (BitHumanSession::api_key(), TOKEN),
    (BitHumanSession::signed_and_bearer(), BOTH),
    (BitHumanSession::signed_and_api_key(), BOTH),
];

fn request(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post("https://example.com/webhooks").body(body.into()).unwrap()
}

fn signed<S: Scheme>(scheme: &S, secret: &str, body: &str, at: Timestamp) -> Request<Bytes> {
    let mut request = request(body.to_owned());
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), at).unwrap();
    request
}

fn verified_at<S: Scheme>(
    scheme: &S,
    secret: &str,
    request: Request<Bytes>,
    now: Timestamp,
) -> Result<Verified, RejectionKind> {
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &scheme.key(secret).unwrap().into(), now) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

fn verified<S: Scheme>(scheme: &S, secret: &str, request: Request<Bytes>) -> Result<Verified, RejectionKind> {
    verified_at(scheme, secret, request, NOW)
}

/// What the layer answers where the handler, if it is asked, answers `handler` with an empty body.
async fn answer<S: Scheme>(
    layer: &VerifySignatureLayer<S>,
    request: Request<Bytes>,
    handler: StatusCode,
) -> (Response<()>, String) {
    let service = layer.layer(service_fn(move |_: Request<VerifiedBody>| async move {
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = handler;
        Ok::<_, Infallible>(response)
    }));
    let response = service.oneshot(request.map(Full::new)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
}

fn layer<S: Scheme>(scheme: S, secret: &str) -> VerifySignatureLayer<S> {
    let key = scheme.key(secret).unwrap();
    VerifySignatureLayer::new(scheme, key).clock(|| Some(NOW))
}

/// The documented refusal, byte for byte, for this reason.
async fn is_refused<S: Scheme>(
    layer: &VerifySignatureLayer<S>,
    request: Request<Bytes>,
    reason: RejectionKind,
    what: &str,
) {
    let (response, body) = answer(layer, request, StatusCode::OK).await;
    let rejection: &Rejection = response.extensions().get().unwrap_or_else(|| panic!("{what}: not refused"));
    assert_eq!(rejection.kind(), reason, "{what}");
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{what}");
    assert_eq!(body, r#"{"error":"Invalid signature"}"#, "{what}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json", "{what}");
}

fn with(mut request: Request<Bytes>, change: impl FnOnce(&mut HeaderMap)) -> Request<Bytes> {
    change(request.headers_mut());
    request
}

fn set(name: HeaderName, value: &'static str) -> impl FnOnce(&mut HeaderMap) {
    move |headers| {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

fn doubled(name: HeaderName) -> impl FnOnce(&mut HeaderMap) {
    move |headers| {
        let value = headers[&name].clone();
        headers.append(name, value);
    }
}

fn without(name: HeaderName) -> impl FnOnce(&mut HeaderMap) {
    move |headers| {
        headers.remove(&name).unwrap();
    }
}

// Vectors.

#[test]
fn t28_session_vectors() {
    let valid = "sha256=608d301aa6803b127e6602741f793b762b740c4d4e625ec81db0c73b8812e865";
    let now = Timestamp::from_unix(1_705_312_201);
    for (name, body, signature, outcome) in [
        ("room.join", ROOM_JOIN.to_owned(), valid, Ok(())),
        ("room.join / tampered body", format!("{ROOM_JOIN} "), valid, Err(RejectionKind::SignatureMismatch)),
        (
            "published curl placeholder",
            ROOM_JOIN.to_owned(),
            "sha256=test",
            Err(RejectionKind::MalformedSignature),
        ),
    ] {
        let request = with(request(body), |headers| {
            headers.insert("Content-Type", HeaderValue::from_static("application/json"));
            headers.insert("X-bitHuman-Signature", HeaderValue::from_static(signature));
        });
        let verdict = verified_at(&BitHumanSession::signed(), SECRET, request, now);
        assert_eq!(verdict.map(|_| ()), outcome, "{name}");
    }
}

#[test]
fn t28_account_vectors() {
    let tampered = format!("{} ", AGENT_READY);
    for (name, body, now, outcome) in [
        ("agent.ready", AGENT_READY, 1_780_417_380, Ok(())),
        ("agent.ready / tampered body", &*tampered, 1_780_417_380, Err(RejectionKind::SignatureMismatch)),
        ("stale", AGENT_READY, 1_780_417_672, Err(RejectionKind::StaleTimestamp)),
    ] {
        let request = with(request(body.to_owned()), |headers| {
            for (name, value) in [
                ("Content-Type", "application/json"),
                ("X-BitHuman-Event", "agent.ready"),
                ("X-BitHuman-Delivery", "evt_a1b2c3"),
                ("X-BitHuman-Timestamp", "1780417371"),
                (
                    "X-BitHuman-Signature",
                    "sha256=64f80d6fad653d07438abef85d1f7dc02ce1758c34539ab6d95dd7082e370cca",
                ),
            ] {
                headers.insert(
                    HeaderName::from_bytes(name.as_bytes()).unwrap(),
                    HeaderValue::from_static(value),
                );
            }
        });
        let verdict = verified_at(&BitHumanAccount, ACCOUNT_SECRET, request, Timestamp::from_unix(now)).map(
            |verified| {
                assert_eq!(verified.signed_event(), Some("agent.ready"));
                assert_eq!(verified.signed_id(), Some("evt_a1b2c3"));
                assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(1_780_417_371)));
            },
        );
        assert_eq!(verdict, outcome, "{name}");
    }
}

// The suite.

#[test]
fn every_mode_is_conformant() {
    for (scheme, secret) in MODES {
        let other = secret.replace("your", "their");
        conformance::scheme(&scheme, &Sample::new(request(CHAT_PUSH), secret, other));
    }
    conformance::scheme(
        &BitHumanAccount,
        &Sample::new(request(AGENT_READY), ACCOUNT_SECRET, "whsec_another"),
    );
}

// Refusals.

#[tokio::test]
async fn every_refusal_of_the_signature_is_the_documented_one() {
    use RejectionKind as K;
    let scheme = BitHumanSession::signed();
    let layer = layer(scheme, SECRET);
    let good = || signed(&scheme, SECRET, CHAT_PUSH, NOW);
    let no_prefix = |headers: &mut HeaderMap| {
        let hex = headers[SIGNATURE].to_str().unwrap().trim_start_matches("sha256=").to_owned();
        headers.insert(SIGNATURE, hex.try_into().unwrap());
    };
    let truncated = |headers: &mut HeaderMap| {
        let value = headers[SIGNATURE].to_str().unwrap();
        let shorter = value[..value.len() - 2].to_owned();
        headers.insert(SIGNATURE, shorter.try_into().unwrap());
    };
    let twice = r#"{"event_type":"chat.push","event_type":"room.join"}"#;
    for (what, request, kind) in [
        ("missing", with(good(), without(SIGNATURE)), K::MissingHeader),
        ("doubled", with(good(), doubled(SIGNATURE)), K::DuplicateHeader),
        ("empty", with(good(), set(SIGNATURE, "")), K::MalformedHeader),
        ("without its prefix", with(good(), no_prefix), K::MalformedHeader),
        ("another prefix", with(good(), set(SIGNATURE, "sha1=0fa0")), K::MalformedHeader),
        ("only a prefix", with(good(), set(SIGNATURE, "sha256=")), K::MalformedSignature),
        ("the page's curl", with(good(), set(SIGNATURE, "sha256=test")), K::MalformedSignature),
        ("truncated", with(good(), truncated), K::MalformedSignature),
        ("another secret", signed(&scheme, "another", CHAT_PUSH, NOW), K::SignatureMismatch),
        ("another body", good().map(|_| Bytes::from_static(ROOM_JOIN.as_bytes())), K::SignatureMismatch),
        ("an event named twice", signed(&scheme, SECRET, twice, NOW), K::MalformedBody),
    ] {
        is_refused(&layer, request, kind, what).await;
    }
}

#[tokio::test]
async fn every_refusal_of_the_token_is_the_documented_one() {
    use RejectionKind as K;
    for (scheme, name, wrong) in [
        (BitHumanSession::bearer(), header::AUTHORIZATION, "Bearer my-api-token"),
        (BitHumanSession::api_key(), API_KEY, "my-api-token"),
    ] {
        let layer = layer(scheme, TOKEN);
        let good = || signed(&scheme, TOKEN, CHAT_PUSH, NOW);
        for (what, request, kind) in [
            ("missing", with(good(), without(name.clone())), K::MissingHeader),
            ("doubled", with(good(), doubled(name.clone())), K::DuplicateHeader),
            ("empty", with(good(), set(name.clone(), "")), K::MalformedHeader),
            ("wrong", with(good(), set(name.clone(), wrong)), K::SignatureMismatch),
        ] {
            is_refused(&layer, request, kind, what).await;
        }
    }
    let bearer = layer(BitHumanSession::bearer(), TOKEN);
    for value in ["your-api-token", "Basic your-api-token", "Bearer"] {
        let request = with(request(CHAT_PUSH), set(header::AUTHORIZATION, value));
        is_refused(&bearer, request, K::MalformedHeader, value).await;
    }
}

#[tokio::test]
async fn every_refusal_of_an_account_delivery_is_the_documented_one() {
    use RejectionKind as K;
    let layer = layer(BitHumanAccount, ACCOUNT_SECRET);
    let body = |body: &str| signed(&BitHumanAccount, ACCOUNT_SECRET, body, NOW);
    let good = || body(AGENT_READY);
    let at = |seconds| signed(&BitHumanAccount, ACCOUNT_SECRET, AGENT_READY, Timestamp::from_unix(seconds));
    let no_prefix = |headers: &mut HeaderMap| {
        let hex = headers[SIGNATURE].to_str().unwrap().trim_start_matches("sha256=").to_owned();
        headers.insert(SIGNATURE, hex.try_into().unwrap());
    };
    let ids = signed(&BitHumanSession::signed(), ACCOUNT_SECRET, "x", NOW);
    let twice = {
        // `sign` does not sign such a body, so it signs the text as a session's.
        let body = r#"{"id":"evt_1","id":"evt_2","event":"ping"}"#;
        let text = format!("{}.{body}", NOW.as_unix());
        let signature =
            signed(&BitHumanSession::signed(), ACCOUNT_SECRET, &text, NOW).headers()[SIGNATURE].clone();
        with(request(body), |headers| {
            headers.insert(SIGNATURE, signature);
            headers.insert(TIMESTAMP, HeaderValue::from(NOW.as_unix()));
        })
    };
    for (what, request, kind) in [
        ("no signature", with(good(), without(SIGNATURE)), K::MissingHeader),
        ("no time", with(good(), without(TIMESTAMP)), K::MissingHeader),
        ("two signatures", with(good(), doubled(SIGNATURE)), K::DuplicateHeader),
        ("two times", with(good(), doubled(TIMESTAMP)), K::DuplicateHeader),
        ("two events", with(good(), doubled(EVENT)), K::DuplicateHeader),
        ("two ids", with(good(), doubled(DELIVERY)), K::DuplicateHeader),
        ("without its prefix", with(good(), no_prefix), K::MalformedHeader),
        ("no hexadecimal", with(good(), set(SIGNATURE, "sha256=test")), K::MalformedSignature),
        ("a fraction of a second", with(good(), set(TIMESTAMP, "1780417380.5")), K::MalformedTimestamp),
        ("a time with a sign", with(good(), set(TIMESTAMP, "+1780417380")), K::MalformedTimestamp),
        ("another time", with(good(), set(TIMESTAMP, "1780417381")), K::SignatureMismatch),
        ("milliseconds", with(good(), set(TIMESTAMP, "1780417380000")), K::FutureTimestamp),
        ("301 s old", at(NOW.as_unix() - 301), K::StaleTimestamp),
        ("301 s ahead", at(NOW.as_unix() + 301), K::FutureTimestamp),
        ("another secret", signed(&BitHumanAccount, "whsec_another", AGENT_READY, NOW), K::SignatureMismatch),
        (
            "the secret without `whsec_`",
            signed(&BitHumanAccount, "60fe3dtest", AGENT_READY, NOW),
            K::SignatureMismatch,
        ),
        (
            "a signature of another text",
            with(good(), |h| {
                h.insert(SIGNATURE, ids.headers()[SIGNATURE].clone());
            }),
            K::SignatureMismatch,
        ),
        ("the head names another event", with(good(), set(EVENT, "agent.failed")), K::EventMismatch),
        ("the head names another id", with(good(), set(DELIVERY, "evt_other")), K::IdMismatch),
        ("an id twice", twice, K::MalformedBody),
    ] {
        is_refused(&layer, request, kind, what).await;
    }
    for (what, seconds) in [("300 s old", NOW.as_unix() - 300), ("300 s ahead", NOW.as_unix() + 300)] {
        assert_eq!(answer(&layer, at(seconds), StatusCode::OK).await.0.status(), StatusCode::OK, "{what}");
    }
}

#[tokio::test]
async fn only_post_is_a_method() {
    let layer = layer(BitHumanSession::signed(), SECRET);
    let get = Request::get("https://example.com/").body(Bytes::new()).unwrap();
    let (response, _) = answer(&layer, get, StatusCode::OK).await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "POST");
}

// Acknowledgements.

#[tokio::test]
async fn a_session_delivery_is_acknowledged_with_exactly_200() {
    for (scheme, secret) in MODES {
        let layer = layer(scheme, secret);
        for handler in [StatusCode::OK, StatusCode::CREATED, StatusCode::ACCEPTED, StatusCode::NO_CONTENT] {
            let (response, body) = answer(&layer, signed(&scheme, secret, CHAT_PUSH, NOW), handler).await;
            assert_eq!((response.status(), &*body), (StatusCode::OK, r#"{"status":"ok"}"#), "{handler}");
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        }
        let failed = StatusCode::INTERNAL_SERVER_ERROR;
        let (response, body) = answer(&layer, signed(&scheme, secret, CHAT_PUSH, NOW), failed).await;
        assert_eq!((response.status(), &*body), (failed, ""), "a failure stays one");
    }
}

#[tokio::test]
async fn an_account_delivery_is_acknowledged_with_any_2xx() {
    let layer = layer(BitHumanAccount, ACCOUNT_SECRET);
    let delivery = || signed(&BitHumanAccount, ACCOUNT_SECRET, AGENT_READY, NOW);
    let (response, body) = answer(&layer, delivery(), StatusCode::ACCEPTED).await;
    assert_eq!((response.status(), &*body), (StatusCode::ACCEPTED, r#"{"status":"ok"}"#));
}

#[test]
fn the_provider_waits_ten_seconds() {
    assert_eq!(BitHumanSession::signed().lease(), Duration::from_secs(10));
    assert_eq!(BitHumanAccount.lease(), Duration::from_secs(5));
    assert_eq!(BitHumanAccount.tolerance(), Duration::from_secs(300));
}

// Both of two.

#[tokio::test]
async fn t08_neither_of_two_proofs_stands_for_the_other() {
    use RejectionKind as K;
    for (scheme, name, wrong) in [
        (BitHumanSession::signed_and_bearer(), header::AUTHORIZATION, "Bearer another-token"),
        (BitHumanSession::signed_and_api_key(), API_KEY, "another-token"),
    ] {
        let layer = layer(scheme, BOTH);
        let good = || signed(&scheme, BOTH, CHAT_PUSH, NOW);
        let (response, _) = answer(&layer, good(), StatusCode::OK).await;
        assert_eq!(response.status(), StatusCode::OK);
        for (what, request, kind) in [
            ("only the token", with(good(), without(SIGNATURE)), K::MissingHeader),
            ("only the signature", with(good(), without(name.clone())), K::MissingHeader),
            ("a wrong token", with(good(), set(name.clone(), wrong)), K::SignatureMismatch),
            ("two tokens", with(good(), doubled(name.clone())), K::DuplicateHeader),
            ("two signatures", with(good(), doubled(SIGNATURE)), K::DuplicateHeader),
            ("another body", good().map(|_| Bytes::from_static(ROOM_JOIN.as_bytes())), K::SignatureMismatch),
            (
                "another signing secret",
                signed(&scheme, "another\nyour-api-token", CHAT_PUSH, NOW),
                K::SignatureMismatch,
            ),
            (
                "the two the other way round",
                signed(&scheme, "your-api-token\nyour-webhook-secret", CHAT_PUSH, NOW),
                K::SignatureMismatch,
            ),
        ] {
            is_refused(&layer, request, kind, what).await;
        }
    }
    let bearer = layer(BitHumanSession::signed_and_bearer(), BOTH);
    let elsewhere = signed(&BitHumanSession::signed_and_api_key(), BOTH, CHAT_PUSH, NOW);
    is_refused(&bearer, elsewhere, K::MissingHeader, "the token in the other header").await;
}

#[test]
fn a_key_of_one_kind_does_not_serve_the_other() {
    let (signed_only, bearer) = (BitHumanSession::signed(), BitHumanSession::bearer());
    let (parts, body) = signed(&bearer, TOKEN, CHAT_PUSH, NOW).into_parts();
    let keys = KeySet::from(signed_only.key(TOKEN).unwrap());
    let rejection = verify(&bearer, &parts, &body, &keys, NOW).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
    let both = BitHumanSession::signed_and_bearer();
    let (parts, body) = signed(&both, BOTH, CHAT_PUSH, NOW).into_parts();
    for half in [signed_only.key(SECRET).unwrap(), bearer.key(TOKEN).unwrap()] {
        let rejection = verify(&both, &parts, &body, &half.into(), NOW).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
    }
}

#[test]
fn what_was_signed_is_marked_as_signed() {
    for (scheme, secret) in MODES {
        let verified = verified(&scheme, secret, signed(&scheme, secret, CHAT_PUSH, NOW)).unwrap();
        let signs = secret != TOKEN;
        assert_eq!(verified.scheme(), "bithuman-session");
        assert_eq!(verified.event(), Some("chat.push"), "{scheme:?}");
        assert_eq!(verified.signed_event(), signs.then_some("chat.push"), "{scheme:?}");
        assert_eq!(verified.proof() == Proof::SignedBody, signs, "{scheme:?}");
        assert_eq!(verified.proof() == Proof::SharedToken, !signs, "{scheme:?}");
        assert_eq!((verified.id(), verified.signed_at()), (None, None), "{scheme:?}");
    }
}

#[test]
fn t04_the_text_of_two_secrets_is_two_secrets() {
    for scheme in [BitHumanSession::signed_and_bearer(), BitHumanSession::signed_and_api_key()] {
        for wrong in
            ["", "secret", "secret token", "secret\ntoken\n", "secret\ntoken\nmore", "same\nsame", "\n"]
        {
            let error = scheme.key(wrong).unwrap_err();
            assert!(matches!(error, KeyError::WrongParts { .. }), "{wrong:?}: {error:?}");
        }
        assert_eq!(scheme.key("\ntoken").unwrap_err(), KeyError::Empty);
        assert_eq!(scheme.key("secret\n").unwrap_err(), KeyError::Empty);
        assert_eq!(scheme.key("secret\n ").unwrap_err(), KeyError::Blank);
        assert_eq!(scheme.key("secret\r\ntoken").unwrap_err(), KeyError::SurroundingSpace);
    }
    assert_eq!(BitHumanSession::both_secrets("", "token").unwrap_err(), KeyError::Empty);
    assert_eq!(BitHumanSession::both_secrets("secret", " ").unwrap_err(), KeyError::Blank);
    assert!(matches!(BitHumanSession::both_secrets("x", "x"), Err(KeyError::WrongParts { .. })));
    assert_eq!(BitHumanAccount.key("whsec_").unwrap_err(), KeyError::OnlyPrefix { prefix: "whsec_" });
}

#[test]
fn two_secrets_and_their_text_make_the_same_key() {
    let scheme = BitHumanSession::signed_and_bearer();
    let (parts, body) = signed(&scheme, BOTH, CHAT_PUSH, NOW).into_parts();
    let key: Key = BitHumanSession::both_secrets(SECRET, TOKEN).unwrap();
    assert!(verify(&scheme, &parts, &body, &key.clone().into(), NOW).is_ok());
    let shown = format!("{key:?}{:?}", scheme.signing_key(BOTH).unwrap());
    assert!(!shown.contains(SECRET) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn the_two_secrets_can_be_rotated_one_after_the_other() {
    let scheme = BitHumanSession::signed_and_bearer();
    let pair = |text| scheme.key(text).unwrap();
    let keys = KeySet::from(pair("new-secret\nnew-token")).or(pair("old-secret\nold-token"));
    let accepts = |text| {
        let (parts, body) = signed(&scheme, text, CHAT_PUSH, NOW).into_parts();
        verify(&scheme, &parts, &body, &keys, NOW).is_ok()
    };
    for text in ["new-secret\nnew-token", "old-secret\nold-token", "new-secret\nold-token"] {
        assert!(accepts(text), "{text:?}");
    }
    assert!(!accepts("new-secret\nolder-token") && !accepts("older-secret\nnew-token"));
}

// The two schemes' one header.

#[test]
fn an_unsigned_header_does_not_choose_the_recipe() {
    let session = BitHumanSession::signed();
    let dressed = with(signed(&session, SECRET, CHAT_PUSH, NOW), |headers| {
        headers.insert(TIMESTAMP, HeaderValue::from(NOW.as_unix()));
        headers.insert(EVENT, HeaderValue::from_static("room.join"));
        headers.insert(DELIVERY, HeaderValue::from_static("evt_1"));
    });
    let verified_session = verified(&session, SECRET, dressed.clone()).unwrap();
    assert_eq!(verified_session.event(), Some("chat.push"));
    assert_eq!((verified_session.id(), verified_session.signed_at()), (None, None));
    assert_eq!(verified(&BitHumanAccount, SECRET, dressed).unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn an_account_signature_verifies_as_a_sessions_unless_the_secrets_differ() {
    let account = signed(&BitHumanAccount, ACCOUNT_SECRET, AGENT_READY, NOW);
    let (parts, body) = account.into_parts();
    let text = [parts.headers[TIMESTAMP].as_bytes(), b".", &body].concat();
    let rewritten = || {
        with(request(text.clone()), |headers| {
            headers.insert(SIGNATURE, parts.headers[SIGNATURE].clone());
        })
    };
    let session = BitHumanSession::signed();
    let same_secret =
        verified(&session, ACCOUNT_SECRET, rewritten()).expect("it is a signature of that text");
    assert_eq!(same_secret.event(), None, "the text is no JSON");
    let typed = same_secret.parse_tagged::<SessionEvent>().unwrap_err();
    assert_eq!(typed.kind(), EventErrorKind::NoEventType);
    assert!(same_secret.parse::<Value>().is_err());
    assert_eq!(verified(&session, SECRET, rewritten()).unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn a_sessions_signature_is_no_account_delivery_even_under_one_secret() {
    let session = signed(&BitHumanSession::signed(), ACCOUNT_SECRET, CHAT_PUSH, NOW);
    for time in ["", "1780417380"] {
        let dressed = with(session.clone(), set(TIMESTAMP, time));
        assert!(verified(&BitHumanAccount, ACCOUNT_SECRET, dressed).is_err(), "{time:?}");
    }
}

#[test]
fn t26_the_head_of_an_account_delivery_is_compared_and_not_believed() {
    let good = || signed(&BitHumanAccount, ACCOUNT_SECRET, AGENT_READY, NOW);
    assert_eq!(good().headers()[EVENT], "agent.ready");
    assert_eq!(good().headers()[DELIVERY], "evt_a1b2c3");
    let bare = with(with(good(), without(EVENT)), without(DELIVERY));
    let bare = verified(&BitHumanAccount, ACCOUNT_SECRET, bare).unwrap();
    assert_eq!((bare.signed_event(), bare.signed_id()), (Some("agent.ready"), Some("evt_a1b2c3")));
    let silent = signed(&BitHumanAccount, ACCOUNT_SECRET, r#"{"created":1}"#, NOW);
    let silent = with(with(silent, set(EVENT, "agent.ready")), set(DELIVERY, "evt_1"));
    let silent = verified(&BitHumanAccount, ACCOUNT_SECRET, silent).unwrap();
    assert_eq!((silent.event(), silent.id()), (None, None), "what only the head says is nothing");
}

// Typed events.

fn session_event(body: &str) -> SessionEvent {
    let scheme = BitHumanSession::signed();
    verified(&scheme, SECRET, signed(&scheme, SECRET, body, NOW)).unwrap().parse_tagged().unwrap()
}

fn account_event(body: &str) -> AccountEvent {
    let request = signed(&BitHumanAccount, ACCOUNT_SECRET, body, NOW);
    verified(&BitHumanAccount, ACCOUNT_SECRET, request).unwrap().parse_tagged().unwrap()
}

#[test]
fn room_join_as_both_pages_print_it() {
    let SessionEvent::RoomJoin(Session { agent_id, event_type, data, timestamp, .. }) =
        session_event(ROOM_JOIN)
    else {
        panic!("no room.join");
    };
    assert_eq!((&*agent_id, &*event_type, timestamp), ("agent_abc123", "room.join", 1_705_312_200.0));
    let RoomJoin { room_name, participant_count, session_id, .. } = data;
    assert_eq!((&*room_name, participant_count, &*session_id), ("customer-support", 1, "session_xyz789"));
    let newest = r#"{ "agent_id": "A80HVD8577", "event_type": "room.join",
        "data": { "room_name": "room-A80HVD8577-qtrJ-cOFR", "participant_count": 3,
                  "session_id": "8d947f06-2c36-4d98-aafe-b232da2433ff" },
        "timestamp": 1790607253.5575945 }"#;
    let SessionEvent::RoomJoin(join) = session_event(newest) else { panic!("no room.join") };
    assert_eq!(join.data.participant_count, 3);
    assert!((join.timestamp - 1_790_607_253.557_594_5).abs() < 1e-6, "{}", join.timestamp);
}

#[test]
fn chat_push_as_both_pages_print_it() {
    let SessionEvent::ChatPush(chat) = session_event(CHAT_PUSH) else { panic!("no chat.push") };
    let ChatPush { role, message, session_id, timestamp, .. } = chat.data;
    assert_eq!((role, &*message), (Role::User, "Hello, I need help with my order"));
    assert_eq!((&*session_id, timestamp), ("session_xyz789", Some(1_705_312_285.0)));
    let older = r#"{"agent_code":"A80HVD8577","event_type":"chat.push","data":{"role":"assistant","message":"Hello","session_id":"session_xyz"},"timestamp":1705312285}"#;
    let SessionEvent::ChatPush(chat) = session_event(older) else { panic!("no chat.push") };
    assert_eq!((&*chat.agent_id, chat.timestamp), ("A80HVD8577", 1_705_312_285.0));
    assert_eq!((chat.data.role, chat.data.timestamp), (Role::Assistant, None));
}

#[test]
fn unknown_roles_events_and_fields_of_a_session_survive() {
    let SessionEvent::ChatPush(chat) = session_event(
        r#"{"agent_id":"a","event_type":"chat.push","data":{"role":"tool","message":"","session_id":"s","new":1},"timestamp":1.5,"new":{}}"#,
    ) else {
        panic!("no chat.push");
    };
    assert_eq!(chat.data.role, Role::Other("tool".into()));
    let body = r#"{"agent_id":"test_agent_123","event_type":"test","anything":[1]}"#;
    let whole = serde_json::from_str::<Value>(body).unwrap();
    assert_eq!(session_event(body), SessionEvent::Test(whole));
    let body = r#"{"event_type":"room.leave","data":{"reason":"idle"}}"#;
    let whole = json!({ "event_type": "room.leave", "data": { "reason": "idle" } });
    assert_eq!(session_event(body), SessionEvent::Other(whole));
}

#[test]
fn account_events_as_the_page_prints_them() {
    let AccountEvent::AgentReady(ready) = account_event(AGENT_READY) else { panic!("no agent.ready") };
    assert_eq!((&*ready.id, &*ready.event, ready.created), ("evt_a1b2c3", "agent.ready", 1_780_417_371));
    assert_eq!(
        (ready.data.agent_id.as_deref(), ready.data.code.as_deref()),
        (Some("A91XMB7113"), Some("A91XMB7113"))
    );
    let failed = r#"{"id":"e","event":"agent.failed","created":1,"data":{"error":"no face","agent_id":"a"}}"#;
    let AccountEvent::AgentFailed(failed) = account_event(failed) else { panic!("no agent.failed") };
    assert_eq!((failed.data.error, &failed.data.other["agent_id"]), (json!("no face"), &json!("a")));
    let video = r#"{"id":"e","event":"video.completed","created":1,"data":{"job_id":"j","status":"completed","model":"m","video_url":"https://example.com/v.mp4","duration_seconds":12.5,"credits_charged":3,"fps":25}}"#;
    let AccountEvent::VideoCompleted(video) = account_event(video) else { panic!("no video.completed") };
    let video = video.data;
    assert_eq!((video.job_id.as_deref(), video.status.as_deref()), (Some("j"), Some("completed")));
    assert_eq!(
        (video.model.as_deref(), video.video_url.as_deref()),
        (Some("m"), Some("https://example.com/v.mp4"))
    );
    assert_eq!((video.duration_seconds, video.credits_charged), (Some(12.5), Some(3.0)));
    assert_eq!(video.other, json!({ "fps": 25 }).as_object().unwrap().clone());
    let failed =
        r#"{"id":"e","event":"video.failed","created":1,"data":{"error":{"message":"too long","code":7}}}"#;
    let AccountEvent::VideoFailed(failed) = account_event(failed) else { panic!("no video.failed") };
    let error = failed.data.error.unwrap();
    assert_eq!((error.message.as_deref(), &error.other["code"]), (Some("too long"), &json!(7)));
}

#[test]
fn account_events_without_a_schema_survive() {
    let AccountEvent::Ping(ping) = account_event(r#"{"id":"e","event":"ping","created":1}"#) else {
        panic!("no ping");
    };
    assert_eq!(ping.data, Value::Null);
    let AccountEvent::Ping(ping) = account_event(r#"{"id":"e","event":"ping","created":1,"data":{"a":1}}"#)
    else {
        panic!("no ping");
    };
    assert_eq!(ping.data, json!({ "a": 1 }));
    let AccountEvent::VideoCompleted(video) =
        account_event(r#"{"id":"e","event":"video.completed","created":1,"data":{}}"#)
    else {
        panic!("no video.completed");
    };
    assert_eq!(video.data.job_id, None);
    let other = r#"{"id":"e","event":"agent.renamed","created":1,"data":{"to":"b"}}"#;
    assert_eq!(account_event(other), AccountEvent::Other(serde_json::from_str(other).unwrap()));
}

#[tokio::test]
async fn a_handler_takes_typed_events() {
    async fn on_session(
        _: Verified<BitHumanSession>,
        TaggedEvent(event): TaggedEvent<SessionEvent>,
    ) -> StatusCode {
        match event {
            SessionEvent::ChatPush(chat) if chat.data.role == Role::User => StatusCode::ACCEPTED,
            _ => StatusCode::IM_A_TEAPOT,
        }
    }
    let scheme = BitHumanSession::signed_and_api_key();
    let app = Router::new().route("/session", post(on_session)).route_layer(layer(scheme, BOTH));
    let send = |request: Request<Bytes>| {
        let (mut parts, body) = request.into_parts();
        parts.uri = "/session".parse().unwrap();
        app.clone().oneshot(Request::from_parts(parts, Body::from(body)))
    };
    let response = send(signed(&scheme, BOTH, CHAT_PUSH, NOW)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), r#"{"status":"ok"}"#);
    let response = send(signed(&scheme, BOTH, ROOM_JOIN, NOW)).await.unwrap();
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
}

// Replay.

/// How often the handler is asked when each of `requests` is sent in turn; and how the last was answered.
async fn handled<S: Scheme>(
    scheme: S,
    secret: &str,
    replay: Replay,
    requests: Vec<Request<Bytes>>,
) -> (usize, Response<()>) {
    let count = Arc::new(AtomicUsize::new(0));
    let service = layer(scheme, secret).replay(replay).layer(service_fn({
        let count = Arc::clone(&count);
        move |_: Request<VerifiedBody>| {
            count.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::new()))) }
        }
    }));
    let mut last = Response::new(());
    for request in requests {
        last = service.clone().oneshot(request.map(Full::new)).await.unwrap().map(|_| ());
    }
    (count.load(Ordering::SeqCst), last)
}

fn memory() -> Replay {
    Replay::new(MemoryStore::new(100), "test")
}

#[tokio::test]
async fn t12_an_account_delivery_is_known_by_its_id() {
    let at = |seconds, body| {
        let request =
            signed(&BitHumanAccount, ACCOUNT_SECRET, body, Timestamp::from_unix(NOW.as_unix() + seconds));
        with(request, |headers| {
            headers.remove(DELIVERY);
        })
    };
    let changed = AGENT_READY.replace("A91XMB7113", "A91XMB7114");
    let repeats = vec![at(0, AGENT_READY), at(0, AGENT_READY), at(2, AGENT_READY), at(5, &*changed)];
    let (count, last) = handled(BitHumanAccount, ACCOUNT_SECRET, memory(), repeats).await;
    assert_eq!((count, last.status()), (1, StatusCode::OK));
    assert_eq!(last.extensions().get(), Some(&Answered::Repeat));
    let another = AGENT_READY.replace("evt_a1b2c3", "evt_d4e5f6");
    let two = vec![at(0, AGENT_READY), at(0, &*another)];
    assert_eq!(handled(BitHumanAccount, ACCOUNT_SECRET, memory(), two).await.0, 2);
}

#[tokio::test]
async fn t34_session_deliveries_are_remembered_only_by_choice() {
    for (scheme, secret) in MODES {
        let twice = || vec![signed(&scheme, secret, CHAT_PUSH, NOW), signed(&scheme, secret, CHAT_PUSH, NOW)];
        assert_eq!(handled(scheme, secret, memory(), twice()).await.0, 2, "{scheme:?}");
        let bodies = memory().remember_bodies();
        assert_eq!(handled(scheme, secret, bodies, twice()).await.0, 1, "{scheme:?}");
        let two = vec![signed(&scheme, secret, CHAT_PUSH, NOW), signed(&scheme, secret, ROOM_JOIN, NOW)];
        assert_eq!(handled(scheme, secret, memory().remember_bodies(), two).await.0, 2, "{scheme:?}");
    }
}
