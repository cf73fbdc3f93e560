//! Alipay.
use crate::{NOW, PUBLIC, ask, ask_with, refused, seconds, signed};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Empty, Full};
use std::convert::Infallible;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};
use tower_webhook::{
    RejectionKind, Scheme, VerifiedBody, VerifySignatureLayer,
    providers::Alipay,
    scheme::{Format, Proof},
};

const FORM: &str = "subject=caf%C3%A9+1%2B1&app_id=2021000000000000&notify_type=trade_status_sync&notify_id=n1\
                    &total_amount=88.88&buyer_open_id=";

fn alipay() -> Alipay {
    Alipay::app("2021000000000000")
}

fn post(form: impl Into<Bytes>) -> Request<Bytes> {
    Request::post("/alipay").body(form.into()).unwrap()
}

fn delivery() -> Request<Bytes> {
    signed(&alipay(), post(FORM))
}

fn form() -> String {
    String::from_utf8(delivery().into_body().to_vec()).unwrap()
}

async fn kind(form: String) -> RejectionKind {
    let (status, kind) = ask(alipay(), post(form)).await.unwrap_err();
    assert_eq!(status, 401);
    kind
}

#[tokio::test]
async fn a_notification() {
    let verified = ask(alipay(), delivery()).await.unwrap();
    assert_eq!((verified.proof(), verified.format()), (Proof::SignedBody, Format::Form));
    assert_eq!(verified.signed_event(), Some("trade_status_sync"));
    assert_eq!(verified.signed_id(), Some("n1"));
    assert_eq!(verified.signed_at(), Some(NOW));
    assert_eq!(
        verified.payload(),
        "app_id=2021000000000000&buyer_open_id=&notify_id=n1&notify_time=2025-10-09+16%3A53%3A20\
         &notify_type=trade_status_sync&subject=caf%C3%A9+1%2B1&total_amount=88.88"
    );
}

#[tokio::test]
async fn every_field_is_signed() {
    let form = form();
    for (was, is) in [
        ("total_amount=88.88", "total_amount=0.01"),
        ("notify_id=n1", "notify_id=n2"),
        ("notify_type=trade_status_sync", "notify_type=x"),
        ("caf%C3%A9", "cafe"),
        ("caf%C3%A9", "caf%E9"),
        ("caf%C3%A9", "caf%EF%BF%BD"),
        ("%2B1", "+1"),
        ("total_amount=88.88", "total_amount="),
        ("&total_amount=88.88", ""),
        ("&buyer_open_id=", ""),
        ("buyer_open_id=", "buyer_open_id=1"),
        ("&sign_type=RSA2", "&x=&sign_type=RSA2"),
        ("&sign_type=RSA2", "&x=1&sign_type=RSA2"),
        ("&sign_type=RSA2", "&=&sign_type=RSA2"),
        ("total_amount=", "total_Amount="),
        ("16%3A53%3A20", "16%3A53%3A21"),
    ] {
        assert!(form.contains(was), "{was}");
        assert_eq!(kind(form.replacen(was, is, 1)).await, RejectionKind::SignatureMismatch, "{was} -> {is}");
    }
}

/// The same fields in another spelling or order are the same notification, and the same payload.
#[tokio::test]
async fn spellings() {
    let verified = ask(alipay(), delivery()).await.unwrap();
    let form = form();
    let mut reversed: Vec<&str> = form.split('&').collect();
    reversed.reverse();
    for other in [
        reversed.join("&"),
        form.replace("%C3%A9", "%c3%a9"),
        form.replace("notify_id", "%6eotify_id"),
        form.replace("88.88", "88%2E88"),
        form.replace('+', "%20"),
        format!("&{form}&"),
    ] {
        let spelt = ask(alipay(), post(other.clone())).await.unwrap();
        assert_eq!(spelt.payload(), verified.payload(), "{other}");
        assert_eq!(spelt.idempotency_key(), verified.idempotency_key(), "{other}");
    }
}

#[tokio::test]
async fn fields_that_decide() {
    let form = form();
    for name in ["sign", "sign_type", "app_id", "total_amount", "x", "%73ign", "total%5famount"] {
        let doubled = format!("{form}&{name}=RSA2&{name}=RSA2");
        assert_eq!(kind(doubled).await, RejectionKind::MalformedBody, "{name}");
    }
    let (before, signature) = form.split_once("&sign=").unwrap();
    assert_eq!(kind(before.to_owned()).await, RejectionKind::MalformedBody, "no `sign`");
    assert_eq!(kind(form.replace("&sign_type=RSA2", "")).await, RejectionKind::MalformedBody);
    for other in ["RSA", "MD5", "rsa2", ""] {
        let form = form.replace("sign_type=RSA2", &format!("sign_type={other}"));
        assert_eq!(kind(form).await, RejectionKind::UnsupportedAlgorithm, "{other}");
    }
    for wrong in ["", "!", "%FF", "AAA"] {
        let wrong = kind(format!("{before}&sign={wrong}")).await;
        assert!(
            matches!(wrong, RejectionKind::MalformedSignature | RejectionKind::MalformedBody),
            "{wrong:?}"
        );
    }
    assert_eq!(kind(format!("{before}&sign=AAAA")).await, RejectionKind::SignatureMismatch);
    // A `+` that nobody escaped is a space.
    let unescaped = signature.replace("%2B", "+");
    if unescaped != signature {
        assert_eq!(kind(format!("{before}&sign={unescaped}")).await, RejectionKind::MalformedSignature);
    }
    for no_form in ["", "{}", "&", "="] {
        assert_eq!(kind(no_form.to_owned()).await, RejectionKind::MalformedBody, "{no_form:?}");
    }
    assert_eq!(kind("a=1&".repeat(1001)).await, RejectionKind::MalformedBody);
}

#[tokio::test]
async fn another_application() {
    refused(ask(Alipay::app("2021000000000001"), delivery()).await, RejectionKind::NotForUs);
    refused(ask(Alipay::app(""), delivery()).await, RejectionKind::NotForUs);
    assert_eq!(kind(form().replace("app_id=2021000000000000&", "")).await, RejectionKind::NotForUs);
    let other = alipay().key(crate::OTHER_PUBLIC).unwrap();
    refused(ask_with(alipay(), other, NOW, delivery()).await, RejectionKind::SignatureMismatch);
}

/// What is signed has its borders unescaped, and is believed only where it can be read in one way.
#[tokio::test]
async fn borders_cannot_be_moved() {
    let sign = |form: &'static str| {
        let mut request = post(form);
        let key = alipay().signing_key(crate::PRIVATE).unwrap();
        alipay().sign(&mut request, &key, NOW).map(|()| request)
    };
    // A product's name that would be another field if the `%26` before it were a `&`.
    assert!(sign("app_id=2021000000000000&subject=a%26total_amount=0.01").is_err());
    assert!(sign("app_id=2021000000000000&a%26b=1").is_err());
    assert!(sign("app_id=2021000000000000&a%3Db=1").is_err());
    for harmless in [
        "app_id=2021000000000000&subject=fish%26chips",
        "app_id=2021000000000000&subject=a%3Db%26%26",
        "app_id=2021000000000000&subject=a%26body=b",
    ] {
        assert!(ask(alipay(), sign(harmless).unwrap()).await.is_ok(), "{harmless}");
    }
    // Two fields made one.
    let merged = form()
        .replace("&total_amount=88.88", "")
        .replace("subject=caf%C3%A9+1%2B1", "subject=caf%C3%A9+1%2B1%26total_amount%3D88.88");
    assert_eq!(kind(merged).await, RejectionKind::MalformedBody);
}

#[tokio::test]
async fn times() {
    const DAY: i64 = 25 * 3600;
    let at = async |now| ask_with(alipay(), alipay().key(PUBLIC).unwrap(), seconds(now), delivery()).await;
    assert!(at(DAY).await.is_ok());
    assert!(at(-DAY).await.is_ok());
    refused(at(DAY + 1).await, RejectionKind::StaleTimestamp);
    refused(at(-DAY - 1).await, RejectionKind::FutureTimestamp);
    for wrong in [
        "",
        "1760000000",
        "2025-10-09T16%3A53%3A20",
        "2025-10-09+16%3A53",
        "2025-13-09+16%3A53%3A20",
        "2025-10-09+16%3A53%3A20Z",
    ] {
        let form = form().replace("2025-10-09+16%3A53%3A20", wrong);
        assert_eq!(kind(form).await, RejectionKind::MalformedTimestamp, "{wrong}");
    }
}

/// 200 and `success`, whatever success the handler answers.
#[tokio::test]
async fn the_acknowledgement() {
    for status in [StatusCode::OK, StatusCode::ACCEPTED, StatusCode::NO_CONTENT] {
        let layer = VerifySignatureLayer::new(alipay(), alipay().key(PUBLIC).unwrap()).clock(|| Some(NOW));
        let service =
            ServiceBuilder::new().layer(layer).service(service_fn(async |_: Request<VerifiedBody>| {
                let mut response = Response::new(Empty::<Bytes>::new());
                *response.status_mut() = status;
                Ok::<_, Infallible>(response)
            }));
        let response = service.oneshot(delivery().map(Full::new)).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "success");
    }
}
