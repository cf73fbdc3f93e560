//! The secret to sign with.
use super::super::{Failure, Streams, arguments::Send};
use std::{env, fs};
use zeroize::Zeroizing;

pub(super) fn read(arguments: &Send, streams: &mut Streams<'_>) -> Result<Zeroizing<String>, Failure> {
    if let Some(variable) = &arguments.secret_env {
        return env::var(variable).map(Zeroizing::new).map_err(|error| {
            let what = match error {
                env::VarError::NotPresent => "is not set",
                // The error holds the value, and is left behind.
                env::VarError::NotUnicode(_) => "is not UTF-8",
            };
            Failure::Usage(format!("the variable `{variable}` {what}"))
        });
    }
    if let Some(path) = &arguments.secret_file {
        let cannot = |why: &dyn std::fmt::Display| {
            Failure::Usage(format!("cannot read the secret in `{}`: {why}", path.display()))
        };
        let bytes = fs::read(path).map(Zeroizing::new).map_err(|error| cannot(&error))?;
        let text = std::str::from_utf8(&bytes).map_err(|_| cannot(&"it is not UTF-8"))?;
        let text = text.strip_suffix('\n').unwrap_or(text);
        return Ok(Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned()));
    }
    if let Some(secret) = &arguments.secret {
        streams.say(
            "warning: the secret stands in the shell's history and in the list of processes: \
             use --secret-env or --secret-file",
        );
        return Ok(Zeroizing::new(secret.clone()));
    }
    Err(Failure::Usage("there is no secret to sign with: use --secret-env or --secret-file".to_owned()))
}
