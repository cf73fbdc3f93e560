//! What a provider's documentation says that an endpoint answers.
use bytes::Bytes;
use http::{
    HeaderValue, Response, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE},
};

/// One documented answer: a status and, where one is printed, a body.
///
/// ```
/// use http::StatusCode;
/// use tower_webhook::scheme::Answer;
///
/// let answer = Answer::json(StatusCode::OK, r#"{"status":"accepted"}"#);
/// # let _ = answer;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    status: StatusCode,
    content_type: Option<&'static str>,
    body: &'static str,
}

impl Answer {
    /// A status with an empty body.
    #[must_use]
    pub const fn empty(status: StatusCode) -> Self {
        Self { status, content_type: None, body: "" }
    }

    /// A JSON body.
    #[must_use]
    pub const fn json(status: StatusCode, body: &'static str) -> Self {
        Self { status, content_type: Some("application/json"), body }
    }

    /// A body in plain text.
    #[must_use]
    pub const fn text(status: StatusCode, body: &'static str) -> Self {
        Self { status, content_type: Some("text/plain; charset=utf-8"), body }
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The answer, for a handler that sends it itself. With the feature `axum` it is an `IntoResponse`.
    #[must_use]
    pub fn to_response(self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::from_static(self.body.as_bytes()));
        *response.status_mut() = self.status;
        if let Some(content_type) = self.content_type {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response
    }

    pub(crate) fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// Puts this answer's body and its headers in place of an empty one.
    pub(crate) fn fill<B>(self, response: Response<B>) -> Response<Bytes> {
        let mut response = response.map(|_| Bytes::from_static(self.body.as_bytes()));
        response.headers_mut().remove(CONTENT_LENGTH);
        if let Some(content_type) = self.content_type {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT) {
            *response.status_mut() = self.status;
        }
        response
    }
}

/// What the repeat of a delivery that was handled before is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Repeat {
    /// The provider's acknowledgement: it sends again because it missed the first.
    Acknowledge,
    /// The provider's refusal: its documentation demands that replays fail.
    Refuse,
}

/// The answers that a provider's documentation prints; [`Scheme::answers`](super::Scheme::answers).
///
/// ```
/// use http::StatusCode;
/// use tower_webhook::scheme::{Answer, Answers};
///
/// let answers = Answers::new()
///     .refusal(Answer::json(StatusCode::UNAUTHORIZED, r#"{"error":"Invalid signature"}"#))
///     .acknowledgement(Answer::json(StatusCode::OK, r#"{"status":"ok"}"#));
/// # let _ = answers;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Answers {
    pub(crate) refusal: Answer,
    pub(crate) acknowledgement: Answer,
    pub(crate) any_success_is_acknowledgement: bool,
    pub(crate) repeat: Repeat,
}

impl Answers {
    /// 401 to a refused request, the handler's own answer to an accepted one, 200 to a repeat.
    pub const fn new() -> Self {
        Self {
            refusal: Answer::empty(StatusCode::UNAUTHORIZED),
            acknowledgement: Answer::empty(StatusCode::OK),
            any_success_is_acknowledgement: false,
            repeat: Repeat::Acknowledge,
        }
    }

    /// What every refused request is answered, whatever the reason.
    pub const fn refusal(mut self, answer: Answer) -> Self {
        self.refusal = answer;
        self
    }

    /// What a handled delivery is answered. A handler's 2xx with an empty body is sent with this one's; a handler that
    /// writes a body keeps it.
    pub const fn acknowledgement(mut self, answer: Answer) -> Self {
        self.acknowledgement = answer;
        self
    }

    /// The provider counts only the acknowledgement's status as success, so that any 2xx of a handler becomes it.
    pub const fn only_this_status(mut self) -> Self {
        self.any_success_is_acknowledgement = true;
        self
    }

    /// What the repeat of a finished delivery is answered.
    pub const fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }
}

impl Default for Answers {
    fn default() -> Self {
        Self::new()
    }
}
