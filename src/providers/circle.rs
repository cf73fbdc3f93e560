//! Circle.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    scheme::{Scheme, forward},
    schemes::{Field, Signed, Source},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Circle's notifications, version 2: Wallets, Contracts, Gateway, payments network, StableFX.
///
/// Follows [Verify webhook signatures](https://developers.circle.com/api-reference/verify-webhook-signatures).
///
/// - **Signed**: the body, by ECDSA on P-256 with SHA-256; in `X-Circle-Signature`, the base64 of the signature in DER.
///   Event type (`notificationType`) and id (`notificationId`) are in the body.
/// - **Not signed**: `X-Circle-Key-Id`, which names the key and is believed in nothing else.
/// - **Keys**: base64 of the SubjectPublicKeyInfo, from `GET /v2/notifications/publicKey/{id}` of Circle's API, which asks
///   for your API key; CPN and StableFX have addresses of their own. A key provider is asked for
///   [`KeyRef::Id`](crate::key::KeyRef::Id); the key of an id never changes, so that
///   [`Cached`](crate::key::Cached) may keep it. A fixed [`Key`](crate::key::Key) is taken for any id.
/// - **Time**: none is signed with the delivery; the body's `timestamp` is the event's. An old notification is as good as
///   a new one, so remember them.
/// - **Replay**: known by `notificationId`. The notification by which Circle tests an endpoint has nothing but zeros
///   there, so that a second test is acknowledged as the first's repeat, and no handler sees it.
/// - **Handshake**: Circle looks with HEAD whether the endpoint exists. That is answered 200, proves nothing, and gets no
///   further.
/// - **Answer**: any 2xx.
/// - **Pitfalls**: notifications of version 1 (Circle Mint among them) are signed otherwise. Circle names addresses that
///   StableFX sends from; a firewall is the place for these.
///
/// ```
/// use tower_webhook::{
///     Scheme, VerifySignatureLayer,
///     key::{KeyLookupError, KeyRef, KeySet},
///     providers::Circle,
/// };
///
/// let layer = VerifySignatureLayer::new(Circle, async |key: KeyRef| -> Result<KeySet, KeyLookupError> {
///     let KeyRef::Id(id) = key else { return Err(KeyLookupError::Unknown) };
///     // .. ask Circle's API for the key of this id.
///     # let _ = id;
///     # async fn public_key() -> Result<String, std::io::Error> { Ok(String::new()) }
///     let text = public_key().await.map_err(KeyLookupError::unavailable)?;
///     Ok(Circle.key(&text).map_err(KeyLookupError::untrusted)?.into())
/// });
/// # let _ = layer;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Circle;

const SIGNATURE: HeaderName = HeaderName::from_static("x-circle-signature");
const KEY_ID: HeaderName = HeaderName::from_static("x-circle-key-id");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::ecdsa_p256("circle", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .key_id(KEY_ID)
        .event(Source::Json("notificationType"))
        .id(Source::Json("notificationId"))
        .answering_head()
});

impl Scheme for Circle {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "circle",
    "Circle",
    "https://developers.circle.com/api-reference/verify-webhook-signatures",
    |_| Ok(Box::new(Circle)),
)
.recipe("ECDSA P-256")
.known_by("the body's `notificationId`")
.needs(&[Need::FetchedKeys])
.handshake("HEAD");
