//! What runs in Redis, each in one piece.
use crate::replay::FOR_EVER;
use data_encoding::HEXLOWER;
use redis::Cmd;
use sha1::{Digest as _, Sha1};
use std::{sync::LazyLock, time::Duration};

/// A script, which Redis knows by its digest once it has seen its code.
///
/// `KEYS[1]` is the delivery's key, `ARGV[1]` the reservation's token, `ARGV[2]` a time to live in milliseconds. Each
/// can be run twice with the effect of once, as it is where a connection breaks.
pub(super) struct Script {
    code: &'static str,
    digest: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, digest: HEXLOWER.encode(&Sha1::digest(code)) }
    }
}

pub(super) const FRESH: u8 = 1;
pub(super) const IN_FLIGHT: u8 = 2;
pub(super) const DONE: u8 = 3;

pub(super) static RESERVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
if held == 'done' then return 3 end
if held and held ~= ARGV[1] then return 2 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1",
    )
});

pub(super) static COMMIT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2])
return 1",
    )
});

pub(super) static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])",
    )
});

/// One run of a script.
#[derive(Clone)]
pub(super) struct Run {
    pub(super) script: &'static Script,
    pub(super) key: String,
    pub(super) token: u128,
    pub(super) live: Duration,
}

impl Run {
    pub(super) fn by_digest(&self) -> Cmd {
        self.command("EVALSHA", &self.script.digest)
    }

    pub(super) fn by_code(&self) -> Cmd {
        self.command("EVAL", self.script.code)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut token = [0; 32];
        HEXLOWER.encode_mut(&self.token.to_be_bytes(), &mut token);
        // Redis refuses a time to live of zero, and one that reaches too far ahead.
        let live = self.live.min(FOR_EVER).as_millis().max(1) as u64;
        let mut command = Cmd::with_capacity(6, script.len() + self.key.len() + 80);
        command.arg(name).arg(script).arg(1_u8).arg(&self.key).arg(&token).arg(live);
        command
    }
}
