//! Certificates are read when they arrive, and not by a request.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::key::{Algorithm, KeyLookup, KeyProvider as _, KeyRef, Lookup};
use bytes::Bytes;
use http::{Request, Response};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use std::{
    cell::Cell,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    task::{Context, Poll, Waker},
};

thread_local! {
    /// How many certificates this thread, which is this test, has read.
    pub(super) static READ: Cell<usize> = const { Cell::new(0) };
}

const LEAF: &str = include_str!("../../../tests/pki/chain-leaf.pem");
const UNMARKED: &str = include_str!("../../../tests/pki/chain-leaf-unmarked.pem");
const AUTHORITY: &str = include_str!("../../../tests/pki/chain-ca.pem");
const ROOT: &str = include_str!("../../../tests/pki/chain-root.pem");

/// Whether there is a key; nothing here has to be waited for twice.
fn found(lookup: KeyLookup) -> bool {
    match lookup.0 {
        Lookup::Ready(found) => found.is_ok(),
        Lookup::Future(mut lookup) => {
            let polled = lookup.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            matches!(polled, Poll::Ready(Ok(_)))
        }
    }
}

#[test]
fn a_certificate_that_is_fetched_is_read_once() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
    let keys = Certificates::new(
        move |_: Request<Bytes>| {
            count.fetch_add(1, SeqCst);
            std::future::ready(Ok(Response::new(Bytes::from([LEAF, AUTHORITY].concat()))))
        },
        Algorithm::EcdsaP256Sha256Fixed,
    )
    .roots(Roots::from_pem(ROOT).unwrap());
    let (good, bad) = (keys.clone(), keys.and_for(Algorithm::RsaPkcs1Sha256));
    let url = KeyRef::Certificate("https://acme.example/2025.pem".into());
    for _ in 0..1000 {
        assert!(found(good.keys(&url)));
    }
    assert_eq!((fetched.load(SeqCst), READ.get()), (1, 2));
    for _ in 0..1000 {
        assert!(!found(bad.keys(&url)), "the key is no RSA key");
    }
    assert_eq!((fetched.load(SeqCst), READ.get()), (2, 4));
    assert!(found(good.keys(&url)), "another handle's demands are its own");
}

#[test]
fn a_chain_that_is_sent_along_is_read_once() {
    let der = |pem: &str| Bytes::from(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec());
    let chain = |leaf: &str| KeyRef::Chain(Arc::from([der(leaf), der(AUTHORITY), der(ROOT)]));
    let roots = Roots::from_pem(ROOT).unwrap();
    let keys = CertificateChains::new(roots, Algorithm::EcdsaP256Sha256Fixed);
    let keys = keys.leaf_mark("1.2.840.113635.100.6.11.1").unwrap();
    for _ in 0..1000 {
        assert!(found(keys.keys(&chain(LEAF))));
    }
    assert_eq!(READ.get(), 3);
    for _ in 0..1000 {
        assert!(!found(keys.keys(&chain(UNMARKED))));
    }
    assert_eq!(READ.get(), 6);
}
