//! The axum extractors. They need `axum-core` only.
use super::error::{EventError, EventErrorKind};
use crate::{
    endpoint::UnknownEvent,
    scheme::{Answer, Scheme},
    verified::{AnyScheme, Verified},
};
use axum_core::{
    body::Body,
    extract::FromRequestParts,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use http::request::Parts;
use serde::de::DeserializeOwned;

/// The payload as a `T`. Extracting it fails unless the request was verified.
///
/// 500 where the layer is missing, 422 with the field's path where the payload is no `T`:
/// [`EventError`](crate::event::EventError). To demand a scheme, take [`Verified<GitHub>`](Verified) beside it.
///
/// The [module's documentation](crate::event) has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Event<T>(pub T);

/// The payload as the variant of an enum that the event type names: [`Verified::parse_tagged`].
///
/// The [module's documentation](crate::event) has an example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct TaggedEvent<E>(pub E);

/// The body, exactly as received: the bytes that were verified. Refused, as [`Event`] is, where the signature does not
/// cover them.
///
/// ```
/// use tower_webhook::VerifiedBytes;
///
/// async fn archive(VerifiedBytes(body): VerifiedBytes) {
///     println!("{} bytes, as they were signed", body.len());
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct VerifiedBytes(pub Bytes);

fn proof(parts: &Parts) -> Result<&Verified, EventError> {
    parts.extensions.get().ok_or(EventError::new(EventErrorKind::LayerMissing))
}

impl<S: Send + Sync> FromRequestParts<S> for Verified<AnyScheme> {
    type Rejection = EventError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, EventError> {
        proof(parts).cloned()
    }
}

impl<T: Scheme, S: Send + Sync> FromRequestParts<S> for Verified<T> {
    type Rejection = EventError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, EventError> {
        let verified = proof(parts)?;
        verified.of().ok_or_else(|| EventError::other_scheme(verified.scheme(), std::any::type_name::<T>()))
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Event<T> {
    type Rejection = EventError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, EventError> {
        proof(parts)?.parse().map(Self)
    }
}

impl<E: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for TaggedEvent<E> {
    type Rejection = EventError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, EventError> {
        proof(parts)?.parse_tagged().map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for VerifiedBytes {
    type Rejection = EventError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, EventError> {
        let verified = proof(parts)?;
        if !verified.trusts_body() {
            return Err(EventError::new(EventErrorKind::BodyNotCovered));
        }
        Ok(Self(verified.body().clone()))
    }
}

impl IntoResponse for EventError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), self.to_string()).into_response();
        if self.kind() == EventErrorKind::UnknownEvent {
            response.extensions_mut().insert(UnknownEvent);
        }
        response
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        self.to_response().map(Body::from)
    }
}
