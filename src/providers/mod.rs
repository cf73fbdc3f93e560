//! The providers: one file each, with its recipe, its events, its answers and its pitfalls.
mod github;
mod stripe;

pub use self::{
    github::{GitHub, GitHubForm},
    stripe::Stripe,
};
