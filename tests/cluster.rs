//! Two processes that receive the same webhooks and share one Redis: every delivery is handled, and handled once.
//!
//! The processes are this program again, as receivers of `examples/cluster.rs`. It has no harness, so that it can be
//! started as one: `cargo test --release --all-features --test cluster -- --nocapture`.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[allow(dead_code)]
#[path = "../examples/cluster.rs"]
mod example;
mod redis_server;

use bytes::Bytes;
use http::{Request, StatusCode, header::RETRY_AFTER};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use redis_server::{RedisServer, free_port};
use std::{
    collections::{HashMap, HashSet},
    env, fs,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::{
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_webhook::{
    Scheme as _,
    key::SigningKey,
    providers::Stripe,
    time::{Clock as _, SystemClock},
};

const SECRET: &str = "whsec_of_a_test";
/// Set in the processes that receive.
const RECEIVER: &str = "TOWER_WEBHOOK_TEST_RECEIVER";
const DELIVERIES: usize = 10_000;
const SENDERS: usize = 48;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let arguments: Vec<String> = env::args().collect();
    if env::var_os(RECEIVER).is_some() {
        thread::spawn(end_with_the_parent);
        return runtime.block_on(example::receive(&arguments)).unwrap();
    }
    // As with a harness: whatever is no flag chooses among the tests.
    let filters: Vec<&String> = arguments.iter().skip(1).filter(|it| !it.starts_with('-')).collect();
    let chosen = |name: &str| filters.is_empty() || filters.iter().any(|it| name.contains(it.as_str()));
    if arguments.iter().any(|it| it == "--list") {
        return println!("cluster: test\ncluster_faults: test");
    }
    if chosen("cluster") {
        runtime.block_on(cluster());
    }
    if chosen("cluster_faults") {
        runtime.block_on(cluster_faults());
    }
}

fn end_with_the_parent() {
    let _ = std::io::stdin().read_to_end(&mut Vec::new());
    std::process::exit(1);
}

/// Each delivery to both processes at the same time, and again after its success.
async fn cluster() {
    // As long as Stripe waits.
    let Some(cluster) = Cluster::start(Duration::from_secs(10)) else { return };
    cluster.send_all(async || ()).await;
    let tally = cluster.tally();
    println!("cluster: {tally}");
    assert_eq!((tally.handled_once, tally.twice.len(), tally.lost), (DELIVERIES, 0, 0));
    assert_eq!(tally.broken, 0, "a request was not answered");
    assert_eq!(tally.acknowledged_unhandled, 0);
}

/// The same, while Redis is killed and comes back, and then one of the processes.
async fn cluster_faults() {
    let Some(cluster) = Cluster::start(Duration::from_secs(4)) else { return };
    cluster
        .send_all(async || {
            // The blocking calls in here hold up this task only.
            cluster.sent(DELIVERIES / 4).await;
            cluster.redis.lock().unwrap().kill();
            sleep(Duration::from_secs(1)).await;
            cluster.redis.lock().unwrap().restart().unwrap();

            cluster.sent(DELIVERIES / 2).await;
            cluster.receivers[1].lock().unwrap().kill();
            sleep(Duration::from_millis(500)).await;
            cluster.receivers[1].lock().unwrap().start();

            cluster.sent(DELIVERIES * 3 / 4).await;
            cluster.redis.lock().unwrap().kill();
            cluster.receivers[0].lock().unwrap().kill();
            sleep(Duration::from_millis(500)).await;
            cluster.receivers[0].lock().unwrap().start();
            cluster.redis.lock().unwrap().restart().unwrap();
        })
        .await;
    let tally = cluster.tally();
    println!("cluster-faults: {tally}");
    println!(
        "cluster-faults: between a handler's success and its commit: {} when the process was killed, {} when Redis \
         was; requests without an answer: {}",
        tally.killed, tally.unsettled, tally.broken
    );
    for (id, handlings) in &tally.twice {
        println!("cluster-faults: {id} was handled twice: {handlings:?}");
    }
    assert_eq!((tally.handled_once + tally.twice.len(), tally.lost), (DELIVERIES, 0));
    assert_eq!(tally.unexplained, 0, "handled twice, and no kill in between");
    assert_eq!(tally.acknowledged_unhandled, 0);
    assert!(tally.broken > 0, "no kill has hit anything");
}

/// Two receivers and their Redis.
struct Cluster {
    redis: Mutex<RedisServer>,
    receivers: [Mutex<Receiver>; 2],
    addresses: [String; 2],
    key: SigningKey,
    next: AtomicUsize,
    sent: AtomicUsize,
    broken: AtomicUsize,
    acknowledged_unhandled: AtomicUsize,
    logs: Mutex<Logs>,
}

impl Cluster {
    fn start(lease: Duration) -> Option<Arc<Self>> {
        let redis = RedisServer::start()?;
        let receivers = [0, 1].map(|number| Receiver {
            process: None,
            address: format!("127.0.0.1:{}", free_port()),
            redis: redis.url(),
            log: redis.directory().join(format!("receiver-{number}")),
            starts: 0,
            lease,
        });
        let addresses = [&receivers[0], &receivers[1]].map(|receiver| receiver.address.clone());
        let directory = redis.directory().clone();
        let cluster = Self {
            redis: Mutex::new(redis),
            receivers: receivers.map(Mutex::new),
            addresses,
            key: Stripe.signing_key(SECRET).unwrap(),
            next: AtomicUsize::new(0),
            sent: AtomicUsize::new(0),
            broken: AtomicUsize::new(0),
            acknowledged_unhandled: AtomicUsize::new(0),
            logs: Mutex::new(Logs { directory, read: HashMap::new(), handled: HashSet::new() }),
        };
        cluster.receivers.iter().for_each(|receiver| receiver.lock().unwrap().start());
        Some(Arc::new(cluster))
    }

    /// Sends everything, while `meanwhile` does what it wants.
    async fn send_all(self: &Arc<Self>, meanwhile: impl AsyncFnOnce()) {
        let began = Instant::now();
        let mut senders = JoinSet::new();
        for _ in 0..SENDERS {
            senders.spawn(Arc::clone(self).send());
        }
        meanwhile().await;
        senders.join_all().await;
        println!("{DELIVERIES} deliveries in {:.1?}", began.elapsed());
    }

    async fn send(self: Arc<Self>) {
        let mut lines = self.addresses.clone().map(|address| Line { address, sender: None });
        loop {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            if number >= DELIVERIES {
                return;
            }
            let id = format!("evt_{number}");
            let [one, other] = &mut lines;
            tokio::join!(self.deliver(one, &id), self.deliver(other, &id));
            tokio::join!(self.deliver(one, &id), self.deliver(other, &id));
        }
    }

    /// As Stripe does, until it is acknowledged, though Stripe has more patience.
    async fn deliver(&self, line: &mut Line, id: &str) {
        let mut request = Request::post("/stripe")
            .header("host", "localhost")
            .body(Bytes::from(format!(r#"{{"id":"{id}","type":"invoice.paid"}}"#)))
            .unwrap();
        Stripe.sign(&mut request, &self.key, SystemClock.now().unwrap()).unwrap();
        let patience = Instant::now() + Duration::from_secs(60);
        loop {
            self.sent.fetch_add(1, Ordering::SeqCst);
            match line.post(request.clone()).await {
                Some((StatusCode::OK, _)) => break,
                Some((StatusCode::SERVICE_UNAVAILABLE, true)) => {}
                Some((status, _)) => panic!("{id} is answered {status}, which is neither success nor 503"),
                None => drop(self.broken.fetch_add(1, Ordering::SeqCst)),
            }
            assert!(Instant::now() < patience, "{id} is not acknowledged");
            sleep(Duration::from_millis(20)).await;
        }
        if !self.logs.lock().unwrap().has_handled(id) {
            self.acknowledged_unhandled.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Waits until so many deliveries have been begun.
    async fn sent(&self, deliveries: usize) {
        while self.next.load(Ordering::SeqCst) < deliveries {
            sleep(Duration::from_millis(2)).await;
        }
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally {
            sent: self.sent.load(Ordering::SeqCst),
            broken: self.broken.load(Ordering::SeqCst),
            acknowledged_unhandled: self.acknowledged_unhandled.load(Ordering::SeqCst),
            ..Tally::default()
        };
        let mut handlings = self.logs.lock().unwrap().handlings();
        let killed: Vec<String> =
            self.receivers.iter().flat_map(|receiver| receiver.lock().unwrap().killed()).collect();
        for number in 0..DELIVERIES {
            let id = format!("evt_{number}");
            let handlings = handlings.remove(&id).unwrap_or_default();
            for handling in &handlings {
                match handling.outcome.as_str() {
                    NO_OUTCOME => {
                        assert!(
                            killed.contains(&handling.process),
                            "{id}: {handling:?}, though nobody killed it"
                        );
                        tally.killed += 1;
                    }
                    outcome => tally.unsettled += usize::from(outcome == "unsettled"),
                }
            }
            match handlings.len() {
                0 => tally.lost += 1,
                1 => tally.handled_once += 1,
                _ => {
                    // Of several successes, one may have been noted; the others must have ended in a kill.
                    let noted = handlings.iter().filter(|handling| handling.outcome == "settled").count();
                    tally.unexplained += usize::from(noted > 1);
                    tally.twice.push((id, handlings));
                }
            }
        }
        assert!(handlings.is_empty(), "handled what was never sent: {handlings:?}");
        tally
    }
}

#[derive(Debug, Default)]
struct Tally {
    sent: usize,
    handled_once: usize,
    twice: Vec<(String, Vec<Handling>)>,
    lost: usize,
    unexplained: usize,
    acknowledged_unhandled: usize,
    killed: usize,
    unsettled: usize,
    broken: usize,
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sent, handled_once, twice, lost, .. } = self;
        write!(f, "sent={sent} handled_once={handled_once} handled_twice={} lost={lost}", twice.len())
    }
}

/// A process that receives, and is started again after it was killed.
struct Receiver {
    process: Option<Child>,
    address: String,
    redis: String,
    /// Without the number of the start.
    log: PathBuf,
    starts: usize,
    lease: Duration,
}

impl Receiver {
    fn start(&mut self) {
        self.starts += 1;
        let process = Command::new(env::current_exe().unwrap())
            .args(["--listen", &self.address, "--redis", &self.redis])
            .args(["--lease", &self.lease.as_secs().to_string(), "--log"])
            .arg(self.log.with_extension(self.starts.to_string()))
            .env(RECEIVER, "1")
            .env("STRIPE_SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        self.process = Some(process.unwrap());
        let patience = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(&self.address).is_err() {
            assert!(Instant::now() < patience, "{} does not listen", self.address);
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// The names of those that were killed.
    fn killed(&self) -> Vec<String> {
        let name = |start: usize| name(&self.log.with_extension(start.to_string()));
        (1..self.starts).map(name).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the receivers have written.
struct Logs {
    directory: PathBuf,
    /// How far each file has been read.
    read: HashMap<PathBuf, usize>,
    handled: HashSet<String>,
}

impl Logs {
    /// Whether it has been handled by now.
    fn has_handled(&mut self, id: &str) -> bool {
        if !self.handled.contains(id) {
            for path in self.paths() {
                let mut file = fs::File::open(&path).unwrap();
                let read = self.read.entry(path).or_default();
                let mut new = String::new();
                file.seek(SeekFrom::Start(*read as u64)).unwrap();
                file.read_to_string(&mut new).unwrap();
                new.truncate(new.rfind('\n').map_or(0, |end| end + 1));
                *read += new.len();
                self.handled
                    .extend(new.lines().filter_map(|line| line.strip_prefix("handled ")).map(str::to_owned));
            }
        }
        self.handled.contains(id)
    }

    /// All that was handled, by id.
    fn handlings(&self) -> HashMap<String, Vec<Handling>> {
        let mut all = HashMap::<String, Vec<Handling>>::new();
        for path in self.paths() {
            let process = name(&path);
            for line in fs::read_to_string(&path).unwrap().lines() {
                let (what, id) = line.split_once(' ').unwrap();
                let handlings = all.entry(id.to_owned()).or_default();
                if what == "handled" {
                    handlings.push(Handling { process: process.clone(), outcome: NO_OUTCOME.to_owned() });
                } else {
                    let is_open = |it: &&mut Handling| it.process == process && it.outcome == NO_OUTCOME;
                    handlings.iter_mut().find(is_open).unwrap().outcome = what.to_owned();
                }
            }
        }
        all
    }

    fn paths(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.directory).unwrap().map(|file| file.unwrap().path());
        files.filter(|path| name(path).starts_with("receiver-")).collect()
    }
}

/// One success of a handler.
#[derive(Debug)]
struct Handling {
    /// The receiver, and which of its starts.
    process: String,
    /// Whether Redis had noted the success when the sender was answered: `settled` or `unsettled`.
    outcome: String,
}

const NO_OUTCOME: &str = "killed before it was known";

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// A connection that is kept, to one receiver.
struct Line {
    address: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// The status, and whether there is a `Retry-After`; nothing, if there was no answer.
    async fn post(&mut self, request: Request<Bytes>) -> Option<(StatusCode, bool)> {
        let answer = timeout(Duration::from_secs(30), self.try_post(request)).await;
        let answer = answer.unwrap_or_else(|_| panic!("{} hangs", self.address));
        if answer.is_none() {
            self.sender = None;
        }
        answer
    }

    async fn try_post(&mut self, request: Request<Bytes>) -> Option<(StatusCode, bool)> {
        if self.sender.is_none() {
            let stream = TcpStream::connect(&self.address).await.ok()?;
            stream.set_nodelay(true).ok()?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        let sender = self.sender.as_mut()?;
        sender.ready().await.ok()?;
        let response = sender.send_request(request.map(Full::new)).await.ok()?;
        let answer = (response.status(), response.headers().contains_key(RETRY_AFTER));
        response.into_body().collect().await.ok()?;
        Some(answer)
    }
}
