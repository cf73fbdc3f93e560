//! What every store promises, and what Redis holds of it.
use super::{Endpoint, LONG, RedisServer, eventually, held, store, values};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tower_webhook::{
    conformance,
    replay::{RedisStore, Replay, ReplayKey, ReplayStore, Reservation, Reserved, StoreError},
};

#[tokio::test]
async fn redis_passes_the_suite() {
    let server = server!(RedisServer::start());
    conformance::replay_store(&store(&server)).await;
}

#[tokio::test]
async fn an_arc_of_it_passes_the_suite() {
    let server = server!(RedisServer::start());
    conformance::replay_store(&Arc::new(store(&server))).await;
}

/// Two stores by turns, as two processes are.
struct ByTurns {
    stores: [RedisStore; 2],
    turn: AtomicUsize,
}

impl ByTurns {
    fn next(&self) -> &RedisStore {
        &self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % 2]
    }
}

impl ReplayStore for ByTurns {
    async fn reserve(&self, key: &ReplayKey, lease: Duration) -> Result<Reserved, StoreError> {
        self.next().reserve(key, lease).await
    }

    async fn commit(&self, reservation: &Reservation, retention: Duration) -> Result<(), StoreError> {
        self.next().commit(reservation, retention).await
    }

    async fn release(&self, reservation: &Reservation) -> Result<(), StoreError> {
        self.next().release(reservation).await
    }

    fn abandon(&self, reservation: Reservation) {
        self.next().abandon(reservation);
    }
}

#[tokio::test]
async fn two_of_them_with_one_redis_pass_the_suite_as_one() {
    let server = server!(RedisServer::start());
    let stores = [store(&server), store(&server)];
    conformance::replay_store(&ByTurns { stores, turn: AtomicUsize::new(0) }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_the_same_time_one_is_fresh() {
    let server = server!(RedisServer::start());
    let stores: Vec<RedisStore> = (0..4).map(|_| store(&server)).collect();
    for round in 0..20_u32 {
        let key = ReplayKey::new("x", round.to_le_bytes());
        let reserving: Vec<_> = (0..40)
            .map(|number| {
                let (store, key) = (stores[number % 4].clone(), key.clone());
                tokio::spawn(async move { store.reserve(&key, LONG).await.unwrap() })
            })
            .collect();
        let mut fresh = 0;
        for reserving in reserving {
            fresh += usize::from(reserving.await.unwrap() != Reserved::InFlight);
        }
        assert_eq!(fresh, 1);
    }
}

#[tokio::test]
async fn every_key_has_its_namespace_and_a_time_to_live() {
    let server = server!(RedisServer::start());
    let store = store(&server);
    let key = ReplayKey::new("billing", "evt_1");
    let name = format!("tower-webhook:billing:{}", data_encoding::HEXLOWER.encode(key.digest()));

    let Reserved::Fresh(reservation) = store.reserve(&key, LONG).await.unwrap() else { panic!() };
    let [(reserved, token, lease)] = &held(&server)[..] else { panic!() };
    assert_eq!((reserved, token), (&name, &format!("{:032x}", reservation.token())));
    assert!((1..=60_000).contains(lease), "{lease}");

    store.commit(&reservation, 10 * LONG).await.unwrap();
    let [(done, value, retention)] = &held(&server)[..] else { panic!() };
    assert_eq!((done, value.as_str()), (&name, "done"));
    assert!((60_001..=600_000).contains(retention), "{retention}");

    let other = store.prefix("app:staging");
    assert!(matches!(other.reserve(&key, Duration::ZERO).await, Ok(Reserved::Fresh(_))), "another prefix");
    let Reserved::Fresh(short) = other.reserve(&ReplayKey::new("x", "1"), LONG).await.unwrap() else {
        panic!()
    };
    other.commit(&short, Duration::ZERO).await.unwrap();
    eventually(|| held(&server).len() == 1).await;
}

#[tokio::test]
async fn t33_two_endpoints_that_share_a_redis_both_handle_a_delivery() {
    let server = server!(RedisServer::start());
    let store = store(&server);
    let (billing, audit) = (Endpoint::on(&store), Endpoint::new(Replay::new(store.clone(), "audit")));
    for endpoint in [&billing, &audit] {
        endpoint.deliver("evt_1").await.is_handled();
        endpoint.deliver("evt_1").await.is_repeat();
        assert_eq!(endpoint.calls(), 1);
    }
    let keys: Vec<String> = held(&server).into_iter().map(|(key, _, _)| key).collect();
    assert!(keys[0].starts_with("tower-webhook:audit:") && keys[1].starts_with("tower-webhook:billing:"));
    assert_eq!(values(&server), ["done", "done"]);
}
