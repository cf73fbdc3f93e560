//! Keys that a provider publishes: in all the forms in which a line may have them. Nothing is fetched.
use crate::command::{assert_verdict, verdict};
use serde_json::{Value, json};
use std::{fs, path::Path};

fn file(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The first vector of a file, as a line without keys.
fn line(name: &str, provider: &str, options: Value) -> (Value, Value) {
    let vector = file(name)["vectors"][0].clone();
    let mut line = json!({ "id": 1, "provider": provider, "keys": [], "options": options });
    for member in ["method", "url", "headers", "body_base64", "now"] {
        line[member] = vector[member].clone();
    }
    (line, vector)
}

fn with(line: &Value, member: &str, value: Value) -> Value {
    let mut line = line.clone();
    line[member] = value;
    line
}

fn pem_inside(pem: &str) -> String {
    pem.lines().filter(|line| !line.starts_with("-----")).collect()
}

#[test]
fn a_public_key_is_pem_or_base64_and_among_the_keys_or_an_option() {
    let (line, vector) = line("google-chat.json", "google-chat", json!({ "audience": "1234567890" }));
    let pem = vector["secrets"][0].as_str().unwrap();
    for key in [pem.to_owned(), pem_inside(pem)] {
        assert_verdict(&with(&line, "keys", json!([key])), "accept", "delivery");
    }
    let options = json!({ "audience": "1234567890", "public_key": pem });
    assert_verdict(&with(&line, "options", options), "accept", "delivery");
    let options = json!({ "audience": "1234567890", "public_key": "" });
    assert_verdict(&with(&line, "options", options), "reject", "invalid_key");
    assert_verdict(&line, "reject", "invalid_key");
}

#[test]
fn an_audience_or_issuer_is_compared_if_it_is_given() {
    let (line, vector) = line("google-pubsub-push.json", "google-pubsub-push", json!({}));
    let line = with(&line, "keys", vector["secrets"].clone());
    let audience = "https://example.com/webhooks/google-pubsub-push";
    let account = "push@p.iam.gserviceaccount.com";
    for options in [
        json!({}),
        json!({ "audience": audience }),
        json!({ "audience": audience, "service_account": account }),
        json!({ "audience": audience, "issuer": "https://accounts.google.com" }),
    ] {
        assert_verdict(&with(&line, "options", options), "accept", "delivery");
    }
    for options in [
        json!({ "audience": "acme" }),
        json!({ "service_account": "acme" }),
        json!({ "issuer": "acme@p.iam.gserviceaccount.com" }),
    ] {
        assert_verdict(&with(&line, "options", options), "reject", "not_for_us");
    }
    let options = json!({ "issuer": "https://evil.example" });
    assert_verdict(&with(&line, "options", options), "reject", "invalid_options");
}

#[test]
fn a_jwk_or_a_set_of_them() {
    let (line, vector) = line("fal.json", "fal", json!({}));
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": vector["secrets"][0], "kid": "1" });
    let other = json!({ "kty": "OKP", "crv": "Ed25519", "x": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg" });
    for keys in [
        json!([jwk.clone()]),
        json!([jwk.to_string()]),
        json!([json!({ "keys": [other, jwk] }).to_string()]),
        json!([other.clone(), jwk.clone()]),
    ] {
        assert_verdict(&with(&line, "keys", keys), "accept", "delivery");
    }
    assert_verdict(&with(&line, "keys", json!([other])), "reject", "signature_mismatch");
    for invalid in [json!([{ "keys": [] }]), json!([{ "keys": [{}] }]), json!(["{"])] {
        assert_verdict(&with(&line, "keys", invalid), "reject", "invalid_key");
    }
}

/// A key's name is the request's to say, but only among the keys that there are.
#[test]
fn a_key_is_chosen_by_its_id() {
    let (line, vector) = line("plaid.json", "plaid", json!({}));
    let header =
        vector["headers"].as_array().unwrap().iter().find(|header| header[0] == "Plaid-Verification");
    assert!(header.is_some());
    let pem = vector["secrets"][0].as_str().unwrap();
    let point = data_encoding_tail(pem);
    let jwk = |kid: &str, expired_at: Value| json!({ "kty": "EC", "crv": "P-256", "x": point.0, "y": point.1, "kid": kid, "expired_at": expired_at });
    let kid = kid(header.unwrap()[1].as_str().unwrap());
    let now = vector["now"].as_i64().unwrap();
    assert_verdict(&with(&line, "keys", json!([jwk(&kid, Value::Null)])), "accept", "delivery");
    assert_verdict(&with(&line, "keys", json!([jwk("other", Value::Null)])), "reject", "unknown_key");
    assert_verdict(&with(&line, "keys", json!([jwk(&kid, json!(now - 1))])), "reject", "untrusted_key");
}

/// The coordinates of the point at the end of a SubjectPublicKeyInfo.
fn data_encoding_tail(pem: &str) -> (String, String) {
    use tower_webhook::encoding::Encoding;
    let der = Encoding::Base64.decode(&pem_inside(pem)).unwrap();
    let point = &der[der.len() - 64..];
    (Encoding::Base64Url.encode(&point[..32]), Encoding::Base64Url.encode(&point[32..]))
}

fn kid(token: &str) -> String {
    use tower_webhook::encoding::Encoding;
    let header = Encoding::Base64Url.decode(token.split('.').next().unwrap()).unwrap();
    serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
}

#[test]
fn a_certificate_lies_under_the_url_that_the_delivery_names() {
    let (line, vector) = line("aws-sns.json", "aws-sns", json!({}));
    let certificates = vector["certificates"].as_object().unwrap();
    let (url, pem) = certificates.iter().next().unwrap();
    let of = |options: Value| with(&line, "options", options);
    assert_verdict(&of(json!({ "certificates": { url: pem } })), "accept", "delivery");
    let elsewhere = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";
    assert_verdict(&of(json!({ "certificates": { elsewhere: pem } })), "reject", "unknown_key");
    assert_verdict(&of(json!({ "certificates": { url: pem }, "cert_url": url })), "accept", "delivery");
    assert_verdict(
        &of(json!({ "certificates": { url: pem }, "cert_url": elsewhere })),
        "reject",
        "untrusted_key",
    );
    assert_verdict(&of(json!({ "certificates": { url: "no PEM" } })), "reject", "invalid_key");
    assert_verdict(&of(json!({ "certificates": { url: pem }, "topics": "acme" })), "reject", "not_for_us");
    // The certificate itself among the keys.
    assert_verdict(&with(&line, "keys", json!([pem])), "accept", "delivery");
    assert_verdict(&line, "reject", "invalid_key");
}

/// What PayPal signs has the webhook's id in it, for which there is no other place among certificates.
#[test]
fn the_webhook_id_may_stand_among_the_keys_if_they_are_certificates() {
    let (line, vector) = line("paypal.json", "paypal", json!({}));
    let url = vector["headers"].as_array().unwrap().iter();
    let url = url.clone().find(|header| header[0].as_str().unwrap().eq_ignore_ascii_case("paypal-cert-url"));
    let url = url.unwrap()[1].as_str().unwrap();
    let (pem, id) = (&vector["secrets"][0], &vector["options"]["webhook_id"]);
    let line = with(&line, "options", json!({ "certificates": { url: pem } }));
    assert_verdict(&with(&line, "keys", json!([id])), "accept", "delivery");
    assert_verdict(&with(&line, "keys", json!(["another"])), "reject", "signature_mismatch");
    assert_verdict(&line, "reject", "invalid_options");
}

#[test]
fn a_chain_leads_to_the_roots_that_are_the_keys() {
    let pki = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pki").join(name);
        fs::read_to_string(path).unwrap()
    };
    let notification = json!({ "signedPayload": pki("apple-test-notification.jws").trim() }).to_string();
    let line = json!({
        "id": 1,
        "provider": "apple-assn-v2",
        "keys": [pki("apple-test-root.pem")],
        "method": "POST",
        "url": "https://example.com/apple",
        "headers": [],
        "body_base64": tower_webhook::encoding::Encoding::Base64.encode(notification.as_bytes()),
        "now": 1_681_314_324,
    });
    assert_verdict(&line, "accept", "delivery");
    let der = pem_inside(&pki("apple-test-root.pem"));
    assert_verdict(&with(&line, "keys", json!([der])), "accept", "delivery");
    assert_verdict(&with(&line, "keys", json!([pki("chain-root.pem")])), "reject", "untrusted_key");
    assert_eq!(verdict(&with(&line, "options", json!({ "bundle_id": "acme" }))).1, "not_for_us");
}

#[test]
fn the_name_of_a_secret_may_be_an_option() {
    let (line, _) = line("sinch-voice.json", "sinch-voice", json!({}));
    let named = with(&line, "options", json!({ "app_key": "app-key" }));
    assert_verdict(&with(&named, "keys", json!(["app+secreg=="])), "accept", "delivery");
    assert_verdict(&with(&line, "keys", json!(["app-key:app+secreg=="])), "accept", "delivery");
    assert_verdict(&with(&named, "keys", json!(["app-key:app+secreg=="])), "accept", "delivery");
}

#[test]
fn the_key_id_of_a_message_signature() {
    let (line, vector) = line("http-signatures-hmac-sha256.json", "http-signatures", json!({}));
    let line = with(&line, "keys", vector["secrets"].clone());
    let mut options =
        json!({ "alg": "hmac-sha256", "required_components": ["date", "@authority", "content-type"] });
    assert_verdict(&with(&line, "options", options.clone()), "accept", "delivery");
    options["keyid"] = "test-shared-secret".into();
    assert_verdict(&with(&line, "options", options.clone()), "accept", "delivery");
    options["keyid"] = "another".into();
    assert_verdict(&with(&line, "options", options), "reject", "unknown_key");
}
