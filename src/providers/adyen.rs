//! Adyen's payment webhooks.
use super::registry::{Need, Provider};
use crate::{
    encoding::Encoding,
    event::Object,
    key::{Algorithm, Key, KeyError, Secret, SigningKey},
    scheme::{
        Answer, Answers, CannotSign, Check, Delivery, Head, Outcome, Plan, Proven, Refusal, Scheme, Text,
    },
    time::Timestamp,
};
use bytes::Bytes;
use http::{Request, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;

/// Adyen's payment webhooks, the ones with `notificationItems`, in JSON.
///
/// Follows [Verify HMAC signatures](https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/)
/// and [Understand notifications](https://docs.adyen.com/development-resources/notifications/understand-notifications).
///
/// - **Signed**: of each item, `pspReference`, `originalReference`, `merchantAccountCode`, `merchantReference`,
///   `amount.value`, `amount.currency`, `eventCode` and `success`, joined by colons, by HMAC-SHA256; in the item's
///   `additionalData.hmacSignature`, base64. What is missing counts as empty.
/// - **Not signed**: everything else, such as `reason`, `eventDate`, `paymentMethod`, the rest of `additionalData`, and
///   `live`. Whoever captures a delivery can change these. So the proof is a
///   [`SignedHead`](crate::scheme::Proof::SignedHead), and typed events are refused unless the layer is told to
///   [accept](crate::VerifySignatureLayer::insecure_accept_uncovered_body) that: believe the eight, and take the others
///   for hints.
/// - **Secret**: the HMAC key of the webhook's settings, in hexadecimal.
/// - **Time**: none is signed.
/// - **Replay**: known by the signed text, which is [`Verified::id`](crate::Verified::id). Retries keep it, since Adyen signs
///   when the event occurs. Adyen itself tells events apart by `pspReference` and `eventCode`.
/// - **Answer**: any 2xx within ten seconds; 202 is recommended, and is what a repeat is answered. Retries go on for
///   30 days, so that [`Replay::retention`](crate::replay::Replay::retention) may want to be longer than a day.
/// - **Pitfalls**: `merchantReference` is your own text and may contain colons; the other seven may not, else the borders
///   of the signed text could be moved. Nobody signs which items belong together, see
///   [`several_items`](Self::several_items). Adyen's webhooks for platforms are signed in another way, in the header
///   `HmacSignature`; those in forms and SOAP are refused here.
///
/// ```
/// use tower_webhook::{Scheme, VerifySignatureLayer, providers::Adyen};
///
/// # fn main() -> Result<(), tower_webhook::key::KeyError> {
/// let key = Adyen::new().key("DFB1EB5485895CFA84146406857104ABB4CBCABDC8AAF103A624C8F6A3EAAB00")?;
/// let layer = VerifySignatureLayer::new(Adyen::new(), key).insecure_accept_uncovered_body();
/// # let _ = layer;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use]
pub struct Adyen {
    several_items: bool,
}

/// As many as are documented, for SOAP.
const MAX_ITEMS: usize = 6;

impl Adyen {
    /// One item in each delivery, as Adyen documents it for JSON. Deliveries with more are refused.
    pub const fn new() -> Self {
        Self { several_items: false }
    }

    /// Accepts up to six items, each of which must be signed.
    ///
    /// Nobody signs which items belong together: whoever captures some can send them again, in another order or
    /// combination. So a delivery of several has no id, the replay memory does not know it, and the handler must see to it
    /// that no item is handled twice.
    pub const fn several_items(self) -> Self {
        Self { several_items: true }
    }

    fn read<'a>(&self, body: &'a [u8]) -> Result<Vec<Item<'a>>, Refusal> {
        let wrong = |what: String| Refusal::MalformedBody(what.into());
        let Object(Webhook { items }) = serde_json::from_slice(body)
            .map_err(|error| wrong(format!("not a payment webhook of Adyen's: {error}")))?;
        let most = if self.several_items { MAX_ITEMS } else { 1 };
        match items.len() {
            0 => Err(wrong("there is no item".to_owned())),
            count if count > MAX_ITEMS => Err(wrong(format!("there are more than {MAX_ITEMS} items"))),
            count if count > most => {
                Err(wrong("there are several items: accept them with `Adyen::several_items`".to_owned()))
            }
            _ => Ok(items.into_iter().map(|Object(container)| container.item.0).collect()),
        }
    }
}

impl Scheme for Adyen {
    fn name(&self) -> &str {
        "adyen"
    }

    fn key(&self, text: &str) -> Result<Key, KeyError> {
        Secret::encoded(Encoding::Hex).key(Algorithm::HmacSha256, text)
    }

    fn plan(&self, _: &Head<'_>, body: Option<&Bytes>) -> Result<Plan, Refusal> {
        let Some(body) = body else { return Ok(Plan::NeedsBody) };
        let checks = self.read(body)?.iter().map(Item::check).collect::<Result<_, _>>()?;
        Ok(Plan::All(checks))
    }

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let items = self.read(proven.body())?;
        let mut delivery = Delivery::new();
        if let [only] = &*items {
            delivery = delivery.signed_id(only.signed_text()?);
        }
        let mut events = items.into_iter().map(|item| item.event_code);
        match events.next() {
            Some(event) if events.all(|other| other == event) => Ok(delivery.signed_event(event).into()),
            _ => Ok(delivery.into()),
        }
    }

    /// Puts an `additionalData.hmacSignature` into each item of the body.
    fn sign(&self, request: &mut Request<Bytes>, key: &SigningKey, _: Timestamp) -> Result<(), CannotSign> {
        let wrong = CannotSign::new("the body is not what this scheme accepts, but for the signatures");
        let sign = |item: Item<'_>| {
            let text = item.signed_text().map_err(|_| wrong.clone())?;
            key.sign(Algorithm::HmacSha256, &Text::new().bytes(text), b"")
        };
        let items = self.read(request.body()).map_err(|_| wrong.clone())?;
        let signatures = items.into_iter().map(sign).collect::<Result<Vec<_>, _>>()?;
        let mut body: Value = serde_json::from_slice(request.body()).map_err(|_| wrong.clone())?;
        let items = body.get_mut("notificationItems").and_then(Value::as_array_mut);
        for (container, signature) in items.into_iter().flatten().zip(signatures) {
            let item = container.get_mut("NotificationRequestItem").and_then(Value::as_object_mut);
            let item = item.ok_or_else(|| wrong.clone())?;
            let data = item.entry("additionalData").or_insert_with(|| Value::Object(Default::default()));
            let data = data.as_object_mut().ok_or_else(|| wrong.clone())?;
            data.insert("hmacSignature".to_owned(), Encoding::Base64.encode(&signature).into());
        }
        *request.body_mut() = body.to_string().into();
        Ok(())
    }

    fn answers(&self) -> Answers {
        Answers::new().acknowledgement(Answer::empty(StatusCode::ACCEPTED))
    }
}

/// What of a delivery is signed, and the signatures. None of these keys may occur twice.
#[derive(Deserialize)]
struct Webhook<'a> {
    #[serde(borrow, rename = "notificationItems")]
    items: Vec<Object<Container<'a>>>,
}

#[derive(Deserialize)]
struct Container<'a> {
    #[serde(borrow, rename = "NotificationRequestItem")]
    item: Object<Item<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(borrow)]
    psp_reference: Cow<'a, str>,
    #[serde(borrow, default)]
    original_reference: Option<Cow<'a, str>>,
    #[serde(borrow)]
    merchant_account_code: Cow<'a, str>,
    #[serde(borrow, default)]
    merchant_reference: Option<Cow<'a, str>>,
    #[serde(borrow)]
    amount: Object<Amount<'a>>,
    #[serde(borrow)]
    event_code: Cow<'a, str>,
    #[serde(borrow)]
    success: Cow<'a, str>,
    #[serde(borrow, default)]
    additional_data: Option<Object<AdditionalData<'a>>>,
}

#[derive(Deserialize)]
struct Amount<'a> {
    value: i64,
    #[serde(borrow)]
    currency: Cow<'a, str>,
}

#[derive(Deserialize)]
struct AdditionalData<'a> {
    #[serde(borrow, default, rename = "hmacSignature")]
    signature: Option<Cow<'a, str>>,
}

impl Item<'_> {
    fn check(&self) -> Result<Check, Refusal> {
        let signature = self.additional_data.as_ref().and_then(|Object(data)| data.signature.as_deref());
        let signature = signature.ok_or(Refusal::NoSignature)?;
        let text = Text::new().bytes(self.signed_text()?);
        Check::new(text).signature(Algorithm::HmacSha256, Encoding::Base64, signature)
    }

    fn signed_text(&self) -> Result<String, Refusal> {
        let Object(amount) = &self.amount;
        let value = amount.value.to_string();
        let fields: [(&str, &str); 8] = [
            ("pspReference", &self.psp_reference),
            ("originalReference", self.original_reference.as_deref().unwrap_or_default()),
            ("merchantAccountCode", &self.merchant_account_code),
            ("merchantReference", self.merchant_reference.as_deref().unwrap_or_default()),
            ("value", &value),
            ("currency", &amount.currency),
            ("eventCode", &self.event_code),
            ("success", &self.success),
        ];
        // With one field that may have colons, there is one way only to take the text apart.
        for (name, value) in fields {
            if name != "merchantReference" && value.contains(':') {
                return Err(Refusal::MalformedBody(format!("`{name}` contains a colon").into()));
            }
        }
        Ok(fields.map(|(_, value)| value).join(":"))
    }
}

pub(super) const PROVIDER: Provider = Provider::new(
    "adyen",
    "Adyen, payments",
    "https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures/",
    |options| {
        let several = options.variant(&[("one-item", false), ("several-items", true)])?;
        Ok(Box::new(if several { Adyen::new().several_items() } else { Adyen::new() }))
    },
)
.signed("eight fields of each item; **not the rest of the body**")
.known_by("what is signed")
.needs(&[Need::Secret, Need::Option("variant?")]);
