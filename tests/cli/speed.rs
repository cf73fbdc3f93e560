//! How fast it is, and how much memory it takes: by what the system counts for the process, so that a busy machine does not
//! matter.
#![cfg(target_os = "linux")]

use crate::command::{delivery_with, process};
use serde_json::json;
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Stdio},
};
use tower_webhook::{Scheme as _, providers::Stripe, time::Timestamp};

/// A test without optimisation shows only how the memory grows.
const DELIVERIES: usize = if cfg!(debug_assertions) { 10_000 } else { 100_000 };

/// Of what the specification demands, in a second of one processor.
const DEMANDED: f64 = 20_000.0;

/// Deliveries of Stripe's for 100 endpoints, of which every tenth is forged.
fn deliveries() -> Vec<u8> {
    let mut lines = Vec::new();
    for n in 0..DELIVERIES {
        let secret = format!("whsec_of_endpoint_{}", n % 100);
        let body =
            format!(r#"{{"id":"evt_{n}","type":"charge.succeeded","data":{{"object":{{"amount":{n}}}}}}}"#);
        let mut request = http::Request::post("/").body(body.clone().into()).unwrap();
        let now = 1_760_000_000;
        let key = Stripe.signing_key(&secret).unwrap();
        Stripe.sign(&mut request, &key, Timestamp::from_unix(now)).unwrap();
        let signature = request.headers()["stripe-signature"].to_str().unwrap();
        let forged = if n % 10 == 9 { " " } else { "" };
        let line = delivery_with(json!({
            "id": n,
            "provider": "stripe",
            "keys": [secret],
            "headers": [["Content-Type", "application/json"], ["Stripe-Signature", signature]],
            "body_base64": tower_webhook::encoding::Encoding::Base64.encode(format!("{body}{forged}").as_bytes()),
            "now": now,
            "options": {},
        }));
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

#[test]
fn a_hundred_thousand_deliveries() {
    let mut child = process()
        .args(["verify", "--deliveries", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let lines = deliveries();
    let length = lines.len();
    let writer = std::thread::spawn(move || {
        stdin.write_all(&lines).unwrap();
        stdin
    });
    let mut verdicts = BufReader::new(stdout).lines();
    for n in 0..DELIVERIES {
        let verdict = verdicts.next().unwrap().unwrap();
        let expected = if n % 10 == 9 {
            r#""reject","kind":"signature_mismatch""#
        } else {
            r#""accept","kind":"delivery""#
        };
        assert_eq!(verdict, format!(r#"{{"id":{n},"verdict":{expected}}}"#));
    }
    // It waits for more: time to look at it.
    let (seconds, peak) = (seconds(&child), peak(&child));
    drop(writer.join().unwrap());
    assert!(child.wait().unwrap().success());
    let rate = DELIVERIES as f64 / seconds.max(0.01);
    writeln!(
        std::io::stdout().lock(),
        "\ndeliveries={DELIVERIES} bytes={length} processor_seconds={seconds:.2} rate={rate:.0}/s peak={peak} KiB"
    )
    .unwrap();
    assert!(peak < 32 << 10, "the memory does not grow with the file: {peak} KiB");
    if !cfg!(debug_assertions) {
        assert!(rate > DEMANDED, "{rate}");
    }
}

/// As many keys as deliveries: nothing can be reused, and what is kept is bounded.
#[test]
fn keys_that_are_all_different_take_no_more_memory() {
    let mut child = process()
        .args(["verify", "--deliveries", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let writer = std::thread::spawn(move || {
        for n in 0..DELIVERIES {
            let keys = json!([format!("{n} {}", "x".repeat(1000))]);
            writeln!(stdin, "{}", delivery_with(json!({ "id": n, "keys": keys }))).unwrap();
        }
        stdin
    });
    let mut verdicts = BufReader::new(stdout).lines();
    for _ in 0..DELIVERIES {
        assert!(verdicts.next().unwrap().unwrap().contains("signature_mismatch"));
    }
    let peak = peak(&child);
    drop(writer.join().unwrap());
    assert!(child.wait().unwrap().success());
    assert!(peak < 64 << 10, "{peak} KiB");
}

/// What the processor has worked for it.
fn seconds(child: &Child) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    // Behind the name, which may have spaces: fields 14 and 15 of proc(5), in hundredths.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// The most memory that it has had, in KiB.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
