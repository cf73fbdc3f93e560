//! The files of `tests/vectors`, and what they describe: requests, schemes and keys. The format is described in
//! `tests/vectors/README.md`.
#![allow(dead_code, reason = "each test binary uses its own part")]

use bytes::Bytes;
#[cfg(feature = "x509")]
use http::Response;
use http::{HeaderName, Request};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};
use tower_webhook::{
    Scheme,
    encoding::Encoding,
    key::{KeyProvider, KeySet},
    providers::{Options, by_name},
    schemes::{Field, Signed},
};
#[cfg(feature = "x509")]
use tower_webhook::{
    fetch::FetchError,
    key::{Algorithm, Certificates, KeyRef},
};
#[cfg(feature = "http-signatures")]
use tower_webhook::{
    key::Secret,
    schemes::http_signatures::{Component, HttpSignatures, SignatureAlgorithm},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct VectorFile {
    /// The file's name, without `.json`.
    #[serde(skip)]
    pub(crate) name: String,
    pub(crate) provider: String,
    pub(crate) scheme: String,
    /// Those that its scheme stands behind.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
    /// A key that none of its vectors is signed with.
    pub(crate) other_secret: Option<String>,
    /// Where a form's names end is not signed.
    #[serde(default)]
    pub(crate) unsigned_borders: bool,
    pub(crate) documents: Vec<String>,
    pub(crate) vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body_base64: String,
    pub(crate) secrets: Vec<String>,
    /// A key that it is not signed with, where that is not the file's.
    pub(crate) other_secret: Option<String>,
    pub(crate) now: i64,
    pub(crate) tolerance: Option<f64>,
    #[serde(default)]
    pub(crate) options: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) certificates: BTreeMap<String, String>,
    pub(crate) expected: Expected,
    pub(crate) reason: Option<String>,
    pub(crate) rejection: Option<String>,
    pub(crate) answer: Option<Answer>,
    pub(crate) provenance: Provenance,
}

impl VectorFile {
    /// What an endpoint is configured with that receives this vector.
    pub(crate) fn options(&self, vector: &Vector) -> Options {
        self.options.iter().chain(&vector.options).collect()
    }

    /// The scheme of this vector.
    pub(crate) fn scheme(&self, vector: &Vector) -> Arc<dyn Scheme> {
        scheme(&self.scheme, &self.options(vector))
            .unwrap_or_else(|| panic!("unknown scheme {:?}", self.scheme))
    }
}

/// What a handshake is answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body_base64: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Expected {
    Valid,
    Invalid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Provenance {
    pub(crate) kind: Kind,
    pub(crate) source: String,
    pub(crate) kits: Vec<Kit>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Published,
    Kit,
    Computed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kit {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) verdict: Expected,
}

pub(crate) fn read_all() -> Vec<VectorFile> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name() != Some("README.md".as_ref()));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

pub(crate) fn read(path: &Path) -> VectorFile {
    let file = fs::read(path).unwrap();
    let mut file: VectorFile =
        serde_json::from_slice(&file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap();
    let rest = stem.strip_prefix(&*file.scheme);
    assert!(
        path.extension() == Some("json".as_ref())
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
        "{} is not named after its scheme, {}",
        path.display(),
        file.scheme
    );
    file.name = stem.to_owned();
    file
}

/// The features that a file needs, and that this build lacks.
pub(crate) fn lacking(file: &VectorFile) -> Vec<&str> {
    let is_enabled = |feature: &str| match feature {
        "aws-lc" => cfg!(feature = "aws-lc"),
        "ed25519" => cfg!(feature = "ed25519"),
        "encrypted" => cfg!(feature = "encrypted"),
        "http-signatures" => cfg!(feature = "http-signatures"),
        "keyed-hash" => cfg!(feature = "keyed-hash"),
        "jwt" => cfg!(feature = "jwt"),
        "x509" => cfg!(feature = "x509"),
        other => panic!("{}: unknown feature {other:?}", file.scheme),
    };
    file.features.iter().map(String::as_str).filter(|feature| !is_enabled(feature)).collect()
}

/// The scheme that a file is for, with a vector's options: what an endpoint of that provider is configured with.
pub(crate) fn scheme(name: &str, options: &Options) -> Option<Arc<dyn Scheme>> {
    #[cfg(feature = "http-signatures")]
    if let Some(algorithm) = name.strip_prefix("http-signatures-") {
        return http_signatures(algorithm, options);
    }
    if name == "github-sha1" {
        // The crate has no provider for GitHub's older signature, but it can be described.
        let signature = Field::header(HeaderName::from_static("x-hub-signature")).prefix("sha1=");
        return Some(Arc::new(Signed::hmac_sha1("github-sha1", signature)));
    }
    #[cfg(feature = "jwt")]
    if name == "vonage-sdk" {
        // Its kits' own example, which has nothing of a delivery but the signature.
        use tower_webhook::schemes::{Jwt, TokenIn};
        return Some(Arc::new(Jwt::hs256("vonage-sdk", TokenIn::bearer())));
    }
    let scheme = by_name(name)?.scheme(options).unwrap_or_else(|error| panic!("{name}: {error}"));
    Some(Arc::from(scheme))
}

#[cfg(feature = "http-signatures")]
pub(crate) fn http_signatures(algorithm: &str, options: &Options) -> Option<Arc<dyn Scheme>> {
    let algorithm = SignatureAlgorithm::ALL.iter().find(|known| known.name() == algorithm)?;
    let mut scheme = HttpSignatures::new("http-signatures", *algorithm);
    if *algorithm == SignatureAlgorithm::HmacSha256 {
        scheme = scheme.secret(Secret::encoded(Encoding::Base64));
    }
    if let Some(names) = options.get("requires") {
        scheme = scheme.requires(names.split_whitespace().map(|name| match name {
            "@method" => Component::Method,
            "@authority" => Component::Authority,
            "@path" => Component::Path,
            "@query" => Component::Query,
            field => Component::Field(field.parse().unwrap()),
        }));
    }
    if let Some(methods) = options.get("methods") {
        scheme = scheme.with_methods(methods.split_whitespace().map(|method| method.parse().unwrap()));
    }
    if let Some(label) = options.get("label") {
        scheme = scheme.label(label.to_owned());
    }
    if let Some(tag) = options.get("tag") {
        scheme = scheme.tag(tag.to_owned());
    }
    Some(Arc::new(scheme))
}

/// Where the endpoint has its keys from, and what it is given: the secrets, or certificates that it fetches.
pub(crate) async fn keys(
    scheme: &Arc<dyn Scheme>,
    vector: &Vector,
) -> Result<(Arc<dyn KeyProvider>, KeySet), String> {
    #[cfg(feature = "x509")]
    if let Some(url) = vector.certificates.keys().next() {
        let certificates = vector.certificates.clone();
        let fetch = move |request: Request<Bytes>| {
            let found = certificates.get(&request.uri().to_string()).cloned();
            let answer = found.map(|pem| Response::new(pem.into()));
            std::future::ready(answer.ok_or(FetchError::unreachable("there is no certificate")))
        };
        let keys = Certificates::new(fetch, Algorithm::RsaPkcs1Sha256).and_for(Algorithm::RsaPkcs1Sha1);
        let found = keys.keys(&KeyRef::Certificate((**url).into())).await;
        return Ok((Arc::new(keys), found.map_err(|error| error.to_string())?));
    }
    let keys = vector.secrets.iter().map(|text| scheme.key(text));
    let keys =
        keys.collect::<Result<Vec<_>, _>>().and_then(KeySet::new).map_err(|error| error.to_string())?;
    Ok((Arc::new(keys.clone()), keys))
}

pub(crate) fn request(vector: &Vector) -> Request<Bytes> {
    let mut request = Request::builder().method(&*vector.method).uri(&*vector.url);
    for (name, value) in &vector.headers {
        request = request.header(name, value);
    }
    let body = Encoding::Base64.decode(&vector.body_base64).expect("standard base64");
    request.body(body.into()).unwrap()
}

/// Past the test harness, which keeps what a passing test prints with `println!`.
pub(crate) fn print(line: &str) {
    writeln!(std::io::stdout().lock(), "\n{line}").unwrap();
}
