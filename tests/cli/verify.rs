//! `verify`: lines, options, and what is wrong with them.
use crate::command::{
    TempFile, assert_verdict, call, delivery, delivery_with, lines, process, run, verdict, verify,
};
use serde_json::{Value, json};
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    process::Stdio,
};

#[test]
fn a_delivery_is_accepted_or_rejected_and_says_why() {
    assert_verdict(&delivery(), "accept", "delivery");
    assert_verdict(&delivery_with(json!({ "body_base64": "" })), "reject", "signature_mismatch");
    assert_verdict(&delivery_with(json!({ "method": "GET" })), "reject", "method_not_allowed");
    assert_verdict(&delivery_with(json!({ "headers": [] })), "reject", "missing_header");
    assert_verdict(&delivery_with(json!({ "provider": "acme" })), "unsupported", "unknown_provider");
    let stripe = json!({ "provider": "stripe", "headers": [["Stripe-Signature", "t=1,v1=00"]] });
    assert_verdict(&delivery_with(stripe), "reject", "malformed_signature");
}

/// The example of Standard Webhooks' own libraries.
fn standard(now: Value) -> Value {
    delivery_with(json!({
        "provider": "standard-webhooks",
        "keys": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "headers": [
            ["webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"],
            ["webhook-timestamp", "1614265330"],
            ["webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="],
        ],
        "body_base64": "eyJ0ZXN0IjogMjQzMjIzMjMxNH0=",
        "now": now,
    }))
}

#[test]
fn the_time_is_the_lines_own() {
    assert_verdict(&standard(json!(1614265630)), "accept", "delivery");
    assert_verdict(&standard(json!(1614265330.5)), "accept", "delivery");
    assert_verdict(&standard(json!(1614265631)), "reject", "stale_timestamp");
    assert_verdict(&standard(json!(1614265029)), "reject", "future_timestamp");
    assert_verdict(&standard(json!(u64::MAX)), "reject", "stale_timestamp");
    let mut patient = standard(json!(1614265631));
    patient["options"] = json!({ "max_age": 301 });
    assert_verdict(&patient, "accept", "delivery");
    patient["options"] = json!({ "max_age": "soon" });
    assert_verdict(&patient, "reject", "invalid_options");
}

#[test]
fn any_key_of_the_set_may_match_and_all_must_be_keys() {
    let of = |keys: Value| delivery_with(json!({ "keys": keys }));
    assert_verdict(&of(json!(["other", "It's a Secret to Everybody"])), "accept", "delivery");
    assert_verdict(&of(json!(["other", "another"])), "reject", "signature_mismatch");
    for invalid in [json!([]), json!([""]), json!([" "]), json!(["It's a Secret to Everybody", ""])] {
        assert_verdict(&of(invalid), "reject", "invalid_key");
    }
    let invalid = delivery_with(json!({ "provider": "standard-webhooks", "keys": ["no base64"] }));
    assert_verdict(&invalid, "reject", "invalid_key");
}

#[test]
fn a_variant_is_an_option_and_else_the_content_type_says_how_the_body_is_written() {
    let of = |options: Value, content_type: &str| {
        let mut gitea =
            delivery_with(json!({ "provider": "gitea", "keys": ["gitea-secret"], "options": options }));
        gitea["headers"] = json!([
            ["Content-Type", content_type],
            // Of the decoded field, `{}`.
            ["X-Gitea-Signature", "40822566a49e806f9338316d7782e7426a3b380e779dcaa352dc9045d8a89769"],
        ]);
        gitea["body_base64"] = json!("cGF5bG9hZD0lN0IlN0Q=");
        verdict(&gitea)
    };
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    let accepted = ("accept".to_owned(), "delivery".to_owned());
    for options in [json!({}), json!({ "variant": "form" }), json!({ "variant": "gitea" })] {
        assert_eq!(of(options, form), accepted);
    }
    assert_eq!(of(json!({ "variant": "form" }), "text/plain"), accepted);
    assert_eq!(of(json!({}), "application/json").1, "signature_mismatch");
    assert_eq!(of(json!({ "variant": "json" }), form).1, "signature_mismatch");
    assert_eq!(of(json!({ "variant": "yaml" }), form), ("unsupported".into(), "unknown_variant".into()));
    let hubspot = |options: Value| {
        verdict(&delivery_with(json!({ "provider": "hubspot", "headers": [], "options": options }))).1
    };
    for options in [json!({}), json!({ "variant": "V3" }), json!({ "signature_version": "v2" })] {
        assert_eq!(hubspot(options), "missing_header");
    }
    assert_eq!(hubspot(json!({ "variant": "v4" })), "unknown_variant");
}

/// GitLab signs with one kind of secret, and sends the other along.
#[test]
fn a_variant_may_be_another_recipe() {
    let gitlab = |options: Value| {
        delivery_with(json!({
            "provider": "gitlab",
            "keys": ["the hook's secret token"],
            "headers": [["X-Gitlab-Token", "the hook's secret token"]],
            "options": options,
        }))
    };
    assert_verdict(&gitlab(json!({ "variant": "token" })), "accept", "delivery");
    assert_verdict(&gitlab(json!({})), "reject", "invalid_key");
    assert_verdict(&gitlab(json!({ "variant": "basic" })), "unsupported", "unknown_variant");
}

/// Pusher's own example, and Sinch's: the first signs with the secret alone, the second says whose it is.
#[test]
fn the_name_of_a_secret_stands_before_it_where_the_provider_has_it_there() {
    let pusher = delivery_with(json!({
        "provider": "pusher",
        "keys": ["tofu"],
        "headers": [
            ["X-Pusher-Key", "123456789"],
            ["X-Pusher-Signature", "c17257e92037cd7de407ebc1ed174ceb7b2e518db127f44411b9ffc4f5b28cc5"],
        ],
        "body_base64": "eyJ0aW1lX21zIjoxNDAzMTc1NTEwNzU1LCJldmVudHMiOlt7ImNoYW5uZWwiOiJ0ZXN0X2NoYW5uZWwiLCJuYW1lIjoiY2hhbm5lbF92YWNhdGVkIn1dfQ==",
        "options": { "app_key": "123456789" },
    }));
    assert_verdict(&pusher, "accept", "delivery");
    let sinch = |options: Value| {
        verdict(&delivery_with(
            json!({ "provider": "sinch-voice", "keys": ["app+secreg=="], "options": options }),
        ))
    };
    assert_eq!(sinch(json!({ "app_key": "app-key" })).1, "missing_header");
    assert_eq!(sinch(json!({})).1, "invalid_key");
}

/// Which topics are the endpoint's is nothing that a signature needs.
#[test]
fn what_only_binds_a_delivery_to_its_endpoint_may_be_left_out() {
    let websub = delivery_with(json!({
        "provider": "youtube-websub",
        "keys": ["hubsecret"],
        "headers": [["X-Hub-Signature", "sha1=0000000000000000000000000000000000000000"]],
    }));
    assert_verdict(&websub, "reject", "signature_mismatch");
}

#[test]
fn an_option_that_cannot_be_done_without_is_missed() {
    let paypal = delivery_with(json!({ "provider": "paypal", "keys": [] }));
    assert_verdict(&paypal, "reject", "invalid_options");
    let http = delivery_with(json!({ "provider": "http-signatures", "options": { "alg": "none" } }));
    assert_verdict(&http, "reject", "invalid_options");
}

#[test]
fn an_unknown_option_is_ignored_with_one_warning() {
    let deliveries = [
        delivery_with(json!({ "options": { "colour": "red", "variant": "json" } })),
        delivery_with(json!({ "options": { "colour": "blue" } })),
        delivery_with(json!({ "options": { "size": 1 } })),
    ];
    let said = verify(&lines(&deliveries));
    assert_eq!(said.stdout.matches(r#""accept""#).count(), 3);
    assert_eq!(
        said.stderr,
        "tower-webhook: warning: line 1: the option \"colour\" is unknown, and ignored\n\
         tower-webhook: warning: line 3: the option \"size\" is unknown, and ignored\n"
    );
    assert_eq!(said.status, 0);
}

#[test]
fn verdicts_are_in_the_order_of_the_lines_and_ids_are_given_back_as_they_are() {
    let ids = [json!("b"), json!(2), json!("\u{e9}\"\\\n"), json!(-1.5), json!(""), json!("b")];
    let deliveries: Vec<Value> = ids
        .iter()
        .enumerate()
        .map(|(n, id)| delivery_with(json!({ "id": id, "now": n, "keys": [format!("key {}", n % 3)] })))
        .collect();
    let said = verify(&lines(&deliveries));
    let given: Vec<Value> =
        said.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone()).collect();
    assert_eq!(given, ids);
}

/// With its number; and those before and after it have their verdicts.
#[test]
fn a_malformed_line_is_reported_and_the_rest_goes_on() {
    let good = delivery().to_string();
    let long = format!("{}{}", "x".repeat(300_000), good);
    for (line, message) in [
        ("{", "EOF while parsing an object (column 1)"),
        ("null", "it is no JSON object"),
        ("[1, 2]", "it is no JSON object"),
        ("\u{feff}{}", "it is no JSON object"),
        (&*long, "it is no JSON object"),
        (
            &good.replace("\"keys\":[", &format!("\"keys\":[\"{}\",", "x".repeat(1 << 20))),
            "`keys` is longer than 1 MiB",
        ),
        (
            &good.replace("\"github\"", &format!("\"{}\"", "x".repeat(101))),
            "`provider` is longer than 100 bytes",
        ),
        (
            &good.replace("\"headers\":[", &format!("\"headers\":[{}", "[\"a\",\"\"],".repeat(1000))),
            "there are more than 1000 headers",
        ),
        (&good.replace("\"now\":1718000000", "\"now\":null"), "expected `now` in seconds"),
        (&good.replace("\"now\":1718000000", "\"now\":1e999"), "number out of range"),
        (&good.replace("\"method\":\"POST\",", ""), "missing field `method`"),
        (&good.replace("\"id\":\"a\"", "\"id\":{}"), "`id` is neither a text nor a number"),
        (&good.replace("\"id\":\"a\"", "\"id\":\"a\",\"id\":\"b\""), "duplicate field `id`"),
        (&good.replace("https://example.com/hooks", "https://a b/"), "`url` is no URL"),
        (&good.replace("SGVsbG8sIFdvcmxkIQ==", "SGVsbG8sIFdvcmxkIQ"), "`body_base64` is not base64"),
        (&good.replace("[\"It's a Secret to Everybody\"]", "\"secret\""), "`keys` is no list of texts"),
        (&good.replace("[\"It's a Secret to Everybody\"]", "[1]"), "`keys` is no list of texts"),
        (&good.replace("\"id\":\"a\"", "\"id\":\"a\",\"options\":[]"), "`options` is no object"),
        (&format!("{good} {good}"), "trailing characters"),
    ] {
        let said = verify(format!("{good}\n{line}\n\n  \r\n{good}").as_bytes());
        assert_eq!(said.status, 1, "{line}");
        assert_eq!(said.stdout.lines().count(), 2, "{line}");
        assert_eq!(said.stdout.matches(r#""verdict":"accept""#).count(), 2, "{line}");
        let begin = "tower-webhook: line 2 is malformed: ";
        assert!(said.stderr.starts_with(begin) && said.stderr.contains(message), "{line}: {}", said.stderr);
        assert_eq!(said.stderr.lines().count(), 1, "{line}: {}", said.stderr);
        assert!(!said.stderr.contains("ecret"), "{line}: {}", said.stderr);
    }
    let said = verify(b"\xff\n");
    assert_eq!((said.status, said.stdout.len()), (1, 0));
}

/// What a line's number is, whatever lines there are.
#[test]
fn numbers_count_every_line() {
    let good = delivery().to_string();
    let said = verify(format!("\n{good}\r\n{{}}\n{good}\n1\n").as_bytes());
    let numbers: Vec<&str> = said.stderr.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(numbers, ["3", "5"]);
}

#[test]
fn wrong_usage_is_status_2_with_its_message() {
    for (arguments, message) in [
        (&["verify"][..], "--deliveries <FILE>"),
        (&["verify", "--deliveries"], "a value is required for '--deliveries <FILE>'"),
        (&["verify", "--deliveries", "/no/such/file"], "tower-webhook: cannot open `/no/such/file`: "),
        (&["verify", "--deliveries", "-", "more"], "unexpected argument 'more'"),
        (&["verify", "--delivery", "-"], "unexpected argument '--delivery'"),
        (&["wash"], "unrecognized subcommand 'wash'"),
        (&[], "Usage: tower-webhook"),
    ] {
        let said = call(arguments, b"");
        assert_eq!((said.status, &*said.stdout), (2, ""), "{arguments:?}");
        assert!(said.stderr.contains(message), "{arguments:?}: {}", said.stderr);
    }
}

#[test]
fn a_folder_cannot_be_read() {
    let said = call(&["verify", "--deliveries", "/"], b"");
    assert_eq!((said.status, &*said.stdout), (1, ""));
    assert!(said.stderr.starts_with("tower-webhook: cannot read the deliveries: "), "{}", said.stderr);
}

#[test]
fn help_names_the_exit_statuses() {
    for command in ["verify", "send"] {
        let said = call(&[command, "--help"], b"");
        assert_eq!((said.status, &*said.stderr), (0, ""));
        for part in ["Exit status:", "  0  ", "  1  ", "  2  "] {
            assert!(said.stdout.contains(part), "{command}: {}", said.stdout);
        }
    }
    let said = call(&["--version"], b"");
    assert_eq!(said.stdout, concat!("tower-webhook ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_file_is_read_and_so_is_standard_input() {
    let file = TempFile::new(lines([&delivery()]));
    let by_file = run(process().args(["verify", "--deliveries", file.path()]), b"");
    let by_stdin = run(process().args(["verify", "--deliveries", "-"]), &lines([&delivery()]));
    assert_eq!(by_file.stdout, "{\"id\":\"a\",\"verdict\":\"accept\",\"kind\":\"delivery\"}\n");
    assert_eq!(by_file.stdout, by_stdin.stdout);
    assert_eq!((by_file.status, by_stdin.status), (0, 0));
    assert_eq!((&*by_file.stderr, &*by_stdin.stderr), ("", ""), "there is no terminal");
}

/// Whoever waits for a verdict before he sends the next delivery gets it.
#[test]
fn a_verdict_does_not_wait_for_more_lines() {
    let mut child = process()
        .args(["verify", "--deliveries", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut stdout = BufReader::new(stdout);
    for _ in 0..3 {
        stdin.write_all(&lines([&delivery()])).unwrap();
        let mut verdict = String::new();
        stdout.read_line(&mut verdict).unwrap();
        assert!(verdict.contains("accept"), "{verdict}");
    }
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// As by `| head -1`: no message, and no panic.
#[test]
fn a_closed_pipe_ends_it_quietly() {
    let file = TempFile::new(lines(std::iter::repeat_n(&delivery(), 20_000)));
    let mut child = process()
        .args(["verify", "--deliveries", file.path()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(first.contains("accept"));
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), &*stderr), (Some(1), ""));
}
