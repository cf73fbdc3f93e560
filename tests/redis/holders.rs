//! Whatever becomes of us, who hold a reservation.
use super::{
    Endpoint, LONG, NOW, Proxy, RedisServer, eventually, handled_in_the_end, held, poll_once, poll_until,
    store, values,
};
use http::StatusCode;
use std::{
    sync::{Arc, Mutex, atomic::Ordering},
    time::{Duration, Instant},
};
use tower_webhook::{
    RejectionKind,
    replay::{MemoryStore, RedisStore, Replay},
    time::{Clock, Timestamp},
};

#[tokio::test]
async fn a_lease_that_runs_out_while_the_handler_runs() {
    let server = server!(RedisServer::start());
    let replay = Replay::new(store(&server), "billing");
    let (slow, quick) = (
        Endpoint::new(replay.clone().lease(Duration::from_millis(100))).waiting(),
        Endpoint::new(replay.clone().lease(LONG)).waiting(),
    );
    let first = tokio::spawn(slow.deliver("evt_1"));
    slow.called(1).await;
    eventually(|| held(&server).is_empty()).await;
    let second = tokio::spawn(quick.deliver("evt_1"));
    quick.called(1).await;
    let owner = values(&server);

    slow.permits.add_permits(1);
    let first = first.await.unwrap();
    assert_eq!((first.status, first.answered), (StatusCode::OK, None), "it was handled, though late");
    assert_eq!(values(&server), owner, "a late commit overwrites the new owner's state");
    quick.deliver("evt_1").await.is_in_flight();

    quick.permits.add_permits(1);
    second.await.unwrap().is_handled();
    assert_eq!(values(&server), ["done"]);
    quick.deliver("evt_1").await.is_repeat();
}

#[tokio::test]
async fn a_lease_that_runs_out_with_nobody_else_there() {
    let server = server!(RedisServer::start());
    let replay = Replay::new(store(&server), "billing").lease(Duration::from_millis(100));
    let endpoint = Endpoint::new(replay).waiting();
    let first = tokio::spawn(endpoint.deliver("evt_1"));
    endpoint.called(1).await;
    eventually(|| held(&server).is_empty()).await;
    endpoint.permits.add_permits(1);
    first.await.unwrap().is_handled();
    assert_eq!(values(&server), ["done"], "a late success is one");
    endpoint.deliver("evt_1").await.is_repeat();
}

#[tokio::test]
async fn killed_between_reserve_and_commit() {
    let server = server!(RedisServer::start());
    let replay = Replay::new(store(&server), "billing").lease(Duration::from_secs(1));
    let killed = Endpoint::new(replay.clone()).waiting();
    let mut first = Box::pin(killed.deliver("evt_1"));
    poll_until(first.as_mut(), || killed.calls() == 1).await;
    // Nothing of it runs any more, not even a destructor.
    std::mem::forget(first);

    let endpoint = Endpoint::new(replay);
    endpoint.deliver("evt_1").await.is_in_flight();
    handled_in_the_end(&endpoint, "evt_1").await;
    assert_eq!((endpoint.calls(), values(&server)), (1, vec!["done".to_owned()]));
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_the_handler_runs() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let mut first = Box::pin(endpoint.deliver("evt_1"));
    poll_until(first.as_mut(), || endpoint.calls() == 1).await;
    assert_eq!(held(&server).len(), 1);
    drop(first);
    let began = Instant::now();
    eventually(|| held(&server).is_empty()).await;
    assert!(began.elapsed() < LONG / 2, "it was left to the lease");
    endpoint.permits.add_permits(1);
    endpoint.deliver("evt_1").await.is_handled();
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_redis_is_asked() {
    let server = server!(RedisServer::start());
    let proxy = Proxy::start(server.port()).await;
    let endpoint = Endpoint::on(&RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(5)));
    endpoint.deliver("evt_1").await.is_handled();
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let mut second = Box::pin(endpoint.deliver("evt_2"));
    poll_until(second.as_mut(), || held(&server).len() == 2).await;
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    drop(second);
    eventually(|| held(&server).len() == 1).await;
    endpoint.deliver("evt_2").await.is_handled();
}

#[tokio::test]
async fn a_sender_that_hangs_up_while_the_success_is_noted() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let mut first = Box::pin(endpoint.deliver("evt_1"));
    poll_until(first.as_mut(), || endpoint.calls() == 1).await;
    endpoint.permits.add_permits(1);
    // The handler succeeds, and the commit is on its way.
    assert!(poll_once(first.as_mut()).is_pending());
    assert_eq!(endpoint.permits.available_permits(), 0);
    drop(first);
    eventually(|| values(&server) == ["done"]).await;
    endpoint.deliver("evt_1").await.is_repeat();
    assert_eq!(endpoint.calls(), 1);
}

#[tokio::test]
async fn a_request_that_is_dropped_where_there_is_no_runtime() {
    let server = server!(RedisServer::start());
    let endpoint = Endpoint::on(&store(&server)).waiting();
    let mut first = Box::pin(endpoint.deliver("evt_1"));
    poll_until(first.as_mut(), || endpoint.calls() == 1).await;
    std::thread::spawn(move || drop(first)).join().unwrap();
    eventually(|| held(&server).is_empty()).await;
}

#[tokio::test]
async fn a_handler_that_panics() {
    let server = server!(RedisServer::start());
    let store = store(&server);
    let endpoint = Endpoint::on(&store);
    endpoint.permits.close();
    assert!(tokio::spawn(endpoint.deliver("evt_1")).await.unwrap_err().is_panic());
    eventually(|| held(&server).is_empty()).await;
    Endpoint::on(&store).deliver("evt_1").await.is_handled();
}

// A clock that steps backwards

#[derive(Clone)]
struct Steps(Arc<Mutex<Timestamp>>);

impl Clock for Steps {
    fn now(&self) -> Option<Timestamp> {
        Some(*self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn a_clock_that_steps_backwards_makes_no_delivery_new() {
    let server = server!(RedisServer::start());
    for replay in [Replay::new(store(&server), "x"), Replay::new(MemoryStore::new(10), "x")] {
        let clock = Steps(Arc::new(Mutex::new(NOW)));
        let mut endpoint = Endpoint::new(replay);
        endpoint.layer = endpoint.layer.clock(clock.clone());
        endpoint.deliver("evt_1").await.is_handled();
        *clock.0.lock().unwrap() = NOW.saturating_sub(Duration::from_secs(299));
        endpoint.deliver("evt_1").await.is_repeat();
        *clock.0.lock().unwrap() = NOW.saturating_sub(Duration::from_secs(301));
        let answer = endpoint.deliver("evt_1").await;
        assert_eq!(answer.rejection.map(|it| it.kind()), Some(RejectionKind::FutureTimestamp));
        *clock.0.lock().unwrap() = NOW;
        endpoint.deliver("evt_1").await.is_repeat();
        assert_eq!(endpoint.calls(), 1);
    }
}
