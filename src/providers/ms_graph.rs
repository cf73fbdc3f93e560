//! Microsoft Graph.
use super::registry::{Need, Provider};
use crate::{
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, forward},
    schemes::{
        Source,
        handshake::{Answering, Handshake, Said},
    },
    time::Timestamp,
};
use bytes::Bytes;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::Value;
use std::{borrow::Cow, collections::BTreeSet, sync::LazyLock, time::Duration};

/// The change notifications of Microsoft Graph, by webhook, and its lifecycle notifications.
///
/// Follows [Change notifications, delivered by webhooks](https://learn.microsoft.com/graph/change-notifications-delivery-webhooks).
///
/// - **Signed**: nothing. Each item of the body's `value` presents its subscription's `clientState`, and each must be a
///   key: [`SharedToken`](crate::scheme::Proof::SharedToken). Use one that cannot be guessed.
/// - **Key**: the `clientState`. A request may bring items of several subscriptions: either they have the same, or all are
///   keys of the endpoint.
/// - **Time, id**: none that would be signed. Nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
/// - **Event**: each item has its own (`changeType`, `lifecycleEvent`), so that the delivery has none.
/// - **Handshake**: a POST whose query has a `validationToken`, which is sent back decoded, in plain text. Anybody can send
///   that; the answer proves nothing.
/// - **Answer**: any 2xx within 3 seconds, 202 by recommendation. Retries come for up to 4 hours.
/// - **Pitfalls**: `validationTokens` and `encryptedContent`, of notifications with resource data, are not looked at:
///   the former are JSON Web Tokens, and the proof that Microsoft sent them. The body is read before anything is known.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::MsGraph};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::new(MsGraph, MsGraph.key("the clientState of the subscription")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct MsGraph;

/// The deliveries, without the handshake.
#[derive(Clone, Copy, Debug)]
struct Items;

/// Of so many subscriptions at most; a request with more is none of Graph's.
const MOST_STATES: usize = 1000;

#[derive(Deserialize)]
struct Batch<'a> {
    #[serde(borrow)]
    value: Vec<Item<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "clientState")]
    client_state: Cow<'a, str>,
}

impl Scheme for Items {
    fn name(&self) -> &str {
        "ms-graph"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().key(Algorithm::Token, text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let batch: Batch<'_> =
            serde_json::from_slice(body).map_err(|error| Refusal::MalformedBody(error.to_string().into()))?;
        let states: BTreeSet<&str> = batch.value.iter().map(|item| &*item.client_state).collect();
        match states.len() {
            0 => Err(Refusal::MalformedBody("there is nothing in `value`".into())),
            1..=MOST_STATES => Ok(Plan::All(states.into_iter().map(Check::token).collect())),
            _ => Err(Refusal::TooManySignatures),
        }
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().into())
    }

    /// Writes the `clientState` into each item of the body.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        const NO_BATCH: CannotSign = CannotSign::new("the body is no JSON object with items in `value`");
        let mut body: Value = serde_json::from_slice(request.body()).map_err(|_| NO_BATCH)?;
        let items = body.get_mut("value").and_then(Value::as_array_mut).ok_or(NO_BATCH)?;
        for item in items {
            item.as_object_mut().ok_or(NO_BATCH)?.insert("clientState".into(), key.expose().into());
        }
        *request.body_mut() = body.to_string().into();
        Ok(())
    }

    /// Graph waits three seconds.
    fn lease(&self) -> Duration {
        Duration::from_secs(3)
    }
}

static RECIPE: LazyLock<Answering<Items>> = LazyLock::new(|| {
    let validation =
        Handshake::unverified(Method::POST).question(Source::Query("validationToken")).text(Said::question());
    Answering::new(Items, validation)
});

impl Scheme for MsGraph {
    forward!(self => &*RECIPE; all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "ms-graph",
    "Microsoft Graph",
    "https://learn.microsoft.com/graph/change-notifications-delivery-webhooks",
    |_| Ok(Box::new(MsGraph)),
)
.recipe("token in each item")
.signed("nothing: each item has the `clientState`")
.needs(&[Need::Token])
.handshake("POST with `validationToken`");
