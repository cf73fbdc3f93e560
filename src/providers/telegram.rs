//! Telegram.
use super::{describe::provider, registry::Need};
use crate::schemes::Token;
use http::HeaderName;

const TOKEN: HeaderName = HeaderName::from_static("x-telegram-bot-api-secret-token");

provider! {
    /// Telegram's webhooks, of the Bot API, which are not signed.
    ///
    /// - **Presented**: the token as it is, in `X-Telegram-Bot-Api-Secret-Token`. Whoever sees one delivery can send
    ///   others.
    /// - **Not signed**: the body, and in it the id, `update_id`, a number. The event is the body's other key
    ///   (`message`), so that the delivery itself has none.
    /// - **Secret**: the `secret_token` given to `setWebhook`: 1 to 256 of the characters `A-Z`, `a-z`, `0-9`, `_` and
    ///   `-`; not the bot's own token. Without one the header is missing, and the delivery refused.
    /// - **Time**: none.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx, whose body may be a call of a method of the Bot API. Sent again until then; `Retry-After`
    ///   of up to an hour is heeded. The time limit is not confirmed.
    /// - **Pitfalls**: only the ports 443, 80, 88 and 8443.
    pub struct Telegram;
    registered = ("telegram", "Telegram", "https://core.telegram.org/bots/api#setwebhook")
        .recipe("token").signed("nothing: a token in a header").needs(&[Need::Token]);
    secret = "the_secret_token_given_to_setWebhook";
    fn recipe() -> Token {
        Token::header("telegram", TOKEN)
    }
}
