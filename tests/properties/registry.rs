//! Every provider that signs: what is signed is delivered, however it arrives; and what is changed is not.
use crate::{
    common::{Frames, ask},
    deliveries::SIGNED_AT,
    demand, holds,
    samples::{BodyKind, Facts, SAMPLES, Sample},
};
use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response,
    request::Parts,
    uri::{PathAndQuery, Uri},
};
use http_body::Frame;
use http_body_util::Empty;
use proptest::{collection::vec, prelude::*, sample::Index, test_runner::TestCaseError};
use std::{
    cell::Cell,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::{Layer as _, service_fn};
use tower_webhook::{
    PublicUrl, RejectionKind, Verified, VerifiedBody, VerifySignatureLayer,
    key::KeyRef,
    scheme::{DynScheme, Proof, Verdict, Verifier},
    time::Timestamp,
};

/// How many throws for each sample.
const THROWS: u32 = 12;

/// A delivery as it is received, and what it is known by.
struct Received {
    parts: Parts,
    body: Bytes,
    url: PublicUrl,
    at: Timestamp,
    facts: Facts,
}

/// The sample with this in its body, signed at this time. What is signed is delivered.
fn received(sample: &Sample, thrown: &[u8], at: Timestamp) -> Result<Received, TestCaseError> {
    let at = if sample.has_fixed_time { SIGNED_AT } else { at };
    let unsigned = sample.unsigned.clone().map(|_| sample.body_with(thrown));
    let signed = sample.sign(unsigned, at).ok_or(TestCaseError::fail("it cannot be signed"))?;
    let url = PublicUrl::exact(signed.uri().to_string());
    let (parts, body) = signed.into_parts();
    match verdict(sample, &url, &parts, &body, at) {
        Ok(facts) => Ok(Received { parts, body, url, at, facts }),
        Err(kind) => Err(TestCaseError::fail(format!("what was signed is refused: {kind:?}"))),
    }
}

fn verdict(
    sample: &Sample,
    url: &PublicUrl,
    parts: &Parts,
    body: &Bytes,
    now: Timestamp,
) -> Result<Facts, RejectionKind> {
    let verifier = Verifier::new().public_url(url.clone());
    match verifier.verify(&*sample.scheme, parts, body, &sample.keys, now) {
        Ok(Verdict::Deliver(verified)) => Ok(Facts::of(&verified)),
        Ok(other) => panic!("{}: {other:?}", sample.name),
        Err(rejection) => Err(rejection.kind()),
    }
}

/// From 2001 to 2096, since some write their times in ten digits.
fn time() -> impl Strategy<Value = Timestamp> {
    (1_000_000_000_i64..4_000_000_000).prop_map(Timestamp::from_unix)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..80), "[ -~\u{e9}\u{2603}\r\n\t]{0,60}".prop_map(String::into_bytes)]
}

#[test]
fn what_is_signed_is_delivered_as_it_was_signed() {
    for sample in &*SAMPLES {
        holds(THROWS, &sample.name, (body(), time()), |(thrown, at)| {
            let received = received(sample, &thrown, at)?;
            let signed_at = received.facts.signed_at;
            // Some write no fraction of a second; the times that are thrown have none.
            demand(signed_at.is_none_or(|signed_at| signed_at == received.at), || {
                format!("signed at {signed_at:?}")
            })
        });
    }
}

#[test]
fn any_chunking_equals_one_chunk() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for sample in &*SAMPLES {
        let cuts = vec(any::<Index>(), 0..6);
        holds(
            THROWS,
            &sample.name,
            (body(), time(), cuts, any::<bool>()),
            |(thrown, at, cuts, is_changed)| {
                let mut received = received(sample, &thrown, at)?;
                if is_changed {
                    received.body = [&received.body[..], b"}"].concat().into();
                }
                let expected = verdict(sample, &received.url, &received.parts, &received.body, received.at);
                let found = runtime.block_on(by_the_layer(sample, &received, &cuts));
                prop_assert_eq!(found, expected, "{:?} in {:?}", received.body, cuts);
                Ok(())
            },
        );
    }
}

/// The body in frames that end there; some are empty.
async fn by_the_layer(sample: &Sample, received: &Received, cuts: &[Index]) -> Result<Facts, RejectionKind> {
    let Received { parts, body, url, at, .. } = received;
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    cuts.extend([0, body.len()]);
    cuts.sort_unstable();
    let frames = cuts.windows(2).map(|cut| Ok(Frame::data(body.slice(cut[0]..cut[1]))));
    let keys = sample.keys.clone();
    let at = *at;
    let layer = VerifySignatureLayer::new(DynScheme::new(Arc::clone(&sample.scheme)), move |_: KeyRef| {
        std::future::ready(Ok(keys.clone()))
    });
    let found = Arc::new(Mutex::new(None));
    let handler = service_fn({
        let found = Arc::clone(&found);
        move |request: Request<VerifiedBody>| {
            let verified: &Verified = request.extensions().get().unwrap();
            *found.lock().unwrap() = Some(Facts::of(verified));
            std::future::ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
        }
    });
    let service = layer.public_url(url.clone()).clock(move || Some(at)).layer(handler);
    let answer = ask(service, Request::from_parts(parts.clone(), Frames::new(frames))).await;
    match (answer.kind, found.lock().unwrap().take()) {
        (None, Some(facts)) => Ok(facts),
        (Some(kind), None) => Err(kind),
        other => panic!("{}: {other:?}", sample.name),
    }
}

/// A change of what was sent.
#[derive(Clone, Debug)]
enum Change {
    Body(Splice),
    /// Of a header that signing sets, or of any.
    Header {
        is_set: bool,
        which: Index,
        splice: Splice,
    },
    Dropped {
        which: Index,
    },
    Doubled {
        which: Index,
        splice: Splice,
    },
    Target(Splice),
}

/// These bytes in place of so many that stand there.
#[derive(Clone, Debug)]
struct Splice {
    at: Index,
    less: usize,
    more: Vec<u8>,
}

impl Splice {
    fn apply(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        let from = self.at.index(bytes.len() + 1);
        let to = (from + self.less).min(bytes.len());
        bytes.splice(from..to, self.more.iter().copied());
        bytes
    }
}

fn splice() -> impl Strategy<Value = Splice> {
    let more = prop_oneof![
        vec(any::<u8>(), 0..4),
        "[ -~]{0,4}".prop_map(String::into_bytes),
        "[0-9a-fA-F=,.;:&]{1,3}".prop_map(String::into_bytes),
    ];
    (any::<Index>(), 0_usize..4, more).prop_map(|(at, less, more)| Splice { at, less, more })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => splice().prop_map(Change::Body),
        4 => (any::<bool>(), any::<Index>(), splice())
            .prop_map(|(is_set, which, splice)| Change::Header { is_set, which, splice }),
        1 => any::<Index>().prop_map(|which| Change::Dropped { which }),
        1 => (any::<Index>(), splice()).prop_map(|(which, splice)| Change::Doubled { which, splice }),
        1 => splice().prop_map(Change::Target),
    ]
}

impl Change {
    fn apply(&self, sample: &Sample, parts: &mut Parts, body: &mut Bytes) {
        let name = |headers: &HeaderMap, which: &Index| -> Option<HeaderName> {
            let names: Vec<&HeaderName> = headers.keys().collect();
            (!names.is_empty()).then(|| (*which.get(&names)).clone())
        };
        let headers = &mut parts.headers;
        match self {
            Self::Body(splice) => *body = splice.apply(body).into(),
            Self::Header { is_set, which, splice } => {
                let set = (*is_set && !sample.set.is_empty()).then(|| which.get(&sample.set).clone());
                let Some(name) = set.or_else(|| name(headers, which)) else { return };
                let Some(value) = headers.get(&name) else { return };
                if let Ok(value) = HeaderValue::from_bytes(&splice.apply(value.as_bytes())) {
                    headers.insert(name, value);
                }
            }
            Self::Dropped { which } => {
                if let Some(name) = name(headers, which) {
                    headers.remove(name);
                }
            }
            Self::Doubled { which, splice } => {
                let Some(name) = name(headers, which) else { return };
                if let Ok(value) = HeaderValue::from_bytes(&splice.apply(headers[&name].as_bytes())) {
                    headers.append(name, value);
                }
            }
            Self::Target(splice) => {
                let target = parts.uri.path_and_query().map_or("/", PathAndQuery::as_str);
                let mut uri = parts.uri.clone().into_parts();
                uri.path_and_query = PathAndQuery::try_from(splice.apply(target.as_bytes())).ok();
                if let (true, Ok(uri)) = (uri.path_and_query.is_some(), Uri::from_parts(uri)) {
                    parts.uri = uri;
                }
            }
        }
    }
}

/// Whether the one is believed to be what the other is.
fn is_unmoved(sample: &Sample, facts: &Facts, original: &Facts) -> bool {
    let same_payload = facts.payload == original.payload;
    // Where the signature does not cover it, or where a form's names end, `Verified` says so, or the provider's page does.
    let may_differ = original.proof != Proof::SignedBody || sample.unsigned_borders;
    (same_payload || may_differ) && *facts == Facts { payload: facts.payload.clone(), ..original.clone() }
}

#[test]
fn what_is_changed_is_refused_or_says_what_was_signed() {
    for sample in &*SAMPLES {
        let refused = Cell::new(0);
        holds(3 * THROWS, &sample.name, (body(), time(), vec(change(), 1..4)), |(thrown, at, changes)| {
            let received = received(sample, &thrown, at)?;
            let (mut parts, mut body) = (received.parts.clone(), received.body.clone());
            changes.iter().for_each(|change| change.apply(sample, &mut parts, &mut body));
            let verdict = match Verifier::new().public_url(received.url.clone()).verify(
                &*sample.scheme,
                &parts,
                &body,
                &sample.keys,
                received.at,
            ) {
                // A question that nobody signs may come of it; it is not a delivery.
                Ok(Verdict::Respond(_)) | Err(_) => {
                    refused.set(refused.get() + 1);
                    return Ok(());
                }
                Ok(Verdict::Deliver(verified)) => Facts::of(&verified),
                Ok(other) => panic!("{other:?}"),
            };
            // Where the body is signed as it is, nothing of it can be changed.
            let is_exact = sample.body == BodyKind::Anything && sample.proof == Proof::SignedBody;
            demand(!is_exact || body == received.body, || format!("another body: {body:?}"))?;
            demand(is_unmoved(sample, &verdict, &received.facts), || {
                format!("{verdict:#?}\nin place of {:#?}", received.facts)
            })
        });
        assert!(refused.get() > 0, "{}: nothing is ever refused", sample.name);
    }
}

#[test]
fn what_is_old_or_ahead_of_its_time_is_refused() {
    let (mut timed, mut timeless) = (0, 0);
    for sample in &*SAMPLES {
        let tolerance = sample.scheme.tolerance();
        let is_timed = Cell::new(false);
        holds(THROWS, &sample.name, (body(), time(), 1_u64..10_000_000), |(thrown, at, beyond)| {
            let received = received(sample, &thrown, at)?;
            if received.facts.signed_at.is_none() {
                return Ok(());
            }
            is_timed.set(true);
            let far = tolerance + Duration::from_secs(beyond);
            for now in [received.at.saturating_add(far), received.at.saturating_sub(far)] {
                let found = verdict(sample, &received.url, &received.parts, &received.body, now);
                demand(found.is_err(), || format!("{found:?} at {now:?}"))?;
            }
            Ok(())
        });
        if is_timed.get() { timed += 1 } else { timeless += 1 }
    }
    assert!(timed > 30 && timeless > 30, "{timed} with a signed time, {timeless} without");
}
