//! The providers: one file each, or one folder, with its recipe, its events, its answers and its pitfalls.
pub mod bithuman;
mod github;
mod stripe;

pub use self::{
    bithuman::{BitHumanAccount, BitHumanSession},
    github::{GitHub, GitHubForm},
    stripe::Stripe,
};
