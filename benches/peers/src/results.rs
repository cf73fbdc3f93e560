//! `benches/RESULTS.md`.
use crate::{figures::Figure, machine, measure::Effort};
use std::{fs, io};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../RESULTS.md");

pub fn write(figures: &[Figure], effort: Effort) -> io::Result<()> {
    let flag = if effort == Effort::Quick { " -- --quick" } else { "" };
    let mut text = format!(
        "# Results\n\n\
         Written by `cargo run --release --manifest-path benches/peers/Cargo.toml{flag}`: all sides on the same bytes, in\n\
         turns, in one process. What each figure means is said in [README.md](README.md).\n\n\
         Machine: {}.\n\n\
         | figure | value | at most | holds |\n| --- | ---: | ---: | --- |\n",
        machine::describe()
    );
    for figure in figures {
        let most = figure.at_most.map_or_else(String::new, |most| most.to_string());
        let holds = match figure.holds() {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "",
        };
        text.push_str(&format!("| `{}` | {:.3} | {most} | {holds} |\n", figure.name, figure.value));
    }
    fs::write(FILE, text)
}
