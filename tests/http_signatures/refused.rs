//! Bad input, one way at a time: the status that the sender gets, and the kind that the operator reads.
use super::{
    BODY, URL, USUAL, acme, add, assert_refused, content_digest, header, lax, mac, request, set, signed,
    usual, usual_lines, with_input, without,
};
use bytes::Bytes;
use http::{HeaderName, Request};
use tower_webhook::{
    RejectionKind as Kind, Scheme as _,
    key::KeyError,
    schemes::http_signatures::{Component, FieldKind},
};

const INPUT: &str = "signature-input";
const SIGNATURE: &str = "signature";
const CREATED: &str = ";created=1718000000";

async fn refused(cases: impl IntoIterator<Item = (&'static str, Request<Bytes>, Kind)>) {
    for (name, request, kind) in cases {
        assert_refused(name, &acme(), request, 401, kind).await;
    }
}

/// All that a component can be wrong by. Nothing is demanded, so that it is the component that is refused.
async fn refused_components(kind: Kind, components: &[&str]) {
    for component in components {
        let request = signed(request(URL, &[]), &format!("({component}){CREATED}"), &[""]);
        assert_refused(component, &lax(), request, 401, kind).await;
    }
}

#[tokio::test]
async fn t06_headers_that_are_missing() {
    refused([
        ("nothing", request(URL, &[]), Kind::MissingHeader),
        ("no Signature", without(usual(""), SIGNATURE), Kind::MissingHeader),
        ("no Signature-Input", without(usual(""), INPUT), Kind::MissingHeader),
        (
            "no Content-Digest, though it is covered",
            without(usual(""), "content-digest"),
            Kind::MissingHeader,
        ),
        ("an empty Signature-Input", set(usual(""), INPUT, ""), Kind::NoSignature),
        ("an empty Signature", set(usual(""), SIGNATURE, ""), Kind::UnacceptableSignature),
        ("both empty", set(set(usual(""), SIGNATURE, ""), INPUT, ""), Kind::NoSignature),
    ])
    .await;
    let input = r#"("x-event");created=1718000000"#;
    let covered = signed(request(URL, &[]), input, &[r#""x-event": "#]);
    assert_refused("a covered header", &lax(), covered, 401, Kind::MissingHeader).await;
}

#[tokio::test]
async fn labels_that_do_not_agree() {
    let right = mac(&usual_lines(), USUAL);
    let signature = |value: String| set(usual(""), SIGNATURE, value);
    refused([
        ("another label", signature(format!("sig2={right}")), Kind::UnacceptableSignature),
        ("one more signature", signature(format!("sig1={right}, sig2={right}")), Kind::UnacceptableSignature),
        ("one more line", add(usual(""), SIGNATURE, format!("sig2={right}")), Kind::UnacceptableSignature),
        ("a label twice", signature(format!("sig1={right}, sig1={right}")), Kind::MalformedHeader),
        ("a label in two lines", add(usual(""), SIGNATURE, format!("sig1={right}")), Kind::MalformedHeader),
        ("a label's input twice", add(usual(""), INPUT, format!("sig1={USUAL}")), Kind::MalformedHeader),
        ("a label in upper case", set(usual(""), INPUT, format!("SIG1={USUAL}")), Kind::MalformedHeader),
    ])
    .await;
}

#[tokio::test]
async fn t01_signatures_that_are_none() {
    let right = mac(&usual_lines(), USUAL);
    let base64 = right.trim_matches(':');
    for wrong in [
        "sig1".to_owned(),
        "sig1=::".to_owned(),
        "sig1=:AAAA:".to_owned(),
        "sig1=abc".to_owned(),
        format!("sig1=\"{base64}\""),
        format!("sig1=({right})"),
        format!("sig1=:{}:", &base64[4..]),
        format!("sig1=:AAAA{base64}:"),
        "sig1=1".to_owned(),
    ] {
        let request = set(usual(""), SIGNATURE, &wrong);
        assert_refused(&wrong, &acme(), request, 401, Kind::MalformedSignature).await;
    }
    for wrong in
        [format!("sig1=:{base64}"), format!("sig1={base64}"), "sig1=:***:".to_owned(), "=".to_owned()]
    {
        let request = set(usual(""), SIGNATURE, &wrong);
        assert_refused(&wrong, &acme(), request, 401, Kind::MalformedHeader).await;
    }
    let zeros = set(usual(""), SIGNATURE, "sig1=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:");
    assert_refused("zeros", &acme(), zeros, 401, Kind::SignatureMismatch).await;
}

#[tokio::test]
async fn t02_what_is_covered_is_not_what_was_sent() {
    let mut body = usual("");
    *body.body_mut() = Bytes::from(format!("{BODY} "));
    let mut empty = usual("");
    *empty.body_mut() = Bytes::new();
    let mut path = usual("");
    *path.uri_mut() = "https://example.com/hooks/globex".parse().unwrap();
    refused([
        ("another body", body, Kind::DigestMismatch),
        ("no body", empty, Kind::DigestMismatch),
        ("another path", path, Kind::SignatureMismatch),
        (
            "another parameter",
            set(usual(""), INPUT, format!("sig1={USUAL};keyid=\"k\"")),
            Kind::SignatureMismatch,
        ),
        (
            "another time",
            set(
                usual(""),
                INPUT,
                "sig1=(\"@method\" \"@authority\" \"@path\" \"content-digest\");created=1718000001",
            ),
            Kind::SignatureMismatch,
        ),
        (
            "another order",
            set(
                usual(""),
                INPUT,
                "sig1=(\"@authority\" \"@method\" \"@path\" \"content-digest\");created=1718000000",
            ),
            Kind::SignatureMismatch,
        ),
        ("a line more", add(usual(""), "content-digest", content_digest()), Kind::MalformedDigest),
    ])
    .await;
}

#[tokio::test]
async fn what_is_not_covered() {
    for (component, kind) in [
        (r#""@method" "#, Kind::NotCovered),
        (r#""@authority" "#, Kind::NotCovered),
        (r#""@path" "#, Kind::NotCovered),
        (r#" "content-digest""#, Kind::NotCovered),
    ] {
        let input = USUAL.replace(component, "");
        assert_ne!(input, USUAL);
        let lines: Vec<_> =
            usual_lines().into_iter().filter(|line| !line.starts_with(component.trim())).collect();
        let request = signed(request(URL, &[]), &input, &lines);
        assert_refused(component, &acme(), request, 401, kind).await;
    }
    refused([("nothing at all", with_input("();created=1718000000"), Kind::NotCovered)]).await;
    let receiver = acme().requires([Component::Query, Component::QueryParam("tenant".into())]);
    assert_refused("a demand of its own", &receiver, usual(""), 401, Kind::NotCovered).await;
}

#[tokio::test]
async fn t15_times() {
    let of = |params: &str| with_input(&USUAL.replace(";created=1718000000", params));
    for wrong in [
        ";created=-1",
        ";created=1718000000.0",
        ";created=\"1718000000\"",
        ";created=:AAAA:",
        ";created",
        ";created=?1",
        ";created=now",
        ";created=-999999999999999",
        ";created=1718000000;expires=-1",
        ";created=1718000000;expires=1718000060.5",
        ";created=1718000000;expires",
    ] {
        assert_refused(wrong, &acme(), of(wrong), 401, Kind::MalformedTimestamp).await;
    }
    for wrong in [
        ";created=@1718000000",
        ";created=1000000000000000",
        ";created=9223372036854775808",
        ";created=+1",
        ";created=",
        ";created=1_000",
        ";created=1718000000;created=1718000000",
    ] {
        assert_refused(wrong, &acme(), of(wrong), 401, Kind::MalformedHeader).await;
    }
    for (params, kind) in [
        ("", Kind::UnacceptableSignature),
        (";expires=1718000060", Kind::UnacceptableSignature),
        (";created=1718000000;expires=1717999999", Kind::UnacceptableSignature),
        (";created=1717999699", Kind::StaleTimestamp),
        (";created=1718000301", Kind::FutureTimestamp),
        (";created=0", Kind::StaleTimestamp),
        (";created=999999999999999", Kind::FutureTimestamp),
        (";created=1717999800;expires=1717999939", Kind::Expired),
        (";created=1717999000;expires=1718000060", Kind::StaleTimestamp),
    ] {
        assert_refused(params, &acme(), of(params), 401, kind).await;
    }
    for right in [";created=1717999700", ";created=1718000300", ";created=1718000000;expires=1718000000"] {
        super::verdict(&acme(), of(right)).unwrap();
    }
}

#[tokio::test]
async fn components_that_cannot_be() {
    refused_components(
        Kind::UnacceptableSignature,
        &[
            r#""@status""#,
            r#""@signature-params""#,
            r#""@unknown""#,
            r#""@""#,
            r#""@Method""#,
            r#""@method";req"#,
            r#""@method";sf"#,
            r#""@path";name="a""#,
            r#""@query-param""#,
            r#""@query-param";name"#,
            r#""@query-param";name="tenant";sf"#,
            r#""@query-param";name=tenant"#,
            r#""@query-param";name="%FF""#,
            r#""@query-param";name="te nant""#,
            r#""@query-param";name="%74enant""#,
            r#""@query-param";name="fa%c3%a7ade""#,
            r#""content-digest";req"#,
            r#""content-digest";tr"#,
            r#""content-digest";unknown"#,
            r#""content-digest";bs;sf"#,
            r#""content-digest";bs;key="sha-256""#,
            r#""content-digest";sf=?0"#,
            r#""content-digest";bs="x""#,
            r#""content-digest";key"#,
            r#""content-digest";key=sha-256"#,
            r#""content-digest";name="x""#,
            r#""Content-Digest""#,
            r#""content digest""#,
            r#""""#,
            "content-digest",
            "1",
            ":AAAA:",
            "?1",
        ],
    )
    .await;
    refused_components(
        Kind::MalformedHeader,
        &[
            r#""content-digest";key="sha-512""#,
            r#""content-digest";sf;sf"#,
            r#""@method" ("@path")"#,
            r#""@method","@path""#,
            r#""@method"#,
        ],
    )
    .await;
}

#[tokio::test]
async fn components_twice() {
    refused_components(
        Kind::UnacceptableSignature,
        &[
            r#""@method" "@method""#,
            r#""content-digest" "@path" "content-digest""#,
            r#""content-digest";sf "content-digest";sf"#,
            r#""content-digest";key="sha-256" "content-digest";key="sha-256""#,
            // The order of parameters makes no difference.
            r#""content-digest";sf;key="sha-256" "content-digest";key="sha-256";sf"#,
            r#""@query-param";name="tenant" "@query-param";name="tenant""#,
        ],
    )
    .await;
}

#[tokio::test]
async fn structured_fields_that_are_none() {
    let dict = HeaderName::from_static("x-dict");
    let kinds = [FieldKind::Dictionary, FieldKind::List, FieldKind::Item];
    let of = |component: &str, value: &[u8]| {
        signed(request(URL, &[("x-dict", value)]), &format!("({component}){CREATED}"), &[""])
    };
    for component in [r#""x-dict";sf"#, r#""x-dict";key="a""#] {
        assert_refused("kind unknown", &lax(), of(component, b"a=1"), 401, Kind::UnacceptableSignature).await;
    }
    for kind in kinds {
        let receiver = lax().structured_field(dict.clone(), kind);
        for value in [&b"\"open"[..], b"a=1,", b"\xff", b"(1"] {
            let request = of(r#""x-dict";sf"#, value);
            assert_refused("malformed", &receiver, request, 401, Kind::MalformedHeader).await;
        }
        let member = of(r#""x-dict";key="b""#, b"a=1");
        let refusal = match kind {
            FieldKind::Dictionary => Kind::MalformedHeader,
            _ => Kind::UnacceptableSignature,
        };
        assert_refused("no such member", &receiver, member, 401, refusal).await;
    }
    let item = lax().structured_field(dict, FieldKind::Item);
    let twice = add(of(r#""x-dict";sf"#, b"1"), "x-dict", "2");
    assert_refused("an item twice", &item, twice, 401, Kind::DuplicateHeader).await;
    let latin = of(r#""x-dict""#, b"\xe9");
    assert_refused("not ASCII", &lax(), latin, 401, Kind::MalformedHeader).await;
}

#[tokio::test]
async fn inputs_that_are_none() {
    for wrong in [
        "sig1",
        "sig1=1",
        "sig1=\"x\"",
        "sig1=:AAAA:",
        "sig1=(\"@method\"",
        "sig1=(\"@method\");created=1718000000,",
        "sig1=(\"@method\");created=1718000000;",
        "sig1=(\"@method\");;created=1718000000",
        "sig1=(\"@method\u{e9}\")",
        "(\"@method\")",
        "sig1 = ()",
    ] {
        let request = set(usual(""), INPUT, wrong);
        assert_refused(wrong, &acme(), request, 401, Kind::MalformedHeader).await;
    }
}

/// Looking for doubles must stay cheap.
#[tokio::test]
async fn t20_oversize_lists() {
    let many = |count: usize, of: &dyn Fn(usize) -> String, separator: &str| {
        (0..count).map(of).collect::<Vec<_>>().join(separator)
    };
    let components = |count| format!("({}){CREATED}", many(count, &|n| format!("\"x-{n}\""), " "));
    let params = |count| format!("{USUAL}{}", many(count, &|n| format!(";p{n}=1"), ""));
    assert_refused("32 components", &lax(), with_input(&components(32)), 401, Kind::MissingHeader).await;
    assert_refused("33 components", &lax(), with_input(&components(33)), 401, Kind::MalformedHeader).await;
    super::verdict(&acme(), with_input(&params(31))).unwrap();
    assert_refused("33 parameters", &acme(), with_input(&params(32)), 401, Kind::MalformedHeader).await;
    for (count, kind) in
        [(31, Kind::TooManySignatures), (32, Kind::MalformedHeader), (20_000, Kind::MalformedHeader)]
    {
        let inputs = many(count, &|n| format!("l{n}=()"), ",");
        let signatures = many(count, &|n| format!("l{n}=:AAAA:"), ",");
        let request = add(add(usual(""), INPUT, inputs), SIGNATURE, signatures);
        assert_refused("labels", &acme(), request, 401, kind).await;
    }
    let long = with_input(&format!("{USUAL};keyid=\"{}\"", "k".repeat(60_000)));
    super::verdict(&acme(), long).unwrap();
}

/// One byte changed anywhere in what the signature says of itself.
#[test]
fn t20_every_byte_of_the_input_counts() {
    let request = usual(";keyid=\"key-1\";nonce=\"n\"");
    let input = header(&request, INPUT).as_bytes().to_vec();
    for at in 0..input.len() {
        for byte in (0x20..0x7f).chain([b'\t', 0x80, 0xff]) {
            let mut changed = input.clone();
            if std::mem::replace(&mut changed[at], byte) == byte {
                continue;
            }
            let text = String::from_utf8_lossy(&changed).into_owned();
            let verdict = super::verdict(&acme(), set(request.clone(), INPUT, &changed));
            assert!(verdict.is_err(), "{text}");
        }
        let shorter = [&input[..at], &input[at + 1..]].concat();
        assert!(super::verdict(&acme(), set(request.clone(), INPUT, shorter)).is_err(), "without byte {at}");
    }
}

#[tokio::test]
async fn methods() {
    let mut get = usual("");
    *get.method_mut() = http::Method::GET;
    assert_refused("GET", &acme(), get.clone(), 405, Kind::MethodNotAllowed).await;
    let receiver = acme().with_methods([http::Method::GET]);
    assert_refused("signed for POST", &receiver, get, 401, Kind::SignatureMismatch).await;
}

#[test]
fn t04_keys_that_are_none() {
    assert_eq!(acme().key("").err(), Some(KeyError::Empty));
    assert_eq!(acme().key(" \n").err(), Some(KeyError::Blank));
    assert_eq!(acme().key("secret\n").err(), Some(KeyError::SurroundingSpace));
}
