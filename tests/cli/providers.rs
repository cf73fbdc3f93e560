//! `providers`: the registry.
use crate::command::call;
use serde_json::Value;
use tower_webhook::providers::all;

#[test]
fn one_line_each() {
    let said = call(&["providers"], b"");
    assert_eq!((said.status, &*said.stderr), (0, ""));
    assert_eq!(said.stdout.lines().count(), all().len());
    assert!(said.stdout.lines().any(|line| line.starts_with("github ") && line.ends_with("  GitHub")));
}

#[test]
fn everything_in_json() {
    let said = call(&["providers", "--json"], b"");
    let providers: Vec<Value> = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(providers.len(), all().len());
    let find = |name: &str| providers.iter().find(|provider| provider["name"] == name).unwrap();
    for provider in &providers {
        for member in ["name", "title", "page", "recipe", "signed"] {
            assert!(provider[member].as_str().is_some_and(|text| !text.is_empty()), "{provider}");
        }
        assert!(provider["needs"].is_array() && provider.get("handshake").is_some(), "{provider}");
    }
    assert_eq!(find("trello")["needs"], serde_json::json!(["secret", "public_url"]));
    assert_eq!(find("trello")["handshake"], "HEAD");
    assert_eq!(
        find("paypal")["options"],
        serde_json::json!([{ "name": "webhook_id", "required": true }, { "name": "variant", "required": false }])
    );
}

#[test]
fn it_takes_nothing_else() {
    let said = call(&["providers", "--yaml"], b"");
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("unexpected argument '--yaml'"), "{}", said.stderr);
}
