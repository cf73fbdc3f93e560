//! Okta.
use super::{describe::provider, registry::Need};
use crate::schemes::{
    Source, Token,
    handshake::{Answering, Handshake, Said},
};
use http::{HeaderName, Method, header::AUTHORIZATION};

const CHALLENGE: HeaderName = HeaderName::from_static("x-okta-verification-challenge");

provider! {
    /// Okta's event hooks.
    ///
    /// - **Signed**: nothing. The whole of `Authorization` is a secret that you choose:
    ///   [`SharedToken`](crate::scheme::Proof::SharedToken). If the hook is told to send it in another header, take
    ///   [`Token::header`] and the handshake below.
    /// - **Key**: that secret, as it is: what Okta calls the *Authentication secret*.
    /// - **Time**: none that would be signed.
    /// - **Event, id**: each item of `data.events` has its own (`eventType`, `uuid`); the body's `eventType` is always
    ///   `com.okta.event_hook`.
    /// - **Replay**: nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Handshake**: one GET, whose `X-Okta-Verification-Challenge` is sent back as `{"verification": ..}`. The document
    ///   has the secret in *every* request, so that it must be there, too.
    /// - **Answer**: 200 or 204 with no body, within 3 seconds. Okta retries once at most, and not after a 4xx.
    pub struct Okta;
    registered = ("okta", "Okta event hooks", "https://developer.okta.com/docs/concepts/event-hooks/")
        .recipe("token").signed("nothing: a token in `Authorization`").needs(&[Need::Token])
        .handshake("GET with `X-Okta-Verification-Challenge`, with the token");
    secret = "the Authentication secret of the hook";
    fn recipe() -> Answering<Token> {
        let verification = Handshake::verified()
            .method(Method::GET)
            .question(Source::Header(CHALLENGE))
            .json("verification", Said::question());
        Answering::new(Token::header("okta", AUTHORIZATION).event(Source::Json("eventType")), verification)
    }
}
