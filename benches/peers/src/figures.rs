//! The figures, and what each may be at most.
use crate::{
    allocations,
    deliveries::{self, SECRET, STANDARD_SECRET},
    measure::{Effort, Side, median, medians},
    ours::{self, Clock},
    peers,
};
use bytes::Bytes;
use http::{HeaderName, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use std::{
    cell::Cell,
    convert::Infallible,
    future::pending,
    hint::black_box,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tower::{Layer as _, Service as _, service_fn};
use tower_webhook::{
    Scheme, VerifiedBody, VerifySignatureLayer,
    key::{KeySet, Tenants},
    providers::{GitHub, Shopify, Slack, Stripe},
    schemes::{ByTenant, Source, StandardWebhooks},
};

/// One figure. What is measured for orientation has no bound.
pub struct Figure {
    pub name: String,
    pub value: f64,
    pub at_most: Option<f64>,
}

impl Figure {
    pub fn holds(&self) -> Option<bool> {
        self.at_most.map(|most| self.value <= most)
    }

    pub fn to_json(&self) -> String {
        let Self { name, value, at_most, .. } = self;
        let or_null = |value: Option<String>| value.unwrap_or_else(|| "null".to_owned());
        format!(
            r#"{{"figure": "{name}", "value": {value:.3}, "at_most": {}, "holds": {}}}"#,
            or_null(at_most.map(|most| most.to_string())),
            or_null(self.holds().map(|holds| holds.to_string())),
        )
    }
}

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

pub fn measure(effort: Effort, mut report: impl FnMut(&Figure)) -> Vec<Figure> {
    let mut measured = Vec::new();
    let mut note = |name: &str, value: f64, at_most: Option<f64>| {
        let figure = Figure { name: name.to_owned(), value, at_most };
        report(&figure);
        measured.push(figure);
    };
    let ratio = |one: Side, other: Side| {
        let both = medians(&[one, other], effort);
        both[0] / both[1]
    };

    for (name, size, most) in [
        ("layer_200B", 200, Some(2.5)),
        ("layer_1KiB", KIB, Some(1.5)),
        ("layer_16KiB", 16 * KIB, Some(1.06)),
        ("layer_64KiB", 64 * KIB, None),
        ("layer_1MiB", MIB, Some(1.02)),
    ] {
        let floor = ours::floor(deliveries::body(size));
        note(name, ratio(ours::github_layer(size), floor), most);
    }
    note("verify_fn_1KiB", ratio(ours::github_function(KIB), ours::floor(deliveries::body(KIB))), Some(1.3));
    let bare = {
        let body = deliveries::body(KIB);
        let parts = deliveries::github(&body);
        ratio(ours::axum(GitHub, SECRET, parts.clone(), body.clone()), ours::axum_bare(parts, body))
    };
    note("layer_axum_1KiB_over_bare_axum", bare, None);

    note("peer_layer_1KiB", ratio(ours::github_layer(KIB), peers::layer(KIB)), Some(0.75));
    note("peer_layer_64KiB", ratio(ours::github_layer(64 * KIB), peers::layer(64 * KIB)), Some(1.02));
    let body = deliveries::body(KIB);
    let github = ours::github_function(KIB);
    let stripe = ours::function(Stripe, SECRET, Clock::Read, deliveries::stripe(&body), body.clone());
    let standard = ours::function(
        StandardWebhooks,
        STANDARD_SECRET,
        Clock::Read,
        deliveries::standard(&body, 1),
        body.clone(),
    );
    let shopify = ours::function(Shopify, SECRET, Clock::Unread, deliveries::shopify(&body), body.clone());
    let slack = ours::function(Slack, SECRET, Clock::Read, deliveries::slack(&body), body.clone());
    let mut worst = 0.0_f64;
    for (provider, own, others) in [
        ("github", github, peers::github(&body)),
        ("stripe", stripe, peers::stripe(&body)),
        ("standard", standard, peers::standard(&body)),
        ("shopify", shopify, peers::shopify(&body)),
        ("slack", slack, peers::slack(&body)),
    ] {
        let (names, mut sides): (Vec<_>, Vec<_>) = others.into_iter().unzip();
        sides.insert(0, own);
        let times = medians(&sides, effort);
        for (name, time) in names.iter().zip(&times[1..]) {
            note(&format!("peer_fn_1KiB_{provider}_{name}"), times[0] / time, None);
            worst = worst.max(times[0] / time);
        }
    }
    note("peer_fn_1KiB", worst, Some(1.0));
    let body = deliveries::body(64 * KIB);
    let own = ours::axum(StandardWebhooks, STANDARD_SECRET, deliveries::standard(&body, 1), body.clone());
    note("peer_slow_64KiB", ratio(own, peers::axum_standard(&body)), Some(0.3));
    let own = ours::axum(GitHub, SECRET, deliveries::github(&body), body.clone());
    note("peer_axum_github_64KiB", ratio(own, peers::axum_github(&body)), None);

    note("two_keys_64KiB", ratio(two_keys(), ours::github_layer(64 * KIB)), Some(1.02));
    note("many_signatures_1MiB", ratio(signatures(16), signatures(1)), Some(1.02));
    let [reject] = medians(&[reject_head(0)], effort)[..] else { unreachable!("one side") };
    note("reject_head_ns", reject, Some(300.0));
    note("reject_head_allocations_that_grow", reject_growth(), Some(0.0));
    note("allocations_accept", accept_allocations(), Some(6.0));
    note("stream_tail", stream_tail(effort), Some(0.02));
    note("growth_64MiB", growth(effort), Some(1.02));
    let tenants = medians(&[tenants(100_000), tenants(1)], effort);
    note("tenants_100k_ns", tenants[0] - tenants[1], Some(600.0));
    let (rounds, round) = if effort == Effort::Quick { (9, 400) } else { (31, 1000) };
    match tower_webhook_bench_server::hand_written_over_layer(KIB, rounds, Duration::from_millis(round)) {
        Ok(ratio) => note("server_1KiB", ratio, Some(1.03)),
        Err(error) => eprintln!("NOT MEASURED: server_1KiB: {error}"),
    }
    note("memory_flight", memory_in_flight(), Some(4096.0));
    measured
}

/// The first of two keys matches.
pub fn two_keys() -> Side {
    let body = deliveries::body(64 * KIB);
    let keys = KeySet::new([GitHub.key(SECRET).unwrap(), GitHub.key("another secret").unwrap()]).unwrap();
    ours::layer(GitHub, keys, MIB, deliveries::github(&body), body, StatusCode::OK)
}

/// So many signatures, of which the last is right.
pub fn signatures(count: usize) -> Side {
    let body = deliveries::body(MIB);
    let key = StandardWebhooks.key(STANDARD_SECRET).unwrap();
    ours::layer(StandardWebhooks, key, 2 * MIB, deliveries::standard(&body, count), body, StatusCode::OK)
}

/// A delivery without its signature, and with so many headers more.
pub fn reject_head(more: usize) -> Side {
    let body = deliveries::body(KIB);
    let mut parts = deliveries::github(&body);
    parts.headers.remove("x-hub-signature-256");
    for number in 0..more {
        let name = HeaderName::try_from(format!("x-more-{number}")).unwrap();
        parts.headers.insert(name, "0".repeat(100).parse().unwrap());
    }
    let key = GitHub.key(SECRET).unwrap();
    ours::layer(GitHub, key, MIB, parts, body, StatusCode::UNAUTHORIZED)
}

/// How many bytes the refusal of a request allocates more if the request is a hundred headers and a mebibyte longer.
fn reject_growth() -> f64 {
    let allocated = |more: usize, size: usize| {
        let body = deliveries::body(size);
        let mut parts = deliveries::github(&body);
        parts.headers.remove("x-hub-signature-256");
        for number in 0..more {
            let name = HeaderName::try_from(format!("x-more-{number}")).unwrap();
            parts.headers.insert(name, "0".repeat(100).parse().unwrap());
        }
        let mut service = VerifySignatureLayer::new(GitHub, GitHub.key(SECRET).unwrap()).layer(service_fn(
            async |_: Request<VerifiedBody>| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())),
        ));
        let request = Request::from_parts(parts, Full::new(body));
        allocations::count(|| drop(black_box(ours::ready(service.call(request)))))
    };
    allocated(100, MIB) as f64 - allocated(0, KIB) as f64
}

/// How often the layer allocates for a delivery of one frame, whose request and answer allocate nothing themselves.
fn accept_allocations() -> f64 {
    let body = deliveries::body(KIB);
    let parts = deliveries::github(&body);
    let mut service = VerifySignatureLayer::new(GitHub, GitHub.key(SECRET).unwrap()).layer(service_fn(
        async |_: Request<VerifiedBody>| Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())),
    ));
    // Everything that is made once has been made.
    let warm = Request::from_parts(parts.clone(), Full::new(body.clone()));
    assert_eq!(ours::ready(service.call(warm)).unwrap().status(), StatusCode::OK);
    let request = Request::from_parts(parts, Full::new(body));
    allocations::count(|| drop(black_box(ours::ready(service.call(request))))) as f64
}

/// A body in frames, which notes when it has handed out the last.
struct Frames {
    left: Bytes,
    handed_out: Rc<Cell<Option<Instant>>>,
}

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let next = self.left.len().min(16 * KIB);
        let frame = self.left.split_to(next);
        if self.left.is_empty() {
            self.handed_out.set(Some(Instant::now()));
        }
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

/// From the last byte to the verdict, over the time to hash it whole.
fn stream_tail(effort: Effort) -> f64 {
    let body = deliveries::body(16 * MIB);
    let parts = deliveries::github(&body);
    let key = GitHub.key(SECRET).unwrap();
    let decided = Rc::new(Cell::new(None));
    let noting = Rc::clone(&decided);
    let mut service =
        VerifySignatureLayer::new(GitHub, key).body_limit(32 * MIB).layer(service_fn(move |_| {
            noting.set(Some(Instant::now()));
            async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
        }));
    let rounds = if effort == Effort::Quick { 15 } else { 61 };
    let tails = (0..rounds).map(|_| {
        let handed_out = Rc::new(Cell::new(None));
        let frames = Frames { left: body.clone(), handed_out: Rc::clone(&handed_out) };
        let response = ours::ready(service.call(Request::from_parts(parts.clone(), frames))).unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let (decided, handed_out): (Instant, Instant) = (decided.get().unwrap(), handed_out.get().unwrap());
        decided.duration_since(handed_out).as_nanos() as f64
    });
    let tail = median(tails.collect());
    tail / medians(&[ours::floor(body)], Effort::Quick)[0]
}

/// The layer over the floor, at 64 MiB.
fn growth(effort: Effort) -> f64 {
    let size = 64 * MIB;
    let rounds = if effort == Effort::Quick { 9 } else { 41 };
    let (layer, floor) = (ours::github_layer(size), ours::floor(deliveries::body(size)));
    let mut ratios: Vec<f64> = Vec::new();
    for _ in 0..rounds {
        ratios.push(layer.once() / floor.once());
    }
    median(ratios)
}

/// One tenant's delivery of so many tenants.
pub fn tenants(count: usize) -> Side {
    let body = deliveries::body(KIB);
    let mut parts = deliveries::github(&body);
    let name = |number: usize| format!("tenant-{number}");
    parts.uri = format!("/hooks/{}", name(count / 2)).parse().unwrap();
    let keys = (0..count)
        .fold(Tenants::new(), |tenants, number| tenants.with(name(number), GitHub.key(SECRET).unwrap()));
    let scheme = std::sync::Arc::new(ByTenant::new(GitHub, Source::LastSegment));
    ours::layer(scheme, keys, MIB, parts, body, StatusCode::OK)
}

/// How many bytes a request in flight holds beyond what it came with, its own future among them.
fn memory_in_flight() -> f64 {
    const REQUESTS: usize = 1000;
    let body = deliveries::body(KIB);
    let parts = deliveries::github(&body);
    let mut service = VerifySignatureLayer::new(GitHub, GitHub.key(SECRET).unwrap()).layer(service_fn(
        async |_: Request<VerifiedBody>| pending::<Result<Response<Full<Bytes>>, Infallible>>().await,
    ));
    let requests: Vec<_> =
        (0..REQUESTS).map(|_| Request::from_parts(parts.clone(), Full::new(body.clone()))).collect();
    let before = allocations::held();
    let mut in_flight = Vec::with_capacity(REQUESTS);
    for request in requests {
        let mut future = Box::pin(service.call(request));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        in_flight.push(future);
    }
    (allocations::held() - before) as f64 / REQUESTS as f64
}
