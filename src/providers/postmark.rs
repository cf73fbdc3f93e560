//! Postmark.
use super::{describe::provider, registry::Need};
use crate::{
    scheme::Answers,
    schemes::{Source, Token},
};

provider! {
    /// Postmark's webhooks, which are not signed.
    ///
    /// - **Presented**: a user and a password, as HTTP Basic: those that stand in the webhook's URL,
    ///   `https://user:password@example.com/`. Whoever sees one delivery can send others.
    /// - **Not signed**: the body, and in it the event (`RecordType`) and the message (`MessageID`), which several
    ///   events share, so that it is no delivery id.
    /// - **Secret**: `user:password`, both as they are, and not as the URL may have to escape them.
    /// - **Time**: none.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: 200, whatever success the handler answers with. 403 ends the retries; inbound mail is tried 10
    ///   times in some 10 hours, other webhooks less often, which is not confirmed.
    /// - **Pitfalls**: let in only the addresses that Postmark publishes, where you can.
    pub struct Postmark;
    registered = ("postmark", "Postmark", "https://postmarkapp.com/developer/webhooks/webhooks-overview")
        .recipe("HTTP Basic").signed("nothing: a user and a password").needs(&[Need::Token]);
    secret = "user:a password that nobody guesses";
    fn recipe() -> Token {
        Token::basic("postmark")
            .event(Source::Json("RecordType"))
            .with_answers(Answers::new().only_this_status())
    }
}
