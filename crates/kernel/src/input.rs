//! From bytes to typed input: every error names its field and says what to do.

use crate::problem::{FieldError, Problem, Result};
use bytes::Bytes;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads a JSON body; an empty body is an empty object.
///
/// # Errors
/// 400 saying where the text stops being JSON.
pub fn json(body: &Bytes) -> Result<Value> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body).map_err(|e| Problem::malformed(format!("The body is not JSON: {e}. Send application/json.")))
}

/// Checks a value against a schema of our own making.
///
/// # Errors
/// 422 with every error at its field.
pub fn check(schema: &Value, value: &Value) -> Result<()> {
    let validator = validator(schema)?;
    let mut errors: Vec<FieldError> = validator.iter_errors(value).flat_map(|e| explain(&e)).collect();
    errors.dedup();
    unseen(schema, value, "", &mut errors);
    if errors.is_empty() { Ok(()) } else { Err(Problem::validation(errors)) }
}

/// Control characters drive what shows them; in short texts, what turns the writing around makes one pass for another.
fn unseen(schema: &Value, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let short = || schema["maxLength"].as_u64().is_some_and(|most| most <= 200);
    let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') && short();
    let bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r') || turns(c);
    match value {
        Value::String(text) if schema["format"] != "password" && text.contains(bad) => {
            errors.extend_from_slice(Problem::field(path, "characters", "Type it anew: it has characters that can't be seen").errors());
        }
        Value::Array(items) => items.iter().for_each(|item| unseen(&schema["items"], item, path, errors)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            unseen(&Value::Null, &name.as_str().into(), path, errors);
            unseen(&schema["properties"][name], value, format!("{path}.{name}").trim_start_matches('.'), errors);
        }),
        _ => {}
    }
}

fn validator(schema: &Value) -> Result<Validator> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .build(schema)
        .map_err(|e| Problem::internal(format!("a declared schema is wrong: {e}")))
}

/// Reads input that already passed its schema. `()` reads from any object.
///
/// # Errors
/// 422 where the type is stricter than its schema.
pub fn parse<I: DeserializeOwned>(value: Value) -> Result<I> {
    if std::any::type_name::<I>() == "()" {
        return serde_json::from_value(Value::Null).map_err(Problem::internal);
    }
    serde_json::from_value(value).map_err(|e| Problem::field("", "type", e.to_string()))
}

/// Reads an object that came out of the database.
///
/// # Errors
/// 500: the declaration and the type disagree.
pub fn stored<T: DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value).map_err(|e| Problem::internal(format!("{} doesn't fit its declaration: {e}", std::any::type_name::<T>())))
}

fn explain(error: &ValidationError<'_>) -> Vec<FieldError> {
    let path = error.instance_path().as_str().trim_start_matches('/').replace('/', ".");
    let at = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let one = |field: String, code: &str, message: String| vec![FieldError { field, code: code.into(), message }];
    match error.kind() {
        ValidationErrorKind::Required { property } => one(at(property.as_str().unwrap_or_default()), "required", "This is required".into()),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.iter().flat_map(|name| one(at(name), "unknown", format!("There is no field {name} here"))).collect()
        }
        ValidationErrorKind::MinLength { limit: 1 } => one(path, "required", "This can't be empty".into()),
        ValidationErrorKind::MinLength { limit } => one(path, "too_short", format!("At least {limit} characters")),
        ValidationErrorKind::MaxLength { limit } => one(path, "too_long", format!("At most {limit} characters")),
        ValidationErrorKind::Minimum { limit } => one(path, "range", format!("At least {limit}")),
        ValidationErrorKind::Maximum { limit } => one(path, "range", format!("At most {limit}")),
        ValidationErrorKind::Enum { options } => one(path, "choice", format!("One of {}", listed(options))),
        ValidationErrorKind::Format { format } => one(path, "format", expected(format)),
        ValidationErrorKind::Type { kind } => one(path, "type", format!("This must be {}", named(kind))),
        _ => one(path, "invalid", error.to_string()),
    }
}

fn listed(options: &Value) -> String {
    let Some(options) = options.as_array() else { return options.to_string() };
    options.iter().filter(|o| !o.is_null()).map(|o| o.as_str().map_or_else(|| o.to_string(), str::to_owned)).collect::<Vec<_>>().join(", ")
}

fn named(kind: &TypeKind) -> String {
    let name = |t: jsonschema::JsonType| match t {
        jsonschema::JsonType::String => "text",
        jsonschema::JsonType::Integer => "a whole number",
        jsonschema::JsonType::Number => "a number",
        jsonschema::JsonType::Boolean => "true or false",
        jsonschema::JsonType::Array => "a list",
        jsonschema::JsonType::Object => "an object",
        jsonschema::JsonType::Null => "null",
    };
    match kind {
        TypeKind::Single(one) => name(*one).to_owned(),
        TypeKind::Multiple(many) => many.iter().map(name).collect::<Vec<_>>().join(" or "),
    }
}

fn expected(format: &str) -> String {
    match format {
        "email" => "Enter an e-mail address, such as ada@example.com".into(),
        "uri" => "Enter a full address, such as https://example.com".into(),
        "uuid" => "This must be an id (a UUID)".into(),
        "date" => "Enter a date, such as 2026-11-20".into(),
        "date-time" => "Enter a time with its zone, such as 2026-11-20T06:00:00Z".into(),
        other => format!("This must be a valid {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(schema: &Value, value: Value) -> Vec<(String, String)> {
        match check(schema, &value) {
            Ok(()) => Vec::new(),
            Err(problem) => problem.errors().iter().map(|e| (e.field.clone(), e.code.clone())).collect(),
        }
    }

    #[test]
    fn every_error_is_at_its_field() {
        let schema = json!({"type": "object", "additionalProperties": false, "required": ["email"], "properties": {
            "email": {"type": "string", "format": "email"}, "age": {"type": "integer", "minimum": 0}, "state": {"enum": ["on", "off"]} }});
        assert!(codes(&schema, json!({"email": "ada@example.com", "age": 3, "state": "on"})).is_empty());
        assert_eq!(codes(&schema, json!({})), [("email".into(), "required".into())]);
        let mut found = codes(&schema, json!({"email": "x", "age": "3", "state": "up", "extra": 1}));
        found.sort();
        let expected = [("age", "type"), ("email", "format"), ("extra", "unknown"), ("state", "choice")];
        assert_eq!(found, expected.map(|(f, c)| (f.to_owned(), c.to_owned())));
    }

    #[test]
    fn what_nobody_sees_is_refused_where_it_could_deceive() {
        let schema = json!({"type": "object", "properties": {
            "name": {"type": "string", "maxLength": 120}, "text": {"type": "string"}, "password": {"type": "string", "format": "password"}, "tags": {"type": "array"}, "more": {"type": "object"}}});
        let at = |value: Value| codes(&schema, value).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        for good in ["Żółć", "עברית", "\u{200f}شكر", "two\nlines", "👩‍🚀", "a\tb"] {
            assert!(at(json!({"name": good})).is_empty(), "{good}");
        }
        for bad in ["a\u{0}b", "a\u{1b}[2J", "a\u{7f}", "a\u{85}b", "exe.\u{202e}gpj", "\u{2066}a"] {
            assert_eq!(at(json!({"name": bad})), ["name"], "{bad:?}");
        }
        assert!(at(json!({"text": "\u{202a}12345", "password": "a\u{1b}b"})).is_empty());
        assert_eq!(at(json!({"text": "\u{0}", "tags": ["\u{7}"], "more": {"a": {"b": "\u{0}"}}})), ["text", "tags", "more.a.b"]);
        assert_eq!(at(json!({"more": {"\u{0}": 1}})), ["more"]);
    }

    #[test]
    fn a_body_that_is_not_json_is_malformed() {
        assert!(json(&Bytes::from_static(b"{")).is_err());
        assert_eq!(json(&Bytes::from_static(b" ")).unwrap(), json!({}));
    }
}
