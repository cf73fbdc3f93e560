//! GitHub's webhooks on AWS Lambda, behind API Gateway or a function URL, with `lambda_http`.
//!
//! ```text
//! cargo lambda build --release              # what is deployed; GITHUB_SECRET is in its environment
//! cargo run -- --demo                       # in this folder, without a network
//! ```
//!
//! The second hands the service what API Gateway would hand to the function: a genuine delivery, the same in base64, and
//! a forged one. It fails if the service is wrong about one of them.
//!
//! A function lives as long as it is called, and several run side by side: a replay memory in process forgets too soon,
//! so take `RedisStore` or a store of your own.
use bytes::Bytes;
use http_body_util::Full;
use lambda_http::{
    Error, IntoResponse as _, Request, Response, Service,
    http::{self, StatusCode},
    service_fn,
    tower::{Layer as _, ServiceExt as _},
};
use serde::Deserialize;
use std::convert::Infallible;
use tower_webhook::{
    ResponseBody, Scheme as _, Verified, VerifiedBody, VerifySignatureLayer, key, providers::GitHub,
};

#[derive(Deserialize)]
struct Push {
    after: String,
}

/// Only verified requests come here. The proof is in the extensions, and the payload is read from the proof.
async fn on_push(request: http::Request<VerifiedBody>) -> Result<Response<Full<Bytes>>, Infallible> {
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

/// What a function is: the layer knows nothing of Lambda, and `lambda_http` nothing of webhooks.
fn service(
    key: key::Key,
) -> impl Service<Request, Response = Response<ResponseBody<Full<Bytes>>>, Error = Infallible, Future: Send> + Clone
{
    VerifySignatureLayer::new(GitHub, key).layer(service_fn(on_push))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if std::env::args().any(|argument| argument == "--demo") {
        return demo().await;
    }
    lambda_http::run(service(key::from_env(&GitHub, "GITHUB_SECRET")?)).await
}

/// Plays API Gateway.
async fn demo() -> Result<(), Error> {
    let service = service(GitHub.key("It's a Secret to Everybody")?);
    let genuine = include_str!("../event.json");
    let base64 = genuine
        .replace(r#"{\"after\":\"0fa0\"}"#, "eyJhZnRlciI6IjBmYTAifQ==")
        .replace(r#""isBase64Encoded": false"#, r#""isBase64Encoded": true"#);
    let forged = genuine.replace("0fa0", "0fa1");
    let mut differing = 0;
    for (what, event, expected) in [
        ("genuine", genuine, StatusCode::OK),
        ("in base64", &base64, StatusCode::OK),
        ("forged", &forged, StatusCode::UNAUTHORIZED),
    ] {
        let request = lambda_http::request::from_str(event)?;
        let answer = service.clone().oneshot(request).await?.into_response().await;
        println!("{what}: {}, expected {expected}", answer.status());
        differing += usize::from(answer.status() != expected);
    }
    if differing == 0 { Ok(()) } else { Err(format!("{differing} differ").into()) }
}
