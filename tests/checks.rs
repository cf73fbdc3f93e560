//! What a check can demand beside a signature over a text: digests that the text claims of the body, a first and a last
//! moment, one of several spellings, a secret that is hashed with the text, a key that is valid only for a time.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use std::{sync::Arc, time::Duration};
use tower_webhook::{
    RejectionKind, Scheme, Verified,
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, KeyRef, KeySet},
    scheme::{
        Challenge, Check, Delivery, Head, Outcome, Plan, Proof, Proven, Refusal, Text, Verdict, Verifier,
        verify,
    },
    schemes::{Field, Part, Signed},
    time::Timestamp,
};

const SIGNATURE: HeaderName = HeaderName::from_static("acme-signature");
const BODY: &[u8] = b"the body";

/// HMAC-SHA256 of `head` under `key`, by Python's `hmac`.
const HEAD: &str = "1765fd47aa0eb73677e97e625fbd63a34a5698984b4aa5ecdd4be9bb95d430a4";

fn now() -> Timestamp {
    Timestamp::from_unix(1_718_000_000)
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_unix(1_718_000_000 + seconds)
}

type Demands = dyn Fn(&str) -> Result<Plan, Refusal> + Send + Sync;

/// A scheme of one test, by what it demands of a signature.
#[derive(Clone)]
struct Demanding(Arc<Demands>);

impl Demanding {
    fn new(demands: impl Fn(&str) -> Result<Plan, Refusal> + Send + Sync + 'static) -> Self {
        Self(Arc::new(demands))
    }

    /// The text `head`, and more.
    fn head(more: impl Fn(Check) -> Result<Check, Refusal> + Send + Sync + 'static) -> Self {
        Self::new(move |signature| Ok(more(signed("head", signature)?)?.into()))
    }

    fn ask(&self) -> Result<Verified, RejectionKind> {
        self.ask_with(Key::new(Algorithm::HmacSha256, "key").unwrap())
    }

    fn ask_with(&self, keys: impl Into<KeySet>) -> Result<Verified, RejectionKind> {
        ask(self, HEAD, keys)
    }
}

fn ask(scheme: &dyn Scheme, signature: &str, keys: impl Into<KeySet>) -> Result<Verified, RejectionKind> {
    let request = Request::post("/").header(SIGNATURE, signature).body(Bytes::from_static(BODY)).unwrap();
    let (parts, body) = request.into_parts();
    match verify(scheme, &parts, &body, &keys.into(), now()) {
        Ok(Verdict::Deliver(verified)) => Ok(verified),
        Ok(other) => panic!("{other:?}"),
        Err(rejection) => Err(rejection.kind()),
    }
}

fn signed(text: &str, signature: &str) -> Result<Check, Refusal> {
    Check::new(Text::new().bytes(text)).signature(Algorithm::HmacSha256, Encoding::Hex, signature)
}

impl Scheme for Demanding {
    fn name(&self) -> &str {
        "demanding"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Key::new(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        (self.0)(head.one(&SIGNATURE)?)
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let carried = proven.carried::<&'static str>();
        let delivery = proven.delivery();
        Ok(match carried {
            Some(event) => delivery.signed_event(*event),
            None => delivery,
        }
        .into())
    }
}

#[test]
fn a_claimed_digest_covers_the_body() {
    let digest =
        |digest: Digest, bytes: &[u8]| Encoding::Hex.decode(&digest.of(bytes, Encoding::Hex)).unwrap();
    let right = digest(Digest::Sha256, BODY);
    let right_512 = digest(Digest::Sha512, BODY);
    let wrong = digest(Digest::Sha256, b"another body");

    let head_alone = Demanding::head(Ok).ask().unwrap();
    assert_eq!(head_alone.proof(), Proof::SignedHead);

    let claim = right.clone();
    let verified = Demanding::head(move |check| check.body_digest(Digest::Sha256, &claim)).ask().unwrap();
    assert_eq!(verified.proof(), Proof::SignedBody);

    let claim = wrong.clone();
    let refused = Demanding::head(move |check| check.body_digest(Digest::Sha256, &claim)).ask();
    assert_eq!(refused.unwrap_err(), RejectionKind::DigestMismatch);

    // Of several, each must hold.
    let both = Demanding::head(move |check| {
        check.body_digest(Digest::Sha512, &right_512)?.body_digest(Digest::Sha256, &wrong)
    });
    assert_eq!(both.ask().unwrap_err(), RejectionKind::DigestMismatch);

    let truncated = right[..31].to_vec();
    let refused = Demanding::head(move |check| check.body_digest(Digest::Sha256, &truncated)).ask();
    assert_eq!(refused.unwrap_err(), RejectionKind::MalformedDigest);
}

/// What nobody signed is not compared with the body: the signature is what fails.
#[test]
fn a_digest_that_was_not_signed_is_of_no_interest() {
    let scheme = Demanding::head(move |check| check.body_digest(Digest::Sha256, &[0; 32]));
    let other = Key::new(Algorithm::HmacSha256, "another key").unwrap();
    assert_eq!(scheme.ask_with(other).unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn a_first_and_a_last_moment() {
    let expires = |at| Demanding::head(move |check| Ok(check.expires(seconds(at)))).ask();
    assert_eq!(expires(1).unwrap().valid_until(), Some(seconds(1)));
    assert!(expires(-60).is_ok(), "a minute of leeway");
    assert_eq!(expires(-61).unwrap_err(), RejectionKind::Expired);
    assert_eq!(expires(i64::MIN / 2).unwrap_err(), RejectionKind::Expired);

    let not_before = |at| Demanding::head(move |check| Ok(check.not_before(seconds(at)))).ask();
    assert!(not_before(-1).is_ok());
    assert!(not_before(60).is_ok());
    assert_eq!(not_before(61).unwrap_err(), RejectionKind::NotYetValid);
    assert_eq!(not_before(i64::MAX / 2).unwrap_err(), RejectionKind::NotYetValid);
}

#[test]
fn one_of_several_spellings() {
    let any = |texts: &'static [&'static str]| {
        Demanding::new(move |signature| {
            Ok(Plan::Any(texts.iter().map(|text| signed(text, signature)).collect::<Result<_, _>>()?))
        })
    };
    assert!(any(&["head", "another"]).ask().is_ok());
    assert!(any(&["another", "head"]).ask().is_ok());
    assert_eq!(any(&["another", "a third"]).ask().unwrap_err(), RejectionKind::SignatureMismatch);
    assert_eq!(any(&[]).ask().unwrap_err(), RejectionKind::BadPlan);

    // Whichever holds: no time of any may be out of bounds.
    let late = Demanding::new(|signature| {
        let old = signed("another", signature)?.signed_at(seconds(-3600));
        Ok(Plan::Any(vec![signed("head", signature)?, old]))
    });
    assert_eq!(late.ask().unwrap_err(), RejectionKind::StaleTimestamp);
}

/// What holds is what identifies a delivery, and not the spelling that did not.
#[test]
fn the_spelling_that_holds_is_the_identity() {
    let identity = |texts: [&'static str; 2]| {
        let scheme = Demanding::new(move |signature| {
            let check = |text| Ok(signed(text, signature)?.signed_at(seconds(0)));
            Ok(Plan::Any(texts.into_iter().map(check).collect::<Result<_, Refusal>>()?))
        });
        scheme.ask().unwrap().idempotency_key().unwrap()
    };
    assert_eq!(identity(["head", "another"]), identity(["a third", "head"]));
}

/// What an alternative says that does not hold is nothing.
#[test]
fn the_spelling_that_holds_tells_of_the_delivery() {
    let saying = |texts: [&'static str; 2], plan: fn(Vec<Check>) -> Plan| {
        let scheme = Demanding::new(move |signature| {
            let check = |text| {
                Ok(signed(text, signature)?.delivery(Delivery::new().signed_event(text).payload(text.into())))
            };
            Ok(plan(texts.into_iter().map(check).collect::<Result<_, Refusal>>()?))
        });
        scheme.ask().map(|verified| verified.payload().clone())
    };
    assert_eq!(saying(["head", "another"], Plan::Any).unwrap(), "head");
    assert_eq!(saying(["another", "head"], Plan::Any).unwrap(), "head");
    assert_eq!(saying(["another", "head"], Plan::All).unwrap_err(), RejectionKind::SignatureMismatch);
    let silent = Demanding::head(Ok).ask().unwrap();
    assert_eq!((silent.event(), &**silent.payload()), (None, BODY));
}

#[test]
fn checks_that_name_different_keys() {
    let all = |first: KeyRef, second: KeyRef| {
        let scheme = Demanding::new(move |signature| {
            let check = |key: &KeyRef| Ok(signed("head", signature)?.key(key.clone()));
            Ok(Plan::All(vec![check(&first)?, check(&second)?]))
        });
        scheme.ask()
    };
    let id = |id: &str| KeyRef::Id(id.into());
    assert!(all(id("a"), id("a")).is_ok());
    assert!(all(id("a"), KeyRef::Endpoint).is_ok());
    assert_eq!(all(id("a"), id("b")).unwrap_err(), RejectionKind::UntrustedKey);
    let tenant = |name: &str| KeyRef::Tenant(name.into());
    assert_eq!(all(tenant("a"), tenant("b")).unwrap_err(), RejectionKind::TenantMismatch);
}

/// The digests are Python's `hashlib`'s of `before key after`.
#[test]
fn a_secret_that_is_hashed_with_the_text() {
    const SHA256: &str = "91b17fc4cab2ef301ec8524a65acc3a90d92335313a5c0642866d2548a1d2fb1";
    const WITHOUT_SECRET: &str = "1040b75f93191271ffef84b3990289c7683c095e816866f20c1ba4d357979115";
    let text = || [Part::literal("before "), Part::Secret, Part::literal(" after")];
    let scheme = |digest| Signed::hashed("hashed", digest, Field::header(SIGNATURE)).text(text());
    let sha256 = scheme(Digest::Sha256);
    let key = || sha256.key("key").unwrap();
    assert!(ask(&sha256, SHA256, key()).is_ok());
    assert_eq!(ask(&sha256, WITHOUT_SECRET, key()).unwrap_err(), RejectionKind::SignatureMismatch);
    #[cfg(feature = "keyed-hash")]
    {
        let md5 = scheme(Digest::Md5);
        assert!(ask(&md5, "ca21bfa14e6726280e02aebc3e4d2847", md5.key("key").unwrap()).is_ok());
    }

    // Without the secret, anybody can make the hash: it never holds.
    let open = Signed::hashed("open", Digest::Sha256, Field::header(SIGNATURE)).text([Part::Body]);
    let of_body = Digest::Sha256.of(BODY, Encoding::Hex);
    let refused = ask(&open, &of_body, open.key("key").unwrap());
    assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch);
    // Nor is a secret in the text anything to an HMAC, which has its own place for it.
    let confused = Signed::hmac_sha256("confused", Field::header(SIGNATURE)).text(text());
    let hmac = "b6763d9933ba879e8bff443ecddada4f9da9713c644aeb96f402a1627f812ac6";
    let refused = ask(&confused, hmac, confused.key("key").unwrap());
    assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch);
}

/// The digests are those of Python's `hashlib` over `"".join(sorted([..]))`.
#[test]
fn a_secret_that_is_sorted_with_the_text() {
    struct Sorted;

    impl Scheme for Sorted {
        fn name(&self) -> &str {
            "sorted"
        }

        fn key(&self, text: &str) -> Result<Key, KeyError> {
            Key::new(Algorithm::Hashed(Digest::Sha1), text)
        }

        fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
            let text = Text::new().bytes("[").sorted_with_secret([&b"m"[..], b"aa", b"z"]).bytes("]").body();
            let signature = head.one(&SIGNATURE)?;
            Ok(Check::new(text).signature(Algorithm::Hashed(Digest::Sha1), Encoding::Hex, signature)?.into())
        }

        fn accept(&self, _: &Proven<'_>) -> Result<Outcome, Refusal> {
            Ok(Delivery::new().into())
        }
    }

    for (key, digest) in [
        ("Token", "c0b7d6d4d8d5e8249e8cc84c1d090d1a0014fae3"),
        ("b", "6d9e6f319186bcc7bf1d9e51e6ac79b3c559e355"),
        ("m", "a9359f262215dbc12f84a0c11c9706eae41b0726"),
        ("n", "f43962432b196aa5b16f2aa9e3ff45b3f4b718e1"),
        ("zz", "3dc68b6065f91483431f1fc09666b8a894f5790b"),
    ] {
        assert!(ask(&Sorted, digest, Sorted.key(key).unwrap()).is_ok(), "{key}");
        let refused = ask(&Sorted, digest, Sorted.key("another").unwrap());
        assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch, "{key}");
    }
    let without = "4923e496145c56b01034d846d27416f0faad2334";
    let refused = ask(&Sorted, without, Sorted.key("b").unwrap());
    assert_eq!(refused.unwrap_err(), RejectionKind::SignatureMismatch);
}

#[test]
fn a_key_that_is_valid_for_a_time() {
    let key = |from, to| Key::new(Algorithm::HmacSha256, "key").unwrap().valid(seconds(from)..=seconds(to));
    let scheme = Demanding::head(Ok);
    assert!(scheme.ask_with(key(-1, 1)).is_ok());
    assert!(scheme.ask_with(key(0, 0)).is_ok());
    assert_eq!(scheme.ask_with(key(-10, -1)).unwrap_err(), RejectionKind::UntrustedKey, "expired");
    assert_eq!(scheme.ask_with(key(1, 10)).unwrap_err(), RejectionKind::UntrustedKey, "not valid yet");
}

#[test]
fn what_a_key_carries() {
    let scheme = Demanding::head(Ok);
    let key = |text| Key::new(Algorithm::HmacSha256, text).unwrap();
    let carrying = key("key").carrying("the matching key's");
    let keys = KeySet::from(key("another").carrying("the other key's")).or(carrying);
    assert_eq!(scheme.ask_with(keys).unwrap().event(), Some("the matching key's"));
    assert_eq!(scheme.ask_with(key("key").carrying(7_u8)).unwrap().event(), None, "of another type");
    assert!(!format!("{:?}", key("key").carrying("a secret")).contains("a secret"));
}

/// By the newest key, and nobody gets through.
#[test]
fn a_challenge_is_answered_with_the_key() {
    let scheme = Demanding::new(|_| {
        let answer = |signature: &[u8]| Response::new(Bytes::from(Encoding::Hex.encode(signature)));
        Ok(Plan::Challenge(Challenge::new(Algorithm::HmacSha256, Text::new().bytes("head"), answer)))
    });
    let key = |text| Key::new(Algorithm::HmacSha256, text).unwrap();
    let answer = |keys: KeySet| {
        let (parts, body) =
            Request::post("/").header(SIGNATURE, "?").body(Bytes::new()).unwrap().into_parts();
        match verify(&scheme, &parts, &body, &keys, now()) {
            Ok(Verdict::Respond(response)) => Ok(response.into_body()),
            Ok(other) => panic!("{other:?}"),
            Err(rejection) => Err(rejection.kind()),
        }
    };
    assert_eq!(answer(KeySet::from(key("key")).or(key("older"))).unwrap(), HEAD);
    assert_ne!(answer(KeySet::from(key("newer")).or(key("key"))).unwrap(), HEAD);
    let token = Key::new(Algorithm::Token, "key").unwrap();
    assert_eq!(answer(token.into()).unwrap_err(), RejectionKind::UnsupportedAlgorithm);
}

/// By the first key that carries what it takes.
#[test]
fn a_challenge_is_answered_with_what_a_key_carries() {
    let scheme = Demanding::new(|_| {
        let answer = |carried: &&'static str| match *carried {
            "wrong" => Err(Refusal::Undecryptable),
            right => Ok(Response::new(Bytes::from_static(right.as_bytes()))),
        };
        Ok(Plan::Challenge(Challenge::carried(answer)))
    });
    let key = || Key::new(Algorithm::HmacSha256, "key").unwrap();
    let answer = |keys: KeySet| {
        let (parts, body) =
            Request::post("/").header(SIGNATURE, "?").body(Bytes::new()).unwrap().into_parts();
        match verify(&scheme, &parts, &body, &keys, now()) {
            Ok(Verdict::Respond(response)) => Ok(response.into_body()),
            Ok(other) => panic!("{other:?}"),
            Err(rejection) => Err(rejection.kind()),
        }
    };
    let keys = KeySet::from(key()).or(key().carrying("wrong")).or(key().carrying("right"));
    assert_eq!(answer(keys).unwrap(), "right");
    assert_eq!(answer(key().carrying("wrong").into()).unwrap_err(), RejectionKind::Undecryptable);
    assert_eq!(answer(key().carrying(7_u8).into()).unwrap_err(), RejectionKind::UnsupportedAlgorithm);
}

/// Payloads are opened by what the key carries, and are refused by what another carries.
struct Sealed;

impl Scheme for Sealed {
    fn name(&self) -> &str {
        "sealed"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Key::new(Algorithm::HmacSha256, text)
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        Ok(signed("head", head.one(&SIGNATURE)?)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        match proven.carried::<&str>() {
            Some(opens) if opens.as_bytes() == &**proven.body() => Ok(Delivery::new().into()),
            _ => Err(Refusal::Undecryptable),
        }
    }
}

#[test]
fn what_a_key_carries_can_be_rotated_alone() {
    let key = || Sealed.key("key").unwrap();
    let (old, new) = (key().carrying("another body"), key().carrying("the body"));
    let ask = |keys: KeySet| ask(&Sealed, HEAD, keys).map(|verified| verified.proof());
    assert_eq!(ask(new.clone().into()), Ok(Proof::SignedHead));
    assert_eq!(ask(KeySet::new([old.clone(), new.clone()]).unwrap()), Ok(Proof::SignedHead));
    assert_eq!(ask(KeySet::new([old.clone(), old.clone()]).unwrap()), Err(RejectionKind::Undecryptable));
    // What carries nothing has nothing to open with, and lends its signature to nobody.
    assert_eq!(ask(KeySet::new([key(), new]).unwrap()), Err(RejectionKind::Undecryptable));
    assert_eq!(ask(KeySet::new([old, key()]).unwrap()), Err(RejectionKind::Undecryptable));
}

#[test]
fn a_verifiers_settings_are_not_the_schemes() {
    let scheme = Demanding::head(|check| Ok(check.signed_at(seconds(-200))));
    let request = Request::post("/").header(SIGNATURE, HEAD).body(Bytes::from_static(BODY)).unwrap();
    let (parts, body) = request.into_parts();
    let keys = KeySet::from(scheme.key("key").unwrap());
    let ask = |verifier: Verifier| match verifier.verify(&scheme, &parts, &body, &keys, now()) {
        Ok(_) => None,
        Err(rejection) => Some(rejection.kind()),
    };
    assert_eq!(ask(Verifier::new()), None, "five minutes");
    let stale = Some(RejectionKind::StaleTimestamp);
    assert_eq!(ask(Verifier::new().tolerance(Duration::from_secs(199))), stale);
    assert_eq!(ask(Verifier::new().tolerance(Duration::from_secs(200))), None);
    let too_large = Some(RejectionKind::BodyTooLarge);
    assert_eq!(ask(Verifier::new().body_limit(BODY.len() - 1)), too_large);
    assert_eq!(ask(Verifier::new().body_limit(BODY.len())), None);
}

/// A plan may be logged: it says by what algorithm, and no more.
#[test]
fn a_checks_debug_output_has_no_signature_and_no_token() {
    let shown = format!("{:?}", signed("head", HEAD).unwrap());
    assert!(shown.contains("HmacSha256"), "{shown}");
    // As hexadecimal, or as a list of bytes.
    assert!(!shown.contains("1765fd") && !shown.contains("23, 101, 253"), "{shown}");
    let shown = format!("{:?}", Check::token(b"a token"));
    assert!(shown.contains("Token"), "{shown}");
    assert!(!shown.contains("a token") && !shown.contains("97, 32, 116"), "{shown}");
}

#[test]
fn a_text_that_was_written_elsewhere_is_the_same() {
    let scheme = Demanding::new(|signature| {
        let check = Check::new(Text::from(b"head".to_vec()));
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Hex, signature)?.into())
    });
    assert_eq!(scheme.ask().unwrap().proof(), Proof::SignedHead);
}
