//! The command `tower-webhook`, of the feature `cli`: `cargo install tower-webhook --features cli`.
//!
//! ```text
//! tower-webhook verify --deliveries deliveries.jsonl      # a verdict on each delivery of a file
//! tower-webhook send --provider github --secret-env SECRET --event push --data push.json https://localhost:8080/
//! tower-webhook providers                                 # what there is
//! ```
//!
//! # Verify
//!
//! JSON Lines in and out, in order; `-` is standard input. A delivery is one object in one line of up to 64 MiB:
//!
//! | member | is |
//! | --- | --- |
//! | `id` | a text or a number, which is given back as it is |
//! | `provider` | a name of the [registry](crate::providers) |
//! | `keys` | the endpoint's keys, in the text form that the provider's dashboard shows; any of them may match. Published keys: a JWK or a JWKS, PEM, base64 or a certificate. Certificates that are sent along: the roots that they lead to |
//! | `method`, `url` | of the request; the URL is the one that the sender sees |
//! | `headers` | pairs of name and value, `[["name", "value"], ..]` |
//! | `body_base64` | the body's bytes, in base64 |
//! | `now` | the receiver's clock, in seconds since the Unix epoch |
//! | `options` | what the endpoint is configured with beside its keys, by name; may be left out |
//!
//! The verdict is `{"id": .., "verdict": .., "kind": ..}`:
//!
//! | `verdict` | `kind` |
//! | --- | --- |
//! | `accept` | `delivery`, or `handshake` for what the layer answers itself |
//! | `reject` | [`RejectionKind::name`](crate::RejectionKind::name); `invalid_key` for a key that cannot be built; `invalid_options` for an option that is missing or wrong |
//! | `unsupported` | `unknown_provider`, or `unknown_variant` for a scheme that the crate does not have of a provider that it has |
//!
//! It is about the signature and its time: there is no replay memory, and no event is parsed. What only tells an endpoint's
//! deliveries from others' (a topic, an app's id, an audience) is compared if an option says it. Nothing is fetched.
//!
//! The options: `variant`, `signature_version`, `signature_algorithm` (which of a provider's schemes it is; else the
//! delivery's `Content-Type` chooses between forms and JSON), `public_url` (in place of `url`), `public_key`, `app_key`,
//! `api_key`, `cert_url`, `certificates` (`{url: pem}`), `max_age` (in seconds), `audience`, `issuer`, those of
//! HTTP Message Signatures (`alg`, `keyid`, `label`, `required_components`), and those that the registry names. Others are
//! ignored, with one warning each.
//!
//! A line that is no delivery is reported on standard error with its number, has no verdict, and does not keep the others
//! from theirs. Lines of white space are skipped.
//!
//! # Send
//!
//! Signs a delivery as the provider does, posts it, and prints the status and the body of the answer; with `--print curl`,
//! it prints a command that does the same. The signature is of the moment in which it was made. The secret is read from a
//! variable or a file; one given by flag stands in the shell's history, and everybody who lists processes sees it.
//!
//! # Exit status
//!
//! | status | `verify` | `send` |
//! | --- | --- | --- |
//! | 0 | every line has its verdict | the receiver answered 2xx, or the command is printed |
//! | 1 | some line is malformed, or input or output broke off | the receiver refused, or did not answer |
//! | 2 | wrong usage, a file that cannot be opened | wrong usage, a secret or file that cannot be read |
mod arguments;
mod providers;
mod send;
mod verify;

use clap::Parser as _;
use std::{
    ffi::OsString,
    io::{self, IsTerminal as _, Read, Write},
    process::ExitCode,
};

/// The command, with the process's own arguments and streams.
#[must_use]
pub fn main() -> ExitCode {
    let mut streams = Streams {
        stdin: &mut io::stdin().lock(),
        stdout: &mut io::stdout().lock(),
        stderr: &mut io::stderr(),
        has_terminal: io::stderr().is_terminal(),
    };
    ExitCode::from(run_with(std::env::args_os(), &mut streams))
}

/// The command, with these arguments, of which the first is its name. Returns its exit status.
pub fn run<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    stdin: &mut dyn Read,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> u8 {
    run_with(arguments, &mut Streams { stdin, stdout, stderr, has_terminal: false })
}

/// Where a command reads and writes.
struct Streams<'a> {
    stdin: &'a mut dyn Read,
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    /// Whether somebody watches `stderr`.
    has_terminal: bool,
}

impl Streams<'_> {
    /// Tells the user. That he cannot be told is no reason to stop.
    fn say(&mut self, message: &str) {
        let _ = writeln!(self.stderr, "tower-webhook: {message}");
    }

    /// Writes to standard output. Whoever has closed it wants no more of it, and no message either.
    fn print(&mut self, text: &[u8]) -> Result<(), Failure> {
        self.stdout.write_all(text).and_then(|()| self.stdout.flush()).map_err(Failure::output)
    }
}

/// Why a command ends early.
enum Failure {
    /// Nothing was tried: status 2.
    Usage(String),
    /// It was tried: status 1.
    Failed(String),
    /// Standard output is closed: status 1, without a word.
    Closed,
}

impl Failure {
    fn output(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Failed(format!("cannot write to standard output: {error}")),
        }
    }
}

const SUCCESS: u8 = 0;
const FAILURE: u8 = 1;
const USAGE: u8 = 2;

fn run_with<A: Into<OsString> + Clone>(
    arguments: impl IntoIterator<Item = A>,
    streams: &mut Streams<'_>,
) -> u8 {
    let arguments = match arguments::Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = error.render().to_string();
            return match (error.use_stderr(), streams) {
                (true, streams) => {
                    let _ = streams.stderr.write_all(text.as_bytes());
                    USAGE
                }
                (false, streams) => streams.print(text.as_bytes()).map_or(FAILURE, |()| SUCCESS),
            };
        }
    };
    let status = match arguments.command {
        arguments::Command::Verify(arguments) => verify::run(&arguments, streams),
        arguments::Command::Send(arguments) => send::run(&arguments, streams),
        arguments::Command::Providers(arguments) => providers::run(&arguments, streams),
    };
    let (message, status) = match status {
        Ok(status) => return status,
        Err(Failure::Closed) => return FAILURE,
        Err(Failure::Usage(message)) => (message, USAGE),
        Err(Failure::Failed(message)) => (message, FAILURE),
    };
    streams.say(&message);
    status
}
