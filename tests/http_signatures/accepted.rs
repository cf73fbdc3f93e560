//! What is signed, letter by letter, and what is made of it.
use super::{
    BODY, URL, USUAL, acme, add, content_digest, field, lax, request, set, signed, usual, usual_lines,
    verdict,
};
use http::HeaderName;
use tower_webhook::{
    RejectionKind as Kind,
    encoding::Encoding,
    key::Digest,
    scheme::Proof,
    schemes::http_signatures::{Component, FieldKind},
    time::Timestamp,
};

#[test]
fn the_body_is_signed_where_its_digest_is() {
    let verified = verdict(&acme(), usual("")).unwrap();
    assert_eq!((verified.proof(), verified.scheme()), (Proof::SignedBody, "acme"));
    assert!(verified.trusts_body() && verified.body() == BODY);
    assert_eq!(verified.signed_at(), Some(Timestamp::from_unix(1_718_000_000)));

    // The digest is there, and not covered: another body fits as well.
    let input = r#"("@method" "@authority" "@path");created=1718000000"#;
    let mut uncovered = signed(request(URL, &[]), input, &usual_lines()[..3]);
    *uncovered.body_mut() = "another".into();
    let receiver = acme().requires([Component::Method, Component::Authority, Component::Path]);
    let verified = verdict(&receiver, uncovered).unwrap();
    assert!(verified.proof() == Proof::SignedHead && !verified.trusts_body());

    // One member of the header is not the header.
    let input = r#"("content-digest";key="sha-256");created=1718000000"#;
    let value = content_digest();
    let line = format!(r#""content-digest";key="sha-256": {}"#, value.strip_prefix("sha-256=").unwrap());
    let member = signed(request(URL, &[]), input, &[line]);
    assert_eq!(verdict(&lax(), member.clone()).unwrap().proof(), Proof::SignedHead);
    assert_eq!(verdict(&acme().requires([field("content-digest")]), member).map(drop), Err(Kind::NotCovered));
}

/// RFC 9421, section 2.1, with its examples.
#[test]
fn headers() {
    let headers: [(&str, &[u8]); 8] = [
        ("host", b"www.example.com"),
        ("date", b"Tue, 20 Apr 2021 02:07:56 GMT"),
        ("x-ows-header", b"  Leading and trailing whitespace.\t "),
        ("x-obs-fold-header", b"Obsolete line folding."),
        ("cache-control", b"max-age=60"),
        ("cache-control", b"   must-revalidate"),
        ("example-dict", b"a=1,    b=2;x=1;y=2,   c=(a   b   c)"),
        ("x-empty-header", b""),
    ];
    let input = r#"("host" "date" "x-ows-header" "x-obs-fold-header" "cache-control" "example-dict" "x-empty-header");created=1718000000"#;
    let lines = [
        r#""host": www.example.com"#,
        r#""date": Tue, 20 Apr 2021 02:07:56 GMT"#,
        r#""x-ows-header": Leading and trailing whitespace."#,
        r#""x-obs-fold-header": Obsolete line folding."#,
        r#""cache-control": max-age=60, must-revalidate"#,
        r#""example-dict": a=1,    b=2;x=1;y=2,   c=(a   b   c)"#,
        r#""x-empty-header": "#,
    ];
    verdict(&lax(), signed(request(URL, &headers), input, &lines)).unwrap();
    // A folded line never gets here: it has no value that the `http` crate could hold.
    assert!(http::HeaderValue::from_bytes(b"Obsolete\r\n    line folding.").is_err());
}

/// RFC 9421, sections 2.1.1 and 2.1.2, with their examples.
#[test]
fn structured_fields() {
    let dictionary = HeaderName::from_static("example-dict");
    let receiver = lax().structured_field(dictionary, FieldKind::Dictionary);
    let strict = r#"("example-dict";sf);created=1718000000"#;
    let line = r#""example-dict";sf: a=1, b=2;x=1;y=2, c=(a b c)"#;
    for values in [&[&b"a=1,    b=2;x=1;y=2,   c=(a   b   c)"[..]][..], &[b"a=1", b"b=2;x=1;y=2,c=(a b c)"]] {
        let headers: Vec<_> = values.iter().map(|value| ("example-dict", *value)).collect();
        verdict(&receiver, signed(request(URL, &headers), strict, &[line])).unwrap();
    }

    let members = r#"("example-dict";key="a" "example-dict";key="d" "example-dict";key="b" "example-dict";sf;key="c");created=1718000000"#;
    let lines = [
        r#""example-dict";key="a": 1"#,
        r#""example-dict";key="d": ?1"#,
        r#""example-dict";key="b": 2;x=1;y=2"#,
        r#""example-dict";sf;key="c": (a b c)"#,
    ];
    let headers: [(&str, &[u8]); 1] = [("example-dict", b" a=1, b=2;x=1;y=2, c=(a   b    c), d")];
    verdict(&receiver, signed(request(URL, &headers), members, &lines)).unwrap();

    let receiver = lax()
        .structured_field(HeaderName::from_static("example-list"), FieldKind::List)
        .structured_field(HeaderName::from_static("example-item"), FieldKind::Item);
    let input = r#"("example-list";sf "example-item";sf);created=1718000000"#;
    let headers: [(&str, &[u8]); 3] =
        [("example-list", b"a,   (b  c);d"), ("example-list", b"1.0"), ("example-item", b"\"x\";y=?1")];
    let lines = [r#""example-list";sf: a, (b c);d, 1.0"#, r#""example-item";sf: "x";y"#];
    verdict(&receiver, signed(request(URL, &headers), input, &lines)).unwrap();
}

/// RFC 9421, section 2.1.3, with its examples.
#[test]
fn headers_as_bytes() {
    let input = r#"("example-header";bs);created=1718000000"#;
    let two: [(&str, &[u8]); 2] =
        [("example-header", b"value, with, lots"), ("example-header", b"of, commas")];
    let line = r#""example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"#;
    verdict(&lax(), signed(request(URL, &two), input, &[line])).unwrap();

    let one: [(&str, &[u8]); 1] = [("example-header", b"value, with, lots, of, commas")];
    let joined = signed(request(URL, &one), input, &[line]);
    assert_eq!(verdict(&lax(), joined).map(drop), Err(Kind::SignatureMismatch));
    let line = r#""example-header";bs: :dmFsdWUsIHdpdGgsIGxvdHMsIG9mLCBjb21tYXM=:"#;
    verdict(&lax(), signed(request(URL, &one), input, &[line])).unwrap();

    // What is no ASCII has no other way.
    let latin: [(&str, &[u8]); 1] = [("example-header", b"\xe9t\xe9")];
    let line = r#""example-header";bs: :6XTp:"#;
    verdict(&lax(), signed(request(URL, &latin), input, &[line])).unwrap();
}

#[test]
fn each_known_digest_counts_and_the_others_do_not() {
    let sha512 = format!("sha-512=:{}:", Digest::Sha512.of(BODY.as_bytes(), Encoding::Base64));
    let sha256 = content_digest();
    let of = |value: String| {
        let mut lines = usual_lines();
        lines[3] = format!(r#""content-digest": {value}"#);
        signed(set(request(URL, &[]), "content-digest", value), USUAL, &lines)
    };
    let zeros = Encoding::Base64.encode(&[0; 64]);
    for right in [
        sha512.clone(),
        format!("{sha512}, {sha256}"),
        format!("md5=:AAAA:, {sha256};note=1, unixsum=1"),
        format!("new=(1 2), {sha512}"),
    ] {
        assert_eq!(verdict(&acme(), of(right.clone())).unwrap().proof(), Proof::SignedBody, "{right}");
    }
    for (wrong, kind) in [
        (format!("{sha256}, sha-512=:{zeros}:"), Kind::DigestMismatch),
        (format!("sha-512=:{zeros}:"), Kind::DigestMismatch),
        ("md5=:AAAA:".to_owned(), Kind::UnacceptableSignature),
        ("sha-256=:AAAA:".to_owned(), Kind::MalformedDigest),
        ("sha-256=::".to_owned(), Kind::MalformedDigest),
        ("sha-256=\"AAAA\"".to_owned(), Kind::MalformedDigest),
        ("sha-256=(:AAAA:)".to_owned(), Kind::MalformedDigest),
        ("sha-256".to_owned(), Kind::MalformedDigest),
        ("SHA-256=:AAAA:".to_owned(), Kind::MalformedDigest),
        (format!("{sha256}, {sha256}"), Kind::MalformedDigest),
        (String::new(), Kind::UnacceptableSignature),
    ] {
        assert_eq!(verdict(&acme(), of(wrong.clone())).map(drop), Err(kind), "{wrong}");
    }
}

/// Every way to cover a whole header covers it, in whatever order and beside whatever else.
#[test]
fn what_is_demanded_may_be_written_otherwise() {
    let digest = content_digest();
    let input = r#"("content-type" "content-digest";sf "@request-target" "@authority" "@method");created=1718000000;keyid="k";new-parameter=1.5"#;
    let lines = [
        r#""content-type": application/json"#.to_owned(),
        format!(r#""content-digest";sf: {digest}"#),
        r#""@request-target": /hooks/acme?tenant=1"#.to_owned(),
        r#""@authority": example.com"#.to_owned(),
        r#""@method": POST"#.to_owned(),
    ];
    let request = request(URL, &[("content-type", b"application/json")]);
    let request = signed(request, input, &lines);
    assert_eq!(verdict(&acme(), request.clone()).unwrap().proof(), Proof::SignedBody);
    // What is not covered may change, and what is may not.
    verdict(&acme(), set(request.clone(), "accept", "x")).unwrap();
    for changed in [
        set(request.clone(), "content-type", "text/plain"),
        add(request.clone(), "content-type", "application/json"),
    ] {
        assert_eq!(verdict(&acme(), changed).map(drop), Err(Kind::SignatureMismatch));
    }
}

/// The input is signed as it is written strictly, wherever its spaces were.
#[test]
fn spaces_between_components_are_not_signed() {
    let request = usual(";keyid=\"k\"");
    let spaced =
        r#" sig1=(  "@method"  "@authority" "@path" "content-digest"  );  created=1718000000;keyid="k" "#;
    verdict(&acme(), set(request, "signature-input", spaced)).unwrap();
}
