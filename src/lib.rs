#![cfg_attr(all(feature = "axum", feature = "memory", feature = "providers"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "axum", feature = "memory", feature = "providers")),
    doc = "Webhooks, verified and typed, in any tower server. The whole documentation needs the default features."
)]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod body;
#[cfg(feature = "cli")]
pub mod cli;
mod collect;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod encoding;
mod endpoint;
#[cfg(feature = "json")]
pub mod event;
pub mod fetch;
#[cfg(all(any(doc, doctest), feature = "axum", feature = "memory", feature = "providers"))]
pub mod guide;
pub mod key;
mod layer;
mod pipeline;
#[cfg(feature = "providers")]
pub mod providers;
pub mod rejection;
pub mod replay;
mod report;
pub mod scheme;
pub mod schemes;
mod service;
mod sign;
pub mod time;
pub mod url;
mod verified;

#[cfg(feature = "axum")]
pub use self::event::{Event, TaggedEvent, VerifiedBytes};
pub use self::{
    body::{ResponseBody, VerifiedBody},
    endpoint::Answered,
    layer::VerifySignatureLayer,
    pipeline::ResponseFuture,
    rejection::{Rejection, RejectionKind},
    scheme::Scheme,
    service::VerifySignature,
    sign::{Sign, SignError, SignFuture, SignLayer},
    url::PublicUrl,
    verified::{AnyScheme, Verified},
};

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;
