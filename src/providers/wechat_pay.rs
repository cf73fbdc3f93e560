//! WeChat Pay.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, KeyRef, Secret, SigningKey},
    scheme::{
        Answer, Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text,
        forward,
    },
    schemes::encrypted::Gcm,
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use std::time::Duration;

/// The notifications of WeChat Pay, API v3.
///
/// Follows [the documentation of their signature](https://pay.weixin.qq.com/doc/v3/merchant/4013053249).
///
/// - **Signed**: `Wechatpay-Timestamp`, `Wechatpay-Nonce` and the body, a line feed behind each, by RSA (PKCS #1 v1.5)
///   with SHA-256; in `Wechatpay-Signature`, base64.
/// - **Encrypted**: the body's `resource`, by AES-256-GCM with the APIv3 key. The payload is what is in it, in JSON:
///   [`Verified::payload`](crate::Verified::payload); [`Verified::body`](crate::Verified::body) is the notification
///   around it.
/// - **Key**: the public key of WeChat Pay, in PEM, and on the line behind it the APIv3 key, of 32 characters; or
///   [`WeChatPay::keys`]. Of a platform certificate, take the public key: `openssl x509 -pubkey -noout -in cert.pem`.
/// - **Which key**: `Wechatpay-Serial` names it, the id of a public key (`PUB_KEY_ID_..`) or the serial number of a
///   certificate: a key provider is asked for [`KeyRef::Id`]. It is not signed, and need not be.
/// - **Time**: five minutes.
/// - **Event, id**: the body's `event_type` and `id`.
/// - **Replay**: known by the id.
/// - **Answer**: 200 or 204 within five seconds; refused: 401 with `{"code":"FAIL","message":".."}`.
/// - **Pitfalls**: WeChat Pay now and then sends a signature that is wrong on purpose and begins with
///   `WECHATPAY/SIGNTEST/`, to see that it is refused. That it does was not confirmed here, nor were the five minutes. The
///   variant with Chinese algorithms (SM2, SM4) is not supported.
///
/// ```
/// use tower_webhook::{VerifySignatureLayer, providers::WeChatPay};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let public_key = "-----BEGIN PUBLIC KEY-----
/// MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAub+rs+LQGJ9/+273IRaY
/// MjsTYL6kccd1iMnpnV1mjzuO/PtX723cX0TGcAHlWdC4sT2x2Vbze9rAOVZfVSZU
/// nqyhh0SQbBwToLaYVk3dDGvdqL30vET+vs8uU1ceq4lt8GHK+D2tCFJMJoQSSEby
/// Sva1e1Ltb8uS7rwDrG7kDcsfp+LMz4iss+cvq8h9zhhf1HiG+q2EkuPGn289HXWB
/// vBsWGctco71/DYJY5pOY01M/AilNzF3au/NDLN4SUuxFxwVVjx9b+2FaUXz3/bp6
/// R0UNjOzvNTYrkgjTyFlMpq1nqTVcBexa1WIv46lJRVP6O+P3f+1iQkMfnOWtiZsd
/// uwIDAQAB
/// -----END PUBLIC KEY-----";
/// let key = WeChatPay::keys(public_key, "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb")?;
/// let layer = VerifySignatureLayer::new(WeChatPay, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeChatPay;

const TIMESTAMP: HeaderName = HeaderName::from_static("wechatpay-timestamp");
const NONCE: HeaderName = HeaderName::from_static("wechatpay-nonce");
const SERIAL: HeaderName = HeaderName::from_static("wechatpay-serial");
const SIGNATURE: HeaderName = HeaderName::from_static("wechatpay-signature");

const ALGORITHM: Algorithm = Algorithm::RsaPkcs1Sha256;
const CIPHER: &str = "AEAD_AES_256_GCM";

impl WeChatPay {
    /// The key of a merchant. [`Scheme::key`] reads the same two out of one text, `{public key}\n{APIv3 key}`.
    ///
    /// # Errors
    /// If the public key is none, or the APIv3 key has not 32 bytes.
    pub fn keys(public_key: &str, api_v3_key: &str) -> Result<Key, KeyError> {
        let cipher = cipher(api_v3_key)?;
        Ok(Secret::pem().key(ALGORITHM, public_key)?.carrying(cipher))
    }
}

fn cipher(api_v3_key: &str) -> Result<Gcm, KeyError> {
    let wrong = KeyError::WrongParts { expected: "with an APIv3 key of 32 characters" };
    let key = api_v3_key.as_bytes().try_into().map_err(|_| wrong)?;
    if api_v3_key.trim().is_empty() { Err(KeyError::Blank) } else { Ok(Gcm::new(key)) }
}

/// The RSA key and the APIv3 key of one text.
fn split(text: &str) -> Result<(&str, &str), KeyError> {
    if text.trim().is_empty() {
        return Err(if text.is_empty() { KeyError::Empty } else { KeyError::Blank });
    }
    text.rsplit_once('\n').ok_or(KeyError::WrongParts {
        expected: "the public key in PEM and the APIv3 key, with one line feed between them and none after",
    })
}

fn signed_text(time: &str, nonce: &str) -> Text {
    Text::new().bytes(time).bytes("\n").bytes(nonce).bytes("\n").body().bytes("\n")
}

impl Scheme for WeChatPay {
    fn name(&self) -> &str {
        "wechat-pay-v3"
    }

    /// The public key in PEM, and behind a line feed the APIv3 key.
    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let (public_key, api_v3_key) = split(text)?;
        Self::keys(public_key, api_v3_key)
    }

    /// The private key in PEM, and behind a line feed the APIv3 key.
    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        let (private_key, api_v3_key) = split(text)?;
        let cipher = cipher(api_v3_key)?;
        Ok(Secret::pem().signing_key(ALGORITHM, private_key)?.carrying(cipher))
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (time, nonce, serial) = (head.one(&TIMESTAMP)?, head.one(&NONCE)?, head.one(&SERIAL)?);
        let signed_at = Unit::Seconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let check = Check::new(signed_text(time, nonce)).signed_at(signed_at).key(KeyRef::Id(serial.into()));
        Ok(check.signature(ALGORITHM, Encoding::Base64, head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let gcm: &Gcm = proven.carried().ok_or(Refusal::Undecryptable)?;
        let [event, id] = proven.json_texts(["event_type", "id"])?;
        let [algorithm, text, nonce, data] = proven.json_texts([
            "/resource/algorithm",
            "/resource/ciphertext",
            "/resource/nonce",
            "/resource/associated_data",
        ])?;
        let (Some(algorithm), Some(text), Some(nonce)) = (algorithm, text, nonce) else {
            return Err(Refusal::MalformedBody("it has no encrypted `resource`".into()));
        };
        if algorithm != CIPHER {
            return Err(Refusal::UnsupportedAlgorithm);
        }
        let text = Encoding::Base64.decode(&text).ok_or(Refusal::Undecryptable)?;
        let resource = gcm.decrypt(nonce.as_bytes(), data.unwrap_or_default().as_bytes(), &text)?;
        let mut delivery = Delivery::new().payload(resource.into());
        if let Some(event) = event {
            delivery = delivery.signed_event(event);
        }
        if let Some(id) = id {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    /// Encrypts the `resource` of the body, a notification in which that is in plain text, and signs it.
    /// `Wechatpay-Serial` must be there; a nonce that is there is kept. What WeChat Pay draws at random is derived from the
    /// key, the time and the resource, so that it is the same each time.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        if !request.headers().contains_key(SERIAL) {
            return Err(CannotSign::new("the request lacks `wechatpay-serial`: set it first"));
        }
        let receiver = key.verifying_key();
        let gcm: &Gcm = receiver.carried().ok_or(CannotSign::new("the key is not WeChat Pay's"))?;
        let no_resource = CannotSign::new("the body is no JSON object with a `resource`");
        let mut body: serde_json::Value =
            serde_json::from_slice(request.body()).map_err(|_| no_resource.clone())?;
        let resource = body.get_mut("resource").ok_or(no_resource)?;
        let plain = resource.to_string();
        let nonce = Encoding::Base64Url.encode(&gcm.derive::<9>("resource", now, plain.as_bytes()));
        let nonce_bytes =
            nonce.as_bytes().try_into().map_err(|_| CannotSign::new("the nonce is no nonce"))?;
        let text = gcm.encrypt(nonce_bytes, DATA.as_bytes(), plain.as_bytes());
        let text = text.ok_or(CannotSign::new("the resource is too long"))?;
        *resource = serde_json::json!({
            "algorithm": CIPHER,
            "associated_data": DATA,
            "ciphertext": Encoding::Base64.encode(&text),
            "nonce": nonce,
        });
        *request.body_mut() = body.to_string().into();

        let unfit = |_| CannotSign::new("a value does not fit into a header");
        let time = Unit::Seconds.format(now);
        let nonce = Encoding::Hex.encode(&gcm.derive::<16>("nonce", now, plain.as_bytes()));
        let nonce = HeaderValue::try_from(nonce).map_err(unfit)?;
        let nonce = request.headers_mut().entry(NONCE).or_insert(nonce).clone();
        let nonce = nonce.to_str().map_err(|_| CannotSign::new("the nonce is not visible ASCII"))?;
        let signature = key.sign(ALGORITHM, &signed_text(&time, nonce), request.body())?;
        let signature = HeaderValue::try_from(Encoding::Base64.encode(&signature)).map_err(unfit)?;
        request.headers_mut().insert(TIMESTAMP, HeaderValue::try_from(time).map_err(unfit)?);
        request.headers_mut().insert(SIGNATURE, signature);
        Ok(())
    }

    fn answers(&self) -> Answers {
        const FAILURE: &str = r#"{"code":"FAIL","message":"refused"}"#;
        Answers::new().refusal(Answer::json(StatusCode::UNAUTHORIZED, FAILURE))
    }

    /// WeChat Pay waits five seconds.
    fn lease(&self) -> Duration {
        Duration::from_secs(5)
    }
}

/// For whoever asks nothing but whether a signature holds, and may not have the APIv3 key.
struct SignatureAlone;

impl Scheme for SignatureAlone {
    forward!(self => &WeChatPay; name, plan, sign, signing_key, tolerance, body_limit, answers, lease);

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        WeChatPay.key(text).or_else(|error| Secret::pem().key(ALGORITHM, text).map_err(|_| error))
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        match proven.carried::<Gcm>() {
            Some(_) => WeChatPay.accept(proven),
            None => Ok(Delivery::new().into()),
        }
    }
}

/// What is authenticated beside the resource: what it is, in WeChat Pay's notifications of payments.
const DATA: &str = "transaction";

pub(super) const PROVIDER: Provider = Provider::new(
    "wechat-pay-v3",
    "WeChat Pay, API v3",
    "https://pay.weixin.qq.com/doc/v3/merchant/4013053249",
    |options| {
        let alone = options.are_for_signature_alone();
        Ok(if alone { Box::new(SignatureAlone) } else { Box::new(WeChatPay) })
    },
)
.recipe("RSA-SHA256, AES")
.signed("time, body")
.known_by("the body's `id`")
.needs(&[Need::PublicKey, Need::Secret]);
