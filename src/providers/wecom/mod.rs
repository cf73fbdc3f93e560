//! WeCom, which is WeChat Work.
mod xml;

use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    schemes::{
        encrypted::Cbc,
        handshake::{Handshake, Said},
    },
    time::{Timestamp, Unit},
    url::set_target,
};
use bytes::Bytes;
use http::{Method, Request};
use std::{borrow::Cow, time::Duration};
use zeroize::Zeroizing;

/// The callbacks of WeCom (WeChat Work), in XML. Those of WeChat's Official Accounts in safe mode are the same.
///
/// Follows [the documentation of their encryption](https://developer.work.weixin.qq.com/document/path/90968).
///
/// - **Signed**: the token and the query's `timestamp` and `nonce` and the body's `Encrypt`, sorted by their bytes and
///   joined with nothing in between, by plain SHA-1; in the query's `msg_signature`, hexadecimal. Nothing else of the
///   body is signed, and nothing else of it is handed on.
/// - **Encrypted**: `Encrypt` is base64 of 16 random bytes, the message's length, the message, and the receive id, by
///   AES-256-CBC. The payload is the message, XML that this crate does not parse:
///   [`Verified::payload`](crate::Verified::payload).
/// - **Receive id**: for the applications of a corporation its corp id, for those of others their suite id, for Official
///   Accounts the app id. It must be the one that is configured.
/// - **Key**: the Token, and on a line of its own the EncodingAESKey; or [`WeCom::keys`].
/// - **Time**: none is documented; five minutes.
/// - **Handshake**: a signed GET whose `echostr` is in the place of `Encrypt`, answered with the plain text of that. In
///   axum, put the layer on the router (`Router::route_layer`): `MethodRouter::route_layer` leaves GET to a 405.
/// - **Event, id**: `Event` where `MsgType` is `event`, else `MsgType`; and `MsgId`, which only messages have.
/// - **Replay**: messages are known by `MsgId`, events by what was signed.
/// - **Answer**: 200 within five seconds, empty or `success`, or an encrypted reply, which this crate does not make.
/// - **Pitfalls**: which of the parts is which is not signed, nor where one ends and the next begins. Whoever gets hold of
///   a delivery whose nonce could be a time can send it again at that time: rely on `MsgId` and on what the message says.
///   Callbacks in JSON, which some products have, are not supported.
///
/// Nothing is decrypted before its signature holds, since whoever could see which ciphertexts decrypt could read others.
///
/// ```
/// use tower_webhook::{VerifySignatureLayer, providers::WeCom};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = WeCom::keys("QDG6eK", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")?;
/// let layer = VerifySignatureLayer::new(WeCom::new("wx5823bf96d3bd56c7"), key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeCom {
    /// `None` where nothing is asked but whether a signature holds.
    receive_id: Option<Cow<'static, str>>,
}

const SIGNATURE: &str = "msg_signature";
const TIMESTAMP: &str = "timestamp";
const NONCE: &str = "nonce";
const ECHO: &str = "echostr";

const ALGORITHM: Algorithm = Algorithm::Hashed(Digest::Sha1);

impl WeCom {
    /// For what is sent to this corp id, suite id or app id.
    pub fn new(receive_id: impl Into<Cow<'static, str>>) -> Self {
        Self { receive_id: Some(receive_id.into()) }
    }

    /// The key of an application. [`Scheme::key`] reads the same two out of one text, `{Token}\n{EncodingAESKey}`.
    ///
    /// # Errors
    /// If the token is no secret by itself, or the EncodingAESKey is not 43 characters of base64.
    pub fn keys(token: &str, encoding_aes_key: &str) -> Result<Key, KeyError> {
        let secrets = Secrets::new(encoding_aes_key).ok_or(KeyError::Undecodable {
            expected: "an EncodingAESKey: 43 characters of base64, without padding",
        })?;
        Ok(Secret::text().key(ALGORITHM, token)?.carrying(secrets))
    }

    /// What of the request is encrypted.
    fn encrypted<'a>(head: &Head<'a>, body: &[u8]) -> Result<Cow<'a, str>, Refusal> {
        if *head.method() == Method::GET {
            return head.query(ECHO);
        }
        let [encrypted] = xml::children(body, ["Encrypt"], 2)?;
        Ok(encrypted.ok_or(Refusal::MalformedBody("the XML has no `Encrypt`".into()))?.into())
    }
}

/// What the key carries.
struct Secrets {
    cipher: Cbc<32>,
    iv: Zeroizing<[u8; 16]>,
}

impl Secrets {
    fn new(encoding_aes_key: &str) -> Option<Self> {
        // 43 characters are two bits more than the key. In the wild they are not zero, so that they are made part of a
        // byte that is left off.
        let text = Zeroizing::new(format!("{encoding_aes_key}A"));
        let bytes = Zeroizing::new(Encoding::Base64.decode(&text).filter(|_| text.len() == 44)?);
        let key: &[u8; 32] = bytes.first_chunk()?;
        Some(Self { cipher: Cbc::new(key), iv: Zeroizing::new(*key.first_chunk()?) })
    }

    /// The message, which must be for `receive_id`.
    fn open(&self, encrypted: &str, receive_id: Option<&str>) -> Result<Bytes, Refusal> {
        let ciphertext = Encoding::Base64.decode(encrypted).ok_or(Refusal::Undecryptable)?;
        let plain = Bytes::from(self.cipher.decrypt(&self.iv, &ciphertext)?);
        let (message, receiver) = message(&plain).ok_or(Refusal::Undecryptable)?;
        if receive_id.is_some_and(|receive_id| receiver != receive_id.as_bytes()) {
            return Err(Refusal::NotForUs("the message is for another receive id".into()));
        }
        Ok(plain.slice_ref(message))
    }

    fn seal(&self, message: &[u8], receive_id: &str, now: Timestamp) -> Result<String, CannotSign> {
        let length = u32::try_from(message.len()).map_err(|_| CannotSign::new("the message is too long"))?;
        let random: [u8; 16] = self.cipher.derive("random", now, message);
        let plain =
            Zeroizing::new([&random[..], &length.to_be_bytes(), message, receive_id.as_bytes()].concat());
        Ok(Encoding::Base64.encode(&self.cipher.encrypt(&self.iv, &plain)))
    }
}

/// The message in what was encrypted, and for whom it is.
fn message(plain: &[u8]) -> Option<(&[u8], &[u8])> {
    let (_, plain) = plain.split_at_checked(16)?;
    let (length, plain) = plain.split_first_chunk()?;
    plain.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

fn signed_text(time: &str, nonce: &str, encrypted: &str) -> Text {
    Text::new().sorted_with_secret([time, nonce, encrypted].map(str::as_bytes))
}

impl Scheme for WeCom {
    fn name(&self) -> &str {
        "wecom"
    }

    /// The Token and the EncodingAESKey, one line feed between them.
    fn key(&self, text: &str) -> Result<Key, KeyError> {
        if text.trim().is_empty() {
            return Err(if text.is_empty() { KeyError::Empty } else { KeyError::Blank });
        }
        let (token, encoding_aes_key) = text.split_once('\n').ok_or(KeyError::WrongParts {
            expected: "the Token and the EncodingAESKey, with one line feed between them and none after",
        })?;
        Self::keys(token, encoding_aes_key)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (signature, time, nonce) = (head.query(SIGNATURE)?, head.query(TIMESTAMP)?, head.query(NONCE)?);
        let signed_at = Unit::Seconds.parse(&time).ok_or(Refusal::MalformedTimestamp)?;
        // Whoever has a plain hash can lengthen its text, by bytes that are no ASCII.
        if !nonce.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::MalformedTarget("the query's `nonce` is not visible ASCII".into()));
        }
        let is_of_body = *head.method() != Method::GET;
        let encrypted = match body {
            None if is_of_body => Cow::Borrowed(""),
            body => Self::encrypted(head, body.map(|body| &**body).unwrap_or_default())?,
        };
        let mut text = signed_text(&time, &nonce, &encrypted);
        if is_of_body {
            // It stands there already, sorted.
            text = text.read_from_body("");
        }
        let check = Check::new(text).signed_at(signed_at);
        let check = check.signature(ALGORITHM, Encoding::Hex, &signature)?;
        Ok(if body.is_none() && is_of_body { Plan::NeedsBody } else { check.into() })
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let secrets: &Secrets = proven.carried().ok_or(Refusal::Undecryptable)?;
        let encrypted = Self::encrypted(proven.head(), proven.body())?;
        let message = secrets.open(&encrypted, self.receive_id.as_deref())?;
        if *proven.head().method() == Method::GET {
            let answer = Handshake::verified().text(Said::question()).respond(&message);
            return answer
                .map(Outcome::Respond)
                .ok_or(Refusal::MalformedTarget("`echostr` is malformed".into()));
        }
        let [kind, event, id] = xml::children(&message, ["MsgType", "Event", "MsgId"], 64)?;
        let mut delivery = Delivery::new().format(Format::Other).payload(message);
        if let Some(event) = if kind.as_deref() == Some("event") { event } else { kind } {
            delivery = delivery.signed_event(event);
        }
        if let Some(id) = id {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    /// Encrypts the body, which is a message in plain text, and signs it; of a GET, it becomes the `echostr`. A nonce that
    /// is there is kept. What WeCom draws at random is derived from the key, the time and the message, so that it is the
    /// same each time.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let receiver = key.verifying_key();
        let secrets: &Secrets = receiver.carried().ok_or(CannotSign::new("the key is not WeCom's"))?;
        let receive_id = self.receive_id.as_deref().ok_or(CannotSign::new("there is no `receive_id`"))?;
        let encrypted = secrets.seal(request.body(), receive_id, now)?;
        let is_of_body = *request.method() != Method::GET;
        let mut query = form_urlencoded::Serializer::new(String::new());
        let mut nonce = u64::from_be_bytes(secrets.cipher.derive("nonce", now, request.body())).to_string();
        for (name, value) in form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()) {
            match &*name {
                SIGNATURE | TIMESTAMP | ECHO => {}
                NONCE => nonce = value.into_owned(),
                _ => {
                    query.append_pair(&name, &value);
                }
            }
        }
        let time = Unit::Seconds.format(now);
        let signature = key.sign(ALGORITHM, &signed_text(&time, &nonce, &encrypted), b"")?;
        query.append_pair(SIGNATURE, &Encoding::Hex.encode(&signature));
        query.append_pair(TIMESTAMP, &time).append_pair(NONCE, &nonce);
        *request.body_mut() = if is_of_body {
            format!("<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>").into()
        } else {
            query.append_pair(ECHO, &encrypted);
            Bytes::new()
        };
        let target = format!("{}?{}", request.uri().path(), query.finish());
        set_target(request, target).ok_or(CannotSign::new("the signature does not fit into the URL"))
    }

    fn methods(&self) -> &[Method] {
        static POST_AND_GET: [Method; 2] = [Method::POST, Method::GET];
        &POST_AND_GET
    }

    /// WeCom waits five seconds.
    fn lease(&self) -> Duration {
        Duration::from_secs(5)
    }
}

pub(super) const PROVIDER: Provider =
    Provider::new("wecom", "WeCom", "https://developer.work.weixin.qq.com/document/path/90968", |options| {
        let receive_id = options.binding(&["receive_id"])?.map(|id| Cow::Owned(id.to_owned()));
        Ok(Box::new(WeCom { receive_id }))
    })
    .recipe("SHA-1 with the secret, AES")
    .signed("time, body's `Encrypt`")
    .known_by("the message's `MsgId`, else time and body")
    .needs(&[Need::Secret, Need::Option("receive_id")])
    .handshake("signed `echostr`");
