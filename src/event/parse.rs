//! A payload, parsed in the format that its scheme fixes.
use super::{
    error::{EventError, EventErrorKind},
    tagged::Tagged,
};
use crate::{scheme::Format, verified::Verified};
use serde::de::{Deserialize, Deserializer};
use serde_path_to_error::{Path, Segment};
use std::cell::Cell;

impl<S: ?Sized> Verified<S> {
    /// The payload as a `T`, which may borrow from it.
    ///
    /// ```
    /// use tower_webhook::{Verified, event::EventError};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Push<'a> {
    ///     after: &'a str,
    /// }
    ///
    /// fn after(verified: &Verified) -> Result<&str, EventError> {
    ///     Ok(verified.parse::<Push<'_>>()?.after)
    /// }
    /// ```
    ///
    /// # Errors
    /// If the payload is no `T`, with the path of the field; or if the signature does not cover the body.
    pub fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, EventError> {
        self.parse_with(Plain)
    }

    /// The payload as the variant of the enum `E` that the event type names.
    ///
    /// `E` is an ordinary enum with serde's names: the event type is the variant, the whole payload its content. A
    /// variant with `#[serde(rename = "*")]` takes every event that has none of its own, payload and all;
    /// `#[serde(other)]` takes them too, without. `E` may be wrapped in newtypes, `Box` and `Option`;
    /// `#[serde(flatten)]` and `#[serde(untagged)]` ask for the payload before the variant, and do not work.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); and if the delivery names no event, or one that `E` does not have.
    pub fn parse_tagged<'a, E: Deserialize<'a>>(&'a self) -> Result<E, EventError> {
        let event = self.event().ok_or(EventError::new(EventErrorKind::NoEventType))?;
        let is_unknown = Cell::new(false);
        self.parse_with(AsVariant { event, is_unknown: &is_unknown })
            .map_err(|error| if is_unknown.get() { EventError::unknown_event(event) } else { error })
    }

    fn parse_with<'a, T: Deserialize<'a>>(&'a self, shape: impl Shape) -> Result<T, EventError> {
        if !self.trusts_body() {
            return Err(EventError::new(EventErrorKind::BodyNotCovered));
        }
        match self.format() {
            Format::Json => json(self.payload(), shape),
            #[cfg(feature = "form")]
            Format::Form => form(self.payload(), shape),
            #[cfg(not(feature = "form"))]
            Format::Form => Err(EventError::new(EventErrorKind::FormDisabled)),
            Format::Other => Err(EventError::new(EventErrorKind::OtherFormat)),
        }
    }
}

/// What is made of a format's deserializer.
trait Shape: Copy {
    fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error>;

    /// The same, noting where it goes wrong. It costs twice, so it is for what has gone wrong already.
    fn explain<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<T, serde_path_to_error::Error<D::Error>>;

    /// Whether a variant at the beginning of a path is the event, which is not in the payload.
    const VARIANT_IS_EVENT: bool;
}

/// Where in the payload it goes wrong.
fn path<S: Shape>(_: S, path: &Path) -> String {
    let mut text = String::new();
    let is_event = |step: &Segment| S::VARIANT_IS_EVENT && matches!(step, Segment::Enum { .. });
    let outer = path.iter().take(1).filter(|step| is_event(step)).count();
    for step in path.iter().skip(outer) {
        if !text.is_empty() && !matches!(step, Segment::Seq { .. }) {
            text.push('.');
        }
        text.push_str(&step.to_string());
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// The payload is the value.
#[derive(Clone, Copy)]
struct Plain;

impl Shape for Plain {
    fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(deserializer)
    }

    fn explain<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<T, serde_path_to_error::Error<D::Error>> {
        serde_path_to_error::deserialize(deserializer)
    }

    const VARIANT_IS_EVENT: bool = false;
}

/// The payload is the content of a variant.
#[derive(Clone, Copy)]
struct AsVariant<'a> {
    event: &'a str,
    is_unknown: &'a Cell<bool>,
}

impl Shape for AsVariant<'_> {
    fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Tagged::new(self.event, deserializer, self.is_unknown))
    }

    fn explain<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<T, serde_path_to_error::Error<D::Error>> {
        serde_path_to_error::deserialize(Tagged::new(self.event, deserializer, self.is_unknown))
    }

    const VARIANT_IS_EVENT: bool = true;
}

fn json<'a, T: Deserialize<'a>>(payload: &'a [u8], shape: impl Shape) -> Result<T, EventError> {
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let parsed = shape.read(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| {
        match shape.explain::<T, _>(&mut serde_json::Deserializer::from_slice(payload)) {
            Err(error) => EventError::payload(path(shape, error.path()), error.into_inner()),
            // Only what follows the value is wrong.
            Ok(_) => EventError::payload(".".to_owned(), error),
        }
    })
}

#[cfg(feature = "form")]
fn form<'a, T: Deserialize<'a>>(payload: &'a [u8], shape: impl Shape) -> Result<T, EventError> {
    use serde_html_form::de::Deserializer;
    shape.read(Deserializer::new(form_urlencoded::parse(payload))).map_err(|error| {
        match shape.explain::<T, _>(Deserializer::new(form_urlencoded::parse(payload))) {
            Err(error) => EventError::payload(path(shape, error.path()), error.into_inner()),
            Ok(_) => EventError::payload(".".to_owned(), error),
        }
    })
}
