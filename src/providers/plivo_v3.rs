//! Plivo, version 3 of its signature.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, Secret, SigningKey},
    scheme::{
        Answers, CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Repeat, Scheme,
        Text,
    },
    schemes::{
        Field,
        form::{self, all_fields, to_form},
    },
    time::Timestamp,
    url::split_query,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use std::sync::LazyLock;

/// Plivo's callbacks, with version 3 of its signature: forms that are sent by POST, or with [`get`](Self::get) queries.
///
/// Follows [Signature validation](https://www.plivo.com/docs/voice/concepts/signature-validation), and where that is
/// silent, Plivo's own kits.
///
/// - **Signed**: URL, the query's and the form's decoded fields and the nonce, by HMAC-SHA256; in `X-Plivo-Signature-V3`,
///   base64, several separated by commas. The nonce is in `X-Plivo-Signature-V3-Nonce`. The text is
///   `{URL without its query}?{query}.{form}.{nonce}`, each of the two sorted, the query as `{name}={value}` with `&`
///   between them, the form with nothing in between. Without a query, the dot behind it is missing; with GET, the form and its
///   dot.
/// - **Not signed**: the time, and where a name ends and its value begins. Whoever holds one signed delivery can move these
///   borders: `ab=c` for `a=bc`. So no field is taken for the event.
/// - **Payload**: the form of the fields that are signed, in the signed order: the body's, or with GET the query's.
/// - **URL**: as it is configured at Plivo; it is the layer's [`public_url`](crate::VerifySignatureLayer::public_url). With
///   GET, the query is the request's own: [`PublicUrl::base`](crate::PublicUrl::base).
/// - **Secret**: the auth token of the account, or of the subaccount, as it is. `X-Plivo-Signature-Ma-V3`, by the main
///   account's token, is not looked at.
/// - **Replay**: known by the nonce. A retry with a nonce of its own is a delivery of its own. A repeat is refused, since an
///   answer may have content.
/// - **Answer**: any 2xx; where a call is to be answered, with XML.
/// - **Pitfalls**: how Plivo signs what is not ASCII in a query was not confirmed: its kits differ there.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::PlivoV3};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(PlivoV3::post(), PlivoV3::post().key("the auth token")?)
///     .public_url(PublicUrl::exact("https://example.com/hooks/plivo"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlivoV3 {
    /// Configured, since a query can be written that has the same text as a form.
    is_get: bool,
}

static SIGNATURE: LazyLock<Field> =
    LazyLock::new(|| Field::header(HeaderName::from_static("x-plivo-signature-v3")).list(','));
const NONCE: HeaderName = HeaderName::from_static("x-plivo-signature-v3-nonce");

impl PlivoV3 {
    /// Callbacks that are sent by POST.
    #[must_use]
    pub const fn post() -> Self {
        Self { is_get: false }
    }

    /// Callbacks that are sent by GET.
    #[must_use]
    pub const fn get() -> Self {
        Self { is_get: true }
    }

    /// What is signed of a URL and a body.
    fn text(self, url: &str, body: &[u8], nonce: &str) -> Result<Text, Refusal> {
        let (url, query) = split_query(url);
        let mut text = Text::new().bytes(url);
        let query = sorted(query.as_bytes())?;
        if self.is_get && !body.is_empty() {
            return Err(Refusal::MalformedBody("a GET has none".into()));
        }
        if !self.is_get || !query.is_empty() {
            text = text.bytes("?");
        }
        let joined = query.iter().map(|(name, value)| [name, &b"="[..], value].concat());
        let joined = joined.collect::<Vec<_>>().join(&b"&"[..]);
        text = if self.is_get { text.read_from_body(joined) } else { text.bytes(joined) };
        if !self.is_get {
            let form = sorted(body)?;
            // Else a signature over the URL alone would be one of this body too.
            if form.iter().all(|(name, value)| name.is_empty() && value.is_empty()) {
                return Err(Refusal::MalformedBody("the form is empty".into()));
            }
            if !query.is_empty() {
                text = text.bytes(".");
            }
            text = text.read_from_body(
                form.into_iter().flat_map(|(name, value)| [name, value]).collect::<Vec<_>>().concat(),
            );
        }
        Ok(text.bytes(".").bytes(nonce))
    }
}

impl Default for PlivoV3 {
    fn default() -> Self {
        Self::post()
    }
}

/// The decoded fields, sorted by their bytes; of several with the same name and value, all.
fn sorted(fields: &[u8]) -> Result<Vec<(form::Bytes<'_>, form::Bytes<'_>)>, Refusal> {
    let mut fields = all_fields(fields)?;
    fields.sort_unstable();
    Ok(fields)
}

impl Scheme for PlivoV3 {
    fn name(&self) -> &str {
        "plivo-v3"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let (url, nonce) = (head.public_url()?, head.one(&NONCE)?);
        let signatures = SIGNATURE.values(head)?.map(|signature| (Algorithm::HmacSha256, signature));
        let text = body.map(|body| self.text(url, body, nonce)).transpose()?;
        let is_complete = text.is_some();
        let check = Check::new(text.unwrap_or_default()).any_of(Encoding::Base64, signatures)?;
        Ok(if is_complete { check.into() } else { Plan::NeedsBody })
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let head = proven.head();
        let signed = if self.is_get { split_query(head.public_url()?).1.as_bytes() } else { proven.body() };
        let fields = sorted(signed)?;
        let payload = to_form(fields.iter().map(|(name, value)| (&**name, &**value)));
        let delivery = Delivery::new().payload(payload.into()).format(Format::Form);
        Ok(delivery.signed_id(head.one(&NONCE)?).into())
    }

    /// Signs the request's own URL, under a nonce that is made of the time, the URL and the body.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let url = request.uri().to_string();
        let unique = [now.as_unix_millis().to_string().as_bytes(), url.as_bytes(), request.body()].concat();
        let nonce = Digest::Sha256.of(&unique, Encoding::Hex);
        let text = self.text(&url, request.body(), &nonce);
        let text = text.map_err(|_| CannotSign::new("the body of a POST is a form, and a GET has none"))?;
        let signature = Encoding::Base64.encode(&key.sign(Algorithm::HmacSha256, &text, request.body())?);
        for (name, value) in [(SIGNATURE.name(), signature), (&NONCE, nonce)] {
            let unfit = |_| CannotSign::new("a value does not fit into a header");
            request.headers_mut().insert(name, HeaderValue::try_from(value).map_err(unfit)?);
        }
        Ok(())
    }

    fn methods(&self) -> &[Method] {
        static GET: [Method; 1] = [Method::GET];
        static POST: [Method; 1] = [Method::POST];
        if self.is_get { &GET } else { &POST }
    }

    fn answers(&self) -> Answers {
        Answers::new().repeat(Repeat::Refuse)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "plivo-v3",
    "Plivo, version 3",
    "https://www.plivo.com/docs/voice/concepts/signature-validation",
    |options| Ok(Box::new(options.variant(&[("post", PlivoV3::post()), ("get", PlivoV3::get())])?)),
)
.signed("URL, fields, nonce")
.known_by("the nonce")
.needs(&[Need::Secret, Need::PublicUrl, Need::Option("variant?")]);
