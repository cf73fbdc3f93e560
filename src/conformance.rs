//! Suites for schemes and replay stores of your own. They panic where something does not hold; call them from a test.
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use tower_webhook::{conformance, providers::GitHub};
//!
//! let request = Request::post("/hooks")
//!     .header("x-github-event", "push")
//!     .body(Bytes::from_static(br#"{"after":"0fa0"}"#))
//!     .unwrap();
//! conformance::scheme(&GitHub, &conformance::Sample::new(request, "a secret", "another secret"));
//! ```
#![expect(clippy::expect_used, clippy::panic, reason = "a suite reports by panicking")]

use crate::{
    key::KeySet,
    rejection::Rejection,
    replay::{ReplayKey, ReplayStore, Reservation, Reserved},
    scheme::{
        Checks, Evidence, Head, Identity, Planned, PlannedWithBody, Proof, Running, Scheme, Verdict,
        Verifier, plan_body, plan_head,
    },
    time::Timestamp,
    url::PublicUrl,
    verified::Verified,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, request::Parts};
use std::{future::poll_fn, task::Poll, time::Duration};

/// When the suite's clock stands, for what the suite signs.
const NOW: Timestamp = Timestamp::from_unix(1_718_000_000);

/// A delivery, to be signed or signed already, and two secrets.
#[derive(Clone, Debug)]
pub struct Sample {
    request: Request<Bytes>,
    secret: String,
    other_secret: String,
    public: Option<[String; 2]>,
    received: Option<Timestamp>,
}

impl Sample {
    /// `request` has everything but what [`Scheme::sign`] sets. The secrets are in the dashboard's text form.
    #[must_use]
    pub fn new(request: Request<Bytes>, secret: impl Into<String>, other_secret: impl Into<String>) -> Self {
        let (secret, other_secret) = (secret.into(), other_secret.into());
        Self { request, secret, other_secret, public: None, received: None }
    }

    /// For schemes that cannot sign: a delivery as it was received at that time, which the first of the two secrets, or
    /// public keys, verifies.
    #[must_use]
    pub fn received(
        request: Request<Bytes>,
        at: Timestamp,
        secret: impl Into<String>,
        other_secret: impl Into<String>,
    ) -> Self {
        Self { received: Some(at), ..Self::new(request, secret, other_secret) }
    }

    /// For schemes whose receivers have public keys: those of the two private ones.
    #[must_use]
    pub fn verified_by(mut self, public: impl Into<String>, other_public: impl Into<String>) -> Self {
        self.public = Some([public.into(), other_public.into()]);
        self
    }

    /// What the receiver has of the two.
    fn receiver_texts(&self) -> [&str; 2] {
        match &self.public {
            Some([public, other]) => [public, other],
            None => [&self.secret, &self.other_secret],
        }
    }

    /// The delivery, and when.
    fn signed<S: Scheme + ?Sized>(&self, scheme: &S) -> (Request<Bytes>, Timestamp) {
        let mut request = self.request.clone();
        if let Some(at) = self.received {
            return (request, at);
        }
        let key = scheme.signing_key(&self.secret).expect("the sample's secrets are signing keys");
        // Some signatures name their key. Here the receiver's is at hand, whatever its name.
        let key = key.labeled("conformance");
        scheme.sign(&mut request, &key, NOW).expect("the sample can be signed");
        (request, NOW)
    }
}

/// Every scheme must pass.
pub fn scheme<S: Scheme + ?Sized>(scheme: &S, sample: &Sample) {
    let suite = Suite::new(scheme, sample);
    suite.name_and_secrets();
    suite.accepts_its_own();
    suite.rotation();
    suite.body();
    suite.time();
    suite.headers();
    suite.unsigned();
    suite.method();
}

struct Suite<'a, S: ?Sized> {
    scheme: &'a S,
    sample: &'a Sample,
    keys: KeySet,
    other: KeySet,
    parts: Parts,
    body: Bytes,
    now: Timestamp,
}

impl<'a, S: Scheme + ?Sized> Suite<'a, S> {
    fn new(scheme: &'a S, sample: &'a Sample) -> Self {
        let key = |text: &str| KeySet::from(scheme.key(text).expect("the sample's secrets are keys"));
        let (request, now) = sample.signed(scheme);
        let (parts, body) = request.into_parts();
        let [own, other] = sample.receiver_texts().map(key);
        Self { scheme, sample, keys: own, other, parts, body, now }
    }

    fn verify(
        &self,
        parts: &Parts,
        body: &Bytes,
        keys: &KeySet,
        now: Timestamp,
    ) -> Result<Verified, Rejection> {
        let url = PublicUrl::exact(self.sample.request.uri().to_string());
        match Verifier::new().public_url(url).verify(self.scheme, parts, body, keys, now)? {
            Verdict::Deliver(verified) => Ok(verified),
            Verdict::Respond(_) => panic!("the sample is a handshake, and should be a delivery"),
        }
    }

    fn name_and_secrets(&self) {
        let name = self.scheme.name();
        let in_form = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        assert!(in_form && !name.is_empty(), "the name {name:?} is not lower case with hyphens");
        for wrong in ["", " ", "\t\r\n", "   "] {
            assert!(self.scheme.key(wrong).is_err(), "the secret {wrong:?} is taken for a key");
        }
    }

    /// In every chunking, and the same each time.
    fn accepts_its_own(&self) {
        let verified =
            self.verify(&self.parts, &self.body, &self.keys, self.now).expect("refuses the sample");
        for size in 1..=self.body.len().clamp(1, 70) {
            let chunked = self.verify_in_chunks(size);
            assert_eq!(
                (chunked.event(), chunked.id(), chunked.signed_at(), chunked.body()),
                (verified.event(), verified.id(), verified.signed_at(), verified.body()),
                "in chunks of {size} bytes, it says something else"
            );
        }
    }

    fn verify_in_chunks(&self, size: usize) -> Verified {
        let url = self.sample.request.uri().to_string();
        let head = Head::new(&self.parts, Some(&url));
        let checks: Checks = match plan_head(self.scheme, &head).expect("plans what it has signed") {
            Planned::Check(checks) => checks,
            Planned::NeedsBody => {
                match plan_body(self.scheme, &head, &self.body).expect("plans with the body") {
                    PlannedWithBody::Check(checks) => checks,
                    PlannedWithBody::Respond(_) => panic!("answers what should be a delivery"),
                }
            }
            Planned::Respond(_) => panic!("answers what should be a delivery"),
        };
        let mut running = Running::start(&checks, &self.keys);
        for chunk in self.body.chunks(size) {
            running.update(chunk);
        }
        let evidence = Evidence {
            scheme: self.scheme,
            head,
            body: &self.body,
            checks: &checks,
            keys: &self.keys,
            now: self.now,
            tolerance: self.scheme.tolerance(),
            accepts_uncovered_body: false,
        };
        match evidence.conclude(&mut running).expect("refuses in chunks what it accepts whole") {
            Verdict::Deliver(verified) => verified,
            Verdict::Respond(_) => panic!("answers what should be a delivery"),
        }
    }

    fn rotation(&self) {
        let both = |first: &KeySet, second: &KeySet| {
            KeySet::new(first.iter().chain(second.iter()).cloned()).expect("two keys")
        };
        for keys in [both(&self.keys, &self.other), both(&self.other, &self.keys)] {
            let verdict = self.verify(&self.parts, &self.body, &keys, self.now);
            assert!(verdict.is_ok(), "refuses a delivery while its secret is being rotated: {verdict:?}");
        }
        let verdict = self.verify(&self.parts, &self.body, &self.other, self.now);
        assert!(verdict.is_err(), "accepts a delivery signed with another secret");
    }

    /// One bit changed anywhere, one byte more, one byte less: refused if the body is signed, unless it is the same
    /// payload written in another way. If it is not signed, the delivery still has the same identity.
    fn body(&self) {
        let verified =
            self.verify(&self.parts, &self.body, &self.keys, self.now).expect("refuses the sample");
        let identity = describe(&verified);
        let check = |body: Vec<u8>, what: &str| {
            let Ok(other) = self.verify(&self.parts, &body.into(), &self.keys, self.now) else { return };
            assert!(
                verified.proof() != Proof::SignedBody || other.payload() == verified.payload(),
                "accepts a body that was signed otherwise: {what}"
            );
            assert_eq!(
                describe(&other),
                identity,
                "the body is not signed, and yet decides what the delivery is known by: {what}"
            );
        };
        for position in 0..self.body.len() {
            let mut body = self.body.to_vec();
            if let Some(byte) = body.get_mut(position) {
                *byte ^= 1 << (position % 8);
            }
            check(body, &format!("one bit of byte {position} changed"));
        }
        check([&*self.body, b" "].concat(), "one byte more");
        check([b" ", &*self.body].concat(), "one byte more in front");
        if let Some((_, shorter)) = self.body.split_last() {
            check(shorter.to_vec(), "one byte less");
        }
    }

    /// Within the tolerance, and a little beyond it, in both directions.
    fn time(&self) {
        let verified =
            self.verify(&self.parts, &self.body, &self.keys, self.now).expect("refuses the sample");
        let tolerance = self.scheme.tolerance();
        let beyond = tolerance + Duration::from_secs(1);
        let at = |now: Timestamp| self.verify(&self.parts, &self.body, &self.keys, now).is_ok();
        if let Some(until) = verified.valid_until() {
            assert!(!at(until.saturating_add(beyond)), "accepts what is no longer valid");
            assert!(!at(Timestamp::from_unix(i64::MAX)), "accepts what is no longer valid, at any time");
        }
        let Some(signed_at) = verified.signed_at() else { return };
        assert!(at(signed_at.saturating_add(tolerance)), "refuses what is as old as the tolerance");
        assert!(at(signed_at.saturating_sub(tolerance)), "refuses what is as far ahead as the tolerance");
        assert!(!at(signed_at.saturating_add(beyond)), "accepts what is older than the tolerance");
        assert!(!at(signed_at.saturating_sub(beyond)), "accepts what is further ahead than the tolerance");
        assert!(
            !at(Timestamp::from_unix(i64::MIN)) && !at(Timestamp::from_unix(i64::MAX)),
            "accepts at any time"
        );
    }

    /// Each header missing, doubled and garbled: refused if it is signed. If it is not, the delivery still has the same
    /// identity.
    fn headers(&self) {
        let verified =
            self.verify(&self.parts, &self.body, &self.keys, self.now).expect("refuses the sample");
        let identity = describe(&verified);
        let names: Vec<HeaderName> = self.parts.headers.keys().cloned().collect();
        for name in &names {
            for parts in self.variants(name) {
                if let Ok(other) = self.verify(&parts, &self.body, &self.keys, self.now) {
                    assert_eq!(
                        describe(&other),
                        identity,
                        "`{name}` is not signed, and yet decides what the delivery is known by"
                    );
                }
            }
        }
    }

    /// Before it was signed, without its head, and without anything: the signature may be in the head or in the body.
    fn unsigned(&self) {
        let mut bodies = vec![Bytes::new()];
        if self.sample.received.is_none() {
            let (parts, body) = self.sample.request.clone().into_parts();
            let verdict = self.verify(&parts, &body, &self.keys, self.now);
            assert!(verdict.is_err(), "accepts a request that nobody has signed");
            bodies.push(body);
        }
        let (mut parts, ()) = Request::new(()).into_parts();
        parts.method = self.parts.method.clone();
        for body in bodies {
            let verdict = self.verify(&parts, &body, &self.keys, self.now);
            assert!(verdict.is_err(), "accepts a request that carries nothing at all");
        }
    }

    fn variants(&self, name: &HeaderName) -> Vec<Parts> {
        let value = self.parts.headers.get(name).cloned().unwrap_or(HeaderValue::from_static(""));
        let with = |value: &[u8]| {
            let mut parts = self.parts.clone();
            parts.headers.insert(name, HeaderValue::from_bytes(value).expect("these bytes are legal"));
            parts
        };
        let mut without = self.parts.clone();
        without.headers.remove(name);
        let mut doubled = self.parts.clone();
        doubled.headers.append(name, value.clone());
        let mut mixed = self.parts.clone();
        mixed.headers.append(name, HeaderValue::from_static("0"));
        let mut variants = vec![without, doubled, mixed];
        variants.push(with(&[value.as_bytes(), b"0"].concat()));
        variants.extend(value.as_bytes().split_last().map(|(_, shorter)| with(shorter)));
        let long = b"0".repeat(20_000);
        let many = b"v1=0,".repeat(4_000);
        let garbage: [&[u8]; 14] = [
            b"",
            b" ",
            b"\xff\xfe",
            b"0",
            b"-1",
            b"1.5",
            b"NaN",
            b"-9223372036854775808",
            b"99999999999999999999",
            b"sha256=",
            b"v1,",
            b"t=1,t=2,v1=",
            &long,
            &many,
        ];
        variants.extend(garbage.map(with));
        variants
    }

    fn method(&self) {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::OPTIONS] {
            if !self.scheme.methods().contains(&method) {
                let mut parts = self.parts.clone();
                parts.method = method;
                assert!(
                    self.verify(&parts, &self.body, &self.keys, self.now).is_err(),
                    "accepts {}",
                    parts.method
                );
            }
        }
    }
}

/// What the replay memory would know a delivery by.
fn describe(verified: &Verified) -> String {
    match verified.identity() {
        Identity::SignedId(id) => format!("id {id:?}"),
        Identity::SignedText(_) => format!("time {:?}", verified.signed_at()),
        Identity::None => "nothing".to_owned(),
    }
}

/// Every replay store must pass. It must be empty, or at least not know the namespace `conformance`. Takes some two
/// seconds, since it waits for leases and retentions to run out.
pub async fn replay_store<S: ReplayStore>(store: &S) {
    retries_are_handled_and_repeats_are_not(store).await;
    keys_are_kept_apart(store).await;
    one_of_many_is_fresh(store).await;
    leases_and_retentions_run_out(store).await;
    late_holders_settle_nothing(store).await;
    a_late_success_counts(store).await;
    any_duration_will_do(store).await;
}

/// Longer than the suite takes.
const LONG: Duration = Duration::from_secs(60);
/// Shorter than the suite waits.
const SHORT: Duration = Duration::from_millis(50);

async fn retries_are_handled_and_repeats_are_not<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "retries");
    let first = fresh(store, &key, LONG, "a new key is not fresh").await;
    assert_eq!(reserve(store, &key, LONG).await, Reserved::InFlight, "a leased key is leased again");
    store.release(&first).await.expect("release");
    let second = fresh(store, &key, LONG, "a released key is not fresh: the retry would be lost").await;
    assert_ne!(first.token(), second.token(), "a fencing token is used twice");
    store.release(&second).await.expect("release");
    let abandoned = fresh(store, &key, SHORT * 10, "a released key is not fresh").await;
    store.abandon(abandoned);
    let third = fresh_soon(store, &key, LONG, "an abandoned key is not fresh though its lease is over").await;
    store.commit(&third, LONG).await.expect("commit");
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a committed key is not done");
    store.release(&third).await.expect("release");
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a release undoes a commit");
    store.abandon(third);
    pause();
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "an abandonment undoes a commit");
}

async fn keys_are_kept_apart<S: ReplayStore>(store: &S) {
    let (billing, audit) = (ReplayKey::new("conformance-a", "same"), ReplayKey::new("conformance-b", "same"));
    let first = fresh(store, &billing, LONG, "a new key is not fresh").await;
    store.commit(&first, LONG).await.expect("commit");
    let second = fresh(store, &audit, LONG, "one endpoint swallows another's delivery").await;
    store.release(&second).await.expect("release");
    assert_eq!(reserve(store, &billing, LONG).await, Reserved::Done, "a release reaches another namespace");
    let other = ReplayKey::new("conformance-a", "other");
    fresh(store, &other, LONG, "one delivery swallows another").await;
}

async fn one_of_many_is_fresh<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "many");
    let reserved = at_once((0..50).map(|_| reserve(store, &key, LONG)).collect()).await;
    let is_fresh = |reserved: &&Reserved| matches!(reserved, Reserved::Fresh(_));
    assert_eq!(reserved.iter().filter(is_fresh).count(), 1, "of many at the same time, not one is fresh");
    for other in reserved.iter().filter(|reserved| !is_fresh(reserved)) {
        assert_eq!(*other, Reserved::InFlight, "a key is done that nobody has committed");
    }
}

async fn leases_and_retentions_run_out<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "time");
    fresh(store, &key, SHORT * 5, "a new key is not fresh").await;
    let owner = fresh_soon(store, &key, SHORT, "a lease does not run out while others ask for it").await;
    store.commit(&owner, LONG).await.expect("commit");
    pause();
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a commit ends with its lease");
    // Only the first commit counts.
    store.commit(&owner, SHORT).await.expect("commit");
    pause();
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "a second commit changes the first");

    let key = ReplayKey::new("conformance", "retention");
    let owner = fresh(store, &key, LONG, "a new key is not fresh").await;
    store.commit(&owner, SHORT).await.expect("commit");
    pause();
    fresh(store, &key, LONG, "a retention does not run out").await;
}

async fn late_holders_settle_nothing<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "late");
    let late = fresh(store, &key, SHORT, "a new key is not fresh").await;
    pause();
    let owner = fresh(store, &key, LONG, "a lease does not run out").await;
    assert_ne!(late.token(), owner.token(), "a fencing token is used twice");
    store.commit(&late, LONG).await.expect("commit");
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::InFlight, "a late commit overwrites the new holder's lease");
    store.release(&late).await.expect("release");
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::InFlight, "a late release ends the new holder's lease");
    store.abandon(late.clone());
    pause();
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::InFlight, "a late abandonment ends the new holder's lease");
    store.commit(&owner, LONG).await.expect("commit");
    store.commit(&late, SHORT).await.expect("commit");
    pause();
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::Done, "a late commit changes the new holder's");
}

async fn a_late_success_counts<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "late success");
    let late = fresh(store, &key, SHORT, "a new key is not fresh").await;
    pause();
    store.commit(&late, LONG).await.expect("commit");
    let now = reserve(store, &key, LONG).await;
    assert_eq!(now, Reserved::Done, "a late commit is lost although nobody else holds the key");
}

async fn any_duration_will_do<S: ReplayStore>(store: &S) {
    let key = ReplayKey::new("conformance", "for ever");
    let owner = fresh(store, &key, Duration::MAX, "a new key is not fresh").await;
    assert_eq!(reserve(store, &key, LONG).await, Reserved::InFlight, "an endless lease is none");
    store.commit(&owner, Duration::MAX).await.expect("commit");
    assert_eq!(reserve(store, &key, LONG).await, Reserved::Done, "an endless retention is none");
}

async fn reserve<S: ReplayStore>(store: &S, key: &ReplayKey, lease: Duration) -> Reserved {
    store.reserve(key, lease).await.expect("reserve")
}

async fn fresh<S: ReplayStore>(store: &S, key: &ReplayKey, lease: Duration, otherwise: &str) -> Reservation {
    match reserve(store, key, lease).await {
        Reserved::Fresh(reservation) => reservation,
        other => panic!("{otherwise}: {other:?}"),
    }
}

/// Asks for a second.
async fn fresh_soon<S: ReplayStore>(
    store: &S,
    key: &ReplayKey,
    lease: Duration,
    otherwise: &str,
) -> Reservation {
    for _ in 0..100 {
        if let Reserved::Fresh(reservation) = reserve(store, key, lease).await {
            return reservation;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{otherwise}")
}

/// Until what is `SHORT` has run out, and what does not block has been done. The suite knows no runtime to wait with.
fn pause() {
    std::thread::sleep(SHORT * 3);
}

/// Polls them by turns, so that whatever a store awaits, others come in between.
async fn at_once<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| Some(Box::pin(future))).collect();
    let mut outputs = Vec::new();
    poll_fn(move |cx| {
        for slot in &mut running {
            if let Some(Poll::Ready(output)) = slot.as_mut().map(|future| future.as_mut().poll(cx)) {
                outputs.push(output);
                *slot = None;
            }
        }
        match running.iter().all(Option::is_none) {
            true => Poll::Ready(std::mem::take(&mut outputs)),
            false => Poll::Pending,
        }
    })
    .await
}
