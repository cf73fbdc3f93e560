//! The HTTPS client for keys, against servers that do everything wrong.
#![cfg(feature = "fetch")]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod web_server;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use std::{
    env,
    io::{Read as _, Write as _},
    net::TcpListener,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    thread,
    time::{Duration, Instant},
};
use tower_webhook::fetch::{Client, ClientError, Fetch, FetchError};
use web_server::{ELSEWHERE, ROOT, STRANGER, Step, WebServer, answer, ok, tunnel};

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).header("accept", "application/json").body(Bytes::new()).unwrap()
}

/// One that trusts the tests' own authority, and no other.
fn client() -> Client {
    Client::with_roots(ROOT).unwrap()
}

/// One for servers without TLS.
fn plain() -> Client {
    client().insecure_allow_http()
}

async fn fails(client: &Client, url: &str) -> FetchError {
    client.fetch(get(url)).await.unwrap_err()
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn an_answer_by_tls() {
    let server = WebServer::https(|_| answer(200, "content-type: application/json\r\n", "{}"));
    let answer = client().fetch(get(&server.url("/keys?a=1"))).await.unwrap();
    assert_eq!((answer.status(), &**answer.body()), (StatusCode::OK, &b"{}"[..]));
    assert_eq!(answer.headers()["content-type"], "application/json");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].starts_with("GET /keys?a=1 HTTP/1.1\r\n"), "{requests:?}");
    let has = |line: &str| requests[0].contains(&format!("\r\n{line}\r\n"));
    assert!(has("accept: application/json") && has(&format!("host: 127.0.0.1:{}", server.port())));
    assert!(requests[0].contains("\r\nuser-agent: tower-webhook/"), "{requests:?}");
}

#[tokio::test]
async fn a_server_that_nobody_trusts() {
    let server = WebServer::https(|_| ok("{}"));
    let error = fails(&Client::with_roots(STRANGER).unwrap(), &server.url("/")).await;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("invalid peer certificate: UnknownIssuer"), "{error}");
    assert!(server.requests().is_empty(), "nothing was asked");
}

#[tokio::test]
async fn a_server_that_is_somebody_else() {
    let server = WebServer::https_as(ELSEWHERE, |_| ok("{}"));
    let error = fails(&client(), &server.url("/")).await;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
    assert!(
        error.to_string().contains("invalid peer certificate: certificate not valid for name"),
        "{error}"
    );
    assert!(server.requests().is_empty(), "nothing was asked");
}

#[tokio::test]
async fn no_http_by_default() {
    let server = WebServer::http(|_| ok("{}"));
    assert!(matches!(fails(&client(), &server.url("/")).await, FetchError::NotHttps));
    assert!(matches!(fails(&client(), "/relative").await, FetchError::NotHttps));
    assert_eq!(server.connections(), 0);
    assert_eq!(plain().fetch(get(&server.url("/"))).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn no_tls_where_it_should_be() {
    let mail = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", mail.local_addr().unwrap());
    thread::spawn(move || mail.accept().unwrap().0.write_all(b"220 mail.example.com ESMTP\r\n").unwrap());
    let error = fails(&client(), &url).await;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = fails(&client(), &format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
    assert!(error.to_string().to_lowercase().contains("connection refused"), "{error}");
}

#[tokio::test]
async fn no_such_host() {
    let error = fails(&client(), "https://host.invalid/").await;
    assert!(matches!(error, FetchError::Unreachable(_) | FetchError::TimedOut), "{error:?}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connecting_ends_by_itself() {
    let (port, _full) = web_server::full_port().await;
    let client = client().timeout(Duration::from_secs(60)).connect_timeout(Duration::from_millis(200));
    let began = Instant::now();
    let error = fails(&client, &format!("https://127.0.0.1:{port}/")).await;
    assert!(matches!(error, FetchError::TimedOut), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_server_that_says_nothing() {
    // It accepts, and neither greets nor hangs up.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", mute.local_addr().unwrap());
    let client = client().timeout(Duration::from_millis(300));
    assert!(matches!(fails(&client, &url).await, FetchError::TimedOut));
    // It has greeted, and does not answer.
    let server = WebServer::https(|_| vec![Step::Stall]);
    assert!(matches!(fails(&client, &server.url("/")).await, FetchError::TimedOut));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly() {
    // Never silent for long, and never done.
    let drip = [Step::Send(chunk(b" ")), Step::Wait(Duration::from_millis(50))];
    let server = WebServer::http(move |_| {
        let head = std::iter::once(Step::Send(CHUNKED.to_vec()));
        head.chain(drip.iter().cloned().cycle().take(2_000)).collect()
    });
    let began = Instant::now();
    let error = fails(&plain().timeout(Duration::from_millis(400)), &server.url("/")).await;
    assert!(matches!(error, FetchError::TimedOut), "{error:?}");
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn a_body_without_end_is_cut_off() {
    let server =
        WebServer::http(|_| vec![Step::Send(CHUNKED.to_vec()), Step::SendForEver(chunk(&[b' '; 16 << 10]))]);
    let error = fails(&plain().limit(100_000), &server.url("/")).await;
    assert!(matches!(error, FetchError::TooLarge { limit: 100_000 }), "{error:?}");
    // What the operating system takes in between is a few megabytes; then nobody reads any more.
    thread::sleep(Duration::from_millis(200));
    let sent = server.bytes_sent();
    thread::sleep(Duration::from_millis(200));
    assert_eq!(server.bytes_sent(), sent, "the client has hung up");
    assert!(sent < 64 << 20, "{sent}");
}

#[tokio::test]
async fn a_body_that_is_announced_too_long_is_not_read() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
    let server = WebServer::http(|_| vec![Step::Send(head.to_vec()), Step::Stall]);
    let error = fails(&plain(), &server.url("/")).await;
    assert!(matches!(error, FetchError::TooLarge { limit: 262_144 }), "{error:?}");
}

#[tokio::test]
async fn the_limit_is_exact() {
    let server = WebServer::http(|head| ok(vec![b' '; if head.contains("/1001 ") { 1001 } else { 1000 }]));
    let client = plain().limit(1000);
    assert_eq!(client.fetch(get(&server.url("/1000"))).await.unwrap().body().len(), 1000);
    assert!(matches!(fails(&client, &server.url("/1001")).await, FetchError::TooLarge { limit: 1000 }));
}

#[tokio::test]
async fn a_head_without_end() {
    let server = WebServer::http(|_| {
        vec![Step::Send(b"HTTP/1.1 200 OK\r\n".to_vec()), Step::SendForEver(b"a: bbbbbbbb\r\n".to_vec())]
    });
    let error = fails(&plain(), &server.url("/")).await;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_no_http() {
    for wrong in [
        "",
        "HTTP/1.1 2",
        "220 mail.example.com ESMTP\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
    ] {
        let server = WebServer::http(|_| vec![Step::Send(wrong.into())]);
        let error = fails(&plain(), &server.url("/")).await;
        assert!(matches!(error, FetchError::Unreachable(_)), "{wrong:?}: {error:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_off() {
    let server =
        WebServer::http(|_| vec![Step::Send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{\"ke".to_vec())]);
    let error = fails(&plain(), &server.url("/")).await;
    assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn t09_no_redirect_is_followed() {
    let target = WebServer::http(|_| ok("{}"));
    let location = format!("location: {}\r\n", target.url("/"));
    for status in [301, 302, 303, 307, 308] {
        let location = location.clone();
        let server = WebServer::http(move |_| answer(status, &location, "moved"));
        let answer = plain().fetch(get(&server.url("/"))).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(target.connections(), 0);
}

#[tokio::test]
async fn the_body_of_another_status_is_not_read() {
    for status in [204, 206, 404, 500] {
        let head = format!("HTTP/1.1 {status} X\r\ncontent-length: 99999999999\r\n\r\n");
        let server = WebServer::http(move |_| vec![Step::Send(head.clone().into_bytes()), Step::Stall]);
        let answer = plain().fetch(get(&server.url("/"))).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().len()), (status, 0));
    }
}

#[tokio::test]
async fn each_request_has_a_connection_of_its_own() {
    let server = WebServer::https(|_| ok("{}"));
    let client = client();
    for asked in 1..=3 {
        client.fetch(get(&server.url("/"))).await.unwrap();
        assert_eq!((server.connections(), server.requests().len()), (asked, asked));
    }
}

#[test]
fn without_tokio_there_is_an_error() {
    let mut fetching = client().fetch(get("https://127.0.0.1:1/"));
    let polled = std::pin::Pin::new(&mut fetching).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = polled else { panic!("{polled:?}") };
    assert_eq!(error.to_string(), "cannot be reached: `fetch::Client` was called outside of a tokio runtime");
}

/// One that only tunnels, and says for whom it did.
fn proxy() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut head = [0; 4096];
            let length = client.read(&mut head).unwrap();
            let head = String::from_utf8(head[..length].to_vec()).unwrap();
            let address = head.split(' ').nth(1).unwrap().to_owned();
            seen.lock().unwrap().push(head);
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
            thread::spawn(move || tunnel(&address, client));
        }
    });
    (port, heads)
}

#[tokio::test]
async fn through_a_proxy_that_is_named() {
    let (port, heads) = proxy();
    let server = WebServer::https(|_| ok("{}"));
    let client = client().proxy(&format!("http://user:hunter2@127.0.0.1:{port}")).unwrap();
    assert!(!format!("{client:?}").contains("hunter2"));
    assert_eq!(&**client.fetch(get(&server.url("/"))).await.unwrap().body(), b"{}");
    let heads = heads.lock().unwrap().clone();
    assert!(heads[0].starts_with(&format!("CONNECT 127.0.0.1:{} HTTP/1.1\r\n", server.port())), "{heads:?}");
    assert!(heads[0].contains("Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n"), "{heads:?}");
}

#[test]
fn what_is_no_proxy() {
    for wrong in ["", "proxy", "socks5://127.0.0.1:1080", "https://127.0.0.1:3128", "http://", "http://:1"] {
        let error = client().proxy(wrong).unwrap_err();
        assert!(matches!(error, ClientError::BadProxy(_)), "{wrong:?}: {error:?}");
        assert_eq!(error.to_string(), "the proxy's URL should be like http://user:password@host:3128");
    }
}

/// Set in the process that has proxies in its environment: the URL to fetch.
const URL: &str = "TOWER_WEBHOOK_TEST_FETCH_URL";

#[tokio::test]
async fn the_environments_proxy_only_when_asked_for() {
    if let Ok(url) = env::var(URL) {
        assert!(client().fetch(get(&url)).await.is_ok(), "without a word, no proxy");
        let error = fails(&client().proxy_from_env(), &url).await;
        return assert!(matches!(error, FetchError::Unreachable(_)), "{error:?}");
    }
    let server = WebServer::https(|_| ok("{}"));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "the_environments_proxy_only_when_asked_for"]).env(URL, server.url("/"));
    for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, format!("http://{nobody}"));
    }
    let child = command.env_remove("NO_PROXY").env_remove("no_proxy").output().unwrap();
    assert!(child.status.success(), "{child:?}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn what_are_no_roots() {
    let none = Client::with_roots("").unwrap_err();
    assert!(matches!(none, ClientError::NoRoots(None)), "{none:?}");
    assert_eq!(none.to_string(), "there are no root certificates: install `ca-certificates`, or name them");
    for wrong in [
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n",
        &format!("{ROOT}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
    ] {
        let error = Client::with_roots(wrong).unwrap_err();
        assert!(matches!(error, ClientError::BadRoot(_)), "{wrong:?}: {error:?}");
    }
}

#[tokio::test]
async fn closures_fetch_and_so_do_shared_ones() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counting = {
        let calls = Arc::clone(&calls);
        move |request: Request<Bytes>| {
            calls.fetch_add(1, Ordering::SeqCst);
            async move { Ok(Response::new(request.uri().to_string().into())) }
        }
    };
    let shared: Arc<dyn Fetch> = Arc::new(counting);
    let answer = Arc::clone(&shared).fetch(get("https://example.com/")).await.unwrap();
    assert_eq!((&**answer.body(), calls.load(Ordering::SeqCst)), (&b"https://example.com/"[..], 1));

    let refusing = async |_: Request<Bytes>| -> Result<Response<Bytes>, FetchError> {
        Err(FetchError::unreachable("no network"))
    };
    let error = refusing.fetch(get("https://example.com/")).await.unwrap_err();
    assert_eq!(error.to_string(), "cannot be reached: no network");
}
