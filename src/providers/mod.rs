//! The providers: one file each, with its recipe, its events, its answers and its pitfalls.
pub mod blinger;
pub mod blooio;
mod github;
mod stripe;
mod text_enum;
mod unix;

pub use self::{
    blinger::Blinger,
    blooio::Blooio,
    github::{GitHub, GitHubForm},
    stripe::Stripe,
};
