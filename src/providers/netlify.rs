//! Netlify.
use super::describe::provider;
use crate::{
    encoding::Encoding,
    key::Digest,
    schemes::{Jwt, Source, TokenIn},
};
use http::HeaderName;

const TOKEN: HeaderName = HeaderName::from_static("x-webhook-signature");
const EVENT: HeaderName = HeaderName::from_static("x-netlify-event");

provider! {
    /// Netlify's outgoing webhooks: notifications of deploys and of forms.
    ///
    /// - **Signed**: a JWT (HS256) in `X-Webhook-Signature`, whose issuer is `netlify` and whose claim `sha256` is the
    ///   body's digest, in hexadecimal.
    /// - **Not signed**: the event, `X-Netlify-Event`.
    /// - **Secret**: the JWS secret token of the notification, as a text.
    /// - **Time**: the token has none; an `exp` or `nbf` would hold if it came.
    /// - **Replay**: neither id nor time is signed, so nothing is remembered unless
    ///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen.
    /// - **Answer**: any 2xx.
    /// - **Pitfalls**: without a secret token the header is missing, and the delivery refused. The token's other claims, if
    ///   there are any, were not confirmed.
    pub struct Netlify;
    registered = ("netlify", "Netlify", "https://docs.netlify.com/deploy/deploy-notifications/#payload-signature")
        .recipe("JWT, HS256").signed("digest of the body");
    secret = "the JWS secret token";
    fn recipe() -> Jwt {
        Jwt::hs256("netlify", TokenIn::Header(TOKEN))
            .issuer("netlify")
            .body_digest("sha256", Digest::Sha256, Encoding::Hex)
            .event(Source::Header(EVENT))
    }
}
