//! The command `tower-webhook`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

mod command;
mod keys;
mod providers;
mod send;
mod speed;
mod vectors;
mod verify;
#[path = "../web_server/mod.rs"]
mod web_server;
