//! Why there is no event.
use std::{error::Error, fmt};

use crate::BoxError;
use http::StatusCode;

/// Why a handler cannot have its event. As an axum rejection, it answers with [`status`](Self::status) and its text:
/// the sender is proven by then, so the answer may be frank.
#[derive(Debug)]
pub struct EventError {
    kind: EventErrorKind,
    path: Option<String>,
    source: Option<BoxError>,
}

/// The kinds of [`EventError`], and their statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventErrorKind {
    /// 500: the route has no `VerifySignatureLayer`.
    LayerMissing,
    /// 500: the handler demands another scheme's proof.
    OtherScheme,
    /// 500: the signature does not cover the body, and the layer was not told to accept that.
    BodyNotCovered,
    /// 500: the payload is a form, and the feature `form` is not enabled.
    FormDisabled,
    /// 500: the scheme's payload is in a format that this crate does not parse: take `VerifiedBytes` or `Verified`.
    OtherFormat,
    /// 422: the delivery does not name its event.
    NoEventType,
    /// 422: the handler's enum has no variant for the event. The layer may be told to acknowledge such deliveries:
    /// [`acknowledge_unknown_events`](crate::VerifySignatureLayer::acknowledge_unknown_events).
    UnknownEvent,
    /// 422: the payload is not what the handler expects.
    Payload,
}

impl EventError {
    pub(crate) fn new(kind: EventErrorKind) -> Self {
        Self { kind, path: None, source: None }
    }

    /// The route's layer has the one scheme, and the handler demands the other.
    #[cfg(feature = "axum")]
    pub(crate) fn other_scheme(verified: &str, demanded: &str) -> Self {
        let schemes = format!("verified as `{verified}`, demanded is `{demanded}`");
        Self { kind: EventErrorKind::OtherScheme, path: None, source: Some(schemes.into()) }
    }

    pub(crate) fn payload(path: String, source: impl Into<BoxError>) -> Self {
        Self { kind: EventErrorKind::Payload, path: Some(path), source: Some(source.into()) }
    }

    pub(crate) fn unknown_event(event: &str) -> Self {
        Self { kind: EventErrorKind::UnknownEvent, path: None, source: Some(format!("{event:?}").into()) }
    }

    fn write_source(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }

    /// What was wrong.
    #[must_use]
    pub fn kind(&self) -> EventErrorKind {
        self.kind
    }

    /// Where in the payload it was wrong: `items[0].price`, or `.` for the whole.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }

    /// The status that says whose fault it is: 500 for ours, 422 for the sender's.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.kind {
            EventErrorKind::LayerMissing
            | EventErrorKind::OtherScheme
            | EventErrorKind::BodyNotCovered
            | EventErrorKind::FormDisabled
            | EventErrorKind::OtherFormat => StatusCode::INTERNAL_SERVER_ERROR,
            EventErrorKind::NoEventType | EventErrorKind::UnknownEvent | EventErrorKind::Payload => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
        }
    }
}

impl fmt::Display for EventError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            EventErrorKind::LayerMissing => {
                f.write_str("the request is not verified: put a `VerifySignatureLayer` on this route")
            }
            EventErrorKind::OtherScheme => {
                f.write_str("another scheme than the handler demands: check which layer the route has")?;
                self.write_source(f)
            }
            EventErrorKind::BodyNotCovered => f.write_str(
                "the signature does not cover the body: if that is acceptable, tell the layer with \
                 `insecure_accept_uncovered_body`",
            ),
            EventErrorKind::FormDisabled => {
                f.write_str("the payload is a form: enable the feature `form` of tower-webhook")
            }
            EventErrorKind::OtherFormat => f.write_str(
                "the payload is in a format that tower-webhook does not parse: take `VerifiedBytes` and parse that",
            ),
            EventErrorKind::NoEventType => f.write_str("the delivery does not name its event"),
            EventErrorKind::UnknownEvent => {
                f.write_str("the handler's enum has no variant for the event")?;
                self.write_source(f)
            }
            EventErrorKind::Payload => {
                f.write_str("the payload is not what is expected")?;
                if let Some(path) = &self.path {
                    write!(f, " at `{path}`")?;
                }
                self.write_source(f)
            }
        }
    }
}

impl Error for EventError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
