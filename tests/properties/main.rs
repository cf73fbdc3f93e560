//! What must hold whatever is thrown at it. Proptest throws, anew in each run; where something fails, it looks for the
//! least that does, and that becomes a test of its own.
//!
//! `PROPERTIES=20 cargo test --all-features --test properties` throws twenty times as often.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../deliveries/mod.rs"]
mod deliveries;
mod events;
mod parsers;
mod recipe;
mod registry;
mod samples;
#[path = "../tagged_events/mod.rs"]
mod tagged_events;
#[path = "../vectors_file/mod.rs"]
mod vectors_file;

use proptest::{
    strategy::Strategy,
    test_runner::{Config, TestCaseError, TestCaseResult, TestError, TestRunner},
};
use std::{env, fmt::Debug};

/// `cases` throws of it, none of which may fail. What is kept between runs is the tests.
#[track_caller]
fn holds<S: Strategy>(cases: u32, what: &str, thrown: S, test: impl Fn(S::Value) -> TestCaseResult)
where
    S::Value: Debug,
{
    // So many times as many, for whoever looks for more than a change can have broken.
    let times = env::var("PROPERTIES").map_or(1, |times| times.parse().expect("`PROPERTIES` is a number"));
    let config = Config {
        cases: cases * times,
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..Config::default()
    };
    match TestRunner::new(config).run(&thrown, test) {
        Ok(()) => {}
        Err(TestError::Abort(reason)) => panic!("{what}: {reason}"),
        Err(TestError::Fail(reason, least)) => panic!("{what}: {reason}\n{least:#?}"),
    }
}

/// For a condition that is no comparison.
fn demand(condition: bool, what: impl FnOnce() -> String) -> TestCaseResult {
    if condition { Ok(()) } else { Err(TestCaseError::fail(what())) }
}
