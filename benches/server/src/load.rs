//! A load generator: so many connections, on each the same request again and again.
use crate::receivers::SECRET;
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use std::{
    io,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// A request, as it goes over the wire.
pub struct Delivery(Arc<[u8]>);

impl Delivery {
    /// GitHub's, with a body of so many bytes.
    pub fn github(size: usize) -> Self {
        let body = body(r#"{"id":"evt_1","type":"push","text":""#, size);
        let signature = hmac(&body);
        let headers = format!(
            "x-github-event: push\r\nx-github-delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958\r\n\
             x-hub-signature-256: sha256={signature}\r\n"
        );
        Self::new("/hooks", &headers, &body)
    }

    /// The chat relay's, signed now: it must be sent within 30 seconds.
    pub fn bloonio(size: usize) -> Self {
        let begin = concat!(
            r#"{"event_type":"message_received","tenant_id":"019e4ae7-0000-7000-8000-000000000001","#,
            r#""occurred_at":"2026-05-22T12:34:56Z","message_id":""#
        );
        let body = body(begin, size);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let digest = HEXLOWER.encode(&Sha256::digest(&body));
        let signature = hmac(format!("{now}.{digest}").as_bytes());
        let headers = format!(
            "x-bloonio-tenant-id: 019e4ae7-0000-7000-8000-000000000001\r\nx-bloonio-timestamp: {now}\r\n\
             x-bloonio-signature: {signature}\r\n"
        );
        Self::new("/api/v1/chat-callbacks/message-received", &headers, &body)
    }

    fn new(path: &str, headers: &str, body: &[u8]) -> Self {
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n{headers}\r\n",
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        Self(request.into())
    }
}

fn body(begin: &str, size: usize) -> Vec<u8> {
    format!("{begin}{}\"}}", "x".repeat(size.saturating_sub(begin.len() + 2))).into_bytes()
}

fn hmac(text: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes());
    mac.map(|mac| HEXLOWER.encode(&mac.chain_update(text).finalize().into_bytes())).unwrap_or_default()
}

/// How many connections.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    connections: usize,
}

impl Default for Load {
    fn default() -> Self {
        Self { connections: 32 }
    }
}

impl Load {
    /// How many requests a second are answered with success. Any other answer is an error.
    pub(crate) fn run(self, address: SocketAddr, delivery: &Delivery, time: Duration) -> io::Result<f64> {
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let until = Instant::now() + time;
            let connections: Vec<_> = (0..self.connections)
                .map(|_| tokio::spawn(connection(address, Arc::clone(&delivery.0), until)))
                .collect();
            let mut answered = 0;
            for connection in connections {
                answered += connection.await.map_err(io::Error::other)??;
            }
            Ok(f64::from(answered) / time.as_secs_f64())
        })
    }
}

async fn connection(address: SocketAddr, request: Arc<[u8]>, until: Instant) -> io::Result<u32> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut answered, mut buffer) = (0, Vec::with_capacity(4096));
    while Instant::now() < until {
        stream.write_all(&request).await?;
        buffer.clear();
        loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if is_complete(&buffer)? {
                break;
            }
        }
        answered += 1;
    }
    Ok(answered)
}

/// Whether the answer is all there. One that is no success ends the run: it would be another race.
fn is_complete(answer: &[u8]) -> io::Result<bool> {
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(false) };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    if !head.starts_with("http/1.1 2") {
        let status = head.lines().next().unwrap_or_default();
        return Err(io::Error::other(format!("the receiver answered {status}")));
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.and_then(|digits| digits.trim().parse().ok()).unwrap_or(0);
    Ok(answer.len() >= end + 4 + length)
}
