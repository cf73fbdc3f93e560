//! What each recipe costs with a body of 1 KiB: the pure function beside the bare primitive of the library that it uses,
//! interleaved in one run. One line of JSON each, which says what the primitive leaves out of the recipe: reading a token, a
//! form or JSON. Headers are looked up, decoded and compared by the recipe alone in every case.
//!
//! `cargo run --release --manifest-path benches/recipes/Cargo.toml`
mod primitives;
mod recipes;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

/// A recipe's verification, and the primitive on a text of the same length.
struct Case {
    name: &'static str,
    recipe: Box<dyn Fn()>,
    primitive: Box<dyn Fn()>,
    /// What any implementation of the recipe has to do, and the primitive does not.
    left_out: &'static str,
}

impl Case {
    fn leaving_out(self, what: &'static str) -> Self {
        Self { left_out: what, ..self }
    }
}

/// A machine has other work to do: so there are many short rounds, in turns, and the middle one counts.
const ROUNDS: usize = 101;
const ROUND: Duration = Duration::from_millis(2);

fn main() {
    for case in recipes::all() {
        let (recipe, primitive) = measure(&case);
        let Case { name, left_out, .. } = case;
        let ratio = recipe / primitive;
        println!(
            r#"{{"recipe": "{name}", "ns": {recipe:.0}, "primitive_ns": {primitive:.0}, "ratio": {ratio:.3}, "primitive_leaves_out": "{left_out}"}}"#
        );
    }
}

/// The medians, in nanoseconds.
fn measure(case: &Case) -> (f64, f64) {
    let often = how_often(&case.recipe);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (run, times) in [&case.recipe, &case.primitive].into_iter().zip(&mut times) {
            let began = Instant::now();
            for _ in 0..often {
                black_box(run)();
            }
            times.push(began.elapsed().as_nanos() as f64 / f64::from(often));
        }
    }
    let [recipe, primitive] = times.map(median);
    (recipe, primitive)
}

/// How many times it runs in a round.
fn how_often(run: &dyn Fn()) -> u32 {
    let (mut often, began) = (0, Instant::now());
    while began.elapsed() < ROUND {
        run();
        often += 1;
    }
    often.max(1)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}
