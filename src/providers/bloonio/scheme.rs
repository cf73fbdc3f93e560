//! What the relay signs, and what of it must agree with the request's head.
use super::EventName;
use crate::{
    encoding::Encoding,
    key::{Digest, Secret, SigningKey},
    providers::registry::Provider,
    scheme::{Answer, Answers, CannotSign, Delivery, Outcome, Proven, Refusal, Repeat, Scheme, forward},
    schemes::{Field, Part, Signed},
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{HeaderName, Request, StatusCode};
use std::{sync::LazyLock, time::Duration};

/// Bloonio's Chat Relay: the recipe that its documentation calls HMAC#1, for both directions.
///
/// Follows [Webhooks](https://docs.bloonio.com/en/chat/webhooks/) and
/// [Authentication](https://docs.bloonio.com/en/concepts/authentication/). The [module](super) has what goes with it:
/// events, the nine routes and the settings.
///
/// - **Signed**: `{timestamp}.{SHA-256 of the body, hexadecimal}` by HMAC-SHA256; in `X-Bloonio-Signature`,
///   hexadecimal without a prefix. The time is `X-Bloonio-Timestamp`, in milliseconds.
/// - **Not signed**: the method, the path and `X-Bloonio-Tenant-Id`. So the path's event must be the one that the body
///   names, by its `event_type` or, in the `agent_*` bodies as documented, by its `status`; and the header's tenant must
///   be the one of the body's `tenant_id`. A body that names no event is a delivery of an
///   [unsigned](crate::Verified::signed_event) one, except on the `agent_*` paths, where it is refused.
/// - **Secret**: the whole text, with its `sk_`. With a [`Tenants`](crate::key::Tenants) table, each tenant has its own.
///   A rotated secret is invalid at once: the relay signs with one only.
/// - **Time**: 30 seconds, past and future. The vendor's package 0.2.0 does not look at the time, although its
///   documentation says so.
/// - **Replay**: no delivery has an id, so it is known by the signed text, and a repeat is answered 401, as documented. A
///   retry that is signed anew is a new delivery.
/// - **Answer**: `{"received": true}`, or 401 without a body. How often and for how long the relay retries is nowhere
///   published.
/// - **Pitfalls**: the signature is read in either case of hexadecimal, while the vendor's package insists on the
///   lower. A timestamp with a leading zero is refused here as there. The callbacks of Bloonio's Auth Relay are
///   signed by the same recipe, and are no deliveries of this provider.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, key::Tenants, providers::BloonioChat};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let tenants = Tenants::new()
///     .with("019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f", BloonioChat.key("sk_of_the_one")?)
///     .with("019e4ae7-2b3c-7d4e-8f5a-6b7c8d9e0f1a", BloonioChat.key("sk_of_the_other")?);
/// let layer = VerifySignatureLayer::new(BloonioChat, tenants);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct BloonioChat;

pub(super) const TENANT: HeaderName = HeaderName::from_static("x-bloonio-tenant-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-bloonio-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-bloonio-signature");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha256("bloonio-chat", Field::header(SIGNATURE))
        .secret(Secret::text().prefix("sk_"))
        .text([
            Part::Timestamp(Field::header(TIMESTAMP), Unit::Milliseconds),
            Part::literal("."),
            Part::BodyDigest(Digest::Sha256, Encoding::Hex),
        ])
        .tenant(TENANT)
        .with_tolerance(Duration::from_secs(30))
        .with_answers(
            Answers::new()
                .refusal(Answer::empty(StatusCode::UNAUTHORIZED))
                .acknowledgement(Answer::json(StatusCode::OK, r#"{"received": true}"#))
                .repeat(Repeat::Refuse),
        )
});

impl Scheme for BloonioChat {
    forward!(self => &*RECIPE; name, key, plan, tolerance, answers);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let head = proven.head();
        let [event_type, status, tenant] = proven.json_texts(["event_type", "status", "tenant_id"])?;
        let event = head.last_segment()?.replace('-', "_");
        let named = event_type.as_deref().or_else(|| agent_event(status.as_deref()?).map(EventName::as_str));
        let mut delivery = Delivery::new();
        delivery = match named {
            Some(named) if named == event => delivery.signed_event(event),
            Some(_) => return Err(Refusal::EventMismatch),
            None if is_agent_event(&event) => return Err(Refusal::EventMismatch),
            None => delivery.unsigned_event(event),
        };
        if let Some(tenant) = tenant {
            if *tenant != *head.one(&TENANT)? {
                return Err(Refusal::TenantMismatch);
            }
            delivery = delivery.signed_tenant(tenant);
        }
        Ok(delivery.into())
    }

    /// The request's `X-Bloonio-Tenant-Id` must be set.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        if !request.headers().contains_key(&TENANT) {
            return Err(CannotSign::new("the request has no `X-Bloonio-Tenant-Id`: set it first"));
        }
        RECIPE.sign(request, key, now)
    }
}

/// The event that an `agent_*` body means by its status: as documented, these bodies have no `event_type`.
fn agent_event(status: &str) -> Option<EventName> {
    match status {
        "ASSIGNED" => Some(EventName::AgentAssigned),
        "WAITING" => Some(EventName::AgentReleased),
        "RESOLVED" => Some(EventName::AgentResolved),
        _ => None,
    }
}

fn is_agent_event(event: &str) -> bool {
    let agent = [EventName::AgentAssigned, EventName::AgentReleased, EventName::AgentResolved];
    agent.iter().any(|name| name.as_str() == event)
}

pub(in crate::providers) const PROVIDER: Provider =
    Provider::new("bloonio-chat", "Bloonio chat relay", "https://docs.bloonio.com/en/chat/webhooks/", |_| {
        Ok(Box::new(BloonioChat))
    })
    .signed("time, digest of the body")
    .known_by("time and body; a replay is refused");
