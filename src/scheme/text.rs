//! The text that a signature is computed over.
use crate::{encoding::Encoding, key::Digest};
use smallvec::SmallVec;
use std::mem;

/// The text that a signature is computed over: bytes, the body, a digest of the body, in the provider's order.
///
/// It is written once, and used by both sides: [`Check`](super::Check) verifies it, and
/// [`SigningKey::sign`](crate::key::SigningKey::sign) signs it.
///
/// ```
/// use tower_webhook::scheme::Text;
///
/// // Stripe's `{timestamp}.{body}`
/// let text = Text::new().bytes("1718000000").bytes(".").body();
/// # let _ = text;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Text {
    /// All of the pieces' bytes, one after the other.
    bytes: SmallVec<[u8; 64]>,
    pieces: SmallVec<[Piece; 4]>,
}

#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Up to here in the bytes, from where the last such piece ended.
    Bytes {
        end: usize,
    },
    OfBody(OfBody),
}

/// What of the body is part of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OfBody {
    Whole,
    Digest(Digest, Encoding),
}

impl Text {
    /// An empty text, to be continued.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues with `bytes`.
    #[inline]
    pub fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.bytes.extend_from_slice(bytes.as_ref());
        let all = self.bytes.len();
        match self.pieces.last_mut() {
            Some(Piece::Bytes { end }) => *end = all,
            _ => self.pieces.push(Piece::Bytes { end: all }),
        }
        self
    }

    /// Continues with the body, exactly as received.
    #[inline]
    pub fn body(mut self) -> Self {
        self.pieces.push(Piece::OfBody(OfBody::Whole));
        self
    }

    /// Continues with the digest of the body, as text.
    #[inline]
    pub fn body_digest(mut self, digest: Digest, encoding: Encoding) -> Self {
        self.pieces.push(Piece::OfBody(OfBody::Digest(digest, encoding)));
        self
    }

    /// Whether the body, or a digest of it, is part of the text.
    pub(crate) fn covers_body(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::OfBody(_)))
    }

    /// Hands the text up to its first piece of the body to `sink`, and returns that piece.
    pub(crate) fn feed_to_body(&self, mut sink: impl FnMut(&[u8])) -> Option<OfBody> {
        let mut parts = self.parts();
        loop {
            match parts.next()? {
                Part::Bytes(bytes) => sink(bytes),
                Part::OfBody(part) => return Some(part),
            }
        }
    }

    /// Hands what follows the first piece of the body to `sink`.
    pub(crate) fn feed_from_body(&self, body: &[u8], sink: impl FnMut(&[u8])) {
        let mut parts = self.parts();
        if parts.any(|part| matches!(part, Part::OfBody(_))) {
            feed(parts, body, sink);
        }
    }

    /// Hands the whole text to `sink`.
    pub(crate) fn feed(&self, body: &[u8], sink: impl FnMut(&[u8])) {
        feed(self.parts(), body, sink);
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let mut begin = 0;
        self.pieces.iter().map(move |piece| match *piece {
            Piece::Bytes { end } => {
                Part::Bytes(self.bytes.get(mem::replace(&mut begin, end)..end).unwrap_or_default())
            }
            Piece::OfBody(part) => Part::OfBody(part),
        })
    }
}

/// A piece, with its bytes if it has some.
enum Part<'a> {
    Bytes(&'a [u8]),
    OfBody(OfBody),
}

fn feed<'a>(parts: impl Iterator<Item = Part<'a>>, body: &[u8], mut sink: impl FnMut(&[u8])) {
    for part in parts {
        match part {
            Part::Bytes(bytes) => sink(bytes),
            Part::OfBody(OfBody::Digest(digest, encoding)) => sink(digest.of(body, encoding).as_bytes()),
            Part::OfBody(OfBody::Whole) => sink(body),
        }
    }
}
