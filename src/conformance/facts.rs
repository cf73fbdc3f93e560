//! What a delivery is known by, and what of it a handler believes.
use crate::{
    scheme::{Format, Proof},
    time::Timestamp,
    verified::Verified,
};
use bytes::Bytes;

/// What must not move unless something that was signed did.
#[derive(Clone)]
pub(super) struct Facts {
    pub(super) proof: Proof,
    pub(super) payload: Bytes,
    format: Format,
    pub(super) idempotency_key: Option<String>,
    signed_event: Option<String>,
    signed_id: Option<String>,
    tenant: Option<String>,
    pub(super) signed_at: Option<Timestamp>,
    pub(super) valid_until: Option<Timestamp>,
}

impl Facts {
    pub(super) fn of(verified: &Verified) -> Self {
        Self {
            proof: verified.proof(),
            payload: verified.payload().clone(),
            format: verified.format(),
            idempotency_key: verified.idempotency_key(),
            signed_event: verified.signed_event().map(str::to_owned),
            signed_id: verified.signed_id().map(str::to_owned),
            tenant: verified.tenant().map(str::to_owned),
            signed_at: verified.signed_at(),
            valid_until: verified.valid_until(),
        }
    }

    /// What differs, the payload apart.
    pub(super) fn moved_to(&self, other: &Self) -> Option<&'static str> {
        let pairs = [
            (self.proof == other.proof, "the kind of proof"),
            (self.format == other.format, "the payload's format"),
            (self.signed_event == other.signed_event, "the signed event"),
            (self.signed_id == other.signed_id, "the signed id"),
            (self.tenant == other.tenant, "the tenant"),
            (self.signed_at == other.signed_at, "the signed time"),
            (self.valid_until == other.valid_until, "the end of its validity"),
            (self.idempotency_key == other.idempotency_key, "what the replay memory knows it by"),
        ];
        pairs.into_iter().find_map(|(same, what)| (!same).then_some(what))
    }
}
