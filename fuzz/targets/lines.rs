//! The lines that the command reads: each gets one verdict or one report, and none speaks for another.
#![no_main]
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use std::{collections::BTreeSet, sync::LazyLock};
use tower_webhook::{cli, encoding::Encoding};
use tower_webhook_fuzz::{
    input::{one, rest, some},
    mutation::splice,
    original::{DELIVERIES, Original},
};

static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    DELIVERIES.iter().map(|(original, _)| line(original).to_string().into_bytes()).collect()
});

const IDS: [&str; 4] = ["\"a\"", "1", "-1e999", "\"\\u000a\\ud800\""];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    verdict: &'a str,
    kind: &'a str,
}

fn line(original: &Original) -> Value {
    let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())])
    };
    json!({
        "id": "a",
        "provider": original.provider(),
        "keys": original.secrets,
        "method": original.parts.method.as_str(),
        "url": original.url,
        "headers": original.parts.headers.iter().map(header).collect::<Value>(),
        "body_base64": Encoding::Base64.encode(&original.body),
        "now": original.now,
        "options": original.options,
    })
}

fuzz_target!(|bytes: &[u8]| {
    let _ = run(&mut Unstructured::new(bytes));
});

fn run(input: &mut Unstructured<'_>) -> Result<()> {
    let mut text = Vec::new();
    for _ in 0..input.int_in_range(1..=3)? {
        let mut line = one(input, &LINES)?.clone();
        match input.int_in_range(0..=7)? {
            0 => line = some(input, 255)?.to_vec(),
            1 => {
                let id = format!("{{\"id\":{},", one(input, &IDS)?);
                let told = String::from_utf8_lossy(&line).replace("{\"id\":\"a\",", &id);
                line = told.replace("\"id\":\"a\"", &format!("\"id\":{}", one(input, &IDS)?)).into_bytes();
            }
            changes => {
                for _ in 2..changes {
                    if !input.is_empty() {
                        splice(input, &mut line)?;
                    }
                }
            }
        }
        text.extend_from_slice(&line);
        text.push(b'\n');
    }
    text.extend_from_slice(rest(input));

    let (mut answers, mut reports) = (Vec::new(), Vec::new());
    let arguments = ["tower-webhook", "verify", "--deliveries", "-"];
    let status = cli::run(arguments, &mut &*text, &mut answers, &mut reports);
    let asked = text.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
    let asked = asked.count();
    let answers = String::from_utf8(answers).expect("verdicts are text");
    for answer in answers.lines() {
        let answer: Answer<'_> =
            serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
        assert!(matches!(answer.verdict, "accept" | "reject" | "unsupported"), "{}", answer.verdict);
        assert!(matches!(answer.id.get().as_bytes(), [b'"' | b'-' | b'0'..=b'9', ..]));
        assert!(answer.kind.bytes().all(|byte| byte == b'_' || byte.is_ascii_lowercase()), "{}", answer.kind);
    }
    let reports = String::from_utf8(reports).expect("reports are text");
    let mut malformed = BTreeSet::new();
    for report in reports.lines() {
        let report = report.strip_prefix("tower-webhook: ").unwrap_or_else(|| panic!("{report}"));
        if let Some(number) = report.strip_prefix("line ") {
            let (number, _) = number.split_once(" is malformed: ").unwrap_or_else(|| panic!("{report}"));
            assert!(malformed.insert(number.parse::<u64>().unwrap()), "line {number} is reported twice");
        } else {
            assert!(report.starts_with("warning: line "), "{report}");
        }
    }
    assert_eq!(answers.lines().count() + malformed.len(), asked, "{answers}{reports}");
    assert_eq!(status, u8::from(!malformed.is_empty()));
    Ok(())
}
