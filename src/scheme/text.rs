//! The text that a signature is computed over.
use crate::{
    encoding::{Encoder, Encoding},
    key::{Digest, Hasher},
};
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
    has_body: bool,
    has_read_body: bool,
    has_secret: bool,
}

#[derive(Clone, Copy, Debug)]
enum Piece {
    /// Up to here in the bytes, from where the last such piece ended.
    Bytes {
        end: usize,
    },
    OfBody(OfBody),
    Secret,
    /// The secret, if it belongs between the bytes before it and those behind it, or only the ones that count.
    SecretBetween {
        after: bool,
        before: bool,
    },
}

/// A part of a text, as it is handed to whoever hashes it.
#[derive(Clone, Copy)]
pub(crate) enum Fed<'a> {
    Bytes(&'a [u8]),
    /// The key itself, which the text does not know.
    Secret,
    /// The key itself, if it is not less than the one and less than the other.
    SecretBetween {
        after: Option<&'a [u8]>,
        before: Option<&'a [u8]>,
    },
}

/// What of the body is part of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OfBody {
    Whole,
    Digest(Digest, Encoding),
    Encoded(Encoding),
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
        self.push(bytes.as_ref());
        self
    }

    /// As [`bytes`](Self::bytes), in place: a text is not small.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let all = self.bytes.len();
        match self.pieces.last_mut() {
            Some(Piece::Bytes { end }) => *end = all,
            _ => self.pieces.push(Piece::Bytes { end: all }),
        }
    }

    /// Continues with the body, exactly as received.
    #[inline]
    pub fn body(mut self) -> Self {
        self.push_of_body(OfBody::Whole);
        self
    }

    /// Continues with the digest of the body, as text.
    #[inline]
    pub fn body_digest(mut self, digest: Digest, encoding: Encoding) -> Self {
        self.push_of_body(OfBody::Digest(digest, encoding));
        self
    }

    pub(crate) fn push_of_body(&mut self, part: OfBody) {
        self.has_body = true;
        self.pieces.push(Piece::OfBody(part));
    }

    /// Continues with the body as text: a detached JWS signs its base64url.
    #[inline]
    pub fn body_encoded(mut self, encoding: Encoding) -> Self {
        self.push_of_body(OfBody::Encoded(encoding));
        self
    }

    /// Continues with the secret, for keys that are no HMAC's but [`Hashed`](crate::key::Algorithm::Hashed): a plain hash
    /// over a text that has the secret in it. No other key ever fits such a text, and such a key fits no other.
    #[inline]
    pub fn secret(mut self) -> Self {
        self.push_secret();
        self
    }

    pub(crate) fn push_secret(&mut self) {
        self.has_secret = true;
        self.pieces.push(Piece::Secret);
    }

    /// Continues with `parts` and the secret, all sorted by their bytes. As with [`secret`](Self::secret), for keys that
    /// are [`Hashed`](crate::key::Algorithm::Hashed).
    ///
    /// With nothing in between and in no fixed order, much can be moved under the same signature: see to it that each
    /// part has a form that the others do not have.
    ///
    /// How long the secret is compared with the parts does not depend on what it is. Where it stands is a branch, though: in
    /// each place the same bytes are hashed in as many steps, so that hardly any time tells them apart, but whoever could
    /// tell them apart would choose parts that halve what the secret can be.
    pub fn sorted_with_secret<'a>(mut self, parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut parts: SmallVec<[&[u8]; 4]> = parts.into_iter().collect();
        parts.sort_unstable();
        self.has_secret = true;
        let mut after = false;
        for part in parts {
            self.pieces.push(Piece::SecretBetween { after, before: true });
            self.push(part);
            after = true;
        }
        self.pieces.push(Piece::SecretBetween { after, before: false });
        self
    }

    pub(crate) fn has_secret(&self) -> bool {
        self.has_secret
    }

    /// Nearly how long the text is with this body; a digest counts for little.
    pub(crate) fn len_with(&self, body: &[u8]) -> usize {
        let of_body = self.pieces.iter().map(|piece| match piece {
            Piece::OfBody(OfBody::Whole) => body.len(),
            Piece::OfBody(OfBody::Encoded(_)) => body.len().saturating_mul(2),
            Piece::OfBody(OfBody::Digest(..))
            | Piece::Bytes { .. }
            | Piece::Secret
            | Piece::SecretBetween { .. } => 0,
        });
        of_body.fold(self.bytes.len(), usize::saturating_add)
    }

    /// Continues with `bytes` that the scheme has read out of the body, as a form's decoded fields. They stand for the
    /// body, whatever else is in it: hand the handler a [payload](super::Delivery::payload) that is made of nothing but
    /// them.
    #[inline]
    pub fn read_from_body(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.push_read_from_body(bytes.as_ref());
        self
    }

    pub(crate) fn push_read_from_body(&mut self, bytes: &[u8]) {
        self.has_read_body = true;
        self.push(bytes);
    }

    /// Whether the text goes on with the body, or with a digest of it, as that arrives.
    pub(crate) fn has_body(&self) -> bool {
        self.has_body
    }

    /// Whether every byte of the body is part of the text, as it is.
    pub(crate) fn has_whole_body(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::OfBody(OfBody::Whole)))
    }

    /// Whether the body, a digest of it, or what was read out of it is part of the text.
    pub(crate) fn covers_body(&self) -> bool {
        self.has_read_body || self.has_body()
    }

    /// Hands the text up to its first piece of the body to `sink`, and returns that piece.
    pub(crate) fn feed_to_body(&self, mut sink: impl FnMut(Fed<'_>)) -> Option<OfBody> {
        let mut parts = self.parts();
        loop {
            match parts.next()? {
                Part::Fed(part) => sink(part),
                Part::OfBody(part) => return Some(part),
            }
        }
    }

    /// Hands what follows the first piece of the body to `sink`.
    pub(crate) fn feed_from_body(&self, body: &[u8], sink: impl FnMut(Fed<'_>)) {
        let mut parts = self.parts();
        if parts.any(|part| matches!(part, Part::OfBody(_))) {
            feed(parts, body, sink);
        }
    }

    /// Hands the whole text to `sink`.
    pub(crate) fn feed(&self, body: &[u8], sink: impl FnMut(Fed<'_>)) {
        feed(self.parts(), body, sink);
    }

    fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let (mut begin, mut last) = (0, &[][..]);
        self.pieces.iter().enumerate().map(move |(number, piece)| match *piece {
            Piece::Bytes { end } => {
                last = self.bytes.get(mem::replace(&mut begin, end)..end).unwrap_or_default();
                Part::Fed(Fed::Bytes(last))
            }
            Piece::Secret => Part::Fed(Fed::Secret),
            Piece::SecretBetween { after, before } => {
                let next = match self.pieces.get(number.saturating_add(1)) {
                    Some(Piece::Bytes { end }) => self.bytes.get(begin..*end),
                    _ => None,
                };
                Part::Fed(Fed::SecretBetween {
                    after: after.then_some(last),
                    before: next.filter(|_| before),
                })
            }
            Piece::OfBody(part) => Part::OfBody(part),
        })
    }
}

/// A text without the body in it, taken as it is: what was written into one buffer is not copied.
impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        let pieces = SmallVec::from_slice(&[Piece::Bytes { end: bytes.len() }]);
        Self { bytes: bytes.into(), pieces, ..Self::default() }
    }
}

/// A piece, with its bytes if it has some, and apart from those of the body.
enum Part<'a> {
    Fed(Fed<'a>),
    OfBody(OfBody),
}

fn feed<'a>(parts: impl Iterator<Item = Part<'a>>, body: &[u8], mut sink: impl FnMut(Fed<'_>)) {
    for part in parts {
        match part {
            Part::Fed(part) => sink(part),
            Part::OfBody(OfBody::Digest(digest, encoding)) => {
                let mut hasher = Hasher::new(digest);
                hasher.update(body);
                sink(Fed::Bytes(encoding.encode(&hasher.finish()).as_bytes()));
            }
            Part::OfBody(OfBody::Encoded(encoding)) => {
                let mut encoder = Encoder::new(encoding);
                encoder.update(body, |text| sink(Fed::Bytes(text)));
                encoder.finish(|text| sink(Fed::Bytes(text)));
            }
            Part::OfBody(OfBody::Whole) => sink(Fed::Bytes(body)),
        }
    }
}
