//! Types of events of every shape that serde knows, for the properties and the fuzzing of their reader.
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Push {
    pub(crate) id: u64,
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    pub(crate) inner: Vec<Inner>,
    #[serde(default)]
    pub(crate) ratio: f64,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Inner {
    One(u8),
    Two(String, i64),
    Three { a: Option<bool>, b: char },
    Four,
}

/// The struct variant's content, by itself.
#[derive(Debug, Deserialize, PartialEq)]
pub(crate) struct Fields {
    pub(crate) number: i32,
    #[serde(default)]
    pub(crate) more: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Tagged {
    Unit,
    Newtype(Push),
    Boxed(Box<Option<Push>>),
    Tuple(u8, String),
    Fields {
        number: i32,
        #[serde(default)]
        more: BTreeMap<String, Value>,
    },
    #[serde(rename = "*")]
    Other(Value),
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Closed {
    Unit,
}

/// What deliveries name: each variant, one that there is not, and the name of the one for the rest.
pub(crate) const EVENTS: [&str; 7] = ["unit", "newtype", "boxed", "tuple", "fields", "another", "*"];
