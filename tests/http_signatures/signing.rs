//! The sending side. Where an algorithm has one signature for a text, it is the RFC's own.
use super::{BODY, NOW, SECRET, URL, acme, field, header, lax, verdict};
use bytes::Bytes;
use http::{HeaderName, Request};
use std::time::Duration;
use tower_webhook::{
    Scheme as _,
    encoding::Encoding,
    key::{Digest, Secret},
    schemes::http_signatures::{Component, HttpSignatures, Nonce, SignatureAlgorithm},
    time::Timestamp,
};

/// `test-request` of RFC 9421, appendix B.2.
fn test_request() -> Request<Bytes> {
    Request::post("https://example.com/foo?param=Value&Pet=dog")
        .header("host", "example.com")
        .header("date", "Tue, 20 Apr 2021 02:07:55 GMT")
        .header("content-type", "application/json")
        .header("content-digest", "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:")
        .header("content-length", "18")
        .body(Bytes::from_static(br#"{"hello": "world"}"#))
        .unwrap()
}

/// Signs as in appendix B.2, and returns the two headers.
fn as_in_appendix_b(scheme: &HttpSignatures, secret: &str) -> [String; 2] {
    let mut request = test_request();
    let key = scheme.signing_key(secret).unwrap();
    scheme.sign(&mut request, &key, Timestamp::from_unix(1_618_884_473)).unwrap();
    ["signature-input", "signature"].map(|name| header(&request, name).to_owned())
}

#[test]
fn the_hmac_of_appendix_b_2_5() {
    let scheme = HttpSignatures::new("rfc", SignatureAlgorithm::HmacSha256)
        .secret(Secret::encoded(Encoding::Base64))
        .requires([field("date"), Component::Authority, field("content-type")])
        .label("sig-b25")
        .key_id("test-shared-secret");
    let secret = "uzvJfB4u3N0Jy4T7NZ75MDVcr8zSTInedJtkgcu46YW4XByzNJjxBdtjUkdJPBtbmHhIDi6pcl8jsasjlTMtDQ==";
    assert_eq!(
        as_in_appendix_b(&scheme, secret),
        [
            r#"sig-b25=("date" "@authority" "content-type");created=1618884473;keyid="test-shared-secret""#,
            "sig-b25=:pxcQw6G3AjtMBQjwo8XzkZf/bws5LelbaMk5rGIGtE8=:",
        ]
    );
}

#[cfg(feature = "ed25519")]
#[test]
fn the_ed25519_of_appendix_b_2_6() {
    let scheme = HttpSignatures::new("rfc", SignatureAlgorithm::Ed25519)
        .requires([
            field("date"),
            Component::Method,
            Component::Path,
            Component::Authority,
            field("content-type"),
            field("content-length"),
        ])
        .label("sig-b26")
        .key_id("test-key-ed25519");
    let private = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF
-----END PRIVATE KEY-----
";
    assert_eq!(
        as_in_appendix_b(&scheme, private),
        [
            r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#,
            "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
        ]
    );
}

fn unsigned() -> Request<Bytes> {
    Request::post(URL).body(Bytes::from_static(BODY.as_bytes())).unwrap()
}

fn sign(scheme: &HttpSignatures, mut request: Request<Bytes>) -> Result<Request<Bytes>, String> {
    let key = scheme.signing_key(SECRET).unwrap();
    scheme.sign(&mut request, &key, NOW).map(|()| request).map_err(|error| error.to_string())
}

#[test]
fn everything_that_a_signer_can_write() {
    let scheme = acme()
        .label("acme")
        .key_id(r#"key "1""#)
        .names_algorithm()
        .expires_after(Duration::from_secs(60))
        .tag("app")
        .demands_nonce()
        .content_digest(Digest::Sha512)
        .requires([
            Component::TargetUri,
            Component::Method,
            Component::QueryParam("tenant".into()),
            Component::StructuredField(HeaderName::from_static("content-digest")),
            Component::DictionaryMember(HeaderName::from_static("content-digest"), "sha-512".into()),
            Component::WrappedField(HeaderName::from_static("x-id")),
        ]);
    let mut request = unsigned();
    request.headers_mut().insert("x-id", "1".parse().unwrap());
    request.extensions_mut().insert(Nonce::new("n-1"));
    let request = sign(&scheme, request).unwrap();
    assert_eq!(
        header(&request, "signature-input"),
        r#"acme=("@target-uri" "@method" "@query-param";name="tenant" "content-digest";sf "content-digest";key="sha-512" "x-id";bs);created=1718000000;expires=1718000060;keyid="key \"1\"";alg="hmac-sha256";nonce="n-1";tag="app""#
    );
    let digest = Digest::Sha512.of(BODY.as_bytes(), Encoding::Base64);
    assert_eq!(header(&request, "content-digest"), format!("sha-512=:{digest}:"));
    let verified = super::verdict_at(tower_webhook::PublicUrl::exact(URL), &scheme, request).unwrap();
    assert_eq!(verified.signed_id(), Some("n-1"));
}

/// What is there already is replaced, and the request is otherwise the same.
#[test]
fn signing_again() {
    let once = sign(&acme(), unsigned()).unwrap();
    let mut twice = once.clone();
    *twice.body_mut() = Bytes::from_static(b"another");
    let twice = sign(&acme(), twice).unwrap();
    assert_ne!(header(&once, "signature"), header(&twice, "signature"));
    for request in [once, twice] {
        assert_eq!(request.headers().len(), 3);
        verdict(&acme(), request).unwrap();
    }
    // By the host, where the URL has none.
    let mut request = unsigned();
    *request.uri_mut() = "/hooks/acme".parse().unwrap();
    request.headers_mut().insert("host", "example.com".parse().unwrap());
    verdict(&acme(), sign(&acme(), request).unwrap()).unwrap();
}

#[test]
fn what_cannot_be_signed() {
    let said = |scheme: HttpSignatures| sign(&scheme, unsigned()).unwrap_err();
    for (scheme, word) in [
        (acme().demands_nonce(), "Nonce"),
        (acme().label("Not a label"), "label"),
        (acme().label(""), "label"),
        (acme().key_id("caf\u{e9}"), "ASCII"),
        (acme().tag("line\nfeed"), "ASCII"),
        (acme().content_digest(Digest::Sha1), "Content-Digest"),
        (lax().requires([field("x-missing")]), "header"),
        (lax().requires([Component::Method, Component::Method]), "twice"),
        (lax().requires([Component::QueryParam("missing".into())]), "URL"),
        (lax().requires([Component::StructuredField(HeaderName::from_static("x-dict"))]), "header"),
    ] {
        let said = said(scheme);
        assert!(said.contains(word), "{said}");
    }
    let mut relative = unsigned();
    *relative.uri_mut() = "/hooks/acme".parse().unwrap();
    let said = sign(&lax().requires([Component::TargetUri]), relative).unwrap_err();
    assert!(said.contains("whole URL"), "{said}");
    let mut x_dict = unsigned();
    x_dict.headers_mut().insert("x-dict", "a=1".parse().unwrap());
    let of_unknown_kind = lax().requires([Component::StructuredField(HeaderName::from_static("x-dict"))]);
    let said = sign(&of_unknown_kind, x_dict).unwrap_err();
    assert!(said.contains("structured_field"), "{said}");
    let far =
        acme().sign(&mut unsigned(), &acme().signing_key(SECRET).unwrap(), Timestamp::from_unix(i64::MAX));
    assert!(far.unwrap_err().to_string().contains("time"));
}

#[cfg(feature = "conformance")]
#[test]
fn conformance() {
    use tower_webhook::conformance::{self, Sample};
    let sample = Sample::new(unsigned(), SECRET, super::common::OTHER_SECRET);
    conformance::scheme(&acme(), &sample);
    conformance::scheme(&acme().key_id("key-1").names_algorithm().tag("app").label("acme"), &sample);
    let mut request = unsigned();
    request.extensions_mut().insert(Nonce::new("n-1"));
    let sample = Sample::new(request, SECRET, super::common::OTHER_SECRET);
    conformance::scheme(&acme().demands_nonce(), &sample);
    let only_head = lax().requires([Component::Method, Component::TargetUri]);
    conformance::scheme(&only_head, &sample);
}
