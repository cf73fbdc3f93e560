//! The claims of a token: read, and written.
use super::rules::{Payload, Rules};
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{CannotSign, Refusal},
    schemes::jose::{Members, Want},
    time::Timestamp,
};
use serde_json::{Map, Value};
use std::time::Duration;

/// The claims that decide something. Nobody has signed them yet.
pub(super) struct Claims<'w, 'a>(Members<'w, 'a>);

impl<'w, 'a> Claims<'w, 'a> {
    pub(super) fn read(json: &'a [u8], wants: &'w [(&'w str, Want)]) -> Result<Self, Refusal> {
        Members::read(json, "claims", wants).map(Self)
    }

    /// Whether the claim is this text.
    pub(super) fn is(&self, name: &str, text: &str) -> bool {
        self.0.text(name) == Some(text)
    }

    /// Whether the claim is this text, or a list in which it is.
    pub(super) fn names(&self, name: &str, text: &str) -> bool {
        self.0.texts(name).is_some_and(|texts| texts.iter().any(|one| one == text))
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.flag(name) == Some(true)
    }

    pub(super) fn time(&self, name: &str) -> Option<Timestamp> {
        self.0.time(name)
    }

    /// The text that a claim must be.
    pub(super) fn text(&self, name: &str) -> Result<&str, Refusal> {
        self.0.text(name).filter(|text| !text.is_empty()).ok_or_else(|| self.lack(name))
    }

    pub(super) fn lack(&self, name: &str) -> Refusal {
        Refusal::MalformedToken(format!("the claim `{name}` is missing or empty").into())
    }

    pub(super) fn not_for_us(&self, name: &str) -> Refusal {
        Refusal::NotForUs(format!("the token's claim `{name}` is not what it should be").into())
    }
}

/// How long a token that this crate makes is valid at least.
const LIFETIME: Duration = Duration::from_secs(300);

impl Rules {
    /// The claims of a token that is issued now, as JSON.
    pub(super) fn write(
        &self,
        body: &[u8],
        now: Timestamp,
        tolerance: Duration,
    ) -> Result<String, CannotSign> {
        let mut claims = match &self.payload {
            Payload::Body => Map::new(),
            Payload::Claims => serde_json::from_slice(body).map_err(|_| {
                CannotSign::new("the body is to become the token's claims, and is no JSON object")
            })?,
            Payload::Claim(name) => {
                let text = std::str::from_utf8(body).map_err(|_| {
                    CannotSign::new("the body is to become one of the token's claims, and is no text")
                })?;
                Map::from_iter([(name.to_string(), text.into())])
            }
        };
        let mut set = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        set("iat", now.as_unix().into());
        if self.expires {
            set("exp", now.saturating_add(LIFETIME.max(tolerance)).as_unix().into());
        }
        if let Some(issuer) = self.issuers.first() {
            set("iss", issuer.as_ref().into());
        }
        if let Some(audience) = self.audiences.first() {
            set("aud", audience.as_ref().into());
        }
        if self.id_is_jti {
            let unique = [now.as_unix_millis().to_string().as_bytes(), b".", body].concat();
            set("jti", Digest::Sha256.of(&unique, Encoding::Hex).into());
        }
        for (name, text) in &self.texts {
            set(name, text.as_ref().into());
        }
        for name in &self.flags {
            set(name, true.into());
        }
        if let Some(body_claim) = &self.body {
            set(&body_claim.name, body_claim.digest.of(body, body_claim.encoding).into());
        }
        Ok(Value::Object(claims).to_string())
    }
}
