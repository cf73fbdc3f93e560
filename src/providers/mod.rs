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
mod airtable;
#[cfg(feature = "aws-lc")]
mod alipay;
mod anthropic;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod app_store;
mod asana;
mod auth0;
mod azure_event_grid;
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
mod checkout_com;
#[cfg(feature = "aws-lc")]
mod circle;
mod circleci;
mod clerk;
mod cloudevents;
mod cloudinary;
mod coinbase_cdp;
mod coinbase_commerce;
mod contentful;
mod describe;
#[cfg(feature = "ed25519")]
mod discord;
mod docusign;
mod dropbox;
mod dropbox_sign;
mod easypost;
mod elevenlabs;
#[cfg(feature = "ed25519")]
mod fal;
mod figma;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod fireblocks;
mod flutterwave;
mod gitea;
mod github;
mod gitlab;
mod gitlab_token;
mod gocardless;
mod gogs;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod google_chat;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod google_pubsub;
mod grafana;
#[cfg(feature = "http-signatures")]
mod http_signatures;
mod hubspot;
mod intercom;
mod jira;
mod klaviyo;
#[cfg(feature = "encrypted")]
mod lark;
mod lemonsqueezy;
mod line;
mod linear;
mod liveblocks;
#[cfg(feature = "jwt")]
mod livekit;
mod mailgun;
mod mandrill;
mod meta;
mod modern_treasury;
#[cfg(feature = "jwt")]
mod monday;
#[cfg(feature = "keyed-hash")]
mod moralis;
mod ms_graph;
mod multipart;
mod mux;
mod named_headers;
#[cfg(feature = "jwt")]
mod netlify;
mod notion;
mod okta;
mod openai;
mod paddle_billing;
#[cfg(feature = "aws-lc")]
mod paddle_classic;
mod pagerduty;
#[cfg(feature = "keyed-hash")]
mod patreon;
#[cfg(feature = "aws-lc")]
mod paypal;
mod paystack;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod plaid;
mod plivo_v2;
mod plivo_v3;
mod polar;
mod polar_legacy;
mod postmark;
mod pusher;
#[cfg(feature = "jwt")]
mod qstash;
mod razorpay;
mod registry;
mod replicate;
mod resend;
mod retell;
mod sanity;
#[cfg(feature = "aws-lc")]
mod sendgrid;
mod sentry;
mod shopify;
#[cfg(feature = "keyed-hash")]
mod sinch_voice;
mod slack;
#[cfg(feature = "aws-lc")]
pub mod sns;
#[cfg(feature = "aws-lc")]
mod sorted_form;
mod square;
mod standard_webhooks;
mod stripe;
mod svix;
mod teams;
mod telegram;
#[cfg(feature = "ed25519")]
mod telnyx;
mod text_enum;
mod trello;
mod twilio;
mod twitch;
mod typeform;
mod unix;
mod vercel;
#[cfg(feature = "jwt")]
mod vonage;
mod websub;
#[cfg(all(feature = "aws-lc", feature = "encrypted"))]
mod wechat_pay;
#[cfg(feature = "encrypted")]
mod wecom;
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
mod wix;
mod woocommerce;
mod workos;
mod x_twitter;
mod xero;
mod zalo;
mod zendesk;
mod zoom;

#[cfg(all(feature = "aws-lc", feature = "encrypted"))]
pub use self::wechat_pay::WeChatPay;
pub use self::{
    adyen::Adyen,
    airtable::Airtable,
    anthropic::Anthropic,
    asana::Asana,
    auth0::Auth0,
    azure_event_grid::AzureEventGrid,
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
    checkout_com::CheckoutCom,
    circleci::CircleCi,
    clerk::Clerk,
    cloudevents::CloudEventsWebhook,
    cloudinary::Cloudinary,
    coinbase_cdp::CoinbaseCdp,
    coinbase_commerce::CoinbaseCommerce,
    contentful::Contentful,
    docusign::DocuSign,
    dropbox::Dropbox,
    dropbox_sign::DropboxSign,
    easypost::EasyPost,
    elevenlabs::ElevenLabs,
    figma::Figma,
    flutterwave::Flutterwave,
    gitea::{Gitea, GiteaForm},
    github::{GitHub, GitHubForm},
    gitlab::GitLab,
    gitlab_token::GitLabToken,
    gocardless::GoCardless,
    gogs::{Gogs, GogsForm},
    grafana::Grafana,
    hubspot::HubSpot,
    intercom::Intercom,
    jira::Jira,
    klaviyo::Klaviyo,
    lemonsqueezy::LemonSqueezy,
    line::Line,
    linear::Linear,
    liveblocks::Liveblocks,
    mailgun::{Mailgun, MailgunForm},
    mandrill::Mandrill,
    meta::Meta,
    modern_treasury::ModernTreasury,
    ms_graph::MsGraph,
    mux::Mux,
    notion::Notion,
    okta::Okta,
    openai::OpenAi,
    paddle_billing::PaddleBilling,
    pagerduty::PagerDuty,
    paystack::Paystack,
    plivo_v2::PlivoV2,
    plivo_v3::PlivoV3,
    polar::Polar,
    polar_legacy::PolarLegacy,
    postmark::Postmark,
    pusher::Pusher,
    razorpay::Razorpay,
    registry::{Need, OptionError, Options, Provider},
    replicate::Replicate,
    resend::Resend,
    retell::Retell,
    sanity::Sanity,
    sentry::Sentry,
    shopify::Shopify,
    slack::{Slack, SlackCommands, SlackInteractivity},
    square::Square,
    stripe::Stripe,
    svix::Svix,
    teams::TeamsOutgoing,
    telegram::Telegram,
    trello::Trello,
    twilio::Twilio,
    twitch::Twitch,
    typeform::Typeform,
    vercel::Vercel,
    websub::WebSub,
    woocommerce::WooCommerce,
    workos::WorkOs,
    x_twitter::XTwitter,
    xero::Xero,
    zalo::Zalo,
    zendesk::Zendesk,
    zoom::Zoom,
};
#[cfg(feature = "aws-lc")]
pub use self::{
    alipay::Alipay, circle::Circle, paddle_classic::PaddleClassic, paypal::PayPal, sendgrid::SendGrid,
    sns::Sns,
};
#[cfg(all(feature = "jwt", feature = "aws-lc"))]
pub use self::{
    app_store::AppStore,
    fireblocks::{Fireblocks, FireblocksLegacy},
    google_chat::GoogleChat,
    google_pubsub::GooglePubSub,
    plaid::Plaid,
    wix::{Wix, WixEvent},
};
#[cfg(feature = "ed25519")]
pub use self::{
    discord::{Discord, DiscordEvents},
    fal::Fal,
    telnyx::Telnyx,
};
#[cfg(feature = "encrypted")]
pub use self::{lark::Lark, wecom::WeCom};
#[cfg(feature = "jwt")]
pub use self::{livekit::LiveKit, monday::Monday, netlify::Netlify, qstash::QStash, vonage::Vonage};
#[cfg(feature = "keyed-hash")]
pub use self::{moralis::Moralis, patreon::Patreon, sinch_voice::SinchVoice};

/// Every provider that the enabled features allow, by name.
static ALL: &[Provider] = &[
    adyen::PROVIDER,
    airtable::PROVIDER,
    #[cfg(feature = "aws-lc")]
    alipay::PROVIDER,
    anthropic::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    app_store::PROVIDER,
    asana::PROVIDER,
    auth0::PROVIDER,
    #[cfg(feature = "aws-lc")]
    sns::PROVIDER,
    azure_event_grid::PROVIDER,
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
    checkout_com::PROVIDER,
    #[cfg(feature = "aws-lc")]
    circle::PROVIDER,
    circleci::PROVIDER,
    clerk::PROVIDER,
    cloudevents::PROVIDER,
    cloudinary::PROVIDER,
    coinbase_cdp::PROVIDER,
    coinbase_commerce::PROVIDER,
    contentful::PROVIDER,
    #[cfg(feature = "ed25519")]
    discord::PROVIDER,
    docusign::PROVIDER,
    dropbox::PROVIDER,
    dropbox_sign::PROVIDER,
    easypost::PROVIDER,
    elevenlabs::PROVIDER,
    meta::FACEBOOK,
    #[cfg(feature = "ed25519")]
    fal::PROVIDER,
    figma::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    fireblocks::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    fireblocks::LEGACY,
    flutterwave::PROVIDER,
    gitea::PROVIDER,
    github::PROVIDER,
    gitlab::PROVIDER,
    gitlab_token::PROVIDER,
    gocardless::PROVIDER,
    gogs::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    google_chat::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    google_pubsub::PROVIDER,
    grafana::PROVIDER,
    #[cfg(feature = "http-signatures")]
    http_signatures::PROVIDER,
    hubspot::PROVIDER,
    intercom::PROVIDER,
    jira::PROVIDER,
    klaviyo::PROVIDER,
    #[cfg(feature = "encrypted")]
    lark::PROVIDER,
    lemonsqueezy::PROVIDER,
    line::PROVIDER,
    linear::PROVIDER,
    liveblocks::PROVIDER,
    #[cfg(feature = "jwt")]
    livekit::PROVIDER,
    mailgun::PROVIDER,
    mandrill::PROVIDER,
    meta::PROVIDER,
    modern_treasury::PROVIDER,
    #[cfg(feature = "jwt")]
    monday::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    moralis::PROVIDER,
    ms_graph::PROVIDER,
    mux::PROVIDER,
    #[cfg(feature = "jwt")]
    netlify::PROVIDER,
    notion::PROVIDER,
    okta::PROVIDER,
    openai::PROVIDER,
    paddle_billing::PROVIDER,
    #[cfg(feature = "aws-lc")]
    paddle_classic::PROVIDER,
    pagerduty::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    patreon::PROVIDER,
    #[cfg(feature = "aws-lc")]
    paypal::PROVIDER,
    paystack::PROVIDER,
    #[cfg(all(feature = "jwt", feature = "aws-lc"))]
    plaid::PROVIDER,
    plivo_v2::PROVIDER,
    plivo_v3::PROVIDER,
    polar::PROVIDER,
    polar_legacy::PROVIDER,
    postmark::PROVIDER,
    pusher::PROVIDER,
    #[cfg(feature = "jwt")]
    qstash::PROVIDER,
    razorpay::PROVIDER,
    replicate::PROVIDER,
    resend::PROVIDER,
    retell::PROVIDER,
    sanity::PROVIDER,
    #[cfg(feature = "aws-lc")]
    sendgrid::PROVIDER,
    sentry::PROVIDER,
    shopify::PROVIDER,
    #[cfg(feature = "keyed-hash")]
    sinch_voice::PROVIDER,
    slack::PROVIDER,
    square::PROVIDER,
    standard_webhooks::PROVIDER,
    stripe::PROVIDER,
    svix::PROVIDER,
    teams::PROVIDER,
    telegram::PROVIDER,
    #[cfg(feature = "ed25519")]
    telnyx::PROVIDER,
    trello::PROVIDER,
    twilio::PROVIDER,
    twitch::PROVIDER,
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
    woocommerce::PROVIDER,
    workos::PROVIDER,
    x_twitter::PROVIDER,
    xero::PROVIDER,
    websub::PROVIDER,
    zalo::PROVIDER,
    zendesk::PROVIDER,
    zoom::PROVIDER,
];

/// Names of what is one scheme of a provider, or is told apart no more.
static OTHER_NAMES: &[(&str, Provider)] = &[
    ("adyen-payment", adyen::PROVIDER.variant("several-items")),
    ("chatzuri-sha1", chatzuri::PROVIDER.variant("sha1")),
    ("chatzuri-sha256", chatzuri::PROVIDER.variant("sha256")),
    ("gitea-forgejo", gitea::PROVIDER),
];

/// Every provider that the enabled features allow, in the order of their names.
pub fn all() -> &'static [Provider] {
    ALL
}

/// The provider of this name, which is in lower case with hyphens.
///
/// Some are known by another name too: `gitea-forgejo` is `gitea`, `adyen-payment` is `adyen`, and `chatzuri-sha1` is
/// `chatzuri` whose option `variant` is `sha1` unless it is given.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Provider> {
    let by_its_name = ALL.iter().find(|provider| provider.name() == name);
    by_its_name.or_else(|| OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, provider)| provider))
}

/// The table of the providers, in Markdown, as it stands above.
#[must_use]
pub fn table() -> String {
    registry::table(ALL)
}
