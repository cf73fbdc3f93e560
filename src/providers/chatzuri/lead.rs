//! Leads.
use super::{
    Generation,
    envelope::{Data, take_text},
};
use serde_json::{Map, Value};

/// A customer who has left word how to be reached: the data of `lead.submit`.
///
/// Both pages print all fields as strings; here each may be missing, since a lead without a phone number is a lead.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Lead {
    /// The reference's `customerName`, the guide's `name`.
    pub name: Option<String>,
    /// The reference's `customerEmail`, the guide's `email`.
    pub email: Option<String>,
    /// The reference's `customerPhone`, the guide's `phone`.
    pub phone: Option<String>,
    /// The conversation. Only the reference's bodies name it.
    pub conversation_id: Option<String>,
    /// Where the customer was: `website`. Only the guide's bodies say so.
    pub channel: Option<String>,
    /// What neither page names, and what is not a string.
    pub other: Map<String, Value>,
}

impl Data for Lead {
    fn read(data: Value, _: Generation, _: &mut Map<String, Value>) -> Result<Self, String> {
        let Value::Object(mut data) = data else {
            return Err("`payload` or `data` is no object".to_owned());
        };
        Ok(Self {
            name: take_text(&mut data, &["customerName", "name"]),
            email: take_text(&mut data, &["customerEmail", "email"]),
            phone: take_text(&mut data, &["customerPhone", "phone"]),
            conversation_id: take_text(&mut data, &["conversationId"]),
            channel: take_text(&mut data, &["channel"]),
            other: data,
        })
    }
}
