//! The providers: one file each, with its recipe, its events, its answers and its pitfalls.
pub mod bloonio;
mod github;
mod stripe;

pub use self::{
    bloonio::BloonioChat,
    github::{GitHub, GitHubForm},
    stripe::Stripe,
};
