//! Azure Event Grid.
use super::{
    cloudevents::abuse_protection,
    registry::{Need, OptionError, Provider},
};
use crate::{
    scheme::{Scheme, forward},
    schemes::{
        Source, Token,
        handshake::{Answering, Handshake, Said},
    },
};
use http::HeaderName;
use std::borrow::Cow;

/// What Azure Event Grid delivers to a webhook.
///
/// Follows [Endpoint validation with Event Grid event schema](https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema)
/// and [Authenticate event delivery](https://learn.microsoft.com/azure/event-grid/security-authentication).
///
/// - **Signed**: nothing. What authenticates is your choice: a secret in the [query](Self::query) of the endpoint's URL, or
///   a [header](Self::header) that the event subscription is told to send (a *delivery property*, marked secret):
///   [`SharedToken`](crate::scheme::Proof::SharedToken). A third way, tokens of Microsoft Entra ID, is `schemes::Jwt`'s.
/// - **Key**: that secret. Queries are logged: prefer the header.
/// - **Time**: none that would be signed.
/// - **Event**: `aeg-event-type`, which is not signed: `Notification` or `SubscriptionDeletion`. Each item of the body, an
///   array, has a type (`eventType`) and an id of its own.
/// - **Replay**: nothing is remembered unless [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Handshake**: a `Microsoft.EventGrid.SubscriptionValidationEvent`, which presents the secret as every delivery, is
///   answered with its code. For the CloudEvents schema, OPTIONS with the origin `eventgrid.azure.net` is answered as in
///   [`CloudEventsWebhook`](super::CloudEventsWebhook). No URL that is sent (`validationUrl`) is visited.
/// - **Answer**: 200 to 204 within 30 seconds. After 400, 401, 403, 404 or 413 Event Grid does not retry.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::AzureEventGrid};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// // https://example.com/events?code=the+secret+of+the+URL
/// let events = AzureEventGrid::query("code");
/// let key = events.key("the secret of the URL")?;
/// let layer = VerifySignatureLayer::new(events, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct AzureEventGrid {
    recipe: Answering<Token>,
}

const NAME: &str = "azure-event-grid";
const EVENT: HeaderName = HeaderName::from_static("aeg-event-type");
const VALIDATION: &str = "Microsoft.EventGrid.SubscriptionValidationEvent";

impl AzureEventGrid {
    /// With the secret in this parameter of the endpoint's URL.
    pub fn query(parameter: impl Into<Cow<'static, str>>) -> Self {
        Self::by(Token::query(NAME, parameter))
    }

    /// With the secret in this header.
    pub fn header(name: HeaderName) -> Self {
        Self::by(Token::header(NAME, name))
    }

    fn by(token: Token) -> Self {
        let validation = Handshake::verified()
            .when(Source::Json("/0/eventType"), [VALIDATION])
            .question(Source::Json("/0/data/validationCode"))
            .json("validationResponse", Said::question());
        let recipe = Answering::new(token.event(Source::Header(EVENT)), validation);
        Self { recipe: recipe.and(abuse_protection(vec!["eventgrid.azure.net".into()], None)) }
    }
}

impl Scheme for AzureEventGrid {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    NAME,
    "Azure Event Grid",
    "https://learn.microsoft.com/azure/event-grid/end-point-validation-event-grid-events-schema",
    |options| {
        Ok(Box::new(match options.get("header") {
            Some(name) => AzureEventGrid::header(
                name.parse()
                    .map_err(|_| OptionError::Wrong { name: "header", expected: "a header's name" })?,
            ),
            None => AzureEventGrid::query(options.demand("parameter")?.to_owned()),
        }))
    },
)
.recipe("token")
.signed("nothing: a token in the query or a header")
.handshake("`SubscriptionValidationEvent`, with the token; OPTIONS")
.needs(&[Need::Token, Need::Option("parameter"), Need::Option("header?")]);
