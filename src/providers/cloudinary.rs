//! Cloudinary.
use super::registry::{Need, Provider};
use crate::{
    key::Digest,
    scheme::{Scheme, forward},
    schemes::{Field, Part, Signed, Source},
    time::Unit,
};
use http::HeaderName;
use std::{sync::LazyLock, time::Duration};

/// Cloudinary's notifications.
///
/// Follows [Verifying notification signatures](https://cloudinary.com/documentation/notification_signatures).
///
/// - **Signed**: `{body}{timestamp}{secret}` by a plain hash, SHA-1 or SHA-256 by the account's setting; in
///   `X-Cld-Signature`, hexadecimal. The event is the body's `notification_type`.
/// - **Secret**: the API secret, as it is: of the key that is set aside for notifications, else of the oldest active one.
/// - **Time**: `X-Cld-Timestamp`; two hours, past and future, as in Cloudinary's packages, which look at the past only.
/// - **Replay**: known by the signed text.
/// - **Answer**: any 2xx.
/// - **Pitfalls**: a plain hash with the secret at its end is no HMAC: whoever makes two bodies with one SHA-1 digest has one
///   signature for both. Let the account sign by SHA-256. Under the one setting, a signature by the other is refused.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Cloudinary};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let scheme = Cloudinary::sha256();
/// let layer = VerifySignatureLayer::new(scheme, scheme.key("the API secret")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Cloudinary {
    sha256: bool,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-cld-signature");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-cld-timestamp");

static SHA1: LazyLock<Signed> = LazyLock::new(|| recipe(Digest::Sha1));
static SHA256: LazyLock<Signed> = LazyLock::new(|| recipe(Digest::Sha256));

fn recipe(digest: Digest) -> Signed {
    Signed::hashed("cloudinary", digest, Field::header(SIGNATURE))
        .text([Part::Body, Part::Timestamp(Field::header(TIMESTAMP), Unit::Seconds), Part::Secret])
        .event(Source::Json("notification_type"))
        .with_tolerance(Duration::from_secs(7200))
}

impl Cloudinary {
    /// By SHA-1, Cloudinary's default.
    pub const fn sha1() -> Self {
        Self { sha256: false }
    }

    /// By SHA-256.
    pub const fn sha256() -> Self {
        Self { sha256: true }
    }

    fn recipe(self) -> &'static Signed {
        if self.sha256 { &SHA256 } else { &SHA1 }
    }
}

impl Scheme for Cloudinary {
    forward!(self => self.recipe(); all);
}

pub(super) const PROVIDER: Provider = Provider::new(
    "cloudinary",
    "Cloudinary",
    "https://cloudinary.com/documentation/notification_signatures",
    |options| {
        let variants = [("sha1", Cloudinary::sha1()), ("sha256", Cloudinary::sha256())];
        Ok(Box::new(options.variant(&variants)?))
    },
)
.recipe("SHA-1 or SHA-256 with the secret")
.signed("body, time")
.known_by("time and body")
.needs(&[Need::Secret, Need::Option("variant?")]);
