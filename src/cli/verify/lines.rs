//! Lines of bounded length.
use std::io::{self, BufRead, Read as _};

/// How long a line may be, in bytes.
pub(super) const LONGEST: usize = 64 << 20;

/// How much of a long line's memory is kept for the next one.
const KEPT: usize = 1 << 20;

/// A line, or that there is one.
pub(super) enum Line<'a> {
    /// Without its end.
    Text(&'a [u8]),
    /// It is longer than [`LONGEST`], and was skipped.
    TooLong,
}

/// The next line, read into `buffer`; `None` at the end.
pub(super) fn next<'a>(reader: &mut dyn BufRead, buffer: &'a mut Vec<u8>) -> io::Result<Option<Line<'a>>> {
    buffer.clear();
    if buffer.capacity() > KEPT {
        *buffer = Vec::new();
    }
    let read = (&mut *reader).take((LONGEST as u64).saturating_add(1)).read_until(b'\n', buffer)?;
    if read == 0 {
        return Ok(None);
    }
    if buffer.last() == Some(&b'\n') {
        buffer.pop();
    } else if read > LONGEST {
        skip_line(reader)?;
        return Ok(Some(Line::TooLong));
    }
    Ok(Some(Line::Text(buffer)))
}

fn skip_line(reader: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let (length, is_end) = match reader.fill_buf() {
            Ok([]) => return Ok(()),
            Ok(bytes) => match bytes.iter().position(|byte| *byte == b'\n') {
                Some(end) => (end.saturating_add(1), true),
                None => (bytes.len(), false),
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        reader.consume(length);
        if is_end {
            return Ok(());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn all(text: &mut dyn BufRead) -> Vec<Option<usize>> {
        let (mut buffer, mut lines) = (Vec::new(), Vec::new());
        while let Some(line) = next(text, &mut buffer).unwrap() {
            lines.push(match line {
                Line::Text(text) => Some(text.len()),
                Line::TooLong => None,
            });
        }
        lines
    }

    #[test]
    fn lines_end_with_a_line_feed_or_with_the_file() {
        assert_eq!(all(&mut &b""[..]), []);
        assert_eq!(all(&mut &b"a\n\nbc"[..]), [Some(1), Some(0), Some(2)]);
        assert_eq!(all(&mut &b"a\n"[..]), [Some(1)]);
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_others_are_not() {
        let line = |length: usize| io::repeat(b'x').take(length as u64);
        let text = line(LONGEST).chain(&b"\n"[..]).chain(line(LONGEST + 1)).chain(&b"\nab\n"[..]);
        let text = text.chain(line(LONGEST + 70_000));
        assert_eq!(all(&mut BufReader::new(text)), [Some(LONGEST), None, Some(2), None]);
    }
}
