//! What the targets share: the deliveries of `tests/vectors`, and what an input does to them.
pub mod input;
pub mod mutation;
pub mod original;
#[path = "../../tests/vectors_file/mod.rs"]
mod vectors_file;

use std::future::IntoFuture;

/// Waits for something that waits for nobody else.
pub fn now_or_never<T>(future: impl IntoFuture<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    }
    RUNTIME.with(|runtime| runtime.block_on(future.into_future()))
}
