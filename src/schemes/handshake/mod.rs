//! Handshakes: how a provider makes sure of an endpoint before it delivers, and what it is answered.
//!
//! A [`Handshake`] is a description: which request it is, what must be right in it, and what the answer is made of. It
//! stands beside any scheme in [`Answering`], which answers it in the scheme's place; no handler sees it.
//!
//! ```
//! use http::{HeaderName, Method};
//! use tower_webhook::{
//!     Scheme, VerifySignatureLayer,
//!     schemes::{Field, Signed, Source, handshake::{Answering, Handshake, Said}},
//! };
//!
//! # fn main() -> Result<(), tower_webhook::key::KeyError> {
//! // GET /hook?challenge=.. is answered with the challenge, if it names the token that was agreed on.
//! let challenge = Handshake::unverified(Method::GET)
//!     .verify_token(Source::Query("token"), "the token that was agreed on")?
//!     .question(Source::Query("challenge"))
//!     .text(Said::question());
//! let acme = Signed::hmac_sha256("acme", Field::header(HeaderName::from_static("acme-signature")));
//! let acme = Answering::new(acme, challenge);
//! let key = acme.key("the secret of the dashboard")?;
//! let layer = VerifySignatureLayer::new(acme, key);
//! # let _ = layer;
//! # Ok(())
//! # }
//! ```
//!
//! **What is sent back is nobody's to choose.** A question is bounded in its length and has a form: visible ASCII and
//! spaces, without `<`, so that it is no HTML whatever a browser takes it for. It is sent as `text/plain`, or in the JSON
//! or header that the provider documents, with `X-Content-Type-Options: nosniff`. Anything else is refused.
//!
//! **An answer that is signed is no forger's tool.** Where anybody may ask ([`Handshake::unverified`]) and the answer is
//! a [signature](Said::signature) of the question by the secret that deliveries are signed with, a question consists of
//! at most 256 characters of `A-Za-z0-9+/=_-.~`; a delivery whose body is such a text is refused, and so is one whose
//! signature is not over the whole of its body. No answer is then a signature of a delivery.
//!
//! **A secret that arrives in a handshake** (Asana, Notion) is taken only where it is expected: see [`Enroller`].
//!
//! In axum, put the layer on the router (`Router::route_layer`): `MethodRouter::route_layer` leaves other methods than
//! those of the handler to a 405.
mod answering;
mod description;
mod enrolment;

pub use self::{
    answering::Answering,
    description::{Handshake, Said},
    enrolment::{Enroller, Enrolment, Enrolments},
};
