//! HTTP Message Signatures ([RFC 9421]) with `Content-Digest` ([RFC 9530]).
//!
//! A sender says in `Signature-Input` which parts of the request it has signed, and in `Signature` puts the signature.
//! The body is not among those parts: its digest is, in `Content-Digest`, and this crate compares it with the body that
//! arrived. So the receiver's side has three questions to answer, and [`HttpSignatures`] is the answers: which parts
//! must be covered, by which algorithm, and which signature counts if there are several.
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use tower_webhook::{
//!     Scheme,
//!     scheme::{Proof, Verdict, Verifier},
//!     schemes::http_signatures::{HttpSignatures, SignatureAlgorithm},
//!     time::Timestamp,
//!     url::PublicUrl,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let acme = HttpSignatures::new("acme", SignatureAlgorithm::HmacSha256);
//! let now = Timestamp::from_unix(1_718_000_000);
//!
//! let mut request = Request::post("https://example.com/hooks?tenant=1").body(Bytes::from("{}"))?;
//! acme.sign(&mut request, &acme.signing_key("the shared secret")?, now)?;
//! assert_eq!(
//!     request.headers()["signature-input"],
//!     r#"sig1=("@method" "@authority" "@path" "@query" "content-digest");created=1718000000"#,
//! );
//!
//! let (parts, body) = request.into_parts();
//! let verifier = Verifier::new().public_url(PublicUrl::base("https://example.com"));
//! let keys = acme.key("the shared secret")?.into();
//! let verdict = verifier.verify(&acme, &parts, &body, &keys, now)?;
//! assert!(matches!(verdict, Verdict::Deliver(verified) if verified.proof() == Proof::SignedBody));
//! # Ok(())
//! # }
//! ```
//!
//! [RFC 9421]: https://www.rfc-editor.org/rfc/rfc9421
//! [RFC 9530]: https://www.rfc-editor.org/rfc/rfc9530
mod algorithm;
mod base;
mod component;
mod coverage;
mod description;
mod digest;
mod field;
mod input;
mod receive;
mod sign;
mod structured;
mod target;

pub use self::{
    algorithm::SignatureAlgorithm, component::Component, description::HttpSignatures, field::FieldKind,
    sign::Nonce,
};
