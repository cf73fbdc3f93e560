//! Sends the receiver deliveries of every kind, over a real socket, and checks what becomes of each.
use crate::{
    BODY_LIMIT,
    deliveries::{Delivery, Target, targets},
    report::Line,
};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Full};
use hyper::{
    Method, Request,
    body::{Body, Frame, SizeHint},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use std::{
    convert::Infallible,
    error::Error,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpStream, sync::mpsc::UnboundedReceiver};
use tower_webhook::time::Timestamp;

/// What is sent, and what must come of it.
struct Case {
    kind: &'static str,
    request: Request<Either<Full<Bytes>, Withheld>>,
    expected: (u16, String),
}

/// Whether everything became of the deliveries that should.
pub(crate) async fn run(
    address: SocketAddr,
    mut lines: UnboundedReceiver<Line>,
) -> Result<bool, Box<dyn Error>> {
    let (mut sent, mut as_expected) = (0, 0);
    println!("{:<18} {:<26} {:<26} actual", "provider", "delivery", "expected");
    for target in targets() {
        for case in cases(&target)? {
            let status = send(address, case.request).await?;
            let line = lines.recv().await.ok_or("the receiver reports nothing")?;
            let actual = (status, line.verdict);
            let fits = actual == case.expected;
            let show = |(status, verdict): &(u16, String)| format!("{status} {verdict}");
            println!(
                "{:<18} {:<26} {:<26} {}{}",
                target.name,
                case.kind,
                show(&case.expected),
                show(&actual),
                if fits { "" } else { "   <-- differs" }
            );
            sent += 1;
            as_expected += u32::from(fits);
        }
    }
    println!("demo: sent={sent} as_expected={as_expected} differing={}", sent - as_expected);
    Ok(sent == as_expected)
}

fn cases(target: &Target) -> Result<Vec<Case>, Box<dyn Error>> {
    let now = now()?;
    let mut cases = Vec::new();
    let mut add = |kind, request: Request<Bytes>, status: u16, verdict: &str| {
        let request = request.map(|body| Either::Left(Full::new(body)));
        cases.push(Case { kind, request, expected: (status, verdict.to_owned()) });
    };
    let refused = target.refusal;

    for delivery in &target.deliveries {
        add(delivery.event, target.signed(delivery, now)?, 200, "Handled");
    }

    let delivery = target.deliveries.first().ok_or("a target without deliveries")?.clone();
    let forged = target.signed_with(target.forged_secret, &delivery, now)?;
    add("forged", forged, refused, "SignatureMismatch");
    if target.signs_body {
        let mut changed = target.signed(&delivery, now)?;
        *changed.body_mut() = change_one_bit(changed.body());
        add("one bit changed", changed, refused, "SignatureMismatch");
    }
    if target.signs_time {
        let beyond = target.scheme.tolerance() + Duration::from_secs(10);
        add("stale", target.signed(&delivery, now.saturating_sub(beyond))?, refused, "StaleTimestamp");
        add("future", target.signed(&delivery, now.saturating_add(beyond))?, refused, "FutureTimestamp");
    }
    if let Some((status, verdict)) = target.repeat {
        let once = target.signed(&delivery, now)?;
        add("once", once.clone(), 200, "Handled");
        add("replayed", once, status, verdict);
    }
    if let Some(header) = &target.signature {
        let mut missing = target.signed(&delivery, now)?;
        missing.headers_mut().remove(header);
        add("signature missing", missing, refused, "MissingHeader");
        let mut doubled = target.signed(&delivery, now)?;
        if let Some(signature) = doubled.headers().get(header).cloned() {
            doubled.headers_mut().append(header, signature);
        }
        add("signature doubled", doubled, refused, "DuplicateHeader");
    } else {
        // Without the one segment, or with another, there is no such route.
        let mut missing = target.signed(&delivery, now)?;
        *missing.uri_mut() = delivery.path.parse()?;
        add("secret missing", missing, 404, "NotHandled");
        let mut doubled = target.signed(&delivery, now)?;
        *doubled.uri_mut() = format!("{}/{}", doubled.uri().path(), target.secret).parse()?;
        add("secret doubled", doubled, 404, "NotHandled");
    }
    if let Some(tenant) = &target.tenant {
        let mut unknown = target.signed(&delivery, now)?;
        unknown.headers_mut().insert(tenant, "somebody-else".parse()?);
        add("unknown tenant", unknown, refused, "UnknownKey");
    }
    let mut wrong = target.signed(&delivery, now)?;
    *wrong.method_mut() = Method::PUT;
    add("wrong method", wrong, 405, "MethodNotAllowed");

    let too_long =
        target.signed(&delivery, now)?.map(|_| Either::Right(Withheld { length: BODY_LIMIT as u64 + 1 }));
    cases.push(Case {
        kind: "over the limit",
        request: too_long,
        expected: (413, "BodyTooLarge".to_owned()),
    });
    Ok(cases)
}

impl Target {
    fn signed(&self, delivery: &Delivery, at: Timestamp) -> Result<Request<Bytes>, Box<dyn Error>> {
        self.signed_with(self.secret, delivery, at)
    }

    fn signed_with(
        &self,
        secret: &str,
        delivery: &Delivery,
        at: Timestamp,
    ) -> Result<Request<Bytes>, Box<dyn Error>> {
        let delivery = delivery.numbered();
        let mut request = Request::post(&*delivery.path).header("content-type", "application/json");
        for (name, value) in &delivery.headers {
            request = request.header(*name, value);
        }
        let mut request = request.body(Bytes::from(delivery.body))?;
        self.scheme.sign(&mut request, &self.scheme.signing_key(secret)?, at)?;
        Ok(request)
    }
}

/// A bit of a letter, so that the body stays JSON.
fn change_one_bit(body: &Bytes) -> Bytes {
    let mut changed = body.to_vec();
    if let Some(letter) = changed.iter_mut().rev().find(|byte| byte.is_ascii_alphabetic()) {
        *letter ^= 0x20;
    }
    changed.into()
}

async fn send(
    address: SocketAddr,
    mut request: Request<Either<Full<Bytes>, Withheld>>,
) -> Result<u16, Box<dyn Error>> {
    request.headers_mut().insert("host", address.to_string().parse()?);
    let (mut sender, connection) = http1::handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let _ = response.into_body().collect().await;
    connection.abort();
    Ok(status)
}

/// A body that is announced and never sent: the receiver must not wait for it.
struct Withheld {
    length: u64,
}

impl Body for Withheld {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

fn now() -> Result<Timestamp, Box<dyn Error>> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(Timestamp::from_unix_millis(i64::try_from(since.as_millis())?))
}
