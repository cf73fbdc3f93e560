//! The run: tries, judges, counts.
use super::{Group, Report, Sample, bytes_of::differences, facts::Facts, kinds::Change, secrets::Secrets};
use crate::{
    key::KeySet,
    rejection::Rejection,
    scheme::{Proof, Scheme, Verdict, Verifier},
    schemes::form::Fields,
    time::Timestamp,
    url::PublicUrl,
    verified::Verified,
};
use bytes::Bytes;
use http::{HeaderName, Request, request::Parts};
use std::{
    fmt::{self, Write as _},
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
};

pub(super) struct Suite<'a, S: ?Sized> {
    pub(super) scheme: &'a S,
    pub(super) sample: &'a Sample,
    /// The sample as it arrives.
    pub(super) good: Attempt,
    pub(super) other_keys: KeySet,
    /// What the sample is known by.
    pub(super) facts: Facts,
    /// Where the signature is, as far as that can be seen: what differs when another key has signed.
    pub(super) signature: Signature,
    pub(super) secrets: Secrets,
    pub(super) report: Report,
}

/// What a receiver is given.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) parts: Parts,
    pub(super) body: Bytes,
    pub(super) keys: KeySet,
    pub(super) now: Timestamp,
}

#[derive(Default)]
pub(super) struct Signature {
    pub(super) headers: Vec<(HeaderName, Vec<Range<usize>>)>,
    pub(super) body: Vec<Range<usize>>,
}

/// What may be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    /// Nothing: it must be refused.
    Never,
    /// A delivery that is the sample's.
    Unmoved,
    /// The same, but under a proof that does not cover the body, the payload is another.
    UnlessCovered,
    /// Under a proof that covers the body, a delivery that is the sample's. Else, whoever captures one signature can put
    /// it in another's place, and the suite asks no more than that it be refused for a reason that fits, or accepted.
    OnlyIfCovered,
}

impl<'a, S: Scheme + ?Sized> Suite<'a, S> {
    /// # Errors
    /// What is wrong with the sample, if the scheme does not accept it.
    pub(super) fn new(scheme: &'a S, sample: &'a Sample) -> Result<Self, String> {
        let (good, other_keys, verified) = prepare(scheme, sample)?;
        let mut secrets = Secrets::default();
        let texts = sample.receiver_texts().into_iter().flatten();
        sample.secrets.iter().map(String::as_str).chain(texts).for_each(|text| secrets.add(text));
        let mut report = Report::new(scheme.name());
        report.prove(verified.proof());
        let facts = Facts::of(&verified);
        let signature = Signature::default();
        let mut suite = Self { scheme, sample, good, other_keys, facts, signature, secrets, report };
        suite.find_signature();
        suite.look_at(&verified);
        Ok(suite)
    }

    pub(super) fn run(mut self) -> Report {
        self.name_and_secrets();
        self.debug_of_keys();
        self.headers();
        self.target();
        self.body();
        self.time();
        self.keys();
        self.grafts();
        self.splits();
        self.unsigned();
        self.methods();
        self.report
    }

    fn name_and_secrets(&mut self) {
        let name = self.scheme.name();
        let in_form = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !in_form || name.is_empty() {
            self.report.note_wrong(format_args!("the name {name:?} is not lower case with hyphens"));
        }
        for blank in ["", " ", "\t\r\n", "   "] {
            if self.scheme.key(blank).is_ok() {
                self.report.note_wrong(format_args!("the secret {blank:?} is taken for a key"));
            }
        }
    }

    /// What another key writes in another way, in the same request at the same time.
    fn find_signature(&mut self) {
        if !self.sample.is_signed_here() {
            return;
        }
        let Ok(request) = self.sample.signed(self.scheme, self.sample.request.clone(), 1, self.good.now)
        else {
            return;
        };
        for name in self.good.parts.headers.keys() {
            let value = |headers: &http::HeaderMap| headers.get(name).map(|value| value.as_bytes().to_vec());
            let (Some(own), Some(other)) = (value(&self.good.parts.headers), value(request.headers())) else {
                continue;
            };
            let runs = differences(&own, &other);
            if !runs.is_empty() {
                self.signature.headers.push((name.clone(), runs));
            }
        }
        self.signature.body = differences(&self.good.body, request.body());
    }

    /// What `change` has made of the sample: refused for a reason that fits, or accepted as far as it may be.
    pub(super) fn attempt(
        &mut self,
        group: Group,
        change: Change,
        accepted: Accepted,
        what: impl fmt::Display,
        attempt: &Attempt,
    ) {
        let verdict = self.verify(attempt);
        self.judge(group, change, accepted, what, verdict);
    }

    /// It must be accepted, and be the sample.
    pub(super) fn holds(&mut self, group: Group, what: impl fmt::Display, attempt: &Attempt) {
        let verdict = self.verify(attempt);
        self.judge_same(group, what, verdict);
    }

    pub(super) fn judge(
        &mut self,
        group: Group,
        change: Change,
        accepted: Accepted,
        what: impl fmt::Display,
        verdict: Result<Verdict, Failure>,
    ) {
        self.report.count(group, |count| count.tried += 1);
        let name = group.name();
        let verified = match verdict {
            Err(Failure::Refused(rejection)) => {
                self.look_at(&rejection);
                let kind = rejection.kind();
                if change.may_be_refused_as(kind) {
                    self.report.count(group, |count| count.refused += 1);
                } else {
                    self.report.note_wrong(format_args!("{name}: {what}: refused as {kind:?}"));
                }
                return;
            }
            Err(Failure::Panicked) => {
                self.report.note_wrong(format_args!("{name}: {what}: panics"));
                return;
            }
            Ok(Verdict::Respond(_)) => {
                self.report.note_wrong(format_args!("{name}: {what}: answered as a handshake"));
                return;
            }
            Ok(Verdict::Deliver(verified)) => verified,
        };
        self.look_at(&verified);
        let facts = Facts::of(&verified);
        let covered = self.facts.proof == Proof::SignedBody;
        let moved = self.facts.moved_to(&facts);
        let same_payload = facts.payload == self.facts.payload;
        let wrong = match (accepted, moved) {
            (Accepted::Never, _) => Some("accepted"),
            (Accepted::OnlyIfCovered, _) if !covered => None,
            (_, Some(moved)) => {
                self.report.note_wrong(format_args!("{name}: {what}: accepted, and it moves {moved}"));
                return;
            }
            (Accepted::UnlessCovered, None) if !covered => None,
            (_, None) if same_payload => None,
            (_, None) if self.sample.has_unsigned_borders && differ_in_borders(&facts, &self.facts) => None,
            (_, None) => Some("accepted, with another payload"),
        };
        match wrong {
            Some(wrong) => self.report.note_wrong(format_args!("{name}: {what}: {wrong}")),
            None => self.report.count(group, |count| {
                let unmoved = moved.is_none() && same_payload;
                *if unmoved { &mut count.unmoved } else { &mut count.uncovered } += 1;
            }),
        }
    }

    pub(super) fn judge_same(
        &mut self,
        group: Group,
        what: impl fmt::Display,
        verdict: Result<Verdict, Failure>,
    ) {
        self.report.count(group, |count| count.tried += 1);
        let name = group.name();
        let wrong = match verdict {
            Ok(Verdict::Deliver(verified)) => {
                self.look_at(&verified);
                let facts = Facts::of(&verified);
                match self.facts.moved_to(&facts) {
                    None if facts.payload == self.facts.payload => {
                        self.report.count(group, |count| count.unmoved += 1);
                        return;
                    }
                    None => "accepted, with another payload".to_owned(),
                    Some(moved) => format!("accepted, and it moves {moved}"),
                }
            }
            Ok(Verdict::Respond(_)) => "answered as a handshake".to_owned(),
            Err(Failure::Refused(rejection)) => {
                self.look_at(&rejection);
                format!("refused as {:?}", rejection.kind())
            }
            Err(Failure::Panicked) => "panics".to_owned(),
        };
        self.report.note_wrong(format_args!("{name}: {what}: {wrong}"));
    }

    pub(super) fn verify(&self, attempt: &Attempt) -> Result<Verdict, Failure> {
        caught(|| verify(self.scheme, attempt))
    }

    /// `Debug` of everything, and `Display` of what is refused, show no secret.
    pub(super) fn look_at(&mut self, shown: &impl Shown) {
        let mut text = String::new();
        shown.show(&mut text);
        if !self.secrets.are_kept_by(&text) {
            self.report.note_wrong(format_args!("{} shows a secret", shown.name()));
        }
    }
}

/// Whether two forms are the same text if nothing stands between names and values.
fn differ_in_borders(one: &Facts, other: &Facts) -> bool {
    let text = |facts: &Facts| Some(Fields::read(&facts.payload).ok()?.text());
    text(one).is_some_and(|one| text(other) == Some(one))
}

/// The sample as it arrives, the other keys, and what became of it.
fn prepare<S: Scheme + ?Sized>(scheme: &S, sample: &Sample) -> Result<(Attempt, KeySet, Verified), String> {
    let [keys, other_keys] = sample.keys(scheme)?;
    let (parts, body) = sample.delivery(scheme)?.into_parts();
    let good = Attempt { parts, body, keys, now: sample.now() };
    match verify(scheme, &good) {
        Ok(Verdict::Deliver(verified)) => Ok((good, other_keys, verified)),
        Ok(Verdict::Respond(_)) => Err("the sample is a handshake, and should be a delivery".to_owned()),
        Err(rejection) => Err(format!("the sample is refused as {:?}: {rejection}", rejection.kind())),
    }
}

/// As the layer verifies it: the URL that the sender sees is the one that the request was sent to.
fn verify<S: Scheme + ?Sized>(scheme: &S, attempt: &Attempt) -> Result<Verdict, Rejection> {
    let Attempt { parts, body, keys, now } = attempt;
    Verifier::new().public_url(PublicUrl::base(origin(parts))).verify(scheme, parts, body, keys, *now)
}

/// What comes before the path in the URL; nothing where the request's target is only a path.
pub(super) fn origin(parts: &Parts) -> String {
    match (parts.uri.scheme_str(), parts.uri.authority()) {
        (Some(scheme), Some(authority)) => format!("{scheme}://{authority}"),
        _ => String::new(),
    }
}

/// Why there is no verdict.
pub(super) enum Failure {
    Refused(Rejection),
    Panicked,
}

/// A scheme that panics is named, and the suite goes on.
pub(super) fn caught<T>(verify: impl FnOnce() -> Result<T, Rejection>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(verify)) {
        Ok(Ok(verdict)) => Ok(verdict),
        Ok(Err(rejection)) => Err(Failure::Refused(rejection)),
        Err(_) => Err(Failure::Panicked),
    }
}

impl Attempt {
    pub(super) fn with_parts(&self, parts: Parts) -> Self {
        Self { parts, ..self.clone() }
    }

    pub(super) fn with_body(&self, body: impl Into<Bytes>) -> Self {
        Self { body: body.into(), ..self.clone() }
    }

    pub(super) fn with_keys(&self, keys: KeySet) -> Self {
        Self { keys, ..self.clone() }
    }

    pub(super) fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    pub(super) fn with_request(&self, request: Request<Bytes>) -> Self {
        let (parts, body) = request.into_parts();
        Self { parts, body, ..self.clone() }
    }
}

/// What is printed for an operator or in a test's failure.
pub(super) trait Shown {
    fn show(&self, text: &mut String);
    fn name(&self) -> &'static str;
}

/// Formatting into a text does not fail.
fn write(text: &mut String, shown: fmt::Arguments<'_>) {
    let _ = text.write_fmt(shown);
}

macro_rules! shown {
    ($($type:ty => $name:literal, $format:literal;)+) => {
        $(impl Shown for $type {
            fn show(&self, text: &mut String) {
                write(text, format_args!($format, shown = self));
            }

            fn name(&self) -> &'static str {
                $name
            }
        })+
    };
}

/// Its own words are always the same, and speak of secrets; what it has from the scheme is its source.
impl Shown for Rejection {
    fn show(&self, text: &mut String) {
        write(text, format_args!("{self:?} {self:#?}"));
        if let Some(source) = std::error::Error::source(self) {
            write(text, format_args!(" {source}"));
        }
    }

    fn name(&self) -> &'static str {
        "a `Rejection`"
    }
}

shown! {
    Verified => "`Verified`", "{shown:?} {shown:#?}";
    KeySet => "a `KeySet`", "{shown:?} {shown:#?}";
    crate::key::SigningKey => "a `SigningKey`", "{shown:?} {shown:#?}";
    crate::key::KeyError => "a `KeyError`", "{shown:?} {shown}";
    crate::scheme::CannotSign => "a `CannotSign`", "{shown:?} {shown}";
    crate::scheme::Head<'_> => "a `Head`", "{shown:?} {shown:#?}";
    crate::scheme::Plan => "a `Plan`", "{shown:?} {shown:#?}";
}
