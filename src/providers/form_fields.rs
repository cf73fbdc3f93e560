//! The few fields of a form that decide something, each of which must stand there once.
use crate::scheme::Refusal;
use std::borrow::Cow;

/// The decoded values of the form's fields `names`.
pub(super) fn each_once<'a, const N: usize>(
    form: &'a [u8],
    names: [&str; N],
) -> Result<[Cow<'a, str>; N], Refusal> {
    let mut found = [const { None }; N];
    for (name, value) in form_urlencoded::parse(form) {
        if let Some((name, found)) = names.iter().zip(&mut found).find(|(wanted, _)| **wanted == name)
            && found.replace(value).is_some()
        {
            return Err(malformed(name, "occurs more than once"));
        }
    }
    match names.iter().zip(&found).find(|(_, found)| found.is_none()) {
        Some((name, _)) => Err(malformed(name, "is missing")),
        None => Ok(found.map(Option::unwrap_or_default)),
    }
}

fn malformed(name: &str, what: &str) -> Refusal {
    Refusal::MalformedBody(format!("the form's field `{name}` {what}").into())
}
