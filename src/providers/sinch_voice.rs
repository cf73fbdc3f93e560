//! Sinch Voice and Verification.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Digest, Key, KeyError, KeyRef, Secret, SigningKey},
    scheme::{
        Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Repeat, Scheme, Text,
    },
    schemes::authorization,
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Request,
    header::{AUTHORIZATION, CONTENT_TYPE},
};

/// Sinch's callbacks of Voice and Verification.
///
/// Follows [Callback request signing](https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request),
/// and the same page on [Verification](https://developers.sinch.com/docs/verification/api-reference/authentication/callback-signed-request).
///
/// - **Signed**: method, the body's MD5 in base64, `Content-Type`, `x-timestamp:{time}` and the path, each in its line, by
///   HMAC-SHA256; in `Authorization`, as `application {application key}:{base64}`. The event is the body's `event`.
/// - **Path**: as the sender sees it, so [`public_url`](crate::VerifySignatureLayer::public_url) must be set. What is signed
///   of a URL with a query is **unconfirmed**: here it is the path alone.
/// - **Not signed**: the application key, which must be the one that belongs to the secret. It is the
///   [tenant](crate::Verified::tenant), so that one endpoint can serve several applications, by
///   [`Tenants`](crate::key::Tenants) of that name.
/// - **Secret**: `{application key}:{application secret}`, the latter in base64 as the dashboard shows it.
/// - **Time**: `x-timestamp`, a date. Sinch says that it tells what is too old, and not how much that is: here five minutes,
///   past and future.
/// - **Replay**: known by the signed text. No field is a delivery's id: a call's events share its `callid`.
/// - **Answer**: SVAML for Voice, other JSON for Verification, by the handler. A repeat is refused, since any canned answer
///   would be taken for one.
/// - **Pitfalls**: MD5 is broken: whoever chooses a body can make two that are signed alike. Sinch writes its bodies, and
///   what callers send is only a part of them. Version 2 of Voice signs as `service`, Sinch's other products in other ways.
///
/// Behind the feature `keyed-hash`.
///
/// ```
/// use tower_webhook::{PublicUrl, Scheme, VerifySignatureLayer, providers::SinchVoice};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = SinchVoice.key("669E367E-6BBA-48AB-AF15-266871C28135:BeIukql3pTKJ8RGL5zo0DA==")?;
/// let layer = VerifySignatureLayer::new(SinchVoice, key)
///     .public_url(PublicUrl::exact("https://callbacks.example.com/sinch"));
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SinchVoice;

const TIMESTAMP: HeaderName = HeaderName::from_static("x-timestamp");

/// The name under which a secret is sent.
struct ApplicationKey(Box<str>);

impl Scheme for SinchVoice {
    fn name(&self) -> &str {
        "sinch-voice"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        // For what is no secret at all.
        Secret::text().key(Algorithm::HmacSha256, text)?;
        let (application, secret) = parts(text)?;
        let key = Secret::encoded(Encoding::Base64).key(Algorithm::HmacSha256, secret)?;
        Ok(key.carrying(ApplicationKey(application.into())))
    }

    fn plan(&self, head: &Head<'_>, _: Option<&Bytes>) -> Result<Plan, Refusal> {
        let credentials = authorization(head, "application")?;
        let (application, signature) =
            credentials.split_once(':').ok_or(Refusal::MalformedHeader(AUTHORIZATION))?;
        let time = head.one(&TIMESTAMP)?;
        let text = text(head.method().as_str(), head.one(&CONTENT_TYPE)?, time, path(head.public_target()?));
        let check = Check::new(text)
            .signed_at(Unit::Rfc3339.parse(time).ok_or(Refusal::MalformedTimestamp)?)
            .key(KeyRef::Tenant(application.into()));
        Ok(check.signature(Algorithm::HmacSha256, Encoding::Base64, signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let [event] = proven.json_texts(["event"])?;
        let mut delivery = Delivery::new();
        if let Some(ApplicationKey(application)) = proven.carried() {
            delivery = delivery.signed_tenant(application.clone());
        }
        Ok(match event {
            Some(event) => delivery.signed_event(event),
            None => delivery,
        }
        .into())
    }

    /// The request's `Content-Type` must be set. The path is the request's own.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type =
            content_type.ok_or(CannotSign::new("the request lacks `Content-Type`: set it first"))?;
        let (application, _) =
            parts(key.expose()).map_err(|_| CannotSign::new("the key is for another scheme"))?;
        let time = Unit::Rfc3339.format(now);
        let text = text(request.method().as_str(), content_type, &time, request.uri().path());
        let signature = key.sign(Algorithm::HmacSha256, &text, request.body())?;
        let unfit = CannotSign::new("the application key does not fit into a header");
        let credentials = format!("application {application}:{}", Encoding::Base64.encode(&signature));
        let credentials = HeaderValue::try_from(credentials).map_err(|_| unfit.clone())?;
        let time = HeaderValue::try_from(time).map_err(|_| unfit)?;
        request.headers_mut().insert(AUTHORIZATION, credentials);
        request.headers_mut().insert(TIMESTAMP, time);
        Ok(())
    }

    fn answers(&self) -> Answers {
        Answers::new().repeat(Repeat::Refuse)
    }
}

/// The application's key and its secret.
fn parts(text: &str) -> Result<(&str, &str), KeyError> {
    let parts =
        text.split_once(':').filter(|(application, secret)| !application.is_empty() && !secret.is_empty());
    parts.ok_or(KeyError::WrongParts { expected: "`application key:application secret`" })
}

fn path(target: &str) -> &str {
    target.split_once('?').map_or(target, |(path, _)| path)
}

fn text(method: &str, content_type: &str, time: &str, path: &str) -> Text {
    let text = Text::new().bytes(method).bytes("\n").body_digest(Digest::Md5, Encoding::Base64);
    text.bytes("\n").bytes(content_type).bytes("\nx-timestamp:").bytes(time).bytes("\n").bytes(path)
}

pub(super) const PROVIDER: Provider = Provider::new(
    "sinch-voice",
    "Sinch Voice and Verification",
    "https://developers.sinch.com/docs/voice/api-reference/authentication/callback-signed-request",
    |_| Ok(Box::new(SinchVoice)),
)
.signed("method, MD5 of the body, `Content-Type`, time, path")
.known_by("what is signed")
.needs(&[Need::Secret, Need::PublicUrl]);
