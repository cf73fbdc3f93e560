//! A provider of one's own, in axum.
//!
//! ```text
//! ACME_SECRET=acme_.. cargo run --example custom_scheme
//! cargo run --example custom_scheme -- --demo
//! ```
//!
//! The first serves on 127.0.0.1:3000. The second serves on a free port, sends itself one delivery that is genuine and
//! two that are not, over a real socket, and fails if it is wrong about any.
//!
//! Most providers need no implementation: `schemes::Signed` describes them. Acme does, because it names the event twice,
//! in a header and in the signed body. `conformance::scheme` (feature `conformance`) checks a scheme in a test.
use axum::{Router, routing::post};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use std::{error::Error, net::SocketAddr, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceBuilder;
use tower_http::timeout::RequestBodyDeadlineLayer;
use tower_webhook::{
    TaggedEvent, VerifySignatureLayer,
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    time::{Clock as _, SystemClock, Timestamp, Unit},
};

const EVENT: HeaderName = HeaderName::from_static("acme-event");
const TIMESTAMP: HeaderName = HeaderName::from_static("acme-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");

/// Signs `{timestamp}.{body}` by HMAC-SHA256, in hexadecimal. Its secrets begin with `acme_`.
struct Acme;

impl Scheme for Acme {
    fn name(&self) -> &str {
        "acme"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::text().prefix("acme_").key(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let time = head.one(&TIMESTAMP)?;
        let signed_at = Unit::Seconds.parse(time).ok_or(Refusal::MalformedTimestamp)?;
        let check = Check::new(Text::new().bytes(time).bytes(".").body()).signed_at(signed_at);
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [id, event] = proven.json_texts(["id", "type"])?;
        let (id, event) = id.zip(event).ok_or(Refusal::MalformedBody("no `id` or no `type`".into()))?;
        if proven.head().one(&EVENT)? != event {
            return Err(Refusal::EventMismatch);
        }
        Ok(Delivery::new().signed_id(id).signed_event(event).into())
    }

    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let time = Unit::Seconds.format(now);
        let text = Text::new().bytes(&time).bytes(".").body();
        let signature = Encoding::Hex.encode(&key.sign(Algorithm::HmacSha256, &text, request.body())?);
        let unfit = |_| CannotSign::new("a value does not fit into a header");
        request.headers_mut().insert(TIMESTAMP, time.try_into().map_err(unfit)?);
        request.headers_mut().insert(SIGNATURE, signature.try_into().map_err(unfit)?);
        Ok(())
    }
}

#[derive(Deserialize)]
enum AcmeEvent {
    #[serde(rename = "invoice.paid")]
    InvoicePaid { amount: u64 },
    /// What Acme invents next.
    #[serde(rename = "*")]
    Other(serde_json::Value),
}

async fn on_event(TaggedEvent(event): TaggedEvent<AcmeEvent>) {
    match event {
        AcmeEvent::InvoicePaid { amount } => println!("paid: {amount}"),
        AcmeEvent::Other(payload) => println!("unknown: {payload}"),
    }
}

fn app(secret: &str) -> Result<Router, KeyError> {
    let layers = ServiceBuilder::new()
        // The next layer limits how long a body is; this one, how long it takes.
        .layer(RequestBodyDeadlineLayer::new(Duration::from_secs(10)))
        .layer(VerifySignatureLayer::new(Acme, Acme.key(secret)?));
    Ok(Router::new().route("/acme", post(on_event)).route_layer(layers))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument == "--demo") {
        return demo().await;
    }
    let secret =
        std::env::var("ACME_SECRET").map_err(|_| "set ACME_SECRET to the secret, which begins with acme_")?;
    Ok(axum::serve(TcpListener::bind("127.0.0.1:3000").await?, app(&secret)?).await?)
}

/// Plays both Acme and a forger.
async fn demo() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = axum::serve(listener, app("acme_secret")?);

    let mut genuine = Request::post("/acme")
        .header("host", address.to_string())
        .header(EVENT, "invoice.paid")
        .body(Bytes::from_static(br#"{"id":"evt_1","type":"invoice.paid","amount":100}"#))?;
    let now = SystemClock.now().ok_or("there is no clock")?;
    Acme.sign(&mut genuine, &Acme.signing_key("acme_secret")?, now)?;
    let mut forged = genuine.clone();
    *forged.body_mut() = Bytes::from_static(br#"{"id":"evt_1","type":"invoice.paid","amount":900}"#);
    let mut renamed = genuine.clone();
    renamed.headers_mut().insert(EVENT, HeaderValue::from_static("invoice.void"));

    let client = async {
        let mut differing = 0;
        for (what, request, expected) in [
            ("genuine", genuine, StatusCode::OK),
            ("forged", forged, StatusCode::UNAUTHORIZED),
            ("another event in the header", renamed, StatusCode::UNAUTHORIZED),
        ] {
            let status = send(address, request).await?;
            println!("{what}: {status}, expected {expected}");
            differing += usize::from(status != expected);
        }
        if differing == 0 { Ok(()) } else { Err(format!("{differing} differ").into()) }
    };
    tokio::select! {
        served = server => Ok(served?),
        checked = client => checked,
    }
}

async fn send(address: SocketAddr, request: Request<Bytes>) -> Result<StatusCode, Box<dyn Error>> {
    let stream = TokioIo::new(TcpStream::connect(address).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request.map(Full::new)).await?.status())
}
