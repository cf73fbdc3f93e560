//! Recipes that many providers share: describe one, and it is a [`Scheme`](crate::Scheme).
//!
//! ```
//! use http::HeaderName;
//! use tower_webhook::{Scheme, VerifySignatureLayer, schemes::{Field, Signed, Part, Source}, time::Unit};
//!
//! # fn main() -> Result<(), tower_webhook::key::KeyError> {
//! let acme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("acme-signature")).prefix("sha256="))
//!     .text([
//!         Part::Timestamp(Field::header(HeaderName::from_static("acme-timestamp")), Unit::Seconds),
//!         Part::literal("."),
//!         Part::Body,
//!     ])
//!     .event(Source::Json("type"));
//! let key = acme.key("the secret of the dashboard")?;
//! let layer = VerifySignatureLayer::new(acme, key);
//! # let _ = layer;
//! # Ok(())
//! # }
//! ```
mod by_tenant;
#[cfg(all(feature = "encrypted", feature = "providers"))]
pub(crate) mod encrypted;
mod field;
pub(crate) mod form;
pub mod handshake;
#[cfg(feature = "http-signatures")]
pub mod http_signatures;
#[cfg(feature = "jwt")]
mod jose;
#[cfg(feature = "jwt")]
mod jws;
#[cfg(feature = "jwt")]
mod jwt;
mod signed;
mod source;
pub(crate) mod standard_webhooks;
mod token;

#[cfg(feature = "providers")]
pub(crate) use self::signed::ends_at_first;
#[cfg(all(feature = "providers", feature = "keyed-hash"))]
pub(crate) use self::token::authorization;
pub use self::{
    by_tenant::ByTenant,
    field::Field,
    signed::{Part, Signed},
    source::Source,
    standard_webhooks::StandardWebhooks,
    token::Token,
};
#[cfg(feature = "jwt")]
pub use self::{
    jose::{JwsAlgorithm, TokenIn},
    jws::Jws,
    jwt::Jwt,
};
