//! Commits that go to Redis together: one script for many deliveries costs it less than one for each.
//!
//! A commit is a script, since it must look before it writes, and costs Redis some three times what a `SET` does. Few
//! at a time are sent at once, each on its own. What comes while [`TURNS`] scripts are on their way waits for one of
//! them to be answered, so hardly longer than a round trip, and goes together.
use super::script::Entry;
use redis::RedisResult;
use std::{
    collections::VecDeque,
    iter::once,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::oneshot;

/// How many scripts that commit are on their way at a time: Redis runs one while the other travels.
const TURNS: usize = 2;

/// How many deliveries one script commits at most: Redis does nothing else meanwhile, for half a millisecond.
const TOGETHER: usize = 64;

/// The commits that want to go over one connection.
#[derive(Default)]
pub(super) struct Commits {
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    turns: usize,
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    entry: Entry,
    caller: oneshot::Sender<News>,
}

/// What a caller waits for.
pub(super) enum News {
    /// It is to send its commit, and those that wait.
    Turn(Turn),
    /// Its commit was taken along.
    Answer(RedisResult<u8>),
}

impl Commits {
    /// A turn, or where to wait.
    pub(super) fn turn(self: &Arc<Self>, entry: &Entry) -> Result<Turn, oneshot::Receiver<News>> {
        let mut queue = self.lock();
        if queue.turns < TURNS {
            queue.turns = queue.turns.saturating_add(1);
            return Ok(Turn { commits: Arc::clone(self) });
        }
        let (caller, news) = oneshot::channel();
        queue.waiting.push_back(Waiting { entry: entry.clone(), caller });
        Err(news)
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Nothing in here panics half-way through a change.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to send a script. When it is dropped, with a caller that has gone too, it goes to whoever waits longest.
pub(super) struct Turn {
    commits: Arc<Commits>,
}

impl Turn {
    /// The holder's commit and what waits to go with it, and who wants to hear of it.
    pub(super) fn gather(&self, entry: &Entry) -> (Vec<Entry>, Vec<oneshot::Sender<News>>) {
        let mut queue = self.commits.lock();
        let number = queue.waiting.len().min(TOGETHER - 1);
        let (others, callers): (Vec<_>, Vec<_>) = queue
            .waiting
            .drain(..number)
            .filter(|waiting| !waiting.caller.is_closed())
            .map(|waiting| (waiting.entry, waiting.caller))
            .unzip();
        (once(entry.clone()).chain(others).collect(), callers)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let next = {
            let mut queue = self.commits.lock();
            loop {
                match queue.waiting.pop_front() {
                    Some(waiting) if waiting.caller.is_closed() => {}
                    Some(waiting) => break waiting.caller,
                    None => return queue.turns = queue.turns.saturating_sub(1),
                }
            }
        };
        // Not received, since its caller has gone just now, it is dropped in turn, for the one after it.
        let _ = next.send(News::Turn(Turn { commits: Arc::clone(&self.commits) }));
    }
}

#[cfg(test)]
mod tests {
    use super::{Commits, Entry, News, TOGETHER, TURNS};
    use std::{sync::Arc, time::Duration};

    #[test]
    fn a_turn_passes_any_number_of_callers_who_have_gone() {
        let commits = Arc::<Commits>::default();
        let entry = Entry::new("a key".to_owned(), 1, Duration::ZERO);
        let turns: Vec<_> = (0..TURNS).filter_map(|_| commits.turn(&entry).ok()).collect();
        assert_eq!(turns.len(), TURNS);
        for _ in 0..100_000 {
            assert!(commits.turn(&entry).is_err());
        }
        let mut last = commits.turn(&entry).err();
        drop(turns);
        let news = last.as_mut().and_then(|news| news.try_recv().ok());
        assert!(matches!(news, Some(News::Turn(_))));
        assert_eq!(commits.lock().turns, 1);
        drop(news);
        assert_eq!(commits.lock().turns, 0);
    }

    #[test]
    fn so_many_go_together_and_none_who_has_gone() {
        let commits = Arc::<Commits>::default();
        let entry = Entry::new("a key".to_owned(), 1, Duration::ZERO);
        let turns: Vec<_> = (0..TURNS).filter_map(|_| commits.turn(&entry).ok()).collect();
        let mut waiting: Vec<_> = (0..2 * TOGETHER).filter_map(|_| commits.turn(&entry).err()).collect();
        assert_eq!(waiting.len(), 2 * TOGETHER);
        waiting.pop();
        // Two are left of twice as many less the holders' own, and one of them has gone.
        for (turn, together) in turns.iter().cycle().zip([TOGETHER, TOGETHER, 2, 1]) {
            let (entries, callers) = turn.gather(&entry);
            assert_eq!(
                (entries.len(), callers.len()),
                (together, together - 1),
                "the holder's own is with them"
            );
        }
    }
}
