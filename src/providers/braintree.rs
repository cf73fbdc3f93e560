//! Braintree.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    schemes::{
        Source,
        form::{self, each_once},
        handshake::{Handshake, Said},
    },
    time::Timestamp,
};
use bytes::Bytes;
use http::{Method, Request};
use sha1::{Digest as _, Sha1};
use std::{borrow::Cow, time::Duration};
use zeroize::Zeroizing;

/// Braintree's webhooks.
///
/// Follows [Parse](https://developer.paypal.com/braintree/docs/guides/webhooks/parse), and for how it is signed, Braintree's
/// own package (npm `braintree` 3.40.0).
///
/// - **Signed**: the form's `bt_payload`, by HMAC-SHA1; in `bt_signature`, as `{public key}|{hex}`, with one such pair for
///   each of the account's keys, joined by `&`. Only those of this endpoint's public key count. The form has these two
///   fields and no other.
/// - **Payload**: XML, decoded from base64, which this crate does not parse: read
///   [`Verified::payload`](crate::Verified::payload). The event is its `kind`, the time its `timestamp`.
/// - **Secret**: the private key, whose SHA-1 digest is what signs; the public key is a setting of the scheme.
/// - **Time**: none but the one in the XML, and no tolerance is documented.
/// - **Replay**: without an id or a time that is read, nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen; each payload contains its time.
/// - **Handshake**: when a webhook is added, Braintree asks by GET with a `bt_challenge`, and is answered with its
///   signature. That such an answer is no signature of a delivery is due to the payload being XML.
/// - **Answer**: any 2xx within 30 seconds. Retries come every hour for a day, in the sandbox for three hours.
/// - **Pitfalls**: the payload ends with a line feed that some frameworks strip, so that it counts with one more, too.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Braintree};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let scheme = Braintree::new("the public key");
/// let key = scheme.key("the private key")?;
/// let layer = VerifySignatureLayer::new(scheme, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Braintree {
    public_key: Cow<'static, str>,
}

impl Braintree {
    /// For deliveries that are signed with the private key that belongs to this public one.
    pub fn new(public_key: impl Into<Cow<'static, str>>) -> Self {
        Self { public_key: public_key.into() }
    }

    /// A GET with a challenge, which is answered with its signature.
    fn challenge(&self) -> Handshake {
        let is_documented = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        Handshake::unverified(Method::GET)
            .question(Source::Query("bt_challenge"))
            .form(20..=32, is_documented)
            .signed_by(Algorithm::HmacSha1)
            .text(Said::signature(Encoding::Hex).behind(format!("{}|", self.public_key)))
    }

    /// The check of a payload, spelled like this.
    fn check(&self, payload: &str, signatures: &str) -> Result<Check, Refusal> {
        let pairs = signatures.split('&').filter_map(|pair| pair.split_once('|'));
        let mut own = pairs.filter(|(public_key, _)| *public_key == self.public_key).peekable();
        if own.peek().is_none() {
            return Err(Refusal::NoSignature);
        }
        let mut check = Check::new(Text::new().read_from_body(payload));
        for (_, signature) in own {
            check = check.signature(Algorithm::HmacSha1, Encoding::Hex, signature)?;
        }
        Ok(check)
    }
}

impl Scheme for Braintree {
    fn name(&self) -> &str {
        "braintree"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        // For what is no secret at all.
        Secret::text().key(Algorithm::HmacSha1, text)?;
        let digest: Zeroizing<[u8; 20]> = Zeroizing::new(Sha1::digest(text).into());
        Key::new(Algorithm::HmacSha1, digest.as_slice())
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if head.method() == Method::GET {
            let challenge = self.challenge();
            return challenge.plan(head, b"", &challenge.demanded(head, b"")?);
        }
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let [signatures, payload] = each_once(body, ["bt_signature", "bt_payload"])?;
        if form::count(body) != 2 {
            return Err(Refusal::MalformedBody("the form has more fields than are documented".into()));
        }
        let with_line_feed = format!("{payload}\n");
        Ok(Plan::Any(vec![self.check(&payload, &signatures)?, self.check(&with_line_feed, &signatures)?]))
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [payload] = each_once(proven.body(), ["bt_payload"])?;
        let payload = Encoding::Base64.decode(&payload.replace('\n', ""));
        // A challenge could be base64 too, but not of anything that begins like this.
        let xml = payload.filter(|payload| payload.trim_ascii_start().starts_with(b"<"));
        let xml = xml.ok_or(Refusal::MalformedBody("`bt_payload` is not the base64 of XML".into()))?;
        Ok(Delivery::new().payload(xml.into()).format(Format::Other).into())
    }

    /// The body is the XML, and becomes the form.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        if !request.body().trim_ascii_start().starts_with(b"<") {
            return Err(CannotSign::new("the body is not XML"));
        }
        let payload = format!("{}\n", Encoding::Base64.encode(request.body()));
        let signature = key.sign(Algorithm::HmacSha1, &Text::new().bytes(&payload), b"")?;
        let signature = format!("{}|{}", self.public_key, Encoding::Hex.encode(&signature));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("bt_signature", &signature).append_pair("bt_payload", &payload);
        *request.body_mut() = form.finish().into();
        Ok(())
    }

    fn methods(&self) -> &[Method] {
        static METHODS: [Method; 2] = [Method::POST, Method::GET];
        &METHODS
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(30)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "braintree",
    "Braintree",
    "https://developer.paypal.com/braintree/docs/guides/webhooks/parse",
    |options| Ok(Box::new(Braintree::new(options.demand("public_key")?.to_owned()))),
)
.recipe("HMAC-SHA1")
.signed("payload")
.handshake("GET with `bt_challenge`")
.needs(&[Need::Secret, Need::Option("public_key")]);
