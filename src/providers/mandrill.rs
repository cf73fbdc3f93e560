//! Mandrill, which is Mailchimp Transactional.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Key, KeyError},
    scheme::{Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, forward},
    schemes::{Field, Part, Signed, form::only_field},
};
use bytes::Bytes;
use http::{HeaderName, Response};
use std::sync::LazyLock;

/// Mandrill's webhooks (Mailchimp Transactional). The payload is a batch: the JSON array of the form's field
/// `mandrill_events`, of up to 1000 events.
///
/// Follows [Track and respond to activity](https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/)
/// and [How to authenticate webhook requests](https://mandrill.zendesk.com/hc/en-us/articles/360039232513-How-to-Authenticate-Webhook-Requests).
///
/// - **Signed**: `{URL}`, then each of the form's names and values, sorted by name and with nothing in between, by
///   HMAC-SHA1; in `X-Mandrill-Signature`, base64. Mandrill sends the one field `mandrill_events`, and a form with any
///   other is refused: without marked borders, a name in the text of a mail could else become a field.
/// - **URL**: exactly as it was entered, final slash and query included; it is the layer's
///   [`public_url`](crate::VerifySignatureLayer::public_url). Whether a user and a password in it are signed is not
///   confirmed.
/// - **Secret**: the webhook's key, as it is. `test-webhook`, which everybody knows, is refused.
/// - **Not signed**: the time; an event's `ts` is when it happened.
/// - **Handshake**: an unsigned HEAD, which is answered 200. Where that fails, a POST of an empty batch, signed with
///   `test-webhook`: an empty batch is answered 200 unverified, and reaches no handler. In axum, put the layer on the
///   router (`Router::route_layer`): `MethodRouter::route_layer` leaves HEAD to a 405.
/// - **Event, id**: each event of a batch has its own (`event`, `_id`), so that the delivery has none.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: 200. When Mandrill retries is not published.
/// - **Pitfalls**: inbound mails come with their attachments: raise the
///   [`body_limit`](crate::VerifySignatureLayer::body_limit). The webhooks of Mailchimp's *audiences* are not signed.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::Mandrill};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(Mandrill, Mandrill.key("the webhook's key")?)
///     .public_url(PublicUrl::exact("https://example.com/hooks/mandrill"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Mandrill;

const SIGNATURE: HeaderName = HeaderName::from_static("x-mandrill-signature");
const EVENTS: &str = "mandrill_events";
const WELL_KNOWN_KEY: &str = "test-webhook";

static RECIPE: LazyLock<Signed> = LazyLock::new(|| {
    Signed::hmac_sha1("mandrill", Field::header(SIGNATURE))
        .encoding(Encoding::Base64)
        .text([Part::Url, Part::FormFields])
        .answering_head()
});

impl Scheme for Mandrill {
    forward!(self => &*RECIPE; name, sign, methods);

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        if text == WELL_KNOWN_KEY {
            return Err(KeyError::WrongParts {
                expected: "the webhook's own key, not the one that everybody knows",
            });
        }
        RECIPE.key(text)
    }

    fn plan(&self, head: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        if let Some(body) = body
            && *only_field(body, EVENTS)? == *b"[]"
        {
            return Ok(Plan::Respond(Response::default()));
        }
        RECIPE.plan(head, body)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let events = only_field(proven.body(), EVENTS)?;
        Ok(Delivery::new().payload(events.into_owned().into()).into())
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "mandrill",
    "Mandrill",
    "https://mailchimp.com/developer/transactional/guides/track-respond-activity-webhooks/",
    |_| Ok(Box::new(Mandrill)),
)
.recipe("HMAC-SHA1")
.signed("URL, form fields")
.needs(&[Need::Secret, Need::PublicUrl])
.handshake("HEAD, or an empty batch");
