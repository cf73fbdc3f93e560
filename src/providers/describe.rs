//! Providers that are a description.

/// A provider that is a recipe and nothing else: its type, with an example behind the documentation that it is given, and
/// its entry in the registry.
///
/// ```text
/// provider! {
///     /// Acme's webhooks.
///     ///
///     /// - **Signed**: ..
///     pub struct Acme;
///     registered = ("acme", "Acme", "https://acme.example/docs/webhooks").signed("time, body");
///     secret = "the secret of the endpoint's settings";
///     fn recipe() -> Signed {
///         Signed::hmac_sha256("acme", Field::header(SIGNATURE))
///     }
/// }
/// ```
///
/// `registered` is the name, the title and the page that it follows, and what else is to be said in the table: see
/// [`Provider`](super::Provider). `secret` is one for the example, in a form that the recipe takes.
macro_rules! provider {
    (
        #[doc = $summary:literal]
        $(#[$doc:meta])*
        pub struct $type:ident;
        registered = ($name:literal, $title:literal, $page:literal) $(.$column:ident($value:expr))*;
        secret = $secret:literal;
        fn recipe() -> $recipe:ty $description:block
    ) => {
        #[doc = $summary]
        ///
        #[doc = concat!("Follows <", $page, ">.")]
        $(#[$doc])*
        ///
        /// ```
        #[doc = concat!("use tower_webhook::{Scheme, VerifySignatureLayer, providers::", stringify!($type), "};")]
        ///
        /// # fn main() -> Result<(), tower_webhook::key::KeyError> {
        #[doc = concat!(
            "let layer = VerifySignatureLayer::new(", stringify!($type), ", ",
            stringify!($type), ".key(", stringify!($secret), ")?);"
        )]
        /// # let _ = layer;
        /// # Ok(())
        /// # }
        /// ```
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $type;

        static RECIPE: std::sync::LazyLock<$recipe> = std::sync::LazyLock::new(|| $description);

        impl $crate::Scheme for $type {
            $crate::scheme::forward!(self => &*RECIPE; all);
        }

        pub(super) const PROVIDER: $crate::providers::Provider =
            $crate::providers::Provider::new($name, $title, $page, |_| Ok(Box::new($type)))
                $(.$column($value))*;
    };
}
pub(super) use provider;
