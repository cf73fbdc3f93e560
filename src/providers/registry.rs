//! The providers by name.
#[cfg(feature = "cli")]
use crate::key::{CertificateChains, Roots, X509Error};
use crate::scheme::Scheme;
use std::{collections::BTreeMap, error::Error, fmt};

/// One provider of the [registry](super::all): what it is called, what it signs, what an endpoint of it needs.
#[derive(Clone, Copy)]
#[must_use]
pub struct Provider {
    name: &'static str,
    title: &'static str,
    page: &'static str,
    recipe: &'static str,
    signed: &'static str,
    known_by: &'static str,
    handshake: Option<&'static str>,
    needs: &'static [Need],
    variant: Option<&'static str>,
    build: Build,
    #[cfg(feature = "cli")]
    chains: Option<Chains>,
}

#[cfg(feature = "cli")]
type Chains = fn(Roots) -> Result<CertificateChains, X509Error>;

/// The options that may stand for `variant`, since some providers' variants are versions or algorithms.
const OTHER_NAMES_OF_VARIANTS: [&str; 2] = ["signature_version", "signature_algorithm"];

type Build = fn(&Options) -> Result<Box<dyn Scheme>, OptionError>;

/// What an endpoint of a provider is configured with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Need {
    /// A secret that the provider shares.
    Secret,
    /// A token that the sender presents as it is.
    Token,
    /// A public key, in the form that the provider prints.
    PublicKey,
    /// Keys that are looked up while serving: a JWKS, or certificates.
    FetchedKeys,
    /// The URL as the sender sees it.
    PublicUrl,
    /// The option of this name. One that ends with `?` may be left out.
    Option(&'static str),
}

impl Provider {
    /// `page` is the documentation that it follows.
    pub(super) const fn new(
        name: &'static str,
        title: &'static str,
        page: &'static str,
        build: Build,
    ) -> Self {
        Self {
            name,
            title,
            page,
            recipe: "HMAC-SHA256",
            signed: "body",
            known_by: "nothing, unless chosen",
            handshake: None,
            needs: &[Need::Secret],
            variant: None,
            build,
            #[cfg(feature = "cli")]
            chains: None,
        }
    }

    /// How it signs, if not by HMAC-SHA256.
    pub(super) const fn recipe(mut self, recipe: &'static str) -> Self {
        self.recipe = recipe;
        self
    }

    /// What it signs, if not the body alone.
    pub(super) const fn signed(mut self, signed: &'static str) -> Self {
        self.signed = signed;
        self
    }

    /// What the replay memory knows a delivery by.
    pub(super) const fn known_by(mut self, known_by: &'static str) -> Self {
        self.known_by = known_by;
        self
    }

    /// How the provider makes sure of an endpoint before it delivers.
    pub(super) const fn handshake(mut self, handshake: &'static str) -> Self {
        self.handshake = Some(handshake);
        self
    }

    /// What an endpoint needs, if not one secret.
    pub(super) const fn needs(mut self, needs: &'static [Need]) -> Self {
        self.needs = needs;
        self
    }

    /// The variant that is meant where the options name none, if not the provider's first.
    pub(super) const fn variant(mut self, variant: &'static str) -> Self {
        self.variant = Some(variant);
        self
    }

    /// What is demanded of the certificates that its deliveries bring along.
    #[cfg(feature = "cli")]
    pub(super) const fn chains(mut self, chains: Chains) -> Self {
        self.chains = Some(chains);
        self
    }

    /// Keys in the certificates that its deliveries bring along, and that lead to `roots`; `None` if they bring none.
    #[cfg(feature = "cli")]
    pub(crate) fn keys_by_chain(&self, roots: Roots) -> Option<Result<CertificateChains, X509Error>> {
        self.chains.map(|chains| chains(roots))
    }

    /// The name, in lower case with hyphens.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The name as the provider writes it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.title
    }

    /// The page that the scheme follows.
    #[must_use]
    pub fn page(&self) -> &'static str {
        self.page
    }

    /// How it signs.
    #[must_use]
    pub fn recipe_name(&self) -> &'static str {
        self.recipe
    }

    /// What it signs.
    #[must_use]
    pub fn signed_parts(&self) -> &'static str {
        self.signed
    }

    /// How it makes sure of an endpoint before it delivers, if it does.
    #[must_use]
    pub fn handshake_name(&self) -> Option<&'static str> {
        self.handshake
    }

    /// What an endpoint needs.
    #[must_use]
    pub fn requirements(&self) -> &'static [Need] {
        self.needs
    }

    /// The scheme, configured with `options`. Those that the provider does not know are not looked at.
    ///
    /// # Errors
    /// If an option that it needs is missing, or is not what it should be.
    pub fn scheme(&self, options: &Options) -> Result<Box<dyn Scheme>, OptionError> {
        match self.variant {
            Some(variant) if !options.names_variant() => {
                let mut options = options.clone();
                options.set("variant", variant.to_owned());
                (self.build)(&options)
            }
            _ => (self.build)(options),
        }
    }

    /// Its row in the table of the [providers](super).
    fn row(&self) -> String {
        let Self { name, title, page, recipe, signed, known_by, handshake, .. } = self;
        let needs: Vec<String> = self.needs.iter().map(Need::to_string).collect();
        let (needs, handshake) = (needs.join(", "), handshake.unwrap_or(""));
        format!(
            "| [{title}]({page}) | `{name}` | {recipe} | {signed} | {known_by} | {needs} | {handshake} |\n"
        )
    }
}

/// The table of `providers`, in Markdown.
pub(super) fn table(providers: &[Provider]) -> String {
    let mut table = String::from(
        "| provider | name | recipe | signed | replay memory knows it by | needs | handshake |\n\
         | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    table.extend(providers.iter().map(Provider::row));
    table
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret => f.write_str("secret"),
            Self::Token => f.write_str("token"),
            Self::PublicKey => f.write_str("public key"),
            Self::FetchedKeys => f.write_str("fetched keys"),
            Self::PublicUrl => f.write_str("public URL"),
            Self::Option(name) => match name.strip_suffix('?') {
                Some(name) => write!(f, "`{name}` if need be"),
                None => write!(f, "`{name}`"),
            },
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("title", &self.title)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

/// What a provider is configured with, by name: `webhook_id`, `variant`.
///
/// ```
/// use tower_webhook::providers::{Options, by_name};
///
/// let options: Options = [("variant", "sha1")].into_iter().collect();
/// let chatzuri = by_name("chatzuri").unwrap().scheme(&options).unwrap();
/// assert_eq!(chatzuri.name(), "chatzuri");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    values: BTreeMap<String, String>,
    signature_alone: bool,
}

impl Options {
    /// None at all.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For a verdict on a signature and its time, apart from any endpoint: what only tells the endpoint's deliveries from
    /// other endpoints' may be left out. Nothing that is verified so may reach a handler.
    #[cfg(feature = "cli")]
    pub(crate) fn for_signature_alone(mut self) -> Self {
        self.signature_alone = true;
        self
    }

    /// Whether they are for a verdict on a signature and its time.
    #[cfg(any(feature = "aws-lc", feature = "jwt"))]
    pub(super) fn are_for_signature_alone(&self) -> bool {
        self.signature_alone
    }

    /// Gives an option a value.
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.values.insert(name.to_owned(), value);
    }

    /// The value of an option, if it is given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of an option that cannot be done without.
    pub(super) fn demand(&self, name: &'static str) -> Result<&str, OptionError> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(OptionError::Missing { name })
    }

    /// The value of an option that tells an endpoint's deliveries from other endpoints', by the first of its `names` that
    /// is given. It cannot be done without, but where nothing is asked but whether a signature holds.
    pub(super) fn binding(&self, names: &[&'static str]) -> Result<Option<&str>, OptionError> {
        let given = names.iter().find_map(|name| self.get(name).filter(|value| !value.is_empty()));
        match (given, names.first()) {
            (None, Some(name)) if !self.signature_alone => Err(OptionError::Missing { name }),
            _ => Ok(given),
        }
    }

    /// Whether an option is `true`. It need not be given.
    pub(super) fn is_set(&self, name: &'static str) -> Result<bool, OptionError> {
        match self.get(name) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(OptionError::Wrong { name, expected: "`true` or `false`" }),
        }
    }

    /// The one of `variants` that the option `variant` names, by default the first. Providers whose variants are versions
    /// or algorithms are asked for `signature_version` or `signature_algorithm` as well. Neither hyphens and underscores
    /// nor the case count: `sharedkey` is `shared_key`, `SHA256` is `sha256`.
    pub(super) fn variant<T: Copy>(&self, variants: &[(&str, T)]) -> Result<T, OptionError> {
        let wrong = OptionError::Wrong { name: "variant", expected: "a variant that the provider has" };
        let plain = |name: &str| name.replace(['-', '_'], "").to_ascii_lowercase();
        let find = |name: &str| variants.iter().find(|(variant, _)| plain(variant) == plain(name));
        let named = match self.get("variant") {
            Some(name) => find(name),
            None => {
                let other = OTHER_NAMES_OF_VARIANTS.iter().find_map(|other| find(self.get(other)?));
                other.or_else(|| variants.first())
            }
        };
        named.map(|(_, value)| *value).ok_or(wrong)
    }

    fn names_variant(&self) -> bool {
        self.get("variant")
            .or_else(|| OTHER_NAMES_OF_VARIANTS.iter().find_map(|other| self.get(other)))
            .is_some()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Options {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(options: I) -> Self {
        Self {
            values: options.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ..Self::default()
        }
    }
}

/// Why a provider cannot be configured with these options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionError {
    /// An option that it cannot do without is missing.
    Missing {
        /// Which.
        name: &'static str,
    },
    /// An option is not what it should be.
    Wrong {
        /// Which.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { name } => write!(f, "the option `{name}` is missing"),
            Self::Wrong { name, expected } => {
                write!(f, "the option `{name}` is wrong: it should be {expected}")
            }
        }
    }
}

impl Error for OptionError {}
