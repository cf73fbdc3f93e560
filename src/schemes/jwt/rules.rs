//! What the claims of a token must be.
use super::claims::Claims;
use crate::{
    encoding::Encoding,
    key::Digest,
    scheme::{Check, Delivery, Refusal},
    schemes::jose::Want,
};
use bytes::Bytes;
use smallvec::SmallVec;
use std::borrow::Cow;

type Text = Cow<'static, str>;

/// What the claims of a token must be, and what is made of them.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) issuers: Vec<Text>,
    pub(super) audiences: Vec<Text>,
    pub(super) texts: Vec<(Text, Text)>,
    pub(super) flags: Vec<Text>,
    pub(super) issued_at_signing: bool,
    pub(super) expires: bool,
    pub(super) id_is_jti: bool,
    pub(super) body: Option<BodyClaim>,
    pub(super) payload: Payload,
}

/// The claim that is the body's digest.
#[derive(Clone, Debug)]
pub(super) struct BodyClaim {
    pub(super) name: Text,
    pub(super) digest: Digest,
    pub(super) encoding: Encoding,
    pub(super) is_demanded: bool,
}

/// What handlers read.
#[derive(Clone, Debug)]
pub(super) enum Payload {
    Body,
    Claims,
    Claim(Text),
}

impl Rules {
    pub(super) fn new(payload: Payload) -> Self {
        Self {
            issuers: Vec::new(),
            audiences: Vec::new(),
            texts: Vec::new(),
            flags: Vec::new(),
            issued_at_signing: false,
            expires: false,
            id_is_jti: false,
            body: None,
            payload,
        }
    }

    /// The claims that decide something, and what they must be.
    fn wants(&self) -> SmallVec<[(&str, Want); 12]> {
        let mut wants = SmallVec::new();
        let mut want = |condition: bool, name, want| {
            if condition {
                wants.push((name, want));
            }
        };
        want(true, "exp", Want::Time);
        want(true, "nbf", Want::Time);
        want(self.issued_at_signing, "iat", Want::Time);
        want(!self.issuers.is_empty(), "iss", Want::Text);
        want(!self.audiences.is_empty(), "aud", Want::Texts);
        want(self.id_is_jti, "jti", Want::Text);
        for (name, _) in &self.texts {
            want(true, name, Want::Text);
        }
        for name in &self.flags {
            want(true, name, Want::Flag);
        }
        if let Some(body) = &self.body {
            want(true, &body.name, Want::Text);
        }
        if let Payload::Claim(name) = &self.payload {
            want(true, name, Want::Text);
        }
        wants
    }

    /// What must hold beside the signature, if these are the claims.
    pub(super) fn demand(&self, check: Check, json: Bytes) -> Result<Check, Refusal> {
        let wants = self.wants();
        let claims = Claims::read(&json, &wants)?;
        self.are_for_us(&claims)?;
        let check = self.cover_body(self.limit_time(check, &claims)?, &claims)?;
        let mut delivery = Delivery::new();
        if self.id_is_jti {
            delivery = delivery.signed_id(claims.text("jti")?);
        }
        match &self.payload {
            Payload::Body => {}
            Payload::Claim(name) => {
                delivery = delivery.payload(Bytes::copy_from_slice(claims.text(name)?.as_bytes()));
            }
            Payload::Claims => delivery = delivery.payload(json.clone()),
        }
        Ok(check.delivery(delivery))
    }

    fn are_for_us(&self, claims: &Claims<'_, '_>) -> Result<(), Refusal> {
        if !self.issuers.is_empty() && !self.issuers.iter().any(|issuer| claims.is("iss", issuer)) {
            return Err(claims.not_for_us("iss"));
        }
        if !self.audiences.is_empty() && !self.audiences.iter().any(|audience| claims.names("aud", audience))
        {
            return Err(claims.not_for_us("aud"));
        }
        if let Some((name, _)) = self.texts.iter().find(|(name, text)| !claims.is(name, text)) {
            return Err(claims.not_for_us(name));
        }
        match self.flags.iter().find(|name| !claims.is_true(name)) {
            Some(name) => Err(claims.not_for_us(name)),
            None => Ok(()),
        }
    }

    fn limit_time(&self, mut check: Check, claims: &Claims<'_, '_>) -> Result<Check, Refusal> {
        if self.issued_at_signing {
            check = check.signed_at(claims.time("iat").ok_or_else(|| claims.lack("iat"))?);
        }
        match claims.time("exp") {
            Some(at) => check = check.expires(at),
            None if self.expires => return Err(claims.lack("exp")),
            None => {}
        }
        if let Some(at) = claims.time("nbf") {
            check = check.not_before(at);
        }
        Ok(check)
    }

    fn cover_body(&self, check: Check, claims: &Claims<'_, '_>) -> Result<Check, Refusal> {
        let Some(BodyClaim { name, digest, encoding, is_demanded }) = &self.body else { return Ok(check) };
        match claims.text(name) {
            Err(_) if !is_demanded => Ok(check),
            claimed => {
                let claimed = encoding.decode(unpadded(claimed?, *encoding));
                check.body_digest(*digest, &claimed.ok_or(Refusal::MalformedDigest)?)
            }
        }
    }
}

/// Base64url without the padding that some write in claims, though a token has none.
fn unpadded(text: &str, encoding: Encoding) -> &str {
    if encoding != Encoding::Base64Url || !text.len().is_multiple_of(4) {
        return text;
    }
    text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_in_base64url_may_be_padded() {
        for (text, without) in [("D6A=", "D6A"), ("Dw==", "Dw"), ("D6A", "D6A"), ("D6Cg", "D6Cg"), ("", "")] {
            assert_eq!(unpadded(text, Encoding::Base64Url), without);
            assert_eq!(unpadded(text, Encoding::Base64), text);
        }
        // What is no padding stays, and does not decode.
        for wrong in ["D6A==", "D6=", "Dw=", "D===", "===="] {
            assert_eq!(Encoding::Base64Url.decode(unpadded(wrong, Encoding::Base64Url)), None, "{wrong}");
        }
    }
}
