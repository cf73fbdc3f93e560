//! Replay memory through the layer: what is handled, what is a repeat, and what is forgotten.
#![cfg(all(feature = "memory", feature = "providers"))]
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod common;

use bytes::Bytes;
use common::{
    Answer, Custom, Handler, NOW, OTHER_SECRET, SECRET, ask, hmac, layer, poll_once, post, signed, signed_as,
    with,
};
use http::{HeaderName, Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use std::{
    convert::Infallible,
    future::pending,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_webhook::{
    Answered, RejectionKind, Scheme, VerifiedBody, VerifySignatureLayer,
    key::Tenants,
    providers::{GitHub, Stripe},
    replay::{MemoryStore, Replay, ReplayKey, ReplayStore, Reservation, Reserved, Settle, StoreError},
    scheme::{self, Answers, Check, Delivery, Repeat},
    schemes::{Field, Part, Signed, Source, StandardWebhooks},
    time::Unit,
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn remembering<S: Scheme>(scheme: S) -> VerifySignatureLayer<S> {
    layer(scheme).replay(Replay::new(MemoryStore::new(100), "x"))
}

async fn send<S: Scheme>(
    layer: &VerifySignatureLayer<S>,
    handler: &Handler,
    request: Request<Bytes>,
) -> Answer {
    ask(layer.layer(handler.clone()), request.map(Full::new)).await
}

const PAID: &str = r#"{"id":"evt_1","type":"invoice.paid"}"#;

fn stripe(body: &'static str, seconds_ago: u64) -> Request<Bytes> {
    signed_as(&Stripe, post(body), SECRET, NOW.saturating_sub(Duration::from_secs(seconds_ago)))
}

fn standard(id: &str) -> Request<Bytes> {
    signed(&StandardWebhooks, with(post("{}"), "webhook-id", id))
}

fn github(delivery: &str) -> Request<Bytes> {
    signed(&GitHub, with(post("{}"), "x-github-delivery", delivery))
}

/// A time is signed, and no id; several signatures.
fn timed() -> Signed {
    let list = Field::header(HeaderName::from_static("x-signature")).list(',');
    Signed::hmac_sha256("timed", list.clone().prefix("v1=")).text([
        Part::Timestamp(list.prefix("t="), Unit::Seconds),
        Part::literal("."),
        Part::Body,
    ])
}

// Repeats

#[tokio::test]
async fn t12_a_repeat_is_acknowledged_without_the_handler() {
    let (layer, handler) = (remembering(Stripe), Handler::new());
    let first = send(&layer, &handler, stripe(PAID, 0)).await;
    assert_eq!((first.status, first.answered), (StatusCode::OK, None));
    let replayed = send(&layer, &handler, stripe(PAID, 0)).await;
    assert_eq!((replayed.status, replayed.answered), (StatusCode::OK, Some(Answered::Repeat)));
    let signed_anew = send(&layer, &handler, stripe(PAID, 60)).await;
    assert_eq!((signed_anew.status, signed_anew.answered), (StatusCode::OK, Some(Answered::Repeat)));
    assert_eq!(handler.calls(), 1);
    let other = send(&layer, &handler, stripe(r#"{"id":"evt_2","type":"invoice.paid"}"#, 0)).await;
    assert_eq!((other.answered, handler.calls()), (None, 2), "another id is another delivery");
}

#[tokio::test]
async fn without_a_signed_id_the_signed_text_is_the_identity() {
    let (layer, handler) = (remembering(timed()), Handler::new());
    let at = |ago, body: &'static str| {
        signed_as(&timed(), post(body), SECRET, NOW.saturating_sub(Duration::from_secs(ago)))
    };
    for (request, is_repeat) in [
        (at(0, "{}"), false),
        (at(0, "{}"), true),
        (at(1, "{}"), false),
        (at(0, "{ }"), false),
        (at(1, "{}"), true),
    ] {
        let answer = send(&layer, &handler, request).await;
        assert_eq!(answer.answered.is_some(), is_repeat, "{answer:?}");
    }
    assert_eq!(handler.calls(), 3);
}

#[tokio::test]
async fn a_repeat_is_answered_as_the_provider_documents() {
    let acknowledgement = scheme::Answer::json(StatusCode::ACCEPTED, r#"{"received":true}"#);
    let refusal = scheme::Answer::json(StatusCode::UNAUTHORIZED, r#"{"error":"replayed"}"#);
    let answers = Answers::new().acknowledgement(acknowledgement).refusal(refusal);
    let acknowledges = || timed().with_answers(answers);
    let refuses = || timed().with_answers(answers.repeat(Repeat::Refuse));
    let chosen = || Replay::new(MemoryStore::new(10), "x").repeat(Repeat::Refuse);
    for (layer, expected) in [
        (remembering(acknowledges()), (202, None, r#"{"received":true}"#)),
        (remembering(refuses()), (401, Some(RejectionKind::Replayed), r#"{"error":"replayed"}"#)),
        (
            layer(acknowledges()).replay(chosen()),
            (401, Some(RejectionKind::Replayed), r#"{"error":"replayed"}"#),
        ),
    ] {
        let handler = Handler::new();
        send(&layer, &handler, signed(&timed(), post("{}"))).await;
        let repeat = send(&layer, &handler, signed(&timed(), post("{}"))).await;
        let (status, kind) = repeat.refusal();
        assert_eq!((status, kind, repeat.text()), expected);
        assert_eq!(repeat.header("content-type"), Some("application/json"));
        assert_eq!(handler.calls(), 1);
    }
}

#[tokio::test]
async fn a_repeat_of_what_is_being_handled_waits() {
    let layer = remembering(Stripe);
    let never_done =
        service_fn(|_: Request<VerifiedBody>| pending::<Result<Response<Empty<Bytes>>, Infallible>>());
    let mut first = Box::pin(layer.layer(never_done).oneshot(stripe(PAID, 0).map(Full::new)));
    assert!(poll_once(first.as_mut()).is_pending());
    let handler = Handler::new();
    let second = send(&layer, &handler, stripe(PAID, 0)).await;
    assert_eq!(second.refusal(), (503, Some(RejectionKind::InFlight)));
    assert_eq!(second.header("retry-after"), Some("1"));
    drop(first);
    let third = send(&layer, &handler, stripe(PAID, 0)).await;
    assert_eq!((third.status, handler.calls()), (StatusCode::OK, 1), "the sender of the first has hung up");
}

#[tokio::test]
async fn a_lease_that_has_run_out_lets_the_retry_in() {
    let layer = layer(Stripe).replay(Replay::new(MemoryStore::new(10), "x").lease(Duration::ZERO));
    let never_done =
        service_fn(|_: Request<VerifiedBody>| pending::<Result<Response<Empty<Bytes>>, Infallible>>());
    let mut first = pin!(layer.layer(never_done).oneshot(stripe(PAID, 0).map(Full::new)));
    assert!(poll_once(first.as_mut()).is_pending());
    let handler = Handler::new();
    assert_eq!(send(&layer, &handler, stripe(PAID, 0)).await.status, StatusCode::OK);
    assert_eq!(handler.calls(), 1);
}

#[tokio::test]
async fn a_failure_is_not_the_end_of_a_delivery() {
    let (layer, handler) = (remembering(Stripe), Handler::answering([500, 500, 200]));
    let mut answers = Vec::new();
    for _ in 0..4 {
        let answer = send(&layer, &handler, stripe(PAID, 0)).await;
        answers.push((answer.status.as_u16(), answer.answered));
    }
    assert_eq!(answers, [(500, None), (500, None), (200, None), (200, Some(Answered::Repeat))]);
    assert_eq!(handler.calls(), 3);
}

#[tokio::test]
async fn which_answers_are_final_can_be_chosen() {
    for (status, by_default, chosen) in
        [(200, true, true), (202, true, false), (302, false, false), (422, false, true), (500, false, false)]
    {
        let settle = |status: StatusCode| match status.as_u16() {
            200 | 422 => Settle::Commit,
            _ => Settle::Release,
        };
        let replay = || Replay::new(MemoryStore::new(10), "x");
        for (replay, is_final) in [(replay(), by_default), (replay().settle(settle), chosen)] {
            let (layer, handler) = (layer(Stripe).replay(replay), Handler::answering([status]));
            send(&layer, &handler, stripe(PAID, 0)).await;
            let again = send(&layer, &handler, stripe(PAID, 0)).await;
            assert_eq!(again.answered.is_some(), is_final, "{status}");
            assert_eq!(handler.calls(), if is_final { 1 } else { 2 }, "{status}");
        }
    }
}

// What a delivery is known by

#[tokio::test]
async fn t38_a_signature_less_is_the_same_delivery() {
    let both = |scheme: &dyn Scheme, request: fn() -> Request<Bytes>, header: &'static str, between: &str| {
        let value = |secret| {
            let signed = signed_as(scheme, request(), secret, NOW);
            signed.headers()[header].to_str().unwrap().to_owned()
        };
        let (one, two) = (value(SECRET), value(OTHER_SECRET));
        let list = [format!("{one}{between}{two}"), format!("{two}{between}{one}"), one, two];
        list.map(|value| with(signed(scheme, request()), header, &value))
    };
    let keys = |scheme: &dyn Scheme| {
        tower_webhook::key::KeySet::from(scheme.key(SECRET).unwrap()).or(scheme.key(OTHER_SECRET).unwrap())
    };

    let by_id = || with(post("{}"), "webhook-id", "msg_1");
    let layer = VerifySignatureLayer::new(StandardWebhooks, keys(&StandardWebhooks)).clock(common::clock);
    let layer = layer.replay(Replay::new(MemoryStore::new(10), "x"));
    let handler = Handler::new();
    for request in both(&StandardWebhooks, by_id, "webhook-signature", " ") {
        assert_eq!(send(&layer, &handler, request).await.status, StatusCode::OK);
    }
    assert_eq!(handler.calls(), 1, "known by its id");

    // The time is in the same header, and must stand there once.
    let [one, two] = [SECRET, OTHER_SECRET].map(|secret| hmac(secret, "1718000000.{}"));
    let layer = VerifySignatureLayer::new(timed(), keys(&timed())).clock(common::clock);
    let layer = layer.replay(Replay::new(MemoryStore::new(10), "x"));
    let handler = Handler::new();
    for value in [
        format!("t=1718000000,v1={one},v1={two}"),
        format!("t=1718000000,v1={two},v1={one}"),
        format!("v1={two},v9=0fa0,t=1718000000"),
        format!("t=1718000000, v1={}", one.to_uppercase()),
    ] {
        let answer = send(&layer, &handler, with(post("{}"), "x-signature", &value)).await;
        assert_eq!(answer.status, StatusCode::OK, "{value}");
    }
    assert_eq!(handler.calls(), 1, "known by its text");
}

#[tokio::test]
async fn t34_equal_bodies_are_two_deliveries_where_neither_id_nor_time_is_signed() {
    let (layer, handler) = (remembering(GitHub), Handler::new());
    for _ in 0..2 {
        assert_eq!(send(&layer, &handler, github("1")).await.answered, None);
    }
    assert_eq!(handler.calls(), 2);
}

#[tokio::test]
async fn t13_an_unsigned_id_does_not_renew_a_delivery() {
    let replay = Replay::new(MemoryStore::new(10), "x").remember_bodies();
    let (layer, handler) = (layer(GitHub).replay(replay), Handler::new());
    assert_eq!(send(&layer, &handler, github("1")).await.answered, None);
    assert_eq!(send(&layer, &handler, github("2")).await.answered, Some(Answered::Repeat));
    let renamed = with(github("3"), "x-github-event", "another");
    assert_eq!(send(&layer, &handler, renamed).await.answered, Some(Answered::Repeat));
    assert_eq!(handler.calls(), 1);
}

#[tokio::test]
async fn t34_a_token_signs_neither_id_nor_time_whatever_the_scheme_says() {
    // What a body under a token says of itself is not signed, and must not make two deliveries one.
    let token =
        Custom::new(|head, _| Ok(Check::token(head.one(&HeaderName::from_static("x-token"))?).into()));
    let claims = token.accepting(|_| Ok(Delivery::new().signed_at(NOW).signed_id("1").into()));
    let (layer, handler) = (remembering(claims), Handler::new());
    for body in ["1", "2"] {
        let answer = send(&layer, &handler, with(post(body), "x-token", SECRET)).await;
        assert_eq!((answer.status, answer.answered), (StatusCode::OK, None), "body {body}");
    }
    assert_eq!(handler.calls(), 2);
}

#[tokio::test]
async fn t33_two_endpoints_that_share_a_store_both_handle_a_delivery() {
    let store = Arc::new(MemoryStore::new(10));
    let endpoint =
        |namespace: &str| (layer(Stripe).replay(Replay::new(Arc::clone(&store), namespace)), Handler::new());
    let ((billing, bills), (audit, audits)) = (endpoint("billing"), endpoint("audit"));
    for _ in 0..2 {
        send(&billing, &bills, stripe(PAID, 0)).await;
        send(&audit, &audits, stripe(PAID, 0)).await;
    }
    assert_eq!((bills.calls(), audits.calls()), (1, 1));
}

#[tokio::test]
async fn t33_schemes_and_tenants_do_not_share_their_ids() {
    let id = HeaderName::from_static("x-id");
    let scheme = |name: &'static str| {
        Signed::hmac_sha256(name, Field::header(HeaderName::from_static("x-signature")))
            .text([Part::Header(id.clone()), Part::literal("."), Part::Body])
            .id(Source::Header(id.clone()))
            .tenant(HeaderName::from_static("x-tenant"))
    };
    let store = Arc::new(MemoryStore::new(10));
    let handler = Handler::new();
    for name in ["one", "two"] {
        let key = || scheme(name).key(SECRET).unwrap();
        let tenants = Tenants::new().with("a", key()).with("b", key());
        let layer = VerifySignatureLayer::new(scheme(name), tenants);
        let layer = layer.replay(Replay::new(Arc::clone(&store), "x"));
        for tenant in ["a", "b", "a", "b"] {
            let request = with(with(post("{}"), "x-id", "1"), "x-tenant", tenant);
            assert_eq!(send(&layer, &handler, signed(&scheme(name), request)).await.status, StatusCode::OK);
        }
    }
    assert_eq!(handler.calls(), 4, "once for each scheme and tenant");
}

// Stores

/// A store that notes what it is asked, and answers as told.
#[derive(Clone, Default)]
struct Noting {
    reserved: Arc<AtomicUsize>,
    leases: Arc<Mutex<Vec<Duration>>>,
    retentions: Arc<Mutex<Vec<Duration>>>,
    fails_to_reserve: bool,
    fails_to_commit: bool,
}

impl ReplayStore for Noting {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        let token = self.reserved.fetch_add(1, Ordering::SeqCst);
        self.leases.lock().unwrap().push(lease);
        if self.fails_to_reserve {
            return Err(StoreError::new("down"));
        }
        Ok(Reserved::Fresh(Reservation::new(key.clone(), token as u128)))
    }

    async fn commit(&self, _: &Reservation, retention: Duration) -> Result<(), StoreError> {
        self.retentions.lock().unwrap().push(retention);
        if self.fails_to_commit { Err(StoreError::new("down")) } else { Ok(()) }
    }

    async fn release(&self, _: &Reservation) -> Result<(), StoreError> {
        Ok(())
    }
}

#[tokio::test]
async fn t29_a_request_that_is_not_verified_never_reaches_the_store() {
    let (store, handler) = (Noting::default(), Handler::new());
    let layer = layer(Stripe).replay(Replay::new(store.clone(), "x"));
    let stale = stripe(PAID, 301);
    let forged = signed_as(&Stripe, post(PAID), OTHER_SECRET, NOW);
    for request in [post(PAID), stale, forged] {
        assert_eq!(send(&layer, &handler, request).await.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(store.reserved.load(Ordering::SeqCst), 0);
    send(&layer, &handler, stripe(PAID, 0)).await;
    assert_eq!(store.reserved.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_store_that_is_down_stops_deliveries_unless_told_otherwise() {
    let down = || Noting { fails_to_reserve: true, ..Noting::default() };
    let handler = Handler::new();
    let answer = send(&layer(Stripe).replay(Replay::new(down(), "x")), &handler, stripe(PAID, 0)).await;
    assert_eq!(answer.refusal(), (503, Some(RejectionKind::ReplayStoreUnavailable)));
    assert_eq!((answer.header("retry-after"), handler.calls()), (Some("1"), 0));

    let open = layer(Stripe).replay(Replay::new(down(), "x").insecure_pass_when_unavailable());
    assert_eq!(send(&open, &handler, stripe(PAID, 0)).await.status, StatusCode::OK);
    assert_eq!(handler.calls(), 1);
    // It opens to deliveries, and to nobody else.
    let forged = signed_as(&Stripe, post(PAID), OTHER_SECRET, NOW);
    assert_eq!(send(&open, &handler, forged).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_store_that_fails_to_commit_does_not_undo_a_success() {
    let store = Noting { fails_to_commit: true, ..Noting::default() };
    let handler = Handler::new();
    let answer = send(&layer(Stripe).replay(Replay::new(store, "x")), &handler, stripe(PAID, 0)).await;
    assert_eq!((answer.status, answer.kind, handler.calls()), (StatusCode::OK, None, 1));
}

#[tokio::test]
async fn a_delivery_is_remembered_for_twice_the_tolerance_at_least() {
    async fn retention<S: Scheme>(
        layer: VerifySignatureLayer<S>,
        replay: fn(Replay) -> Replay,
        request: Request<Bytes>,
    ) -> Duration {
        let store = Noting::default();
        let layer = layer.replay(replay(Replay::new(store.clone(), "x")));
        send(&layer, &Handler::new(), request).await;
        let [retention] = store.retentions.lock().unwrap()[..] else { panic!("committed once") };
        retention
    }
    let timed_request = || signed(&timed(), post("{}"));
    assert_eq!(retention(layer(Stripe), |r| r, stripe(PAID, 0)).await, DAY);
    assert_eq!(retention(layer(Stripe).tolerance(2 * DAY), |r| r, stripe(PAID, 0)).await, 4 * DAY);
    assert_eq!(retention(layer(timed()), |r| r, timed_request()).await, 10 * MINUTE);
    assert_eq!(retention(layer(timed()).tolerance(MINUTE), |r| r, timed_request()).await, 2 * MINUTE);
    assert_eq!(retention(layer(timed()), |r| r.retention(MINUTE), timed_request()).await, 10 * MINUTE);
    assert_eq!(retention(layer(timed()), |r| r.retention(DAY), timed_request()).await, DAY);
    assert_eq!(retention(layer(GitHub), |r| r.remember_bodies(), github("1")).await, DAY);
}

#[tokio::test]
async fn a_lease_is_as_long_as_the_provider_waits() {
    for (lease, expected) in [(None, Duration::from_secs(10)), (Some(MINUTE), MINUTE)] {
        let store = Noting::default();
        let replay = Replay::new(store.clone(), "x");
        let replay = match lease {
            Some(lease) => replay.lease(lease),
            None => replay,
        };
        send(&layer(Stripe).replay(replay), &Handler::new(), stripe(PAID, 0)).await;
        assert_eq!(*store.leases.lock().unwrap(), [expected]);
    }
}

// The memory in process

fn key(identity: impl AsRef<[u8]>) -> ReplayKey {
    ReplayKey::new("x", identity)
}

async fn reserve(store: &MemoryStore, identity: &str, lease: Duration) -> Reserved {
    store.reserve(&key(identity), lease).await.unwrap()
}

async fn lease(store: &MemoryStore, identity: &str, lease: Duration) -> Reservation {
    match reserve(store, identity, lease).await {
        Reserved::Fresh(reservation) => reservation,
        other => panic!("{identity} is not fresh: {other:?}"),
    }
}

async fn commit(store: &MemoryStore, identity: &str, retention: Duration) {
    let reservation = lease(store, identity, MINUTE).await;
    store.commit(&reservation, retention).await.unwrap();
}

#[tokio::test]
async fn a_full_memory_refuses_rather_than_forget() {
    let (layer, handler) =
        (layer(StandardWebhooks).replay(Replay::new(MemoryStore::new(2), "x")), Handler::new());
    for id in ["1", "2"] {
        assert_eq!(send(&layer, &handler, standard(id)).await.status, StatusCode::OK);
    }
    let third = send(&layer, &handler, standard("3")).await;
    assert_eq!(third.refusal(), (503, Some(RejectionKind::ReplayStoreUnavailable)));
    for id in ["1", "2"] {
        assert_eq!(send(&layer, &handler, standard(id)).await.answered, Some(Answered::Repeat));
    }
    assert_eq!(handler.calls(), 2);
}

#[tokio::test]
async fn at_the_bound_what_is_being_handled_is_never_forgotten() {
    let store = MemoryStore::new(3).forget_oldest_when_full();
    let live = lease(&store, "live", MINUTE).await;
    commit(&store, "first", MINUTE).await;
    commit(&store, "second", MINUTE).await;
    let third = lease(&store, "third", MINUTE).await;
    assert_eq!(reserve(&store, "live", MINUTE).await, Reserved::InFlight);
    assert_eq!(reserve(&store, "second", MINUTE).await, Reserved::Done, "the older one had to go");
    let fourth = lease(&store, "fourth", MINUTE).await;
    // Now all three are being handled.
    assert!(store.reserve(&key("fifth"), MINUTE).await.is_err());
    for (identity, reservation) in [("live", live), ("third", third), ("fourth", fourth)] {
        assert_eq!(reserve(&store, identity, MINUTE).await, Reserved::InFlight, "{identity}");
        store.commit(&reservation, MINUTE).await.unwrap();
        assert_eq!(reserve(&store, identity, MINUTE).await, Reserved::Done, "{identity}");
    }
    assert_eq!(store.len(), 3);
}

#[tokio::test]
async fn what_has_run_out_makes_room() {
    let store = MemoryStore::new(4);
    for round in 0..100 {
        commit(&store, &format!("done {round}"), Duration::ZERO).await;
        lease(&store, &format!("leased {round}"), Duration::ZERO).await;
    }
    assert!(store.len() <= 4, "{} entries", store.len());
}

#[tokio::test]
async fn what_lasts_long_does_not_keep_the_dead() {
    // Endpoints that share a memory have tolerances and leases of their own.
    let store = MemoryStore::new(5);
    commit(&store, "lasts", DAY).await;
    let live = lease(&store, "live", DAY).await;
    for round in 0..100 {
        commit(&store, &format!("done {round}"), Duration::ZERO).await;
        lease(&store, &format!("leased {round}"), Duration::ZERO).await;
    }
    assert_eq!(reserve(&store, "lasts", MINUTE).await, Reserved::Done);
    assert_eq!(reserve(&store, "live", MINUTE).await, Reserved::InFlight);
    store.commit(&live, MINUTE).await.unwrap();
}

#[tokio::test]
async fn what_is_forgotten_first_is_what_would_run_out_first() {
    let store = MemoryStore::new(2).forget_oldest_when_full();
    commit(&store, "lasts", DAY).await;
    commit(&store, "soon", MINUTE).await;
    commit(&store, "new", MINUTE).await;
    assert_eq!(reserve(&store, "lasts", MINUTE).await, Reserved::Done);
}

#[tokio::test]
async fn a_success_that_took_longer_than_its_lease_is_remembered() {
    let store = MemoryStore::new(10);
    let late = lease(&store, "late", Duration::ZERO).await;
    // Whoever comes by sweeps the dead out.
    lease(&store, "other", MINUTE).await;
    assert_eq!(store.len(), 1);
    store.commit(&late, MINUTE).await.unwrap();
    assert_eq!(reserve(&store, "late", MINUTE).await, Reserved::Done);
}

#[tokio::test]
async fn to_remember_for_ever_is_to_remember() {
    let replay = Replay::new(MemoryStore::new(10), "x").retention(Duration::MAX).lease(Duration::ZERO);
    let (layer, handler) = (layer(Stripe).replay(replay), Handler::new());
    send(&layer, &handler, stripe(PAID, 0)).await;
    assert_eq!(send(&layer, &handler, stripe(PAID, 0)).await.answered, Some(Answered::Repeat));
    let replay = Replay::new(MemoryStore::new(10), "x").lease(Duration::MAX);
    let answer = send(&self::layer(Stripe).replay(replay), &handler, stripe(PAID, 0)).await;
    assert_eq!((answer.status, handler.calls()), (StatusCode::OK, 2));
}

#[tokio::test]
async fn a_hundred_thousand_deliveries_leave_nothing_behind() {
    let store = MemoryStore::new(10);
    let live = lease(&store, "live", DAY).await;
    let empty = format!("{store:?}").len();
    for round in 0..100_000_u32 {
        let key = key(round.to_le_bytes());
        let Reserved::Fresh(reservation) = store.reserve(&key, DAY).await.unwrap() else {
            panic!("{round} is not fresh")
        };
        if round % 2 == 0 {
            store.release(&reservation).await.unwrap();
        } else {
            store.abandon(reservation);
        }
    }
    assert_eq!(store.len(), 1);
    // `Debug` shows all that it holds, which must not grow with what it has held.
    let after = format!("{store:?}").len();
    assert!(after < empty + 20_000, "from {empty} to {after} characters");
    store.release(&live).await.unwrap();
    assert!(store.is_empty());
}

/// What a store of one's own sees: its namespace and a digest, by which the same delivery is the same key.
#[test]
fn a_key_names_its_namespace_and_digest() {
    let key = ReplayKey::new("orders", "evt_1");
    assert_eq!(key.namespace(), "orders");
    assert_eq!(key.digest(), ReplayKey::new("refunds", "evt_1").digest());
    assert_ne!(key.digest(), ReplayKey::new("orders", "evt_2").digest());
    assert_ne!(key, ReplayKey::new("refunds", "evt_1"));
    let shown = format!("{key:?}");
    assert!(shown.starts_with("ReplayKey(orders:") && shown.len() > 64, "{shown}");
    let reservation = Reservation::new(key.clone(), 7);
    assert_eq!((reservation.key(), reservation.token()), (&key, 7));
}
