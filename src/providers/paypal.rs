//! PayPal.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, PinnedUrl, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use std::sync::LazyLock;

/// PayPal's webhooks.
///
/// Follows [Integrate webhooks](https://developer.paypal.com/api/rest/webhooks/rest/), the self verification method.
///
/// - **Signed**: `{transmission id}|{transmission time}|{webhook id}|{CRC-32 of the body, in decimal}`, the first two
///   from headers; by RSA with SHA-256, in `PAYPAL-TRANSMISSION-SIG`, base64. The key is that of the certificate at
///   `PAYPAL-CERT-URL`, which must be one of PayPal's: [`LIVE_URLS`](Self::LIVE_URLS) or
///   [`SANDBOX_URLS`](Self::SANDBOX_URLS).
/// - **Not signed**: the body. A CRC is no protection: whoever captures one delivery can make another body of the same
///   CRC in no time. So the proof is a [`SignedHead`](crate::scheme::Proof::SignedHead), and typed events are refused
///   unless the layer is told to [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that. Rather than
///   that, take the resource's id from the body and ask PayPal for the rest. The event type (`event_type`) is in the
///   body, unsigned.
/// - **Webhook id**: what the dashboard shows for the endpoint; configuration. That it is signed keeps other merchants'
///   deliveries out.
/// - **Time**: five minutes, past and future. PayPal documents no tolerance.
/// - **Replay**: known by the transmission id. Together with a replay memory, a captured delivery is good for nothing
///   more. Whether a retry has the same one is not documented, so let the handler look at the event's `id`, too.
/// - **Answer**: any 2xx. PayPal retries up to 25 times over three days.
/// - **Pitfalls**: the simulator's webhook id is `WEBHOOK_ID`, for everybody: an endpoint with this one takes what
///   anybody has it send. The document names no host of the certificates; those here are the ones that deliveries name.
///   For whom the certificates are is not documented either: they are believed because of where they lie.
///
/// ```no_run
/// # #[cfg(all(feature = "fetch", feature = "memory", feature = "x509"))] {
/// use tower_webhook::{
///     VerifySignatureLayer,
///     fetch::Client,
///     key::{Algorithm, Certificates},
///     providers::PayPal,
///     replay::{MemoryStore, Replay},
/// };
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = Certificates::new(Client::new()?, Algorithm::RsaPkcs1Sha256);
/// let layer = VerifySignatureLayer::new(PayPal::live("4JH86294D6297924G"), keys)
///     .insecure_accept_uncovered_body()
///     .replay(Replay::new(MemoryStore::new(100_000), "payments"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct PayPal {
    webhook_id: Box<str>,
    urls: PinnedUrl,
}

const ID: HeaderName = HeaderName::from_static("paypal-transmission-id");
const TIME: HeaderName = HeaderName::from_static("paypal-transmission-time");
const SIGNATURE: HeaderName = HeaderName::from_static("paypal-transmission-sig");
const CERTIFICATE: HeaderName = HeaderName::from_static("paypal-cert-url");
const ALGORITHM: HeaderName = HeaderName::from_static("paypal-auth-algo");

impl PayPal {
    /// Where the certificates of live deliveries lie: `https://api.paypal.com/v1/notifications/certs/{id}`.
    pub const LIVE_URLS: PinnedUrl =
        PinnedUrl::of_hosts(&["api.paypal.com"]).path("/v1/notifications/certs/", "");

    /// Where the certificates of the sandbox's deliveries lie.
    pub const SANDBOX_URLS: PinnedUrl =
        PinnedUrl::of_hosts(&["api.sandbox.paypal.com"]).path("/v1/notifications/certs/", "");

    /// Live deliveries to the webhook of this id.
    pub fn live(webhook_id: impl Into<Box<str>>) -> Self {
        Self { webhook_id: webhook_id.into(), urls: Self::LIVE_URLS }
    }

    /// The sandbox's deliveries to the webhook of this id.
    pub fn sandbox(webhook_id: impl Into<Box<str>>) -> Self {
        Self { webhook_id: webhook_id.into(), urls: Self::SANDBOX_URLS }
    }

    fn text(&self, id: &str, time: &str, body: &[u8]) -> Text {
        let text = Text::new().bytes(id).bytes("|").bytes(time).bytes("|").bytes(&*self.webhook_id);
        text.bytes("|").bytes(crc32(body).to_string())
    }
}

impl Scheme for PayPal {
    fn name(&self) -> &str {
        "paypal"
    }

    /// A certificate's public key, in PEM.
    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::pem().key(Algorithm::RsaPkcs1Sha256, text)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        Secret::pem().signing_key(Algorithm::RsaPkcs1Sha256, text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (id, time) = (head.one(&ID)?, head.one(&TIME)?);
        if head.one(&ALGORITHM)? != "SHA256withRSA" {
            return Err(Refusal::UnsupportedAlgorithm);
        }
        let signed_at = Unit::Rfc3339.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let key = self.urls.certificate(head.one(&CERTIFICATE)?)?;
        let signature = head.one(&SIGNATURE)?;
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let check = Check::new(self.text(id, time, body)).signed_at(signed_at).key(key);
        Ok(check.signature(Algorithm::RsaPkcs1Sha256, Encoding::Base64, signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let delivery = Delivery::new().signed_id(proven.head().one(&ID)?);
        let [event] = proven.json_texts(["event_type"])?;
        Ok(match event {
            Some(event) => delivery.unsigned_event(event),
            None => delivery,
        }
        .into())
    }

    /// Sets the time, the algorithm and the signature. `PAYPAL-TRANSMISSION-ID` and `PAYPAL-CERT-URL` must be there.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let (Some(id), Some(_)) = (header(ID), header(CERTIFICATE)) else {
            return Err(CannotSign::new("set `PAYPAL-TRANSMISSION-ID` and `PAYPAL-CERT-URL` first"));
        };
        let time = Unit::Rfc3339.format(now);
        let signature = key.sign(Algorithm::RsaPkcs1Sha256, &self.text(id, &time, request.body()), b"")?;
        let unfit = |_| CannotSign::new("a value does not fit into a header");
        let signature = HeaderValue::try_from(Encoding::Base64.encode(&signature)).map_err(unfit)?;
        let time = HeaderValue::try_from(time).map_err(unfit)?;
        let headers = request.headers_mut();
        headers.insert(TIME, time);
        headers.insert(ALGORITHM, HeaderValue::from_static("SHA256withRSA"));
        headers.insert(SIGNATURE, signature);
        Ok(())
    }
}

/// The checksum of zip and PNG.
fn crc32(bytes: &[u8]) -> u32 {
    static OF_BYTES: LazyLock<[u32; 256]> = LazyLock::new(|| {
        std::array::from_fn(|byte| {
            let step = |crc: u32, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 };
            (0..8).fold(byte as u32, step)
        })
    });
    let of_bytes = &*OF_BYTES;
    let step = |crc: u32, byte: &u8| {
        let [low, ..] = crc.to_le_bytes();
        (crc >> 8) ^ of_bytes.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    };
    !bytes.iter().fold(!0, step)
}

const EITHERS_URLS: PinnedUrl =
    PinnedUrl::of_hosts(&["api.paypal.com", "api.sandbox.paypal.com"]).path("/v1/notifications/certs/", "");

pub(super) const PROVIDER: Provider =
    Provider::new("paypal", "PayPal", "https://developer.paypal.com/api/rest/webhooks/rest/", |options| {
        let urls = match options.get("variant") {
            None if options.are_for_signature_alone() => EITHERS_URLS,
            _ => options.variant(&[("live", PayPal::LIVE_URLS), ("sandbox", PayPal::SANDBOX_URLS)])?,
        };
        Ok(Box::new(PayPal { webhook_id: options.demand("webhook_id")?.into(), urls }))
    })
    .recipe("RSA-SHA256")
    .signed("id, time, webhook id, CRC-32 of the body: not the body")
    .known_by("`PAYPAL-TRANSMISSION-ID`")
    .needs(&[Need::FetchedKeys, Need::Option("webhook_id"), Need::Option("variant?")]);

#[cfg(test)]
mod tests {
    use super::crc32;

    /// The check value of every catalogue of CRCs, and the end of every empty zip entry.
    #[test]
    fn the_checksum() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }
}
