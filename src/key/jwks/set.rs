//! A set of keys, as it is published.
use super::jwk;
use crate::key::{Algorithm, KeySet};
use serde_json::Value;
use std::{error::Error, fmt};

/// No provider publishes more. Each costs us once to read, and where a request names none, each time to try.
const MOST: usize = 64;

impl KeySet {
    /// The keys for `algorithm` in a JSON Web Key Set (RFC 7517), each labelled with its `kid`.
    ///
    /// Others are left out: of another `kty`, `crv` or `alg`; with a `use` that is not `sig`, or `key_ops` without `verify`;
    /// that do not decode, or are too weak. Shared secrets (`oct`) never come out of a set.
    ///
    /// # Errors
    /// If it is no such set, has more than 64 keys, or none for `algorithm`.
    pub fn from_jwks(json: impl AsRef<[u8]>, algorithm: Algorithm) -> Result<Self, JwksError> {
        if !jwk::can_be_published(algorithm) {
            return Err(JwksError::NoPublicKeys { algorithm });
        }
        #[cfg(all(test, feature = "ed25519"))]
        super::tests::READ.set(super::tests::READ.get() + 1);
        let set: Value = serde_json::from_slice(json.as_ref()).map_err(JwksError::NotJson)?;
        let keys = set.get("keys").and_then(Value::as_array).ok_or(JwksError::NotASet)?;
        if keys.len() > MOST {
            return Err(JwksError::TooManyKeys { limit: MOST });
        }
        let usable = keys.iter().filter_map(|key| jwk::key(key, algorithm));
        Self::new(usable).map_err(|_| JwksError::NoUsableKey { of: keys.len(), algorithm })
    }
}

/// Why there are no keys in a JSON Web Key Set, or nothing to look for.
#[derive(Debug)]
#[non_exhaustive]
pub enum JwksError {
    /// It is not JSON.
    NotJson(serde_json::Error),
    /// It is JSON, and has no list of `keys`.
    NotASet,
    /// There are more keys in it than anybody needs.
    TooManyKeys {
        /// How many there may be.
        limit: usize,
    },
    /// None of its keys is one for the algorithm.
    NoUsableKey {
        /// How many keys are in it.
        of: usize,
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The algorithm has no public keys, or its feature is not enabled.
    NoPublicKeys {
        /// The algorithm.
        algorithm: Algorithm,
    },
    /// The set's URL is none that begins with `https://`, or has a user in it.
    BadUrl,
}

impl fmt::Display for JwksError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(error) => write!(f, "it is not JSON: {error}"),
            Self::NotASet => f.write_str("it is no JSON Web Key Set: it has no list of `keys`"),
            Self::TooManyKeys { limit } => write!(f, "there are more than {limit} keys in the set"),
            Self::NoUsableKey { of, algorithm } => {
                write!(f, "none of the {of} keys in the set is one to verify {algorithm:?} with")
            }
            Self::NoPublicKeys { algorithm } => write!(f, "{algorithm:?} has no keys that are published"),
            Self::BadUrl => f.write_str("the set's URL should be like https://example.com/jwks.json"),
        }
    }
}

impl Error for JwksError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NotJson(error) => Some(error),
            Self::NotASet
            | Self::TooManyKeys { .. }
            | Self::NoUsableKey { .. }
            | Self::NoPublicKeys { .. }
            | Self::BadUrl => None,
        }
    }
}
