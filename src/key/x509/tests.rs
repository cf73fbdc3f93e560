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

// Of `tests/pki`, which is not in the package.
const LEAF: &str = "\
-----BEGIN CERTIFICATE-----
MIIBvDCCAUKgAwIBAgIUCtpsrMlLJ8wRQm44SwEFpPi2DQ0wCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIY2hhaW4tY2EwHhcNMjUwMTAxMDAwMDAwWhcNMjUxMjMxMjM1
OTU5WjAVMRMwEQYDVQQDDApjaGFpbi1sZWFmMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAETzpQX9BiCJ2e8uZvm34e8PTngkWnGf6WAYly5TKP4zEAHa7ps6LvMFaI
udRoMUKW0+jmiJeGUG0m0mx2M/SczKNyMHAwDAYDVR0TAQH/BAIwADAOBgNVHQ8B
Af8EBAMCB4AwEAYKKoZIhvdjZAYLAQQCBQAwHQYDVR0OBBYEFDJ6xTGVhy6YO+0y
vC5pPsSCNPx0MB8GA1UdIwQYMBaAFEChuGEpnbix/g+JESQEZh0Q9nczMAoGCCqG
SM49BAMCA2gAMGUCMEnfFuEEX90MOSitdrKs0DDOWVG+UKhrcIQVMDPuuihBbIIL
n18fJccjwPC9HT1p5QIxAMdwwkQAeVHkm2TtdjnwHTDHIe1H9XAJM27xCBr1JzEa
IVhkhe6SzQwpbwcbkjW8NQ==
-----END CERTIFICATE-----
";
const UNMARKED: &str = "\
-----BEGIN CERTIFICATE-----
MIIBqjCCATCgAwIBAgIUKw2itYYMWLZBFGlaTnevIezA2FQwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIY2hhaW4tY2EwHhcNMjUwMTAxMDAwMDAwWhcNMjUxMjMxMjM1
OTU5WjAVMRMwEQYDVQQDDApjaGFpbi1sZWFmMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAETzpQX9BiCJ2e8uZvm34e8PTngkWnGf6WAYly5TKP4zEAHa7ps6LvMFaI
udRoMUKW0+jmiJeGUG0m0mx2M/SczKNgMF4wDAYDVR0TAQH/BAIwADAOBgNVHQ8B
Af8EBAMCB4AwHQYDVR0OBBYEFDJ6xTGVhy6YO+0yvC5pPsSCNPx0MB8GA1UdIwQY
MBaAFEChuGEpnbix/g+JESQEZh0Q9nczMAoGCCqGSM49BAMCA2gAMGUCMHtT9ccB
T4uFsh9jI5GrxrqrnfOLJWzaZvUnvB1txaUU5/THNYIR2D2GFVCoZov4cgIxAOny
J25EnDAMRveEAOHn332V/x421iRdKn/tsbH7hjaBkMaZjhPE5cwpy0w2FqY11A==
-----END CERTIFICATE-----
";
const AUTHORITY: &str = "\
-----BEGIN CERTIFICATE-----
MIIB3DCCAWKgAwIBAgIUUcdTcb/LjnX10RyljYF0Vmji2fswCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2hhaW4tcm9vdDAeFw0yNDAxMDEwMDAwMDBaFw0zNDAxMDEw
MDAwMDBaMBMxETAPBgNVBAMMCGNoYWluLWNhMHYwEAYHKoZIzj0CAQYFK4EEACID
YgAEaz/AuCDTD+G42awjfmC32GKypmJOmtI32JF2u/SZ4FnZaRVXxSbBi6qxM29N
il1Sh3wEQXBqZl2fYDGwAhiSVt+qf4AJl9PAaJCmthkbmsmaWWHJEXtKtcyGmZ65
Ie+Bo3UwczAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwICBDAdBgNVHQ4E
FgQUQKG4YSmduLH+D4kRJARmHRD2dzMwEAYKKoZIhvdjZAYCAQQCBQAwHwYDVR0j
BBgwFoAUlzQ1HVxnomuN6YOzF+7Jm0wF0P0wCgYIKoZIzj0EAwIDaAAwZQIxAOxq
BHxZ4zh6x0ShJzCu/0Y6/yNztHcJImcwPgLbjjpaKPpdNVz0UQMEB+mRXgVPfgIw
R0SKoewrqDI5eKj4l28oN+4bhKaKjgwyfHdO8984BXVPS+fN9Dkad83/ncDNXX5e
-----END CERTIFICATE-----
";
const ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBrTCCATOgAwIBAgIUAWUOx3NYoIEtCkvxkbqTX4QnMOwwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKY2hhaW4tcm9vdDAgFw0yNDAxMDEwMDAwMDBaGA8yMTI0MDEw
MTAwMDAwMFowFTETMBEGA1UEAwwKY2hhaW4tcm9vdDB2MBAGByqGSM49AgEGBSuB
BAAiA2IABLV406ttOLCaMCxmNNafx3b60btOHXVeC/AR4Gx8QWtvAXF7CUluq/R1
GMo3MnsQ266YhZIl8gLudGcptNgL9F2dpNwv+5R/S1dQzRiMh+L1WUIeYc8v6aHQ
jvoEX685t6NCMEAwDwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAgQwHQYD
VR0OBBYEFJc0NR1cZ6JrjemDsxfuyZtMBdD9MAoGCCqGSM49BAMCA2gAMGUCMFGz
cAZFqX3a61syv3BKIfNG6PkwIlbNCuqjWjmjiw/oaWwFx/Bwbpm/ALpOupv9egIx
AP7moXoAiXuoK0ExlZRZEgPs4/s5GYHO1rsngi7i4y66mZoW61Mx37TYlbaSuw6+
/Q==
-----END CERTIFICATE-----
";

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
