//! What the operator is told by `tracing`. One test, in a process of its own: which events are enabled is decided for
//! the whole process, once.
#![cfg(all(feature = "tracing", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use std::{
    convert::Infallible,
    fmt,
    sync::{Arc, Mutex},
};
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_webhook::{
    Scheme, VerifiedBody, VerifySignatureLayer,
    key::Tenants,
    providers::{BloonioChat, GitHub, bloonio::Callbacks},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix(1_789_000_000);
const TENANT: &str = "019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f";

#[tokio::test]
async fn a_refusal_is_one_event_with_its_reason_and_an_event_without_a_handler_is_one_at_debug_level() {
    let log = Log::default();
    tracing::subscriber::set_global_default(log.clone()).unwrap();

    let layer = VerifySignatureLayer::new(GitHub, GitHub.key("the-secret").unwrap());
    let inner = service_fn(async |_: Request<VerifiedBody>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    });
    let forged = Request::post("/")
        .header("x-hub-signature-256", format!("sha256={}", "0".repeat(64)))
        .body(Full::new(Bytes::from_static(b"private words")))
        .unwrap();
    let response = layer.layer(inner).oneshot(forged).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let lines = log.take();
    let [line] = &*lines else { unreachable!("one event: {lines:?}") };
    assert!(
        line.starts_with("WARN ") && line.contains("github") && line.contains("SignatureMismatch"),
        "{line}"
    );
    assert!(!line.contains("the-secret") && !line.contains("private words"), "{line}");

    let key = BloonioChat.key("sk_of_the_tenant").unwrap();
    let callbacks =
        Callbacks::new(Tenants::new().with(TENANT, key)).configure(|layer| layer.clock(|| Some(NOW)));
    let body = format!(r#"{{"event_type":"ticket_created","tenant_id":"{TENANT}","occurred_at":""}}"#);
    let mut unhandled = Request::post("/api/v1/chat-callbacks/ticket-created")
        .header("x-bloonio-tenant-id", TENANT)
        .body(Bytes::from(body))
        .unwrap();
    let signing_key = BloonioChat.signing_key("sk_of_the_tenant").unwrap();
    BloonioChat.sign(&mut unhandled, &signing_key, NOW).unwrap();
    let response = callbacks.into_service().oneshot(unhandled.map(Full::new)).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let lines = log.take();
    assert!(
        matches!(&*lines, [line] if line.starts_with("DEBUG ") && line.contains("ticket_created")),
        "{lines:?}"
    );
}

/// Keeps what this crate logs.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Log {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines.lock().unwrap())
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("tower_webhook")
    }

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = Line(format!("{} ", event.metadata().level()));
        event.record(&mut line);
        self.lines.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

struct Line(String);

impl tracing::field::Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}
