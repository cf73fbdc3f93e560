//! The delivery: before it is signed, and then.
use super::super::Failure;
use crate::{
    event::json_texts,
    key::SigningKey,
    scheme::{Head, Plan, Refusal, Scheme},
    schemes::Source,
    time::Timestamp,
};
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Uri, header::CONTENT_TYPE};
use serde_json::{Map, Value};

/// The request that is to be signed.
pub(super) fn unsigned(
    scheme: &dyn Scheme,
    url: Uri,
    headers: &[String],
    event: Option<&str>,
    data: Option<Bytes>,
) -> Result<Request<Bytes>, Failure> {
    let mut request = Request::post(url).body(Bytes::new()).unwrap_or_default();
    for header in headers {
        let (name, value) = read_header(header)
            .ok_or_else(|| Failure::Usage("a header is not of the form \"NAME: VALUE\"".to_owned()))?;
        request.headers_mut().append(name, value);
    }
    *request.body_mut() = match event {
        Some(event) => with_event(scheme, event, &mut request, data)?,
        None => data.unwrap_or(Bytes::from_static(b"{}")),
    };
    if !request.headers().contains_key(CONTENT_TYPE) {
        let kind = HeaderValue::from_static(content_type(request.body()));
        request.headers_mut().insert(CONTENT_TYPE, kind);
    }
    Ok(request)
}

fn read_header(text: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = text.split_once(':')?;
    Some((name.trim().parse().ok()?, HeaderValue::from_str(value.trim()).ok()?))
}

/// By its first letter, as a person would tell.
fn content_type(body: &[u8]) -> &'static str {
    match body.trim_ascii_start().first() {
        Some(b'{' | b'[') => "application/json",
        Some(b'<') => "text/xml",
        _ if body.contains(&b'=') && !body.iter().any(u8::is_ascii_whitespace) => {
            "application/x-www-form-urlencoded"
        }
        _ => "application/octet-stream",
    }
}

/// Puts the event where the provider puts it. Data that is given stays as it is.
fn with_event(
    scheme: &dyn Scheme,
    event: &str,
    request: &mut Request<Bytes>,
    data: Option<Bytes>,
) -> Result<Bytes, Failure> {
    let mut source = scheme.event_source();
    while let Some(Source::FirstOf(sources)) = source {
        source = sources.first();
    }
    match source {
        Some(Source::Header(name)) => {
            let value = HeaderValue::from_str(event);
            let value =
                value.map_err(|_| Failure::Usage("the event does not fit into a header".to_owned()))?;
            request.headers_mut().insert(name.clone(), value);
            Ok(data.unwrap_or(Bytes::from_static(b"{}")))
        }
        Some(Source::Json(path)) => {
            let Some(data) = data else { return Ok(nested(path, event)) };
            let found = json_texts(&data, [*path]).map_err(|refusal| Failure::Usage(refusal.to_string()))?;
            match found {
                [Some(found)] if found == event => Ok(data),
                [Some(found)] => Err(Failure::Usage(format!(
                    "the data's event, at `{path}`, is {found:?} and not {event:?}: leave one of the two out"
                ))),
                [None] => {
                    Err(Failure::Usage(format!("the data has no event: the provider names it at `{path}`")))
                }
            }
        }
        Some(Source::Query(_) | Source::LastSegment | Source::Segment(_)) => Err(Failure::Usage(
            "the provider names its events in the URL: write it there, without --event".to_owned(),
        )),
        Some(Source::FirstOf(_)) | None => Err(Failure::Usage(
            "the provider names its events in no one place: write it into the data, without --event"
                .to_owned(),
        )),
    }
}

/// An object with a text at a path of keys.
fn nested(path: &str, text: &str) -> Bytes {
    let keys = path.strip_prefix('/').unwrap_or(path).rsplit('/');
    let object =
        keys.fold(Value::from(text), |inner, key| Value::Object(Map::from_iter([(key.to_owned(), inner)])));
    object.to_string().into()
}

/// How many headers of its own a provider's delivery may lack.
const MOST_FILLED: usize = 8;

/// Signs it. Headers that the scheme cannot do without, such as an id, get one that no other delivery has.
pub(super) fn signed(
    scheme: &dyn Scheme,
    mut request: Request<Bytes>,
    key: &SigningKey,
    now: Timestamp,
) -> Result<Request<Bytes>, Failure> {
    let mut filled: usize = 0;
    loop {
        let mut attempt = request.clone();
        let error = match scheme.sign(&mut attempt, key, now) {
            Ok(()) => return Ok(attempt),
            Err(error) => error,
        };
        match missing_header(scheme, &request) {
            Some(name) if filled < MOST_FILLED && !request.headers().contains_key(&name) => {
                // As an id it is new, and as a time the scheme replaces it.
                request.headers_mut().insert(name, HeaderValue::from(now.as_unix_millis()));
                filled = filled.saturating_add(1);
            }
            _ => return Err(Failure::Usage(format!("{error}: see --header and --data"))),
        }
    }
}

fn missing_header(scheme: &dyn Scheme, request: &Request<Bytes>) -> Option<HeaderName> {
    let (parts, body) = request.clone().into_parts();
    let url = parts.uri.to_string();
    let head = Head::new(&parts, Some(&url));
    let refusal = match scheme.plan(&head, None) {
        Ok(Plan::NeedsBody) => scheme.plan(&head, Some(&body)).err()?,
        plan => plan.err()?,
    };
    match refusal {
        Refusal::MissingHeader(name) => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_body_is_taken_for() {
        for (body, kind) in [
            (" {}", "application/json"),
            ("[]", "application/json"),
            ("<xml/>", "text/xml"),
            ("a=1&b=2", "application/x-www-form-urlencoded"),
            ("a = 1", "application/octet-stream"),
            ("", "application/octet-stream"),
        ] {
            assert_eq!(content_type(body.as_bytes()), kind, "{body:?}");
        }
    }

    #[test]
    fn an_event_at_its_path() {
        assert_eq!(nested("type", "a\"b"), r#"{"type":"a\"b"}"#);
        assert_eq!(nested("/action/type", "x"), r#"{"action":{"type":"x"}}"#);
    }

    #[test]
    fn headers() {
        let read = |text| read_header(text).map(|(name, value)| (name.to_string(), value));
        assert_eq!(read("A: b: c "), Some(("a".to_owned(), HeaderValue::from_static("b: c"))));
        assert_eq!(read("A:"), Some(("a".to_owned(), HeaderValue::from_static(""))));
        for wrong in ["A", "A b: c", ": c", "A: b\nc"] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
