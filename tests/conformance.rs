//! Schemes of this crate pass the suite that it ships: recipes, and the providers that the suite cannot sign for from their
//! vectors alone, or not in each of their variants. `tests/mutations.rs` runs it over every provider's vectors.
#![cfg(all(feature = "conformance", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use http::{HeaderName, Request};
use tower_webhook::{
    Scheme,
    conformance::{self, Sample},
    encoding::Encoding,
    key::Digest,
    providers::{Adyen, CoinbaseCdp, GitHub, HubSpot, Mailgun, MailgunForm, Stripe, Twilio, Zalo},
    schemes::{ByTenant, Field, Part, Signed, Source, Token},
    time::Unit,
};

fn post(headers: &[(&'static str, &str)], body: &'static str) -> Request<Bytes> {
    let mut request = Request::post("https://example.com/hooks/x?a=1");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Bytes::from_static(body.as_bytes())).unwrap()
}

fn check(scheme: &dyn Scheme, request: Request<Bytes>) {
    conformance::scheme(scheme, &Sample::new(request, "a secret", "another secret"));
}

/// Where names and values are signed with nothing in between.
fn check_fields(scheme: &dyn Scheme, request: Request<Bytes>) {
    let sample = Sample::new(request, "a secret", "another secret");
    conformance::scheme(scheme, &sample.with_unsigned_borders());
}

#[test]
fn providers() {
    let adyen = r#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"1","merchantAccountCode":"acme",
        "amount":{"value":10,"currency":"EUR"},"eventCode":"CAPTURE","success":"true","reason":""}}]}"#;
    conformance::scheme(&Adyen::new(), &Sample::new(post(&[], adyen), "0fa0", "0fa1"));
    check(&Zalo, post(&[], r#"{"app_id":"1","event_name":"follow"}"#));
    let hook0 = [("content-type", "application/json"), ("x-event-id", "1"), ("x-event-type", "a.b")];
    check(&CoinbaseCdp::v1(), post(&hook0, r#"{"eventType":"a.b"}"#));
    check(&CoinbaseCdp::v0(), post(&hook0, r#"{"eventType":"a.b"}"#));
    check(&Mailgun, post(&[], r#"{"event-data":{"event":"opened"}}"#));
    check(&MailgunForm, post(&[], "recipient=a%40example.com"));
}

/// Two pairs: as the sender has them, and as the receiver has them.
#[cfg(any(feature = "aws-lc", feature = "ed25519"))]
fn check_public(scheme: &dyn Scheme, request: Request<Bytes>, private: [&str; 2], public: [&str; 2]) {
    let sample = Sample::new(request, private[0], private[1]);
    conformance::scheme(scheme, &sample.verified_by(public[0], public[1]));
}

#[cfg(feature = "ed25519")]
#[test]
fn providers_with_ed25519() {
    use tower_webhook::{
        providers::{Discord, DiscordEvents, Fal, Svix, Telnyx},
        schemes::StandardWebhooks,
    };
    // The tests 1 and 2 of RFC 8032.
    let private = [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    ];
    let public = [
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    ];
    let check = |scheme: &dyn Scheme, headers, body, written: fn(&[u8]) -> String, prefixes: [&str; 2]| {
        let texts = |keys: [&str; 2], prefix| {
            keys.map(|key| format!("{prefix}{}", written(&Encoding::Hex.decode(key).unwrap())))
        };
        let (private, public) = (texts(private, prefixes[0]), texts(public, prefixes[1]));
        check_public(scheme, post(headers, body), [&private[0], &private[1]], [&public[0], &public[1]]);
    };
    let hex = |key: &[u8]| Encoding::Hex.encode(key);
    let base64 = |key: &[u8]| Encoding::Base64.encode(key);
    let base64url = |key: &[u8]| Encoding::Base64Url.encode(key);
    check(&Discord, &[], r#"{"id":"1","type":2}"#, hex, ["", ""]);
    check(&DiscordEvents, &[], r#"{"type":1,"event":{"type":"A"}}"#, hex, ["", ""]);
    check(&Telnyx, &[], r#"{"data":{"id":"1","event_type":"a"}}"#, base64, ["", ""]);
    let fal = [("x-fal-webhook-request-id", "1"), ("x-fal-webhook-user-id", "2")];
    check(&Fal, &fal, r#"{"status":"OK"}"#, base64url, ["", ""]);
    check(&StandardWebhooks, &[("webhook-id", "msg_1")], r#"{"type":"a"}"#, base64, ["whsk_", "whpk_"]);
    check(&Svix, &[("svix-id", "msg_1")], r#"{"type":"a"}"#, base64, ["whsk_", "whpk_"]);
}

#[cfg(feature = "aws-lc")]
#[test]
fn providers_with_ecdsa() {
    use tower_webhook::providers::{Circle, SendGrid};
    // By OpenSSL.
    let private = [
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMbWmRTcoz5USBibfgVPWdW/UzDByQKQOJCEMgypPUVahRANCAARv8WoVtwM0\
         TRdz9Qkh4l2zavXC9aZXRilx3eTyuOraDcYVSfjC9zn/k+rQ8cYolRW48THRQKIUAGDwGmNkjdA9",
        "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgvPGCfpWL+r1xvm4FHFvIBi2yY5vOyhEEf85weW87gUmhRANCAATliKpRIdUE\
         A5N0QWKMDlDEdaTYA042id1lF9eim1fNYohjj5veo7HTjOgTMYX/e4j7rFyh8Gi7ANL4ifGP2vyZ",
    ];
    let public = [
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEb/FqFbcDNE0Xc/UJIeJds2r1wvWmV0Ypcd3k8rjq2g3GFUn4wvc5/5Pq0PHGKJUVuPEx0UCi\
         FABg8BpjZI3QPQ==",
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE5YiqUSHVBAOTdEFijA5QxHWk2ANONondZRfXoptXzWKIY4+b3qOx04zoEzGF/3uI+6xcofBo\
         uwDS+Inxj9r8mQ==",
    ];
    check_public(&SendGrid, post(&[], "[{\"event\":\"bounce\"}]\r\n"), private, public);
    let circle = post(&[("x-circle-key-id", "1")], r#"{"notificationType":"a","notificationId":"1"}"#);
    check_public(&Circle, circle, private, public);
}

#[test]
fn providers_that_sign_urls_and_forms() {
    for hubspot in [HubSpot::v2(), HubSpot::v3()] {
        check(&hubspot, post(&[], r#"[{"eventId":1}]"#));
    }
    // One URL in two spellings.
    let mut escaped = post(&[], "[]");
    *escaped.uri_mut() = "https://example.com/hooks/x?a=%3A".parse().unwrap();
    check(&HubSpot::v3(), escaped);
    for twilio in [Twilio::auth_token(), Twilio::shared_key()] {
        check_fields(
            &twilio,
            post(&[("i-twilio-idempotency-token", "t")], "To=%2b1+2&Body=hi&Digits=2&Digits=1"),
        );
        let (body, digest) = (r#"{"a":1}"#, Digest::Sha256.of(br#"{"a":1}"#, Encoding::Hex));
        let mut json = post(&[], body);
        *json.uri_mut() = format!("https://example.com/hooks/x?a=1&bodySHA256={digest}").parse().unwrap();
        check(&twilio.json(), json);
    }
}

#[test]
fn recipes() {
    let header = HeaderName::from_static;
    let field = || Field::header(header("x-signature"));
    check(&Signed::hmac_sha1("sha1-base64", field()).encoding(Encoding::Base64), post(&[], "body"));
    check(&Signed::hmac_sha512("sha512-prefix", field().prefix("sha512=")), post(&[], "body"));
    let everything = Signed::hmac_sha256("everything", field().list(';').prefix("v1="))
        .text([
            Part::Method,
            Part::literal("\n"),
            Part::Url,
            Part::literal("\n"),
            Part::Header(header("x-id")),
            Part::literal("\n"),
            Part::Timestamp(Field::header(header("x-time")), Unit::Milliseconds),
            Part::literal("\n"),
            Part::BodyDigest(Digest::Sha512, Encoding::Base64),
            Part::Body,
        ])
        .id(Source::Header(header("x-id")))
        .event(Source::Json("type"));
    check(&everything, post(&[("x-id", "1")], r#"{"type":"a"}"#));
    let form = "a=1&b=%5b%20x%5D&c=&b=2";
    let fields = Signed::hmac_sha1("form-fields", field()).text([Part::Url, Part::FormFields]);
    check_fields(&fields, post(&[], form));
    let one_field = Signed::hmac_sha256("form-field", field()).text([Part::form_field("payload")]);
    check(&one_field.id(Source::Json("id")), post(&[], "payload=%7B%22id%22:+%22a%22%7D"));
    check(&Token::header("header", header("x-token")), post(&[], "{}"));
    check(&Token::bearer("bearer"), post(&[], "{}"));
    check(&Token::query("query", "token"), post(&[], "{}"));
    check(&Token::last_segment("segment"), post(&[], "{}"));
    check(&Token::body_key("body", "token"), post(&[], "{}"));
    let basic = Sample::new(post(&[], "{}"), "user:one", "user:two");
    conformance::scheme(&Token::basic("basic"), &basic);
}

#[test]
fn tenants() {
    let body = r#"{"account":"acme","id":"evt_1","type":"a"}"#;
    let github = [("x-github-event", "push"), ("x-tenant", "acme")];
    let tenant = Source::Header(HeaderName::from_static("x-tenant"));
    check(&ByTenant::new(GitHub, tenant), post(&github, body));
    check(&ByTenant::new(Stripe, Source::Segment(1)), post(&[], body));
    check(&ByTenant::new(Stripe, Source::LastSegment), post(&[], body));
    check(&ByTenant::new(Stripe, Source::Json("account")), post(&[], body));
    check(&ByTenant::new(Token::bearer("bearer"), Source::Json("account")), post(&[], body));
}

#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod tokens {
    use super::*;
    use tower_webhook::{
        providers::{AppStore, Fireblocks, FireblocksLegacy, GoogleChat, GooglePubSub, Plaid, Wix},
        schemes::{Jws, JwsAlgorithm, Jwt, TokenIn},
    };

    /// With a private key of `tests/jose.json` to sign, and its public one to verify.
    fn check_public(scheme: &dyn Scheme, key: &str, behind_key: &str, body: &'static str) {
        let jose: serde_json::Value = serde_json::from_str(include_str!("jose.json")).unwrap();
        let text = |pointer: &str| jose.pointer(pointer).unwrap().as_str().unwrap();
        let of = |name: &str, part: &str| text(&format!("/keys/{name}/{part}")).to_owned();
        let other = format!("{key}_other");
        let behind_key = if behind_key.is_empty() { "" } else { text(behind_key) };
        let private = |name: &str| of(name, "private") + behind_key;
        let sample = Sample::new(post(&[], body), private(key), private(&other));
        conformance::scheme(scheme, &sample.verified_by(of(key, "public"), of(&other, "public")));
    }

    #[test]
    fn providers() {
        check_public(&Plaid, "p256", "", r#"{"webhook_type":"ITEM","webhook_code":"ERROR"}"#);
        check_public(&Fireblocks, "rsa", "", r#"{"id":"1","eventType":"a"}"#);
        check_public(&FireblocksLegacy, "rsa", "", r#"{"type":"a"}"#);
        check_public(&Wix, "rsa", "", r#"{"eventType":"a","data":"{\"id\":\"1\",\"entityFqdn\":\"b\"}"}"#);
        let pubsub = GooglePubSub::new("https://example.com/push", "push@example.com");
        check_public(&pubsub, "rsa", "", r#"{"message":{"messageId":"1"}}"#);
        check_public(&GoogleChat::project_number("1"), "rsa", "", r#"{"type":"MESSAGE"}"#);
        check_public(&GoogleChat::endpoint("https://example.com/chat"), "rsa", "", r#"{"type":"MESSAGE"}"#);
        let notification = r#"{"notificationType":"TEST","notificationUUID":"1","data":{"bundleId":"com.example","environment":"Sandbox"}}"#;
        check_public(&AppStore::sandbox("com.example"), "p256", "/certificates", notification);
    }

    #[test]
    fn recipes() {
        let body = r#"{"type":"a","id":"1"}"#;
        let everything = |place| {
            Jwt::hs256("jwt", place)
                .issuer("acme")
                .audience("us")
                .flag("ok")
                .expires()
                .issued_at_signing()
                .id_is_jti()
                .event(Source::Json("type"))
        };
        for place in [
            TokenIn::Header(HeaderName::from_static("x-token")),
            TokenIn::bearer(),
            TokenIn::Query("token"),
            TokenIn::Body,
            TokenIn::Json("/a/token"),
        ] {
            check(&everything(place), post(&[], body));
        }
        let covering = everything(TokenIn::bearer()).body_digest("hash", Digest::Sha512, Encoding::Base64Url);
        check(&covering, post(&[], body));
        let header = HeaderName::from_static("x-signature");
        check(&Jws::detached("jws", JwsAlgorithm::Hs512, header).id(Source::Json("id")), post(&[], body));
        check(&Jws::compact("jws", JwsAlgorithm::Hs256, TokenIn::Body), post(&[], body));
    }
}
