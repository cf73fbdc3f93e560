//! The providers' vectors, of `tests/vectors/*.json`: each gets the verdict that its document demands, from the pure
//! function and from the layer. The format is described in `tests/vectors/README.md`.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[cfg(all(feature = "aws-lc", feature = "ed25519"))]
mod wycheproof;

use bytes::Bytes;
use http::{HeaderName, Request, Response, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Empty, Full};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tower_webhook::{
    Answered, PublicUrl, Rejection, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::{KeyProvider, KeySet},
    providers::{Options, by_name},
    scheme::{Verdict, Verifier},
    schemes::{Field, Signed},
    time::Timestamp,
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

/// The scheme that a file is for, with a vector's options: what an endpoint of that provider is configured with.
fn scheme(name: &str, options: &Options) -> Option<Arc<dyn Scheme>> {
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
fn http_signatures(algorithm: &str, options: &Options) -> Option<Arc<dyn Scheme>> {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorFile {
    provider: String,
    scheme: String,
    /// Those that its scheme stands behind.
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    options: BTreeMap<String, String>,
    documents: Vec<String>,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    what: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body_base64: String,
    secrets: Vec<String>,
    now: i64,
    tolerance: Option<f64>,
    #[serde(default)]
    options: BTreeMap<String, String>,
    #[serde(default)]
    #[cfg_attr(not(feature = "x509"), expect(dead_code, reason = "files with certificates are not run"))]
    certificates: BTreeMap<String, String>,
    expected: Expected,
    reason: Option<String>,
    rejection: Option<String>,
    answer: Option<Answer>,
    provenance: Provenance,
}

/// What a handshake is answered.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    content_type: Option<String>,
    body_base64: String,
}

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
enum Became {
    Delivery,
    Handshake(Answer),
    Refused(String),
}

impl Became {
    fn refused(rejection: &Rejection) -> Self {
        Self::Refused(format!("{:?}", rejection.kind()))
    }

    fn handshake<B>(response: &Response<B>, body: &[u8]) -> Self {
        let content_type = response.headers().get(CONTENT_TYPE);
        Self::Handshake(Answer {
            status: response.status().as_u16(),
            content_type: content_type.map(|value| value.to_str().unwrap().to_owned()),
            body_base64: Encoding::Base64.encode(body),
        })
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Valid,
    Invalid,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provenance {
    kind: Kind,
    source: String,
    kits: Vec<Kit>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Published,
    Kit,
    Computed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kit {
    name: String,
    version: String,
    verdict: Expected,
}

/// The features that a file needs, and that this build lacks.
fn lacking(file: &VectorFile) -> Vec<&str> {
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

#[tokio::test]
async fn every_vector_gets_the_verdict_of_its_document() {
    let mut files = read_all();
    files.retain(|file| {
        let lacking = lacking(file);
        if !lacking.is_empty() {
            print(&format!("NOT RUN: {} needs the features {}", file.scheme, lacking.join(", ")));
        }
        lacking.is_empty()
    });
    let (mut read, mut held) = (0, 0);
    let mut wrong = Vec::new();
    for file in &files {
        for vector in &file.vectors {
            let options = file.options.iter().chain(&vector.options);
            let scheme = scheme(&file.scheme, &options.collect())
                .unwrap_or_else(|| panic!("unknown scheme {:?}", file.scheme));
            read += 1;
            match check(&scheme, vector).await {
                Ok(()) => held += 1,
                Err(difference) => wrong.push(format!("{}: {difference}", vector.id)),
            }
        }
    }
    let of_kind = |kind| all(&files).filter(|vector| vector.provenance.kind == kind).count();
    let providers: BTreeSet<&str> = files.iter().map(|file| &*file.provider).collect();
    let (of_wycheproof, wrong_of_wycheproof) = wycheproof();
    wrong.extend(wrong_of_wycheproof);
    print(&format!(
        "vectors: read={read} held={held} published={} kit={} computed={} providers={} {of_wycheproof}",
        of_kind(Kind::Published),
        of_kind(Kind::Kit),
        of_kind(Kind::Computed),
        providers.len(),
    ));
    assert!(wrong.is_empty() && read == held, "\n{}\n", wrong.join("\n"));
}

/// Their counts, and those that got another verdict.
#[cfg(all(feature = "aws-lc", feature = "ed25519"))]
fn wycheproof() -> (String, Vec<String>) {
    let counts = wycheproof::read();
    print(&counts.lines());
    let (read, held, left_out) = (counts.read, counts.held, counts.left_out());
    (format!("wycheproof={read} wycheproof_held={held} wycheproof_left_out={left_out}"), counts.wrong)
}

#[cfg(not(all(feature = "aws-lc", feature = "ed25519")))]
fn wycheproof() -> (String, Vec<String>) {
    print("NOT READ: Wycheproof, without the features `aws-lc` and `ed25519`");
    ("wycheproof=0".to_owned(), Vec::new())
}

/// Past the test harness, which keeps what a passing test prints with `println!`.
fn print(line: &str) {
    writeln!(std::io::stdout().lock(), "\n{line}").unwrap();
}

/// By the pure function and through the layer, with the scheme's own settings.
async fn check(scheme: &Arc<dyn Scheme>, vector: &Vector) -> Result<(), String> {
    if let Some(seconds) = vector.tolerance
        && scheme.tolerance() != Duration::from_secs_f64(seconds)
    {
        return Err(format!("the scheme's tolerance is {:?} and not {seconds} s", scheme.tolerance()));
    }
    let (provider, keys) = keys(scheme, vector).await?;
    let now = Timestamp::from_unix(vector.now);
    let expected = match (vector.expected, &vector.answer, &vector.rejection) {
        (Expected::Valid, None, None) => Became::Delivery,
        (Expected::Valid, Some(answer), None) => Became::Handshake(answer.clone()),
        (Expected::Invalid, None, Some(kind)) => Became::Refused(kind.clone()),
        _ => return Err("an invalid vector names its rejection, and no other does".to_owned()),
    };
    for (how, became) in [
        ("verify", by_function(scheme, vector, &keys, now)),
        ("layer", by_layer(scheme, vector, provider, now).await),
    ] {
        if became != expected {
            return Err(format!("{how} says {became:?} and should say {expected:?}"));
        }
    }
    Ok(())
}

/// Where the endpoint has its keys from, and what it is given: the secrets, or certificates that it fetches.
async fn keys(scheme: &Arc<dyn Scheme>, vector: &Vector) -> Result<(Arc<dyn KeyProvider>, KeySet), String> {
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

fn by_function(scheme: &Arc<dyn Scheme>, vector: &Vector, keys: &KeySet, now: Timestamp) -> Became {
    let verifier = Verifier::new().public_url(PublicUrl::exact(&*vector.url));
    let (parts, body) = request(vector).into_parts();
    match verifier.verify(scheme, &parts, &body, keys, now) {
        Ok(Verdict::Deliver(verified)) => {
            assert_eq!(verified.body(), &body);
            Became::Delivery
        }
        Ok(Verdict::Respond(response)) => Became::handshake(&response, response.body()),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Became::refused(&rejection),
    }
}

async fn by_layer(
    scheme: &Arc<dyn Scheme>,
    vector: &Vector,
    keys: Arc<dyn KeyProvider>,
    now: Timestamp,
) -> Became {
    let request = request(vector);
    let sent = request.body().clone();
    let service = ServiceBuilder::new()
        .layer(
            VerifySignatureLayer::new(Arc::clone(scheme), keys)
                .public_url(PublicUrl::exact(&*vector.url))
                .clock(move || Some(now)),
        )
        .service(service_fn(async |request: Request<VerifiedBody>| {
            let verified = request.extensions().get::<Verified>().expect("the layer leaves its proof");
            let mut response = Response::new(Empty::<Bytes>::new());
            response.extensions_mut().insert(verified.body().clone());
            Ok::<_, Infallible>(response)
        }));
    let (parts, body) = service.oneshot(request.map(Full::new)).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let response = Response::from_parts(parts, ());
    let extensions = response.extensions();
    match (extensions.get::<Bytes>(), extensions.get::<Answered>(), extensions.get::<Rejection>()) {
        (Some(handled), None, None) => {
            assert_eq!(handled, &sent);
            Became::Delivery
        }
        (None, Some(Answered::Handshake), None) => Became::handshake(&response, &body),
        (None, None, Some(rejection)) => Became::refused(rejection),
        _ => panic!("a request is either handled, or answered, or refused"),
    }
}

fn request(vector: &Vector) -> Request<Bytes> {
    let mut request = Request::builder().method(&*vector.method).uri(&*vector.url);
    for (name, value) in &vector.headers {
        request = request.header(name, value);
    }
    let body = Encoding::Base64.decode(&vector.body_base64).expect("standard base64");
    request.body(body.into()).unwrap()
}

/// Whoever edits the files by hand is told what they get wrong.
#[test]
fn the_files_are_in_the_documented_form() {
    let files = read_all();
    let mut ids = BTreeSet::new();
    for vector in all(&files) {
        let Vector { id, what, expected, reason, provenance, .. } = vector;
        assert!(ids.insert(id), "{id} occurs twice");
        assert!(
            !what.is_empty() && !provenance.source.is_empty(),
            "{id} does not say what it is, or where from"
        );
        assert_eq!(reason.is_some(), *expected == Expected::Invalid, "{id}: a reason is for invalid vectors");
        let (confirming, differing): (Vec<_>, Vec<_>) =
            provenance.kits.iter().partition(|kit| kit.verdict == *expected);
        match provenance.kind {
            Kind::Published => {}
            Kind::Kit => assert!(!confirming.is_empty(), "{id}: no kit confirms it"),
            Kind::Computed => assert!(confirming.is_empty(), "{id}: a kit confirms it"),
        }
        for kit in confirming.iter().chain(&differing) {
            assert!(!kit.name.is_empty() && !kit.version.is_empty(), "{id}: a kit without name or version");
        }
    }
    for file in &files {
        assert!(!file.documents.is_empty() && !file.vectors.is_empty(), "{} is empty", file.scheme);
    }
}

#[test]
fn a_scheme_that_does_not_exist_is_unknown() {
    assert!(scheme("acme", &Options::new()).is_none());
    assert!(scheme("", &Options::new()).is_none());
}

fn all(files: &[VectorFile]) -> impl Iterator<Item = &Vector> {
    files.iter().flat_map(|file| &file.vectors)
}

fn read_all() -> Vec<VectorFile> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.file_name() != Some("README.md".as_ref()));
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> VectorFile {
    let file = fs::read(path).unwrap();
    let file: VectorFile =
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
    file
}
