//! The providers' vectors, of `tests/vectors/*.json`: each gets the verdict that its document demands, from the pure
//! function and from the layer. The format is described in `tests/vectors/README.md`.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod vectors_file;
#[cfg(all(feature = "aws-lc", feature = "ed25519"))]
mod wycheproof;

use crate::vectors_file::{
    Answer, Expected, Kind, Vector, VectorFile, keys, lacking, print, read_all, request, scheme,
};
use bytes::Bytes;
use http::{Request, Response, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, Empty, Full};
use std::{collections::BTreeSet, convert::Infallible, sync::Arc, time::Duration};
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tower_webhook::{
    Answered, PublicUrl, Rejection, Scheme, Verified, VerifiedBody, VerifySignatureLayer,
    encoding::Encoding,
    key::{KeyProvider, KeySet},
    providers::Options,
    scheme::{Verdict, Verifier},
    time::Timestamp,
};

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
            let scheme = file.scheme(vector);
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
