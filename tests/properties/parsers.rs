//! What reads a stranger's words, or an operator's: whatever they are, it says yes or no; and what it says yes to, it
//! reads in one way.
use crate::{
    deliveries::SIGNED_AT,
    holds,
    samples::{SAMPLES, Sample},
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri};
use proptest::{collection::vec, prelude::*, sample::select};
use std::time::Duration;
use tower_webhook::{
    PublicUrl,
    encoding::Encoding,
    key::{Algorithm, Digest, Key, Secret},
    providers::{self, Options},
    scheme::{Verdict, Verifier},
    time::{Timestamp, Unit},
};

const UNITS: [Unit; 3] = [Unit::Seconds, Unit::Milliseconds, Unit::Rfc3339];

/// Text that is nearly a number or a date.
fn almost_a_time() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|number| number.to_string()),
        "0{0,3}[0-9]{1,17}",
        "[-+]?[0-9_., eExX]{0,24}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]{0,12})?(Z|z|[-+][0-9]{2}:?[0-9]{2})?",
        "[0-9TZ:.+-]{0,30}",
        "\\PC{0,12}",
        select(vec!["NaN", "inf", "-0", "9223372036854775807", "-9223372036854775808", "٣", "1e9"])
            .prop_map(str::to_owned),
    ]
}

#[test]
fn times() {
    holds(8_000, "time", almost_a_time(), |text| {
        for unit in UNITS {
            let Some(at) = unit.parse(&text) else { continue };
            prop_assert!(at >= Timestamp::from_unix(0) || unit == Unit::Rfc3339, "{text} is {at:?}");
            if unit != Unit::Rfc3339 {
                prop_assert_eq!(unit.format(at), text.as_str(), "a moment has one text");
            }
        }
        Ok(())
    });
    holds(2_000, "moment", 0..253_402_300_800_000_i64, |millis| {
        let at = Timestamp::from_unix_millis(millis);
        prop_assert_eq!(Unit::Milliseconds.parse(&at.as_unix_millis().to_string()), Some(at));
        for unit in UNITS {
            let read = unit.parse(&unit.format(at)).map(Timestamp::as_unix);
            prop_assert_eq!(read, Some(at.as_unix()), "{:?}", unit);
        }
        Ok(())
    });
    holds(2_000, "arithmetic", (any::<i64>(), any::<i64>(), any::<u64>()), |(one, other, seconds)| {
        let (one, other) = (Timestamp::from_unix_millis(one), Timestamp::from_unix(other));
        let duration = Duration::from_secs(seconds);
        prop_assert_eq!(one.abs_diff(other), other.abs_diff(one));
        prop_assert!(one.saturating_add(duration) >= one && one.saturating_sub(duration) <= one);
        prop_assert!(UNITS.iter().all(|unit| !unit.format(one).is_empty()));
        Ok(())
    });
}

#[test]
fn encodings() {
    const ENCODINGS: [Encoding; 3] = [Encoding::Hex, Encoding::Base64, Encoding::Base64Url];
    let alphabet = select(ENCODINGS.to_vec());
    let almost = (alphabet, vec(vec(any::<u8>(), 0..6), 1..3), any::<prop::sample::Index>(), "[ -~]{0,2}")
        .prop_map(|(encoding, parts, at, more)| {
            let mut text: String = parts.iter().map(|part| encoding.encode(part)).collect();
            text.insert_str(at.index(text.len() + 1), &more);
            text
        });
    let text = prop_oneof![2 => almost, 1 => "[0-9a-zA-Z+/=_-]{0,8}", 1 => "\\PC{0,12}"];
    holds(4_000, "text", text, |text| {
        for encoding in ENCODINGS {
            let Some(bytes) = encoding.decode(&text) else { continue };
            let canonical = if encoding == Encoding::Hex { text.to_ascii_lowercase() } else { text.clone() };
            prop_assert_eq!(encoding.encode(&bytes), canonical, "{:?}", encoding);
        }
        Ok(())
    });
    holds(2_000, "bytes", vec(any::<u8>(), 0..200), |bytes| {
        for encoding in ENCODINGS {
            prop_assert_eq!(encoding.decode(&encoding.encode(&bytes)), Some(bytes.clone()), "{:?}", encoding);
        }
        Ok(())
    });
}

/// Text that is nearly a key: PEM, base64, prefixes, and what people paste.
fn almost_a_key() -> impl Strategy<Value = String> {
    let of_samples: Vec<String> = SAMPLES.iter().map(|sample| sample.text.clone()).collect();
    let own = (select(of_samples), 0_usize..4000, "[ -~\n]{0,3}").prop_map(|(text, at, other)| {
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        let to = (at..=text.len()).find(|to| *to > at && text.is_char_boundary(*to)).unwrap_or(at);
        format!("{}{other}{}", &text[..at], &text[to..])
    });
    prop_oneof![
        3 => own,
        1 => "-----BEGIN (PUBLIC|PRIVATE|RSA PRIVATE) KEY-----\n?[A-Za-z0-9+/=\n ]{0,80}\n?(-----END (PUBLIC|PRIVATE) KEY-----)?",
        1 => "(whsec_|whpk_|whsk_|sk_)?[A-Za-z0-9+/=_ -]{0,60}",
        1 => "\\PC{0,20}",
        1 => "\\s{0,4}",
    ]
}

#[test]
fn keys() {
    let algorithms = [
        Algorithm::HmacSha256,
        Algorithm::Token,
        Algorithm::Hashed(Digest::Sha256),
        #[cfg(feature = "ed25519")]
        Algorithm::Ed25519,
        #[cfg(feature = "aws-lc")]
        Algorithm::EcdsaP256Sha256Asn1,
        #[cfg(feature = "aws-lc")]
        Algorithm::RsaPkcs1Sha256,
    ];
    holds(1_500, "key", almost_a_key(), |text| {
        let is_blank = text.trim_ascii().is_empty();
        for algorithm in algorithms {
            let mut made = vec![Key::new(algorithm, &text).is_ok()];
            for secret in [
                Secret::text(),
                Secret::pem(),
                Secret::encoded(Encoding::Hex),
                Secret::text().prefix("whsec_"),
            ] {
                made.push(secret.key(algorithm, &text).is_ok());
                made.push(secret.signing_key(algorithm, &text).is_ok());
            }
            #[cfg(any(feature = "aws-lc", feature = "ed25519"))]
            {
                use tower_webhook::key::SigningKey;
                made.push(Key::from_pem(algorithm, &text).is_ok());
                made.push(SigningKey::private(algorithm, text.as_bytes()).is_ok());
                made.push(SigningKey::from_pem(algorithm, &text).is_ok());
            }
            prop_assert!(!is_blank || !made.contains(&true), "{algorithm:?} takes blank text for a key");
        }
        Ok(())
    });
    for sample in &*SAMPLES {
        holds(20, &sample.name, almost_a_key(), |text| {
            let made = [sample.scheme.key(&text).is_ok(), sample.scheme.signing_key(&text).is_ok()];
            prop_assert!(!text.trim().is_empty() || made == [false; 2], "{text:?} is taken for a key");
            Ok(())
        });
    }
}

/// JSON that is nearly a key set.
#[cfg(feature = "jwks")]
#[test]
fn key_sets() {
    use tower_webhook::key::KeySet;
    let value = prop_oneof![
        select(vec![
            "\"OKP\"",
            "\"EC\"",
            "\"RSA\"",
            "\"Ed25519\"",
            "\"P-256\"",
            "\"sig\"",
            "null",
            "[]",
            "{}",
            "1e999"
        ])
        .prop_map(str::to_owned),
        "\"[A-Za-z0-9_-]{0,90}\"",
    ];
    let member = select(vec!["kty", "crv", "x", "y", "n", "e", "kid", "use", "alg", "key_ops", "d"]);
    let key = vec((member, value), 0..8).prop_map(|members| {
        let members: Vec<String> =
            members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    let set = prop_oneof![
        4 => vec(key, 0..4).prop_map(|keys| format!("{{\"keys\":[{}]}}", keys.join(","))),
        1 => "\\PC{0,40}",
    ];
    holds(1_500, "key set", set, |set| {
        for algorithm in [
            Algorithm::HmacSha256,
            #[cfg(feature = "ed25519")]
            Algorithm::Ed25519,
            #[cfg(feature = "aws-lc")]
            Algorithm::EcdsaP256Sha256Fixed,
            #[cfg(feature = "aws-lc")]
            Algorithm::RsaPkcs1Sha256,
        ] {
            if let Err(error) = KeySet::from_jwks(&set, algorithm) {
                prop_assert!(!error.to_string().is_empty());
            }
        }
        Ok(())
    });
}

#[cfg(feature = "x509")]
#[test]
fn certificates() {
    use tower_webhook::key::Roots;
    let root = include_str!("../pki/root.pem");
    let der =
        Encoding::Base64.decode(&root.lines().filter(|line| !line.starts_with('-')).collect::<String>());
    let der = der.unwrap();
    Roots::from_der(&der).unwrap();
    Roots::from_pem(root).unwrap();
    let changed = (any::<prop::sample::Index>(), any::<u8>(), 0_usize..3);
    holds(3_000, "certificate", changed, |(at, byte, less)| {
        let splice = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            bytes.splice(at..(at + less).min(bytes.len()), [byte]);
            bytes
        };
        // A root is believed because it was given: what it says need not be right, but it must be read or refused.
        let _ = Roots::from_der(splice(&der));
        let _ = Roots::from_pem(splice(root.as_bytes()));
        Ok(())
    });
}

/// What stands in such headers, and what might.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~\t]{0,40}",
        "(sha1=|sha256=|v1=|v1,|v0=|t=|mac=|Bearer |Basic |HMAC )?[0-9a-fA-F]{0,64}",
        "t=[0-9]{0,20}(,v[01]=[0-9a-f]{0,64}){0,18}",
        "(v1a?,[A-Za-z0-9+/=]{0,44} ?){0,18}",
        "(Bearer )?[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}",
        structured(),
        token(),
        almost_a_time(),
        // Beyond ASCII.
        "[\u{80}-\u{ff}]{0,6}",
    ]
}

/// Structured fields, nearly: `Signature-Input` and `Signature` are such.
fn structured() -> impl Strategy<Value = String> {
    let pieces = vec![
        "sig1=",
        "sig2=",
        "(",
        ")",
        "\"@method\"",
        "\"@path\"",
        "\"@query\"",
        "\"@target-uri\"",
        "\"content-digest\"",
        "\"x-event\"",
        ";sf",
        ";bs",
        ";key=\"a\"",
        ";created=1718000000",
        ";expires=1718000300",
        ";keyid=\"a\"",
        ";alg=\"ed25519\"",
        ";nonce=\"b\"",
        ";tag=\"t\"",
        ", ",
        " ",
        ":",
        "sha-256=:",
        "=:",
        "AAAA",
        "?1",
        "1.5",
        "-",
        "99999999999999999",
        "\\\"",
        "\"",
        "*a",
        "\t",
    ];
    vec(select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

/// A token whose parts are the base64url of JSON.
fn token() -> impl Strategy<Value = String> {
    let header = select(vec![
        r#"{"alg":"none"}"#,
        r#"{"alg":"HS256","typ":"JWT"}"#,
        r#"{"alg":"RS256","kid":"1"}"#,
        r#"{"alg":"ES256","x5c":[]}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        "{}",
        "[]",
    ]);
    let claims = prop_oneof![
        "\\{(\"(iss|aud|exp|iat|nbf|jti|sub|body|payload_hash)\":(\"[a-z]{0,4}\"|[0-9]{1,20}|-1|null|\\[\\]),?){0,4}\\}",
        "\\PC{0,12}",
    ];
    let signature = prop_oneof![Just(Vec::new()), vec(any::<u8>(), 32..=32), vec(any::<u8>(), 0..70)];
    (header, claims, signature).prop_map(|(header, claims, signature)| {
        let [header, claims] = [header, &claims].map(|part| Encoding::Base64Url.encode(part.as_bytes()));
        format!("{header}.{claims}.{}", Encoding::Base64Url.encode(&signature))
    })
}

/// Bodies that are nearly what providers send.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..60),
        "([a-z_]{0,8}=[a-z0-9%+]{0,12}&?){0,8}".prop_map(String::into_bytes),
        "(sign|sign_type|signature|timestamp|token|bt_signature|bt_payload|payload|p_signature)=[A-Za-z0-9%+|&]{0,60}"
            .prop_map(String::into_bytes),
        "\\{(\"(type|id|event|signature|token|Type|Signature|SigningCertURL|encrypt|signedPayload|value)\":(\"[ -!#-\\[]{0,20}\"|[0-9]{1,20}|\\{\\}|\\[\\{\\}\\]|null|true),?){0,6}\\}"
            .prop_map(String::into_bytes),
        "--[a-z]{0,6}\r\n(Content-Disposition: form-data; name=\"json\"\r\n)?\r\n\\PC{0,20}(\r\n--[a-z]{0,6}(--)?)?"
            .prop_map(String::into_bytes),
        "<xml>(<(Encrypt|ToUserName)>(<!\\[CDATA\\[)?[A-Za-z0-9+/=]{0,40}(\\]\\]>)?</(Encrypt|ToUserName)>){0,3}</xml>"
            .prop_map(String::into_bytes),
        token().prop_map(String::into_bytes),
    ]
}

/// What a stranger sends to each provider's endpoint, who knows the names of its headers and no secret.
#[test]
fn what_strangers_send_is_refused() {
    for sample in &*SAMPLES {
        let names: Vec<HeaderName> = sample.unsigned.headers().keys().chain(&sample.set).cloned().collect();
        let names = if names.is_empty() { vec![HeaderName::from_static("x-none")] } else { names };
        let headers = vec((select(names), value()), 0..6);
        let target = "/[a-z/%0-9]{0,20}(\\?[a-z_]{0,10}=[A-Za-z0-9%&=+._-]{0,40})?";
        holds(
            15,
            &sample.name,
            (target, headers, body(), any::<bool>()),
            |(target, headers, body, is_filled)| {
                let mut request = Request::new(Bytes::from(body));
                *request.method_mut() = sample.scheme.methods()[0].clone();
                if let Ok(uri) = target.parse::<Uri>() {
                    *request.uri_mut() = uri;
                }
                if is_filled {
                    // All the headers of a delivery are there, so that it is refused for none that is missing.
                    request.headers_mut().extend(sample.unsigned.headers().clone());
                    let placeholder = HeaderValue::from_static("0");
                    sample
                        .set
                        .iter()
                        .for_each(|name| drop(request.headers_mut().insert(name, placeholder.clone())));
                }
                for (name, value) in headers {
                    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                        request.headers_mut().insert(name, value);
                    }
                }
                is_refused(sample, request)
            },
        );
    }
}

fn is_refused(sample: &Sample, request: Request<Bytes>) -> Result<(), TestCaseError> {
    let (parts, body) = request.into_parts();
    let url = PublicUrl::exact(format!("https://example.com{}", parts.uri));
    let verdict =
        Verifier::new().public_url(url).verify(&*sample.scheme, &parts, &body, &sample.keys, SIGNED_AT);
    match verdict {
        Ok(Verdict::Deliver(verified)) => Err(TestCaseError::fail(format!("{verified:?}"))),
        Ok(_) => Ok(()),
        Err(rejection) => {
            prop_assert!(!rejection.to_string().is_empty());
            prop_assert!(!rejection.kind().name().starts_with("bad_"), "{rejection}");
            Ok(())
        }
    }
}

/// What an operator writes into a file.
#[test]
fn names_and_options() {
    let provider = select(providers::all().iter().map(|provider| provider.name()).collect::<Vec<_>>());
    let option = select(vec![
        "variant",
        "signature_version",
        "signature_algorithm",
        "topics",
        "app_id",
        "bundle_id",
        "header",
        "parameter",
        "audience",
        "account",
        "public_key",
        "receive_id",
        "confirmations",
        "sha1",
        "environment",
        "origins",
        "rate",
    ]);
    let options = vec((option, prop_oneof!["\\PC{0,12}", "(true|false|1|2|sha1|form|v[0-3]|token)"]), 0..4);
    holds(2_000, "options", (provider, "[a-z0-9-]{0,12}", options), |(provider, name, options)| {
        prop_assert!(providers::by_name(&name).is_none_or(|found| !found.name().is_empty()));
        prop_assert_eq!(providers::by_name(provider).map(|found| found.name()), Some(provider));
        let options: Options = options.into_iter().collect();
        match providers::by_name(provider).unwrap().scheme(&options) {
            Ok(scheme) => prop_assert!(scheme.key("").is_err(), "{provider} takes nothing for a secret"),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
        Ok(())
    });
}
