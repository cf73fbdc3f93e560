//! Commits that come at the same time go to Redis together.
use super::{LONG, Proxy, RedisServer, eventually, fresh, held, poll_once, raw, scripts, values};
use std::{
    pin::Pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::sleep;
use tower_webhook::replay::{RedisStore, ReplayKey, ReplayStore as _, Reservation, StoreError};

/// As many scripts as are on their way at a time.
const TURNS: usize = 2;

/// A Redis whose answers can be withheld, and a store that has committed through it.
async fn behind_proxy(server: &RedisServer) -> (Arc<Proxy>, RedisStore) {
    let proxy = Proxy::start(server.port()).await;
    let store = RedisStore::open(&proxy.url()).unwrap().timeout(Duration::from_secs(20));
    let known = fresh(&store, &ReplayKey::new("x", "known"), LONG).await;
    store.commit(&known, Duration::ZERO).await.unwrap();
    eventually(|| held(server).is_empty()).await;
    (proxy, store)
}

async fn reserved(store: &RedisStore, number: usize) -> Vec<Reservation> {
    let mut reservations = Vec::new();
    for number in 0..number {
        reservations.push(fresh(store, &ReplayKey::new("x", number.to_le_bytes()), LONG).await);
    }
    reservations
}

type Committing<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + 'a>>;

/// Commits that have all begun, in this order, while Redis answers none.
fn begun<'a>(store: &'a RedisStore, reservations: &'a [Reservation]) -> Vec<Committing<'a>> {
    let begin = |reservation| {
        let mut committing: Committing<'a> = Box::pin(store.commit(reservation, LONG));
        assert!(poll_once(committing.as_mut()).is_pending());
        committing
    };
    reservations.iter().map(begin).collect()
}

fn done(server: &RedisServer) -> usize {
    values(server).iter().filter(|value| *value == "done").count()
}

#[tokio::test]
async fn what_waits_goes_in_one_script() {
    let server = server!(RedisServer::start());
    let (proxy, store) = behind_proxy(&server).await;
    let reservations = reserved(&store, 40).await;
    let before = scripts(&server);

    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let committing = begun(&store, &reservations);
    eventually(|| done(&server) == TURNS).await;
    sleep(Duration::from_millis(50)).await;
    assert_eq!(done(&server), TURNS, "the others wait");
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for committing in committing {
        committing.await.unwrap();
    }
    assert_eq!(done(&server), 40);
    let scripts = scripts(&server) - before;
    assert!(scripts <= 2 * TURNS as u64, "{scripts} scripts");
}

#[tokio::test]
async fn more_than_one_script_takes() {
    let server = server!(RedisServer::start());
    let (proxy, store) = behind_proxy(&server).await;
    let reservations = reserved(&store, 400).await;
    let before = scripts(&server);
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let committing = begun(&store, &reservations);
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for committing in committing {
        committing.await.unwrap();
    }
    assert_eq!(done(&server), 400);
    let scripts = scripts(&server) - before;
    assert!((400_u64.div_ceil(64)..=12).contains(&scripts), "{scripts} scripts");
}

#[tokio::test]
async fn each_has_its_own_token_and_retention() {
    let server = server!(RedisServer::start());
    let (proxy, store) = behind_proxy(&server).await;
    let taken = reserved(&store, TURNS).await;
    let key = |identity: &str| ReplayKey::new("y", identity);
    let (long, short) = (fresh(&store, &key("long"), LONG).await, fresh(&store, &key("short"), LONG).await);
    let lost = fresh(&store, &key("lost"), Duration::from_millis(1)).await;
    let late = fresh(&store, &key("late"), Duration::from_millis(1)).await;
    sleep(Duration::from_millis(20)).await;
    let owner = fresh(&store, &key("late"), LONG).await;
    let again = fresh(&store, &key("again"), LONG).await;
    store.commit(&again, LONG).await.unwrap();

    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let taken = begun(&store, &taken);
    let together = async {
        tokio::try_join!(
            store.commit(&long, 100 * LONG),
            store.commit(&short, 2 * LONG),
            store.commit(&lost, 50 * LONG),
            store.commit(&late, LONG),
            store.commit(&again, 100 * LONG),
        )
    };
    let mut together = Box::pin(together);
    assert!(poll_once(together.as_mut()).is_pending());
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for taken in taken {
        taken.await.unwrap();
    }
    together.await.unwrap();

    let of = |key: &ReplayKey| {
        let digest = data_encoding::HEXLOWER.encode(key.digest());
        let found = held(&server).into_iter().find(|(name, ..)| name.ends_with(&digest));
        found.map(|(_, value, live)| (value, live as u64 / 60_000 + 1)).unwrap()
    };
    let done = || "done".to_owned();
    assert_eq!(of(&key("long")), (done(), 100));
    assert_eq!(of(&key("short")), (done(), 2));
    assert_eq!(of(&key("lost")), (done(), 50), "its lease had run out, and nobody else came");
    assert_eq!(of(&key("late")), (format!("{:032x}", owner.token()), 1), "another holds it by now");
    assert_eq!(of(&key("again")), (done(), 1), "only the first commit counts");
}

#[tokio::test]
async fn one_that_is_refused_fails_alone() {
    let server = server!(RedisServer::start());
    let (proxy, store) = behind_proxy(&server).await;
    let reservations = reserved(&store, 20).await;
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let committing = begun(&store, &reservations);
    let name =
        |it: &Reservation| format!("tower-webhook:x:{}", data_encoding::HEXLOWER.encode(it.key().digest()));
    let wrong = name(&reservations[10]);
    redis::pipe().del(&wrong).lpush(&wrong, "no string").exec(&mut raw(&server)).unwrap();
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for (number, committing) in committing.into_iter().enumerate() {
        match committing.await {
            Ok(()) => assert_ne!(number, 10),
            Err(error) => {
                assert!(number == 10 && error.to_string().contains("WRONGTYPE"), "{number}: {error}")
            }
        }
    }
    redis::cmd("DEL").arg(&wrong).exec(&mut raw(&server)).unwrap();
    assert_eq!(done(&server), 19);
}

#[tokio::test]
async fn a_connection_that_breaks_loses_none() {
    let server = server!(RedisServer::start());
    let (proxy, store) = behind_proxy(&server).await;
    let reservations = reserved(&store, 40).await;
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let committing = begun(&store, &reservations);
    eventually(|| done(&server) == TURNS).await;
    proxy.cuts_next_answer.store(true, Ordering::SeqCst);
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for committing in committing {
        committing.await.unwrap();
    }
    assert_eq!((done(&server), proxy.connections.load(Ordering::SeqCst)), (40, 2));
}

#[tokio::test]
async fn who_hangs_up_holds_nobody_up() {
    let server = server!(RedisServer::start());
    let (proxy, store) = behind_proxy(&server).await;
    let reservations = reserved(&store, 7).await;
    let later = [
        fresh(&store, &ReplayKey::new("y", "1"), LONG).await,
        fresh(&store, &ReplayKey::new("y", "2"), LONG).await,
    ];
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let mut committing: Vec<_> = begun(&store, &reservations).into_iter().map(Some).collect();
    eventually(|| done(&server) == TURNS).await;

    // One who waits goes; then one who has a turn, which is the next one's, who goes before it notices.
    committing[2] = None;
    committing[0] = None;
    committing[3] = None;
    // So it is the one's after that, who takes the others along, and goes too.
    assert!(poll_once(committing[4].as_mut().unwrap().as_mut()).is_pending());
    committing[4] = None;

    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for committing in committing.into_iter().flatten() {
        committing.await.unwrap();
    }
    // Also those that were dropped: in the background.
    eventually(|| done(&server) == 7).await;

    // No turn was lost on the way: without an answer to the first, the second goes out.
    proxy.withholds_answers.store(true, Ordering::SeqCst);
    let committing = begun(&store, &later);
    eventually(|| done(&server) == 9).await;
    proxy.withholds_answers.store(false, Ordering::SeqCst);
    for committing in committing {
        committing.await.unwrap();
    }
}
