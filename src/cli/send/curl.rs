//! A request as a command.
use crate::encoding::Encoding;
use bytes::Bytes;
use http::Request;

/// A longer body is no argument any more: Linux takes 128 KiB.
const LONGEST_ARGUMENT: usize = 64 << 10;

/// A command for a POSIX shell that posts the request, body and all, byte by byte.
pub(super) fn command(request: &Request<Bytes>, timeout: u64) -> String {
    // Without these two, curl takes brackets for patterns, and removes `/../`.
    let mut command = format!("curl -sS -i --globoff --path-as-is --max-time {timeout}");
    for (name, value) in request.headers() {
        let value = String::from_utf8_lossy(value.as_bytes());
        // curl does not send a header whose name is followed by a colon and nothing.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        command += &format!(" \\\n  -H {}", quoted(&header));
    }
    let url = quoted(&request.uri().to_string());
    match readable(request.body()) {
        Some(body) => format!("{command} \\\n  --data-raw {} \\\n  {url}\n", quoted(body)),
        None => {
            let base64 = Encoding::Base64.encode(request.body());
            format!("printf %s {base64} | base64 -d | {command} \\\n  --data-binary @- \\\n  {url}\n")
        }
    }
}

/// The body, if it survives being pasted.
fn readable(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= LONGEST_ARGUMENT)?;
    text.chars().all(|letter| letter == '\n' || !letter.is_control()).then_some(text)
}

/// A word of the shell's, in which nothing is special but the quote itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &'static [u8]) -> String {
        let request = Request::post("https://a.com/x?a[]=1&b='").header("A", "it's").header("B", "");
        command(&request.body(Bytes::from_static(body)).unwrap_or_default(), 30)
    }

    #[test]
    fn a_body_that_can_be_read_is_an_argument() {
        assert_eq!(
            of(b"{\"it's\":\n1}"),
            "curl -sS -i --globoff --path-as-is --max-time 30 \\\n  -H 'a: it'\\''s' \\\n  -H 'b;' \\\n  \
             --data-raw '{\"it'\\''s\":\n1}' \\\n  'https://a.com/x?a[]=1&b='\\'''\n"
        );
    }

    #[test]
    fn any_other_is_base64() {
        for body in [&b"a\0b"[..], b"\xff", b"a\r\n", b"\t", &[b'x'; LONGEST_ARGUMENT + 1]] {
            let command = of(body);
            assert!(command.starts_with("printf %s ") && command.contains("--data-binary @-"), "{body:?}");
        }
        assert!(of(b"").contains("--data-raw ''") && of(b"@x").contains("--data-raw '@x'"));
    }
}
