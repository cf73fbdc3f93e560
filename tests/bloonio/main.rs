//! Bloonio's Chat Relay: what it signs, its events, its nine routes, its settings.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod events;
mod routes;
mod scheme;
mod settings;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use std::convert::Infallible;
use tower::ServiceExt as _;
use tower_service::Service;
use tower_webhook::{
    Rejection, RejectionKind, Scheme, Verified,
    key::{KeySet, Tenants},
    providers::bloonio::{BloonioChat, EventName},
    scheme::{Verdict, verify},
    time::Timestamp,
};

const SECRET: &str = "sk_test_example";
const TENANT: &str = "019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f";
const OTHER_SECRET: &str = "sk_test_other";
const OTHER_TENANT: &str = "019e4ae7-2b3c-7d4e-8f5a-6b7c8d9e0f1a";
const NOW: Timestamp = Timestamp::from_unix_millis(1_789_000_000_123);
const PREFIX: &str = "/api/v1/chat-callbacks";

/// `{"received": true}`, byte for byte as the documentation prints it.
const RECEIVED: &str = "{\"received\": true}";

fn keys() -> KeySet {
    BloonioChat.key(SECRET).unwrap().into()
}

fn tenants() -> Tenants {
    Tenants::new()
        .with(TENANT, BloonioChat.key(SECRET).unwrap())
        .with(OTHER_TENANT, BloonioChat.key(OTHER_SECRET).unwrap())
}

/// A callback for the path's last segment, signed now.
fn callback(slug: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    callback_of(TENANT, SECRET, slug, body)
}

fn callback_of(tenant: &str, secret: &str, slug: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::post(format!("{PREFIX}/{slug}"))
        .header("X-Bloonio-Tenant-Id", tenant)
        .body(body.into())
        .unwrap();
    BloonioChat.sign(&mut request, &BloonioChat.signing_key(secret).unwrap(), NOW).unwrap();
    request
}

/// What `verify` says of it, with one fixed key.
fn verdict(request: Request<Bytes>) -> Result<Verified, RejectionKind> {
    verdict_at(request, NOW)
}

fn verdict_at(request: Request<Bytes>, now: Timestamp) -> Result<Verified, RejectionKind> {
    let (parts, body) = request.into_parts();
    match verify(&BloonioChat, &parts, &body, &keys(), now) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(other) => panic!("not a delivery: {other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

/// A body by the model of the vendor's package.
fn modelled(event_type: &str) -> Value {
    json!({
        "event_type": event_type,
        "tenant_id": TENANT,
        "occurred_at": "2026-09-10T01:46:40Z",
        "conversation_id": "c1",
        "ticket_number": "LOK-000123",
        "escalation_reason": "user_request",
        "agent_user_id": null,
        "extra": {"priority": "p1"},
    })
}

/// An `agent_*` body as documented.
fn documented(status: &str) -> Value {
    json!({
        "conversation_id": "68d0c1f2a3b4c5d6e7f80910",
        "tenant_id": TENANT,
        "status": status,
        "operator_id": "019e4ae7-3c4d-7e5f-8a6b-7c8d9e0f1a2b",
        "visitor_session_id": "vs_c29tZSBzZXNzaW9u",
        "escalation_reason": null,
        "claim_count": 1,
        "claimed_at": "2026-05-22T12:34:56Z",
        "released_at": null,
        "resolved_at": null,
    })
}

/// The nine slugs, each with a body that fits.
fn all_nine() -> Vec<(&'static str, Value)> {
    let status = |event| match event {
        EventName::AgentAssigned => Some("ASSIGNED"),
        EventName::AgentReleased => Some("WAITING"),
        EventName::AgentResolved => Some("RESOLVED"),
        _ => None,
    };
    let body = |event: EventName| status(event).map_or_else(|| modelled(event.as_str()), documented);
    EventName::ALL.into_iter().map(|event| (event.slug(), body(event))).collect()
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    rejection: Option<RejectionKind>,
    body: String,
}

/// Sends a request to any service that a tower server would take.
async fn send<S, B>(service: &S, request: Request<Bytes>) -> Answer
where
    S: Service<Request<Full<Bytes>>, Response = http::Response<B>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let response = service.clone().oneshot(request.map(Full::new)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer {
        status: parts.status,
        rejection: parts.extensions.get().map(Rejection::kind),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    }
}

fn assert_received(answer: &Answer) {
    assert_eq!((answer.status, &*answer.body), (StatusCode::OK, RECEIVED));
    assert_eq!(answer.headers[CONTENT_TYPE], "application/json");
}

fn assert_refused(answer: &Answer, kind: RejectionKind) {
    assert_eq!((answer.status, &*answer.body), (StatusCode::UNAUTHORIZED, ""));
    assert_eq!(answer.rejection, Some(kind));
}
