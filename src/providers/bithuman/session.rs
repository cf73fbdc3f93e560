//! The scheme of bitHuman's session webhooks.
use super::{ANSWERS, SIGNATURE};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    providers::registry::{Need, Provider},
    scheme::{Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    schemes::Token,
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use std::{sync::LazyLock, time::Duration};

/// bitHuman's session webhooks: `room.join` and `chat.push`, typed by [`SessionEvent`](super::SessionEvent).
///
/// Follows [Webhooks](https://docs.bithuman.ai/integrations/webhooks), and, where that contradicts it, the section
/// "Session events" of [Account webhooks](https://docs.bithuman.ai/api/webhooks), which is newer.
///
/// The pages do not agree on whether these deliveries are signed. What a request must carry is therefore chosen here:
///
/// | constructor | a request must carry | the key's text |
/// | --- | --- | --- |
/// | [`signed`](Self::signed) | `X-bitHuman-Signature: sha256={hex}` | the signing secret |
/// | [`bearer`](Self::bearer) | `Authorization: Bearer {token}` | the token |
/// | [`api_key`](Self::api_key) | `X-API-Key: {token}` | the token |
/// | [`signed_and_bearer`](Self::signed_and_bearer), [`signed_and_api_key`](Self::signed_and_api_key) | both | the two, one line feed between them; or [`both_secrets`](Self::both_secrets) |
///
/// - **Signed**: the body, by HMAC-SHA256, hexadecimal behind `sha256=`. Nothing else is: not the time (the body's
///   `timestamp` says when it happened, and is not held against the clock, since retries keep it), no id, and no
///   header.
/// - **Secret**: the text as it is. A token is another secret: with each request it crosses the network, and the
///   signing secret never does.
/// - **Replay**: neither id nor time is signed, so nothing is remembered unless
///   [`Replay::remember_bodies`](crate::replay::Replay::remember_bodies) is chosen. Bodies carry fractions of a second.
/// - **Answer**: 200 with `{"status":"ok"}`, and any other 2xx of a handler becomes 200: the newer page counts 201 and
///   204 as failures, the older one any 2xx as success. Refused: 401 with `{"error":"Invalid signature"}`, whatever the
///   reason.
/// - **Time to answer**: the older page waits 30 seconds and retries up to three times, after 1, 5 and 30 seconds; the
///   newer waits 10 and tries once. Ten is safe for both, and both say to answer first and to work later. The
///   conversation waits for the answer to `room.join`.
/// - **Pitfalls**: the older page's Express sample signs `JSON.stringify(req.body)`, which makes `1705312200` of
///   `1705312200.0` and cannot match what was sent; the raw body does. The newer page says "Deliveries are not signed":
///   if yours carry no `X-bitHuman-Signature`, the signing modes refuse all of them; choose [`bearer`](Self::bearer) or
///   [`api_key`](Self::api_key), and enter that header, with a long random value, under Authentication Headers.
///   A token proves that the sender knows it and says nothing of the body:
///   [`Verified::proof`](crate::Verified::proof) tells which it was, where a handler must know.
/// - **Account webhooks** are another scheme, on another route, with another secret: see [the
///   module](super#two-routes-two-secrets). `X-BitHuman-Timestamp` is not looked at here.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::BitHumanSession};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let scheme = BitHumanSession::signed();
/// let layer = VerifySignatureLayer::new(scheme, scheme.key("the secret of the dashboard")?);
///
/// let scheme = BitHumanSession::signed_and_api_key();
/// let key = BitHumanSession::both_secrets("the secret of the dashboard", "the value of X-API-Key")?;
/// let stricter = VerifySignatureLayer::new(scheme, key);
/// # let _ = (layer, stricter);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitHumanSession {
    demands: Demands,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Demands {
    Signature,
    Token(Place),
    Both(Place),
}

/// Where the shared token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Bearer,
    ApiKey,
}

const NAME: &str = "bithuman-session";
const PREFIX: &str = "sha256=";
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

static BEARER_TOKEN: LazyLock<Token> = LazyLock::new(|| Token::bearer(NAME));
static API_KEY_TOKEN: LazyLock<Token> = LazyLock::new(|| Token::header(NAME, API_KEY));

impl BitHumanSession {
    /// Demands the signature.
    #[must_use]
    pub const fn signed() -> Self {
        Self { demands: Demands::Signature }
    }

    /// Demands a shared token, as `Authorization: Bearer {token}`.
    #[must_use]
    pub const fn bearer() -> Self {
        Self { demands: Demands::Token(Place::Bearer) }
    }

    /// Demands a shared token, as `X-API-Key: {token}`.
    #[must_use]
    pub const fn api_key() -> Self {
        Self { demands: Demands::Token(Place::ApiKey) }
    }

    /// Demands the signature, and a shared token as `Authorization: Bearer {token}`.
    #[must_use]
    pub const fn signed_and_bearer() -> Self {
        Self { demands: Demands::Both(Place::Bearer) }
    }

    /// Demands the signature, and a shared token as `X-API-Key: {token}`.
    #[must_use]
    pub const fn signed_and_api_key() -> Self {
        Self { demands: Demands::Both(Place::ApiKey) }
    }

    /// The key for the modes that demand both. [`Scheme::key`] reads the same two out of one text,
    /// `{signing secret}\n{token}`.
    ///
    /// While secrets are rotated with a [`KeySet`](crate::key::KeySet), the signature and the token may be of
    /// different keys in it.
    ///
    /// # Errors
    /// If one of the two is no secret by itself, or if they are the same: the token crosses the network.
    pub fn both_secrets(signing_secret: &str, token: &str) -> Result<Key, KeyError> {
        if signing_secret == token {
            return Err(KeyError::WrongParts { expected: "a signing secret and a token that is another" });
        }
        let signing = Secret::text().key(Algorithm::HmacSha256, signing_secret)?;
        Ok(signing.and(Secret::text().key(Algorithm::Token, token)?))
    }
}

impl Place {
    fn token(self) -> &'static Token {
        match self {
            Self::Bearer => &BEARER_TOKEN,
            Self::ApiKey => &API_KEY_TOKEN,
        }
    }

    fn check(self, head: &Head<'_>) -> Result<Check, Refusal> {
        Ok(Check::token(self.token().presented(head)?))
    }
}

/// What is signed.
fn signed_text() -> Text {
    Text::new().body()
}

fn check_signature(head: &Head<'_>) -> Result<Check, Refusal> {
    let hex = head.one(&SIGNATURE)?.strip_prefix(PREFIX).ok_or(Refusal::MalformedHeader(SIGNATURE))?;
    Check::new(signed_text()).signature(Algorithm::HmacSha256, Encoding::Hex, hex)
}

fn set_signature(request: &mut Request<Bytes>, key: &SigningKey) -> Result<(), CannotSign> {
    let signature = key.sign(Algorithm::HmacSha256, &signed_text(), request.body())?;
    let value = HeaderValue::try_from(format!("{PREFIX}{}", Encoding::Hex.encode(&signature)));
    let value = value.map_err(|_| CannotSign::new("the signature does not fit into a header"))?;
    request.headers_mut().insert(SIGNATURE, value);
    Ok(())
}

/// The two secrets of one text.
fn split(text: &str) -> Result<(&str, &str), KeyError> {
    match text.split_once('\n') {
        Some((signing_secret, token)) if !token.contains('\n') => Ok((signing_secret, token)),
        _ => Err(KeyError::WrongParts {
            expected: "the signing secret and the token, with one line feed between them and none after",
        }),
    }
}

impl Scheme for BitHumanSession {
    fn name(&self) -> &str {
        NAME
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        match self.demands {
            Demands::Signature => Secret::text().key(Algorithm::HmacSha256, text),
            Demands::Token(_) => Secret::text().key(Algorithm::Token, text),
            Demands::Both(_) => {
                let (signing_secret, token) = split(text)?;
                Self::both_secrets(signing_secret, token)
            }
        }
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        Ok(match self.demands {
            Demands::Signature => check_signature(head)?.into(),
            Demands::Token(place) => place.check(head)?.into(),
            Demands::Both(place) => Plan::All(vec![check_signature(head)?, place.check(head)?]),
        })
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [event] = proven.json_texts(["event_type"])?;
        let delivery = Delivery::new();
        Ok(match (event, self.demands) {
            (None, _) => delivery,
            (Some(event), Demands::Token(_)) => delivery.unsigned_event(event),
            (Some(event), Demands::Signature | Demands::Both(_)) => delivery.signed_event(event),
        }
        .into())
    }

    /// Sets what is demanded. For both, the key's text is that of [`Scheme::signing_key`]: the two secrets, one line
    /// feed between them.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        match self.demands {
            Demands::Signature => set_signature(request, key),
            Demands::Token(place) => place.token().sign(request, key, now),
            Demands::Both(place) => {
                let no_token = |_| CannotSign::new("the key's text is not the two secrets");
                let (_, token) = split(key.expose()).map_err(no_token)?;
                let token = place.token().signing_key(token).map_err(no_token)?;
                set_signature(request, key)?;
                place.token().sign(request, &token, now)
            }
        }
    }

    /// 200 and nothing else is success, by the newer page.
    fn answers(&self) -> Answers {
        ANSWERS.only_this_status()
    }

    /// The newer page's; the older one waits longer.
    fn lease(&self) -> Duration {
        Duration::from_secs(10)
    }
}

pub(in crate::providers) const PROVIDER: Provider = Provider::new(
    "bithuman-session",
    "bitHuman, session",
    "https://docs.bithuman.ai/integrations/webhooks",
    |options| {
        Ok(Box::new(options.variant(&[
            ("signed", BitHumanSession::signed()),
            ("bearer", BitHumanSession::bearer()),
            ("api_key", BitHumanSession::api_key()),
            ("signed_and_bearer", BitHumanSession::signed_and_bearer()),
            ("signed_and_api_key", BitHumanSession::signed_and_api_key()),
        ])?))
    },
)
.recipe("HMAC-SHA256, token")
.signed("body, or nothing under a token alone")
.needs(&[Need::Secret, Need::Token, Need::Option("variant?")]);
