//! The compact form: three segments of base64url, separated by dots.
use crate::{
    encoding::Encoding,
    scheme::{Refusal, Text},
};

/// `header.payload.signature`, in parts. Nothing of it is decoded yet, and nothing believed.
#[derive(Clone, Copy)]
pub(in crate::schemes) struct Compact<'a> {
    pub(in crate::schemes) header: &'a str,
    pub(in crate::schemes) payload: &'a str,
    pub(in crate::schemes) signature: &'a str,
    /// What is signed: the first two, with their dot.
    pub(in crate::schemes) signed: &'a str,
}

impl<'a> Compact<'a> {
    pub(in crate::schemes) fn split(token: &'a str) -> Result<Self, Refusal> {
        let wrong = || Refusal::MalformedToken("it is not three segments, separated by dots".into());
        let (signed, signature) = token.rsplit_once('.').ok_or_else(wrong)?;
        let (header, payload) = signed.split_once('.').ok_or_else(wrong)?;
        if payload.contains('.') { Err(wrong()) } else { Ok(Self { header, payload, signature, signed }) }
    }

    /// The payload's bytes.
    pub(in crate::schemes) fn decode_payload(&self) -> Result<Vec<u8>, Refusal> {
        decode(self.payload, "its payload")
    }

    /// The same, of a token that has no payload: the body is what it signs.
    pub(in crate::schemes) fn detached(&self) -> Result<Text, Refusal> {
        if !self.payload.is_empty() {
            return Err(Refusal::MalformedToken("it has a payload, and the body should be that".into()));
        }
        Ok(Text::new().bytes(self.header).bytes(".").body_encoded(Encoding::Base64Url))
    }
}

pub(super) fn decode(segment: &str, what: &'static str) -> Result<Vec<u8>, Refusal> {
    let decoded = Encoding::Base64Url.decode(segment);
    decoded.ok_or_else(|| Refusal::MalformedToken(format!("{what} is not base64url without padding").into()))
}
