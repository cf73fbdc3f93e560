//! Bad input, one way at a time: the status that the sender gets, and the kind that the operator reads.
#![cfg(all(feature = "axum", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use axum::extract::FromRequestParts;
use bytes::Bytes;
use common::{
    AcceptFn, Custom, Frames, Handler, NOW, OTHER_SECRET, SECRET, SIGNATURE, ask, hmac, layer, post,
    signature, signed, signed_as, with, with_signature,
};
use http::{HeaderName, Method, Request};
use http_body_util::Full;
use std::time::Duration;
use tower::Layer;
use tower_webhook::{
    Event, RejectionKind as Kind, Scheme, Verified, VerifySignatureLayer,
    encoding::Encoding,
    event::EventErrorKind,
    key::{Algorithm, Key, KeyError, KeyRef, KeySet, Secret, Tenants},
    providers::{GitHub, Stripe},
    scheme::{Check, Delivery, Plan, Refusal, Text, Verdict, Verifier},
    schemes::{Field, Part, Signed, Source, StandardWebhooks, Token},
    time::{Timestamp, Unit},
};

const TENANT: HeaderName = HeaderName::from_static("x-tenant");

const GITHUB: &str = "x-hub-signature-256";
const STRIPE: &str = "stripe-signature";
const STANDARD: &str = "webhook-signature";

/// What is sent, what the sender gets, and what the operator reads.
type Case = (String, Request<Bytes>, u16, Kind);

fn case(name: impl ToString, request: Request<Bytes>, status: u16, kind: Kind) -> Case {
    (name.to_string(), request, status, kind)
}

/// All are refused, with these statuses and kinds, and the handler sees none of them. The pure verification says the
/// same.
async fn refused<S: Scheme + Clone>(scheme: S, cases: impl IntoIterator<Item = Case>) {
    let keys = KeySet::from(scheme.key(SECRET).unwrap());
    let (handler, layer) = (Handler::new(), layer(scheme.clone()));
    let mut count = 0;
    for (name, request, status, kind) in cases {
        let (parts, body) = request.clone().into_parts();
        let answer = ask(layer.layer(handler.clone()), request.map(Full::new)).await;
        assert_eq!(answer.refusal(), (status, Some(kind)), "{}: {name}", scheme.name());
        assert!(answer.body.is_empty(), "{}: {name}: the sender learns no more", scheme.name());
        let verdict = Verifier::new().verify(&scheme, &parts, &body, &keys, NOW);
        assert_eq!(verdict.map(drop).map_err(|rejection| rejection.kind()), Err(kind), "pure: {name}");
        count += 1;
    }
    assert!(count > 0 && handler.calls() == 0, "{} calls in {count} cases", handler.calls());
}

async fn accepted<S: Scheme + Clone>(
    scheme: S,
    requests: impl IntoIterator<Item = (String, Request<Bytes>)>,
) {
    let layer = layer(scheme.clone());
    for (name, request) in requests {
        let answer = ask(layer.layer(Handler::new()), request.map(Full::new)).await;
        assert_eq!(answer.refusal(), (200, None), "{}: {name}", scheme.name());
    }
}

fn verified<S: Scheme>(scheme: S, request: Request<Bytes>) -> Verified {
    let (parts, body) = request.into_parts();
    let keys = scheme.key(SECRET).unwrap().into();
    match Verifier::new().verify(&scheme, &parts, &body, &keys, NOW).unwrap() {
        Verdict::Deliver(verified) => verified,
        other => panic!("{other:?}"),
    }
}

fn without(mut request: Request<Bytes>, name: &str) -> Request<Bytes> {
    request.headers_mut().remove(name);
    request
}

fn and(mut request: Request<Bytes>, name: &'static str, value: &str) -> Request<Bytes> {
    request.headers_mut().append(name, value.try_into().unwrap());
    request
}

fn header(request: &Request<Bytes>, name: &str) -> String {
    request.headers()[name].to_str().unwrap().to_owned()
}

fn github(body: impl Into<Bytes>) -> Request<Bytes> {
    signed(&GitHub, post(body))
}

fn stripe(body: impl Into<Bytes>) -> Request<Bytes> {
    signed(&Stripe, post(body))
}

fn standard(id: &str) -> Request<Bytes> {
    signed(&StandardWebhooks, with(post("{}"), "webhook-id", id))
}

/// The time in a header of its own, in milliseconds.
fn in_millis() -> Signed {
    Signed::hmac_sha256("millis", Field::header(SIGNATURE)).text([
        Part::Timestamp(Field::header(HeaderName::from_static("x-time")), Unit::Milliseconds),
        Part::literal("."),
        Part::Body,
    ])
}

// Headers

#[tokio::test]
async fn t06_no_signature_header() {
    refused(GitHub, [case("none", without(github("{}"), GITHUB), 401, Kind::MissingHeader)]).await;
    refused(
        Stripe,
        [
            case("none", without(stripe("{}"), STRIPE), 401, Kind::MissingHeader),
            case("no v1", with(post("{}"), STRIPE, "t=1718000000"), 401, Kind::NoSignature),
            case("no t", with(post("{}"), STRIPE, "v1=00"), 401, Kind::MalformedHeader),
        ],
    )
    .await;
    let standard_without = |name| case(name, without(standard("1"), name), 401, Kind::MissingHeader);
    refused(StandardWebhooks, [STANDARD, "webhook-id", "webhook-timestamp"].map(standard_without)).await;
    let unknown = with(standard("1"), STANDARD, "v0,AAAA v2,AAAA");
    refused(StandardWebhooks, [case("other versions", unknown, 401, Kind::NoSignature)]).await;
    for token in [Token::bearer("bearer"), Token::header("header", SIGNATURE)] {
        refused(token, [case("none", post("{}"), 401, Kind::MissingHeader)]).await;
    }
    refused(Token::query("query", "token"), [case("none", post("{}"), 401, Kind::MalformedTarget)]).await;
    let root = Request::post("/").body(Bytes::new()).unwrap();
    refused(Token::last_segment("segment"), [case("none", root, 401, Kind::MalformedTarget)]).await;
}

#[tokio::test]
async fn t19_two_signature_headers() {
    for (name, second) in [("the same", header(&github("{}"), GITHUB)), ("another", "sha256=00".to_owned())] {
        let twice = and(github("{}"), GITHUB, &second);
        refused(GitHub, [case(name, twice, 401, Kind::DuplicateHeader)]).await;
        let behind = and(with(post("{}"), GITHUB, &second), GITHUB, &header(&github("{}"), GITHUB));
        refused(GitHub, [case(name, behind, 401, Kind::DuplicateHeader)]).await;
    }
    // Lists too: it is one header with several values, and not several headers.
    let value = header(&stripe("{}"), STRIPE);
    let (time, signature) = value.split_once(',').unwrap();
    let parted = and(with(post("{}"), STRIPE, time), STRIPE, signature);
    let twice = and(stripe("{}"), STRIPE, &value);
    refused(
        Stripe,
        [
            case("parted", parted, 401, Kind::DuplicateHeader),
            case("twice", twice, 401, Kind::DuplicateHeader),
        ],
    )
    .await;
    for name in [STANDARD, "webhook-id", "webhook-timestamp"] {
        let twice = and(standard("1"), name, &header(&standard("1"), name));
        refused(StandardWebhooks, [case(name, twice, 401, Kind::DuplicateHeader)]).await;
    }
    let bearer = signed(&Token::bearer("bearer"), post("{}"));
    let bearer = and(bearer, "authorization", &format!("Bearer {SECRET}"));
    refused(Token::bearer("bearer"), [case("twice", bearer, 401, Kind::DuplicateHeader)]).await;
    // What is not signed, and is read all the same.
    let events = and(with(github("{}"), "x-github-event", "push"), "x-github-event", "push");
    refused(GitHub, [case("two events", events, 401, Kind::DuplicateHeader)]).await;
}

#[tokio::test]
async fn t18_one_of_several_times_in_one_header() {
    let right = hmac(SECRET, "1718000000.{}");
    for (name, value) in [
        ("two times", format!("t=1718000000,t=1718000000,v1={right}")),
        ("another first", format!("t=1718000001,t=1718000000,v1={right}")),
        ("another last", format!("t=1718000000,v1={right},t=1718000001")),
    ] {
        refused(Stripe, [case(name, with(post("{}"), STRIPE, &value), 401, Kind::MalformedHeader)]).await;
    }
}

// Signatures

#[tokio::test]
async fn t01_undecodable_empty_truncated_and_over_long_signatures() {
    let request = github("{}");
    let whole = header(&request, GITHUB);
    let hex = whole.strip_prefix("sha256=").unwrap();
    let malformed = |name: &str, signature: String| {
        case(
            name,
            with(request.clone(), GITHUB, &format!("sha256={signature}")),
            401,
            Kind::MalformedSignature,
        )
    };
    refused(GitHub, (0..hex.len()).map(|length| malformed(&length.to_string(), hex[..length].to_owned())))
        .await;
    refused(
        GitHub,
        [
            malformed("one more", format!("{hex}0")),
            malformed("two more", format!("{hex}00")),
            malformed("twice", format!("{hex}{hex}")),
            malformed("very long", hex.repeat(200)),
            malformed("not hexadecimal", "zz".repeat(32)),
            malformed("space in front", format!(" {hex}")),
            malformed("space inside", format!("{} {}", &hex[..31], &hex[32..])),
            malformed("base64", Encoding::Base64.encode(&[0; 32])),
            malformed("the prefix twice", whole.clone()),
        ],
    )
    .await;
    let bare = |name: &str, value: &str| {
        case(name, with(request.clone(), GITHUB, value), 401, Kind::MalformedHeader)
    };
    refused(
        GitHub,
        [
            bare("empty", ""),
            bare("no prefix", hex),
            bare("half a prefix", &whole[1..]),
            bare("upper case prefix", &whole.replace("sha", "SHA")),
            bare("another algorithm", &format!("sha1={hex}")),
            bare("none", "none"),
        ],
    )
    .await;
    let mut unreadable = request.clone();
    unreadable.headers_mut().insert(GITHUB, http::HeaderValue::from_bytes(b"sha256=\xff\xfe").unwrap());
    refused(GitHub, [case("not ASCII", unreadable, 401, Kind::MalformedHeader)]).await;

    let value = header(&standard("1"), STANDARD);
    let malformed = |name: &str, value: String| {
        case(name, with(standard("1"), STANDARD, &value), 401, Kind::MalformedSignature)
    };
    refused(
        StandardWebhooks,
        (3..value.len()).map(|length| malformed("truncated", value[..length].to_owned())),
    )
    .await;
    refused(
        StandardWebhooks,
        [
            malformed("over-long", format!("{value}AAAA")),
            malformed("unpadded", value.trim_end_matches('=').to_owned()),
            malformed("URL-safe", format!("v1,{}=", "-_".repeat(21) + "A")),
            malformed("hexadecimal", format!("v1,{}", "0f".repeat(32))),
        ],
    )
    .await;
    // Upper case says the same bytes.
    let upper = format!("sha256={}", hex.to_uppercase());
    accepted(GitHub, [("upper case".to_owned(), with(request, GITHUB, &upper))]).await;
}

#[tokio::test]
async fn t02_a_wrong_key() {
    let mismatch = |request| [case("wrong key", request, 401, Kind::SignatureMismatch)];
    let other = |scheme: &dyn Scheme, request| signed_as(scheme, request, OTHER_SECRET, NOW);
    refused(GitHub, mismatch(other(&GitHub, post("{}")))).await;
    refused(Stripe, mismatch(other(&Stripe, post("{}")))).await;
    refused(StandardWebhooks, mismatch(other(&StandardWebhooks, with(post("{}"), "webhook-id", "1")))).await;
    let zeros = with(post("{}"), GITHUB, &format!("sha256={}", "0".repeat(64)));
    refused(GitHub, mismatch(zeros)).await;
    for token in [
        Token::bearer("bearer"),
        Token::header("header", SIGNATURE),
        Token::query("query", "token"),
        Token::last_segment("segment"),
    ] {
        refused(token.clone(), mismatch(other(&token, post("{}")))).await;
        // Shorter, longer, in another case.
        for wrong in
            [&SECRET[1..], &SECRET[..SECRET.len() - 1], &format!("{SECRET}0"), &SECRET.to_uppercase()]
        {
            refused(token.clone(), mismatch(signed_as(&token, post("{}"), wrong, NOW))).await;
        }
    }
}

#[tokio::test]
async fn t02_a_signature_for_another_id() {
    let renamed = with(standard("1"), "webhook-id", "2");
    refused(StandardWebhooks, [case("another id", renamed, 401, Kind::SignatureMismatch)]).await;
    // The borders of `{id}.{time}.{body}` cannot be moved.
    let moved = with(standard("1"), "webhook-id", "1.1718000000");
    refused(StandardWebhooks, [case("a dot", moved, 401, Kind::MalformedHeader)]).await;

    // Between `a:` and `b`, `::` can be moved by one: `a` and `:b` are the same text.
    let id = HeaderName::from_static("x-id");
    let colons = Signed::hmac_sha256("colons", Field::header(SIGNATURE)).text([
        Part::Header(id.clone()),
        Part::literal("::"),
        Part::Body,
    ]);
    let request = |id: &str, body: &'static str| {
        with(with(post(body), "x-id", id), "x-signature", &hmac(SECRET, "a:::b"))
    };
    refused(colons.clone(), [case("moved", request("a:", "b"), 401, Kind::MalformedHeader)]).await;
    accepted(colons, [("as it was signed".to_owned(), request("a", ":b"))]).await;
}

#[tokio::test]
async fn t18_up_to_sixteen_signatures_any_of_which_may_be_right() {
    let list = |count: usize, right_at: Option<usize>| {
        let mut items = vec![format!("v1={}", "0".repeat(64)); count];
        if let Some(position) = right_at {
            items[position - 1] = format!("v1={}", hmac(SECRET, "1718000000.{}"));
        }
        with(post("{}"), STRIPE, &format!("t=1718000000,{}", items.join(",")))
    };
    accepted(Stripe, (1..=16).map(|position| (format!("at {position}"), list(16, Some(position))))).await;
    refused(
        Stripe,
        [
            case("none of sixteen", list(16, None), 401, Kind::SignatureMismatch),
            case("the seventeenth", list(17, Some(17)), 401, Kind::TooManySignatures),
            case("one of seventeen", list(17, Some(1)), 401, Kind::TooManySignatures),
            case("ten thousand", list(10_000, Some(1)), 401, Kind::TooManySignatures),
        ],
    )
    .await;
}

#[tokio::test]
async fn t18_garbage_beside_a_right_signature_is_skipped() {
    let right = hmac(SECRET, "1718000000.{}");
    let garbage = "v0=00,v1=,v1=zz,v1=00,,=,v2,V1=0fa0,garbage";
    let many_of_another_version = "v0=00,".repeat(100);
    accepted(
        Stripe,
        [
            format!("t=1718000000,{garbage},v1={right}"),
            format!("v1={right},{garbage},t=1718000000"),
            format!("t=1718000000, v1={right} ,v0=00"),
            format!("{many_of_another_version}t=1718000000,v1={right}"),
        ]
        .map(|value| (value.clone(), with(post("{}"), STRIPE, &value))),
    )
    .await;
    let only_garbage = with(post("{}"), STRIPE, &format!("t=1718000000,{garbage}"));
    refused(Stripe, [case("only garbage", only_garbage, 401, Kind::MalformedSignature)]).await;
    // Garbage counts, so that a list of it costs a sender its other tries.
    let garbage = format!("t=1718000000,{}v1={right}", "v1=zz,".repeat(16));
    refused(
        Stripe,
        [case("sixteen before", with(post("{}"), STRIPE, &garbage), 401, Kind::TooManySignatures)],
    )
    .await;
}

// Tenants

/// The tenant in a header, and in the signed body.
fn by_tenant() -> Custom {
    let plan = Custom::new(|head, _| {
        let tenant = KeyRef::Tenant(head.one(&TENANT)?.into());
        Ok(signature(head, Check::new(Text::new().body()).key(tenant))?.into())
    });
    plan.accepting(|proven| {
        let [tenant] = proven.json_texts(["tenant"])?;
        Ok(tenant.map_or(Delivery::new(), |tenant| Delivery::new().signed_tenant(tenant)).into())
    })
}

fn of_tenant(header: &str, body: &'static str, secret: &str) -> Request<Bytes> {
    with_signature(secret, with(post(body), "x-tenant", header))
}

fn tenant_key(secret: &str) -> Key {
    by_tenant().key(secret).unwrap()
}

#[tokio::test]
async fn t37_tenants() {
    let a = r#"{"tenant":"a"}"#;
    let b = r#"{"tenant":"b"}"#;
    let keys = || Tenants::new().with("a", tenant_key(SECRET)).with("b", tenant_key(OTHER_SECRET));
    let service = VerifySignatureLayer::new(by_tenant(), keys()).layer(Handler::new());
    for (name, request, expected) in [
        ("a", of_tenant("a", a, SECRET), (200, None)),
        ("b", of_tenant("b", b, OTHER_SECRET), (200, None)),
        ("the body names none", of_tenant("a", "{}", SECRET), (200, None)),
        ("nobody", of_tenant("c", a, SECRET), (401, Some(Kind::UnknownKey))),
        ("no header", without(of_tenant("a", a, SECRET), "x-tenant"), (401, Some(Kind::MissingHeader))),
        ("empty", of_tenant("", a, SECRET), (401, Some(Kind::MalformedHeader))),
        ("another's key", of_tenant("a", a, OTHER_SECRET), (401, Some(Kind::SignatureMismatch))),
        ("for another", of_tenant("a", b, SECRET), (401, Some(Kind::TenantMismatch))),
        ("twice", of_tenant("a", r#"{"tenant":"b","tenant":"a"}"#, SECRET), (401, Some(Kind::MalformedBody))),
    ] {
        assert_eq!(ask(service.clone(), request.map(Full::new)).await.refusal(), expected, "{name}");
    }
}

#[tokio::test]
async fn t37_the_body_must_name_the_tenant_whose_keys_were_looked_up() {
    // Providers that do not say whose their keys are.
    let providers: [Box<dyn Fn() -> VerifySignatureLayer<Custom>>; 2] = [
        Box::new(|| VerifySignatureLayer::new(by_tenant(), tenant_key(SECRET))),
        Box::new(|| {
            VerifySignatureLayer::new(by_tenant(), async |_: KeyRef| Ok(KeySet::from(tenant_key(SECRET))))
        }),
    ];
    for layer in providers {
        let service = layer().layer(Handler::new());
        let same = of_tenant("a", r#"{"tenant":"a"}"#, SECRET);
        assert_eq!(ask(service.clone(), same.map(Full::new)).await.refusal(), (200, None));
        let another = of_tenant("a", r#"{"tenant":"b"}"#, SECRET);
        let answer = ask(service, another.map(Full::new)).await;
        assert_eq!(answer.refusal(), (401, Some(Kind::TenantMismatch)));
    }
}

#[tokio::test]
async fn t37_keys_of_a_tenant_that_was_not_asked_for() {
    let wrong = |_: KeyRef| async { Ok(KeySet::from(tenant_key(SECRET)).of_tenant("b")) };
    let service = VerifySignatureLayer::new(by_tenant(), wrong).layer(Handler::new());
    let answer = ask(service, of_tenant("a", "{}", SECRET).map(Full::new)).await;
    assert_eq!(answer.refusal(), (401, Some(Kind::TenantMismatch)));
}

#[tokio::test]
async fn t37_checks_that_name_several_tenants() {
    let of_all = || {
        Custom::new(|head, _| {
            let check = |tenant: &str| {
                signature(head, Check::new(Text::new().body()).key(KeyRef::Tenant(tenant.into())))
            };
            let tenants = head.one(&TENANT)?.split(',');
            Ok(Plan::All(tenants.map(check).collect::<Result<_, _>>()?))
        })
    };
    let keys = Tenants::new().with("a", tenant_key(SECRET)).with("b", tenant_key(OTHER_SECRET));
    let service = VerifySignatureLayer::new(of_all(), keys).layer(Handler::new());
    for (tenants, expected) in [
        ("a", (200, None)),
        ("a,a", (200, None)),
        ("a,b", (401, Some(Kind::TenantMismatch))),
        ("b,a", (401, Some(Kind::TenantMismatch))),
    ] {
        let answer = ask(service.clone(), of_tenant(tenants, "{}", SECRET).map(Full::new)).await;
        assert_eq!(answer.refusal(), expected, "{tenants}");
    }
}

// Bodies

#[tokio::test]
async fn t02_a_changed_body() {
    const BODY: &[u8] = br#"{"id":"evt_1","amount":100}"#;
    let mut bodies: Vec<(String, Vec<u8>)> = Vec::new();
    for position in 0..BODY.len() * 8 {
        let mut body = BODY.to_vec();
        body[position / 8] ^= 1 << (position % 8);
        bodies.push((format!("bit {position}"), body));
    }
    bodies.push(("one byte more".into(), [BODY, b" "].concat()));
    bodies.push(("one byte more in front".into(), [b" ", BODY].concat()));
    bodies.push(("a line feed".into(), [BODY, b"\n"].concat()));
    bodies.push(("one byte less".into(), BODY[..BODY.len() - 1].to_vec()));
    bodies.push(("one byte less in front".into(), BODY[1..].to_vec()));
    bodies.push(("nothing".into(), Vec::new()));
    bodies.push(("twice".into(), BODY.repeat(2)));
    let changed = |request: Request<Bytes>| {
        let cases = bodies.iter().map(move |(name, body)| {
            case(name, request.clone().map(|_| Bytes::from(body.clone())), 401, Kind::SignatureMismatch)
        });
        cases.collect::<Vec<_>>()
    };
    refused(GitHub, changed(github(BODY))).await;
    refused(Stripe, changed(stripe(BODY))).await;
    refused(StandardWebhooks, changed(signed(&StandardWebhooks, with(post(BODY), "webhook-id", "1")))).await;
}

#[tokio::test]
async fn t17_a_re_serialised_body() {
    let request = github(r#"{"b": 1.0, "a": "\u00e9"}"#);
    for other in [r#"{"b":1.0,"a":"\u00e9"}"#, r#"{"a": "\u00e9", "b": 1.0}"#, r#"{"b": 1.0, "a": "é"}"#] {
        let changed = request.clone().map(|_| Bytes::from(other));
        refused(GitHub, [case(other, changed, 401, Kind::SignatureMismatch)]).await;
    }
}

#[tokio::test]
async fn t16_a_body_that_is_no_text_verifies() {
    let bodies: [&[u8]; 8] =
        [b"", b"\xff", b"\xef\xbb\xbf{}", b"\0", b"a\r\nb\n", b"\xed\xa0\x80", b"\xc3", &[0xff; 1000]];
    for body in bodies {
        let name = format!("{body:?}");
        accepted(GitHub, [(name.clone(), github(body))]).await;
        accepted(Stripe, [(name.clone(), stripe(body))]).await;
        assert_eq!(verified(Stripe, stripe(body)).body(), body);
        let request = signed(&StandardWebhooks, with(post(body), "webhook-id", "1"));
        accepted(StandardWebhooks, [(name, request)]).await;
    }
}

#[tokio::test]
async fn t21_a_body_over_the_limit() {
    let limited = layer(GitHub).body_limit(100);
    for (length, says, expected) in [
        (100, None, (200, None)),
        (100, Some(100), (200, None)),
        (101, None, (413, Some(Kind::BodyTooLarge))),
        (101, Some(101), (413, Some(Kind::BodyTooLarge))),
        (101, Some(0), (413, Some(Kind::BodyTooLarge))),
        (0, Some(101), (413, Some(Kind::BodyTooLarge))),
    ] {
        let body = vec![b'x'; length];
        for size in [1, 7, 1000] {
            let request = github(body.clone());
            let request = match says {
                Some(says) => with(request, "content-length", &says.to_string()),
                None => request,
            };
            let answer =
                ask(limited.layer(Handler::new()), request.map(|body| Frames::of(&body, size))).await;
            assert_eq!(answer.refusal(), expected, "{length} bytes that say {says:?}, in frames of {size}");
        }
    }
    let by_default = [(GitHub.body_limit(), 25_000_000), (Stripe.body_limit(), 2 << 20)];
    assert!(by_default.iter().all(|(limit, documented)| limit == documented));
    refused(Stripe, [case("2 MiB and 1", stripe(vec![b'x'; (2 << 20) + 1]), 413, Kind::BodyTooLarge)]).await;
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    for length in 0..=2 {
        let frames = Frames::of(&b"{}"[..length], 1).and(Err("reset".into()));
        let answer = ask(layer(GitHub).layer(Handler::new()), github("{}").map(|_| frames)).await;
        assert_eq!(answer.refusal(), (400, Some(Kind::BodyUnreadable)), "after {length} bytes");
    }
}

#[tokio::test]
async fn t37_a_deciding_key_twice() {
    refused(
        Stripe,
        [
            r#"{"id":"evt_1","id":"evt_2","type":"a"}"#,
            r#"{"id":"evt_1","id":"evt_1","type":"a"}"#,
            r#"{"id":"evt_1","type":"a","type":"b"}"#,
            r#"{"id":"evt_1","\u0069d":"evt_2","type":"a"}"#,
            r#"{"id":null,"id":"evt_2","type":"a"}"#,
        ]
        .map(|body| case(body, stripe(body), 401, Kind::MalformedBody)),
    )
    .await;
    let body = r#"{"id":"evt_1","data":{"id":"x","id":"y"},"x":1,"x":2}"#;
    accepted(Stripe, [("keys that decide nothing".to_owned(), stripe(body))]).await;
}

#[tokio::test]
async fn t26_head_and_body_that_disagree() {
    let by_path: AcceptFn = |proven| {
        let [named] = proven.json_texts(["event"])?;
        match (proven.head().last_segment()?, named) {
            (path, Some(body)) if path != body => Err(Refusal::EventMismatch),
            (path, _) => Ok(Delivery::new().signed_event(path).into()),
        }
    };
    let by_id: AcceptFn = |proven| {
        let [named] = proven.json_texts(["id"])?;
        let id = proven.head().one(&HeaderName::from_static("x-id"))?;
        if named.is_some_and(|body| body != id) {
            Err(Refusal::IdMismatch)
        } else {
            Ok(Delivery::new().into())
        }
    };
    for (accept, body, expected) in [
        (by_path, r#"{"event":"message"}"#, (200, None)),
        (by_path, r#"{"event":"typing"}"#, (401, Some(Kind::EventMismatch))),
        (by_path, "{}", (200, None)),
        (by_id, r#"{"id":"1"}"#, (200, None)),
        (by_id, r#"{"id":"2"}"#, (401, Some(Kind::IdMismatch))),
    ] {
        let request = Request::post("/hooks/message").header("x-id", "1").body(Bytes::from(body)).unwrap();
        let service = layer(Custom::signing_the_body().accepting(accept)).layer(Handler::new());
        let answer = ask(service, with_signature(SECRET, request).map(Full::new)).await;
        assert_eq!(answer.refusal(), expected, "{body}");
    }
}

#[test]
fn a_payload_that_does_not_fit() {
    #[derive(Debug, serde::Deserialize)]
    struct Invoice {
        #[serde(rename = "lines")]
        _lines: Vec<u32>,
    }
    for (body, path) in [(r#"{"lines":[1,"2"]}"#, "lines[1]"), ("{}", "."), ("[", "."), ("", ".")] {
        let error = verified(Stripe, stripe(body)).parse::<Invoice>().unwrap_err();
        assert_eq!((error.status().as_u16(), error.kind()), (422, EventErrorKind::Payload), "{body}");
        assert_eq!(error.path(), Some(path), "{body}");
    }
    assert!(verified(Stripe, stripe(r#"{"lines":[1]}"#)).parse::<Invoice>().is_ok());
}

#[test]
fn t32_another_content_type() {
    for content_type in
        ["application/x-www-form-urlencoded", "text/plain", "application/json; charset=utf-16"]
    {
        let verified = verified(Stripe, with(stripe(r#"{"id":"evt_1"}"#), "content-type", content_type));
        let value: serde_json::Value = verified.parse().unwrap();
        assert_eq!((verified.signed_id(), &value["id"]), (Some("evt_1"), &"evt_1".into()), "{content_type}");
    }
}

// Times

#[tokio::test]
async fn t15_timestamps_that_are_none() {
    let right = hmac(SECRET, "1718000000.{}");
    let wrong_in = |name: &str, digits: &str, kind| {
        let value = format!("t={digits},v1={right}");
        case(name, with(post("{}"), STRIPE, &value), 401, kind)
    };
    let malformed = [
        ("empty", ""),
        ("negative", "-1718000000"),
        ("signed", "+1718000000"),
        ("i64::MIN", "-9223372036854775808"),
        ("i64::MAX", "9223372036854775807"),
        ("beyond i64", "9223372036854775808"),
        ("beyond u64", "18446744073709551616"),
        ("a thousand digits", &"9".repeat(1000)),
        ("fractional", "1718000000.0"),
        ("exponential", "1.718e9"),
        ("hexadecimal", "0x66667780"),
        ("separators", "1_718_000_000"),
        ("NaN", "NaN"),
        ("infinite", "inf"),
        ("a date", "2024-06-10T06:13:20Z"),
        ("space inside", "17180 00000"),
        ("letters behind", "1718000000abc"),
    ];
    refused(Stripe, malformed.map(|(name, digits)| wrong_in(name, digits, Kind::MalformedTimestamp))).await;
    refused(
        Stripe,
        [
            wrong_in("zero", "0", Kind::StaleTimestamp),
            wrong_in("milliseconds for seconds", "1718000000000", Kind::FutureTimestamp),
            wrong_in("fifteen digits", "999999999999999", Kind::FutureTimestamp),
        ],
    )
    .await;

    let in_header = |digits: &str| {
        let request = signed(&in_millis(), post("{}"));
        with(request, "x-time", digits)
    };
    refused(
        in_millis(),
        [
            case("seconds for milliseconds", in_header("1718000000"), 401, Kind::StaleTimestamp),
            case("microseconds", in_header("1718000000000000"), 401, Kind::MalformedTimestamp),
            case("empty", in_header(""), 401, Kind::MalformedHeader),
            case("negative", in_header("-1"), 401, Kind::MalformedTimestamp),
            case("surrounded", in_header("1718000000000 "), 401, Kind::MalformedTimestamp),
            case("two", and(in_header("1718000000000"), "x-time", "1"), 401, Kind::DuplicateHeader),
        ],
    )
    .await;
}

#[tokio::test]
async fn t14_stale_and_future_timestamps() {
    let at = |millis: i64| Timestamp::from_unix_millis(NOW.as_unix_millis() + millis);
    let stripe_at = |seconds: i64| signed_as(&Stripe, post("{}"), SECRET, at(seconds * 1000));
    accepted(Stripe, [-300, -299, 0, 299, 300].map(|seconds| (format!("{seconds} s"), stripe_at(seconds))))
        .await;
    let stale = [-301, -302, -3600, -1_000_000_000];
    refused(Stripe, stale.map(|s| case(s, stripe_at(s), 401, Kind::StaleTimestamp))).await;
    let future = [301, 302, 3600, 1_000_000_000];
    refused(Stripe, future.map(|s| case(s, stripe_at(s), 401, Kind::FutureTimestamp))).await;

    let millis_at = |millis: i64| signed_as(&in_millis(), post("{}"), SECRET, at(millis));
    accepted(in_millis(), [-300_000, 300_000].map(|ms| (format!("{ms} ms"), millis_at(ms)))).await;
    refused(in_millis(), [case("-1 ms", millis_at(-300_001), 401, Kind::StaleTimestamp)]).await;
    refused(in_millis(), [case("+1 ms", millis_at(300_001), 401, Kind::FutureTimestamp)]).await;
}

#[tokio::test]
async fn t14_a_time_that_was_changed() {
    let value = header(&stripe("{}"), STRIPE);
    for other in ["1718000001", "1717999999"] {
        let changed = with(post("{}"), STRIPE, &value.replace("1718000000", other));
        refused(Stripe, [case(other, changed, 401, Kind::SignatureMismatch)]).await;
    }
    let changed = with(standard("1"), "webhook-timestamp", "1718000001");
    refused(StandardWebhooks, [case("later", changed, 401, Kind::SignatureMismatch)]).await;
}

#[tokio::test]
async fn t14_a_body_that_arrives_after_its_time() {
    // The head was in time; when the body was complete, it no longer was.
    let times = std::sync::Mutex::new(vec![NOW.saturating_add(Duration::from_secs(301)), NOW]);
    let layer = layer(Stripe).clock(move || times.lock().unwrap().pop());
    let answer = ask(layer.layer(Handler::new()), stripe("{}").map(Full::new)).await;
    assert_eq!(answer.refusal(), (401, Some(Kind::StaleTimestamp)));
}

#[tokio::test]
async fn t14_a_time_that_only_the_body_tells() {
    let now: AcceptFn = |_| Ok(Delivery::new().signed_at(NOW).into());
    let first: AcceptFn = |_| Ok(Delivery::new().signed_at(Timestamp::from_unix(i64::MIN)).into());
    let last: AcceptFn = |_| Ok(Delivery::new().signed_at(Timestamp::from_unix(i64::MAX)).into());
    for (accept, expected) in [
        (now, (200, None)),
        (first, (401, Some(Kind::StaleTimestamp))),
        (last, (401, Some(Kind::FutureTimestamp))),
    ] {
        let service = layer(Custom::signing_the_body().accepting(accept)).layer(Handler::new());
        let answer = ask(service, with_signature(SECRET, post("{}")).map(Full::new)).await;
        assert_eq!(answer.refusal(), expected);
    }
}

// Everything else

#[tokio::test]
async fn a_wrong_method() {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::TRACE,
        Method::CONNECT,
        Method::from_bytes(b"post").unwrap(),
        Method::from_bytes(b"POSTS").unwrap(),
    ];
    for method in methods {
        let mut request = github("{}");
        *request.method_mut() = method.clone();
        refused(GitHub, [case(&method, request.clone(), 405, Kind::MethodNotAllowed)]).await;
        let answer = ask(layer(GitHub).layer(Handler::new()), request.map(Full::new)).await;
        assert_eq!(answer.header("allow"), Some("POST"), "{method}");
    }
}

#[tokio::test]
async fn t07_no_layer_two_layers_and_another_schemes_layer() {
    type AnyEvent = Event<serde_json::Value>;
    let (mut parts, ()) = Request::new(()).into_parts();
    let error = AnyEvent::from_request_parts(&mut parts, &()).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.kind()), (500, EventErrorKind::LayerMissing));
    assert!(error.to_string().contains("put a `VerifySignatureLayer` on this route"), "{error}");

    parts.extensions.insert(verified(Stripe, stripe("{}")));
    assert!(AnyEvent::from_request_parts(&mut parts, &()).await.is_ok());
    let error = Verified::<GitHub>::from_request_parts(&mut parts, &()).await.unwrap_err();
    assert_eq!((error.status().as_u16(), error.kind()), (500, EventErrorKind::OtherScheme));
    assert!(error.to_string().contains("verified as `stripe`"), "{error}");

    let twice = layer(GitHub).layer(layer(Stripe).layer(Handler::new()));
    let both = with(github("{}"), STRIPE, &header(&stripe("{}"), STRIPE));
    assert_eq!(ask(twice, both.map(Full::new)).await.refusal(), (500, Some(Kind::LayeredTwice)));
}

#[test]
fn t04_secrets_that_are_none() {
    let blank = [("", KeyError::Empty), (" ", KeyError::Blank), ("\t\r\n", KeyError::Blank)];
    let schemes: [&dyn Scheme; 6] = [
        &GitHub,
        &Stripe,
        &StandardWebhooks,
        &in_millis(),
        &Token::bearer("bearer"),
        &Token::header("header", SIGNATURE),
    ];
    for scheme in schemes {
        for (secret, error) in &blank {
            assert_eq!(scheme.key(secret).unwrap_err(), *error, "{}: {secret:?}", scheme.name());
            assert_eq!(scheme.signing_key(secret).unwrap_err(), *error, "{}: {secret:?}", scheme.name());
        }
        for secret in [format!("{SECRET}\n"), format!(" {SECRET}"), format!("{SECRET}\u{a0}")] {
            assert_eq!(scheme.key(&secret).unwrap_err(), KeyError::SurroundingSpace, "{}", scheme.name());
        }
        assert!(scheme.key(SECRET).is_ok(), "{}", scheme.name());
    }
    for scheme in [&Stripe as &dyn Scheme, &StandardWebhooks] {
        let only_prefix = KeyError::OnlyPrefix { prefix: "whsec_" };
        assert_eq!(scheme.key("whsec_").unwrap_err(), only_prefix, "{}", scheme.name());
    }
    for undecodable in
        ["whsec_no base64", "whsec_MfKQ9r8", "secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_"]
    {
        let error = StandardWebhooks.key(undecodable).unwrap_err();
        assert!(matches!(error, KeyError::Undecodable { .. }), "{undecodable}: {error}");
    }
    for parts in ["", "user", "user:", " "] {
        assert!(Token::basic("basic").key(parts).is_err(), "{parts:?}");
    }
    let raw = |secret: &[u8]| Key::new(Algorithm::HmacSha256, secret).unwrap_err();
    assert_eq!((raw(b""), raw(b" \n")), (KeyError::Empty, KeyError::Blank));
    assert_eq!(KeySet::new([]).unwrap_err(), KeyError::NoKeys);
}

/// Each says what to do, and none shows the secret.
#[test]
fn what_is_wrong_with_a_secret_is_said() {
    let long = Signed::hmac_sha256("long", Field::header(SIGNATURE)).secret(Secret::text().at_least(24));
    let cases: [(&dyn Scheme, &str, &str); 7] = [
        (&GitHub, "", "is its variable set?"),
        (&GitHub, "\t ", "only white space"),
        (&GitHub, "hunter2\n", "trim it"),
        (&Stripe, "whsec_", "nothing behind the secret's prefix `whsec_`"),
        (&StandardWebhooks, "whsec_hunter2", "does not decode: it should be base64"),
        (&Token::basic("basic"), "hunter2", "should be `user:password`, with a password"),
        (&long, "hunter2", "can be guessed: it should have 24 characters or more"),
    ];
    for (scheme, secret, says) in cases {
        let error = scheme.key(secret).unwrap_err().to_string();
        assert!(error.contains(says), "{secret:?}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    assert_eq!(KeySet::new([]).unwrap_err().to_string(), "there is no key in the set");
}

#[tokio::test]
async fn t05_a_table_without_tenants_refuses_everybody() {
    let named = VerifySignatureLayer::new(by_tenant(), Tenants::new()).layer(Handler::new());
    let answer = ask(named, of_tenant("a", "{}", SECRET).map(Full::new)).await;
    assert_eq!(answer.refusal(), (401, Some(Kind::UnknownKey)));
    let unnamed = VerifySignatureLayer::new(GitHub, Tenants::new()).layer(Handler::new());
    assert_eq!(ask(unnamed, github("{}").map(Full::new)).await.refusal(), (401, Some(Kind::UnknownKey)));
}

#[tokio::test]
async fn an_event_named_in_a_garbled_header() {
    let source = Source::Header(HeaderName::from_static("x-event"));
    let named = Signed::hmac_sha256("named", Field::header(SIGNATURE)).event(source);
    let request = signed(&named, post("{}"));
    for (name, value) in [("empty", &b""[..]), ("not ASCII", b"p\xfcsh")] {
        let mut request = request.clone();
        request.headers_mut().insert("x-event", http::HeaderValue::from_bytes(value).unwrap());
        refused(named.clone(), [case(name, request, 401, Kind::MalformedHeader)]).await;
    }
    accepted(named, [("no event".to_owned(), request)]).await;
}
