//! How far the crate is from the hash, and from the other crates that receive webhooks: all sides on the same bytes, in
//! turns, in one process. One line of JSON for each figure; `benches/RESULTS.md` is written anew.
//!
//! `cargo run --release --manifest-path benches/peers/Cargo.toml -- --quick`: less than two minutes. Without `--quick`
//! each figure gets four times as many rounds.
use std::process::ExitCode;
use tower_webhook_bench_peers::{allocations, figures, measure::Effort, results};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> ExitCode {
    // As a receiver under load, it is this program again.
    match tower_webhook_bench_server::serve_if_asked() {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot serve: {error}");
            return ExitCode::FAILURE;
        }
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let effort = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => Effort::Thorough,
        ["--quick"] => Effort::Quick,
        _ => {
            eprintln!("usage: [--quick]");
            return ExitCode::from(2);
        }
    };
    let measured = figures::measure(effort, |figure| println!("{}", figure.to_json()));
    if let Err(error) = results::write(&measured, effort) {
        eprintln!("RESULTS.md could not be written: {error}");
        return ExitCode::FAILURE;
    }
    let missed = measured.iter().filter(|figure| figure.holds() == Some(false)).count();
    println!("figures: measured={} missed={missed}", measured.len());
    ExitCode::SUCCESS
}
