//! Which URLs a certificate is believed from.
use super::KeyRef;
use crate::scheme::Refusal;

/// Where a provider's certificates lie: the URL that a request names must fit before anybody asks for it. Whoever can
/// name any other URL chooses the key, and makes the service ask where it should not.
///
/// What fits begins with `https://`, followed by one of these hosts and a path, and nothing else: no user, port, query,
/// fragment, escape, backslash, or `..`, and no capital letter in the host. Certificates lie under no others.
///
/// ```
/// use tower_webhook::key::PinnedUrl;
///
/// const URLS: PinnedUrl = PinnedUrl::of_hosts(&["certificates.acme.example", "*.certificates.acme.example"])
///     .path("/v1/", ".pem");
///
/// // `Scheme::plan` says `check.key(URLS.certificate(url)?)`; that is what fits:
/// assert!(URLS.fits("https://eu.certificates.acme.example/v1/2026.pem"));
/// assert!(!URLS.fits("https://a.b.certificates.acme.example/v1/2026.pem"), "a star is one label");
/// assert!(!URLS.fits("https://certificates.acme.example.evil.example/v1/2026.pem"));
/// assert!(!URLS.fits("https://evil.example@certificates.acme.example/v1/2026.pem"));
/// assert!(!URLS.fits("http://certificates.acme.example/v1/2026.pem"));
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct PinnedUrl {
    hosts: &'static [&'static str],
    star: fn(&str) -> bool,
    path_prefix: &'static str,
    path_suffix: &'static str,
}

/// Longer URLs are nobody's.
const LONGEST: usize = 512;

impl PinnedUrl {
    /// Under any path of these hosts. A label that is `*` stands for any one label.
    ///
    /// Beware of a star where others can have a name too: `sns.*.amazonaws.com` is also a bucket called `sns`, at
    /// `sns.s3-us-west-2.amazonaws.com`. Say what it may be, with [`star`](Self::star).
    pub const fn of_hosts(hosts: &'static [&'static str]) -> Self {
        Self { hosts, star: |_| true, path_prefix: "/", path_suffix: "" }
    }

    /// What a star in the hosts may stand for.
    pub const fn star(mut self, may_be: fn(&str) -> bool) -> Self {
        self.star = may_be;
        self
    }

    /// What the path begins and ends with: `/` and `.pem`, say.
    pub const fn path(mut self, prefix: &'static str, suffix: &'static str) -> Self {
        self.path_prefix = prefix;
        self.path_suffix = suffix;
        self
    }

    /// The key of the certificate at `url`, for a plan.
    ///
    /// # Errors
    /// If it is none of these URLs.
    pub fn certificate(&self, url: &str) -> Result<KeyRef, Refusal> {
        let elsewhere = Refusal::UntrustedKey("the certificate's URL is none of the provider's".into());
        if self.fits(url) { Ok(KeyRef::Certificate(url.into())) } else { Err(elsewhere) }
    }

    /// Whether `url` is one of these.
    #[must_use]
    pub fn fits(&self, url: &str) -> bool {
        let Some(rest) = url.strip_prefix("https://").filter(|_| url.len() <= LONGEST) else { return false };
        let Some(slash) = rest.find('/') else { return false };
        let (host, path) = rest.split_at(slash);
        self.hosts.iter().any(|pattern| self.host_fits(pattern, host)) && self.path_fits(path)
    }

    fn host_fits(&self, pattern: &str, host: &str) -> bool {
        let mut labels = host.split('.');
        let fits = pattern.split('.').all(|expected| {
            let label = labels.next().unwrap_or_default();
            if expected == "*" { is_label(label) && (self.star)(label) } else { label == expected }
        });
        fits && labels.next().is_none()
    }

    fn path_fits(&self, path: &str) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        path.strip_prefix(self.path_prefix).is_some_and(|rest| rest.ends_with(self.path_suffix))
            && path.bytes().all(plain)
            && path.split('/').all(|segment| segment != "." && segment != "..")
    }
}

fn is_label(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty() && label.bytes().all(plain) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A region of AWS has a name like `us-east-1`; a service has not.
    fn is_region(label: &str) -> bool {
        let mut parts = label.split('-');
        let letters =
            |part: Option<&str>| part.is_some_and(|part| part.bytes().all(|b| b.is_ascii_lowercase()));
        letters(parts.next()) && letters(parts.next()) && label.ends_with(|c: char| c.is_ascii_digit())
    }

    const SNS: PinnedUrl = PinnedUrl::of_hosts(&["sns.*.amazonaws.com", "sns.*.amazonaws.com.cn"])
        .star(is_region)
        .path("/SimpleNotificationService-", ".pem");

    #[test]
    fn the_providers_own_urls_fit() {
        for url in [
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-7ff5318490ec183fbaddaa2a969abfda.pem",
            "https://sns.us-gov-west-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-0.pem",
        ] {
            assert!(SNS.fits(url), "{url}");
        }
    }

    #[test]
    fn t09_nothing_else_fits() {
        let fitting = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";
        assert!(SNS.fits(fitting));
        for url in [
            "",
            "https://",
            "https:///",
            "https://sns.us-east-1.amazonaws.com",
            "sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "//sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            // Another scheme.
            "http://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "HTTPS://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "file://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            // Another host.
            "https://evil.example/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com.evil.example/SimpleNotificationService-0.pem",
            "https://evil.example/sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://evilsns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com.cn.evil/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.evil.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns..amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.amazonaws.com/SimpleNotificationService-0.pem",
            "https://.sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com./SimpleNotificationService-0.pem",
            "https://sns.us-east-1-.amazonaws.com/SimpleNotificationService-0.pem",
            "https://SNS.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-\u{435}ast-1.amazonaws.com/SimpleNotificationService-0.pem",
            // A bucket called `sns`.
            "https://sns.s3.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.s3-us-west-2.amazonaws.com/SimpleNotificationService-0.pem",
            // A user, a port, a query, a fragment.
            "https://evil.example@sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com@evil.example/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com:@evil.example/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com:443/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com:8443/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem?x=.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem#.pem",
            "https://evil.example/?https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://evil.example#.sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://evil.example\\.sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            // Another path.
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.txt",
            "https://sns.us-east-1.amazonaws.com/?Action=Subscribe&x=/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/other/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-/../x.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0/./x.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-%2e%2e.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-\\..\\x.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService- .pem",
            // Space and lines around it.
            " https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem\n",
            "https://sns.us-east-1.amazonaws.com\r\n/SimpleNotificationService-0.pem",
        ] {
            assert!(!SNS.fits(url), "{url:?}");
        }
        let long =
            format!("https://sns.us-east-1.amazonaws.com/SimpleNotificationService-{}.pem", "0".repeat(512));
        assert!(!SNS.fits(&long));
    }

    #[test]
    fn t09_a_plan_names_the_certificate_or_refuses() {
        let url = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";
        assert_eq!(SNS.certificate(url), Ok(KeyRef::Certificate(url.into())));
        assert!(matches!(SNS.certificate("https://evil.example/x.pem"), Err(Refusal::UntrustedKey(_))));
    }

    #[test]
    fn a_label_is_one_of_a_hosts_name() {
        for label in ["a", "7", "us-east-1", "a--b"] {
            assert!(is_label(label), "{label:?}");
        }
        for wrong in ["", "-", "-a", "a-", "A", "a.b", "a_b", "a/b", "a@b", "a%2e", "é"] {
            assert!(!is_label(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn prefix_and_suffix_do_not_overlap() {
        let urls = PinnedUrl::of_hosts(&["acme.example"]).path("/keys.pem", ".pem");
        assert!(!urls.fits("https://acme.example/keys.pem"));
        assert!(urls.fits("https://acme.example/keys.pem.pem"));
    }
}
