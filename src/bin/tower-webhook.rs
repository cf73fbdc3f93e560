//! The command: see [`tower_webhook::cli`].
use std::process::ExitCode;

fn main() -> ExitCode {
    tower_webhook::cli::main()
}
