//! The known failures of webhook receivers: where each is tested, or why it cannot occur. And the tests of those that
//! have no better place.
#![cfg(all(feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{
    Custom, Handler, NOW, OTHER_SECRET, SECRET, SIGNATURE, ask, dice::Dice, layer, post, signature, signed,
    signed_as, with, with_signature,
};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};
use tower::Layer;
use tower_webhook::{
    PublicUrl, RejectionKind as Kind, Scheme, Verified, VerifySignatureLayer,
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyLookupError, KeyRef, KeySet, Tenants},
    providers::{GitHub, GitHubForm, Stripe},
    replay::{MemoryStore, Replay},
    scheme::{Check, Plan, Proof, Text, Verdict, Verifier, verify},
    schemes::{Field, Part, Signed, Source, StandardWebhooks, Token},
    time::{Timestamp, Unit},
};

/// Each class by its number: the tests whose names begin with it, and what else is to be said. One without a test is
/// impossible by construction, and what is said is why.
const THREATS: [(u8, &str, &[&str], &str); 38] = [
    (1, "prefix compare", &["t01_undecodable_empty_truncated_and_over_long_signatures"], ""),
    (
        2,
        "comparing the wrong things",
        &["t02_a_changed_body", "t02_a_wrong_key", "t02_a_signature_for_another_id"],
        "",
    ),
    (
        3,
        "timing",
        &["t03_there_is_one_comparison"],
        "tokens are compared as digests; `benches/side_channels` measures the comparisons",
    ),
    (
        4,
        "empty secret",
        &["t04_secrets_that_are_none", "t04_empty_secrets_are_refused", "t04_what_can_be_guessed_is_refused"],
        "",
    ),
    (
        5,
        "fail open when unset",
        &["t05_a_check_without_a_signature_never_holds", "t05_a_table_without_tenants_refuses_everybody"],
        "a layer cannot be made without keys, nor a key without a secret",
    ),
    (6, "fail open when the header is absent", &["t06_no_signature_header"], ""),
    (
        7,
        "never verified",
        &[
            "t07_a_handler_without_the_layer_says_what_is_missing",
            "t07_no_layer_two_layers_and_another_schemes_layer",
        ],
        "`Verified` has no public constructor",
    ),
    (
        8,
        "weak of two schemes accepted",
        &[
            "t08_of_all_checks_each_must_hold",
            "t08_a_right_weak_signature_does_not_rescue_a_wrong_strong_one",
            "t08_what_matched_is_what_is_proven",
        ],
        "",
    ),
    (
        9,
        "attacker-chosen certificate",
        &[
            "t09_nothing_else_fits",
            "t09_a_plan_names_the_certificate_or_refuses",
            "t09_a_url_that_is_not_pinned_is_never_fetched",
            "t09_certificates_that_are_wrong",
            "t09_no_redirect_is_followed",
            "t09_chains_that_are_wrong",
            "t09_other_topics",
        ],
        "",
    ),
    (
        10,
        "SSRF by SubscribeURL",
        &[
            "t10_a_confirmation_is_a_topic_and_a_token_and_no_url",
            "t10_a_confirmation_goes_to_the_topics_region_and_nowhere_else",
        ],
        "nothing is fetched but keys",
    ),
    (11, "forwarded headers trusted", &["t11_forwarded_headers_are_not_believed"], ""),
    (
        12,
        "no lasting replay memory",
        &[
            "t12_a_repeat_is_acknowledged_without_the_handler",
            "t12_a_future_that_is_dropped_leaves_no_reservation",
            "t12_retries_have_the_same_idempotency_key_and_other_deliveries_another",
        ],
        "",
    ),
    (13, "dedupe key not signed", &["t13_an_unsigned_id_does_not_renew_a_delivery"], ""),
    (
        14,
        "timestamp not signed, no future bound",
        &[
            "t14_stale_and_future_timestamps",
            "t14_a_time_that_was_changed",
            "t14_a_body_that_arrives_after_its_time",
            "t14_a_time_that_only_the_body_tells",
        ],
        "",
    ),
    (15, "timestamp parsing", &["t15_timestamps_that_are_none"], ""),
    (16, "body not UTF-8", &["t16_a_body_that_is_no_text_verifies"], ""),
    (
        17,
        "re-serialised body",
        &["t17_a_re_serialised_body", "t17_what_is_parsed_is_what_was_signed_whatever_a_middleware_does"],
        "",
    ),
    (
        18,
        "multi-signature parsing",
        &[
            "t18_up_to_sixteen_signatures_any_of_which_may_be_right",
            "t18_garbage_beside_a_right_signature_is_skipped",
            "t18_one_of_several_times_in_one_header",
        ],
        "",
    ),
    (19, "duplicate header lines", &["t19_two_signature_headers"], ""),
    (20, "unhandled parse errors", &["t20_whatever_is_sent_is_refused_or_is_what_was_signed"], ""),
    (
        21,
        "size and time before auth",
        &[
            "t21_a_head_that_is_refused_leaves_the_body_unpolled",
            "t21_a_body_over_the_limit",
            "t21_a_body_over_the_limit_is_not_read_to_its_end",
        ],
        "the time of a body is an outer layer's, which the examples show",
    ),
    (22, "guessing", &["t22_refusals_are_visible_to_a_limiter_outside"], ""),
    (23, "stale secret after rotation", &["t23_a_removed_secret_is_refused_at_the_next_request"], ""),
    (24, "secret in logs", &["t24_debug_shows_no_secret"], ""),
    (
        25,
        "algorithm chosen by sender",
        &[
            "t25_a_sender_chooses_no_algorithm",
            "t25_the_key_decides_which_signature_counts",
            "t25_a_token_that_is_not_signed",
            "t25_an_hmac_with_the_public_key",
        ],
        "",
    ),
    (
        26,
        "event type from unsigned header",
        &["t26_head_and_body_that_disagree", "t26_what_is_not_signed_is_marked"],
        "",
    ),
    (
        27,
        "audience or issuer unchecked",
        &[
            "t27_for_whom_and_by_whom",
            "t27_other_claims_that_are_demanded",
            "t27_google_signs_for_others_too",
            "t27_google_chat_has_two_audiences",
        ],
        "",
    ),
    (
        28,
        "wrong scheme in the library",
        &["t28_githubs_own_example_verifies"],
        "and all vectors in `tests/vectors`",
    ),
    (
        29,
        "dedupe work before verification",
        &["t29_a_request_that_is_not_verified_never_reaches_the_store"],
        "",
    ),
    (30, "secret decode fallback", &["t30_there_is_no_fallback_to_the_raw_text"], ""),
    (
        31,
        "reflected challenge",
        &[
            "t31_a_signed_handshake_is_answered_once_it_is_verified",
            "t31_what_is_sent_back_is_bounded_and_no_html",
            "t31_nothing_is_sent_back_without_the_verify_token",
            "t31_a_signed_answer_is_no_signature_of_a_delivery",
            "t31_a_signed_question_is_answered_once_it_is_verified",
        ],
        "",
    ),
    (
        32,
        "unsigned Content-Type picks the parser",
        &[
            "t32_the_content_type_decides_nothing",
            "t32_another_content_type",
            "t32_a_form_is_a_form_by_the_scheme_and_not_by_its_content_type",
        ],
        "",
    ),
    (
        33,
        "one replay memory, several endpoints",
        &[
            "t33_two_endpoints_that_share_a_store_both_handle_a_delivery",
            "t33_schemes_and_tenants_do_not_share_their_ids",
        ],
        "",
    ),
    (
        34,
        "equal bytes, distinct deliveries",
        &[
            "t34_equal_bodies_are_two_deliveries_where_neither_id_nor_time_is_signed",
            "t34_a_token_signs_neither_id_nor_time_whatever_the_scheme_says",
        ],
        "",
    ),
    (35, "permit held before trust", &["t35_a_stalled_forged_body_keeps_nobody_out"], ""),
    (
        36,
        "proof of one scheme used under another",
        &[
            "t36_a_proof_of_another_scheme_is_refused_by_name",
            "t36_two_layers_on_one_route_say_so",
            "t36_a_layer_below_a_layer_says_so_before_it_polls",
        ],
        "",
    ),
    (
        37,
        "tenant A speaks for tenant B",
        &[
            "t37_tenants",
            "t37_the_body_must_name_the_tenant_whose_keys_were_looked_up",
            "t37_keys_of_a_tenant_that_was_not_asked_for",
            "t37_checks_that_name_several_tenants",
            "t37_a_deciding_key_twice",
        ],
        "",
    ),
    (
        38,
        "signature malleability as identity",
        &["t38_a_signature_less_is_the_same_delivery", "t38_the_other_signature_is_the_same_delivery"],
        "",
    ),
];

/// The text of every Rust file below `folder`.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    text
}

/// So many classes may do without a test.
const IMPOSSIBLE: usize = 4;

#[test]
fn every_class_has_its_tests_or_its_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let code = sources(&root.join("src")) + &sources(&root.join("tests"));
    let lines: Vec<&str> = code.lines().map(str::trim).collect();
    // With an attribute between itself and the attribute that makes it a test, if need be.
    let is_test = |line: usize| lines[line.saturating_sub(2)..line].iter().any(|it| it.contains("test]"));
    let tests: Vec<&str> = (0..lines.len())
        .filter_map(|line| {
            let signature = lines[line].strip_prefix("async ").unwrap_or(lines[line]);
            let (name, _) = signature.strip_prefix("fn ")?.split_once("()")?;
            is_test(line).then_some(name)
        })
        .collect();
    for (expected, (number, class, names, note)) in (1..).zip(THREATS) {
        assert_eq!(number, expected, "{class}");
        let prefix = format!("t{number:02}_");
        for name in names {
            assert!(name.starts_with(&prefix), "{number}, {class}: {name}");
            assert_eq!(tests.iter().filter(|test| *test == name).count(), 1, "{number}, {class}: {name}");
        }
        if names.is_empty() {
            assert!(!note.is_empty(), "{number}, {class}: neither a test nor a reason");
            assert!(
                !tests.iter().any(|test| test.starts_with(&prefix)),
                "{number}, {class}: there is one by now"
            );
        }
    }
    let impossible = THREATS.iter().filter(|(_, _, names, _)| names.is_empty()).count();
    assert!(impossible <= IMPOSSIBLE, "{impossible} classes without a test");
    let is_of_a_class = |test: &&str| {
        let number = test.strip_prefix('t').and_then(|test| test.get(..2)?.parse().ok());
        number.is_none_or(|number: usize| (1..=THREATS.len()).contains(&number))
    };
    assert_eq!(tests.iter().find(|test| !is_of_a_class(test)), None, "of no class");
}

fn verified<S: Scheme>(scheme: S, request: Request<Bytes>) -> Verified {
    let (parts, body) = request.into_parts();
    match verify(&scheme, &parts, &body, &scheme.key(SECRET).unwrap().into(), NOW).unwrap() {
        Verdict::Deliver(verified) => verified,
        other => panic!("{other:?}"),
    }
}

async fn refusal<S: Scheme>(layer: &VerifySignatureLayer<S>, request: Request<Bytes>) -> (u16, Option<Kind>) {
    ask(layer.layer(Handler::new()), request.map(Full::new)).await.refusal()
}

#[test]
fn t03_there_is_one_comparison() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let keys = fs::read_to_string(src.join("key/prepared.rs")).unwrap();
    // The other one puts a secret in its place among the parts of a text that are sorted with it.
    assert_eq!(sources(&src).matches("ct_eq(").count(), 2);
    assert!(keys.contains("computed.ct_eq(signature)") && keys.contains("this.ct_eq(&that)"));
}

#[tokio::test]
async fn t08_a_right_weak_signature_does_not_rescue_a_wrong_strong_one() {
    let sha1 = Signed::hmac_sha1(
        "github-sha1",
        Field::header(HeaderName::from_static("x-hub-signature")).prefix("sha1="),
    );
    let both = |secret| signed(&sha1, signed_as(&GitHub, post("{}"), secret, NOW));
    assert_eq!(refusal(&layer(GitHub), both(SECRET)).await, (200, None));
    assert_eq!(refusal(&layer(GitHub), both(OTHER_SECRET)).await, (401, Some(Kind::SignatureMismatch)));
    let only_sha1 = signed(&sha1, post("{}"));
    assert_eq!(refusal(&layer(GitHub), only_sha1).await, (401, Some(Kind::MissingHeader)));
}

#[test]
fn t08_what_matched_is_what_is_proven() {
    // A token or a signature, of which one suffices.
    let either = || {
        Custom::new(|head, _| {
            let token = Check::token(head.one(&HeaderName::from_static("x-token"))?);
            Ok(signature(head, token)?.into())
        })
    };
    let request = |token, signature| with(with(post("{}"), "x-token", token), "x-signature", signature);
    let (right, wrong) = (common::hmac(SECRET, ""), "0".repeat(64));
    assert_eq!(verified(either(), request(SECRET, &wrong)).proof(), Proof::SharedToken);
    assert_eq!(verified(either(), request(OTHER_SECRET, &right)).proof(), Proof::SignedHead);
}

#[tokio::test]
async fn t11_forwarded_headers_are_not_believed() {
    let scheme = Signed::hmac_sha256("url", Field::header(SIGNATURE)).text([Part::Url, Part::Body]);
    let public = || layer(scheme.clone()).public_url(PublicUrl::base("https://example.com"));
    let request = |url: &'static str| {
        let signed = signed(&scheme, Request::post(url).body(Bytes::from("{}")).unwrap());
        let (mut parts, body) = signed.into_parts();
        // As it arrives behind a proxy.
        parts.uri = parts.uri.path_and_query().unwrap().as_str().parse().unwrap();
        Request::from_parts(parts, body)
    };
    assert_eq!(refusal(&public(), request("https://example.com/hook?a=1")).await, (200, None));
    let forwarded = |mut request: Request<Bytes>| {
        for (name, value) in [
            ("host", "attacker.example.com"),
            ("forwarded", "host=attacker.example.com;proto=https"),
            ("x-forwarded-host", "attacker.example.com"),
            ("x-forwarded-proto", "https"),
            ("x-original-url", "/hook"),
        ] {
            request = with(request, name, value);
        }
        request
    };
    let honest = forwarded(request("https://example.com/hook?a=1"));
    assert_eq!(refusal(&public(), honest).await, (200, None), "they change nothing");
    let attacker = || forwarded(request("https://attacker.example.com/hook"));
    assert_eq!(refusal(&public(), attacker()).await, (401, Some(Kind::SignatureMismatch)));
    assert_eq!(refusal(&layer(scheme.clone()), attacker()).await, (500, Some(Kind::NoPublicUrl)));
}

fn everything() -> Signed {
    let header = HeaderName::from_static;
    Signed::hmac_sha512("everything", Field::header(SIGNATURE).list(';').prefix("v1="))
        .encoding(Encoding::Base64)
        .text([
            Part::Method,
            Part::literal("\n"),
            Part::Url,
            Part::literal("::"),
            Part::Header(header("x-id")),
            Part::literal("::"),
            Part::Timestamp(Field::header(header("x-time")), Unit::Milliseconds),
            Part::BodyDigest(Digest::Sha256, Encoding::Hex),
            Part::Body,
        ])
        .id(Source::Header(header("x-id")))
        .event(Source::Json("type"))
}

#[test]
fn t20_whatever_is_sent_is_refused_or_is_what_was_signed() {
    let mut dice = Dice::new(1);
    let schemes: [&dyn Scheme; 9] = [
        &GitHub,
        &GitHubForm,
        &Stripe,
        &StandardWebhooks,
        &everything(),
        &Token::bearer("bearer"),
        &Token::header("header", SIGNATURE),
        &Token::query("query", "token"),
        &Token::last_segment("segment"),
    ];
    let names = [
        "x-signature",
        "x-id",
        "x-time",
        "authorization",
        "stripe-signature",
        "webhook-id",
        "x-github-event",
    ];
    let (mut refused, mut accepted) = (0, 0);
    for scheme in schemes {
        let request = with(with(post(r#"{"id":"1","type":"a"}"#), "webhook-id", "1"), "x-id", "1");
        let request =
            if scheme.name() == "github-form" { request.map(|_| "payload=%7B%7D".into()) } else { request };
        let (honest, body) = signed(scheme, request).into_parts();
        let keys = KeySet::from(scheme.key(SECRET).unwrap());
        let verifier = Verifier::new().public_url(PublicUrl::exact("/hook"));
        for _ in 0..3_000 {
            let (mut parts, mut body) = (honest.clone(), body.clone());
            let header = names[dice.roll(names.len())];
            match dice.roll(5) {
                0 => body = dice.garble(&body).into(),
                1 => {
                    let garbage = dice.bytes(60);
                    if let Ok(value) = HeaderValue::from_bytes(&garbage) {
                        parts.headers.append(header, value);
                    }
                }
                2 => {
                    let target = dice.garble(parts.uri.to_string().as_bytes());
                    if let Ok(uri) = String::from_utf8_lossy(&target).parse() {
                        parts.uri = uri;
                    }
                }
                _ => {
                    for name in honest.headers.keys() {
                        let garbled = dice.garble(parts.headers[name].as_bytes());
                        if let Ok(value) = HeaderValue::from_bytes(&garbled) {
                            parts.headers.insert(name, value);
                        }
                    }
                }
            }
            match verifier.verify(scheme, &parts, &body, &keys, NOW) {
                Err(rejection) => {
                    assert!(!rejection.to_string().is_empty());
                    refused += 1;
                }
                Ok(Verdict::Deliver(verified)) => {
                    let covered = verified.proof() == Proof::SignedBody;
                    assert!(!covered || body == verified.body(), "{}: another body", scheme.name());
                    accepted += 1;
                }
                Ok(other) => panic!("{}: {other:?}", scheme.name()),
            }
        }
    }
    assert!(
        refused > 10_000 && accepted > 1_000,
        "{refused} refused, {accepted} accepted: the dice are loaded"
    );
}

#[tokio::test]
async fn t23_a_removed_secret_is_refused_at_the_next_request() {
    let secrets = Arc::new(Mutex::new(vec![SECRET, OTHER_SECRET]));
    let vault = Arc::clone(&secrets);
    let layer = VerifySignatureLayer::new(GitHub, move |_: KeyRef| {
        let keys = vault.lock().unwrap().iter().map(|secret| GitHub.key(secret).unwrap()).collect::<Vec<_>>();
        async move { KeySet::new(keys).map_err(KeyLookupError::unavailable) }
    });
    let old = || signed_as(&GitHub, post("{}"), OTHER_SECRET, NOW);
    assert_eq!(refusal(&layer, old()).await, (200, None));
    secrets.lock().unwrap().pop();
    assert_eq!(refusal(&layer, old()).await, (401, Some(Kind::SignatureMismatch)));
    assert_eq!(refusal(&layer, signed(&GitHub, post("{}"))).await, (200, None));
    secrets.lock().unwrap().clear();
    assert_eq!(refusal(&layer, old()).await, (503, Some(Kind::KeysUnavailable)), "no secret lets nobody in");
}

#[tokio::test]
async fn t24_debug_shows_no_secret() {
    let key = || Stripe.key(SECRET).unwrap().labeled("2026-q4");
    let token = Token::bearer("bearer");
    let replay = Replay::new(MemoryStore::new(1), "billing");
    let layer = VerifySignatureLayer::new(Stripe, key()).replay(replay);
    let mut shown = vec![
        format!("{:?}", key()),
        format!("{:?}", KeySet::from(key()).or(token.key(SECRET).unwrap())),
        format!("{:?}", Tenants::new().with("a", key())),
        format!("{:?}", Stripe.signing_key(SECRET).unwrap()),
        format!("{layer:?} {:?}", layer.layer(Handler::new())),
        format!("{:?}", Key::new(Algorithm::Token, "  ").unwrap_err()),
        format!("{:?}", verified(Stripe, signed(&Stripe, post(SECRET)))),
        format!("{:?}", verified(token.clone(), signed(&token, post("{}")))),
    ];
    // What a scheme's author prints, and what an operator reads.
    let prints = Custom::new(|head, _| {
        let check = Check::token(head.one(&HeaderName::from_static("x-token"))?);
        let shown = format!("{head:?} {check:?} {:?}", Plan::Check(check.clone()));
        Err(tower_webhook::scheme::Refusal::MalformedBody(shown.into()))
    });
    let request = with(post("{}"), "x-token", SECRET).map(|_| Full::new(Bytes::from(SECRET)));
    let (mut parts, body) = request.into_parts();
    parts.uri = format!("/hook/{SECRET}?token={SECRET}").parse().unwrap();
    let layer = common::layer(prints);
    let response =
        tower::ServiceExt::oneshot(layer.layer(Handler::new()), Request::from_parts(parts, body)).await;
    let response = response.unwrap();
    let rejection = response.extensions().get::<tower_webhook::Rejection>().unwrap();
    assert!(rejection.to_string().contains("x-token"), "{rejection}");
    shown.push(format!("{rejection:?} {rejection}"));
    let digest = Digest::Sha256.of(SECRET.as_bytes(), Encoding::Hex);
    let digest_as_list = format!("{:?}", Encoding::Hex.decode(&digest[..8]).unwrap());
    let digest_as_list = digest_as_list.trim_matches(['[', ']']);
    for text in shown {
        for secret in [SECRET, &SECRET["whsec_".len()..], &digest, digest_as_list] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn t25_a_sender_chooses_no_algorithm() {
    // A scheme that is careless enough to let the sender say which algorithm it is.
    let careless = || {
        Custom::new(|head, _| {
            let (algorithm, signature) = head.one(&SIGNATURE)?.split_once('=').unwrap_or_default();
            let check = Check::new(Text::new().body());
            Ok(match algorithm {
                "sha1" => check.signature(Algorithm::HmacSha1, Encoding::Hex, signature)?,
                "sha256" => check.signature(Algorithm::HmacSha256, Encoding::Hex, signature)?,
                "sha512" => check.signature(Algorithm::HmacSha512, Encoding::Hex, signature)?,
                "token" => Check::token(signature),
                _ => check,
            }
            .into())
        })
    };
    let field = || Field::header(SIGNATURE);
    let only_sha256 =
        || VerifySignatureLayer::new(careless(), Key::new(Algorithm::HmacSha256, SECRET).unwrap());
    let sent = |scheme: &dyn Scheme| signed(scheme, post("{}"));
    for (request, expected) in [
        (sent(&Signed::hmac_sha256("a", field().prefix("sha256="))), (200, None)),
        (sent(&Signed::hmac_sha1("a", field().prefix("sha1="))), (401, Some(Kind::SignatureMismatch))),
        (sent(&Signed::hmac_sha512("a", field().prefix("sha512="))), (401, Some(Kind::SignatureMismatch))),
        (with(post("{}"), "x-signature", &format!("token={SECRET}")), (401, Some(Kind::SignatureMismatch))),
        (with(post("{}"), "x-signature", "none="), (401, Some(Kind::SignatureMismatch))),
        (with(post("{}"), "x-signature", "none"), (401, Some(Kind::SignatureMismatch))),
    ] {
        let name = format!("{:?}", request.headers()["x-signature"]);
        assert_eq!(refusal(&only_sha256(), request).await, expected, "{name}");
    }
    // An asymmetric version's name does not make the shared secret its key.
    let standard = signed(&StandardWebhooks, with(post("{}"), "webhook-id", "1"));
    let value = standard.headers()["webhook-signature"].to_str().unwrap().replace("v1,", "v1a,");
    let renamed = with(standard, "webhook-signature", &value);
    let kind = if cfg!(feature = "ed25519") { Kind::MalformedSignature } else { Kind::NoSignature };
    assert_eq!(refusal(&layer(StandardWebhooks), renamed).await, (401, Some(kind)));
}

#[test]
fn t26_what_is_not_signed_is_marked() {
    let request =
        with(with(post(r#"{"id":"1","type":"a"}"#), "x-github-event", "push"), "x-github-delivery", "2");
    let github = verified(GitHub, signed(&GitHub, request.clone()));
    assert_eq!((github.event(), github.signed_event()), (Some("push"), None));
    assert_eq!((github.id(), github.signed_id(), github.signed_at()), (Some("2"), None, None));
    let stripe = verified(Stripe, signed(&Stripe, request.clone()));
    assert_eq!((stripe.event(), stripe.signed_event()), (Some("a"), Some("a")));
    assert_eq!((stripe.signed_id(), stripe.signed_at()), (Some("1"), Some(NOW)));
    let token = Token::bearer("bearer").event(Source::Json("type"));
    let token = verified(token.clone(), signed(&token, request));
    assert_eq!((token.event(), token.signed_event()), (Some("a"), None));

    let claims =
        Custom::new(|head, _| Ok(Check::token(head.one(&HeaderName::from_static("x-token"))?).into()));
    let claims = claims.accepting(|_| {
        let delivery = tower_webhook::scheme::Delivery::new().signed_event("a").signed_id("1");
        Ok(delivery.signed_at(NOW).signed_tenant("t").into())
    });
    let claims = verified(claims, with(post("{}"), "x-token", SECRET));
    assert_eq!((claims.event(), claims.id()), (Some("a"), Some("1")));
    assert_eq!((claims.signed_event(), claims.signed_id()), (None, None), "a token signs nothing");
    assert_eq!((claims.signed_at(), claims.tenant()), (None, None), "a token signs nothing");
}

#[tokio::test]
async fn t28_githubs_own_example_verifies() {
    // From "Validating webhook deliveries", section "Testing the webhook payload validation".
    let key = GitHub.key("It's a Secret to Everybody").unwrap();
    let published = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let request = |body: &'static str| with(post(body), "x-hub-signature-256", published);
    let layer = VerifySignatureLayer::new(GitHub, key);
    assert_eq!(refusal(&layer, request("Hello, World!")).await, (200, None));
    assert_eq!(refusal(&layer, request("Hello, World?")).await, (401, Some(Kind::SignatureMismatch)));
}

#[test]
fn the_pure_verification_is_as_strict_as_the_layer() {
    let (mut parts, body) = with_signature(SECRET, post("{}")).into_parts();
    let scheme = Custom::signing_the_body();
    let keys = scheme.key(SECRET).unwrap().into();
    let kind = |verifier: Verifier, parts: &_, now| {
        verifier.verify(&scheme, parts, &body, &keys, now).map(drop).map_err(|rejection| rejection.kind())
    };
    assert_eq!(kind(Verifier::new(), &parts, Timestamp::from_unix(0)), Ok(()), "no time is signed");
    assert_eq!(kind(Verifier::new().body_limit(1), &parts, NOW), Err(Kind::BodyTooLarge));
    parts.method = Method::PUT;
    assert_eq!(kind(Verifier::new(), &parts, NOW), Err(Kind::MethodNotAllowed));
}
