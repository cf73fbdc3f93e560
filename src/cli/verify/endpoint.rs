//! An endpoint: a provider with its options and keys.
use super::{
    keys::{InvalidKey, Keys, NoKey},
    line::{Content, Line, Malformed, Received},
    options::{Given, takes},
    variants,
};
use crate::{
    providers::{OptionError, Options, Provider, by_name},
    rejection::RejectionKind,
    scheme::{Scheme, Verdict, Verifier},
};
use serde_json::{Value, value::RawValue};
use std::time::Duration;

/// The verdict on a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub(super) verdict: &'static str,
    pub(super) kind: &'static str,
}

impl Judgement {
    const fn accept(kind: &'static str) -> Self {
        Self { verdict: "accept", kind }
    }

    const fn reject(kind: &'static str) -> Self {
        Self { verdict: "reject", kind }
    }

    const fn unsupported(kind: &'static str) -> Self {
        Self { verdict: "unsupported", kind }
    }
}

const INVALID_KEY: Judgement = Judgement::reject("invalid_key");
const INVALID_OPTIONS: Judgement = Judgement::reject("invalid_options");

/// An endpoint: a provider with its options and keys.
pub(super) struct Endpoint {
    scheme: Box<dyn Scheme>,
    keys: Keys,
    verifier: Verifier,
    public_url: Option<String>,
}

/// What a line makes of its provider, keys and options.
pub(super) enum Built {
    Endpoint(Box<Endpoint>),
    /// The same for every delivery.
    Judged(Judgement),
    Malformed(String),
}

/// Options that the provider does not know.
pub(super) type Unknown = Vec<String>;

impl Built {
    pub(super) fn of(line: &Line<'_>, content: Content) -> (Self, Unknown) {
        let mut unknown = Vec::new();
        let built = build(line, content, &mut unknown).unwrap_or_else(|built| built);
        (built, unknown)
    }
}

impl From<Malformed> for Built {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed.0)
    }
}

impl From<InvalidKey> for Built {
    fn from(_: InvalidKey) -> Self {
        Self::Judged(INVALID_KEY)
    }
}

fn build(line: &Line<'_>, content: Content, unknown: &mut Unknown) -> Result<Built, Built> {
    let mut texts = texts(line.keys)?;
    let mut given = Given::read(line.options)?;
    let Some(provider) = by_name(&line.provider) else {
        return Ok(Built::Judged(Judgement::unsupported("unknown_provider")));
    };
    unknown.extend(given.unknown(provider).map(str::to_owned));
    if given.get("variant").is_some_and(|variant| variants::is_missing(provider, variant)) {
        return Ok(Built::Judged(Judgement::unsupported("unknown_variant")));
    }
    if given.get("variant").is_some_and(|variant| variants::is_only_scheme(provider, variant)) {
        given.values.remove("variant");
    }
    put_into_keys(provider, &mut given, &mut texts);
    let tolerance = match given.get("max_age").map(str::parse) {
        None => None,
        Some(Ok(seconds)) => Some(Duration::from_secs(seconds)),
        Some(Err(_)) => return Ok(Built::Judged(INVALID_OPTIONS)),
    };
    let mut options: Options = given.values.iter().collect();
    options = options.for_signature_alone();
    let scheme = match scheme(provider, &options, content) {
        // Where the keys are certificates, what remains for `keys` is what the endpoint is known by.
        Err(OptionError::Missing { name }) if !given.certificates.is_empty() && texts.len() == 1 => {
            options.set(name, texts.remove(0));
            scheme(provider, &options, content)
        }
        scheme => scheme,
    };
    let scheme = match scheme {
        Ok(scheme) => scheme,
        Err(OptionError::Wrong { name: "variant", .. }) => {
            return Ok(Built::Judged(Judgement::unsupported("unknown_variant")));
        }
        Err(_) => return Ok(Built::Judged(INVALID_OPTIONS)),
    };
    put_names_before_secrets(&*scheme, &given, &mut texts);
    let keys = Keys::new(provider, &*scheme, &texts, &given)?;
    let verifier = tolerance.map_or_else(Verifier::new, |tolerance| Verifier::new().tolerance(tolerance));
    let public_url = given.get("public_url").map(str::to_owned);
    Ok(Built::Endpoint(Box::new(Endpoint { scheme, keys, verifier, public_url })))
}

/// The keys' texts. A JWK may stand there as it is.
fn texts(keys: Option<&RawValue>) -> Result<Vec<String>, Malformed> {
    let Some(keys) = keys else { return Ok(Vec::new()) };
    let wrong = || Malformed("`keys` is no list of texts".to_owned());
    let keys: Vec<Value> = serde_json::from_str(keys.get()).map_err(|_| wrong())?;
    let texts = keys.into_iter().map(|key| match key {
        Value::String(text) => Ok(text),
        Value::Object(_) => Ok(key.to_string()),
        _ => Err(wrong()),
    });
    texts.collect()
}

/// Where a provider has no such option, a public key is a key.
fn put_into_keys(provider: &Provider, given: &mut Given, keys: &mut Vec<String>) {
    if !takes(provider, "public_key")
        && let Some(key) = given.values.remove("public_key")
    {
        keys.push(key);
    }
}

/// Where a secret alone is no key, its name stands before it.
fn put_names_before_secrets(scheme: &dyn Scheme, given: &Given, keys: &mut [String]) {
    let Some(name) = given.get("app_key").or_else(|| given.get("api_key")) else { return };
    for key in keys {
        let named = format!("{name}:{key}");
        if scheme.key(key).is_err() && scheme.key(&named).is_ok() {
            *key = named;
        }
    }
}

/// The provider's scheme. Where it has several for one signature, by how the body is written, the delivery says which:
/// there is no endpoint here that could be configured.
fn scheme(provider: &Provider, options: &Options, content: Content) -> Result<Box<dyn Scheme>, OptionError> {
    let by_content = match content {
        Content::Form => Some("form"),
        Content::Json => Some("json"),
        Content::Other => None,
    };
    if let Some(content) = by_content {
        let variant = options.get("variant").map_or(content.to_owned(), |named| format!("{named}_{content}"));
        let mut options = options.clone();
        options.set("variant", variant);
        match provider.scheme(&options) {
            Err(OptionError::Wrong { name: "variant", .. }) => {}
            scheme => return scheme,
        }
    }
    provider.scheme(options)
}

impl Endpoint {
    pub(super) fn judge(&self, url: &str, received: &Received) -> Judgement {
        let Received { parts, body, now } = received;
        let url = self.public_url.as_deref().unwrap_or(url);
        let mut is_invalid = false;
        let verdict = self.verifier.judge(&*self.scheme, parts, body, Some(url), *now, |checks| {
            self.keys.find(checks).map_err(|error| match error {
                NoKey::Refused(kind) => kind.into(),
                NoKey::Invalid => {
                    is_invalid = true;
                    RejectionKind::UnknownKey.into()
                }
            })
        });
        match verdict {
            Ok(Verdict::Deliver(_)) => Judgement::accept("delivery"),
            Ok(Verdict::Respond(_)) => Judgement::accept("handshake"),
            Err(_) if is_invalid => INVALID_KEY,
            Err(rejection) => Judgement::reject(rejection.kind().name()),
        }
    }
}
