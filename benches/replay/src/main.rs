//! What replay memory costs: reservations and commits of the memory in process, and those of Redis beside the plain
//! commands of the same client and beside one script for each commit.
//!
//! `cargo run --release --manifest-path benches/replay/Cargo.toml`; needs `redis-server`.
use redis::{Client, Cmd, IntoConnectionInfo as _, aio::MultiplexedConnection};
use std::{
    error::Error,
    fs,
    pin::pin,
    process::{Child, Command, Stdio},
    sync::Arc,
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};
use tower_webhook::replay::{MemoryStore, RedisStore, ReplayKey, ReplayStore, Reservation, Reserved};

const LEASE: Duration = Duration::from_secs(10);
const RETENTION: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    memory();
    redis().await
}

// In process

fn memory() {
    println!("memory in process, full with 100,000 handled deliveries: reserve + commit, pairs/s");
    for threads in [1, 2] {
        let best = (0..5).map(|_| pairs_per_second(threads, 500_000)).fold(0.0, f64::max);
        println!("  {threads} thread{}  {:>6.2} million", if threads == 1 { " " } else { "s" }, best / 1e6);
    }
    println!();
}

fn pairs_per_second(threads: usize, pairs: usize) -> f64 {
    let store = MemoryStore::new(100_000).forget_oldest_when_full();
    let namespace: Arc<str> = Arc::from("billing");
    let keys = |from: usize, number: usize| -> Vec<ReplayKey> {
        (from..from + number).map(|it| ReplayKey::new(Arc::clone(&namespace), it.to_le_bytes())).collect()
    };
    handle_all(&store, &keys(0, 100_000));
    let work: Vec<_> = (1..=threads).map(|thread| keys(thread * 1_000_000, pairs)).collect();
    let began = Instant::now();
    thread::scope(|scope| {
        for keys in &work {
            scope.spawn(|| handle_all(&store, keys));
        }
    });
    (threads * pairs) as f64 / began.elapsed().as_secs_f64()
}

fn handle_all(store: &MemoryStore, keys: &[ReplayKey]) {
    for key in keys {
        let Ok(Reserved::Fresh(reservation)) = at_once(store.reserve(key, LEASE)) else {
            panic!("{key:?} is not fresh")
        };
        at_once(store.commit(&reservation, RETENTION)).expect("commits");
    }
}

/// The memory never waits.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

// Redis

/// What a commit has to do: as a script for one delivery.
const COMMIT: &str = "local held = redis.call('GET', KEYS[1])
if not held or held == ARGV[1] then redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2]) end
return 1";

async fn redis() -> Result<(), Box<dyn Error>> {
    let server = Server::start()?;
    let store = Arc::new(RedisStore::open(&server.url)?.timeout(Duration::from_secs(10)));
    while store.check().await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // As the store has it.
    let info = server.url.as_str().into_connection_info()?;
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let mut plain = Client::open(info.set_tcp_settings(tcp))?.get_multiplexed_async_connection().await?;
    let script: String = redis::cmd("SCRIPT").arg("LOAD").arg(COMMIT).query_async(&mut plain).await?;
    let script = Arc::from(script);
    let all: String = redis::cmd("INFO").arg("server").query_async(&mut plain).await?;
    let version =
        all.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("of unknown version");

    println!(
        "Redis {version}, one connection: microseconds for one operation, the store's beside plain commands;"
    );
    println!("medians of {ROUNDS} rounds, in which they take turns, of their times and of their ratios");
    println!(
        "  in flight  SET NX PX  reserve             SET  commit            both  SET PX  a script for each commit"
    );
    for in_flight in [1, 16, 64] {
        let mut rounds = Vec::new();
        for round in 0..ROUNDS {
            rounds.push(a_round(&store, &plain, &script, round, in_flight).await);
            redis::cmd("FLUSHALL").exec_async(&mut plain).await?;
        }
        let of = |value: fn(&Round) -> f64| median(rounds.iter().map(value).collect());
        println!(
            "  {in_flight:>9}  {:>9.2}  {:>7.2} {:>5.2} x  {:>7.2} {:>7.2} {:>5.2} x  {:>5.2} x  {:>6.2}  {:>7.2} {:>5.2} x",
            of(|it| it.set_nx),
            of(|it| it.reserve),
            of(|it| it.reserve / it.set_nx),
            of(|it| it.set),
            of(|it| it.commit),
            of(|it| it.commit / it.set),
            of(|it| (it.reserve + it.commit) / (it.set_nx + it.set)),
            of(|it| it.set_px),
            of(|it| it.script),
            of(|it| it.script / it.set),
        );
    }
    println!(
        "  (one in flight is what a delivery waits for; with many, Redis and this process share the processor)"
    );
    Ok(())
}

const ROUNDS: usize = 41;

/// Microseconds for one operation.
#[derive(Default)]
struct Round {
    set_nx: f64,
    set: f64,
    set_px: f64,
    script: f64,
    reserve: f64,
    commit: f64,
}

async fn a_round(
    store: &Arc<RedisStore>,
    plain: &MultiplexedConnection,
    script: &Arc<str>,
    round: usize,
    in_flight: usize,
) -> Round {
    let operations = if in_flight == 1 { 500 } else { 4_000 };
    let mut times = Round::default();
    // Redis has more keys for whoever comes later.
    for turn in 0..2 {
        if (round + turn) % 2 == 0 {
            plain_commands(plain, script, operations, in_flight, &mut times).await;
        } else {
            the_store(store, operations, in_flight, &mut times).await;
        }
    }
    times
}

async fn plain_commands(
    plain: &MultiplexedConnection,
    script: &Arc<str>,
    operations: usize,
    in_flight: usize,
    times: &mut Round,
) {
    // Key and token are of the same length as the store's.
    let run = |before: &[&str], after: &[&str]| {
        let (before, after): (Arc<[String]>, Arc<[String]>) = (owned(before), owned(after));
        let plain = plain.clone();
        let operation = move |it| {
            let (mut plain, before, after) = (plain.clone(), Arc::clone(&before), Arc::clone(&after));
            async move {
                let mut command = Cmd::new();
                command.arg(&before[..]).arg(format!("tower-webhook:plainly:{it:064x}"));
                command.arg(format!("{it:032x}")).arg(&after[..]);
                command.query_async::<()>(&mut plain).await.expect("Redis does it");
            }
        };
        async move { each(operations, in_flight, operation).await.0 }
    };
    times.set_nx = run(&["SET"], &["NX", "PX", "10000"]).await;
    times.script = run(&["EVALSHA", script, "1"], &["86400000"]).await;
    times.set = run(&["SET"], &[]).await;
    times.set_px = run(&["SET"], &["PX", "86400000"]).await;
}

fn owned(arguments: &[&str]) -> Arc<[String]> {
    arguments.iter().map(|&argument| argument.to_owned()).collect()
}

async fn the_store(store: &Arc<RedisStore>, operations: usize, in_flight: usize, times: &mut Round) {
    let keys: Arc<[ReplayKey]> = {
        let namespace: Arc<str> = Arc::from("billing");
        (0..operations).map(|it| ReplayKey::new(Arc::clone(&namespace), it.to_le_bytes())).collect()
    };
    let reservations: Arc<[Reservation]>;
    (times.reserve, reservations) = {
        let store = Arc::clone(store);
        let operation = move |it: usize| {
            let (store, keys) = (Arc::clone(&store), Arc::clone(&keys));
            async move {
                match store.reserve(&keys[it], LEASE).await {
                    Ok(Reserved::Fresh(reservation)) => reservation,
                    other => panic!("{other:?}"),
                }
            }
        };
        let (time, reservations) = each(operations, in_flight, operation).await;
        (time, reservations.into())
    };
    let store = Arc::clone(store);
    let operation = move |it: usize| {
        let (store, reservations) = (Arc::clone(&store), Arc::clone(&reservations));
        async move { store.commit(&reservations[it], RETENTION).await.expect("commits") }
    };
    times.commit = each(operations, in_flight, operation).await.0;
}

/// Runs `operations`, so many at a time, each line of them in a task as a server's requests are. Microseconds for each.
async fn each<T, F, Running>(operations: usize, in_flight: usize, operation: F) -> (f64, Vec<T>)
where
    F: Fn(usize) -> Running + Clone + Send + 'static,
    Running: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let began = Instant::now();
    let line = |line: usize| {
        let operation = operation.clone();
        tokio::spawn(async move {
            let mut outputs = Vec::new();
            for number in (line..operations).step_by(in_flight) {
                outputs.push(operation(number).await);
            }
            outputs
        })
    };
    let tasks: Vec<_> = (0..in_flight).map(line).collect();
    let mut outputs: Vec<_> = Vec::with_capacity(operations);
    for (line, task) in tasks.into_iter().enumerate() {
        let line_outputs = task.await.expect("no panic").into_iter().enumerate();
        outputs.extend(line_outputs.map(|(at, output)| (line + at * in_flight, output)));
    }
    let time = began.elapsed().as_secs_f64() * 1e6 / operations as f64;
    outputs.sort_by_key(|(number, _)| *number);
    (time, outputs.into_iter().map(|(_, output)| output).collect())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A `redis-server` that writes nothing to disk.
struct Server {
    process: Child,
    url: String,
    directory: std::path::PathBuf,
}

impl Server {
    fn start() -> Result<Self, Box<dyn Error>> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let directory = std::env::temp_dir().join(format!("tower-webhook-bench-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--dir"])
            .arg(&directory)
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("redis-server (apt-get install redis-server): {error}"))?;
        Ok(Self { process, url: format!("redis://127.0.0.1:{port}"), directory })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
