//! Coinbase Developer Platform.
use super::{
    named_headers::named_headers,
    registry::{Need, Provider},
};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    schemes::Field,
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header::CONTENT_TYPE};

/// Coinbase Developer Platform's webhooks, which Hook0 delivers: onchain activity, wallets, transfers, onramp and offramp.
///
/// Follows [Verify signatures](https://docs.cdp.coinbase.com/webhooks/verify-signatures).
///
/// - **Signed**: by HMAC-SHA256, in `X-Hook0-Signature`, as `t={seconds},v0={hex},h={names},v1={hex}`. [`v1`](Self::v1)
///   is over `{t}.{names}.{their values, joined by dots}.{body}`, [`v0`](Self::v0) over `{t}.{body}`. Coinbase sends both,
///   and recommends `v0` unless the headers matter. Here the endpoint's configuration decides: a `v0` does not stand
///   in for a `v1` that is missing or wrong.
/// - **Event**: the body's `eventType`, where it has one, else `X-Event-Type`; the two must not differ. The header is signed
///   in a `v1` over the documented list, `content-type x-event-id x-event-type`.
/// - **Secret**: the subscription's `secret`, as it is.
/// - **Time**: five minutes, past and future, as in the document's sample.
/// - **Replay**: known by `X-Event-Id` where that is signed, as the event type; else by the signed text, so that a retry that
///   is signed anew is a delivery of its own. Several subscriptions send the same event under one id.
/// - **Answer**: any 2xx. Up to 60 retries; how long Coinbase waits for an answer is not documented.
/// - **Pitfalls**: values are joined by dots and may contain some, so that the borders between them could be moved. Which
///   part is the body is certain all the same: it begins with a `{`, which no value may contain; or there is no other
///   dot. What fits neither is refused, and where the borders between the values are not certain, they decide
///   nothing. Coinbase Commerce signs in another way.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::CoinbaseCdp};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let scheme = CoinbaseCdp::v1();
/// let layer = VerifySignatureLayer::new(scheme, scheme.key("the subscription's secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct CoinbaseCdp {
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V0,
    V1,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-hook0-signature");
const EVENT_ID: HeaderName = HeaderName::from_static("x-event-id");
const EVENT_TYPE: HeaderName = HeaderName::from_static("x-event-type");

/// The list of headers that is documented. Neither of the first two has a dot in its value.
const DOCUMENTED: &str = "content-type x-event-id x-event-type";

impl CoinbaseCdp {
    /// Time, body and the headers that the signature names.
    pub const fn v1() -> Self {
        Self { version: Version::V1 }
    }

    /// Time and body.
    pub const fn v0() -> Self {
        Self { version: Version::V0 }
    }
}

impl Scheme for CoinbaseCdp {
    fn name(&self) -> &str {
        match self.version {
            Version::V0 => "coinbase-cdp-v0",
            Version::V1 => "coinbase-cdp",
        }
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (time, v0, v1) = (item("t="), item("v0="), item("v1="));
        let time = time.one(head)?;
        let text = Text::new().bytes(time).bytes(".");
        let (text, field) = match self.version {
            Version::V0 => (text, &v0),
            Version::V1 => {
                let names = item("h=");
                let Headers { names, values } = Headers::read(head, names.one(head)?)?;
                (text.bytes(names).bytes(".").bytes(values.join(".")).bytes("."), &v1)
            }
        };
        let signed_at = Unit::Seconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let mut signatures = field.values(head)?.peekable();
        if signatures.peek().is_none() {
            return Err(Refusal::NoSignature);
        }
        let mut check = Check::new(text.body()).signed_at(signed_at);
        for signature in signatures {
            check = check.signature(Algorithm::HmacSha256, Encoding::Hex, signature)?;
        }
        Ok(check.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let head = proven.head();
        let headers_are_signed = match self.version {
            Version::V0 => false,
            Version::V1 => {
                let names = item("h=");
                let headers = Headers::read(head, names.one(head)?)?;
                headers.end_where_the_body_begins(proven.body())?;
                headers.are_the_documented()
            }
        };
        let mut delivery = Delivery::new();
        let [in_body] = proven.json_texts(["eventType"])?;
        delivery = match (in_body, head.optional(&EVENT_TYPE)?) {
            (Some(in_body), Some(in_head)) if in_body != in_head => return Err(Refusal::EventMismatch),
            (Some(in_body), _) => delivery.signed_event(in_body),
            (None, Some(in_head)) if headers_are_signed => delivery.signed_event(in_head),
            (None, Some(in_head)) => delivery.unsigned_event(in_head),
            (None, None) => delivery,
        };
        Ok(match head.optional(&EVENT_ID)? {
            Some(id) if headers_are_signed => delivery.signed_id(id),
            Some(id) => delivery.unsigned_id(id),
            None => delivery,
        }
        .into())
    }

    /// For `v1`, both signatures; `Content-Type`, `X-Event-Id` and `X-Event-Type` must be set.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let time = Unit::Seconds.format(now);
        let sign = |text: Text| {
            let signature = key.sign(Algorithm::HmacSha256, &text.body(), request.body())?;
            Ok(Encoding::Hex.encode(&signature))
        };
        let mut line = format!("t={time},v0={}", sign(Text::new().bytes(&time).bytes("."))?);
        if self.version == Version::V1 {
            let value = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
            let values = [CONTENT_TYPE, EVENT_ID, EVENT_TYPE].map(value);
            let [Some(content_type), Some(id), Some(event)] = values else {
                return Err(CannotSign::new(
                    "the request lacks `Content-Type`, `X-Event-Id` or `X-Event-Type`: set it first",
                ));
            };
            let text = format!("{time}.{DOCUMENTED}.{content_type}.{id}.{event}.");
            line = format!("{line},h={DOCUMENTED},v1={}", sign(Text::new().bytes(text))?);
        }
        let line = HeaderValue::try_from(line);
        let line = line.map_err(|_| CannotSign::new("the signature does not fit into a header"))?;
        request.headers_mut().insert(SIGNATURE, line);
        Ok(())
    }
}

/// An item of the signature's header.
fn item(prefix: &'static str) -> Field {
    Field::header(SIGNATURE).list(',').prefix(prefix)
}

/// The headers that a `v1` is over.
struct Headers<'a> {
    names: &'a str,
    values: Vec<&'a str>,
}

impl<'a> Headers<'a> {
    fn read(head: &Head<'a>, names: &'a str) -> Result<Self, Refusal> {
        // The list of names ends at the first dot.
        if names.contains('.') {
            return Err(Refusal::MalformedHeader(SIGNATURE));
        }
        let named = named_headers(head, &SIGNATURE, names, ' ')?;
        Ok(Self { names, values: named.into_iter().map(|(_, value)| value).collect() })
    }

    /// Whether nothing of the body can be moved into the values, nor of these into the body.
    fn end_where_the_body_begins(&self, body: &[u8]) -> Result<(), Refusal> {
        let have = |what| self.values.iter().any(|value| value.contains(what));
        let at_the_brace = body.starts_with(b"{") && !have('{');
        let no_other_dot = !body.contains(&b'.') && !have('.');
        if at_the_brace || no_other_dot {
            return Ok(());
        }
        Err(Refusal::MalformedBody("where it begins is not certain: it is no JSON object".into()))
    }

    /// Whether each value is the one that was signed under that name.
    fn are_the_documented(&self) -> bool {
        match &*self.values {
            [content_type, id, _] => {
                self.names == DOCUMENTED && !content_type.contains('.') && !id.contains('.')
            }
            _ => false,
        }
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "coinbase-cdp",
    "Coinbase Developer Platform",
    "https://docs.cdp.coinbase.com/webhooks/verify-signatures",
    |options| Ok(Box::new(options.variant(&[("v1", CoinbaseCdp::v1()), ("v0", CoinbaseCdp::v0())])?)),
)
.signed("time, headers that the signature names, body")
.known_by("`X-Event-Id` where that is signed, else what is signed")
.needs(&[Need::Secret, Need::Option("variant?")]);
