//! Other bodies, for recipes that look for the signature, or for what is signed, in the body.
#![no_main]
use bytes::Bytes;
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use std::sync::LazyLock;
use tower_webhook::Verified;
use tower_webhook_fuzz::{
    input::{one, rest},
    mutation::{in_the_form_of, splice},
    original::{DELIVERIES, Original},
};

const PROVIDERS: [&str; 16] = [
    "adyen",
    "alipay",
    "apple-assn-v2",
    "aws-sns",
    "braintree",
    "cloudevents-webhook",
    "dropbox-sign",
    "google-chat",
    "lark",
    "mailgun",
    "paddle-classic",
    "plaid",
    "wechat-pay-v3",
    "wecom",
    "wix",
    "zalo",
];

static IN_BODY: LazyLock<Vec<&(Original, Verified)>> = LazyLock::new(|| {
    DELIVERIES.iter().filter(|(original, _)| PROVIDERS.contains(&original.provider())).collect()
});

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let (original, verified) = one(input, &IN_BODY)?;
    let mut body = original.body.to_vec();
    match input.int_in_range(0..=7)? {
        0 => body = rest(input).to_vec(),
        1 => body = in_the_form_of(input, &body)?,
        times => {
            for _ in 0..times {
                if !input.is_empty() {
                    splice(input, &mut body)?;
                }
            }
        }
    }
    original.judge(verified, &original.parts, &Bytes::from(body), original.now, true);
    Ok(())
}
