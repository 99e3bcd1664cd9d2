//! `PUT`: the one row of a key as it is to be, whether it is there already or not.

use super::prefer::Prefer;
use super::record::Record;
use crate::catalogue::Table;
use kernel::list::Node;
use kernel::list::grammar::{Operator, Value};
use kernel::problem::Kind;
use kernel::{Call, Problem, Result};

/// Whether filter and body are about one and the same row, and the body is all of it.
///
/// # Errors
/// 405 when the filter isn't the primary key and nothing else; 400 when the body is another row, or a part of one.
pub fn check(call: &Call, table: &Table, filter: &[Node], records: &[Record], prefer: &Prefer) -> Result<()> {
    let key = &table.primary_key;
    let wanted: Vec<(&str, &str)> = filter.iter().filter_map(equals).collect();
    if key.is_empty()
        || wanted.len() != filter.len()
        || wanted.len() != key.len()
        || !key.iter().all(|name| wanted.iter().any(|(n, _)| n == name))
    {
        let message = match key.as_slice() {
            [] => "This table has no primary key, so no one row can be put".to_owned(),
            key => format!(
                "PUT takes the whole primary key and nothing else: {}",
                key.iter().map(|k| format!("{k}=eq.…")).collect::<Vec<_>>().join("&")
            ),
        };
        return Err(Problem::new(Kind::Method, message).with("code", "PGRST105"));
    }
    if call.headers.contains_key("if-match") || ["columns", "on_conflict"].iter().any(|name| call.query_value(name).is_some()) {
        return Err(Problem::malformed("PUT takes neither If-Match nor columns or on_conflict; change a row by its version with PATCH"));
    }
    let [record] = records else {
        return Err(Problem::malformed(format!("PUT takes one row; the body has {}", records.len())));
    };
    if let Some((name, value)) = wanted.iter().find(|(name, value)| record.text(name) != *value) {
        return Err(
            Problem::malformed(format!("The body is another row than the filter says: its {name} is not {value}")).with("code", "PGRST115")
        );
    }
    let missing: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| column.writable && record.get(&column.name).is_none())
        .map(|column| column.name.as_str())
        .collect();
    if !missing.is_empty() && !prefer.missing_default {
        return Err(Problem::malformed(format!(
            "PUT takes the whole row; give {} too, or change a part of it with PATCH",
            missing.join(", ")
        )));
    }
    Ok(())
}

fn equals(node: &Node) -> Option<(&str, &str)> {
    match node {
        Node::Condition(c) if c.field.steps.is_empty() && !c.negated && c.operator == Operator::Eq => match &c.value {
            Value::One(value) => Some((&c.field.column, value)),
            _ => None,
        },
        _ => None,
    }
}
