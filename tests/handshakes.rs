//! Handshakes: what is answered and how, and what is refused, through the layer.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{Answer, Handler, NOW, SECRET, ask, hmac, post, signed, signed_as, with};
use http::{HeaderName, Method, Request};
use http_body_util::Full;
use std::sync::Arc;
use tower::Layer as _;
use tower_webhook::{
    Answered, RejectionKind as Kind, Scheme, Verified, VerifySignatureLayer,
    encoding::Encoding,
    key::{KeyLookupError, KeyRef, KeySet, Tenants},
    providers::{Asana, Notion, Options, by_name},
    scheme::{Format, Proof, Verdict, verify},
    schemes::{
        ByTenant, Field, Part, Signed, Source,
        handshake::{Answering, Enrolments, Handshake, Said},
    },
    time::Timestamp,
};

/// What a request gets.
#[derive(Clone, Copy, Debug)]
enum Gets<'a> {
    /// This content type and this body, which is not sniffed; or nothing at all.
    Answer(Option<&'a str>, &'a str),
    /// 401, with nothing in it.
    Refusal(Kind),
    /// 405.
    NotAllowed,
    /// The handler is asked.
    Delivery,
}

use Gets::{Delivery, NotAllowed, Refusal};

fn text(body: &str) -> Gets<'_> {
    Gets::Answer(Some("text/plain"), body)
}

fn json(body: &str) -> Gets<'_> {
    Gets::Answer(Some("application/json"), body)
}

const EMPTY: Gets<'static> = Gets::Answer(None, "");

/// An endpoint whose clock stands.
struct Endpoint {
    scheme: Arc<dyn Scheme>,
    secret: &'static str,
    now: Timestamp,
}

impl Endpoint {
    fn new(scheme: impl Scheme, secret: &'static str) -> Self {
        Self { scheme: Arc::new(scheme), secret, now: NOW }
    }

    async fn send(&self, request: Request<Bytes>) -> (Answer, usize) {
        let (now, handler) = (self.now, Handler::new());
        let key = self.scheme.key(self.secret).unwrap();
        let layer = VerifySignatureLayer::new(Arc::clone(&self.scheme), key).clock(move || Some(now));
        let answer = ask(layer.layer(handler.clone()), request.map(Full::new)).await;
        (answer, handler.calls())
    }

    async fn gets(&self, what: &str, request: Request<Bytes>, expected: Gets<'_>) -> Answer {
        let what = format!("{}: {what}: {} {}", self.scheme.name(), request.method(), request.uri());
        let (answer, calls) = self.send(request).await;
        match expected {
            Gets::Answer(content_type, body) => {
                assert_eq!(answer.refusal(), (200, None), "{what}");
                assert_eq!((answer.header("content-type"), answer.text()), (content_type, body), "{what}");
                let nosniff = content_type.map(|_| "nosniff");
                assert_eq!(answer.header("x-content-type-options"), nosniff, "{what}");
                assert_eq!((answer.answered, calls), (Some(Answered::Handshake), 0), "{what}");
            }
            Refusal(kind) => {
                assert_eq!(answer.refusal(), (401, Some(kind)), "{what}");
                assert!(answer.body.is_empty() && answer.header("content-type").is_none(), "{what}");
                assert_eq!(calls, 0, "{what}");
            }
            NotAllowed => assert_eq!(answer.refusal(), (405, Some(Kind::MethodNotAllowed)), "{what}"),
            Delivery => assert_eq!((answer.refusal(), calls), ((200, None), 1), "{what}"),
        }
        answer
    }

    async fn table(&self, cases: impl IntoIterator<Item = (Request<Bytes>, Gets<'_>)>) {
        for (request, expected) in cases {
            self.gets("", request, expected).await;
        }
    }
}

fn get(target: &str) -> Request<Bytes> {
    of(Method::GET, target)
}

fn of(method: Method, target: &str) -> Request<Bytes> {
    Request::builder().method(method).uri(target).body(Bytes::new()).unwrap()
}

fn to(target: &str, body: &str) -> Request<Bytes> {
    Request::post(target).body(Bytes::copy_from_slice(body.as_bytes())).unwrap()
}

/// A scheme that signs its body.
fn acme() -> Signed {
    Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("x-signature")))
}

fn acme_with(handshake: Handshake) -> Endpoint {
    Endpoint::new(Answering::new(acme(), handshake), SECRET)
}

fn signed_post(body: &str) -> Request<Bytes> {
    signed(&acme(), post(body.to_owned()))
}

/// An echo that anybody can have.
fn echo() -> Handshake {
    Handshake::unverified(Method::GET).question(Source::Query("q")).text(Said::question())
}

#[tokio::test]
async fn t31_what_is_sent_back_is_bounded_and_no_html() {
    let longest = "a".repeat(1024);
    let (fits, too_long) = (format!("/?q={longest}"), format!("/?q={longest}a"));
    let endpoint = acme_with(echo());
    endpoint
        .table([
            (get("/?q=Validation%3A+a%20%22b%22+%26+c"), text("Validation: a \"b\" & c")),
            (get(&fits), text(&longest)),
            (get(&too_long), Refusal(Kind::MalformedTarget)),
            (get("/?q=%3Cscript%3E"), Refusal(Kind::MalformedTarget)),
            (get("/?q=a%0Ab"), Refusal(Kind::MalformedTarget)),
            (get("/?q=a%00"), Refusal(Kind::MalformedTarget)),
            (get("/?q=%C3%A4"), Refusal(Kind::MalformedTarget)),
            (get("/?q=a&q=b"), Refusal(Kind::MalformedTarget)),
            (get("/?q="), Refusal(Kind::MalformedTarget)),
            (get("/?p=a"), Refusal(Kind::MalformedTarget)),
            (get("/"), Refusal(Kind::MalformedTarget)),
            (signed_post("{}"), Delivery),
            (post("{}"), Refusal(Kind::MissingHeader)),
        ])
        .await;
    // Nobody has a handshake by another method, nor a delivery by the handshake's.
    endpoint.gets("", of(Method::PUT, "/?q=a"), NotAllowed).await;
    let mut delivery = signed_post("{}");
    *delivery.method_mut() = Method::GET;
    endpoint.gets("a signed GET", delivery, Refusal(Kind::MalformedTarget)).await;
}

#[tokio::test]
async fn t31_nothing_is_sent_back_without_the_verify_token() {
    let handshake = echo().when(Source::Query("mode"), ["subscribe", "renew"]);
    let endpoint = acme_with(handshake.verify_token(Source::Query("token"), "let me in").unwrap());
    endpoint
        .table([
            (get("/?mode=subscribe&token=let+me+in&q=7"), text("7")),
            (get("/?mode=renew&token=let+me+in&q=7"), text("7")),
            (get("/?mode=subscribe&token=let+me+i&q=7"), Refusal(Kind::NotForUs)),
            (get("/?mode=subscribe&token=let+me+in+&q=7"), Refusal(Kind::NotForUs)),
            (get("/?mode=subscribe&token=&q=7"), Refusal(Kind::MalformedTarget)),
            (get("/?mode=subscribe&q=7"), Refusal(Kind::MalformedTarget)),
            (get("/?mode=subscribe&token=let+me+in&token=x&q=7"), Refusal(Kind::MalformedTarget)),
            (get("/?mode=unsubscribe&token=let+me+in&q=7"), Refusal(Kind::NotForUs)),
            (get("/?token=let+me+in&q=7"), Refusal(Kind::MalformedTarget)),
            // Whoever does not know the token does not learn what a question may be, either.
            (get("/?mode=subscribe&token=x&q=%3C"), Refusal(Kind::NotForUs)),
        ])
        .await;
    for empty in ["", " ", "let me in\n"] {
        assert!(echo().verify_token(Source::Query("token"), empty).is_err(), "{empty:?}");
    }
}

/// An answer that is signed for whoever asks.
fn signing() -> Handshake {
    Handshake::unverified(Method::GET)
        .question(Source::Query("q"))
        .json("token", Said::signature(Encoding::Hex).behind("sha256="))
}

#[tokio::test]
async fn t31_a_signed_answer_is_no_signature_of_a_delivery() {
    let endpoint = acme_with(signing());
    let answer = format!(r#"{{"token":"sha256={}"}}"#, hmac(SECRET, "a+/=_-.~Z9"));
    let too_long = format!("/?q={}", "a".repeat(257));
    endpoint
        .table([
            (get("/?q=a%2B/=_-.~Z9"), json(&answer)),
            (get(&too_long), Refusal(Kind::MalformedTarget)),
            // None of these can be asked, so that these can be deliveries.
            (get("/?q=%7B%7D"), Refusal(Kind::MalformedTarget)),
            (signed_post("{}"), Delivery),
            (get("/?q=%221%22"), Refusal(Kind::MalformedTarget)),
            (signed_post("\"1\""), Delivery),
            (get("/?q=1+2"), Refusal(Kind::MalformedTarget)),
            (signed_post("1 2"), Delivery),
            (get("/?q=%E4"), Refusal(Kind::MalformedTarget)),
            // And what can be asked is no delivery, however well it is signed.
            (signed_post("123"), Refusal(Kind::MalformedBody)),
            (signed_post("true"), Refusal(Kind::MalformedBody)),
            (signed_post("a=b"), Refusal(Kind::MalformedBody)),
            (signed_post(""), Refusal(Kind::MalformedBody)),
        ])
        .await;

    // Nor is one whose signature is over less than the body.
    let digest = [Part::BodyDigest(tower_webhook::key::Digest::Sha256, Encoding::Hex)];
    let of_digest = acme().text(digest.clone());
    let delivery = signed(&of_digest, post("{}"));
    Endpoint::new(of_digest.clone(), SECRET).gets("alone", delivery.clone(), Delivery).await;
    let beside = Endpoint::new(Answering::new(of_digest, signing()), SECRET);
    beside.gets("beside a handshake", delivery, Refusal(Kind::NotCovered)).await;
}

#[tokio::test]
async fn t31_a_signed_question_is_answered_once_it_is_verified() {
    let endpoint = acme_with(
        Handshake::verified()
            .when(Source::Json("type"), ["ping"])
            .question(Source::Json("/data/nonce"))
            .json("nonce", Said::question())
            .json("signed", Said::signature(Encoding::Base64)),
    );
    let ping = r#"{"type":"ping","data":{"nonce":"n1"}}"#;
    let signature = Encoding::Base64.encode(&Encoding::Hex.decode(&hmac(SECRET, "n1")).unwrap());
    let answer = format!(r#"{{"nonce":"n1","signed":"{signature}"}}"#);
    endpoint
        .table([
            (signed_post(ping), json(&answer)),
            (post(ping), Refusal(Kind::MissingHeader)),
            (with(post(ping), "x-signature", &hmac("another", ping)), Refusal(Kind::SignatureMismatch)),
            (signed_post(r#"{"type":"ping","data":{"nonce":"n 1"}}"#), Refusal(Kind::MalformedBody)),
            (signed_post(r#"{"type":"ping","data":{"nonce":7}}"#), Refusal(Kind::MalformedBody)),
            (signed_post(r#"{"type":"ping"}"#), Refusal(Kind::MalformedBody)),
            (signed_post(r#"{"type":"ping","type":"pong"}"#), Refusal(Kind::MalformedBody)),
            (signed_post(r#"{"type":"pong","data":{"nonce":"n1"}}"#), Delivery),
            (signed_post("[]"), Delivery),
        ])
        .await;
}

#[tokio::test]
async fn a_question_in_the_body_of_an_unsigned_post() {
    let endpoint = acme_with(
        Handshake::unverified(Method::POST)
            .question(Source::Json("challenge"))
            .alone()
            .text(Said::question()),
    );
    let long = format!(r#"{{"challenge":"{}"}}"#, "a".repeat(4096));
    endpoint
        .table([
            (post(r#"{"challenge":"c"}"#), text("c")),
            (post(r#"{"challenge":"c","more":1}"#), Refusal(Kind::MissingHeader)),
            (post(r#"{"challenge":"<"}"#), Refusal(Kind::MissingHeader)),
            (post(r#"{"more":1}"#), Refusal(Kind::MissingHeader)),
            (post(""), Refusal(Kind::MissingHeader)),
            (post(long), Refusal(Kind::MissingHeader)),
            (
                with(post(r#"{"challenge":"c"}"#), "x-signature", &"0".repeat(64)),
                Refusal(Kind::SignatureMismatch),
            ),
            (signed_post(r#"{"challenge":"c"}"#), Delivery),
        ])
        .await;
}

/// Where a body announces its length, it is refused before it is read.
#[tokio::test]
async fn a_long_unsigned_body_is_not_read() {
    let handshake = Handshake::unverified(Method::POST).question(Source::Json("challenge"));
    let scheme = Answering::new(acme(), handshake);
    let key = scheme.key(SECRET).unwrap();
    let layer = VerifySignatureLayer::new(scheme, key);
    let request = Request::post("/").header("content-length", 4097).body(common::Untouchable).unwrap();
    let answer = ask(layer.layer(Handler::new()), request).await;
    assert_eq!(answer.refusal(), (401, Some(Kind::MissingHeader)));
}

#[tokio::test]
async fn a_tenants_key_answers() {
    let scheme = ByTenant::new(Answering::new(acme(), signing()), Source::Segment(0));
    let keys = Tenants::new().with("one", scheme.key("secret one").unwrap());
    let layer = VerifySignatureLayer::new(scheme, keys);
    let send = async |target: &str| ask(layer.layer(Handler::new()), get(target).map(Full::new)).await;
    let expected = format!(r#"{{"token":"sha256={}"}}"#, hmac("secret one", "7"));
    assert_eq!(send("/one?q=7").await.text(), expected);
    assert_eq!(send("/two?q=7").await.refusal(), (401, Some(Kind::UnknownKey)));
}

#[tokio::test]
async fn a_secret_is_taken_only_where_it_is_expected() {
    const SEGMENT: &str = "8f14e45fceea167a5a36dedd4bea2543";
    let enrolments = Enrolments::new();
    let header = HeaderName::from_static("x-secret");
    let in_header = acme_with(
        Handshake::unverified(Method::POST)
            .question(Source::Header(header.clone()))
            .enrolling(enrolments.clone())
            .header(header, Said::question()),
    );
    let in_body = acme_with(
        Handshake::unverified(Method::POST)
            .question(Source::Json("secret"))
            .alone()
            .enrolling(enrolments.clone()),
    );
    let here = format!("/hooks/{SEGMENT}");
    let offer = |target: &str, secret: &str| with(to(target, ""), "x-secret", secret);
    let offer_in_body = |target: &str, secret: &str| to(target, &format!(r#"{{"secret":"{secret}"}}"#));

    // Nothing is expected yet.
    in_header.gets("early", offer(&here, "s1"), Refusal(Kind::NotForUs)).await;
    in_body.gets("early", offer_in_body(&here, "s1"), Refusal(Kind::MissingHeader)).await;

    let expected = enrolments.expect(SEGMENT).unwrap();
    in_header.gets("elsewhere", offer("/hooks/x", "s1"), Refusal(Kind::NotForUs)).await;
    in_body.gets("elsewhere", offer_in_body("/hooks/x", "s1"), Refusal(Kind::MissingHeader)).await;
    in_header.gets("malformed", offer(&here, "s<1"), Refusal(Kind::MalformedHeader)).await;
    assert_eq!(expected.secret(), None);
    let answer = in_header.gets("here", offer(&here, "s1"), EMPTY).await;
    assert_eq!(answer.header("x-secret"), Some("s1"));
    assert_eq!(expected.secret().as_deref(), Some("s1"));

    // A second secret does not replace the first, and is not sent back; the first may be sent again.
    let answer = in_header.gets("another", offer(&here, "s2"), Refusal(Kind::NotForUs)).await;
    assert_eq!(answer.header("x-secret"), None);
    in_header.gets("again", offer(&here, "s1"), EMPTY).await;
    in_body.gets("again", offer_in_body(&here, "s1"), EMPTY).await;
    assert_eq!(expected.secret().as_deref(), Some("s1"));
    assert!(!format!("{expected:?}").contains("s1"));

    drop(expected);
    in_header.gets("late", offer(&here, "s1"), Refusal(Kind::NotForUs)).await;
    let expected = enrolments.expect(SEGMENT).unwrap();
    assert_eq!(expected.secret(), None);
    in_body.gets("in the body", offer_in_body(&here, "s3"), EMPTY).await;
    assert_eq!(expected.secret().as_deref(), Some("s3"));
    // A delivery is one, even there.
    in_header.gets("a delivery", signed(&acme(), to(&here, "{}")), Delivery).await;
    in_body.gets("a delivery", signed(&acme(), to(&here, "{}")), Delivery).await;
    assert!(enrolments.expect("guess me").is_err());
}

fn provider(name: &str, options: &[(&str, &str)], secret: &'static str) -> Endpoint {
    let options: Options = options.iter().copied().collect();
    Endpoint::new(by_name(name).unwrap().scheme(&options).unwrap(), secret)
}

impl Endpoint {
    /// A POST with this body, signed.
    fn sends(&self, body: &str) -> Request<Bytes> {
        signed_as(&self.scheme, post(body.to_owned()), self.secret, self.now)
    }

    fn sends_with(&self, name: &'static str, value: &str, body: &str) -> Request<Bytes> {
        signed_as(&self.scheme, with(post(body.to_owned()), name, value), self.secret, self.now)
    }

    /// What the handler is told of a delivery.
    fn delivered(&self, request: Request<Bytes>) -> Verified {
        let (parts, body) = request.into_parts();
        let keys = self.scheme.key(self.secret).unwrap().into();
        match verify(&self.scheme, &parts, &body, &keys, self.now).unwrap() {
            Verdict::Deliver(verified) => verified,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn slack() {
    let slack = provider("slack", &[], "8f742231b10e8888abcd99yyyzzz85a5");
    let question = r#"{"type":"url_verification","token":"t","challenge":"3eZbrw1a"}"#;
    slack
        .table([
            (slack.sends(question), text("3eZbrw1a")),
            (post(question), Refusal(Kind::MissingHeader)),
            (slack.sends(r#"{"type":"url_verification","challenge":"<b>"}"#), Refusal(Kind::MalformedBody)),
            (slack.sends(r#"{"type":"url_verification"}"#), Refusal(Kind::MalformedBody)),
            (slack.sends(r#"{"type":"event_callback","challenge":"3eZbrw1a"}"#), Delivery),
        ])
        .await;
    let event = r#"{"type":"event_callback","event_id":"Ev1","event":{"type":"app_mention"}}"#;
    let verified = slack.delivered(slack.sends(event));
    assert_eq!((verified.event(), verified.signed_id()), (Some("app_mention"), Some("Ev1")));
    let limited = slack.delivered(slack.sends(r#"{"type":"app_rate_limited","team_id":"T1"}"#));
    assert_eq!(limited.event(), Some("app_rate_limited"));

    let commands = provider("slack", &[("variant", "commands")], slack.secret);
    let verified = commands.delivered(commands.sends("command=%2Fweather&text=94070"));
    assert_eq!((verified.event(), verified.format()), (Some("/weather"), Format::Form));
    let twice = commands.sends("command=%2Fweather&command=%2Fother");
    commands.gets("a command twice", twice, Refusal(Kind::MalformedBody)).await;
    commands.gets("a certificate's probe", post("ssl_check=1"), Refusal(Kind::MissingHeader)).await;

    let interactivity = provider("slack", &[("variant", "interactivity")], slack.secret);
    let verified = interactivity.delivered(interactivity.sends("payload=%7B%22type%22%3A%22shortcut%22%7D"));
    assert_eq!((verified.event(), &**verified.payload()), (Some("shortcut"), &br#"{"type":"shortcut"}"#[..]));
    // What is signed as an event is no question of a form's endpoint, though the secret is the same.
    interactivity.gets("an event", interactivity.sends(question), Refusal(Kind::MalformedBody)).await;
}

#[tokio::test]
async fn meta() {
    for name in ["facebook", "meta"] {
        let meta = provider(name, &[("verify_token", "meatyhamhock")], "the App Secret");
        meta.table([
            (get("/?hub.mode=subscribe&hub.challenge=11&hub.verify_token=meatyhamhock"), text("11")),
            (
                get("/?hub.mode=subscribe&hub.challenge=11&hub.verify_token=meatyhamhocks"),
                Refusal(Kind::NotForUs),
            ),
            (get("/?hub.mode=subscribe&hub.challenge=11"), Refusal(Kind::MalformedTarget)),
            (
                get("/?hub.mode=unsubscribe&hub.challenge=11&hub.verify_token=meatyhamhock"),
                Refusal(Kind::NotForUs),
            ),
            (
                get("/?hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=meatyhamhock"),
                Refusal(Kind::MalformedTarget),
            ),
            (meta.sends(r#"{"object":"page"}"#), Delivery),
        ])
        .await;
        assert_eq!(meta.delivered(meta.sends(r#"{"object":"page"}"#)).event(), Some("page"));

        let without = provider(name, &[], "the App Secret");
        let question = get("/?hub.mode=subscribe&hub.challenge=11&hub.verify_token=");
        without.gets("no token is set", question, NotAllowed).await;
        let blank: Options = [("verify_token", " ")].into_iter().collect();
        assert!(by_name(name).unwrap().scheme(&blank).is_err());
    }
}

#[tokio::test]
async fn zoom() {
    let zoom = provider("zoom", &[], "zoom-secret");
    let question = |token: &str| {
        format!(r#"{{"event":"endpoint.url_validation","payload":{{"plainToken":"{token}"}}}}"#)
    };
    let answer = format!(r#"{{"plainToken":"qgg8","encryptedToken":"{}"}}"#, hmac("zoom-secret", "qgg8"));
    zoom.table([
        (zoom.sends(&question("qgg8")), json(&answer)),
        (post(question("qgg8")), Refusal(Kind::MissingHeader)),
        (zoom.sends(&question("a:b")), Refusal(Kind::MalformedBody)),
        (zoom.sends(&question("")), Refusal(Kind::MalformedBody)),
        (zoom.sends(r#"{"event":"endpoint.url_validation"}"#), Refusal(Kind::MalformedBody)),
        (zoom.sends(r#"{"event":"meeting.started","payload":{"plainToken":"qgg8"}}"#), Delivery),
    ])
    .await;
}

#[tokio::test]
async fn x() {
    let x = provider("x-twitter", &[], "consumer-secret");
    let answer = r#"{"response_token":"sha256=S/mG8E9n5SjoGuCqHguvP8K8uuu5ogCPF0dOpIdyZlk="}"#;
    x.table([
        (get("/?crc_token=challenge_string"), json(answer)),
        (get("/?crc_token=%7B%22for_user_id%22%3A%221%22%7D"), Refusal(Kind::MalformedTarget)),
        (get("/?crc_token="), Refusal(Kind::MalformedTarget)),
        (get("/?crc_token=a&crc_token=b"), Refusal(Kind::MalformedTarget)),
        (x.sends("challenge_string"), Refusal(Kind::MalformedBody)),
        (x.sends(r#"{"for_user_id":"1"}"#), Delivery),
    ])
    .await;
}

#[tokio::test]
async fn twitch() {
    const ID: &str = "twitch-eventsub-message-id";
    const KIND: &str = "twitch-eventsub-message-type";
    let twitch = provider("twitch", &[], "s3cre7s3cre7");
    let body = |more: &str, status: &str| {
        format!(r#"{{{more}"subscription":{{"type":"channel.follow","status":"{status}"}}}}"#)
    };
    let question = body(r#""challenge":"pogchamp","#, "webhook_callback_verification_pending");
    let signed = |body: &str| twitch.sends_with(ID, "84c1e79a-2a4b", body);
    let of_kind = |kind: &str, body: &str| with(signed(body), KIND, kind);
    let enabled = body(r#""event":{},"#, "enabled");
    twitch
        .table([
            (signed(&question), text("pogchamp")),
            (of_kind("webhook_callback_verification", &question), text("pogchamp")),
            (of_kind("notification", &question), Refusal(Kind::EventMismatch)),
            (post(question.clone()), Refusal(Kind::MissingHeader)),
            (signed(&body(r#""challenge":"<b>","#, "enabled")), Refusal(Kind::MalformedBody)),
            (of_kind("notification", &enabled), Delivery),
            (of_kind("revocation", &enabled), Refusal(Kind::EventMismatch)),
            (
                with(signed(&enabled), "twitch-eventsub-subscription-type", "channel.ban"),
                Refusal(Kind::EventMismatch),
            ),
            (signed(r#"{"event":{}}"#), Refusal(Kind::MalformedBody)),
        ])
        .await;
    let verified = twitch.delivered(signed(&enabled));
    assert_eq!((verified.event(), verified.signed_id()), (Some("channel.follow"), Some("84c1e79a-2a4b")));
    let revoked = twitch.delivered(of_kind("revocation", &body("", "authorization_revoked")));
    assert_eq!(revoked.event(), Some("revocation"));

    // Id and time follow each other with nothing in between: neither gives the other a digit.
    let time = "twitch-eventsub-message-timestamp";
    let genuine = twitch.sends_with(ID, "84c1", &enabled);
    let signed_time = genuine.headers()[time].to_str().unwrap().to_owned();
    let moved = with(with(genuine.clone(), ID, "84c"), time, &format!("1{signed_time}"));
    twitch.gets("a digit moved to the time", moved, Refusal(Kind::MalformedTimestamp)).await;
    let (digit, rest) = signed_time.split_at(1);
    let moved = with(with(genuine, ID, &format!("84c1{digit}")), time, rest);
    twitch.gets("a digit moved to the id", moved, Refusal(Kind::MalformedTimestamp)).await;
    assert!(twitch.scheme.key("short").is_err());
}

#[tokio::test]
async fn dropbox() {
    let dropbox = provider("dropbox", &[], "app-secret");
    dropbox
        .table([
            (get("/?challenge=abc123"), text("abc123")),
            (get("/?challenge=%3Cscript%3Ealert(1)%3C/script%3E"), Refusal(Kind::MalformedTarget)),
            (get("/"), Refusal(Kind::MalformedTarget)),
            (dropbox.sends(r#"{"list_folder":{"accounts":["dbid:AAH"]}}"#), Delivery),
        ])
        .await;
}

#[tokio::test]
async fn ms_graph() {
    let graph = provider("ms-graph", &[], "cs_secret");
    let item = |state: &str| format!(r#"{{"clientState":"{state}","changeType":"created"}}"#);
    let batch = |items: &[String]| post(format!(r#"{{"value":[{}]}}"#, items.join(",")));
    let ours = item("cs_secret");
    let many: Vec<String> = (0..1001).map(|number| item(&number.to_string())).collect();
    graph
        .table([
            (to("/?validationToken=Validation%3A+ready", ""), text("Validation: ready")),
            (to("/?validationToken=%3Cb%3E", ""), Refusal(Kind::MalformedTarget)),
            (get("/?validationToken=a"), NotAllowed),
            (batch(&[ours.clone(), ours.clone()]), Delivery),
            (batch(&[ours.clone(), item("evil")]), Refusal(Kind::SignatureMismatch)),
            (batch(&[item("evil"), ours.clone()]), Refusal(Kind::SignatureMismatch)),
            (batch(&[ours.clone(), "{}".into()]), Refusal(Kind::MalformedBody)),
            (
                batch(&[r#"{"clientState":"cs_secret","clientState":"evil"}"#.into()]),
                Refusal(Kind::MalformedBody),
            ),
            (batch(&[]), Refusal(Kind::MalformedBody)),
            (batch(&many), Refusal(Kind::TooManySignatures)),
            (post("{}"), Refusal(Kind::MalformedBody)),
        ])
        .await;
    let verified = graph.delivered(graph.sends(r#"{"value":[{},{}]}"#));
    assert_eq!(verified.proof(), Proof::SharedToken);
}

#[tokio::test]
async fn websub() {
    const TOPICS: &str = "https://example.com/feed?a=b https://example.com/other";
    let websub = provider("youtube-websub", &[("topics", TOPICS)], "hubsecret");
    let question =
        |mode: &str, topic: &str| get(&format!("/?hub.mode={mode}&hub.topic={topic}&hub.challenge=c1"));
    const FEED: &str = "https://example.com/feed?a%3Db";
    websub
        .table([
            (question("subscribe", FEED), text("c1")),
            (question("subscribe", "https%3A%2F%2Fexample.com%2Fother"), text("c1")),
            (question("subscribe", "https://example.com/feed"), Refusal(Kind::NotForUs)),
            (question("unsubscribe", FEED), Refusal(Kind::NotForUs)),
            (question("denied", FEED), Refusal(Kind::NotForUs)),
            (get(&format!("/?hub.mode=subscribe&hub.topic={FEED}")), Refusal(Kind::MalformedTarget)),
            (get("/?hub.mode=subscribe&hub.challenge=c1"), Refusal(Kind::MalformedTarget)),
            (websub.sends("<feed/>"), Delivery),
            (post("<feed/>"), Refusal(Kind::MissingHeader)),
            (with(post("<feed/>"), "x-hub-signature", "sha1"), Refusal(Kind::MalformedHeader)),
            (with(post("<feed/>"), "x-hub-signature", "md5=00"), Refusal(Kind::UnsupportedAlgorithm)),
        ])
        .await;
    // A right digest under the wrong name is no signature.
    let mislabelled = format!("sha512={}", hmac("hubsecret", "<feed/>"));
    let mislabelled = with(post("<feed/>"), "x-hub-signature", &mislabelled);
    websub.gets("another method", mislabelled, Refusal(Kind::MalformedSignature)).await;
    let ending = provider("youtube-websub", &[("topics", TOPICS), ("unsubscribe", "true")], "hubsecret");
    ending.gets("unsubscribe", question("unsubscribe", FEED), text("c1")).await;
}

#[tokio::test]
async fn cloudevents() {
    let origins = ("origins", "eventemitter.example.com,other.example.com");
    let ask_for = |origin: &str| with(of(Method::OPTIONS, "/"), "webhook-request-origin", origin);
    let events = provider("cloudevents-webhook", &[origins], "mF_9.B5f-4.1JqM");
    for (endpoint, rate) in
        [(&events, "*"), (&provider("cloudevents-webhook", &[origins, ("rate", "120")], "token"), "120")]
    {
        let answer = endpoint.gets("a validation", ask_for("other.example.com"), EMPTY).await;
        assert_eq!(answer.header("webhook-allowed-origin"), Some("other.example.com"));
        assert_eq!(answer.header("webhook-allowed-rate"), Some(rate));
        assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
        let answer = endpoint.gets("of others", ask_for("example.com"), Refusal(Kind::NotForUs)).await;
        assert_eq!(answer.header("webhook-allowed-origin"), None);
        endpoint.gets("of nobody", of(Method::OPTIONS, "/"), Refusal(Kind::MissingHeader)).await;
    }
    let in_query = |token: &str| to(&format!("/?access_token={token}"), r#"{"type":"t","id":"i"}"#);
    let both = with(in_query("mF_9.B5f-4.1JqM"), "authorization", "Bearer another");
    events
        .table([
            (in_query("mF_9.B5f-4.1JqM"), Delivery),
            (in_query("another"), Refusal(Kind::SignatureMismatch)),
            (both, Refusal(Kind::SignatureMismatch)),
            (post("{}"), Refusal(Kind::MissingHeader)),
        ])
        .await;
    let structured = events.delivered(in_query("mF_9.B5f-4.1JqM"));
    assert_eq!((structured.event(), structured.id(), structured.signed_id()), (Some("t"), Some("i"), None));
    let binary = events.delivered(with(in_query("mF_9.B5f-4.1JqM"), "ce-type", "u"));
    assert_eq!((binary.event(), binary.id()), (Some("u"), None), "the body is the event's data");
    for wrong in ["0", "many", "-1"] {
        let options: Options = [origins, ("rate", wrong)].into_iter().collect();
        assert!(by_name("cloudevents-webhook").unwrap().scheme(&options).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn azure_event_grid() {
    const EVENT: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";
    let question =
        |code: &str| format!(r#"[{{"eventType":"{EVENT}","data":{{"validationCode":"{code}"}}}}]"#);
    let grid = provider("azure-event-grid", &[("parameter", "code")], "the secret");
    let with_secret = |body: &str| to("/?code=the+secret", body);
    grid.table([
        (with_secret(&question("512d38b6")), json(r#"{"validationResponse":"512d38b6"}"#)),
        (to("/?code=a+secret", &question("512d38b6")), Refusal(Kind::SignatureMismatch)),
        (to("/", &question("512d38b6")), Refusal(Kind::MalformedTarget)),
        (with_secret(&question("<b>")), Refusal(Kind::MalformedBody)),
        (with_secret(&format!(r#"[{{"eventType":"{EVENT}","data":{{}}}}]"#)), Refusal(Kind::MalformedBody)),
        (
            with_secret(r#"[{"eventType":"Microsoft.Storage.BlobCreated","data":{"validationCode":"1"}}]"#),
            Delivery,
        ),
        (with(of(Method::OPTIONS, "/"), "webhook-request-origin", "eventgrid.azure.net"), EMPTY),
        (with(of(Method::OPTIONS, "/"), "webhook-request-origin", "example.com"), Refusal(Kind::NotForUs)),
    ])
    .await;
    let by_header = provider("azure-event-grid", &[("header", "x-secret")], "the secret");
    let validation = with(post(question("512d38b6")), "x-secret", "the secret");
    by_header.gets("by a header", validation, json(r#"{"validationResponse":"512d38b6"}"#)).await;
    by_header.gets("by the query", with_secret(&question("1")), Refusal(Kind::MissingHeader)).await;
}

#[tokio::test]
async fn asana() {
    const SECRET: &str = "b537207f20cbfa02357cf448134da559e8bd39d61597dcd5631b8012eae53e81";
    const SEGMENT: &str = "8f14e45fceea167a5a36dedd4bea2543";
    let offer = |target: &str| with(to(target, ""), "x-hook-secret", SECRET);
    let closed = provider("asana", &[], "an older secret");
    closed.gets("nobody asked for it", offer("/asana"), Refusal(Kind::MissingHeader)).await;

    let enrolments = Enrolments::new();
    let asana = Endpoint::new(Asana::new().enrolling(enrolments.clone()), "an older secret");
    asana.gets("not expected", offer("/asana"), Refusal(Kind::NotForUs)).await;
    let expected = enrolments.expect(SEGMENT).unwrap();
    asana.gets("not there", offer("/asana"), Refusal(Kind::NotForUs)).await;
    let answer = asana.gets("expected", offer(&format!("/asana/{SEGMENT}")), EMPTY).await;
    assert_eq!(answer.header("x-hook-secret"), Some(SECRET));
    assert_eq!(expected.secret().as_deref(), Some(SECRET));
    asana.gets("a heartbeat", asana.sends(r#"{"events":[]}"#), Delivery).await;

    // The first webhook comes before the first key.
    let none = async |_: KeyRef| -> Result<KeySet, KeyLookupError> { Err(KeyLookupError::Unknown) };
    let layer = VerifySignatureLayer::new(Asana::new().enrolling(enrolments), none);
    let request = offer(&format!("/asana/{SEGMENT}")).map(Full::new);
    assert_eq!(ask(layer.layer(Handler::new()), request).await.header("x-hook-secret"), Some(SECRET));
}

#[tokio::test]
async fn notion() {
    const SEGMENT: &str = "8f14e45fceea167a5a36dedd4bea2543";
    let question = r#"{"verification_token":"secret_tMrlL1qK"}"#;
    let closed = provider("notion", &[], "secret_of_another_subscription");
    let by_itself = || signed_as(&closed.scheme, to("/", question), "secret_tMrlL1qK", NOW);
    closed
        .table([
            (post(question), Refusal(Kind::MissingHeader)),
            (by_itself(), Refusal(Kind::SignatureMismatch)),
            (closed.sends(question), EMPTY),
            (closed.sends(r#"{"verification_token":"x","type":"page.created","id":"1"}"#), Delivery),
        ])
        .await;
    let enrolments = Enrolments::new();
    let scheme = Notion::new().enrolling(enrolments.clone());
    let notion = Endpoint::new(scheme, "secret_of_another_subscription");
    notion
        .table([
            (post(question), Refusal(Kind::MissingHeader)),
            (by_itself(), Refusal(Kind::SignatureMismatch)),
        ])
        .await;
    // Signed with what it brings, or not signed: it is the URL that tells.
    for is_signed in [false, true] {
        let expected = enrolments.expect(SEGMENT).unwrap();
        let request = if is_signed { by_itself() } else { post(question) };
        notion
            .gets(
                "elsewhere",
                request.clone(),
                Refusal(if is_signed { Kind::SignatureMismatch } else { Kind::MissingHeader }),
            )
            .await;
        let (mut parts, body) = request.into_parts();
        parts.uri = format!("/{SEGMENT}").parse().unwrap();
        notion.gets("expected", Request::from_parts(parts, body), EMPTY).await;
        assert_eq!(expected.secret().as_deref(), Some("secret_tMrlL1qK"));
    }
}

#[tokio::test]
async fn okta() {
    let okta = provider("okta", &[], "my-okta-key");
    let question = |value: &str| with(get("/"), "x-okta-verification-challenge", value);
    let authorized = |request: Request<Bytes>| with(request, "authorization", "my-okta-key");
    okta.table([
        (authorized(question("zKc1gWZ3Vb0s9w")), json(r#"{"verification":"zKc1gWZ3Vb0s9w"}"#)),
        (authorized(question("a\"b\\")), json(r#"{"verification":"a\"b\\"}"#)),
        (question("zKc1gWZ3Vb0s9w"), Refusal(Kind::MissingHeader)),
        (with(question("zKc1"), "authorization", "my-okta-kex"), Refusal(Kind::SignatureMismatch)),
        (authorized(question("<b>")), Refusal(Kind::MalformedHeader)),
        // A GET is no delivery, whoever sends it.
        (authorized(get("/")), Refusal(Kind::MissingHeader)),
        (authorized(post(r#"{"eventType":"com.okta.event_hook"}"#)), Delivery),
    ])
    .await;
}

#[tokio::test]
async fn xero() {
    let xero = provider("xero", &[], "secret_x");
    let intent = r#"{"events":[],"firstEventSequence":0,"lastEventSequence":0,"entropy":"S0m3"}"#;
    let mut wrong = xero.sends(intent);
    *wrong.body_mut() = Bytes::from_static(b"{\"events\":[]}");
    xero.table([
        (xero.sends(intent), EMPTY),
        (wrong, Refusal(Kind::SignatureMismatch)),
        (post(intent), Refusal(Kind::MissingHeader)),
        (xero.sends(r#"{"events":[{"eventType":"UPDATE"}]}"#), Delivery),
    ])
    .await;
}
