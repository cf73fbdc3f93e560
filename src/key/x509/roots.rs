//! Whom a chain of certificates must lead to.
use super::X509Error;
use rustls_pki_types::{CertificateDer, TrustAnchor, pem::PemObject as _};
use std::{fmt, sync::Arc};

/// The root certificates that a chain must lead to: those that the provider documents, rather than everybody's.
///
/// When a root itself expires is not looked at: whoever names it trusts it.
#[derive(Clone)]
pub struct Roots {
    anchors: Arc<[TrustAnchor<'static>]>,
}

impl Roots {
    /// From one or more certificates in PEM.
    ///
    /// # Errors
    /// If there is none in it, or one that is none.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, X509Error> {
        let roots: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_ref()).collect();
        Self::new(&roots.map_err(|error| X509Error::BadRoot(error.into()))?)
    }

    /// From one certificate in DER.
    ///
    /// # Errors
    /// If it is none.
    pub fn from_der(der: impl AsRef<[u8]>) -> Result<Self, X509Error> {
        Self::new(&[CertificateDer::from(der.as_ref())])
    }

    /// Those that the operating system trusts, as of now: for chains of the kind that web servers have.
    ///
    /// # Errors
    /// If it trusts nobody: a container without root certificates, most often.
    #[cfg(feature = "fetch")]
    pub fn of_system() -> Result<Self, X509Error> {
        let found = rustls_native_certs::load_native_certs().certs;
        // One among a hundred that is not read is no reason to trust none.
        let anchors = found.iter().filter_map(|root| anchor(root).ok()).collect();
        Self::of(anchors)
    }

    fn new(certificates: &[CertificateDer<'_>]) -> Result<Self, X509Error> {
        let anchors: Result<Vec<_>, _> = certificates.iter().map(anchor).collect();
        Self::of(anchors.map_err(|error| X509Error::BadRoot(error.into()))?)
    }

    fn of(anchors: Vec<TrustAnchor<'static>>) -> Result<Self, X509Error> {
        if anchors.is_empty() {
            return Err(X509Error::NoRoots);
        }
        Ok(Self { anchors: anchors.into() })
    }

    pub(super) fn anchors(&self) -> &[TrustAnchor<'static>] {
        &self.anchors
    }
}

fn anchor(root: &CertificateDer<'_>) -> Result<TrustAnchor<'static>, webpki::Error> {
    webpki::anchor_from_trusted_cert(root).map(|anchor| anchor.to_owned())
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roots").field("count", &self.anchors.len()).finish()
    }
}
