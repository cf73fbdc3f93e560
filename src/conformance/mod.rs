//! Suites for schemes and replay stores of your own; call them from a test.
//!
//! [`scheme`] takes one good delivery and tries what an attacker, a careless proxy or a wrong clock makes of it: some
//! hundreds of mutations, each of which must be refused for a reason that fits it, or must change nothing that the
//! delivery is known by. It panics with a list of all that is wrong, and returns what it has counted:
//!
//! ```
//! use bytes::Bytes;
//! use http::Request;
//! use tower_webhook::{conformance::{self, Group}, providers::GitHub};
//!
//! let request = Request::post("/hooks")
//!     .header("x-github-event", "push")
//!     .body(Bytes::from_static(br#"{"after":"0fa0"}"#))
//!     .unwrap();
//! let sample = conformance::Sample::new(request, "a secret", "another secret");
//! let report = conformance::scheme(&GitHub, &sample);
//! println!("{report}");
//! assert!(report.of(Group::Headers).refused > 0);
//! ```
//!
//! | group | what is tried | and what must come of it |
//! | --- | --- | --- |
//! | [`Headers`](Group::Headers) | each header dropped, doubled, emptied, truncated, extended, changed, replaced by garbage; each character of the signature | refused, or unmoved |
//! | [`Target`](Group::Target) | the path, and each parameter of the query, likewise | refused, or unmoved |
//! | [`Body`](Group::Body) | a bit of each byte; each class of bytes; more, less, white space, line ends | refused, or unmoved if the same can be written in another way; where the signature does not cover the body, only the payload differs |
//! | [`Time`](Group::Time) | as old and as far ahead as the tolerance, and a second beyond | accepted, and refused |
//! | [`Keys`](Group::Keys) | both keys, in either order; the other key; each character of the secret changed; another tenant's keys | accepted; refused |
//! | [`Grafts`](Group::Grafts) | each header of another delivery, its signature, its body | refused, or unmoved |
//! | [`Splits`](Group::Splits) | the body in two, in frames of 1 to 64 bytes, with empty ones in between | accepted, and the same |
//! | [`Unsigned`](Group::Unsigned) | another `Content-Type`; headers that others use; ones that nobody does | refused, or unmoved; the last accepted |
//! | [`Methods`](Group::Methods) | the methods that the scheme does not take; nothing signed at all | refused |
//!
//! *Unmoved* is a delivery with the same [proof](crate::Verified::proof), [payload](crate::Verified::payload) and its
//! format, [key for idempotency](crate::Verified::idempotency_key), signed event, signed id, tenant and times. A suite
//! cannot see which header is signed; but whatever is accepted unmoved does no harm.
//!
//! Which reasons fit is written down for each kind of mutation: a header that is dropped is missing, a changed signature
//! does not match or is malformed, a clock that is late makes a request stale or expired. None is ever a failure on our
//! side, such as [`BadPlan`](crate::RejectionKind::BadPlan). And what `Debug` and `Display` write of everything that the
//! suite has in its hands holds no secret.
//!
//! [`replay_store`] checks what remembers deliveries.
#![allow(
    clippy::arithmetic_side_effects,
    reason = "what is counted here are attempts on one delivery of a test"
)]

mod body;
mod bytes_of;
mod facts;
mod grafts;
mod headers;
mod keys;
mod kinds;
mod methods;
mod report;
mod sample;
mod secrets;
mod splits;
mod stores;
mod suite;
mod target;
mod time;
mod unsigned;

pub use self::{
    bytes_of::look_alikes,
    report::{Count, Group, Report},
    sample::Sample,
    stores::replay_store,
};

use self::suite::Suite;
use crate::scheme::Scheme;

/// Every scheme must pass. What it returns can be printed.
///
/// # Panics
/// With all that is wrong, if anything is.
pub fn scheme<S: Scheme + ?Sized>(scheme: &S, sample: &Sample) -> Report {
    let report = examine(scheme, sample);
    assert!(report.wrong().is_empty(), "{report}");
    report
}

/// The same, for whoever prints or counts what is wrong: it does not panic, and [`Report::wrong`] lists it.
#[must_use]
pub fn examine<S: Scheme + ?Sized>(scheme: &S, sample: &Sample) -> Report {
    match Suite::new(scheme, sample) {
        Ok(suite) => suite.run(),
        Err(why) => {
            let mut report = Report::new(scheme.name());
            report.note_wrong(why);
            report
        }
    }
}
