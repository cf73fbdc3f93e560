//! Clocks that are late or early.
use super::{
    Group,
    kinds::Change,
    suite::{Accepted, Attempt, Failure, Suite},
};
use crate::{rejection::RejectionKind as K, scheme::Scheme, time::Timestamp};
use std::time::Duration;

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// Within the tolerance, and a little beyond it, in both directions.
    pub(super) fn time(&mut self) {
        let tolerance = self.scheme.tolerance();
        let beyond = tolerance.saturating_add(Duration::from_secs(1));
        if let Some(until) = self.facts.valid_until {
            self.late("as soon as it is no longer valid", until.saturating_add(beyond));
            self.late("long after it was valid", Timestamp::from_unix(i64::MAX));
        }
        let Some(signed_at) = self.facts.signed_at else {
            if self.facts.valid_until.is_none() {
                self.report.note_not_run("time: the scheme signs none");
            }
            return;
        };
        self.within(Change::Late, "as old as the tolerance", signed_at.saturating_add(tolerance));
        self.within(Change::Early, "as far ahead as the tolerance", signed_at.saturating_sub(tolerance));
        self.late("a second older than the tolerance", signed_at.saturating_add(beyond));
        self.early("a second further ahead than the tolerance", signed_at.saturating_sub(beyond));
        self.late("a day late", signed_at.saturating_add(beyond + Duration::from_secs(86_400)));
        self.early("a day early", signed_at.saturating_sub(beyond + Duration::from_secs(86_400)));
        self.early("before all time", Timestamp::from_unix(i64::MIN));
        self.late("after all time", Timestamp::from_unix(i64::MAX));
        if self.sample.is_signed_here() {
            self.signed_at_another_time(beyond);
        }
    }

    /// The receiver's clock is right, and the sender's is not.
    fn signed_at_another_time(&mut self, beyond: Duration) {
        let now = self.good.now;
        for (change, what, at) in [
            (Change::Late, "signed a second too early", now.saturating_sub(beyond)),
            (Change::Early, "signed a second too late", now.saturating_add(beyond)),
        ] {
            match self.sample.signed(self.scheme, self.sample.request.clone(), 0, at) {
                Ok(request) => {
                    let attempt = self.good.with_request(request);
                    self.attempt(Group::Time, change, Accepted::Never, what, &attempt);
                }
                Err(why) => self.report.note_wrong(format_args!("time: {what}: {why}")),
            }
        }
    }

    fn late(&mut self, what: &str, now: Timestamp) {
        self.attempt(Group::Time, Change::Late, Accepted::Never, what, &self.good.at(now));
    }

    fn early(&mut self, what: &str, now: Timestamp) {
        self.attempt(Group::Time, Change::Early, Accepted::Never, what, &self.good.at(now));
    }

    /// Accepted, unless what was signed, or the key, has a bound of its own there.
    fn within(&mut self, change: Change, what: &str, now: Timestamp) {
        let attempt: Attempt = self.good.at(now);
        let verdict = self.verify(&attempt);
        match verdict {
            Err(Failure::Refused(rejection))
                if matches!(rejection.kind(), K::Expired | K::NotYetValid | K::UntrustedKey) =>
            {
                self.judge(Group::Time, change, Accepted::Never, what, Err(Failure::Refused(rejection)));
            }
            verdict => self.judge_same(Group::Time, what, verdict),
        }
    }
}
