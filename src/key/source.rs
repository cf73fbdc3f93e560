//! Keys from the place where a service is given them: a variable, or a file.
use super::{Key, KeyError};
use crate::scheme::Scheme;
use std::{
    env::{self, VarError},
    fmt, io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The key in the environment variable `name`, in the text form that the provider's dashboard shows.
///
/// The error names the variable, and shows nothing of its value.
///
/// ```no_run
/// # #[cfg(feature = "providers")] {
/// use tower_webhook::{VerifySignatureLayer, key, providers::GitHub};
///
/// # fn main() -> Result<(), key::KeySourceError> {
/// let layer = VerifySignatureLayer::new(GitHub, key::from_env(&GitHub, "GITHUB_WEBHOOK_SECRET")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
///
/// # Errors
/// If the variable is not set, is not UTF-8, or is no key of `scheme`.
pub fn from_env<S: Scheme + ?Sized>(scheme: &S, name: &str) -> Result<Key, KeySourceError> {
    from_variable(scheme, name, env::var(name))
}

fn from_variable<S: Scheme + ?Sized>(
    scheme: &S,
    name: &str,
    value: Result<String, VarError>,
) -> Result<Key, KeySourceError> {
    let place = || Place::Variable(name.into());
    let text = value.map(Zeroizing::new).map_err(|error| match error {
        VarError::NotPresent => KeySourceError::Unset { variable: name.into() },
        // The error holds the value, and is left behind.
        VarError::NotUnicode(_) => KeySourceError::NotText { place: place() },
    })?;
    scheme.key(&text).map_err(|error| KeySourceError::NoKey { place: place(), error })
}

/// Why a place yields no key. It names the place, and shows nothing of what is there.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeySourceError {
    /// The variable is not set.
    Unset {
        /// The variable.
        variable: Box<str>,
    },
    /// The file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        error: io::Error,
    },
    /// What is there is not UTF-8.
    NotText {
        /// The place.
        place: Place,
    },
    /// What is there is text, and no key of the scheme.
    NoKey {
        /// The place.
        place: Place,
        /// What is wrong with it.
        error: KeyError,
    },
}

/// Where a key was to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// A variable of the environment.
    Variable(Box<str>),
    /// A file.
    File(PathBuf),
}

impl Place {
    pub(super) fn file(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(f, "the variable `{name}`"),
            Self::File(path) => write!(f, "the file `{}`", path.display()),
        }
    }
}

impl fmt::Display for KeySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset { variable } => write!(f, "the variable `{variable}` is not set"),
            Self::Unreadable { path, error } => {
                write!(f, "the file `{}` cannot be read: {error}", path.display())
            }
            Self::NotText { place } => write!(f, "{place} is not UTF-8"),
            Self::NoKey { place, error } => write!(f, "{place} holds no key: {error}"),
        }
    }
}

impl std::error::Error for KeySourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unset { .. } | Self::NotText { .. } => None,
            Self::Unreadable { error, .. } => Some(error),
            Self::NoKey { error, .. } => Some(error),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schemes::StandardWebhooks;

    fn message(value: Result<&str, VarError>) -> String {
        let value = value.map(str::to_owned);
        from_variable(&StandardWebhooks, "WEBHOOK_SECRET", value).unwrap_err().to_string()
    }

    #[test]
    fn a_variable_is_a_key() {
        let value = Ok("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        assert!(from_variable(&StandardWebhooks, "WEBHOOK_SECRET", value).is_ok());
    }

    #[test]
    fn an_error_names_the_variable() {
        assert_eq!(message(Err(VarError::NotPresent)), "the variable `WEBHOOK_SECRET` is not set");
        for wrong in ["", " ", "whsec_", "not base64", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"] {
            assert!(
                message(Ok(wrong)).starts_with("the variable `WEBHOOK_SECRET` holds no key: "),
                "{wrong:?}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn t24_an_error_shows_nothing_of_the_value() {
        use std::os::unix::ffi::OsStringExt as _;
        let not_utf8 = std::ffi::OsString::from_vec(b"hunter2\xff".to_vec());
        let values =
            [Err(VarError::NotUnicode(not_utf8)), Ok("hunter2 ".to_owned()), Ok("hunter2".to_owned())];
        for value in values {
            let error = from_variable(&StandardWebhooks, "WEBHOOK_SECRET", value).unwrap_err();
            let mut shown = format!("{error} {error:?}");
            let mut source = std::error::Error::source(&error);
            while let Some(error) = source {
                shown = format!("{shown} {error} {error:?}");
                source = error.source();
            }
            assert!(shown.contains("WEBHOOK_SECRET") && !shown.contains("hunter2"), "{shown}");
        }
    }
}
