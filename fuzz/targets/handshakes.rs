//! Questions that anybody asks, and some that the provider asks: whatever is answered is short, and nothing that a browser
//! takes for a page.
#![no_main]
use bytes::Bytes;
use http::{HeaderName, Method, Request, Response, header::X_CONTENT_TYPE_OPTIONS};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use std::sync::{Arc, LazyLock};
use tower_webhook::{
    Scheme,
    encoding::Encoding,
    key::{Algorithm, KeySet},
    scheme::{Verdict, verify},
    schemes::{
        Field, Signed, Source,
        handshake::{Answering, Handshake, Said},
    },
    time::Timestamp,
};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::{self, set_target, text},
    original::{DELIVERIES, HANDSHAKES, Original},
};

/// No question is longer than 1024 bytes; what stands around it, and JSON's escapes, are not much.
const LONGEST: usize = 4096;
const SECRET: &str = "a secret that is long enough for everybody";
const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);
const QUESTION: HeaderName = HeaderName::from_static("x-question");

/// The providers that make sure of an endpoint.
static ASKING: LazyLock<Vec<&Original>> = LazyLock::new(|| {
    let asks = |original: &&Original| {
        let provider = tower_webhook::providers::by_name(original.provider());
        provider.is_some_and(|provider| provider.handshake_name().is_some())
    };
    HANDSHAKES.iter().chain(DELIVERIES.iter().map(|(original, _)| original)).filter(asks).collect()
});

/// Every way to ask, and every way to answer.
static DESCRIBED: LazyLock<Vec<(Arc<dyn Scheme>, KeySet)>> = LazyLock::new(|| {
    let acme = || Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("x-signature")));
    let get = || Handshake::unverified(Method::GET);
    let post = || Handshake::unverified(Method::POST);
    let hmac = || Said::signature(Encoding::Base64).behind("sha256=");
    let handshakes = [
        get().question(Source::Query("q")).text(Said::question()),
        get()
            .question(Source::Query("q"))
            .text(Said::question().behind("is: "))
            .header(QUESTION, Said::question()),
        get().question(Source::Query("q")).json("answer", Said::question()).json("by", Said::literal("acme")),
        get().question(Source::Query("q")).signed_by(Algorithm::HmacSha256).json("token", hmac()),
        get().question(Source::LastSegment).text(Said::question()),
        get().question(Source::Header(QUESTION)).header(QUESTION, Said::question()),
        get().when(Source::Query("mode"), ["a", "b"]).question(Source::Query("q")).text(Said::question()),
        get().question(Source::Query("q")).form(0..=4096, |byte| byte != b'>').text(Said::question()),
        post().question(Source::Json("challenge")).alone().json("challenge", Said::question()),
        post().question(Source::Json("/a/q")).text(Said::question()),
        Handshake::verified()
            .when(Source::Json("type"), ["ask"])
            .question(Source::Json("q"))
            .text(Said::question()),
        Handshake::verified().question(Source::Json("q")).json("q", Said::question()).json("s", hmac()),
        Handshake::verified().when(Source::Query("mode"), ["a"]).text(Said::literal("here")),
    ];
    let keys: KeySet = acme().key(SECRET).unwrap().into();
    let each = handshakes.iter().map(|handshake| Answering::new(acme(), handshake.clone()));
    let [first, others @ ..] = &handshakes;
    let all = others.iter().fold(Answering::new(acme(), first.clone()), |all, other| all.and(other.clone()));
    each.chain([all]).map(|scheme| (Arc::new(scheme) as Arc<dyn Scheme>, keys.clone())).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let _ = match input.arbitrary() {
        Ok(true) => of_provider(&mut input),
        _ => of_description(&mut input),
    };
});

fn of_provider(input: &mut Unstructured<'_>) -> Result<()> {
    let original = one(input, &ASKING)?;
    let (mut parts, mut body, mut now) = (original.parts.clone(), original.body.clone(), original.now);
    let is_signed = input.arbitrary()?;
    mutation::request(input, &mut parts, &mut body, &mut now)?;
    if let (true, Some(secret)) = (is_signed, original.secrets.first()) {
        let mut request = Request::from_parts(parts, body);
        if let Ok(key) = original.scheme.signing_key(secret) {
            let _ = original.scheme.sign(&mut request, &key, Timestamp::from_unix(now));
        }
        (parts, body) = request.into_parts();
    }
    if let Ok(Verdict::Respond(answer)) = original.verify(&parts, &body, now) {
        is_harmless(&answer, &original.id);
    }
    Ok(())
}

fn of_description(input: &mut Unstructured<'_>) -> Result<()> {
    let (scheme, keys) = one(input, &DESCRIBED)?;
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = one(input, &[Method::GET, Method::POST])?.clone();
    let queries = ["?q=", "?mode=a&q=", "?q=a&q=", "", "?mode=b", "a/"];
    let target = [b"/", one(input, &queries)?.as_bytes(), some(input, 1500)?].concat();
    set_target(&mut parts, &target);
    if let Some(question) = text(some(input, 64)?) {
        parts.headers.insert(QUESTION, question);
    }
    let bodies = ["", "{\"challenge\":\"", "{\"type\":\"ask\",\"q\":\"", "{\"a\":{\"q\":\"", "{\"q\":\""];
    let (begin, end) = (one(input, &bodies)?, one(input, &["", "\"}", "\"}}"])?);
    let is_signed = input.arbitrary()?;
    let body = Bytes::from([begin.as_bytes(), rest(input), end.as_bytes()].concat());
    let mut request = Request::from_parts(parts, body);
    if is_signed {
        scheme.sign(&mut request, &scheme.signing_key(SECRET).unwrap(), NOW).unwrap();
    }
    let (parts, body) = request.into_parts();
    if let Ok(Verdict::Respond(answer)) = verify(scheme, &parts, &body, keys, NOW) {
        is_harmless(&answer, scheme.name());
    }
    Ok(())
}

fn is_harmless(answer: &Response<Bytes>, whose: &str) {
    let body = answer.body();
    assert!(answer.status().is_success(), "{whose}: {answer:?}");
    assert!(!body.contains(&b'<'), "{whose}: {answer:?}");
    assert!(body.len() <= LONGEST, "{whose}: {} bytes", body.len());
    let not_sniffed = answer.headers().get(X_CONTENT_TYPE_OPTIONS).is_some_and(|value| value == "nosniff");
    // Nothing in Discord's is the sender's.
    let is_constant = body == br#"{"type":1}"#.as_slice();
    assert!(body.is_empty() || is_constant || not_sniffed, "{whose}: {answer:?}");
}
