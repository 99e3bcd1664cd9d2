//! Reading a list of changes, so that every error says at which of them it is.

use super::change::Change;
use kernel::problem::FieldError;
use kernel::{Problem, Result};
use serde_json::{Value, json};

/// Most changes in one list.
const MOST: usize = 50;

/// What a body looks like, for the document and for errors.
#[must_use]
pub fn list_schema() -> Value {
    json!({"type": "array", "minItems": 1, "maxItems": MOST, "items": {"type": "object", "required": ["change"],
        "properties": {"change": {"type": "string", "enum": names()}}}})
}

fn variants() -> Vec<Value> {
    kernel::action::schema_of::<Change>()["oneOf"].as_array().cloned().unwrap_or_default()
}

fn names() -> Vec<Value> {
    variants().iter().map(|variant| variant["properties"]["change"]["const"].clone()).collect()
}

/// Reads a list of changes: every error says at which of them.
///
/// # Errors
/// 422 with the errors at their fields.
pub fn read(given: &[Value]) -> Result<Vec<Change>> {
    let variants = variants();
    given.iter().enumerate().map(|(place, one)| within(place, read_one(one, &variants))).collect()
}

fn read_one(given: &Value, variants: &[Value]) -> Result<Change> {
    let variant = variants.iter().find(|variant| variant["properties"]["change"]["const"] == given["change"]);
    if let Some(variant) = variant {
        kernel::input::check(variant, given)?;
    }
    kernel::input::parse(given.clone())
}

/// Says at which change a problem is.
///
/// # Errors
/// The problem, with its fields below that change.
pub fn within<T>(place: usize, outcome: Result<T>) -> Result<T> {
    outcome.map_err(|problem| {
        if problem.errors().is_empty() {
            return problem.with_default("change", place);
        }
        let at = |field: &str| if field.is_empty() { format!("changes.{place}") } else { format!("changes.{place}.{field}") };
        let errors = problem.errors().iter().map(|e| FieldError { field: at(&e.field), ..e.clone() }).collect();
        Problem::validation(errors).because(problem)
    })
}
