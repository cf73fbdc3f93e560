//! An axum server that receives the webhooks of eight providers, each on a route of its own.
//!
//! ```text
//! cargo run --example receiver                             # on 127.0.0.1:3000; prints commands to paste
//! cargo run --example receiver -- --listen 127.0.0.1:8080  # elsewhere
//! cargo run --example receiver -- --demo                   # sends itself deliveries of every kind, and checks
//! ```
//!
//! One line is printed for each delivery: what became of it, and why.

#[path = "receiver/commands.rs"]
mod commands;
#[path = "receiver/deliveries.rs"]
mod deliveries;
#[path = "receiver/demo.rs"]
mod demo;
#[path = "receiver/report.rs"]
mod report;

use axum::{Extension, Router, middleware, routing::post};
use report::{Report, Seen};
use serde::Deserialize;
use std::{error::Error, process::ExitCode, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::mpsc};
use tower_http::timeout::RequestBodyDeadlineLayer;
use tower_webhook::{
    Event, Scheme, TaggedEvent, Verified, VerifySignatureLayer,
    key::{KeyError, KeyProvider, Tenants},
    providers::{
        BitHumanAccount, BitHumanSession, Blinger, Blooio, BloonioChat, Chatzuri, GitHub, Stripe, bithuman,
        blinger, blooio, bloonio, chatzuri,
    },
    replay::{MemoryStore, Replay},
    schemes::StandardWebhooks,
};

/// What each provider's dashboard would show. In your service they come from variables or mounted files.
mod secrets {
    pub(crate) const GITHUB: &str = "github-demo-secret";
    pub(crate) const STRIPE: &str = "whsec_stripe_demo_secret";
    pub(crate) const STANDARD_WEBHOOKS: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    pub(crate) const BLOONIO: &str = "sk_bloonio_demo_secret";
    pub(crate) const BLOONIO_TENANT: &str = "019e4ae7-1a2b-7c3d-8e4f-5a6b7c8d9e0f";
    pub(crate) const BITHUMAN_SESSION: &str = "bithuman-session-demo-secret";
    pub(crate) const BITHUMAN_ACCOUNT: &str = "whsec_bithuman_account_demo_secret";
    pub(crate) const CHATZURI: &str = "chatzuri-demo-secret";
    pub(crate) const BLOOIO: &str = "whsec_blooio_demo_secret";
    pub(crate) const BLINGER: &str = "blinger-demo-path-secret-4f1c9a";
}

/// Small, so that the demo can exceed it.
const BODY_LIMIT: usize = 1 << 20;

fn app(report: Report) -> Result<Router, KeyError> {
    let memory = &Arc::new(MemoryStore::new(100_000));
    let tenants = Tenants::new().with(secrets::BLOONIO_TENANT, BloonioChat.key(secrets::BLOONIO)?);
    // `MethodRouter::layer` lets the layer answer wrong methods too, with 405 and `Allow`.
    Ok(Router::new()
        .route("/github", post(on_github).layer(verify(GitHub, secrets::GITHUB, memory)?))
        .route("/stripe", post(on_stripe).layer(verify(Stripe, secrets::STRIPE, memory)?))
        .route(
            "/standard-webhooks",
            post(on_standard).layer(verify(StandardWebhooks, secrets::STANDARD_WEBHOOKS, memory)?),
        )
        .route("/bloonio/{event}", post(on_bloonio).layer(guarded(BloonioChat, tenants, memory)))
        .route(
            "/bithuman-session",
            post(on_bithuman_session).layer(verify(
                BitHumanSession::signed(),
                secrets::BITHUMAN_SESSION,
                memory,
            )?),
        )
        .route(
            "/bithuman-account",
            post(on_bithuman_account).layer(verify(BitHumanAccount, secrets::BITHUMAN_ACCOUNT, memory)?),
        )
        .route("/chatzuri", post(on_chatzuri).layer(verify(Chatzuri::sha256(), secrets::CHATZURI, memory)?))
        .route("/blooio", post(on_blooio).layer(verify(Blooio, secrets::BLOOIO, memory)?))
        .route(
            "/blinger/{secret}",
            post(on_blinger).layer(verify(Blinger::secret_path(), secrets::BLINGER, memory)?),
        )
        .layer(middleware::from_fn_with_state(report, report::report))
        // The layers limit how long a body may be; this, how long it may take.
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(10))))
}

/// A scheme with one secret.
fn verify<S: Scheme>(
    scheme: S,
    secret: &str,
    memory: &Arc<MemoryStore>,
) -> Result<VerifySignatureLayer<S>, KeyError> {
    let key = scheme.key(secret)?;
    Ok(guarded(scheme, key, memory))
}

fn guarded<S: Scheme>(
    scheme: S,
    keys: impl KeyProvider,
    memory: &Arc<MemoryStore>,
) -> VerifySignatureLayer<S> {
    let replay = Replay::new(Arc::clone(memory), "receiver");
    VerifySignatureLayer::new(scheme, keys).body_limit(BODY_LIMIT).replay(replay)
}

/// The events of GitHub that this service knows. Its payloads are large: name the fields that you need.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GitHubEvent {
    Push {
        after: String,
    },
    PullRequest {
        number: u64,
    },
    Ping,
    #[serde(rename = "*")]
    Other(serde::de::IgnoredAny),
}

async fn on_github(
    verified: Verified<GitHub>,
    TaggedEvent(event): TaggedEvent<GitHubEvent>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            GitHubEvent::Push { after } => format!("now at {after}"),
            GitHubEvent::PullRequest { number } => format!("#{number}"),
            GitHubEvent::Ping => "it works".to_owned(),
            GitHubEvent::Other(_) => "not ours".to_owned(),
        },
    )
}

#[derive(Deserialize)]
struct StripeEvent {
    id: String,
    data: serde_json::Value,
}

async fn on_stripe(verified: Verified<Stripe>, Event(event): Event<StripeEvent>) -> Extension<Seen> {
    Seen::of(&verified, format!("{} with {}", event.id, event.data))
}

#[derive(Deserialize)]
struct Message {
    data: serde_json::Value,
}

async fn on_standard(
    verified: Verified<StandardWebhooks>,
    Event(message): Event<Message>,
) -> Extension<Seen> {
    Seen::of(&verified, message.data.to_string())
}

async fn on_bloonio(
    verified: Verified<BloonioChat>,
    TaggedEvent(event): TaggedEvent<bloonio::Event>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            bloonio::Event::TicketCreated(ticket) => format!("ticket {:?}", ticket.ticket_number),
            bloonio::Event::AgentAssigned(agent) => format!("operator {:?}", agent.operator_id),
            _ => String::new(),
        },
    )
}

async fn on_bithuman_session(
    verified: Verified<BitHumanSession>,
    TaggedEvent(event): TaggedEvent<bithuman::SessionEvent>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            bithuman::SessionEvent::RoomJoin(event) => format!("into {}", event.data.room_name),
            bithuman::SessionEvent::ChatPush(event) => format!("{:?}", event.data.message),
            _ => String::new(),
        },
    )
}

async fn on_bithuman_account(
    verified: Verified<BitHumanAccount>,
    TaggedEvent(event): TaggedEvent<bithuman::AccountEvent>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            bithuman::AccountEvent::AgentReady(event) => format!("agent {:?}", event.data.agent_id),
            _ => String::new(),
        },
    )
}

async fn on_chatzuri(
    verified: Verified<Chatzuri>,
    TaggedEvent(event): TaggedEvent<chatzuri::Event>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            chatzuri::Event::LeadSubmit(event) => format!("lead {:?}", event.data.email),
            chatzuri::Event::MessageReceived(event) => format!("by {:?}", event.data.channel()),
            _ => String::new(),
        },
    )
}

async fn on_blooio(
    verified: Verified<Blooio>,
    TaggedEvent(event): TaggedEvent<blooio::Event>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            blooio::Event::MessageReceived(_) => "a message came".to_owned(),
            blooio::Event::MessageDelivered(_) => "a message arrived".to_owned(),
            _ => String::new(),
        },
    )
}

async fn on_blinger(
    verified: Verified<Blinger>,
    TaggedEvent(event): TaggedEvent<blinger::Event>,
) -> Extension<Seen> {
    Seen::of(
        &verified,
        match event {
            blinger::Event::MessageIncoming(event) => format!("conversation {}", event.conversation_id),
            blinger::Event::UserNew(event) => format!("user {}", event.user.id),
            _ => String::new(),
        },
    )
}

const USAGE: &str = "usage: receiver [--listen ADDRESS:PORT | --demo]";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next().as_deref(), arguments.next(), arguments.next()) {
        (None, None, None) => serve("127.0.0.1:3000").await,
        (Some("--listen"), Some(address), None) => serve(&address).await,
        (Some("--demo"), None, None) => demo().await,
        _ => {
            eprintln!("{USAGE}");
            Ok(ExitCode::from(2))
        }
    }
}

async fn serve(address: &str) -> Result<ExitCode, Box<dyn Error>> {
    let listener =
        TcpListener::bind(address).await.map_err(|error| format!("cannot listen on {address}: {error}"))?;
    let address = listener.local_addr()?;
    println!("listening on {address}; paste any of these into another terminal:");
    for target in deliveries::targets() {
        if let Some(command) = commands::command(&target, address) {
            println!("\n# {}\n{command}", target.name);
        }
    }
    println!();
    axum::serve(listener, app(Arc::new(|line| println!("{line}")))?).await?;
    Ok(ExitCode::SUCCESS)
}

async fn demo() -> Result<ExitCode, Box<dyn Error>> {
    let (sender, lines) = mpsc::unbounded_channel();
    let app = app(Arc::new(move |line| drop(sender.send(line))))?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(if demo::run(address, lines).await? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
