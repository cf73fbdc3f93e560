//! The text that a signature is computed over.
use crate::{
    encoding::Encoding,
    key::{Digest, Hasher},
};
use smallvec::SmallVec;

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
    pieces: SmallVec<[Piece; 2]>,
}

#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Bytes(SmallVec<[u8; 64]>),
    Body,
    BodyDigest(Digest, Encoding),
}

impl Text {
    /// An empty text, to be continued.
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues with `bytes`.
    pub fn bytes(mut self, bytes: impl AsRef<[u8]>) -> Self {
        if let Some(Piece::Bytes(last)) = self.pieces.last_mut() {
            last.extend_from_slice(bytes.as_ref());
        } else {
            self.pieces.push(Piece::Bytes(SmallVec::from_slice(bytes.as_ref())));
        }
        self
    }

    /// Continues with the body, exactly as received.
    pub fn body(mut self) -> Self {
        self.pieces.push(Piece::Body);
        self
    }

    /// Continues with the digest of the body, as text.
    pub fn body_digest(mut self, digest: Digest, encoding: Encoding) -> Self {
        self.pieces.push(Piece::BodyDigest(digest, encoding));
        self
    }

    /// Whether the body, or a digest of it, is part of the text.
    pub(crate) fn covers_body(&self) -> bool {
        self.pieces.iter().any(|piece| !matches!(piece, Piece::Bytes(_)))
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Hands the whole text to `sink`, piece by piece.
    pub(crate) fn feed(&self, body: &[u8], sink: impl FnMut(&[u8])) {
        feed(&self.pieces, body, sink);
    }
}

/// Hands `pieces` to `sink`.
pub(crate) fn feed(pieces: &[Piece], body: &[u8], mut sink: impl FnMut(&[u8])) {
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => sink(bytes),
            Piece::Body => sink(body),
            Piece::BodyDigest(digest, encoding) => {
                let mut hasher = Hasher::new(*digest);
                hasher.update(body);
                sink(hasher.finish(*encoding).as_bytes());
            }
        }
    }
}
