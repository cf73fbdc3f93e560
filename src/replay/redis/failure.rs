//! What can go wrong between here and Redis, in words for whoever runs the service.
use redis::{ErrorKind, RedisError, ServerErrorKind};
use std::{error::Error, fmt, time::Duration};

/// A call without the answer that it wants.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) address: String,
    pub(super) cause: Cause,
    /// Redis may have carried it out nevertheless.
    pub(super) unanswered: bool,
}

#[derive(Debug)]
pub(super) enum Cause {
    NoRuntime,
    Silent {
        limit: Duration,
    },
    Unreachable(RedisError),
    Password(RedisError),
    Broken(RedisError),
    /// A primary has become a replica; its address may lead to the new primary by now.
    Demoted(RedisError),
    Answer(RedisError),
}

impl Cause {
    pub(super) fn of_connecting(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Password(error),
            ErrorKind::Server(_) | ErrorKind::Extension => Self::Answer(error),
            _ => Self::Unreachable(error),
        }
    }

    pub(super) fn of_answer(error: RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::ReadOnly) => Self::Demoted(error),
            ErrorKind::Io => Self::Broken(error),
            _ if error.is_unrecoverable_error() => Self::Broken(error),
            _ => Self::Answer(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, cause, .. } = self;
        match cause {
            Cause::NoRuntime => f.write_str("the Redis store was called outside of a tokio runtime"),
            Cause::Silent { limit } => write!(f, "Redis at {address} did not answer within {limit:?}"),
            Cause::Unreachable(error) => write!(f, "Redis at {address} cannot be reached: {error}"),
            Cause::Password(error) => write!(f, "Redis at {address} refuses user or password: {error}"),
            Cause::Broken(error) => write!(f, "the connection to Redis at {address} broke: {error}"),
            Cause::Demoted(error) | Cause::Answer(error) => write!(f, "Redis at {address} answers: {error}"),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::NoRuntime | Cause::Silent { .. } => None,
            Cause::Unreachable(error)
            | Cause::Password(error)
            | Cause::Broken(error)
            | Cause::Demoted(error)
            | Cause::Answer(error) => Some(error),
        }
    }
}

/// A text that is no URL of a Redis. It may contain a password, so the text itself is not shown.
#[derive(Debug)]
pub(super) struct BadUrl(pub(super) RedisError);

impl fmt::Display for BadUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the URL should be like redis://user:password@host:6379/0")?;
        if !cfg!(feature = "redis-tls") {
            f.write_str("; rediss:// needs the feature `redis-tls`")?;
        }
        write!(f, " ({})", self.0)
    }
}

impl Error for BadUrl {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
