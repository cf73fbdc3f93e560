//! Bytes by their classes, and what another byte of the same class is.
use std::ops::Range;

/// A class of bytes that some reader takes in a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Letter,
    Digit,
    WhiteSpace,
    Quote,
    /// What structures JSON, forms, XML and signature headers.
    Structural,
    NonAscii,
    Other,
}

impl Class {
    pub(super) const ALL: [Self; 7] = [
        Self::Letter,
        Self::Digit,
        Self::WhiteSpace,
        Self::Quote,
        Self::Structural,
        Self::NonAscii,
        Self::Other,
    ];

    pub(super) fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => Self::Letter,
            b'0'..=b'9' => Self::Digit,
            b' ' | b'\t' | b'\r' | b'\n' => Self::WhiteSpace,
            b'"' | b'\'' => Self::Quote,
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b';' | b'&' | b'=' | b'<' | b'>' | b'/' => {
                Self::Structural
            }
            0x80.. => Self::NonAscii,
            _ => Self::Other,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Letter => "a letter",
            Self::Digit => "a digit",
            Self::WhiteSpace => "white space",
            Self::Quote => "a quote",
            Self::Structural => "a structural byte",
            Self::NonAscii => "a byte that is not ASCII",
            Self::Other => "another byte",
        }
    }
}

/// Another letter or digit in place of this one, which is a hexadecimal digit where this one is; `None` for all else. It
/// never is the same letter in the other case, and in base64 its upper four bits are others: at the end of a text, the
/// lower two may mean nothing.
pub(super) fn neighbour(byte: u8) -> Option<u8> {
    Some(match byte {
        b'0'..=b'9' => b'0' + (byte - b'0' + 4) % 10,
        b'a' | b'b' => byte + 2,
        b'c' | b'd' => byte - 2,
        b'e' | b'f' => byte - 4,
        b'A' | b'B' => byte + 4,
        b'C' | b'D' => byte + 2,
        b'E' | b'F' => byte - 4,
        b'g'..=b'z' => b'g' + (byte - b'g' + 10) % 20,
        b'G'..=b'Z' => b'G' + (byte - b'G' + 10) % 20,
        _ => return None,
    })
}

/// Texts of the same form as `text`, each with one letter or digit changed, the last one first: prefix, alphabet and length
/// stay. One of them is another secret where none is at hand.
///
/// ```
/// use tower_webhook::{Scheme, conformance::look_alikes, providers::Svix};
///
/// let others = look_alikes("whsec_plJ3nmyCDGBKInavdOK15jsl");
/// let other = others.into_iter().find(|other| Svix.key(other).is_ok());
/// assert_eq!(other.as_deref(), Some("whsec_plJ3nmyCDGBKInavdOK15jsv"));
/// ```
#[must_use]
pub fn look_alikes(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let changed =
        bytes.iter().enumerate().rev().filter_map(|(position, &byte)| {
            String::from_utf8(with_byte(bytes, position, neighbour(byte)?)).ok()
        });
    changed.collect()
}

/// `bytes` with another one in this place.
pub(super) fn with_byte(bytes: &[u8], position: usize, byte: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if let Some(place) = bytes.get_mut(position) {
        *place = byte;
    }
    bytes
}

/// `bytes` with more of them in this place.
pub(super) fn inserted(bytes: &[u8], position: usize, more: &[u8]) -> Vec<u8> {
    let (before, after) = bytes.split_at(position.min(bytes.len()));
    [before, more, after].concat()
}

/// `bytes` without the last so many.
pub(super) fn without_last(bytes: &[u8], count: usize) -> &[u8] {
    bytes.get(..bytes.len().saturating_sub(count)).unwrap_or_default()
}

/// All of `range`, or so many of it at even distances.
pub(super) fn spread(range: Range<usize>, most: usize) -> impl Iterator<Item = usize> {
    let step = range.len().div_ceil(most.max(1)).max(1);
    range.step_by(step)
}

/// Where two texts differ: each run of bytes that are others, with what few are the same by chance.
pub(super) fn differences(one: &[u8], other: &[u8]) -> Vec<Range<usize>> {
    /// In hexadecimal, so many bytes in a row are the same once in 65,000 times.
    const BY_CHANCE: usize = 4;
    let mut runs: Vec<Range<usize>> = Vec::new();
    let longer = one.len().max(other.len());
    for position in (0..longer).filter(|&position| one.get(position) != other.get(position)) {
        match runs.last_mut() {
            Some(run) if position < run.end + BY_CHANCE => run.end = position + 1,
            _ => runs.push(position..position + 1),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_is_another_of_the_same_class() {
        for byte in 0..=u8::MAX {
            let Some(other) = neighbour(byte) else { continue };
            assert_eq!(Class::of(byte), Class::of(other));
            assert!(!byte.eq_ignore_ascii_case(&other));
            assert_eq!(byte.is_ascii_uppercase(), other.is_ascii_uppercase());
            assert_eq!(byte.is_ascii_hexdigit(), other.is_ascii_hexdigit());
            let value = |byte: u8| {
                const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                ALPHABET.iter().position(|&letter| letter == byte)
            };
            assert_ne!(value(byte).map(|it| it >> 2), value(other).map(|it| it >> 2), "{}", char::from(byte));
        }
    }

    #[test]
    fn runs_of_differences() {
        assert_eq!(differences(b"t=1,v1=abcd,v0=ab", b"t=1,v1=bbdd,v0=bb"), [7..10, 15..16]);
        assert_eq!(differences(b"aa", b"aa"), []);
        assert_eq!(differences(b"aa", b"aaa").first(), Some(&(2..3)));
    }
}
