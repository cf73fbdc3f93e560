//! The suite that this crate ships.
use crate::{NOW, OTHER_PRIVATE, OTHER_PUBLIC, PRIVATE, PUBLIC, paddle_classic, paypal};
use bytes::Bytes;
use http::Request;
use tower_webhook::{
    Scheme,
    conformance::{self, Sample},
    providers::{Alipay, PaddleClassic, PayPal, Sns},
};

fn check(scheme: &dyn Scheme, request: Request<Bytes>) {
    let sample = Sample::new(request, PRIVATE, OTHER_PRIVATE).verified_by(PUBLIC, OTHER_PUBLIC);
    conformance::scheme(scheme, &sample);
}

fn post(body: &'static str) -> Request<Bytes> {
    Request::post("https://example.com/hooks").body(Bytes::from_static(body.as_bytes())).unwrap()
}

#[test]
fn aws_sns() {
    let sns = Sns::topic("arn:aws:sns:us-east-1:123456789012:orders").confirmations();
    let url = "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem";
    for body in [
        r#"{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:us-east-1:123456789012:orders","#,
        r#"{"Type":"SubscriptionConfirmation","MessageId":"1","Token":"t","SubscribeURL":"https://a/",
            "TopicArn":"arn:aws:sns:us-east-1:123456789012:orders","#,
    ] {
        let body = format!(r#"{body}"Message":"{{}}","SigningCertURL":"{url}"}}"#);
        check(&sns, post("").map(|_| body.into()));
    }
}

#[test]
fn pay_pal() {
    check(&PayPal::live("4JH86294D6297924G"), paypal::unsigned(r#"{"event_type":"a"}"#));
}

#[test]
fn alipay() {
    let form = "app_id=2021000000000000&notify_id=n1&subject=caf%C3%A9+1%2B1&notify_type=a";
    check(&Alipay::app("2021000000000000"), post(form));
}

/// It cannot sign, so that it is a delivery of Paddle's simulator.
#[test]
fn paddle_classic() {
    let (form, key) = paddle_classic::delivery_and_key();
    let sample = Sample::received(post("").map(|_| form.into()), NOW, key, OTHER_PUBLIC);
    conformance::scheme(&PaddleClassic, &sample);
}
