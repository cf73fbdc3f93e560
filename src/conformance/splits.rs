//! The body in frames, by the layer's own path.
use super::{
    Group,
    bytes_of::spread,
    suite::{Attempt, Suite, caught, origin},
};
use crate::{
    collect::Collector,
    rejection::{Rejection, RejectionKind},
    scheme::{
        Checks, Evidence, Head, Planned, PlannedWithBody, Running, Scheme, Verdict, in_tolerance, plan_body,
        plan_head,
    },
    url::PublicUrl,
};
use bytes::Bytes;
use http_body::{Body, Frame};
use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

/// The longest body that is split in two in every place.
const SMALL: usize = 256;

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// However it arrives, it is accepted, and the same.
    pub(super) fn splits(&mut self) {
        let body = self.good.body.clone();
        self.arrives("in no frame but an empty one, and then whole", [Bytes::new(), body.clone()]);
        let length = body.len();
        let everywhere = 0..if length <= SMALL { length } else { 0 };
        let at_its_ends = (0..length.min(64)).chain(length.saturating_sub(64)..length);
        let mut places: Vec<usize> = everywhere.chain(at_its_ends).chain(spread(0..length, 64)).collect();
        places.sort_unstable();
        places.dedup();
        for at in places {
            let (first, second) = (body.slice(..at), body.slice(at..));
            self.arrives(format_args!("split behind byte {at}"), [first, second]);
        }
        for size in 1..=length.min(64) {
            let frames: Vec<Bytes> = body.chunks(size).map(Bytes::copy_from_slice).collect();
            self.arrives(format_args!("in frames of {size} bytes"), frames.clone());
            let with_empty_ones =
                [Bytes::new()].into_iter().chain(frames.into_iter().flat_map(|frame| [frame, Bytes::new()]));
            self.arrives(
                format_args!("in frames of {size} bytes, with empty ones in between"),
                with_empty_ones,
            );
        }
    }

    fn arrives(&mut self, what: impl std::fmt::Display, frames: impl IntoIterator<Item = Bytes>) {
        let frames = Frames { frames: frames.into_iter().collect() };
        let verdict = caught(|| by_frames(self.scheme, &self.good, frames));
        // The facts are the whole of what a handler believes; these it may read as well.
        if let (Ok(Verdict::Deliver(arrived)), Ok(Verdict::Deliver(whole))) =
            (&verdict, self.verify(&self.good))
            && (arrived.event(), arrived.id(), arrived.body()) != (whole.event(), whole.id(), whole.body())
        {
            self.report.note_wrong(format_args!("splits: {what}: it says something else"));
        }
        self.judge_same(Group::Splits, what, verdict);
    }
}

/// The steps of the layer, with a body that is ready at once.
fn by_frames<S: Scheme + ?Sized>(
    scheme: &S,
    attempt: &Attempt,
    frames: Frames,
) -> Result<Verdict, Rejection> {
    let Attempt { parts, keys, now, .. } = attempt;
    let url = PublicUrl::base(origin(parts));
    let url = url.of(&parts.uri);
    let head = Head::new(parts, Some(&url));
    let tolerance = scheme.tolerance();
    let limit = scheme.body_limit();
    let (checks, running, body): (Checks, Running, Bytes) = match plan_head(scheme, &head)? {
        Planned::Respond(response) => return Ok(Verdict::Respond(response)),
        Planned::Check(checks) => {
            in_tolerance(&checks, *now, tolerance)?;
            let mut running = Running::default();
            let body = collect(frames, limit, |chunk| running.update(chunk, &checks, keys))?;
            (checks, running, body)
        }
        Planned::NeedsBody => {
            let body = collect(frames, limit, |_| {})?;
            let checks = match plan_body(scheme, &head, &body)? {
                PlannedWithBody::Respond(response) => return Ok(Verdict::Respond(response)),
                PlannedWithBody::Check(checks) => checks,
            };
            in_tolerance(&checks, *now, tolerance)?;
            (checks, Running::default(), body)
        }
    };
    let evidence = Evidence {
        scheme,
        head,
        body: &body,
        checks: &checks,
        keys,
        now: *now,
        tolerance,
        accepts_uncovered_body: false,
    };
    evidence.conclude(running)
}

fn collect(frames: Frames, limit: usize, hash: impl FnMut(&[u8])) -> Result<Bytes, Rejection> {
    let mut collector = Collector::new(limit);
    match collector.poll(&mut Context::from_waker(Waker::noop()), pin!(frames), hash) {
        Poll::Ready(Ok(())) => Ok(collector.take().data),
        Poll::Ready(Err(rejection)) => Err(rejection),
        Poll::Pending => Err(RejectionKind::BodyUnreadable.into()),
    }
}

/// A body in these frames.
struct Frames {
    frames: VecDeque<Bytes>,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.frames.pop_front().map(|frame| Ok(Frame::data(frame))))
    }
}
