//! HTTP Message Signatures: headers that nobody signed say nothing else than what was signed; and whatever request is
//! signed is accepted.
#![no_main]
use bytes::Bytes;
use http::{HeaderName, Request};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use std::sync::LazyLock;
use tower_webhook::{
    PublicUrl, Scheme, Verified,
    scheme::{Verdict, Verifier},
    schemes::http_signatures::{Component, HttpSignatures, SignatureAlgorithm},
    time::Timestamp,
};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::{self, in_the_form_of, set_target, splice, text},
    original::{DELIVERIES, Original},
};

static SIGNED: LazyLock<Vec<&(Original, Verified)>> = LazyLock::new(|| {
    let by_signature = |original: &Original| original.parts.headers.contains_key("signature-input");
    DELIVERIES.iter().filter(|(original, _)| by_signature(original)).collect()
});

const HEADERS: [&str; 4] = ["signature-input", "signature", "content-digest", "content-length"];

/// What stands in such headers.
const PIECES: [&str; 30] = [
    "sig1=",
    "(",
    ")",
    "\"@method\"",
    "\"@authority\"",
    "\"@path\"",
    "\"@query\"",
    "\"@target-uri\"",
    "\"@query-param\";name=\"a\"",
    "\"@request-target\"",
    "\"content-digest\"",
    "\"date\"",
    ";sf",
    ";bs",
    ";key=\"a\"",
    ";req",
    ";tr",
    ";created=1618884473",
    ";expires=1618884773",
    ";keyid=\"a\"",
    ";alg=\"ed25519\"",
    ";nonce=\"b\"",
    ";tag=\"t\"",
    ", ",
    " ",
    ":",
    "sha-256=:",
    "sha-512=:",
    "=:",
    "AAAA",
];

fuzz_target!(|bytes: &[u8]| {
    let mut input = Unstructured::new(bytes);
    let _ = match input.arbitrary() {
        Ok(true) => not_signed(&mut input),
        _ => signed(&mut input),
    };
});

fn not_signed(input: &mut Unstructured<'_>) -> Result<()> {
    let (original, verified) = one(input, &SIGNED)?;
    let mut parts = original.parts.clone();
    for _ in 0..4 {
        let name = one(input, &HEADERS)?;
        let mut value = parts.headers.get(*name).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        match input.int_in_range(0..=6)? {
            0 => value = some(input, 255)?.to_vec(),
            1 => value = in_the_form_of(input, &value)?,
            2 => {
                value.clear();
                for _ in 0..input.int_in_range(0..=24)? {
                    value.extend_from_slice(one(input, &PIECES)?.as_bytes());
                }
            }
            3 => {
                let at = input.int_in_range(0..=value.len())?;
                value.splice(at..at, one(input, &PIECES)?.bytes());
            }
            4 => {
                if let Some(value) = text(&value) {
                    parts.headers.append(HeaderName::from_static(name), value);
                }
            }
            _ => splice(input, &mut value)?,
        }
        if let Some(value) = text(&value) {
            parts.headers.insert(HeaderName::from_static(name), value);
        }
        if input.is_empty() {
            break;
        }
    }
    let mut body = original.body.clone();
    if input.ratio(1, 8)? {
        mutation::body_of(input, &mut body)?;
    }
    original.judge(verified, &parts, &body, original.now, true);
    Ok(())
}

fn signed(input: &mut Unstructured<'_>) -> Result<()> {
    const SECRET: &str = "a secret that both sides share with nobody";
    const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);
    let names = ["x-one", "x-two", "content-type", "content-digest"].map(HeaderName::from_static);
    let [field, other, content_type, digest] = names.clone().map(Component::Field);
    let all = [
        Component::Method,
        Component::Authority,
        Component::Path,
        Component::Query,
        field,
        other,
        content_type,
        digest,
    ];
    let mut components = Vec::new();
    for component in all {
        if input.arbitrary()? {
            components.push(component);
        }
    }
    let scheme = HttpSignatures::new("acme", SignatureAlgorithm::HmacSha256).requires(components.clone());
    let mut request = Request::post("https://example.com/hooks").body(()).unwrap();
    for name in &names[..3] {
        for _ in 0..input.int_in_range(0..=2)? {
            if let Some(value) = text(some(input, 40)?) {
                request.headers_mut().append(name.clone(), value);
            }
        }
    }
    let (mut parts, ()) = request.into_parts();
    set_target(&mut parts, &[b"/", some(input, 64)?].concat());
    let mut request = Request::from_parts(parts, Bytes::copy_from_slice(rest(input)));
    let key = scheme.signing_key(SECRET).unwrap();
    if scheme.sign(&mut request, &key, NOW).is_err() {
        return Ok(());
    }
    let url = PublicUrl::exact(request.uri().to_string());
    let (parts, body) = request.into_parts();
    let keys = scheme.key(SECRET).unwrap().into();
    match Verifier::new().public_url(url).verify(&scheme, &parts, &body, &keys, NOW) {
        Ok(Verdict::Deliver(verified)) => assert_eq!(verified.payload(), &body),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => panic!("{rejection}: {components:?} {parts:?}"),
    }
    Ok(())
}
