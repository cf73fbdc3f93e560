//! A web server that does what a test says, byte by byte: also what no server should do.
#![allow(dead_code, unreachable_pub, clippy::indexing_slicing, clippy::unwrap_used)]

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// The authority that has certified [`SERVER`].
pub const ROOT: &str = include_str!("../pki/root.pem");
/// An authority that has certified nobody.
pub const STRANGER: &str = include_str!("../pki/stranger.pem");
/// A server that is 127.0.0.1.
pub const SERVER: Identity =
    Identity { certificate: include_str!("../pki/server.pem"), key: include_str!("../pki/server.key") };
/// A server that is somebody else.
pub const ELSEWHERE: Identity =
    Identity { certificate: include_str!("../pki/elsewhere.pem"), key: include_str!("../pki/elsewhere.key") };

#[derive(Clone, Copy, Debug)]
pub struct Identity {
    certificate: &'static str,
    key: &'static str,
}

/// What the server does next, once it has read a request.
#[derive(Clone, Debug)]
pub enum Step {
    Send(Vec<u8>),
    /// Until the client hangs up.
    SendForEver(Vec<u8>),
    Wait(Duration),
    /// Until the client hangs up.
    Stall,
}

/// A whole answer.
pub fn answer(status: u16, headers: &str, body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

pub fn ok(body: impl AsRef<[u8]>) -> Vec<Step> {
    answer(200, "", body)
}

type Answers = dyn Fn(&str) -> Vec<Step> + Send + Sync;

/// Listens on a free port of 127.0.0.1 until the process ends.
#[derive(Clone, Debug)]
pub struct WebServer {
    scheme: &'static str,
    address: SocketAddr,
    seen: Arc<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: AtomicUsize,
    bytes_sent: AtomicUsize,
    requests: Mutex<Vec<String>>,
}

impl WebServer {
    /// Without TLS.
    pub fn http(answers: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::start("http", None, answers)
    }

    /// As [`SERVER`].
    pub fn https(answers: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::https_as(SERVER, answers)
    }

    pub fn https_as(identity: Identity, answers: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let chain = CertificateDer::pem_slice_iter(identity.certificate.as_bytes());
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.map(Result::unwrap).collect(), key)
            .unwrap();
        Self::start("https", Some(Arc::new(config)), answers)
    }

    fn start(
        scheme: &'static str,
        tls: Option<Arc<ServerConfig>>,
        answers: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let server = Self { scheme, address: listener.local_addr().unwrap(), seen: Arc::default() };
        let (seen, answers) =
            (Arc::clone(&server.seen), Arc::<Answers>::from(Box::new(answers) as Box<Answers>));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                seen.connections.fetch_add(1, Ordering::SeqCst);
                let (seen, answers, tls) = (Arc::clone(&seen), Arc::clone(&answers), tls.clone());
                thread::spawn(move || match tls {
                    // A client that hangs up is what many a test is about.
                    None => drop(serve(stream, &seen, &*answers)),
                    Some(tls) => {
                        let connection = ServerConnection::new(tls).unwrap();
                        drop(serve(StreamOwned::new(connection, stream), &seen, &*answers));
                    }
                });
            }
        });
        server
    }

    /// The URL of `path` here.
    pub fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::SeqCst)
    }

    /// The heads of all requests until now.
    pub fn requests(&self) -> Vec<String> {
        self.seen.requests.lock().unwrap().clone()
    }

    /// How many bytes the network has taken.
    pub fn bytes_sent(&self) -> usize {
        self.seen.bytes_sent.load(Ordering::SeqCst)
    }
}

fn serve(mut stream: impl Read + Write, seen: &Seen, answers: &Answers) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    seen.requests.lock().unwrap().push(head.clone());
    let send = |stream: &mut dyn Write, bytes: &[u8]| {
        stream.write_all(bytes)?;
        stream.flush()?;
        seen.bytes_sent.fetch_add(bytes.len(), Ordering::SeqCst);
        std::io::Result::Ok(())
    };
    for step in answers(&head) {
        match step {
            Step::Send(bytes) => send(&mut stream, &bytes)?,
            Step::SendForEver(bytes) => loop {
                send(&mut stream, &bytes)?;
            },
            Step::Wait(duration) => thread::sleep(duration),
            Step::Stall => while stream.read(&mut byte)? > 0 {},
        }
    }
    Ok(())
}

/// A port of 127.0.0.1 where connections are accepted by nobody, and time out: its queue is full.
#[cfg(target_os = "linux")]
pub async fn full_port() -> (u16, impl Sized) {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind((std::net::Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let listener = socket.listen(0).unwrap();
    let port = listener.local_addr().unwrap().port();
    let waiting: Vec<_> =
        (0..4).map(|_| tokio::spawn(tokio::net::TcpStream::connect(("127.0.0.1", port)))).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    (port, (listener, waiting))
}

/// Connects to `address` and hands bytes over in both directions, as a proxy does once it has said so.
pub fn tunnel(address: &str, mut client: TcpStream) {
    let mut server = TcpStream::connect(address).unwrap();
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut from_client, &mut to_server));
    let _ = std::io::copy(&mut server, &mut client);
}
