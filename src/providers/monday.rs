//! monday.com.
use super::{Need, Provider};
use crate::{
    scheme::{Scheme, forward},
    schemes::{
        Jwt, Source, TokenIn,
        handshake::{Answering, Handshake, Said},
    },
};
use http::{Method, header::AUTHORIZATION};
use std::{borrow::Cow, time::Duration};

/// monday.com's webhooks, of boards, integrations and apps.
///
/// Follows [Authorization header](https://developer.monday.com/apps/docs/authorization-header) and
/// [Webhooks](https://developer.monday.com/api-reference/reference/webhooks).
///
/// - **Signed**: a JWT (HS256), the whole value of `Authorization` with no `Bearer` before it. It is for the endpoint's
///   URL (`aud`), and expires.
/// - **Not signed**: the body, event type (`event.type`) and id (`event.triggerUuid`) with it. Whoever captures a token
///   can put any body under it until it expires. `Event<T>` refuses the body unless the layer is told to
///   [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that.
/// - **Secret**: the app's Signing Secret; for webhooks of the app's own life (installed, uninstalled) its Client
///   Secret. As a text.
/// - **Time**: `exp`, exactly: monday.com documents no tolerance.
/// - **Replay**: nothing is signed that is a delivery's own, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Handshake**: a new webhook's URL is sent `{"challenge": ..}`, which is not signed, and is answered with the same.
/// - **Answer**: 200. Anything else is retried every minute, for half an hour.
/// - **Pitfalls**: a webhook that was made without an app, in a board's integrations, has no token: such deliveries are
///   refused. The token contains a secret of its own, `shortLivedToken`. Some documents have the token in the query, as
///   `token`; that is not looked at.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Monday};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let monday = Monday::at("https://example.com/monday");
/// let key = monday.key("the app's Signing Secret")?;
/// let layer = VerifySignatureLayer::new(monday, key).insecure_accept_uncovered_body();
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Monday {
    recipe: Answering<Jwt>,
}

impl Monday {
    /// For the endpoint's URL, as monday.com knows it: the token must be for it.
    #[must_use]
    pub fn at(url: impl Into<Cow<'static, str>>) -> Self {
        Self { recipe: answering(recipe().audience(url)) }
    }
}

fn recipe() -> Jwt {
    Jwt::hs256("monday", TokenIn::Header(AUTHORIZATION))
        .expires()
        .event(Source::Json("/event/type"))
        .id(Source::Json("/event/triggerUuid"))
        .with_tolerance(Duration::ZERO)
}

/// With the question, which may come with a token, too.
fn answering(recipe: Jwt) -> Answering<Jwt> {
    let sent_back = |handshake: Handshake| {
        let challenge = handshake.question(Source::Json("challenge")).alone().form(1..=256, |_| true);
        challenge.json("challenge", Said::question())
    };
    Answering::new(recipe, sent_back(Handshake::unverified(Method::POST)))
        .and(sent_back(Handshake::verified()))
}

impl Scheme for Monday {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "monday",
    "monday.com",
    "https://developer.monday.com/apps/docs/authorization-header",
    |options| {
        Ok(Box::new(match options.binding(&["url", "audience"])? {
            Some(url) => Monday::at(url.to_owned()),
            None => Monday { recipe: answering(recipe()) },
        }))
    },
)
.recipe("JWT, HS256")
.signed("URL, expiry; not the body")
.handshake("a challenge is sent back")
.needs(&[Need::Secret, Need::Option("url")]);
