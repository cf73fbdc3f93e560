//! Hexadecimal and base64, as signatures and secrets are written.
//!
//! ```
//! use tower_webhook::encoding::Encoding;
//!
//! assert_eq!(Encoding::Hex.encode(b"\x0f\xa0"), "0fa0");
//! assert_eq!(Encoding::Base64.encode(b"\x0f\xa0"), "D6A=");
//! ```
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};

/// How bytes are written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encoding {
    /// Hexadecimal. Written in lower case; read in either, since the decoded bytes are what is compared.
    Hex,
    /// Standard base64: padded, canonical, with no white space.
    Base64,
    /// Base64 with `-` and `_`, as in JWTs: without padding, canonical, with no white space.
    Base64Url,
}

impl Encoding {
    /// Writes `bytes` as text.
    #[must_use]
    pub fn encode(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => HEXLOWER.encode(bytes),
            Self::Base64 => BASE64.encode(bytes),
            Self::Base64Url => BASE64URL_NOPAD.encode(bytes),
        }
    }

    /// Reads text; `None` if it is not exactly this encoding.
    #[must_use]
    pub fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            Self::Base64 => BASE64.decode(text.as_bytes()).ok(),
            Self::Base64Url => BASE64URL_NOPAD.decode(text.as_bytes()).ok(),
        }
    }

    /// Reads text that must be exactly `out.len()` bytes, without allocating.
    pub(crate) fn decode_exactly(self, text: &str, out: &mut [u8]) -> Option<()> {
        let encoding = match self {
            Self::Hex => HEXLOWER_PERMISSIVE,
            Self::Base64 => BASE64,
            Self::Base64Url => BASE64URL_NOPAD,
        };
        // `decode_len` is an upper bound: base64's padding is only known once it is read.
        let room = encoding.decode_len(text.len()).ok()?;
        if room == out.len() {
            return (encoding.decode_mut(text.as_bytes(), out).ok()? == out.len()).then_some(());
        }
        let mut scratch = [0; 100];
        let scratch = scratch.get_mut(..room)?;
        let decoded = encoding.decode_mut(text.as_bytes(), scratch).ok()?;
        if decoded != out.len() {
            return None;
        }
        out.copy_from_slice(scratch.get(..decoded)?);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_canonical() {
        assert_eq!(Encoding::Base64.decode("D6A="), Some(vec![0x0f, 0xa0]));
        for wrong in ["D6A", "D6B=", "D6A=\n", " D6A=", "D6A==", "D6-_", "=D6A"] {
            assert_eq!(Encoding::Base64.decode(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn exact_lengths() {
        let mut out = [0; 2];
        assert_eq!(Encoding::Base64.decode_exactly("D6A=", &mut out), Some(()));
        assert_eq!(out, [0x0f, 0xa0]);
        assert_eq!(Encoding::Hex.decode_exactly("0FA0", &mut out), Some(()));
        for wrong in ["", "0f", "0fa", "0fa000", "0fag", &"0".repeat(1000)] {
            assert_eq!(Encoding::Hex.decode_exactly(wrong, &mut out), None, "{wrong:?}");
        }
        for wrong in ["", "Dw==", "D6AA", &"A".repeat(1000)] {
            assert_eq!(Encoding::Base64.decode_exactly(wrong, &mut out), None, "{wrong:?}");
        }
    }
}
