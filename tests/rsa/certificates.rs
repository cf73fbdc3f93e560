//! From the certificate that a delivery names to the verdict: with what is fetched made up, and from a server by TLS.
use crate::{NOW, PRIVATE, ask_with, paypal, refused, seconds, sns};
use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    fetch::{Fetch, FetchError},
    key::{Algorithm, Certificates},
    providers::Sns,
    time::Timestamp,
};

/// Of the key `PRIVATE`, for `sns.amazonaws.com`, valid in 2025; made by Python's `cryptography`.
const CERTIFICATE: &str = include_str!("certificate.pem");
/// One of Amazon's, valid until 17 August 2022.
const AMAZONS: &str = include_str!("../pki/aws-sns.pem");

/// The certificate lies under every URL; and which were asked for.
fn site(certificate: &'static str) -> (impl Fetch, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let fetch = {
        let asked = Arc::clone(&asked);
        move |request: Request<Bytes>| {
            asked.lock().unwrap().push(request.uri().to_string());
            std::future::ready(Ok::<_, FetchError>(Response::new(Bytes::from_static(certificate.as_bytes()))))
        }
    };
    (fetch, asked)
}

fn of_sns(fetch: impl Fetch) -> Certificates {
    Certificates::new(fetch, Algorithm::RsaPkcs1Sha256).host("sns.amazonaws.com").unwrap()
}

#[tokio::test]
async fn a_certificate_is_fetched_once_and_from_where_it_should_be() {
    let (fetch, asked) = site(CERTIFICATE);
    let keys = of_sns(fetch);
    for _ in 0..10 {
        assert!(ask_with(sns::sns(), keys.clone(), NOW, sns::delivery(&sns::notification())).await.is_ok());
    }
    let elsewhere = sns::changed(|body| body["SigningCertURL"] = "https://evil.example/x.pem".into());
    refused(ask_with(sns::sns(), keys, NOW, elsewhere).await, RejectionKind::UntrustedKey);
    assert_eq!(*asked.lock().unwrap(), [sns::CERTIFICATE]);
}

#[tokio::test]
async fn certificates_that_are_not_to_be_trusted() {
    let ask = async |keys, now| {
        let mut request = sns::post(&sns::notification());
        sns::sns().sign(&mut request, &sns::sns().signing_key(PRIVATE).unwrap(), now).unwrap();
        ask_with(sns::sns(), keys, now, request).await
    };
    let valid = || of_sns(site(CERTIFICATE).0);
    let (begin, end) = (Timestamp::from_unix(1_735_689_600), Timestamp::from_unix(1_767_225_599));
    for now in [begin, NOW, end] {
        assert!(ask(valid(), now).await.is_ok());
    }
    for now in [begin.as_unix() - 1, end.as_unix() + 1] {
        refused(ask(valid(), Timestamp::from_unix(now)).await, RejectionKind::UntrustedKey);
    }
    let another_host =
        Certificates::new(site(CERTIFICATE).0, Algorithm::RsaPkcs1Sha256).host("*.paypal.com").unwrap();
    refused(ask(another_host, NOW).await, RejectionKind::UntrustedKey);
    // One of Amazon's, of another key and time.
    refused(ask(of_sns(site(AMAZONS).0), NOW).await, RejectionKind::SignatureMismatch);
    let unreachable = async |_: Request<Bytes>| -> Result<Response<Bytes>, _> { Err(FetchError::TimedOut) };
    assert_eq!(ask(of_sns(unreachable), NOW).await.unwrap_err(), (503, RejectionKind::KeysUnavailable));
}

/// Genuine deliveries of both versions, by the certificate that they name.
#[tokio::test]
async fn what_amazon_signed() {
    let file: Value = serde_json::from_str(include_str!("../vectors/aws-sns.json")).unwrap();
    let mut seen = 0;
    for vector in file["vectors"].as_array().unwrap() {
        if vector["provenance"]["kind"] != "published" {
            continue;
        }
        seen += 1;
        let request = || {
            let mut request = Request::post("/sns");
            for header in vector["headers"].as_array().unwrap() {
                request = request.header(header[0].as_str().unwrap(), header[1].as_str().unwrap());
            }
            let body = Encoding::Base64.decode(vector["body_base64"].as_str().unwrap()).unwrap();
            request.body(Bytes::from(body)).unwrap()
        };
        let sns = || Sns::topic(vector["options"]["topics"].as_str().unwrap());
        let now = Timestamp::from_unix(vector["now"].as_i64().unwrap());
        let both = || of_sns(site(AMAZONS).0).and_for(Algorithm::RsaPkcs1Sha1);
        assert!(ask_with(sns().accept_sha1(), both(), now, request()).await.is_ok(), "{}", vector["id"]);
        if vector["options"]["sha1"] == "true" {
            // Refused by the scheme, and by the keys if the scheme takes it.
            refused(ask_with(sns(), both(), now, request()).await, RejectionKind::UnsupportedAlgorithm);
            let sha256 = of_sns(site(AMAZONS).0);
            let verdict = ask_with(sns().accept_sha1(), sha256, now, request()).await;
            refused(verdict, RejectionKind::SignatureMismatch);
        }
        let ours = of_sns(site(CERTIFICATE).0);
        assert!(ask_with(sns(), ours, now, request()).await.is_err(), "{}", vector["id"]);
    }
    assert_eq!(seen, 4);
}

#[cfg(feature = "fetch")]
mod by_https {
    use super::*;
    use crate::web_server::{ROOT, WebServer, answer, ok};
    use tower_webhook::{fetch::Client, scheme::Proof};

    /// The tests' server, whatever host the URL names.
    fn instead(server: &WebServer) -> impl Fetch + use<> {
        let (client, server) = (Client::with_roots(ROOT).unwrap(), server.clone());
        move |mut request: Request<Bytes>| {
            *request.uri_mut() = server.url(request.uri().path()).parse().unwrap();
            client.fetch(request)
        }
    }

    #[tokio::test]
    async fn from_a_server() {
        let server = WebServer::https(|_| ok(CERTIFICATE));
        let keys = of_sns(instead(&server));
        for _ in 0..3 {
            let request = sns::delivery(&sns::notification());
            assert!(ask_with(sns::sns(), keys.clone(), NOW, request).await.is_ok());
        }
        let stale = sns::delivery(&sns::notification());
        assert!(ask_with(sns::sns(), keys, seconds(3601), stale).await.is_err());
        let requests = server.requests();
        assert_eq!(requests.len(), 1);
        assert!(
            requests[0].starts_with("GET /SimpleNotificationService-0123456789abcdef.pem "),
            "{requests:?}"
        );
    }

    #[tokio::test]
    async fn paypals_from_a_server() {
        let server = WebServer::https(|_| ok(CERTIFICATE));
        let keys = Certificates::new(instead(&server), Algorithm::RsaPkcs1Sha256);
        for _ in 0..3 {
            let verdict = ask_with(paypal::paypal(), keys.clone(), NOW, paypal::delivery()).await;
            assert_eq!(verdict.unwrap().proof(), Proof::SignedHead);
        }
        assert_eq!(server.requests().len(), 1, "{:?}", server.requests());
        let lost = WebServer::https(|_| answer(500, "", ""));
        let keys = Certificates::new(instead(&lost), Algorithm::RsaPkcs1Sha256);
        let verdict = ask_with(paypal::paypal(), keys, NOW, paypal::delivery()).await;
        assert_eq!(verdict.unwrap_err(), (503, RejectionKind::KeysUnavailable));
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let target = WebServer::https(|_| ok(CERTIFICATE));
        let location = format!("location: {}\r\n", target.url("/SimpleNotificationService-0.pem"));
        let server = WebServer::https(move |_| answer(302, &location, ""));
        let verdict =
            ask_with(sns::sns(), of_sns(instead(&server)), NOW, sns::delivery(&sns::notification())).await;
        refused(verdict, RejectionKind::UntrustedKey);
        assert_eq!(target.connections(), 0);
    }
}
