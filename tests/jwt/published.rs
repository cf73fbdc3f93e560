//! Keys that Google and Plaid publish, from a server by TLS, through the client that the crate has.
use super::{
    common::{Handler, ask},
    web_server::{ROOT, WebServer, answer, ok},
    *,
};
use http_body_util::Full;
use std::{sync::Arc, time::Duration};
use tower::ServiceBuilder;
use tower_webhook::{
    VerifySignatureLayer,
    fetch::{Client, Fetch as _},
    key::{Cached, Jwks, KeyLookupError, KeyProvider, KeyRef},
    providers::{GooglePubSub, Plaid},
};

type Refusal = (u16, Option<RejectionKind>);

fn client() -> Client {
    Client::with_roots(ROOT).unwrap().timeout(Duration::from_millis(500))
}

fn signed(scheme: &dyn Scheme, private: &str, kid: &str) -> Request<Full<Bytes>> {
    let key = scheme.signing_key(jose(private)).unwrap().labeled(kid);
    let mut request = Request::post("/hook").body(Bytes::from_static(b"{}")).unwrap();
    scheme.sign(&mut request, &key, NOW).unwrap();
    request.map(Full::new)
}

async fn refusal(scheme: impl Scheme, keys: impl KeyProvider, request: Request<Full<Bytes>>) -> Refusal {
    let layer = VerifySignatureLayer::new(scheme, keys).clock(|| Some(NOW));
    ask(ServiceBuilder::new().layer(layer).service(Handler::new()), request).await.refusal()
}

const UNAVAILABLE: Refusal = (503, Some(RejectionKind::KeysUnavailable));

#[tokio::test]
async fn pub_sub() {
    let scheme = GooglePubSub::new("https://example.com/push", "push@example.com");
    let published = |server: &WebServer| {
        Jwks::new(client(), &server.url("/oauth2/v3/certs"), Algorithm::RsaPkcs1Sha256).unwrap()
    };
    let server = WebServer::https(|_| ok(jose("/jwks")));
    let keys = Arc::new(published(&server));
    for (private, kid, expected) in [
        ("/keys/rsa/private", "key-1", (200, None)),
        ("/keys/rsa_other/private", "key-1", (401, Some(RejectionKind::SignatureMismatch))),
        ("/keys/rsa/private", "key-1", (200, None)),
        ("/keys/rsa/private", "key-2", (401, Some(RejectionKind::UnknownKey))),
    ] {
        let said = refusal(scheme.clone(), Arc::clone(&keys), signed(&scheme, private, kid)).await;
        assert_eq!(said, expected, "{private} as {kid}");
    }
    assert_eq!(server.requests().len(), 1, "{:?}", server.requests());

    let lost = WebServer::https(|_| answer(500, "", ""));
    let said = refusal(scheme.clone(), published(&lost), signed(&scheme, "/keys/rsa/private", "key-1")).await;
    assert_eq!(said, UNAVAILABLE);
}

/// What Plaid answers at `/webhook_verification_key/get`: one key, by its id.
fn plaids_answer() -> String {
    let spki = jose("/keys/p256/public").lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let spki = Encoding::Base64.decode(&spki).unwrap();
    let (x, y) = spki[spki.len() - 64..].split_at(32);
    let [x, y] = [x, y].map(|number| Encoding::Base64Url.encode(number));
    format!(
        r#"{{"key":{{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"key-1","x":"{x}","y":"{y}"}},"request_id":"1"}}"#
    )
}

/// As a service would write it: one call for each key, kept by `Cached`.
fn plaids_keys(server: &WebServer) -> Cached<impl KeyProvider> {
    let (client, url) = (Arc::new(client()), server.url("/webhook_verification_key/get"));
    Cached::new(move |key: KeyRef| {
        let (client, url) = (Arc::clone(&client), url.clone());
        async move {
            let KeyRef::Id(kid) = key else { return Err(KeyLookupError::Unknown) };
            let question = serde_json::json!({ "client_id": "1", "secret": "2", "key_id": &*kid });
            let request = Request::post(url).body(Bytes::from(question.to_string())).unwrap();
            let answer = client.fetch(request).await.map_err(KeyLookupError::unavailable)?;
            let answer: serde_json::Value =
                serde_json::from_slice(answer.body()).map_err(KeyLookupError::unavailable)?;
            let set = serde_json::json!({ "keys": [answer["key"]] }).to_string();
            KeySet::from_jwks(set, Algorithm::EcdsaP256Sha256Fixed).map_err(KeyLookupError::unavailable)
        }
    })
}

#[tokio::test]
async fn plaid() {
    let server = WebServer::https(|_| ok(plaids_answer()));
    let keys = plaids_keys(&server);
    for (private, expected) in [
        ("/keys/p256/private", (200, None)),
        ("/keys/p256_other/private", (401, Some(RejectionKind::SignatureMismatch))),
        ("/keys/p256/private", (200, None)),
    ] {
        let said = refusal(Plaid, keys.clone(), signed(&Plaid, private, "key-1")).await;
        assert_eq!(said, expected, "{private}");
    }
    assert_eq!(server.requests().len(), 1, "{:?}", server.requests());

    for wrong in [answer(500, "", ""), answer(302, "location: https://example.com/\r\n", ""), ok("no JSON")] {
        let lost = WebServer::https(move |_| wrong.clone());
        let request = signed(&Plaid, "/keys/p256/private", "key-1");
        assert_eq!(refusal(Plaid, plaids_keys(&lost), request).await, UNAVAILABLE);
    }
}
