//! Trello.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    scheme::{Delivery, Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Field, Part, Signed},
};
use http::HeaderName;
use std::sync::LazyLock;

/// Trello's webhooks.
///
/// Follows [Webhooks](https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/).
///
/// - **Signed**: `{body}{callbackURL}` by HMAC-SHA1; in `X-Trello-Webhook`, base64. The event type (`action.type`) and
///   the ids of the action and of the model that is watched (`action.id`, `model.id`) are in the body.
/// - **URL**: the `callbackURL` exactly as it was given when the webhook was created, query included; it is the layer's
///   [`public_url`](crate::VerifySignatureLayer::public_url).
/// - **Secret**: the secret of the application whose key created the webhook, as it is.
/// - **Not signed**: the time; an action's `date` is when it happened.
/// - **Handshake**: before it creates a webhook, Trello sends an unsigned HEAD, which is answered 200. In axum, put the
///   layer on the router (`Router::route_layer`): `MethodRouter::route_layer` leaves HEAD to a 405.
/// - **Replay**: known by `{model.id}/{action.id}`, since one action is reported once for each model that is watched.
/// - **Answer**: 200. Whether and when Trello retries is not confirmed.
/// - **Pitfalls**: the guide's sample signs the body written anew by `JSON.stringify`; here it is the raw body.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::Trello};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Trello, Trello.key("the application's secret")?)
///     .public_url(PublicUrl::exact("https://example.com/hooks/trello?board=1"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Trello;

const SIGNATURE: HeaderName = HeaderName::from_static("x-trello-webhook");

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha1("trello", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .text([Part::Body, Part::Url])
        .answering_head()
});

impl Scheme for Trello {
    forward!(self => &*RECIPE; name, key, plan, sign, methods);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [event, action, model] = proven.json_texts(["/action/type", "/action/id", "/model/id"])?;
        let mut delivery = Delivery::new();
        if let Some(event) = event {
            delivery = delivery.signed_event(event);
        }
        if let (Some(action), Some(model)) = (action, model) {
            delivery = delivery.signed_id(format!("{model}/{action}"));
        }
        Ok(delivery.into())
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "trello",
    "Trello",
    "https://developer.atlassian.com/cloud/trello/guides/rest-api/webhooks/",
    |_| Ok(Box::new(Trello)),
)
.recipe("HMAC-SHA1")
.signed("body, URL")
.known_by("the ids of the model and its action")
.needs(&[Need::Secret, Need::PublicUrl])
.handshake("HEAD");
