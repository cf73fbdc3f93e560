//! What is said to Redis over one connection.
use super::{
    commits::{Commits, News},
    script::{COMMIT, DONE, Entry, FRESH, IN_FLIGHT, RESERVE, Script},
};
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind, Value, aio::MultiplexedConnection};
use std::{
    slice::from_ref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// A connection that is alive, and what has been learnt of the Redis at its other end.
#[derive(Clone)]
pub(super) struct Link {
    connection: MultiplexedConnection,
    /// Redis 6 refuses `SET` with `NX` and `GET`.
    refuses_set: Arc<AtomicBool>,
    commits: Arc<Commits>,
}

impl Link {
    pub(super) fn new(connection: MultiplexedConnection) -> Self {
        Self { connection, refuses_set: Arc::default(), commits: Arc::default() }
    }

    /// Reserves with one `SET`, which costs Redis half of what a script does; with the script where that does not do.
    pub(super) async fn reserve(&mut self, entry: &Entry) -> RedisResult<u8> {
        if !self.refuses_set.load(Ordering::Relaxed) {
            match entry.set_if_free().query_async(&mut self.connection).await {
                Ok(Value::Nil) => return Ok(FRESH),
                Ok(Value::BulkString(held)) if held == b"done" => return Ok(DONE),
                Ok(Value::BulkString(held)) if held != entry.token => return Ok(IN_FLIGHT),
                // Our own token: the answer to the call before was lost. The script begins the lease anew.
                Ok(_) => {}
                Err(error) if is_syntax_error(&error) => self.refuses_set.store(true, Ordering::Relaxed),
                // Redis is full, say, or a replica now: the script can still tell what is done.
                Err(error) if is_answer(&error) => {}
                Err(error) => return Err(error),
            }
        }
        self.run(&RESERVE, from_ref(entry)).await
    }

    /// Commits: at once, or together with others.
    pub(super) async fn commit(&mut self, entry: &Entry) -> RedisResult<u8> {
        let turn = match self.commits.turn(entry) {
            Ok(turn) => turn,
            Err(news) => match news.await {
                Ok(News::Turn(turn)) => turn,
                Ok(News::Answer(answer)) => return answer,
                // Whoever has taken it along was dropped, or refused.
                Err(_) => return self.run(&COMMIT, from_ref(entry)).await,
            },
        };
        let (entries, callers) = turn.gather(entry);
        let answer = self.run(&COMMIT, &entries).await;
        drop(turn);
        if answer.as_ref().is_err_and(is_answer) && !callers.is_empty() {
            // It does not say for which of them. Each asks for itself, so that none fails for another's sake.
            drop(callers);
            return self.run(&COMMIT, from_ref(entry)).await;
        }
        for caller in callers {
            let _ = caller.send(News::Answer(answer.clone()));
        }
        answer
    }

    /// Runs a script; its code is sent only where Redis does not know it.
    pub(super) async fn run(&mut self, script: &Script, entries: &[Entry]) -> RedisResult<u8> {
        let result = script.by_digest(entries).query_async(&mut self.connection).await;
        match result {
            Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                script.by_code(entries).query_async(&mut self.connection).await
            }
            result => result,
        }
    }
}

/// Redis has read the command, and refuses it.
fn is_answer(error: &RedisError) -> bool {
    matches!(error.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// Redis does not know the command in this form.
fn is_syntax_error(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ResponseError)
        && error.detail() == Some("syntax error")
}
