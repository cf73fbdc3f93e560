//! Tags, in the forms in which Blinger writes them.
use serde::Deserialize;
use serde_json::Value;

/// Tags: Blinger writes them as a text, as a list of names, or as a list of objects, depending on where they stand.
///
/// ```
/// use tower_webhook::providers::blinger::Tags;
///
/// # fn main() -> Result<(), serde_json::Error> {
/// let tags: Tags = serde_json::from_str(r#"["urgent","billing"]"#)?;
/// assert_eq!(tags, Tags::Names(vec!["urgent".to_owned(), "billing".to_owned()]));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Tags {
    /// Of a user: a text, of which the sample shows `"[]"` only. What else it may contain is not documented.
    Text(String),
    /// Of a message: their names. An empty list is this, too.
    Names(Vec<String>),
    /// Of a closed conversation: each with the message that it was put on.
    Objects(Vec<Tag>),
    /// In any other form.
    Other(Value),
}

/// A tag of a closed conversation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Tag {
    /// The tag's id, a text.
    pub id: String,
    /// The tag's name.
    pub title: String,
    /// The id of the message that it was put on: a text, although the message's own is a number.
    #[serde(default)]
    pub message_id: Option<String>,
}
