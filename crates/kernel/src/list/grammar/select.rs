//! Reading `select=a,b,alias:c,d::text,doc->a->>b`.

use super::MAX_SELECT;
use super::check::{self, Use};
use super::scan::Scan;
use super::tree::{Field, Item, Selection, Step};
use crate::list::relation::Relation;
use crate::problem::Problem;

/// The types a column can be cast to. A fixed list: the name goes into the SQL.
pub(super) const CASTS: [&str; 25] = [
    "text",
    "text[]",
    "varchar",
    "int2",
    "smallint",
    "int4",
    "int",
    "integer",
    "int8",
    "bigint",
    "numeric",
    "float4",
    "real",
    "float8",
    "bool",
    "boolean",
    "uuid",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "json",
    "jsonb",
    "bytea",
];

const EMBEDDING: &str = "embedding other tables isn't offered here; list that table by itself";

pub(super) fn select(relation: &Relation, text: &str) -> Result<Selection, Problem> {
    let mut scan = Scan::new("select", text);
    let mut items: Vec<Item> = Vec::new();
    if text.is_empty() {
        return Ok(Selection::default());
    }
    loop {
        if items.len() >= MAX_SELECT {
            return Err(scan.problem(format!("at most {MAX_SELECT} columns")));
        }
        if scan.eat("*") {
            let all = relation.columns.iter().filter(|c| c.selectable);
            items.extend(all.map(|c| Item { key: c.name.clone(), field: Field::column(c.name.clone()), cast: None }));
        } else {
            items.push(item(relation, &mut scan)?);
        }
        if scan.is_done() {
            break;
        }
        if !scan.eat(",") {
            return Err(scan.expected("a comma"));
        }
    }
    let mut seen = std::collections::HashSet::new();
    for item in &items {
        if !seen.insert(item.key.as_str()) {
            let key = check::shown(&item.key);
            return Err(
                scan.problem(format!("{key} would be there twice; give one of them another name, as in other:{}", item.field.column))
            );
        }
    }
    Ok(Selection { items })
}

fn item(relation: &Relation, scan: &mut Scan<'_>) -> Result<Item, Problem> {
    if scan.rest().starts_with("...") {
        return Err(scan.problem(EMBEDDING));
    }
    let stop = |c: char| matches!(c, ',' | ':' | '(' | '.' | '!');
    let first = scan.name(stop)?;
    let (alias, column) = if scan.peek() == Some(':') && !scan.rest().starts_with("::") {
        scan.eat(":");
        (Some(first), scan.name(stop)?)
    } else {
        (None, first)
    };
    if column.is_empty() {
        return Err(scan.expected("a column"));
    }
    if matches!(scan.peek(), Some('(' | '!')) {
        return Err(scan.problem(EMBEDDING));
    }
    if scan.peek() == Some('.') {
        return Err(scan.problem("aggregates aren't offered here; a column name with a dot goes in double quotes"));
    }
    let found = check::column(relation, "select", &column, Use::Select)?;
    let field = Field { steps: scan.steps(stop)?, column };
    check::kind(found, "select", &field)?;
    let cast = if scan.eat("::") { Some(casting(scan)?) } else { None };
    let key = alias.filter(|a| !a.is_empty()).unwrap_or_else(|| default_key(&field));
    if key == "$version" || key == "$short" {
        return Err(scan.problem(format!("{key} is taken; choose another name")));
    }
    Ok(Item { key, field, cast })
}

/// A type that values can be cast to, by its name.
#[must_use]
pub fn cast(name: &str) -> Option<&'static str> {
    CASTS.iter().find(|cast| **cast == name).copied()
}

fn casting(scan: &mut Scan<'_>) -> Result<&'static str, Problem> {
    let name = scan.take_until(|c| matches!(c, ',' | ':' | '(' | '.'));
    cast(name).ok_or_else(|| scan.problem(format!("can't cast to {}; casts: {}", check::shown(name), CASTS.join(", "))))
}

/// The last key of the path, else the column.
fn default_key(field: &Field) -> String {
    let last_key = field.steps.iter().rev().find_map(|step| match step {
        Step::Key(key) | Step::KeyText(key) => Some(key),
        Step::Index(_) | Step::IndexText(_) => None,
    });
    last_key.unwrap_or(&field.column).clone()
}
