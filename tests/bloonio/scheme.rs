//! What is signed, and what of it must agree with the request's head.
use super::*;
use tower_webhook::{
    encoding::Encoding,
    event::EventErrorKind,
    key::{Algorithm, Digest, KeyError},
    providers::bloonio::WebhookEvent,
    scheme::Text,
};

pub(crate) const VECTOR_BODY: &str = concat!(
    r#"{"event_type":"message_received","tenant_id":"019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f","#,
    r#""occurred_at":"2026-09-10T01:46:40Z","conversation_id":"c1"}"#
);
pub(crate) const VECTOR_SIGNATURE: &str = "17f048de9b427e32ec21837c8811fbbaa311d035286bd8ccd217eba9e6df7672";

/// A request whose signature the vendor's package 0.2.0 has made, and accepts.
fn vector() -> Request<Bytes> {
    Request::post("https://api.example.com/api/v1/chat-callbacks/message-received")
        .header("X-Bloonio-Tenant-Id", TENANT)
        .header("X-Bloonio-Timestamp", "1789000000123")
        .header("X-Bloonio-Signature", VECTOR_SIGNATURE)
        .body(Bytes::from_static(VECTOR_BODY.as_bytes()))
        .unwrap()
}

#[test]
fn what_the_vendors_package_signs_is_accepted() {
    let verified = verdict_at(vector(), Timestamp::from_unix(1_789_000_001)).unwrap();
    assert_eq!(verified.event(), Some("message_received"));
    assert_eq!(verified.signed_event(), Some("message_received"));
    assert_eq!(verified.tenant(), Some(TENANT));
    assert_eq!(verified.signed_at(), Some(NOW));
    assert_eq!(verified.id(), None);
}

#[test]
fn the_vector_of_the_vendors_unit_test_is_accepted_and_names_nothing() {
    let request = Request::post("https://api.example.com/api/v1/chat-callbacks/message-received")
        .header("X-Bloonio-Tenant-Id", "tnt_x")
        .header("X-Bloonio-Timestamp", "999")
        .header("X-Bloonio-Signature", "194af97b9b3b20930e89953421b60a9e8c8382f31057d8e296d86799b999b9e8")
        .body(Bytes::from_static(b"payload"))
        .unwrap();
    let verified = verdict_at(request, Timestamp::from_unix(0)).unwrap();
    assert_eq!(verified.event(), Some("message_received"));
    assert_eq!(verified.signed_event(), None, "the path is not signed");
    assert_eq!(verified.tenant(), None, "the header is not signed");
    let error = verified.parse::<WebhookEvent>().unwrap_err();
    assert_eq!((error.kind(), error.status().as_u16()), (EventErrorKind::Payload, 422));
}

#[test]
fn signing_makes_the_vectors_bytes() {
    let request = callback("message-received", VECTOR_BODY);
    assert_eq!(request.headers()["x-bloonio-signature"], VECTOR_SIGNATURE);
    assert_eq!(request.headers()["x-bloonio-timestamp"], "1789000000123");
}

#[test]
fn an_empty_body_is_signed_by_the_digest_of_nothing() {
    let digest = Digest::Sha256.of(b"", Encoding::Hex);
    assert_eq!(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let text = Text::new().bytes(format!("1789000000123.{digest}"));
    let key = BloonioChat.signing_key(SECRET).unwrap();
    let signature = key.sign(Algorithm::HmacSha256, &text, b"").unwrap();
    let request = callback("message-received", "");
    assert_eq!(request.headers()["x-bloonio-signature"], *Encoding::Hex.encode(&signature));
    assert!(verdict(request).is_ok());
}

#[test]
fn a_request_without_a_tenant_is_not_signed() {
    let mut request = Request::new(Bytes::new());
    let key = BloonioChat.signing_key(SECRET).unwrap();
    assert!(BloonioChat.sign(&mut request, &key, NOW).is_err());
    assert!(request.headers().is_empty());
}

#[test]
fn t02_a_tampered_body_is_refused() {
    let request = vector().map(|body| Bytes::from([&body[..], b" "].concat()));
    assert_eq!(verdict(request).unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn t14_thirty_seconds_is_the_tolerance_in_both_directions() {
    let at = |seconds: i64| {
        verdict_at(vector(), Timestamp::from_unix_millis(NOW.as_unix_millis() + seconds * 1000))
    };
    assert!(at(30).is_ok() && at(-30).is_ok());
    assert_eq!(at(31).unwrap_err(), RejectionKind::StaleTimestamp);
    assert_eq!(at(-31).unwrap_err(), RejectionKind::FutureTimestamp);
    // The catalogue's vector, 31.877 seconds later.
    let stale = verdict_at(vector(), Timestamp::from_unix(1_789_000_032));
    assert_eq!(stale.unwrap_err(), RejectionKind::StaleTimestamp);
}

#[test]
fn t06_each_of_the_three_headers_is_required() {
    for name in ["x-bloonio-tenant-id", "x-bloonio-timestamp", "x-bloonio-signature"] {
        let mut request = vector();
        request.headers_mut().remove(name);
        assert_eq!(verdict(request).unwrap_err(), RejectionKind::MissingHeader, "{name}");
        let mut request = vector();
        request.headers_mut().insert(name, "".parse().unwrap());
        assert_eq!(verdict(request).unwrap_err(), RejectionKind::MalformedHeader, "{name}");
        let mut request = vector();
        let value = request.headers()[name].clone();
        request.headers_mut().append(name, value);
        assert_eq!(verdict(request).unwrap_err(), RejectionKind::DuplicateHeader, "{name}");
    }
}

#[test]
fn hexadecimal_is_read_in_either_case() {
    let mut request = vector();
    let upper = VECTOR_SIGNATURE.to_uppercase();
    request.headers_mut().insert("x-bloonio-signature", upper.parse().unwrap());
    assert!(verdict(request).is_ok());
}

/// Signed by the recipe, with the timestamp written as told.
fn with_timestamp(timestamp: &str) -> Request<Bytes> {
    let mut request = vector();
    let digest = Digest::Sha256.of(VECTOR_BODY.as_bytes(), Encoding::Hex);
    let text = Text::new().bytes(format!("{timestamp}.{digest}"));
    let key = BloonioChat.signing_key(SECRET).unwrap();
    let signature = key.sign(Algorithm::HmacSha256, &text, b"").unwrap();
    let headers = request.headers_mut();
    headers.insert("x-bloonio-timestamp", timestamp.parse().unwrap());
    headers.insert("x-bloonio-signature", Encoding::Hex.encode(&signature).parse().unwrap());
    request
}

#[test]
fn t15_a_timestamp_is_plain_digits_in_milliseconds() {
    assert!(verdict(with_timestamp("1789000000123")).is_ok());
    for wrong in ["01789000000123", "+1789000000123", "1789000000123.0", "1_789_000_000_123", "0x1a0", "-1"] {
        let kind = verdict(with_timestamp(wrong)).unwrap_err();
        assert_eq!(kind, RejectionKind::MalformedTimestamp, "{wrong}");
    }
    assert_eq!(verdict(with_timestamp("1789000000")).unwrap_err(), RejectionKind::StaleTimestamp, "seconds");
    let micros = verdict(with_timestamp("789000000123456"));
    assert_eq!(micros.unwrap_err(), RejectionKind::FutureTimestamp);
}

#[test]
fn t04_the_secret_is_the_whole_text_and_never_only_its_prefix() {
    assert_eq!(BloonioChat.key("sk_").unwrap_err(), KeyError::OnlyPrefix { prefix: "sk_" });
    assert_eq!(BloonioChat.key("").unwrap_err(), KeyError::Empty);
    assert_eq!(BloonioChat.key(" ").unwrap_err(), KeyError::Blank);
    let (parts, body) = vector().into_parts();
    let stripped = BloonioChat.key("test_example").unwrap();
    assert!(verify(&BloonioChat, &parts, &body, &stripped.into(), NOW).is_err());
}

#[test]
fn t26_the_path_names_the_event_that_the_body_names() {
    let event = |slug: &str, body: Value| {
        verdict(callback(slug, body.to_string()))
            .map(|verified| (verified.event().unwrap().to_owned(), verified.signed_event().is_some()))
    };
    let signed = |name: &str| Ok((name.to_owned(), true));
    let unsigned = |name: &str| Ok((name.to_owned(), false));
    let mismatch = Err(RejectionKind::EventMismatch);

    assert_eq!(event("ticket-created", modelled("ticket_created")), signed("ticket_created"));
    assert_eq!(event("ticket_created", modelled("ticket_created")), signed("ticket_created"));
    assert_eq!(event("agent-assigned", modelled("agent_assigned")), signed("agent_assigned"));
    assert_eq!(event("something-new", modelled("something_new")), signed("something_new"));
    assert_eq!(event("ticket-created", modelled("ticket_resolved")), mismatch);
    assert_eq!(event("ticket-created", modelled("ticket-created")), mismatch, "the body writes it otherwise");
    assert_eq!(event("ticket-created", modelled("")), mismatch);
    assert_eq!(event("agent-assigned", modelled("agent_released")), mismatch);

    assert_eq!(event("agent-assigned", documented("ASSIGNED")), signed("agent_assigned"));
    assert_eq!(event("agent-released", documented("WAITING")), signed("agent_released"));
    assert_eq!(event("agent_resolved", documented("RESOLVED")), signed("agent_resolved"));
    assert_eq!(event("agent-resolved", documented("ASSIGNED")), mismatch);
    assert_eq!(event("agent-assigned", documented("assigned")), mismatch);
    assert_eq!(event("agent-assigned", json!({"tenant_id": TENANT})), mismatch, "no status");
    assert_eq!(event("agent-assigned", json!({"status": 1})), mismatch);
    assert_eq!(event("agent-assigned", json!("ASSIGNED")), mismatch);
    assert_eq!(
        event("message-received", documented("ASSIGNED")),
        mismatch,
        "an agent's body on another path"
    );

    assert_eq!(event("message-received", json!({"tenant_id": TENANT})), unsigned("message_received"));
    assert_eq!(event("message-received", json!([])), unsigned("message_received"));
}

#[test]
fn where_a_body_names_its_event_its_status_does_not_count() {
    let mut body = modelled("agent_assigned");
    body["status"] = json!("RESOLVED");
    let verified = verdict(callback("agent-assigned", body.to_string())).unwrap();
    assert_eq!(verified.signed_event(), Some("agent_assigned"));
}

#[test]
fn a_path_without_a_last_segment_is_refused() {
    assert_eq!(verdict(callback("", "{}")).unwrap_err(), RejectionKind::MalformedTarget);
}

#[test]
fn t37_a_deciding_key_that_occurs_twice_is_refused() {
    for body in [
        r#"{"event_type":"ticket_created","event_type":"ticket_created"}"#,
        r#"{"event_type":"ticket_created","tenant_id":"a","tenant_id":"b"}"#,
        r#"{"event_type":"ticket_created","status":"ASSIGNED","status":"WAITING"}"#,
        r#"{"event_type":"ticket_created","event\u005ftype":"ticket_resolved"}"#,
    ] {
        let kind = verdict(callback("ticket-created", body)).unwrap_err();
        assert_eq!(kind, RejectionKind::MalformedBody, "{body}");
    }
}

#[test]
fn t37_the_header_names_the_tenant_that_the_body_names() {
    let body = modelled("ticket_created").to_string();
    for other in [OTHER_TENANT, "tnt_x", &TENANT.to_uppercase()] {
        let request = callback_of(other, SECRET, "ticket-created", body.clone());
        assert_eq!(verdict(request).unwrap_err(), RejectionKind::TenantMismatch, "{other}");
    }
}

#[cfg(feature = "conformance")]
#[test]
fn the_scheme_conforms() {
    use tower_webhook::conformance::{Sample, scheme};
    for (slug, body) in all_nine()
        .into_iter()
        .map(|(slug, body)| (slug, body.to_string()))
        .chain([("message-received", "payload".to_owned()), ("ticket-created", String::new())])
    {
        let request = Request::post(format!("https://example.com{PREFIX}/{slug}"))
            .header("X-Bloonio-Tenant-Id", TENANT)
            .body(body.into())
            .unwrap();
        scheme(&BloonioChat, &Sample::new(request, SECRET, OTHER_SECRET));
    }
}
