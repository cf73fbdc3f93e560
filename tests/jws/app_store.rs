//! Notifications of the App Store: for whom they are.
use super::*;
use serde_json::{Value, json};
use tower_webhook::{providers::AppStore, scheme::Proof};

const UUID: &str = "002e14d5-51f5-4503-b5a8-c3a1af68eb20";

fn production() -> AppStore {
    AppStore::production("com.example", 41234)
}

/// What becomes of this payload, signed.
fn received(scheme: &AppStore, payload: &str) -> Result<Verified, RejectionKind> {
    let bundle = format!("{}{}", jose("/keys/p256/private"), jose("/certificates"));
    let key = scheme.signing_key(&bundle).unwrap();
    let mut request = Request::post("/").body(Bytes::copy_from_slice(payload.as_bytes())).unwrap();
    scheme.sign(&mut request, &key, NOW).unwrap();
    ask(scheme, request, key.verifying_key())
}

fn notification(part: &str, app: Value) -> String {
    json!({"notificationType": "SUBSCRIBED", "notificationUUID": UUID, part: app}).to_string()
}

#[test]
fn what_another_library_signs() {
    let body = json!({ "signedPayload": jose("/x5c") }).to_string();
    let request = Request::post("/").body(body.into()).unwrap();
    let key = production().key(jose("/keys/p256/public")).unwrap();
    let verified = ask(&production(), request, key).unwrap();
    assert_eq!(verified.proof(), Proof::SignedBody);
    assert_eq!((verified.signed_event(), verified.signed_id()), (Some("SUBSCRIBED"), Some(UUID)));
    let payload: Value = verified.parse().unwrap();
    assert_eq!(payload["subtype"], "INITIAL_BUY");
}

#[test]
fn the_app_and_its_environment() {
    let app = |environment: &str, id: u64| json!({"bundleId": "com.example", "environment": environment, "appAppleId": id});
    for part in ["data", "appData", "summary"] {
        let production_s = notification(part, app("Production", 41234));
        let sandbox_s = notification(part, app("Sandbox", 0));
        let sandbox = AppStore::sandbox("com.example");
        assert!(received(&production(), &production_s).is_ok(), "{part}");
        assert!(received(&sandbox, &sandbox_s).is_ok(), "{part}");
        for (scheme, payload) in [
            (&production(), &sandbox_s),
            (&sandbox, &production_s),
            (&AppStore::production("com.example", 41235), &production_s),
            (&AppStore::production("com.example.other", 41234), &production_s),
            (&AppStore::sandbox("com.example.other"), &sandbox_s),
            (&production(), &notification(part, app("Xcode", 41234))),
            (
                &production(),
                &notification(part, json!({"bundleId": "com.example", "environment": "Production"})),
            ),
            (&production(), &notification(part, json!({"bundleId": "com.example", "appAppleId": 41234}))),
            (&sandbox, &notification(part, json!({"environment": "Sandbox"}))),
            (&sandbox, &notification(part, json!(null))),
            (&sandbox, &notification("other", app("Sandbox", 0))),
        ] {
            assert_eq!(received(scheme, payload).unwrap_err(), RejectionKind::NotForUs, "{payload}");
        }
    }
}

/// It has no environment written out.
#[test]
fn external_purchases() {
    let of = |id: &str| {
        let app = json!({"externalPurchaseId": id, "appAppleId": 41234, "bundleId": "com.example"});
        notification("externalPurchaseToken", app)
    };
    let sandbox = AppStore::sandbox("com.example");
    let (live, test) = (of("b2158121-7af9"), of("SANDBOX_b2158121-7af9"));
    assert!(received(&production(), &live).is_ok());
    assert!(received(&sandbox, &test).is_ok());
    assert_eq!(received(&production(), &test).unwrap_err(), RejectionKind::NotForUs);
    assert_eq!(received(&sandbox, &live).unwrap_err(), RejectionKind::NotForUs);
}

/// One of two apps that a notification names is not enough.
#[test]
fn a_notification_of_two_apps() {
    let app = |bundle: &str| json!({"bundleId": bundle, "environment": "Sandbox"});
    let both = |other: &str| {
        json!({
            "notificationType": "TEST", "notificationUUID": UUID,
            "data": app("com.example"), "summary": app(other),
        })
        .to_string()
    };
    let sandbox = AppStore::sandbox("com.example");
    assert!(received(&sandbox, &both("com.example")).is_ok());
    assert_eq!(received(&sandbox, &both("com.example.other")).unwrap_err(), RejectionKind::NotForUs);
}

#[test]
fn payloads_that_are_no_notification() {
    let data = r#""data":{"bundleId":"com.example","environment":"Sandbox"}"#;
    for payload in [
        "",
        "[]",
        "{}",
        r#"{"notificationType":"TEST"}"#,
        &format!(r#"{{"notificationType":"TEST",{data}}}"#),
        &format!(r#"{{"notificationUUID":"{UUID}",{data}}}"#),
        &format!(
            r#"{{"notificationType":"TEST","notificationType":"REFUND","notificationUUID":"{UUID}",{data}}}"#
        ),
        &format!(r#"{{"notificationType":"TEST","notificationUUID":"{UUID}",{data},{data}}}"#),
        &format!(
            r#"{{"notificationType":"TEST","notificationUUID":"{UUID}","data":{{"bundleId":"a","bundleId":"com.example"}}}}"#
        ),
        &format!(r#"{{"notificationType":7,"notificationUUID":"{UUID}",{data}}}"#),
    ] {
        let refused = received(&AppStore::sandbox("com.example"), payload);
        assert_eq!(refused.unwrap_err(), RejectionKind::MalformedToken, "{payload}");
    }
}

#[test]
fn bodies_without_a_token() {
    let key = || production().key(jose("/keys/p256/public")).unwrap();
    for body in ["", "{}", "[]", r#"{"signedPayload":7}"#, r#"{"signedPayload":"a","signedPayload":"b"}"#] {
        let request = Request::post("/").body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        assert_eq!(ask(&production(), request, key()).unwrap_err(), RejectionKind::MalformedBody, "{body}");
    }
    let request = Request::post("/").body(Bytes::from_static(br#"{"signedPayload":"a.b.c"}"#)).unwrap();
    assert_eq!(ask(&production(), request, key()).unwrap_err(), RejectionKind::MalformedToken);
}

/// Apple's own test notification, up to the root of its tests; and under another root, as everybody could make one.
#[cfg(feature = "x509")]
#[tokio::test]
async fn a_chain_that_leads_to_the_root() {
    use http_body_util::Full;
    use tower_webhook::{VerifySignatureLayer, key::Roots};
    let token = include_str!("../pki/apple-test-notification.jws").trim();
    for (root, expected) in [
        (include_str!("../pki/apple-test-root.pem"), (200, None)),
        (include_str!("../pki/chain-root.pem"), (401, Some(RejectionKind::UntrustedKey))),
    ] {
        let keys = AppStore::chains(Roots::from_pem(root).unwrap()).unwrap();
        let layer = VerifySignatureLayer::new(AppStore::sandbox("com.example"), keys)
            .clock(|| Some(Timestamp::from_unix(1_681_314_324)));
        let service = tower::ServiceBuilder::new().layer(layer).service(common::Handler::new());
        let body = json!({ "signedPayload": token }).to_string();
        let request = Request::post("/").body(Full::new(Bytes::from(body))).unwrap();
        assert_eq!(common::ask(service, request).await.refusal(), expected);
    }
}
