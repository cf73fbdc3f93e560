//! The providers: one file each, or one folder, with its recipe, its events, its answers and its pitfalls.
pub mod bithuman;
pub mod blinger;
pub mod blooio;
pub mod bloonio;
pub mod chatzuri;
mod github;
mod stripe;
mod text_enum;
mod unix;

pub use self::{
    bithuman::{BitHumanAccount, BitHumanSession},
    blinger::Blinger,
    blooio::Blooio,
    bloonio::BloonioChat,
    chatzuri::Chatzuri,
    github::{GitHub, GitHubForm},
    stripe::Stripe,
};
