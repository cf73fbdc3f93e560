//! A scheme whose type is forgotten.
use super::{Scheme, forward};
use std::{fmt, sync::Arc};

/// Some scheme, whichever it is: where the choice is made at run time, and in a layer
/// [by path](crate::VerifySignatureLayer::by_path).
///
/// A `Box<dyn Scheme>` is a scheme too. But with a trait object among a service's type parameters, the compiler cannot
/// prove that a task which calls it is `Send`, so that hyper's connections cannot be spawned; with this it can.
///
/// ```
/// use tower_webhook::{providers::{GitHub, Stripe}, scheme::DynScheme};
///
/// fn scheme(name: &str) -> Option<DynScheme> {
///     match name {
///         "github" => Some(DynScheme::new(GitHub)),
///         "stripe" => Some(DynScheme::new(Stripe)),
///         _ => None,
///     }
/// }
/// # assert!(scheme("github").is_some());
/// ```
#[derive(Clone)]
pub struct DynScheme {
    scheme: Arc<dyn Scheme>,
}

impl DynScheme {
    /// Forgets the scheme's type.
    #[must_use]
    pub fn new(scheme: impl Scheme) -> Self {
        Self { scheme: Arc::new(scheme) }
    }
}

impl Scheme for DynScheme {
    forward!(self => &*self.scheme; name, key, plan, accept, sign, signing_key, event_source, methods, tolerance, body_limit, answers,
        lease, scheme_type);
}

impl fmt::Debug for DynScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("DynScheme").field(&self.scheme.name()).finish()
    }
}
