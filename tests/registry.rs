//! The providers by name.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use http::Request;
use tower_webhook::{
    Scheme,
    providers::{Need, OptionError, Options, all, by_name},
    time::Timestamp,
};

#[test]
fn names_are_in_order_and_found() {
    let names: Vec<&str> = all().iter().map(|provider| provider.name()).collect();
    assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    for name in names {
        assert_eq!(by_name(name).unwrap().name(), name);
        assert!(name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
    }
    for unknown in ["", "Stripe", "stripe ", "acme"] {
        assert!(by_name(unknown).is_none(), "{unknown:?}");
    }
}

#[test]
fn some_have_another_name() {
    let name_of = |name| by_name(name).unwrap().scheme(&Options::new()).unwrap().name().to_owned();
    assert_eq!(name_of("adyen-payment"), "adyen");
    assert_eq!(name_of("chatzuri-sha1"), "chatzuri");
    assert_eq!(name_of("chatzuri-sha256"), "chatzuri");
    assert_eq!(name_of("gitea-forgejo"), "gitea");
    for other in ["adyen-payment", "chatzuri-sha1", "chatzuri-sha256", "gitea-forgejo"] {
        assert!(all().iter().all(|provider| provider.name() != other), "{other}");
    }
}

/// What another name implies holds until an option says otherwise.
#[test]
fn another_name_may_imply_a_variant() {
    let signature = |name: &str, variant: Option<&str>| {
        let options: Options = variant.map(|variant| ("variant", variant)).into_iter().collect();
        let scheme = by_name(name).unwrap().scheme(&options).unwrap();
        let key = scheme.signing_key("a secret of the endpoint").unwrap();
        let mut request = Request::post("/").body(Bytes::from_static(b"{}")).unwrap();
        scheme.sign(&mut request, &key, Timestamp::from_unix(0)).unwrap();
        request.headers().values().next().unwrap().to_str().unwrap().to_owned()
    };
    let sha1 = signature("chatzuri", Some("sha1"));
    let sha256 = signature("chatzuri", Some("sha256"));
    assert_ne!(sha1, sha256);
    assert_eq!(signature("chatzuri-sha1", None), sha1);
    assert_eq!(signature("chatzuri-sha256", None), sha256);
    assert_eq!(signature("chatzuri-sha1", Some("sha256")), sha256);
}

/// What can be left out is left out, and what cannot is named by the error.
#[test]
fn each_says_what_it_needs() {
    for provider in all() {
        let needed: Vec<&str> = provider
            .requirements()
            .iter()
            .filter_map(|need| match need {
                Need::Option(name) if !name.ends_with('?') => Some(*name),
                _ => None,
            })
            .collect();
        let example = |name: &str| if name == "alg" { "hmac-sha256" } else { "acme" };
        let given: Options = needed.iter().map(|name| (*name, example(name))).collect();
        let name = provider.name();
        let scheme = provider.scheme(&given).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(scheme.name(), name);
        assert!(provider.page().starts_with("https://"), "{name}");
        match (provider.scheme(&Options::new()), needed.first()) {
            (Ok(_), None) => {}
            (Err(OptionError::Missing { name }), Some(_)) => assert!(needed.contains(&name)),
            (result, needed) => panic!("{name} needs {needed:?}, and says {:?}", result.err()),
        }
    }
}

#[test]
fn variants() {
    let of = |variant| {
        let options: Options = [("variant", variant)].into_iter().collect();
        by_name("chatzuri").unwrap().scheme(&options).map(|scheme| scheme.name().to_owned())
    };
    assert_eq!(of("sha1").unwrap(), "chatzuri");
    let error = of("md5").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the option `variant` is wrong: it should be a variant that the provider has"
    );
}

/// The table in the documentation is this one. With `UPDATE` set, it becomes this one.
#[test]
#[cfg(all(
    feature = "aws-lc",
    feature = "ed25519",
    feature = "encrypted",
    feature = "http-signatures",
    feature = "jwt",
    feature = "keyed-hash"
))]
fn the_table_is_up_to_date() {
    use std::{env, fs};
    use tower_webhook::providers::table;

    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/providers/table.md");
    if env::var_os("UPDATE").is_some() {
        fs::write(FILE, table()).unwrap();
    }
    let written = fs::read_to_string(FILE).unwrap();
    assert_eq!(written, table(), "write it anew: UPDATE=1 cargo test --all-features --test registry");
}
