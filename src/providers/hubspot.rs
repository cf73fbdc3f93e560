//! HubSpot.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};

/// HubSpot's webhooks, and what else it sends to an app: workflow actions, cards, `hubspot.fetch()`.
///
/// Follows [Validating requests](https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests).
///
/// | | signed | by | header |
/// | --- | --- | --- | --- |
/// | [`v3`](Self::v3) | `{method}{URL}{body}{time}` | HMAC-SHA256, base64 | `X-HubSpot-Signature-v3` |
/// | [`v2`](Self::v2) | `{secret}{method}{URL}{body}` | SHA-256, hexadecimal | `X-HubSpot-Signature` |
/// | [`v1`](Self::v1) | `{secret}{body}` | SHA-256, hexadecimal | `X-HubSpot-Signature` |
///
/// HubSpot may send several of them in one request. Which one counts is configuration, and the others are not looked at:
/// a right v1 does not rescue a wrong v3. Take v3 wherever HubSpot sends it.
///
/// - **URL**: with its query; it is the layer's [`public_url`](crate::VerifySignatureLayer::public_url). For v3, HubSpot's
///   page says to decode twelve escapes in it (`%3A`, `%2F`, `%3F`, `%40`, `%21`, `%24`, `%27`, `%28`, `%29`, `%2A`, `%2C`,
///   `%3B`), and its packages do not: either is accepted.
/// - **Secret**: the app's client secret, as it is.
/// - **Time**: v3 only, in milliseconds (`X-HubSpot-Request-Timestamp`); five minutes. HubSpot's packages look at the past
///   only; here the future is bounded too.
/// - **Event, id**: the body of a webhook is an array of events, each with its own (`subscriptionType`, `eventId`), so that
///   the delivery has none.
/// - **Replay**: v3 by its time and text, so that a retry, which is signed anew, is another delivery. v1 and v2 by
///   nothing, unless [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Methods**: v1 POST, the others also GET, PUT, PATCH and DELETE, whose bodies may be empty.
/// - **Answer**: any 2xx. By older pages, within 5 seconds; a 401 is not retried, other failures are, up to ten times.
/// - **Pitfalls**: v1 and v2 are no HMAC. Whoever sees one of their signatures can make one for the same body with bytes of
///   their own behind it: parse the whole body as JSON, which these bytes (they begin with `0x80`) are not. And no
///   border is signed in any of them: with [`PublicUrl::exact`](crate::PublicUrl::exact) nothing can be moved from the body
///   into the URL.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::HubSpot};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let hubspot = HubSpot::v3();
/// let layer = VerifySignatureLayer::new(hubspot, hubspot.key("the app's client secret")?)
///     .public_url(PublicUrl::base("https://example.com"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HubSpot {
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    V1,
    V2,
    V3,
}

const SIGNATURE_V3: HeaderName = HeaderName::from_static("x-hubspot-signature-v3");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-hubspot-request-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-hubspot-signature");
const VERSION: HeaderName = HeaderName::from_static("x-hubspot-signature-version");

impl HubSpot {
    /// HMAC over method, URL, body and time.
    #[must_use]
    pub const fn v3() -> Self {
        Self { version: Version::V3 }
    }

    /// A plain hash over secret, method, URL and body, for what HubSpot does not sign by v3.
    #[must_use]
    pub const fn v2() -> Self {
        Self { version: Version::V2 }
    }

    /// A plain hash over secret and body, for what HubSpot signs in no other way.
    #[must_use]
    pub const fn v1() -> Self {
        Self { version: Version::V1 }
    }
}

impl Default for HubSpot {
    fn default() -> Self {
        Self::v3()
    }
}

impl Version {
    const fn algorithm(self) -> Algorithm {
        match self {
            Self::V3 => Algorithm::HmacSha256,
            Self::V1 | Self::V2 => Algorithm::Hashed(Digest::Sha256),
        }
    }

    const fn header(self) -> (HeaderName, Encoding) {
        match self {
            Self::V3 => (SIGNATURE_V3, Encoding::Base64),
            Self::V1 | Self::V2 => (SIGNATURE, Encoding::Hex),
        }
    }

    /// What the header beside the signature says, where there is one.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::V1 => Some("v1"),
            Self::V2 => Some("v2"),
            Self::V3 => None,
        }
    }

    fn signed_text(self, method: &Method, url: &str, time: &str) -> Text {
        match self {
            Self::V1 => Text::new().secret().body(),
            Self::V2 => Text::new().secret().bytes(method.as_str()).bytes(url).body(),
            Self::V3 => Text::new().bytes(method.as_str()).bytes(url).body().bytes(time),
        }
    }
}

impl Scheme for HubSpot {
    fn name(&self) -> &str {
        "hubspot"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(self.version.algorithm(), text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let version = self.version;
        let (header, encoding) = version.header();
        let signature = head.one(&header)?;
        let check = |url: &str, time: &str| {
            let text = version.signed_text(head.method(), url, time);
            Check::new(text).signature(version.algorithm(), encoding, signature)
        };
        if let Some(name) = version.name() {
            if head.one(&VERSION)? != name {
                return Err(Refusal::NoSignature);
            }
            let url = if version == Version::V1 { "" } else { head.public_url()? };
            return Ok(check(url, "")?.into());
        }
        let time = head.one(&TIMESTAMP)?;
        let signed_at = Unit::Milliseconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let url = head.public_url()?;
        let as_it_is = check(url, time)?.signed_at(signed_at);
        let documented = with_escapes_decoded(url);
        Ok(if documented == url {
            as_it_is.into()
        } else {
            Plan::Any(vec![check(&documented, time)?.signed_at(signed_at), as_it_is])
        })
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().into())
    }

    /// Signs the request's own URL; for v3 as the page says, with its escapes decoded.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let version = self.version;
        let time = Unit::Milliseconds.format(now);
        let url = request.uri().to_string();
        let url = if version == Version::V3 { with_escapes_decoded(&url) } else { url };
        let text = version.signed_text(request.method(), &url, &time);
        let signature = key.sign(version.algorithm(), &text, request.body())?;
        let (header, encoding) = version.header();
        let beside = match version.name() {
            Some(name) => (VERSION, name.to_owned()),
            None => (TIMESTAMP, time),
        };
        for (name, value) in [(header, encoding.encode(&signature)), beside] {
            let value = HeaderValue::try_from(value);
            let value = value.map_err(|_| CannotSign::new("a value does not fit into a header"))?;
            request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    fn methods(&self) -> &[Method] {
        static POST: [Method; 1] = [Method::POST];
        static ALL: [Method; 5] = [Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE];
        if self.version == Version::V1 { &POST } else { &ALL }
    }
}

/// The URL as HubSpot's page says that v3 signs it.
fn with_escapes_decoded(url: &str) -> String {
    let mut decoded = String::with_capacity(url.len());
    let mut rest = url;
    while let Some(at) = rest.find('%') {
        let (before, escape) = rest.split_at(at);
        decoded.push_str(before);
        let plain = escape.get(1..3).and_then(|digits| {
            ESCAPES.iter().find(|(escaped, _)| escaped.eq_ignore_ascii_case(digits)).map(|(_, plain)| *plain)
        });
        let taken = if plain.is_some() { 3 } else { 1 };
        decoded.push(plain.unwrap_or('%'));
        rest = escape.get(taken..).unwrap_or_default();
    }
    decoded.push_str(rest);
    decoded
}

/// All others stay as they are.
const ESCAPES: [(&str, char); 12] = [
    ("3A", ':'),
    ("2F", '/'),
    ("3F", '?'),
    ("40", '@'),
    ("21", '!'),
    ("24", '$'),
    ("27", '\''),
    ("28", '('),
    ("29", ')'),
    ("2A", '*'),
    ("2C", ','),
    ("3B", ';'),
];

pub(super) const PROVIDER: Provider = Provider::new(
    "hubspot",
    "HubSpot",
    "https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests",
    |options| {
        Ok(Box::new(options.variant(&[
            ("v3", HubSpot::v3()),
            ("v2", HubSpot::v2()),
            ("v1", HubSpot::v1()),
        ])?))
    },
)
.recipe("HMAC-SHA256; before v3 SHA-256 with the secret")
.signed("method, URL, body, time; v2 no time, v1 the body alone")
.known_by("time and text; before v3 nothing, unless chosen")
.needs(&[Need::Secret, Need::PublicUrl, Need::Option("variant?")]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_escapes_are_decoded_once() {
        let all = "%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B";
        assert_eq!(with_escapes_decoded(all), ":/?@!$'()*,;");
        assert_eq!(with_escapes_decoded("https://a.com/x?b=%3a%2f&c=1"), "https://a.com/x?b=:/&c=1");
        for others in ["https://a.com/x?b=a%20b%26c%25%3D", "%", "%3", "%%", "%é", "%3%", ""] {
            assert_eq!(with_escapes_decoded(others), others);
        }
        assert_eq!(with_escapes_decoded("%253A%%3A"), "%253A%:");
    }
}
