//! Contentful.
use super::{
    named_headers::named_headers,
    registry::{Need, Provider},
};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    schemes::ends_at_first,
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::time::Duration;

/// Contentful's webhooks and app events, with request verification.
///
/// Follows [Request verification](https://www.contentful.com/developers/docs/webhooks/request-verification/), and where that
/// is silent, Contentful's own package `@contentful/node-apps-toolkit` 3.16.1.
///
/// - **Signed**: by HMAC-SHA256, in `X-Contentful-Signature`, hexadecimal: method, path with query, the headers that
///   `X-Contentful-Signed-Headers` names, as `name:value` joined by `;`, and the body; each in its line. That header and
///   `X-Contentful-Timestamp` must be among them. The event, `X-Contentful-Topic`, is marked as signed if it is named, too.
/// - **Path**: as the sender sees it, so [`public_url`](crate::VerifySignatureLayer::public_url) must be set. **Unconfirmed**
///   is what Contentful signs of a URL that has a query or escapes: its package escapes the query, and then path and
///   query once more. Whether it does so with the URL as it is written or with the decoded one is nowhere said; either is
///   accepted. A URL with neither is signed as it is.
/// - **Secret**: exactly 64 characters, as they are: they look hexadecimal and are not decoded.
/// - **Time**: less than 30 seconds, past and future, as in the package, which does not look at the future.
/// - **Replay**: known by the signed text. A retry is signed anew, and is a delivery of its own;
///   `X-Contentful-Idempotency-Key`, which may tell, is not said to be signed.
/// - **Answer**: any 2xx. Contentful retries after 429 and 5xx only.
/// - **Pitfalls**: webhooks can be configured with other methods and as forms: here they are POST, in JSON. A header that
///   is named and not there is refused; Contentful's examples take it for empty, or leave it out.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::Contentful};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = Contentful.key("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")?;
/// let layer = VerifySignatureLayer::new(Contentful, key)
///     .public_url(PublicUrl::exact("https://example.com/hooks/contentful"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Contentful;

const SIGNATURE: HeaderName = HeaderName::from_static("x-contentful-signature");
const SIGNED_HEADERS: HeaderName = HeaderName::from_static("x-contentful-signed-headers");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-contentful-timestamp");
const TOPIC: HeaderName = HeaderName::from_static("x-contentful-topic");

impl Scheme for Contentful {
    fn name(&self) -> &str {
        "contentful"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let key = Secret::text().key(Algorithm::HmacSha256, text)?;
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(&byte);
        if text.len() != 64 || !text.bytes().all(is_allowed) {
            return Err(KeyError::WrongParts { expected: "64 characters: letters, digits, and `+/=_-`" });
        }
        Ok(key)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let signature = head.one(&SIGNATURE)?;
        let signed_at = Unit::Milliseconds.parse(head.one(&TIMESTAMP)?).ok_or(Refusal::MalformedTimestamp)?;
        let headers = signed_headers(head)?;
        let check = |path: String| {
            let text = text(head, &path, &headers);
            Check::new(text).signed_at(signed_at).signature(Algorithm::HmacSha256, Encoding::Hex, signature)
        };
        let paths = canonical_paths(head.public_target()?)?;
        Ok(Plan::Any(paths.into_iter().map(check).collect::<Result<_, _>>()?))
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let head = proven.head();
        let is_signed = names(head)?.split(',').any(|name| name == TOPIC.as_str());
        let delivery = Delivery::new();
        Ok(match head.optional(&TOPIC)? {
            Some(topic) if is_signed => delivery.signed_event(topic),
            Some(topic) => delivery.unsigned_event(topic),
            None => delivery,
        }
        .into())
    }

    /// Signs all headers that the request has. The path is the request's own, as it is written.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let unfit = CannotSign::new("the request's headers or its path cannot be signed");
        let headers = request.headers_mut();
        headers.remove(SIGNATURE);
        headers.insert(
            TIMESTAMP,
            HeaderValue::try_from(Unit::Milliseconds.format(now)).map_err(|_| unfit.clone())?,
        );
        headers.insert(SIGNED_HEADERS, HeaderValue::from_static(""));
        let mut names: Vec<&str> = headers.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let names = HeaderValue::try_from(names.join(",")).map_err(|_| unfit.clone())?;
        headers.insert(SIGNED_HEADERS, names);

        let target = request.uri().path_and_query().map_or("/", |target| target.as_str()).to_owned();
        let (parts, body) = std::mem::take(request).into_parts();
        let head = Head::new(&parts, None);
        let signed = signed_headers(&head).and_then(|headers| {
            let path = canonical_paths(&target)?.into_iter().next();
            Ok(text(&head, &path.unwrap_or_default(), &headers))
        });
        let signed =
            signed.map_err(|_| unfit.clone()).and_then(|text| key.sign(Algorithm::HmacSha256, &text, &body));
        *request = Request::from_parts(parts, body);
        let signature = HeaderValue::try_from(Encoding::Hex.encode(&signed?)).map_err(|_| unfit)?;
        request.headers_mut().insert(SIGNATURE, signature);
        Ok(())
    }

    fn tolerance(&self) -> Duration {
        Duration::from_millis(29_999)
    }
}

fn names<'a>(head: &Head<'a>) -> Result<&'a str, Refusal> {
    head.one(&SIGNED_HEADERS)
}

/// The headers that are signed, of which none could take a part of the next one's line.
fn signed_headers<'a>(head: &Head<'a>) -> Result<Vec<(&'a str, &'a str)>, Refusal> {
    let named = named_headers(head, &SIGNED_HEADERS, names(head)?, ',')?;
    let is_named = |wanted: &HeaderName| named.iter().any(|(name, _)| name == wanted);
    if !is_named(&SIGNED_HEADERS) || !is_named(&TIMESTAMP) {
        return Err(Refusal::MalformedHeader(SIGNED_HEADERS));
    }
    for ((_, value), (next, _)) in named.iter().zip(named.iter().skip(1)) {
        if !ends_at_first(&format!(";{next}:"), value) {
            return Err(Refusal::MalformedHeader(SIGNED_HEADERS));
        }
    }
    Ok(named)
}

fn text(head: &Head<'_>, path: &str, headers: &[(&str, &str)]) -> Text {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}:{value}")).collect();
    let text = Text::new().bytes(head.method().as_str()).bytes("\n").bytes(path).bytes("\n");
    text.bytes(lines.join(";")).bytes("\n").body()
}

/// What JavaScript's `encodeURI` leaves as it is.
const URI: &AsciiSet = &QUERY
    .remove(b';')
    .remove(b',')
    .remove(b'/')
    .remove(b'?')
    .remove(b':')
    .remove(b'@')
    .remove(b'&')
    .remove(b'=')
    .remove(b'+')
    .remove(b'$')
    .remove(b'#');

/// What Node's `querystring.escape` leaves as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The spellings in which a target may have been signed: as it is written, and decoded, where that differs.
fn canonical_paths(target: &str) -> Result<Vec<String>, Refusal> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    // What follows a second one is not signed.
    if query.contains('?') {
        return Err(Refusal::MalformedTarget("there are two `?` in it".into()));
    }
    let canonical = |path: &str, query: &str| {
        let query = utf8_percent_encode(query, QUERY).to_string();
        let border = if query.is_empty() { "" } else { "?" };
        utf8_percent_encode(&format!("{path}{border}{query}"), URI).to_string()
    };
    let decode = |text| percent_decode_str(text).decode_utf8();
    let mut paths = vec![canonical(path, query)];
    if target.contains('%')
        && let (Ok(path), Ok(query)) = (decode(path), decode(query))
        && !path.contains('?')
        && !query.contains('?')
    {
        paths.push(canonical(&path, &query));
    }
    Ok(paths)
}

pub(super) const PROVIDER: Provider = Provider::new(
    "contentful",
    "Contentful",
    "https://www.contentful.com/developers/docs/webhooks/request-verification/",
    |_| Ok(Box::new(Contentful)),
)
.signed("method, path, headers that the request names, time, body")
.known_by("what is signed")
.needs(&[Need::Secret, Need::PublicUrl]);
