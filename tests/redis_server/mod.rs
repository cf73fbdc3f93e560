//! A `redis-server` of one's own, on a free port, with its data in a directory of its own.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::{
    fs,
    io::{ErrorKind, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

#[derive(Debug)]
pub struct RedisServer {
    process: Option<Child>,
    port: u16,
    directory: PathBuf,
    arguments: Vec<String>,
}

impl RedisServer {
    /// Starts one that keeps all that it has answered for. `None`, and a word about it, where it is not installed.
    ///
    /// # Panics
    /// If it is not installed, and `CI` is set.
    pub fn start() -> Option<Self> {
        Self::start_with(&["--appendonly", "yes", "--appendfsync", "always"])
    }

    /// Starts one with these arguments.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn start_with(arguments: &[&str]) -> Option<Self> {
        let mut server = Self::prepare(arguments);
        match server.restart() {
            Ok(()) => Some(server),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                not_run(
                    "redis-server is not installed (apt-get install redis-server, or brew install redis)",
                );
                None
            }
            Err(error) => panic!("cannot start redis-server: {error}"),
        }
    }

    /// One that is not running yet.
    pub fn prepare(arguments: &[&str]) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tower-webhook-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { process: None, port: free_port(), directory, arguments }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn directory(&self) -> &PathBuf {
        &self.directory
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it without a word, as a failing machine would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it with the data that it had, and waits until it answers.
    ///
    /// # Errors
    /// If there is no such program.
    pub fn restart(&mut self) -> std::io::Result<()> {
        self.kill();
        let log = fs::File::create(self.directory.join("log"))?;
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string(), "--save", "", "--dir"])
            .arg(&self.directory)
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn()?;
        self.process = Some(process);
        let patience = Instant::now() + Duration::from_secs(20);
        while !self.answers() {
            let log = || fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(Instant::now() < patience, "redis-server does not answer: {}", log());
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Whether it is there, and has read its data; a demand for a password is an answer too.
    fn answers(&self) -> bool {
        let ping = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"PING\r\n")?;
            let mut answer = [0; 64];
            let length = stream.read(&mut answer)?;
            std::io::Result::Ok(answer.get(..length).unwrap_or_default().to_vec())
        };
        ping().is_ok_and(|answer| !answer.is_empty() && !answer.starts_with(b"-LOADING"))
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// Says that a test did not run, past the test harness, which shows nothing of a test that passes.
///
/// # Panics
/// Where `CI` is set: what does not run there fails.
pub fn not_run(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "NOT RUN: {why}");
    let _ = writeln!(std::io::stderr(), "NOT RUN: {why}");
}

/// A port that nobody listens on, and that no outgoing connection is given: one to a dead server's port could else end
/// at itself, and keep the server from coming back.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(37);
    for _ in 0..10_000 {
        let port = 20_000 + (first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free")
}
