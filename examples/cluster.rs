//! Receivers of Stripe's webhooks that share one Redis: whichever of them a delivery reaches, it is handled once.
//!
//! ```text
//! STRIPE_SECRET=whsec_.. cargo run --features redis --example cluster -- \
//!     --listen 127.0.0.1:3000 --redis redis://127.0.0.1 --log handled.log
//! cargo run --features redis --example cluster -- --demo
//! ```
//!
//! Start the first as often as you like, each time at another address (`--lease` seconds: how long a handler may take
//! before a retry is handled beside it, where that is not as long as Stripe waits). The second starts a `redis-server` and two
//! receivers of its own, sends every delivery to both at the same time and again after its success, and fails if one
//! was not handled exactly once.
use axum::{
    Router,
    extract::State,
    middleware::map_response_with_state,
    response::{Extension, Response},
    routing::post,
};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use std::{
    collections::HashMap,
    env,
    error::Error,
    fs::{self, File},
    io::{self, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};
use tower_http::timeout::RequestBodyDeadlineLayer;
use tower_webhook::{
    Scheme as _, Verified, VerifySignatureLayer,
    providers::Stripe,
    replay::{RedisStore, Replay, Unsettled},
    time::{Clock as _, SystemClock},
};

/// Where the work of this example goes: a file to which all receivers append.
type Log = Arc<File>;

/// Which event a response is about, for the layers around the handler.
#[derive(Clone)]
struct EventId(String);

/// Does the work. What comes here is genuine, and nobody else is at it.
async fn on_event(State(log): State<Log>, event: Verified<Stripe>) -> Result<Extension<EventId>, StatusCode> {
    let id = event.signed_id().ok_or(StatusCode::BAD_REQUEST)?;
    // A failure is answered 500: the delivery is released, and Stripe sends it again.
    note(&log, "handled", id).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Extension(EventId(id.to_owned())))
}

/// Stands around the layer, and notes whether Redis knows by now that the event was handled.
async fn note_outcome(State(log): State<Log>, response: Response) -> Response {
    if let Some(EventId(id)) = response.extensions().get() {
        let outcome =
            if response.extensions().get::<Unsettled>().is_some() { "unsettled" } else { "settled" };
        let _ = note(&log, outcome, id);
    }
    response
}

/// In one write, since others append to the file too.
fn note(mut log: &File, what: &str, id: &str) -> io::Result<()> {
    log.write_all(format!("{what} {id}\n").as_bytes())
}

async fn serve(
    listener: TcpListener,
    secret: &str,
    replay: Replay,
    log: &Path,
) -> Result<(), Box<dyn Error>> {
    let log: Log = Arc::new(File::options().create(true).append(true).open(log)?);
    let verify = VerifySignatureLayer::new(Stripe, Stripe.key(secret)?).replay(replay);
    let app = Router::new()
        .route("/stripe", post(on_event))
        .route_layer(verify)
        .layer(map_response_with_state(Arc::clone(&log), note_outcome))
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(10)))
        .with_state(log);
    println!("listening on {}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}

/// One receiver, as the command line wants it.
pub(crate) async fn receive(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let flag = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let secret = env::var("STRIPE_SECRET").map_err(|_| "set STRIPE_SECRET to the endpoint's secret")?;
    // Redis may be down yet: until it is up, deliveries are answered 503, and come again.
    let store = RedisStore::open(flag("--redis").unwrap_or("redis://127.0.0.1"))?;
    let mut replay = Replay::new(store, "billing");
    if let Some(seconds) = flag("--lease") {
        replay = replay.lease(Duration::from_secs(seconds.parse()?));
    }
    let listener = TcpListener::bind(flag("--listen").unwrap_or("127.0.0.1:3000")).await?;
    serve(listener, &secret, replay, flag("--log").unwrap_or("handled.log").as_ref()).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().collect();
    match arguments.iter().any(|argument| argument == "--demo") {
        true => demo().await,
        false => receive(&arguments).await,
    }
}

/// Plays Stripe, with a load balancer that sends everything everywhere.
async fn demo() -> Result<(), Box<dyn Error>> {
    let redis = match Redis::start() {
        Err(error) if error.kind() == io::ErrorKind::NotFound && env::var_os("CI").is_none() => {
            println!("NOT RUN: redis-server is not installed (apt-get install redis-server)");
            return Ok(());
        }
        redis => redis?,
    };
    let (secret, log) = ("whsec_of_the_demo", redis.directory.join("handled.log"));
    let start_receiver = async || -> Result<SocketAddr, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let replay = Replay::new(RedisStore::open(&redis.url)?, "billing");
        let log = log.clone();
        tokio::spawn(async move {
            let served = serve(listener, secret, replay, &log).await;
            served.map_err(|error| eprintln!("{error}"))
        });
        Ok(address)
    };

    let (one, other) = (start_receiver().await?, start_receiver().await?);
    for number in 0..100 {
        let now = SystemClock.now().ok_or("there is no clock")?;
        let body = Bytes::from(format!(r#"{{"id":"evt_{number}","type":"invoice.paid"}}"#));
        let mut request = Request::post("/stripe").header("host", "localhost").body(body)?;
        Stripe.sign(&mut request, &Stripe.signing_key(secret)?, now)?;
        for _ in 0..2 {
            tokio::try_join!(deliver(one, &request), deliver(other, &request))?;
        }
    }

    let mut handled = HashMap::new();
    for id in fs::read_to_string(&log)?.lines().filter_map(|line| line.strip_prefix("handled ")) {
        *handled.entry(id.to_owned()).or_insert(0) += 1;
    }
    let once = handled.values().filter(|&&times| times == 1).count();
    println!("100 deliveries, each twice to both receivers: {once} handled exactly once");
    if once == 100 && handled.len() == 100 { Ok(()) } else { Err("that should be all of them".into()) }
}

/// Sends until it is acknowledged, as Stripe does, though Stripe has more patience.
async fn deliver(address: SocketAddr, request: &Request<Bytes>) -> Result<(), Box<dyn Error>> {
    loop {
        let stream = TokioIo::new(TcpStream::connect(address).await?);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
        tokio::spawn(connection);
        match sender.send_request(request.clone().map(Full::new)).await?.status() {
            StatusCode::OK => return Ok(()),
            StatusCode::SERVICE_UNAVAILABLE => sleep(Duration::from_millis(20)).await,
            status => return Err(format!("{address} answers {status}").into()),
        }
    }
}

/// A `redis-server` of the demo's own.
struct Redis {
    process: Child,
    url: String,
    directory: PathBuf,
}

impl Redis {
    fn start() -> io::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let directory = env::temp_dir().join(format!("tower-webhook-cluster-{}", std::process::id()));
        fs::create_dir_all(&directory)?;
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", "", "--dir"])
            .arg(&directory)
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self { process, url: format!("redis://127.0.0.1:{port}"), directory })
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.directory);
    }
}
