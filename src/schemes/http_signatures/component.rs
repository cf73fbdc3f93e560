//! What a signature may cover.
#[cfg(doc)]
use super::FieldKind;
use super::structured::{Bare, Item};
use crate::scheme::Refusal;
use http::HeaderName;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sfv::{ItemSerializer, KeyRef, StringRef};
use std::{borrow::Cow, fmt};

/// A part of a request that a signature may cover (RFC 9421, section 2).
///
/// What the sender of a request may name and this crate does not take: `@status`, `;req` and `;tr`. The first two belong
/// to responses; trailers come after the body, when it is too late to look up keys for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Component {
    /// `@method`.
    Method,
    /// `@target-uri`: the whole URL. Needs a [public URL](crate::VerifySignatureLayer::public_url).
    TargetUri,
    /// `@authority`: host, and port if it is not the scheme's own.
    Authority,
    /// `@scheme`. Needs a [public URL](crate::VerifySignatureLayer::public_url).
    Scheme,
    /// `@request-target`: path and query, as in the request's first line.
    RequestTarget,
    /// `@path`, not decoded.
    Path,
    /// `@query`, with its question mark, which stands alone where there is none.
    Query,
    /// `@query-param`: one parameter of the query, by its decoded name.
    QueryParam(Cow<'static, str>),
    /// All values of a header.
    Field(HeaderName),
    /// All values of a header that is a structured field, written anew (`;sf`): spaces may have changed on the way. Its
    /// [kind](FieldKind) must be known.
    StructuredField(HeaderName),
    /// One member of a header that is a dictionary (`;key=".."`).
    DictionaryMember(HeaderName, Cow<'static, str>),
    /// All values of a header, each as bytes (`;bs`): for those that cannot be joined by commas.
    WrappedField(HeaderName),
}

/// What "percent-encode after encoding" of the URL standard leaves as it is, in names and values of forms.
const FORM: &AsciiSet = &NON_ALPHANUMERIC.remove(b'*').remove(b'-').remove(b'.').remove(b'_');

/// A name or value of a query, as the RFC writes it.
pub(super) fn encode_for_query(text: &str) -> impl Iterator<Item = &str> + fmt::Display {
    utf8_percent_encode(text, FORM)
}

impl Component {
    /// What the request says that its signature covers.
    pub(super) fn read(item: &Item<'_>) -> Result<Self, Refusal> {
        let Bare::String(name) = &item.value else {
            return Err(unacceptable("a covered component is no string"));
        };
        match name.as_str().strip_prefix('@') {
            Some(derived) => Self::read_derived(derived, item),
            None => Self::read_field(name.as_str(), item),
        }
    }

    fn read_derived(name: &str, item: &Item<'_>) -> Result<Self, Refusal> {
        let mut parameter = None;
        for (key, value) in item.params.iter() {
            match (name, key, value) {
                ("query-param", "name", Bare::String(value)) => parameter = Some(value.as_str()),
                _ => return Err(unknown_parameter(key)),
            }
        }
        Ok(match name {
            "method" => Self::Method,
            "target-uri" => Self::TargetUri,
            "authority" => Self::Authority,
            "scheme" => Self::Scheme,
            "request-target" => Self::RequestTarget,
            "path" => Self::Path,
            "query" => Self::Query,
            "query-param" => {
                let written = parameter.ok_or(unacceptable("`@query-param` has no `name`"))?;
                let name = percent_decode_str(written).decode_utf8();
                let name = name.map_err(|_| unacceptable("`@query-param` has a `name` that is not UTF-8"))?;
                if !encode_for_query(&name).flat_map(str::bytes).eq(written.bytes()) {
                    return Err(unacceptable(
                        "`@query-param` has a `name` that is not encoded as it should be",
                    ));
                }
                Self::QueryParam(name.into_owned().into())
            }
            "status" => return Err(unacceptable("`@status` is of responses, and this is a request")),
            "signature-params" => return Err(unacceptable("`@signature-params` covers itself")),
            _ => return Err(unacceptable("a covered component is unknown")),
        })
    }

    fn read_field(name: &str, item: &Item<'_>) -> Result<Self, Refusal> {
        let name = HeaderName::from_lowercase(name.as_bytes());
        let name = name.map_err(|_| unacceptable("a covered component is no header's name in lower case"))?;
        let (mut strict, mut wrapped, mut member) = (false, false, None);
        for (key, value) in item.params.iter() {
            match (key, value) {
                ("sf", Bare::Boolean(true)) => strict = true,
                ("bs", Bare::Boolean(true)) => wrapped = true,
                ("key", Bare::String(key)) => member = Some(key.as_str().to_owned()),
                _ => return Err(unknown_parameter(key)),
            }
        }
        Ok(match (wrapped, member, strict) {
            (false, None, false) => Self::Field(name),
            (false, None, true) => Self::StructuredField(name),
            // `sf` beside `key` says nothing more.
            (false, Some(key), _) => Self::DictionaryMember(name, key.into()),
            (true, None, false) => Self::WrappedField(name),
            (true, ..) => return Err(unacceptable("`bs` excludes `sf` and `key`")),
        })
    }

    /// Whether a signature that covers this covers `wanted` too: whole headers may be written in three ways.
    pub(super) fn covers(&self, wanted: &Self) -> bool {
        match (self.whole_field(), wanted) {
            (Some(name), Self::Field(wanted)) => name == wanted,
            _ => self == wanted,
        }
    }

    /// The header, of which all values are covered.
    pub(super) fn whole_field(&self) -> Option<&HeaderName> {
        match self {
            Self::Field(name) | Self::StructuredField(name) | Self::WrappedField(name) => Some(name),
            _ => None,
        }
    }

    /// The identifier, as a signer writes it. `None` if a name does not fit into one.
    pub(super) fn write(&self, out: &mut String) -> Option<()> {
        const SF: &KeyRef = KeyRef::constant("sf");
        const BS: &KeyRef = KeyRef::constant("bs");
        const KEY: &KeyRef = KeyRef::constant("key");
        const NAME: &KeyRef = KeyRef::constant("name");
        let item = ItemSerializer::with_buffer(out).bare_item(StringRef::from_str(self.name()).ok()?);
        let _ = match self {
            Self::StructuredField(_) => item.parameter(SF, true),
            Self::WrappedField(_) => item.parameter(BS, true),
            Self::DictionaryMember(_, key) => item.parameter(KEY, StringRef::from_str(key).ok()?),
            Self::QueryParam(name) => {
                item.parameter(NAME, StringRef::from_str(&encode_for_query(name).to_string()).ok()?)
            }
            _ => item,
        };
        Some(())
    }

    pub(super) fn name(&self) -> &str {
        match self {
            Self::Method => "@method",
            Self::TargetUri => "@target-uri",
            Self::Authority => "@authority",
            Self::Scheme => "@scheme",
            Self::RequestTarget => "@request-target",
            Self::Path => "@path",
            Self::Query => "@query",
            Self::QueryParam(_) => "@query-param",
            Self::Field(name)
            | Self::StructuredField(name)
            | Self::DictionaryMember(name, _)
            | Self::WrappedField(name) => name.as_str(),
        }
    }
}

fn unknown_parameter(key: &str) -> Refusal {
    unacceptable(match key {
        "req" => "`req` is of responses, and this is a request",
        "tr" => "`tr` is not supported: trailers come after the body",
        _ => "a covered component has a parameter that is unknown, of the wrong type, or of other components",
    })
}

fn unacceptable(what: &'static str) -> Refusal {
    Refusal::UnacceptableSignature(what.into())
}
