//! Keys in chains of certificates that are sent along: what a layer answers.
#![cfg(feature = "x509")]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod acme;
mod common;

use acme::{Acme, Said, deliver, signed, signed_text};
use bytes::Bytes;
use common::with;
use http::Request;
use tower_webhook::{
    RejectionKind,
    encoding::Encoding,
    key::{Algorithm, CertificateChains, KeyProvider, Roots, X509Error},
};

const LEAF_MARK: &str = "1.2.840.113635.100.6.11.1";
const AUTHORITY_MARK: &str = "1.2.840.113635.100.6.2.1";

/// The first and the last second of 2025, when the leaves of the tests are valid.
const BEGIN: i64 = 1_735_689_600;
const END: i64 = 1_767_225_599;
const NOW: i64 = 1_750_000_000;

const LEAF: &str = made!("chain-leaf.pem");
const AUTHORITY: &str = made!("chain-ca.pem");
const ROOT: &str = made!("chain-root.pem");

fn unmarked() -> CertificateChains {
    CertificateChains::new(Roots::from_pem(ROOT).unwrap(), Algorithm::EcdsaP256Sha256Fixed)
}

fn marked(chains: CertificateChains) -> CertificateChains {
    chains.leaf_mark(LEAF_MARK).unwrap().intermediate_mark(AUTHORITY_MARK).unwrap()
}

/// With everything that can be demanded of a chain.
fn strict() -> CertificateChains {
    marked(unmarked()).length(3)
}

/// The base64 in PEM, as it stands in an `x5c`.
fn x5c(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

fn by(chain: &[&str], request: Request<Bytes>) -> Request<Bytes> {
    let chain: Vec<String> = chain.iter().map(|pem| x5c(pem)).collect();
    with(request, "x-certificate-chain", &chain.join(","))
}

fn acme() -> Acme {
    Acme::signing_by(Algorithm::EcdsaP256Sha256Fixed)
}

/// A delivery that the leaf's key has signed, with this chain.
async fn answer(keys: impl KeyProvider, now: i64, chain: &[&str]) -> Said {
    deliver(acme(), keys, now, by(chain, signed(made!("chain-leaf-fixed.sig")))).await
}

#[tokio::test]
async fn a_chain_that_leads_to_the_root() {
    let keys = strict();
    for _ in 0..100 {
        answer(keys.clone(), NOW, &[LEAF, AUTHORITY, ROOT]).await.is_handled();
    }
    let altered = by(&[LEAF, AUTHORITY, ROOT], signed_text("deliverx", made!("chain-leaf-fixed.sig")));
    let said = deliver(acme(), keys, NOW, altered).await;
    assert_eq!(said.refusal(), (401, Some(RejectionKind::SignatureMismatch)));
    // The root is known, and need not be sent along.
    answer(marked(unmarked()), NOW, &[LEAF, AUTHORITY]).await.is_handled();
    answer(marked(unmarked()), NOW, &[LEAF, made!("stranger.pem"), AUTHORITY]).await.is_handled();
}

#[tokio::test]
async fn a_chain_is_good_while_all_of_it_is() {
    let keys = strict();
    for now in [BEGIN, END] {
        answer(keys.clone(), now, &[LEAF, AUTHORITY, ROOT]).await.is_handled();
    }
    answer(keys.clone(), BEGIN - 1, &[LEAF, AUTHORITY, ROOT]).await.is_untrusted("it is not valid yet");
    answer(keys.clone(), END + 1, &[LEAF, AUTHORITY, ROOT]).await.is_untrusted("it is not valid any more");
    // The authority's certificate runs out at the end of June, before the leaf's.
    let short = [LEAF, made!("chain-ca-short.pem"), ROOT];
    answer(keys.clone(), 1_751_327_999, &short).await.is_handled();
    answer(keys.clone(), 1_751_328_000, &short).await.is_untrusted("it is not valid any more");
    // And this one before the leaf's begins.
    let never = [made!("chain-leaf-too-late.pem"), AUTHORITY, ROOT];
    for now in [NOW, 2_017_612_799, 2_032_732_800] {
        answer(keys.clone(), now, &never)
            .await
            .is_untrusted("the certificate leads to no trusted root: CertExpired");
    }
}

#[tokio::test]
async fn t09_chains_that_are_wrong() {
    let no_root = "the certificate leads to no trusted root";
    let leaf_lacks = "the first certificate lacks the extension 1.2.840.113635.100.6.11.1";
    let authority_lacks = "the intermediate certificate lacks the extension 1.2.840.113635.100.6.2.1";
    let garbage = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----";
    for (chain, reason) in [
        // Another certificate that the root has signed, too.
        ([made!("chain-leaf-unmarked.pem"), AUTHORITY, ROOT], leaf_lacks),
        ([made!("chain-leaf-by-unmarked.pem"), made!("chain-ca-unmarked.pem"), ROOT], authority_lacks),
        ([made!("chain-leaf-direct.pem"), AUTHORITY, ROOT], authority_lacks),
        // Another root, itself, or a leaf instead of an authority.
        ([made!("chain-leaf-by-stranger.pem"), made!("stranger.pem"), ROOT], no_root),
        ([made!("chain-leaf-by-stranger.pem"), AUTHORITY, made!("stranger.pem")], no_root),
        ([made!("chain-leaf-self.pem"), AUTHORITY, ROOT], no_root),
        ([made!("chain-leaf-self.pem"), made!("chain-leaf-self.pem"), ROOT], no_root),
        ([made!("chain-leaf-by-leaf.pem"), LEAF, AUTHORITY], no_root),
        // The authority is missing, or in its place another.
        ([LEAF, ROOT, ROOT], no_root),
        ([LEAF, made!("chain-ca-unmarked.pem"), ROOT], no_root),
        // In another order, the authority would be the signer.
        ([AUTHORITY, LEAF, ROOT], no_root),
        ([ROOT, AUTHORITY, LEAF], no_root),
        ([garbage, AUTHORITY, ROOT], "the certificate is malformed"),
        ([LEAF, AUTHORITY, garbage], "the certificate is malformed"),
    ] {
        let keys = strict();
        for _ in 0..2 {
            answer(keys.clone(), NOW, &chain).await.is_untrusted(reason);
        }
    }
    for (chain, reason) in [
        (vec![LEAF], "the chain has 1 certificates, and should have 3"),
        (vec![LEAF, AUTHORITY], "the chain has 2 certificates, and should have 3"),
        (vec![LEAF, AUTHORITY, ROOT, ROOT], "the chain has 4 certificates, and should have 3"),
    ] {
        answer(strict(), NOW, &chain).await.is_untrusted(reason);
    }
    answer(marked(unmarked()), NOW, &[ROOT; 9]).await.is_untrusted("there are more than 8 certificates");
    answer(marked(unmarked()), NOW, &[LEAF]).await.is_untrusted(no_root);
}

#[tokio::test]
async fn a_key_of_another_kind_is_none() {
    let chain = [made!("chain-leaf-p384.pem"), AUTHORITY, ROOT];
    answer(strict(), NOW, &chain).await.is_untrusted("not one of the provider's algorithm");
}

#[tokio::test]
async fn without_marks_whatever_the_root_has_signed_passes() {
    for chain in [
        vec![made!("chain-leaf-unmarked.pem"), AUTHORITY, ROOT],
        vec![made!("chain-leaf-by-unmarked.pem"), made!("chain-ca-unmarked.pem")],
        vec![made!("chain-leaf-direct.pem")],
    ] {
        answer(unmarked(), NOW, &chain).await.is_handled();
    }
}

#[tokio::test]
async fn what_no_chain_can_be_is_unknown() {
    let long = Encoding::Base64.encode(&vec![0; 16 << 10]);
    let unknown = (401, Some(RejectionKind::UnknownKey));
    assert_eq!(answer(strict(), NOW, &[LEAF, AUTHORITY, &long]).await.refusal(), unknown);
    let requests = [
        signed(made!("chain-leaf-fixed.sig")),
        with(signed(made!("chain-leaf-fixed.sig")), "x-key-id", "chain-leaf"),
    ];
    for request in requests {
        assert_eq!(deliver(acme(), strict(), NOW, request).await.refusal(), unknown);
    }
}

#[test]
fn what_is_no_mark() {
    for wrong in ["", "1", "apple", "1.2.", ".1.2", "1.2.x", "9.9.9", "1..2"] {
        for error in [strict().leaf_mark(wrong).unwrap_err(), strict().intermediate_mark(wrong).unwrap_err()]
        {
            assert!(matches!(error, X509Error::BadOid(_)), "{wrong:?}: {error:?}");
        }
    }
}

/// A test notification of Apple's, signed by a chain of three: from the tests of Apple's own library for Node.js
/// (app-store-server-library-node, `tests/resources`).
#[tokio::test]
async fn a_notification_of_apples() {
    let (text, signature) = made!("apple-test-notification.jws").rsplit_once('.').unwrap();
    let header = text.split_once('.').unwrap().0;
    let header: serde_json::Value =
        serde_json::from_slice(&Encoding::Base64Url.decode(header).unwrap()).unwrap();
    let chain: Vec<&str> =
        header["x5c"].as_array().unwrap().iter().map(|der| der.as_str().unwrap()).collect();
    let roots = Roots::from_pem(made!("apple-test-root.pem")).unwrap();
    let keys = marked(CertificateChains::new(roots, Algorithm::EcdsaP256Sha256Fixed)).length(3);
    let now = 1_681_314_324;
    deliver(acme(), keys.clone(), now, by(&chain, signed_text(text, signature))).await.is_handled();
    // Under the tests' own root, it is anybody's.
    let said = deliver(acme(), strict(), now, by(&chain, signed_text(text, signature))).await;
    said.is_untrusted("the certificate leads to no trusted root: UnknownIssuer");
    let altered = text.replacen(".eyJ", ".eyK", 1);
    let said = deliver(acme(), keys, now, by(&chain, signed_text(altered, signature))).await;
    assert_eq!(said.refusal(), (401, Some(RejectionKind::SignatureMismatch)));
}
