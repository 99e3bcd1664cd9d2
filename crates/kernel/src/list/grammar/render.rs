//! The way back: a tree as parameters. Saved views and bulk actions keep filters as text.

use super::operator::Quantifier;
use super::tree::{Condition, Field, Is, Node, Step, Value};

/// The filters as parameters, not yet percent-encoded. Reading them gives the same tree.
#[must_use]
pub fn render(nodes: &[Node]) -> Vec<(String, String)> {
    nodes.iter().map(parameter).collect()
}

fn parameter(node: &Node) -> (String, String) {
    match node {
        Node::Condition(c) => (key(&c.field), operation(c, false)),
        Node::Group { negated, any, nodes } => (group_name(*negated, *any).to_owned(), group(nodes)),
    }
}

/// A whole column name stands for itself, unless the grammar has a meaning for that word.
fn key(of: &Field) -> String {
    let reserved = ["select", "order", "limit", "offset", "cursor", "search", "and", "or", "not.and", "not.or"];
    if of.steps.is_empty() {
        if reserved.contains(&of.column.as_str()) { quoted(&of.column) } else { of.column.clone() }
    } else {
        field(of)
    }
}

fn group_name(negated: bool, any: bool) -> &'static str {
    match (negated, any) {
        (false, false) => "and",
        (false, true) => "or",
        (true, false) => "not.and",
        (true, true) => "not.or",
    }
}

fn group(nodes: &[Node]) -> String {
    let inner: Vec<String> = nodes
        .iter()
        .map(|node| match node {
            Node::Condition(c) => format!("{}.{}", field(&c.field), operation(c, true)),
            Node::Group { negated, any, nodes } => format!("{}{}", group_name(*negated, *any), group(nodes)),
        })
        .collect();
    format!("({})", inner.join(","))
}

/// A field as it is written in a group, in `select` and in `order`; names that need it are quoted.
#[must_use]
pub(crate) fn field(field: &Field) -> String {
    let mut text = name(&field.column);
    for step in &field.steps {
        match step {
            Step::Key(key) => text.extend(["->", key_name(key).as_str()]),
            Step::KeyText(key) => text.extend(["->>", key_name(key).as_str()]),
            Step::Index(i) => text.push_str(&format!("->{i}")),
            Step::IndexText(i) => text.push_str(&format!("->>{i}")),
        }
    }
    text
}

fn name(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    if plain && !matches!(name, "and" | "or") { name.to_owned() } else { quoted(name) }
}

/// A key that looks like an index must be quoted to stay a key.
fn key_name(key: &str) -> String {
    if key.parse::<i32>().is_ok() { quoted(key) } else { name(key) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

fn operation(condition: &Condition, nested: bool) -> String {
    let not = if condition.negated { "not." } else { "" };
    let operator = condition.operator.name();
    let single = |text: &str| if nested { quoted(text) } else { text.to_owned() };
    match &condition.value {
        Value::One(text) => format!("{not}{operator}.{}", single(text)),
        Value::Quantified(Quantifier::Any, array) => format!("{not}{operator}(any).{}", single(array)),
        Value::Quantified(Quantifier::All, array) => format!("{not}{operator}(all).{}", single(array)),
        Value::List(values) => {
            let values: Vec<String> = values.iter().map(|v| quoted(v)).collect();
            format!("{not}{operator}.({})", values.join(","))
        }
        Value::Is(is) => {
            let word = match is {
                Is::Null => "null",
                Is::NotNull => "not_null",
                Is::True => "true",
                Is::False => "false",
                Is::Unknown => "unknown",
            };
            format!("{not}{operator}.{word}")
        }
        Value::Search { config: Some(config), text } => format!("{not}{operator}({config}).{}", single(text)),
        Value::Search { config: None, text } => format!("{not}{operator}.{}", single(text)),
    }
}
