//! Other names of providers.
use crate::providers::{Provider, by_name};

/// A name that the registry does not have, the one that it has, and which of the provider's schemes is meant.
const OTHER_NAMES: &[(&str, &str, Option<&str>)] = &[
    ("adyen-payment", "adyen", Some("several-items")),
    ("chatzuri-sha1", "chatzuri", Some("sha1")),
    ("chatzuri-sha256", "chatzuri", Some("sha256")),
    ("gitea-forgejo", "gitea", None),
];

/// Names of what is a provider's only scheme, where the registry's variants are of something else: how the body is written.
const ONLY_SCHEMES: &[(&str, &str)] = &[
    ("discord", "ed25519"),
    ("gitea", "gitea"),
    ("github", "sha256"),
    ("mailgun", "token"),
    ("paypal", "rsa-crc32"),
];

/// Schemes that a provider has and this crate does not, though it has the provider without variants.
const MISSING: &[(&str, &str)] = &[("vonage", "sms-sig")];

/// The provider of this name, and the variant that the name implies.
pub(super) fn find(name: &str) -> Option<(&'static Provider, Option<&'static str>)> {
    if let Some(provider) = by_name(name) {
        return Some((provider, None));
    }
    let (_, known, variant) = OTHER_NAMES.iter().find(|(other, _, _)| *other == name)?;
    Some((by_name(known)?, *variant))
}

pub(super) fn is_only_scheme(provider: &Provider, variant: &str) -> bool {
    ONLY_SCHEMES.contains(&(provider.name(), variant))
}

pub(super) fn is_missing(provider: &Provider, variant: &str) -> bool {
    MISSING.contains(&(provider.name(), variant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_are_not_the_registrys() {
        for (other, known, _) in OTHER_NAMES {
            assert!(by_name(other).is_none() && by_name(known).is_some(), "{other}");
        }
    }
}
