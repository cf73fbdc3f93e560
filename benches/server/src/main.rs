//! Receivers of the same webhooks under the same load, in turns: this crate's layer in axum, a handler written by hand, a
//! bare one; and where they are installed, express with `@octokit/webhooks`, and FastAPI with Bloonio's own adapter.
//!
//! `cargo run --release --manifest-path benches/server/Cargo.toml`; `benches/README.md` says how to install the others.
use std::{io, path::Path, process::Command, time::Duration};
use tower_webhook_bench_server::{Delivery, Receiver, Which, in_turns, serve_if_asked};

const SIZE: usize = 1024;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_secs(1);

fn main() -> io::Result<()> {
    if serve_if_asked()? {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut names = vec!["axum, this crate's layer", "axum, written by hand", "axum, bare"];
    let mut receivers = vec![
        Receiver::of_this_program(Which::Layer)?,
        Receiver::of_this_program(Which::HandWritten)?,
        Receiver::of_this_program(Which::Bare)?,
    ];
    let node = folder.join("node");
    if node.join("node_modules").is_dir() {
        let mut command = Command::new("node");
        command.arg(node.join("server.mjs"));
        names.push("express, @octokit/webhooks");
        receivers.push(Receiver::start(command)?);
    } else {
        println!("not measured: express, which is not installed");
    }
    report(&names, &in_turns(&receivers, || Delivery::github(SIZE), ROUNDS, ROUND)?);
    drop(receivers);

    let python = folder.join("python/venv/bin/python");
    if !python.is_file() {
        println!("not measured: FastAPI, which is not installed");
        return Ok(());
    }
    let mut command = Command::new(python);
    command.arg(folder.join("python/server.py"));
    let receivers = [Receiver::of_this_program(Which::Bloonio)?, Receiver::start(command)?];
    let rates = in_turns(&receivers, || Delivery::bloonio(SIZE), ROUNDS, ROUND)?;
    report(&["Bloonio: axum, this crate's layer", "Bloonio: FastAPI, its own adapter"], &rates);
    Ok(())
}

/// Each rate, and what part of the first it is.
fn report(names: &[&str], rates: &[f64]) {
    for (name, rate) in names.iter().zip(rates) {
        println!(
            r#"{{"receiver": "{name}", "requests_per_second": {rate:.0}, "over_layer": {:.3}}}"#,
            rate / rates[0]
        );
    }
}
