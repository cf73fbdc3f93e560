//! One endpoint for many tenants, each with secrets of its own in a database, in axum.
//!
//! ```text
//! cargo run --example multi_tenant
//! cargo run --example multi_tenant -- --demo
//! ```
//!
//! The first serves `/stripe/acme` and `/stripe/globex` on 127.0.0.1:3000. The second serves on a free port, sends
//! itself deliveries over a real socket, genuine and not, while a secret is being rotated, and fails if it is wrong
//! about any.
use axum::{Router, routing::post};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::{collections::HashMap, error::Error, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::RwLock,
};
use tower::ServiceBuilder;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_webhook::{
    Event, Scheme, Verified, VerifySignatureLayer,
    key::{Cached, KeyLookupError, KeyProvider, KeyRef, KeySet},
    providers::Stripe,
    schemes::{ByTenant, Source},
    time::{Clock as _, SystemClock},
};

/// Stands for a database: the secrets of each tenant, the newest first.
#[derive(Clone, Default)]
struct Database {
    secrets: Arc<RwLock<HashMap<String, Vec<String>>>>,
}

impl Database {
    async fn set(&self, tenant: &str, secrets: &[&str]) {
        let secrets = secrets.iter().map(|secret| (*secret).to_owned()).collect();
        self.secrets.write().await.insert(tenant.to_owned(), secrets);
    }

    async fn secrets(&self, tenant: &str) -> Result<Vec<String>, KeyLookupError> {
        // A real one is far away. Its errors become `KeyLookupError::unavailable(error)`: 503, and sent again.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let secrets = self.secrets.read().await.get(tenant).cloned();
        secrets.ok_or(KeyLookupError::Unknown)
    }

    async fn keys(self, key: KeyRef) -> Result<KeySet, KeyLookupError> {
        let tenant = key.tenant().ok_or(KeyLookupError::Unknown)?;
        let secrets = self.secrets(tenant).await?;
        let keys: Result<Vec<_>, _> = secrets.iter().map(|secret| Stripe.key(secret)).collect();
        let keys = keys.and_then(KeySet::new).map_err(KeyLookupError::unavailable)?;
        // Else the handler does not learn whose delivery it is, and tenants share one replay memory.
        Ok(keys.of_tenant(tenant))
    }
}

#[derive(Deserialize)]
struct Invoice {
    amount: u64,
}

async fn on_invoice(verified: Verified<Stripe>, Event(invoice): Event<Invoice>) {
    let tenant = verified.tenant().unwrap_or("nobody");
    let key = verified.idempotency_key().unwrap_or_default();
    println!("{tenant} was paid {}; work that must be done once is known by {key:.8}..", invoice.amount);
}

fn app(keys: impl KeyProvider) -> Router {
    let layers = ServiceBuilder::new()
        // The next layer limits how long a body is; this one, how long its sender may be silent.
        .layer(RequestBodyTimeoutLayer::new(Duration::from_secs(10)))
        .layer(VerifySignatureLayer::new(ByTenant::new(Stripe, Source::LastSegment), keys));
    Router::new().route("/stripe/{tenant}", post(on_invoice)).route_layer(layers)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::default();
    database.set("acme", &["whsec_of_acme"]).await;
    database.set("globex", &["whsec_of_globex"]).await;
    let source = database.clone();
    let keys = Cached::new(move |key| source.clone().keys(key))
        .ttl(Duration::from_secs(300))
        .stale_while_unavailable(Duration::from_secs(3600));
    if std::env::args().any(|argument| argument == "--demo") {
        return demo(&database, keys).await;
    }
    Ok(axum::serve(TcpListener::bind("127.0.0.1:3000").await?, app(keys)).await?)
}

/// Plays Stripe, a forger, and the operator who rotates a secret.
async fn demo<P: KeyProvider>(database: &Database, keys: Cached<P>) -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, app(keys.clone()));
    let (ok, refused) = (StatusCode::OK, StatusCode::UNAUTHORIZED);
    let acme = || KeyRef::Tenant("acme".into());

    let client = async {
        let mut differing = 0;
        differing += send(address, "acme", "whsec_of_acme", ok).await?;
        differing += send(address, "globex", "whsec_of_globex", ok).await?;
        differing += send(address, "globex", "whsec_of_acme", refused).await?;
        differing += send(address, "initech", "whsec_of_acme", refused).await?;
        println!("a new secret for acme, beside the old one");
        database.set("acme", &["whsec_new", "whsec_of_acme"]).await;
        keys.forget(&acme());
        differing += send(address, "acme", "whsec_new", ok).await?;
        differing += send(address, "acme", "whsec_of_acme", ok).await?;
        println!("the old one is removed");
        database.set("acme", &["whsec_new"]).await;
        keys.forget(&acme());
        differing += send(address, "acme", "whsec_new", ok).await?;
        differing += send(address, "acme", "whsec_of_acme", refused).await?;
        if differing == 0 { Ok(()) } else { Err(format!("{differing} differ").into()) }
    };
    tokio::select! {
        served = server => Ok(served?),
        checked = client => checked,
    }
}

/// Sends a delivery to `tenant`, signed with `secret`: 1 if the answer is not the one expected.
async fn send(
    address: SocketAddr,
    tenant: &str,
    secret: &str,
    expected: StatusCode,
) -> Result<usize, Box<dyn Error>> {
    let mut request = Request::post(format!("/stripe/{tenant}"))
        .header("host", address.to_string())
        .body(Bytes::from_static(br#"{"id":"evt_1","type":"invoice.paid","amount":100}"#))?;
    let now = SystemClock.now().ok_or("there is no clock")?;
    Stripe.sign(&mut request, &Stripe.signing_key(secret)?, now)?;
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    tokio::spawn(connection);
    let status = sender.send_request(request.map(Full::new)).await?.status();
    println!("to {tenant}, signed with {secret}: {status}, expected {expected}");
    Ok(usize::from(status != expected))
}
