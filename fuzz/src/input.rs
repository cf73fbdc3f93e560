//! An input, read from its beginning to its end.
use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// So many bytes, or fewer if there are no more.
pub fn some<'a>(input: &mut Unstructured<'a>, most: usize) -> Result<&'a [u8]> {
    let length = input.int_in_range(0..=most)?.min(input.len());
    input.bytes(length)
}

/// Everything that is left.
pub fn rest<'a>(input: &mut Unstructured<'a>) -> &'a [u8] {
    input.bytes(input.len()).unwrap_or_default()
}

/// One of these.
pub fn one<'a, T>(input: &mut Unstructured<'_>, of: &'a [T]) -> Result<&'a T> {
    input.choose(of)
}
