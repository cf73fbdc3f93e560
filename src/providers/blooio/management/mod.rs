//! Blooio's API for webhooks, v4: requests to be sent, and responses to be read.
//!
//! There is no I/O here. [`Requests`] builds `http::Request`s, which any client sends, and each answer is read by the
//! type that is expected: [`CreatedWebhook::from_response`], [`RotatedSecret::from_response`],
//! [`DeliveryPage::from_response`], [`ReplayedDelivery::from_response`].
//!
//! Follows the reference of v4 ([Create a webhook](https://docs.blooio.com/reference/v4/webhooks/createWebhook) and its
//! neighbours) and [its OpenAPI export](https://api.blooio.com/v4/openapi.json). The API is a beta, whose endpoints may
//! change. In its responses every field is marked as optional: only what a response is useless without is required
//! here. `/webhooks/{id}/logs` is another name of `/webhooks/{id}/deliveries`, and not used.
//!
//! From the created webhook to the layer:
//!
//! ```
//! use bytes::Bytes;
//! use http::Response;
//! use tower_webhook::{
//!     VerifySignatureLayer,
//!     providers::{Blooio, blooio::{SubscriptionToken, management::{CreatedWebhook, NewWebhook, Requests}}},
//! };
//!
//! # fn send(_: http::Request<Bytes>) -> Response<Bytes> {
//! #     let body = r#"{"data":{"id":"wh_a1b2c3d4","signing_secret":"whsec_a1b2c3d4"}}"#;
//! #     Response::builder().status(201).body(Bytes::from(body)).unwrap()
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let requests = Requests::new("bl_live_of_the_dashboard")?;
//! let webhook = NewWebhook::new("https://example.com/webhooks/blooio")?
//!     .event_types(["message.received".parse()?, "typing.*".parse()?])?;
//! let response: Response<Bytes> = send(requests.create_webhook(&webhook)?);
//!
//! let created = CreatedWebhook::from_response(&response)?;
//! // Shown this once: store `created.signing_secret.expose()` where secrets are kept.
//! let layer = VerifySignatureLayer::new(Blooio, created.signing_secret.key()?);
//! # let _ = layer;
//! # Ok(())
//! # }
//! ```
mod channel_type;
mod new_webhook;
mod problem;
mod requests;
mod responses;
mod secret;

pub use self::{
    channel_type::ChannelType,
    new_webhook::NewWebhook,
    problem::{Problem, ResponseError},
    requests::{Page, RequestError, Requests},
    responses::{
        CreatedWebhook, DeliveryPage, DeliveryRecord, ReplayedDelivery, RotatedSecret, WebhookStatus,
    },
    secret::SigningSecret,
};
