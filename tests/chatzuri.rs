//! Chatzuri: both recipes and both envelopes, by the vectors and by the documents' samples.
#![cfg(all(feature = "axum", feature = "conformance", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use axum::{Router, body::Body, routing::post};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tower::{Layer, ServiceExt, service_fn};
use tower_webhook::{
    Rejection, RejectionKind, Scheme, TaggedEvent, Verified, VerifiedBody, VerifySignatureLayer,
    conformance::{self, Sample},
    event::{EventError, EventErrorKind},
    key::{KeyError, KeySet},
    providers::{
        Chatzuri,
        chatzuri::{Envelope, Event, Generation, Lead, Message, WhatsAppMessage},
    },
    replay::{MemoryStore, Replay},
    scheme::{Proof, Verdict, verify},
    time::Timestamp,
};

const WHATSAPP: &str = r#"{"eventType":"message.received","channel":"whatsapp","agentId":"agent_abc123","payload":{"from":"+1234567890","message":"Hello, I need help with my order","conversationId":"conv_xyz"}}"#;
const LEAD: &str = r#"{"event":"lead.submit","timestamp":"2026-04-26T08:30:14Z","agent_id":"agt_abc123","data":{"name":"Sarah","email":"sarah@acme.com","phone":"+254712345678","channel":"website"}}"#;

const SIGNATURE: HeaderName = HeaderName::from_static("x-chatzuri-signature");
const SECRET: &str = "test_secret";
const NOW: Timestamp = Timestamp::from_unix(1_760_000_000);

const MODES: [Chatzuri; 3] = [Chatzuri::sha256(), Chatzuri::sha1(), Chatzuri::sha256_allowing_sha1()];

fn request(body: impl Into<Bytes>) -> Request<Bytes> {
    Request::post("https://example.com/webhooks").body(body.into()).unwrap()
}

fn signed(scheme: Chatzuri, secret: &str, body: &str) -> Request<Bytes> {
    let mut request = request(body.to_owned());
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), NOW).unwrap();
    request
}

fn signature(scheme: Chatzuri, body: &str) -> String {
    signed(scheme, SECRET, body).headers()[SIGNATURE].to_str().unwrap().to_owned()
}

fn with_signature(body: &str, value: &str) -> Request<Bytes> {
    let mut request = request(body.to_owned());
    request.headers_mut().insert(SIGNATURE, HeaderValue::from_str(value).unwrap());
    request
}

fn verified(scheme: Chatzuri, request: Request<Bytes>) -> Result<Verified, RejectionKind> {
    let (parts, body) = request.into_parts();
    match verify(&scheme, &parts, &body, &scheme.key(SECRET).unwrap().into(), NOW) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

fn layer(scheme: Chatzuri) -> VerifySignatureLayer<Chatzuri> {
    VerifySignatureLayer::new(scheme, scheme.key(SECRET).unwrap())
}

/// What the layer answers where the handler, if it is asked, answers `handler` with an empty body.
async fn answer(scheme: Chatzuri, request: Request<Bytes>, handler: StatusCode) -> (Response<()>, String) {
    let service = layer(scheme).layer(service_fn(move |_: Request<VerifiedBody>| async move {
        let mut response = Response::new(Full::new(Bytes::new()));
        *response.status_mut() = handler;
        Ok::<_, Infallible>(response)
    }));
    let response = service.oneshot(request.map(Full::new)).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
}

/// The documented refusal, byte for byte, for this reason.
async fn is_refused(scheme: Chatzuri, request: Request<Bytes>, reason: RejectionKind, what: &str) {
    let (response, body) = answer(scheme, request, StatusCode::OK).await;
    let rejection: &Rejection =
        response.extensions().get().unwrap_or_else(|| panic!("{scheme:?}, {what}: not refused"));
    assert_eq!(rejection.kind(), reason, "{scheme:?}, {what}");
    assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{scheme:?}, {what}");
    assert_eq!(body, r#"{"message":"Signature didn't match"}"#, "{scheme:?}, {what}");
    assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json", "{scheme:?}, {what}");
}

// Vectors.

#[test]
fn t28_vectors() {
    let sha1 = "f27ab2998f43c684a8d1adaa66cc82e00a0f409d";
    let sha256 = "sha256=c7da89e1bd84ac0ea7029eb55fab0006b44f0c4c27edd05d08e55b695372ef8f";
    let either = Chatzuri::sha256_allowing_sha1();
    for (name, scheme, signature, body, event) in [
        ("whatsapp message", Chatzuri::sha1(), sha1, WHATSAPP, "message.received"),
        ("lead.submit", Chatzuri::sha256(), sha256, LEAD, "lead.submit"),
    ] {
        for scheme in [scheme, either] {
            let found = verified(scheme, with_signature(body, signature)).unwrap();
            assert_eq!(found.signed_event(), Some(event), "{name}");
            assert_eq!(found.proof(), Proof::SignedBody, "{name}");
            assert_eq!((found.id(), found.signed_at()), (None, None), "{name}");
            let tampered = verified(scheme, with_signature(&format!("{body} "), signature));
            assert_eq!(tampered.unwrap_err(), RejectionKind::SignatureMismatch, "{name} / tampered body");
        }
    }
}

#[test]
fn every_mode_is_conformant() {
    for scheme in MODES {
        for body in [WHATSAPP, LEAD] {
            conformance::scheme(&scheme, &Sample::new(request(body), SECRET, "another_secret"));
        }
    }
}

#[test]
fn the_strongest_recipe_that_is_allowed_signs() {
    let shape = |scheme| {
        let value = signature(scheme, LEAD);
        (value.starts_with("sha256="), value.len())
    };
    assert_eq!(shape(Chatzuri::sha256()), (true, 71));
    assert_eq!(shape(Chatzuri::sha1()), (false, 40));
    assert_eq!(shape(Chatzuri::sha256_allowing_sha1()), (true, 71));
}

#[test]
fn t04_blank_secrets_are_refused() {
    for scheme in MODES {
        assert_eq!(scheme.key("").unwrap_err(), KeyError::Empty, "{scheme:?}");
        assert_eq!(scheme.key(" \n").unwrap_err(), KeyError::Blank, "{scheme:?}");
    }
}

// Refusals.

#[tokio::test]
async fn every_refusal_is_the_documented_one() {
    use RejectionKind as K;
    for scheme in MODES {
        let good = signature(scheme, LEAD);
        let mut doubled = with_signature(LEAD, &good);
        doubled.headers_mut().append(SIGNATURE, good.parse().unwrap());
        let twice = r#"{"event":"lead.submit","event":"message.sent","agent_id":"a"}"#;
        let both = r#"{"event":"lead.submit","eventType":"message.sent","agentId":"a"}"#;
        for (what, request, kind) in [
            ("missing", request(LEAD), K::MissingHeader),
            ("doubled", doubled, K::DuplicateHeader),
            ("empty", with_signature(LEAD, ""), K::MalformedHeader),
            ("truncated", with_signature(LEAD, &good[..good.len() - 2]), K::MalformedSignature),
            ("over-long", with_signature(LEAD, &format!("{good}00")), K::MalformedSignature),
            ("two in one line", with_signature(LEAD, &format!("{good}, {good}")), K::MalformedSignature),
            ("another body", with_signature(WHATSAPP, &good), K::SignatureMismatch),
            ("another secret", signed(scheme, "another_secret", LEAD), K::SignatureMismatch),
            ("an event twice", signed(scheme, SECRET, twice), K::MalformedBody),
            ("two events", signed(scheme, SECRET, both), K::EventMismatch),
        ] {
            is_refused(scheme, request, kind, what).await;
        }
    }
}

#[tokio::test]
async fn a_recipe_that_is_not_allowed_is_refused_as_none() {
    let (sha256, sha1) = (Chatzuri::sha256(), Chatzuri::sha1());
    is_refused(sha256, signed(sha1, SECRET, LEAD), RejectionKind::NoSignature, "SHA-1").await;
    is_refused(sha1, signed(sha256, SECRET, LEAD), RejectionKind::NoSignature, "SHA-256").await;
    is_refused(sha256, with_signature(LEAD, "test"), RejectionKind::NoSignature, "neither").await;
    is_refused(sha1, with_signature(LEAD, "test"), RejectionKind::MalformedSignature, "neither").await;
}

#[test]
fn t25_a_key_for_both_recipes_does_not_allow_both() {
    let keys = KeySet::from(Chatzuri::sha256_allowing_sha1().key(SECRET).unwrap());
    let (parts, body) = signed(Chatzuri::sha1(), SECRET, LEAD).into_parts();
    let rejection = verify(&Chatzuri::sha256(), &parts, &body, &keys, NOW).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::NoSignature);
    let strong = KeySet::from(Chatzuri::sha256().key(SECRET).unwrap());
    let rejection = verify(&Chatzuri::sha256_allowing_sha1(), &parts, &body, &strong, NOW).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch, "the algorithm belongs to the key");
}

#[tokio::test]
async fn t08_a_right_sha1_does_not_rescue_a_wrong_sha256() {
    use RejectionKind as K;
    let either = Chatzuri::sha256_allowing_sha1();
    let (right_sha1, right_sha256) = (signature(Chatzuri::sha1(), LEAD), signature(Chatzuri::sha256(), LEAD));
    let wrong_sha256 = signature(Chatzuri::sha256(), WHATSAPP);
    let wrong_sha1 = signature(Chatzuri::sha1(), WHATSAPP);
    for (what, value, kind) in [
        ("a SHA-1 under the prefix of SHA-256", format!("sha256={right_sha1}"), K::MalformedSignature),
        (
            "a SHA-1 filled up to SHA-256",
            format!("sha256={right_sha1}{}", "0".repeat(24)),
            K::SignatureMismatch,
        ),
        ("both in one line", format!("{wrong_sha256},{right_sha1}"), K::MalformedSignature),
        ("a SHA-256 without its prefix", right_sha256[7..].to_owned(), K::MalformedSignature),
        ("a SHA-256 cut to SHA-1", right_sha256[7..47].to_owned(), K::SignatureMismatch),
        ("a wrong SHA-256", wrong_sha256.clone(), K::SignatureMismatch),
        ("a wrong SHA-1", wrong_sha1, K::SignatureMismatch),
        ("the prefix in capitals", right_sha256.replace("sha", "SHA"), K::MalformedSignature),
    ] {
        is_refused(either, with_signature(LEAD, &value), kind, what).await;
    }
    for (first, second) in
        [(&wrong_sha256, &right_sha1), (&right_sha1, &wrong_sha256), (&right_sha1, &right_sha256)]
    {
        let mut two_lines = with_signature(LEAD, first);
        two_lines.headers_mut().append(SIGNATURE, second.parse().unwrap());
        is_refused(either, two_lines, K::DuplicateHeader, "two lines").await;
    }
    for right in [right_sha1, right_sha256] {
        let (response, _) = answer(either, with_signature(LEAD, &right), StatusCode::OK).await;
        assert_eq!(response.status(), StatusCode::OK, "{right}");
    }
}

#[tokio::test]
async fn t37_no_key_of_the_envelope_occurs_twice() {
    for body in [
        r#"{"eventType":"lead.submit","eventType":"lead.submit","agentId":"a","payload":{}}"#,
        r#"{"eventType":"message.received","channel":"web","channel":"email","agentId":"a","payload":{}}"#,
        r#"{"eventType":"lead.submit","agentId":"a","agentId":"b","payload":{}}"#,
        r#"{"eventType":"lead.submit","agentId":"a","payload":{},"payload":{"customerName":"x"}}"#,
        r#"{"event":"lead.submit","agent_id":"a","data":{},"data":{"name":"x"}}"#,
        r#"{"event":"lead.submit","agent_id":"a","agent_\u0069d":"b","data":{}}"#,
    ] {
        let scheme = Chatzuri::sha256();
        is_refused(scheme, signed(scheme, SECRET, body), RejectionKind::MalformedBody, body).await;
    }
}

#[tokio::test]
async fn other_methods_are_told_which_one_is_allowed() {
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let mut request = signed(Chatzuri::sha256(), SECRET, LEAD);
        *request.method_mut() = method;
        let (response, _) = answer(Chatzuri::sha256(), request, StatusCode::OK).await;
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(response.headers()[header::ALLOW], "POST");
    }
}

#[tokio::test]
async fn a_delivery_is_acknowledged_as_documented() {
    for scheme in MODES {
        for (handler, status) in [(StatusCode::OK, StatusCode::OK), (StatusCode::NO_CONTENT, StatusCode::OK)]
        {
            let (response, body) = answer(scheme, signed(scheme, SECRET, LEAD), handler).await;
            assert_eq!((response.status(), &*body), (status, r#"{"status":"accepted"}"#));
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        }
        let failed = StatusCode::SERVICE_UNAVAILABLE;
        let (response, body) = answer(scheme, signed(scheme, SECRET, LEAD), failed).await;
        assert_eq!((response.status(), &*body), (failed, ""), "a failure stays one");
    }
}

// Typed events.

fn parsed(body: &str) -> Result<Event, EventError> {
    let scheme = Chatzuri::sha256();
    verified(scheme, signed(scheme, SECRET, body)).unwrap().parse_tagged()
}

fn event(body: &str) -> Event {
    parsed(body).unwrap()
}

fn message(channel: &str, payload: &Value) -> Envelope<Message> {
    let body = json!({
        "eventType": "message.received", "channel": channel, "agentId": "agent_abc123", "payload": payload,
    });
    match event(&body.to_string()) {
        Event::MessageReceived(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lead_is_the_same_lead_in_both_generations() {
    let Event::LeadSubmit(guide) = event(LEAD) else { panic!("no lead") };
    assert_eq!((&*guide.agent_id, guide.generation), ("agt_abc123", Generation::Guide));
    assert_eq!(guide.timestamp.as_deref(), Some("2026-04-26T08:30:14Z"));
    let Lead { name, email, phone, conversation_id, channel, other, .. } = guide.data;
    assert_eq!((name.as_deref(), email.as_deref()), (Some("Sarah"), Some("sarah@acme.com")));
    assert_eq!((phone.as_deref(), channel.as_deref()), (Some("+254712345678"), Some("website")));
    assert_eq!((conversation_id, other.len(), guide.other.len()), (None, 0, 0));

    let body = r#"{"eventType":"lead.submit","agentId":"agent_abc123","payload":{"conversationId":"conv_xyz","customerEmail":"sarah@example.com","customerName":"Sarah","customerPhone":"123"}}"#;
    let Event::LeadSubmit(reference) = event(body) else { panic!("no lead") };
    assert_eq!((&*reference.agent_id, reference.generation), ("agent_abc123", Generation::Reference));
    assert_eq!(reference.timestamp, None);
    let Lead { name, email, phone, conversation_id, channel, other, .. } = reference.data;
    assert_eq!((name.as_deref(), email.as_deref()), (Some("Sarah"), Some("sarah@example.com")));
    assert_eq!((phone.as_deref(), conversation_id.as_deref()), (Some("123"), Some("conv_xyz")));
    assert_eq!((channel, other.len(), reference.other.len()), (None, 0, 0));

    let older = body.replace("agentId", "chatbotId");
    let Event::LeadSubmit(older) = event(&older) else { panic!("no lead") };
    assert_eq!((&*older.agent_id, older.generation), ("agent_abc123", Generation::Reference));
}

#[test]
fn a_body_with_both_envelopes_is_the_references_and_loses_nothing() {
    let body = r#"{"eventType":"lead.submit","event":"lead.submit","agentId":"a","agent_id":"b","payload":{"customerName":"Sarah","name":"agent's"},"data":{"name":"Sarah"}}"#;
    let Event::LeadSubmit(lead) = event(body) else { panic!("no lead") };
    assert_eq!((&*lead.agent_id, lead.generation), ("a", Generation::Reference));
    assert_eq!(lead.data.name.as_deref(), Some("Sarah"));
    assert_eq!(lead.data.other["name"], "agent's");
    assert_eq!(Value::from(lead.other), json!({ "agent_id": "b", "data": { "name": "Sarah" } }));
}

#[test]
fn a_lead_without_a_phone_number_is_a_lead() {
    let body = r#"{"event":"lead.submit","timestamp":1,"agent_id":"a","data":{"email":"sarah@example.com","phone":null,"name":7,"score":0.5},"plan":"pro"}"#;
    let Event::LeadSubmit(lead) = event(body) else { panic!("no lead") };
    assert_eq!(
        (lead.data.email.as_deref(), lead.data.phone, lead.data.name),
        (Some("sarah@example.com"), None, None)
    );
    assert_eq!(Value::from(lead.data.other), json!({ "phone": null, "name": 7, "score": 0.5 }));
    assert_eq!(Value::from(lead.other), json!({ "timestamp": 1, "plan": "pro" }));
}

#[test]
fn messages_of_all_six_channels() {
    let envelope = message(
        "whatsapp",
        &json!({ "from": "+1234567890", "message": "Hello, I need help with my order", "conversationId": "conv_xyz" }),
    );
    assert_eq!((&*envelope.agent_id, envelope.generation), ("agent_abc123", Generation::Reference));
    assert_eq!(envelope.other.len(), 0);
    let Message::WhatsApp(WhatsAppMessage { from, message: text, conversation_id, other, .. }) =
        envelope.data
    else {
        panic!("not WhatsApp");
    };
    assert_eq!((&*from, &*text), ("+1234567890", "Hello, I need help with my order"));
    assert_eq!((&*conversation_id, other.len()), ("conv_xyz", 0));

    let telegram = json!({ "chatId": 123_456_789, "username": "john_doe", "message": "What are your opening hours?", "conversationId": "conv_xyz" });
    let Message::Telegram(telegram) = message("telegram", &telegram).data else { panic!("not Telegram") };
    assert_eq!((telegram.chat_id, telegram.username.as_deref()), (123_456_789, Some("john_doe")));

    let facebook = json!({ "senderId": "fb_user_123", "pageId": "fb_page_456", "message": "Is this product still available?", "conversationId": "conv_xyz" });
    let Message::Facebook(facebook) = message("facebook", &facebook).data else { panic!("not Facebook") };
    assert_eq!((&*facebook.sender_id, &*facebook.page_id), ("fb_user_123", "fb_page_456"));

    let instagram = json!({ "senderId": "ig_user_789", "message": "Do you ship internationally?", "conversationId": "conv_xyz" });
    let Message::Instagram(instagram) = message("instagram", &instagram).data else {
        panic!("not Instagram")
    };
    assert_eq!(instagram.sender_id, "ig_user_789");

    let email = json!({ "from": "customer@example.com", "subject": "Order inquiry", "message": "I placed an order yesterday.", "conversationId": "conv_xyz" });
    let Message::Email(email) = message("email", &email).data else { panic!("not a mail") };
    assert_eq!((&*email.from, email.subject.as_deref()), ("customer@example.com", Some("Order inquiry")));

    let web = json!({ "sessionId": "session_abc", "message": "Hi, I need help!", "conversationId": "conv_xyz", "pageUrl": "https://example.com/pricing" });
    let Message::Web(web) = message("web", &web).data else { panic!("not the web") };
    assert_eq!(
        (&*web.session_id, web.page_url.as_deref()),
        ("session_abc", Some("https://example.com/pricing"))
    );
}

#[test]
fn what_all_channels_share_is_read_without_asking_which() {
    let payload = json!({
        "from": "f", "chatId": -5, "senderId": "s", "pageId": "p", "sessionId": "s", "message": "Hello", "conversationId": "conv",
    });
    for channel in ["whatsapp", "telegram", "facebook", "instagram", "email", "web"] {
        let message = message(channel, &payload).data;
        assert_eq!(message.channel(), Some(channel));
        assert_eq!((message.text(), message.conversation_id()), (Some("Hello"), Some("conv")), "{channel}");
        assert!(!matches!(message, Message::Other { .. }), "{channel}");
    }
    let unknown = message("sms", &payload).data;
    assert_eq!((unknown.channel(), unknown.text(), unknown.conversation_id()), (Some("sms"), None, None));
}

#[test]
fn unknown_channels_events_and_fields_survive() {
    let sms = message("sms", &json!({ "number": 5, "message": "Hi" }));
    assert_eq!(
        sms.data,
        Message::Other { channel: Some("sms".into()), payload: json!({ "number": 5, "message": "Hi" }) }
    );
    let Event::MessageReceived(nowhere) =
        event(r#"{"eventType":"message.received","agentId":"a","channel":9,"payload":[1]}"#)
    else {
        panic!("no message");
    };
    assert_eq!(nowhere.data, Message::Other { channel: None, payload: json!([1]) });
    assert_eq!(nowhere.other["channel"], 9);
    let web =
        message("web", &json!({ "sessionId": "s", "message": "m", "conversationId": "c", "language": "sw" }));
    let Message::Web(web) = web.data else { panic!("not the web") };
    assert_eq!((web.page_url, &web.other["language"]), (None, &json!("sw")));
    for body in [
        r#"{"eventType":"leads.submit","chatbotId":"a","payload":{"customerName":"Example"}}"#,
        r#"{"event":"agent.renamed","agent_id":"a","data":null,"x":[1.5]}"#,
    ] {
        assert_eq!(event(body), Event::Other(serde_json::from_str(body).unwrap()));
    }
}

#[test]
fn all_seven_events_of_the_guide() {
    let body = |event: &str| {
        json!({ "event": event, "timestamp": "2026-04-26T08:30:14Z", "agent_id": "agt_abc123", "data": { "n": 1 }, "new": true })
            .to_string()
    };
    let json_data = |event: Event| match event {
        Event::MessageSent(envelope) => ("message.sent", envelope),
        Event::ConversationStarted(envelope) => ("conversation.started", envelope),
        Event::ConversationEnded(envelope) => ("conversation.ended", envelope),
        Event::FeedbackSubmitted(envelope) => ("feedback.submitted", envelope),
        Event::EscalationTriggered(envelope) => ("escalation.triggered", envelope),
        other => panic!("{other:?}"),
    };
    for name in [
        "message.sent",
        "conversation.started",
        "conversation.ended",
        "feedback.submitted",
        "escalation.triggered",
    ] {
        let (variant, envelope) = json_data(event(&body(name)));
        assert_eq!((variant, &*envelope.agent_id), (name, "agt_abc123"));
        assert_eq!((envelope.generation, envelope.timestamp.is_some()), (Generation::Guide, true));
        assert_eq!((envelope.data, Value::from(envelope.other)), (json!({ "n": 1 }), json!({ "new": true })));
    }
    assert!(matches!(event(&body("lead.submit")), Event::LeadSubmit(_)));
    let Event::MessageReceived(received) = event(&body("message.received")) else { panic!("no message") };
    assert_eq!(received.data, Message::Other { channel: None, payload: json!({ "n": 1 }) });
    let bare = r#"{"event":"conversation.ended","agent_id":"a"}"#;
    assert_eq!(json_data(event(bare)).1.data, Value::Null);
}

#[test]
fn the_guides_messages_are_not_read_as_the_references() {
    let body = r#"{"event":"message.received","channel":"whatsapp","agent_id":"a","data":{"text":"Hi"}}"#;
    let Event::MessageReceived(received) = event(body) else { panic!("no message") };
    let expected = Message::Other { channel: Some("whatsapp".into()), payload: json!({ "text": "Hi" }) };
    assert_eq!(received.data, expected);
}

#[test]
fn what_does_not_fit_says_where() {
    let payload = json!({ "from": "f", "message": 7, "conversationId": "c" });
    let body =
        json!({ "eventType": "message.received", "channel": "whatsapp", "agentId": "a", "payload": payload });
    let error = parsed(&body.to_string()).unwrap_err();
    assert_eq!((error.kind(), error.status()), (EventErrorKind::Payload, StatusCode::UNPROCESSABLE_ENTITY));
    assert!(error.to_string().contains("in `payload`: message: "), "{error}");
    let error = parsed(r#"{"eventType":"lead.submit","payload":{}}"#).unwrap_err();
    assert!(error.to_string().contains("names no agent"), "{error}");
    let error = parsed(r#"{"eventType":"lead.submit","agentId":"a","payload":[]}"#).unwrap_err();
    assert!(error.to_string().contains("no object"), "{error}");
    for nameless in [r#"{"agentId":"a","payload":{}}"#, "[]", "null", "{", "\u{feff}{}"] {
        assert_eq!(parsed(nameless).unwrap_err().kind(), EventErrorKind::NoEventType, "{nameless}");
    }
}

#[test]
fn either_key_names_the_event_and_only_as_a_text() {
    for (body, name, generation) in [
        (
            r#"{"eventType":"conversation.ended","agentId":"a"}"#,
            Some("conversation.ended"),
            Generation::Reference,
        ),
        (r#"{"event":"conversation.ended","agent_id":"a"}"#, Some("conversation.ended"), Generation::Guide),
        (
            r#"{"eventType":5,"event":"conversation.ended","agent_id":"a"}"#,
            Some("conversation.ended"),
            Generation::Guide,
        ),
        (
            r#"{"eventType":"conversation.ended","event":{"id":1},"agentId":"a"}"#,
            Some("conversation.ended"),
            Generation::Reference,
        ),
    ] {
        let found = verified(Chatzuri::sha256(), signed(Chatzuri::sha256(), SECRET, body)).unwrap();
        assert_eq!(found.signed_event(), name, "{body}");
        let Event::ConversationEnded(ended) = found.parse_tagged().unwrap() else { panic!("{body}") };
        assert_eq!(ended.generation, generation, "{body}");
    }
}

#[tokio::test]
async fn a_handler_routes_by_channel() {
    async fn on_chatzuri(_: Verified<Chatzuri>, TaggedEvent(event): TaggedEvent<Event>) -> StatusCode {
        match event {
            Event::LeadSubmit(lead) if lead.data.email.is_some() => StatusCode::OK,
            Event::MessageReceived(Envelope { data: Message::WhatsApp(_), .. }) => StatusCode::NO_CONTENT,
            _ => StatusCode::IM_A_TEAPOT,
        }
    }
    let app = Router::new()
        .route("/chatzuri", post(on_chatzuri))
        .route_layer(layer(Chatzuri::sha256_allowing_sha1()));
    for request in [signed(Chatzuri::sha1(), SECRET, WHATSAPP), signed(Chatzuri::sha256(), SECRET, LEAD)] {
        let (mut parts, body) = request.into_parts();
        parts.uri = "/chatzuri".parse().unwrap();
        let response = app.clone().oneshot(Request::from_parts(parts, Body::from(body))).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), r#"{"status":"accepted"}"#);
    }
}

// Replay.

#[tokio::test]
async fn t34_deliveries_are_remembered_only_by_choice() {
    async fn handled(replay: Replay, bodies: [&str; 2]) -> usize {
        let scheme = Chatzuri::sha256();
        let count = Arc::new(AtomicUsize::new(0));
        let service = layer(scheme).replay(replay).layer(service_fn({
            let count = Arc::clone(&count);
            move |_: Request<VerifiedBody>| {
                count.fetch_add(1, Ordering::SeqCst);
                async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::new()))) }
            }
        }));
        for body in bodies {
            let request = signed(scheme, SECRET, body).map(Full::new);
            assert_eq!(service.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
        }
        count.load(Ordering::SeqCst)
    }
    let memory = || Replay::new(MemoryStore::new(100), "test");
    assert_eq!(handled(memory(), [LEAD, LEAD]).await, 2);
    assert_eq!(handled(memory().remember_bodies(), [LEAD, LEAD]).await, 1);
    assert_eq!(handled(memory().remember_bodies(), [LEAD, WHATSAPP]).await, 2);
}
