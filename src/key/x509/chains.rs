//! Keys in certificates that are sent along.
use super::{Roots, X509Error, certificate::Certificate, error::Distrust, path};
use crate::key::{Algorithm, Cached, Key, KeyLookup, KeyLookupError, KeyProvider, KeyRef};
use bytes::Bytes;
use rustls_pki_types::CertificateDer;
use std::{fmt, sync::Arc, time::Duration};
use webpki::{ExtendedKeyUsageValidator, KeyPurposeIdIter};
use x509_cert::der::asn1::ObjectIdentifier;

/// Keys in chains of certificates that are sent along with a request: those of [`KeyRef::Chain`], as in the `x5c` of a
/// JWS. The first certificate has the key, and the last is the root's or leads to it. A shared handle, like [`Cached`].
///
/// A chain proves nothing by being there: it is believed if it leads to one of your roots, and if its certificates carry
/// the marks that the provider documents. A root has signed other certificates as well: of developers, say. **Without
/// a mark, whoever has any of them passes.** At the time of each delivery, all of them must be valid.
///
/// Nothing is fetched, and nobody asks whether a certificate was revoked. A chain that was found good is remembered for
/// an hour, so that it is not read and verified for each request.
///
/// ```no_run
/// use tower_webhook::key::{Algorithm, CertificateChains, Roots};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // App Store Server Notifications: a signer of receipts, an intermediate authority of Apple's, its root.
/// let roots = Roots::from_der(std::fs::read("AppleRootCA-G3.cer")?)?;
/// let keys = CertificateChains::new(roots, Algorithm::EcdsaP256Sha256Fixed)
///     .length(3)
///     .leaf_mark("1.2.840.113635.100.6.11.1")?
///     .intermediate_mark("1.2.840.113635.100.6.2.1")?;
/// # let _ = keys;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CertificateChains {
    cached: Cached<Demand>,
}

impl CertificateChains {
    /// Keys for `algorithm`, certified by one of `roots`.
    pub fn new(roots: Roots, algorithm: Algorithm) -> Self {
        let demand =
            Demand { roots, algorithm, length: None, leaf_marks: Vec::new(), intermediate_marks: Vec::new() };
        Self { cached: Cached::new(demand).ttl(Duration::from_secs(3600)).capacity(64) }
    }

    /// How many certificates there must be, with the root's if that is sent along. Without this, up to eight.
    #[must_use]
    pub fn length(mut self, certificates: usize) -> Self {
        self.cached.source_mut().length = Some(certificates);
        self
    }

    /// The object identifier of an extension that the certificate with the key must have. Of several, each.
    ///
    /// # Errors
    /// If it is no object identifier.
    pub fn leaf_mark(mut self, oid: &str) -> Result<Self, X509Error> {
        let oid = read(oid)?;
        self.cached.source_mut().leaf_marks.push(oid);
        Ok(self)
    }

    /// The object identifier of an extension that each certificate between it and the root must have; and there must be
    /// one. Of several, each.
    ///
    /// # Errors
    /// If it is no object identifier.
    pub fn intermediate_mark(mut self, oid: &str) -> Result<Self, X509Error> {
        let oid = read(oid)?;
        self.cached.source_mut().intermediate_marks.push(oid);
        Ok(self)
    }
}

fn read(oid: &str) -> Result<ObjectIdentifier, X509Error> {
    ObjectIdentifier::new(oid).map_err(|_| X509Error::BadOid(oid.into()))
}

impl KeyProvider for CertificateChains {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        self.cached.keys(key)
    }
}

impl fmt::Debug for CertificateChains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertificateChains").field("cached", &self.cached).finish()
    }
}

/// What is demanded of a chain.
#[derive(Clone)]
struct Demand {
    roots: Roots,
    algorithm: Algorithm,
    length: Option<usize>,
    leaf_marks: Vec<ObjectIdentifier>,
    intermediate_marks: Vec<ObjectIdentifier>,
}

/// Nobody has a longer chain.
const LONGEST: usize = 8;

impl KeyProvider for Demand {
    fn keys(&self, key: &KeyRef) -> KeyLookup {
        KeyLookup::ready(match key {
            KeyRef::Chain(chain) => self.key(chain).map(Into::into).map_err(KeyLookupError::untrusted),
            KeyRef::Endpoint | KeyRef::Tenant(_) | KeyRef::Id(_) | KeyRef::Certificate(_) => {
                Err(KeyLookupError::Unknown)
            }
        })
    }
}

impl Demand {
    fn key(&self, chain: &Arc<[Bytes]>) -> Result<Key, Distrust> {
        match self.length {
            Some(expected) if chain.len() != expected => {
                return Err(Distrust::WrongLength { expected, got: chain.len() });
            }
            None if chain.len() > LONGEST => return Err(Distrust::TooMany { limit: LONGEST }),
            _ => {}
        }
        let certificates = chain.iter().map(|der| Certificate::read(CertificateDer::from(&**der)));
        let certificates: Vec<_> = certificates.collect::<Result<_, _>>()?;
        let Some((leaf, others)) = certificates.split_first() else {
            return Err(Distrust::Malformed("there is none".into()));
        };
        let path = path::find(leaf, others, &self.roots, AnyPurpose)?;
        for oid in &self.leaf_marks {
            if !leaf.has_extension(oid) {
                return Err(Distrust::Unmarked { which: "first", oid: oid.to_string() });
            }
        }
        for oid in &self.intermediate_marks {
            if path.intermediates.is_empty() || !path.intermediates.iter().all(|each| each.has_extension(oid))
            {
                return Err(Distrust::Unmarked { which: "intermediate", oid: oid.to_string() });
            }
        }
        Ok(leaf.key(&[self.algorithm])?.valid(path.validity))
    }
}

/// The marks say what a certificate is for.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}
