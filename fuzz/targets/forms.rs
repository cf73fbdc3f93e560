//! Forms of every kind, signed and verified: the signature holds, and the handler gets the fields that were sent.
#![no_main]
use bytes::Bytes;
use http::{HeaderName, Request};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use percent_encoding::percent_decode;
use std::sync::LazyLock;
use tower_webhook::{
    PublicUrl, RejectionKind, Scheme,
    providers::{Twilio, by_name},
    scheme::{Format, Verdict, Verifier},
    schemes::{Field, Part, Signed},
    time::Timestamp,
};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::set_target,
};

const SECRET: &str = "a secret that is long enough for everybody";
const NOW: Timestamp = Timestamp::from_unix(1_700_000_000);

/// An endpoint; and the field that its forms are, where they are but one.
struct Endpoint(Box<dyn Scheme>, Option<&'static str>);

static ENDPOINTS: LazyLock<Vec<Endpoint>> = LazyLock::new(|| {
    let named = |name: &str| {
        let variant = [("variant", "form")].into_iter().collect();
        by_name(name).unwrap().scheme(&variant).unwrap()
    };
    let acme = || Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("x-signature")));
    vec![
        Endpoint(Box::new(Twilio::auth_token()), None),
        Endpoint(Box::new(Twilio::shared_key()), None),
        Endpoint(Box::new(acme().text([Part::Url, Part::FormFields])), None),
        Endpoint(Box::new(acme().text([Part::literal(":"), Part::form_field("payload")])), Some("payload")),
        Endpoint(named("mandrill"), Some("mandrill_events")),
        Endpoint(named("gitea"), Some("payload")),
        Endpoint(named("gogs"), Some("payload")),
        Endpoint(named("github"), Some("payload")),
    ]
});

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let Endpoint(scheme, field) = one(input, &ENDPOINTS)?;
    let (mut parts, ()) = Request::post("https://example.com/forms").body(()).unwrap().into_parts();
    if input.ratio(1, 4)? {
        set_target(&mut parts, &[b"/", some(input, 32)?].concat());
    }
    // The field itself, as it should be; or whatever it is.
    let body = match field {
        Some(field) if input.ratio(3, 4)? => [field.as_bytes(), b"=", rest(input)].concat(),
        _ => rest(input).to_vec(),
    };
    let mut request = Request::from_parts(parts, Bytes::from(body));
    let key = scheme.signing_key(SECRET).unwrap();
    if scheme.sign(&mut request, &key, NOW).is_err() {
        return Ok(());
    }
    let url = PublicUrl::exact(request.uri().to_string());
    let (parts, body) = request.into_parts();
    let sent = pairs(&body);
    let keys = scheme.key(SECRET).unwrap().into();
    let name = scheme.name();
    let is_one = |field: &str| matches!(&*sent, [(name, _)] if name == field.as_bytes());
    match Verifier::new().public_url(url).verify(scheme, &parts, &body, &keys, NOW) {
        Ok(Verdict::Deliver(verified)) if verified.format() == Format::Form => {
            assert_eq!(set(pairs(verified.payload())), set(sent), "{name}");
            let read: Vec<(String, String)> = verified.parse().unwrap();
            let same = form_urlencoded::parse(&body).into_owned().collect();
            assert_eq!(set(read), set(same), "{name}");
        }
        Ok(Verdict::Deliver(verified)) => {
            let field = field.unwrap();
            // GitHub signs the body as it is, other fields and all.
            assert!(is_one(field) || name == "github-form", "{name}");
            let values: Vec<_> = sent.iter().filter(|(name, _)| name == field.as_bytes()).collect();
            assert!(matches!(&*values, [(_, value)] if verified.payload() == value), "{name}");
        }
        // The batch with which the endpoint is tried.
        Ok(_) => assert!(name == "mandrill" && sent[0].1 == b"[]", "{name}"),
        Err(rejection) => {
            assert_eq!(rejection.kind(), RejectionKind::MalformedBody, "{name}");
            let is_text =
                str::from_utf8(&body).is_ok() && sent.iter().all(|(_, value)| str::from_utf8(value).is_ok());
            // GitHub's must be text.
            assert!(field.is_some_and(|field| !is_one(field) || !is_text), "{name}: {rejection}");
        }
    }
    Ok(())
}

/// Names and values, by another reader than the crate's.
fn pairs(form: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let fields = form.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
    let plain = |text: &[u8]| {
        let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        percent_decode(&spaced).collect()
    };
    let pair = |field: &[u8]| match field.iter().position(|byte| *byte == b'=') {
        Some(border) => (plain(&field[..border]), plain(&field[border + 1..])),
        None => (plain(field), Vec::new()),
    };
    fields.map(pair).collect()
}

fn set<T: Ord>(mut pairs: Vec<T>) -> Vec<T> {
    pairs.sort();
    pairs.dedup();
    pairs
}
