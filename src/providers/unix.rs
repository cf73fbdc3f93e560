//! Moments as JSON carries them: whole numbers since the Unix epoch, whose unit only the documentation tells.
use crate::time::Timestamp;
use serde::{Deserialize as _, Deserializer};

/// For `#[serde(deserialize_with = ..)]`: seconds.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_unix)
}

/// For `#[serde(deserialize_with = ..)]`: milliseconds.
pub(super) fn milliseconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    i64::deserialize(deserializer).map(Timestamp::from_unix_millis)
}
