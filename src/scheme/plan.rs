//! What a scheme demands of a request.
use super::{Challenge, Check, Refusal};
use crate::{
    key::KeyRef,
    rejection::{Rejection, RejectionKind},
};
use bytes::Bytes;
use http::Response;
use smallvec::SmallVec;

/// What a scheme demands of a request before it believes it; the answer of [`Scheme::plan`](super::Scheme::plan).
#[derive(Debug)]
#[non_exhaustive]
pub enum Plan {
    /// An unsigned handshake: this is the answer, and no handler sees the request.
    Respond(Response<Bytes>),
    /// An unsigned handshake whose answer only the holder of the key can give.
    Challenge(Challenge),
    /// Only the body tells: ask again with it.
    NeedsBody,
    /// This must hold.
    Check(Check),
    /// Each of these must hold. With none in it, nothing gets through.
    All(Vec<Check>),
    /// One of these must hold: spellings of the same thing that a provider does not tell apart, such as two forms of a
    /// URL. Never a weaker recipe beside a stronger one, which it would then stand in for. The times of all of them
    /// must be within the tolerance. With none in it, nothing gets through.
    Any(Vec<Check>),
}

impl From<Check> for Plan {
    fn from(check: Check) -> Self {
        Self::Check(check)
    }
}

/// What a plan comes to when it demands proof: one check or several, and never none.
#[derive(Debug)]
pub(crate) struct Checks {
    checks: SmallVec<[Check; 1]>,
    demanded: Demanded,
    /// Boxed, since checks are handed on and hardly ever have one.
    challenge: Option<Box<Challenge>>,
}

/// How many of the checks must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demanded {
    All,
    Any,
}

impl Checks {
    /// The one that must hold.
    pub(crate) fn one(check: Check) -> Self {
        Self { checks: SmallVec::from_buf([check]), demanded: Demanded::All, challenge: None }
    }

    /// Several.
    ///
    /// # Errors
    /// If there is nothing to check, which would let everybody in; or if they name keys of several owners.
    pub(crate) fn several(checks: Vec<Check>, demanded: Demanded) -> Result<Self, Rejection> {
        if checks.is_empty() {
            return Err(RejectionKind::BadPlan.into());
        }
        let checks = Self { checks: checks.into(), demanded, challenge: None };
        checks.name_one_key()?;
        Ok(checks)
    }

    /// Nothing to check: whoever asks is answered, with the key, and nobody gets through.
    pub(crate) fn answered_by(challenge: Challenge) -> Self {
        Self { checks: SmallVec::new(), demanded: Demanded::All, challenge: Some(Box::new(challenge)) }
    }

    pub(crate) fn challenge(&self) -> Option<&Challenge> {
        self.challenge.as_deref()
    }

    pub(crate) fn as_slice(&self) -> &[Check] {
        &self.checks
    }

    /// Whether they need the time.
    pub(crate) fn claim_a_time(&self) -> bool {
        self.checks.iter().any(Check::claims_a_time)
    }

    pub(crate) fn demanded(&self) -> Demanded {
        self.demanded
    }

    /// The keys to look up: those that any of the checks names.
    pub(crate) fn key(&self) -> &KeyRef {
        if let Some(challenge) = &self.challenge {
            return challenge.claimed_key();
        }
        let named = self.checks.iter().map(Check::claimed_key).find(|key| **key != KeyRef::Endpoint);
        named.unwrap_or(&KeyRef::Endpoint)
    }

    /// They are verified with the keys of one lookup. What one tenant signed must not speak for another.
    fn name_one_key(&self) -> Result<(), Refusal> {
        let mut named = self.checks.iter().map(Check::claimed_key).filter(|key| **key != KeyRef::Endpoint);
        let first = named.next();
        match named.find(|key| Some(*key) != first) {
            None => Ok(()),
            Some(KeyRef::Tenant(_)) => Err(Refusal::TenantMismatch),
            Some(_) => Err(Refusal::UntrustedKey("the request names several keys".into())),
        }
    }
}
