//! Chatzuri's scheme.
use super::envelope::KEYS;
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    providers::registry::{Need, Provider},
    scheme::{
        Answer, Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text,
    },
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, StatusCode};

/// Chatzuri's webhooks, typed by [`Event`](super::Event).
///
/// Follows the [API reference](https://chatzuri.com/docs/webhooks-api) and the newer
/// [guide](https://chatzuri.com/guides/developers/webhooks), which disagree; see [the module](super). No delivery is
/// known that would tell which of them is right, so ask one of yours: the header's shape shows it.
///
/// | constructor | `x-chatzuri-signature` |
/// | --- | --- |
/// | [`sha256`](Self::sha256) | `sha256=` and 64 hexadecimal digits |
/// | [`sha1`](Self::sha1) | 40 hexadecimal digits |
/// | [`sha256_allowing_sha1`](Self::sha256_allowing_sha1) | either, while Chatzuri or you migrate |
///
/// - **Signed**: the body, by HMAC. The header is one line with one value, so that a signature is checked by one recipe
///   and by no other: behind `sha256=` it is HMAC-SHA256, and a correct HMAC-SHA1 does not rescue a wrong one.
/// - **Secret**: the text as it is, the same for both recipes. The header is only sent if a secret is set.
/// - **Not signed**: there is no id and no header that says more. The guide's body has a `timestamp`, which tells when
///   it happened; it is not held against the clock, since retries go on for a day.
/// - **Event**: the body's `eventType`, or the guide's `event`. If a body has both, they must agree. No key of the
///   envelope may stand there twice.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. A customer who writes "Hello?" twice
///   may send two equal bodies.
/// - **Answer**: 200 with `{"status":"accepted"}`, as the reference asks; the guide is content with any 2xx. Refused:
///   400 with `{"message":"Signature didn't match"}`, whatever the reason; a method that is not POST: 405 with `Allow`.
/// - **Time to answer**: not published. By the guide, what is not answered with 2xx is sent again, with growing pauses,
///   for up to 24 hours.
/// - **Pitfalls**: the reference says "SHA-1" and means HMAC with SHA-1, as its sample shows. The sample signs
///   `JSON.stringify(req.body)`; here it is the raw body, which is the same bytes only if Chatzuri sends compact JSON.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Chatzuri};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let scheme = Chatzuri::sha256();
/// let layer = VerifySignatureLayer::new(scheme, scheme.key("the secret of the settings")?);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chatzuri {
    recipes: Recipes,
}

/// Which recipes are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Recipes {
    Sha256,
    Sha1,
    Either,
}

const SIGNATURE: HeaderName = HeaderName::from_static("x-chatzuri-signature");
const SHA256_PREFIX: &str = "sha256=";

impl Chatzuri {
    /// HMAC-SHA256 only, as in the guide.
    #[must_use]
    pub const fn sha256() -> Self {
        Self { recipes: Recipes::Sha256 }
    }

    /// HMAC-SHA1 only, as in the API reference.
    #[must_use]
    pub const fn sha1() -> Self {
        Self { recipes: Recipes::Sha1 }
    }

    /// HMAC-SHA256 or HMAC-SHA1, as the delivery's signature is written. For a migration: as a MAC, SHA-1 is not
    /// broken, but what is no longer sent should no longer be taken.
    #[must_use]
    pub const fn sha256_allowing_sha1() -> Self {
        Self { recipes: Recipes::Either }
    }

    fn allows(self, algorithm: Algorithm) -> bool {
        match self.recipes {
            Recipes::Sha256 => algorithm == Algorithm::HmacSha256,
            Recipes::Sha1 => algorithm == Algorithm::HmacSha1,
            Recipes::Either => true,
        }
    }
}

/// What is signed.
fn signed_text() -> Text {
    Text::new().body()
}

impl Scheme for Chatzuri {
    fn name(&self) -> &str {
        "chatzuri"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        let key = |algorithm| Secret::text().key(algorithm, text);
        match self.recipes {
            Recipes::Sha256 => key(Algorithm::HmacSha256),
            Recipes::Sha1 => key(Algorithm::HmacSha1),
            Recipes::Either => Ok(key(Algorithm::HmacSha256)?.and(key(Algorithm::HmacSha1)?)),
        }
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let value = head.one(&SIGNATURE)?;
        let (algorithm, hex) = match value.strip_prefix(SHA256_PREFIX) {
            Some(hex) => (Algorithm::HmacSha256, hex),
            None => (Algorithm::HmacSha1, value),
        };
        if !self.allows(algorithm) {
            return Err(Refusal::NoSignature);
        }
        Ok(Check::new(signed_text()).signature(algorithm, Encoding::Hex, hex)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [reference, guide, ..] = proven.json_texts(KEYS)?;
        if reference.is_some() && guide.is_some() && reference != guide {
            return Err(Refusal::EventMismatch);
        }
        let delivery = Delivery::new();
        Ok(match reference.or(guide) {
            Some(event) => delivery.signed_event(event),
            None => delivery,
        }
        .into())
    }

    /// Signs with the strongest recipe that is allowed.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        let (algorithm, prefix) = match self.recipes {
            Recipes::Sha256 | Recipes::Either => (Algorithm::HmacSha256, SHA256_PREFIX),
            Recipes::Sha1 => (Algorithm::HmacSha1, ""),
        };
        let signature = key.sign(algorithm, &signed_text(), request.body())?;
        let value = HeaderValue::try_from(format!("{prefix}{}", Encoding::Hex.encode(&signature)));
        let value = value.map_err(|_| CannotSign::new("the signature does not fit into a header"))?;
        request.headers_mut().insert(SIGNATURE, value);
        Ok(())
    }

    fn answers(&self) -> Answers {
        Answers::new()
            .refusal(Answer::json(StatusCode::BAD_REQUEST, r#"{"message":"Signature didn't match"}"#))
            .acknowledgement(Answer::json(StatusCode::OK, r#"{"status":"accepted"}"#))
    }
}

pub(in crate::providers) const PROVIDER: Provider =
    Provider::new("chatzuri", "Chatzuri", "https://chatzuri.com/guides/developers/webhooks", |options| {
        Ok(Box::new(options.variant(&[
            ("sha256", Chatzuri::sha256()),
            ("sha1", Chatzuri::sha1()),
            ("sha256_allowing_sha1", Chatzuri::sha256_allowing_sha1()),
        ])?))
    })
    .recipe("HMAC-SHA256 or HMAC-SHA1")
    .needs(&[Need::Secret, Need::Option("variant?")]);
