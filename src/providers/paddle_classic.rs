//! Paddle Classic.
use super::{
    registry::{Need, Provider},
    sorted_form::SortedForm,
};
use crate::{
    encoding::Encoding,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{CannotSign, Check, Delivery, Format, Head, Outcome, Plan, Proven, Refusal, Scheme, Text},
    time::Timestamp,
};
use bytes::Bytes;
use http::Request;

/// The webhooks of Paddle Classic. Paddle Billing signs in another way.
///
/// Follows [Verifying webhooks](https://developer.paddle.com/classic/webhook-reference/verifying-webhooks).
///
/// - **Signed**: the form's fields but `p_signature`, decoded and sorted by name, as PHP's `serialize` writes an array of
///   texts; by RSA with **SHA-1**, in the field `p_signature`, base64. Empty fields count.
/// - **Payload**: the fields that are signed, as a form. The event type is `alert_name`.
/// - **Key**: the public key of the account, in PEM.
/// - **Time**: none. `event_time` is when something happened, and not when it was sent.
/// - **Replay**: known by `alert_id`. Beyond the memory's retention, a captured delivery can be sent again: keep what was
///   done for an order where the order is kept.
/// - **Answer**: 200. How often Paddle retries is not confirmed.
/// - **Pitfalls**: SHA-1 is broken for collisions. Paddle chooses most of what it signs, but not `passthrough` and what a
///   customer types: this is for accounts that cannot leave Classic. This crate signs nothing with SHA-1, so that
///   [`sign`](Scheme::sign) always fails.
///
/// ```no_run
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::PaddleClassic};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let key = PaddleClassic.key(&std::fs::read_to_string("paddle-public-key.pem")?)?;
/// let layer = VerifySignatureLayer::new(PaddleClassic, key);
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct PaddleClassic;

impl Scheme for PaddleClassic {
    fn name(&self) -> &str {
        "paddle-classic"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::pem().key(Algorithm::RsaPkcs1Sha1, text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let mut form = SortedForm::read(body)?;
        let signature = form.take("p_signature")?;
        let check = Check::new(text(&form));
        Ok(check.signature(Algorithm::RsaPkcs1Sha1, Encoding::Base64, &signature)?.into())
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let mut form = SortedForm::read(proven.body())?;
        form.remove("p_signature")?;
        let mut delivery = Delivery::new().format(Format::Form).payload(form.to_form().into());
        if let Some(event) = form.get("alert_name")? {
            delivery = delivery.signed_event(event);
        }
        if let Some(id) = form.get("alert_id")? {
            delivery = delivery.signed_id(id);
        }
        Ok(delivery.into())
    }

    /// Always fails: this crate verifies SHA-1 where a provider leaves no choice, and never signs with it.
    fn sign(&self, _: &mut Request<Bytes>, _: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        Err(CannotSign::new("Paddle Classic signs with SHA-1, which this crate only verifies"))
    }
}

/// `a:2:{s:4:"name";s:5:"value";..}`: each text with its length in bytes, so that no border can be moved.
fn text(form: &SortedForm<'_>) -> Text {
    let fields = form.iter();
    let begin = Text::new().bytes(format!("a:{}:{{", fields.len()));
    let text = |text: Text, part: &[u8]| {
        text.bytes(format!("s:{}:\"", part.len())).read_from_body(part).bytes("\";")
    };
    fields.fold(begin, |begun, (name, value)| text(text(begun, name), value)).bytes("}")
}

pub(super) const PROVIDER: Provider = Provider::new(
    "paddle-classic",
    "Paddle Classic",
    "https://developer.paddle.com/classic/webhook-reference/verifying-webhooks",
    |_| Ok(Box::new(PaddleClassic)),
)
.recipe("RSA-SHA1")
.signed("the form's fields")
.known_by("the field `alert_id`")
.needs(&[Need::PublicKey]);
