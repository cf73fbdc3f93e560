//! Wall-clock time: what a timestamp is, who tells the time, and how a sender's digits are read.
//!
//! ```
//! use tower_webhook::time::{Timestamp, Unit};
//!
//! let sent = Unit::Seconds.parse("1718000000").unwrap();
//! assert_eq!(sent, Timestamp::from_unix(1_718_000_000));
//! assert_eq!(Unit::Seconds.parse("+1718000000"), None, "decimal digits only");
//! ```
mod rfc3339;

use std::time::Duration;

/// A moment, to the millisecond, counted from the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    unix_millis: i64,
}

impl Timestamp {
    /// From seconds since the Unix epoch. What lies beyond the representable range is clamped to it.
    #[must_use]
    pub const fn from_unix(seconds: i64) -> Self {
        Self { unix_millis: seconds.saturating_mul(1000) }
    }

    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_unix_millis(millis: i64) -> Self {
        Self { unix_millis: millis }
    }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    #[must_use]
    pub const fn as_unix(self) -> i64 {
        self.unix_millis.div_euclid(1000)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_unix_millis(self) -> i64 {
        self.unix_millis
    }

    /// The distance to `other`, whichever is earlier. Cannot overflow.
    #[must_use]
    pub const fn abs_diff(self, other: Self) -> Duration {
        Duration::from_millis(self.unix_millis.abs_diff(other.unix_millis))
    }

    /// This moment and `duration` more, clamped to the representable range.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self { unix_millis: self.unix_millis.saturating_add(millis) }
    }

    /// This moment less `duration`, clamped to the representable range.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self { unix_millis: self.unix_millis.saturating_sub(millis) }
    }
}

/// The unit in which a provider writes its timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds since the Unix epoch.
    Seconds,
    /// Milliseconds since the Unix epoch.
    Milliseconds,
    /// A date and time as in RFC 3339: `2026-10-01T12:30:00Z`, with a fraction or another offset if need be.
    Rfc3339,
}

impl Unit {
    /// Reads a timestamp as providers write it: decimal digits, with no sign, space, fraction or leading zero, so that a
    /// moment has one such text only; or a date, exactly in its form, to the millisecond.
    ///
    /// `None` for everything else, and for numbers too large to be a moment.
    #[must_use]
    pub fn parse(self, digits: &str) -> Option<Timestamp> {
        if self == Self::Rfc3339 {
            return rfc3339::parse(digits);
        }
        // Fifteen digits of milliseconds reach beyond the year 33000; `i64` holds any of them.
        if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        if digits.len() > 1 && digits.starts_with('0') {
            return None;
        }
        let number: i64 = digits.parse().ok()?;
        Some(match self {
            Self::Milliseconds => Timestamp::from_unix_millis(number),
            Self::Seconds | Self::Rfc3339 => Timestamp::from_unix(number),
        })
    }

    /// Writes a timestamp as providers do. The inverse of [`parse`](Self::parse) for moments since the epoch; a date is
    /// in UTC and in whole seconds.
    #[must_use]
    pub fn format(self, at: Timestamp) -> String {
        match self {
            Self::Seconds => at.as_unix().to_string(),
            Self::Milliseconds => at.as_unix_millis().to_string(),
            Self::Rfc3339 => rfc3339::format(at),
        }
    }
}

/// Tells the time. A closure `Fn() -> Option<Timestamp>` is a clock, which is how tests stop it.
///
/// ```
/// use tower_webhook::time::{Clock, Timestamp};
///
/// let stopped = || Some(Timestamp::from_unix(1_718_000_000));
/// assert_eq!(stopped.now(), Some(Timestamp::from_unix(1_718_000_000)));
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The time, or `None` where it cannot be told: then every delivery is answered 503.
    fn now(&self) -> Option<Timestamp>;
}

impl<F> Clock for F
where
    F: Fn() -> Option<Timestamp> + Send + Sync + 'static,
{
    fn now(&self) -> Option<Timestamp> {
        self()
    }
}

/// The operating system's clock.
///
/// On `wasm32-unknown-unknown`, which has none, it answers `None`: bring your own with
/// [`VerifySignatureLayer::clock`](crate::VerifySignatureLayer::clock).
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Option<Timestamp> {
        #[cfg(all(target_family = "wasm", target_os = "unknown"))]
        return None;
        #[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
        {
            let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
            i64::try_from(since.as_millis()).ok().map(Timestamp::from_unix_millis)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_digits_are_a_timestamp() {
        for wrong in [
            "",
            " 1",
            "1 ",
            "+1",
            "-1",
            "1.0",
            "1e3",
            "0x1",
            "1_000",
            "01",
            "00",
            "١",
            "NaN",
            "1790000000abc",
            "9999999999999999",
            "-9223372036854775808",
            "9223372036854775807",
        ] {
            assert_eq!(Unit::Seconds.parse(wrong), None, "{wrong:?}");
            assert_eq!(Unit::Milliseconds.parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(Unit::Seconds.parse("0"), Some(Timestamp::from_unix(0)));
        assert_eq!(Unit::Seconds.parse("999999999999999"), Some(Timestamp::from_unix(999_999_999_999_999)));
    }

    #[test]
    fn arithmetic_cannot_overflow() {
        let (first, last) = (Timestamp::from_unix(i64::MIN), Timestamp::from_unix(i64::MAX));
        assert_eq!(first.abs_diff(last), Duration::from_millis(u64::MAX));
        assert_eq!(last.saturating_add(Duration::MAX), last);
        assert_eq!(first.saturating_sub(Duration::MAX), first);
    }

    #[test]
    fn seconds_round_towards_the_past() {
        assert_eq!(Timestamp::from_unix_millis(-1).as_unix(), -1);
        assert_eq!(Timestamp::from_unix_millis(1999).as_unix(), 1);
    }
}
