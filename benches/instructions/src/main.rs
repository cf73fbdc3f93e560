//! Runs one case so many times, for whoever counts its instructions: `instructions CASE TIMES`.
//!
//! `benches/instructions/check` runs it twice and takes the difference, so that what comes before the first run and after
//! the last does not count.
mod cases;

use std::{env, process::ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let cases = cases::all();
    let [name, times] = arguments.as_slice() else {
        // The list, for the script: each with those that are to be subtracted.
        cases.iter().for_each(|case| println!("{} {}", case.name, case.without.join(" ")));
        return ExitCode::SUCCESS;
    };
    let (Some(case), Ok(times)) = (cases.into_iter().find(|case| case.name == name), times.parse::<u32>())
    else {
        eprintln!("there is no case `{name}`, or `{times}` is no number");
        return ExitCode::FAILURE;
    };
    let mut run = (case.start)();
    for _ in 0..times {
        run();
    }
    ExitCode::SUCCESS
}
