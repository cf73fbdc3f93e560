use super::*;
use common::NOW;
use http::Method;
use tower_webhook::{
    RejectionKind as Kind,
    key::{Algorithm, Digest, Key},
    providers::WeCom,
    scheme::Proof,
};

/// Of Tencent's sample.
pub(crate) const AES_KEY: &str = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const SECRET: &str = "QDG6eK\njWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C";
const MESSAGE: &str = "<xml><ToUserName><![CDATA[wx5823bf96d3bd56c7]]></ToUserName>
<FromUserName><![CDATA[mycreate]]></FromUserName>
<CreateTime>1409659813</CreateTime>
<MsgType><![CDATA[text]]></MsgType>
<Content><![CDATA[hello]]></Content>
<MsgId>4561255354251345929</MsgId>
<AgentID>218</AgentID>
</xml>";

fn scheme() -> WeCom {
    WeCom::new("wx5823bf96d3bd56c7")
}

#[test]
fn the_payload_is_the_plain_text() {
    let verified = vector("wecom/sample-message").verified(&scheme());
    assert_eq!(verified.payload(), MESSAGE);
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!((verified.event(), verified.signed_id()), (Some("text"), Some("4561255354251345929")));
    let event = vector("wecom/event").verified(&scheme());
    assert_eq!((event.event(), event.signed_id()), (Some("subscribe"), None));
    // What stands around the ciphertext is not signed, and says nothing.
    let other = vector("wecom/envelope-not-signed").verified(&scheme());
    assert_ne!(other.body(), event.body());
    assert_eq!((other.payload(), other.idempotency_key()), (event.payload(), event.idempotency_key()));
}

/// The token stays: by the signature alone, nobody can tell which of the two it is.
#[test]
fn the_aes_key_can_be_rotated_alone() {
    let vector = vector("wecom/message");
    let (old, other) = (vector.secrets[0].as_str(), AES_KEY.replacen("jWm", "kWm", 1));
    let new = format!("QDG6eK\n{other}");
    for secrets in [[old, &*new], [&*new, old]] {
        let keys = KeySet::new(secrets.map(|text| scheme().key(text).unwrap())).unwrap();
        let (parts, body) = vector.request.clone().into_parts();
        let verdict = verify(&scheme(), &parts, &body, &keys, vector.now);
        assert!(matches!(verdict, Ok(Verdict::Deliver(_))), "{verdict:?}");
    }
    let keys = scheme().key(&new).unwrap().into();
    let (parts, body) = vector.request.into_parts();
    assert!(verify(&scheme(), &parts, &body, &keys, vector.now).is_err());
}

#[tokio::test]
async fn refusals() {
    every_refusal_is_the_same(Arc::new(scheme()), "").await;
}

#[tokio::test]
async fn handshakes() {
    is_answered(Arc::new(scheme()), "wecom/sample-echostr", "text/plain", "1616140317555161061").await;
    is_answered(Arc::new(scheme()), "wecom/echostr", "text/plain", "echo me").await;
    let mut other = vector("wecom/echostr");
    *other.request.method_mut() = Method::PUT;
    let (answer, _) = other.ask(Arc::new(scheme())).await;
    assert_eq!(answer.refusal(), (405, Some(Kind::MethodNotAllowed)));
    assert_eq!(answer.header("allow"), Some("POST, GET"));
}

#[test]
fn a_query_that_is_not_as_documented() {
    let with = |from: &str, to: &str| {
        let mut vector = vector("wecom/event");
        let uri = vector.request.uri().to_string().replace(from, to);
        *vector.request.uri_mut() = uri.parse().unwrap();
        vector.verdict(&scheme()).unwrap_err().kind()
    };
    assert_eq!(with("timestamp=1409659589", "timestamp=1409659589.0"), Kind::MalformedTimestamp);
    assert_eq!(with("timestamp=1409659589", "timestamp="), Kind::MalformedTarget);
    assert_eq!(with("nonce=263014780", "nonce=263014780%80"), Kind::MalformedTarget);
    assert_eq!(with("nonce=263014780", "nonce=263014780&nonce=263014780"), Kind::MalformedTarget);
    assert_eq!(with("nonce=263014780", "nonce=26301478+0"), Kind::MalformedTarget);
    assert_eq!(with("msg_signature=", "msg_signature=0"), Kind::MalformedSignature);
}

#[test]
fn keys() {
    let error = |text: &str| key_error(&scheme(), text);
    assert!(WeCom::keys("QDG6eK", AES_KEY).is_ok());
    assert_eq!(error(""), KeyError::Empty);
    assert_eq!(error("\n"), KeyError::Blank);
    assert_eq!(error(&format!("\n{AES_KEY}")), KeyError::Empty);
    assert_eq!(error(&format!("QDG6eK \n{AES_KEY}")), KeyError::SurroundingSpace);
    assert!(matches!(error("QDG6eK"), KeyError::WrongParts { .. }));
    for wrong in [
        "",
        "abc",
        &AES_KEY[1..],
        &format!("{AES_KEY}="),
        &format!("{AES_KEY}\n"),
        &AES_KEY.replace('7', "-"),
    ] {
        let error = error(&format!("QDG6eK\n{wrong}"));
        assert!(matches!(error, KeyError::Undecodable { .. }), "{wrong:?}: {error:?}");
    }
    let shown = format!("{:?}", scheme().key(SECRET));
    assert!(!shown.contains("QDG6eK") && !shown.contains(AES_KEY), "{shown}");

    let key = Key::new(Algorithm::Hashed(Digest::Sha1), "QDG6eK").unwrap();
    a_foreign_key_decrypts_nothing(&scheme(), &vector("wecom/sample-message"), key);
}

#[test]
fn what_is_signed_here() {
    let request = Request::post("/x?a=1&nonce=n&timestamp=0").body(Bytes::from(MESSAGE)).unwrap();
    let once = signed(&scheme(), &request, SECRET, NOW);
    assert!(once.uri().query().unwrap().starts_with("a=1&msg_signature="));
    assert!(once.uri().query().unwrap().ends_with("&timestamp=1718000000&nonce=n"));
    assert_eq!(once.body(), signed(&scheme(), &request, SECRET, NOW).body(), "nothing is random");
    let later = NOW.saturating_add(std::time::Duration::from_secs(1));
    let again = signed(&scheme(), &request, SECRET, later);
    assert_ne!(once.body(), again.body());
    let [once, again] = [once, again].map(|request| read(&scheme(), request, SECRET, NOW));
    assert_eq!(once.payload(), MESSAGE);
    assert_eq!(once.idempotency_key(), again.idempotency_key(), "one message, sent twice");

    let request = Request::get("/x").body(Bytes::from("echo")).unwrap();
    let (parts, body) = signed(&scheme(), &request, SECRET, NOW).into_parts();
    assert!(body.is_empty());
    match verify(&scheme(), &parts, &body, &scheme().key(SECRET).unwrap().into(), NOW).unwrap() {
        Verdict::Respond(response) => assert_eq!(response.body(), "echo"),
        other => panic!("{other:?}"),
    }
}
