//! Keys in certificates that are fetched from where a request says: what a layer answers.
#![cfg(feature = "x509")]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod acme;
mod common;
#[cfg(feature = "fetch")]
mod web_server;

use acme::{Acme, Said, deliver, signed, signed_text};
use bytes::Bytes;
use common::with;
use http::{Request, Response, StatusCode};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use tower_webhook::{
    RejectionKind,
    fetch::{Fetch, FetchError},
    key::{Algorithm, Certificates, KeyProvider, Roots, X509Error},
};

const URL: &str = "https://certificates.acme.example/2025.pem";

/// The first and the last second of 2025, when the certificates of the tests are valid.
const BEGIN: i64 = 1_735_689_600;
const END: i64 = 1_767_225_599;
const NOW: i64 = 1_750_000_000;

/// The signer's certificate, and that of the authority that it leads to a root by.
const SIGNER: &str = made!("signer.pem");
const AUTHORITY: &str = made!("signer-ca.pem");

/// What lies under the URL, and how often it was fetched.
struct Site {
    fetched: Arc<AtomicUsize>,
    body: Bytes,
    status: u16,
}

impl Site {
    fn with(certificates: &[&str]) -> Self {
        Self::answering(200, certificates.join("\n"))
    }

    fn answering(status: u16, body: impl Into<Bytes>) -> Self {
        Self { fetched: Arc::default(), body: body.into(), status }
    }

    fn fetch(&self) -> impl Fetch + use<> {
        let (fetched, body, status) = (Arc::clone(&self.fetched), self.body.clone(), self.status);
        move |request: Request<Bytes>| {
            assert!(request.uri() == URL && request.method() == "GET", "{request:?}");
            fetched.fetch_add(1, SeqCst);
            let mut answer = Response::new(body.clone());
            *answer.status_mut() = StatusCode::from_u16(status).unwrap();
            std::future::ready(Ok(answer))
        }
    }

    /// With everything that can be demanded of a certificate.
    fn certificates(&self) -> Certificates {
        strict(self.fetch())
    }

    fn fetched(&self) -> usize {
        self.fetched.load(SeqCst)
    }
}

fn strict(fetch: impl Fetch) -> Certificates {
    let roots = Roots::from_pem(made!("root.pem")).unwrap();
    Certificates::new(fetch, Algorithm::RsaPkcs1Sha256).host("signer.acme.example").unwrap().roots(roots)
}

fn at(url: &str, request: Request<Bytes>) -> Request<Bytes> {
    with(request, "x-certificate-url", url)
}

/// A delivery that the signer has signed.
fn delivery() -> Request<Bytes> {
    at(URL, signed(made!("signer.sig")))
}

async fn answer(keys: impl KeyProvider, now: i64) -> Said {
    deliver(Acme::signing_by(Algorithm::RsaPkcs1Sha256), keys, now, delivery()).await
}

#[tokio::test]
async fn a_certificate_is_fetched_once_and_its_key_verifies() {
    let site = Site::with(&[SIGNER, AUTHORITY]);
    let keys = site.certificates();
    for _ in 0..1000 {
        answer(keys.clone(), NOW).await.is_handled();
    }
    let altered = at(URL, signed_text("deliverx", made!("signer.sig")));
    let said = deliver(Acme::signing_by(Algorithm::RsaPkcs1Sha256), keys, NOW, altered).await;
    assert_eq!(said.refusal(), (401, Some(RejectionKind::SignatureMismatch)));
    assert_eq!(site.fetched(), 1);
}

#[tokio::test]
async fn a_certificate_is_good_from_its_first_to_its_last_second() {
    let site = Site::with(&[SIGNER, AUTHORITY]);
    let keys = site.certificates();
    for now in [BEGIN, END] {
        answer(keys.clone(), now).await.is_handled();
    }
    answer(keys.clone(), BEGIN - 1).await.is_untrusted("it is not valid yet");
    answer(keys.clone(), END + 1).await.is_untrusted("it is not valid any more");
    assert_eq!(site.fetched(), 1, "what is remembered is looked at for each delivery");
    // And the same where no root is named.
    let alone = Certificates::new(Site::with(&[SIGNER]).fetch(), Algorithm::RsaPkcs1Sha256);
    answer(alone.clone(), NOW).await.is_handled();
    answer(alone.clone(), BEGIN - 1).await.is_untrusted("it is not valid yet");
    answer(alone, END + 1).await.is_untrusted("it is not valid any more");
}

#[tokio::test]
async fn t09_certificates_that_are_wrong() {
    let no_root = "the certificate leads to no trusted root: UnknownIssuer";
    let another_host = "the certificate is another host's";
    for (certificates, reason) in [
        (vec![made!("signer-elsewhere.pem"), AUTHORITY], another_host),
        // A common name is no name of a host.
        (vec![made!("signer-nameless.pem"), AUTHORITY], another_host),
        (
            vec![made!("signer-p256.pem"), AUTHORITY],
            "the certificate's key is not one of the provider's algorithm",
        ),
        // Signed by itself, and not by the authority.
        (vec![made!("signer-self.pem")], no_root),
        (vec![made!("signer-self.pem"), AUTHORITY], no_root),
        // The authority is missing, or another one.
        (vec![SIGNER], no_root),
        (vec![SIGNER, SIGNER], no_root),
        (vec![SIGNER, made!("stranger.pem")], no_root),
        (vec![SIGNER, made!("chain-ca.pem")], no_root),
        // The first one counts.
        (vec![AUTHORITY, SIGNER], another_host),
        // It is none of a web server.
        (
            vec![made!("signer-client-only.pem"), AUTHORITY],
            "the certificate leads to no trusted root: RequiredEkuNotFound",
        ),
        (vec![SIGNER; 9], "there are more than 8 certificates"),
        (
            vec!["-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"],
            "the certificate is malformed",
        ),
        (
            vec![SIGNER, "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"],
            "the certificate is malformed",
        ),
    ] {
        let site = Site::with(&certificates);
        let keys = site.certificates();
        for _ in 0..10 {
            let said = answer(keys.clone(), NOW).await;
            said.is_untrusted(reason);
            assert!(said.reason.contains(URL), "{said:?}");
        }
        assert_eq!(site.fetched(), 1, "{reason}: it is remembered");
    }
}

#[tokio::test]
async fn a_key_of_another_kind_is_refused_though_its_signature_holds() {
    let site = Site::with(&[made!("signer-p256.pem"), AUTHORITY]);
    let request = || at(URL, signed(made!("signer-p256.sig")));
    let acme = Acme::signing_by(Algorithm::EcdsaP256Sha256Asn1);
    deliver(acme, site.certificates(), NOW, request())
        .await
        .is_untrusted("not one of the provider's algorithm");
    let right = Certificates::new(site.fetch(), Algorithm::EcdsaP256Sha256Asn1);
    deliver(Acme::signing_by(Algorithm::EcdsaP256Sha256Asn1), right, NOW, request()).await.is_handled();
}

#[tokio::test]
async fn without_roots_a_certificate_is_believed_for_where_it_lies() {
    for certificate in [SIGNER, made!("signer-self.pem"), made!("signer-nameless.pem")] {
        let keys = Certificates::new(Site::with(&[certificate]).fetch(), Algorithm::RsaPkcs1Sha256);
        answer(keys, NOW).await.is_handled();
    }
}

#[tokio::test]
async fn names_under_a_domain() {
    let site = Site::with(&[SIGNER, AUTHORITY]);
    let named = |name: &str| Certificates::new(site.fetch(), Algorithm::RsaPkcs1Sha256).host(name).unwrap();
    for name in
        ["signer.acme.example", "SIGNER.acme.example", "*.acme.example", "*.ACME.example", "*.example"]
    {
        answer(named(name), NOW).await.is_handled();
    }
    for name in
        ["acme.example", "*.signer.acme.example", "igner.acme.example", "*.cme.example", "x.acme.example"]
    {
        answer(named(name), NOW).await.is_untrusted("the certificate is another host's");
    }
    let either = named("other.example").host("signer.acme.example").unwrap();
    answer(either, NOW).await.is_handled();
    for wrong in
        ["", "*", "*.", "*acme.example", "a b", "*.*.example", "127.0.0.1", "https://acme.example", "-"]
    {
        let error = Certificates::new(site.fetch(), Algorithm::RsaPkcs1Sha256).host(wrong).unwrap_err();
        assert!(matches!(error, X509Error::BadHost(_)), "{wrong:?}: {error:?}");
    }
}

#[tokio::test]
async fn one_key_for_several_algorithms() {
    let site = Site::with(&[SIGNER, AUTHORITY]);
    let keys = site.certificates().and_for(Algorithm::RsaPkcs1Sha1);
    let sha1 = || at(URL, signed(made!("signer-sha1.sig")));
    deliver(Acme::signing_by(Algorithm::RsaPkcs1Sha1), keys.clone(), NOW, sha1()).await.is_handled();
    answer(keys, NOW).await.is_handled();
    let said = deliver(Acme::signing_by(Algorithm::RsaPkcs1Sha1), site.certificates(), NOW, sha1()).await;
    assert_eq!(said.refusal(), (401, Some(RejectionKind::SignatureMismatch)), "nobody asked for SHA-1");
    // A key for only some of them is none.
    let both = site.certificates().and_for(Algorithm::EcdsaP256Sha256Asn1);
    answer(both, NOW).await.is_untrusted("not one of the provider's algorithm");
}

#[tokio::test]
async fn t09_a_url_that_is_not_pinned_is_never_fetched() {
    for url in [
        "https://evil.example/2025.pem",
        "http://certificates.acme.example/2025.pem",
        "https://certificates.acme.example.evil.example/2025.pem",
        "https://evil.example@certificates.acme.example/2025.pem",
        "https://certificates.acme.example:8443/2025.pem",
        "https://certificates.acme.example/2025.pem?x=.pem",
        "https://certificates.acme.example/../2025.pem",
    ] {
        let site = Site::with(&[SIGNER, AUTHORITY]);
        let request = at(url, signed(made!("signer.sig")));
        let acme = Acme::signing_by(Algorithm::RsaPkcs1Sha256);
        deliver(acme, site.certificates(), NOW, request).await.is_untrusted("none of the provider's");
        assert_eq!(site.fetched(), 0, "{url}");
    }
    // Nor is one that a careless scheme lets through, unless it is at least of that kind.
    for url in ["http://evil.example/2025.pem", "file:///etc/passwd", "certificate", "https://"] {
        let site = Site::with(&[SIGNER, AUTHORITY]);
        let request = at(url, signed(made!("signer.sig")));
        let acme = Acme { careless: true, ..Acme::signing_by(Algorithm::RsaPkcs1Sha256) };
        deliver(acme, site.certificates(), NOW, request).await.is_untrusted("does not begin with `https:`");
        assert_eq!(site.fetched(), 0, "{url}");
    }
}

#[tokio::test]
async fn keys_of_another_sort_are_unknown() {
    let site = Site::with(&[SIGNER, AUTHORITY]);
    let requests = [
        signed(made!("signer.sig")),
        with(signed(made!("signer.sig")), "x-key-id", URL),
        with(signed(made!("signer.sig")), "x-certificate-chain", "MAA="),
    ];
    for request in requests {
        let acme = Acme::signing_by(Algorithm::RsaPkcs1Sha256);
        let said = deliver(acme, site.certificates(), NOW, request).await;
        assert_eq!(said.refusal(), (401, Some(RejectionKind::UnknownKey)));
    }
    assert_eq!(site.fetched(), 0);
}

#[tokio::test]
async fn a_url_that_leads_elsewhere_or_nowhere_is_the_senders_doing() {
    for status in [301, 302, 303, 307, 308] {
        let site = Site::answering(status, SIGNER);
        let keys = site.certificates();
        for _ in 0..10 {
            answer(keys.clone(), NOW).await.is_untrusted("the answer is a redirect");
        }
        assert_eq!(site.fetched(), 1);
    }
    for status in [404, 410] {
        let site = Site::answering(status, SIGNER);
        let keys = site.certificates();
        for _ in 0..10 {
            let said = answer(keys.clone(), NOW).await;
            assert_eq!(said.refusal(), (401, Some(RejectionKind::UnknownKey)));
        }
        assert_eq!(site.fetched(), 1);
    }
}

#[tokio::test]
async fn what_fails_is_sent_again() {
    for (status, body, reason) in [
        (201, SIGNER, "the answer is 201 Created"),
        (403, SIGNER, "the answer is 403 Forbidden"),
        (429, SIGNER, "the answer is 429 Too Many Requests"),
        (500, SIGNER, "the answer is 500 Internal Server Error"),
        (200, "", "there is no certificate in it"),
        (200, "<html>Sign in to the hotel's network</html>", "there is no certificate in it"),
        (200, "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----", "there is no certificate in it"),
        (200, "-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----", "not what was asked for"),
        (200, "-----BEGIN CERTIFICATE-----\nMAA=\n", "not what was asked for"),
    ] {
        let site = Site::answering(status, body);
        let keys = site.certificates();
        for _ in 0..10 {
            answer(keys.clone(), NOW).await.is_unavailable(reason);
        }
        assert_eq!(site.fetched(), 1, "{reason}: it is remembered for a moment");
    }
    let errors: [fn() -> FetchError; 3] = [
        || FetchError::unreachable("connection refused"),
        || FetchError::TimedOut,
        || FetchError::TooLarge { limit: 1000 },
    ];
    for error in errors {
        let keys = strict(move |_: Request<Bytes>| std::future::ready(Err(error())));
        answer(keys, NOW).await.is_unavailable(&error().to_string());
    }
}

#[tokio::test]
async fn senders_make_no_more_than_sixteen_fetches_at_the_same_time() {
    let fetched = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&fetched);
    let keys = strict(move |_: Request<Bytes>| {
        count.fetch_add(1, SeqCst);
        std::future::pending()
    });
    let named = |number: usize| {
        let url = format!("https://certificates.acme.example/{number}.pem");
        let acme = Acme::signing_by(Algorithm::RsaPkcs1Sha256);
        deliver(acme, keys.clone(), NOW, at(&url, signed(made!("signer.sig"))))
    };
    let mut waiting: Vec<_> = (0..16).map(|number| Box::pin(named(number))).collect();
    for delivery in &mut waiting {
        assert!(common::poll_once(delivery.as_mut()).is_pending());
    }
    for number in 16..100 {
        named(number).await.is_unavailable("too many certificates are being fetched already");
    }
    assert_eq!(fetched.load(SeqCst), 16);
    drop(waiting);
    assert!(common::poll_once(Box::pin(named(100)).as_mut()).is_pending(), "there is room again");
    assert_eq!(fetched.load(SeqCst), 17);
}

/// A genuine delivery of Amazon SNS, signature version 2, with its certificate: from the functional tests of AWS's own
/// validator for PHP (aws-php-sns-message-validator).
#[tokio::test]
async fn a_genuine_certificate_of_aws() {
    let text = "Message\nHello world\nMessageId\n17dea24b-55c2-540b-8362-f916557af765\nTimestamp\n\
        2022-07-28T21:24:08.324Z\nTopicArn\narn:aws:sns:us-east-2:295079676684:\
        publish-and-verify-62674b1d-4295-426b-88e7-5fb75652a04e\nType\nNotification\n";
    let signature = "CXVqp9PfZAL-4JHS3Zxo1PFbQsvnOjvmYhtIf17TWpwc-iIVas8kZ8GopuzVzVMdatE7rCl_O4P91Zp05Dwz8lk8dLhf\
        p8gSu3Njlzxlyrmzo9x3va3Jb7zFnedgS2GKnZWHGBdwTXho-TosNUE-3e10OMSlwN5XGDwX7-R3WL-rn-AXmFAqp3alg27sYa55h1dLE9c\
        GszGPjScPdtF3BmZsUDMx9wSdNKsCk-vSvE8yBjnCmUl7laSFj3LzPVrlSwgNYCF3kYnNAkah7NplK4SFhJYLwS0HCVCQJKa8rVbQLf9cBT\
        u60U402mrgy0bN8xWoyimzbYbrOMJjalqkUg";
    let site = Site::with(&[made!("aws-sns.pem")]);
    let keys = Certificates::new(site.fetch(), Algorithm::RsaPkcs1Sha256).host("sns.amazonaws.com").unwrap();
    let request = || at(URL, signed_text(text, signature));
    let acme = || Acme::signing_by(Algorithm::RsaPkcs1Sha256);
    deliver(acme(), keys.clone(), 1_659_043_448, request()).await.is_handled();
    // It was valid until 17 August 2022.
    deliver(acme(), keys.clone(), 1_660_780_799, request()).await.is_handled();
    deliver(acme(), keys, 1_660_780_800, request()).await.is_untrusted("it is not valid any more");
}

#[test]
fn what_are_no_roots() {
    assert!(matches!(Roots::from_pem(""), Err(X509Error::NoRoots)));
    for wrong in
        ["-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\n"]
    {
        assert!(matches!(Roots::from_pem(wrong), Err(X509Error::BadRoot(_))), "{wrong}");
    }
    assert!(matches!(Roots::from_der(made!("root.pem")), Err(X509Error::BadRoot(_))));
    assert!(Roots::from_pem([made!("root.pem"), made!("stranger.pem")].join("\n")).is_ok());
}

#[cfg(feature = "fetch")]
mod by_https {
    use super::*;
    use tower_webhook::fetch::Client;
    use web_server::{ROOT, WebServer, ok};

    /// The tests' server, whatever host the URL names.
    fn instead(server: &WebServer) -> impl Fetch + use<> {
        let (client, url) = (Client::with_roots(ROOT).unwrap(), server.url("/2025.pem"));
        move |mut request: Request<Bytes>| {
            *request.uri_mut() = url.parse().unwrap();
            client.fetch(request)
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_thousand_deliveries_at_once_make_one_request() {
        let server = WebServer::https(|_| ok([SIGNER, AUTHORITY].join("\n")));
        let keys = strict(instead(&server));
        let deliveries: Vec<_> = (0..1000).map(|_| tokio::spawn(answer(keys.clone(), NOW))).collect();
        for delivery in deliveries {
            delivery.await.unwrap().is_handled();
        }
        assert_eq!(server.requests().len(), 1);
    }

    #[tokio::test]
    async fn a_redirect_leads_nowhere() {
        let target = WebServer::https(|_| ok(SIGNER));
        let location = format!("location: {}\r\n", target.url("/2025.pem"));
        let server = WebServer::https(move |_| web_server::answer(302, &location, ""));
        answer(strict(instead(&server)), NOW).await.is_untrusted("the answer is a redirect");
        assert_eq!(target.connections(), 0);
    }

    #[test]
    fn the_systems_roots_are_roots() {
        match Roots::of_system() {
            Ok(roots) => assert!(!format!("{roots:?}").contains("count: 0")),
            Err(error) => assert!(matches!(error, X509Error::NoRoots)),
        }
    }
}
