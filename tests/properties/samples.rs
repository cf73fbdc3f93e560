//! A delivery of each provider that this crate can sign for, before it is signed; of the vectors, with their secrets, or
//! with private keys of the tests' where the vectors have public ones.
use crate::{
    deliveries::{SIGNED_AT, delivered, is_delivery, secret_of, unsigned},
    vectors_file::{Vector, VectorFile, keys, lacking, print, read_all, request},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request};
use std::{
    collections::BTreeSet,
    sync::{Arc, LazyLock},
};
use tower_webhook::{
    Scheme, Verified,
    encoding::Encoding,
    key::{KeySet, SigningKey},
    providers,
    scheme::{Format, Proof},
    time::Timestamp,
};

pub(crate) struct Sample {
    /// The name of the file that it is from.
    pub(crate) name: String,
    provider: String,
    pub(crate) scheme: Arc<dyn Scheme>,
    /// What signs, as text.
    pub(crate) text: String,
    key: SigningKey,
    pub(crate) keys: KeySet,
    pub(crate) unsigned: Request<Bytes>,
    pub(crate) body: BodyKind,
    pub(crate) proof: Proof,
    /// The headers that signing sets.
    pub(crate) set: Vec<HeaderName>,
    /// Where a form's names end is not signed.
    pub(crate) unsigned_borders: bool,
    /// The body names its time, so that it can be signed at that alone.
    pub(crate) has_fixed_time: bool,
}

/// What may be made of a sample's body, so that it can be signed still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Anything,
    /// A JSON object, to which a member may be added.
    Object,
    /// A form, to which a field may be added.
    Form,
    Fixed,
}

impl Sample {
    /// `None` if it is not delivered once it is signed.
    fn new(
        name: &str,
        scheme: Arc<dyn Scheme>,
        (text, key): (&str, SigningKey),
        keys: KeySet,
        unsigned: Request<Bytes>,
    ) -> Option<Self> {
        let mut sample = Self {
            name: name.to_owned(),
            provider: name.to_owned(),
            scheme,
            text: text.to_owned(),
            key,
            keys,
            unsigned,
            body: BodyKind::Fixed,
            proof: Proof::SharedToken,
            set: Vec::new(),
            unsigned_borders: false,
            has_fixed_time: false,
        };
        let signed = sample.sign(sample.unsigned.clone(), SIGNED_AT)?;
        sample.set = set(sample.unsigned.headers(), signed.headers());
        sample.proof = delivered(&*sample.scheme, signed, &sample.keys, SIGNED_AT)?.proof();
        let is_object = serde_json::from_slice::<serde_json::Map<_, _>>(sample.unsigned.body()).is_ok();
        for kind in [BodyKind::Anything, BodyKind::Object, BodyKind::Form] {
            sample.body = kind;
            if (kind != BodyKind::Object || is_object) && sample.takes([b"\xff\0\r\n", b"", b"&=&zzz=1"]) {
                return Some(sample);
            }
        }
        sample.body = BodyKind::Fixed;
        Some(sample)
    }

    fn takes(&self, bodies: [&[u8]; 3]) -> bool {
        bodies.into_iter().all(|thrown| {
            let request = self.unsigned.clone().map(|_| self.body_with(thrown));
            let signed = self.sign(request, SIGNED_AT);
            signed.is_some_and(|signed| delivered(&*self.scheme, signed, &self.keys, SIGNED_AT).is_some())
        })
    }

    /// `None` if it cannot be signed.
    pub(crate) fn sign(&self, mut request: Request<Bytes>, at: Timestamp) -> Option<Request<Bytes>> {
        self.scheme.sign(&mut request, &self.key, at).ok()?;
        Some(request)
    }

    /// The body with this in it.
    pub(crate) fn body_with(&self, thrown: &[u8]) -> Bytes {
        let own = self.unsigned.body();
        match self.body {
            BodyKind::Anything => Bytes::copy_from_slice(thrown),
            BodyKind::Object => {
                let mut object: serde_json::Map<String, serde_json::Value> =
                    serde_json::from_slice(own).unwrap();
                object.insert("thrown".into(), String::from_utf8_lossy(thrown).into());
                serde_json::Value::Object(object).to_string().into()
            }
            BodyKind::Form => {
                // Alipay signs nothing that could be read as several fields.
                let thrown: Vec<u8> = thrown.iter().copied().filter(|byte| *byte != b'&').collect();
                let value: String = form_urlencoded::byte_serialize(&thrown).collect();
                [own, &b"&thrown="[..], value.as_bytes()].concat().into()
            }
            BodyKind::Fixed => own.clone(),
        }
    }
}

/// What a delivery is known by, and what a handler believes of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facts {
    pub(crate) proof: Proof,
    pub(crate) payload: Bytes,
    pub(crate) format: Format,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) signed_event: Option<String>,
    pub(crate) signed_id: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) signed_at: Option<Timestamp>,
    pub(crate) valid_until: Option<Timestamp>,
}

impl Facts {
    pub(crate) fn of<S: ?Sized>(verified: &Verified<S>) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Self {
            proof: verified.proof(),
            payload: verified.payload().clone(),
            format: verified.format(),
            idempotency_key: verified.idempotency_key(),
            signed_event: text(verified.signed_event()),
            signed_id: text(verified.signed_id()),
            tenant: text(verified.tenant()),
            signed_at: verified.signed_at(),
            valid_until: verified.valid_until(),
        }
    }
}

pub(crate) static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut files = read_all();
    files.retain(|file| lacking(file).is_empty());
    let samples = files.iter().filter_map(|file| runtime.block_on(of_vectors(file)));
    samples.chain(written().into_iter().filter_map(Written::sample)).collect()
});

async fn of_vectors(file: &VectorFile) -> Option<Sample> {
    let vector = file.vectors.iter().find(|vector| is_delivery(vector))?;
    let scheme = file.scheme(vector);
    let payload = received(file, vector).await?.payload().clone();
    let texts = vector.secrets.iter().cloned().chain(private_keys(vector));
    texts.into_iter().find_map(|text| {
        // Some signatures name their key.
        let key = scheme.signing_key(&text).ok()?.labeled("properties");
        let own = scheme.key(&text).ok().map(KeySet::from);
        let public = KeySet::from(key.verifying_key());
        own.into_iter().chain([public]).find_map(|keys| {
            let unsigned = unsigned(&*scheme, request(vector), &payload, &key, &keys)?;
            let sample = Sample::new(&file.name, Arc::clone(&scheme), (&text, key.clone()), keys, unsigned)?;
            Some(Sample { provider: file.scheme.clone(), unsigned_borders: file.unsigned_borders, ..sample })
        })
    })
}

/// Those whose signature, or time, stands in the body itself.
struct Written {
    provider: &'static str,
    options: &'static [(&'static str, &'static str)],
    secret: String,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
    fixed_time: bool,
}

impl Written {
    fn new(provider: &'static str, secret: impl Into<String>, body: &'static str) -> Self {
        Self { provider, options: &[], secret: secret.into(), headers: &[], body, fixed_time: false }
    }

    /// `None` where the features lack it.
    fn sample(self) -> Option<Sample> {
        let provider = providers::by_name(self.provider)?;
        let scheme = Arc::from(provider.scheme(&self.options.iter().copied().collect()).unwrap());
        let mut request = Request::post("https://example.com/hooks");
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let unsigned = request.body(Bytes::from_static(self.body.as_bytes())).unwrap();
        let key = Scheme::signing_key(&scheme, &self.secret).unwrap();
        let keys = KeySet::from(key.verifying_key());
        let sample = Sample::new(self.provider, scheme, (&self.secret, key), keys, unsigned);
        let sample = sample.unwrap_or_else(|| panic!("{}: it is not delivered", self.provider));
        Some(Sample { has_fixed_time: self.fixed_time, ..sample })
    }
}

fn written() -> Vec<Written> {
    let adyen = r#"{"notificationItems":[{"NotificationRequestItem":{"pspReference":"1","merchantAccountCode":"acme",
        "amount":{"value":10,"currency":"EUR"},"eventCode":"CAPTURE","success":"true","reason":""}}]}"#;
    let alipay = "app_id=2021000000000000&notify_id=1&trade_status=TRADE_SUCCESS&subject=caf%C3%A9";
    let wechat = r#"{"id":"EV-1","event_type":"TRANSACTION.SUCCESS","resource":{"out_trade_no":"1"}}"#;
    let token = "a token that was drawn by dice";
    vec![
        Written::new("adyen", "0fa0", adyen),
        Written { options: &[("app_id", "2021000000000000")], ..Written::new("alipay", rsa(), alipay) },
        Written::new("blinger", "0123456789abcdef0123456789abcdef", r#"{"event":"message"}"#),
        Written::new("dropbox-sign", token, r#"{"event":{"event_type":"file_error"}}"#),
        Written::new("figma", token, r#"{"event_type":"FILE_UPDATE"}"#),
        Written {
            headers: &[("linear-event", "Comment"), ("linear-delivery", "1")],
            fixed_time: true,
            ..Written::new("linear", token, r#"{"type":"Comment","webhookTimestamp":1718000000000}"#)
        },
        Written::new("mailgun", token, r#"{"event-data":{"event":"opened"}}"#),
        Written {
            options: &[("variant", "form")],
            ..Written::new("mailgun", token, "recipient=a%40example.com&event=opened")
        },
        Written::new("ms-graph", token, r#"{"value":[{"subscriptionId":"1","changeType":"created"}]}"#),
        Written {
            headers: &[("wechatpay-serial", "PUB_KEY_ID_1")],
            ..Written::new("wechat-pay-v3", rsa() + "\n0123456789abcdef0123456789abcdef", wechat)
        },
        Written::new("zalo", token, r#"{"app_id":"1","event_name":"follow"}"#),
    ]
}

fn set(before: &HeaderMap, after: &HeaderMap) -> Vec<HeaderName> {
    after.keys().filter(|name| before.get(*name) != after.get(*name)).cloned().collect()
}

/// What the vector is, by its own keys.
async fn received(file: &VectorFile, vector: &Vector) -> Option<Verified> {
    let scheme = file.scheme(vector);
    let now = Timestamp::from_unix(vector.now);
    if vector.secrets.is_empty() {
        let (_, keys) = keys(&scheme, vector).await.ok()?;
        return delivered(&*scheme, request(vector), &keys, now);
    }
    secret_of(&*scheme, vector, now).ok().map(|(_, verified)| verified)
}

fn jose(pointer: &str) -> String {
    let jose: serde_json::Value = serde_json::from_str(include_str!("../jose.json")).unwrap();
    jose.pointer(pointer).and_then(|text| text.as_str()).unwrap().to_owned()
}

fn rsa() -> String {
    jose("/keys/rsa/private").trim_end().to_owned()
}

/// Private keys in each form in which a scheme reads them.
fn private_keys(vector: &Vector) -> Vec<String> {
    // Test 1 of RFC 8032.
    let ed25519 = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    let bytes = Encoding::Hex.decode(ed25519).unwrap();
    let mut texts = vec![
        ed25519.to_owned(),
        Encoding::Base64.encode(&bytes),
        Encoding::Base64Url.encode(&bytes),
        format!("whsk_{}", Encoding::Base64.encode(&bytes)),
    ];
    for name in ["rsa", "p256"] {
        let private = jose(&format!("/keys/{name}/private"));
        texts.push(private.clone());
        texts.push(private.clone() + &jose("/certificates"));
        // What else stands beside the public key.
        let behind = vector.secrets.iter().filter_map(|secret| secret.split_once("-----END PUBLIC KEY-----"));
        texts.extend(behind.map(|(_, behind)| format!("{}{behind}", private.trim_end())));
    }
    texts
}

/// The providers of the registry that this crate does not sign for, each with the reason.
const NOT_SIGNED: [(&str, &str); 1] = [("paddle-classic", "SHA-1, which is verified and never signed with")];

#[test]
fn there_is_a_sample_of_every_provider_that_signs() {
    let sampled: BTreeSet<&str> =
        SAMPLES.iter().flat_map(|sample| [&*sample.provider, sample.scheme.name()]).collect();
    let names = providers::all().iter().map(|provider| provider.name());
    let lacking: Vec<&str> = names.filter(|name| !sampled.contains(name)).collect();
    let excused = |name: &&str| NOT_SIGNED.iter().any(|(excused, _)| excused == name);
    assert_eq!(lacking.iter().find(|name| !excused(name)), None, "it signs, and there is no sample of it");
    let providers = providers::all().len() - NOT_SIGNED.len();
    print(&format!("properties: {} samples of {providers} providers", SAMPLES.len()));
}
