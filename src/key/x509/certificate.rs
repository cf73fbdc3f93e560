//! One certificate, read.
use super::error::Distrust;
use crate::{
    key::{Algorithm, Key},
    time::Timestamp,
};
use rustls_pki_types::CertificateDer;
use std::{ops::RangeInclusive, time::Duration};
use x509_cert::{
    der::{Decode as _, Encode as _, asn1::ObjectIdentifier},
    time::Time,
};

/// One certificate, read.
pub(super) struct Certificate<'a> {
    pub(super) der: CertificateDer<'a>,
    inside: x509_cert::Certificate,
}

impl<'a> Certificate<'a> {
    pub(super) fn read(der: CertificateDer<'a>) -> Result<Self, Distrust> {
        #[cfg(test)]
        super::tests::READ.set(super::tests::READ.get() + 1);
        match x509_cert::Certificate::from_der(&der) {
            Ok(inside) => Ok(Self { der, inside }),
            Err(error) => Err(Distrust::Malformed(error.to_string().into())),
        }
    }

    /// The first and the last moment at which it is valid.
    pub(super) fn validity(&self) -> RangeInclusive<Timestamp> {
        let validity = self.inside.tbs_certificate().validity();
        timestamp(validity.not_before)..=timestamp(validity.not_after)
    }

    pub(super) fn has_extension(&self, oid: &ObjectIdentifier) -> bool {
        let extensions = self.inside.tbs_certificate().extensions();
        extensions.into_iter().flatten().any(|extension| extension.extn_id == *oid)
    }

    /// Its key, for each of these algorithms.
    pub(super) fn key(&self, algorithms: &[Algorithm]) -> Result<Key, Distrust> {
        let spki = self.inside.tbs_certificate().subject_public_key_info().to_der();
        let spki = spki.map_err(|error| Distrust::Malformed(error.to_string().into()))?;
        let mut keys = algorithms.iter().map(|algorithm| Key::new(*algorithm, &spki).ok());
        let first = keys.next().flatten();
        let all = keys.try_fold(first, |all, key| Some(Some(all?.and(key?))));
        all.flatten().ok_or(Distrust::AnotherKey)
    }
}

/// The key for `algorithm` in a certificate in DER, while that is valid. Whose it is, the caller knows.
#[cfg(feature = "cli")]
pub(crate) fn key_of(der: &[u8], algorithm: Algorithm) -> Option<Key> {
    let certificate = Certificate::read(CertificateDer::from(der)).ok()?;
    Some(certificate.key(&[algorithm]).ok()?.valid(certificate.validity()))
}

/// Whether this is a certificate in DER.
#[cfg(feature = "cli")]
pub(crate) fn is_certificate(der: &[u8]) -> bool {
    x509_cert::Certificate::from_der(der).is_ok()
}

fn timestamp(time: Time) -> Timestamp {
    let since_1970: Duration = time.to_unix_duration();
    Timestamp::from_unix(i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX))
}
