//! Variants that deliveries name and the registry does not have.
use crate::providers::Provider;

/// What is a provider's only scheme, where the registry's variants are of something else: how the body is written.
const ONLY_SCHEMES: &[(&str, &str)] = &[
    ("discord", "ed25519"),
    ("gitea", "gitea"),
    ("github", "sha256"),
    ("mailgun", "token"),
    ("paypal", "rsa-crc32"),
];

/// Schemes that a provider has and this crate does not, though it has the provider without variants.
const MISSING: &[(&str, &str)] = &[("vonage", "sms-sig")];

pub(super) fn is_only_scheme(provider: &Provider, variant: &str) -> bool {
    ONLY_SCHEMES.contains(&(provider.name(), variant))
}

pub(super) fn is_missing(provider: &Provider, variant: &str) -> bool {
    MISSING.contains(&(provider.name(), variant))
}
