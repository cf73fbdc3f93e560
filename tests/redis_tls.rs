//! Replay memory in a Redis behind TLS.
#![cfg(feature = "redis-tls")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod redis_server;

use redis_server::{RedisServer, free_port, not_run};
use std::{
    env, fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tower_webhook::replay::{RedisStore, ReplayKey, ReplayStore as _, Reserved};

/// Set in the process that has the test's root certificate among the system's.
const URL: &str = "TOWER_WEBHOOK_TEST_REDIS_TLS_URL";

#[test]
fn over_tls() {
    if let Ok(url) = env::var(URL) {
        return tokio::runtime::Runtime::new().unwrap().block_on(remembers(&url));
    }
    if Command::new("openssl").arg("version").output().is_err() {
        return not_run("openssl is not installed");
    }
    let port = free_port().to_string();
    let directory = env::temp_dir().join(format!("tower-webhook-tls-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let (root, certificate, key) = certificates(&directory);
    let Some(_server) = RedisServer::start_with(&[
        "--tls-port",
        &port,
        "--tls-auth-clients",
        "no",
        "--tls-ca-cert-file",
        &root,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
    ]) else {
        return;
    };

    let url = format!("rediss://127.0.0.1:{port}");
    let run = |root: &str| {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "over_tls", "--nocapture"])
            .env("SSL_CERT_FILE", root)
            .env(URL, &url)
            .output()
            .unwrap()
    };
    let trusting = run(&root);
    assert!(trusting.status.success(), "{trusting:?}");
    // A root that has signed nothing here.
    let (other, _, _) = certificates(&directory.join("other"));
    let distrusting = run(&other);
    let said = String::from_utf8_lossy(&distrusting.stderr);
    assert!(!distrusting.status.success() && said.contains("invalid peer certificate"), "{said}");
    fs::remove_dir_all(&directory).unwrap();
}

async fn remembers(url: &str) {
    let store = RedisStore::open(url).unwrap().timeout(Duration::from_secs(5));
    store.check().await.unwrap();
    let key = ReplayKey::new("x", "1");
    let Reserved::Fresh(reservation) = store.reserve(&key, Duration::from_secs(60)).await.unwrap() else {
        panic!("it is not fresh")
    };
    store.commit(&reservation, Duration::from_secs(60)).await.unwrap();
    assert_eq!(store.reserve(&key, Duration::from_secs(60)).await.unwrap(), Reserved::Done);
}

/// A root certificate, and a certificate for 127.0.0.1 with its key.
fn certificates(directory: &Path) -> (String, String, String) {
    fs::create_dir_all(directory).unwrap();
    let openssl = |arguments: &str| {
        let status = Command::new("openssl")
            .args(arguments.split(' '))
            .current_dir(directory)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "openssl {arguments}");
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    openssl(&format!("req -x509 -days 2 -subj /CN=root {key} -keyout root.key -out root.pem"));
    openssl(&format!("req -subj /CN=redis {key} -keyout redis.key -out redis.csr"));
    fs::write(directory.join("extensions"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    openssl(
        "x509 -req -days 2 -in redis.csr -CA root.pem -CAkey root.key -CAcreateserial -extfile extensions -out redis.pem",
    );
    let path = |name: &str| directory.join(name).to_str().unwrap().to_owned();
    (path("root.pem"), path("redis.pem"), path("redis.key"))
}
