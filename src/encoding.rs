//! Hexadecimal and base64, as signatures and secrets are written.
//!
//! ```
//! use tower_webhook::encoding::Encoding;
//!
//! assert_eq!(Encoding::Hex.encode(b"\x0f\xa0"), "0fa0");
//! assert_eq!(Encoding::Base64.encode(b"\x0f\xa0"), "D6A=");
//! ```
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use smallvec::SmallVec;

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
        if !is_one(text) {
            return None;
        }
        match self {
            Self::Hex => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
            Self::Base64 => BASE64.decode(text.as_bytes()).ok(),
            Self::Base64Url => BASE64URL_NOPAD.decode(text.as_bytes()).ok(),
        }
    }

    /// Reads text that must be exactly `out.len()` bytes, without allocating.
    pub(crate) fn decode_exactly(self, text: &str, out: &mut [u8]) -> Option<()> {
        let encoding = match self {
            Self::Hex => return decode_hex(text.as_bytes(), out),
            Self::Base64 => BASE64,
            Self::Base64Url => BASE64URL_NOPAD,
        };
        if !is_one(text) {
            return None;
        }
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

/// Writes bytes as text while they arrive, in parts of any size.
pub(crate) struct Encoder {
    encoding: Encoding,
    /// The beginning of a group that is not complete.
    begun: SmallVec<[u8; GROUP]>,
}

/// So many bytes are a whole number of characters in every encoding.
const GROUP: usize = 3;

/// So many bytes are written at once. Twice as many characters are what the longest of the encodings needs.
const BLOCK: usize = 341 * GROUP;

impl Encoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { encoding, begun: SmallVec::new() }
    }

    /// Hands the text of all complete groups to `sink`.
    pub(crate) fn update(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) {
        let mut bytes = bytes;
        if !self.begun.is_empty() {
            let missing = GROUP.saturating_sub(self.begun.len());
            let (end, behind) = bytes.split_at(missing.min(bytes.len()));
            self.begun.extend_from_slice(end);
            bytes = behind;
            if self.begun.len() < GROUP {
                return;
            }
            self.write(&self.begun, &mut sink);
            self.begun.clear();
        }
        let (groups, begun) = bytes.split_at(bytes.len().saturating_sub(bytes.len() % GROUP));
        self.write(groups, &mut sink);
        self.begun.extend_from_slice(begun);
    }

    /// Hands the text of what is left to `sink`, with its padding.
    pub(crate) fn finish(self, mut sink: impl FnMut(&[u8])) {
        self.write(&self.begun, &mut sink);
    }

    fn write(&self, bytes: &[u8], sink: &mut impl FnMut(&[u8])) {
        let encoding = match self.encoding {
            Encoding::Hex => HEXLOWER,
            Encoding::Base64 => BASE64,
            Encoding::Base64Url => BASE64URL_NOPAD,
        };
        let mut buffer = [0; 2 * BLOCK];
        for block in bytes.chunks(BLOCK) {
            if let Some(text) = buffer.get_mut(..encoding.encode_len(block.len())) {
                encoding.encode_mut(block, text);
                sink(text);
            }
        }
    }
}

/// Two digits a byte. Without branches, since most providers' deliveries are signed in hexadecimal.
fn decode_hex(text: &[u8], out: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_chunks();
    if pairs.len() != out.len() || !rest.is_empty() {
        return None;
    }
    let wrong = text.iter().fold(0, |wrong, digit| wrong | u8::from(!digit.is_ascii_hexdigit()));
    for (pair, byte) in pairs.iter().zip(out) {
        // Both digits of a pair at once. The lower four bits of a decimal digit are its value, and those of a letter nine
        // less; the seventh bit tells the two apart.
        let digits = u16::from_le_bytes(*pair);
        let values = (digits & 0x0f0f).wrapping_add((digits >> 6 & 0x0101).wrapping_mul(9));
        let [high, low] = values.to_le_bytes();
        *byte = high << 4 | low;
    }
    (wrong == 0).then_some(())
}

/// The decoder takes several padded texts in a row for one, so that there would be many texts of the same bytes.
fn is_one(text: &str) -> bool {
    !text.trim_end_matches('=').contains('=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_canonical() {
        assert_eq!(Encoding::Base64.decode("D6A="), Some(vec![0x0f, 0xa0]));
        for wrong in ["D6A", "D6B=", "D6A=\n", " D6A=", "D6A==", "D6-_", "=D6A", "Dw==oA=="] {
            assert_eq!(Encoding::Base64.decode(wrong), None, "{wrong:?}");
            assert_eq!(Encoding::Base64.decode_exactly(wrong, &mut [0; 2]), None, "{wrong:?}");
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

    #[test]
    fn each_byte_is_the_digit_that_the_decoder_takes_it_for() {
        for byte in 0..0x80 {
            let text = String::from_utf8_lossy(&[b'5', byte]).into_owned();
            let mut out = [0];
            let decoded = Encoding::Hex.decode_exactly(&text, &mut out).map(|()| out.to_vec());
            assert_eq!(decoded, Encoding::Hex.decode(&text), "{text:?}");
        }
        assert_eq!(Encoding::Hex.decode_exactly("é", &mut [0]), None);
    }

    #[test]
    fn text_in_parts_is_the_text_of_the_whole() {
        let bytes: Vec<u8> = (0..5000_u32).flat_map(|n| n.to_le_bytes()).collect();
        for encoding in [Encoding::Hex, Encoding::Base64, Encoding::Base64Url] {
            for length in [0, 1, 2, 3, 4, 5, 6, 1022, 1023, 1024, 1025, bytes.len()] {
                let bytes = bytes.get(..length).unwrap_or_default();
                for size in [1, 2, 3, 4, 5, 1000, 1024, 5000] {
                    let (mut encoder, mut text) = (Encoder::new(encoding), Vec::new());
                    for part in bytes.chunks(size) {
                        encoder.update(part, |part| text.extend_from_slice(part));
                    }
                    encoder.finish(|part| text.extend_from_slice(part));
                    assert_eq!(
                        text,
                        encoding.encode(bytes).into_bytes(),
                        "{encoding:?} of {length} by {size}"
                    );
                }
            }
        }
    }
}
