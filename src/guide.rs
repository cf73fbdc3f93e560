//! A guide, in the order in which the questions come up. It is documentation only, and is not part of what is compiled
//! into your program.
//!
//! 1. [Choosing a provider](choosing_a_provider): which scheme your sender has, and what its endpoint needs.
//! 2. [A scheme of your own](your_own_scheme): a description in five lines, or the trait.
//! 3. [Keys and rotation](keys_and_rotation): from variables, files, tables, databases; changed without a pause.
//! 4. [Replays and retries](replays_and_retries): each delivery once, and none lost.
//! 5. [Proxies and nesting](proxies_and_nesting): schemes that sign the URL.
//! 6. [Limits and time-outs](limits_and_timeouts): what a sender may cost you before it is believed.
//! 7. [Answering at once](answering_at_once), and working later.
//! 8. [Testing](testing) your handlers without the provider.
//! 9. [What a signature does not cover](not_covered), and what follows from it.
//! 10. [Refusals](refusals): every kind, its cause and its cure.

#[doc = include_str!("guide/choosing_a_provider.md")]
pub mod choosing_a_provider {}

#[doc = include_str!("guide/your_own_scheme.md")]
pub mod your_own_scheme {}

#[doc = include_str!("guide/keys_and_rotation.md")]
pub mod keys_and_rotation {}

#[doc = include_str!("guide/replays_and_retries.md")]
pub mod replays_and_retries {}

#[doc = include_str!("guide/proxies_and_nesting.md")]
pub mod proxies_and_nesting {}

#[doc = include_str!("guide/limits_and_timeouts.md")]
pub mod limits_and_timeouts {}

#[doc = include_str!("guide/answering_at_once.md")]
pub mod answering_at_once {}

#[doc = include_str!("guide/testing.md")]
pub mod testing {}

#[doc = include_str!("guide/not_covered.md")]
pub mod not_covered {}

#[doc = include_str!("guide/refusals.md")]
pub mod refusals {}
