//! Figma.
use super::{Need, describe::provider};
use crate::{
    scheme::{Answer, Answers},
    schemes::{Source, Token},
};
use http::StatusCode;

provider! {
    /// Figma's webhooks, version 2.
    ///
    /// - **Signed**: nothing. The body's `passcode` is the secret, presented as it is, so that the proof is a
    ///   [`SharedToken`](crate::scheme::Proof::SharedToken), and whoever sees one delivery can send others.
    /// - **Secret**: the passcode that the webhook was made with, up to 100 characters. Handlers read it in the body: keep it
    ///   out of logs.
    /// - **Event**: the body's `event_type`, unsigned. A `PING` comes when the webhook is made, and goes to the handler.
    /// - **Time**: none is signed.
    /// - **Replay**: nothing is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: 200, which any 2xx of a handler becomes; otherwise it is sent again after 5 minutes, 30 minutes and 3
    ///   hours. A wrong passcode is answered 400, as Figma asks for.
    /// - **Pitfalls**: Figma stops a webhook at once that is answered 400. With a passcode that is not the webhook's, the
    ///   first delivery ends it.
    pub struct Figma;
    registered = ("figma", "Figma", "https://developers.figma.com/docs/rest-api/webhooks-security")
        .recipe("token").signed("nothing: a secret in the body").needs(&[Need::Token]);
    secret = "the passcode of the webhook";
    fn recipe() -> Token {
        Token::body_key("figma", "passcode").event(Source::Json("event_type")).with_answers(
            Answers::new()
                .refusal(Answer::empty(StatusCode::BAD_REQUEST))
                .acknowledgement(Answer::empty(StatusCode::OK))
                .only_this_status(),
        )
    }
}
