//! The providers: one file each, or one folder, with its recipe, its events, its answers and its pitfalls.
//!
//! A provider that is not chosen before the program runs is found by its name:
//!
//! ```
//! use tower_webhook::providers::{Options, by_name};
//!
//! let stripe = by_name("stripe").ok_or("no such provider")?.scheme(&Options::new())?;
//! let key = stripe.key("whsec_of_the_endpoint")?;
//! # let _ = key;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
#![doc = include_str!("table.md")]

pub mod bithuman;
pub mod blinger;
pub mod blooio;
pub mod bloonio;
pub mod chatzuri;
#[cfg(feature = "aws-lc")]
mod circle;
#[cfg(feature = "ed25519")]
mod discord;
#[cfg(feature = "ed25519")]
mod fal;
mod gitea;
mod github;
mod hubspot;
mod mandrill;
mod registry;
#[cfg(feature = "aws-lc")]
mod sendgrid;
mod square;
mod standard_webhooks;
mod stripe;
mod svix;
#[cfg(feature = "ed25519")]
mod telnyx;
mod text_enum;
mod trello;
mod twilio;
mod unix;

pub use self::{
    bithuman::{BitHumanAccount, BitHumanSession},
    blinger::Blinger,
    blooio::Blooio,
    bloonio::BloonioChat,
    chatzuri::Chatzuri,
    gitea::{Gitea, GiteaForm},
    github::{GitHub, GitHubForm},
    hubspot::HubSpot,
    mandrill::Mandrill,
    registry::{Need, OptionError, Options, Provider},
    square::Square,
    stripe::Stripe,
    svix::Svix,
    trello::Trello,
    twilio::Twilio,
};
#[cfg(feature = "aws-lc")]
pub use self::{circle::Circle, sendgrid::SendGrid};
#[cfg(feature = "ed25519")]
pub use self::{
    discord::{Discord, DiscordEvents},
    fal::Fal,
    telnyx::Telnyx,
};

/// Every provider that the enabled features allow, by name.
static ALL: &[Provider] = &[
    bithuman::ACCOUNT,
    bithuman::SESSION,
    blinger::PROVIDER,
    blooio::PROVIDER,
    bloonio::PROVIDER,
    chatzuri::PROVIDER,
    #[cfg(feature = "aws-lc")]
    circle::PROVIDER,
    #[cfg(feature = "ed25519")]
    discord::PROVIDER,
    #[cfg(feature = "ed25519")]
    fal::PROVIDER,
    gitea::PROVIDER,
    github::PROVIDER,
    hubspot::PROVIDER,
    mandrill::PROVIDER,
    #[cfg(feature = "aws-lc")]
    sendgrid::PROVIDER,
    square::PROVIDER,
    standard_webhooks::PROVIDER,
    stripe::PROVIDER,
    svix::PROVIDER,
    #[cfg(feature = "ed25519")]
    telnyx::PROVIDER,
    trello::PROVIDER,
    twilio::PROVIDER,
];

/// Every provider that the enabled features allow, in the order of their names.
pub fn all() -> &'static [Provider] {
    ALL
}

/// The provider of this name, which is in lower case with hyphens.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Provider> {
    ALL.iter().find(|provider| provider.name() == name)
}

/// The table of the providers, in Markdown, as it stands above.
#[must_use]
pub fn table() -> String {
    registry::table(ALL)
}
