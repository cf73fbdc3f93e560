//! Amazon SNS, over HTTP and HTTPS.
mod confirmation;
mod message;

pub use self::confirmation::Confirmation;

use self::message::Message;
use super::registry::{Need, OptionError, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, PinnedUrl, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme},
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use serde_json::{Map, Value};
use std::time::Duration;

/// Amazon SNS: what a topic sends to an HTTP or HTTPS endpoint.
///
/// Follows [Verifying the signatures of Amazon SNS
/// messages](https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).
///
/// - **Signed**: of the JSON body, `Message`, `MessageId`, `Subject`, `Timestamp`, `TopicArn` and `Type`; for the two
///   confirmations also `SubscribeURL` and `Token`. By RSA, with the key of the certificate at `SigningCertURL`, which
///   must be one of Amazon's for SNS: [`URLS`](Self::URLS). It is believed because it lies there, is of the host
///   `sns.amazonaws.com` and valid. The document asks for its chain too, and Amazon publishes the certificate alone.
/// - **Not signed**: all else in the body, `UnsubscribeURL` and `MessageAttributes` too; and the headers. The three
///   that repeat something of the body must not contradict it.
/// - **Payload**: the `Message`, as JSON. Where it is plain text, read [`Verified::payload`](crate::Verified::payload).
/// - **Topic**: anybody can make a topic and have Amazon sign what they like, so a signature alone proves nothing. The
///   topic is the [tenant](crate::Verified::tenant).
/// - **Version**: SNS signs with SHA-1 (`SignatureVersion` 1) unless a topic's attribute of that name is `2`. Set it:
///   version 1 is refused unless you [accept](Self::accept_sha1) it.
/// - **Time**: an hour, past and future. The document names no tolerance; `Timestamp` is when the message was published,
///   and SNS retries for an hour at most.
/// - **Replay**: known by `MessageId`, which retries keep.
/// - **Answer**: any 2xx. SNS retries after a 5xx, and takes a 4xx for final. How long it waits is not documented; 15
///   seconds, as is said.
/// - **Subscribing**: SNS sends a `SubscriptionConfirmation` first, and nothing else until it is confirmed. It is refused
///   unless you ask for [`confirmations`](Self::confirmations). What confirms it is made of topic and token:
///   [`Confirmation::request`].
/// - **Pitfalls**: raw message delivery is not signed, and refused. What SNS hands to Lambda has other names
///   (`SigningCertUrl`) and is not for this.
///
/// ```no_run
/// # #[cfg(all(feature = "fetch", feature = "x509"))] {
/// use tower_webhook::{VerifySignatureLayer, fetch::Client, key::{Algorithm, Certificates}, providers::Sns};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Certificates::new(Client::new()?, Algorithm::RsaPkcs1Sha256).host("sns.amazonaws.com")?;
/// let sns = Sns::topic("arn:aws:sns:eu-central-1:123456789012:orders");
/// let layer = VerifySignatureLayer::new(sns, keys);
/// # let _ = layer;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Sns {
    topics: Topics,
    accepts_sha1: bool,
    takes_confirmations: bool,
}

#[derive(Clone, Debug)]
enum Topics {
    These(Vec<Box<str>>),
    Any,
}

const TYPE: HeaderName = HeaderName::from_static("x-amz-sns-message-type");
const ID: HeaderName = HeaderName::from_static("x-amz-sns-message-id");
const TOPIC: HeaderName = HeaderName::from_static("x-amz-sns-topic-arn");
const RAW: HeaderName = HeaderName::from_static("x-amz-sns-rawdelivery");

impl Sns {
    /// Where SNS's certificates lie: `https://sns.{region}.amazonaws.com/SimpleNotificationService-{id}.pem`, in China
    /// under `amazonaws.com.cn`. `sns.s3.amazonaws.com` is none of them: anybody can have a bucket of that name.
    pub const URLS: PinnedUrl = PinnedUrl::of_hosts(&["sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"])
        .star(is_region)
        .path("/SimpleNotificationService-", ".pem");

    /// What this topic sends.
    pub fn topic(arn: impl Into<Box<str>>) -> Self {
        Self { topics: Topics::These(vec![arn.into()]), accepts_sha1: false, takes_confirmations: false }
    }

    /// What this topic sends, too.
    pub fn and_topic(mut self, arn: impl Into<Box<str>>) -> Self {
        if let Topics::These(topics) = &mut self.topics {
            topics.push(arn.into());
        }
        self
    }

    /// What any topic sends, of anybody's account: whoever has an account of AWS can make one. The handler must look at
    /// [`Verified::tenant`](crate::Verified::tenant) before it believes anything.
    pub fn insecure_any_topic() -> Self {
        Self { topics: Topics::Any, accepts_sha1: false, takes_confirmations: false }
    }

    /// Takes what is signed with SHA-1, too: `SignatureVersion` 1, which topics have unless they are set to 2. The
    /// version itself is not signed. Collisions of SHA-1 can be made; forging with one needs a topic that signs what the
    /// forger publishes.
    pub fn accept_sha1(mut self) -> Self {
        self.accepts_sha1 = true;
        self
    }

    /// Hands confirmations to the handler, as events `SubscriptionConfirmation` and `UnsubscribeConfirmation` whose
    /// payload is a [`Confirmation`]. This crate visits no URL that it is sent.
    pub fn confirmations(mut self) -> Self {
        self.takes_confirmations = true;
        self
    }

    fn algorithm(&self, version: &str) -> Result<Algorithm, Refusal> {
        match version {
            "2" => Ok(Algorithm::RsaPkcs1Sha256),
            "1" if self.accepts_sha1 => Ok(Algorithm::RsaPkcs1Sha1),
            _ => Err(Refusal::UnsupportedAlgorithm),
        }
    }

    fn expects(&self, message: &Message<'_>) -> Result<(), Refusal> {
        if let Topics::These(topics) = &self.topics
            && !topics.iter().any(|topic| **topic == *message.topic_arn)
        {
            return Err(Refusal::NotForUs("a topic that is none of the endpoint's".into()));
        }
        match (&*message.kind, self.takes_confirmations) {
            (NOTIFICATION, _) | (SUBSCRIPTION | UNSUBSCRIPTION, true) => Ok(()),
            (SUBSCRIPTION | UNSUBSCRIPTION, false) => {
                Err(Refusal::NotForUs("a confirmation: see `Sns::confirmations`".into()))
            }
            _ => Err(Refusal::MalformedBody("there is no such `Type` of message".into())),
        }
    }
}

const NOTIFICATION: &str = "Notification";
const SUBSCRIPTION: &str = "SubscriptionConfirmation";
const UNSUBSCRIPTION: &str = "UnsubscribeConfirmation";

/// A region has a name like `us-gov-west-1`; services do not, nor do their hosts that end in a region's.
fn is_region(label: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let Some((words, number)) = label.rsplit_once('-') else { return false };
    words.contains('-') && words.split('-').all(is_word) && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the headers repeat of what was signed must be the same.
fn agrees_with(head: &Head<'_>, delivery: &Delivery) -> Result<(), Refusal> {
    let Delivery { event, id, tenant, .. } = delivery;
    for (header, said, refusal) in [
        (TYPE, event.as_ref().map(|claim| &*claim.text), Refusal::EventMismatch),
        (ID, id.as_ref().map(|claim| &*claim.text), Refusal::IdMismatch),
        (TOPIC, tenant.as_deref(), Refusal::TenantMismatch),
    ] {
        if head.optional(&header)?.is_some_and(|repeated| Some(repeated) != said) {
            return Err(refusal);
        }
    }
    Ok(())
}

impl Scheme for Sns {
    fn name(&self) -> &str {
        "aws-sns"
    }

    /// A certificate's public key, in PEM.
    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let key = Secret::pem().key(Algorithm::RsaPkcs1Sha256, text)?;
        if self.accepts_sha1 {
            Ok(key.and(Secret::pem().key(Algorithm::RsaPkcs1Sha1, text)?))
        } else {
            Ok(key)
        }
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        Secret::pem().signing_key(Algorithm::RsaPkcs1Sha256, text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else {
            if head.headers().contains_key(&RAW) {
                return Err(Refusal::NoSignature);
            }
            head.one(&TYPE)?;
            return Ok(Plan::NeedsBody);
        };
        let message = Message::read(body)?;
        let algorithm = self.algorithm(&message.signature_version)?;
        self.expects(&message)?;
        let signed_at = Unit::Rfc3339.parse(&message.timestamp).ok_or(Refusal::MalformedTimestamp)?;
        let key = Self::URLS.certificate(&message.certificate)?;
        let check = Check::new(message.text()).signed_at(signed_at).key(key);
        let check = check.signature(algorithm, Encoding::Base64, &message.signature)?;
        Ok(check.delivery(message.into_delivery(body)).into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let delivery = proven.delivery();
        agrees_with(proven.head(), &delivery)?;
        Ok(delivery.into())
    }

    /// Signs the message that the body is, a JSON object with everything but `Timestamp`, `SignatureVersion` (it is 2)
    /// and `Signature`, and sets the headers that repeat it.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        const INCOMPLETE: CannotSign =
            CannotSign::new("the body is no message of SNS's, but for its time and signature");
        let mut object: Map<String, Value> =
            serde_json::from_slice(request.body()).map_err(|_| INCOMPLETE)?;
        object.insert("Timestamp".into(), Unit::Rfc3339.format(now).into());
        object.insert("SignatureVersion".into(), "2".into());
        object.insert("Signature".into(), "".into());
        let unsigned = Value::Object(object.clone()).to_string();
        let message = Message::read(unsigned.as_bytes()).map_err(|_| INCOMPLETE)?;
        let signature = key.sign(Algorithm::RsaPkcs1Sha256, &message.text(), b"")?;
        for (name, value) in [(TYPE, &message.kind), (ID, &message.message_id), (TOPIC, &message.topic_arn)] {
            let value = HeaderValue::try_from(&**value).map_err(|_| INCOMPLETE)?;
            request.headers_mut().insert(name, value);
        }
        object.insert("Signature".into(), Encoding::Base64.encode(&signature).into());
        *request.body_mut() = Value::Object(object).to_string().into();
        Ok(())
    }

    fn tolerance(&self) -> Duration {
        Duration::from_secs(3600)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "aws-sns",
    "Amazon SNS",
    "https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html",
    |options| {
        let alone = options.are_for_signature_alone();
        let topics = match options.binding(&["topics", "topic"])? {
            Some(topics) => Topics::These(topics.split(',').map(Box::from).collect()),
            None => Topics::Any,
        };
        let accepts_sha1 = match options.get("signature_version") {
            None => alone || options.is_set("sha1")?,
            Some("1") => true,
            Some("2") => false,
            Some(_) => {
                return Err(OptionError::Wrong { name: "signature_version", expected: "`1` or `2`" });
            }
        };
        let takes_confirmations = alone || options.is_set("confirmations")?;
        Ok(Box::new(Sns { topics, accepts_sha1, takes_confirmations }))
    },
)
.recipe("RSA-SHA256 or RSA-SHA1")
.signed("message, id, subject, time, topic, type")
.known_by("the body's `MessageId`")
.handshake("for the handler: `confirmations`")
.needs(&[Need::FetchedKeys, Need::Option("topics"), Need::Option("sha1?"), Need::Option("confirmations?")]);
