//! A reservation is one `SET`, and where Redis does not know it in this form, a script.
use super::{
    Endpoint, LONG, Proxy, RedisServer, configure, fresh, proxy::Spoil, raw, scripts, store, values,
};
use crate::redis_server::not_run;
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tower_webhook::{
    conformance,
    replay::{RedisStore, ReplayKey, ReplayStore as _, Reserved},
};

/// Redis 7 or later.
fn start_7() -> Option<RedisServer> {
    let server = RedisServer::start()?;
    let set = redis::cmd("SET").arg(&["x", "1", "NX", "GET", "PX", "1"]).exec(&mut raw(&server));
    match set {
        Ok(()) => Some(server),
        Err(error) => {
            not_run(&format!("it needs Redis 7: SET with NX and GET answers {error}"));
            None
        }
    }
}

async fn like_redis_6(server: &RedisServer) -> (Arc<Proxy>, RedisStore) {
    let proxy = Proxy::start(server.port()).await;
    *proxy.spoils.lock().unwrap() = Spoil::LikeRedis6;
    let store = RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5));
    (proxy, store)
}

fn key(identity: &str) -> ReplayKey {
    ReplayKey::new("x", identity)
}

/// Fresh, in flight, done: how many scripts it took.
async fn scripts_for_all_answers(server: &RedisServer, store: &RedisStore, identity: &str) -> u64 {
    let (before, key) = (scripts(server), key(identity));
    let reservation = fresh(store, &key, LONG).await;
    assert_eq!(store.reserve(&key, LONG).await.unwrap(), Reserved::InFlight);
    let reserving = scripts(server) - before;
    store.commit(&reservation, LONG).await.unwrap();
    let before = scripts(server);
    assert_eq!(store.reserve(&key, LONG).await.unwrap(), Reserved::Done);
    reserving + scripts(server) - before
}

#[tokio::test]
async fn redis_7_runs_no_script() {
    let server = server!(start_7());
    assert_eq!(scripts_for_all_answers(&server, &store(&server), "1").await, 0);
}

#[tokio::test]
async fn redis_6_passes_the_suite() {
    let server = server!(RedisServer::start());
    let (proxy, store) = like_redis_6(&server).await;
    conformance::replay_store(&store).await;
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 1);
    assert_eq!(proxy.spoilt.load(Ordering::SeqCst), 1, "it was asked again after it had refused");
}

#[tokio::test]
async fn redis_6_refuses_once_for_each_connection_and_no_delivery_sees_it() {
    let server = server!(RedisServer::start());
    let (proxy, store) = like_redis_6(&server).await;
    let endpoint = Endpoint::on(&store);
    for connection in 1..=3 {
        for delivery in ["evt_1", "evt_2"].map(|id| format!("{id}_{connection}")) {
            endpoint.deliver(&delivery).await.is_handled();
            endpoint.deliver(&delivery).await.is_repeat();
        }
        assert_eq!(proxy.spoilt.load(Ordering::SeqCst), connection);
        redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec(&mut raw(&server)).unwrap();
    }
    assert_eq!(proxy.connections.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn redis_6_that_becomes_redis_7_behind_a_reconnect() {
    let server = server!(start_7());
    let (proxy, store) = like_redis_6(&server).await;
    let unknown_to_redis = 1;
    assert_eq!(scripts_for_all_answers(&server, &store, "1").await, 3 + unknown_to_redis);
    *proxy.spoils.lock().unwrap() = Spoil::Nothing;
    assert_eq!(
        scripts_for_all_answers(&server, &store, "2").await,
        3,
        "on the same connection, it is not tried"
    );
    redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec(&mut raw(&server)).unwrap();
    assert_eq!(scripts_for_all_answers(&server, &store, "3").await, 0);
}

#[tokio::test]
async fn our_own_token_is_ours_and_its_lease_begins_anew() {
    let server = server!(start_7());
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5));
    store.check().await.unwrap();
    let before = scripts(&server);
    proxy.cuts_next_answer.store(true, Ordering::SeqCst);
    let reservation = fresh(&store, &key("1"), LONG).await;
    assert!(!proxy.cuts_next_answer.load(Ordering::SeqCst), "the answer came through");
    assert_eq!(values(&server), [format!("{:032x}", reservation.token())]);
    let unknown_to_redis = 1;
    assert_eq!(scripts(&server) - before, 1 + unknown_to_redis, "a SET with NX leaves the lease as it was");
}

#[tokio::test]
async fn our_own_token_is_ours_with_redis_6_too() {
    let server = server!(RedisServer::start());
    let (proxy, store) = like_redis_6(&server).await;
    store.check().await.unwrap();
    proxy.cuts_next_answer.store(true, Ordering::SeqCst);
    let reservation = fresh(&store, &key("1"), LONG).await;
    assert!(!proxy.cuts_next_answer.load(Ordering::SeqCst), "the answer came through");
    assert_eq!(values(&server), [format!("{:032x}", reservation.token())]);
    assert_eq!(store.reserve(&key("1"), LONG).await.unwrap(), Reserved::InFlight);
}

// Other errors are no such refusal: once they are gone, one `SET` reserves again, on the same connection.

#[tokio::test]
async fn full_is_no_refusal() {
    let server = server!(start_7());
    let store = store(&server);
    scripts_for_all_answers(&server, &store, "1").await;
    configure(&server, "maxmemory", "1");
    let error = store.reserve(&key("2"), LONG).await.unwrap_err().to_string();
    assert!(error.contains("OOM"), "{error}");
    assert_eq!(
        store.reserve(&key("1"), LONG).await.unwrap(),
        Reserved::Done,
        "that can be told nevertheless"
    );
    configure(&server, "maxmemory", "0");
    assert_eq!(scripts_for_all_answers(&server, &store, "3").await, 0);
}

#[tokio::test]
async fn forbidden_is_no_refusal() {
    let server = server!(start_7());
    let store = store(&server);
    scripts_for_all_answers(&server, &store, "1").await;
    let set_is = |rule: &str| {
        redis::cmd("ACL").arg("SETUSER").arg("default").arg(rule).exec(&mut raw(&server)).unwrap();
    };
    set_is("-set");
    let error = store.reserve(&key("2"), LONG).await.unwrap_err().to_string();
    let words = ["can't run this command", "no permissions"];
    assert!(words.iter().any(|words| error.contains(words)), "{error}");
    assert_eq!(
        store.reserve(&key("1"), LONG).await.unwrap(),
        Reserved::Done,
        "that can be told nevertheless"
    );
    set_is("+set");
    assert_eq!(scripts_for_all_answers(&server, &store, "3").await, 0);
}

#[tokio::test]
async fn a_replica_is_no_refusal() {
    let server = server!(start_7());
    let store = store(&server);
    scripts_for_all_answers(&server, &store, "1").await;
    let replica_of = |host: &str, port: &str| {
        redis::cmd("REPLICAOF").arg(host).arg(port).exec(&mut raw(&server)).unwrap();
    };
    replica_of("127.0.0.1", "1");
    let error = store.reserve(&key("2"), LONG).await.unwrap_err().to_string();
    assert!(error.contains("read only"), "{error}");
    assert_eq!(
        store.reserve(&key("1"), LONG).await.unwrap(),
        Reserved::Done,
        "that can be told nevertheless"
    );
    replica_of("NO", "ONE");
    assert_eq!(scripts_for_all_answers(&server, &store, "3").await, 0);
}

#[tokio::test]
async fn another_error_of_the_command_is_no_refusal() {
    let server = server!(start_7());
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5));
    store.check().await.unwrap();
    *proxy.spoils.lock().unwrap() = Spoil::LeaseOfZero;
    scripts_for_all_answers(&server, &store, "1").await;
    assert_eq!(proxy.spoilt.load(Ordering::SeqCst), 3, "it is tried each time");
    *proxy.spoils.lock().unwrap() = Spoil::Nothing;
    assert_eq!(scripts_for_all_answers(&server, &store, "2").await, 0);
}
