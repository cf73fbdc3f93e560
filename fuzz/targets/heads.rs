//! Deliveries of every provider, changed: whatever is still accepted is what was sent.
#![no_main]
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use tower_webhook_fuzz::{input::one, mutation, original::DELIVERIES};

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let (original, verified) = one(input, &DELIVERIES)?;
    let own_url = input.arbitrary()?;
    let (mut parts, mut body, mut now) = (original.parts.clone(), original.body.clone(), original.now);
    mutation::request(input, &mut parts, &mut body, &mut now)?;
    original.judge(verified, &parts, &body, now, own_url);
    Ok(())
}
