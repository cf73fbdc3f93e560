//! The few elements of a message that decide something, each of which must stand there once.
use crate::scheme::Refusal;
use quick_xml::{Reader, events::Event};

/// The texts of the elements `names` right below the root, which is `xml`. `None` for one that is not there.
///
/// Nothing is expanded or resolved, and nothing may be nested deeper than `deepest`, where the root is 1. What else
/// stands there is not looked at.
pub(super) fn children<const N: usize>(
    document: &[u8],
    names: [&'static str; N],
    deepest: usize,
) -> Result<[Option<String>; N], Refusal> {
    let wrong = |what: &'static str| Refusal::MalformedBody(what.into());
    let document = std::str::from_utf8(document).map_err(|_| wrong("the XML is not UTF-8"))?;
    let mut reader = Reader::from_str(document);
    let mut found = [const { None }; N];
    let mut state = State { depth: 0, has_root: false, within: None };
    loop {
        let event = reader.read_event().map_err(|_| wrong("the XML is not well-formed"))?;
        match event {
            Event::Start(start) => {
                state.open(start.name().into_inner(), start.attributes_raw(), deepest, &names, &mut found)?;
            }
            Event::Empty(start) => {
                state.open(start.name().into_inner(), start.attributes_raw(), deepest, &names, &mut found)?;
                state.close();
            }
            Event::End(_) => state.close(),
            Event::Text(text) => state.text(&text.into_inner(), &mut found)?,
            Event::CData(text) => state.text(&text.into_inner(), &mut found)?,
            Event::GeneralRef(_) if state.within.is_some() => {
                return Err(wrong("there is a reference in the XML's element"));
            }
            Event::GeneralRef(_) | Event::Comment(_) | Event::Decl(_) => {}
            Event::DocType(_) | Event::PI(_) => {
                return Err(wrong("the XML has a document type or instructions"));
            }
            Event::Eof if state.depth == 0 && state.has_root => return Ok(found),
            Event::Eof => return Err(wrong("the XML breaks off")),
        }
    }
}

struct State {
    /// How many elements are open.
    depth: usize,
    has_root: bool,
    /// Which of the names is open.
    within: Option<usize>,
}

impl State {
    fn open(
        &mut self,
        name: &str,
        attributes: &str,
        deepest: usize,
        names: &[&'static str],
        found: &mut [Option<String>],
    ) -> Result<(), Refusal> {
        let wrong = |what: String| Err(Refusal::MalformedBody(what.into()));
        self.depth = self.depth.saturating_add(1);
        if self.depth > deepest {
            return wrong(format!("the XML is nested deeper than {deepest}"));
        }
        if self.within.is_some() {
            return wrong("an element that should be text has elements".to_owned());
        }
        match self.depth {
            1 if self.has_root || name != "xml" => {
                return wrong("the XML is not one element `xml`".to_owned());
            }
            1 => self.has_root = true,
            2 => self.within = names.iter().position(|known| *known == name),
            _ => {}
        }
        let Some(found) = self.within.and_then(|within| found.get_mut(within)) else { return Ok(()) };
        if found.is_some() {
            return wrong(format!("the element `{name}` occurs more than once"));
        }
        if !attributes.trim().is_empty() {
            return wrong(format!("the element `{name}` has attributes"));
        }
        *found = Some(String::new());
        Ok(())
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if self.depth < 2 {
            self.within = None;
        }
    }

    fn text(&self, text: &str, found: &mut [Option<String>]) -> Result<(), Refusal> {
        if self.depth == 0 && !text.trim().is_empty() {
            return Err(Refusal::MalformedBody("there is text beside the XML".into()));
        }
        if let Some(Some(found)) = self.within.and_then(|within| found.get_mut(within)) {
            found.push_str(text);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(document: &str) -> Result<[Option<String>; 2], Refusal> {
        children(document.as_bytes(), ["A", "B"], 3)
    }

    #[test]
    fn reads_what_is_there() {
        let both = |a: Option<&str>, b: Option<&str>| Ok([a.map(str::to_owned), b.map(str::to_owned)]);
        assert_eq!(read("<xml><A><![CDATA[a<b]]></A><B>b</B></xml>"), both(Some("a<b"), Some("b")));
        assert_eq!(
            read(
                "<?xml version=\"1.0\"?>\n<xml a='1'><!-- <A>x</A> -->\n<B >b</B ><C><A>deeper</A></C></xml>\n"
            ),
            both(None, Some("b"))
        );
        assert_eq!(read("<xml><A/><B></B></xml>"), both(Some(""), Some("")));
        assert_eq!(read("<xml><A>a<!-- -->b<![CDATA[c]]></A><C>&lt;&x;</C></xml>"), both(Some("abc"), None));
        assert_eq!(read("<xml/>"), both(None, None));
    }

    #[test]
    fn what_is_no_such_document_is_refused() {
        for wrong in [
            "",
            "  ",
            "text",
            "{}",
            "<A>a</A>",
            "<XML><A>a</A></XML>",
            "<xml><A>a</A>",
            "<xml><A>a</xml>",
            "<xml><A>a</B></xml>",
            "<xml></xml><xml></xml>",
            "<xml></xml>text",
            "text<xml></xml>",
            "<xml><A>a</A><A>a</A></xml>",
            "<xml><A/><A>a</A></xml>",
            "<xml><A>&lt;</A></xml>",
            "<xml><A>&x;</A></xml>",
            "<xml><A b=\"c\">a</A></xml>",
            "<xml><A><C/></A></xml>",
            "<xml><A><A>a</A></A></xml>",
            "<xml><C><D><E/></D></C></xml>",
            "<!DOCTYPE xml [<!ENTITY x \"y\">]><xml><A>a</A></xml>",
            "<!DOCTYPE xml SYSTEM \"https://example.com\"><xml/>",
            "<xml><?do it?></xml>",
            "<xml><A><![CDATA[a</A></xml>",
            "<xml></xml></xml>",
        ] {
            assert!(matches!(read(wrong), Err(Refusal::MalformedBody(_))), "{wrong}");
        }
        assert!(matches!(children(b"<xml>\xff</xml>", ["A"], 3), Err(Refusal::MalformedBody(_))));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("<xml>{}", "<a>".repeat(1_000_000));
        assert!(matches!(read(&deep), Err(Refusal::MalformedBody(_))));
    }
}
