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
mod bitbucket;
pub mod bithuman;
pub mod blinger;
pub mod blooio;
pub mod bloonio;
mod box_com;
mod braintree;
mod cal_com;
mod calendly;
pub mod chatzuri;
#[cfg(feature = "aws-lc")]
mod circle;
mod cloudinary;
mod coinbase_cdp;
mod contentful;
mod describe;
#[cfg(feature = "ed25519")]
mod discord;
mod docusign;
#[cfg(feature = "ed25519")]
mod fal;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod fireblocks;
mod gitea;
mod github;
mod gitlab;
mod gitlab_token;
mod gogs;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod google_chat;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod google_pubsub;
mod hubspot;
mod intercom;
mod jira;
#[cfg(feature = "encrypted")]
mod lark;
mod lemonsqueezy;
mod line;
mod linear;
#[cfg(feature = "jwt")]
mod livekit;
mod mailgun;
mod mandrill;
#[cfg(feature = "jwt")]
mod monday;
#[cfg(feature = "keyed-hash")]
mod moralis;
mod named_headers;
mod paddle_billing;
#[cfg(feature = "aws-lc")]
mod paddle_classic;
mod pagerduty;
#[cfg(feature = "keyed-hash")]
mod patreon;
#[cfg(feature = "aws-lc")]
mod paypal;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod plaid;
mod postmark;
mod razorpay;
mod registry;
#[cfg(feature = "aws-lc")]
mod sendgrid;
mod sentry;
mod shopify;
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
mod telegram;
#[cfg(feature = "ed25519")]
mod telnyx;
mod text_enum;
mod trello;
mod twilio;
mod typeform;
mod unix;
mod vercel;
#[cfg(feature = "jwt")]
mod vonage;
#[cfg(all(feature = "aws-lc", feature = "encrypted"))]
mod wechat_pay;
#[cfg(feature = "encrypted")]
mod wecom;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod wix;
mod workos;
mod zalo;
mod zendesk;

#[cfg(all(feature = "aws-lc", feature = "encrypted"))]
pub use self::wechat_pay::WeChatPay;
pub use self::{
    adyen::Adyen,
    bitbucket::Bitbucket,
    bithuman::{BitHumanAccount, BitHumanSession},
    blinger::Blinger,
    blooio::Blooio,
    bloonio::BloonioChat,
    box_com::BoxWebhooks,
    braintree::Braintree,
    cal_com::CalCom,
    calendly::Calendly,
    chatzuri::Chatzuri,
    cloudinary::Cloudinary,
    coinbase_cdp::CoinbaseCdp,
    contentful::Contentful,
    docusign::DocuSign,
    gitea::{Gitea, GiteaForm},
    github::{GitHub, GitHubForm},
    gitlab::GitLab,
    gitlab_token::GitLabToken,
    gogs::{Gogs, GogsForm},
    hubspot::HubSpot,
    intercom::Intercom,
    jira::Jira,
    lemonsqueezy::LemonSqueezy,
    line::Line,
    linear::Linear,
    mailgun::{Mailgun, MailgunForm},
    mandrill::Mandrill,
    paddle_billing::PaddleBilling,
    pagerduty::PagerDuty,
    postmark::Postmark,
    razorpay::Razorpay,
    registry::{Need, OptionError, Options, Provider},
    sentry::Sentry,
    shopify::Shopify,
    square::Square,
    stripe::Stripe,
    svix::Svix,
    telegram::Telegram,
    trello::Trello,
    twilio::Twilio,
    typeform::Typeform,
    vercel::Vercel,
    workos::WorkOs,
    zalo::Zalo,
    zendesk::Zendesk,
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
    bitbucket::PROVIDER,
    bithuman::ACCOUNT,
    bithuman::SESSION,
    blinger::PROVIDER,
    blooio::PROVIDER,
    bloonio::PROVIDER,
    box_com::PROVIDER,
    braintree::PROVIDER,
    cal_com::PROVIDER,
    calendly::PROVIDER,
    chatzuri::PROVIDER,
    #[cfg(feature = "aws-lc")]
    circle::PROVIDER,
    cloudinary::PROVIDER,
    coinbase_cdp::PROVIDER,
    contentful::PROVIDER,
    #[cfg(feature = "ed25519")]
    discord::PROVIDER,
    docusign::PROVIDER,
    #[cfg(feature = "ed25519")]
    fal::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    fireblocks::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    fireblocks::LEGACY,
    gitea::PROVIDER,
    github::PROVIDER,
    gitlab::PROVIDER,
    gitlab_token::PROVIDER,
    gogs::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    google_chat::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    google_pubsub::PROVIDER,
    hubspot::PROVIDER,
    intercom::PROVIDER,
    jira::PROVIDER,
    #[cfg(feature = "encrypted")]
    lark::PROVIDER,
    lemonsqueezy::PROVIDER,
    line::PROVIDER,
    linear::PROVIDER,
    #[cfg(feature = "jwt")]
    livekit::PROVIDER,
    mailgun::PROVIDER,
    mandrill::PROVIDER,
    #[cfg(feature = "jwt")]
    monday::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    moralis::PROVIDER,
    paddle_billing::PROVIDER,
    #[cfg(feature = "aws-lc")]
    paddle_classic::PROVIDER,
    pagerduty::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    patreon::PROVIDER,
    #[cfg(feature = "aws-lc")]
    paypal::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    plaid::PROVIDER,
    postmark::PROVIDER,
    razorpay::PROVIDER,
    #[cfg(feature = "aws-lc")]
    sendgrid::PROVIDER,
    sentry::PROVIDER,
    shopify::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    sinch_voice::PROVIDER,
    square::PROVIDER,
    standard_webhooks::PROVIDER,
    stripe::PROVIDER,
    svix::PROVIDER,
    telegram::PROVIDER,
    #[cfg(feature = "ed25519")]
    telnyx::PROVIDER,
    trello::PROVIDER,
    twilio::PROVIDER,
    typeform::PROVIDER,
    vercel::PROVIDER,
    #[cfg(feature = "jwt")]
    vonage::PROVIDER,
    #[cfg(all(feature = "aws-lc", feature = "encrypted"))]
    wechat_pay::PROVIDER,
    #[cfg(feature = "encrypted")]
    wecom::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    wix::PROVIDER,
    workos::PROVIDER,
    zalo::PROVIDER,
    zendesk::PROVIDER,
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
