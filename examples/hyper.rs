//! GitHub's webhooks with hyper and tower alone, without axum.
//!
//! ```text
//! GITHUB_SECRET=.. cargo run --example hyper
//! cargo run --example hyper -- --demo
//! ```
//!
//! The first serves on 127.0.0.1:3000. The second serves on a free port, sends itself one delivery that is genuine and
//! one that is not, over a real socket, and fails if it is wrong about either.
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use serde::Deserialize;
use std::{convert::Infallible, error::Error, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tower::{ServiceBuilder, service_fn};
use tower_http::timeout::RequestBodyDeadlineLayer;
use tower_webhook::{
    Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    providers::GitHub,
    time::{Clock as _, SystemClock},
};

#[derive(Deserialize)]
struct Push {
    after: String,
}

/// Only verified requests come here. The proof is in the extensions, and the payload is read from the proof.
async fn on_push(request: Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::default());
    match request.extensions().get::<Verified>().map(Verified::parse::<Push>) {
        Some(Ok(push)) => println!("pushed: {}", push.after),
        Some(Err(error)) => {
            *response.status_mut() = error.status();
            *response.body_mut() = error.to_string().into();
        }
        None => *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR,
    }
    Ok(response)
}

async fn serve(listener: TcpListener, secret: &str) -> Result<(), Box<dyn Error>> {
    let service = ServiceBuilder::new()
        // The next layer limits how long a body is; this one, how long it takes.
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(10)))
        .layer(VerifySignatureLayer::new(GitHub, GitHub.key(secret)?))
        .service(service_fn(on_push));
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        let mut server = hyper::server::conn::http1::Builder::new();
        let connection = server.timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                eprintln!("{error}");
            }
        });
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--demo") {
        return demo().await;
    }
    let secret = std::env::var("GITHUB_SECRET")
        .map_err(|_| "set GITHUB_SECRET to the secret of the hook's settings")?;
    serve(TcpListener::bind("127.0.0.1:3000").await?, &secret).await
}

/// Plays both GitHub and a forger.
async fn demo() -> Result<(), Box<dyn Error>> {
    let secret = "the secret of the hook's settings";
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut genuine = Request::post("/")
        .header("host", address.to_string())
        .header("x-github-event", "push")
        .body(Bytes::from_static(br#"{"after":"0fa0"}"#))?;
    let now = SystemClock.now().ok_or("there is no clock")?;
    GitHub.sign(&mut genuine, &GitHub.signing_key(secret)?, now)?;
    let mut forged = genuine.clone();
    *forged.body_mut() = Bytes::from_static(br#"{"after":"0fa1"}"#);

    let client = async {
        let mut differing = 0;
        for (what, request, expected) in
            [("genuine", genuine, StatusCode::OK), ("forged", forged, StatusCode::UNAUTHORIZED)]
        {
            let status = send(address, request).await?;
            println!("{what}: {status}, expected {expected}");
            differing += usize::from(status != expected);
        }
        if differing == 0 { Ok(()) } else { Err(format!("{differing} differ").into()) }
    };
    tokio::select! {
        served = serve(listener, secret) => served,
        checked = client => checked,
    }
}

async fn send(address: SocketAddr, request: Request<Bytes>) -> Result<StatusCode, Box<dyn Error>> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request.map(Full::new)).await?.status())
}
