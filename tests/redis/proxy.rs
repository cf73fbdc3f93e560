//! Stands before Redis, and is what the network can be, or another Redis.
use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf},
    time::sleep,
};

pub(crate) struct Proxy {
    port: u16,
    /// Where new connections lead: the port of a Redis.
    pub(crate) redis: AtomicU16,
    pub(crate) withholds_answers: AtomicBool,
    pub(crate) cuts_next_answer: AtomicBool,
    pub(crate) connections: AtomicUsize,
    /// Connections before this one stay open, and lead nowhere.
    pub(crate) forgotten: AtomicUsize,
    /// What becomes of a `SET` that reserves.
    pub(crate) spoils: Mutex<Spoil>,
    /// How many it was done to.
    pub(crate) spoilt: AtomicUsize,
}

/// Changes an argument of such a `SET`, so that Redis itself refuses it.
#[derive(Clone, Copy)]
pub(crate) enum Spoil {
    Nothing,
    /// Redis 6 knows no `SET` with `NX` and `GET`: `ERR syntax error`.
    LikeRedis6,
    /// `ERR invalid expire time`.
    LeaseOfZero,
}

impl Proxy {
    pub(crate) async fn start(redis: u16) -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Arc::new(Self {
            port: listener.local_addr().unwrap().port(),
            redis: AtomicU16::new(redis),
            withholds_answers: AtomicBool::new(false),
            cuts_next_answer: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            forgotten: AtomicUsize::new(0),
            spoils: Mutex::new(Spoil::Nothing),
            spoilt: AtomicUsize::new(0),
        });
        let here = Arc::clone(&proxy);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let redis = here.redis.load(Ordering::SeqCst);
                let server = TcpStream::connect(("127.0.0.1", redis)).await.unwrap();
                tokio::spawn(Arc::clone(&here).serve(client, server));
            }
        });
        proxy
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn serve(self: Arc<Self>, client: TcpStream, server: TcpStream) {
        let (from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        let here = Arc::clone(&self);
        let asking = tokio::spawn(async move {
            let mut from_client = BufReader::new(from_client);
            while let Some(mut command) = read_command(&mut from_client).await {
                if number < here.forgotten.load(Ordering::SeqCst) {
                    continue;
                }
                here.spoil(&mut command);
                if to_server.write_all(&encoded(&command)).await.is_err() {
                    return;
                }
            }
            // What a client has asked for is done, though it waits no more: the connection stays open for a while.
            pending::<()>().await;
        });
        let mut buffer = vec![0; 65_536];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            while self.withholds_answers.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(1)).await;
            }
            let cut = self.cuts_next_answer.swap(false, Ordering::SeqCst);
            if cut || to_client.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
        asking.abort();
    }

    fn spoil(&self, command: &mut [Vec<u8>]) {
        let [name, _, _, condition, get, _, lease] = command else { return };
        if (&name[..], &condition[..], &get[..]) != (b"SET", b"NX", b"GET") {
            return;
        }
        match *self.spoils.lock().unwrap() {
            Spoil::Nothing => return,
            Spoil::LikeRedis6 => *condition = b"??".to_vec(),
            Spoil::LeaseOfZero => *lease = b"0".to_vec(),
        }
        self.spoilt.fetch_add(1, Ordering::SeqCst);
    }
}

/// An array of bulk strings; `None` at the end.
async fn read_command(from: &mut BufReader<OwnedReadHalf>) -> Option<Vec<Vec<u8>>> {
    let mut command = Vec::new();
    for _ in 0..read_length(from, '*').await? {
        let mut argument = vec![0; read_length(from, '$').await? + 2];
        from.read_exact(&mut argument).await.ok()?;
        argument.truncate(argument.len() - 2);
        command.push(argument);
    }
    Some(command)
}

async fn read_length(from: &mut BufReader<OwnedReadHalf>, kind: char) -> Option<usize> {
    let mut line = String::new();
    from.read_line(&mut line).await.ok()?;
    line.strip_prefix(kind)?.trim_end().parse().ok()
}

fn encoded(command: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", command.len()).into_bytes();
    for argument in command {
        bytes.extend(format!("${}\r\n", argument.len()).bytes());
        bytes.extend(argument);
        bytes.extend(b"\r\n");
    }
    bytes
}
