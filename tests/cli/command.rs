//! The command, called and run.
use serde_json::{Value, json};
use std::{
    env, fs,
    io::Write as _,
    path::PathBuf,
    process::{self, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

/// What a command has said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: u8,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Calls it, in this process.
pub(crate) fn call(arguments: &[&str], stdin: &[u8]) -> Said {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let arguments = ["tower-webhook"].iter().chain(arguments);
    let status = tower_webhook::cli::run(arguments, &mut &*stdin, &mut stdout, &mut stderr);
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { status, stdout: text(stdout), stderr: text(stderr) }
}

pub(crate) fn process() -> process::Command {
    process::Command::new(env!("CARGO_BIN_EXE_tower-webhook"))
}

/// Runs it, as a process of its own.
pub(crate) fn run(command: &mut process::Command, stdin: &[u8]) -> Said {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    let stdin = stdin.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = pipe.write_all(&stdin);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said {
        status: u8::try_from(output.status.code().expect("it ends by itself")).unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// A file that is gone with it.
#[derive(Debug)]
pub(crate) struct TempFile(PathBuf);

impl TempFile {
    pub(crate) fn new(content: impl AsRef<[u8]>) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("tower-webhook-{}-{number}", process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A delivery of GitHub's own example, but for what a test changes.
pub(crate) fn delivery() -> Value {
    json!({
        "id": "a",
        "provider": "github",
        "keys": ["It's a Secret to Everybody"],
        "method": "POST",
        "url": "https://example.com/hooks",
        "headers": [
            ["X-GitHub-Event", "ping"],
            ["X-Hub-Signature-256", "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"],
        ],
        "body_base64": "SGVsbG8sIFdvcmxkIQ==",
        "now": 1718000000,
    })
}

/// The same with these members.
pub(crate) fn delivery_with(members: Value) -> Value {
    let mut delivery = delivery();
    for (name, value) in members.as_object().unwrap() {
        delivery[name] = value.clone();
    }
    delivery
}

pub(crate) fn lines<'a>(deliveries: impl IntoIterator<Item = &'a Value>) -> Vec<u8> {
    deliveries.into_iter().map(|delivery| format!("{delivery}\n")).collect::<String>().into_bytes()
}

pub(crate) fn verify(stdin: &[u8]) -> Said {
    call(&["verify", "--deliveries", "-"], stdin)
}

/// Verdict and kind of one delivery that is well-formed.
pub(crate) fn verdict(delivery: &Value) -> (String, String) {
    let said = verify(&lines([delivery]));
    assert_eq!((said.status, &*said.stderr), (0, ""), "{delivery}");
    let verdict: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(verdict["id"], delivery["id"]);
    let text = |name: &str| verdict[name].as_str().unwrap().to_owned();
    (text("verdict"), text("kind"))
}

pub(crate) fn assert_verdict(delivery: &Value, verdict: &str, kind: &str) {
    assert_eq!(self::verdict(delivery), (verdict.to_owned(), kind.to_owned()), "{delivery}");
}
