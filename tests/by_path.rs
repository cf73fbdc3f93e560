//! Several schemes behind one layer.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use std::convert::Infallible;
use tower::{ServiceExt as _, service_fn};
use tower_layer::Layer as _;
use tower_webhook::{Scheme, VerifiedBody, VerifySignatureLayer, providers::GitHub, scheme::ByPath};

/// What hyper's users do for each connection. That it compiles is the point: with a trait object among the service's
/// type parameters, the compiler cannot prove that the task is `Send`.
#[tokio::test]
async fn the_service_can_be_called_in_a_task_of_its_own() {
    let table = ByPath::new().route("/github", GitHub, GitHub.key("a secret").unwrap());
    let service = VerifySignatureLayer::by_path(table).layer(service_fn(async |_: Request<VerifiedBody>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    }));
    let task = tokio::spawn(async move {
        let request = Request::post("/elsewhere").body(Full::<Bytes>::default()).unwrap();
        service.oneshot(request).await.unwrap().status()
    });
    assert_eq!(task.await.unwrap(), StatusCode::NOT_FOUND);
}
