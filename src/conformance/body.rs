//! The body changed.
use super::{
    Group,
    bytes_of::{Class, inserted, neighbour, spread, with_byte, without_last},
    headers::run_of,
    kinds::Change,
    suite::{Accepted, Suite},
};
use crate::scheme::Scheme;
use bytes::Bytes;

/// In how many places a body is changed, if it has so many.
const PLACES: usize = 400;
/// How many bytes of each class are changed, if the body has so many.
const OF_A_CLASS: usize = 12;

impl<S: Scheme + ?Sized> Suite<'_, S> {
    /// Refused if the body is signed, unless it is the same payload written in another way. If it is not signed, nothing
    /// that the delivery is known by is read out of it.
    pub(super) fn body(&mut self) {
        let body = self.good.body.clone();
        self.bits(&body);
        self.classes(&body);
        self.ends(&body);
        self.white_space(&body);
        self.members(&body);
        self.signature_in_body(&body);
    }

    fn changed(&mut self, what: impl std::fmt::Display, body: impl Into<Bytes>) {
        let body = body.into();
        if body != self.good.body {
            let attempt = self.good.with_body(body);
            self.attempt(Group::Body, Change::Body, Accepted::UnlessCovered, what, &attempt);
        }
    }

    fn bits(&mut self, body: &[u8]) {
        for position in spread(0..body.len(), PLACES) {
            let byte = body.get(position).copied().unwrap_or_default();
            let bit = 1 << (position % 8);
            let class = Class::of(byte).name();
            self.changed(
                format_args!("one bit of byte {position}, {class}"),
                with_byte(body, position, byte ^ bit),
            );
        }
    }

    /// A letter and a digit for another, a letter in the other case; of all else, a bit that leaves it printable.
    fn classes(&mut self, body: &[u8]) {
        for class in Class::ALL {
            let places: Vec<usize> =
                (0..body.len()).filter(|&at| body.get(at).is_some_and(|&b| Class::of(b) == class)).collect();
            for place in spread(0..places.len(), OF_A_CLASS) {
                let Some(&position) = places.get(place) else { continue };
                let byte = body.get(position).copied().unwrap_or_default();
                let what = format!("byte {position}, {}", class.name());
                self.changed(
                    format_args!("{what}, changed"),
                    with_byte(body, position, neighbour(byte).unwrap_or(byte ^ 1)),
                );
                if class == Class::Letter {
                    self.changed(
                        format_args!("{what}, in the other case"),
                        with_byte(body, position, byte ^ 0x20),
                    );
                }
                let (before, after) = body.split_at(position);
                let after = after.get(1..).unwrap_or_default();
                self.changed(format_args!("{what}, missing"), [before, after].concat());
                self.changed(format_args!("{what}, twice"), inserted(body, position, &[byte]));
            }
        }
    }

    fn ends(&mut self, body: &[u8]) {
        for more in [b" ".as_slice(), b"\n", b"\r\n", b"\0", b"0", b"}", b"&", b"\xef\xbb\xbf"] {
            let shown = more.escape_ascii();
            self.changed(format_args!("`{shown}` more at its end"), [body, more].concat());
            self.changed(format_args!("`{shown}` more in front"), [more, body].concat());
        }
        self.changed("twice", [body, body].concat());
        self.changed("one byte less", without_last(body, 1).to_vec());
        self.changed("without its first byte", body.get(1..).unwrap_or_default().to_vec());
        self.changed("cut in half", body.get(..body.len() / 2).unwrap_or_default().to_vec());
        self.changed("empty", Bytes::new());
        self.changed("backwards", body.iter().rev().copied().collect::<Vec<u8>>());
    }

    /// As an editor, a parser or a mail server would change it.
    fn white_space(&mut self, body: &[u8]) {
        let structural: Vec<usize> = (0..body.len())
            .filter(|&at| body.get(at).is_some_and(|&byte| Class::of(byte) == Class::Structural))
            .collect();
        for place in spread(0..structural.len(), OF_A_CLASS) {
            let behind = structural.get(place).map_or(0, |at| at + 1);
            self.changed(format_args!("a space more behind byte {behind}"), inserted(body, behind, b" "));
        }
        let without: Vec<u8> =
            body.iter().copied().filter(|&byte| Class::of(byte) != Class::WhiteSpace).collect();
        self.changed("without its white space", without);
        let mut unix = body.to_vec();
        unix.retain(|&byte| byte != b'\r');
        self.changed("with LF for CRLF", unix.clone());
        let crlf = unix.iter().flat_map(|&byte| if byte == b'\n' { vec![b'\r', b'\n'] } else { vec![byte] });
        self.changed("with CRLF for LF", crlf.collect::<Vec<u8>>());
    }

    /// A member or a field more, which one of two readers would take.
    fn members(&mut self, body: &[u8]) {
        if let Some(first) = body.iter().position(|&byte| byte == b'{') {
            self.changed("a member more", inserted(body, first + 1, br#""conformance":1,"#));
        }
        self.changed("a field more", [body, b"&conformance=1"].concat());
        self.changed("a field more in front", [b"conformance=1&", body].concat());
        if let Some(end) = body.iter().position(|&byte| byte == b'&') {
            let (first, _) = body.split_at(end);
            self.changed("its first field twice", [body, b"&", first].concat());
            self.changed("its first field emptied", {
                let name = first.iter().position(|&byte| byte == b'=').map_or(first.len(), |at| at + 1);
                [first.get(..name).unwrap_or_default(), body.get(end..).unwrap_or_default()].concat()
            });
        }
    }

    /// Each character of a signature that is in the body.
    fn signature_in_body(&mut self, body: &[u8]) {
        let mut looked_at = self.signature.body.is_empty();
        for run in self.signature.body.clone() {
            let altered = run_of(body, run)
                .map(|(position, body)| (format!("character {position}"), self.good.with_body(body)));
            let altered = altered.collect();
            looked_at |= self.signature_run(Group::Body, altered);
        }
        if !looked_at {
            self.report.note_wrong("body: no character of the signature is looked at");
        }
    }
}
