//! The providers' vectors, of `tests/vectors/*.json`: each gets the verdict that its document demands, from the pure
//! function and from the layer. The format is described in `tests/vectors/README.md`.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{Empty, Full};
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
    PublicUrl, Rejection, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::KeySet,
    providers::{Options, by_name},
    scheme::{Verdict, Verifier},
    schemes::{Field, Signed},
    time::Timestamp,
};

/// The scheme that a file is for, with a vector's options: what an endpoint of that provider is configured with.
fn scheme(name: &str, options: &Options) -> Option<Arc<dyn Scheme>> {
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
    tolerance: Option<u64>,
    #[serde(default)]
    options: BTreeMap<String, String>,
    expected: Expected,
    reason: Option<String>,
    rejection: Option<String>,
    provenance: Provenance,
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
        "jwt" => cfg!(feature = "jwt"),
        other => panic!("{}: unknown feature {other:?}", file.scheme),
    };
    file.features.iter().map(String::as_str).filter(|feature| !is_enabled(feature)).collect()
}

#[tokio::test]
async fn every_vector_gets_the_verdict_of_its_document() {
    let mut files = read_all();
    // Past the test harness, which keeps what a passing test prints with `println!`.
    let mut stdout = std::io::stdout().lock();
    files.retain(|file| {
        let lacking = lacking(file);
        if !lacking.is_empty() {
            writeln!(stdout, "\nNOT RUN: {} needs the features {}", file.scheme, lacking.join(", ")).unwrap();
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
    writeln!(
        stdout,
        "\nvectors: read={read} held={held} published={} kit={} computed={} providers={}",
        of_kind(Kind::Published),
        of_kind(Kind::Kit),
        of_kind(Kind::Computed),
        providers.len(),
    )
    .unwrap();
    assert_eq!(read, held, "\n{}\n", wrong.join("\n"));
}

/// By the pure function and through the layer, with the scheme's own settings.
async fn check(scheme: &Arc<dyn Scheme>, vector: &Vector) -> Result<(), String> {
    if let Some(seconds) = vector.tolerance
        && scheme.tolerance() != Duration::from_secs(seconds)
    {
        return Err(format!("the scheme's tolerance is {:?} and not {seconds} s", scheme.tolerance()));
    }
    let keys = vector.secrets.iter().map(|text| scheme.key(text));
    let keys =
        keys.collect::<Result<Vec<_>, _>>().and_then(KeySet::new).map_err(|error| error.to_string())?;
    let now = Timestamp::from_unix(vector.now);
    let expected = match (vector.expected, &vector.rejection) {
        (Expected::Valid, None) => Ok(()),
        (Expected::Invalid, Some(kind)) => Err(kind.clone()),
        _ => return Err("an invalid vector names its rejection, a valid one does not".to_owned()),
    };
    for (how, verdict) in [
        ("verify", by_function(scheme, request(vector), &keys, now)),
        ("layer", by_layer(scheme, request(vector), keys.clone(), now).await),
    ] {
        let verdict = verdict.map_err(|rejection| format!("{:?}", rejection.kind()));
        if verdict != expected {
            return Err(format!("{how} says {verdict:?} and should say {expected:?}"));
        }
    }
    Ok(())
}

fn by_function(
    scheme: &Arc<dyn Scheme>,
    request: Request<Bytes>,
    keys: &KeySet,
    now: Timestamp,
) -> Result<(), Rejection> {
    let verifier = Verifier::new().public_url(PublicUrl::exact(request.uri().to_string()));
    let (parts, body) = request.into_parts();
    match verifier.verify(scheme, &parts, &body, keys, now)? {
        Verdict::Deliver(verified) => assert_eq!(verified.body(), &body),
        other => panic!("no vector here is a handshake: {other:?}"),
    }
    Ok(())
}

async fn by_layer(
    scheme: &Arc<dyn Scheme>,
    request: Request<Bytes>,
    keys: KeySet,
    now: Timestamp,
) -> Result<(), Rejection> {
    let sent = request.body().clone();
    let service = ServiceBuilder::new()
        .layer(
            VerifySignatureLayer::new(Arc::clone(scheme), keys)
                .public_url(PublicUrl::exact(request.uri().to_string()))
                .clock(move || Some(now)),
        )
        .service(service_fn(async |request: Request<VerifiedBody>| {
            let verified = request.extensions().get::<Verified>().expect("the layer leaves its proof");
            let mut response = Response::new(Empty::<Bytes>::new());
            response.extensions_mut().insert(verified.body().clone());
            Ok::<_, Infallible>(response)
        }));
    let response = service.oneshot(request.map(Full::new)).await.unwrap();
    match (response.extensions().get::<Bytes>(), response.extensions().get::<Rejection>()) {
        (Some(handled), None) => assert_eq!(handled, &sent),
        (None, Some(rejection)) => return Err(rejection.clone()),
        _ => panic!("a request is either handled or refused"),
    }
    Ok(())
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
