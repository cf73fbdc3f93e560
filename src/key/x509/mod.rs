//! Keys in X.509 certificates: at a URL that the request names, or sent along with it.
mod certificate;
mod chains;
mod error;
mod fetched;
mod path;
mod roots;
#[cfg(test)]
mod tests;

#[cfg(feature = "cli")]
pub(crate) use self::certificate::{is_certificate, key_of};
pub use self::{chains::CertificateChains, error::X509Error, fetched::Certificates, roots::Roots};
