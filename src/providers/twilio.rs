//! Twilio.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{
        Answers, CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Repeat, Scheme,
        Text,
    },
    schemes::form::Fields,
    time::Timestamp,
    url::set_target,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};

/// Twilio's webhooks: forms, or JSON where [`json`](Self::json) says so.
///
/// Follows [Webhooks security](https://www.twilio.com/docs/usage/webhooks/webhooks-security) and Twilio's own packages.
///
/// | | key | signature |
/// | --- | --- | --- |
/// | [`auth_token`](Self::auth_token) | the account's auth token | HMAC-SHA1 |
/// | [`shared_key`](Self::shared_key) | the secret of a SharedKey | HMAC-SHA256 |
///
/// - **Signed**, in `X-Twilio-Signature`, base64: the URL and, of a form, each name and value, sorted by name and value,
///   each pair once, with nothing in between. Of JSON, the URL with the body's digest in it:
///   `bodySHA256={64 hexadecimal digits}`. A JSON body whose URL has none is not authenticated, and refused.
/// - **Which of these it is** is configuration: neither `Content-Type` nor `X-Twilio-Webhooks-Signature-Settings`, which
///   names the algorithm, is signed, and neither is looked at. The algorithm belongs to the key.
/// - **URL**: as Twilio requests it, from `https://` to the end of the query; it is the layer's
///   [`public_url`](crate::VerifySignatureLayer::public_url), a user and a password in it included. Twilio signs it with
///   the port or without, so both are tried (with 443 or 80 where none is named), and a `'` in the query as `%27` too.
///   What follows a `#` (connection overrides) is not signed, and left off.
/// - **Not signed**: the time, the method, and the header `I-Twilio-Idempotency-Token`, which is the delivery's id.
/// - **Payload**: of a form, what was signed, in that order: repeated pairs once.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. A repeat is then refused, since an
///   answer here carries content (TwiML) that nobody but the handler can write.
/// - **Answer**: TwiML where a call or a message asks for it, else any 2xx; within 15 seconds.
/// - **Pitfalls**: no border is signed, neither between names and values nor behind the URL. Whoever gets hold of one
///   signed delivery can move them (`ab=c` for `a=bc`), which matters most where the text of a message is somebody
///   else's: believe no field that your own account could not have sent, and prefer [`PublicUrl::exact`], with which
///   nothing can be moved into the query. JSON needs [`PublicUrl::base`], since `bodySHA256` is another for each
///   delivery. Webhooks by GET are not supported: choose POST in the console.
///
/// SharedKeys are on no page that we know of: what is said of them here, Twilio's package for Python says (9.13.0).
///
/// [`PublicUrl::exact`]: crate::PublicUrl::exact
/// [`PublicUrl::base`]: crate::PublicUrl::base
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::Twilio};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let twilio = Twilio::auth_token();
/// let layer = VerifySignatureLayer::new(twilio, twilio.key("the account's auth token")?)
///     .public_url(PublicUrl::exact("https://example.com/hooks/sms"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Twilio {
    algorithm: Algorithm,
    body: Body,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    Form,
    Json,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
const IDEMPOTENCY_TOKEN: HeaderName = HeaderName::from_static("i-twilio-idempotency-token");

impl Twilio {
    /// Forms, signed with the account's auth token.
    #[must_use]
    pub const fn auth_token() -> Self {
        Self { algorithm: Algorithm::HmacSha1, body: Body::Form }
    }

    /// Forms, signed with the secret of a SharedKey whose algorithm is `HMAC_SHA256`.
    #[must_use]
    pub const fn shared_key() -> Self {
        Self { algorithm: Algorithm::HmacSha256, body: Body::Form }
    }

    /// The bodies are JSON, and the URL carries their digest, `bodySHA256`.
    #[must_use]
    pub const fn json(mut self) -> Self {
        self.body = Body::Json;
        self
    }
}

impl Default for Twilio {
    fn default() -> Self {
        Self::auth_token()
    }
}

impl Scheme for Twilio {
    fn name(&self) -> &str {
        "twilio"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(self.algorithm, text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let signature = head.one(&SIGNATURE)?;
        let url = head.public_url()?;
        let (fields, digest) = match (self.body, body) {
            (Body::Form, Some(body)) => (Fields::read(body)?.text(), None),
            (Body::Form, None) => (Vec::new(), None),
            (Body::Json, _) => (Vec::new(), Some(digest_in(url)?)),
        };
        let checks = spellings(url).into_iter().map(|url| {
            let text = Text::new().bytes(url);
            let check = match &digest {
                Some(digest) => Check::new(text).body_digest(Digest::Sha256, digest)?,
                None => Check::new(text.read_from_body(&fields)),
            };
            check.signature(self.algorithm, Encoding::Base64, signature)
        });
        let checks: Vec<Check> = checks.collect::<Result<_, _>>()?;
        Ok(if self.body == Body::Form && body.is_none() { Plan::NeedsBody } else { Plan::Any(checks) })
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let mut delivery = Delivery::new();
        if self.body == Body::Form {
            let payload = Fields::read(proven.body())?.to_form();
            delivery = delivery.payload(payload.into()).format(Format::Form);
        }
        if let Some(id) = proven.head().optional(&IDEMPOTENCY_TOKEN)? {
            delivery = delivery.unsigned_id(id);
        }
        Ok(delivery.into())
    }

    /// Signs the request's own URL. Where the body is JSON, its digest is put into that first.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        let fields = match self.body {
            Body::Form => Fields::read(request.body()).map(|fields| fields.text()),
            Body::Json => Ok(Vec::new()),
        };
        let fields =
            fields.map_err(|_| CannotSign::new("the form is empty, or has more than 1000 fields"))?;
        if self.body == Body::Json {
            put_digest(request)?;
        }
        let text = Text::new().bytes(request.uri().to_string()).bytes(fields);
        let signature = Encoding::Base64.encode(&key.sign(self.algorithm, &text, request.body())?);
        let value = HeaderValue::try_from(signature);
        let value = value.map_err(|_| CannotSign::new("the signature does not fit into a header"))?;
        request.headers_mut().insert(SIGNATURE, value);
        Ok(())
    }

    fn answers(&self) -> Answers {
        Answers::new().repeat(Repeat::Refuse)
    }
}

/// The ways to write one URL of which Twilio signs any.
fn spellings(url: &str) -> Vec<String> {
    let (url, _) = url.split_once('#').unwrap_or((url, ""));
    let mut spellings = with_and_without_port(url);
    if let Some((_, query)) = url.split_once('?')
        && query.contains('\'')
    {
        let escaped: Vec<String> = spellings
            .iter()
            .filter_map(|url| url.split_once('?'))
            .map(|(target, query)| format!("{target}?{}", query.replace('\'', "%27")))
            .collect();
        spellings.extend(escaped);
    }
    spellings
}

fn with_and_without_port(url: &str) -> Vec<String> {
    let Some((scheme, rest)) = url.split_once("://") else { return vec![url.to_owned()] };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    let (host, port) = match authority.rsplit_once(':') {
        // Neither within an IPv6 address nor within a password.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ if scheme.eq_ignore_ascii_case("https") => (authority, "443"),
        _ => (authority, "80"),
    };
    vec![format!("{scheme}://{host}{target}"), format!("{scheme}://{host}:{port}{target}")]
}

const BODY_DIGEST: &str = "bodySHA256=";

/// The digest of the body, as the signed URL has it.
fn digest_in(url: &str) -> Result<Vec<u8>, Refusal> {
    let (_, query) = url.split_once('?').unwrap_or((url, ""));
    let mut digests = query.split('&').filter_map(|field| field.strip_prefix(BODY_DIGEST));
    match (digests.next(), digests.next()) {
        (Some(digest), None) => Encoding::Hex.decode(digest).ok_or(Refusal::MalformedDigest),
        (None, _) => Err(Refusal::MalformedTarget(
            "the query's `bodySHA256` is missing, without which Twilio authenticates no JSON".into(),
        )),
        (Some(_), Some(_)) => Err(Refusal::MalformedTarget("the query's `bodySHA256` occurs twice".into())),
    }
}

/// Ends the query with the digest, in place of any that it has.
fn put_digest(request: &mut Request<Bytes>) -> Result<(), CannotSign> {
    let query = request.uri().query().unwrap_or_default();
    let mut fields: Vec<&str> = query.split('&').filter(|field| !field.is_empty()).collect();
    fields.retain(|field| !field.starts_with(BODY_DIGEST));
    let digest = format!("{BODY_DIGEST}{}", Digest::Sha256.of(request.body(), Encoding::Hex));
    fields.push(&digest);
    let target = format!("{}?{}", request.uri().path(), fields.join("&"));
    set_target(request, target).ok_or(CannotSign::new("the digest does not fit into the URL"))
}

pub(super) const PROVIDER: Provider = Provider::new(
    "twilio",
    "Twilio",
    "https://www.twilio.com/docs/usage/webhooks/webhooks-security",
    |options| {
        Ok(Box::new(options.variant(&[
            ("auth_token", Twilio::auth_token()),
            ("auth_token_json", Twilio::auth_token().json()),
            ("shared_key", Twilio::shared_key()),
            ("shared_key_json", Twilio::shared_key().json()),
            ("json", Twilio::auth_token().json()),
        ])?))
    },
)
.recipe("HMAC-SHA1 or HMAC-SHA256")
.signed("URL and form fields, or URL and digest of the body")
.needs(&[Need::Secret, Need::PublicUrl, Need::Option("variant?")]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_url_in_its_spellings() {
        let both =
            |url: &str, without: &str, with: &str| assert_eq!(spellings(url), [without, with], "{url}");
        both("https://a.com/x?b=1", "https://a.com/x?b=1", "https://a.com:443/x?b=1");
        both("http://a.com", "http://a.com", "http://a.com:80");
        both("https://a.com:1234/x", "https://a.com/x", "https://a.com:1234/x");
        both("https://a.com?x=b:1", "https://a.com?x=b:1", "https://a.com:443?x=b:1");
        both("https://u:p1@a.com/x", "https://u:p1@a.com/x", "https://u:p1@a.com:443/x");
        both("https://u:p@a.com:8443/", "https://u:p@a.com/", "https://u:p@a.com:8443/");
        both("https://[::1]/x", "https://[::1]/x", "https://[::1]:443/x");
        both("https://[::1]:8443/x", "https://[::1]/x", "https://[::1]:8443/x");
        both("https://a.com/x?b=1#rc=2", "https://a.com/x?b=1", "https://a.com:443/x?b=1");
        assert_eq!(spellings("/x?b=1"), ["/x?b=1"]);
        let quoted = spellings("https://a.com/it's?b=it's");
        assert_eq!(quoted.get(2).map(String::as_str), Some("https://a.com/it's?b=it%27s"));
        assert_eq!(quoted.get(3).map(String::as_str), Some("https://a.com:443/it's?b=it%27s"));
        assert_eq!(quoted.len(), 4);
    }

    #[test]
    fn the_digest_in_the_url() {
        for (url, digest) in [("/x?bodySHA256=0f", [0x0f]), ("/x?a=1&bodySHA256=A0&b=2", [0xa0])] {
            assert_eq!(digest_in(url), Ok(digest.to_vec()), "{url}");
        }
        let missing =
            ["/x", "/x?", "/bodySHA256=0f", "/x?bodysha256=0f", "/x?xbodySHA256=0f", "/x?bodySHA256"];
        for wrong in missing.into_iter().chain(["/x?bodySHA256=0f&bodySHA256=0f"]) {
            assert!(matches!(digest_in(wrong), Err(Refusal::MalformedTarget(_))), "{wrong}");
        }
        assert_eq!(digest_in("/x?bodySHA256=0g"), Err(Refusal::MalformedDigest));
    }
}
