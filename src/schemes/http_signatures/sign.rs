//! The sending side.
use super::{
    HttpSignatures,
    base::signature_base,
    digest::{self, CONTENT_DIGEST},
    input::{Input, SIGNATURE, SIGNATURE_INPUT},
};
use crate::{
    encoding::Encoding,
    key::SigningKey,
    scheme::{CannotSign, Head, Refusal, Text},
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request};
use sfv::{ItemSerializer, RefBareItem, StringRef};

/// What a signer writes as `nonce`: as an extension of the request that is to be signed, since a scheme draws no random
/// numbers.
///
/// ```
/// use http::Request;
/// use tower_webhook::schemes::http_signatures::Nonce;
///
/// let mut request = Request::post("https://example.com/hooks").body(()).unwrap();
/// request.extensions_mut().insert(Nonce::new("b3k2pp5k7z-50gnwp.yemd"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nonce {
    text: Box<str>,
}

impl Nonce {
    /// A text that no other signature by the same key has: printable ASCII.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self { text: text.into() }
    }
}

/// The label of a signature whose receiver demands none.
const LABEL: &str = "sig1";

pub(super) fn sign(
    scheme: &HttpSignatures,
    request: &mut Request<Bytes>,
    key: &SigningKey,
    now: Timestamp,
) -> Result<(), CannotSign> {
    if scheme.signed_components().iter().any(|component| component.whole_field() == Some(&CONTENT_DIGEST)) {
        let value = digest::written(scheme.digest, request.body());
        insert(
            request,
            CONTENT_DIGEST,
            value.ok_or(CannotSign::new("`Content-Digest` has no such digest"))?,
        )?;
    }
    let label = scheme.label.as_deref().unwrap_or(LABEL);
    let line = written_input(scheme, label, request.extensions().get(), now)?;
    // What was written is read as the receiver reads it, so that both sign the same.
    let input = Input::of_signer(&line, label).map_err(|_| UNWRITABLE)?;

    let whole_url = request.uri().authority().is_some().then(|| request.uri().to_string());
    let (parts, body) = std::mem::take(request).into_parts();
    let base = signature_base(&input, &Head::new(&parts, whole_url.as_deref()), &scheme.kinds);
    *request = Request::from_parts(parts, body);
    let text = Text::from(base.map_err(cannot_sign)?.into_bytes());
    let signature = key.sign(scheme.algorithm().key_algorithm(), &text, b"")?;

    insert(request, SIGNATURE, format!("{label}=:{}:", Encoding::Base64.encode(&signature)))?;
    insert(request, SIGNATURE_INPUT, line)
}

/// The line of `Signature-Input`.
fn written_input(
    scheme: &HttpSignatures,
    label: &str,
    nonce: Option<&Nonce>,
    now: Timestamp,
) -> Result<String, CannotSign> {
    let mut line = format!("{label}=(");
    for (position, component) in scheme.signed_components().iter().enumerate() {
        if position > 0 {
            line.push(' ');
        }
        component.write(&mut line).ok_or(UNWRITABLE)?;
    }
    line.push(')');
    write_time(&mut line, "created", now)?;
    if let Some(lifetime) = scheme.lifetime {
        write_time(&mut line, "expires", now.saturating_add(lifetime))?;
    }
    if let Some(key_id) = &scheme.key_id {
        write_text(&mut line, "keyid", key_id)?;
    }
    if scheme.names_algorithm {
        write_text(&mut line, "alg", scheme.algorithm().name())?;
    }
    match nonce {
        Some(nonce) => write_text(&mut line, "nonce", &nonce.text)?,
        None if scheme.demands_nonce => {
            return Err(CannotSign::new("give the request a `Nonce` as an extension"));
        }
        None => {}
    }
    if let Some(tag) = &scheme.tag {
        write_text(&mut line, "tag", tag)?;
    }
    Ok(line)
}

fn write_time(line: &mut String, key: &str, at: Timestamp) -> Result<(), CannotSign> {
    let seconds = sfv::Integer::try_from(at.as_unix());
    write_param(line, key, seconds.map_err(|_| CannotSign::new("the time has too many digits"))?);
    Ok(())
}

fn write_text(line: &mut String, key: &str, text: &str) -> Result<(), CannotSign> {
    write_param(line, key, StringRef::from_str(text).map_err(|_| UNWRITABLE)?);
    Ok(())
}

fn write_param<'b>(line: &mut String, key: &str, value: impl Into<RefBareItem<'b>>) {
    line.push(';');
    line.push_str(key);
    line.push('=');
    let _ = ItemSerializer::with_buffer(line).bare_item(value);
}

fn insert(request: &mut Request<Bytes>, name: HeaderName, value: String) -> Result<(), CannotSign> {
    let value = HeaderValue::try_from(value).map_err(|_| UNWRITABLE)?;
    request.headers_mut().insert(name, value);
    Ok(())
}

const UNWRITABLE: CannotSign = CannotSign::new(
    "the label, a component or a parameter is no ASCII text, is of the wrong form or occurs twice",
);

fn cannot_sign(refusal: Refusal) -> CannotSign {
    CannotSign::new(match refusal {
        Refusal::MissingHeader(_) => "the request lacks a header that is signed: set it first",
        Refusal::NoPublicUrl => "what is signed needs the request's whole URL",
        Refusal::UnacceptableSignature(_) => {
            "the kind of a structured field is not known: set `structured_field`"
        }
        _ => "a header or the URL cannot be signed as it is",
    })
}
