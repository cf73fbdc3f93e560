//! What Blooio says when it does not do what it is asked.
use http::StatusCode;
use serde_json::Value;
use std::fmt;

/// Why a response is not the one that was hoped for.
///
/// ```
/// use bytes::Bytes;
/// use http::Response;
/// use tower_webhook::providers::blooio::management::{CreatedWebhook, ResponseError};
///
/// # fn main() -> Result<(), http::Error> {
/// let body = r#"{"error":{"code":"validation_error","message":"url must be https"}}"#;
/// let response = Response::builder().status(422).body(Bytes::from(body))?;
/// match CreatedWebhook::from_response(&response) {
///     Err(ResponseError::Unprocessable(problem)) => assert_eq!(problem.message(), Some("url must be https")),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ResponseError {
    /// 400: the request is malformed.
    BadRequest(Problem),
    /// 401: the API key is missing or not valid.
    Unauthorized(Problem),
    /// 404: there is no such webhook or delivery.
    NotFound(Problem),
    /// 422: a field is missing or not valid.
    Unprocessable(Problem),
    /// Any other status than the documented ones, another success too.
    UnexpectedStatus {
        /// The status.
        status: StatusCode,
        /// What the body says.
        problem: Problem,
    },
    /// The status is the documented one, and the body is not. What it contains is not repeated here, since it may be a
    /// secret.
    Body {
        /// The status.
        status: StatusCode,
        /// Where the body is wrong: `data.id`, or `.` for the whole.
        path: String,
    },
}

/// What the body of a failure says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// The API's own form: `{"error":{"code","message","details"}}`.
    Api {
        /// For programs.
        code: Option<String>,
        /// For people.
        message: Option<String>,
        /// What else there is to say.
        details: Option<Value>,
    },
    /// The form of whatever checks the API key before the API is reached: `{"error","message","status"}`, and in the
    /// OpenAPI export `code` too.
    Edge {
        /// What went wrong.
        error: String,
        /// For people.
        message: Option<String>,
        /// The status once more.
        status: Option<u16>,
        /// For programs.
        code: Option<String>,
    },
    /// Neither of the two.
    Unreadable,
}

impl ResponseError {
    pub(super) fn of_status(status: StatusCode, body: &[u8]) -> Self {
        let problem = Problem::read(body);
        match status {
            StatusCode::BAD_REQUEST => Self::BadRequest(problem),
            StatusCode::UNAUTHORIZED => Self::Unauthorized(problem),
            StatusCode::NOT_FOUND => Self::NotFound(problem),
            StatusCode::UNPROCESSABLE_ENTITY => Self::Unprocessable(problem),
            status => Self::UnexpectedStatus { status, problem },
        }
    }

    /// The response's status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnexpectedStatus { status, .. } | Self::Body { status, .. } => *status,
        }
    }

    /// What the body of a failure says.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::BadRequest(problem)
            | Self::Unauthorized(problem)
            | Self::NotFound(problem)
            | Self::Unprocessable(problem)
            | Self::UnexpectedStatus { problem, .. } => Some(problem),
            Self::Body { .. } => None,
        }
    }
}

impl Problem {
    fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(mut body)) = serde_json::from_slice(body) else { return Self::Unreadable };
        match body.remove("error") {
            Some(Value::Object(mut error)) => Self::Api {
                code: text(error.remove("code")),
                message: text(error.remove("message")),
                details: error.remove("details").filter(|details| !details.is_null()),
            },
            Some(Value::String(error)) => Self::Edge {
                error,
                message: text(body.remove("message")),
                status: body.get("status").and_then(Value::as_u64).and_then(|status| status.try_into().ok()),
                code: text(body.remove("code")),
            },
            _ => Self::Unreadable,
        }
    }

    /// The code, for programs.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. } | Self::Edge { code, .. } => code.as_deref(),
            Self::Unreadable => None,
        }
    }

    /// The message, for people.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Api { message, .. } | Self::Edge { message, .. } => message.as_deref(),
            Self::Unreadable => None,
        }
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, message) = match self {
            Self::Api { code, message, .. } => (code.as_deref(), message.as_deref()),
            Self::Edge { error, message, .. } => (Some(&**error), message.as_deref()),
            Self::Unreadable => (None, None),
        };
        match (first, message) {
            (Some(first), Some(message)) => write!(f, "{first}: {message}"),
            (Some(only), None) | (None, Some(only)) => f.write_str(only),
            (None, None) => f.write_str("it does not say why"),
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(problem) => write!(f, "Blooio finds the request malformed: {problem}"),
            Self::Unauthorized(problem) => write!(f, "Blooio does not accept the API key: {problem}"),
            Self::NotFound(problem) => write!(f, "Blooio does not find it: {problem}"),
            Self::Unprocessable(problem) => write!(f, "Blooio finds a field not valid: {problem}"),
            Self::UnexpectedStatus { status, problem } => {
                write!(f, "Blooio answers {status}, which is not documented: {problem}")
            }
            Self::Body { status, path } => {
                write!(f, "Blooio answers {status}, with a body that is not as documented at `{path}`")
            }
        }
    }
}

impl std::error::Error for ResponseError {}
