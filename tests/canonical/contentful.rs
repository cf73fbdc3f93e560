//! Contentful. The signatures are by its own package, `@contentful/node-apps-toolkit` 3.16.1, but for those that it would
//! not make, which are by Python's `hmac`.
use super::{
    common::{Handler, ask, provider::Provider},
    request,
};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use tower::Layer;
use tower_webhook::{
    PublicUrl, RejectionKind as Kind, Scheme, VerifySignatureLayer,
    key::KeyError,
    providers::Contentful,
    replay::{MemoryStore, Replay},
    scheme::{Proof, Verifier},
    time::Timestamp,
};

const URL: &str = "https://example.com/webhooks/contentful";
const SECRET: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const SENT: i64 = 1_760_000_000;
const TIME: &str = "1760000000000";
const BODY: &str = r#"{"sys":{"id":"entry1"}}"#;
const EVENT: &str = "ContentManagement.Entry.publish";
const NAMES: &str = "x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic";
const SIGNATURE: &str = "d8d9d7391e390fd049dcce6b857ed00140bcf35092bc97aad7262ece4c3c851f";

fn contentful() -> Provider<Contentful> {
    at(URL)
}

fn at(url: &'static str) -> Provider<Contentful> {
    Provider::new(Contentful, SECRET, SENT, url)
}

fn signed(signature: &str) -> Request<Bytes> {
    let headers = [
        ("x-contentful-topic", EVENT),
        ("x-contentful-signature", signature),
        ("x-contentful-signed-headers", NAMES),
        ("x-contentful-timestamp", TIME),
    ];
    request("/any", &headers, BODY)
}

/// The package's delivery, with this header in place of its own.
fn with(name: &'static str, value: &str) -> Request<Bytes> {
    let mut request = signed(SIGNATURE);
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[test]
fn what_is_signed_is_marked_so() {
    let found = contentful().accepts("by the package", signed(SIGNATURE));
    assert_eq!((found.proof(), found.signed_event(), found.id()), (Proof::SignedBody, Some(EVENT), None));
    assert_eq!(found.signed_at(), Some(Timestamp::from_unix(SENT)));

    let least = [
        ("x-contentful-signature", "ff2012c06e3e1bb8fcb3008a930f4178d913e0e14aeda3560095d836a96912ec"),
        ("x-contentful-signed-headers", "x-contentful-signed-headers,x-contentful-timestamp"),
        ("x-contentful-timestamp", TIME),
    ];
    let mut delivery = request("/any", &least, BODY);
    assert_eq!(contentful().accepts("no event", delivery.clone()).event(), None);
    delivery.headers_mut().insert("x-contentful-topic", EVENT.parse().unwrap());
    let found = contentful().accepts("an event that is not signed", delivery);
    assert_eq!((found.event(), found.signed_event()), (Some(EVENT), None));
}

/// By the package, of the path as it is given to it. A URL with escapes may be given as it is written, or decoded.
#[tokio::test]
async fn the_path_is_that_of_the_public_url() {
    for (url, signature) in [
        (
            "https://example.com/webhooks/contentful?a=1&b=2",
            "212f489e6d5f534ef9a8f818f4e5756534bacfcb9c3f7420b003169172fb2100",
        ),
        (
            "https://example.com/webhooks/contentful?foo=bar%20baz",
            "50ceae762f7fd6a25aa23d051b04efd621bc625b2c4264c4f46a77317bc7be72",
        ),
        (
            "https://example.com/webhooks/contentful?foo=bar%20baz",
            "5efd105d73c42fec851a3d1e797adb188b029b6fb552b46cc0344f47fa5cdc53",
        ),
        (
            "https://example.com/a%20b/contentful",
            "7378a9a7875cace45011e2557e2d67e832740a922e38e8ac1b9f699ce3739101",
        ),
        (
            "https://example.com/a%20b/contentful",
            "7526abceb93b132699e039c30a71e79d6d91cb6fc31ce9db45e2d4f04d64caf2",
        ),
        (
            "https://example.com/webhooks/contentful?x=%C3%A9",
            "6bdb7d9b9618e2ead1a405184f9f3488de6634dc3ab4fb6fdff2af160b61608d",
        ),
        (
            "https://example.com/webhooks/contentful?x=%C3%A9",
            "44f180441c5239d382ea6a2e28ea0695d111d5e51a92b5dd1c7d8b1380a2c38d",
        ),
        (
            "https://example.com/webhooks/contentful;,/:@&=+$-_.!~*'()#?a=;,/:@&=+$-_.!~*'()#",
            "b7970f947a7744ec95e15a984b9c92d11bad48ded27715b6513f75246c441a48",
        ),
    ] {
        at(url).accepts(url, signed(signature));
        at(URL).refuses(url, signed(signature), Kind::SignatureMismatch).await;
    }
    at("https://example.com/").refuses("another path", signed(SIGNATURE), Kind::SignatureMismatch).await;
    at("https://example.com").refuses("no path", signed(SIGNATURE), Kind::SignatureMismatch).await;
    // A second question mark, of whose rest the package signs nothing.
    let twice = "https://example.com/webhooks/contentful?a=1?b=2";
    at(twice).refuses("two queries", signed(SIGNATURE), Kind::MalformedTarget).await;
}

/// What decodes to a question mark is part of its segment, and not the beginning of a query.
#[tokio::test]
async fn an_escaped_question_mark_is_none() {
    let signature = "212f489e6d5f534ef9a8f818f4e5756534bacfcb9c3f7420b003169172fb2100";
    at("https://example.com/webhooks/contentful?a=1&b=2").accepts("as signed", signed(signature));
    let moved = at("https://example.com/webhooks/contentful%3Fa%253D1%2526b%253D2");
    moved.refuses("escaped", signed(signature), Kind::SignatureMismatch).await;
}

#[tokio::test]
async fn without_a_public_url_it_is_our_fault() {
    let key = Contentful.key(SECRET).unwrap();
    let now = Timestamp::from_unix(SENT);
    let handler = Handler::new();
    let layer = VerifySignatureLayer::new(Contentful, key.clone()).clock(move || Some(now));
    let answer = ask(layer.layer(handler.clone()), signed(SIGNATURE).map(Full::new)).await;
    assert_eq!((answer.refusal(), handler.calls()), ((500, Some(Kind::NoPublicUrl)), 0));

    // In front of the path that the layer sees.
    let mut delivery = signed(SIGNATURE);
    *delivery.uri_mut() = "/contentful".parse().unwrap();
    let (parts, body) = delivery.into_parts();
    let verifier = Verifier::new().public_url(PublicUrl::base("https://example.com/webhooks"));
    assert!(verifier.verify(&Contentful, &parts, &body, &key.into(), now).is_ok());
}

#[tokio::test]
async fn t02_what_is_signed_cannot_be_changed() {
    let event = with("x-contentful-topic", "ContentManagement.Entry.delete");
    contentful().refuses("the event", event, Kind::SignatureMismatch).await;
    contentful()
        .refuses("the time", with("x-contentful-timestamp", "1760000000001"), Kind::SignatureMismatch)
        .await;
    let mut body = signed(SIGNATURE);
    *body.body_mut() = Bytes::from_static(br#"{"sys":{"id":"entry2"}}"#);
    contentful().refuses("the body", body, Kind::SignatureMismatch).await;
    let other = Provider::new(Contentful, &SECRET.replace('0', "1"), SENT, URL);
    other.refuses("the key", signed(SIGNATURE), Kind::SignatureMismatch).await;
    // By the package, for PUT.
    let headers = [
        ("content-type", "application/json"),
        ("x-contentful-topic", EVENT),
        ("x-contentful-webhook-name", "one; two"),
        ("x-contentful-signature", "e5883fa83dd3b529367344fa7b0bdadc1d6973236f70ed91e101fe9655cb7f34"),
        (
            "x-contentful-signed-headers",
            "content-type,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic,\
             x-contentful-webhook-name",
        ),
        ("x-contentful-timestamp", TIME),
    ];
    contentful().refuses("the method", request("/any", &headers, BODY), Kind::SignatureMismatch).await;
    let mut put = signed(SIGNATURE);
    *put.method_mut() = Method::PUT;
    assert_eq!(contentful().verify(put).unwrap_err(), Kind::MethodNotAllowed);
}

#[tokio::test]
async fn headers_that_are_wrong_are_refused() {
    for name in [
        "x-contentful-signature",
        "x-contentful-signed-headers",
        "x-contentful-timestamp",
        "x-contentful-topic",
    ] {
        let mut without = signed(SIGNATURE);
        without.headers_mut().remove(name);
        contentful().refuses(name, without, Kind::MissingHeader).await;
        let mut twice = signed(SIGNATURE);
        let value = twice.headers()[name].clone();
        twice.headers_mut().append(name, value);
        contentful().refuses(name, twice, Kind::DuplicateHeader).await;
        contentful().refuses(name, with(name, ""), Kind::MalformedHeader).await;
        contentful().refuses(name, with(name, "\u{e9}"), Kind::MalformedHeader).await;
    }
    for (what, signature) in [
        ("t01: a prefix", &SIGNATURE[..62]),
        ("t01: longer", &format!("{SIGNATURE}00")),
        ("no hexadecimal", &SIGNATURE.replace('d', "x")),
    ] {
        contentful().refuses(what, signed(signature), Kind::MalformedSignature).await;
    }
    contentful().accepts("upper case", signed(&SIGNATURE.to_uppercase()));
    for (what, names, kind) in [
        ("none", ",", Kind::MalformedHeader),
        ("no time", "x-contentful-signed-headers,x-contentful-topic", Kind::MalformedHeader),
        ("not itself", "x-contentful-timestamp,x-contentful-topic", Kind::MalformedHeader),
        ("fewer", "x-contentful-signed-headers,x-contentful-timestamp", Kind::SignatureMismatch),
        (
            "one that is not there",
            "x-contentful-crn,x-contentful-signed-headers,x-contentful-timestamp,x-contentful-topic",
            Kind::MissingHeader,
        ),
        (
            "spaces",
            "x-contentful-signed-headers, x-contentful-timestamp, x-contentful-topic",
            Kind::MalformedHeader,
        ),
        (
            "upper case",
            "x-contentful-signed-headers,x-contentful-timestamp,X-Contentful-Topic",
            Kind::MalformedHeader,
        ),
        (
            "another order",
            "x-contentful-timestamp,x-contentful-signed-headers,x-contentful-topic",
            Kind::SignatureMismatch,
        ),
        ("one twice", &format!("{NAMES},x-contentful-topic"), Kind::MalformedHeader),
        ("t21: one often", &format!("{NAMES}{}", ",x-contentful-topic".repeat(1000)), Kind::MalformedHeader),
    ] {
        contentful().refuses(what, with("x-contentful-signed-headers", names), kind).await;
    }
}

/// The signed text is the same each time.
#[tokio::test]
async fn borders_cannot_be_moved() {
    let names = "a,b,x-contentful-signed-headers,x-contentful-timestamp";
    // Of `a:1;b:2;b:3;x-contentful-signed-headers:..`.
    let signature = "77d5bcd2f3bd4851197e4c598b8231cd55f21e02cfbfa4e1411520670b6a4e9d";
    let moved = |a: &str, b: &str| {
        let headers = [
            ("a", a),
            ("b", b),
            ("x-contentful-signature", signature),
            ("x-contentful-signed-headers", names),
            ("x-contentful-timestamp", TIME),
        ];
        request("/any", &headers, BODY)
    };
    contentful().accepts("the border that comes first", moved("1", "2;b:3"));
    contentful().refuses("the one behind it", moved("1;b:2", "3"), Kind::MalformedHeader).await;
}

#[tokio::test]
async fn t15_a_time_that_is_wrong_is_refused() {
    for time in
        ["NaN", "-1760000000000", "+1760000000000", "1760000000000.5", "01760000000000", "9999999999999999"]
    {
        contentful().refuses(time, with("x-contentful-timestamp", time), Kind::MalformedTimestamp).await;
    }
    let seconds = with("x-contentful-timestamp", "1760000000");
    contentful().refuses("in seconds", seconds, Kind::StaleTimestamp).await;
}

#[tokio::test]
async fn t14_the_time_is_bounded_in_both_directions() {
    contentful().at(SENT + 29).accepts("as old as may be", signed(SIGNATURE));
    contentful().at(SENT - 29).accepts("as far ahead as may be", signed(SIGNATURE));
    contentful().at(SENT + 30).refuses("older", signed(SIGNATURE), Kind::StaleTimestamp).await;
    contentful().at(SENT - 30).refuses("further ahead", signed(SIGNATURE), Kind::FutureTimestamp).await;
}

#[tokio::test]
async fn t12_a_replay_is_known_by_what_is_signed() {
    let handler = Handler::new();
    let replay = Replay::new(MemoryStore::new(100), "content");
    let service = contentful().layer().replay(replay).layer(handler.clone());
    ask(service.clone(), signed(SIGNATURE).map(Full::new)).await;
    let again = with("x-contentful-idempotency-key", "another");
    assert!(ask(service, again.map(Full::new)).await.answered.is_some());
    assert_eq!(handler.calls(), 1);
}

#[test]
fn signs_as_the_package_does() {
    let sign = |mut request: Request<Bytes>| {
        let key = Contentful.signing_key(SECRET).unwrap();
        Contentful.sign(&mut request, &key, Timestamp::from_unix(SENT)).map(|()| request)
    };
    for (url, signature) in [
        (URL, SIGNATURE),
        (
            "https://example.com/webhooks/contentful?foo=bar%20baz",
            "50ceae762f7fd6a25aa23d051b04efd621bc625b2c4264c4f46a77317bc7be72",
        ),
    ] {
        let request = sign(request(url, &[("x-contentful-topic", EVENT)], BODY)).unwrap();
        assert_eq!(request.headers(), signed(signature).headers());
        assert_eq!(sign(request.clone()).unwrap().headers(), request.headers(), "a second time");
    }
    let wrong = "cannot sign the request: the request's headers or its path cannot be signed";
    for (url, headers) in [
        ("/any?a?b", vec![]),
        ("/any", vec![("x-acme", "1"), ("x-acme", "2")]),
        ("/any", vec![("x-acme", "\u{e9}")]),
        ("/any", vec![("a", "1;x-contentful-signed-headers:2")]),
    ] {
        assert_eq!(sign(request(url, &headers, BODY)).unwrap_err().to_string(), wrong, "{url} {headers:?}");
    }
}

#[test]
fn t04_a_secret_has_64_characters() {
    let wrong = KeyError::WrongParts { expected: "64 characters: letters, digits, and `+/=_-`" };
    for (text, error) in [
        (String::new(), KeyError::Empty),
        (" ".repeat(64), KeyError::Blank),
        (format!("{}\n", &SECRET[1..]), KeyError::SurroundingSpace),
        (SECRET[1..].to_owned(), wrong),
        (format!("{SECRET}0"), wrong),
        (SECRET.replace('f', "!"), wrong),
        (SECRET.replace("ef", "\u{e9}"), wrong),
    ] {
        assert_eq!(Contentful.key(&text).unwrap_err(), error, "{text:?}");
    }
    assert!(Contentful.key(&"aA0+/=_-".repeat(8)).is_ok());
}
