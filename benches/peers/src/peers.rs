//! The other crates' sides, as their documentation calls them.
use crate::{
    deliveries::{self, SECRET, STANDARD_SECRET},
    measure::Side,
    ours::{ready, routed},
};
use axum::{Router, extract::FromRef, routing::post};
use axum_github_webhook_extract::{GithubEvent, GithubToken};
use axum_standardwebhooks::{SharedWebhook, StandardWebhook};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, request::Parts};
use http_body_util::Full;
use octocrab::models::webhook_events::verification::WebhookVerifier;
use serde::de::IgnoredAny;
use slack_morphism::signature_verifier::SlackEventSignatureVerifier;
use std::{convert::Infallible, hint::black_box, sync::Arc};
use tower::{Layer as _, Service as _, service_fn};
use webhook_verify::{Provider, Secret, VerifyOptions};

fn webhook_verify(provider: Provider, secret: &str, parts: Parts, body: Bytes) -> Side {
    let secret = Secret::new(secret);
    Side::new(move || {
        let verdict = webhook_verify::verify(
            provider.clone(),
            black_box(&parts.headers),
            &body,
            &secret,
            VerifyOptions::default(),
        );
        assert!(verdict.is_ok());
    })
}

/// The functions that check what GitHub signs, each with its crate's name.
pub fn github(body: &Bytes) -> Vec<(&'static str, Side)> {
    let parts = deliveries::github(body);
    let octocrab = {
        let (verifier, body, parts) = (WebhookVerifier::new(SECRET), body.clone(), parts.clone());
        Side::new(move || {
            let signature = black_box(&parts.headers)["x-hub-signature-256"].to_str().unwrap();
            assert!(verifier.verify(signature, &body).is_ok());
        })
    };
    vec![
        ("webhook-verify", webhook_verify(Provider::GitHub, SECRET, parts, body.clone())),
        ("octocrab", octocrab),
    ]
}

/// The same for Stripe. `async-stripe-webhook` parses the event too, and so is not beside them.
pub fn stripe(body: &Bytes) -> Vec<(&'static str, Side)> {
    let parts = deliveries::stripe(body);
    vec![("webhook-verify", webhook_verify(Provider::Stripe, SECRET, parts, body.clone()))]
}

/// The same for Standard Webhooks.
pub fn standard(body: &Bytes) -> Vec<(&'static str, Side)> {
    let parts = deliveries::standard(body, 1);
    let headers: HeaderMap = parts.headers.clone();
    let standardwebhooks = {
        let (body, headers) = (body.clone(), headers.clone());
        let webhook = Arc::new(standardwebhooks::Webhook::new(STANDARD_SECRET).unwrap());
        Side::new(move || assert!(webhook.verify(&body, black_box(&headers)).is_ok()))
    };
    let svix = {
        let body = body.clone();
        let webhook = Arc::new(svix::webhooks::Webhook::new(STANDARD_SECRET).unwrap());
        Side::new(move || assert!(webhook.verify(&body, black_box(&headers)).is_ok()))
    };
    vec![
        ("standardwebhooks", standardwebhooks),
        ("svix", svix),
        ("webhook-verify", webhook_verify(Provider::StandardWebhooks, STANDARD_SECRET, parts, body.clone())),
    ]
}

/// The same for Shopify.
pub fn shopify(body: &Bytes) -> Vec<(&'static str, Side)> {
    let parts = deliveries::shopify(body);
    let shopify_api = {
        let (body, parts) = (body.clone(), parts.clone());
        Side::new(move || {
            let signature = black_box(&parts.headers)["x-shopify-hmac-sha256"].to_str().unwrap();
            assert!(shopify_api::webhooks::verify_hmac(SECRET, &body, signature));
        })
    };
    vec![
        ("shopify_api", shopify_api),
        ("webhook-verify", webhook_verify(Provider::Shopify, SECRET, parts, body.clone())),
    ]
}

/// The same for Slack.
pub fn slack(body: &Bytes) -> Vec<(&'static str, Side)> {
    let parts = deliveries::slack(body);
    let slack_morphism = {
        let (body, parts) = (body.clone(), parts.clone());
        let verifier = SlackEventSignatureVerifier::new(&SECRET.into());
        Side::new(move || {
            let header = |name: &str| black_box(&parts.headers)[name].to_str().unwrap();
            let text = std::str::from_utf8(&body).unwrap();
            let verdict =
                verifier.verify(header("x-slack-signature"), text, header("x-slack-request-timestamp"));
            assert!(verdict.is_ok());
        })
    };
    vec![
        ("slack-morphism", slack_morphism),
        ("webhook-verify", webhook_verify(Provider::Slack, SECRET, parts, body.clone())),
    ]
}

/// webhook-verify's layer around the same service as [`ours`](crate::ours::layer).
pub fn layer(size: usize) -> Side {
    let body = deliveries::body(size);
    let parts = deliveries::github(&body);
    let service = webhook_verify::tower::VerifyLayer::<Bytes>::new(Provider::GitHub, Secret::new(SECRET))
        .layer(service_fn(async |request: Request<Bytes>| {
            black_box(&request);
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
        }));
    Side::consuming(
        move || Request::from_parts(parts.clone(), Full::new(body.clone())),
        move |request| {
            let response = ready(service.clone().call(request)).unwrap();
            assert_eq!(response.status(), StatusCode::OK);
        },
    )
}

/// axum-github-webhook-extract on a route.
pub fn axum_github(body: &Bytes) -> Side {
    let router = Router::new()
        .route(
            "/hooks",
            post(async |GithubEvent(event): GithubEvent<IgnoredAny>| {
                black_box(event);
            }),
        )
        .with_state(GithubToken(Arc::new(SECRET.to_owned())));
    routed(router, deliveries::github(body), body.clone())
}

#[derive(Clone)]
struct WebhookState(SharedWebhook);

impl FromRef<WebhookState> for SharedWebhook {
    fn from_ref(state: &WebhookState) -> Self {
        state.0.clone()
    }
}

/// axum-standardwebhooks on a route.
pub fn axum_standard(body: &Bytes) -> Side {
    let webhook = axum_standardwebhooks::Webhook::new(STANDARD_SECRET).unwrap();
    let router = Router::new()
        .route("/hooks", post(async |StandardWebhook(body): StandardWebhook<Bytes>| drop(black_box(body))))
        .with_state(WebhookState(SharedWebhook::new(webhook)));
    routed(router, deliveries::standard(body, 1), body.clone())
}
