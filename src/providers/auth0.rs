//! Auth0.
use super::registry::{Need, Provider};
use crate::{
    scheme::{Scheme, forward},
    schemes::{Source, Token},
};
use http::header::AUTHORIZATION;

/// Auth0's webhooks: custom log streams, and event streams to a webhook.
///
/// Follows [Custom log streams](https://auth0.com/docs/customize/log-streams/custom-log-streams) and
/// [Create an event stream](https://auth0.com/docs/customize/events/create-an-event-stream).
///
/// - **Signed**: nothing. `Authorization` is the secret, presented as it is, so that the proof is a
///   [`SharedToken`](crate::scheme::Proof::SharedToken), and whoever sees one delivery can send others.
/// - **Secret**: of a [log stream](Self::log_stream) the whole value of the header, exactly as it was typed into the
///   settings, with `Bearer ` only if it has that there; of an [event stream](Self::event_stream) the token behind `Bearer `.
/// - **Event**: of an event stream the body's `type`, unsigned; the body of a log stream has many.
/// - **Time**: none is signed.
/// - **Replay**: nothing is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Answer**: any 2xx. An event stream tries again after 1, 2 and 4 seconds, but not after a 4xx; a log stream tries
///   three times, and is paused when it has failed for seven days.
/// - **Pitfalls**: a log stream's body is JSON lines, an array or an object, by its settings; lines are no JSON document, and
///   to be read from [`Verified::payload`](crate::Verified::payload).
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Auth0};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let auth0 = Auth0::log_stream();
/// let token = auth0.key("the authorization token of the stream's settings")?;
/// let layer = VerifySignatureLayer::new(auth0, token);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Auth0 {
    token: Token,
}

impl Auth0 {
    /// A custom log stream.
    pub fn log_stream() -> Self {
        Self { token: Token::header("auth0", AUTHORIZATION) }
    }

    /// An event stream, whose authorization is a bearer token.
    pub fn event_stream() -> Self {
        Self { token: Token::bearer("auth0").event(Source::Json("type")) }
    }
}

impl Scheme for Auth0 {
    forward!(self => &self.token; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "auth0",
    "Auth0",
    "https://auth0.com/docs/customize/log-streams/custom-log-streams",
    |options| {
        let is_event_stream = options.variant(&[("log_stream", false), ("event_stream", true)])?;
        Ok(Box::new(if is_event_stream { Auth0::event_stream() } else { Auth0::log_stream() }))
    },
)
.recipe("token")
.signed("nothing: a secret in a header")
.needs(&[Need::Token, Need::Option("variant?")]);
