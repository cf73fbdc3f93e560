//! The receivers.
use axum::{Router, extract::State, routing::post};
use bytes::Bytes;
use hmac::{Hmac, Mac as _};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use sha2::Sha256;
use std::{hint::black_box, io};
use tokio::net::TcpListener;
use tower_webhook::{
    Event, Scheme as _, VerifySignatureLayer,
    providers::{BloonioChat, GitHub},
};

pub(crate) const SECRET: &str = "sk_a_secret_of_usual_length_32b";

/// One of the receivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The layer and `Event<T>`.
    Layer,
    /// What one writes by hand: `Bytes`, a prepared HMAC, `serde_json`.
    HandWritten,
    /// Nothing is verified.
    Bare,
    /// The layer and `Event<T>`, for Bloonio's chat relay.
    Bloonio,
}

impl Which {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Layer, Self::HandWritten, Self::Bare, Self::Bloonio];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Layer => "layer",
            Self::HandWritten => "hand-written",
            Self::Bare => "bare",
            Self::Bloonio => "bloonio",
        }
    }

    /// The one of this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }
}

#[derive(Deserialize)]
struct Push {
    id: String,
    text: String,
}

fn handle(push: &Push) -> StatusCode {
    black_box((&push.id, &push.text));
    StatusCode::OK
}

/// Prints its address, and serves until it is ended: on one thread, so that the load generator has the other core.
pub fn serve(which: Which) -> io::Result<()> {
    let app = match which {
        Which::Layer => {
            let key = GitHub.key(SECRET).map_err(io::Error::other)?;
            Router::new()
                .route("/hooks", post(async |Event(push): Event<Push>| handle(&push)))
                .route_layer(VerifySignatureLayer::new(GitHub, key))
        }
        Which::HandWritten => {
            let key = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(SECRET.as_bytes());
            Router::new().route("/hooks", post(by_hand)).with_state(key.map_err(io::Error::other)?)
        }
        Which::Bare => Router::new().route("/hooks", post(async |body: Bytes| drop(black_box(body)))),
        Which::Bloonio => {
            let key = BloonioChat.key(SECRET).map_err(io::Error::other)?;
            Router::new()
                .route(
                    "/api/v1/chat-callbacks/{event}",
                    post(async |Event(event): Event<serde_json::Value>| drop(black_box(event))),
                )
                .route_layer(VerifySignatureLayer::new(BloonioChat, key))
        }
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        axum::serve(listener, app).await
    })
}

async fn by_hand(State(key): State<Hmac<Sha256>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let signature = headers.get("x-hub-signature-256").and_then(|value| value.to_str().ok());
    let Some(signature) = signature.and_then(|value| value.strip_prefix("sha256=")) else {
        return StatusCode::UNAUTHORIZED;
    };
    let Ok(signature) = data_encoding::HEXLOWER_PERMISSIVE.decode(signature.as_bytes()) else {
        return StatusCode::UNAUTHORIZED;
    };
    let mut mac = key;
    mac.update(&body);
    if mac.verify_slice(&signature).is_err() {
        return StatusCode::UNAUTHORIZED;
    }
    match serde_json::from_slice::<Push>(&body) {
        Ok(push) => handle(&push),
        Err(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
