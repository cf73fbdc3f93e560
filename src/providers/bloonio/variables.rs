//! The variables that settings are read from, and what can be wrong with one.
use crate::key::KeyError;
use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    fmt,
};
use zeroize::Zeroizing;

/// The variables' values, each of which may be a secret. Taken out as they are read.
pub(super) struct Variables {
    values: HashMap<&'static str, Zeroizing<String>>,
}

impl Variables {
    /// Those of `variables` that are among `known`, in any case.
    pub(super) fn collect<N, V>(
        variables: impl IntoIterator<Item = (N, V)>,
        known: &[&'static str],
    ) -> Result<Self, SettingsError>
    where
        N: AsRef<OsStr>,
        V: Into<OsString>,
    {
        let mut values = HashMap::new();
        for (name, value) in variables {
            let Some(name) = known.iter().copied().find(|known| name.as_ref().eq_ignore_ascii_case(known))
            else {
                continue;
            };
            let Ok(value) = value.into().into_string().map(Zeroizing::new) else {
                return Err(SettingsError::new(name, SettingsErrorKind::NotUnicode));
            };
            if value.trim().is_empty() {
                return Err(SettingsError::new(name, SettingsErrorKind::Blank));
            }
            if values.insert(name, value).is_some() {
                return Err(SettingsError::new(name, SettingsErrorKind::Twice));
            }
        }
        Ok(Self { values })
    }

    pub(super) fn take(&mut self, name: &'static str) -> Option<Zeroizing<String>> {
        self.values.remove(name)
    }

    pub(super) fn require(&mut self, name: &'static str) -> Result<Zeroizing<String>, SettingsError> {
        self.take(name).ok_or(SettingsError::new(name, SettingsErrorKind::Missing))
    }

    /// What `read` makes of the value, if there is one.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, SettingsErrorKind>,
    ) -> Result<Option<T>, SettingsError> {
        let value = self.take(name);
        value.map(|value| read(&value).map_err(|kind| SettingsError::new(name, kind))).transpose()
    }
}

/// Which variable is wrong, and how. The value is not shown: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    variable: &'static str,
    kind: SettingsErrorKind,
}

/// What is wrong with a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsErrorKind {
    /// It must be set.
    Missing,
    /// It is empty, or only white space: unset it, if it is not meant.
    Blank,
    /// It is set twice, in different cases.
    Twice,
    /// It is not UTF-8.
    NotUnicode,
    /// It is not a positive number, or a larger one than there can be seconds.
    NotANumber,
    /// It is not an absolute URL with a host.
    NotAUrl,
    /// It is not an `https` URL.
    NotHttps,
    /// It does not fit into a header: visible ASCII, with no space around it.
    NotAHeaderValue,
    /// It is neither `none` nor `memory` nor `redis`.
    UnknownBackend,
    /// It is `memory`, and the feature `memory` is not enabled.
    MemoryDisabled,
    /// It is `redis`, and the feature `redis` is not enabled.
    RedisDisabled,
    /// It is not the URL of a Redis.
    NotARedisUrl,
    /// It is no secret.
    Secret(KeyError),
}

impl SettingsError {
    pub(super) fn new(variable: &'static str, kind: SettingsErrorKind) -> Self {
        Self { variable, kind }
    }

    /// The variable's name, in upper case.
    #[must_use]
    pub fn variable(&self) -> &'static str {
        self.variable
    }

    /// What is wrong with it.
    #[must_use]
    pub fn kind(&self) -> SettingsErrorKind {
        self.kind
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` ", self.variable)?;
        f.write_str(match self.kind {
            SettingsErrorKind::Missing => "is not set",
            SettingsErrorKind::Blank => "is blank",
            SettingsErrorKind::Twice => "is set twice, in different cases",
            SettingsErrorKind::NotUnicode => "is not UTF-8",
            SettingsErrorKind::NotANumber => "is not a positive number of seconds",
            SettingsErrorKind::NotAUrl => "is not an absolute URL",
            SettingsErrorKind::NotHttps => "is not an `https` URL",
            SettingsErrorKind::NotAHeaderValue => "does not fit into a header",
            SettingsErrorKind::UnknownBackend => "is neither `none` nor `memory` nor `redis`",
            SettingsErrorKind::MemoryDisabled => {
                "is `memory`: enable the feature `memory` of tower-webhook, or set it to `none`"
            }
            SettingsErrorKind::RedisDisabled => "is `redis`: enable the feature `redis` of tower-webhook",
            SettingsErrorKind::NotARedisUrl => {
                "is not like redis://user:password@host:6379/0, or is rediss: without the feature `redis-tls`"
            }
            SettingsErrorKind::Secret(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for SettingsError {}
