//! Several schemes behind one layer, chosen by path.
use super::{DynScheme, Scheme};
use crate::key::KeyProvider;
use std::{fmt, sync::Arc};

/// Several schemes behind one layer, chosen by the request's path, each with its own keys.
///
/// A path that no entry fits is answered 404.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::{GitHub, Stripe}, scheme::ByPath};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let layer = VerifySignatureLayer::by_path(
///     ByPath::new()
///         .route("/github", GitHub, GitHub.key("the secret of the one")?)
///         .route("/stripe/*", Stripe, Stripe.key("whsec_the_secret_of_the_other")?),
/// );
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct ByPath {
    pub(crate) entries: Vec<(Pattern, SchemeAndKeys)>,
}

/// An entry's scheme and its keys.
pub(crate) type SchemeAndKeys = (Arc<DynScheme>, Arc<dyn KeyProvider>);

impl ByPath {
    /// An empty table: it answers 404 to everything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Deliveries to `path` are verified by `scheme`. A path that ends in `/*` stands for everything below it; of
    /// several that fit, the first counts. Behind `Router::nest`, paths are without its prefix.
    pub fn route(mut self, path: impl Into<String>, scheme: impl Scheme, keys: impl KeyProvider) -> Self {
        self.entries.push((Pattern::new(path.into()), (Arc::new(DynScheme::new(scheme)), Arc::new(keys))));
        self
    }
}

impl fmt::Debug for ByPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.iter().map(|(pattern, (scheme, _))| (pattern, scheme.name()));
        f.debug_map().entries(entries).finish()
    }
}

/// A path, or everything below one.
#[derive(Clone, Debug)]
pub(crate) enum Pattern {
    Exact(Box<str>),
    /// With the slash.
    Below(Box<str>),
}

impl Pattern {
    fn new(path: String) -> Self {
        match path.strip_suffix('*') {
            Some(below) if below.ends_with('/') => Self::Below(below.into()),
            _ => Self::Exact(path.into()),
        }
    }

    pub(crate) fn fits(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => **exact == *path,
            Self::Below(below) => path.len() > below.len() && path.starts_with(&**below),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let fits = |pattern: &str, path| Pattern::new(pattern.to_owned()).fits(path);
        assert!(fits("/github", "/github"));
        assert!(!fits("/github", "/github/"));
        assert!(!fits("/github", "/githubx"));
        assert!(fits("/stripe/*", "/stripe/a/b"));
        assert!(!fits("/stripe/*", "/stripe/"));
        assert!(!fits("/stripe/*", "/stripe"));
        assert!(!fits("/stripe/*", "/stripex/a"));
        assert!(fits("/*", "/anything"));
    }
}
