//! The header of a token, which says how it is signed.
use super::{
    JwsAlgorithm,
    compact::decode,
    members::{Members, Want},
};
use crate::{encoding::Encoding, key::KeyRef, scheme::Refusal};
use bytes::Bytes;
use serde_json::{Map, Value};
use std::{borrow::Cow, sync::Arc};

/// How a token names its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::schemes) enum KeyName {
    /// Not at all, or it is not asked: the keys are the endpoint's own.
    Endpoint,
    /// By `kid`.
    Id,
    /// By `x5c`, a chain of certificates.
    Chain,
}

/// What a token's header says, once it is found acceptable.
pub(in crate::schemes) struct Header {
    pub(in crate::schemes) key: KeyRef,
}

/// A chain of certificates with room to spare is no longer.
const MAX_HEADER: usize = 16 << 10;
/// An id is a UUID or a digest, at times an address.
const MAX_KEY_ID: usize = 256;
const MAX_CERTIFICATES: usize = 8;

const WANTS: [(&str, Want); 4] =
    [("alg", Want::Text), ("crit", Want::Absent), ("kid", Want::Text), ("x5c", Want::Texts)];

impl Header {
    /// Reads the header's segment. The algorithm is the receiver's choice, and here only compared.
    pub(in crate::schemes) fn read(
        segment: &str,
        algorithm: JwsAlgorithm,
        key: KeyName,
    ) -> Result<Self, Refusal> {
        if segment.len() > MAX_HEADER {
            return Err(wrong("its header is too long"));
        }
        let json = decode(segment, "its header")?;
        let members = Members::read(&json, "header", &WANTS)?;
        if members.text("alg") != Some(algorithm.name()) {
            return Err(Refusal::UnsupportedAlgorithm);
        }
        Ok(Self {
            key: match key {
                KeyName::Endpoint => KeyRef::Endpoint,
                KeyName::Id => KeyRef::Id(id(members.text("kid"))?.into()),
                KeyName::Chain => KeyRef::Chain(chain(&members)?),
            },
        })
    }

    /// The JSON of a header that names the key by `id` or by `certificates`, if it has such.
    pub(in crate::schemes) fn write(
        algorithm: JwsAlgorithm,
        id: Option<&str>,
        certificates: Option<&[Bytes]>,
    ) -> String {
        let mut header = Map::new();
        header.insert("alg".to_owned(), algorithm.name().into());
        if let Some(id) = id {
            header.insert("kid".to_owned(), id.into());
        }
        if let Some(certificates) = certificates {
            let texts = certificates.iter().map(|der| Encoding::Base64.encode(der));
            header.insert("x5c".to_owned(), texts.collect());
        }
        Value::Object(header).to_string()
    }
}

fn wrong(what: &'static str) -> Refusal {
    Refusal::MalformedToken(what.into())
}

fn id(kid: Option<&str>) -> Result<&str, Refusal> {
    match kid {
        Some(kid) if kid.len() > MAX_KEY_ID => Err(wrong("its `kid` is too long")),
        Some(kid) if !kid.is_empty() => Ok(kid),
        _ => Err(wrong("its header has no `kid`")),
    }
}

fn chain(members: &Members<'_, '_>) -> Result<Arc<[Bytes]>, Refusal> {
    let certificates = members.texts("x5c").unwrap_or_default();
    match certificates.len() {
        0 => return Err(wrong("its header has no `x5c`")),
        1..=MAX_CERTIFICATES => {}
        _ => return Err(wrong("its `x5c` has too many certificates")),
    }
    let der = |text: &Cow<'_, str>| {
        let der = Encoding::Base64.decode(text).map(Bytes::from);
        der.ok_or_else(|| wrong("a certificate of its `x5c` is not base64"))
    };
    certificates.iter().map(der).collect()
}
