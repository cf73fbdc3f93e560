//! Why nothing was fetched.
use crate::BoxError;
use http::StatusCode;
use std::{error::Error, fmt};

/// Why nothing was fetched.
#[derive(Debug)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL does not begin with `https:`. Nobody was asked.
    NotHttps,
    /// No connection, no TLS, or a connection that broke.
    Unreachable(BoxError),
    /// The answer was not complete in time.
    TimedOut,
    /// The answer is longer than what is read of one.
    TooLarge {
        /// How many bytes are read at most.
        limit: usize,
    },
    /// The answer leads to another URL, where nobody has said that the keys are.
    Redirected {
        /// Its status.
        status: StatusCode,
    },
    /// The answer is not 200.
    Status {
        /// What it is.
        status: StatusCode,
    },
    /// The answer is 200, and not what was asked for.
    Content(BoxError),
}

impl FetchError {
    /// No connection, no TLS, or a connection that broke.
    pub fn unreachable(error: impl Into<BoxError>) -> Self {
        Self::Unreachable(error.into())
    }

    /// The answer is 200, and not what was asked for.
    pub fn content(error: impl Into<BoxError>) -> Self {
        Self::Content(error.into())
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHttps => f.write_str("the URL does not begin with `https:`"),
            Self::Unreachable(error) => {
                write!(f, "cannot be reached: {error}")?;
                // What an HTTP client says itself is only that it failed.
                let mut cause = error.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
            Self::TimedOut => f.write_str("there was no complete answer in time"),
            Self::TooLarge { limit } => write!(f, "the answer is longer than {limit} bytes"),
            Self::Redirected { status } => {
                write!(
                    f,
                    "the answer is a redirect ({status}), and none is followed: use the URL it leads to"
                )
            }
            Self::Status { status } => write!(f, "the answer is {status}"),
            Self::Content(error) => write!(f, "the answer is not what was asked for: {error}"),
        }
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreachable(error) | Self::Content(error) => Some(&**error),
            Self::NotHttps
            | Self::TimedOut
            | Self::TooLarge { .. }
            | Self::Redirected { .. }
            | Self::Status { .. } => None,
        }
    }
}
