//! Meta: Facebook, Instagram, WhatsApp, Messenger.
use super::registry::{Need, OptionError, Options, Provider};
use crate::{
    key::KeyError,
    scheme::{Scheme, forward},
    schemes::{
        Field, Signed, Source,
        handshake::{Answering, Handshake, Said},
    },
};
use http::{HeaderName, Method};

/// The webhooks of Meta's Graph API: of Facebook (pages and lead ads), Instagram, WhatsApp and Messenger.
///
/// Follows [Getting started](https://developers.facebook.com/docs/graph-api/webhooks/getting-started).
///
/// - **Signed**: the body, by HMAC-SHA256; in `X-Hub-Signature-256`, hexadecimal behind `sha256=`. The older
///   `X-Hub-Signature` (SHA-1) beside it is not looked at. The event is the body's `object` (`page`, `instagram`,
///   `whatsapp_business_account`); which fields changed is said for each entry.
/// - **Secret**: the app's App Secret, as it is. Products may be of different apps.
/// - **Time**: none is signed; an entry's `time` is when it happened.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen; the messages inside have ids.
/// - **Handshake**: GET with `hub.mode=subscribe`, the token that was agreed on as `hub.verify_token`, and a
///   `hub.challenge`, which is sent back in plain text. Without a [`verify_token`](Self::verify_token) it is not answered.
/// - **Answer**: 200. Retries become rarer, over up to 36 hours, for WhatsApp up to seven days (secondary sources).
/// - **Pitfalls**: other characters than ASCII are escaped before Meta signs (`\u00e4`): written anew, a body is another.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Meta};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let meta = Meta::new().verify_token("the token of the app's dashboard")?;
/// let key = meta.key("the App Secret")?;
/// let layer = VerifySignatureLayer::new(meta, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Meta {
    recipe: Answering<Signed>,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-hub-signature-256");

impl Meta {
    /// With no handshake yet.
    pub fn new() -> Self {
        Self::named("meta")
    }

    fn named(name: &'static str) -> Self {
        let signature = Field::header(SIGNATURE).prefix("sha256=");
        Self {
            recipe: Answering::nothing(Signed::hmac_sha256(name, signature).event(Source::Json("object"))),
        }
    }

    /// The token of subscriptions: what the dashboard calls *Verify token*.
    ///
    /// # Errors
    /// If it is empty, blank or surrounded by white space.
    pub fn verify_token(mut self, token: &str) -> Result<Self, KeyError> {
        let subscription = Handshake::unverified(Method::GET)
            .when(Source::Query("hub.mode"), ["subscribe"])
            .verify_token(Source::Query("hub.verify_token"), token)?
            .question(Source::Query("hub.challenge"))
            .text(Said::question());
        self.recipe = self.recipe.and(subscription);
        Ok(self)
    }

    fn with(self, options: &Options) -> Result<Box<dyn Scheme>, OptionError> {
        Ok(Box::new(match options.get("verify_token") {
            Some(token) => self.verify_token(token).map_err(|_| OptionError::Wrong {
                name: "verify_token",
                expected: "a text with no white space around it",
            })?,
            None => self,
        }))
    }
}

impl Default for Meta {
    fn default() -> Self {
        Self::new()
    }
}

impl Scheme for Meta {
    forward!(self => &self.recipe; all);
}

const PAGE: &str = "https://developers.facebook.com/docs/graph-api/webhooks/getting-started";
const NEEDS: &[Need] = &[Need::Secret, Need::Option("verify_token?")];

pub(super) const PROVIDER: Provider =
    Provider::new("meta", "Meta (Instagram, WhatsApp, Messenger)", PAGE, |options| Meta::new().with(options))
        .handshake("GET with `hub.challenge`, if a `verify_token` is set")
        .needs(NEEDS);

/// The same, by the name of the oldest of its products.
pub(super) const FACEBOOK: Provider =
    Provider::new("facebook", "Facebook", PAGE, |options| Meta::named("facebook").with(options))
        .handshake("GET with `hub.challenge`, if a `verify_token` is set")
        .needs(NEEDS);
