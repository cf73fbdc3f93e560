//! Braintree. The signatures are by Python's `hmac`, with the SHA-1 digest of the private key.
use super::{
    URL,
    common::{Handler, ask, provider::Provider},
    post,
};
use axum::{Router, body::Body, routing};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Full;
use serde_json::Value;
use tower::{Layer, ServiceExt};
use tower_webhook::{
    Answered, Event, RejectionKind as Kind, Scheme, Verified,
    event::EventErrorKind,
    key::KeyError,
    providers::Braintree,
    replay::{MemoryStore, Replay},
    scheme::{Format, Proof},
    time::Timestamp,
};

const PUBLIC_KEY: &str = "integration_public_key";
const PRIVATE_KEY: &str = "integration_private_key";
const NOW: i64 = 1_760_000_000;

const XML: &str = "<notification><kind>check</kind></notification>";
const PAYLOAD: &str = "PG5vdGlmaWNhdGlvbj48a2luZD5jaGVjazwva2luZD48L25vdGlmaWNhdGlvbj4=\n";
const SIGNATURE: &str = "d53eaf7e941a322fd63f23a4c014828169ba83f4";

/// With `another_private_key`.
const OTHER_SIGNATURE: &str = "3f99dcce66c75446ce5dddf69dcf375a56033668";
const OTHER_KEY: &str = "another_private_key";

fn braintree() -> Provider<Braintree> {
    Provider::new(Braintree::new(PUBLIC_KEY), PRIVATE_KEY, NOW, URL)
}

fn form(fields: &[(&str, &str)]) -> Request<Bytes> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    post(form.finish())
}

fn signed(signatures: &str, payload: &str) -> Request<Bytes> {
    form(&[("bt_signature", signatures), ("bt_payload", payload)])
}

fn own(signature: &str) -> String {
    format!("{PUBLIC_KEY}|{signature}")
}

#[test]
fn the_payload_is_xml_and_signed() {
    let found = braintree().accepts("as documented", signed(&own(SIGNATURE), PAYLOAD));
    assert_eq!((found.proof(), found.format()), (Proof::SignedBody, Format::Other));
    assert_eq!(found.payload(), XML);
    assert_eq!((found.event(), found.id(), found.signed_at()), (None, None, None));
    assert_eq!(found.parse::<Value>().unwrap_err().kind(), EventErrorKind::OtherFormat);

    let reordered = form(&[("bt_payload", PAYLOAD), ("bt_signature", &own(SIGNATURE))]);
    braintree().accepts("in another order", reordered);
    braintree().accepts("without its line feed", signed(&own(SIGNATURE), PAYLOAD.trim_end()));
    // In lines of sixty characters, as Ruby writes it.
    let lines = "PG5vdGlmaWNhdGlvbj48a2luZD5jaGVjazwva2luZD48L25vdGlmaWNhdGlv\nbj4=\n";
    let signature = "eb1df8525d623ef42f2700b30f4802b78a2782f5";
    assert_eq!(braintree().accepts("in lines", signed(&own(signature), lines)).payload(), XML);
    braintree()
        .accepts("signed as it is", signed(&own("3a4834a92266328250db82a209a87bd6ba818115"), PAYLOAD.trim()));
}

#[tokio::test]
async fn handlers_read_the_payload_themselves() {
    async fn on_xml(braintree: Verified<Braintree>) -> Bytes {
        braintree.payload().clone()
    }
    async fn on_json(Event(_): Event<Value>) {}
    let app = Router::new().route("/xml", routing::post(on_xml)).route("/json", routing::post(on_json));
    let app = app.route_layer(braintree().layer());
    for (path, status) in [("/xml", StatusCode::OK), ("/json", StatusCode::INTERNAL_SERVER_ERROR)] {
        let mut request = signed(&own(SIGNATURE), PAYLOAD).map(Body::from);
        *request.uri_mut() = path.parse().unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), status, "{path}");
    }
}

#[tokio::test]
async fn only_signatures_under_the_own_public_key_count() {
    for (what, signatures) in [
        ("first", format!("{}&other|{OTHER_SIGNATURE}", own(SIGNATURE))),
        ("last", format!("other|{OTHER_SIGNATURE}&{}", own(SIGNATURE))),
        ("t18: any of several", format!("{}&{}", own(OTHER_SIGNATURE), own(SIGNATURE))),
        ("others that are garbled", format!("other|x&nothing&|&{}", own(SIGNATURE))),
        ("upper case", own(&SIGNATURE.to_uppercase())),
    ] {
        braintree().accepts(what, signed(&signatures, PAYLOAD));
    }
    for (what, signatures, kind) in [
        ("empty", String::new(), Kind::NoSignature),
        ("no pair", SIGNATURE.to_owned(), Kind::NoSignature),
        ("under another key", format!("other|{SIGNATURE}"), Kind::NoSignature),
        ("under a longer name", format!("{PUBLIC_KEY}2|{SIGNATURE}"), Kind::NoSignature),
        ("in upper case", format!("{}|{SIGNATURE}", PUBLIC_KEY.to_uppercase()), Kind::NoSignature),
        ("under no name", format!("|{SIGNATURE}"), Kind::NoSignature),
        ("t01: no signature", own(""), Kind::MalformedSignature),
        ("t01: a prefix", own(&SIGNATURE[..38]), Kind::MalformedSignature),
        ("t01: longer", own(&format!("{SIGNATURE}00")), Kind::MalformedSignature),
        ("another", own(OTHER_SIGNATURE), Kind::SignatureMismatch),
        ("t18: many", vec![own(OTHER_SIGNATURE); 17].join("&"), Kind::TooManySignatures),
    ] {
        braintree().refuses(what, signed(&signatures, PAYLOAD), kind).await;
    }
    let rotated = braintree().or(OTHER_KEY);
    rotated.accepts("another private key of this public one", signed(&own(OTHER_SIGNATURE), PAYLOAD));
}

#[tokio::test]
async fn a_form_that_is_wrong_is_refused() {
    let (signature, payload) = (("bt_signature", &*own(SIGNATURE)), ("bt_payload", PAYLOAD));
    for (what, fields) in [
        ("nothing", vec![]),
        ("no payload", vec![signature]),
        ("no signature", vec![payload]),
        ("two signatures", vec![signature, signature, payload]),
        ("two payloads", vec![signature, payload, payload]),
        ("two payloads that differ", vec![signature, payload, ("bt_payload", "")]),
        ("one field more", vec![signature, payload, ("x", "1")]),
        ("another case", vec![("BT_SIGNATURE", SIGNATURE), payload]),
    ] {
        braintree().refuses(what, form(&fields), Kind::MalformedBody).await;
    }
    braintree().refuses("XML", post(XML), Kind::MalformedBody).await;
    for (what, payload) in [
        ("another", PAYLOAD.replacen('P', "Q", 1)),
        ("empty", String::new()),
        ("two line feeds more", format!("{PAYLOAD}\n")),
        ("a space", format!(" {PAYLOAD}")),
    ] {
        braintree().refuses(what, signed(&own(SIGNATURE), &payload), Kind::SignatureMismatch).await;
    }
    // Signed, and no payload all the same.
    for (what, payload, signature) in [
        ("no XML", "bm8geG1s\n", "c4462c5e76c2ff3d590c2c41d300f64938da535c"),
        ("no base64", "!!!!\n", "4e7088c73f16af193fc039cdb97f54185fc24030"),
        ("base64 without its padding", "PG5vdA\n", "242fa5971502af026661400f9ef276f7f51761b3"),
    ] {
        braintree().refuses(what, signed(&own(signature), payload), Kind::MalformedBody).await;
    }
}

fn challenge(query: &str) -> Request<Bytes> {
    Request::get(format!("/hooks{query}")).body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn a_challenge_is_answered_with_its_signature() {
    let handler = Handler::new();
    let layer = braintree().layer();
    let ask = async |request: Request<Bytes>| ask(layer.layer(handler.clone()), request.map(Full::new)).await;
    // The first is Braintree's own, of the tests of its package for Python.
    for (text, signature) in [
        ("20f9f8ed05f77439fe955c977e4c8a53", "d9b899556c966b3f06945ec21311865d35df3ce4"),
        ("20f9f8ed05f77439fe95", "54356d3153d3ae1c9cd4969bd46699b20ec8f1f1"),
    ] {
        let answer = ask(challenge(&format!("?bt_challenge={text}"))).await;
        assert_eq!((answer.status, answer.answered), (StatusCode::OK, Some(Answered::Handshake)));
        assert_eq!(answer.text(), own(signature));
        assert_eq!(answer.header("content-type"), Some("text/plain"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "t31");
    }
    for query in [
        "",
        "?bt_challenge=",
        "?challenge=20f9f8ed05f77439fe95",
        "?bt_challenge=20f9f8ed05f77439fe9",
        "?bt_challenge=20f9f8ed05f77439fe955c977e4c8a530",
        "?bt_challenge=20F9F8ED05F77439FE95",
        "?bt_challenge=20f9f8ed05f77439fe9g",
        "?bt_challenge=PG5vdGlmaWNhdGlvbj4KPC9u",
        "?bt_challenge=20f9f8ed05f77439fe95%0A",
        "?bt_challenge=20f9f8ed05f77439fe95&bt_challenge=20f9f8ed05f77439fe95",
    ] {
        braintree().refuses(query, challenge(query), Kind::MalformedTarget).await;
    }
    assert_eq!(handler.calls(), 0);
}

/// Whoever asks is given signatures of texts that are base64, too. None of them is one of a delivery.
#[tokio::test]
async fn no_challenge_is_a_delivery() {
    let text = "20f9f8ed05f77439fe955c977e4c8a53";
    let signature = own("d9b899556c966b3f06945ec21311865d35df3ce4");
    braintree().refuses("a challenge", signed(&signature, text), Kind::MalformedBody).await;
}

#[tokio::test]
async fn other_methods_are_refused() {
    let mut put = signed(&own(SIGNATURE), PAYLOAD);
    *put.method_mut() = Method::PUT;
    let answer = ask(braintree().layer().layer(Handler::new()), put.map(Full::new)).await;
    assert_eq!(answer.refusal(), (405, Some(Kind::MethodNotAllowed)));
    assert_eq!(answer.header("allow"), Some("POST, GET"));
    let mut get = signed(&own(SIGNATURE), PAYLOAD);
    *get.method_mut() = Method::GET;
    braintree().refuses("a delivery by GET", get, Kind::MalformedTarget).await;
}

#[tokio::test]
async fn a_repeat_is_known_by_its_payload_where_that_is_chosen() {
    for (remembers, calls) in [(false, 2), (true, 1)] {
        let handler = Handler::new();
        let replay = Replay::new(MemoryStore::new(100), "payments");
        let replay = if remembers { replay.remember_bodies() } else { replay };
        let service = braintree().layer().replay(replay).layer(handler.clone());
        ask(service.clone(), signed(&own(SIGNATURE), PAYLOAD).map(Full::new)).await;
        // The same payload in another form.
        let other = format!("{}&other|00", own(SIGNATURE));
        ask(service, signed(&other, PAYLOAD.trim_end()).map(Full::new)).await;
        assert_eq!(handler.calls(), calls);
    }
}

#[test]
fn signs_as_documented() {
    let scheme = Braintree::new(PUBLIC_KEY);
    let key = scheme.signing_key(PRIVATE_KEY).unwrap();
    let mut request = post(XML);
    scheme.sign(&mut request, &key, Timestamp::from_unix(NOW)).unwrap();
    assert_eq!(request.body(), signed(&own(SIGNATURE), PAYLOAD).body());
    for body in ["", "{}", "bt_payload=1"] {
        let error = scheme.sign(&mut post(body), &key, Timestamp::from_unix(NOW)).unwrap_err();
        assert_eq!(error.to_string(), "cannot sign the request: the body is not XML", "{body:?}");
    }
}

#[test]
fn t04_what_is_no_secret_is_no_key() {
    for (text, error) in
        [("", KeyError::Empty), (" \n", KeyError::Blank), ("key\n", KeyError::SurroundingSpace)]
    {
        assert_eq!(Braintree::new(PUBLIC_KEY).key(text).unwrap_err(), error, "{text:?}");
    }
}
