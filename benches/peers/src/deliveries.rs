//! What is verified: the same bytes for every side.
use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, request::Parts};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

pub const SECRET: &str = "whsec_secret_of_usual_length_32b";
/// Standard Webhooks writes secrets in base64.
pub const STANDARD_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A JSON object of exactly `size` bytes, with what providers put at its top.
pub fn body(size: usize) -> Bytes {
    let begin = r#"{"id":"evt_1","type":"push","text":""#;
    let text = "x".repeat(size - begin.len() - 2);
    Bytes::from(format!("{begin}{text}\"}}"))
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().to_vec()
}

/// Every peer reads the machine's clock.
pub fn now() -> String {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string()
}

fn post(headers: &[(&str, String)]) -> Parts {
    let mut request = Request::post("/hooks");
    // What a delivery carries beside its signature.
    for (name, value) in [
        ("host", "example.com"),
        ("user-agent", "Hookshot/1.0"),
        ("accept", "*/*"),
        ("content-type", "application/json"),
    ] {
        request = request.header(name, value);
    }
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    request.body(()).unwrap().into_parts().0
}

pub fn github(body: &[u8]) -> Parts {
    let signature = format!("sha256={}", HEXLOWER.encode(&hmac(SECRET.as_bytes(), &[body])));
    post(&[
        ("x-github-event", "push".into()),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".into()),
        ("x-hub-signature-256", signature),
    ])
}

pub fn stripe(body: &[u8]) -> Parts {
    let at = now();
    let signature = hmac(SECRET.as_bytes(), &[at.as_bytes(), b".", body]);
    post(&[("stripe-signature", format!("t={at},v1={}", HEXLOWER.encode(&signature)))])
}

/// With so many signatures, of which the last is right.
pub fn standard(body: &[u8], signatures: usize) -> Parts {
    let (id, at) = ("msg_1", now());
    let key = BASE64.decode(STANDARD_SECRET.trim_start_matches("whsec_").as_bytes()).unwrap();
    let signature = hmac(&key, &[id.as_bytes(), b".", at.as_bytes(), b".", body]);
    let mut all: Vec<String> =
        (1..signatures).map(|n| format!("v1,{}", BASE64.encode(&[n as u8; 32]))).collect();
    all.push(format!("v1,{}", BASE64.encode(&signature)));
    post(&[("webhook-id", id.into()), ("webhook-timestamp", at), ("webhook-signature", all.join(" "))])
}

pub fn shopify(body: &[u8]) -> Parts {
    let signature = BASE64.encode(&hmac(SECRET.as_bytes(), &[body]));
    post(&[("x-shopify-topic", "orders/create".into()), ("x-shopify-hmac-sha256", signature)])
}

pub fn slack(body: &[u8]) -> Parts {
    let at = now();
    let signature = hmac(SECRET.as_bytes(), &[b"v0:", at.as_bytes(), b":", body]);
    post(&[
        ("x-slack-request-timestamp", at),
        ("x-slack-signature", format!("v0={}", HEXLOWER.encode(&signature))),
    ])
}
