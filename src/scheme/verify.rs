//! Verification by itself, for whoever has no Tower service; and the steps that the layer shares with it.
use super::{Checks, Delivery, Demanded, Head, Held, Outcome, Plan, Proof, Proven, Running, Scheme, Sealed};
use crate::{
    key::{Key, KeyRef, KeySet},
    rejection::{Rejection, RejectionKind},
    time::Timestamp,
    url::PublicUrl,
    verified::{Facts, Verified},
};
use bytes::Bytes;
use http::{Response, request::Parts};
use std::{
    borrow::Borrow,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// What a request that is no forgery turned out to be.
#[derive(Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// A delivery, with its proof.
    Deliver(Verified),
    /// A handshake: this is the answer.
    Respond(Response<Bytes>),
}

/// Verifies one request whose body is at hand, with the scheme's own tolerance and limit: on Lambda, in actix, on a
/// command line. There is no replay memory here.
///
/// ```
/// use bytes::Bytes;
/// use http::Request;
/// use tower_webhook::{Scheme, providers::GitHub, scheme::{Verdict, verify}, time::Timestamp};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = GitHub.key("It's a Secret to Everybody")?;
/// let (parts, body) = Request::post("/")
///     .header("x-github-event", "ping")
///     .header(
///         "x-hub-signature-256",
///         "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
///     )
///     .body(Bytes::from_static(b"Hello, World!"))?
///     .into_parts();
///
/// let verdict = verify(&GitHub, &parts, &body, &key.into(), Timestamp::from_unix(1_718_000_000))?;
/// assert!(matches!(verdict, Verdict::Deliver(verified) if verified.event() == Some("ping")));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the request is no delivery of this scheme, signed by one of these keys, now.
pub fn verify<S: Scheme + ?Sized>(
    scheme: &S,
    parts: &Parts,
    body: &Bytes,
    keys: &KeySet,
    now: Timestamp,
) -> Result<Verdict, Rejection> {
    Verifier::new().verify(scheme, parts, body, keys, now)
}

/// [`verify`] with settings.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Verifier {
    tolerance: Option<Duration>,
    body_limit: Option<usize>,
    public_url: Option<PublicUrl>,
    accepts_uncovered_body: bool,
}

impl Verifier {
    /// With the scheme's own settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// How far a signed time may be off, in the past and in the future.
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = Some(tolerance);
        self
    }

    /// How long a body may be, in bytes.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// The URL as the sender sees it, for schemes that sign it.
    pub fn public_url(mut self, url: PublicUrl) -> Self {
        self.public_url = Some(url);
        self
    }

    /// Lets typed events be read from bodies that the signature does not cover: whoever captures one signature can put
    /// any body under it. For providers whose documented recipe leaves the body out.
    pub fn insecure_accept_uncovered_body(mut self) -> Self {
        self.accepts_uncovered_body = true;
        self
    }

    /// Verifies one request.
    ///
    /// # Errors
    /// If the request is no delivery of this scheme, signed by one of these keys, now.
    pub fn verify<S: Scheme + ?Sized>(
        &self,
        scheme: &S,
        parts: &Parts,
        body: &Bytes,
        keys: &KeySet,
        now: Timestamp,
    ) -> Result<Verdict, Rejection> {
        let url = self.public_url.as_ref().map(|url| url.of(&parts.uri));
        self.judge(scheme, parts, body, url.as_deref(), now, |_| Ok(keys))
    }

    /// The same with keys that are looked up for what the request says of them.
    pub(crate) fn judge<S: Scheme + ?Sized, K: Borrow<KeySet>>(
        &self,
        scheme: &S,
        parts: &Parts,
        body: &Bytes,
        url: Option<&str>,
        now: Timestamp,
        find: impl FnOnce(&Checks) -> Result<K, Rejection>,
    ) -> Result<Verdict, Rejection> {
        let tolerance = self.tolerance.unwrap_or_else(|| scheme.tolerance());
        if !scheme.methods().contains(&parts.method) {
            return Err(RejectionKind::MethodNotAllowed.into());
        }
        if body.len() > self.body_limit.unwrap_or_else(|| scheme.body_limit()) {
            return Err(RejectionKind::BodyTooLarge.into());
        }
        let head = Head::new(parts, url);
        let checks = match plan_head(scheme, &head)? {
            Planned::Respond(response) => return Ok(Verdict::Respond(response)),
            Planned::Check(checks) => checks,
            Planned::NeedsBody => match plan_body(scheme, &head, body)? {
                PlannedWithBody::Respond(response) => return Ok(Verdict::Respond(response)),
                PlannedWithBody::Check(checks) => checks,
            },
        };
        in_tolerance(&checks, now, tolerance)?;
        let found = find(&checks)?;
        let keys = found.borrow();
        let evidence = Evidence {
            scheme,
            head,
            body,
            checks: &checks,
            keys,
            now,
            tolerance,
            accepts_uncovered_body: self.accepts_uncovered_body,
        };
        evidence.conclude(Running::default())
    }
}

/// A plan, brought into a form in which it cannot demand nothing.
pub(crate) enum Planned {
    Respond(Response<Bytes>),
    NeedsBody,
    Check(Checks),
}

/// A plan that has seen the body, and so cannot ask for it.
pub(crate) enum PlannedWithBody {
    Respond(Response<Bytes>),
    Check(Checks),
}

/// What the scheme demands, from the head alone.
pub(crate) fn plan_head<S: Scheme + ?Sized>(scheme: &S, head: &Head<'_>) -> Result<Planned, Rejection> {
    planned(scheme.plan(head, None)?)
}

/// What the scheme demands, now that it has the body.
pub(crate) fn plan_body<S: Scheme + ?Sized>(
    scheme: &S,
    head: &Head<'_>,
    body: &Bytes,
) -> Result<PlannedWithBody, Rejection> {
    match planned(scheme.plan(head, Some(body))?)? {
        Planned::Respond(response) => Ok(PlannedWithBody::Respond(response)),
        Planned::Check(checks) => Ok(PlannedWithBody::Check(checks)),
        Planned::NeedsBody => Err(RejectionKind::BadPlan.into()),
    }
}

fn planned(plan: Plan) -> Result<Planned, Rejection> {
    Ok(Planned::Check(match plan {
        Plan::Check(check) => Checks::one(check),
        Plan::All(checks) => Checks::several(checks, Demanded::All)?,
        Plan::Any(checks) => Checks::several(checks, Demanded::Any)?,
        Plan::Challenge(challenge) => Checks::answered_by(challenge),
        Plan::Respond(response) => return Ok(Planned::Respond(response)),
        Plan::NeedsBody => return Ok(Planned::NeedsBody),
    }))
}

/// Whether the times that the checks claim are within the tolerance. Costs a sender nothing to try, so it comes before
/// anything that costs us.
pub(crate) fn in_tolerance(checks: &Checks, now: Timestamp, tolerance: Duration) -> Result<(), Rejection> {
    for check in checks.as_slice().iter().filter(|check| check.claims_a_time()) {
        let leeway = tolerance.min(LEEWAY);
        if check.claimed_beginning().is_some_and(|at| at > now.saturating_add(leeway)) {
            return Err(RejectionKind::NotYetValid.into());
        }
        if check.claimed_end().is_some_and(|at| at < now.saturating_sub(leeway)) {
            return Err(RejectionKind::Expired.into());
        }
        if let Some(at) = check.claimed_time() {
            time_in_tolerance(at, now, tolerance)?;
        }
    }
    Ok(())
}

/// How far two clocks are apart at most that are set by the same time. How old a request may be is another matter.
const LEEWAY: Duration = Duration::from_secs(60);

fn time_in_tolerance(at: Timestamp, now: Timestamp, tolerance: Duration) -> Result<(), Rejection> {
    if at.abs_diff(now) <= tolerance {
        Ok(())
    } else if at < now {
        Err(RejectionKind::StaleTimestamp.into())
    } else {
        Err(RejectionKind::FutureTimestamp.into())
    }
}

/// What the verdict is founded on.
pub(crate) struct Evidence<'a, S: ?Sized> {
    pub(crate) scheme: &'a S,
    pub(crate) head: Head<'a>,
    pub(crate) body: &'a Bytes,
    pub(crate) checks: &'a Checks,
    pub(crate) keys: &'a KeySet,
    pub(crate) now: Timestamp,
    pub(crate) tolerance: Duration,
    pub(crate) accepts_uncovered_body: bool,
}

impl<S: Scheme + ?Sized> Evidence<'_, S> {
    /// The signatures, the time once more, and then what the scheme makes of it.
    pub(crate) fn conclude(&self, running: Running) -> Result<Verdict, Rejection> {
        let Self { body, checks, keys, .. } = self;
        if let Some(challenge) = checks.challenge() {
            return Ok(Verdict::Respond(challenge.answer(keys)?));
        }
        let held = running.finish(checks, keys, body, self.now)?;
        let key = held.key;
        self.accept(held).or_else(|refused| self.accept_with_others(key).ok_or(refused))
    }

    /// Where a key carries what its payloads are encrypted with, another may have the same signing secret: that one was
    /// rotated alone. The signature holds by now, so that nobody else can make us try.
    #[cold]
    fn accept_with_others(&self, tried: &Key) -> Option<Verdict> {
        let others = self.keys.iter().filter(|key| !std::ptr::eq(*key, tried) && key.carries_something());
        others.filter(|_| tried.carries_something()).find_map(|key| {
            let keys = KeySet::from(key.clone());
            let held = Running::default().finish(self.checks, &keys, self.body, self.now).ok()?;
            self.accept(held).ok()
        })
    }

    fn accept(&self, held: Held<'_>) -> Result<Verdict, Rejection> {
        let Self { scheme, head, body, checks, keys, .. } = self;
        let Held { proof, key, checks: held } = held;
        in_tolerance(checks, self.now, self.tolerance)?;
        key_is_whose_it_should_be(checks, keys)?;
        let planned = held.iter().find_map(|check| check.claimed_delivery());
        let proven = Proven::new(head, body, proof, keys.tenant(), key, planned);
        let mut delivery = match scheme.accept(&proven) {
            Ok(Outcome::Deliver(delivery)) => delivery,
            Ok(Outcome::Respond(response)) => return Ok(Verdict::Respond(response)),
            Err(refusal) => return Err(refusal.into()),
        };
        if let Some(at) = delivery.signed_at {
            time_in_tolerance(at, self.now, self.tolerance)?;
        }
        tenant_is_whose_key_it_is(&delivery, checks, keys)?;
        if proof == Proof::SharedToken {
            delivery.unsign();
        }
        let signed_at = delivery.signed_at.or_else(|| held.iter().find_map(|check| check.claimed_time()));
        let valid_until = held.iter().filter_map(|check| check.claimed_end()).max();
        let has_signed_id = delivery.id.as_ref().is_some_and(|id| id.signed && !id.text.is_empty());
        Ok(Verdict::Deliver(Verified::new(Facts {
            scheme: scheme.name().into(),
            scheme_type: scheme.scheme_type(Sealed::new()),
            proof,
            key_label: key.label_arc(),
            tenant: keys.tenant_arc().or_else(|| delivery.tenant.take().map(Arc::from)),
            signed_at,
            valid_until,
            identifying_texts: match signed_at {
                Some(_) if !has_signed_id => held.iter().map(|check| check.text().clone()).collect(),
                _ => Vec::new(),
            },
            identity_digest: OnceLock::new(),
            body: (*body).clone(),
            delivery,
            accepts_uncovered_body: self.accepts_uncovered_body,
            acknowledgement: scheme.answers().acknowledgement,
        })))
    }
}

/// A provider that answers with another tenant's keys must not make that tenant speak for this one.
fn key_is_whose_it_should_be(checks: &Checks, keys: &KeySet) -> Result<(), Rejection> {
    match (checks.key(), keys.tenant()) {
        (KeyRef::Tenant(named), Some(owner)) if **named != *owner => {
            Err(RejectionKind::TenantMismatch.into())
        }
        _ => Ok(()),
    }
}

/// Where the body names a tenant, it must be the key's; and where nobody says whose the key is, the one that it was
/// looked up for.
fn tenant_is_whose_key_it_is(delivery: &Delivery, checks: &Checks, keys: &KeySet) -> Result<(), Rejection> {
    match (&delivery.tenant, keys.tenant().or(checks.key().tenant())) {
        (Some(named), Some(owner)) if **named != *owner => Err(RejectionKind::TenantMismatch.into()),
        _ => Ok(()),
    }
}
