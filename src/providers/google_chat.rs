//! Google Chat.
use super::{
    Need, Provider,
    google_pubsub::{ISSUERS, NOT_GOOGLES, openid},
};
use crate::{
    scheme::{Scheme, forward},
    schemes::{Jwt, Source, TokenIn},
};
use std::borrow::Cow;

/// What Google Chat sends to an app's HTTP endpoint.
///
/// Follows [Verify requests from Google Chat](https://developers.google.com/workspace/chat/verify-requests-from-chat).
///
/// - **Signed**: a JWT (RS256) in `Authorization`, behind `Bearer`. Which, the app's *Authentication Audience* says: for a
///   [project number](Self::project_number), one that `chat@system.gserviceaccount.com` issued for it; for an
///   [endpoint's URL](Self::endpoint), an OpenID token of Google's for the URL, to that account.
/// - **Not signed**: the body, and the event type (`type`) with it. Whoever captures a token can put any body under it until
///   it expires. `Event<T>` refuses the body unless the layer is told to
///   [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that.
/// - **Key**: looked up by the token's `kid`. For a project number, among the keys of that account, at
///   `https://www.googleapis.com/service_accounts/v1/jwk/chat@system.gserviceaccount.com`; for a URL, at
///   `https://www.googleapis.com/oauth2/v3/certs`: `key::Jwks`, of the feature `jwks`. They sign for every other app too: the audience makes a token yours.
/// - **Time**: `exp`, to a minute.
/// - **Replay**: nothing is signed that is a delivery's own, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: 200 with a message, within 30 seconds. Google wants 401 where the token is wrong, as it gets.
/// - **Pitfalls**: newer requests repeat a token in the body (`authorizationEventObject.systemIdToken`); it is not looked
///   at.
///
/// ```
/// # #[cfg(feature = "jwks")] {
/// use tower_webhook::{
///     VerifySignatureLayer,
///     fetch::Fetch,
///     key::{Algorithm, Jwks, JwksError},
///     providers::GoogleChat,
/// };
///
/// fn layer(fetch: impl Fetch) -> Result<VerifySignatureLayer<GoogleChat>, JwksError> {
///     let published = "https://www.googleapis.com/service_accounts/v1/jwk/chat@system.gserviceaccount.com";
///     let keys = Jwks::new(fetch, published, Algorithm::RsaPkcs1Sha256)?;
///     let scheme = GoogleChat::project_number("1234567890");
///     Ok(VerifySignatureLayer::new(scheme, keys).insecure_accept_uncovered_body())
/// }
/// # let _ = |fetch: std::sync::Arc<dyn Fetch>| layer(fetch);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GoogleChat {
    recipe: Jwt,
}

const NAME: &str = "google-chat";
const ACCOUNT: &str = "chat@system.gserviceaccount.com";

impl GoogleChat {
    /// With the app's project number as its authentication audience.
    #[must_use]
    pub fn project_number(number: impl Into<Cow<'static, str>>) -> Self {
        Self::of_account(Some(number.into()))
    }

    /// With the endpoint's URL as the app's authentication audience.
    #[must_use]
    pub fn endpoint(url: impl Into<Cow<'static, str>>) -> Self {
        Self::of_openid(Some(url.into()))
    }

    fn of_account(audience: Option<Cow<'static, str>>) -> Self {
        let mut recipe = Jwt::rs256(NAME, TokenIn::bearer()).key_by_id().issuer(ACCOUNT).expires();
        if let Some(audience) = audience {
            recipe = recipe.audience(audience);
        }
        Self { recipe: recipe.event(Source::Json("type")) }
    }

    fn of_openid(audience: Option<Cow<'static, str>>) -> Self {
        Self { recipe: openid(NAME, audience, Some(ACCOUNT.into())).event(Source::Json("type")) }
    }
}

impl Scheme for GoogleChat {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    NAME,
    "Google Chat",
    "https://developers.google.com/workspace/chat/verify-requests-from-chat",
    |options| {
        let audience = options.binding(&["audience"])?.map(|audience| Cow::Owned(audience.to_owned()));
        // Both kinds of audience have their own issuer, which says as much.
        let by_default = match (options.get("issuer"), audience.as_deref()) {
            (Some(ACCOUNT), _) => false,
            (Some(issuer), _) if ISSUERS.contains(&issuer) => true,
            (Some(_), _) => return Err(NOT_GOOGLES),
            (None, audience) => audience.is_some_and(|audience: &str| audience.starts_with("https://")),
        };
        let is_openid = match options.get("variant") {
            None => by_default,
            Some(_) => options.variant(&[("project_number", false), ("endpoint", true)])?,
        };
        Ok(Box::new(if is_openid {
            GoogleChat::of_openid(audience)
        } else {
            GoogleChat::of_account(audience)
        }))
    },
)
.recipe("JWT, RS256")
.signed("audience, expiry; not the body")
.needs(&[Need::FetchedKeys, Need::Option("audience"), Need::Option("variant?")]);
