//! What errors say to whoever reads a log, and what they were caused by.
#![allow(missing_docs, clippy::unwrap_used)]

use http::HeaderName;
use std::{error::Error, fs, path::PathBuf};
use tower_webhook::{
    key::{self, KeyFile, KeyLookupError, KeySourceError},
    replay::StoreError,
    scheme::{CannotSign, Refusal},
    schemes::{Field, Signed},
};

const HEADER: HeaderName = HeaderName::from_static("acme-signature");

fn acme() -> Signed {
    Signed::hmac_sha256("acme", Field::header(HEADER))
}

fn cause(error: &dyn Error) -> Option<String> {
    error.source().map(ToString::to_string)
}

#[test]
fn a_lookup_that_failed() {
    let unknown = KeyLookupError::Unknown;
    assert_eq!(unknown.to_string(), "there are no keys by that reference");
    assert_eq!(cause(&unknown), None);
    let unavailable = KeyLookupError::unavailable("the database is away");
    assert_eq!(unavailable.to_string(), "the source of keys failed: the database is away");
    assert_eq!(cause(&unavailable).as_deref(), Some("the database is away"));
    let untrusted = KeyLookupError::untrusted("it has expired");
    assert_eq!(untrusted.to_string(), "the key is not to be trusted: it has expired");
    assert_eq!(cause(&untrusted).as_deref(), Some("it has expired"));
}

#[test]
fn a_place_without_a_key() {
    let unset = key::from_env(&acme(), "TOWER_WEBHOOK_UNSET").unwrap_err();
    assert!(matches!(&unset, KeySourceError::Unset { .. }));
    assert_eq!(unset.to_string(), "the variable `TOWER_WEBHOOK_UNSET` is not set");
    assert_eq!(cause(&unset), None);

    let nowhere = PathBuf::from("no/such/file");
    let unreadable = KeyFile::new(acme(), &nowhere).unwrap_err();
    assert!(unreadable.to_string().starts_with("the file `no/such/file` cannot be read: "), "{unreadable}");
    assert!(cause(&unreadable).is_some());

    let path = std::env::temp_dir().join(format!("tower-webhook-errors-{}", std::process::id()));
    let opened = |contents: &[u8]| {
        fs::write(&path, contents).unwrap();
        KeyFile::new(acme(), &path).unwrap_err()
    };
    let (blank, no_text) = (opened(b" "), opened(b"\xff"));
    fs::remove_file(&path).unwrap();
    let file = format!("the file `{}`", path.display());
    assert_eq!(no_text.to_string(), format!("{file} is not UTF-8"));
    assert_eq!(cause(&no_text), None);
    assert!(blank.to_string().starts_with(&format!("{file} holds no key: ")), "{blank}");
    assert!(blank.to_string().ends_with(&cause(&blank).unwrap()), "{blank}");
}

#[test]
fn a_store_that_failed() {
    let error = StoreError::new("the disk is full");
    assert_eq!(error.to_string(), "the replay store failed: the disk is full");
    assert_eq!(cause(&error).as_deref(), Some("the disk is full"));
}

#[test]
fn what_cannot_be_signed() {
    assert_eq!(CannotSign::new("it has no id").to_string(), "cannot sign the request: it has no id");
}

/// Each refusal of a scheme names what it is about.
#[test]
fn a_refusal() {
    for (refusal, says) in [
        (Refusal::MissingHeader(HEADER), "`acme-signature` is missing"),
        (Refusal::DuplicateHeader(HEADER), "`acme-signature` occurs more than once"),
        (Refusal::MalformedHeader(HEADER), "`acme-signature` does not have the documented form"),
        (Refusal::MalformedTarget("no id".into()), "path or query is wrong: no id"),
        (Refusal::NoSignature, "no signature of a known version"),
        (Refusal::MalformedSignature, "does not decode"),
        (Refusal::MalformedToken("no `exp`".into()), "token is wrong: no `exp`"),
        (Refusal::TooManySignatures, "more signatures than the provider sends"),
        (Refusal::MalformedTimestamp, "timestamp does not have"),
        (Refusal::MalformedBody("no JSON".into()), "body is wrong: no JSON"),
        (Refusal::EventMismatch, "another event"),
        (Refusal::TenantMismatch, "another tenant"),
        (Refusal::IdMismatch, "another delivery id"),
        (Refusal::MalformedDigest, "digest of the body"),
        (Refusal::UnsupportedAlgorithm, "algorithm is not the key's"),
        (Refusal::NotCovered("the body".into()), "does not cover the body"),
        (Refusal::UnacceptableSignature("no `created`".into()), "cannot be accepted: no `created`"),
        (Refusal::UntrustedKey("another host".into()), "not to be trusted: another host"),
        (Refusal::NotForUs("another topic".into()), "not for this endpoint: another topic"),
        (Refusal::Undecryptable, "does not decrypt"),
        (Refusal::NoPublicUrl, "set `VerifySignatureLayer::public_url`"),
    ] {
        assert!(refusal.to_string().contains(says), "{refusal}");
    }
}
