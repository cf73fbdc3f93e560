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

mod adyen;
#[cfg(feature = "aws-lc")]
mod alipay;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod app_store;
pub mod bithuman;
pub mod blinger;
pub mod blooio;
pub mod bloonio;
mod braintree;
pub mod chatzuri;
#[cfg(feature = "aws-lc")]
mod circle;
mod cloudinary;
mod coinbase_cdp;
mod contentful;
mod describe;
#[cfg(feature = "ed25519")]
mod discord;
#[cfg(feature = "ed25519")]
mod fal;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod fireblocks;
mod gitea;
mod github;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod google_chat;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod google_pubsub;
#[cfg(feature = "http-signatures")]
mod http_signatures;
mod hubspot;
#[cfg(feature = "encrypted")]
mod lark;
#[cfg(feature = "jwt")]
mod livekit;
mod mailgun;
mod mandrill;
#[cfg(feature = "jwt")]
mod monday;
#[cfg(feature = "keyed-hash")]
mod moralis;
mod named_headers;
#[cfg(feature = "aws-lc")]
mod paddle_classic;
#[cfg(feature = "keyed-hash")]
mod patreon;
#[cfg(feature = "aws-lc")]
mod paypal;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod plaid;
mod registry;
#[cfg(feature = "aws-lc")]
mod sendgrid;
#[cfg(feature = "keyed-hash")]
mod sinch_voice;
#[cfg(feature = "aws-lc")]
pub mod sns;
#[cfg(feature = "aws-lc")]
mod sorted_form;
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
#[cfg(feature = "jwt")]
mod vonage;
#[cfg(all(feature = "aws-lc", feature = "encrypted"))]
mod wechat_pay;
#[cfg(feature = "encrypted")]
mod wecom;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod wix;
mod zalo;

#[cfg(all(feature = "aws-lc", feature = "encrypted"))]
pub use self::wechat_pay::WeChatPay;
pub use self::{
    adyen::Adyen,
    bithuman::{BitHumanAccount, BitHumanSession},
    blinger::Blinger,
    blooio::Blooio,
    bloonio::BloonioChat,
    braintree::Braintree,
    chatzuri::Chatzuri,
    cloudinary::Cloudinary,
    coinbase_cdp::CoinbaseCdp,
    contentful::Contentful,
    gitea::{Gitea, GiteaForm},
    github::{GitHub, GitHubForm},
    hubspot::HubSpot,
    mailgun::{Mailgun, MailgunForm},
    mandrill::Mandrill,
    registry::{Need, OptionError, Options, Provider},
    square::Square,
    stripe::Stripe,
    svix::Svix,
    trello::Trello,
    twilio::Twilio,
    zalo::Zalo,
};
#[cfg(feature = "aws-lc")]
pub use self::{alipay::Alipay, paddle_classic::PaddleClassic, paypal::PayPal, sns::Sns};
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
pub use self::{
    app_store::AppStore,
    fireblocks::{Fireblocks, FireblocksLegacy},
    google_chat::GoogleChat,
    google_pubsub::GooglePubSub,
    plaid::Plaid,
    wix::{Wix, WixEvent},
};
#[cfg(feature = "aws-lc")]
pub use self::{circle::Circle, sendgrid::SendGrid};
#[cfg(feature = "ed25519")]
pub use self::{
    discord::{Discord, DiscordEvents},
    fal::Fal,
    telnyx::Telnyx,
};
#[cfg(feature = "encrypted")]
pub use self::{lark::Lark, wecom::WeCom};
#[cfg(feature = "jwt")]
pub use self::{livekit::LiveKit, monday::Monday, vonage::Vonage};
#[cfg(feature = "keyed-hash")]
pub use self::{moralis::Moralis, patreon::Patreon, sinch_voice::SinchVoice};

/// Every provider that the enabled features allow, by name.
static ALL: &[Provider] = &[
    adyen::PROVIDER,
    #[cfg(feature = "aws-lc")]
    alipay::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    app_store::PROVIDER,
    #[cfg(feature = "aws-lc")]
    sns::PROVIDER,
    bithuman::ACCOUNT,
    bithuman::SESSION,
    blinger::PROVIDER,
    blooio::PROVIDER,
    bloonio::PROVIDER,
    braintree::PROVIDER,
    chatzuri::PROVIDER,
    #[cfg(feature = "aws-lc")]
    circle::PROVIDER,
    cloudinary::PROVIDER,
    coinbase_cdp::PROVIDER,
    contentful::PROVIDER,
    #[cfg(feature = "ed25519")]
    discord::PROVIDER,
    #[cfg(feature = "ed25519")]
    fal::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    fireblocks::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    fireblocks::LEGACY,
    gitea::PROVIDER,
    github::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    google_chat::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    google_pubsub::PROVIDER,
    #[cfg(feature = "http-signatures")]
    http_signatures::PROVIDER,
    hubspot::PROVIDER,
    #[cfg(feature = "encrypted")]
    lark::PROVIDER,
    #[cfg(feature = "jwt")]
    livekit::PROVIDER,
    mailgun::PROVIDER,
    mandrill::PROVIDER,
    #[cfg(feature = "jwt")]
    monday::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    moralis::PROVIDER,
    #[cfg(feature = "aws-lc")]
    paddle_classic::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    patreon::PROVIDER,
    #[cfg(feature = "aws-lc")]
    paypal::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    plaid::PROVIDER,
    #[cfg(feature = "aws-lc")]
    sendgrid::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    sinch_voice::PROVIDER,
    square::PROVIDER,
    standard_webhooks::PROVIDER,
    stripe::PROVIDER,
    svix::PROVIDER,
    #[cfg(feature = "ed25519")]
    telnyx::PROVIDER,
    trello::PROVIDER,
    twilio::PROVIDER,
    #[cfg(feature = "jwt")]
    vonage::PROVIDER,
    #[cfg(all(feature = "aws-lc", feature = "encrypted"))]
    wechat_pay::PROVIDER,
    #[cfg(feature = "encrypted")]
    wecom::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    wix::PROVIDER,
    zalo::PROVIDER,
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
