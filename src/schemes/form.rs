//! Forms whose decoded fields are signed: `application/x-www-form-urlencoded`.
//!
//! Fields are bytes here, and need not be UTF-8: a lossy decoder would make one text of many.
use crate::scheme::Refusal;
use std::borrow::Cow;

/// More than any provider sends; what comes after would only cost memory, before anything is proven.
const MAX_FIELDS: usize = 1000;

pub(crate) type Bytes<'a> = Cow<'a, [u8]>;

/// A form's fields as they are signed where names and values follow each other with nothing in between: sorted by name
/// and value, and each pair once.
pub(crate) struct Fields<'a> {
    pairs: Vec<(Bytes<'a>, Bytes<'a>)>,
}

impl<'a> Fields<'a> {
    pub(crate) fn read(body: &'a [u8]) -> Result<Self, Refusal> {
        let mut pairs = all_fields(body)?;
        // Else a signature over the URL alone would be one of this body too.
        if pairs.iter().all(|(name, value)| name.is_empty() && value.is_empty()) {
            return Err(Refusal::MalformedBody("the form is empty".into()));
        }
        pairs.sort_unstable();
        pairs.dedup();
        Ok(Self { pairs })
    }

    /// What is signed.
    pub(crate) fn text(&self) -> Vec<u8> {
        let length = self
            .pairs
            .iter()
            .map(|(name, value)| name.len().saturating_add(value.len()))
            .fold(0, usize::saturating_add);
        let mut text = Vec::with_capacity(length);
        for (name, value) in &self.pairs {
            text.extend_from_slice(name);
            text.extend_from_slice(value);
        }
        text
    }

    /// The form that says this and no more, whatever the order, repetition and spelling that it came in.
    pub(crate) fn to_form(&self) -> String {
        to_form(self.pairs.iter().map(|(name, value)| (&**name, &**value)))
    }
}

/// A form of these names and values.
pub(crate) fn to_form<'a>(pairs: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        form.extend(form_urlencoded::byte_serialize(name));
        form.push('=');
        form.extend(form_urlencoded::byte_serialize(value));
    }
    form
}

/// Every field, in the form's order.
pub(crate) fn all_fields(body: &[u8]) -> Result<Vec<(Bytes<'_>, Bytes<'_>)>, Refusal> {
    let pairs: Vec<_> = fields(body).take(MAX_FIELDS + 1).collect();
    if pairs.len() > MAX_FIELDS {
        return Err(Refusal::MalformedBody(format!("the form has more than {MAX_FIELDS} fields").into()));
    }
    Ok(pairs)
}

/// The value of the field `name`, which must be the form's only one.
pub(crate) fn only_field<'a>(body: &'a [u8], name: &str) -> Result<Bytes<'a>, Refusal> {
    let mut fields = fields(body);
    match (fields.next(), fields.next()) {
        (Some((only, value)), None) if *only == *name.as_bytes() => Ok(value),
        _ => Err(Refusal::MalformedBody(format!("the form is not the one field `{name}`").into())),
    }
}

/// The texts of the fields `names`, each of which must occur once, whatever else is in the form.
#[cfg(feature = "providers")]
pub(crate) fn each_once<'a, const N: usize>(
    body: &'a [u8],
    names: [&str; N],
) -> Result<[Cow<'a, str>; N], Refusal> {
    let malformed =
        |name: &str, what: &str| Refusal::MalformedBody(format!("the form's field `{name}` {what}").into());
    let mut found = [const { None }; N];
    for (name, value) in fields(body) {
        let wanted = names.iter().zip(&mut found).find(|(wanted, _)| wanted.as_bytes() == &*name);
        if let Some((name, found)) = wanted
            && found.replace(text(value).ok_or_else(|| malformed(name, "is not UTF-8"))?).is_some()
        {
            return Err(malformed(name, "occurs more than once"));
        }
    }
    match names.iter().zip(&found).find(|(_, found)| found.is_none()) {
        Some((name, _)) => Err(malformed(name, "is missing")),
        None => Ok(found.map(Option::unwrap_or_default)),
    }
}

#[cfg(feature = "providers")]
fn text(bytes: Bytes<'_>) -> Option<Cow<'_, str>> {
    match bytes {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Cow::Owned(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
    }
}

/// How many fields there are.
#[cfg(feature = "providers")]
pub(crate) fn count(body: &[u8]) -> usize {
    fields(body).count()
}

fn fields(body: &[u8]) -> impl Iterator<Item = (Bytes<'_>, Bytes<'_>)> {
    let fields = body.split(|byte| *byte == b'&').filter(|field| !field.is_empty());
    fields.map(|field| {
        let mut halves = field.splitn(2, |byte| *byte == b'=');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        (decoded(name), decoded(value))
    })
}

fn decoded(text: &[u8]) -> Bytes<'_> {
    // To look for a byte costs far less than to decode one by one, and most texts have neither.
    if !text.contains(&b'+') {
        if !text.contains(&b'%') {
            return Cow::Borrowed(text);
        }
        return percent_encoding::percent_decode(text).into();
    }
    let spaced: Vec<u8> = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Cow::Owned(percent_encoding::percent_decode(&spaced).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(body: impl AsRef<[u8]>) -> Result<Vec<u8>, Refusal> {
        Fields::read(body.as_ref()).map(|fields| fields.text())
    }

    fn is(body: impl AsRef<[u8]>, signed: impl AsRef<[u8]>) {
        assert_eq!(text(body), Ok(signed.as_ref().to_vec()));
    }

    fn refusal<T>(result: Result<T, Refusal>) -> Option<String> {
        result.err().map(|refusal| refusal.to_string())
    }

    #[test]
    fn fields_are_sorted_by_name_and_value_and_each_pair_counts_once() {
        is("b=2&a=1&B=3", b"B3a1b2");
        is("Digits=5678&Digits=1234&Digits=1234", b"Digits1234Digits5678");
        // As names, and not as the texts that they begin.
        is("ab=1&a=z&a=c", b"acazab1");
        assert_eq!(text("a"), text("a="));
        is("&&a=1=2&", b"a1=2");
    }

    #[test]
    fn fields_are_bytes() {
        is("a=%2B1+2%203", b"a+1 2 3");
        is(b"a=%FF%00\xc3\xa9\xfe", b"a\xff\0\xc3\xa9\xfe");
        assert_ne!(text("a=%FF"), text("a=%EF%BF%BD"), "a lossy decoder makes these the same");
        // What is no escape stands for itself.
        is("a=%zz%4", b"a%zz%4");
    }

    #[test]
    fn a_form_that_says_what_is_signed() {
        let form =
            |body: &str| Fields::read(body.as_bytes()).map(|fields| fields.to_form()).unwrap_or_default();
        assert_eq!(form("b=2&a=%e9%20x&b=2&c"), "a=%E9+x&b=2&c=");
        assert_eq!(form(&form("x=%26%3D%2B")), "x=%26%3D%2B");
    }

    #[test]
    fn t21_the_number_of_fields_is_bounded() {
        assert!(Fields::read("a=1&".repeat(MAX_FIELDS).as_bytes()).is_ok());
        let refused = refusal(text("a=1&".repeat(MAX_FIELDS + 1)));
        assert_eq!(refused.as_deref(), Some("the body is wrong: the form has more than 1000 fields"));
    }

    #[test]
    fn a_form_that_says_nothing_is_refused() {
        for body in ["", "&", "=", "&=&=&"] {
            let refused = refusal(text(body));
            assert_eq!(refused.as_deref(), Some("the body is wrong: the form is empty"), "{body:?}");
        }
    }

    #[test]
    fn the_only_field() {
        let value = |body: &'static str| only_field(body.as_bytes(), "payload").map(Cow::into_owned);
        assert_eq!(value("payload=%7B%7D"), Ok(b"{}".to_vec()));
        assert_eq!(value("&%70ayload=a+b&"), Ok(b"a b".to_vec()));
        for wrong in ["", "payloa=1", "Payload=1", "payload=1&payload=1", "payload=1&x=2", "x=2&payload=1"] {
            let refused = refusal(value(wrong));
            assert_eq!(
                refused.as_deref(),
                Some("the body is wrong: the form is not the one field `payload`"),
                "{wrong:?}"
            );
        }
    }

    #[cfg(feature = "providers")]
    #[test]
    fn fields_that_occur_once() {
        let values = |body: &'static [u8]| each_once(body, ["a", "b"]);
        let found = Ok([Cow::Borrowed("1"), Cow::Borrowed("+ x")]);
        assert_eq!(values(b"b=%2B+x&c=2&c=3&%61=1"), found);
        for (wrong, why) in [
            (&b""[..], "`a` is missing"),
            (b"a=1", "`b` is missing"),
            (b"a=1&b=2&a=1", "`a` occurs more than once"),
            (b"a=1&b=2&%62=3", "`b` occurs more than once"),
            (b"a=%FF&b=2", "`a` is not UTF-8"),
        ] {
            let refused = refusal(values(wrong)).unwrap_or_default();
            assert!(refused.ends_with(why), "{refused}");
        }
        assert_eq!((count(b"a=1&&b"), count(b"")), (2, 0));
    }
}
