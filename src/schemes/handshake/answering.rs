//! Any scheme, with handshakes.
use super::Handshake;
use crate::scheme::{Head, Outcome, Plan, Proven, Refusal, Scheme, forward};
use bytes::Bytes;
use http::{Method, header::CONTENT_LENGTH};

/// Any scheme, with handshakes that are answered in its place. In everything else this is the scheme inside: its name,
/// its answers, its [`Verified<Stripe>`](crate::Verified).
///
/// With [`ByTenant`](crate::schemes::ByTenant), this is what stands inside.
///
/// ```
/// # #[cfg(feature = "json")] {
/// use http::HeaderName;
/// use tower_webhook::schemes::{Field, Signed, Source, handshake::{Answering, Handshake, Said}};
///
/// let acme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("acme-signature")));
/// let ping = Handshake::verified()
///     .when(Source::Json("type"), ["ping"])
///     .question(Source::Json("nonce"))
///     .json("pong", Said::question());
/// let acme = Answering::new(acme, ping);
/// # let _ = acme;
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Answering<S> {
    scheme: S,
    handshakes: Vec<Handshake>,
    methods: Vec<Method>,
}

/// More than an unsigned question in a body ever has.
const LONGEST_BODY: usize = 4096;

impl<S: Scheme> Answering<S> {
    /// `scheme`, with this handshake.
    pub fn new(scheme: S, handshake: Handshake) -> Self {
        Self::nothing(scheme).and(handshake)
    }

    /// `scheme`, with no handshake yet.
    pub(crate) fn nothing(scheme: S) -> Self {
        Self { methods: scheme.methods().to_vec(), scheme, handshakes: Vec::new() }
    }

    /// With this handshake, too. Of several that fit, the first is answered.
    pub fn and(mut self, handshake: Handshake) -> Self {
        if !self.methods.contains(&handshake.method) {
            self.methods.push(handshake.method.clone());
        }
        self.handshakes.push(handshake);
        self
    }

    fn of(&self, method: &Method, is_verified: bool) -> impl Iterator<Item = &Handshake> {
        self.handshakes
            .iter()
            .filter(move |handshake| handshake.method == *method && handshake.is_verified == is_verified)
    }

    /// Whether it is a method that no delivery uses.
    fn is_of_handshakes(&self, method: &Method) -> bool {
        !self.scheme.methods().contains(method)
    }

    /// A request that is one of these handshakes, or refused; `None` if they are no such handshakes.
    fn only_handshake(&self, head: &Head<'_>, body: Option<&Bytes>) -> Option<Result<Plan, Refusal>> {
        let mut last = None;
        for handshake in self.of(head.method(), false) {
            let body = match body {
                None if handshake.is_in_body() => return Some(Ok(Plan::NeedsBody)),
                body => body.map(|body| &**body).unwrap_or_default(),
            };
            let question = handshake.demanded(head, body);
            match question.and_then(|question| handshake.plan(head, body, &question)) {
                Ok(plan) => return Some(Ok(plan)),
                Err(refusal) => last = Some(Err(refusal)),
            }
        }
        last
    }

    /// A handshake that comes before deliveries: one that the head tells, or that brings a secret which is expected.
    fn early_handshake(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Option<Plan>, Refusal> {
        for handshake in self.of(head.method(), false) {
            let body = match body {
                _ if !handshake.is_in_body() => &[][..],
                _ if !handshake.expects(head) => continue,
                None => return Ok(Some(Plan::NeedsBody)),
                Some(body) => body,
            };
            if let Some(question) = handshake.asked(head, body)? {
                return handshake.plan(head, body, &question).map(Some);
            }
        }
        Ok(None)
    }

    /// A handshake in the body of a request that is no delivery, since the scheme has refused it.
    fn late_handshake(
        &self,
        head: &Head<'_>,
        body: Option<&Bytes>,
        refusal: Refusal,
    ) -> Result<Plan, Refusal> {
        let mut handshakes =
            self.of(head.method(), false).filter(|handshake| handshake.is_in_body()).peekable();
        let announced =
            head.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        match body {
            _ if handshakes.peek().is_none() => Err(refusal),
            None if announced.is_some_and(|length: usize| length > LONGEST_BODY) => Err(refusal),
            None => Ok(Plan::NeedsBody),
            Some(body) if body.len() > LONGEST_BODY => Err(refusal),
            Some(body) => {
                let plans = handshakes.filter_map(|handshake| {
                    let question = handshake.asked(head, body).ok()??;
                    handshake.plan(head, body, &question).ok()
                });
                // Whatever is wrong with it, it is first of all not signed.
                { plans }.next().ok_or(refusal)
            }
        }
    }

    /// With an answer that is signed for whoever asks, a signature must be over more than a question can be.
    fn check_signed(&self, plan: &Plan) -> Result<(), Refusal> {
        let checks = match plan {
            Plan::Check(check) => std::slice::from_ref(check),
            Plan::All(checks) | Plan::Any(checks) => checks,
            Plan::Respond(_) | Plan::Challenge(_) | Plan::NeedsBody => &[],
        };
        if self.signs_for_anybody().next().is_none()
            || checks.iter().all(|check| check.text().has_whole_body())
        {
            return Ok(());
        }
        Err(Refusal::NotCovered("the whole body, beside a handshake whose answer is signed".into()))
    }

    fn signs_for_anybody(&self) -> impl Iterator<Item = &Handshake> {
        self.handshakes.iter().filter(|handshake| !handshake.is_verified && handshake.is_signed())
    }
}

impl<S: Scheme> Scheme for Answering<S> {
    forward!(self => &self.scheme; name, key, sign, signing_key, tolerance, body_limit, answers, lease, scheme_type);

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if self.is_of_handshakes(head.method()) {
            if let Some(plan) = self.only_handshake(head, body) {
                return plan;
            }
        } else if let Some(plan) = self.early_handshake(head, body)? {
            return Ok(plan);
        }
        // A scheme is given the body only if it asks for it, and its refusals by the head come before the body.
        let mut plan = self.scheme.plan(head, None);
        if matches!(plan, Ok(Plan::NeedsBody)) && body.is_some() {
            plan = self.scheme.plan(head, body);
        }
        match plan {
            Ok(plan) => self.check_signed(&plan).map(|()| plan),
            Err(refusal) => self.late_handshake(head, body, refusal),
        }
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        if self
            .signs_for_anybody()
            .any(|handshake| proven.body().is_empty() || handshake.has_form(proven.body()))
        {
            return Err(Refusal::MalformedBody("it could be the question of a handshake".into()));
        }
        let (head, body) = (proven.head(), proven.body());
        let mut last = None;
        for handshake in self.of(head.method(), true) {
            let question = if self.is_of_handshakes(head.method()) {
                handshake.demanded(head, body).map(Some)
            } else {
                handshake.asked(head, body)
            };
            match question {
                Ok(Some(question)) => return handshake.accept(proven, &question).map(Outcome::Respond),
                Ok(None) => {}
                Err(refusal) => last = Some(refusal),
            }
        }
        match last {
            Some(refusal) => Err(refusal),
            None => self.scheme.accept(proven),
        }
    }

    fn methods(&self) -> &[Method] {
        &self.methods
    }
}
