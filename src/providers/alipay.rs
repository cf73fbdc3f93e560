//! Alipay.
use super::{
    registry::{Need, Provider},
    sorted_form::SortedForm,
};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{
        Answer, Answers, CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme,
        Text,
    },
    time::{Timestamp, Unit},
};
use bytes::Bytes;
use http::{Request, StatusCode};
use std::time::Duration;

/// Alipay's asynchronous notifications.
///
/// Follows [Asynchronous notifications](https://opendocs.alipay.com/open/270/105902), with `sign_type` RSA2.
///
/// - **Signed**: the form's fields but `sign` and `sign_type`, decoded once, sorted by name, joined as `name=value` by
///   `&`; by RSA with SHA-256, in the field `sign`, base64. Empty fields count, as in the document and in Alipay's kit
///   for Java; its kit for PHP leaves them out. The event type is `notify_type`; what became of a trade is in the
///   payload, in `trade_status`.
/// - **Payload**: the fields that are signed, as a form.
/// - **Key**: *Alipay's* public key, which the console shows beside the application's own; in PEM or base64.
/// - **For you**: the application's id is compared, as the document demands. So it does the order's number, amount and
///   seller: that is for the handler to do.
/// - **Time**: 25 hours, past and future: for so long Alipay retries, and it is not documented that a retry has a new
///   `notify_time`, which is Beijing's. Kits check no time.
/// - **Replay**: known by `notify_id`, which retries keep.
/// - **Answer**: 200 with the body `success`, and nothing else. Anything else is retried eight times within 25 hours.
/// - **Pitfalls**: a border that is not signed could be moved, so a value that has `&name=` in it, with a name that
///   comes later than its own, is refused. RSA with SHA-1 (`sign_type` RSA) is refused, too. Products whose notifications
///   count `sign_type` among what is signed are not supported.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Alipay};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// # const ALIPAYS_PUBLIC_KEY: &str = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAub+rs+LQGJ9/+273IRaYMjsTYL6kccd1iMnpnV1mjzuO/PtX723cX0TGcAHlWdC4sT2x2Vbze9rAOVZfVSZUnqyhh0SQbBwToLaYVk3dDGvdqL30vET+vs8uU1ceq4lt8GHK+D2tCFJMJoQSSEbySva1e1Ltb8uS7rwDrG7kDcsfp+LMz4iss+cvq8h9zhhf1HiG+q2EkuPGn289HXWBvBsWGctco71/DYJY5pOY01M/AilNzF3au/NDLN4SUuxFxwVVjx9b+2FaUXz3/bp6R0UNjOzvNTYrkgjTyFlMpq1nqTVcBexa1WIv46lJRVP6O+P3f+1iQkMfnOWtiZsduwIDAQAB";
/// let alipay = Alipay::app("2021000000000000");
/// let key = alipay.key(ALIPAYS_PUBLIC_KEY)?;
/// let layer = VerifySignatureLayer::new(alipay, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Alipay {
    /// `None` where nothing is asked but whether a signature holds.
    app_id: Option<Box<str>>,
}

impl Alipay {
    /// Notifications to the application of this id (`app_id`).
    pub fn app(id: impl Into<Box<str>>) -> Self {
        Self { app_id: Some(id.into()) }
    }
}

impl Scheme for Alipay {
    fn name(&self) -> &str {
        "alipay"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::pem().key(Algorithm::RsaPkcs1Sha256, text)
    }

    fn signing_key(&self, text: &str) -> Result<SigningKey, KeyError> {
        Secret::pem().signing_key(Algorithm::RsaPkcs1Sha256, text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let mut form = SortedForm::read(body)?;
        let signature = form.take("sign")?;
        if form.take("sign_type")? != "RSA2" {
            return Err(Refusal::UnsupportedAlgorithm);
        }
        if self.app_id.is_some() && form.get("app_id")?.as_deref() != self.app_id.as_deref() {
            return Err(Refusal::NotForUs("another application's notification".into()));
        }
        let mut check = Check::new(text(&form)?);
        if let Some(time) = form.get("notify_time")? {
            check = check.signed_at(beijing(&time).ok_or(Refusal::MalformedTimestamp)?);
        }
        Ok(check.signature(Algorithm::RsaPkcs1Sha256, Encoding::Base64, &signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let mut form = SortedForm::read(proven.body())?;
        form.remove("sign")?;
        form.remove("sign_type")?;
        let mut delivery = Delivery::new().format(Format::Form).payload(form.to_form().into());
        if let Some(event) = form.get("notify_type")? {
            delivery = delivery.signed_event(event);
        }
        if let Some(id) = form.get("notify_id")? {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    /// Appends `notify_time`, `sign_type` and `sign` to the form, which has none of them.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, now: Timestamp) -> Result<(), CannotSign> {
        const UNFIT: CannotSign = CannotSign::new("the body is no form that can be signed");
        let time = Unit::Rfc3339.format(now.saturating_add(AHEAD)).replace('T', " ").replace('Z', "");
        let mut body = request.body().to_vec();
        let append = |body: &mut Vec<u8>, name: &str, value: &str| {
            body.extend_from_slice(name.as_bytes());
            body.extend(form_urlencoded::byte_serialize(value.as_bytes()).flat_map(str::bytes));
        };
        append(&mut body, "&notify_time=", &time);
        let text = SortedForm::read(&body).and_then(|form| text(&form)).map_err(|_| UNFIT)?;
        let signature = Encoding::Base64.encode(&key.sign(Algorithm::RsaPkcs1Sha256, &text, b"")?);
        append(&mut body, "&sign_type=RSA2&sign=", &signature);
        *request.body_mut() = body.into();
        Ok(())
    }

    fn tolerance(&self) -> Duration {
        Duration::from_secs(25 * 3600)
    }

    fn answers(&self) -> Answers {
        Answers::new().acknowledgement(Answer::text(StatusCode::OK, "success")).only_this_status()
    }
}

/// How far Beijing's clocks are ahead of UTC.
const AHEAD: Duration = Duration::from_secs(8 * 3600);

/// `2026-10-01 12:30:00`, in Beijing.
fn beijing(time: &str) -> Option<Timestamp> {
    let (date, time) = time.split_once(' ').filter(|(_, time)| time.len() == 8)?;
    Unit::Rfc3339.parse(&format!("{date}T{time}+08:00"))
}

/// What is signed, if it can be read in one way only.
fn text(form: &SortedForm<'_>) -> Result<Text, Refusal> {
    let ambiguous = || Refusal::MalformedBody("a value could be several fields".into());
    let mut text = Text::new();
    for (number, (name, value)) in form.iter().enumerate() {
        let has_later_field = value.split(|byte| *byte == b'&').skip(1).any(|part| {
            part.iter()
                .position(|byte| *byte == b'=')
                .and_then(|end| part.get(..end))
                .is_some_and(|other| other > name)
        });
        if has_later_field || name.contains(&b'&') || name.contains(&b'=') {
            return Err(ambiguous());
        }
        let border = if number == 0 { "" } else { "&" };
        text = text.bytes(border).read_from_body(name).bytes("=").read_from_body(value);
    }
    Ok(text)
}

pub(super) const PROVIDER: Provider =
    Provider::new("alipay", "Alipay", "https://opendocs.alipay.com/open/270/105902", |options| {
        Ok(Box::new(Alipay { app_id: options.binding(&["app_id"])?.map(Box::from) }))
    })
    .recipe("RSA-SHA256")
    .signed("the form's fields")
    .known_by("the field `notify_id`")
    .needs(&[Need::PublicKey, Need::Option("app_id")]);
