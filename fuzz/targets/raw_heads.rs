//! Requests to every provider that nobody signed: none is accepted, but where a shared token is all that is asked for.
#![no_main]
use bytes::Bytes;
use http::Request;
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use tower_webhook::scheme::{Proof, Verdict};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::{in_the_form_of, method, set_target, text},
    original::{DELIVERIES, HEADERS},
};

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let (original, _) = one(input, &DELIVERIES)?;
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = match input.ratio(15, 16)? {
        true => original.parts.method.clone(),
        false => method(input)?,
    };
    // With the headers that it has, in their form, and with some that others have.
    if input.ratio(7, 8)? {
        for (name, value) in &original.parts.headers {
            if input.ratio(15, 16)? {
                let value = match input.ratio(3, 4)? {
                    true => in_the_form_of(input, value.as_bytes())?,
                    false => some(input, 255)?.to_vec(),
                };
                parts.headers.extend(text(&value).map(|value| (name.clone(), value)));
            }
        }
    }
    for _ in 0..input.int_in_range(0..=4)? {
        let name = one(input, &HEADERS)?;
        if let Some(value) = text(some(input, 255)?) {
            parts.headers.append(name, value);
        }
    }
    if input.arbitrary()? {
        set_target(&mut parts, &[b"/", some(input, 255)?].concat());
    }
    let now = match input.ratio(7, 8)? {
        true => original.now,
        false => input.arbitrary()?,
    };
    let body = Bytes::copy_from_slice(rest(input));
    if let Ok(Verdict::Deliver(accepted)) = original.verify(&parts, &body, now) {
        assert_eq!(accepted.proof(), Proof::SharedToken, "{}: {accepted:?}", original.id);
    }
    Ok(())
}
