//! What is wrong with certificates, and with what is demanded of them.
use crate::BoxError;
use std::{error::Error, fmt};

/// What is wrong with what is demanded of certificates.
#[derive(Debug)]
#[non_exhaustive]
pub enum X509Error {
    /// There is no root certificate, so that nobody could be trusted.
    NoRoots,
    /// What should be a root certificate is none.
    BadRoot(BoxError),
    /// This is no name of a host.
    BadHost(Box<str>),
    /// This is no object identifier.
    BadOid(Box<str>),
}

impl fmt::Display for X509Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoots => f.write_str("there is no root certificate"),
            Self::BadRoot(error) => write!(f, "this is no root certificate: {error}"),
            Self::BadHost(name) => {
                write!(f, "`{name}` is no host's name: it should be like example.com or *.example.com")
            }
            Self::BadOid(text) => {
                write!(f, "`{text}` is no object identifier: it should be like 1.2.840.113635")
            }
        }
    }
}

impl Error for X509Error {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::BadRoot(error) => Some(&**error),
            Self::NoRoots | Self::BadHost(_) | Self::BadOid(_) => None,
        }
    }
}

/// Why a certificate's key is not to be trusted.
#[derive(Debug)]
pub(super) enum Distrust {
    Malformed(BoxError),
    TooMany { limit: usize },
    WrongLength { expected: usize, got: usize },
    AnotherHost,
    AnotherKey,
    NoPath(webpki::Error),
    NeverValid,
    Unmarked { which: &'static str, oid: String },
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => write!(f, "the certificate is malformed: {error}"),
            Self::TooMany { limit } => write!(f, "there are more than {limit} certificates"),
            Self::WrongLength { expected, got } => {
                write!(f, "the chain has {got} certificates, and should have {expected}")
            }
            Self::AnotherHost => f.write_str("the certificate is another host's"),
            Self::AnotherKey => f.write_str("the certificate's key is not one of the provider's algorithm"),
            Self::NoPath(error) => write!(f, "the certificate leads to no trusted root: {error}"),
            Self::NeverValid => f.write_str("the certificates of the chain are never valid at the same time"),
            Self::Unmarked { which, oid } => write!(f, "the {which} certificate lacks the extension {oid}"),
        }
    }
}

impl Error for Distrust {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Malformed(error) => Some(&**error),
            Self::NoPath(error) => Some(error),
            Self::TooMany { .. }
            | Self::WrongLength { .. }
            | Self::AnotherHost
            | Self::AnotherKey
            | Self::NeverValid
            | Self::Unmarked { .. } => None,
        }
    }
}
