//! The providers: one file each, or one folder, with its recipe, its events, its answers and its pitfalls.
pub mod bithuman;
pub mod bloonio;
pub mod chatzuri;
mod github;
mod stripe;

pub use self::{
    bithuman::{BitHumanAccount, BitHumanSession},
    bloonio::BloonioChat,
    chatzuri::Chatzuri,
    github::{GitHub, GitHubForm},
    stripe::Stripe,
};
