//! Bodies that are `multipart/form-data`, as far as a part of a name is to be found.
//!
//! The boundary is taken from the body itself, which begins with it: `Content-Type` is not signed.
use crate::scheme::Refusal;

/// A boundary has up to 70 characters.
const MAX_DELIMITER: usize = 72;

/// The content of the part with this name, which must occur once, whatever other parts there are.
pub(super) fn only<'a>(body: &'a [u8], name: &str) -> Result<&'a [u8], Refusal> {
    let malformed = |what: &str| Refusal::MalformedBody(format!("as multipart: {what}").into());
    let mut lines = Lines { body, next: Some(0) };
    let delimiter =
        lines.next().map(|(_, line)| line).filter(|line| line.starts_with(b"--") && line.len() > 2);
    let delimiter = delimiter.ok_or_else(|| malformed("it does not begin with a boundary"))?;
    if delimiter.len() > MAX_DELIMITER {
        return Err(malformed("its boundary is too long"));
    }
    let mut found = None;
    loop {
        let mut is_wanted = false;
        let begin = loop {
            let (_, line) = lines.next().ok_or_else(|| malformed("a part has no end"))?;
            if line.is_empty() {
                break lines.next.ok_or_else(|| malformed("a part has no end"))?;
            }
            is_wanted |= names(line, name);
        };
        let (end, is_last) = loop {
            let (at, line) = lines.next().ok_or_else(|| malformed("a part has no end"))?;
            match line.strip_prefix(delimiter) {
                Some(b"") => break (at, false),
                Some(b"--") => break (at, true),
                _ => {}
            }
        };
        // The line break before a boundary belongs to that; a part without a line has none.
        let content = body.get(begin..end.saturating_sub(2).max(begin)).unwrap_or_default();
        if is_wanted && found.replace(content).is_some() {
            return Err(malformed(&format!("the part `{name}` occurs more than once")));
        }
        if is_last {
            return found.ok_or_else(|| malformed(&format!("the part `{name}` is missing")));
        }
    }
}

/// Whether this line of a part's head says that the part has this name.
fn names(line: &[u8], name: &str) -> bool {
    let Some((field, value)) = str::from_utf8(line).ok().and_then(|line| line.split_once(':')) else {
        return false;
    };
    let mut named = value.split(';').skip(1).filter_map(|parameter| parameter.trim().strip_prefix("name="));
    field.eq_ignore_ascii_case("content-disposition")
        && named.any(|value| {
            value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value) == name
        })
}

/// A body of this one part.
pub(super) fn of(name: &str, content: &str) -> String {
    let mut boundary = String::from("boundary");
    while content.contains(&boundary) {
        boundary.push('-');
    }
    format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n--{boundary}--\r\n"
    )
}

/// Lines that end with CR LF, each with where it begins.
struct Lines<'a> {
    body: &'a [u8],
    next: Option<usize>,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let begin = self.next?;
        let rest = self.body.get(begin..)?;
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        self.next = end.and_then(|end| begin.checked_add(end)?.checked_add(2));
        Some((begin, rest.get(..end.unwrap_or(rest.len()))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(body: &str) -> Result<String, String> {
        let found = only(body.as_bytes(), "json");
        found.map(|part| String::from_utf8_lossy(part).into_owned()).map_err(|refusal| refusal.to_string())
    }

    const HEAD: &str = "--b\r\nContent-Disposition: form-data; name=\"json\"\r\n\r\n";

    #[test]
    fn the_part_of_that_name() {
        assert_eq!(part(&of("json", "{}")), Ok("{}".to_owned()));
        assert_eq!(part(&of("json", "--boundary\r\n")), Ok("--boundary\r\n".to_owned()));
        assert_eq!(part(&format!("{HEAD}\r\n--b--")), Ok(String::new()));
        assert_eq!(part(&format!("{HEAD}--b--")), Ok(String::new()), "without a line");
        assert_eq!(
            part(&format!("{HEAD}1\r\n--bb\r\n--b2\r\n2\r\n--b--\r\n")),
            Ok("1\r\n--bb\r\n--b2\r\n2".to_owned())
        );
        let others = "--b\r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION: form-data; filename=json; name=x\r\n\r\n1\r\n";
        assert_eq!(part(&format!("{others}{HEAD}{{}}\r\n{others}--b--")), Ok("{}".to_owned()));
    }

    #[test]
    fn what_is_none_is_refused() {
        for (body, why) in [
            (String::new(), "does not begin"),
            ("--".to_owned(), "does not begin"),
            ("{}".to_owned(), "does not begin"),
            (format!("\r\n{HEAD}{{}}\r\n--b--"), "does not begin"),
            (format!("--{}\r\n", "b".repeat(71)), "too long"),
            ("--b\r\n".to_owned(), "no end"),
            (HEAD.to_owned(), "no end"),
            (format!("{HEAD}{{}}\r\n--b"), "no end"),
            (format!("{HEAD}{{}}\n--b--"), "no end"),
            (format!("{HEAD}{{}}\r\n{HEAD}{{}}\r\n--b--"), "more than once"),
            (format!("{}{{}}\r\n--b--", HEAD.replace("json", "JSON")), "missing"),
            (format!("{}{{}}\r\n--b--", HEAD.replace("Disposition", "Position")), "missing"),
            (format!("{}{{}}\r\n--b--", HEAD.replace("form-data; ", "")), "missing"),
        ] {
            let refused = part(&body).err().unwrap_or_default();
            assert!(refused.contains(why), "{body:?}: {refused}");
        }
    }
}
