//! The way of a request, from top to bottom: head, keys, body, verdict, replay, inner, settle.
#![expect(clippy::result_large_err, reason = "the error is the answer, and is moved once")]

use crate::{
    BoxError, BoxFuture,
    body::{ResponseBody, VerifiedBody},
    collect::{Collector, Received},
    endpoint::{self, Endpoint, Reserving, Routes},
    key::{KeyLookupError, KeySet, Lookup},
    rejection::{Rejection, RejectionKind},
    replay::{ErasedStore, Guard, Reserved, StoreError, Unsettled},
    report::Report,
    scheme::{
        Checks, Evidence, Head, Planned, PlannedWithBody, Running, Scheme, Verdict, in_tolerance, plan_body,
        plan_head,
    },
    verified::Verified,
};
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_LENGTH, request::Parts};
use http_body::Body;
use pin_project_lite::pin_project;
use std::{
    fmt, mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};
use tower_service::Service;

pin_project! {
    /// The future of [`VerifySignature`](crate::VerifySignature).
    ///
    /// Dropped at any point, it leaves nothing behind: a reservation in the replay memory is given up.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<Inner, S, RequestBody>
    where
        Inner: Service<Request<VerifiedBody>>,
    {
        #[pin]
        state: State<Inner, S, RequestBody, Inner::Future, Inner::Response, Inner::Error>,
        report: Report,
    }
}

pin_project! {
    // Each state owns what it and its successors need, and nothing else.
    #[project = Waiting]
    #[project_replace = Left]
    enum State<Inner, S, RequestBody, InnerFuture, InnerResponse, InnerError> {
        /// The plan is known from the head: find the keys, then hash the body as it arrives.
        Receive {
            #[pin]
            body: RequestBody,
            incoming: Box<Incoming<S>>,
            checks: Checks,
            keys: Keys,
            inner: Inner,
        },
        /// The plan needs the body.
        Collect { #[pin] body: RequestBody, incoming: Box<Incoming<S>>, inner: Inner },
        /// The body is there.
        Pass { passing: Passing<Inner, S> },
        Call { #[pin] answering: InnerFuture, guard: Option<Guard>, endpoint: Arc<Endpoint<S>> },
        Settle {
            settling: BoxFuture<Result<(), StoreError>>,
            result: Result<InnerResponse, InnerError>,
            endpoint: Arc<Endpoint<S>>,
        },
        /// The answer is the layer's own.
        Answer { response: Response<Bytes> },
        Done,
    }
}

/// What is waited for when the body is there. Apart from the other states, since it is moved often and some of them are
/// large: a future of the inner service, most of all.
enum Passing<Inner, S> {
    /// The body has told which keys.
    Lookup {
        lookup: BoxFuture<Result<KeySet, KeyLookupError>>,
        incoming: Box<Incoming<S>>,
        checks: Checks,
        received: Received,
        inner: Inner,
    },
    /// It is verified: has it been here before?
    Reserve {
        reserving: BoxFuture<(Arc<dyn ErasedStore>, Result<Reserved, StoreError>)>,
        retention: Duration,
        incoming: Box<Incoming<S>>,
        body: VerifiedBody,
        inner: Inner,
    },
    /// Only now is the inner service asked.
    Ready { inner: Inner, incoming: Box<Incoming<S>>, body: VerifiedBody, guard: Option<Guard> },
}

impl<Inner, S> Passing<Inner, S> {
    fn incoming(&self) -> &Incoming<S> {
        match self {
            Self::Lookup { incoming, .. } | Self::Reserve { incoming, .. } | Self::Ready { incoming, .. } => {
                incoming
            }
        }
    }
}

/// A request, until the inner service gets it. Boxed, since it is large and is handed on from state to state.
struct Incoming<S> {
    endpoint: Arc<Endpoint<S>>,
    parts: Parts,
    public_url: Option<Box<str>>,
    collector: Collector,
    running: Running,
}

/// The keys of a request.
enum Keys {
    Awaited(BoxFuture<Result<KeySet, KeyLookupError>>),
    Found(KeySet),
}

/// The plan and its keys; `None` if the plan needs the body.
type FromHead = Option<(Checks, Keys)>;

/// What a step comes to: a state to go on in, or an answer.
type Step<T> = Result<T, Response<Bytes>>;

impl<Inner, S, RequestBody> ResponseFuture<Inner, S, RequestBody>
where
    Inner: Service<Request<VerifiedBody>> + Clone,
    S: Scheme,
    RequestBody: Body,
{
    /// Everything that can be said of the head, and the beginning of the key lookup.
    pub(crate) fn new(routes: &Routes<S>, inner: &Inner, request: Request<RequestBody>) -> Self {
        let report = Report::begin(routes, request.uri());
        let (parts, body) = request.into_parts();
        let state = match Incoming::admit(routes, parts) {
            Ok((incoming, Some((checks, keys)))) => {
                State::Receive { body, incoming, checks, keys, inner: inner.clone() }
            }
            Ok((incoming, None)) => State::Collect { body, incoming, inner: inner.clone() },
            Err(response) => State::Answer { response },
        };
        Self { state, report }
    }
}

impl<Inner, S, RequestBody, InnerBody> Future for ResponseFuture<Inner, S, RequestBody>
where
    Inner: Service<Request<VerifiedBody>, Response = Response<InnerBody>>,
    InnerBody: Body<Data = Bytes>,
    S: Scheme,
    RequestBody: Body,
    RequestBody::Error: Into<BoxError>,
{
    type Output = Result<Response<ResponseBody<InnerBody>>, Inner::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let (mut state, report) = (this.state, this.report);
        // Leaves the state that was just waited for, and names what of it goes on.
        macro_rules! leave {
            ($variant:ident { $($field:ident),* }) => {
                let Left::$variant { $($field,)* .. } = state.as_mut().project_replace(State::Done) else {
                    return Poll::Pending;
                };
            };
        }
        // As `ready!`, for what has been taken out of its state: it becomes one again if it has to wait.
        macro_rules! ready_or_wait {
            ($poll:expr, $variant:ident { $($field:ident),* }) => {
                match $poll {
                    Poll::Ready(ready) => ready,
                    Poll::Pending => {
                        state.set(State::Pass { passing: Passing::$variant { $($field),* } });
                        return Poll::Pending;
                    }
                }
            };
        }
        loop {
            let mut next: Step<Passing<_, _>> = match state.as_mut().project() {
                Waiting::Receive { body, incoming, checks, keys, .. } => {
                    let received = incoming.receive(cx, body, checks, keys);
                    report.received(incoming.collector.length());
                    match ready!(received) {
                        Err(response) => Err(response),
                        Ok(()) => {
                            leave!(Receive { incoming, checks, keys, inner });
                            incoming.received(&checks, keys, inner)
                        }
                    }
                }
                Waiting::Collect { body, incoming, .. } => {
                    let collected = incoming.collector.poll(cx, body, |_| {});
                    report.received(incoming.collector.length());
                    match ready!(collected).map_err(|rejection| incoming.endpoint.refuse(rejection)) {
                        Err(response) => Err(response),
                        Ok(()) => {
                            leave!(Collect { incoming, inner });
                            incoming.plan_with_body(inner)
                        }
                    }
                }
                Waiting::Pass { .. } => {
                    leave!(Pass { passing });
                    Ok(passing)
                }
                Waiting::Call { answering, guard, endpoint } => {
                    let result = ready!(answering.poll(cx));
                    let Some(guard) = guard.take() else {
                        let answered = result.map(|response| endpoint.acknowledge(response));
                        report.handled(&answered);
                        state.set(State::Done);
                        return Poll::Ready(answered);
                    };
                    let settling = endpoint.settle(guard, &result);
                    leave!(Call { endpoint });
                    state.set(State::Settle { settling, result, endpoint });
                    continue;
                }
                Waiting::Settle { settling, .. } => {
                    let settled = ready!(settling.as_mut().poll(cx));
                    leave!(Settle { result, endpoint });
                    let mut result = result;
                    // At least once: that the store could not note a success does not make it a failure.
                    if let Err(error) = settled {
                        endpoint::note_unsettled(&endpoint.name, &error);
                        if let Ok(response) = &mut result {
                            response.extensions_mut().insert(Unsettled::new(error));
                        }
                    }
                    let result = result.map(|response| endpoint.acknowledge(response));
                    report.handled(&result);
                    return Poll::Ready(result);
                }
                Waiting::Answer { response } => {
                    let response = mem::take(response);
                    report.answered(&response);
                    state.set(State::Done);
                    return Poll::Ready(Ok(response.map(ResponseBody::own)));
                }
                Waiting::Done => return Poll::Pending,
            };
            // Most of what follows has nothing to wait for, and is not put into a state first.
            loop {
                if let Ok(passing) = &next {
                    report.goes_on(&passing.incoming().parts.extensions);
                }
                next = match next {
                    Ok(Passing::Lookup { mut lookup, incoming, checks, received, inner }) => {
                        let found = ready_or_wait!(
                            lookup.as_mut().poll(cx),
                            Lookup { lookup, incoming, checks, received, inner }
                        );
                        incoming.found_late(found, &checks, received, inner)
                    }
                    Ok(Passing::Reserve { mut reserving, retention, incoming, body, inner }) => {
                        let (store, reserved) = ready_or_wait!(
                            reserving.as_mut().poll(cx),
                            Reserve { reserving, retention, incoming, body, inner }
                        );
                        incoming.endpoint.reserved(reserved).map(|reservation| {
                            let guard = reservation.map(|lease| Guard::new(store, lease, retention));
                            Passing::Ready { inner, incoming, body, guard }
                        })
                    }
                    Ok(Passing::Ready { mut inner, incoming, body, guard }) => {
                        let asked =
                            ready_or_wait!(inner.poll_ready(cx), Ready { inner, incoming, body, guard });
                        // Dropped on an error, the guard gives the reservation up.
                        if let Err(error) = asked {
                            let failed = Err(error);
                            report.handled(&failed);
                            return Poll::Ready(failed);
                        }
                        let Incoming { endpoint, parts, .. } = *incoming;
                        let answering = inner.call(Request::from_parts(parts, body));
                        state.set(State::Call { answering, guard, endpoint });
                        break;
                    }
                    Err(response) => {
                        report.answered(&response);
                        state.set(State::Done);
                        return Poll::Ready(Ok(response.map(ResponseBody::own)));
                    }
                };
            }
        }
    }
}

impl<S: Scheme> Incoming<S> {
    /// The head: all that can be refused or answered before a byte of the body is read. Where the plan is known, the
    /// key lookup begins; where it needs the body, there is none yet.
    #[inline]
    fn admit(routes: &Routes<S>, parts: Parts) -> Step<(Box<Self>, FromHead)> {
        let endpoint = routes.find(parts.uri.path()).ok_or_else(endpoint::unknown_path)?;
        let public_url = endpoint.public_url.as_ref().map(|url| Box::from(&*url.of(&parts.uri)));
        let planned = check_head(endpoint, &parts, public_url.as_deref())?;
        let (endpoint, collector) = (Arc::clone(endpoint), Collector::new(endpoint.body_limit));
        let incoming = Self { endpoint, parts, public_url, collector, running: Running::default() };
        Ok((Box::new(incoming), planned))
    }

    /// Keys first, then the body, each part of it hashed as it arrives.
    fn receive<RequestBody>(
        &mut self,
        cx: &mut Context<'_>,
        body: Pin<&mut RequestBody>,
        checks: &Checks,
        keys: &mut Keys,
    ) -> Poll<Step<()>>
    where
        RequestBody: Body,
        RequestBody::Error: Into<BoxError>,
    {
        let Self { endpoint, collector, running, .. } = self;
        let keys = loop {
            match keys {
                Keys::Found(found) => break found,
                Keys::Awaited(lookup) => match ready!(lookup.as_mut().poll(cx)) {
                    Ok(found) => *keys = Keys::Found(found),
                    Err(error) => return Poll::Ready(Err(endpoint.refuse(no_keys(error)))),
                },
            }
        };
        let collected = ready!(collector.poll(cx, body, |chunk| running.update(chunk, checks, keys)));
        Poll::Ready(collected.map_err(|rejection| endpoint.refuse(rejection)))
    }

    /// The body is there.
    fn received<Inner>(
        mut self: Box<Self>,
        checks: &Checks,
        keys: Keys,
        inner: Inner,
    ) -> Step<Passing<Inner, S>> {
        let received = self.collector.take();
        match keys {
            Keys::Found(keys) => self.verdict(checks, &keys, received, inner),
            // `receive` is ready only once they are found.
            Keys::Awaited(_) => Err(self.endpoint.refuse(RejectionKind::KeysUnavailable.into())),
        }
    }

    /// The body is there, and with it the plan.
    fn plan_with_body<Inner>(mut self: Box<Self>, inner: Inner) -> Step<Passing<Inner, S>> {
        let received = self.collector.take();
        let endpoint = &self.endpoint;
        let refuse = |rejection: Rejection| endpoint.refuse(rejection);
        let checks = match plan_body(&*endpoint.scheme, &self.head(), &received.data).map_err(refuse)? {
            PlannedWithBody::Respond(response) => return Err(endpoint::handshake(response)),
            PlannedWithBody::Check(checks) => checks,
        };
        check_claimed_times(endpoint, &checks)?;
        match endpoint.keys.keys(checks.key()).0 {
            Lookup::Ready(found) => self.found_late(found, &checks, received, inner),
            Lookup::Future(lookup) => Ok(Passing::Lookup { lookup, incoming: self, checks, received, inner }),
        }
    }

    /// The keys that the body named.
    fn found_late<Inner>(
        self: Box<Self>,
        found: Result<KeySet, KeyLookupError>,
        checks: &Checks,
        received: Received,
        inner: Inner,
    ) -> Step<Passing<Inner, S>> {
        let keys = found.map_err(|error| self.endpoint.refuse(no_keys(error)))?;
        self.verdict(checks, &keys, received, inner)
    }

    /// Everything is there: is it true?
    fn verdict<Inner>(
        mut self: Box<Self>,
        checks: &Checks,
        keys: &KeySet,
        received: Received,
        inner: Inner,
    ) -> Step<Passing<Inner, S>> {
        let Self { endpoint, parts, public_url, running, .. } = &mut *self;
        // The body may have taken its time.
        let now = endpoint.now()?;
        let evidence = Evidence {
            scheme: &*endpoint.scheme,
            head: Head::new(parts, public_url.as_deref()),
            body: &received.data,
            checks,
            keys,
            now,
            tolerance: endpoint.tolerance,
            accepts_uncovered_body: endpoint.accepts_uncovered_body,
        };
        let verified =
            match evidence.conclude(mem::take(running)).map_err(|rejection| endpoint.refuse(rejection))? {
                Verdict::Respond(response) => return Err(endpoint::handshake(response)),
                Verdict::Deliver(verified) => verified,
            };
        let reserving = endpoint.reserve(&verified, now);
        parts.extensions.insert(verified);
        let body = VerifiedBody::new(received.data, received.trailers);
        Ok(match reserving {
            Some(Reserving { reserving, retention }) => {
                Passing::Reserve { reserving, retention, incoming: self, body, inner }
            }
            None => Passing::Ready { inner, incoming: self, body, guard: None },
        })
    }

    fn head(&self) -> Head<'_> {
        Head::new(&self.parts, self.public_url.as_deref())
    }
}

fn check_head<S: Scheme>(endpoint: &Endpoint<S>, parts: &Parts, public_url: Option<&str>) -> Step<FromHead> {
    let refuse = |rejection: Rejection| endpoint.refuse(rejection);
    // Only a layer of this crate can have put one there.
    if parts.extensions.get::<Verified>().is_some() {
        return Err(refuse(RejectionKind::LayeredTwice.into()));
    }
    if !endpoint.scheme.methods().contains(&parts.method) {
        return Err(refuse(RejectionKind::MethodNotAllowed.into()));
    }
    if content_length(parts).is_some_and(|length| length > endpoint.body_limit as u64) {
        return Err(refuse(RejectionKind::BodyTooLarge.into()));
    }
    match plan_head(&*endpoint.scheme, &Head::new(parts, public_url)).map_err(refuse)? {
        Planned::Respond(response) => Err(endpoint::handshake(response)),
        Planned::NeedsBody => Ok(None),
        Planned::Check(checks) => {
            check_claimed_times(endpoint, &checks)?;
            let keys = match endpoint.keys.keys(checks.key()).0 {
                Lookup::Ready(Ok(set)) => Keys::Found(set),
                Lookup::Ready(Err(error)) => return Err(refuse(no_keys(error))),
                Lookup::Future(lookup) => Keys::Awaited(lookup),
            };
            Ok(Some((checks, keys)))
        }
    }
}

/// The times that the request claims. Where it claims none, the clock need not be asked.
fn check_claimed_times<S: Scheme>(endpoint: &Endpoint<S>, checks: &Checks) -> Step<()> {
    if !checks.claim_a_time() {
        return Ok(());
    }
    in_tolerance(checks, endpoint.now()?, endpoint.tolerance).map_err(|rejection| endpoint.refuse(rejection))
}

fn no_keys(error: KeyLookupError) -> Rejection {
    let kind = match error {
        KeyLookupError::Unknown => RejectionKind::UnknownKey,
        KeyLookupError::Unavailable(_) => RejectionKind::KeysUnavailable,
        KeyLookupError::Untrusted(_) => RejectionKind::UntrustedKey,
    };
    Rejection::with_source(kind, error)
}

fn content_length(parts: &Parts) -> Option<u64> {
    let digits = parts.headers.get(CONTENT_LENGTH)?.as_bytes();
    // What does not fit is over any limit.
    let append = |number: u64, digit: &u8| {
        // The lower four bits of a digit are its value.
        digit.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add(u64::from(digit & 0x0f)))
    };
    digits.iter().try_fold(0, append).filter(|_| !digits.is_empty())
}

impl<Inner, S, RequestBody> fmt::Debug for ResponseFuture<Inner, S, RequestBody>
where
    Inner: Service<Request<VerifiedBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scheme::{Delivery, Outcome, Plan};

    /// Moving is most of what a request costs beside its hash.
    #[test]
    fn what_is_handed_on_is_small() {
        assert!(size_of::<Checks>() <= 48, "Checks: {}", size_of::<Checks>());
        assert!(size_of::<Running>() <= 24, "Running: {}", size_of::<Running>());
        assert!(size_of::<KeySet>() <= 40, "KeySet: {}", size_of::<KeySet>());
        assert!(size_of::<Delivery>() <= 192, "Delivery: {}", size_of::<Delivery>());
        let handed_on = [
            ("Plan", size_of::<Plan>()),
            ("Outcome", size_of::<Outcome>()),
            ("Verdict", size_of::<Verdict>()),
            ("Passing", size_of::<Passing<(), ()>>()),
        ];
        for (name, size) in handed_on {
            assert!(size <= size_of::<Response<Bytes>>().max(192), "{name}: {size}");
        }
        let beside = size_of::<Incoming<()>>() - size_of::<Parts>();
        assert!(beside <= 128, "Incoming beside the head: {beside}");
    }
}
