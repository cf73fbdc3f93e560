//! What is done to a request.
use crate::{
    input::{one, some},
    original::HEADERS,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Uri, header::Entry, request::Parts};
use libfuzzer_sys::arbitrary::{Result, Unstructured};

/// How much is done to one request.
const MOST: usize = 8;

/// Changes the head, the body and the clock, as long as there is input.
pub fn request(
    input: &mut Unstructured<'_>,
    parts: &mut Parts,
    body: &mut Bytes,
    now: &mut i64,
) -> Result<()> {
    for _ in 0..MOST {
        if input.is_empty() {
            break;
        }
        match input.int_in_range(0..=9)? {
            0..=4 => header(input, parts)?,
            5 | 6 => body_of(input, body)?,
            7 => target(input, parts)?,
            8 => {
                if let Ok(method) = method(input) {
                    parts.method = method;
                }
            }
            _ => {
                *now = match input.arbitrary()? {
                    true => now.saturating_add(input.arbitrary::<i16>()?.into()),
                    false => input.arbitrary()?,
                }
            }
        }
    }
    Ok(())
}

pub fn method(input: &mut Unstructured<'_>) -> Result<Method> {
    let usual = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::PUT];
    Ok(match input.arbitrary()? {
        true => one(input, &usual)?.clone(),
        false => Method::from_bytes(some(input, 8)?).unwrap_or(Method::PATCH),
    })
}

/// Replaces or changes the body.
pub fn body_of(input: &mut Unstructured<'_>, body: &mut Bytes) -> Result<()> {
    let mut bytes = body.to_vec();
    match input.int_in_range(0..=3)? {
        0 => bytes = some(input, 255)?.to_vec(),
        _ => splice(input, &mut bytes)?,
    }
    *body = bytes.into();
    Ok(())
}

/// Puts other bytes in the place of some.
pub fn splice(input: &mut Unstructured<'_>, bytes: &mut Vec<u8>) -> Result<()> {
    let from = input.int_in_range(0..=bytes.len())?;
    let length = match input.int_in_range(0..=3)? {
        0 => bytes.len() - from,
        1 => input.int_in_range(0..=bytes.len() - from)?,
        2 => 0,
        _ => 1.min(bytes.len() - from),
    };
    let there = bytes[from..from + length].to_vec();
    let instead = match input.int_in_range(0..=5)? {
        0 => Vec::new(),
        1 => [&*there, &*there].concat(),
        2 => there.iter().map(u8::to_ascii_uppercase).collect(),
        3 => there.iter().rev().copied().collect(),
        _ => some(input, 64)?.to_vec(),
    };
    bytes.splice(from..from + length, instead);
    Ok(())
}

/// Changes one header.
fn header(input: &mut Unstructured<'_>, parts: &mut Parts) -> Result<()> {
    let present: Vec<HeaderName> = parts.headers.keys().cloned().collect();
    let name = match !present.is_empty() && input.ratio(7, 8)? {
        true => one(input, &present)?,
        false => one(input, &HEADERS)?,
    };
    let value = parts.headers.get(name).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
    match input.int_in_range(0..=6)? {
        0 => {
            parts.headers.remove(name);
        }
        1 => {
            if let Entry::Occupied(mut entry) = parts.headers.entry(name) {
                let value = entry.get().clone();
                entry.append(value);
            }
        }
        2 => {
            if let Some(value) = text(some(input, 255)?) {
                parts.headers.append(name, value);
            }
        }
        3 => {
            if let Some(value) = text(some(input, 255)?) {
                parts.headers.insert(name, value);
            }
        }
        4 => {
            let other = one(input, &HEADERS)?;
            if let Some(value) = parts.headers.remove(name) {
                parts.headers.insert(other, value);
            }
        }
        _ => {
            let mut bytes = value;
            splice(input, &mut bytes)?;
            if let Some(value) = text(&bytes) {
                parts.headers.insert(name, value);
            }
        }
    }
    Ok(())
}

/// A header's value, with what cannot stand in one left out.
pub fn text(bytes: &[u8]) -> Option<HeaderValue> {
    let bytes: Vec<u8> =
        bytes.iter().copied().filter(|byte| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f)).collect();
    HeaderValue::from_bytes(&bytes).ok()
}

/// Changes the path and the query.
pub fn target(input: &mut Unstructured<'_>, parts: &mut Parts) -> Result<()> {
    let there = parts.uri.path_and_query().map(|target| target.as_str().to_owned()).unwrap_or_default();
    let mut bytes = there.into_bytes();
    match input.int_in_range(0..=2)? {
        0 => bytes = [b"/", some(input, 255)?].concat(),
        _ => splice(input, &mut bytes)?,
    }
    set_target(parts, &bytes);
    Ok(())
}

/// Gives the request another path and query, if they are such.
pub fn set_target(parts: &mut Parts, target: &[u8]) {
    let mut uri = parts.uri.clone().into_parts();
    uri.path_and_query = target.try_into().ok();
    if let (true, Ok(uri)) = (uri.path_and_query.is_some(), Uri::from_parts(uri)) {
        parts.uri = uri;
    }
}

/// A text that looks like `like`: what is neither letter nor digit stays, the rest is the input's, of its kind.
pub fn in_the_form_of(input: &mut Unstructured<'_>, like: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(like.len());
    for byte in like.iter().take(1024) {
        bytes.push(match byte {
            b'0'..=b'9' => b'0' + input.int_in_range(0..=9u8)?,
            b'a'..=b'f' => b'a' + input.int_in_range(0..=5u8)?,
            b'g'..=b'z' => b'g' + input.int_in_range(0..=19u8)?,
            b'A'..=b'Z' => b'A' + input.int_in_range(0..=25u8)?,
            other => *other,
        });
    }
    Ok(bytes)
}
