//! What the command is told.
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Verifies webhooks, and sends signed ones
#[derive(Parser)]
#[command(name = "tower-webhook", version, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    Verify(Verify),
    Send(Box<Send>),
    Providers(Providers),
}

/// Gives a verdict on each delivery of a file
///
/// JSON Lines in and out, in order. A delivery is one line:
///
///   {"id", "provider", "keys": [..], "method", "url", "headers": [[name, value], ..], "body_base64", "now": unix
///   seconds, "options": {..}}
///
/// Its verdict is one line:
///
///   {"id", "verdict": "accept" | "reject" | "unsupported", "kind"}
///
/// The kind is "delivery" or "handshake" for what is accepted, else the reason: "signature_mismatch", "stale_timestamp",
/// "invalid_key" and others. It is about the signature and its time; nothing is remembered, parsed as an event or fetched.
#[derive(Args)]
#[command(
    verbatim_doc_comment,
    after_help = "\
Exit status:
  0  every line has its verdict
  1  a line is malformed (it is reported with its number, and the others go on), or input or output broke off
  2  wrong usage, or a file that cannot be opened"
)]
pub(super) struct Verify {
    /// The deliveries, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) deliveries: PathBuf,
}

/// Signs a delivery as a provider does, and posts it
///
/// Prints the status and the body of the answer. With --print curl, prints a command that posts the same delivery.
#[derive(Args)]
#[command(after_help = "\
Exit status:
  0  the receiver answered 2xx, or the command is printed
  1  the receiver refused, or did not answer
  2  wrong usage, or a secret or file that cannot be read")]
pub(super) struct Send {
    /// Whose delivery it is: a name that `providers` lists
    #[arg(long, value_name = "NAME")]
    pub(super) provider: String,
    /// The event type, put where the provider puts it
    #[arg(long, value_name = "EVENT")]
    pub(super) event: Option<String>,
    /// The body, or - for standard input; without it, an empty JSON object
    #[arg(long, value_name = "FILE")]
    pub(super) data: Option<PathBuf>,
    /// The variable that holds the secret, or the private key of a provider with public ones
    #[arg(long, value_name = "VARIABLE", group = "secrets")]
    pub(super) secret_env: Option<String>,
    /// The file that holds it; one line feed at its end is not part of it
    #[arg(long, value_name = "FILE", group = "secrets")]
    pub(super) secret_file: Option<PathBuf>,
    /// The secret itself, which everybody who lists processes then sees
    #[arg(long, value_name = "SECRET", group = "secrets")]
    pub(super) secret: Option<String>,
    /// An option of the provider, such as webhook_id=1JE4291016473214C
    #[arg(short, long = "option", value_name = "NAME=VALUE")]
    pub(super) option: Vec<String>,
    /// A header of the request, such as "Content-Type: text/plain"
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(super) header: Vec<String>,
    /// How long the receiver has to answer, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) timeout: u64,
    /// Prints instead of posting
    #[arg(long, value_name = "FORM")]
    pub(super) print: Option<Print>,
    /// Where to post it; the URL that is signed, for providers that sign it
    #[arg(value_name = "URL")]
    pub(super) url: String,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Print {
    /// A command for a POSIX shell
    Curl,
}

/// Lists the providers
#[derive(Args)]
pub(super) struct Providers {
    /// With everything that is known of them, as one JSON array
    #[arg(long)]
    pub(super) json: bool,
}
