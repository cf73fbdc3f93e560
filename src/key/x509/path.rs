//! The path from a certificate to a root.
use super::{certificate::Certificate, error::Distrust, roots::Roots};
use crate::time::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use std::{ops::RangeInclusive, time::Duration};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator};

/// A certificate, and those that lead from it to a root.
pub(super) struct Path<'a> {
    pub(super) intermediates: Vec<&'a Certificate<'a>>,
    /// When all of them are valid.
    pub(super) validity: RangeInclusive<Timestamp>,
}

/// Finds the path from `leaf` over some of `others` to one of the roots.
///
/// What is said of time is when the path is valid, and not whether it is so now: the path is remembered, and each delivery
/// has its own moment.
pub(super) fn find<'a>(
    leaf: &'a Certificate<'a>,
    others: &'a [Certificate<'a>],
    roots: &Roots,
    purpose: impl ExtendedKeyUsageValidator,
) -> Result<Path<'a>, Distrust> {
    // One of the first version of X.509 can be a root and nothing else: no reason to refuse a chain that ends with it.
    let others = || others.iter().filter(|other| EndEntityCert::try_from(&other.der).is_ok());
    let issuers: Vec<CertificateDer<'_>> = others().map(|other| other.der.clone()).collect();
    let end = EndEntityCert::try_from(&leaf.der).map_err(Distrust::NoPath)?;
    let path = end
        .verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            roots.anchors(),
            &issuers,
            when_all_have_begun(leaf, others()),
            purpose,
            None,
            None,
        )
        .map_err(Distrust::NoPath)?;
    let is_on_it = |other: &&Certificate<'_>| {
        path.intermediate_certificates().any(|intermediate| intermediate.der() == other.der)
    };
    let intermediates: Vec<_> = others().filter(is_on_it).collect();
    let validity = intermediates.iter().fold(leaf.validity(), |all, each| {
        let (from, to) = each.validity().into_inner();
        from.max(*all.start())..=to.min(*all.end())
    });
    if validity.is_empty() {
        return Err(Distrust::NeverValid);
    }
    Ok(Path { intermediates, validity })
}

/// A moment at which all of them are valid, if there is one.
fn when_all_have_begun<'a>(
    leaf: &Certificate<'_>,
    others: impl Iterator<Item = &'a Certificate<'a>>,
) -> UnixTime {
    let begin = others.map(|other| *other.validity().start()).fold(*leaf.validity().start(), Ord::max);
    let seconds = u64::try_from(begin.as_unix()).unwrap_or(0);
    UnixTime::since_unix_epoch(Duration::from_secs(seconds))
}
