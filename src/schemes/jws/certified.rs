//! The sending side of `x5c`: a private key with its certificates.
use crate::{
    key::{KeyError, der},
    scheme::CannotSign,
};
use bytes::Bytes;

/// What a signing key carries, to be sent with what it signs.
#[derive(Debug)]
pub(super) struct Certificates(pub(super) Vec<Bytes>);

pub(super) const NONE: CannotSign = CannotSign::new("the signing key has no certificates behind it");

const END_OF_KEY: &str = "-----END PRIVATE KEY-----";
const END: &str = "-----END CERTIFICATE-----";

impl Certificates {
    /// The private key of a PEM file, and the certificates that follow it.
    pub(super) fn behind_key(text: &str) -> Result<(&str, Self), KeyError> {
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let wrong =
            KeyError::WrongParts { expected: "a private key in PEM, with its certificates behind it" };
        let end = text.find(END_OF_KEY).ok_or(wrong)?.saturating_add(END_OF_KEY.len());
        let (key, certificates) = text.split_at_checked(end).ok_or(wrong)?;
        let blocks = certificates.split_inclusive(END).filter(|block| !block.trim().is_empty());
        let certificates: Vec<Bytes> = blocks
            .map(|block| Ok(Bytes::copy_from_slice(&der(block, "CERTIFICATE")?)))
            .collect::<Result<_, KeyError>>()?;
        if certificates.is_empty() { Err(wrong) } else { Ok((key, Self(certificates))) }
    }
}
