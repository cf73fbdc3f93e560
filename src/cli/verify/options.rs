//! What a line says of its endpoint.
use super::line::Malformed;
use crate::providers::{Need, Provider};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor},
};
use serde_json::{Value, value::RawValue};
use std::{collections::BTreeMap, fmt};

/// The options that every provider may be given, whether it needs them or not.
const KNOWN: &[&str] = &[
    "alg",
    "api_key",
    "app_key",
    "audience",
    "cert_url",
    "certificates",
    "issuer",
    "keyid",
    "label",
    "max_age",
    "public_key",
    "public_url",
    "required_components",
    "signature_algorithm",
    "signature_version",
    "variant",
];

/// The options of a line, and the certificates among them by URL.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) values: BTreeMap<String, String>,
    pub(super) certificates: BTreeMap<String, String>,
}

impl Given {
    /// # Errors
    /// If they are no object of texts, or say something twice.
    pub(super) fn read(options: Option<&RawValue>) -> Result<Self, Malformed> {
        let Some(options) = options else { return Ok(Self::default()) };
        let wrong =
            |name: &str| Malformed(format!("the option `{name}` is neither a text nor a list of texts"));
        let Members(members) = serde_json::from_str(options.get())
            // The error may show a value.
            .map_err(|_| Malformed("`options` is no object that says each thing once".to_owned()))?;
        let mut given = Self::default();
        for (name, value) in members {
            if name == "certificates" {
                given.certificates = certificates(value)?;
            } else if let Some(text) = text(&value).map_err(|NoText| wrong(&name))? {
                given.values.insert(name, text);
            }
        }
        Ok(given)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Those that neither this command nor the provider knows.
    pub(super) fn unknown(&self, provider: &Provider) -> impl Iterator<Item = &str> {
        let names = self.values.keys().map(String::as_str);
        names.filter(|name| !KNOWN.contains(name) && !takes(provider, name) && !SYNONYMS.contains(name))
    }
}

/// Other names of options that some provider has.
const SYNONYMS: &[&str] = &["email", "topic", "url"];

/// Whether the registry says that the provider has such an option.
pub(super) fn takes(provider: &Provider, option: &str) -> bool {
    provider.requirements().iter().any(|need| match need {
        Need::Option(name) => name.strip_suffix('?').unwrap_or(name) == option,
        _ => false,
    })
}

fn certificates(value: Value) -> Result<BTreeMap<String, String>, Malformed> {
    serde_json::from_value(value)
        .map_err(|_| Malformed("the option `certificates` is no object of texts in PEM".to_owned()))
}

struct NoText;

/// A value as the registry takes it: lists with commas between their items.
fn text(value: &Value) -> Result<Option<String>, NoText> {
    Ok(Some(match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => {
            let items: Result<Vec<&str>, _> = items.iter().map(|item| item.as_str().ok_or(NoText)).collect();
            items?.join(",")
        }
        // A key, in JSON.
        Value::Object(members) if members.contains_key("kty") || members.contains_key("keys") => {
            value.to_string()
        }
        Value::Object(_) => return Err(NoText),
    }))
}

/// An object's members, of which no two have the same name.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Members, E> {
                Ok(Members(Vec::new()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry()? {
                    if members.iter().any(|(other, _)| *other == name) {
                        return Err(de::Error::custom("an option occurs twice"));
                    }
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_any(Each)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::providers::by_name;

    fn read(json: &str) -> Result<Given, Malformed> {
        let raw: Box<RawValue> = serde_json::from_str(json).unwrap();
        Given::read(Some(&raw))
    }

    #[test]
    fn values_become_texts() {
        let given = read(
            r#"{"a": "x", "b": 60, "c": true, "d": null, "e": ["@method", "date"], "public_key": {"kty": "EC"},
                "certificates": {"https://a.com/": "pem"}}"#,
        );
        let given = given.unwrap();
        let expected = [
            ("a", "x"),
            ("b", "60"),
            ("c", "true"),
            ("e", "@method,date"),
            ("public_key", r#"{"kty":"EC"}"#),
        ];
        let values: Vec<_> = given.values.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(values, expected);
        assert_eq!(given.certificates.get("https://a.com/").map(String::as_str), Some("pem"));
        assert!(read("null").unwrap().values.is_empty());
    }

    #[test]
    fn what_is_wrong_is_said_without_the_value() {
        for (json, expected) in [
            (r#"["hunter2"]"#, "`options` is no object"),
            (r#"{"a": "hunter2", "a": "hunter2"}"#, "says each thing once"),
            (r#"{"a": {"b": "hunter2"}}"#, "the option `a` is neither"),
            (r#"{"a": ["hunter2", 1]}"#, "the option `a` is neither"),
            (r#"{"certificates": ["hunter2"]}"#, "the option `certificates` is no object"),
        ] {
            let message = read(json).unwrap_err().0;
            assert!(message.contains(expected) && !message.contains("hunter2"), "{json}: {message}");
        }
    }

    #[test]
    fn unknown_ones() {
        let given = read(r#"{"variant": "v1", "webhook_id": "x", "colour": "red"}"#).unwrap();
        let unknown = |name| given.unknown(by_name(name).unwrap()).collect::<Vec<_>>();
        assert_eq!(unknown("paypal"), ["colour"]);
        assert_eq!(unknown("stripe"), ["colour", "webhook_id"]);
    }
}
