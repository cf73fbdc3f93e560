//! Blinger: the shared secret in path and header, the answer that is exactly 200, and every printed field.
#![cfg(all(feature = "providers", feature = "conformance", feature = "axum", feature = "memory"))]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use axum::{Router, routing::post};
use bytes::Bytes;
use http::{HeaderName, Request, StatusCode, header::ALLOW};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use tower::ServiceExt as _;
use tower_webhook::{
    Rejection, RejectionKind, Scheme, TaggedEvent, Verified, VerifySignatureLayer,
    conformance::{self, Sample},
    event::EventErrorKind,
    key::{Key, KeyError},
    providers::{
        Blinger,
        blinger::{
            CommentEvent, ConversationEvent, ConversationStatus, Event, MessageEvent, Operator, Tag, Tags,
            UserEvent,
        },
    },
    replay::{MemoryStore, Replay},
    scheme::{Proof, Verdict, verify},
    time::Timestamp,
};

const SECRET: &str = "KmPq7dRz4sVw9xTb2cYh";
const HEADER: HeaderName = HeaderName::from_static("x-blinger-secret");

// Fixtures: the printed samples, corrected to be JSON, with invented names and addresses.

fn client() -> Value {
    json!({
        "user_id": 374,
        "role": "default",
        "title": "Ada Example",
        "avatar": "https://example.com/images/no-user.png",
        "page_title": "Example - Messengers for business",
        "page_url": "https://example.com",
        "status": "enabled",
        "service_user_id": "ada",
        "date_created": 1_513_262_192
    })
}

fn operator() -> Value {
    json!({"id": 11, "name": "Supervisor", "email": "supervisor@example.com"})
}

fn unassigned() -> Value {
    json!({
        "webhook": "on_conversation_unassigned",
        "conversation": {
            "id": 181,
            "application": "telegrambot",
            "status": "unassigned",
            "date_created": 1_513_351_579,
            "date_updated": 1_513_353_161,
            "from_user": client()
        }
    })
}

fn assigned() -> Value {
    json!({
        "webhook": "on_conversation_assigned",
        "conversation": {
            "id": 180,
            "application": "telegrambot",
            "status": "inbox",
            "date_created": 1_513_350_728,
            "date_updated": 1_513_351_289,
            "operator": operator(),
            "from_user": client()
        }
    })
}

fn blinger_account() -> Value {
    json!({
        "id": 299,
        "service_blinger_id": 18,
        "blinger_user_id": 547,
        "is_active": true,
        "date_updated": 1_513_346_127,
        "date_created": 1_513_346_128,
        "tags": "[]",
        "name": null,
        "role": "customer",
        "avatar": null,
        "application": "telegrambot",
        "service_user_id": null,
        "status": "enabled"
    })
}

fn blinger_client() -> Value {
    json!({
        "id": 294,
        "service_blinger_id": 18,
        "blinger_user_id": 374,
        "is_active": true,
        "date_updated": 1_513_262_192,
        "date_created": 1_513_262_192,
        "tags": null,
        "name": "Ada Example",
        "role": "default",
        "avatar": "https://example.com/images/no-user.png",
        "application": "telegrambot",
        "service_user_id": "ada",
        "status": "enabled"
    })
}

fn closed() -> Value {
    json!({
        "webhook": "on_conversation_closed",
        "conversation": {
            "id": 181,
            "application": "telegrambot",
            "status": "closed",
            "date_created": 1_513_351_579,
            "date_updated": 1_513_353_917,
            "operator": operator(),
            "from_user": client(),
            "messages": [{
                "id": 634,
                "from_blinger_user_id": 547,
                "to_blinger_user_id": 374,
                "from_user_id": 547,
                "to_user_id": 374,
                "type": "text",
                "application": "telegrambot",
                "message": "123",
                "blinger_message_id": 4717,
                "date_created": 1_513_353_914,
                "status": "sent",
                "is_outgoing": true,
                "is_inner_message": false,
                "from_user_name": null,
                "to_user_name": "Ada Example",
                "fromBlingerUser": blinger_account(),
                "toBlingerUser": blinger_client()
            }],
            "tags": [
                {"id": "id", "title": "test1", "message_id": "634"},
                {"id": "id", "title": "test2", "message_id": "635"}
            ],
            "close_group": {"title": "Duplicate"}
        }
    })
}

/// What the events on messages and comments have in common; `kind` is `message` or `comment`.
fn exchange(webhook: &str, kind: &str, from: Value, to: Value) -> Value {
    json!({
        "webhook": webhook,
        "from_user_id": from["user_id"],
        "to_user_id": to["user_id"],
        format!("{kind}_id"): 546,
        format!("{kind}_blinger_id"): 4627,
        "conversation_id": 173,
        "conversation_token": "an-invented-token",
        "operator": operator(),
        "from_user": from,
        "to_user": to,
    })
}

fn writer() -> Value {
    json!({
        "user_id": 481,
        "role": "default",
        "title": "Ada Example",
        "avatar": "https://example.com/images/no-user.png",
        "status": "enabled",
        "application": "vk",
        "service_user_id": "10000001",
        "date_created": 1_513_329_664
    })
}

fn account() -> Value {
    json!({
        "user_id": 542,
        "role": "customer",
        "title": null,
        "avatar": null,
        "status": "enabled",
        "application": "vk",
        "service_user_id": null,
        "date_created": 1_513_329_654
    })
}

fn message(webhook: &str, from: Value, to: Value) -> Value {
    let mut event = exchange(webhook, "message", from, to);
    event["message"] = json!({
        "id": 546,
        "from_user_id": event["from_user_id"],
        "to_user_id": event["to_user_id"],
        "type": "text",
        "application": "vk",
        "date_created": 1_513_338_128,
        "message": "test",
        "tags": ["tag1", "tag2"]
    });
    event
}

fn message_incoming() -> Value {
    let mut event = message("on_message_incoming", writer(), account());
    event["from_user"]["page_title"] = json!("Example - Messengers for business");
    event["from_user"]["page_url"] = json!("https://example.com");
    event
}

fn message_outgoing() -> Value {
    message("on_message_outgoing", account(), writer())
}

fn comment(webhook: &str, from: Value, to: Value) -> Value {
    let mut event = exchange(webhook, "comment", from, to);
    event["comment"] = json!({
        "id": 546,
        "from_user_id": event["from_user_id"],
        "to_user_id": event["to_user_id"],
        "reply_comment_id": 544,
        "type": "text",
        "post_id": "123123",
        "post_url": "https://example.com/post?w=wall1_2",
        "post_title": "Пост",
        "application": "vk",
        "date_created": 1_513_338_128,
        "message": "test"
    });
    event
}

fn comment_incoming() -> Value {
    comment("on_comment_incoming", writer(), account())
}

fn comment_outgoing() -> Value {
    comment("on_comment_outgoing", account(), writer())
}

fn user_new() -> Value {
    json!({
        "webhook": "on_user_new",
        "user": {
            "id": 294,
            "blinger_user_id": 374,
            "name": "Ada Example",
            "avatar": "https://example.com/images/no-user.png",
            "application": "telegrambot",
            "service_user_id": "ada",
            "date_created": 1_513_262_192
        }
    })
}

// Verification

fn key() -> Key {
    Blinger::secret_path().key(SECRET).unwrap()
}

fn presented(scheme: &Blinger, request: Request<Bytes>) -> Result<Verified, Rejection> {
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &key().into(), Timestamp::from_unix(1_718_000_000))? {
        Verdict::Deliver(verified) => Ok(verified),
        other => panic!("Blinger has no handshake: {other:?}"),
    }
}

fn at_path(path: &str, body: &str) -> Result<Verified, RejectionKind> {
    let request = Request::post(path).body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
    presented(&Blinger::secret_path(), request).map_err(|rejection| rejection.kind())
}

fn verified(body: &Value) -> Verified {
    at_path(&format!("/blinger/{SECRET}"), &body.to_string()).unwrap()
}

fn event(body: &Value) -> Event {
    verified(body).parse_tagged().unwrap()
}

#[test]
fn both_places_conform() {
    let request = || Request::post("/blinger").body(Bytes::from(unassigned().to_string())).unwrap();
    for scheme in [Blinger::secret_path(), Blinger::secret_header(HEADER)] {
        conformance::scheme(&scheme, &Sample::new(request(), SECRET, "another secret / with 100 %"));
    }
}

#[test]
fn it_proves_a_shared_token_and_nothing_of_the_body() {
    let verified = verified(&unassigned());
    assert_eq!(verified.proof(), Proof::SharedToken);
    assert_eq!((verified.event(), verified.signed_event()), (Some("on_conversation_unassigned"), None));
    assert_eq!((verified.id(), verified.signed_at()), (None, None));
    assert_eq!(verified.scheme(), "blinger");
}

#[test]
fn t04_a_secret_that_can_be_guessed_is_refused() {
    for scheme in [Blinger::secret_path(), Blinger::secret_header(HEADER)] {
        let error = |text: &str| scheme.key(text).unwrap_err();
        assert_eq!(error(""), KeyError::Empty);
        assert_eq!(error(&" ".repeat(20)), KeyError::Blank);
        assert_eq!(error("KmPq7dRz4sVw9xTb\n"), KeyError::SurroundingSpace);
        assert_eq!(error("123456789012345"), KeyError::TooShort { least: 16 });
        // In characters, which are what is guessed, and not in bytes.
        assert_eq!(error("ééééééééééééééé"), KeyError::TooShort { least: 16 });
        assert!(scheme.key("1234567890123456").is_ok());
    }
    assert!(error_names_the_length());
}

fn error_names_the_length() -> bool {
    KeyError::TooShort { least: 16 }.to_string().contains("16 characters")
}

#[test]
fn the_paths_last_segment_is_the_secret() {
    let body = unassigned().to_string();
    let (first, rest) = SECRET.split_at(1);
    let encoded = format!("%{:02X}{rest}", first.as_bytes()[0]);
    for path in [
        format!("/{SECRET}"),
        format!("/a/b/{SECRET}"),
        format!("/blinger/{SECRET}?disable=1"),
        format!("/blinger/{encoded}"),
    ] {
        assert!(at_path(&path, &body).is_ok(), "{path}");
    }
    let refused = [
        (format!("/blinger/{SECRET}/"), RejectionKind::MalformedTarget),
        ("/blinger/".to_owned(), RejectionKind::MalformedTarget),
        ("/".to_owned(), RejectionKind::MalformedTarget),
        ("/blinger/%FF".to_owned(), RejectionKind::MalformedTarget),
        ("/blinger".to_owned(), RejectionKind::SignatureMismatch),
        (format!("/blinger/{SECRET}x"), RejectionKind::SignatureMismatch),
        (format!("/blinger/{}", &SECRET[1..]), RejectionKind::SignatureMismatch),
        (format!("/blinger/{}", SECRET.to_lowercase()), RejectionKind::SignatureMismatch),
        (format!("/blinger/{SECRET}%20"), RejectionKind::SignatureMismatch),
        (format!("/{SECRET}/blinger"), RejectionKind::SignatureMismatch),
        (format!("/blinger?secret={SECRET}"), RejectionKind::SignatureMismatch),
    ];
    for (path, kind) in refused {
        assert_eq!(at_path(&path, &body).unwrap_err(), kind, "{path}");
    }
}

#[test]
fn a_secret_with_reserved_characters_is_percent_encoded() {
    let secret = "a/b?c#d%e f+é-0123456789";
    let scheme = Blinger::secret_path();
    let mut request = Request::post("/blinger").body(Bytes::from("{}")).unwrap();
    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), Timestamp::from_unix(0)).unwrap();
    assert!(request.uri().path().starts_with("/blinger/a%2Fb%3Fc%23d%25e%20f%2B"), "{}", request.uri());
    let (parts, body) = request.into_parts();
    let key = scheme.key(secret).unwrap();
    assert!(verify(&scheme, &parts, &body, &key.into(), Timestamp::from_unix(0)).is_ok());
}

#[test]
fn the_headers_whole_value_is_the_secret() {
    let scheme = Blinger::secret_header(HEADER);
    let sent = |values: &[&str]| {
        let mut request = Request::post(format!("/blinger/{SECRET}"));
        for value in values {
            request = request.header(HEADER, *value);
        }
        let request = request.body(Bytes::from(unassigned().to_string())).unwrap();
        presented(&scheme, request).map_err(|rejection| rejection.kind())
    };
    assert!(sent(&[SECRET]).is_ok());
    assert_eq!(sent(&[]).unwrap_err(), RejectionKind::MissingHeader, "the path's is not looked at");
    assert_eq!(sent(&[""]).unwrap_err(), RejectionKind::MalformedHeader);
    assert_eq!(sent(&["another secret than it is"]).unwrap_err(), RejectionKind::SignatureMismatch);
    assert_eq!(sent(&[SECRET, SECRET]).unwrap_err(), RejectionKind::DuplicateHeader);
}

#[test]
fn t37_the_event_twice_is_refused() {
    let path = format!("/{SECRET}");
    let body = r#"{"webhook":"on_user_new","user":{},"webhook":"on_message_incoming"}"#;
    assert_eq!(at_path(&path, body).unwrap_err(), RejectionKind::MalformedBody);
}

#[test]
fn t24_the_secret_is_not_shown() {
    let scheme = Blinger::secret_path();
    let shown = format!("{scheme:?} {:?} {:?}", key(), scheme.signing_key(SECRET).unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
}

// Events

#[test]
fn every_documented_event_has_its_variant() {
    type Is = fn(&Event) -> bool;
    let all: [(&str, Value, Is); 8] = [
        ("on_conversation_unassigned", unassigned(), |e| matches!(e, Event::ConversationUnassigned(_))),
        ("on_conversation_assigned", assigned(), |e| matches!(e, Event::ConversationAssigned(_))),
        ("on_conversation_closed", closed(), |e| matches!(e, Event::ConversationClosed(_))),
        ("on_message_incoming", message_incoming(), |e| matches!(e, Event::MessageIncoming(_))),
        ("on_message_outgoing", message_outgoing(), |e| matches!(e, Event::MessageOutgoing(_))),
        ("on_comment_incoming", comment_incoming(), |e| matches!(e, Event::CommentIncoming(_))),
        ("on_comment_outgoing", comment_outgoing(), |e| matches!(e, Event::CommentOutgoing(_))),
        ("on_user_new", user_new(), |e| matches!(e, Event::UserNew(_))),
    ];
    for (name, body, is) in all {
        let verified = verified(&body);
        assert_eq!(verified.event(), Some(name));
        let event: Event = verified.parse_tagged().unwrap();
        assert!(is(&event), "{name}: {event:?}");
    }
}

/// Every field that is printed is a field of the type: none is left over, at any depth that keeps what it does not
/// know.
#[test]
fn no_printed_field_is_left_over() {
    let parse = |body: Value| body.to_string();
    for body in [unassigned(), assigned(), closed()] {
        let event: ConversationEvent = serde_json::from_str(&parse(body)).unwrap();
        assert!(event.rest.is_empty() && event.conversation.rest.is_empty());
        assert!(event.conversation.from_user.rest.is_empty());
        for message in event.conversation.messages.unwrap_or_default() {
            assert!(message.rest.is_empty());
            assert!(message.from_blinger_user.unwrap().rest.is_empty());
            assert!(message.to_blinger_user.unwrap().rest.is_empty());
        }
    }
    for body in [message_incoming(), message_outgoing()] {
        let event: MessageEvent = serde_json::from_str(&parse(body)).unwrap();
        let rests = [&event.rest, &event.message.rest, &event.from_user.rest, &event.to_user.rest];
        assert!(rests.into_iter().all(serde_json::Map::is_empty), "{rests:?}");
    }
    for body in [comment_incoming(), comment_outgoing()] {
        let event: CommentEvent = serde_json::from_str(&parse(body)).unwrap();
        let rests = [&event.rest, &event.comment.rest, &event.from_user.rest, &event.to_user.rest];
        assert!(rests.into_iter().all(serde_json::Map::is_empty), "{rests:?}");
    }
    let event: UserEvent = serde_json::from_str(&parse(user_new())).unwrap();
    assert!(event.rest.is_empty() && event.user.rest.is_empty());
}

#[test]
fn conversations() {
    let Event::ConversationUnassigned(event) = event(&unassigned()) else { panic!("another variant") };
    assert_eq!(event.webhook, "on_conversation_unassigned");
    let conversation = event.conversation;
    assert_eq!((conversation.id, &*conversation.application), (181, "telegrambot"));
    assert_eq!(conversation.status, ConversationStatus::Unassigned);
    assert_eq!(conversation.date_created, Timestamp::from_unix(1_513_351_579));
    assert_eq!(conversation.date_updated, Timestamp::from_unix(1_513_353_161));
    assert_eq!(conversation.operator, None);
    assert_eq!((conversation.messages, conversation.tags, conversation.close_group), (None, None, None));
    let user = conversation.from_user;
    assert_eq!((user.user_id, &*user.role, &*user.status), (374, "default", "enabled"));
    assert_eq!(user.title.as_deref(), Some("Ada Example"));
    assert_eq!(user.avatar.as_deref(), Some("https://example.com/images/no-user.png"));
    assert_eq!(user.page_title.as_deref(), Some("Example - Messengers for business"));
    assert_eq!(user.page_url.as_deref(), Some("https://example.com"));
    assert_eq!((user.application, user.service_user_id.as_deref()), (None, Some("ada")));
    assert_eq!(user.date_created, Timestamp::from_unix(1_513_262_192));

    let Event::ConversationAssigned(event) = self::event(&assigned()) else { panic!("another variant") };
    assert_eq!(event.conversation.status, ConversationStatus::Inbox);
    let operator = event.conversation.operator.unwrap();
    assert_eq!((operator.id, operator.name.as_deref()), (Some(11), Some("Supervisor")));
    assert_eq!(operator.email.as_deref(), Some("supervisor@example.com"));
}

#[test]
fn a_closed_conversation_has_messages_tags_and_a_group() {
    let Event::ConversationClosed(event) = event(&closed()) else { panic!("another variant") };
    let conversation = event.conversation;
    assert_eq!(conversation.status, ConversationStatus::Closed);
    assert_eq!(conversation.close_group.unwrap().title, "Duplicate");
    let Some(Tags::Objects(tags)) = conversation.tags else { panic!("{:?}", conversation.tags) };
    let titles: Vec<_> = tags
        .iter()
        .map(|Tag { id, title, message_id, .. }| (&**id, &**title, message_id.as_deref()))
        .collect();
    assert_eq!(titles, [("id", "test1", Some("634")), ("id", "test2", Some("635"))]);

    let messages = conversation.messages.unwrap();
    let [message] = &messages[..] else { panic!("{} messages", messages.len()) };
    assert_eq!((message.id, message.blinger_message_id), (634, 4717));
    assert_eq!((message.from_blinger_user_id, message.to_blinger_user_id), (547, 374));
    assert_eq!((message.from_user_id, message.to_user_id), (547, 374));
    assert_eq!((&*message.kind, &*message.application, &*message.status), ("text", "telegrambot", "sent"));
    assert_eq!(message.message.as_deref(), Some("123"));
    assert_eq!(message.date_created, Timestamp::from_unix(1_513_353_914));
    assert_eq!((message.is_outgoing, message.is_inner_message), (true, false));
    assert_eq!(
        (message.from_user_name.as_deref(), message.to_user_name.as_deref()),
        (None, Some("Ada Example"))
    );

    let from = message.from_blinger_user.as_ref().unwrap();
    assert_eq!((from.id, from.service_blinger_id, from.blinger_user_id), (299, 18, 547));
    assert!(from.is_active);
    assert_eq!(from.date_updated, Timestamp::from_unix(1_513_346_127));
    assert_eq!(from.date_created, Timestamp::from_unix(1_513_346_128));
    assert_eq!(from.tags, Some(Tags::Text("[]".to_owned())));
    assert_eq!((&from.name, &from.avatar, &from.service_user_id), (&None, &None, &None));
    assert_eq!((&*from.role, &*from.application, &*from.status), ("customer", "telegrambot", "enabled"));
    let to = message.to_blinger_user.as_ref().unwrap();
    assert_eq!((to.id, to.blinger_user_id, &to.tags), (294, 374, &None));
    assert_eq!(to.name.as_deref(), Some("Ada Example"));
    assert_eq!(to.avatar.as_deref(), Some("https://example.com/images/no-user.png"));
    assert_eq!(to.service_user_id.as_deref(), Some("ada"));
}

#[test]
fn messages() {
    let Event::MessageIncoming(event) = event(&message_incoming()) else { panic!("another variant") };
    assert_eq!(event.webhook, "on_message_incoming");
    assert_eq!((event.from_user_id, event.to_user_id), (481, 542));
    assert_eq!((event.message_id, event.message_blinger_id), (546, 4627));
    assert_eq!((event.conversation_id, &*event.conversation_token), (173, "an-invented-token"));
    assert_eq!(event.operator.unwrap().id, Some(11));
    assert_eq!(event.from_user.page_url.as_deref(), Some("https://example.com"));
    assert_eq!(event.from_user.application.as_deref(), Some("vk"));
    let to = event.to_user;
    assert_eq!((&*to.role, to.title, to.avatar, to.service_user_id), ("customer", None, None, None));
    assert_eq!((to.page_title, to.page_url), (None, None), "in live chat only");
    let message = event.message;
    assert_eq!((message.id, message.from_user_id, message.to_user_id), (546, 481, 542));
    assert_eq!((&*message.kind, &*message.application), ("text", "vk"));
    assert_eq!(message.date_created, Timestamp::from_unix(1_513_338_128));
    assert_eq!(message.message.as_deref(), Some("test"));
    assert_eq!(message.tags, Some(Tags::Names(vec!["tag1".to_owned(), "tag2".to_owned()])));

    let Event::MessageOutgoing(event) = self::event(&message_outgoing()) else { panic!("another variant") };
    assert_eq!((event.from_user_id, event.to_user_id), (542, 481));
    assert_eq!((event.from_user.title, event.to_user.title.as_deref()), (None, Some("Ada Example")));
}

#[test]
fn comments() {
    let Event::CommentIncoming(event) = event(&comment_incoming()) else { panic!("another variant") };
    assert_eq!(event.webhook, "on_comment_incoming");
    assert_eq!((event.from_user_id, event.to_user_id), (481, 542));
    assert_eq!((event.comment_id, event.comment_blinger_id), (546, 4627));
    assert_eq!((event.conversation_id, &*event.conversation_token), (173, "an-invented-token"));
    assert_eq!(event.operator.unwrap().email.as_deref(), Some("supervisor@example.com"));
    assert_eq!((event.from_user.user_id, event.to_user.user_id), (481, 542));
    let comment = event.comment;
    assert_eq!((comment.id, comment.from_user_id, comment.to_user_id), (546, 481, 542));
    assert_eq!((comment.reply_comment_id, &*comment.kind), (Some(544), "text"));
    assert_eq!(comment.post_id.as_deref(), Some("123123"));
    assert_eq!(comment.post_url.as_deref(), Some("https://example.com/post?w=wall1_2"));
    assert_eq!(comment.post_title.as_deref(), Some("Пост"));
    assert_eq!(&*comment.application, "vk");
    assert_eq!(comment.date_created, Timestamp::from_unix(1_513_338_128));
    assert_eq!(comment.message.as_deref(), Some("test"));

    let Event::CommentOutgoing(event) = self::event(&comment_outgoing()) else { panic!("another variant") };
    assert_eq!((event.from_user_id, event.to_user_id), (542, 481));
}

#[test]
fn new_users() {
    let Event::UserNew(event) = event(&user_new()) else { panic!("another variant") };
    assert_eq!(event.webhook, "on_user_new");
    let user = event.user;
    assert_eq!((user.id, user.blinger_user_id, &*user.application), (294, 374, "telegrambot"));
    assert_eq!(user.name.as_deref(), Some("Ada Example"));
    assert_eq!(user.avatar.as_deref(), Some("https://example.com/images/no-user.png"));
    assert_eq!(user.service_user_id.as_deref(), Some("ada"));
    assert_eq!(user.date_created, Timestamp::from_unix(1_513_262_192));

    let mut body = user_new();
    for field in ["name", "avatar", "service_user_id"] {
        body["user"][field] = Value::Null;
    }
    let Event::UserNew(event) = self::event(&body) else { panic!("another variant") };
    assert_eq!((event.user.name, event.user.avatar, event.user.service_user_id), (None, None, None));
}

#[test]
fn nobody_assigned_is_an_operator_that_is_missing_null_or_empty() {
    let mut body = message_incoming();
    body["operator"] = json!({"id": null, "name": null, "email": null});
    let Event::MessageIncoming(event) = event(&body) else { panic!("another variant") };
    let Some(Operator { id: None, name: None, email: None, .. }) = event.operator else {
        panic!("{:?}", event.operator)
    };
    body["operator"] = Value::Null;
    let Event::MessageIncoming(event) = self::event(&body) else { panic!("another variant") };
    assert_eq!(event.operator, None);
    body.as_object_mut().unwrap().remove("operator");
    let Event::MessageIncoming(event) = self::event(&body) else { panic!("another variant") };
    assert_eq!(event.operator, None);
}

#[test]
fn tags_are_read_in_every_form() {
    let tag = |id: &str| json!({"id": id, "title": "test1", "message_id": "634"});
    type Is = fn(&Option<Tags>) -> bool;
    let forms: [(Value, Is); 8] = [
        (Value::Null, |tags| tags.is_none()),
        (json!("[]"), |tags| matches!(tags, Some(Tags::Text(text)) if text == "[]")),
        (json!([]), |tags| matches!(tags, Some(Tags::Names(names)) if names.is_empty())),
        (json!(["a"]), |tags| matches!(tags, Some(Tags::Names(names)) if names == &["a"])),
        (json!([tag("a"), tag("b")]), |tags| matches!(tags, Some(Tags::Objects(tags)) if tags.len() == 2)),
        (json!(["a", tag("b")]), |tags| matches!(tags, Some(Tags::Other(Value::Array(_))))),
        (json!([{"id": 1}]), |tags| matches!(tags, Some(Tags::Other(Value::Array(_))))),
        (json!({"a": 1}), |tags| matches!(tags, Some(Tags::Other(Value::Object(_))))),
    ];
    for (form, is) in forms {
        let mut body = message_incoming();
        body["message"]["tags"] = form.clone();
        let Event::MessageIncoming(event) = event(&body) else { panic!("another variant") };
        assert!(is(&event.message.tags), "of a message: {form} as {:?}", event.message.tags);
        let mut body = closed();
        body["conversation"]["tags"] = form.clone();
        body["conversation"]["messages"][0]["fromBlingerUser"]["tags"] = form.clone();
        let Event::ConversationClosed(event) = self::event(&body) else { panic!("another variant") };
        assert!(is(&event.conversation.tags), "of a conversation: {form}");
        let user = event.conversation.messages.unwrap().remove(0).from_blinger_user.unwrap();
        assert!(is(&user.tags), "of a user: {form}");
    }
}

#[test]
fn unknown_events_fields_and_statuses_survive() {
    let body = json!({"webhook": "on_call_missed", "call": {"id": 1}});
    let verified = verified(&body);
    assert_eq!(verified.event(), Some("on_call_missed"));
    let Event::Other(payload) = verified.parse_tagged().unwrap() else { panic!("a known variant") };
    assert_eq!(payload, body);

    let mut body = unassigned();
    body["account"] = json!(7);
    body["conversation"]["priority"] = json!("high");
    body["conversation"]["from_user"]["phone"] = json!("+15550100001");
    body["conversation"]["status"] = json!("snoozed");
    let Event::ConversationUnassigned(event) = event(&body) else { panic!("another variant") };
    assert_eq!(event.rest["account"], json!(7));
    assert_eq!(event.conversation.rest["priority"], json!("high"));
    assert_eq!(event.conversation.from_user.rest["phone"], json!("+15550100001"));
    assert_eq!(event.conversation.status, ConversationStatus::Other("snoozed".into()));
}

#[test]
fn what_does_not_fit_is_named() {
    let mut body = message_incoming();
    body["message"]["date_created"] = json!("yesterday");
    let error = verified(&body).parse_tagged::<Event>().unwrap_err();
    assert_eq!(error.kind(), EventErrorKind::Payload);
    assert!(error.path().unwrap().ends_with("message.date_created"), "{error}");
    // The page's own notation.
    let printed = "{\"webhook\":\"on_user_new\", // only for livechat\n\"user\":{}}";
    let unnamed = at_path(&format!("/{SECRET}"), printed).unwrap();
    assert_eq!(unnamed.event(), None);
    let error = unnamed.parse_tagged::<Event>().unwrap_err();
    assert_eq!(error.kind(), EventErrorKind::NoEventType);
}

// In a router

/// Counts what reaches the handler, which answers with `status` and `body`.
fn router(scheme: Blinger, status: StatusCode, body: &'static str) -> (Router, Arc<AtomicUsize>) {
    let handled = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&handled);
    let handler = async move |_: Verified<Blinger>, TaggedEvent(_): TaggedEvent<Event>| {
        counter.fetch_add(1, SeqCst);
        (status, body)
    };
    let layer =
        VerifySignatureLayer::new(scheme, key()).replay(Replay::new(MemoryStore::new(100), "blinger"));
    let routes =
        Router::new().route("/blinger", post(handler.clone())).route("/blinger/{secret}", post(handler));
    (routes.route_layer(layer), handled)
}

async fn send(router: &Router, request: Request<String>) -> (StatusCode, Bytes) {
    let response = router.clone().oneshot(request.map(axum::body::Body::from)).await.unwrap();
    (response.status(), response.into_body().collect().await.unwrap().to_bytes())
}

fn to(path: &str) -> Request<String> {
    Request::post(path).body(message_incoming().to_string()).unwrap()
}

#[tokio::test]
async fn any_success_becomes_200_and_a_failure_stays() {
    for success in [200, 201, 202, 203, 204, 205, 206, 299] {
        let (router, _) = router(Blinger::secret_path(), StatusCode::from_u16(success).unwrap(), "");
        let (status, body) = send(&router, to(&format!("/blinger/{SECRET}"))).await;
        assert_eq!((status, body.len()), (StatusCode::OK, 0), "{success}");
    }
    let (router, _) = router(Blinger::secret_path(), StatusCode::ACCEPTED, "queued");
    assert_eq!(send(&router, to(&format!("/blinger/{SECRET}"))).await, (StatusCode::OK, "queued".into()));
    for failure in [302, 404, 422, 500, 503] {
        let (router, _) = self::router(Blinger::secret_path(), StatusCode::from_u16(failure).unwrap(), "");
        assert_eq!(send(&router, to(&format!("/blinger/{SECRET}"))).await.0, failure);
    }
}

#[tokio::test]
async fn a_wrong_secret_is_401_and_says_nothing() {
    let (router, handled) = router(Blinger::secret_path(), StatusCode::OK, "");
    let refused = (StatusCode::UNAUTHORIZED, Bytes::new());
    assert_eq!(send(&router, to("/blinger/KmPq7dRz4sVw9xTb2cYi")).await, refused);
    assert_eq!(send(&router, to("/blinger/%FF")).await, refused);
    assert_eq!(send(&router, to("/blinger")).await, refused);
    let twice =
        Request::post(format!("/blinger/{SECRET}")).body(r#"{"webhook":"a","webhook":"b"}"#.to_owned());
    assert_eq!(send(&router, twice.unwrap()).await, refused);
    assert_eq!(handled.load(SeqCst), 0);

    let (router, handled) = self::router(Blinger::secret_header(HEADER), StatusCode::OK, "");
    assert_eq!(send(&router, to(&format!("/blinger/{SECRET}"))).await, refused);
    let mut right = to("/blinger");
    right.headers_mut().insert(HEADER, SECRET.parse().unwrap());
    assert_eq!(send(&router, right).await.0, StatusCode::OK);
    assert_eq!(handled.load(SeqCst), 1);
}

#[tokio::test]
async fn only_post_is_let_in() {
    let (router, _) = router(Blinger::secret_path(), StatusCode::OK, "");
    let request = Request::get(format!("/blinger/{SECRET}")).body(axum::body::Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[ALLOW], "POST");
}

#[tokio::test]
async fn t34_equal_deliveries_are_both_handled() {
    let (router, handled) = router(Blinger::secret_path(), StatusCode::OK, "");
    for _ in 0..2 {
        assert_eq!(send(&router, to(&format!("/blinger/{SECRET}"))).await.0, StatusCode::OK);
    }
    assert_eq!(handled.load(SeqCst), 2);
}
