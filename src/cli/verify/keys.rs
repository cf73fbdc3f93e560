//! The keys of an endpoint, as a line gives them.
use super::options::Given;
use crate::{
    encoding::Encoding,
    key::{
        Algorithm, CertificateChains, Key, KeyLookupError, KeyProvider as _, KeyRef, KeySet, Roots, der,
        is_certificate, key_of_certificate,
    },
    providers::{Need, Provider},
    rejection::RejectionKind,
    scheme::{Check, Checks, Scheme},
    time::Timestamp,
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::BTreeMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

/// The keys of an endpoint.
pub(super) struct Keys {
    /// Those that the scheme reads.
    read: Vec<Key>,
    /// Those that are read once it is known what algorithm they are for.
    published: Vec<Published>,
    certificates: BTreeMap<String, Published>,
    certificate_url: Option<String>,
    chains: Option<CertificateChains>,
    key_id: Option<String>,
    sets: RefCell<Vec<(Vec<Algorithm>, Option<KeySet>)>>,
}

/// A public key in a form that does not say which of its algorithms it is for.
enum Published {
    Jwk(Value),
    Certificate(Vec<u8>),
    /// A SubjectPublicKeyInfo, or what is in it.
    PublicKey(Vec<u8>),
}

/// A key that cannot be built.
#[derive(Debug)]
pub(super) struct InvalidKey;

/// Why there is no key for a request.
pub(super) enum NoKey {
    Invalid,
    Refused(RejectionKind),
}

impl Keys {
    pub(super) fn new(
        provider: &Provider,
        scheme: &dyn Scheme,
        texts: &[String],
        given: &Given,
    ) -> Result<Self, InvalidKey> {
        let mut keys = Self {
            read: Vec::new(),
            published: Vec::new(),
            certificates: BTreeMap::new(),
            certificate_url: given.get("cert_url").map(str::to_owned),
            chains: None,
            key_id: given.get("keyid").map(str::to_owned),
            sets: RefCell::default(),
        };
        let takes_public = provider.requirements().iter().any(|need| is_public(*need));
        let mut roots = String::new();
        for text in texts {
            if let Some(published) = Published::all_in(text, takes_public) {
                for published in published? {
                    if let Published::Certificate(der) = &published {
                        let base64 = Encoding::Base64.encode(der);
                        roots +=
                            &format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n");
                    }
                    keys.published.push(published);
                }
            } else {
                let key = scheme.key(text);
                match (key, takes_public.then(|| der(text, "PUBLIC KEY"))) {
                    (Ok(key), _) => keys.read.push(key),
                    (Err(_), Some(Ok(der))) => keys.published.push(Published::PublicKey(der.to_vec())),
                    (Err(_), _) => return Err(InvalidKey),
                }
            }
        }
        if !roots.is_empty() {
            let chains = Roots::from_pem(&roots).ok().and_then(|roots| provider.keys_by_chain(roots));
            keys.chains = chains.transpose().map_err(|_| InvalidKey)?;
        }
        for (url, pem) in &given.certificates {
            let certificate = match Published::all_in(pem, true) {
                Some(certificates) => certificates?.into_iter().next(),
                None => der(pem, "PUBLIC KEY").ok().map(|der| Published::PublicKey(der.to_vec())),
            };
            keys.certificates.insert(url.clone(), certificate.ok_or(InvalidKey)?);
        }
        Ok(keys)
    }

    /// The keys that a request may be signed with, by what it says of them.
    pub(super) fn find(&self, checks: &Checks) -> Result<KeySet, NoKey> {
        if let (KeyRef::Chain(_), Some(chains)) = (checks.key(), &self.chains) {
            return at_once(chains.keys(checks.key()));
        }
        if let KeyRef::Certificate(url) = checks.key() {
            if self.certificate_url.as_deref().is_some_and(|only| *only != **url) {
                return Err(NoKey::Refused(RejectionKind::UntrustedKey));
            }
            if let Some(certificate) = self.certificates.get(&**url) {
                let keys = algorithms(checks).into_iter().filter_map(|algorithm| certificate.key(algorithm));
                return KeySet::new(keys).map_err(|_| NoKey::Invalid);
            }
            if !self.certificates.is_empty() {
                return Err(NoKey::Refused(RejectionKind::UnknownKey));
            }
        }
        let set = self.set(algorithms(checks)).ok_or(NoKey::Invalid)?;
        let named = match checks.key() {
            KeyRef::Id(id) => Some(&**id),
            _ => None,
        };
        match (named, self.key_id.as_deref()) {
            (Some(named), Some(only)) if named != only => Err(NoKey::Refused(RejectionKind::UnknownKey)),
            (Some(named), None) => with_id(set, named),
            (None, Some(_)) if *checks.key() == KeyRef::Endpoint => {
                Err(NoKey::Refused(RejectionKind::UnknownKey))
            }
            _ => Ok(set),
        }
    }

    fn set(&self, algorithms: Vec<Algorithm>) -> Option<KeySet> {
        let mut sets = self.sets.borrow_mut();
        // Which algorithms a scheme checks, it says itself: there are few.
        if let Some((_, set)) = sets.iter().find(|(of, _)| *of == algorithms) {
            return set.clone();
        }
        let published = self
            .published
            .iter()
            .flat_map(|published| algorithms.iter().filter_map(|algorithm| published.key(*algorithm)));
        let set = KeySet::new(self.read.iter().cloned().chain(published)).ok();
        sets.push((algorithms, set.clone()));
        set
    }
}

fn is_public(need: Need) -> bool {
    matches!(need, Need::PublicKey | Need::FetchedKeys)
}

fn algorithms(checks: &Checks) -> Vec<Algorithm> {
    let mut algorithms = Vec::new();
    for signature in checks.as_slice().iter().flat_map(Check::signatures) {
        if !algorithms.contains(&signature.algorithm) {
            algorithms.push(signature.algorithm);
        }
    }
    algorithms
}

/// Those that are not another key.
fn with_id(set: KeySet, id: &str) -> Result<KeySet, NoKey> {
    if set.iter().all(|key| key.label().is_none()) {
        return Ok(set);
    }
    let keys = set.iter().filter(|key| key.label().is_none_or(|label| label == id));
    KeySet::new(keys.cloned()).map_err(|_| NoKey::Refused(RejectionKind::UnknownKey))
}

/// What waits for nothing.
fn at_once(lookup: crate::key::KeyLookup) -> Result<KeySet, NoKey> {
    let mut lookup = pin!(lookup.into_future());
    let found = lookup.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    found_or(match found {
        Poll::Ready(found) => found,
        Poll::Pending => Err(KeyLookupError::unavailable("nothing is fetched")),
    })
}

fn found_or(found: Result<KeySet, KeyLookupError>) -> Result<KeySet, NoKey> {
    found.map_err(|error| {
        NoKey::Refused(match error {
            KeyLookupError::Unknown => RejectionKind::UnknownKey,
            KeyLookupError::Unavailable(_) => RejectionKind::KeysUnavailable,
            KeyLookupError::Untrusted(_) => RejectionKind::UntrustedKey,
        })
    })
}

impl Published {
    /// The keys of a JWK, a JWKS or certificates; `None` for another text. A certificate without PEM around it is looked
    /// for only where there may be one, since a secret may be any base64.
    fn all_in(text: &str, takes_public: bool) -> Option<Result<Vec<Self>, InvalidKey>> {
        if takes_public && text.trim_start().starts_with('{') {
            return Some(Self::jwks(text));
        }
        if text.trim_start().starts_with("-----BEGIN CERTIFICATE-----") {
            let certificates =
                text.split_inclusive("-----END CERTIFICATE-----").filter(|pem| !pem.trim().is_empty());
            let all = certificates.map(|pem| der(pem, "CERTIFICATE").map_err(|_| InvalidKey));
            let all = all.map(|der| der.and_then(|der| Self::certificate(&der).ok_or(InvalidKey)));
            return Some(all.collect());
        }
        if !takes_public {
            return None;
        }
        let der = der(text, "CERTIFICATE").ok()?;
        Some(Ok(vec![Self::certificate(&der)?]))
    }

    fn certificate(der: &[u8]) -> Option<Self> {
        is_certificate(der).then(|| Self::Certificate(der.to_vec()))
    }

    fn jwks(text: &str) -> Result<Vec<Self>, InvalidKey> {
        let value: Value = serde_json::from_str(text).map_err(|_| InvalidKey)?;
        let keys = match value {
            Value::Object(mut members) if members.contains_key("keys") => members.remove("keys"),
            jwk => Some(Value::Array(vec![jwk])),
        };
        match keys {
            Some(Value::Array(keys))
                if !keys.is_empty() && keys.iter().all(|key| key.get("kty").is_some()) =>
            {
                Ok(keys.into_iter().map(Self::Jwk).collect())
            }
            _ => Err(InvalidKey),
        }
    }

    fn key(&self, algorithm: Algorithm) -> Option<Key> {
        match self {
            Self::Jwk(jwk) => {
                let set = KeySet::from_jwks(json!({ "keys": [jwk] }).to_string(), algorithm).ok()?;
                let key = set.iter().next()?.clone();
                // Plaid says so of keys that it has withdrawn.
                Some(match jwk.get("expired_at").and_then(Value::as_i64) {
                    Some(end) => key.valid(Timestamp::from_unix(i64::MIN)..=Timestamp::from_unix(end)),
                    None => key,
                })
            }
            Self::Certificate(der) => key_of_certificate(der, algorithm),
            Self::PublicKey(der) if algorithm.has_private_keys() => Key::new(algorithm, der).ok(),
            Self::PublicKey(_) => None,
        }
    }
}
