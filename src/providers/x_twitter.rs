//! X, formerly Twitter.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    schemes::{
        Field, Signed, Source,
        handshake::{Answering, Handshake, Said},
    },
};
use http::{HeaderName, Method};

const SIGNATURE: HeaderName = HeaderName::from_static("x-twitter-webhooks-signature");

provider! {
    /// The webhooks of X, formerly Twitter.
    ///
    /// - **Signed**: the body, by HMAC-SHA256; in `x-twitter-webhooks-signature`, behind `sha256=` and yet in base64.
    /// - **Secret**: the app's consumer secret (API secret key), as it is.
    /// - **Time**: none is signed.
    /// - **Event, id**: the body has neither; what happened is the name of its member, such as `tweet_create_events`.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Handshake**: the *challenge-response check*, an unsigned GET with `crc_token`, is answered with the HMAC-SHA256 of
    ///   that token, again and again (hourly, by one of X's pages). It is by the same secret, so that a body which could
    ///   be such a token is refused; X's bodies are JSON objects.
    /// - **Answer**: 200 within 10 seconds. Whether X retries is not confirmed. A check that fails ends the webhook.
    /// - **Pitfalls**: the URL must not name a port.
    pub struct XTwitter;
    registered = ("x-twitter", "X (Twitter)", "https://docs.x.com/x-api/webhooks/quickstart")
        .handshake("GET with `crc_token`, answered with its HMAC");
    secret = "the app's consumer secret";
    fn recipe() -> Answering<Signed> {
        let recipe = Signed::hmac_sha256("x-twitter", Field::header(SIGNATURE).prefix("sha256="))
            .encoding(Encoding::Base64);
        let check = Handshake::unverified(Method::GET)
            .question(Source::Query("crc_token"))
            .json("response_token", Said::signature(Encoding::Base64).behind("sha256="));
        Answering::new(recipe, check)
    }
}
