//! Everything that senders do, at once and for a while: 64 connections to a real axum server on the loopback address, on
//! which valid, forged, replayed, oversized, slow, broken-off and pipelined requests follow each other by the throw of
//! seeded dice. What each is answered is known beforehand, and what the handler is handed is counted on its side too.
//!
//! ```text
//! cargo test --all-features --test soak
//! SOAK_SECONDS=3600 SOAK_SEED=7 cargo test --release --all-features --test soak
//! ```
//!
//! It has no harness, so that its figures are the last that it prints: `sent` is what was begun, `accepted` what the
//! handler was handed and answered, `refused` what was answered without the handler, a repeat too; what is in neither was
//! broken off by its sender.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use axum::{Router, extract::State, routing::post};
use bytes::Bytes;
use common::{OTHER_SECRET, SECRET, dice::Dice};
use http::{HeaderMap, HeaderName, Request};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, VecDeque},
    env, fs, io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::{sleep, timeout},
};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower_http::timeout::RequestBodyDeadlineLayer;
use tower_webhook::{
    Event, Scheme, VerifySignatureLayer,
    key::SigningKey,
    providers::{GitHub, Stripe},
    replay::{MemoryStore, Replay},
    scheme::Repeat,
    schemes::StandardWebhooks,
    time::{Clock as _, SystemClock, Timestamp},
};

const CONNECTIONS: u64 = 64;
const BODY_LIMIT: usize = 64 << 10;
/// How many deliveries each endpoint remembers, and afterwards forgets the oldest.
const REMEMBERED: usize = 10_000;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(5);
/// An answer that takes longer never comes.
const PATIENCE: Duration = Duration::from_secs(30);
/// A quarter of the time is for filling what may be filled. From then on, the process may grow by this much at most,
/// whatever is sent; both sides are in it.
const WARM_UP: u32 = 4;
const GROWTH_MIB: f64 = 8.0;

fn main() {
    // As with a harness: whatever is no flag chooses among the tests.
    let arguments: Vec<String> = env::args().skip(1).collect();
    if arguments.iter().any(|it| it == "--list") {
        return println!("soak: test");
    }
    let mut filters = arguments.iter().filter(|it| !it.starts_with('-')).peekable();
    if filters.peek().is_none() || filters.any(|it| "soak".contains(it.as_str())) {
        tokio::runtime::Runtime::new().unwrap().block_on(soak());
    }
}

fn setting(name: &str, default: u64) -> u64 {
    env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

async fn soak() {
    let (seconds, seed) = (setting("SOAK_SECONDS", 20), setting("SOAK_SEED", 1));
    println!("soak: {CONNECTIONS} connections for {seconds} s, seed {seed}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let duration = Duration::from_secs(seconds);
    let soak = Arc::new(Soak {
        address: listener.local_addr().unwrap(),
        until: Instant::now() + duration,
        handled: Arc::default(),
        endpoints: endpoints(),
        counts: Mutex::default(),
        wrong: Mutex::default(),
    });
    let app = soak.endpoints.iter().fold(Router::new(), |app, endpoint| app.merge((endpoint.route)()));
    let app = app.with_state(Arc::clone(&soak.handled));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let mut senders = JoinSet::new();
    for number in 0..CONNECTIONS {
        let sender = Sender::new(Arc::clone(&soak), number, seed);
        senders.spawn(sender.run());
    }
    sleep(duration / WARM_UP).await;
    let warm = peak_mib();
    senders.join_all().await;
    soak.conclude(warm, peak_mib());
}

/// The most memory that this process has ever had resident. Elsewhere than on Linux it is not known.
fn peak_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

// The receiver

#[derive(Deserialize)]
struct Delivery {
    id: String,
}

/// What the handler was handed, by the first letter of the delivery's id.
#[derive(Debug, Default)]
struct Handled {
    valid: AtomicU64,
    retried: AtomicU64,
    /// What must never arrive: forged, oversized, broken off.
    others: AtomicU64,
}

/// Sends the id back, so that its sender knows an answer of the handler from a repeat's.
async fn handle(State(handled): State<Arc<Handled>>, Event(Delivery { id }): Event<Delivery>) -> String {
    let count = match id.as_bytes().first() {
        Some(b'v') => &handled.valid,
        Some(b'r') => &handled.retried,
        _ => &handled.others,
    };
    count.fetch_add(1, Ordering::SeqCst);
    id
}

/// A route, and what its sender needs.
struct Endpoint {
    path: &'static str,
    scheme: Box<dyn Scheme>,
    key: SigningKey,
    other_key: SigningKey,
    signature: &'static str,
    /// The header that a signed time stands in.
    time: Option<&'static str>,
    on_repeat: Outcome,
    route: Box<dyn Fn() -> Router<Arc<Handled>> + Send + Sync>,
}

impl Endpoint {
    fn new<S: Scheme + Clone>(
        path: &'static str,
        scheme: S,
        signature: &'static str,
        time: Option<&'static str>,
        on_repeat: Outcome,
    ) -> Self {
        let [key, other_key] = [SECRET, OTHER_SECRET].map(|secret| scheme.signing_key(secret).unwrap());
        let boxed = Box::new(scheme.clone());
        let route = Box::new(move || {
            let memory = MemoryStore::new(REMEMBERED).forget_oldest_when_full();
            let repeat = if on_repeat == Outcome::Repeat { Repeat::Acknowledge } else { Repeat::Refuse };
            let replay = Replay::new(memory, "soak").remember_bodies().repeat(repeat);
            let verify = VerifySignatureLayer::new(scheme.clone(), scheme.key(SECRET).unwrap());
            Router::new()
                .route(path, post(handle))
                // Few enough for senders who stall to keep others out, if they held any.
                .route_layer(GlobalConcurrencyLimitLayer::new(2))
                .route_layer(verify.body_limit(BODY_LIMIT).replay(replay))
                .layer(RequestBodyDeadlineLayer::new(BODY_DEADLINE))
        });
        Self { path, scheme: boxed, key, other_key, signature, time, on_repeat, route }
    }
}

fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new("/stripe", Stripe, "stripe-signature", Some("stripe-signature"), Outcome::Repeat),
        Endpoint::new(
            "/standard",
            StandardWebhooks,
            "webhook-signature",
            Some("webhook-timestamp"),
            Outcome::Status(401),
        ),
        Endpoint::new("/github", GitHub, "x-hub-signature-256", None, Outcome::Repeat),
    ]
}

// The senders

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Valid,
    Forged,
    Replayed,
    Oversized,
    Slow,
    BrokenOff,
    Pipelined,
}

impl Class {
    const ALL: [Self; 7] = [
        Self::Valid,
        Self::Forged,
        Self::Replayed,
        Self::Oversized,
        Self::Slow,
        Self::BrokenOff,
        Self::Pipelined,
    ];

    /// Slow ones are rare, since each takes as long as hundreds of others.
    fn throw(dice: &mut Dice) -> Self {
        match dice.roll(1000) {
            0..400 => Self::Valid,
            400..650 => Self::Forged,
            650..800 => Self::Replayed,
            800..840 => Self::Oversized,
            840..843 => Self::Slow,
            843..900 => Self::BrokenOff,
            _ => Self::Pipelined,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Forgery {
    OtherKey,
    ChangedBody,
    OtherDeliverysSignature,
    Unsigned,
    Truncated,
    Stale,
    ChangedTime,
    OtherProvider,
}

impl Forgery {
    const ALL: [Self; 8] = [
        Self::OtherKey,
        Self::ChangedBody,
        Self::OtherDeliverysSignature,
        Self::Unsigned,
        Self::Truncated,
        Self::Stale,
        Self::ChangedTime,
        Self::OtherProvider,
    ];

    /// Whether it is refused before anything of the body is read, so that the server may close the connection rather than
    /// read what is left of it.
    fn shows_in_the_head(self) -> bool {
        matches!(self, Self::Unsigned | Self::Truncated | Self::Stale | Self::OtherProvider)
    }
}

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// 200, and the id that the handler sends back.
    Handled,
    /// 200 from the layer.
    Repeat,
    Status(u16),
    /// Its sender did not wait for an answer.
    Unanswered,
}

struct Soak {
    address: SocketAddr,
    until: Instant,
    handled: Arc<Handled>,
    endpoints: Vec<Endpoint>,
    counts: Mutex<BTreeMap<(Class, Outcome), u64>>,
    wrong: Mutex<Wrong>,
}

/// What was answered otherwise than it must be.
#[derive(Default)]
struct Wrong {
    valid_lost: u64,
    forged_accepted: u64,
    count: u64,
    /// The first of them.
    notes: Vec<String>,
}

impl Wrong {
    fn note(&mut self, what: String) {
        self.count += 1;
        if self.notes.len() < 20 {
            self.notes.push(what);
        }
    }
}

impl Soak {
    fn judge(&self, class: Class, id: &str, expected: Outcome, outcome: Outcome) {
        *self.counts.lock().unwrap().entry((class, outcome)).or_default() += 1;
        if outcome != expected {
            let mut wrong = self.wrong.lock().unwrap();
            wrong.valid_lost += u64::from(expected == Outcome::Handled);
            wrong.forged_accepted += u64::from(matches!(outcome, Outcome::Handled | Outcome::Status(200)));
            wrong.note(format!("{class:?} {id}: {outcome:?} in place of {expected:?}"));
        }
    }

    fn conclude(&self, warm: Option<f64>, peak: Option<f64>) {
        let counts = self.counts.lock().unwrap();
        let mut wrong = self.wrong.lock().unwrap();
        for class in Class::ALL {
            let of_class: Vec<String> = counts
                .iter()
                .filter(|((of, _), _)| *of == class)
                .map(|((_, outcome), count)| format!("{outcome:?}={count}"))
                .collect();
            println!("soak: {class:?}: {}", of_class.join(" "));
            if of_class.is_empty() {
                wrong.note(format!("nothing {class:?} was sent"));
            }
        }
        let sum = |of: fn(Outcome) -> bool| -> u64 {
            counts.iter().filter(|((_, outcome), _)| of(*outcome)).map(|(_, count)| count).sum()
        };
        let accepted = sum(|outcome| outcome == Outcome::Handled);
        let refused = sum(|outcome| matches!(outcome, Outcome::Repeat | Outcome::Status(_)));
        // What was broken off and sent again was handled the first time or the second, and never both times.
        let again = |(class, outcome)| class == Class::BrokenOff && outcome != Outcome::Unanswered;
        let again: Vec<_> = counts.iter().filter(|(key, _)| again(**key)).collect();
        let retried: u64 = again.iter().map(|(_, count)| *count).sum();
        let at_first: u64 = again
            .iter()
            .filter(|((_, outcome), _)| *outcome != Outcome::Handled)
            .map(|(_, count)| *count)
            .sum();
        let load = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let handled = (load(&self.handled.valid), load(&self.handled.retried));
        let expected = (accepted + at_first - retried, retried);
        if handled != expected {
            wrong.note(format!("handled, at once and sent again: {handled:?} in place of {expected:?}"));
        }
        let forged = load(&self.handled.others);
        if forged > 0 {
            wrong.note(format!("the handler was handed {forged} deliveries that nobody may send"));
        }
        if let (Some(warm), Some(peak)) = (warm, peak)
            && peak - warm > GROWTH_MIB
        {
            wrong.note(format!("{:.1} MiB more than after the warm-up", peak - warm));
        }
        let growth = warm.zip(peak).map(|(warm, peak)| format!("{:.1} of {GROWTH_MIB} MiB", peak - warm));
        println!("soak: grown since the warm-up by {}", growth.as_deref().unwrap_or("nobody knows what"));
        for note in &wrong.notes {
            println!("soak: WRONG: {note}");
        }
        println!(
            "soak: sent={} accepted={accepted} refused={refused} forged_accepted={} valid_lost={} peak_rss_mib={}",
            counts.values().sum::<u64>(),
            wrong.forged_accepted.max(forged),
            wrong.valid_lost,
            peak.map_or("unknown".to_owned(), |peak| format!("{peak:.1}")),
        );
        if wrong.count > 0 {
            std::process::exit(1);
        }
    }
}

/// One after the other, on one connection, or on the next if the server has closed it.
struct Sender {
    soak: Arc<Soak>,
    dice: Dice,
    number: u64,
    sent: u64,
    line: Option<Line>,
    /// What was accepted of late, to be replayed: the endpoint, the id, the request.
    recent: VecDeque<(usize, String, Vec<u8>)>,
}

/// A request as it is written, and what must become of it.
struct Prepared {
    id: String,
    wire: Vec<u8>,
    expected: Outcome,
    /// The server may close the connection after its answer, without reading the rest of the body.
    may_close: bool,
}

impl Sender {
    fn new(soak: Arc<Soak>, number: u64, seed: u64) -> Self {
        let dice = Dice::new(seed.wrapping_mul(CONNECTIONS) + number);
        Self { soak, dice, number, sent: 0, line: None, recent: VecDeque::new() }
    }

    async fn run(mut self) {
        // The first is given, so that each class is sent however short the time is.
        let mut class = Class::ALL[usize::try_from(self.number).unwrap() % Class::ALL.len()];
        self.send(Class::Valid).await;
        while Instant::now() < self.soak.until {
            self.send(class).await;
            class = Class::throw(&mut self.dice);
        }
    }

    async fn send(&mut self, class: Class) {
        let class = if self.recent.is_empty() && class == Class::Replayed { Class::Valid } else { class };
        let sent = match class {
            Class::Valid | Class::Forged | Class::Replayed => {
                let prepared = self.prepare(class);
                self.exchange(class, vec![prepared]).await
            }
            Class::Pipelined => {
                let length = 2 + self.dice.roll(7);
                let mut all: Vec<Prepared> = Vec::with_capacity(length);
                while all.len() < length {
                    let class = self.dice.pick(&[Class::Valid, Class::Forged, Class::Replayed]);
                    let prepared = self.prepare(class);
                    // Nothing can follow where the connection may be closed.
                    if !prepared.may_close || all.len() + 1 == length {
                        all.push(prepared);
                    }
                }
                self.exchange(class, all).await
            }
            Class::Oversized => self.oversized().await,
            Class::Slow => self.slow().await,
            Class::BrokenOff => self.broken_off().await,
        };
        if let Err(error) = sent {
            self.line = None;
            let note = format!("{class:?} of connection {}: {error}", self.number);
            let mut wrong = self.soak.wrong.lock().unwrap();
            wrong.note(note);
            wrong.valid_lost += u64::from(class == Class::Valid);
        }
    }

    /// A delivery that is signed now. `kind` begins its id: `v` for what is valid, `r` for what is sent twice on purpose.
    fn delivery(&mut self, endpoint: usize, kind: char) -> (String, Request<Bytes>) {
        let id = self.id(kind);
        let padding = self.dice.roll(3000);
        let request = self.request(endpoint, &id, padding);
        (id, self.signed(endpoint, request, now()))
    }

    fn id(&mut self, kind: char) -> String {
        self.sent += 1;
        format!("{kind}-{}-{}", self.number, self.sent)
    }

    fn request(&self, endpoint: usize, id: &str, padding: usize) -> Request<Bytes> {
        let padding = " ".repeat(padding);
        let body = format!(r#"{{"id":"{id}","type":"invoice.paid","data":"{padding}"}}"#);
        Request::post(self.soak.endpoints[endpoint].path)
            .header("webhook-id", id)
            .header("x-github-event", "push")
            .body(body.into())
            .unwrap()
    }

    fn signed(&self, endpoint: usize, mut request: Request<Bytes>, at: Timestamp) -> Request<Bytes> {
        let endpoint = &self.soak.endpoints[endpoint];
        endpoint.scheme.sign(&mut request, &endpoint.key, at).unwrap();
        request
    }

    fn endpoint(&mut self) -> usize {
        self.dice.roll(self.soak.endpoints.len())
    }

    fn prepare(&mut self, class: Class) -> Prepared {
        match class {
            Class::Forged => self.forged(),
            Class::Replayed if !self.recent.is_empty() => {
                let (endpoint, id, wire) = self.recent[self.dice.roll(self.recent.len())].clone();
                let expected = self.soak.endpoints[endpoint].on_repeat;
                Prepared { id, wire, expected, may_close: false }
            }
            _ => {
                let endpoint = self.endpoint();
                let (id, request) = self.delivery(endpoint, 'v');
                let wire = wire(&request);
                // In a pipeline, it is answered before its replay is.
                self.recent.push_back((endpoint, id.clone(), wire.clone()));
                if self.recent.len() > 8 {
                    self.recent.pop_front();
                }
                Prepared { id, wire, expected: Outcome::Handled, may_close: false }
            }
        }
    }

    fn forged(&mut self) -> Prepared {
        let at = self.endpoint();
        let mut forgery = self.dice.pick(&Forgery::ALL);
        let soak = Arc::clone(&self.soak);
        let endpoint = &soak.endpoints[at];
        if endpoint.time.is_none() && matches!(forgery, Forgery::Stale | Forgery::ChangedTime) {
            forgery = Forgery::OtherKey;
        }
        let (id, mut request) = self.delivery(at, 'f');
        let signature = HeaderName::from_static(endpoint.signature);
        let text = |headers: &HeaderMap, name: &str| headers[name].to_str().unwrap().to_owned();
        match forgery {
            Forgery::OtherKey => endpoint.scheme.sign(&mut request, &endpoint.other_key, now()).unwrap(),
            Forgery::ChangedBody => {
                let mut body = request.body().to_vec();
                let at = self.dice.roll(body.len());
                body[at] ^= 1 << self.dice.roll(8);
                *request.body_mut() = body.into();
            }
            Forgery::OtherDeliverysSignature => {
                let (_, other) = self.delivery(at, 'f');
                *request.headers_mut() = other.headers().clone();
            }
            Forgery::Unsigned => drop(request.headers_mut().remove(&signature)),
            Forgery::Truncated => {
                let value = text(request.headers(), endpoint.signature);
                let cut = value.len() - 1 - self.dice.roll(20);
                request.headers_mut().insert(signature, value[..cut].parse().unwrap());
            }
            Forgery::Stale => {
                let stale = now().saturating_sub(Duration::from_secs(3600));
                request = self.signed(at, request, stale);
            }
            Forgery::ChangedTime => {
                let name = endpoint.time.unwrap();
                let seconds = now().as_unix();
                let value = text(request.headers(), name);
                // A second later than it was signed, or earlier by what the signing took.
                let changed = (seconds - 5..=seconds)
                    .find(|second| value.contains(&second.to_string()))
                    .map(|second| value.replace(&second.to_string(), &(second + 1).to_string()));
                let value = changed.unwrap().parse().unwrap();
                request.headers_mut().insert(HeaderName::from_static(name), value);
            }
            Forgery::OtherProvider => {
                let other = (at + 1) % soak.endpoints.len();
                let foreign = self.request(other, &id, 10);
                let foreign = self.signed(other, foreign, now());
                let (mut parts, body) = foreign.into_parts();
                parts.uri = endpoint.path.parse().unwrap();
                request = Request::from_parts(parts, body);
            }
        }
        let may_close = forgery.shows_in_the_head();
        Prepared { id, wire: wire(&request), expected: Outcome::Status(401), may_close }
    }

    /// Writes all at once, and reads the answers, which come in order.
    async fn exchange(&mut self, class: Class, all: Vec<Prepared>) -> io::Result<()> {
        let together: Vec<u8> = all.iter().flat_map(|prepared| prepared.wire.iter().copied()).collect();
        let mut line = self.line(&together).await?;
        for prepared in &all {
            let answer =
                line.answer().await.map_err(|error| io::Error::other(format!("{}: {error}", prepared.id)))?;
            self.soak.judge(class, &prepared.id, prepared.expected, answer.outcome(&prepared.id));
            line.may_be_closed = prepared.may_close;
            line.is_closed |= answer.closes;
        }
        self.keep(line);
        Ok(())
    }

    /// A connection with these bytes on their way: the one that is open, or another if the server had a right to close it.
    async fn line(&mut self, bytes: &[u8]) -> io::Result<Line> {
        if let Some(mut line) = self.line.take() {
            let may_be_closed = line.may_be_closed;
            let written = line.stream.write_all(bytes).await;
            match written.and(line.begin().await) {
                Ok(()) => return Ok(line),
                Err(_) if may_be_closed => {}
                Err(error) => return Err(error),
            }
        }
        let mut line = Line::open(self.soak.address).await?;
        line.stream.write_all(bytes).await?;
        Ok(line)
    }

    fn keep(&mut self, line: Line) {
        self.line = (!line.is_closed).then_some(line);
    }

    /// A delivery that is signed, and too long: by its own account, or chunk by chunk.
    async fn oversized(&mut self) -> io::Result<()> {
        let endpoint = self.endpoint();
        let id = self.id('o');
        let request = self.request(endpoint, &id, BODY_LIMIT);
        let request = self.signed(endpoint, request, now());
        let mut line = Line::open(self.soak.address).await?;
        if self.dice.roll(2) == 0 {
            // Not a byte of it is asked for.
            line.stream
                .write_all(&head(&request, "content-length", &request.body().len().to_string()))
                .await?;
        } else {
            let mut bytes = head(&request, "transfer-encoding", "chunked");
            for chunk in request.body().chunks(10_000) {
                bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
                bytes.extend(chunk);
                bytes.extend(b"\r\n");
            }
            line.stream.write_all(&bytes).await?;
        }
        let answer = line.answer().await?;
        self.soak.judge(Class::Oversized, &id, Outcome::Status(413), answer.outcome(&id));
        Ok(())
    }

    /// One byte a second: somewhere in the head, at the end of the body, or for longer than a body may take.
    async fn slow(&mut self) -> io::Result<()> {
        let endpoint = self.endpoint();
        let takes_too_long = self.dice.roll(3) == 0;
        let kind = if takes_too_long { 'o' } else { 'v' };
        let (id, request) = self.delivery(endpoint, kind);
        let bytes = wire(&request);
        let seconds = if takes_too_long { 30 } else { 2 + self.dice.roll(2) };
        let from = match self.dice.roll(2) {
            0 if !takes_too_long => self.dice.roll(bytes.len() - request.body().len() - seconds),
            _ => bytes.len() - seconds,
        };
        let expected = if takes_too_long { Outcome::Status(400) } else { Outcome::Handled };
        let mut line = Line::open(self.soak.address).await?;
        line.stream.write_all(&bytes[..from]).await?;
        let mut slowly = bytes[from..from + seconds].chunks(1).chain([&bytes[from + seconds..]]);
        let began = Instant::now();
        let answer = loop {
            tokio::select! {
                answer = line.answer() => break answer?,
                () = sleep(Duration::from_secs(1)) => {}
            }
            if let Some(bytes) = slowly.next() {
                line.stream.write_all(bytes).await?;
            }
        };
        self.soak.judge(Class::Slow, &id, expected, answer.outcome(&id));
        let took = began.elapsed();
        if took > BODY_DEADLINE + Duration::from_secs(3) {
            self.soak.wrong.lock().unwrap().note(format!("{id} is answered after {took:?}"));
        }
        // It may have been forgotten by now.
        self.recent.clear();
        Ok(())
    }

    /// The connection ends in the middle of a delivery; or after it, and then it is sent again, as its sender would.
    async fn broken_off(&mut self) -> io::Result<()> {
        let endpoint = self.endpoint();
        let is_whole = self.dice.roll(2) == 0;
        let (id, request) = self.delivery(endpoint, if is_whole { 'r' } else { 'b' });
        let bytes = wire(&request);
        let written = if is_whole { bytes.len() } else { 1 + self.dice.roll(bytes.len() - 1) };
        // On a connection that is open or on another, since it makes a difference to the server.
        let mut line = match self.line.take() {
            Some(line) if !line.may_be_closed => line,
            _ => Line::open(self.soak.address).await?,
        };
        line.stream.write_all(&bytes[..written]).await?;
        if self.dice.roll(2) == 0 {
            tokio::task::yield_now().await;
        }
        drop(line);
        self.soak.judge(Class::BrokenOff, &id, Outcome::Unanswered, Outcome::Unanswered);
        if !is_whole {
            return Ok(());
        }
        let patience = Instant::now() + PATIENCE;
        loop {
            let mut line = Line::open(self.soak.address).await?;
            line.stream.write_all(&bytes).await?;
            let outcome = line.answer().await?.outcome(&id);
            let on_repeat = self.soak.endpoints[endpoint].on_repeat;
            if outcome == Outcome::Status(503) && Instant::now() < patience {
                sleep(Duration::from_millis(20)).await;
                continue;
            }
            // Whether the first came through, nobody can know; then this one is its repeat.
            let was_handled = outcome == Outcome::Handled;
            let expected = if was_handled { Outcome::Handled } else { on_repeat };
            self.soak.judge(Class::BrokenOff, &id, expected, outcome);
            return Ok(());
        }
    }
}

fn now() -> Timestamp {
    SystemClock.now().unwrap()
}

fn head(request: &Request<Bytes>, length: &str, value: &str) -> Vec<u8> {
    let mut head =
        format!("POST {} HTTP/1.1\r\nhost: localhost\r\n{length}: {value}\r\n", request.uri()).into_bytes();
    for (name, value) in request.headers() {
        head.extend(
            name.as_str().bytes().chain(*b": ").chain(value.as_bytes().iter().copied()).chain(*b"\r\n"),
        );
    }
    head.extend(b"\r\n");
    head
}

fn wire(request: &Request<Bytes>) -> Vec<u8> {
    let mut bytes = head(request, "content-length", &request.body().len().to_string());
    bytes.extend(request.body());
    bytes
}

/// A connection, by hand: a client of hyper's could neither dawdle nor hang up in the middle of a word.
struct Line {
    stream: TcpStream,
    read: Vec<u8>,
    may_be_closed: bool,
    is_closed: bool,
}

struct Answer {
    status: u16,
    body: Vec<u8>,
    closes: bool,
}

impl Answer {
    fn outcome(&self, id: &str) -> Outcome {
        match self.status {
            200 if self.body == id.as_bytes() => Outcome::Handled,
            200 if self.body.is_empty() => Outcome::Repeat,
            status => Outcome::Status(status),
        }
    }
}

impl Line {
    async fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::new(), may_be_closed: false, is_closed: false })
    }

    /// Waits for the first byte of an answer.
    async fn begin(&mut self) -> io::Result<()> {
        while self.read.is_empty() {
            self.more().await?;
        }
        Ok(())
    }

    /// The next answer. What was read is kept where nobody waits to its end.
    async fn answer(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(answer) = self.parse()? {
                return Ok(answer);
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await {
            Ok(Ok(0)) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => read.map(drop),
            Err(_) => Err(io::Error::other("it is not answered")),
        }
    }

    /// An answer, once it is whole.
    fn parse(&mut self) -> io::Result<Option<Answer>> {
        let Some(end) = self.read.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(&self.read[..end]).to_ascii_lowercase();
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no answer: {head}")))?;
        let headers: BTreeMap<&str, &str> = lines.filter_map(|line| line.split_once(": ")).collect();
        let length = headers.get("content-length").and_then(|length| length.parse::<usize>().ok());
        let length = length.ok_or_else(|| io::Error::other(format!("of no length: {head}")))?;
        let closes = headers.get("connection") == Some(&"close");
        let (from, to) = (end + 4, end + 4 + length);
        if self.read.len() < to {
            return Ok(None);
        }
        let body = self.read[from..to].to_vec();
        self.read.drain(..to);
        Ok(Some(Answer { status, body, closes }))
    }
}
