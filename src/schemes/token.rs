//! A shared token, presented as it is.
use super::Source;
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{Answers, CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme},
    time::Timestamp,
    url::set_target,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header::AUTHORIZATION};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::{borrow::Cow, time::Duration};

/// A shared token that the sender presents as it is: a secret in a header, a bearer token, a password, a query
/// parameter, a path segment, a key of the body.
///
/// It proves that the sender knows it, and nothing else. It does not cover the body, it has no time, and whoever sees
/// one request can send others: use it over TLS only, and where a provider offers nothing better.
/// [`Verified::proof`](crate::Verified::proof) says [`SharedToken`](crate::scheme::Proof::SharedToken).
///
/// Paths and queries are written into access logs: prefer a header where the provider lets you choose.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, schemes::Token};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let acme = Token::bearer("acme");
/// let key = acme.key("the token that was agreed on")?;
/// let layer = VerifySignatureLayer::new(acme, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Token {
    name: Cow<'static, str>,
    place: Place,
    event: Option<Source>,
    id: Option<Source>,
    format: Format,
    body_limit: usize,
    answers: Answers,
    lease: Duration,
}

#[derive(Clone, Debug)]
enum Place {
    Header(HeaderName),
    Bearer,
    Basic,
    Query(Cow<'static, str>),
    LastSegment,
    #[cfg(feature = "json")]
    Json(&'static str),
}

impl Token {
    /// The whole value of a header.
    pub fn header(name: impl Into<Cow<'static, str>>, header: HeaderName) -> Self {
        Self::new(name.into(), Place::Header(header))
    }

    /// `Authorization: Bearer {token}`.
    pub fn bearer(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), Place::Bearer)
    }

    /// `Authorization: Basic {base64}`. The key's text is `user:password`.
    pub fn basic(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), Place::Basic)
    }

    /// A query parameter.
    pub fn query(name: impl Into<Cow<'static, str>>, parameter: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), Place::Query(parameter.into()))
    }

    /// The path's last segment.
    pub fn last_segment(name: impl Into<Cow<'static, str>>) -> Self {
        Self::new(name.into(), Place::LastSegment)
    }

    /// A key at the top of the JSON body, which must not occur twice.
    #[cfg(feature = "json")]
    pub fn body_key(name: impl Into<Cow<'static, str>>, key: &'static str) -> Self {
        Self::new(name.into(), Place::Json(key))
    }

    fn new(name: Cow<'static, str>, place: Place) -> Self {
        Self {
            name,
            place,
            event: None,
            id: None,
            format: Format::Json,
            body_limit: 2 << 20,
            answers: Answers::new(),
            lease: Duration::from_secs(10),
        }
    }

    /// Where the event type stands.
    pub fn event(mut self, source: Source) -> Self {
        self.event = Some(source);
        self
    }

    /// Where the delivery's id stands. Nothing is signed, so that the replay memory does not know the delivery by it.
    pub fn id(mut self, source: Source) -> Self {
        self.id = Some(source);
        self
    }

    /// How the body is written, if it is not JSON.
    pub fn format(mut self, format: Format) -> Self {
        self.format = format;
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

    /// What the request's head presents as its token.
    pub(crate) fn presented<'a>(&self, head: &Head<'a>) -> Result<Cow<'a, [u8]>, Refusal> {
        match &self.place {
            Place::Header(name) => Ok(Cow::Borrowed(head.one(name)?.as_bytes())),
            Place::Bearer => Ok(Cow::Borrowed(authorization(head, "bearer")?.as_bytes())),
            Place::Basic => {
                let decoded = Encoding::Base64.decode(authorization(head, "basic")?);
                decoded.map(Cow::Owned).ok_or(Refusal::MalformedHeader(AUTHORIZATION))
            }
            Place::Query(parameter) => Ok(into_bytes(head.query(parameter)?)),
            Place::LastSegment => Ok(into_bytes(head.last_segment()?)),
            #[cfg(feature = "json")]
            Place::Json(_) => Err(Refusal::MalformedToken("it is in the body, and not in the head".into())),
        }
    }
}

/// The credentials of an `Authorization` header, whose scheme's name is in any case.
pub(crate) fn authorization<'a>(head: &Head<'a>, scheme: &str) -> Result<&'a str, Refusal> {
    let malformed = Refusal::MalformedHeader(AUTHORIZATION);
    match head.one(&AUTHORIZATION)?.split_once(' ') {
        Some((name, credentials)) if name.eq_ignore_ascii_case(scheme) => Ok(credentials),
        _ => Err(malformed),
    }
}

fn into_bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

impl Scheme for Token {
    fn name(&self) -> &str {
        &self.name
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        if matches!(self.place, Place::Basic)
            && !matches!(text.split_once(':'), Some((_, password)) if !password.is_empty())
        {
            return Err(KeyError::WrongParts { expected: "`user:password`, with a password" });
        }
        Secret::text().key(Algorithm::Token, text)
    }

    #[cfg_attr(not(feature = "json"), expect(unused_variables, reason = "what reads the body needs JSON"))]
    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        #[cfg(feature = "json")]
        if let Place::Json(key) = &self.place {
            let Some(body) = body else { return Ok(Plan::NeedsBody) };
            return Ok(Check::token(Source::Json(key).demand(head, body)?.as_bytes()).into());
        }
        Ok(Check::token(self.presented(head)?).into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let (head, body) = (proven.head(), proven.body());
        let mut delivery = Delivery::new().format(self.format);
        let event = self.event.as_ref().map(|source| source.read(head, body)).transpose()?;
        if let Some(event) = event.flatten() {
            delivery = delivery.unsigned_event(event);
        }
        let id = self.id.as_ref().map(|source| source.read(head, body)).transpose()?;
        if let Some(id) = id.flatten() {
            delivery = delivery.unsigned_id(id);
        }
        Ok(delivery.into())
    }

    /// Presents the token. In a path, it becomes one segment more; in a body, a key of the JSON object that this must be.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        let token = key.expose();
        let header = |name: HeaderName, value: String, request: &mut Request<Bytes>| {
            let value = HeaderValue::try_from(value);
            let mut value = value.map_err(|_| CannotSign::new("the token does not fit into a header"))?;
            value.set_sensitive(true);
            request.headers_mut().insert(name, value);
            Ok(())
        };
        match &self.place {
            Place::Header(name) => header(name.clone(), token.to_owned(), request),
            Place::Bearer => header(AUTHORIZATION, format!("Bearer {token}"), request),
            Place::Basic => {
                header(AUTHORIZATION, format!("Basic {}", Encoding::Base64.encode(token.as_bytes())), request)
            }
            Place::Query(parameter) => append_query(request, parameter, token),
            Place::LastSegment => {
                let path = request.uri().path().trim_end_matches('/');
                let mut target = format!("{path}/{}", utf8_percent_encode(token, NON_ALPHANUMERIC));
                if let Some(query) = request.uri().query() {
                    target.push('?');
                    target.push_str(query);
                }
                retarget(request, target)
            }
            #[cfg(feature = "json")]
            Place::Json(key) => {
                let no_object =
                    CannotSign::new("the body is no JSON object, or has the key of the token already");
                let body: Result<serde_json::Map<String, serde_json::Value>, _> =
                    serde_json::from_slice(request.body());
                let mut body = body.map_err(|_| no_object.clone())?;
                if body.insert((*key).to_owned(), token.into()).is_some() {
                    return Err(no_object);
                }
                *request.body_mut() = serde_json::Value::Object(body).to_string().into();
                Ok(())
            }
        }
    }

    fn event_source(&self) -> Option<&Source> {
        self.event.as_ref()
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

/// Appends a parameter to the URL's query.
pub(super) fn append_query(
    request: &mut Request<Bytes>,
    parameter: &str,
    token: &str,
) -> Result<(), CannotSign> {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes()));
    query.append_pair(parameter, token);
    let target = format!("{}?{}", request.uri().path(), query.finish());
    retarget(request, target)
}

fn retarget(request: &mut Request<Bytes>, target: String) -> Result<(), CannotSign> {
    set_target(request, target).ok_or(CannotSign::new("the token does not fit into the URL"))
}
