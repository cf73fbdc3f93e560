//! Providers whose bodies are encrypted: what their vectors do not show. The vectors, whose ciphertexts and signatures are
//! by the providers or by Python, are what the tests here start from.
#![cfg(all(feature = "aws-lc", feature = "encrypted", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod lark;
mod wechat_pay;
mod wecom;

use bytes::Bytes;
use common::{Answer, Handler, ask};
use http::Request;
use http_body_util::Full;
use serde_json::Value;
use std::{fs, path::Path, sync::Arc};
use tower::Layer as _;
use tower_webhook::{
    Answered, Rejection, Scheme, Verified, VerifySignatureLayer,
    encoding::Encoding,
    key::{KeyError, KeySet},
    scheme::{Verdict, verify},
    time::Timestamp,
};

/// A vector of `tests/vectors`.
struct Vector {
    id: String,
    request: Request<Bytes>,
    secrets: Vec<String>,
    now: Timestamp,
    rejection: Option<String>,
}

fn vectors(scheme: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vectors/{scheme}.json"));
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let vector = |vector: &Value| {
        let mut request = Request::builder().method(&*text(&vector["method"])).uri(text(&vector["url"]));
        for header in vector["headers"].as_array().unwrap() {
            request = request.header(text(&header[0]), text(&header[1]));
        }
        let body = Encoding::Base64.decode(&text(&vector["body_base64"])).unwrap();
        Vector {
            id: text(&vector["id"]),
            request: request.body(body.into()).unwrap(),
            secrets: vector["secrets"].as_array().unwrap().iter().map(text).collect(),
            now: Timestamp::from_unix(vector["now"].as_i64().unwrap()),
            rejection: vector.get("rejection").map(text),
        }
    };
    file["vectors"].as_array().unwrap().iter().map(vector).collect()
}

fn vector(id: &str) -> Vector {
    let (scheme, _) = id.split_once('/').unwrap();
    vectors(scheme).into_iter().find(|vector| vector.id == id).unwrap()
}

impl Vector {
    fn keys(&self, scheme: &dyn Scheme) -> KeySet {
        KeySet::new(self.secrets.iter().map(|text| scheme.key(text).unwrap())).unwrap()
    }

    fn verdict(&self, scheme: &dyn Scheme) -> Result<Verdict, Rejection> {
        let (parts, body) = self.request.clone().into_parts();
        verify(scheme, &parts, &body, &self.keys(scheme), self.now)
    }

    fn verified(&self, scheme: &dyn Scheme) -> Verified {
        match self.verdict(scheme).unwrap() {
            Verdict::Deliver(verified) => verified,
            other => panic!("{}: {other:?}", self.id),
        }
    }

    /// Through the layer, and whether the handler was called.
    async fn ask(self, scheme: Arc<dyn Scheme>) -> (Answer, bool) {
        let (keys, now) = (self.keys(&scheme), self.now);
        let handler = Handler::new();
        let layer = VerifySignatureLayer::new(scheme, keys).clock(move || Some(now));
        let answer = ask(layer.layer(handler.clone()), self.request.map(Full::new)).await;
        (answer, handler.calls() > 0)
    }
}

/// Whatever is wrong, the sender is told the same.
async fn every_refusal_is_the_same(scheme: Arc<dyn Scheme>, body: &str) {
    let mut refused = 0;
    for vector in vectors(scheme.name()) {
        let Some(kind) = vector.rejection.clone() else { continue };
        let id = vector.id.clone();
        let (answer, handled) = vector.ask(Arc::clone(&scheme)).await;
        assert_eq!((answer.status.as_u16(), answer.text()), (401, body), "{id}");
        assert_eq!(answer.kind.map(|kind| format!("{kind:?}")), Some(kind), "{id}");
        assert!(!handled, "{id}");
        refused += 1;
    }
    assert!(refused > 10, "{refused}");
}

/// No handler sees a handshake.
async fn is_answered(scheme: Arc<dyn Scheme>, id: &str, content_type: &str, body: &str) {
    let (answer, handled) = vector(id).ask(scheme).await;
    assert_eq!((answer.status.as_u16(), answer.text()), (200, body), "{id}");
    assert_eq!(answer.header("content-type"), Some(content_type), "{id}");
    assert_eq!(answer.answered, Some(Answered::Handshake), "{id}");
    assert!(!handled, "{id}");
}

/// Signed by the crate, and read by it.
fn signed(scheme: &dyn Scheme, request: &Request<Bytes>, secret: &str, at: Timestamp) -> Request<Bytes> {
    common::signed_as(scheme, request.clone(), secret, at)
}

fn read(scheme: &dyn Scheme, request: Request<Bytes>, secret: &str, now: Timestamp) -> Verified {
    let secrets = vec![secret.to_owned()];
    Vector { id: "signed here".to_owned(), request, secrets, now, rejection: None }.verified(scheme)
}

fn key_error(scheme: &dyn Scheme, text: &str) -> KeyError {
    scheme.key(text).unwrap_err()
}

/// A key that was not made by the scheme lacks what it decrypts with.
fn a_foreign_key_decrypts_nothing(scheme: &dyn Scheme, vector: &Vector, key: tower_webhook::key::Key) {
    let (parts, body) = vector.request.clone().into_parts();
    let refused = verify(scheme, &parts, &body, &key.into(), vector.now).unwrap_err();
    assert_eq!(refused.kind(), tower_webhook::RejectionKind::Undecryptable);
}

#[cfg(feature = "conformance")]
#[test]
fn conformance() {
    use tower_webhook::{
        conformance::{Sample, scheme},
        providers::{Lark, WeChatPay, WeCom},
    };
    let post = |body: &'static str| Request::post("/hooks/x?a=1").body(Bytes::from(body)).unwrap();
    let event = r#"{"header":{"event_id":"a","event_type":"b","token":"t"},"event":{}}"#;
    scheme(&Lark, &Sample::new(post(event), "one", "two"));
    scheme(&Lark, &Sample::new(post(event), "one\nt", "two\nt"));
    scheme(&Lark, &Sample::new(post(r#"{"type":"event_callback","event":{"type":"b"}}"#), "one", "two"));

    let secrets = [format!("Token\n{}", wecom::AES_KEY), format!("another\n{}", wecom::AES_KEY)];
    let [one, two] = secrets.each_ref().map(String::as_str);
    for message in ["<xml><MsgType>text</MsgType><MsgId>1</MsgId></xml>", "<xml><Event>a</Event></xml>"] {
        scheme(&WeCom::new("corp"), &Sample::new(post(message), one, two));
    }

    let mut request = post(r#"{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{"a":1}}"#);
    request.headers_mut().insert("wechatpay-serial", http::HeaderValue::from_static("PUB_KEY_ID_1"));
    let [private, public, other, other_public] = [
        wechat_pay::PRIVATE,
        wechat_pay::PUBLIC,
        include_str!("other-private.pem"),
        include_str!("other-public.pem"),
    ]
    .map(wechat_pay::with_api_key);
    scheme(&WeChatPay, &Sample::new(request, private, other).verified_by(public, other_public));
}
