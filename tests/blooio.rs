//! Blooio: signatures of both generations, events, subscription tokens, and the management API.
#![cfg(all(feature = "providers", feature = "conformance", feature = "axum", feature = "memory"))]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use axum::{Router, routing::post};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header::ALLOW};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};
use tower::ServiceExt as _;
use tower_webhook::{
    Answered, Rejection, RejectionKind, Scheme, TaggedEvent, Verified, VerifySignatureLayer,
    conformance::{self, Sample},
    event::EventErrorKind,
    key::{Key, KeyError},
    providers::{
        Blooio,
        blooio::{
            Bucket, Category, Envelope, Event, EventType, MessageStatus, Payload, Protocol,
            SubscriptionToken,
            management::{
                ChannelType, CreatedWebhook, DeliveryPage, NewWebhook, Page, Problem, ReplayedDelivery,
                RequestError, Requests, ResponseError, RotatedSecret, WebhookStatus,
            },
        },
    },
    replay::{MemoryStore, Replay},
    scheme::{Proof, Verdict, verify},
    time::Timestamp,
};

const SECRET: &str = "whsec_a1b2c3d4e5f6789012345678901234567890abcdef";
const NOW: Timestamp = Timestamp::from_unix(1_718_000_010);

fn key() -> Key {
    Blooio.key(SECRET).unwrap()
}

/// A delivery with `headers`, signed at `at`.
fn signed_at(at: Timestamp, headers: &[(&'static str, &str)], body: &str) -> Request<Bytes> {
    let mut request = Request::post("/webhooks/blooio");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    Blooio.sign(&mut request, &Blooio.signing_key(SECRET).unwrap(), at).unwrap();
    request
}

fn verdict(request: Request<Bytes>) -> Result<Verified, Rejection> {
    let (parts, body) = request.into_parts();
    match verify(&Blooio, &parts, &body, &key().into(), NOW)? {
        Verdict::Deliver(verified) => Ok(verified),
        other => panic!("Blooio has no handshake: {other:?}"),
    }
}

fn verified(body: &str) -> Verified {
    verdict(signed_at(NOW, &[], body)).unwrap()
}

fn refusal(headers: &[(&'static str, &str)], body: &str) -> RejectionKind {
    verdict(signed_at(NOW, headers, body)).unwrap_err().kind()
}

fn v4(event_type: &str) -> String {
    json!({
        "id": "evt_1",
        "type": event_type,
        "created_at": 1_718_000_000_123_i64,
        "organization_id": "org_1",
        "data": {"message_id": "msg_1"},
    })
    .to_string()
}

fn v2(event: &str) -> String {
    json!({"event": event, "message_id": "msg_1", "is_group": false, "timestamp": 1_718_000_000_123_i64})
        .to_string()
}

// Signatures

/// The vectors of the documented recipe, computed independently of this crate.
#[test]
fn vectors() {
    const SIGNATURE: &str =
        "t=1718000001,v1=bd6f1f15e6e548d7c7ac2658c217c0fe3ba58b2a021c7e160b64183715951db6";
    const BODY: &str = r#"{"id":"evt_1","type":"message.delivered","created_at":1718000000000,"organization_id":"org_1","data":{}}"#;
    let at = |now: i64, body: &str| {
        let (parts, ()) = Request::post("https://example.com/webhooks/blooio")
            .header("content-type", "application/json")
            .header("x-blooio-event", "message.delivered")
            .header("x-blooio-signature", SIGNATURE)
            .body(())
            .unwrap()
            .into_parts();
        let body = Bytes::copy_from_slice(body.as_bytes());
        verify(&Blooio, &parts, &body, &key().into(), Timestamp::from_unix(now))
    };
    let Verdict::Deliver(verified) = at(1_718_000_010, BODY).unwrap() else { panic!("a delivery") };
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!(verified.signed_event(), Some("message.delivered"));
    assert_eq!(verified.signed_id(), Some("evt_1"));
    assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(1_718_000_001)));

    let tampered = at(1_718_000_010, &format!("{BODY} ")).unwrap_err();
    assert_eq!(tampered.kind(), RejectionKind::SignatureMismatch);
    assert!(at(1_718_000_301, BODY).is_ok(), "as old as the tolerance");
    assert_eq!(at(1_718_000_302, BODY).unwrap_err().kind(), RejectionKind::StaleTimestamp);
    assert_eq!(at(1_717_999_700, BODY).unwrap_err().kind(), RejectionKind::FutureTimestamp);
}

#[test]
fn both_generations_conform() {
    for (event, body) in [("message.read", v4("message.read")), ("message.sent", v2("message.sent"))] {
        let request = Request::post("/webhooks/blooio")
            .header("x-blooio-event", event)
            .header("x-blooio-delivery", "wdel_1")
            .body(Bytes::from(body))
            .unwrap();
        conformance::scheme(&Blooio, &Sample::new(request, SECRET, "sk_live_another"));
    }
}

#[test]
fn t04_a_prefix_is_no_secret() {
    for prefix in ["whsec_", "sk_live_"] {
        assert_eq!(Blooio.key(prefix).unwrap_err(), KeyError::OnlyPrefix { prefix });
    }
    assert_eq!(Blooio.key("").unwrap_err(), KeyError::Empty);
    assert_eq!(Blooio.key("whsec_abc\n").unwrap_err(), KeyError::SurroundingSpace);
    for text in ["whsec_a1b2", "sk_live_a1b2c3d4", "any other text"] {
        assert!(Blooio.key(text).is_ok(), "{text}");
    }
}

#[test]
fn the_prefix_is_part_of_the_secret() {
    let (parts, body) = signed_at(NOW, &[], "{}").into_parts();
    let bare = Blooio.key(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let error = verify(&Blooio, &parts, &body, &bare.into(), NOW).unwrap_err();
    assert_eq!(error.kind(), RejectionKind::SignatureMismatch);
}

/// The header of a signed delivery, rewritten by `rewrite` from its `t=..` and its `v1=..`.
fn rewritten(rewrite: impl Fn(&str, &str) -> String) -> Result<Verified, RejectionKind> {
    let mut request = signed_at(NOW, &[], &v4("message.read"));
    let line = request.headers()["x-blooio-signature"].to_str().unwrap().to_owned();
    let (time, signature) = line.split_once(',').unwrap();
    request.headers_mut().insert("x-blooio-signature", rewrite(time, signature).parse().unwrap());
    verdict(request).map_err(|rejection| rejection.kind())
}

#[test]
fn any_v1_that_fits_counts_and_other_versions_do_not() {
    let zeros = "0".repeat(64);
    assert!(rewritten(|t, v1| format!("{t},{v1}")).is_ok());
    assert!(rewritten(|t, v1| format!("{v1}, {t}")).is_ok());
    assert!(rewritten(|t, v1| format!("{t},v1={zeros},{v1},v2=x")).is_ok());
    assert!(rewritten(|t, v1| format!("{t},v1={}", v1["v1=".len()..].to_uppercase())).is_ok());
    let refused = [
        (rewritten(|t, _| t.to_owned()), RejectionKind::NoSignature),
        (rewritten(|t, v1| format!("{t},v0={}", &v1["v1=".len()..])), RejectionKind::NoSignature),
        (rewritten(|t, v1| format!("{t},{}", &v1[..v1.len() - 2])), RejectionKind::MalformedSignature),
        (rewritten(|_, v1| v1.to_owned()), RejectionKind::MalformedHeader),
        (rewritten(|t, v1| format!("{t},{t},{v1}")), RejectionKind::MalformedHeader),
        (rewritten(|_, v1| format!("t=+1718000010,{v1}")), RejectionKind::MalformedTimestamp),
        (rewritten(|t, v1| format!("{t}000,{v1}")), RejectionKind::FutureTimestamp),
        (rewritten(|_, v1| format!("t=1718000011,{v1}")), RejectionKind::SignatureMismatch),
    ];
    for (number, (result, kind)) in refused.into_iter().enumerate() {
        assert_eq!(result.unwrap_err(), kind, "number {number}");
    }
}

#[test]
fn the_plugins_recipe_does_not_count() {
    use tower_webhook::{encoding::Encoding, key::Algorithm, scheme::Text};
    let body = v4("message.read");
    let bare = Blooio
        .signing_key(SECRET)
        .unwrap()
        .sign(Algorithm::HmacSha256, &Text::new().body(), body.as_bytes())
        .unwrap();
    let request = Request::post("/").header("x-blooio-signature", Encoding::Hex.encode(&bare));
    let request = request.body(Bytes::from(body)).unwrap();
    assert_eq!(verdict(request).unwrap_err().kind(), RejectionKind::MalformedHeader);
}

#[test]
fn the_signature_stands_in_one_header_line_of_one_name() {
    let mut twice = signed_at(NOW, &[], "{}");
    let line = twice.headers()["x-blooio-signature"].clone();
    twice.headers_mut().append("x-blooio-signature", line.clone());
    assert_eq!(verdict(twice).unwrap_err().kind(), RejectionKind::DuplicateHeader);

    let request = Request::post("/").header("blooio-signature", line).body(Bytes::from("{}")).unwrap();
    assert_eq!(verdict(request).unwrap_err().kind(), RejectionKind::MissingHeader);
}

// What a delivery is known by

#[test]
fn v4_has_a_signed_event_and_id_and_v2_a_signed_event() {
    let current = verified(&v4("poll.voted"));
    assert_eq!((current.signed_event(), current.signed_id()), (Some("poll.voted"), Some("evt_1")));
    let flat = verified(&v2("message.sent"));
    assert_eq!((flat.signed_event(), flat.id()), (Some("message.sent"), None));
    let flat = verified(r#"{"event":"message.sent","id":"msg_1"}"#);
    assert_eq!(flat.id(), None, "v2 documents no unique id");
    let empty = verified(r#"{"type":"message.sent","id":""}"#);
    assert_eq!(empty.id(), None, "an empty id is nobody's");
}

#[test]
fn t26_the_header_must_name_the_bodys_event() {
    for body in [v4("message.read"), v2("message.read")] {
        let agreeing = verdict(signed_at(NOW, &[("x-blooio-event", "message.read")], &body)).unwrap();
        assert_eq!(agreeing.signed_event(), Some("message.read"));
        assert_eq!(refusal(&[("x-blooio-event", "message.sent")], &body), RejectionKind::EventMismatch);
        let twice = [("x-blooio-event", "message.read"), ("x-blooio-event", "message.read")];
        assert_eq!(refusal(&twice, &body), RejectionKind::DuplicateHeader);
    }
    let unnamed = verdict(signed_at(NOW, &[("x-blooio-event", "message.read")], r#"{"data":{}}"#)).unwrap();
    assert_eq!(unnamed.event(), None, "the header alone is the sender's word");
    let error = unnamed.parse_tagged::<Event>().unwrap_err();
    assert_eq!(error.kind(), EventErrorKind::NoEventType);
}

#[test]
fn type_and_event_must_agree() {
    let both = r#"{"type":"message.read","event":"message.read","id":"evt_1"}"#;
    assert_eq!(verified(both).signed_event(), Some("message.read"));
    let torn = r#"{"type":"message.read","event":"message.sent","id":"evt_1"}"#;
    assert_eq!(refusal(&[], torn), RejectionKind::EventMismatch);
    assert_eq!(refusal(&[("x-blooio-event", "message.read")], torn), RejectionKind::EventMismatch);
}

#[test]
fn t37_a_deciding_key_twice_is_refused() {
    for body in [
        r#"{"type":"message.read","type":"message.sent","id":"evt_1"}"#,
        r#"{"event":"message.read","event":"message.read"}"#,
        r#"{"type":"message.read","id":"evt_1","id":"evt_2"}"#,
        r#"{"type":"message.read","id":"evt_1","\u0069d":"evt_2"}"#,
    ] {
        assert_eq!(refusal(&[], body), RejectionKind::MalformedBody, "{body}");
    }
}

#[test]
fn unsigned_headers_decide_nothing() {
    let body = v4("message.read");
    let headers = [
        ("x-blooio-delivery", "wdel_other"),
        ("x-blooio-message-id", "msg_other"),
        ("x-blooio-version", "2026-10-01"),
        ("x-blooio-replay", "true"),
        ("x-original-event-id", "evt_other"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let verified = verdict(signed_at(NOW, &headers, &body)).unwrap();
    assert_eq!((verified.id(), verified.event()), (Some("evt_1"), Some("message.read")));
    assert!(matches!(verified.parse_tagged(), Ok(Event::MessageRead(Payload::V4(_)))));
}

// Events

type Is = fn(&Event) -> bool;

const VARIANTS: [(&str, Is); 17] = [
    ("message.received", |e| matches!(e, Event::MessageReceived(_))),
    ("message.queued", |e| matches!(e, Event::MessageQueued(_))),
    ("message.pending", |e| matches!(e, Event::MessagePending(_))),
    ("message.sent", |e| matches!(e, Event::MessageSent(_))),
    ("message.delivered", |e| matches!(e, Event::MessageDelivered(_))),
    ("message.failed", |e| matches!(e, Event::MessageFailed(_))),
    ("message.read", |e| matches!(e, Event::MessageRead(_))),
    ("message.reaction", |e| matches!(e, Event::MessageReaction(_))),
    ("poll.created", |e| matches!(e, Event::PollCreated(_))),
    ("poll.received", |e| matches!(e, Event::PollReceived(_))),
    ("poll.voted", |e| matches!(e, Event::PollVoted(_))),
    ("group.name_changed", |e| matches!(e, Event::GroupNameChanged(_))),
    ("group.icon_changed", |e| matches!(e, Event::GroupIconChanged(_))),
    ("contact.shared", |e| matches!(e, Event::ContactShared(_))),
    ("contact.merged", |e| matches!(e, Event::ContactMerged(_))),
    ("typing.started", |e| matches!(e, Event::TypingStarted(_))),
    ("typing.stopped", |e| matches!(e, Event::TypingStopped(_))),
];

#[test]
fn every_published_event_has_its_variant_in_both_generations() {
    let published: Vec<&str> = EventType::PUBLISHED.iter().map(EventType::as_str).collect();
    assert_eq!(published, VARIANTS.map(|(name, _)| name));
    for (name, is) in VARIANTS {
        assert!(is(&verified(&v4(name)).parse_tagged().unwrap()), "{name} of v4");
        assert!(is(&verified(&v2(name)).parse_tagged().unwrap()), "{name} of v2");
        assert_eq!(EventType::from(name).to_string(), name);
    }
}

#[test]
fn an_unknown_event_survives() {
    let body = v4("number.removed");
    let verified = verified(&body);
    assert_eq!(verified.event(), Some("number.removed"));
    let Event::Other(payload) = verified.parse_tagged().unwrap() else { panic!("another variant") };
    assert_eq!(payload, serde_json::from_str::<Value>(&body).unwrap());
    let Payload::V4(envelope) = verified.parse::<Payload>().unwrap() else { panic!("v2") };
    assert_eq!(envelope.event_type, EventType::Other("number.removed".into()));
}

#[test]
fn the_envelope_is_typed_and_its_unknown_fields_survive() {
    let body = json!({
        "id": "evt_1",
        "type": "message.received",
        "created_at": 1_718_000_000_123_i64,
        "organization_id": "org_1",
        "api_version": "2026-10-01",
        "data": {"text": "hello"},
        "livemode": true,
    });
    let Payload::V4(envelope) = verified(&body.to_string()).parse::<Payload>().unwrap() else { panic!("v2") };
    assert_eq!((&*envelope.id, &*envelope.organization_id), ("evt_1", "org_1"));
    assert_eq!(envelope.event_type, EventType::MessageReceived);
    assert_eq!(envelope.created_at, Timestamp::from_unix_millis(1_718_000_000_123));
    assert_eq!(envelope.api_version.as_deref(), Some("2026-10-01"));
    assert_eq!(envelope.data, json!({"text": "hello"}));
    assert_eq!(Value::Object(envelope.rest), json!({"livemode": true}));
}

#[test]
fn the_data_may_be_a_type_of_ones_own() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Message {
        message_id: String,
    }
    #[derive(Debug, Deserialize)]
    enum Mine {
        #[serde(rename = "message.read")]
        Read(Envelope<Message>),
        #[serde(rename = "message.sent")]
        Sent(Payload<Message>),
    }
    let expected = Message { message_id: "msg_1".to_owned() };
    let Mine::Read(envelope) = verified(&v4("message.read")).parse_tagged().unwrap() else { panic!("sent") };
    assert_eq!(envelope.data, expected);
    let Mine::Sent(Payload::V4(envelope)) = verified(&v4("message.sent")).parse_tagged().unwrap() else {
        panic!("v2")
    };
    assert_eq!(envelope.data, expected);
}

#[test]
fn the_flat_payload_is_typed_and_its_unknown_fields_survive() {
    let body = json!({
        "event": "message.failed",
        "message_id": "msg_1",
        "external_id": "grp_1",
        "internal_id": "+15550100001",
        "status": "failed",
        "protocol": "imessage",
        "timestamp": 1_718_000_000_123_i64,
        "is_group": true,
        "text": "hello",
        "attachments": [{"url": "https://example.com/a.png", "name": null}],
        "sender": "ada@example.com",
        "sent_at": 1, "delivered_at": 2, "read_at": 3, "received_at": 4,
        "error_code": "E1",
        "error_message": "no route",
        "group_id": "grp_1",
        "group_name": "Chess",
        "participants": [{"contact_id": "ct_1", "identifier": "ada@example.com", "name": "Ada Example"}],
        "device_id": "dev_1",
    });
    let Payload::V2(flat) = verified(&body.to_string()).parse::<Payload>().unwrap() else { panic!("v4") };
    assert_eq!(flat.event, EventType::MessageFailed);
    assert_eq!(flat.message_id.as_deref(), Some("msg_1"));
    assert_eq!(flat.external_id.as_deref(), Some("grp_1"));
    assert_eq!(flat.internal_id.as_deref(), Some("+15550100001"));
    assert_eq!((flat.status, flat.protocol), (Some(MessageStatus::Failed), Some(Protocol::IMessage)));
    assert_eq!(flat.timestamp, Some(Timestamp::from_unix_millis(1_718_000_000_123)));
    assert_eq!(flat.is_group, Some(true));
    assert_eq!(flat.text.as_deref(), Some("hello"));
    let attachments = flat.attachments.unwrap();
    assert_eq!(attachments[0].url.as_deref(), Some("https://example.com/a.png"));
    assert_eq!(attachments[0].name, None);
    assert_eq!(flat.sender.as_deref(), Some("ada@example.com"));
    let times = (flat.sent_at, flat.delivered_at, flat.read_at, flat.received_at);
    assert_eq!(times, (Some(1), Some(2), Some(3), Some(4)));
    assert_eq!(flat.error_code.as_deref(), Some("E1"));
    assert_eq!(flat.error_message.as_deref(), Some("no route"));
    assert_eq!((flat.group_id.as_deref(), flat.group_name.as_deref()), (Some("grp_1"), Some("Chess")));
    let participants = flat.participants.unwrap();
    assert_eq!(participants[0].contact_id.as_deref(), Some("ct_1"));
    assert_eq!(participants[0].identifier.as_deref(), Some("ada@example.com"));
    assert_eq!(participants[0].name.as_deref(), Some("Ada Example"));
    assert_eq!(Value::Object(flat.rest), json!({"device_id": "dev_1"}));
}

#[test]
fn the_flat_payload_may_lack_or_null_what_is_optional() {
    let body = r#"{"type":null,"event":"message.sent","text":null,"timestamp":null,"attachments":null,"participants":null,
        "status":"teleported","protocol":"non-imessage"}"#;
    let Payload::V2(flat) = verified(body).parse::<Payload>().unwrap() else { panic!("v4") };
    assert_eq!((flat.text, flat.timestamp, flat.is_group), (None, None, None));
    assert_eq!((flat.attachments, flat.participants), (None, None));
    assert_eq!(flat.status, Some(MessageStatus::Other("teleported".into())));
    assert_eq!(flat.protocol, Some(Protocol::NonIMessage));
}

#[test]
fn what_does_not_fit_is_named() {
    let body =
        r#"{"id":"evt_1","type":"message.read","created_at":"soon","organization_id":"org_1","data":{}}"#;
    let error = verified(body).parse_tagged::<Event>().unwrap_err();
    assert_eq!(error.kind(), EventErrorKind::Payload);
    assert!(error.to_string().contains("created_at"), "{error}");
    let error = verified(r#"{"type":"message.read"}"#).parse_tagged::<Event>().unwrap_err();
    assert!(error.to_string().contains("missing field `id`"), "{error}");
}

// Subscription tokens

#[test]
fn tokens_match_what_they_stand_for() {
    let all = EventType::PUBLISHED.iter().map(EventType::as_str);
    let in_category =
        |category: &'static str| all.clone().filter(move |name| name.starts_with(category)).collect();
    let table: [(&str, SubscriptionToken, Vec<&str>); 10] = [
        ("*", SubscriptionToken::Everything, all.clone().collect()),
        ("message.*", SubscriptionToken::Category(Category::Message), in_category("message.")),
        ("poll.*", SubscriptionToken::Category(Category::Poll), in_category("poll.")),
        ("group.*", SubscriptionToken::Category(Category::Group), in_category("group.")),
        ("typing.*", SubscriptionToken::Category(Category::Typing), in_category("typing.")),
        ("all", SubscriptionToken::Bucket(Bucket::All), all.clone().collect()),
        (
            "message",
            SubscriptionToken::Bucket(Bucket::Message),
            vec!["message.received", "message.sent", "message.delivered", "message.failed", "message.read"],
        ),
        (
            "status",
            SubscriptionToken::Bucket(Bucket::Status),
            vec!["message.sent", "message.delivered", "message.failed", "message.read"],
        ),
        ("contact.shared", SubscriptionToken::Exact(EventType::ContactShared), vec!["contact.shared"]),
        (
            "number.purchase.failed",
            SubscriptionToken::Exact(EventType::Other("number.purchase.failed".into())),
            vec![],
        ),
    ];
    for (text, token, matched) in table {
        assert_eq!(text.parse(), Ok(token.clone()));
        assert_eq!(token.to_string(), text);
        assert_eq!(serde_json::from_value::<SubscriptionToken>(json!(text)).unwrap(), token);
        assert_eq!(serde_json::to_value(&token).unwrap(), json!(text));
        let found: Vec<&str> = all.clone().filter(|name| token.matches(name)).collect();
        assert_eq!(found, matched, "{text}");
        let everything = matches!(text, "*" | "all");
        assert_eq!(token.matches("number.purchase.failed"), everything || text == "number.purchase.failed");
    }
    assert_eq!(SubscriptionToken::default(), SubscriptionToken::Everything);
}

#[test]
fn a_category_matches_whole_words_only() {
    let token: SubscriptionToken = "message.*".parse().unwrap();
    for other in ["message", "message.", "messages.read", "xmessage.read", ".read", ""] {
        assert!(!token.matches(other), "{other:?}");
    }
    assert!(token.matches("message.something_new"));
}

#[test]
fn what_is_no_token_is_an_error() {
    for text in [
        "",
        " ",
        "*.*",
        "**",
        "contact.*",
        "number.*",
        "message.*.x",
        "message.",
        ".read",
        "message..read",
        "poll",
        "contact",
        "string",
        "ALL",
        " message.read",
        "message.read ",
        "message read",
        "message.read,poll.voted",
    ] {
        let error = text.parse::<SubscriptionToken>().unwrap_err();
        assert_eq!(error.text(), text);
        assert!(serde_json::from_value::<SubscriptionToken>(json!(text)).is_err(), "{text:?}");
    }
}

// Management: requests

const API_KEY: &str = "bl_live_0a1b2c3d4e5f";

fn requests() -> Requests {
    Requests::new(API_KEY).unwrap()
}

fn described(request: &Request<Bytes>) -> (&Method, String) {
    let authorization = &request.headers()["authorization"];
    assert_eq!(authorization, &format!("Bearer {API_KEY}"));
    assert!(authorization.is_sensitive());
    (request.method(), request.uri().to_string())
}

#[test]
fn a_webhook_is_created_for_everything_by_default() {
    let webhook = NewWebhook::new("https://example.com/hooks?a=1").unwrap();
    let request = requests().create_webhook(&webhook).unwrap();
    assert_eq!(described(&request), (&Method::POST, "https://api.blooio.com/v4/webhooks".to_owned()));
    assert_eq!(request.headers()["content-type"], "application/json");
    let body: Value = serde_json::from_slice(request.body()).unwrap();
    assert_eq!(body, json!({"url": "https://example.com/hooks?a=1", "event_types": ["*"]}));
}

#[test]
fn a_webhook_is_created_for_some_events_of_a_channel() {
    let tokens = ["message.delivered", "poll.*", "status", "safety.state_changed"];
    let webhook = NewWebhook::new("HTTPS://example.com").unwrap();
    let webhook = webhook.event_types(tokens.map(|token| token.parse().unwrap())).unwrap();
    for channel_type in ChannelType::PUBLISHED {
        let webhook = webhook.clone().channel_id("ch_a1b2c3d4").channel_type(channel_type.clone());
        let request = requests().create_webhook(&webhook).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let expected = json!({
            "url": "HTTPS://example.com",
            "event_types": tokens,
            "channel_id": "ch_a1b2c3d4",
            "channel_type": channel_type.as_str(),
        });
        assert_eq!(body, expected);
    }
    let published: Vec<&str> = ChannelType::PUBLISHED.iter().map(ChannelType::as_str).collect();
    assert_eq!(published, ["blooio", "twilio", "whatsapp", "whatsapp_business", "rcs_business", "amb"]);
}

#[test]
fn a_webhook_needs_https_and_an_event() {
    for url in [
        "",
        "http://example.com",
        "example.com",
        "ftp://example.com",
        "//example.com",
        "https:/example.com",
        "é",
    ] {
        assert_eq!(NewWebhook::new(url), Err(RequestError::UrlNotHttps), "{url:?}");
    }
    for url in
        ["https://", "https:///path", "https://:443/", "https://exa mple.com", "https://example.com/#a"]
    {
        assert_eq!(NewWebhook::new(url), Err(RequestError::MalformedUrl), "{url:?}");
    }
    let webhook = NewWebhook::new("https://example.com").unwrap();
    assert_eq!(webhook.event_types([]), Err(RequestError::NoEventTypes));
}

#[test]
fn the_other_calls_name_their_webhook() {
    let base = "https://api.blooio.com/v4/webhooks/wh_a1b2c3d4";
    let rotate = requests().rotate_secret("wh_a1b2c3d4").unwrap();
    assert_eq!(described(&rotate), (&Method::POST, format!("{base}/secret/rotate")));
    assert!(rotate.body().is_empty());
    let list = requests().list_deliveries("wh_a1b2c3d4", &Page::new()).unwrap();
    assert_eq!(described(&list), (&Method::GET, format!("{base}/deliveries")));
    let page = Page::new().limit(200).unwrap().cursor("a b&limit=1#=");
    let list = requests().list_deliveries("wh_a1b2c3d4", &page).unwrap();
    let query = "limit=200&cursor=a+b%26limit%3D1%23%3D";
    assert_eq!(described(&list), (&Method::GET, format!("{base}/deliveries?{query}")));
    let replay = requests().replay_delivery("wh_a1b2c3d4", "wdel_1").unwrap();
    assert_eq!(described(&replay), (&Method::POST, format!("{base}/deliveries/wdel_1/replay")));
    assert!(replay.body().is_empty());
}

#[test]
fn an_id_cannot_leave_its_segment() {
    let rotate = requests().rotate_secret("../a/b?c#d%2f é").unwrap();
    let segment = "..%2Fa%2Fb%3Fc%23d%252f%20%C3%A9";
    assert_eq!(rotate.uri().path(), format!("/v4/webhooks/{segment}/secret/rotate"));
    assert_eq!(rotate.uri().query(), None);
    for id in ["", ".", ".."] {
        assert_eq!(requests().rotate_secret(id).unwrap_err(), RequestError::Id);
        assert_eq!(requests().list_deliveries(id, &Page::new()).unwrap_err(), RequestError::Id);
        assert_eq!(requests().replay_delivery(id, "wdel_1").unwrap_err(), RequestError::Id);
        assert_eq!(requests().replay_delivery("wh_1", id).unwrap_err(), RequestError::Id);
    }
    let long = "x".repeat(100_000);
    assert_eq!(requests().rotate_secret(&long).unwrap_err(), RequestError::Unfit);
}

#[test]
fn a_page_has_1_to_200_entries() {
    for entries in [0, 201, 255] {
        assert_eq!(Page::new().limit(entries), Err(RequestError::Limit { entries }));
    }
    assert!(Page::new().limit(1).is_ok());
}

#[test]
fn an_api_key_must_be_one() {
    let wrong = [
        ("", KeyError::Empty),
        (" ", KeyError::Blank),
        ("bl_live_", KeyError::OnlyPrefix { prefix: "bl_live_" }),
        ("bl_live_x\n", KeyError::SurroundingSpace),
        ("bl_live_x\r\ny: z", KeyError::Undecodable { expected: "visible ASCII" }),
        ("bl_live_é", KeyError::Undecodable { expected: "visible ASCII" }),
    ];
    for (text, error) in wrong {
        assert_eq!(Requests::new(text).unwrap_err(), RequestError::ApiKey(error), "{text:?}");
    }
}

#[test]
fn t24_the_api_key_is_not_shown() {
    let request = requests().rotate_secret("wh_1").unwrap();
    for shown in [format!("{:?}", requests()), format!("{request:?}")] {
        assert!(!shown.contains("0a1b2c3d"), "{shown}");
    }
}

// Management: responses

fn response(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    Response::builder().status(status).body(body.into()).unwrap()
}

/// The four readers, each with the status that is documented for it.
type Reader = fn(&Response<Bytes>) -> Result<(), ResponseError>;

const READERS: [(&str, u16, Reader); 4] = [
    ("create", 201, |response| CreatedWebhook::from_response(response).map(drop)),
    ("rotate", 200, |response| RotatedSecret::from_response(response).map(drop)),
    ("list", 200, |response| DeliveryPage::from_response(response).map(drop)),
    ("replay", 201, |response| ReplayedDelivery::from_response(response).map(drop)),
];

/// As the reference prints it.
const CREATED: &str = r#"{"data":{"id":"wh_a1b2c3d4","url":"https://example.com","event_types":["string"],"status":"active",
    "channel_id":"ch_a1b2c3d4","channel_type":"string","created_at":0,"signing_secret":"sk_live_a1b2c3d4"}}"#;

#[test]
fn the_printed_response_is_read() {
    let created = CreatedWebhook::from_response(&response(201, CREATED)).unwrap();
    assert_eq!(created.id, "wh_a1b2c3d4");
    assert_eq!(created.url.as_deref(), Some("https://example.com"));
    assert_eq!(created.event_types, ["string"]);
    assert_eq!(created.status, Some(WebhookStatus::Active));
    assert_eq!(created.channel_id.as_deref(), Some("ch_a1b2c3d4"));
    assert_eq!(created.channel_type, Some(ChannelType::Other("string".into())));
    assert_eq!(created.created_at, Some(0));
    assert_eq!(created.signing_secret.expose(), "sk_live_a1b2c3d4");
}

#[test]
fn what_is_optional_may_be_null_missing_or_new() {
    let body = r#"{"data":{"id":"wh_1","signing_secret":"whsec_1","status":"disabled","channel_id":null,
        "channel_type":null,"invented":1}}"#;
    let created = CreatedWebhook::from_response(&response(201, body)).unwrap();
    assert_eq!(created.status, Some(WebhookStatus::Disabled));
    assert_eq!((created.channel_id, created.channel_type), (None, None));
    assert!(created.event_types.is_empty() && created.url.is_none() && created.created_at.is_none());
    for channel_type in ["blooio", "twilio", "whatsapp", "whatsapp_business", "rcs_business", "amb", "pigeon"]
    {
        let body = json!({"data": {"id": "wh_1", "signing_secret": "whsec_1", "channel_type": channel_type, "status": "paused"}});
        let created = CreatedWebhook::from_response(&response(201, body.to_string())).unwrap();
        assert_eq!(created.channel_type.unwrap().as_str(), channel_type);
        assert_eq!(created.status, Some(WebhookStatus::Other("paused".into())));
    }
}

#[test]
fn a_rotated_secret_is_read() {
    let body = r#"{"data":{"id":"wh_1","signing_secret":"whsec_new"}}"#;
    let rotated = RotatedSecret::from_response(&response(200, body)).unwrap();
    assert_eq!((&*rotated.id, rotated.signing_secret.expose()), ("wh_1", "whsec_new"));
}

#[test]
fn a_page_of_deliveries_is_read() {
    let body = json!({
        "data": [
            {"id": "wdel_1", "webhook_id": "wh_1", "event_id": "evt_1", "event_type": "message.read",
             "status": "delivered", "attempt_count": 1, "response_status": 200, "last_attempt_at": 2,
             "next_attempt_at": null, "created_at": 1},
            {"id": "wdel_2", "event_type": "number.removed", "response_status": null, "last_attempt_at": null,
             "next_attempt_at": 9},
        ],
        "has_more": true,
        "next_cursor": "c2",
    });
    let page = DeliveryPage::from_response(&response(200, body.to_string())).unwrap();
    assert_eq!((page.has_more, page.next_cursor.as_deref()), (true, Some("c2")));
    let [first, second] = &page.data[..] else { panic!("{} deliveries", page.data.len()) };
    assert_eq!((&*first.id, first.webhook_id.as_deref()), ("wdel_1", Some("wh_1")));
    assert_eq!(
        (first.event_id.as_deref(), &first.event_type),
        (Some("evt_1"), &Some(EventType::MessageRead))
    );
    assert_eq!((first.status.as_deref(), first.attempt_count), (Some("delivered"), Some(1)));
    assert_eq!((first.response_status, first.created_at), (Some(200), Some(1)));
    assert_eq!((first.last_attempt_at, first.next_attempt_at), (Some(2), None));
    assert_eq!(second.event_type, Some(EventType::Other("number.removed".into())));
    assert_eq!(
        (second.response_status, second.last_attempt_at, second.next_attempt_at),
        (None, None, Some(9))
    );

    let last = r#"{"data":[],"has_more":false,"next_cursor":null}"#;
    let last = DeliveryPage::from_response(&response(200, last)).unwrap();
    assert_eq!((last.data.len(), last.has_more, last.next_cursor), (0, false, None));
}

#[test]
fn a_replayed_delivery_is_read() {
    let body = r#"{"data":{"id":"wdel_2","replay_of":"wdel_1","status":"pending"}}"#;
    let replayed = ReplayedDelivery::from_response(&response(201, body)).unwrap();
    assert_eq!(replayed.id, "wdel_2");
    assert_eq!(
        (replayed.replay_of.as_deref(), replayed.status.as_deref()),
        (Some("wdel_1"), Some("pending"))
    );
}

#[test]
fn each_documented_failure_is_an_error_of_its_own() {
    let body =
        json!({"error": {"code": "some_code", "message": "some message", "details": {"field": "url"}}});
    let problem = Problem::Api {
        code: Some("some_code".to_owned()),
        message: Some("some message".to_owned()),
        details: Some(json!({"field": "url"})),
    };
    for (call, _, read) in READERS {
        let expected = [
            (400, ResponseError::BadRequest(problem.clone())),
            (401, ResponseError::Unauthorized(problem.clone())),
            (404, ResponseError::NotFound(problem.clone())),
            (422, ResponseError::Unprocessable(problem.clone())),
        ];
        for (status, error) in expected {
            let found = read(&response(status, body.to_string())).unwrap_err();
            assert_eq!(found, error, "{call}");
            assert_eq!(found.status(), status);
            assert_eq!(found.problem(), Some(&problem));
            assert!(found.to_string().contains("some_code: some message"), "{found}");
        }
    }
}

#[test]
fn the_edge_has_a_form_of_its_own() {
    let body = r#"{"error":"Unauthorized","message":"Invalid API key","status":401}"#;
    let edge = Problem::Edge {
        error: "Unauthorized".to_owned(),
        message: Some("Invalid API key".to_owned()),
        status: Some(401),
        code: None,
    };
    for (call, _, read) in READERS {
        assert_eq!(read(&response(401, body)), Err(ResponseError::Unauthorized(edge.clone())), "{call}");
    }
    assert_eq!((edge.code(), edge.message()), (None, Some("Invalid API key")));
    let with_code = r#"{"error":"Forbidden","message":"Plan","status":403,"code":"plan_gate"}"#;
    let error = CreatedWebhook::from_response(&response(403, with_code)).unwrap_err();
    assert!(
        matches!(error, ResponseError::UnexpectedStatus { status: StatusCode::FORBIDDEN, .. }),
        "{error:?}"
    );
    assert_eq!(error.problem().unwrap().code(), Some("plan_gate"));
}

#[test]
fn an_undocumented_status_is_no_success() {
    let whole = r#"{"data":{"id":"x","signing_secret":"whsec_1"},"has_more":false,"next_cursor":null}"#;
    for (call, documented, read) in READERS {
        for status in [200, 201, 202, 204, 302, 403, 409, 429, 500, 503] {
            if status != documented {
                let error = read(&response(status, whole)).unwrap_err();
                assert!(
                    matches!(error, ResponseError::UnexpectedStatus { .. }),
                    "{call} {status}: {error:?}"
                );
                assert_eq!(error.status(), status);
            }
        }
    }
}

#[test]
fn a_failure_without_a_readable_body_keeps_its_kind() {
    for body in ["", "<html>", "null", "[]", "{}", r#"{"error":null}"#, r#"{"error":1}"#, r#"{"error":"#] {
        let error = CreatedWebhook::from_response(&response(422, body)).unwrap_err();
        assert_eq!(error, ResponseError::Unprocessable(Problem::Unreadable), "{body:?}");
    }
    let sparse = CreatedWebhook::from_response(&response(400, r#"{"error":{"details":null,"code":1}}"#));
    let empty = Problem::Api { code: None, message: None, details: None };
    assert_eq!(sparse.unwrap_err(), ResponseError::BadRequest(empty));
}

#[test]
fn a_success_with_another_body_is_an_error_that_names_the_place() {
    for (call, documented, read) in READERS {
        for body in [
            "",
            "ok",
            "{}",
            "[]",
            "null",
            r#"{"data":null}"#,
            r#"{"data":{"id":1}}"#,
            r#"{"data":[1]}"#,
            "\u{feff}{}",
        ] {
            let error = read(&response(documented, body)).unwrap_err();
            assert!(matches!(error, ResponseError::Body { .. }), "{call} {body:?}: {error:?}");
            assert_eq!((error.status().as_u16(), error.problem()), (documented, None));
        }
    }
    let at = |body: &'static str| match CreatedWebhook::from_response(&response(201, body)).unwrap_err() {
        ResponseError::Body { path, .. } => path,
        other => panic!("{other:?}"),
    };
    assert_eq!(at(r#"{"data":{"id":1,"signing_secret":"whsec_1"}}"#), "data.id");
    assert_eq!(at(r#"{"data":{"id":"wh_1"}}"#), "data");
    assert_eq!(at(r#"{"data":{"id":"wh_1","signing_secret":"whsec_1"}} x"#), ".");
}

#[test]
fn t24_no_secret_is_shown() {
    let created = CreatedWebhook::from_response(&response(201, CREATED)).unwrap();
    let rotated = r#"{"data":{"id":"wh_1","signing_secret":"sk_live_a1b2c3d4"}}"#;
    let rotated = RotatedSecret::from_response(&response(200, rotated)).unwrap();
    let misplaced =
        CreatedWebhook::from_response(&response(201, r#"{"data":"sk_live_a1b2c3d4"}"#)).unwrap_err();
    let unexpected = CreatedWebhook::from_response(&response(200, CREATED)).unwrap_err();
    for shown in [
        format!("{created:?}"),
        format!("{rotated:?}"),
        format!("{:?}", created.signing_secret.key().unwrap()),
        format!("{misplaced:?} {misplaced}"),
        format!("{unexpected:?} {unexpected}"),
    ] {
        assert!(!shown.contains("sk_live"), "{shown}");
    }
}

#[test]
fn a_secret_that_is_none_makes_no_key() {
    let body = r#"{"data":{"id":"wh_1","signing_secret":"whsec_"}}"#;
    let rotated = RotatedSecret::from_response(&response(200, body)).unwrap();
    assert_eq!(rotated.signing_secret.key().unwrap_err(), KeyError::OnlyPrefix { prefix: "whsec_" });
}

// In a router

/// Counts what reaches the handler, which answers with each of `statuses` in turn, and then with the last.
fn router(layer: VerifySignatureLayer<Blooio>, statuses: &[StatusCode]) -> (Router, Arc<AtomicUsize>) {
    let handled = Arc::new(AtomicUsize::new(0));
    let (counter, statuses) = (Arc::clone(&handled), statuses.to_vec());
    let handler = async move |_: Verified<Blooio>, TaggedEvent(event): TaggedEvent<Event>| {
        assert!(matches!(event, Event::MessageReceived(_)), "{event:?}");
        let number = counter.fetch_add(1, SeqCst);
        statuses.get(number).or(statuses.last()).copied().unwrap()
    };
    let layer = layer.clock(|| Some(NOW));
    (Router::new().route("/webhooks/blooio", post(handler)).route_layer(layer), handled)
}

async fn send(
    router: &Router,
    request: Request<Bytes>,
) -> (StatusCode, Option<RejectionKind>, Option<Answered>) {
    let response = router.clone().oneshot(request.map(axum::body::Body::from)).await.unwrap();
    let rejection = response.extensions().get::<Rejection>().map(Rejection::kind);
    let answered = response.extensions().get::<Answered>().copied();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(rejection.is_none() || body.is_empty(), "a refusal says nothing");
    (status, rejection, answered)
}

#[tokio::test]
async fn the_created_secret_verifies_deliveries_of_both_generations() {
    let body = json!({"data": {"id": "wh_1", "signing_secret": SECRET}}).to_string();
    let created = CreatedWebhook::from_response(&response(201, body)).unwrap();
    let layer = VerifySignatureLayer::new(Blooio, created.signing_secret.key().unwrap());
    let (router, handled) = router(layer, &[StatusCode::OK]);
    for body in [v4("message.received"), v2("message.received")] {
        let request = signed_at(NOW, &[("x-blooio-event", "message.received")], &body);
        assert_eq!(send(&router, request).await, (StatusCode::OK, None, None));
    }
    assert_eq!(handled.load(SeqCst), 2);

    let mut forged = signed_at(NOW, &[], &v4("message.received"));
    *forged.body_mut() = Bytes::from(v4("message.read"));
    let refused = (StatusCode::UNAUTHORIZED, Some(RejectionKind::SignatureMismatch), None);
    assert_eq!(send(&router, forged).await, refused);
    let mismatch = signed_at(NOW, &[("x-blooio-event", "message.sent")], &v4("message.received"));
    let refused = (StatusCode::UNAUTHORIZED, Some(RejectionKind::EventMismatch), None);
    assert_eq!(send(&router, mismatch).await, refused);
    assert_eq!(handled.load(SeqCst), 2);
}

#[tokio::test]
async fn only_post_is_let_in() {
    let (router, _) = router(VerifySignatureLayer::new(Blooio, key()), &[StatusCode::OK]);
    let request = Request::get("/webhooks/blooio").body(axum::body::Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[ALLOW], "POST");
}

fn remembering() -> VerifySignatureLayer<Blooio> {
    VerifySignatureLayer::new(Blooio, key()).replay(Replay::new(MemoryStore::new(100), "blooio"))
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_unix(NOW.as_unix() + seconds)
}

#[tokio::test]
async fn t12_a_retry_that_is_signed_anew_is_the_same_event() {
    let (router, handled) = router(remembering(), &[StatusCode::INTERNAL_SERVER_ERROR, StatusCode::OK]);
    let body = v4("message.received");
    let failed = send(&router, signed_at(NOW, &[("x-blooio-delivery", "wdel_1")], &body)).await;
    assert_eq!(failed, (StatusCode::INTERNAL_SERVER_ERROR, None, None));
    let retried = send(&router, signed_at(later(30), &[("x-blooio-delivery", "wdel_1")], &body)).await;
    assert_eq!(retried, (StatusCode::OK, None, None), "what failed is handled again");
    // By way of the API, with a delivery id of its own.
    let replayed = send(&router, signed_at(later(60), &[("x-blooio-delivery", "wdel_2")], &body)).await;
    assert_eq!(replayed, (StatusCode::OK, None, Some(Answered::Repeat)));
    assert_eq!(handled.load(SeqCst), 2);
    let other = body.replace("evt_1", "evt_2");
    assert_eq!(send(&router, signed_at(NOW, &[], &other)).await, (StatusCode::OK, None, None));
    assert_eq!(handled.load(SeqCst), 3);
}

#[tokio::test]
async fn a_flat_delivery_is_known_by_its_signed_text() {
    let (router, handled) = router(remembering(), &[StatusCode::OK]);
    let body = v2("message.received");
    assert_eq!(send(&router, signed_at(NOW, &[], &body)).await, (StatusCode::OK, None, None));
    let repeated = send(&router, signed_at(NOW, &[("x-blooio-replay", "true")], &body)).await;
    assert_eq!(repeated, (StatusCode::OK, None, Some(Answered::Repeat)));
    assert_eq!(handled.load(SeqCst), 1);
    // Nothing in it says that it is the same.
    assert_eq!(send(&router, signed_at(later(30), &[], &body)).await, (StatusCode::OK, None, None));
    assert_eq!(handled.load(SeqCst), 2);
}

#[test]
fn the_documented_limit_is_five_seconds() {
    assert_eq!(Blooio.lease(), Duration::from_secs(5));
    assert_eq!(Blooio.tolerance(), Duration::from_secs(300));
}
