//! Lark and Feishu.
use super::registry::Provider;
use crate::{
    encoding::Encoding,
    event::json_texts,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{
        Answers, CannotSign, Challenge, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text,
    },
    schemes::{
        encrypted::Cbc,
        handshake::{Handshake, Said},
    },
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use sha2::{Digest as _, Sha256};
use std::{sync::LazyLock, time::Duration};

/// The events of Lark, which is Feishu in China, for applications with an Encrypt Key.
///
/// Follows [Configure Encrypt Key][page]. Without an Encrypt Key nothing is signed: set one.
///
/// - **Signed**: `{X-Lark-Request-Timestamp}{X-Lark-Request-Nonce}{Encrypt Key}{body}` by plain SHA-256; in
///   `X-Lark-Signature`, hexadecimal. Where the time ends and the nonce begins is not signed: a digit moved from one to
///   the other makes it a time of another century.
/// - **Encrypted**: the body is `{"encrypt": ".."}`, in base64 16 random bytes and the event by AES-256-CBC. The key is
///   the SHA-256 of the Encrypt Key. The payload is the event, in JSON: [`Verified::payload`].
/// - **Key**: the Encrypt Key, and on a line of its own the Verification Token, or [`Lark::keys`]. Without the token,
///   those of the events are not compared, and the handshake is not answered unless it is signed.
/// - **Time**: none is documented; five minutes.
/// - **Handshake**: `{"type":"url_verification"}`, answered `{"challenge":".."}`, within a second. It is encrypted, and by
///   what the users of Lark's own packages report it is *not* signed: those packages answer it unsigned. Here it is
///   answered unsigned only if the key has the Verification Token and the handshake names it.
/// - **Event, id**: `header.event_type` and `header.event_id`, in events of the older version `event.type` and `uuid`.
/// - **Replay**: known by the id.
/// - **Answer**: 200 within three seconds; any other 2xx of a handler becomes 200.
/// - **Pitfalls**: callbacks of old message cards are signed otherwise, by SHA-1 with the Verification Token, and are
///   refused.
///
/// Nothing but that handshake is decrypted before its signature holds, since it is CBC that it is encrypted with, and
/// whoever could see which ciphertexts decrypt could read others. Of an unsigned request a sender learns no more than
/// whether it was Lark's handshake; a key without the Verification Token decrypts none.
///
/// [page]: https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
/// [`Verified::payload`]: crate::Verified::payload
///
/// ```
/// use tower_webhook::{VerifySignatureLayer, providers::Lark};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Lark, Lark::keys("the Encrypt Key", "the Verification Token")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lark;

const TIMESTAMP: HeaderName = HeaderName::from_static("x-lark-request-timestamp");
const NONCE: HeaderName = HeaderName::from_static("x-lark-request-nonce");
const SIGNATURE: HeaderName = HeaderName::from_static("x-lark-signature");

const ALGORITHM: Algorithm = Algorithm::Hashed(Digest::Sha256);

/// More than a handshake ever has; what is not signed is not decrypted beyond it.
const LONGEST_HANDSHAKE: usize = 4096;

impl Lark {
    /// The key of an application. [`Scheme::key`] reads the same two out of one text,
    /// `{Encrypt Key}\n{Verification Token}`.
    ///
    /// # Errors
    /// If one of the two is no secret by itself.
    pub fn keys(encrypt_key: &str, verification_token: &str) -> Result<Key, KeyError> {
        let token = Secret::text().key(Algorithm::Token, verification_token)?;
        Self::key_with(encrypt_key, Some(token))
    }

    fn key_with(encrypt_key: &str, verification_token: Option<Key>) -> Result<Key, KeyError> {
        let key = Secret::text().key(ALGORITHM, encrypt_key)?;
        let cipher = Cbc::new(&Sha256::digest(encrypt_key).into());
        Ok(key.carrying(Secrets { cipher, verification_token }))
    }
}

/// What the key carries.
struct Secrets {
    cipher: Cbc<16>,
    verification_token: Option<Key>,
}

impl Secrets {
    /// The event in a body.
    fn open(&self, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let [encrypted] = json_texts(body, ["encrypt"])?;
        let encrypted = encrypted.ok_or(Refusal::MalformedBody("it has no `encrypt`".into()))?;
        let bytes = Encoding::Base64.decode(&encrypted).ok_or(Refusal::Undecryptable)?;
        let (iv, ciphertext) = bytes.split_first_chunk().ok_or(Refusal::Undecryptable)?;
        self.cipher.decrypt(iv, ciphertext)
    }

    /// The answer to a handshake that is not signed.
    fn answer(&self, body: &[u8]) -> Option<Response<Bytes>> {
        let expected = self.verification_token.as_ref()?;
        let event = self.open(body).ok()?;
        let [kind, token, challenge] = json_texts(&event, ["type", "token", "challenge"]).ok()?;
        let is_ours = kind? == URL_VERIFICATION && expected.is_token(&token?);
        if is_ours { CHALLENGE.respond(challenge?.as_bytes()) } else { None }
    }
}

const URL_VERIFICATION: &str = "url_verification";

static CHALLENGE: LazyLock<Handshake> =
    LazyLock::new(|| Handshake::verified().json("challenge", Said::question()));

fn signed_text(time: &str, nonce: &str) -> Text {
    Text::new().bytes(time).bytes(nonce).secret().body()
}

impl Scheme for Lark {
    fn name(&self) -> &str {
        "lark"
    }

    /// The Encrypt Key; and behind a line feed the Verification Token.
    fn key(&self, text: &str) -> Result<Key, KeyError> {
        match text.split_once('\n') {
            None => Self::key_with(text, None),
            Some((encrypt_key, token)) if !token.contains('\n') => Self::keys(encrypt_key, token),
            Some(_) => Err(KeyError::WrongParts {
                expected: "the Encrypt Key and the Verification Token, with one line feed between them and none after",
            }),
        }
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if ![TIMESTAMP, NONCE, SIGNATURE].iter().any(|name| head.headers().contains_key(name)) {
            return match body {
                None => Ok(Plan::NeedsBody),
                Some(body) if body.len() > LONGEST_HANDSHAKE => Err(Refusal::MissingHeader(SIGNATURE)),
                Some(body) => {
                    let body = body.clone();
                    // Whatever is wrong with it, no more is said than that it is not signed.
                    Ok(Plan::Challenge(Challenge::carried(move |secrets: &Secrets| {
                        secrets.answer(&body).ok_or(Refusal::MissingHeader(SIGNATURE))
                    })))
                }
            };
        }
        let (time, nonce) = (head.one(&TIMESTAMP)?, head.one(&NONCE)?);
        let signed_at = Unit::Seconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let check = Check::new(signed_text(time, nonce)).signed_at(signed_at);
        Ok(check.signature(ALGORITHM, Encoding::Hex, head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let secrets: &Secrets = proven.carried().ok_or(Refusal::Undecryptable)?;
        let event = secrets.open(proven.body())?;
        let [name, id, token] =
            json_texts(&event, ["/header/event_type", "/header/event_id", "/header/token"])?;
        let [kind, challenge, old_token] = json_texts(&event, ["type", "challenge", "token"])?;
        let [old_name, old_id] = json_texts(&event, ["/event/type", "uuid"])?;
        if let Some(expected) = &secrets.verification_token
            && !token.or(old_token).is_some_and(|token| expected.is_token(&token))
        {
            return Err(Refusal::NotForUs("the Verification Token is another".into()));
        }
        if kind.is_some_and(|kind| kind == URL_VERIFICATION) {
            let answer = challenge.and_then(|challenge| CHALLENGE.respond(challenge.as_bytes()));
            let answer =
                answer.ok_or(Refusal::MalformedBody("`challenge` is missing or malformed".into()))?;
            return Ok(Outcome::Respond(answer));
        }
        let mut delivery = Delivery::new();
        if let Some(name) = name.or(old_name) {
            delivery = delivery.signed_event(name);
        }
        if let Some(id) = id.or(old_id) {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.payload(event.into()).into())
    }

    /// Encrypts the body, which is an event in plain text, and signs it. A nonce that is there is kept. What Lark draws at
    /// random is derived from the key, the time and the event, so that it is the same each time.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let receiver = key.verifying_key();
        let secrets: &Secrets = receiver.carried().ok_or(CannotSign::new("the key is not Lark's"))?;
        let iv: [u8; 16] = secrets.cipher.derive("iv", now, request.body());
        let nonce = Encoding::Hex.encode(&secrets.cipher.derive::<16>("nonce", now, request.body()));
        let encrypted = [&iv[..], &secrets.cipher.encrypt(&iv, request.body())].concat();
        let body = serde_json::json!({ "encrypt": Encoding::Base64.encode(&encrypted) });
        *request.body_mut() = body.to_string().into();

        let unfit = |_| CannotSign::new("a value does not fit into a header");
        let time = Unit::Seconds.format(now);
        let nonce = HeaderValue::try_from(nonce).map_err(unfit)?;
        let nonce = request.headers_mut().entry(NONCE).or_insert(nonce).clone();
        let nonce = nonce.to_str().map_err(|_| CannotSign::new("the nonce is not visible ASCII"))?;
        let signature = key.sign(ALGORITHM, &signed_text(&time, nonce), request.body())?;
        let signature = HeaderValue::try_from(Encoding::Hex.encode(&signature)).map_err(unfit)?;
        request.headers_mut().insert(TIMESTAMP, HeaderValue::try_from(time).map_err(unfit)?);
        request.headers_mut().insert(SIGNATURE, signature);
        Ok(())
    }

    /// Lark documents 200.
    fn answers(&self) -> Answers {
        Answers::new().only_this_status()
    }

    /// Lark waits three seconds.
    fn lease(&self) -> Duration {
        Duration::from_secs(3)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "lark",
    "Lark and Feishu",
    "https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case",
    |_| Ok(Box::new(Lark)),
)
.recipe("SHA-256 with the secret, AES")
.signed("time, body")
.known_by("the event's `event_id`")
.handshake("encrypted challenge");
