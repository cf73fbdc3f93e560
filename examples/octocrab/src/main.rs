//! GitHub's webhooks in octocrab's types.
//!
//! ```text
//! GITHUB_SECRET=.. cargo run                # serves on 127.0.0.1:3000
//! cargo run -- --demo                       # in this folder, without a network
//! ```
//!
//! `tower-webhook` verifies, and chooses the variant by `X-GitHub-Event`; octocrab has the payloads, some seventy of them.
//! The second command signs three deliveries as GitHub does, and forges one. It fails if a handler gets what it should not,
//! or does not get what it should.
use axum::{
    Router,
    extract::State,
    http::{Request, StatusCode},
    routing::post,
};
use bytes::Bytes;
use octocrab::models::webhook_events::payload::{
    PingWebhookEventPayload, PushWebhookEventPayload, StarWebhookEventPayload,
};
use serde::Deserialize;
use std::{
    error::Error,
    sync::{Arc, Mutex},
};
use tower::{Layer as _, ServiceExt as _};
use tower_webhook::{
    Event, Scheme as _, SignLayer, TaggedEvent, Verified, VerifySignatureLayer,
    key::{self, Key},
    providers::GitHub,
};

/// The events that this endpoint is subscribed to. The names are GitHub's, in `X-GitHub-Event`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum GitHubEvent {
    Ping(PingWebhookEventPayload),
    Push(Box<PushWebhookEventPayload>),
    Star(StarWebhookEventPayload),
    /// Whatever else it is sent: `Verified` has its name and its payload.
    #[serde(rename = "*")]
    Other(serde::de::IgnoredAny),
}

type Seen = Arc<Mutex<Vec<String>>>;

/// One endpoint for every event.
async fn on_any(
    State(seen): State<Seen>,
    verified: Verified<GitHub>,
    TaggedEvent(event): TaggedEvent<GitHubEvent>,
) {
    note(
        &seen,
        match event {
            GitHubEvent::Ping(ping) => format!("ping: {}", ping.zen.unwrap_or_default()),
            GitHubEvent::Push(push) => format!("push: {} commits to {}", push.commits.len(), push.r#ref),
            GitHubEvent::Star(star) => format!("star: {:?}", star.action),
            GitHubEvent::Other(_) => format!("{}: ignored", verified.event().unwrap_or("without a name")),
        },
    );
}

/// One endpoint for one event.
async fn on_push(State(seen): State<Seen>, Event(push): Event<PushWebhookEventPayload>) {
    note(&seen, format!("pushed by {}", push.pusher.user.name));
}

fn note(seen: &Seen, line: String) {
    println!("{line}");
    seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(line);
}

fn app(key: Key, seen: Seen) -> Router {
    Router::new()
        .route("/github", post(on_any))
        .route("/github/push", post(on_push))
        .route_layer(VerifySignatureLayer::new(GitHub, key))
        .with_state(seen)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--demo") {
        return demo().await;
    }
    let app = app(key::from_env(&GitHub, "GITHUB_SECRET")?, Seen::default());
    Ok(axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?)
}

const PING: &str = r#"{"zen":"Design for failure.","hook_id":423885699}"#;
const STAR: &str = r#"{"action":"created","starred_at":"2026-11-30T10:00:00Z"}"#;
const PUSH: &str = r#"{
    "ref": "refs/heads/main", "before": "0fa0", "after": "0fa1", "base_ref": null,
    "compare": "https://github.com/acme/acme/compare/0fa0...0fa1",
    "created": false, "deleted": false, "forced": false, "commits": [], "head_commit": null,
    "pusher": {"name": "mona", "email": "mona@example.com"}
}"#;

/// Plays both GitHub and a forger.
async fn demo() -> Result<(), Box<dyn Error>> {
    let seen = Seen::default();
    let app = app(GitHub.key("the secret")?, Arc::clone(&seen));
    let github = SignLayer::new(GitHub, GitHub.signing_key("the secret")?);
    let forger = SignLayer::new(GitHub, GitHub.signing_key("another secret")?);
    for (sender, path, event, body, expected) in [
        (&github, "/github", "ping", PING, StatusCode::OK),
        (&github, "/github", "push", PUSH, StatusCode::OK),
        (&github, "/github", "star", STAR, StatusCode::OK),
        (&github, "/github", "watch", STAR, StatusCode::OK),
        (&github, "/github/push", "push", PUSH, StatusCode::OK),
        (&github, "/github/push", "ping", PING, StatusCode::UNPROCESSABLE_ENTITY),
        (&forger, "/github", "push", PUSH, StatusCode::UNAUTHORIZED),
    ] {
        let delivery =
            Request::post(path).header("x-github-event", event).body(Bytes::from_static(body.as_bytes()))?;
        let status = sender.layer(app.clone()).oneshot(delivery).await?.status();
        if status != expected {
            return Err(format!("{event} to {path} was answered {status}, and not {expected}").into());
        }
    }
    let seen = seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let expected = [
        "ping: Design for failure.",
        "push: 0 commits to refs/heads/main",
        "star: Created",
        "watch: ignored",
        "pushed by mona",
    ];
    if *seen == expected { Ok(()) } else { Err(format!("the handlers have seen {seen:?}").into()) }
}
