//! Google Cloud Pub/Sub, push subscriptions.
use super::{Need, OptionError, Provider};
use crate::{
    scheme::{Scheme, forward},
    schemes::{Jwt, Source, TokenIn},
};
use std::borrow::Cow;

/// Push deliveries of Google Cloud Pub/Sub, of subscriptions with authentication.
///
/// Follows [Authentication for push subscriptions](https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions).
///
/// - **Signed**: an OpenID token (RS256) in `Authorization`, behind `Bearer`: issued by `https://accounts.google.com`, for
///   the subscription's audience (`aud`), to its service account (`email`, and `email_verified` is `true`).
/// - **Not signed**: the body, and the message's id (`message.messageId`) with it. A token is used for up to an hour, and
///   for many messages; whoever captures it can put any body under it. `Event<T>` refuses the body unless the layer is
///   told to [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that.
/// - **Key**: looked up by the token's `kid`, among those that Google publishes at
///   `https://www.googleapis.com/oauth2/v3/certs`: `key::Jwks`, of the feature `jwks`. They sign for everybody who has a Google account: audience and
///   account are what makes a token yours.
/// - **Time**: `exp`, one hour from when the token was made, to a minute.
/// - **Replay**: nothing is signed that is a delivery's own, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: 102, 200, 201, 202 or 204 acknowledge; everything else is delivered again.
/// - **Pitfalls**: a subscription without authentication sends no token, and is refused. With payload unwrapping the body
///   is the message itself, and it has no id here.
///
/// ```
/// # #[cfg(feature = "jwks")] {
/// use tower_webhook::{
///     VerifySignatureLayer,
///     fetch::Fetch,
///     key::{Algorithm, Jwks, JwksError},
///     providers::GooglePubSub,
/// };
///
/// fn layer(fetch: impl Fetch) -> Result<VerifySignatureLayer<GooglePubSub>, JwksError> {
///     let published = "https://www.googleapis.com/oauth2/v3/certs";
///     let keys = Jwks::new(fetch, published, Algorithm::RsaPkcs1Sha256)?;
///     let scheme = GooglePubSub::new("https://example.com/push", "push@project.iam.gserviceaccount.com");
///     Ok(VerifySignatureLayer::new(scheme, keys).insecure_accept_uncovered_body())
/// }
/// # let _ = |fetch: std::sync::Arc<dyn Fetch>| layer(fetch);
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct GooglePubSub {
    recipe: Jwt,
}

impl GooglePubSub {
    /// For a subscription's audience, which is its URL unless it was set to something else, and the service account that
    /// it authenticates as.
    #[must_use]
    pub fn new(
        audience: impl Into<Cow<'static, str>>,
        service_account: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::bound(Some(audience.into()), Some(service_account.into()))
    }

    fn bound(audience: Option<Cow<'static, str>>, account: Option<Cow<'static, str>>) -> Self {
        let recipe = openid("google-pubsub-push", audience, account);
        Self { recipe: recipe.id(Source::Json("/message/messageId")) }
    }
}

/// Who issues Google's OpenID tokens, in both spellings.
pub(super) const ISSUERS: [&str; 2] = ["https://accounts.google.com", "accounts.google.com"];

/// Another issuer's tokens would be none of Google's.
pub(super) const NOT_GOOGLES: OptionError = OptionError::Wrong { name: "issuer", expected: "Google's" };

/// An OpenID token of Google's, for an audience, to an account. One of the two is left out only where nothing is asked but
/// whether a signature holds.
pub(super) fn openid(
    name: &'static str,
    audience: Option<Cow<'static, str>>,
    account: Option<Cow<'static, str>>,
) -> Jwt {
    let mut token = Jwt::rs256(name, TokenIn::bearer()).key_by_id().flag("email_verified").expires();
    for issuer in ISSUERS {
        token = token.issuer(issuer);
    }
    if let Some(audience) = audience {
        token = token.audience(audience);
    }
    if let Some(account) = account {
        token = token.claim("email", account);
    }
    token
}

impl Scheme for GooglePubSub {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "google-pubsub-push",
    "Google Cloud Pub/Sub, push",
    "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions",
    |options| {
        let owned = |text: &str| Cow::Owned(text.to_owned());
        let audience = options.binding(&["audience"])?.map(owned);
        let account = match options.get("issuer") {
            // Some call the account so that the token was issued to.
            Some(issuer) if issuer.contains('@') => options.binding(&["service_account", "issuer"])?,
            Some(issuer) if !ISSUERS.contains(&issuer) => return Err(NOT_GOOGLES),
            _ => options.binding(&["service_account", "email"])?,
        };
        Ok(Box::new(GooglePubSub::bound(audience, account.map(owned))))
    },
)
.recipe("JWT, RS256")
.signed("audience, account, expiry; not the body")
.needs(&[Need::FetchedKeys, Need::Option("audience"), Need::Option("service_account")]);
