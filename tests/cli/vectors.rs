//! Every vector of `tests/vectors`, as a delivery: the verdict is the one that it must get.
use crate::command::{TempFile, call, process, run};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};

/// A delivery, and the verdict and the kind that it must get.
struct Case {
    line: Value,
    verdict: &'static str,
    kind: String,
}

#[test]
fn every_vector_gets_its_verdict() {
    let cases = cases();
    assert!(cases.len() > 250, "{}", cases.len());
    let lines: String = cases.iter().map(|case| format!("{}\n", case.line)).collect();

    let called = call(&["verify", "--deliveries", "-"], lines.as_bytes());
    assert_eq!((called.status, &*called.stderr), (0, ""));
    let file = TempFile::new(&lines);
    let ran = run(process().args(["verify", "--deliveries", file.path()]), b"");
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert_eq!(ran.stdout, called.stdout);

    let verdicts: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(verdicts.len(), cases.len());
    let wrong: Vec<String> = verdicts
        .iter()
        .zip(&cases)
        .filter(|(verdict, case)| {
            **verdict != json!({ "id": case.line["id"], "verdict": case.verdict, "kind": case.kind })
        })
        .map(|(verdict, case)| format!("{verdict} should be {} ({})", case.verdict, case.kind))
        .collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.sort();
    paths.iter().flat_map(|path| cases_of(path)).collect()
}

fn cases_of(path: &Path) -> Vec<Case> {
    let file: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    vectors.iter().map(|vector| case(&file, vector)).collect()
}

fn case(file: &Value, vector: &Value) -> Case {
    let mut options = Map::new();
    for source in [&file["options"], &vector["options"]] {
        options.extend(source.as_object().cloned().unwrap_or_default());
    }
    let mut provider = file["scheme"].as_str().unwrap();
    if let Some(algorithm) = provider.strip_prefix("http-signatures-") {
        provider = "http-signatures";
        options.insert("alg".to_owned(), algorithm.into());
        options.remove("methods");
        if let Some(names) = options.remove("requires") {
            options.insert("required_components".to_owned(), names);
        }
    }
    if provider == "github-sha1" {
        provider = "github";
        options.insert("variant".to_owned(), "legacy-sha1".into());
    }
    if provider == "vonage-sdk" {
        provider = "vonage";
        options.insert("variant".to_owned(), "jwt-signature-only".into());
    }
    if provider == "aws-sns" && !options.contains_key("sha1") {
        options.insert("signature_version".to_owned(), "2".into());
    }
    if let Some(certificates) = vector.get("certificates") {
        options.insert("certificates".to_owned(), certificates.clone());
    }
    let line = json!({
        "id": vector["id"],
        "provider": provider,
        "keys": vector["secrets"],
        "method": vector["method"],
        "url": vector["url"],
        "headers": vector["headers"],
        "body_base64": vector["body_base64"],
        "now": vector["now"],
        "options": options,
    });
    let (verdict, kind) = match (vector["rejection"].as_str(), vector.get("answer")) {
        (Some(rejection), _) => ("reject", snake_case(rejection)),
        (None, Some(_)) => ("accept", "handshake".to_owned()),
        (None, None) => ("accept", "delivery".to_owned()),
    };
    Case { line, verdict, kind }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
