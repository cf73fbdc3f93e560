//! Somebody else's HMAC: what `openssl` signs, the crate accepts, and what the crate signs is what `openssl` would have.
//!
//! Where there is no `openssl`, the tests say so and pass, unless the variable `CI` is set.
#![cfg(feature = "providers")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use std::{
    io::{ErrorKind, Write as _},
    process::{Command, Stdio},
};
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    key::Digest,
    providers::{GitHub, Stripe},
    scheme::{Verdict, verify},
    schemes::{Field, Part, Signed, StandardWebhooks},
    time::Timestamp,
};

/// When everything here is signed.
const NOW: &str = "1718000000";

/// Neither UTF-8 nor JSON: the bytes are signed, and nothing that they mean.
const BODY: &[u8] = b"\xef\xbb\xbf{\"a\":\0\xff\r\n\"}\n";

#[test]
fn github() {
    let Some(openssl) = Openssl::find() else { return };
    let secret = "It's a Secret to Everybody";
    let signature = format!("sha256={}", openssl.hmac_hex("sha256", secret.as_bytes(), BODY));
    agree(&GitHub, secret, &[], &[("x-hub-signature-256", &signature)]);
}

#[test]
fn stripe() {
    let Some(openssl) = Openssl::find() else { return };
    let secret = "whsec_not_to_be_decoded";
    let text = [NOW.as_bytes(), b".", BODY].concat();
    let signature = format!("t={NOW},v1={}", openssl.hmac_hex("sha256", secret.as_bytes(), &text));
    agree(&Stripe, secret, &[], &[("stripe-signature", &signature)]);
}

#[test]
fn standard_webhooks() {
    let Some(openssl) = Openssl::find() else { return };
    let secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let key = openssl.run(&["base64", "-d", "-A"], secret.as_bytes());
    let text = [b"msg_1.", NOW.as_bytes(), b".", BODY].concat();
    let signature = format!("v1,{}", openssl.hmac_base64("sha256", &key, &text));
    agree(
        &StandardWebhooks,
        &format!("whsec_{secret}"),
        &[("webhook-id", "msg_1")],
        &[("webhook-timestamp", NOW), ("webhook-signature", &signature)],
    );
}

#[test]
fn other_algorithms() {
    let Some(openssl) = Openssl::find() else { return };
    let field = || Field::header(HeaderName::from_static("x-signature"));
    let secret = "k".repeat(200);

    let sha1 = openssl.hmac_hex("sha1", secret.as_bytes(), BODY);
    agree(&Signed::hmac_sha1("sha1", field()), &secret, &[], &[("x-signature", &sha1)]);

    let sha512 = openssl.hmac_base64("sha512", secret.as_bytes(), BODY);
    let scheme = Signed::hmac_sha512("sha512", field()).encoding(Encoding::Base64);
    agree(&scheme, &secret, &[], &[("x-signature", &sha512)]);

    let digest = openssl.run(&["dgst", "-sha256", "-binary"], BODY);
    let of_digest = openssl.hmac_hex("sha256", secret.as_bytes(), hex(&digest).as_bytes());
    let scheme =
        Signed::hmac_sha256("digest", field()).text([Part::BodyDigest(Digest::Sha256, Encoding::Hex)]);
    agree(&scheme, &secret, &[], &[("x-signature", &of_digest)]);
}

/// `signed` are the headers that `openssl` made, and that `sign` is to make; `given` are the others.
fn agree(scheme: &dyn Scheme, secret: &str, given: &[(&'static str, &str)], signed: &[(&'static str, &str)]) {
    let now = Timestamp::from_unix(NOW.parse().unwrap());
    let mut request = Request::post("https://example.com/hooks").body(Bytes::from_static(BODY)).unwrap();
    let insert = |request: &mut Request<Bytes>, headers: &[(&'static str, &str)]| {
        for (name, value) in headers {
            request.headers_mut().insert(*name, HeaderValue::from_str(value).unwrap());
        }
    };
    insert(&mut request, given);
    let mut by_openssl = request.clone();
    insert(&mut by_openssl, signed);

    scheme.sign(&mut request, &scheme.signing_key(secret).unwrap(), now).unwrap();
    assert_eq!(request.headers(), by_openssl.headers(), "{} signs otherwise than openssl", scheme.name());

    let (parts, body) = by_openssl.into_parts();
    let verdict = |body: &Bytes| verify(scheme, &parts, body, &scheme.key(secret).unwrap().into(), now);
    assert!(matches!(verdict(&body), Ok(Verdict::Deliver(verified)) if verified.body() == BODY));
    let longer = Bytes::from([BODY, b"\n"].concat());
    assert_eq!(verdict(&longer).unwrap_err().kind(), RejectionKind::SignatureMismatch);
}

/// The system's `openssl`.
struct Openssl(());

impl Openssl {
    fn find() -> Option<Self> {
        let how = "install it (apt-get install openssl, brew install openssl)";
        match Command::new("openssl").arg("version").output() {
            Ok(output) if output.status.success() => Some(Self(())),
            Err(error) if error.kind() == ErrorKind::NotFound && std::env::var_os("CI").is_none() => {
                // Past the test harness, which keeps what a passing test prints with `println!`.
                let mut stdout = std::io::stdout().lock();
                writeln!(stdout, "\nNOT RUN: there is no `openssl`: {how}").unwrap();
                None
            }
            other => panic!("`openssl` does not run: {how}: {other:?}"),
        }
    }

    fn hmac_hex(&self, algorithm: &str, key: &[u8], text: &[u8]) -> String {
        let output = String::from_utf8(self.hmac(algorithm, key, "-r", text)).unwrap();
        output.split(' ').next().unwrap().to_owned()
    }

    fn hmac_base64(&self, algorithm: &str, key: &[u8], text: &[u8]) -> String {
        let signature = self.hmac(algorithm, key, "-binary", text);
        String::from_utf8(self.run(&["base64", "-A"], &signature)).unwrap()
    }

    fn hmac(&self, algorithm: &str, key: &[u8], form: &str, text: &[u8]) -> Vec<u8> {
        let (algorithm, key) = (format!("-{algorithm}"), format!("hexkey:{}", hex(key)));
        self.run(&["dgst", &algorithm, "-mac", "HMAC", "-macopt", &key, form], text)
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("openssl");
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "openssl {arguments:?} fails");
        output.stdout
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
