//! Each file of `tests/cases` must fail to compile, with the message that stands beside it.

#[test]
fn cases() {
    trybuild::TestCases::new().compile_fail("tests/cases/*.rs");
}
