//! Whatever becomes of Redis.
use super::{
    Endpoint, LONG, Proxy, RedisServer, configure, eventually, handled_in_the_end, held, raw, store, values,
};
use crate::redis_server::{free_port, not_run};
use http::StatusCode;
use std::{
    pin::pin,
    sync::atomic::Ordering,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tokio::{net::TcpListener, time::sleep};
use tower_webhook::replay::{RedisStore, ReplayKey, ReplayStore as _, Reservation, Reserved};

#[tokio::test]
async fn unreachable_at_start() {
    let mut server = RedisServer::prepare(&[]);
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_unavailable("cannot be reached: Connection refused");
    assert_eq!(endpoint.calls(), 0);
    if server.restart().is_err() {
        return not_run("redis-server is not installed");
    }
    endpoint.deliver("evt_1").await.is_handled();
    assert_eq!(values(&server), ["done"]);
}

#[tokio::test]
async fn gone_in_mid_run_and_restarted() {
    let mut server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    server.kill();
    endpoint.deliver("evt_1").await.is_unavailable("Connection refused");
    endpoint.deliver("evt_2").await.is_unavailable("Connection refused");
    server.restart().unwrap();
    // The first that comes, without a 503, although Redis has forgotten the connection and the scripts.
    endpoint.deliver("evt_1").await.is_repeat();
    endpoint.deliver("evt_2").await.is_handled();
    assert_eq!((endpoint.calls(), values(&server)), (2, vec!["done".to_owned(); 2]));
}

#[tokio::test]
async fn restarted_while_nothing_came() {
    let mut server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    server.restart().unwrap();
    endpoint.deliver("evt_1").await.is_repeat();
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn gone_between_the_handler_and_the_commit() {
    let mut server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let first = tokio::spawn(endpoint.deliver("evt_1"));
    endpoint.called(1).await;
    server.kill();
    endpoint.permits.add_permits(1);
    let first = first.await.unwrap();
    assert_eq!(first.status, StatusCode::OK, "it was handled, whatever Redis says");
    assert!(first.unsettled.unwrap().error().to_string().contains("Connection refused"));
    server.restart().unwrap();
    eventually(|| values(&server) == ["done"]).await;
    endpoint.deliver("evt_1").await.is_repeat();
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test]
async fn a_connection_that_was_closed_for_being_idle_is_no_failure() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    for id in ["evt_1", "evt_2", "evt_3"] {
        endpoint.deliver(id).await.is_handled();
        redis::cmd("CLIENT").arg("KILL").arg("TYPE").arg("normal").exec(&mut raw(&server)).unwrap();
    }
}

#[tokio::test]
async fn slow() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let limit = Duration::from_millis(200);
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap().timeout(limit));
    handled_in_the_end(&endpoint, "evt_1").await;

    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let began = Instant::now();
    endpoint.deliver("evt_2").await.is_unavailable("did not answer within 200ms");
    assert!(began.elapsed() >= limit && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!((endpoint.calls(), held(&server).len()), (1, 2), "Redis has heard of it");

    // Nobody waits for that reservation: it is undone as soon as that can be said, long before the lease ends.
    sleep(2 * limit).await;
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    eventually(|| values(&server) == ["done"]).await;
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn silent_from_the_first() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let endpoint = Endpoint::on(&RedisStore::open(&url).unwrap().timeout(Duration::from_millis(100)));
    for id in ["evt_1", "evt_2"] {
        let began = Instant::now();
        endpoint.deliver(id).await.is_unavailable("did not answer within 100ms");
        assert!(began.elapsed() < Duration::from_secs(5));
    }
}

#[tokio::test]
async fn a_connection_whose_other_end_is_gone_in_silence() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let limit = Duration::from_millis(200);
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap().timeout(limit));
    handled_in_the_end(&endpoint, "evt_1").await;
    proxy.forgotten.store(proxy.connections.load(Ordering::SeqCst), Ordering::SeqCst);
    endpoint.deliver("evt_2").await.is_unavailable("did not answer within 200ms");
    handled_in_the_end(&endpoint, "evt_2").await;
    assert_eq!((endpoint.calls(), values(&server)), (2, vec!["done".to_owned(); 2]));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5));
    let key = ReplayKey::new("x", "1");
    store.check().await.unwrap();

    proxy.cuts_next_answer.store(true, Ordering::SeqCst);
    let Reserved::Fresh(reservation) = store.reserve(&key, LONG).await.unwrap() else {
        panic!("its own reservation is taken for another's")
    };
    assert!(!proxy.cuts_next_answer.swap(true, Ordering::SeqCst), "the answer came through");
    store.commit(&reservation, LONG).await.unwrap();
    assert!(!proxy.cuts_next_answer.swap(true, Ordering::SeqCst), "the answer came through");
    assert_eq!(store.reserve(&key, LONG).await.unwrap(), Reserved::Done);
    assert!(!proxy.cuts_next_answer.swap(true, Ordering::SeqCst), "the answer came through");
    store.release(&reservation).await.unwrap();
    assert_eq!(values(&server), ["done"]);
}

#[tokio::test]
async fn full() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    configure(&server, "maxmemory", "1");
    endpoint.deliver("evt_2").await.is_unavailable("OOM");
    endpoint.deliver("evt_1").await.is_repeat();
    assert_eq!((endpoint.calls(), values(&server)), (1, vec!["done".to_owned()]));
    configure(&server, "maxmemory", "0");
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn a_primary_that_becomes_a_replica() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server));
    endpoint.deliver("evt_1").await.is_handled();
    let replica_of = |host: &str, port: &str| {
        redis::cmd("REPLICAOF").arg(host).arg(port).exec(&mut raw(&server)).unwrap();
    };
    replica_of("127.0.0.1", &free_port().to_string());
    endpoint.deliver("evt_2").await.is_unavailable("read only");
    replica_of("NO", "ONE");
    endpoint.deliver("evt_2").await.is_handled();
}

/// The name leads to another Redis by now, and the connection to the first, which only reads: nobody is answered 503.
#[tokio::test]
async fn a_failover_behind_one_name() {
    let (old, new) = (server!(RedisServer::start()), server!(RedisServer::start()));
    let proxy = Proxy::start(old.port()).await;
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap());
    endpoint.deliver("evt_1").await.is_handled();
    proxy.redis.store(new.port(), Ordering::SeqCst);
    redis::cmd("REPLICAOF").arg("127.0.0.1").arg(free_port()).exec(&mut raw(&old)).unwrap();
    endpoint.deliver("evt_2").await.is_handled();
    assert_eq!(values(&new), ["done"]);
}

#[tokio::test]
async fn wrong_password() {
    let server = server!(RedisServer::start_with(&["--requirepass", "right"]));
    let with = |user: &str| format!("redis://{user}127.0.0.1:{}", server.port());
    let open = |url: &str| RedisStore::open(url).unwrap().timeout(Duration::from_secs(5));

    let without = Endpoint::on(&open(&with("")));
    without.deliver("evt_1").await.is_unavailable("NOAUTH");

    let wrong = open(&with(":wrong@"));
    let refused = wrong.check().await.unwrap_err().to_string();
    assert!(refused.contains("refuses user or password"), "{refused}");
    assert!(!format!("{refused} {wrong:?}").contains("wrong"), "{refused} {wrong:?}");
    let endpoint = Endpoint::on(&wrong);
    endpoint.deliver("evt_1").await.is_unavailable("refuses user or password");

    let right = open(&with(":right@"));
    right.check().await.unwrap();
    Endpoint::on(&right).deliver("evt_1").await.is_handled();

    // It is mended on the side of Redis: no restart is needed on this one.
    let mut raw = redis::Client::open(with(":right@")).unwrap().get_connection().unwrap();
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg("wrong").exec(&mut raw).unwrap();
    endpoint.deliver("evt_1").await.is_repeat();
    endpoint.deliver("evt_2").await.is_handled();
}

#[test]
fn what_is_no_url_of_a_redis_says_so_and_keeps_its_password() {
    for url in
        ["", "localhost", "http://user:hunter2@localhost", "redis://user:hunter2@", "redis://:hunter2@h/zero"]
    {
        let error = RedisStore::open(url).unwrap_err();
        assert!(error.to_string().contains("like redis://user:password@host:6379/0"), "{error}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    }
    let store = RedisStore::open("redis://user:hunter2@localhost/3").unwrap();
    assert!(format!("{store:?}").contains("localhost:6379") && !format!("{store:?}").contains("hunter2"));
}

#[test]
fn outside_of_a_runtime_it_fails_and_does_not_panic() {
    let store = RedisStore::open("redis://localhost").unwrap();
    let key = ReplayKey::new("x", "1");
    let reserved = pin!(store.reserve(&key, LONG)).poll(&mut Context::from_waker(Waker::noop()));
    let Poll::Ready(Err(error)) = reserved else { panic!("{reserved:?}") };
    assert!(error.to_string().contains("outside of a tokio runtime"), "{error}");
    store.abandon(Reservation::new(key, 1));
}
