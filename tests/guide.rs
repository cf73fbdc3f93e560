//! The guide keeps up with the code.
#![allow(missing_docs, clippy::unwrap_used)]

use std::fs;

fn read(file: &str) -> String {
    fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The variants of a fieldless enum.
fn variants<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}\n").unwrap();
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with("//"));
    lines.map(|line| line.trim_end_matches(',')).collect()
}

#[test]
fn it_has_every_kind_of_refusal() {
    let (source, guide) = (read("src/rejection.rs"), read("src/guide/refusals.md"));
    let kinds = variants(&source, "RejectionKind");
    assert!(kinds.len() > 30, "{kinds:?}");
    for kind in kinds {
        assert!(
            guide.contains(&format!("\n| `{kind}`")),
            "{kind} is not in the table of src/guide/refusals.md"
        );
    }
}

#[test]
fn it_names_its_chapters_in_order() {
    let source = read("src/guide.rs");
    let listed = source.lines().filter_map(|line| line.split_once("](")?.1.split_once(')'));
    let listed: Vec<&str> = listed.map(|(name, _)| name).collect();
    let modules = source.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(" {}"));
    assert_eq!(listed, modules.collect::<Vec<_>>());
}

/// The example of `CONTRIBUTING.md` is the provider itself, and no longer than is said.
#[test]
fn a_plain_provider_takes_25_lines() {
    let (source, contributing) = (read("src/providers/vercel.rs"), read("CONTRIBUTING.md"));
    assert!(contributing.contains(&source), "copy src/providers/vercel.rs into CONTRIBUTING.md");
    assert!(source.lines().count() <= 25, "{} lines", source.lines().count());
}
