//! Dates as in RFC 3339.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "years have four digits, and the other numbers two: what is made of them is far from the end of an i64"
)]

use super::Timestamp;

const DAY: i64 = 24 * 60 * 60;

/// `2026-10-01T12:30:00Z`, `2026-10-01T12:30:00.123-07:00`: capital `T` and `Z`, a fraction of up to nine digits, no leap
/// second, years 1970 to 9999.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix('T')?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    if !(1970..=9999).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let day = days_since_epoch(year, month, day)?;
    let (millis, zone) = fraction(rest)?;
    let seconds = day * DAY + hour * 3600 + minute * 60 + second - offset(zone)?;
    Some(Timestamp::from_unix_millis(seconds * 1000 + millis))
}

/// In UTC and in whole seconds. What lies before 1970 or beyond 9999 becomes the nearest moment that does not.
pub(super) fn format(at: Timestamp) -> String {
    let seconds = at.as_unix().clamp(0, 253_402_300_799);
    let (mut day, of_day) = (seconds / DAY, seconds % DAY);
    let (mut year, mut month) = (1970, 1);
    while day >= days_in_year(year) {
        day -= days_in_year(year);
        year += 1;
    }
    while day >= days_in_month(year, month) {
        day -= days_in_month(year, month);
        month += 1;
    }
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    format!("{year:04}-{month:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", day + 1)
}

/// Three numbers, each in as many digits as its place has.
fn numbers(text: &str, border: char) -> Option<[i64; 3]> {
    let mut parts = text.split(border);
    let mut next = || {
        let part = parts.next()?;
        let is_number = matches!(part.len(), 2 | 4) && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { part.parse().ok() } else { None }
    };
    let numbers = [next()?, next()?, next()?];
    parts.next().is_none().then_some(numbers)
}

/// The milliseconds, and what stands behind the fraction.
fn fraction(rest: &str) -> Option<(i64, &str)> {
    let Some(behind) = rest.strip_prefix('.') else { return Some((0, rest)) };
    let end = behind.find(|c: char| !c.is_ascii_digit())?;
    let (digits, zone) = behind.split_at_checked(end)?;
    if !(1..=9).contains(&digits.len()) {
        return None;
    }
    let millis: String = digits.chars().chain("00".chars()).take(3).collect();
    Some((millis.parse().ok()?, zone))
}

/// How many seconds the zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, zone) = match zone.split_at_checked(1)? {
        ("+", zone) => (1, zone),
        ("-", zone) => (-1, zone),
        _ => return None,
    };
    let [hour, minute, _] = numbers(&format!("{zone}:00"), ':')?;
    (zone.len() == 5 && hour <= 23 && minute <= 59).then_some(sign * (hour * 3600 + minute * 60))
}

fn days_since_epoch(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let leap_days_until = |year: i64| year / 4 - year / 100 + year / 400;
    let years = (year - 1970) * 365 + leap_days_until(year - 1) - leap_days_until(1969);
    let months: i64 = (1..month).map(|month| days_in_month(year, month)).sum();
    Some(years + months + day - 1)
}

fn days_in_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers are those of `date -u -d .. +%s`.
    #[test]
    fn dates() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799_000),
            ("2024-02-29T12:00:00.5Z", 1_709_208_000_500),
            ("2026-10-01T12:30:00.123456789Z", 1_790_857_800_123),
            ("2026-10-01T12:30:00-07:00", 1_790_883_000_000),
            ("2026-10-01T12:30:00+05:30", 1_790_838_000_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799_000),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_unix_millis(millis)), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for seconds in (0..253_402_300_799).step_by(86_399 * 997) {
            let at = Timestamp::from_unix(seconds);
            assert_eq!(parse(&format(at)), Some(at), "{}", format(at));
        }
        assert_eq!(format(Timestamp::from_unix(i64::MAX)), "9999-12-31T23:59:59Z");
        assert_eq!(format(Timestamp::from_unix(-1)), "1970-01-01T00:00:00Z");
    }

    #[test]
    fn only_the_exact_form() {
        for wrong in [
            "",
            "2026-10-01",
            "2026-10-01T12:30:00",
            "2026-10-01t12:30:00Z",
            "2026-10-01T12:30:00z",
            "2026-10-01 12:30:00Z",
            "2026-10-01T12:30:00Z ",
            " 2026-10-01T12:30:00Z",
            "2026-10-01T12:30Z",
            "2026-13-01T12:30:00Z",
            "2026-00-01T12:30:00Z",
            "2026-02-29T12:30:00Z",
            "2026-04-31T12:30:00Z",
            "2026-10-00T12:30:00Z",
            "2026-10-01T24:00:00Z",
            "2026-10-01T12:60:00Z",
            "2026-10-01T12:30:60Z",
            "2026-10-01T12:30:00.Z",
            "2026-10-01T12:30:00.1234567890Z",
            "2026-10-01T12:30:00+0530",
            "2026-10-01T12:30:00+5:30",
            "2026-10-01T12:30:00+24:00",
            "2026-10-01T12:30:00+05:30Z",
            "26-10-0001T12:30:00Z",
            "+026-10-01T12:30:00Z",
            "1969-12-31T23:59:59Z",
            "2026-10-01T12:30:00\u{661}Z",
            "２026-10-01T12:30:00Z",
            "1790000000",
        ] {
            assert_eq!(parse(wrong), None, "{wrong:?}");
        }
    }
}
