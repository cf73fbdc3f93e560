//! The registry, printed.
use super::{Failure, SUCCESS, Streams, arguments::Providers};
use crate::providers::{Need, Provider, all};
use serde_json::{Value, json};

pub(super) fn run(arguments: &Providers, streams: &mut Streams<'_>) -> Result<u8, Failure> {
    let text = if arguments.json {
        let providers: Vec<Value> = all().iter().map(object).collect();
        format!("{:#}\n", Value::Array(providers))
    } else {
        let width = all().iter().map(|provider| provider.name().len()).max().unwrap_or_default();
        let line = |provider: &Provider| format!("{:width$}  {}\n", provider.name(), provider.title());
        all().iter().map(line).collect()
    };
    streams.print(text.as_bytes()).map(|()| SUCCESS)
}

fn object(provider: &Provider) -> Value {
    let (mut needs, mut options) = (Vec::new(), Vec::new());
    for need in provider.requirements() {
        match need {
            Need::Secret => needs.push("secret"),
            Need::Token => needs.push("token"),
            Need::PublicKey => needs.push("public_key"),
            Need::FetchedKeys => needs.push("fetched_keys"),
            Need::PublicUrl => needs.push("public_url"),
            Need::Option(name) => {
                options.push(json!({ "name": name.trim_end_matches('?'), "required": !name.ends_with('?') }));
            }
        }
    }
    json!({
        "name": provider.name(),
        "title": provider.title(),
        "page": provider.page(),
        "recipe": provider.recipe_name(),
        "signed": provider.signed_parts(),
        "needs": needs,
        "options": options,
        "handshake": provider.handshake_name(),
    })
}
