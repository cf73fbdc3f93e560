//! QStash.
use super::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{Scheme, forward},
    schemes::{Jwt, Source, TokenIn},
};
use http::HeaderName;
use std::borrow::Cow;

/// Upstash QStash's messages.
///
/// Follows [Verify signatures](https://upstash.com/docs/qstash/howto/signature).
///
/// - **Signed**: a JWT (HS256) in `Upstash-Signature`. Its issuer is `Upstash`, its subject (`sub`) the URL of the endpoint,
///   its claim `body` the SHA-256 of the body in base64url, with padding or without, as in QStash's kits.
/// - **URL**: the destination as it is given to QStash; configuration.
/// - **Secrets**: the current signing key and the next one, both: `KeySet::from(current).or(next)`.
/// - **Time**: `iat` within five minutes, past and future; the token must have an `exp`, which is five minutes later.
/// - **Replay**: known by the token, which has the time and an id (`jti`), so that a retry that is signed anew is a delivery
///   of its own. `Upstash-Message-Id`, which retries keep, is not signed.
/// - **Answer**: any 2xx. For how long QStash waits and how often it tries again is the sender's choice.
/// - **Pitfalls**: the body is the publisher's, in any format; here it is taken for JSON. Only POST is taken, QStash's
///   default. Where several regions are in use, each has its own pair of keys.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, key::KeySet, providers::QStash};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let qstash = QStash::at("https://example.com/hooks/qstash");
/// let keys = KeySet::from(qstash.key("the current signing key")?).or(qstash.key("the next signing key")?);
/// let layer = VerifySignatureLayer::new(qstash, keys);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct QStash {
    recipe: Jwt,
}

const TOKEN: HeaderName = HeaderName::from_static("upstash-signature");
const MESSAGE_ID: HeaderName = HeaderName::from_static("upstash-message-id");

impl QStash {
    /// For the endpoint's URL, as QStash knows it: the token must be for it.
    #[must_use]
    pub fn at(url: impl Into<Cow<'static, str>>) -> Self {
        let recipe = Jwt::hs256("qstash", TokenIn::Header(TOKEN))
            .issuer("Upstash")
            .claim("sub", url)
            .issued_at_signing()
            .expires()
            .body_digest("body", Digest::Sha256, Encoding::Base64Url)
            .id(Source::Header(MESSAGE_ID));
        Self { recipe }
    }
}

impl Scheme for QStash {
    forward!(self => &self.recipe; all);
}

pub(super) const PROVIDER: Provider =
    Provider::new("qstash", "Upstash QStash", "https://upstash.com/docs/qstash/howto/signature", |options| {
        Ok(Box::new(QStash::at(options.demand("url")?.to_owned())))
    })
    .recipe("JWT, HS256")
    .signed("URL, time, expiry, digest of the body")
    .known_by("what is signed")
    .needs(&[Need::Secret, Need::Option("url")]);
