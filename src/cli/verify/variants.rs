//! Variants that deliveries name and the registry does not have.
use crate::providers::Provider;

/// What is a provider's only scheme, where the registry's variants are of something else: how the body is written.
const ONLY_SCHEMES: &[(&str, &str)] = &[
    ("auth0", "authorization"),
    ("discord", "ed25519"),
    ("gitea", "gitea"),
    ("github", "sha256"),
    ("gogs", "gogs"),
    ("mailgun", "token"),
    ("paypal", "rsa-crc32"),
    ("slack", "v0"),
];

/// Schemes that a provider has and this crate does not, though it has the provider without variants.
const MISSING: &[(&str, &str)] = &[("jira", "connect-jwt"), ("vonage", "sms-sig")];

pub(super) fn is_only_scheme(provider: &Provider, variant: &str) -> bool {
    ONLY_SCHEMES.contains(&(provider.name(), variant))
}

pub(super) fn is_missing(provider: &Provider, variant: &str) -> bool {
    MISSING.contains(&(provider.name(), variant))
}
