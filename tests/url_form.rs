//! Providers that sign the URL, a form's fields, or both: what their vectors do not show.
//!
//! The signatures written out here are not the crate's own: Twilio's are by its packages (npm twilio 6.2.0, pip twilio
//! 9.13.0), the others by Python's `hmac` and `hashlib`.
#![cfg(all(feature = "axum", feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Answer, Handler, ask, clock, with};
use http::{Method, Request};
use http_body_util::Full;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_webhook::{
    Answered, PublicUrl, RejectionKind as Kind, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    key::KeyError,
    providers::{Gitea, GiteaForm, HubSpot, Mandrill, Square, Trello, Twilio},
    replay::{MemoryStore, Replay},
    scheme::{Proof, Verdict, Verifier},
};

const SECRET: &str = "secret";
const TOKEN: &str = "12345";
const SMS: &str = "https://example.com/hooks/sms";

fn request(url: &str, headers: &[(&'static str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let request = Request::post(url).body(body.into()).unwrap();
    headers.iter().fold(request, |request, (name, value)| with(request, name, value))
}

fn signed<S: Scheme>(scheme: S, secret: &str, url: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    common::signed_as(&scheme, request(url, &[], body), secret, common::NOW)
}

fn layer<S: Scheme>(scheme: S, secret: &str) -> VerifySignatureLayer<S> {
    let key = scheme.key(secret).unwrap();
    VerifySignatureLayer::new(scheme, key).clock(clock)
}

/// With the public URL as it stands in a dashboard.
async fn at<S: Scheme>(scheme: S, secret: &str, url: &str, request: Request<Bytes>) -> Answer {
    let service = layer(scheme, secret).public_url(PublicUrl::exact(url)).layer(Handler::new());
    ask(service, request.map(Full::new)).await
}

/// With the public URL up to the path.
async fn below<S: Scheme>(scheme: S, secret: &str, base: &str, request: Request<Bytes>) -> Answer {
    let service = layer(scheme, secret).public_url(PublicUrl::base(base)).layer(Handler::new());
    ask(service, request.map(Full::new)).await
}

const HANDLED: (u16, Option<Kind>) = (200, None);

fn refused(kind: Kind) -> (u16, Option<Kind>) {
    (401, Some(kind))
}

/// What the handler is handed.
fn verified<S: Scheme>(scheme: &S, secret: &str, url: &str, request: Request<Bytes>) -> Verified {
    let (parts, body) = request.into_parts();
    let keys = scheme.key(secret).unwrap().into();
    let verifier = Verifier::new().public_url(PublicUrl::exact(url));
    match verifier.verify(scheme, &parts, &body, &keys, common::NOW).unwrap() {
        Verdict::Deliver(verified) => verified,
        other => panic!("{other:?}"),
    }
}

fn sms(signature: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    request(SMS, &[("x-twilio-signature", signature)], body)
}

#[tokio::test]
async fn twilio_signs_urls_and_sorted_fields() {
    let fields = "To=%2B18005551212&From=%2B14158675309&Body=caf%C3%A9+%26+%3D&AccountSid=AC123";
    let repeated = "b=2&a=z&a=c&B=3&ab=1&a=z";
    for (signature, body) in [
        ("zrUGKLkFHJsRivc0a/diDrBjDEU=", fields),
        // In another order and spelling.
        (
            "zrUGKLkFHJsRivc0a/diDrBjDEU=",
            "Body=caf%c3%a9%20%26%20=&AccountSid=AC123&From=%2b14158675309&To=%2B18005551212",
        ),
        ("UcSwbGN4tOPdzeFFYvXX8GQ1Iu4=", repeated),
        ("UcSwbGN4tOPdzeFFYvXX8GQ1Iu4=", "a=c&a=c&a=z&ab=1&b=2&B=3"),
    ] {
        assert_eq!(
            at(Twilio::auth_token(), TOKEN, SMS, sms(signature, body)).await.refusal(),
            HANDLED,
            "{body}"
        );
    }
    for body in ["b=2&a=z&B=3&ab=1", "b=2&a=z&a=c&B=3&ab=1&a=y", &repeated.replace('B', "C"), "b=2&b=2"] {
        let answer =
            at(Twilio::auth_token(), TOKEN, SMS, sms("UcSwbGN4tOPdzeFFYvXX8GQ1Iu4=", body.to_owned())).await;
        assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch), "{body}");
    }
}

#[tokio::test]
async fn twilio_signs_default_ports_or_none() {
    for (public, signature) in [
        (SMS, "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
        (SMS, "ZWnVnMoqSvckL1uAJ3v99DnsSJU="),
        ("https://example.com:443/hooks/sms", "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
        ("https://example.com:8443/hooks/sms", "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
        ("https://example.com:8443/hooks/sms", "6JH24YZwIjLrD2f+uWXdlHHk0YM="),
        ("http://example.com/hooks/sms", "0zg9rWUwHwO8K7Vsvgx8gg/FjFk="),
        // Connection overrides.
        ("https://example.com/hooks/sms#rc=2", "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
    ] {
        let answer = at(Twilio::auth_token(), TOKEN, public, sms(signature, "Body=hi")).await;
        assert_eq!(answer.refusal(), HANDLED, "{public} {signature}");
    }
    for (public, signature) in [
        // Another port, another scheme, another host, another path.
        (SMS, "6JH24YZwIjLrD2f+uWXdlHHk0YM="),
        ("https://example.com:443/hooks/sms", "6JH24YZwIjLrD2f+uWXdlHHk0YM="),
        ("http://example.com/hooks/sms", "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
        ("https://example.org/hooks/sms", "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
        ("https://example.com/hooks/sms/", "u84pcVNKXjUjc3mm9nlJZdSXs/A="),
    ] {
        let answer = at(Twilio::auth_token(), TOKEN, public, sms(signature, "Body=hi")).await;
        assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch), "{public} {signature}");
    }
}

#[tokio::test]
async fn twilio_each_way_a_form_can_be_wrong() {
    let right = "u84pcVNKXjUjc3mm9nlJZdSXs/A=";
    let twice = {
        let mut request = sms(right, "Body=hi");
        request.headers_mut().append("x-twilio-signature", right.parse().unwrap());
        request
    };
    for (what, request, kind) in [
        ("no signature", request(SMS, &[], "Body=hi"), Kind::MissingHeader),
        ("two signatures", twice, Kind::DuplicateHeader),
        ("an empty signature", sms("", "Body=hi"), Kind::MalformedHeader),
        ("no base64", sms("u84pcVNKXjUjc3mm9nlJZdSXs_A=", "Body=hi"), Kind::MalformedSignature),
        ("too short", sms("u84pcVNKXjUjc3mm9nlJZdSX", "Body=hi"), Kind::MalformedSignature),
        ("not canonical", sms("u84pcVNKXjUjc3mm9nlJZdSXs/B=", "Body=hi"), Kind::MalformedSignature),
        ("another body", sms(right, "Body=ho"), Kind::SignatureMismatch),
        ("a field more", sms(right, "Body=hi&a=1"), Kind::SignatureMismatch),
        ("no form", sms(right, ""), Kind::MalformedBody),
        ("fields that say nothing", sms(right, "=&="), Kind::MalformedBody),
        ("too many fields", sms(right, "a=1&".repeat(1001)), Kind::MalformedBody),
        ("JSON in place of a form", sms(right, r#"{"Body":"hi"}"#), Kind::SignatureMismatch),
    ] {
        assert_eq!(at(Twilio::auth_token(), TOKEN, SMS, request).await.refusal(), refused(kind), "{what}");
    }
    let answer = at(Twilio::auth_token(), "54321", SMS, sms(right, "Body=hi")).await;
    assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch), "another secret");
    let mut get = sms(right, "Body=hi");
    *get.method_mut() = Method::GET;
    let answer = at(Twilio::auth_token(), TOKEN, SMS, get).await;
    assert_eq!(
        (answer.refusal(), answer.header("allow")),
        ((405, Some(Kind::MethodNotAllowed)), Some("POST"))
    );
}

#[tokio::test]
async fn twilio_json_is_authenticated_by_its_digest_alone() {
    const DIGEST: &str = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
    let json = |query: &str, body: &'static str| {
        request(&format!("{SMS}?{query}"), &[("x-twilio-signature", "kHicMf4NClBG78Ko/R7wWmns9w4=")], body)
    };
    let twilio = Twilio::auth_token().json();
    let right = format!("x=1&bodySHA256={DIGEST}");
    for (what, query, body, expected) in [
        ("right", right.clone(), r#"{"a":1}"#, HANDLED),
        ("another body", right.clone(), r#"{"a":2}"#, refused(Kind::DigestMismatch)),
        ("no body", right.clone(), "", refused(Kind::DigestMismatch)),
        ("no digest", "x=1".into(), r#"{"a":1}"#, refused(Kind::MalformedTarget)),
        ("two digests", format!("{right}&bodySHA256={DIGEST}"), r#"{"a":1}"#, refused(Kind::MalformedTarget)),
        ("no hexadecimal", "bodySHA256=xyz".into(), r#"{"a":1}"#, refused(Kind::MalformedDigest)),
        ("a short digest", "bodySHA256=015a".into(), r#"{"a":1}"#, refused(Kind::MalformedDigest)),
        ("another URL", format!("x=2&bodySHA256={DIGEST}"), r#"{"a":1}"#, refused(Kind::SignatureMismatch)),
    ] {
        let answer = below(twilio, TOKEN, "https://example.com", json(&query, body)).await;
        assert_eq!(answer.refusal(), expected, "{what}");
    }

    // A right signature, of a URL without the digest: it says nothing of the body. By OpenSSL.
    let uncovered = request(SMS, &[("x-twilio-signature", "h2HewLyjx6XVbxCtQVLbmit7UPg=")], r#"{"a":1}"#);
    for (twilio, kind) in [(twilio, Kind::MalformedTarget), (Twilio::auth_token(), Kind::SignatureMismatch)] {
        assert_eq!(at(twilio, TOKEN, SMS, uncovered.clone()).await.refusal(), refused(kind));
    }
    let empty = request(SMS, &[("x-twilio-signature", "h2HewLyjx6XVbxCtQVLbmit7UPg=")], "=");
    let answer = at(Twilio::auth_token(), TOKEN, SMS, empty).await;
    assert_eq!(answer.refusal(), refused(Kind::MalformedBody), "a form that adds nothing to the URL");

    // A form's endpoint is no way around it, whatever `Content-Type` says.
    let form = with(json(&right, r#"{"a":1}"#), "content-type", "application/json");
    let answer = below(Twilio::auth_token(), TOKEN, "https://example.com", form).await;
    assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch));
}

#[tokio::test]
async fn t25_twilio_the_algorithm_belongs_to_the_key() {
    let (sha1, sha256) = ("u84pcVNKXjUjc3mm9nlJZdSXs/A=", "EqSMK9knBnhr/vg6UpPoOI+sx1JHpwA59Vb0Dh+EJbc=");
    for settings in
        [None, Some("key=k,algorithm=HMAC_SHA1"), Some("key=k,algorithm=HMAC_SHA256"), Some("none")]
    {
        let sent = |signature| match settings {
            Some(settings) => {
                with(sms(signature, "Body=hi"), "x-twilio-webhooks-signature-settings", settings)
            }
            None => sms(signature, "Body=hi"),
        };
        for (twilio, signature, expected) in [
            (Twilio::auth_token(), sha1, HANDLED),
            (Twilio::shared_key(), sha256, HANDLED),
            (Twilio::auth_token(), sha256, refused(Kind::MalformedSignature)),
            (Twilio::shared_key(), sha1, refused(Kind::MalformedSignature)),
        ] {
            let answer = at(twilio, TOKEN, SMS, sent(signature)).await;
            assert_eq!(answer.refusal(), expected, "{twilio:?} {signature} {settings:?}");
        }
    }
    // A key that another of them made fits none of its signatures.
    let key = Twilio::shared_key().key(TOKEN).unwrap();
    let layer = VerifySignatureLayer::new(Twilio::auth_token(), key).clock(clock);
    let service = layer.public_url(PublicUrl::exact(SMS)).layer(Handler::new());
    let answer = ask(service, sms(sha1, "Body=hi").map(Full::new)).await;
    assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch));
}

#[test]
fn what_is_read_is_what_was_signed() {
    let twilio = Twilio::auth_token();
    let payload = |body: &'static str| {
        let verified = verified(&twilio, TOKEN, SMS, sms("UcSwbGN4tOPdzeFFYvXX8GQ1Iu4=", body));
        assert_eq!((verified.proof(), verified.body()), (Proof::SignedBody, &Bytes::from(body)));
        verified.payload().clone()
    };
    for body in ["b=2&a=z&a=c&B=3&ab=1&a=z", "&a=c&a=%7a&ab=1&b=2&B=3&a=c&"] {
        assert_eq!(payload(body), "B=3&a=c&a=z&ab=1&b=2", "{body}");
    }
    let body = "mandrill_events=%5B%7B%22event%22%3A%22send%22%2C%22_id%22%3A%22abc%22%7D%5D";
    let signature = [("x-mandrill-signature", "76KkB2rY9czYwiKOeEMyeX16gFw=")];
    let verified = verified(&Mandrill, SECRET, MANDRILL, request(MANDRILL, &signature, body));
    assert_eq!(verified.payload(), r#"[{"event":"send","_id":"abc"}]"#);
    assert_eq!((verified.event(), verified.id(), verified.signed_at()), (None, None, None));
}

#[cfg(feature = "form")]
#[test]
fn forms_are_parsed_as_forms() {
    #[derive(serde::Deserialize)]
    struct Message {
        #[serde(rename = "Body")]
        body: String,
        #[serde(rename = "From")]
        from: String,
    }
    let fields = "To=%2B18005551212&From=%2B14158675309&Body=caf%C3%A9+%26+%3D&AccountSid=AC123";
    // The sender's `Content-Type` is not asked.
    let sent = with(sms("zrUGKLkFHJsRivc0a/diDrBjDEU=", fields), "content-type", "application/json");
    let verified = verified(&Twilio::auth_token(), TOKEN, SMS, sent);
    let message: Message = verified.parse().unwrap();
    assert_eq!((&*message.body, &*message.from), ("café & =", "+14158675309"));
}

const MANDRILL: &str = "https://example.com/hooks/mandrill";

#[tokio::test]
async fn mandrill_each_way_it_can_be_wrong() {
    let right = "76KkB2rY9czYwiKOeEMyeX16gFw=";
    let events = "mandrill_events=%5B%7B%22event%22%3A%22send%22%2C%22_id%22%3A%22abc%22%7D%5D";
    let sent =
        |signature: &str, body: String| request(MANDRILL, &[("x-mandrill-signature", signature)], body);
    // Both halves of the text that is signed here are the sender's, but for the borders.
    let resplit = "mandrill=_events%5B%7B%22event%22%3A%22inbound%22%2C%22text%22%3A%22&mandrill_events=[{}]&zzz%22%7D%5D=";
    let whole = "mandrill_events=[{\"event\":\"inbound\",\"text\":\"mandrill_events[{}]zzz\"}]";
    for (what, request, expected) in [
        ("right", sent(right, events.into()), HANDLED),
        ("what is to be split otherwise", sent("doJoWoddz4R9Fjmnu6pgxGHlQjI=", whole.into()), HANDLED),
        (
            "split otherwise",
            sent("doJoWoddz4R9Fjmnu6pgxGHlQjI=", resplit.into()),
            refused(Kind::MalformedBody),
        ),
        ("no signature", request(MANDRILL, &[], events), refused(Kind::MissingHeader)),
        ("an empty signature", sent("", events.into()), refused(Kind::MalformedHeader)),
        ("no base64", sent("76KkB2rY", events.into()), refused(Kind::MalformedSignature)),
        ("another batch", sent(right, events.replace("abc", "abd")), refused(Kind::SignatureMismatch)),
        ("no events", sent(right, "x=1".into()), refused(Kind::MalformedBody)),
        ("two batches", sent(right, format!("{events}&{events}")), refused(Kind::MalformedBody)),
        ("no form", sent(right, String::new()), refused(Kind::MalformedBody)),
        (
            "events signed with the key that everybody knows",
            sent("7x/4qXnx24E9MFRlo6hyRwWahaU=", events.into()),
            refused(Kind::SignatureMismatch),
        ),
    ] {
        assert_eq!(at(Mandrill, SECRET, MANDRILL, request).await.refusal(), expected, "{what}");
    }
    let slash = format!("{MANDRILL}/");
    let answer = at(Mandrill, SECRET, &slash, sent(right, events.into())).await;
    assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch), "another URL");
}

#[tokio::test]
async fn handshakes_reach_no_handler() {
    // The catalogued vector `mandrill/test-webhook`: an empty batch, signed with the key that everybody knows.
    let empty = request(
        "https://example.com/webhooks/mandrill",
        &[("x-mandrill-signature", "RkoiKvvb1/ST8DFDdTB9MQGqorM=")],
        "mandrill_events=%5B%5D",
    );
    let head = |url: &str| {
        let mut head = request(url, &[], "");
        *head.method_mut() = Method::HEAD;
        head
    };
    let handler = Handler::new();
    for (what, answer) in [
        ("empty", ask(urled(Mandrill).layer(handler.clone()), empty.map(Full::new)).await),
        ("mandrill", ask(urled(Mandrill).layer(handler.clone()), head(MANDRILL).map(Full::new)).await),
        (
            "trello",
            ask(urled(Trello).layer(handler.clone()), head("https://example.com/x?a=1").map(Full::new)).await,
        ),
    ] {
        assert_eq!((answer.refusal(), answer.answered), (HANDLED, Some(Answered::Handshake)), "{what}");
        assert!(answer.body.is_empty());
    }
    assert_eq!(handler.calls(), 0);
    assert!(matches!(Mandrill.key("test-webhook"), Err(KeyError::WrongParts { .. })));
    let answer = at(Square, SECRET, MANDRILL, head(MANDRILL)).await;
    assert_eq!(answer.refusal(), (405, Some(Kind::MethodNotAllowed)), "Square asks by nothing");
}

fn urled<S: Scheme>(scheme: S) -> VerifySignatureLayer<S> {
    layer(scheme, SECRET).public_url(PublicUrl::base("https://example.com"))
}

/// Whoever signs the URL, in each of its places, behind a proxy and `Router::nest`.
#[tokio::test]
async fn t11_the_public_url_is_configuration() {
    async fn check<S: Scheme + Clone>(scheme: S, body: &'static str) {
        use axum::{Router, routing::post};
        let what = format!("{} {body}", scheme.name());
        let sent = |url: &str| {
            let mut sent = signed(scheme.clone(), SECRET, url, body);
            // Signed for the outside; inside, the proxy has another name for it, and the sender says what it likes.
            let inside = sent.uri().path_and_query().unwrap().as_str().parse().unwrap();
            *sent.uri_mut() = inside;
            let sent = with(sent, "host", "internal:3000");
            let sent = with(sent, "x-forwarded-host", "example.org");
            with(sent, "x-forwarded-proto", "http")
        };
        let routes = |layer: VerifySignatureLayer<S>| {
            let inner = Router::new().route("/in/x", post(async || ())).route_layer(layer);
            Router::new().nest("/hooks", inner)
        };
        let layer = || layer(scheme.clone(), SECRET);
        let url = "https://example.com/hooks/in/x?a=1";
        for (public, expected) in [
            (Some(PublicUrl::base("https://example.com/hooks")), HANDLED),
            (Some(PublicUrl::base("https://example.com")), refused(Kind::SignatureMismatch)),
            (Some(PublicUrl::base("http://example.org/hooks")), refused(Kind::SignatureMismatch)),
            (None, (500, Some(Kind::NoPublicUrl))),
        ] {
            let layer = match public.clone() {
                Some(public) => layer().public_url(public),
                None => layer(),
            };
            let answer = ask(routes(layer), sent(url).map(axum::body::Body::from)).await;
            assert_eq!(answer.refusal(), expected, "{what} {public:?}");
        }
        let elsewhere = ask(routes(layer().public_url(PublicUrl::base("https://example.com/hooks"))), {
            let mut elsewhere = sent(url);
            let moved = elsewhere.uri().to_string().replace("a=1", "a=2").parse().unwrap();
            *elsewhere.uri_mut() = moved;
            elsewhere.map(axum::body::Body::from)
        });
        assert_eq!(elsewhere.await.refusal(), refused(Kind::SignatureMismatch), "{what}: another query");
    }
    check(Twilio::auth_token(), "Body=hi").await;
    check(Twilio::shared_key(), "Body=hi").await;
    check(Twilio::auth_token().json(), "{}").await;
    check(Mandrill, "mandrill_events=[{}]").await;
    check(Square, "{}").await;
    check(Trello, "{}").await;
    check(HubSpot::v2(), "[]").await;
    check(HubSpot::v3(), "[]").await;
}

#[tokio::test]
async fn square_and_trello_each_way_they_can_be_wrong() {
    async fn check<S: Scheme + Copy>(scheme: S, header: &'static str, body: &'static str) {
        let url = "https://example.com/hooks/x";
        let right = signed(scheme, SECRET, url, body);
        let signature = right.headers().get(header).unwrap().to_str().unwrap().to_owned();
        let twice = {
            let mut twice = right.clone();
            twice.headers_mut().append(header, signature.parse().unwrap());
            twice
        };
        let sent = |signature: &str, body: String| request(url, &[(header, signature)], body);
        for (what, request, expected) in [
            ("right", right, HANDLED),
            ("no signature", request(url, &[], body), refused(Kind::MissingHeader)),
            ("two signatures", twice, refused(Kind::DuplicateHeader)),
            ("an empty signature", sent("", body.into()), refused(Kind::MalformedHeader)),
            ("no base64", sent("0fa0", body.into()), refused(Kind::MalformedSignature)),
            ("another body", sent(&signature, format!("{body} ")), refused(Kind::SignatureMismatch)),
            ("no body", sent(&signature, String::new()), refused(Kind::SignatureMismatch)),
        ] {
            assert_eq!(at(scheme, SECRET, url, request).await.refusal(), expected, "{header}: {what}");
        }
    }
    check(Square, "x-square-hmacsha256-signature", r#"{"event_id":"a","type":"t"}"#).await;
    check(Trello, "x-trello-webhook", r#"{"action":{"id":"a"}}"#).await;

    let url = "https://example.com/hooks/x";
    for body in [r#"{"event_id":"a","event_id":"b"}"#, r#"{"type":"a","type":"b"}"#] {
        let answer = at(Square, SECRET, url, signed(Square, SECRET, url, body)).await;
        assert_eq!(answer.refusal(), refused(Kind::MalformedBody), "{body}");
    }
    for body in [r#"{"action":{"id":"a"},"action":{"id":"b"}}"#, r#"{"action":{"id":"a","id":"b"}}"#] {
        let answer = at(Trello, SECRET, url, signed(Trello, SECRET, url, body)).await;
        assert_eq!(answer.refusal(), refused(Kind::MalformedBody), "{body}");
    }
}

#[test]
fn square_and_trello_name_their_deliveries() {
    let url = "https://example.com/hooks/x";
    let square = signed(Square, SECRET, url, r#"{"event_id":"ac3a","type":"payment.created"}"#);
    let square = verified(&Square, SECRET, url, square);
    assert_eq!((square.signed_event(), square.signed_id()), (Some("payment.created"), Some("ac3a")));
    let trello = |body| verified(&Trello, SECRET, url, signed(Trello, SECRET, url, body));
    let named = trello(r#"{"action":{"id":"51f9","type":"updateCard"},"model":{"id":"4d5e"}}"#);
    assert_eq!((named.signed_event(), named.signed_id()), (Some("updateCard"), Some("4d5e/51f9")));
    let of_another_model = trello(r#"{"action":{"id":"51f9","type":"updateCard"},"model":{"id":"4d5f"}}"#);
    assert_ne!(named.idempotency_key(), of_another_model.idempotency_key());
    let unnamed = trello(r#"{"action":{"id":"51f9"}}"#);
    assert_eq!((unnamed.event(), unnamed.id()), (None, None));
}

const HUBSPOT: &str = "https://example.com/hooks/hubspot?a=%3Ab&c=d%26e";
const EVENTS: &[u8] = br#"[{"eventId":1}]"#;
const V1: &str = "9f0b6e628c8a06be0007dd97fda23db362da1572cd10c10673d66f4e30ba8966";
const V2: &str = "9ebb82302b93966a4e4b7f5cabb3a559cee5ab93dcb0b967f8343794a3b2d5b6";
const V2_DECODED: &str = "e75de227a118d952f530d6863da09f952adc9146b927947b0fdd76d601cf5a7b";
const V3: &str = "Hq3aIQ/fmaZj4kWRt3CnDLCOQSKuLA9HTun/YsETLws=";
const V3_DECODED: &str = "cZBAZOo1fi8IMAEcFLawSHeqNT9m+yilEbxESu+kiOk=";
const WRONG_V3: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const NOW: &str = "1718000000000";

fn hubspot(headers: &[(&'static str, &str)]) -> Request<Bytes> {
    request(HUBSPOT, headers, EVENTS)
}

fn plain(version: &str, signature: &str) -> Request<Bytes> {
    hubspot(&[("x-hubspot-signature-version", version), ("x-hubspot-signature", signature)])
}

fn v3(time: &str, signature: &str) -> Request<Bytes> {
    hubspot(&[("x-hubspot-request-timestamp", time), ("x-hubspot-signature-v3", signature)])
}

#[tokio::test]
async fn t08_hubspot_a_weaker_version_does_not_rescue_a_stronger_one() {
    let all = |v3: &'static str, version: &'static str, plain: &'static str| {
        hubspot(&[
            ("x-hubspot-request-timestamp", NOW),
            ("x-hubspot-signature-v3", v3),
            ("x-hubspot-signature-version", version),
            ("x-hubspot-signature", plain),
        ])
    };
    for (scheme, request, expected) in [
        (HubSpot::v3(), all(V3, "v1", V1), HANDLED),
        (HubSpot::v3(), all(WRONG_V3, "v1", V1), refused(Kind::SignatureMismatch)),
        (HubSpot::v3(), all(WRONG_V3, "v2", V2), refused(Kind::SignatureMismatch)),
        (HubSpot::v3(), plain("v1", V1), refused(Kind::MissingHeader)),
        (HubSpot::v3(), plain("v2", V2), refused(Kind::MissingHeader)),
        (HubSpot::v2(), all(WRONG_V3, "v2", V2), HANDLED),
        (HubSpot::v2(), plain("v2", V2), HANDLED),
        (HubSpot::v2(), plain("v1", V1), refused(Kind::NoSignature)),
        (HubSpot::v2(), plain("v2", V1), refused(Kind::SignatureMismatch)),
        (HubSpot::v1(), plain("v1", V1), HANDLED),
        (HubSpot::v1(), plain("v2", V2), refused(Kind::NoSignature)),
        (HubSpot::v1(), plain("v1", V2), refused(Kind::SignatureMismatch)),
        (HubSpot::v1(), v3(NOW, V3), refused(Kind::MissingHeader)),
    ] {
        let what = format!("{scheme:?} {:?}", request.headers());
        assert_eq!(at(scheme, SECRET, HUBSPOT, request).await.refusal(), expected, "{what}");
    }
    assert_eq!(HubSpot::default(), HubSpot::v3());
}

#[tokio::test]
async fn hubspot_v3_signs_either_spelling_of_the_url() {
    for signature in [V3, V3_DECODED] {
        assert_eq!(at(HubSpot::v3(), SECRET, HUBSPOT, v3(NOW, signature)).await.refusal(), HANDLED);
    }
    // v2 has one.
    let answer = at(HubSpot::v2(), SECRET, HUBSPOT, plain("v2", V2_DECODED)).await;
    assert_eq!(answer.refusal(), refused(Kind::SignatureMismatch));
}

#[tokio::test]
async fn hubspot_each_way_it_can_be_wrong() {
    let twice = {
        let mut twice = v3(NOW, V3);
        twice.headers_mut().append("x-hubspot-request-timestamp", NOW.parse().unwrap());
        twice
    };
    let mut put = v3(NOW, V3);
    *put.method_mut() = Method::PUT;
    for (what, scheme, request, kind) in [
        ("no time", HubSpot::v3(), hubspot(&[("x-hubspot-signature-v3", V3)]), Kind::MissingHeader),
        ("two times", HubSpot::v3(), twice, Kind::DuplicateHeader),
        ("no digits", HubSpot::v3(), v3("1718000000000.5", V3), Kind::MalformedTimestamp),
        ("a sign", HubSpot::v3(), v3("+1718000000000", V3), Kind::MalformedTimestamp),
        ("seconds", HubSpot::v3(), v3("1718000000", V3), Kind::StaleTimestamp),
        ("stale", HubSpot::v3(), v3("1717999699999", V3), Kind::StaleTimestamp),
        ("ahead", HubSpot::v3(), v3("1718000300001", V3), Kind::FutureTimestamp),
        ("another time", HubSpot::v3(), v3("1718000000001", V3), Kind::SignatureMismatch),
        ("another method", HubSpot::v3(), put, Kind::SignatureMismatch),
        ("hexadecimal", HubSpot::v3(), v3(NOW, V2), Kind::MalformedSignature),
        ("an empty signature", HubSpot::v3(), v3(NOW, ""), Kind::MalformedHeader),
        ("no version", HubSpot::v1(), hubspot(&[("x-hubspot-signature", V1)]), Kind::MissingHeader),
        ("a version that is none", HubSpot::v1(), plain("v4", V1), Kind::NoSignature),
        ("base64", HubSpot::v1(), plain("v1", V3), Kind::MalformedSignature),
    ] {
        assert_eq!(at(scheme, SECRET, HUBSPOT, request).await.refusal(), refused(kind), "{what}");
    }
    let mut get = plain("v1", V1);
    *get.method_mut() = Method::GET;
    assert_eq!(at(HubSpot::v1(), SECRET, HUBSPOT, get).await.refusal(), (405, Some(Kind::MethodNotAllowed)));
}

/// Whoever has the signature of `EVENTS` has this one, too, without the secret: it is in the documentation.
#[test]
fn hubspot_v1_can_be_lengthened_but_not_parsed() {
    let padding = [&b"\x80"[..], &[0; 41], b"\xa8"].concat();
    let longer = [EVENTS, &padding, br#",{"eventId":2}]"#].concat();
    let signature = "6d302b0fd6637a84d4855d8810c1ca95cb273a35383de364e92e9fc6ad94d8e2";
    let headers = [("x-hubspot-signature-version", "v1"), ("x-hubspot-signature", signature)];
    let forged = verified(&HubSpot::v1(), SECRET, HUBSPOT, request(HUBSPOT, &headers, longer));
    assert!(forged.parse::<serde_json::Value>().is_err());
    let honest = verified(&HubSpot::v1(), SECRET, HUBSPOT, plain("v1", V1));
    assert_eq!(honest.parse::<serde_json::Value>().unwrap()[0]["eventId"], 1);
}

#[tokio::test]
async fn gitea_each_way_it_can_be_wrong() {
    let (json, form) = (r#"{"after":"0fa0"}"#, "payload=%7B%22after%22%3A%220fa0%22%7D");
    // HMAC-SHA256 of `json`, by OpenSSL.
    let right = "c4e7b0d0c343f9ff38f13cc959703f6e13c26d66b3135a4a7d8fb38379563ff6";
    let sent =
        |signature: &str, body: &str| request(SMS, &[("x-gitea-signature", signature)], body.to_owned());
    for (what, request, expected) in [
        ("right", sent(right, form), HANDLED),
        ("spelled otherwise", sent(right, "payload={%22after%22:%220fa%30%22}"), HANDLED),
        ("no form", sent(right, json), refused(Kind::MalformedBody)),
        ("no payload", sent(right, "x=1"), refused(Kind::MalformedBody)),
        ("two payloads", sent(right, &format!("{form}&{form}")), refused(Kind::MalformedBody)),
        ("an unsigned field", sent(right, &format!("{form}&x=1")), refused(Kind::MalformedBody)),
        ("another payload", sent(right, "payload=%7B%7D"), refused(Kind::SignatureMismatch)),
        ("no signature", request(SMS, &[], form), refused(Kind::MissingHeader)),
        ("no secret in the hook's settings", sent("", form), refused(Kind::MalformedHeader)),
        ("GitHub's prefix", sent(&format!("sha256={right}"), form), refused(Kind::MalformedSignature)),
    ] {
        assert_eq!(at(GiteaForm, SECRET, SMS, request).await.refusal(), expected, "{what}");
    }
    assert_eq!(at(Gitea, SECRET, SMS, sent(right, json)).await.refusal(), HANDLED);
    assert_eq!(at(Gitea, SECRET, SMS, sent(right, form)).await.refusal(), refused(Kind::SignatureMismatch));
    let only_githubs = request(SMS, &[("x-hub-signature-256", &format!("sha256={right}"))], json);
    assert_eq!(at(Gitea, SECRET, SMS, only_githubs).await.refusal(), refused(Kind::MissingHeader));
    assert_eq!(verified(&GiteaForm, SECRET, SMS, sent(right, form)).payload(), json);
}

/// The bodies differ, and what was signed does not.
#[tokio::test]
async fn t12_a_body_in_another_spelling_is_a_repeat() {
    async fn answers<S: Scheme>(scheme: S, bodies: [&'static str; 3]) -> [(u16, Option<Answered>); 3] {
        let sent: Vec<_> = bodies.iter().map(|body| signed(&scheme, body)).collect();
        let replay = Replay::new(MemoryStore::new(10), "x").remember_bodies();
        let layer = layer(scheme, SECRET).public_url(PublicUrl::exact(SMS)).replay(replay);
        let handler = service_fn(async |_: Request<VerifiedBody>| {
            Ok::<_, std::convert::Infallible>(http::Response::new(http_body_util::Empty::<Bytes>::new()))
        });
        let service = layer.layer(handler);
        let mut answers = Vec::new();
        for request in sent {
            let answer = ask(service.clone(), request.map(Full::new)).await;
            answers.push((answer.status.as_u16(), answer.answered));
        }
        answers.try_into().unwrap()
    }
    fn signed<S: Scheme>(scheme: &S, body: &'static str) -> Request<Bytes> {
        common::signed_as(scheme, request(SMS, &[], body), SECRET, common::NOW)
    }
    let repeat = (200, Some(Answered::Repeat));
    let forms = ["payload=%7B%7D", "%70ayload={}&", "payload=%7B%20%7D"];
    assert_eq!(answers(GiteaForm, forms).await, [(200, None), repeat, (200, None)]);
    // TwiML is nobody's to repeat but the handler's.
    let forms = ["Body=hi&To=1", "To=%31&Body=hi&Body=hi", "Body=ho&To=1"];
    assert_eq!(answers(Twilio::auth_token(), forms).await, [(200, None), (401, None), (200, None)]);
}

#[tokio::test]
async fn t34_without_an_id_or_time_equal_deliveries_are_two() {
    let sent = || sms("u84pcVNKXjUjc3mm9nlJZdSXs/A=", "Body=hi").map(Full::new);
    let handler = Handler::new();
    let replay = Replay::new(MemoryStore::new(10), "x");
    let layer = layer(Twilio::auth_token(), TOKEN).public_url(PublicUrl::exact(SMS)).replay(replay);
    let service = layer.layer(handler.clone());
    for _ in 0..2 {
        assert_eq!(service.clone().oneshot(sent()).await.unwrap().status(), 200);
    }
    assert_eq!(handler.calls(), 2);
}
