//! Signatures by description.
use super::{
    Field, Source,
    form::{self, Fields},
};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, KeyRef, Secret, SigningKey},
    scheme::{
        Answers, CannotSign, Check, Claim, Delivery, Format, Head, MAX_SIGNATURES, OfBody, Outcome, Plan,
        Proven, Refusal, Scheme, Text,
    },
    time::{Timestamp, Unit},
    url::split_query,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, Response};
use std::{borrow::Cow, time::Duration};

/// A signature by description: its algorithm, where it stands, what is signed, and where the delivery says what it is.
///
/// By default the body alone is signed, the signature is in hexadecimal, and the secret is the dashboard's text as it
/// is; a public key is in PEM. The [module's documentation](super) has an example.
///
/// What signs is read in the same form as what verifies: a private key in PEM where the public one is.
#[derive(Clone, Debug)]
#[must_use]
pub struct Signed {
    name: Cow<'static, str>,
    algorithm: Algorithm,
    signature: Field,
    encoding: Encoding,
    secret: Secret,
    text: Vec<Part>,
    declared: Vec<(HeaderName, &'static str)>,
    #[cfg(feature = "json")]
    time_in_body: Option<(&'static str, Unit)>,
    tenant: Option<HeaderName>,
    key_id: Option<HeaderName>,
    event: Option<Source>,
    id: Option<Source>,
    /// What of it the text contains, so that no request has to ask.
    signs_event: bool,
    signs_id: bool,
    format: Format,
    answers_head: bool,
    methods: Vec<Method>,
    tolerance: Duration,
    body_limit: usize,
    answers: Answers,
    lease: Duration,
}

/// A part of the text that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Part {
    /// The body, exactly as received.
    Body,
    /// The digest of the body, as text.
    BodyDigest(Digest, Encoding),
    /// The decoded fields of the body, a form: each name and its value, one after the other with nothing in between,
    /// sorted by name and value, each pair once. The payload is that form; it is refused if it is empty or has more than
    /// 1000 fields.
    ///
    /// Where a name ends and its value begins is not signed, nor where the URL in front of it ends. Whoever holds one
    /// signed delivery can move these borders: `ab=c` for `a=bc`.
    FormFields,
    /// The decoded value of the body's one field, a form with this name and no other. It is the payload.
    FormField(Cow<'static, str>),
    /// The time of signing, as the sender writes it. The tolerance applies to it.
    Timestamp(Field, Unit),
    /// A header. Where a literal follows, its value must not contain that, nor end with its beginning.
    Header(HeaderName),
    /// What stands between the other parts.
    Literal(Cow<'static, str>),
    /// The secret, for [`Signed::hashed`].
    Secret,
    /// The request's method, in upper case.
    Method,
    /// The URL as the sender sees it: [`VerifySignatureLayer::public_url`](crate::VerifySignatureLayer::public_url).
    Url,
    /// The same up to its query, which is not signed.
    UrlWithoutQuery,
}

impl Part {
    /// What stands between the other parts.
    pub fn literal(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Literal(text.into())
    }

    /// The decoded value of the body's one field, a form with this name and no other. It is the payload.
    pub fn form_field(name: impl Into<Cow<'static, str>>) -> Self {
        Self::FormField(name.into())
    }

    /// Whether it is known only once the body is.
    fn is_read_from_body(&self) -> bool {
        matches!(self, Self::FormFields | Self::FormField(_))
    }
}

impl Signed {
    /// HMAC with SHA-1.
    pub fn hmac_sha1(name: impl Into<Cow<'static, str>>, signature: Field) -> Self {
        Self::new(name.into(), Algorithm::HmacSha1, signature)
    }

    /// HMAC with SHA-256.
    pub fn hmac_sha256(name: impl Into<Cow<'static, str>>, signature: Field) -> Self {
        Self::new(name.into(), Algorithm::HmacSha256, signature)
    }

    /// HMAC with SHA-512.
    pub fn hmac_sha512(name: impl Into<Cow<'static, str>>, signature: Field) -> Self {
        Self::new(name.into(), Algorithm::HmacSha512, signature)
    }

    /// A plain hash, for providers that do not use HMAC: one [`Part`] of the text must be the secret.
    pub fn hashed(name: impl Into<Cow<'static, str>>, digest: Digest, signature: Field) -> Self {
        Self::new(name.into(), Algorithm::Hashed(digest), signature)
    }

    /// Ed25519, with the provider's public key.
    #[cfg(feature = "ed25519")]
    pub fn ed25519(name: impl Into<Cow<'static, str>>, signature: Field) -> Self {
        Self::public(name.into(), Algorithm::Ed25519, signature)
    }

    /// ECDSA on P-256 with SHA-256, in ASN.1, with the provider's public key.
    #[cfg(feature = "aws-lc")]
    pub fn ecdsa_p256(name: impl Into<Cow<'static, str>>, signature: Field) -> Self {
        Self::public(name.into(), Algorithm::EcdsaP256Sha256Asn1, signature)
    }

    /// RSA (PKCS #1 v1.5) with SHA-256, with the provider's public key.
    #[cfg(feature = "aws-lc")]
    pub fn rsa_sha256(name: impl Into<Cow<'static, str>>, signature: Field) -> Self {
        Self::public(name.into(), Algorithm::RsaPkcs1Sha256, signature)
    }

    /// Any other algorithm. For that of a public key, say how it is written: [`secret`](Self::secret).
    pub fn by(name: impl Into<Cow<'static, str>>, algorithm: Algorithm, signature: Field) -> Self {
        Self::new(name.into(), algorithm, signature)
    }

    #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
    fn public(name: Cow<'static, str>, algorithm: Algorithm, signature: Field) -> Self {
        Self { secret: Secret::pem(), ..Self::new(name, algorithm, signature) }
    }

    fn new(name: Cow<'static, str>, algorithm: Algorithm, signature: Field) -> Self {
        Self {
            name,
            algorithm,
            signature,
            encoding: Encoding::Hex,
            secret: Secret::text(),
            text: vec![Part::Body],
            declared: Vec::new(),
            #[cfg(feature = "json")]
            time_in_body: None,
            tenant: None,
            key_id: None,
            event: None,
            id: None,
            signs_event: false,
            signs_id: false,
            format: Format::Json,
            answers_head: false,
            methods: vec![Method::POST],
            tolerance: Duration::from_secs(300),
            body_limit: 2 << 20,
            answers: Answers::new(),
            lease: Duration::from_secs(10),
        }
    }

    /// How the signature is written.
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// How the dashboard writes the secret, or the public key.
    pub fn secret(mut self, secret: Secret) -> Self {
        self.secret = secret;
        self
    }

    /// What is signed, in order.
    pub fn text(mut self, parts: impl IntoIterator<Item = Part>) -> Self {
        self.text = parts.into_iter().collect();
        self.see_what_is_signed()
    }

    /// A header in which the sender declares how it signs, and what it must declare: the only version or algorithm that
    /// this description is of. It need not be part of the text, since any other is refused.
    pub fn declared(mut self, header: HeaderName, text: &'static str) -> Self {
        self.declared.push((header, text));
        self
    }

    /// Where the body, JSON, has the time of signing: a key at its top, which must not occur twice. The value is a text or
    /// a whole number. The tolerance applies once the signature holds; a body without it is refused.
    #[cfg(feature = "json")]
    pub fn time_in_body(mut self, key: &'static str, unit: Unit) -> Self {
        self.time_in_body = Some((key, unit));
        self
    }

    /// The header that names the tenant, whose keys are to be looked up.
    pub fn tenant(mut self, header: HeaderName) -> Self {
        self.tenant = Some(header);
        self
    }

    /// The header that names the key, by the id under which the provider publishes it: it is looked up as
    /// [`KeyRef::Id`], and not by a tenant.
    pub fn key_id(mut self, header: HeaderName) -> Self {
        self.key_id = Some(header);
        self
    }

    /// Where the event type stands.
    pub fn event(mut self, source: Source) -> Self {
        self.event = Some(source);
        self.see_what_is_signed()
    }

    /// Where the delivery's id stands. If it is signed, the replay memory knows the delivery by it.
    pub fn id(mut self, source: Source) -> Self {
        self.id = Some(source);
        self.see_what_is_signed()
    }

    /// How the body is written, if it is not JSON.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// The provider asks by an unsigned HEAD whether the URL is there: it is answered 200.
    pub fn answering_head(mut self) -> Self {
        self.answers_head = true;
        self.methods.push(Method::HEAD);
        self
    }

    /// The methods that deliveries use, if not `POST`.
    pub fn with_methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        let head = self.answers_head.then_some(Method::HEAD);
        self.methods = methods.into_iter().chain(head).collect();
        self
    }

    /// How far the signed time may be off, if not five minutes.
    pub fn with_tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// How long a body may be, in bytes, if not 2 MiB.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = bytes;
        self
    }

    /// What the provider's documentation says that an endpoint answers.
    pub fn with_answers(mut self, answers: Answers) -> Self {
        self.answers = answers;
        self
    }

    /// How long a delivery that is being handled is kept from being handled beside it, if not ten seconds:
    /// [`Scheme::lease`].
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    fn see_what_is_signed(mut self) -> Self {
        self.signs_event = self.event.as_ref().is_some_and(|source| self.signs(source));
        self.signs_id = self.id.as_ref().is_some_and(|source| self.signs(source));
        self
    }

    /// Whether what stands there is part of the signed text.
    fn signs(&self, source: &Source) -> bool {
        source.all(|place| match place {
            Source::Header(name) => {
                self.text.iter().any(|part| matches!(part, Part::Header(part) if part == name))
            }
            #[cfg(feature = "json")]
            Source::Json(_) => self.text.iter().any(|part| {
                matches!(part, Part::Body | Part::BodyDigest(..) | Part::FormFields | Part::FormField(_))
            }),
            Source::Query(_) | Source::LastSegment | Source::Segment(_) | Source::FirstOf(_) => false,
        })
    }

    /// When it was signed, where the body says so.
    #[cfg(feature = "json")]
    fn signed_at_in(&self, body: &[u8]) -> Result<Option<Timestamp>, Refusal> {
        let Some((key, unit)) = self.time_in_body else { return Ok(None) };
        let time = crate::event::json_text_or_number(body, key)?;
        let at = time.and_then(|time| unit.parse(&time));
        at.map(Some).ok_or(Refusal::MalformedTimestamp)
    }

    /// The body, with the time of signing in it.
    #[cfg(feature = "json")]
    fn with_time(&self, body: Bytes, now: Timestamp) -> Result<Bytes, CannotSign> {
        let Some((key, unit)) = self.time_in_body else { return Ok(body) };
        let no_object = |_| CannotSign::new("the body is no JSON object, and so has no place for the time");
        let mut object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&body).map_err(no_object)?;
        let time = unit.format(now);
        let time = time.parse::<u64>().map_or_else(|_| time.into(), Into::into);
        object.insert(key.to_owned(), time);
        serde_json::to_vec(&object).map(Into::into).map_err(no_object)
    }

    /// Writes the signed text of a request, and returns the time that it contains. Without the body, it lacks what is read
    /// from that.
    fn write_text(
        &self,
        text: &mut Text,
        head: &Head<'_>,
        body: Option<&Bytes>,
    ) -> Result<Option<Timestamp>, Refusal> {
        let mut signed_at = None;
        let mut following = self.text.iter().skip(1);
        for part in &self.text {
            let next = following.next();
            match part {
                Part::Body => text.push_of_body(OfBody::Whole),
                Part::BodyDigest(digest, encoding) => text.push_of_body(OfBody::Digest(*digest, *encoding)),
                Part::Timestamp(field, unit) => {
                    let digits = field.one(head)?;
                    signed_at = Some(unit.parse(digits).ok_or(Refusal::MalformedTimestamp)?);
                    text.push(digits.as_bytes());
                }
                Part::Header(name) => {
                    let value = head.one(name)?;
                    if matches!(next, Some(Part::Literal(border)) if !ends_at_first(border, value)) {
                        return Err(Refusal::MalformedHeader(name.clone()));
                    }
                    text.push(value.as_bytes());
                }
                Part::Literal(literal) => text.push(literal.as_bytes()),
                Part::Secret => text.push_secret(),
                Part::Method => text.push(head.method().as_str().as_bytes()),
                Part::Url => text.push(head.public_url()?.as_bytes()),
                Part::UrlWithoutQuery => text.push(split_query(head.public_url()?).0.as_bytes()),
                Part::FormFields => {
                    if let Some(body) = body {
                        text.push_read_from_body(Fields::read(body)?.text().as_ref());
                    }
                }
                Part::FormField(name) => {
                    if let Some(body) = body {
                        text.push_read_from_body(form::only_field(body, name)?.as_ref());
                    }
                }
            }
        }
        Ok(signed_at)
    }

    /// What the handler is to read, where that is not the body.
    fn payload(&self, body: &Bytes) -> Result<Option<(Bytes, Format)>, Refusal> {
        let read = self.text.iter().find(|part| part.is_read_from_body());
        Ok(match read {
            Some(Part::FormFields) => Some((Fields::read(body)?.to_form().into(), Format::Form)),
            Some(Part::FormField(name)) => {
                Some((form::only_field(body, name)?.into_owned().into(), self.format))
            }
            _ => None,
        })
    }
}

impl Scheme for Signed {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        self.secret.key(self.algorithm, text)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        self.secret.signing_key(self.algorithm, text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if self.answers_head && *head.method() == Method::HEAD {
            return Ok(Plan::Respond(Response::default()));
        }
        for (header, text) in &self.declared {
            if head.one(header)? != *text {
                return Err(Refusal::UnsupportedAlgorithm);
            }
        }
        // First, since requests of strangers lack it, and should cost little.
        let signatures = self.signature.values(head)?.map(|signature| (self.algorithm, signature));
        let mut check = Check::of_no_text();
        let signed_at = self.write_text(check.text_mut(), head, body)?;
        // A provider that sends a signature in each of many headers documents so many.
        if self.signature.headers() > 1 {
            check = check.most_signatures(self.signature.headers().max(MAX_SIGNATURES));
        }
        check = check.any_of(self.encoding, signatures)?;
        if body.is_none() && self.text.iter().any(Part::is_read_from_body) {
            return Ok(Plan::NeedsBody);
        }
        if let Some(at) = signed_at {
            check = check.signed_at(at);
        }
        if let Some(tenant) = &self.tenant {
            check = check.key(KeyRef::Tenant(head.one(tenant)?.into()));
        }
        if let Some(key) = &self.key_id {
            check = check.key(KeyRef::Id(head.one(key)?.into()));
        }
        Ok(check.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let (payload, format) = match self.payload(proven.body())? {
            Some((payload, format)) => (Some(payload), format),
            None => (None, self.format),
        };
        let read = payload.clone();
        let read = read.as_ref().unwrap_or(proven.body());
        let [event, id] = Source::read_both([self.event.as_ref(), self.id.as_ref()], proven.head(), read)?;
        Ok(Outcome::Deliver(Delivery {
            event: event.map(|text| Claim::new(&text, self.signs_event)),
            id: id.map(|text| Claim::new(&text, self.signs_id)),
            #[cfg(feature = "json")]
            signed_at: self.signed_at_in(proven.body())?,
            payload,
            format,
            ..Delivery::new()
        }))
    }

    /// Sets the timestamp and the signature, and what is declared; a time in the body, too. Headers that are signed must be
    /// there, and a form whose fields are; a signed URL is the request's own.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let missing = CannotSign::new(
            "the request lacks a header or a form's field that is signed, or has it twice: set it first",
        );
        let url = request.uri().to_string();
        let mut lines: Vec<(&Field, String)> = Vec::new();
        for part in &self.text {
            if let Part::Timestamp(field, unit) = part {
                lines.push((field, unit.format(now)));
            }
        }
        write_lines(request, &lines)?;
        for (header, text) in &self.declared {
            request.headers_mut().insert(header.clone(), HeaderValue::from_static(text));
        }
        #[cfg(feature = "json")]
        {
            *request.body_mut() = self.with_time(request.body().clone(), now)?;
        }
        let (parts, body) = std::mem::take(request).into_parts();
        let head = Head::new(&parts, Some(&url));
        let mut text = Text::new();
        let written = self.write_text(&mut text, &head, Some(&body));
        let signed = written.map_err(|_| missing).and_then(|_| key.sign(self.algorithm, &text, &body));
        *request = Request::from_parts(parts, body);
        lines.push((&self.signature, self.encoding.encode(&signed?)));
        write_lines(request, &lines)
    }

    fn event_source(&self) -> Option<&Source> {
        self.event.as_ref()
    }

    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn tolerance(&self) -> Duration {
        self.tolerance
    }

    fn body_limit(&self) -> usize {
        self.body_limit
    }

    fn answers(&self) -> Answers {
        self.answers
    }

    fn lease(&self) -> Duration {
        self.lease
    }
}

/// Whether the first `border` behind the beginning of `value` is the one that ends it. Else it could be moved.
pub(crate) fn ends_at_first(border: &str, value: &str) -> bool {
    match border.len() {
        1 => !value.contains(border),
        // The value may end with the beginning of the border: `a:` before `::`.
        _ => format!("{value}{border}").find(border) == Some(value.len()),
    }
}

/// Sets headers, and joins what stands in the same one.
fn write_lines(request: &mut Request<Bytes>, lines: &[(&Field, String)]) -> Result<(), CannotSign> {
    let unfit = |_| CannotSign::new("a value does not fit into a header");
    for (field, _) in lines {
        let separator = field.separator().map(String::from).unwrap_or_default();
        let items = lines.iter().filter(|(other, _)| other.name() == field.name());
        let items: Vec<String> = items.map(|(other, value)| other.write(value)).collect();
        let value = HeaderValue::try_from(items.join(&separator)).map_err(unfit)?;
        request.headers_mut().insert(field.name().clone(), value);
    }
    Ok(())
}
