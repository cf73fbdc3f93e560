//! What is derived from the request's URL, and whose word counts for it.
use super::{acme, assert_refused, content_digest, lax, request, set, signed, verdict, verdict_at, without};
use bytes::Bytes;
use http::Request;
use tower_webhook::{PublicUrl, RejectionKind as Kind};

const CREATED: &str = ";created=1718000000";

/// A request over one component, whose line is this.
fn over(request: Request<Bytes>, component: &str, value: &str) -> Request<Bytes> {
    signed(request, &format!("({component}){CREATED}"), &[format!("{component}: {value}")])
}

/// In the form in which a server of HTTP/1.1 sees it.
fn origin_form(target: &str, host: &str) -> Request<Bytes> {
    request(target, &[("host", host.as_bytes())])
}

/// RFC 9421, section 2.2, with its examples, behind this public URL and, where that is possible, without one.
#[test]
fn derived_components() {
    let post = |target: &str| origin_form(target, "www.example.com");
    for (target, component, value) in [
        ("/path?param=value", r#""@method""#, "POST"),
        ("/path?param=value", r#""@authority""#, "www.example.com"),
        ("/path?param=value", r#""@request-target""#, "/path?param=value"),
        ("/path?param=value", r#""@path""#, "/path"),
        ("/path?param=value&foo=bar&baz=bat%2Dman", r#""@query""#, "?param=value&foo=bar&baz=bat%2Dman"),
        ("/path?queryString", r#""@query""#, "?queryString"),
        ("/path", r#""@query""#, "?"),
        ("/path?", r#""@query""#, "?"),
        ("/path?param=value&foo=bar&baz=batman&qux=", r#""@query-param";name="baz""#, "batman"),
        ("/path?param=value&foo=bar&baz=batman&qux=", r#""@query-param";name="qux""#, ""),
        ("/path?param=value&foo=bar&baz=batman&qux=", r#""@query-param";name="param""#, "value"),
        (QUERY, r#""@query-param";name="var""#, "this%20is%20a%20big%0Amultiline%20value"),
        (QUERY, r#""@query-param";name="bar""#, "with%20plus%20whitespace"),
        (QUERY, r#""@query-param";name="fa%C3%A7ade%22%3A%20""#, "something"),
    ] {
        let request = over(post(target), component, value);
        verdict(&lax(), request.clone()).unwrap_or_else(|kind| panic!("{component}: {kind:?}"));
        verdict_at(PublicUrl::base("https://www.example.com"), &lax(), request).unwrap();
    }
    for (url, component, value) in [
        ("https://www.example.com", r#""@target-uri""#, "https://www.example.com/path?param=value"),
        ("http://www.example.com", r#""@scheme""#, "http"),
        ("HTTPS://www.example.com", r#""@scheme""#, "https"),
    ] {
        let request = over(post("/path?param=value"), component, value);
        verdict_at(PublicUrl::base(url), &lax(), request).unwrap();
    }
}

const QUERY: &str = "/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace&fa%C3%A7ade%22%3A%20=something";

#[test]
fn authorities_in_lower_case_and_without_the_default_port() {
    let over = |value| over(origin_form("/path", "internal:3000"), r#""@authority""#, value);
    for (url, authority) in [
        ("https://Example.COM/x", "example.com"),
        ("https://example.com:443/x", "example.com"),
        ("http://example.com:80/x", "example.com"),
        ("https://example.com:80/x", "example.com:80"),
        ("https://example.com:/x", "example.com"),
        ("https://[::1]:443/x", "[::1]"),
        ("https://example.com", "example.com"),
    ] {
        verdict_at(PublicUrl::exact(url), &lax(), over(authority))
            .unwrap_or_else(|kind| panic!("{url}: {kind:?}"));
    }
    let whole = signed(
        origin_form("/path", "internal:3000"),
        &format!(r#"("@target-uri"){CREATED}"#),
        &[r#""@target-uri": https://example.com/"#],
    );
    for url in ["https://example.com", "https://EXAMPLE.com:443/", "HTTPS://example.com/#fragment"] {
        verdict_at(PublicUrl::exact(url), &lax(), whole.clone())
            .unwrap_or_else(|kind| panic!("{url}: {kind:?}"));
    }
}

/// What is configured counts, and nothing that the request says.
#[tokio::test]
async fn t11_a_public_url_is_believed_and_headers_are_not() {
    let lines = |host: &str| {
        [
            r#""@method": POST"#.to_owned(),
            format!(r#""@authority": {host}"#),
            r#""@path": /hooks/acme"#.to_owned(),
            format!(r#""content-digest": {}"#, content_digest()),
        ]
    };
    let input = super::USUAL;
    // Behind `Router::nest("/hooks", ..)` and a proxy that sends it to another host.
    let nested = signed(origin_form("/acme", "internal:3000"), input, &lines("example.com"));
    let public = || PublicUrl::base("https://example.com/hooks");
    verdict_at(public(), &acme(), nested.clone()).unwrap();
    assert_eq!(verdict(&acme(), nested).map(drop), Err(Kind::SignatureMismatch));

    // Signed for another receiver, with its name in `Host` and wherever else.
    let stolen = signed(origin_form("/acme", "other.example"), input, &lines("other.example"));
    let stolen = set(set(stolen, "x-forwarded-host", "other.example"), "forwarded", "host=other.example");
    assert_eq!(verdict_at(public(), &acme(), stolen).map(drop), Err(Kind::SignatureMismatch));
    // Without a public URL it holds: nobody here knows better.
    let stolen = signed(origin_form("/hooks/acme", "other.example"), input, &lines("other.example"));
    verdict(&acme(), stolen).unwrap();
}

#[tokio::test]
async fn without_a_public_url() {
    for component in [r#""@target-uri""#, r#""@scheme""#] {
        let request = over(request("https://example.com/path", &[]), component, "https");
        assert_refused(component, &lax(), request, 500, Kind::NoPublicUrl).await;
    }
    let authority = |request| over(request, r#""@authority""#, "example.com");
    for request in [
        authority(origin_form("/path", "example.com")),
        authority(origin_form("/path", "EXAMPLE.com")),
        authority(request("https://example.com/path", &[])),
        authority(request("https://example.com:443/path", &[])),
        authority(request("https://example.com/path", &[("host", b"Example.com")])),
    ] {
        verdict(&lax(), request).unwrap();
    }
    let host = |value: &str| authority(origin_form("/path", value));
    for (name, request, kind) in [
        ("none", authority(request("/path", &[])), Kind::MissingHeader),
        (
            "another",
            authority(request("https://example.com/path", &[("host", b"other.example")])),
            Kind::MalformedTarget,
        ),
        ("two", super::add(host("example.com"), "host", "example.com"), Kind::DuplicateHeader),
        ("empty", host(""), Kind::MalformedHeader),
        ("with a user", host("user@example.com"), Kind::MalformedTarget),
        ("not ASCII", set(host("x"), "host", b"\xe9"), Kind::MalformedHeader),
    ] {
        assert_refused(name, &lax(), request, 401, kind).await;
    }
    // Who does not cover it need not have it.
    verdict(&lax(), over(without(origin_form("/path", "x"), "host"), r#""@path""#, "/path")).unwrap();
}

#[tokio::test]
async fn query_parameters_that_cannot_be_signed() {
    for (query, name) in
        [("b=1", "a"), ("a=1&a=1", "a"), ("a=1&a=2", "a"), ("a=%FF", "a"), ("a=%EF%BF%BD", "a"), ("", "a")]
    {
        let request = over(
            request(&format!("https://example.com/?{query}"), &[]),
            &format!(r#""@query-param";name="{name}""#),
            "1",
        );
        assert_refused(query, &lax(), request, 401, Kind::MalformedTarget).await;
    }
}

/// An exact public URL has its query, and a handler would read another one.
#[test]
fn a_query_that_is_not_the_public_urls() {
    let exact = || PublicUrl::exact("https://example.com/hooks?tenant=1");
    for component in
        [r#""@query""#, r#""@target-uri""#, r#""@request-target""#, r#""@query-param";name="tenant""#]
    {
        let value = match component {
            r#""@query""# => "?tenant=1",
            r#""@target-uri""# => "https://example.com/hooks?tenant=1",
            r#""@request-target""# => "/hooks?tenant=1",
            _ => "1",
        };
        verdict_at(exact(), &lax(), over(origin_form("/x?tenant=1", "y"), component, value)).unwrap();
        let other = over(origin_form("/x?tenant=2", "y"), component, value);
        assert_eq!(verdict_at(exact(), &lax(), other).map(drop), Err(Kind::MalformedTarget), "{component}");
    }
    // Where it is not signed, it is as any other part that is not.
    let path = over(origin_form("/x?tenant=2", "y"), r#""@path""#, "/hooks");
    verdict_at(exact(), &lax(), path).unwrap();
}

#[test]
fn public_urls_that_are_none() {
    let request = over(origin_form("/path", "example.com"), r#""@authority""#, "example.com");
    for (wrong, kind) in [
        ("example.com/hooks", Kind::NoPublicUrl),
        ("", Kind::NoPublicUrl),
        ("https:///hooks", Kind::NoPublicUrl),
        ("https://user:password@example.com/hooks", Kind::NoPublicUrl),
    ] {
        let verdict = verdict_at(PublicUrl::exact(wrong), &lax(), request.clone());
        assert_eq!(verdict.map(drop), Err(kind), "{wrong:?}");
    }
    let path = over(origin_form("/path", "example.com"), r#""@path""#, "/caf\u{e9}");
    let verdict = verdict_at(PublicUrl::exact("https://example.com/caf\u{e9}"), &lax(), path);
    assert_eq!(verdict.map(drop), Err(Kind::MalformedTarget), "not ASCII");
}
