//! Wix.
use super::{Need, Provider};
use crate::{
    encoding::Encoding,
    event::json_texts,
    key::{Key, KeyError},
    scheme::{Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Jwt, TokenIn},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _},
};
use std::{borrow::Cow, sync::LazyLock, time::Duration};

/// Wix's webhooks, of apps.
///
/// Follows [Webhook structure](https://dev.wix.com/docs/rest/articles/get-started/webhook-structure) and
/// [Verify requests](https://dev.wix.com/docs/build-apps/develop-your-app/access/authentication/verify-requests-received-from-wix),
/// and where those are silent, Wix's own kit (`@wix/sdk`).
///
/// - **Signed**: all of it. The body is a JWT (RS256); its claim `data` is a text with JSON in it, which is the
///   payload: `eventType`, `instanceId`, and the event itself in `data`, again as a text with JSON in it. [`WixEvent`]
///   reads both.
/// - **Key**: the public key of the app, in PEM, or the base64 of that.
/// - **Time**: the token's `exp`, to a minute.
/// - **Replay**: known by the event's `id`, if it is in Wix's standard format (it has an `entityFqdn`). Legacy webhooks
///   have an `id` of another meaning, or none, so for them nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: 200 within 1250 milliseconds. Wix retries up to twelve times, over two days.
/// - **Pitfalls**: what else Wix sends to an app (service plugins) is a JWT too, by the same key; the kit demands issuer
///   and audience of those only, and this scheme is not for them. It refuses them, for they have no text in `data`.
///
/// ```
/// use serde::Deserialize;
/// use tower_webhook::{Event, providers::WixEvent};
///
/// #[derive(Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Change {
///     entity_id: String,
/// }
///
/// # #[cfg(feature = "axum")]
/// async fn on_change(Event(event): Event<WixEvent<Change>>) {
///     println!("{} of {}: {}", event.event_type, event.instance_id, event.data.entity_id);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Wix;

/// The payload of Wix's webhooks, with the event in it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", bound = "T: DeserializeOwned")]
#[non_exhaustive]
pub struct WixEvent<T> {
    /// What happened: `wix.contacts.v4.contact_created`.
    pub event_type: String,
    /// The app's instance, which is on one site.
    pub instance_id: String,
    /// The event, which Wix writes as a text with JSON in it.
    #[serde(deserialize_with = "from_text")]
    pub data: T,
    /// Who caused it, if Wix says so: a text with JSON in it.
    pub identity: Option<String>,
}

fn from_text<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text: Cow<'de, str> = Cow::deserialize(deserializer)?;
    serde_json::from_str(&text).map_err(D::Error::custom)
}

static RECIPE: LazyLock<Jwt> =
    LazyLock::new(|| Jwt::rs256("wix", TokenIn::Body).payload_claim("data").expires());

impl Scheme for Wix {
    forward!(self => &*RECIPE; name, plan, sign, signing_key);

    /// The dashboard's PEM, or the base64 of that.
    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let decoded = Encoding::Base64.decode(text.trim()).and_then(|bytes| String::from_utf8(bytes).ok());
        let pem = decoded.filter(|pem| pem.starts_with("-----BEGIN "));
        RECIPE.key(pem.as_deref().unwrap_or(text))
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let mut delivery = proven.delivery();
        let payload = delivery.payload.clone().unwrap_or_default();
        let [event, data] = json_texts(&payload, ["eventType", "data"])?;
        if let Some(event) = event {
            delivery = delivery.signed_event(event);
        }
        let data = data.unwrap_or_default();
        let [id, entity] = json_texts(data.as_bytes(), ["id", "entityFqdn"])?;
        if let (Some(id), Some(_)) = (id, entity) {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    fn lease(&self) -> Duration {
        Duration::from_millis(1250)
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "wix",
    "Wix",
    "https://dev.wix.com/docs/rest/articles/get-started/webhook-structure",
    |_| Ok(Box::new(Wix)),
)
.recipe("JWT, RS256")
.signed("payload, expiry")
.known_by("the event's `id`")
.needs(&[Need::PublicKey]);
