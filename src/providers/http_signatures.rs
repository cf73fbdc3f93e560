//! HTTP Message Signatures, by options.
use super::{Need, OptionError, Options, Provider};
use crate::{
    encoding::Encoding,
    key::Secret,
    scheme::Scheme,
    schemes::http_signatures::{Component, HttpSignatures, SignatureAlgorithm},
};
use http::{HeaderName, Method};
use std::time::Duration;

const NAME: &str = "http-signatures";

/// For whoever follows the RFC, and is told by options what he demands of it:
///
/// - `alg`: one of [`SignatureAlgorithm`]'s names, as `ed25519`.
/// - `required_components`: what must be covered, with spaces or commas between them; else what the recipe demands.
/// - `label`, `tag`: which of several signatures it is.
/// - `max_age`: how old it may be, in seconds.
/// - `keyid`: under which name a sender sends his key.
fn configured(options: &Options) -> Result<Box<dyn Scheme>, OptionError> {
    let wrong = |name, expected| OptionError::Wrong { name, expected };
    let named = options.demand("alg")?;
    let algorithm = SignatureAlgorithm::ALL.iter().find(|algorithm| algorithm.name() == named);
    let algorithm = *algorithm.ok_or(wrong("alg", "an algorithm of RFC 9421, as `ed25519`"))?;
    let mut scheme = HttpSignatures::new(NAME, algorithm).with_methods(METHODS);
    if algorithm == SignatureAlgorithm::HmacSha256 {
        scheme = scheme.secret(Secret::encoded(Encoding::Base64));
    }
    if let Some(names) = options.get("required_components") {
        let names = names.split([' ', ',']).filter(|name| !name.is_empty());
        let components: Option<Vec<Component>> = names.map(component).collect();
        scheme = scheme
            .requires(components.ok_or(wrong("required_components", "names as `@method content-digest`"))?);
    }
    if let Some(label) = options.get("label") {
        scheme = scheme.label(label.to_owned());
    }
    if let Some(tag) = options.get("tag") {
        scheme = scheme.tag(tag.to_owned());
    }
    if let Some(id) = options.get("keyid") {
        scheme = scheme.key_id(id.to_owned());
    }
    if let Some(age) = options.get("max_age") {
        let seconds = age.parse().map_err(|_| wrong("max_age", "seconds"))?;
        scheme = scheme.with_tolerance(Duration::from_secs(seconds));
    }
    Ok(Box::new(scheme))
}

/// The RFC says nothing of methods.
const METHODS: [Method; 5] = [Method::POST, Method::GET, Method::PUT, Method::PATCH, Method::DELETE];

fn component(name: &str) -> Option<Component> {
    Some(match name.trim_matches('"') {
        "@method" => Component::Method,
        "@target-uri" => Component::TargetUri,
        "@authority" => Component::Authority,
        "@scheme" => Component::Scheme,
        "@request-target" => Component::RequestTarget,
        "@path" => Component::Path,
        "@query" => Component::Query,
        field => Component::Field(HeaderName::try_from(field).ok()?),
    })
}

pub(super) const PROVIDER: Provider =
    Provider::new(NAME, "HTTP Message Signatures", "https://www.rfc-editor.org/rfc/rfc9421", configured)
        .recipe("RFC 9421 by the algorithm of `alg`")
        .signed("what is demanded, by default method, URL and body's digest, time")
        .known_by("time and what is signed")
        .needs(&[
            Need::Secret,
            Need::PublicUrl,
            Need::Option("alg"),
            Need::Option("required_components?"),
            Need::Option("label?"),
            Need::Option("tag?"),
            Need::Option("keyid?"),
            Need::Option("max_age?"),
        ]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options() {
        let of = |options: &[(&str, &str)]| {
            let options: Options = options.iter().copied().collect();
            configured(&options).map(|scheme| scheme.tolerance())
        };
        assert_eq!(of(&[]), Err(OptionError::Missing { name: "alg" }));
        assert!(matches!(of(&[("alg", "none")]), Err(OptionError::Wrong { name: "alg", .. })));
        let hmac = ("alg", "hmac-sha256");
        assert_eq!(of(&[hmac]), Ok(Duration::from_secs(300)));
        assert_eq!(of(&[hmac, ("max_age", "60")]), Ok(Duration::from_secs(60)));
        assert!(matches!(of(&[hmac, ("max_age", "-1")]), Err(OptionError::Wrong { name: "max_age", .. })));
        let required = |names| of(&[hmac, ("required_components", names)]).is_ok();
        assert!(required("@method, \"content-digest\" @path") && required(""));
        assert!(!required("@method @unknown"));
    }
}
