//! Deliveries that are accepted as they are.
use crate::{
    now_or_never,
    vectors_file::{self, Expected, VectorFile, keys, read, request},
};
use bytes::Bytes;
use http::{Request, request::Parts};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};
use tower_webhook::{
    PublicUrl, Rejection, RejectionKind, Scheme, Verified,
    key::KeySet,
    providers::{self, Options},
    scheme::{Proof, Verdict, Verifier},
    time::Timestamp,
};

/// A request that is accepted, with the endpoint that accepts it.
pub struct Original {
    pub id: String,
    pub scheme: Arc<dyn Scheme>,
    pub keys: KeySet,
    /// What the keys are made of, in the dashboard's text form; nothing where they are certificates.
    pub secrets: Vec<String>,
    pub options: BTreeMap<String, String>,
    /// The URL as the sender sees it.
    pub url: String,
    pub parts: Parts,
    pub body: Bytes,
    /// In Unix seconds.
    pub now: i64,
    /// Where a form's names end is not signed.
    pub unsigned_borders: bool,
}

/// The deliveries of all files.
pub static DELIVERIES: LazyLock<Vec<(Original, Verified)>> = LazyLock::new(|| {
    let deliveries = all().into_iter().filter_map(|original| {
        match original.verify(&original.parts, &original.body, original.now) {
            Ok(Verdict::Deliver(verified)) => Some((original, verified)),
            Ok(_) => None,
            Err(rejection) => panic!("{}: {rejection}", original.id),
        }
    });
    let deliveries: Vec<_> = deliveries.collect();
    for provider in providers::all() {
        let is_here = |(original, _): &(Original, _)| original.id.split('/').next() == Some(provider.name());
        assert!(deliveries.iter().any(is_here), "there is no delivery of {}", provider.name());
    }
    deliveries
});

/// The requests of all files that are answered as handshakes.
pub static HANDSHAKES: LazyLock<Vec<Original>> = LazyLock::new(|| {
    let mut all = all();
    all.retain(|original| {
        matches!(original.verify(&original.parts, &original.body, original.now), Ok(Verdict::Respond(_)))
    });
    all
});

/// The names of the headers of all files.
pub static HEADERS: LazyLock<Vec<http::HeaderName>> = LazyLock::new(|| {
    let mut names: Vec<_> =
        all().iter().flat_map(|original| original.parts.headers.keys().cloned()).collect();
    names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    names.dedup();
    names
});

fn all() -> Vec<Original> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let paths = fs::read_dir(vectors).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = paths.filter(|path| path.extension() == Some("json".as_ref())).collect();
    paths.sort();
    let files: Vec<VectorFile> = paths.iter().map(|path| read(path)).collect();
    let valid = files.iter().flat_map(|file| {
        let valid = file.vectors.iter().filter(|vector| vector.expected == Expected::Valid);
        valid.map(move |vector| Original::of(file, vector))
    });
    valid.chain([blinger()]).collect()
}

/// It signs nothing, and so has no vectors.
fn blinger() -> Original {
    const TOKEN: &str = "a-token-that-nobody-guesses";
    let scheme = vectors_file::scheme("blinger", &Options::new()).unwrap();
    let (now, url) = (1_700_000_000, "https://example.com/blinger");
    let mut request = Request::post(url).body(Bytes::from_static(br#"{"webhook":"x"}"#)).unwrap();
    let key = scheme.signing_key(TOKEN).unwrap();
    scheme.sign(&mut request, &key, Timestamp::from_unix(now)).unwrap();
    let url = request.uri().to_string();
    let (parts, body) = request.into_parts();
    Original {
        id: "blinger/signed".to_owned(),
        keys: scheme.key(TOKEN).unwrap().into(),
        scheme,
        secrets: vec![TOKEN.to_owned()],
        options: BTreeMap::new(),
        url,
        parts,
        body,
        now,
        unsigned_borders: false,
    }
}

impl Original {
    fn of(file: &VectorFile, vector: &vectors_file::Vector) -> Self {
        let scheme = file.scheme(vector);
        let (_, keys) = now_or_never(keys(&scheme, vector)).unwrap();
        let (parts, body) = request(vector).into_parts();
        let options = file.options.iter().chain(&vector.options);
        let mut options: BTreeMap<_, _> =
            options.map(|(name, value)| (name.clone(), value.clone())).collect();
        // The registry has one name for what has a file for each algorithm.
        const OF_ALGORITHM: &str = "http-signatures-";
        let provider = match file.scheme.strip_prefix(OF_ALGORITHM) {
            Some(algorithm) => {
                options.insert("alg".to_owned(), algorithm.to_owned());
                OF_ALGORITHM.trim_end_matches('-')
            }
            None => &file.scheme,
        };
        Self {
            id: format!("{provider}/{}", vector.id),
            scheme,
            keys,
            secrets: vector.secrets.clone(),
            options,
            url: vector.url.clone(),
            parts,
            body,
            now: vector.now,
            unsigned_borders: file.unsigned_borders,
        }
    }

    /// The registry's name of its scheme.
    pub fn provider(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }

    pub fn verify(&self, parts: &Parts, body: &Bytes, now: i64) -> Result<Verdict, Rejection> {
        self.verify_at(PublicUrl::exact(&*self.url), parts, body, now)
    }

    fn verify_at(&self, url: PublicUrl, parts: &Parts, body: &Bytes, now: i64) -> Result<Verdict, Rejection> {
        let now = Timestamp::from_unix(now);
        let verdict = Verifier::new().public_url(url).verify(&self.scheme, parts, body, &self.keys, now);
        if let Err(rejection) = &verdict {
            is_the_senders_fault(rejection);
        }
        verdict
    }

    /// What is accepted is the original, whatever was done to it. The URL may be the endpoint's own, or that of the request
    /// behind the endpoint's origin.
    pub fn judge(&self, verified: &Verified, parts: &Parts, body: &Bytes, now: i64, own_url: bool) {
        let url = match own_url {
            true => PublicUrl::exact(&*self.url),
            false => PublicUrl::base(self.url.splitn(4, '/').take(3).collect::<Vec<_>>().join("/")),
        };
        let Ok(Verdict::Deliver(accepted)) = self.verify_at(url, parts, body, now) else { return };
        let id = &self.id;
        assert_eq!(accepted.signed_id(), verified.signed_id(), "{id}: the signed id");
        assert_eq!(accepted.signed_event(), verified.signed_event(), "{id}: the signed event");
        assert_eq!(accepted.proof(), verified.proof(), "{id}: the proof");
        assert_eq!(accepted.tenant(), verified.tenant(), "{id}: the tenant");
        assert_eq!(accepted.signed_at(), verified.signed_at(), "{id}: the signed time");
        assert_eq!(accepted.format(), verified.format(), "{id}: the format");
        assert_eq!(accepted.idempotency_key(), verified.idempotency_key(), "{id}: the replay memory's name");
        if accepted.proof() == Proof::SignedBody && !self.unsigned_borders {
            assert_eq!(accepted.payload(), verified.payload(), "{id}: the payload");
        }
    }
}

/// No sender can make us say that the endpoint is set up wrongly.
pub fn is_the_senders_fault(rejection: &Rejection) {
    use RejectionKind as Kind;
    assert!(
        !matches!(
            rejection.kind(),
            Kind::BadPlan
                | Kind::NoPublicUrl
                | Kind::LayeredTwice
                | Kind::UnknownPath
                | Kind::KeysUnavailable
                | Kind::ClockUnavailable
        ),
        "{rejection}"
    );
}
