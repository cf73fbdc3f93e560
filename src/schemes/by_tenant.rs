//! Any scheme, with keys for each tenant.
use super::Source;
use crate::{
    key::KeyRef,
    scheme::{Check, Head, Outcome, Plan, Proof, Proven, Refusal, Scheme, forward},
};
use bytes::Bytes;

/// Any scheme, with keys for each tenant: the request names the tenant in a header, in its path or in its body, and the
/// [`KeyProvider`](crate::key::KeyProvider) is asked for that tenant's keys.
///
/// What the request says is only a reference: it decides whose keys must fit, and a tenant's key fits its own
/// deliveries alone. In everything else this is the scheme inside: its name, its answers, its
/// [`Verified<Stripe>`](crate::Verified).
///
/// - A tenant that is **in the body** is known only once the body is, so the body is read before keys are looked up;
///   everything that the scheme can refuse by the head is refused before. Where the signature covers the body, the
///   tenant counts as signed, and is compared with the one whose keys they are. The key must not occur twice.
/// - A request that names **no tenant**, or one that the key provider does not know, is refused as every other.
/// - Let the key provider say [whose keys](crate::key::KeySet::of_tenant) it found, as
///   [`Tenants`](crate::key::Tenants) does. [`Verified::tenant`](crate::Verified::tenant) then tells, and the replay
///   memory keeps tenants apart; the request's own word for it would not do, since one key could be several tenants'.
/// - If the scheme inside names a tenant itself, both must name the same.
///
/// ```
/// # #[cfg(feature = "providers")] {
/// use tower_webhook::{
///     Scheme, VerifySignatureLayer,
///     key::Tenants,
///     providers::GitHub,
///     schemes::{ByTenant, Source},
/// };
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// // POST /github/acme, POST /github/globex
/// let layer = VerifySignatureLayer::new(
///     ByTenant::new(GitHub, Source::LastSegment),
///     Tenants::new().with("acme", GitHub.key("a secret")?).with("globex", GitHub.key("another secret")?),
/// );
/// # let _ = layer;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ByTenant<S> {
    scheme: S,
    tenant: Source,
}

impl<S: Scheme> ByTenant<S> {
    /// `scheme`, with the keys of the tenant that stands at `tenant`. Whoever signs names the tenant first.
    pub fn new(scheme: S, tenant: Source) -> Self {
        Self { scheme, tenant }
    }

    fn name_tenant(&self, check: &mut Check, tenant: &str) -> Result<(), Refusal> {
        match check.claimed_key() {
            KeyRef::Endpoint => check.claim_key(KeyRef::Tenant(tenant.into())),
            KeyRef::Tenant(own) if **own == *tenant => {}
            // Whoever names a key by itself does not also have one of a tenant's.
            _ => return Err(Refusal::TenantMismatch),
        }
        Ok(())
    }
}

impl<S: Scheme> Scheme for ByTenant<S> {
    forward!(self => &self.scheme; name, key, sign, signing_key, event_source, methods, tolerance, body_limit, answers,
        lease, scheme_type);

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        // A scheme is given the body only if it asks for it, and its refusals by the head come before the body.
        let mut plan = self.scheme.plan(head, None)?;
        if matches!(plan, Plan::NeedsBody) && body.is_some() {
            plan = self.scheme.plan(head, body)?;
        }
        if let Plan::Challenge(challenge) = plan {
            if self.tenant.is_in_body() && body.is_none() {
                return Ok(Plan::NeedsBody);
            }
            let tenant = self.tenant.demand(head, body.map(|body| &**body).unwrap_or_default())?;
            return Ok(Plan::Challenge(challenge.key(KeyRef::Tenant(tenant.into()))));
        }
        let checks = match &mut plan {
            Plan::Respond(_) | Plan::Challenge(_) | Plan::NeedsBody => return Ok(plan),
            Plan::Check(check) => std::slice::from_mut(check),
            Plan::All(checks) | Plan::Any(checks) => checks,
        };
        if self.tenant.is_in_body() && body.is_none() {
            return Ok(Plan::NeedsBody);
        }
        let tenant = self.tenant.demand(head, body.map(|body| &**body).unwrap_or_default())?;
        checks.iter_mut().try_for_each(|check| self.name_tenant(check, &tenant))?;
        Ok(plan)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let delivery = match self.scheme.accept(proven)? {
            Outcome::Deliver(delivery) => delivery,
            outcome @ Outcome::Respond(_) => return Ok(outcome),
        };
        if !self.tenant.is_in_body() || proven.proof() != Proof::SignedBody {
            return Ok(delivery.into());
        }
        let tenant = self.tenant.demand(proven.head(), proven.body())?;
        match &delivery.tenant {
            Some(own) if **own != *tenant => Err(Refusal::TenantMismatch),
            _ => Ok(delivery.signed_tenant(tenant).into()),
        }
    }
}
