//! Amazon SNS.
use crate::{NOW, OTHER_PUBLIC, PUBLIC, Verdict, ask, ask_with, refused, seconds, signed};
use bytes::Bytes;
use http::{HeaderValue, Request};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    key::{Algorithm, KeyLookupError, KeyRef, KeySet, Secret},
    providers::{Sns, sns::Confirmation},
    scheme::{CannotSign, Proof, Text},
};

const TOPIC: &str = "arn:aws:sns:us-east-1:123456789012:orders";
const OTHER_TOPIC: &str = "arn:aws:sns:us-east-1:210987654321:orders";
pub(crate) const CERTIFICATE: &str =
    "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem";

pub(crate) fn sns() -> Sns {
    Sns::topic(TOPIC)
}

pub(crate) fn notification() -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "17dea24b-55c2-540b-8362-f916557af765",
        "TopicArn": TOPIC,
        "Subject": "An order",
        "Message": "{\"order\":7}",
        "SigningCertURL": CERTIFICATE,
        "UnsubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe",
    })
}

fn confirmation(kind: &str) -> Value {
    json!({
        "Type": kind,
        "MessageId": "165545c9-2a5c-472c-8df2-7ff2be2b3b1b",
        "TopicArn": TOPIC,
        "Message": "You have chosen to subscribe.\nTo confirm, visit the SubscribeURL.",
        "SubscribeURL": "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
        "Token": "2336412f37fb687f",
        "SigningCertURL": CERTIFICATE,
    })
}

pub(crate) fn post(body: &Value) -> Request<Bytes> {
    Request::post("/sns").body(body.to_string().into()).unwrap()
}

pub(crate) fn delivery(body: &Value) -> Request<Bytes> {
    signed(&sns(), post(body))
}

fn body(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

/// A signed notification whose body is then changed, and the headers that repeat it with it.
pub(crate) fn changed(change: impl FnOnce(&mut Value)) -> Request<Bytes> {
    changed_from(delivery(&notification()), change)
}

fn changed_from(mut request: Request<Bytes>, change: impl FnOnce(&mut Value)) -> Request<Bytes> {
    let mut body = body(&request);
    change(&mut body);
    for (header, key) in [
        ("x-amz-sns-message-type", "Type"),
        ("x-amz-sns-message-id", "MessageId"),
        ("x-amz-sns-topic-arn", "TopicArn"),
    ] {
        if let Some(value) = body[key].as_str().and_then(|value| HeaderValue::from_str(value).ok()) {
            request.headers_mut().insert(header, value);
        }
    }
    *request.body_mut() = body.to_string().into();
    request
}

#[tokio::test]
async fn a_notification() {
    let verified = ask(sns(), delivery(&notification())).await.unwrap();
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!(verified.signed_event(), Some("Notification"));
    assert_eq!(verified.signed_id(), Some("17dea24b-55c2-540b-8362-f916557af765"));
    assert_eq!(verified.tenant(), Some(TOPIC));
    assert_eq!(verified.signed_at(), Some(NOW));
    assert_eq!(verified.parse::<Value>().unwrap(), json!({ "order": 7 }));
}

/// What is signed is what the JSON means, escapes and all.
#[tokio::test]
async fn any_message() {
    for text in ["Hello world", "", "a\nb\r\n\0\"\\ ☃", "Subject\nx\n"] {
        let mut body = notification();
        body["Message"] = text.into();
        let mut request = delivery(&body);
        assert_eq!(ask(sns(), request.clone()).await.unwrap().payload(), text.as_bytes(), "{text:?}");
        // The same, escaped throughout.
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let written = serde_json::to_string(text).unwrap();
        let json = str::from_utf8(request.body()).unwrap();
        let rewritten =
            json.replace(&format!("\"Message\":{written}"), &format!("\"Message\":\"{escaped}\""));
        *request.body_mut() = rewritten.into();
        assert_eq!(ask(sns(), request).await.unwrap().payload(), text.as_bytes(), "{text:?}");
    }
}

#[tokio::test]
async fn every_signed_value_is_signed() {
    let either = || sns().and_topic(OTHER_TOPIC).confirmations();
    for (key, value) in [
        ("Message", json!("{\"order\":8}")),
        ("MessageId", json!("17dea24b-55c2-540b-8362-f916557af766")),
        ("Subject", json!("Another")),
        ("Subject", Value::Null),
        ("Timestamp", json!("2025-10-09T08:53:21Z")),
        ("TopicArn", json!(OTHER_TOPIC)),
    ] {
        let verdict = ask(either(), changed(|body| body[key] = value.clone())).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::SignatureMismatch), "{key}: {value}");
    }
    let without = changed(|body| drop(body.as_object_mut().unwrap().remove("Subject")));
    refused(ask(sns(), without).await, RejectionKind::SignatureMismatch);
    let mut unnamed = notification();
    unnamed.as_object_mut().unwrap().remove("Subject");
    let request = delivery(&unnamed);
    assert!(ask(sns(), request.clone()).await.is_ok(), "a subject need not be there");
    let added = changed_from(request, |body| body["Subject"] = "An order".into());
    refused(ask(sns(), added).await, RejectionKind::SignatureMismatch);

    let confirmed = || delivery(&confirmation("SubscriptionConfirmation"));
    for key in ["Message", "MessageId", "SubscribeURL", "Token"] {
        let verdict = ask(either(), changed_from(confirmed(), |body| body[key] = "x".into())).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::SignatureMismatch), "{key}");
    }
    for (request, kind) in [(confirmed(), "UnsubscribeConfirmation"), (confirmed(), "Notification")] {
        let verdict = ask(either(), changed_from(request, |body| body["Type"] = kind.into())).await;
        refused(verdict, RejectionKind::SignatureMismatch);
    }
}

#[tokio::test]
async fn what_is_not_signed_changes_nothing() {
    let id = ask(sns(), delivery(&notification())).await.unwrap().idempotency_key();
    for (key, value) in [
        ("UnsubscribeURL", json!("https://evil.example/")),
        ("MessageAttributes", json!({ "order": { "Type": "String", "Value": "9" } })),
        ("Token", json!("x")),
        ("SigningCertURL", json!(CERTIFICATE.replace("us-east-1", "eu-west-1"))),
    ] {
        let verified = ask(sns(), changed(|body| body[key] = value)).await.unwrap();
        assert_eq!(verified.payload(), "{\"order\":7}", "{key}");
        assert_eq!(
            (verified.idempotency_key(), verified.event()),
            (id.clone(), Some("Notification")),
            "{key}"
        );
    }
}

#[tokio::test]
async fn t09_other_topics() {
    let mut elsewhere = notification();
    elsewhere["TopicArn"] = OTHER_TOPIC.into();
    let elsewhere = delivery(&elsewhere);
    refused(ask(sns(), elsewhere.clone()).await, RejectionKind::NotForUs);
    refused(ask(Sns::topic(format!("{OTHER_TOPIC}2")), elsewhere.clone()).await, RejectionKind::NotForUs);
    refused(ask(Sns::topic(""), elsewhere.clone()).await, RejectionKind::NotForUs);
    assert!(ask(sns().and_topic(OTHER_TOPIC), elsewhere.clone()).await.is_ok());
    let verified = ask(Sns::insecure_any_topic(), elsewhere).await.unwrap();
    assert_eq!(verified.tenant(), Some(OTHER_TOPIC));
}

#[tokio::test]
async fn versions_of_the_signature() {
    let of = |version: Value| changed(|body| body["SignatureVersion"] = version);
    for version in ["1", "3", "", "2 ", "02", "two"] {
        refused(ask(sns(), of(version.into())).await, RejectionKind::UnsupportedAlgorithm);
    }
    for version in ["3", "0", ""] {
        refused(ask(sns().accept_sha1(), of(version.into())).await, RejectionKind::UnsupportedAlgorithm);
    }
    // The signature of version 2 is not one of version 1, and does not become one.
    refused(ask(sns().accept_sha1(), of("1".into())).await, RejectionKind::SignatureMismatch);
    refused(ask(sns(), of(2.into())).await, RejectionKind::MalformedBody);
    // Nor does a key for both make version 1 acceptable.
    let both = sns().accept_sha1().key(PUBLIC).unwrap();
    refused(ask_with(sns(), both, NOW, of("1".into())).await, RejectionKind::UnsupportedAlgorithm);
    assert!(ask(sns().accept_sha1(), delivery(&notification())).await.is_ok());
}

#[tokio::test]
async fn t09_certificates_from_elsewhere() {
    for url in [
        "",
        "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://evil.example/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem",
        "https://evilsns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.co/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
        "https://evil.example@sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com:443/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem?x=1",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem#x",
        "https://sns.us-east-1.amazonaws.com/?x=/SimpleNotificationService-0.pem",
        "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.txt",
        "https://sns.us-east-1.amazonaws.com/evil/SimpleNotificationService-0.pem",
        // Buckets, and other services' hosts.
        "https://sns.s3.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.s3-website-us-west-2.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.cloudfront.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-east-.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-1.amazonaws.com/SimpleNotificationService-0.pem",
    ] {
        let verdict = ask(sns(), changed(|body| body["SigningCertURL"] = url.into())).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::UntrustedKey), "{url}");
    }
    for url in [
        "https://sns.ap-southeast-12.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-0.pem",
        "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem",
    ] {
        assert!(ask(sns(), changed(|body| body["SigningCertURL"] = url.into())).await.is_ok(), "{url}");
    }
}

/// The key provider is asked for that certificate, and only for one of Amazon's.
#[tokio::test]
async fn where_the_key_is_looked_up() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let keys = {
        let asked = Arc::clone(&asked);
        move |key: KeyRef| {
            asked.lock().unwrap().push(key);
            async { Ok::<_, KeyLookupError>(KeySet::from(sns().key(PUBLIC).unwrap())) }
        }
    };
    assert!(ask_with(sns(), keys.clone(), NOW, delivery(&notification())).await.is_ok());
    let elsewhere = changed(|body| body["SigningCertURL"] = "https://evil.example/x.pem".into());
    assert!(ask_with(sns(), keys.clone(), NOW, elsewhere).await.is_err());
    let topic = changed(|body| body["TopicArn"] = OTHER_TOPIC.into());
    assert!(ask_with(sns(), keys.clone(), NOW, topic).await.is_err());
    let stale = delivery(&notification());
    assert!(ask_with(sns(), keys, seconds(3601), stale).await.is_err());
    assert_eq!(*asked.lock().unwrap(), [KeyRef::Certificate(CERTIFICATE.into())]);
}

#[tokio::test]
async fn keys_that_are_not_to_be_had() {
    let untrusted = async |_: KeyRef| -> Result<KeySet, _> { Err(KeyLookupError::untrusted("expired")) };
    let verdict = ask_with(sns(), untrusted, NOW, delivery(&notification())).await;
    refused(verdict, RejectionKind::UntrustedKey);
    let down = async |_: KeyRef| -> Result<KeySet, _> { Err(KeyLookupError::unavailable("no network")) };
    let verdict = ask_with(sns(), down, NOW, delivery(&notification())).await;
    assert_eq!(verdict.unwrap_err(), (503, RejectionKind::KeysUnavailable));
    let other = sns().key(OTHER_PUBLIC).unwrap();
    let verdict = ask_with(sns(), other, NOW, delivery(&notification())).await;
    refused(verdict, RejectionKind::SignatureMismatch);
    // The certificate's dates are the key's.
    let expired = sns().key(PUBLIC).unwrap().valid(seconds(-7200)..=seconds(-1));
    let verdict = ask_with(sns(), expired, NOW, delivery(&notification())).await;
    refused(verdict, RejectionKind::UntrustedKey);
}

#[tokio::test]
async fn t37_keys_that_occur_twice() {
    for name in [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "\\u004dessage",
        "\\u0054opicArn",
    ] {
        for (doubled, before) in [(format!("\"{name}\":\"x\""), true), (format!("\"{name}\":\"x\""), false)] {
            let mut request = delivery(&notification());
            let json = str::from_utf8(request.body()).unwrap();
            let inside = json.strip_prefix('{').and_then(|json| json.strip_suffix('}')).unwrap();
            let json =
                if before { format!("{{{doubled},{inside}}}") } else { format!("{{{inside},{doubled}}}") };
            *request.body_mut() = json.into();
            let verdict = ask(sns(), request).await;
            assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedBody), "{name}");
        }
    }
}

#[tokio::test]
async fn what_is_no_message() {
    for name in [
        "Type",
        "MessageId",
        "TopicArn",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
    ] {
        let without = changed(|body| drop(body.as_object_mut().unwrap().remove(name)));
        let verdict = ask(sns(), without).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedBody), "without {name}");
        for wrong in [Value::Null, json!(1), json!([]), json!({})] {
            let verdict = ask(sns(), changed(|body| body[name] = wrong.clone())).await;
            assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedBody), "{name} is {wrong}");
        }
    }
    for wrong in ["", "Hello world", "null", "[]", "{}", "{\"Type\":\"Notification\"}"] {
        let mut request = delivery(&notification());
        *request.body_mut() = wrong.into();
        refused(ask(sns(), request).await, RejectionKind::MalformedBody);
    }
    // A list in the order in which this crate happens to read the members.
    let request = delivery(&notification()).map(|body| {
        let body: Value = serde_json::from_slice(&body).unwrap();
        let order = [
            "Type",
            "Message",
            "MessageId",
            "Subject",
            "SubscribeURL",
            "Timestamp",
            "Token",
            "TopicArn",
            "SignatureVersion",
            "Signature",
            "SigningCertURL",
        ];
        Value::from_iter(order.map(|name| body[name].clone())).to_string().into()
    });
    refused(ask(sns(), request).await, RejectionKind::MalformedBody);
    refused(ask(sns(), changed(|body| body["Type"] = "Other".into())).await, RejectionKind::MalformedBody);
    for name in ["Token", "SubscribeURL"] {
        let mut request = delivery(&confirmation("SubscriptionConfirmation"));
        request = changed_from(request, |body| drop(body.as_object_mut().unwrap().remove(name)));
        refused(ask(sns().confirmations(), request).await, RejectionKind::MalformedBody);
    }
    for wrong in ["", "!", "AAAA=", "2Q==2Q=="] {
        let verdict = ask(sns(), changed(|body| body["Signature"] = wrong.into())).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedSignature), "{wrong}");
    }
    refused(
        ask(sns(), changed(|body| body["Signature"] = "AAAA".into())).await,
        RejectionKind::SignatureMismatch,
    );
}

/// `Message` may contain what looks like the lines that follow it. Nothing else may, so that what was signed is read in
/// one way.
#[tokio::test]
async fn borders_cannot_be_moved() {
    let mut body = notification();
    body.as_object_mut().unwrap().remove("Subject");
    body["Message"] = "pay 1\nMessageId\n00000000\nSubject\nx".into();
    let request = delivery(&body);
    assert!(ask(sns(), request.clone()).await.is_ok());
    let moved = changed_from(request, |body| {
        body["Message"] = "pay 1".into();
        body["Subject"] = format!("x\nMessageId\n{}", body["MessageId"].as_str().unwrap()).into();
        body["MessageId"] = "00000000".into();
    });
    refused(ask(sns(), moved).await, RejectionKind::MalformedBody);
    for name in ["MessageId", "Subject", "Timestamp", "TopicArn"] {
        let verdict = ask(Sns::insecure_any_topic(), changed(|body| body[name] = "a\nb".into())).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedBody), "{name}");
    }
}

#[tokio::test]
async fn times() {
    let at = async |now| {
        ask_with(sns(), sns().key(PUBLIC).unwrap(), seconds(now), delivery(&notification())).await
    };
    assert!(at(3600).await.is_ok());
    assert!(at(-3600).await.is_ok());
    refused(at(3601).await, RejectionKind::StaleTimestamp);
    refused(at(-3601).await, RejectionKind::FutureTimestamp);
    for wrong in ["", "1760000000", "2025-10-09", "2025-10-09 08:53:20Z", "2025-10-09T08:53:20"] {
        let verdict = ask(sns(), changed(|body| body["Timestamp"] = wrong.into())).await;
        assert_eq!(verdict.unwrap_err(), (401, RejectionKind::MalformedTimestamp), "{wrong}");
    }
}

#[tokio::test]
async fn headers() {
    let with = |name: &'static str, value: &'static str| {
        let mut request = delivery(&notification());
        request.headers_mut().insert(name, HeaderValue::from_static(value));
        request
    };
    let raw = with("x-amz-sns-rawdelivery", "true");
    refused(ask(sns(), raw).await, RejectionKind::NoSignature);
    let mut without = delivery(&notification());
    without.headers_mut().remove("x-amz-sns-message-type");
    refused(ask(sns(), without).await, RejectionKind::MissingHeader);
    let mut doubled = delivery(&notification());
    doubled.headers_mut().append("x-amz-sns-message-type", HeaderValue::from_static("Notification"));
    refused(ask(sns(), doubled).await, RejectionKind::DuplicateHeader);
    let subscription = with("x-amz-sns-message-type", "SubscriptionConfirmation");
    refused(ask(sns(), subscription).await, RejectionKind::EventMismatch);
    refused(ask(sns(), with("x-amz-sns-message-id", "x")).await, RejectionKind::IdMismatch);
    refused(ask(sns(), with("x-amz-sns-topic-arn", OTHER_TOPIC)).await, RejectionKind::TenantMismatch);
    let mut get = delivery(&notification());
    *get.method_mut() = http::Method::GET;
    assert_eq!(ask(sns(), get).await.unwrap_err(), (405, RejectionKind::MethodNotAllowed));
}

#[tokio::test]
async fn t10_a_confirmation_is_a_topic_and_a_token_and_no_url() {
    for kind in ["SubscriptionConfirmation", "UnsubscribeConfirmation"] {
        let request = delivery(&confirmation(kind));
        refused(ask(sns(), request.clone()).await, RejectionKind::NotForUs);
        let verified = ask(sns().confirmations(), request.clone()).await.unwrap();
        assert_eq!((verified.signed_event(), verified.tenant()), (Some(kind), Some(TOPIC)));
        let Confirmation { topic_arn, token, .. } = verified.parse().unwrap();
        assert_eq!((&*topic_arn, &*token), (TOPIC, "2336412f37fb687f"));
        let written = String::from_utf8_lossy(verified.payload()).into_owned();
        assert!(!written.contains("http"), "no URL to be visited by mistake: {written}");
        let shown = format!("{:?}", verified.parse::<Confirmation>().unwrap());
        assert!(shown.contains(TOPIC) && !shown.contains(&token), "{shown}");
        refused(ask(Sns::topic(OTHER_TOPIC).confirmations(), request).await, RejectionKind::NotForUs);
    }
    assert!(ask(sns().confirmations(), delivery(&notification())).await.is_ok());
}

#[test]
fn what_cannot_be_signed() {
    let key = sns().signing_key(crate::PRIVATE).unwrap();
    for wrong in [json!({}), json!([]), json!("Hello world"), confirmation("Other")] {
        let mut request = post(&wrong);
        if wrong["Type"] == "Other" {
            *request.body_mut() = "{\"Type\":\"Other\"}".into();
        }
        assert!(sns().sign(&mut request, &key, NOW).is_err(), "{wrong}");
    }
    let sha1 = Secret::pem().signing_key(Algorithm::RsaPkcs1Sha1, crate::PRIVATE);
    assert!(sha1.is_err(), "SHA-1 is verified and never signed");
    let pss = Secret::pem().signing_key(Algorithm::RsaPssSha256, crate::PRIVATE).unwrap();
    let verdict: Result<(), CannotSign> = sns().sign(&mut post(&notification()), &pss, NOW);
    assert!(verdict.is_err(), "the key of another algorithm");
}

/// Signed by hand, without [`Scheme::sign`], as the document says.
#[tokio::test]
async fn the_text_of_the_document() -> Result<(), CannotSign> {
    let key = sns().signing_key(crate::PRIVATE).unwrap();
    let text = "Message\nhi\nMessageId\n1\nSubject\ns\nTimestamp\n2025-10-09T08:53:20.000Z\nTopicArn\n\
                arn:aws:sns:us-east-1:123456789012:orders\nType\nNotification\n";
    let signature = key.sign(Algorithm::RsaPkcs1Sha256, &Text::new().bytes(text), b"")?;
    let body = json!({
        "Message": "hi", "MessageId": "1", "Subject": "s", "Timestamp": "2025-10-09T08:53:20.000Z",
        "TopicArn": TOPIC, "Type": "Notification", "SignatureVersion": "2", "SigningCertURL": CERTIFICATE,
        "Signature": Encoding::Base64.encode(&signature),
    });
    let mut request = post(&body);
    request.headers_mut().insert("x-amz-sns-message-type", HeaderValue::from_static("Notification"));
    let verdict: Verdict = ask(sns(), request).await;
    assert!(verdict.is_ok());
    Ok(())
}
