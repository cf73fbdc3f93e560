//! Apple's App Store.
use super::{Need, OptionError, Provider};
#[cfg(feature = "x509")]
use crate::key::{Algorithm, CertificateChains, Roots, X509Error};
use crate::{
    scheme::{Outcome, Proven, Refusal, Scheme, forward},
    schemes::{Jws, JwsAlgorithm, TokenIn},
};
use serde::Deserialize;
use std::{borrow::Cow, sync::LazyLock};

/// App Store Server Notifications, version 2.
///
/// Follows [App Store Server Notifications V2](https://developer.apple.com/documentation/appstoreservernotifications/app-store-server-notifications-v2),
/// and where that is silent, Apple's own kit (`@apple/app-store-server-library`).
///
/// - **Signed**: all of it. The body is `{"signedPayload": ".."}` with a JWS (ES256) in it, whose payload is what handlers
///   read. Event type (`notificationType`) and id (`notificationUUID`) are in there; `subtype` is left to the handler.
/// - **Key**: that of the first certificate in the token's `x5c`. The key provider finds out whether the chain is
///   trustworthy: `AppStore::chains`, of the feature `x509`, does. There must be three certificates that lead to Apple's
///   root, which is configuration and not what the token brings; the leaf marked by the extension
///   1.2.840.113635.100.6.11.1, the one in between by 1.2.840.113635.100.6.2.1.
/// - **For whom**: the app's bundle id, and its environment; in production also its Apple id. Others, which Apple signs
///   with the same certificates, are refused.
/// - **Time**: none is demanded. `signedDate` is when Apple signed, and Apple retries for days. Certificates have to be
///   valid when the notification is received.
/// - **Replay**: known by `notificationUUID`, which retries keep.
/// - **Answer**: 200 to 206. In production Apple retries five times, after 1, 12, 24, 48 and 72 hours.
/// - **Pitfalls**: `data.signedTransactionInfo` and `data.signedRenewalInfo` are tokens too. They are in what was signed, so
///   that decoding them is enough. Notifications of Xcode and local tests are not signed by Apple, and refused.
///
/// ```
/// # #[cfg(feature = "x509")] {
/// # const APPLE_ROOT_CA_G3: &[u8] = include_bytes!("../../tests/pki/apple-test-root.pem");
/// use tower_webhook::{VerifySignatureLayer, key::Roots, providers::AppStore};
///
/// # fn main() -> Result<(), tower_webhook::key::X509Error> {
/// // https://www.apple.com/certificateauthority/AppleRootCA-G3.cer is in DER: `Roots::from_der`.
/// let keys = AppStore::chains(Roots::from_pem(APPLE_ROOT_CA_G3)?)?;
/// let layer = VerifySignatureLayer::new(AppStore::production("com.example.app", 1234567890), keys);
/// # let _ = layer;
/// # Ok(())
/// # }
/// # main().unwrap();
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppStore {
    /// `None` where nothing is asked but whether a signature holds.
    app: Option<Expected>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Expected {
    bundle_id: Cow<'static, str>,
    environment: Environment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Environment {
    Production { app_apple_id: u64 },
    Sandbox,
}

impl AppStore {
    /// The production environment, for an app's bundle id and its id in the App Store.
    #[must_use]
    pub fn production(bundle_id: impl Into<Cow<'static, str>>, app_apple_id: u64) -> Self {
        let environment = Environment::Production { app_apple_id };
        Self { app: Some(Expected { bundle_id: bundle_id.into(), environment }) }
    }

    /// The sandbox, for an app's bundle id.
    #[must_use]
    pub fn sandbox(bundle_id: impl Into<Cow<'static, str>>) -> Self {
        Self { app: Some(Expected { bundle_id: bundle_id.into(), environment: Environment::Sandbox }) }
    }

    /// The keys of the certificates with which Apple signs for the App Store, where they lead to `roots`: Apple's root
    /// certificate (*Apple Root CA - G3*).
    ///
    /// # Errors
    /// None that could occur: Apple's marks are object identifiers.
    #[cfg(feature = "x509")]
    pub fn chains(roots: Roots) -> Result<CertificateChains, X509Error> {
        CertificateChains::new(roots, Algorithm::EcdsaP256Sha256Fixed)
            .length(3)
            .intermediate_mark("1.2.840.113635.100.6.2.1")?
            .leaf_mark("1.2.840.113635.100.6.11.1")
    }
}

impl Expected {
    /// Whether the notification is of this app and environment.
    fn is_told(&self, notification: &Notification<'_>) -> Result<(), Refusal> {
        let Notification { data, app_data, summary, external_purchase_token, .. } = notification;
        let mut apps = [data, app_data, summary, external_purchase_token].into_iter().flatten().peekable();
        if apps.peek().is_none() {
            return Err(Refusal::NotForUs("the notification names no app".into()));
        }
        for app in apps {
            if app.bundle_id.as_deref() != Some(&*self.bundle_id) {
                return Err(Refusal::NotForUs("the notification is of another app (`bundleId`)".into()));
            }
            let (environment, id) = match self.environment {
                Environment::Production { app_apple_id } => ("Production", Some(app_apple_id)),
                Environment::Sandbox => ("Sandbox", None),
            };
            if app.environment() != Some(environment) {
                return Err(Refusal::NotForUs("the notification is of another environment".into()));
            }
            if id.is_some() && app.app_apple_id != id {
                return Err(Refusal::NotForUs("the notification is of another app (`appAppleId`)".into()));
            }
        }
        Ok(())
    }
}

/// What decides. A key that occurs twice is an error.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    #[serde(borrow)]
    notification_type: Cow<'a, str>,
    #[serde(borrow, rename = "notificationUUID")]
    id: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<App<'a>>,
    #[serde(borrow)]
    app_data: Option<App<'a>>,
    #[serde(borrow)]
    summary: Option<App<'a>>,
    #[serde(borrow)]
    external_purchase_token: Option<App<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct App<'a> {
    #[serde(borrow)]
    bundle_id: Option<Cow<'a, str>>,
    app_apple_id: Option<u64>,
    #[serde(borrow)]
    environment: Option<Cow<'a, str>>,
    #[serde(borrow)]
    external_purchase_id: Option<Cow<'a, str>>,
}

impl App<'_> {
    /// An external purchase has none written out: its id says it, in Apple's kit.
    fn environment(&self) -> Option<&str> {
        match (&self.environment, &self.external_purchase_id) {
            (Some(environment), _) => Some(environment),
            (None, Some(id)) if id.starts_with("SANDBOX") => Some("Sandbox"),
            (None, Some(_)) => Some("Production"),
            (None, None) => None,
        }
    }
}

static RECIPE: LazyLock<Jws> = LazyLock::new(|| {
    Jws::compact("apple-assn-v2", JwsAlgorithm::Es256, TokenIn::Json("signedPayload")).key_by_certificates()
});

impl Scheme for AppStore {
    forward!(self => &*RECIPE; name, key, plan, sign, signing_key);

    fn accept(&self, proven: &Proven<'_>) -> Result<Outcome, Refusal> {
        let delivery = proven.delivery();
        let payload = delivery.payload.clone().unwrap_or_default();
        let notification: Notification<'_> = serde_json::from_slice(&payload)
            .map_err(|error| Refusal::MalformedToken(format!("its payload: {error}").into()))?;
        if let Some(app) = &self.app {
            app.is_told(&notification)?;
        }
        Ok(delivery.signed_event(notification.notification_type).signed_id(notification.id).into())
    }
}

#[cfg(feature = "cli")]
pub(super) const PROVIDER: Provider = DESCRIBED.chains(AppStore::chains);
#[cfg(not(feature = "cli"))]
pub(super) const PROVIDER: Provider = DESCRIBED;

const DESCRIBED: Provider = Provider::new(
    "apple-assn-v2",
    "Apple App Store, version 2",
    "https://developer.apple.com/documentation/appstoreservernotifications/app-store-server-notifications-v2",
    |options| {
        let wrong = OptionError::Wrong { name: "app_apple_id", expected: "a number" };
        let Some(bundle_id) = options.binding(&["bundle_id", "audience"])?.map(str::to_owned) else {
            return Ok(Box::new(AppStore { app: None }));
        };
        Ok(Box::new(match options.get("app_apple_id") {
            Some(id) => AppStore::production(bundle_id, id.parse().map_err(|_| wrong)?),
            None => AppStore::sandbox(bundle_id),
        }))
    },
)
.recipe("JWS, ES256, by certificates")
.signed("payload")
.known_by("the payload's `notificationUUID`")
.needs(&[Need::FetchedKeys, Need::Option("bundle_id"), Need::Option("app_apple_id?")]);
