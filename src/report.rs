//! One `tracing` event for each delivery, whatever became of it. What is in it is said in [`rejection`](crate::rejection).

#[cfg(not(feature = "tracing"))]
pub(crate) use self::silent::Report;
#[cfg(feature = "tracing")]
pub(crate) use self::told::Report;

#[cfg(feature = "tracing")]
mod told {
    use crate::{
        endpoint::{Answered, Routes},
        rejection::Rejection,
        verified::Verified,
    };
    use http::{Extensions, Response, Uri};
    use std::{
        fmt::{self, Display, Write as _},
        sync::Arc,
        time::Instant,
    };
    use tracing::Level;

    const TARGET: &str = "tower_webhook::delivery";

    /// How long a text is at most that a sender may have chosen, in bytes. Ids and event types are shorter.
    const MOST: usize = 128;

    /// The same for a reason, which is our words around those of others.
    const MOST_OF_A_REASON: usize = 256;

    /// What there is to say of a delivery that is under way. Empty if nobody listens, and once it is told.
    pub(crate) struct Report {
        open: Option<Box<Open>>,
    }

    struct Open {
        began: Option<Instant>,
        provider: Option<Arc<str>>,
        body_bytes: usize,
        verified: Option<Verified>,
    }

    #[derive(Clone, Copy)]
    enum Verdict<'a> {
        Accepted,
        UnknownEvent,
        Refused(&'a Rejection),
        Handshake,
        Duplicate,
        Failed,
        Abandoned,
    }

    impl Report {
        pub(crate) fn begin<S>(routes: &Routes<S>, uri: &Uri) -> Self {
            let heard = tracing::enabled!(target: TARGET, Level::WARN)
                || tracing::enabled!(target: TARGET, Level::DEBUG);
            let open = heard.then(|| {
                Box::new(Open {
                    began: now(),
                    provider: routes.find(uri.path()).map(|endpoint| Arc::clone(&endpoint.name)),
                    body_bytes: 0,
                    verified: None,
                })
            });
            Self { open }
        }

        /// So much of the body has arrived.
        pub(crate) fn received(&mut self, body_bytes: usize) {
            if let Some(open) = &mut self.open {
                open.body_bytes = body_bytes;
            }
        }

        /// The request goes on, perhaps with a proof among its extensions.
        pub(crate) fn goes_on(&mut self, extensions: &Extensions) {
            if let Some(open) = &mut self.open {
                open.verified = extensions.get().cloned();
            }
        }

        /// The layer answers by itself.
        pub(crate) fn answered<B>(&mut self, response: &Response<B>) {
            let Some(open) = self.open.take() else { return };
            let extensions = response.extensions();
            let verdict = match (extensions.get::<Rejection>(), extensions.get::<Answered>()) {
                (Some(rejection), _) => Verdict::Refused(rejection),
                (None, Some(Answered::Repeat)) => Verdict::Duplicate,
                (None, Some(Answered::UnknownEvent)) => Verdict::UnknownEvent,
                (None, Some(Answered::Handshake) | None) => Verdict::Handshake,
            };
            open.tell(verdict, Some(response.status().as_u16()));
        }

        /// The inner service has answered, or failed.
        pub(crate) fn handled<B, E>(&mut self, result: &Result<Response<B>, E>) {
            let Some(open) = self.open.take() else { return };
            match result {
                Ok(response) => {
                    let verdict = match response.extensions().get::<Answered>() {
                        Some(Answered::UnknownEvent) => Verdict::UnknownEvent,
                        _ => Verdict::Accepted,
                    };
                    open.tell(verdict, Some(response.status().as_u16()));
                }
                Err(_) => open.tell(Verdict::Failed, None),
            }
        }
    }

    /// Whoever sent it has gone away, or a handler has panicked.
    impl Drop for Report {
        fn drop(&mut self) {
            if let Some(open) = self.open.take() {
                open.tell(Verdict::Abandoned, None);
            }
        }
    }

    impl Open {
        fn tell(&self, verdict: Verdict<'_>, status: Option<u16>) {
            let verified = self.verified.as_ref();
            let rejection = match verdict {
                Verdict::Refused(rejection) => Some(rejection),
                _ => None,
            };
            // The level is part of the place that an event comes from, so each needs a place of its own.
            macro_rules! event {
                ($level:expr) => {
                    tracing::event!(
                        target: TARGET,
                        $level,
                        verdict = verdict.name(),
                        provider = self.provider.as_ref().map(|name| bounded(name, MOST)),
                        kind = rejection.map(|rejection| rejection.kind().name()),
                        reason = rejection.map(|rejection| bounded(rejection, MOST_OF_A_REASON)),
                        event = verified.and_then(Verified::event).map(|event| bounded(event, MOST)),
                        id = verified.and_then(Verified::id).map(|id| bounded(id, MOST)),
                        tenant = verified.and_then(Verified::tenant).map(|tenant| bounded(tenant, MOST)),
                        key_label = verified.and_then(Verified::key_label).map(|label| bounded(label, MOST)),
                        status,
                        body_bytes = self.body_bytes,
                        duration_us = self.began.map(elapsed_us),
                        "webhook {}",
                        verdict.words(),
                    )
                };
            }
            match verdict {
                Verdict::Refused(_) | Verdict::Failed | Verdict::Abandoned => event!(Level::WARN),
                Verdict::Accepted | Verdict::UnknownEvent | Verdict::Handshake | Verdict::Duplicate => {
                    event!(Level::DEBUG);
                }
            }
        }
    }

    impl Verdict<'_> {
        fn name(self) -> &'static str {
            match self {
                Self::Accepted => "accepted",
                Self::UnknownEvent => "unknown_event",
                Self::Refused(_) => "refused",
                Self::Handshake => "handshake",
                Self::Duplicate => "duplicate",
                Self::Failed => "failed",
                Self::Abandoned => "abandoned",
            }
        }

        fn words(self) -> &'static str {
            match self {
                Self::Accepted => "accepted",
                Self::UnknownEvent => "accepted, of an event without a handler",
                Self::Refused(_) => "refused",
                Self::Handshake => "handshake answered",
                Self::Duplicate => "acknowledged, since it was handled before",
                Self::Failed => "accepted, and its handler failed",
                Self::Abandoned => "abandoned before it was answered",
            }
        }
    }

    /// `None` where there is no clock that never goes back: there, to ask for it panics.
    fn now() -> Option<Instant> {
        (!cfg!(all(target_family = "wasm", target_os = "unknown"))).then(Instant::now)
    }

    fn elapsed_us(began: Instant) -> u64 {
        u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// `text` on one line, and no longer than `most` and the last character. What is cut off leaves an ellipsis.
    fn bounded(text: impl Display, most: usize) -> String {
        let mut bounded = Bounded { text: String::new(), most };
        if write!(bounded, "{text}").is_err() {
            bounded.text.push('…');
        }
        bounded.text
    }

    struct Bounded {
        text: String,
        most: usize,
    }

    impl fmt::Write for Bounded {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            text.chars().try_for_each(|character| {
                if self.text.len() >= self.most {
                    return Err(fmt::Error);
                }
                match character {
                    // Subscribers that quote a text escape these themselves.
                    '\'' | '"' => self.text.push(character),
                    _ => self.text.extend(character.escape_debug()),
                }
                Ok(())
            })
        }
    }

    #[cfg(test)]
    mod tests {
        use super::bounded;

        #[test]
        fn what_a_sender_writes_stays_on_its_line_and_is_cut_off() {
            assert_eq!(bounded("push", 4), "push");
            assert_eq!(bounded("pushed", 4), "push…");
            assert_eq!(bounded("a\nb\u{1b}[31m\0\u{202e}\\", 100), r"a\nb\u{1b}[31m\0\u{202e}\\");
            assert_eq!(bounded("it's \"öffentlich\"", 100), "it's \"öffentlich\"");
            assert_eq!(bounded("\u{10ffff}".repeat(1000), 20), r"\u{10ffff}\u{10ffff}…");
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod silent {
    use crate::endpoint::Routes;
    use http::{Extensions, Response, Uri};

    /// Without the feature `tracing`, nobody is told.
    pub(crate) struct Report;

    impl Report {
        pub(crate) fn begin<S>(_: &Routes<S>, _: &Uri) -> Self {
            Self
        }

        pub(crate) fn received(&mut self, _: usize) {}

        pub(crate) fn goes_on(&mut self, _: &Extensions) {}

        pub(crate) fn answered<B>(&mut self, _: &Response<B>) {}

        pub(crate) fn handled<B, E>(&mut self, _: &Result<Response<B>, E>) {}
    }
}
