//! Whether the time of a refusal tells how much of a secret was right: by the method of dudect (Reparaz, Balasch,
//! Verbauwhede: "Dude, is my code constant time?", 2017).
//!
//! Two classes of requests are refused: of the one, the first byte of the secret is wrong, of the other the last. Dice say
//! which comes next; each is timed by itself; and Welch's t-test says how surely the two take different times. A comparison
//! that stops at the first difference is given away by a |t| that grows with the number of measurements: below 4.5 there
//! is nothing to be seen, above 10 no doubt is left.
//!
//! `cargo run --release --manifest-path benches/side_channels/Cargo.toml -- 1000000`, which is how many measurements are
//! made of each. The controls must be found out, else nothing is shown here: one compares with `==`, the other in a scheme
//! of its own, byte by byte. Ends with 1 if a control is not found out, or if anything else is.
mod welch;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, header::AUTHORIZATION, request::Parts};
use std::{hint::black_box, process::ExitCode, time::Instant};
use tower_webhook::{
    RejectionKind, Scheme,
    encoding::Encoding,
    key::{Key, KeyError, KeySet, SigningKey},
    scheme::{CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, verify},
    schemes::{Field, Signed, Token},
    time::Timestamp,
};

const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);
const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
/// From here on, no doubt is left that the classes differ.
const CERTAIN: f64 = 10.0;

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or("1000000".to_owned());
    let Ok(number @ 1_000..) = argument.parse() else {
        eprintln!("how many measurements, at least a thousand: {argument}");
        return ExitCode::from(2);
    };
    // Long, so that there is much to be saved by stopping early.
    let token = "0123456789abcdef".repeat(16);
    let field = || Field::header(SIGNATURE);
    let refused = [
        ("token", Refused::token(Token::header("token", SIGNATURE), SIGNATURE, &token)),
        ("bearer-token", Refused::token(Token::bearer("bearer"), AUTHORIZATION, &token)),
        ("basic-auth-password", Refused::password(&token)),
        ("hmac-sha1", Refused::signature(Signed::hmac_sha1("sha1", field()))),
        ("hmac-sha256", Refused::signature(Signed::hmac_sha256("sha256", field()))),
        ("hmac-sha512", Refused::signature(Signed::hmac_sha512("sha512", field()))),
    ];
    let print = |what, t| println!("side-channel: what={what} measurements={number} t={t:.2}");
    let mut is_well = true;
    for (what, refused) in refused {
        let t = refused.measure(number);
        print(what, t);
        is_well &= t < CERTAIN;
    }
    let careless = Refused::new(Careless(token.clone().into()), SIGNATURE, &token, None);
    for (what, t) in [("control", control(number)), ("control-in-a-scheme", careless.measure(number))] {
        print(what, t);
        is_well &= t > CERTAIN;
    }
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A request that is refused, in two classes.
struct Refused {
    scheme: Box<dyn Scheme>,
    keys: KeySet,
    parts: Parts,
    body: Bytes,
    header: HeaderName,
    /// The header's value, with the first byte of what is secret wrong, and with the last.
    values: [Vec<u8>; 2],
}

impl Refused {
    /// What signing with `secret` writes into `header`, of which the last `length` bytes are secret.
    fn new(scheme: impl Scheme, header: HeaderName, secret: &str, length: Option<usize>) -> Self {
        let mut request = Request::post("/").body(Bytes::from_static(b"{}")).expect("it is a request");
        let key = scheme.signing_key(secret).expect("the secret is a key");
        scheme.sign(&mut request, &key, NOW).expect("it can be signed");
        let (parts, body) = request.into_parts();
        let value = parts.headers[&header].as_bytes();
        let from = length.map_or(0, |length| value.len() - length);
        let values = [from, value.len() - 1].map(|at| wrong_at(value, at));
        let keys = scheme.key(secret).expect("the secret is a key").into();
        Self { scheme: Box::new(scheme), keys, parts, body, header, values }
    }

    fn token(scheme: Token, header: HeaderName, token: &str) -> Self {
        Self::new(scheme, header, token, Some(token.len()))
    }

    fn signature(scheme: Signed) -> Self {
        Self::new(scheme, SIGNATURE, "a secret", None)
    }

    fn password(password: &str) -> Self {
        let refused = Self::new(Token::basic("basic"), AUTHORIZATION, &format!("user:{password}"), None);
        // What is wrong is a byte of the password, and not of the base64 around it.
        let values = [0, password.len() - 1].map(|at| {
            let credentials = [b"user:", &*wrong_at(password.as_bytes(), at)].concat();
            format!("Basic {}", Encoding::Base64.encode(&credentials)).into_bytes()
        });
        Self { values, ..refused }
    }

    fn measure(self, number: usize) -> f64 {
        let Self { scheme, keys, mut parts, body, header, values } = self;
        let of_neither = parts.clone();
        welch::t(number, |class| {
            // Anew each time and in the same way: where a class has its own memory, its place there takes time too.
            let value = HeaderValue::from_bytes(&values[class]).expect("it is a header's value");
            parts.headers.insert(&header, value);
            // What writing the class has left in the processor is over by the time that this is.
            black_box(verify(&*scheme, &of_neither, &body, &keys, NOW).is_ok());
            let began = Instant::now();
            let verdict = black_box(verify(&*scheme, &parts, &body, &keys, NOW));
            let took = began.elapsed();
            let kind = verdict.err().map(|rejection| rejection.kind());
            assert!(
                matches!(kind, Some(RejectionKind::SignatureMismatch | RejectionKind::NoSignature)),
                "{kind:?}"
            );
            took
        })
    }
}

/// A scheme that compares by itself, as none should: byte by byte, up to the first that is wrong.
struct Careless(Box<str>);

impl Scheme for Careless {
    fn name(&self) -> &str {
        "careless"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Token::header("careless", SIGNATURE).key(text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let presented = head.one(&SIGNATURE)?;
        if presented.bytes().ne(self.0.bytes()) {
            return Err(Refusal::NoSignature);
        }
        Ok(Check::token(presented).into())
    }

    fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
        Ok(Delivery::new().into())
    }

    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        Token::header("careless", SIGNATURE).sign(request, key, now)
    }
}

/// What nobody should do with a secret.
fn control(number: usize) -> f64 {
    let token = vec![b'a'; 4096];
    let values = [0, token.len() - 1].map(|at| wrong_at(&token, at));
    let mut presented = token.clone();
    welch::t(number, |class| {
        presented.copy_from_slice(&values[class]);
        let began = Instant::now();
        let is_equal = black_box(&presented) == black_box(&token);
        let took = began.elapsed();
        assert!(!is_equal);
        took
    })
}

/// Another byte there, of the same kind: digit for digit, letter for letter.
fn wrong_at(text: &[u8], at: usize) -> Vec<u8> {
    let mut text = text.to_vec();
    text[at] = match text[at] {
        last @ (b'9' | b'f') => last - 1,
        other => other + 1,
    };
    text
}
