//! From what a person types to an id: an id, or the one object with that name or address.

use crate::cli::client::{Api, Request};
use crate::cli::exit::{Exit, Failure};
use clap::ArgMatches;
use kernel::field::FieldType;
use kernel::resource::ResourceDef;
use serde_json::Value;

/// The id of the object that the command names.
pub async fn id(api: &Api, resource: &ResourceDef, matches: &ArgMatches) -> Result<String, Failure> {
    let word = matches.get_one::<String>("id").ok_or_else(|| Failure::usage("quarterdeck: which one? Give an id"))?;
    by_word(api, resource, word).await
}

pub fn is_id(word: &str) -> bool {
    word.len() == 36 && word.char_indices().all(|(i, c)| if matches!(i, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

/// The id as it is, or the id of the only object whose title or unique word is exactly this.
///
/// # Errors
/// `NotFound` when there is none; `Usage` naming the ids when there are several.
pub async fn by_word(api: &Api, resource: &ResourceDef, word: &str) -> Result<String, Failure> {
    if is_id(word) {
        return Ok(word.to_owned());
    }
    let fields: Vec<(&str, FieldType)> = resource
        .fields
        .iter()
        .filter(|f| {
            f.filter
                && !f.secret
                && (f.unique || f.name == resource.title_field || f.name == "name")
                && matches!(f.kind, FieldType::Text | FieldType::Email)
        })
        .map(|f| (f.name, f.kind))
        .collect();
    if fields.is_empty() {
        return Err(Failure::usage(format!("quarterdeck: {word} is not an id; {} can only be named by id", resource.label.to_lowercase())));
    }
    let any = fields.iter().map(|(field, kind)| format!("{field}.eq.{}", quoted(word, *kind))).collect::<Vec<_>>().join(",");
    let query = [("or".to_owned(), format!("({any})")), ("limit".to_owned(), "3".to_owned())];
    let path = format!("/{}", resource.name);
    let reply = api.send(Request { query: &query, ..Request::get(&path) }).await?;
    let found: Vec<&str> = reply.body.as_array().into_iter().flatten().filter_map(|row: &Value| row["id"].as_str()).collect();
    match found.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Failure::new(
            Exit::NotFound,
            format!(
                "quarterdeck: no {} has the {} {word}",
                super::args::one(resource),
                fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" or ")
            ),
        )),
        many => Err(Failure::usage(format!(
            "quarterdeck: several {} are called {word}; give the id: {}",
            resource.label.to_lowercase(),
            many.join(", ")
        ))),
    }
}

/// A word as the value of a condition. Addresses are kept in lower case, however they are typed.
pub fn quoted(word: &str, kind: FieldType) -> String {
    let word = if kind == FieldType::Email { word.trim().to_lowercase() } else { word.to_owned() };
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}
