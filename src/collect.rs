//! Collecting a body, and hashing it as it arrives.
use crate::{
    BoxError,
    rejection::{Rejection, RejectionKind},
};
use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use http_body::Body;
use http_body_util::LengthLimitError;
use std::{
    error::Error,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// Nobody gets more memory than this on their word alone: what `Content-Length` claims is reserved up to here.
const MAX_RESERVED: usize = 64 << 10;

/// What has arrived of a body.
#[derive(Debug)]
pub(crate) struct Collector {
    data: Data,
    length: usize,
    limit: usize,
    trailers: Option<Box<HeaderMap>>,
}

#[derive(Debug, Default)]
enum Data {
    #[default]
    Empty,
    /// The common case: one frame, and no copy of it.
    One(Bytes),
    Many(BytesMut),
}

/// A body, complete.
pub(crate) struct Received {
    pub(crate) data: Bytes,
    pub(crate) trailers: Option<Box<HeaderMap>>,
}

impl Collector {
    pub(crate) fn new(limit: usize) -> Self {
        Self { data: Data::Empty, length: 0, limit, trailers: None }
    }

    /// Ready when the body is complete. Of one that comes in several parts, `hash` sees each once, in order; a single one it
    /// does not see, since that can be hashed as well when all is there.
    pub(crate) fn poll<B>(
        &mut self,
        cx: &mut Context<'_>,
        mut body: Pin<&mut B>,
        mut hash: impl FnMut(&[u8]),
    ) -> Poll<Result<(), Rejection>>
    where
        B: Body,
        B::Error: Into<BoxError>,
    {
        loop {
            let frame = match ready!(body.as_mut().poll_frame(cx)) {
                None => return Poll::Ready(Ok(())),
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Err(broke_off(error.into()))),
            };
            match frame.into_data() {
                Ok(mut data) => {
                    let length = data.remaining();
                    self.length = self.length.saturating_add(length);
                    if self.length > self.limit {
                        return Poll::Ready(Err(RejectionKind::BodyTooLarge.into()));
                    }
                    if length > 0 {
                        // Copies nothing if the frame is `Bytes`, or is in one piece and refers to them.
                        let chunk = data.copy_to_bytes(length);
                        let more = usize::try_from(body.size_hint().lower()).unwrap_or(0);
                        self.data.push(chunk, more, &mut hash);
                    }
                }
                Err(frame) => {
                    if let Ok(trailers) = frame.into_trailers() {
                        self.trailers.get_or_insert_default().extend(trailers);
                    }
                }
            }
        }
    }

    /// How much has arrived, in bytes.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// What has arrived.
    pub(crate) fn take(&mut self) -> Received {
        let data = match mem::take(&mut self.data) {
            Data::Empty => Bytes::new(),
            Data::One(data) => data,
            Data::Many(data) => data.freeze(),
        };
        Received { data, trailers: self.trailers.take() }
    }
}

impl Data {
    fn push(&mut self, chunk: Bytes, more: usize, hash: &mut impl FnMut(&[u8])) {
        *self = match mem::take(self) {
            Self::Empty => Self::One(chunk),
            Self::One(first) => {
                hash(&first);
                hash(&chunk);
                let expected = first.len().saturating_add(chunk.len()).saturating_add(more.min(MAX_RESERVED));
                let mut data = BytesMut::with_capacity(expected);
                data.extend_from_slice(&first);
                data.extend_from_slice(&chunk);
                Self::Many(data)
            }
            Self::Many(mut data) => {
                hash(&chunk);
                data.extend_from_slice(&chunk);
                Self::Many(data)
            }
        };
    }
}

/// The limit of an outer layer is the same limit to the sender; it arrives boxed, at any depth.
fn broke_off(error: BoxError) -> Rejection {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&*error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return RejectionKind::BodyTooLarge.into();
        }
        cause = error.source();
    }
    Rejection::with_source(RejectionKind::BodyUnreadable, error)
}
