//! The other side: a client that signs what it sends, with hyper.
//!
//! ```text
//! WEBHOOK_SECRET=whsec_.. cargo run --example sender -- http://localhost:3000/hook
//! cargo run --example sender -- --demo
//! ```
//!
//! The first posts one event as Standard Webhooks say, which is what to take where you may choose. The second starts a
//! receiver of its own, sends to it over a real socket, and fails if the receiver is wrong about a delivery: one that is
//! new, one that is sent again, and one that somebody else has signed.
use axum::{Router, extract::State, http::StatusCode, routing::post};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::Deserialize;
use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::net::TcpListener;
use tower::{Layer as _, ServiceExt as _};
use tower_webhook::{
    Event, Scheme, Sign, SignLayer, VerifySignatureLayer,
    key::{KeyError, SigningKey},
    replay::{MemoryStore, Replay},
    schemes::StandardWebhooks,
};

type BoxError = Box<dyn Error + Send + Sync>;

/// Signs, and sends. A clone shares its connections.
type Sender = Sign<Client<HttpConnector, Full<Bytes>>, StandardWebhooks>;

fn sender(key: SigningKey) -> Sender {
    SignLayer::new(StandardWebhooks, key).layer(Client::builder(TokioExecutor::new()).build_http())
}

/// Sends one event. The id is the event's: whoever tries again after a failure sends the same one, so that the receiver
/// can tell.
async fn send(
    sender: &Sender,
    url: &str,
    id: &str,
    event: &'static str,
) -> Result<Response<Incoming>, BoxError> {
    let request = Request::post(url)
        .header("content-type", "application/json")
        .header("webhook-id", HeaderValue::from_str(id)?)
        .body(Bytes::from_static(event.as_bytes()))?;
    Ok(sender.clone().oneshot(request).await?)
}

const PAID: &str = r#"{"type":"invoice.paid","data":{"invoice":"in_1"}}"#;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let argument = std::env::args().nth(1).ok_or("give the URL to send to, or --demo")?;
    if argument == "--demo" {
        return demo().await;
    }
    let secret =
        std::env::var("WEBHOOK_SECRET").map_err(|_| "set WEBHOOK_SECRET to the endpoint's secret")?;
    let sender = sender(StandardWebhooks.signing_key(&secret)?);
    let answer = send(&sender, &argument, "msg_1", PAID).await?;
    println!("{}", answer.status());
    if answer.status().is_success() { Ok(()) } else { Err("the delivery was not accepted".into()) }
}

async fn demo() -> Result<(), BoxError> {
    let (secret, another) =
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
    let handled = Arc::new(AtomicUsize::new(0));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let app = receiver(secret, Arc::clone(&handled))?;
    tokio::spawn(async move { axum::serve(listener, app).await });

    let (us, forger) =
        (sender(StandardWebhooks.signing_key(secret)?), sender(StandardWebhooks.signing_key(another)?));
    let mut differing = 0;
    for (what, sender, id, expected) in [
        ("new", &us, "msg_1", (StatusCode::OK, 1)),
        ("sent again", &us, "msg_1", (StatusCode::OK, 1)),
        ("another one", &us, "msg_2", (StatusCode::OK, 2)),
        ("signed by somebody else", &forger, "msg_3", (StatusCode::UNAUTHORIZED, 2)),
    ] {
        let status = send(sender, &url, id, PAID).await?.status();
        let became = (status, handled.load(Ordering::SeqCst));
        println!("{what}: {status}, {} handled so far, expected {expected:?}", became.1);
        differing += usize::from(became != expected);
    }
    if differing == 0 { Ok(()) } else { Err(format!("{differing} differ").into()) }
}

#[derive(Deserialize)]
struct Paid {
    data: Invoice,
}

#[derive(Deserialize)]
struct Invoice {
    invoice: String,
}

/// The receiver of the demonstration: it counts what it handles, and handles nothing twice.
fn receiver(secret: &str, handled: Arc<AtomicUsize>) -> Result<Router, KeyError> {
    let verify = VerifySignatureLayer::new(StandardWebhooks, StandardWebhooks.key(secret)?)
        .replay(Replay::new(MemoryStore::new(1000), "demo"));
    Ok(Router::new().route("/hook", post(on_paid)).route_layer(verify).with_state(handled))
}

async fn on_paid(State(handled): State<Arc<AtomicUsize>>, Event(paid): Event<Paid>) {
    println!("paid: {}", paid.data.invoice);
    handled.fetch_add(1, Ordering::SeqCst);
}
