//! `send`: what is posted is a delivery, and what is printed posts it.
use crate::{
    command::{Said, TempFile, call, process, run},
    web_server::{ROOT, WebServer, answer},
};
use axum::{Router, body::Bytes, http::StatusCode, routing::post};
use std::{
    process::Command,
    sync::mpsc::{Receiver, channel},
};
use tower_webhook::{
    PublicUrl, Verified, VerifySignatureLayer,
    key::KeySet,
    providers::{Options, by_name},
    scheme::DynScheme,
};

/// What the endpoint has seen: event, id, body.
type Seen = (Option<String>, Option<String>, Vec<u8>);

/// An endpoint of this provider, with the layer before it.
struct Endpoint {
    url: String,
    seen: Receiver<Seen>,
    /// It listens as long as this lives.
    _runtime: tokio::runtime::Runtime,
}

impl Endpoint {
    fn new(provider: &str, options: &[(&str, &str)], secret: &str) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (sender, seen) = channel();
        let options: Options = options.iter().copied().collect();
        let scheme = DynScheme::new(by_name(provider).unwrap().scheme(&options).unwrap());
        let keys = KeySet::from(tower_webhook::Scheme::key(&scheme, secret).unwrap());
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/hooks?a[]=it's", listener.local_addr().unwrap());
        let handler = async move |verified: Verified, body: Bytes| {
            assert_eq!(verified.body(), &body);
            let seen = (verified.event().map(str::to_owned), verified.id().map(str::to_owned), body.to_vec());
            sender.send(seen).unwrap();
            (StatusCode::ACCEPTED, "thank you\x1b[2J")
        };
        let layer = VerifySignatureLayer::new(scheme, keys).public_url(PublicUrl::exact(&*url));
        let app = Router::new().route("/hooks", post(handler)).route_layer(layer);
        runtime.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen, _runtime: runtime }
    }

    fn seen(&self) -> Option<Seen> {
        self.seen.try_recv().ok()
    }
}

fn secret() -> TempFile {
    TempFile::new("github-secret\n")
}

fn send(arguments: &[&str], stdin: &[u8]) -> Said {
    call(&[&["send"], arguments].concat(), stdin)
}

#[test]
fn a_delivery_is_signed_and_posted_and_the_answer_printed() {
    let endpoint = Endpoint::new("github", &[], "github-secret");
    let secret = secret();
    let data = TempFile::new(r#"{"zen":"it's"}"#);
    let said = send(
        &[
            "--provider",
            "github",
            "--event",
            "push",
            "--data",
            data.path(),
            "--secret-file",
            secret.path(),
            &endpoint.url,
        ],
        b"",
    );
    assert_eq!((said.status, &*said.stderr), (0, ""));
    assert_eq!(said.stdout, "202 Accepted\nthank you\\u{1b}[2J\n");
    let (event, id, body) = endpoint.seen().unwrap();
    assert_eq!((event.as_deref(), id), (Some("push"), None));
    assert_eq!(body, br#"{"zen":"it's"}"#);
}

#[test]
fn the_event_is_put_where_the_provider_puts_it_and_ids_are_made_up() {
    let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let endpoint = Endpoint::new("standard-webhooks", &[], key);
    let secret = TempFile::new(key);
    let arguments =
        ["--provider", "standard-webhooks", "--secret-file", secret.path(), "--event", "user.created"];
    let said = send(&[&arguments[..], &[&endpoint.url]].concat(), b"");
    assert_eq!(said.status, 0, "{}", said.stderr);
    let (event, id, body) = endpoint.seen().unwrap();
    assert_eq!(event.as_deref(), Some("user.created"));
    assert!(id.is_some_and(|id| id.len() == 13));
    assert_eq!(body, br#"{"type":"user.created"}"#);

    let said =
        send(&[&arguments[..], &["--data", "-", &endpoint.url]].concat(), br#"{"type":"user.deleted"}"#);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains(r#"the data's event, at `type`, is "user.deleted" and not "user.created""#));
    let said = send(&[&arguments[..], &["--data", "-", &endpoint.url]].concat(), b"{}");
    assert!(
        said.stderr.contains("the data has no event: the provider names it at `type`"),
        "{}",
        said.stderr
    );
    let given = ["--data", "-", "-H", "webhook-id: msg_1", &endpoint.url];
    let said = send(&[&arguments[..], &given].concat(), br#"{"type":"user.created"}"#);
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert_eq!(endpoint.seen().unwrap().1.as_deref(), Some("msg_1"));
}

#[test]
fn what_is_signed_is_the_url_and_options_are_the_providers() {
    let endpoint = Endpoint::new("twilio", &[("variant", "shared_key_json")], "twilio-token");
    let secret = TempFile::new("twilio-token");
    let arguments = ["--provider", "twilio", "-o", "variant=shared_key_json", "--secret-file", secret.path()];
    // The digest of the body becomes a part of the URL, which the endpoint would have to know beforehand.
    let said = send(&[&arguments[..], &["--print", "curl", &endpoint.url]].concat(), b"");
    assert_eq!(said.status, 0, "{}", said.stderr);
    assert!(said.stdout.contains("bodySHA256=") && said.stdout.contains("x-twilio-signature: "));

    let endpoint = Endpoint::new("square", &[], "square-key");
    let secret = TempFile::new("square-key");
    let said = send(&["--provider", "square", "--secret-file", secret.path(), &endpoint.url], b"");
    assert_eq!(said.status, 0, "{}", said.stderr);
}

#[test]
fn a_refusal_is_status_1() {
    let endpoint = Endpoint::new("github", &[], "another secret");
    let secret = secret();
    let said = send(&["--provider", "github", "--secret-file", secret.path(), &endpoint.url], b"");
    assert_eq!((said.status, &*said.stdout), (1, "401 Unauthorized\n"));
    assert!(endpoint.seen().is_none());
}

#[test]
fn redirects_are_not_followed_and_every_answer_is_read() {
    let server = WebServer::http(|_| answer(307, "location: /elsewhere\r\n", "over there"));
    let secret = secret();
    let said = send(&["--provider", "github", "--secret-file", secret.path(), &server.url("/")], b"");
    assert_eq!((said.status, &*said.stdout), (1, "307 Temporary Redirect\nover there\n"));
}

#[test]
fn nobody_answers() {
    let secret = secret();
    let send = |url: &str, more: &[&str]| {
        send(&[&["--provider", "github", "--secret-file", secret.path(), url], more].concat(), b"")
    };
    let said = send("http://127.0.0.1:1/", &[]);
    assert_eq!(said.status, 1);
    assert!(
        said.stderr.starts_with("tower-webhook: the receiver did not answer: cannot be reached"),
        "{said:?}"
    );
    let silent = WebServer::http(|_| vec![crate::web_server::Step::Stall]);
    let said = send(&silent.url("/"), &["--timeout", "1"]);
    assert_eq!((said.status, &*said.stdout), (1, ""));
    assert!(said.stderr.starts_with("tower-webhook: the receiver did not answer: "), "{said:?}");
}

#[test]
fn by_https_to_whom_the_system_trusts() {
    let server = WebServer::https(|_| answer(204, "", ""));
    let (secret, root) = (secret(), TempFile::new(ROOT));
    let url = server.url("/");
    let arguments = ["send", "--provider", "github", "--secret-file", secret.path(), &url];
    let said =
        run(process().args(arguments).env("SSL_CERT_FILE", root.path()).env_remove("SSL_CERT_DIR"), b"");
    assert_eq!((said.status, &*said.stdout), (0, "204 No Content\n"), "{}", said.stderr);
    let other = TempFile::new(crate::web_server::STRANGER);
    let said =
        run(process().args(arguments).env("SSL_CERT_FILE", other.path()).env_remove("SSL_CERT_DIR"), b"");
    assert_eq!((said.status, &*said.stdout), (1, ""), "{}", said.stderr);
}

#[test]
fn a_secret_is_a_variable_or_a_file_and_by_flag_warned_about() {
    let endpoint = Endpoint::new("github", &[], "github-secret");
    let arguments = ["send", "--provider", "github", &endpoint.url];
    let mut by_variable = process();
    by_variable.args(arguments).args(["--secret-env", "THE_SECRET"]);
    let said = run(by_variable.env("THE_SECRET", "github-secret"), b"");
    assert_eq!((said.status, &*said.stderr), (0, ""));
    let said = run(by_variable.env_remove("THE_SECRET"), b"");
    assert_eq!((said.status, &*said.stderr), (2, "tower-webhook: the variable `THE_SECRET` is not set\n"));
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt as _;
        let said = run(by_variable.env("THE_SECRET", std::ffi::OsStr::from_bytes(b"hunter2\xff")), b"");
        assert_eq!(
            (said.status, &*said.stderr),
            (2, "tower-webhook: the variable `THE_SECRET` is not UTF-8\n")
        );
    }
    let said = call(&[&arguments[..], &["--secret", "github-secret"]].concat(), b"");
    assert_eq!(said.status, 0);
    assert!(said.stderr.starts_with("tower-webhook: warning: the secret stands in the shell's history"));
    assert!(!said.stderr.contains("github-secret"));
}

#[test]
fn wrong_usage_is_status_2_with_its_message() {
    let (secret, empty, binary) = (secret(), TempFile::new("\n"), TempFile::new(b"\xff"));
    let url = "http://127.0.0.1:1/";
    let with_secret = ["--secret-file", secret.path()];
    for (arguments, message) in [
        (vec!["--provider", "github"], "<URL>"),
        (vec![url], "--provider <NAME>"),
        (vec!["--provider", "acme", url], "there is no provider \"acme\": `tower-webhook providers` lists"),
        (
            vec!["--provider", "github", url],
            "there is no secret to sign with: use --secret-env or --secret-file",
        ),
        (
            vec!["--provider", "github", "--secret-file", "/no/such", url],
            "cannot read the secret in `/no/such`: ",
        ),
        (vec!["--provider", "github", "--secret-file", binary.path(), url], "it is not UTF-8"),
        (
            vec!["--provider", "github", "--secret-file", empty.path(), url],
            "no signing key of GitHub: the secret is empty",
        ),
        (vec!["--provider", "github", "--secret", "a", "--secret-env", "B", url], "cannot be used with"),
        (
            vec!["--provider", "github", "ftp://example.com/"],
            "\"ftp://example.com/\" is no URL like https://",
        ),
        (vec!["--provider", "github", "-o", "variant", url], "an option is not of the form NAME=VALUE"),
        (vec!["--provider", "github", "-o", "variant=x", url], "github: the option `variant` is wrong"),
        (
            vec!["--provider", "paypal", url],
            "paypal: the option `webhook_id` is missing: see `-o NAME=VALUE`",
        ),
        (vec!["--provider", "github", "--print", "wget", url], "invalid value 'wget' for '--print <FORM>'"),
        (vec!["--provider", "github", "--timeout", "0", url], "invalid value '0' for '--timeout <SECONDS>'"),
        (
            [&["--provider", "github", "-H", "a", url][..], &with_secret].concat(),
            "a header is not of the form",
        ),
        (
            [&["--provider", "github", "--data", "/no/such", url][..], &with_secret].concat(),
            "cannot read `/no/such`: ",
        ),
        (
            [&["--provider", "github", "--event", "a\nb", url][..], &with_secret].concat(),
            "does not fit into a header",
        ),
        ([&["--provider", "mailgun", "--event", "a", url][..], &with_secret].concat(), "--event"),
        ([&["--provider", "adyen", url, "--secret", "ab"][..]].concat(), "see --header and --data"),
    ] {
        let said = send(&arguments, b"");
        assert_eq!((said.status, &*said.stdout), (2, ""), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains(message), "{arguments:?}: {}", said.stderr);
    }
}

/// Pasted into a shell, it posts the same bytes.
#[test]
fn the_printed_command_posts_the_delivery() {
    if Command::new("curl").arg("--version").output().is_err()
        || Command::new("bash").arg("--version").output().is_err()
    {
        println!("NOT RUN: there is no curl, or no bash");
        return;
    }
    let endpoint = Endpoint::new("github", &[], "github-secret");
    let secret = secret();
    let bodies: [&[u8]; 7] = [
        br#"{"it's":"\"$HOME\" `id` \\ !!"}"#,
        b"two\nlines\n",
        b"@/etc/hostname",
        b"a\0b",
        b"\xff\xfe",
        b"a\r\nb\t",
        b"",
    ];
    for body in bodies {
        let arguments = ["--provider", "github", "--event", "it's", "--print", "curl", "--data", "-"];
        let said = send(&[&arguments[..], &["--secret-file", secret.path(), &endpoint.url]].concat(), body);
        assert_eq!((said.status, &*said.stderr), (0, ""));
        assert!(!said.stdout.contains("github-secret"));
        let output = Command::new("bash").args(["-c", &said.stdout]).output().unwrap();
        let answer = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && answer.starts_with("HTTP/1.1 202"), "{}: {output:?}", said.stdout);
        let (event, _, received) = endpoint.seen().unwrap();
        assert_eq!(event.as_deref(), Some("it's"));
        assert_eq!(received, body);
    }
}

/// Most providers' deliveries can be sent with nothing but their secret.
#[test]
fn each_provider_that_signs_by_a_shared_secret() {
    for (name, secret, options) in [
        ("bithuman-account", "whsec_abc", &[][..]),
        ("blooio", "whsec_abc", &[]),
        ("chatzuri", "secret", &["variant=sha1"]),
        ("patreon", "secret", &[]),
        ("stripe", "whsec_abc", &[]),
        ("svix", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &[]),
    ] {
        let pairs: Vec<(&str, &str)> = options.iter().filter_map(|option| option.split_once('=')).collect();
        let endpoint = Endpoint::new(name, &pairs, secret);
        let file = TempFile::new(secret);
        let mut arguments = vec!["--provider", name, "--secret-file", file.path(), &*endpoint.url];
        arguments.extend(options.iter().flat_map(|option| ["-o", option]));
        let said = send(&arguments, b"");
        assert_eq!(said.status, 0, "{name}: {said:?}");
        assert!(endpoint.seen().is_some(), "{name}");
    }
}
