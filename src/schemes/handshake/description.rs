//! What a handshake asks, and what it is answered.
use super::Enroller;
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret},
    scheme::{Challenge, Head, Plan, Proven, Refusal, Text},
    schemes::Source,
};
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Response, StatusCode,
    header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
};
use std::{borrow::Cow, fmt, ops::RangeInclusive, sync::Arc};

/// A handshake by description: which request it is, what must be right in it, and what it is answered.
///
/// By default it is answered 200, with no body. The [module's documentation](super) has an example.
#[derive(Clone)]
#[must_use]
pub struct Handshake {
    pub(super) method: Method,
    pub(super) is_verified: bool,
    conditions: Vec<(Source, Vec<Cow<'static, str>>)>,
    token: Option<(Source, Key)>,
    question: Option<Source>,
    is_alone: bool,
    lengths: RangeInclusive<usize>,
    takes: fn(u8) -> bool,
    algorithm: Algorithm,
    enroller: Option<Arc<dyn Enroller>>,
    text: Option<Said>,
    #[cfg(feature = "json")]
    members: Vec<(Cow<'static, str>, Said)>,
    headers: Vec<(HeaderName, Said)>,
}

/// A part of an answer.
#[derive(Clone, Debug)]
#[must_use]
pub struct Said {
    prefix: Cow<'static, str>,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Literal,
    Question,
    Signature(Encoding),
}

impl Said {
    /// This text.
    pub fn literal(text: impl Into<Cow<'static, str>>) -> Self {
        Self { prefix: text.into(), what: What::Literal }
    }

    /// The question, as it was asked.
    pub fn question() -> Self {
        Self { prefix: Cow::Borrowed(""), what: What::Question }
    }

    /// The question's signature by the endpoint's shared secret: [`Handshake::signed_by`].
    pub fn signature(encoding: Encoding) -> Self {
        Self { prefix: Cow::Borrowed(""), what: What::Signature(encoding) }
    }

    /// What stands before it.
    pub fn behind(mut self, prefix: impl Into<Cow<'static, str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn write(&self, question: &str, signature: &[u8]) -> String {
        let prefix = &self.prefix;
        match self.what {
            What::Literal => prefix.to_string(),
            What::Question => format!("{prefix}{question}"),
            What::Signature(encoding) => format!("{prefix}{}", encoding.encode(signature)),
        }
    }
}

/// More than any provider's question has.
const LONGEST: usize = 1024;
/// Of those that are answered with their signature.
const LONGEST_SIGNED: usize = 256;

impl Handshake {
    /// A handshake that is verified as every delivery is, and answered once that holds. It is a POST, unless
    /// [another method](Self::method) is named.
    pub fn verified() -> Self {
        Self::new(Method::POST, true)
    }

    /// A handshake that anybody can send. If the method is one that deliveries do not use, every such request is this
    /// handshake or is refused; else those are where the question stands and all [conditions](Self::when) hold.
    ///
    /// Where the question or a condition is in the body of such a POST, only requests are read for it that the scheme
    /// refuses: those that are not signed. Their bodies may have up to 4096 bytes.
    pub fn unverified(method: Method) -> Self {
        Self::new(method, false)
    }

    fn new(method: Method, is_verified: bool) -> Self {
        Self {
            method,
            is_verified,
            conditions: Vec::new(),
            token: None,
            question: None,
            is_alone: false,
            lengths: 1..=LONGEST,
            takes: |_| true,
            algorithm: Algorithm::HmacSha256,
            enroller: None,
            text: None,
            #[cfg(feature = "json")]
            members: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// The method, if a [verified](Self::verified) handshake is no POST.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// It is this handshake only if one of `texts` stands there. They are no secrets, and not compared as such.
    pub fn when<T: Into<Cow<'static, str>>>(
        mut self,
        source: Source,
        texts: impl IntoIterator<Item = T>,
    ) -> Self {
        self.conditions.push((source, texts.into_iter().map(Into::into).collect()));
        self
    }

    /// The token that must stand there, compared in constant time; else it is refused, and nothing is sent back.
    ///
    /// # Errors
    /// If the token is empty, blank or surrounded by white space.
    pub fn verify_token(mut self, source: Source, token: &str) -> Result<Self, KeyError> {
        self.token = Some((source, Secret::text().key(Algorithm::Token, token)?));
        Ok(self)
    }

    /// What is asked, where it stands.
    pub fn question(mut self, source: Source) -> Self {
        self.question = Some(source);
        self
    }

    /// The body is a JSON object with the question and nothing else.
    #[cfg(feature = "json")]
    pub fn alone(mut self) -> Self {
        self.is_alone = true;
        self
    }

    /// The question's form, in addition to what every question must have: its length in bytes, and of what characters it
    /// is.
    pub fn form(mut self, lengths: RangeInclusive<usize>, takes: fn(u8) -> bool) -> Self {
        (self.lengths, self.takes) = (lengths, takes);
        self
    }

    /// The algorithm of signatures in the answer, if not HMAC-SHA256.
    pub fn signed_by(mut self, algorithm: Algorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// The question is a secret, which is taken, and the handshake answered, only if `enroller` says so.
    pub fn enrolling(mut self, enroller: impl Enroller) -> Self {
        self.enroller = Some(Arc::new(enroller));
        self
    }

    /// The answer is a text: `text/plain`.
    pub fn text(mut self, said: Said) -> Self {
        self.text = Some(said);
        self
    }

    /// The answer is a JSON object of texts, of which this is one; they stand in the order in which they are named here.
    #[cfg(feature = "json")]
    pub fn json(mut self, name: impl Into<Cow<'static, str>>, said: Said) -> Self {
        self.members.push((name.into(), said));
        self
    }

    /// A header of the answer. What does not fit into one is left out.
    pub fn header(mut self, name: HeaderName, said: Said) -> Self {
        self.headers.push((name, said));
        self
    }

    /// Whether the answer is for whoever has the key.
    pub(super) fn is_signed(&self) -> bool {
        let said = self.text.iter().chain(self.headers.iter().map(|(_, said)| said));
        #[cfg(feature = "json")]
        let said = said.chain(self.members.iter().map(|(_, said)| said));
        said.into_iter().any(|said| matches!(said.what, What::Signature(_)))
    }

    /// Whether the body must be there to tell whether it is this handshake.
    pub(super) fn is_in_body(&self) -> bool {
        let sources = self.conditions.iter().map(|(source, _)| source).chain(&self.question);
        sources.chain(self.token.iter().map(|(source, _)| source)).any(Source::is_in_body)
    }

    /// Whether a secret is expected, so that the handshake comes before the delivery.
    pub(super) fn expects(&self, head: &Head<'_>) -> bool {
        self.enroller.as_ref().is_some_and(|enroller| enroller.expects(head))
    }

    /// What is asked, if the request is this handshake: the empty text, if it asks nothing.
    pub(super) fn asked<'a>(&self, head: &Head<'a>, body: &'a [u8]) -> Result<Option<Cow<'a, str>>, Refusal> {
        for (source, texts) in &self.conditions {
            if !source.read(head, body)?.is_some_and(|text| texts.contains(&text)) {
                return Ok(None);
            }
        }
        if !self.stands_alone(body) {
            return Ok(None);
        }
        match &self.question {
            None => Ok(Some(Cow::Borrowed(""))),
            Some(question) if self.conditions.is_empty() => question.read(head, body),
            Some(question) => question.demand(head, body).map(Some),
        }
    }

    #[cfg(feature = "json")]
    fn stands_alone(&self, body: &[u8]) -> bool {
        type Members<'a> = std::collections::BTreeMap<Cow<'a, str>, serde::de::IgnoredAny>;
        !self.is_alone || serde_json::from_slice::<Members<'_>>(body).is_ok_and(|members| members.len() == 1)
    }

    #[cfg(not(feature = "json"))]
    fn stands_alone(&self, _: &[u8]) -> bool {
        !self.is_alone
    }

    /// What is asked by a request that can be nothing but this handshake.
    pub(crate) fn demanded<'a>(&self, head: &Head<'a>, body: &'a [u8]) -> Result<Cow<'a, str>, Refusal> {
        if let Some(question) = self.asked(head, body)? {
            return Ok(question);
        }
        for (source, texts) in &self.conditions {
            let text = source.demand(head, body)?;
            if !texts.contains(&text) {
                return Err(Refusal::NotForUs("a handshake of another kind or for somebody else".into()));
            }
        }
        match &self.question {
            Some(question) => question.demand(head, body),
            None => Err(Refusal::MalformedBody("there is more in the handshake than is documented".into())),
        }
    }

    /// The answer to what anybody may ask.
    pub(crate) fn plan(&self, head: &Head<'_>, body: &[u8], question: &str) -> Result<Plan, Refusal> {
        self.check(head, body, question)?;
        if let Some(enroller) = &self.enroller
            && !enroller.take(head, question)
        {
            return Err(Refusal::NotForUs("a secret that nobody expects here".into()));
        }
        if !self.is_signed() {
            return Ok(Plan::Respond(self.answer(question, b"")));
        }
        let (this, asked) = (self.clone(), question.to_owned());
        let answer = move |signature: &[u8]| this.answer(&asked, signature);
        Ok(Plan::Challenge(Challenge::new(self.algorithm, Text::new().bytes(question), answer)))
    }

    /// The answer to what was verified.
    pub(super) fn accept(&self, proven: &Proven<'_>, question: &str) -> Result<Response<Bytes>, Refusal> {
        self.check(proven.head(), proven.body(), question)?;
        if !self.is_signed() {
            return Ok(self.answer(question, b""));
        }
        let signature = proven.sign(self.algorithm, &Text::new().bytes(question));
        Ok(self.answer(question, &signature.ok_or(Refusal::UnsupportedAlgorithm)?))
    }

    /// The answer to a question that the scheme has read and verified itself; `None` if it has not the form of one.
    #[cfg(all(feature = "encrypted", feature = "providers"))]
    pub(crate) fn respond(&self, question: &[u8]) -> Option<Response<Bytes>> {
        let question = std::str::from_utf8(question).ok().filter(|text| self.has_form(text.as_bytes()))?;
        Some(self.answer(question, b""))
    }

    /// The token first: who does not know it learns nothing.
    fn check(&self, head: &Head<'_>, body: &[u8], question: &str) -> Result<(), Refusal> {
        if let Some((source, token)) = &self.token
            && !token.is_token(&source.demand(head, body)?)
        {
            return Err(Refusal::NotForUs("the verify token is another".into()));
        }
        match &self.question {
            Some(source) if !self.has_form(question.as_bytes()) => {
                Err(source.wrong("does not have the documented form"))
            }
            _ => Ok(()),
        }
    }

    /// Whether it could be a question.
    pub(super) fn has_form(&self, text: &[u8]) -> bool {
        let is_signed = self.is_signed();
        let longest = if is_signed { LONGEST_SIGNED } else { LONGEST };
        let takes = |byte: u8| is_plain(byte) && (!is_signed || is_of_tokens(byte)) && (self.takes)(byte);
        text.len() <= longest && self.lengths.contains(&text.len()) && text.iter().copied().all(takes)
    }

    fn answer(&self, question: &str, signature: &[u8]) -> Response<Bytes> {
        let (content_type, body) = self.body(question, signature);
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::OK;
        if let Some(content_type) = content_type {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        }
        for (name, said) in &self.headers {
            if let Ok(value) = HeaderValue::try_from(said.write(question, signature)) {
                response.headers_mut().insert(name.clone(), value);
            }
        }
        response
    }

    fn body(&self, question: &str, signature: &[u8]) -> (Option<&'static str>, Bytes) {
        #[cfg(feature = "json")]
        if !self.members.is_empty() {
            let json = |text: &str| serde_json::Value::from(text).to_string();
            let members = self.members.iter();
            let members: Vec<String> = members
                .map(|(name, said)| format!("{}:{}", json(name), json(&said.write(question, signature))))
                .collect();
            return (Some("application/json"), format!("{{{}}}", members.join(",")).into());
        }
        match &self.text {
            Some(said) => (Some("text/plain"), said.write(question, signature).into()),
            None => (None, Bytes::new()),
        }
    }
}

/// Neither control characters nor what could be HTML.
fn is_plain(byte: u8) -> bool {
    (b' '..=b'~').contains(&byte) && byte != b'<'
}

/// What tokens are made of, and no body in JSON, XML or of a form.
fn is_of_tokens(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=_-.~".contains(&byte)
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake")
            .field("method", &self.method)
            .field("is_verified", &self.is_verified)
            .field("conditions", &self.conditions)
            .field("question", &self.question)
            .finish_non_exhaustive()
    }
}
