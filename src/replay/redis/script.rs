//! What runs in Redis, each in one piece.
use crate::replay::FOR_EVER;
use data_encoding::HEXLOWER;
use redis::Cmd;
use sha1::{Digest as _, Sha1};
use std::{sync::LazyLock, time::Duration};

/// A script, which Redis knows by its digest once it has seen its code.
///
/// `KEYS[1]` is the delivery's key, `ARGV[1]` the reservation's token, `ARGV[2]` a time to live in milliseconds; for
/// the next delivery, `KEYS[2]`, `ARGV[3]` and `ARGV[4]`. Each can be run twice with the effect of once, as it is where
/// a connection breaks.
pub(super) struct Script {
    code: &'static str,
    digest: String,
}

impl Script {
    fn new(code: &'static str) -> Self {
        Self { code, digest: HEXLOWER.encode(&Sha1::digest(code)) }
    }

    pub(super) fn by_digest(&self, entries: &[Entry]) -> Cmd {
        command("EVALSHA", &self.digest, entries)
    }

    pub(super) fn by_code(&self, entries: &[Entry]) -> Cmd {
        command("EVAL", self.code, entries)
    }
}

fn command(name: &str, script: &str, entries: &[Entry]) -> Cmd {
    let lengths = entries.iter().map(|entry| entry.key.len().saturating_add(45));
    let length = lengths.fold(script.len().saturating_add(10), usize::saturating_add);
    let mut command = Cmd::with_capacity(entries.len().saturating_mul(3).saturating_add(3), length);
    command.arg(name).arg(script).arg(entries.len());
    for entry in entries {
        command.arg(&entry.key);
    }
    for entry in entries {
        command.arg(&entry.token).arg(entry.live);
    }
    command
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
        "for i, key in ipairs(KEYS) do
  local held = redis.call('GET', key)
  if not held or held == ARGV[2 * i - 1] then
    redis.call('SET', key, 'done', 'PX', ARGV[2 * i])
  end
end
return #KEYS",
    )
});

pub(super) static RELEASE: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])",
    )
});

/// What Redis is told of a delivery.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    /// The reservation's, in hex.
    pub(super) token: [u8; 32],
    live: u64,
}

impl Entry {
    pub(super) fn new(key: String, token: u128, live: Duration) -> Self {
        let mut hex = [0; 32];
        HEXLOWER.encode_mut(&token.to_be_bytes(), &mut hex);
        // Redis refuses a time to live of zero, and one that reaches too far ahead.
        Self { key, token: hex, live: live.min(FOR_EVER).as_millis().max(1) as u64 }
    }

    /// Writes the token unless somebody holds the key; the answer is what was held. From Redis 7 on.
    pub(super) fn set_if_free(&self) -> Cmd {
        let mut command = Cmd::with_capacity(7, self.key.len().saturating_add(80));
        command.arg("SET").arg(&self.key).arg(&self.token).arg("NX").arg("GET").arg("PX").arg(self.live);
        command
    }
}
