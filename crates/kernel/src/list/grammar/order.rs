//! Reading `order=a.desc.nullslast,b`.

use super::MAX_ORDER;
use super::check::{self, Use};
use super::scan::Scan;
use super::tree::{Direction, Nulls, OrderKey};
use crate::list::relation::Relation;
use crate::list::types::Kind;
use crate::problem::Problem;

pub(super) fn order(relation: &Relation, text: &str) -> Result<Vec<OrderKey>, Problem> {
    let mut scan = Scan::new("order", text);
    let mut keys: Vec<OrderKey> = Vec::new();
    if text.is_empty() {
        return Ok(keys);
    }
    loop {
        if keys.len() == MAX_ORDER {
            return Err(scan.problem(format!("at most {MAX_ORDER} columns")));
        }
        let key = key(relation, &mut scan)?;
        // A column that was named before is decided already; saying it again changes nothing.
        if !keys.iter().any(|k| k.field == key.field) {
            keys.push(key);
        }
        if scan.is_done() {
            return Ok(keys);
        }
        if !scan.eat(",") {
            return Err(scan.expected("a comma, .asc, .desc, .nullsfirst or .nullslast"));
        }
    }
}

fn key(relation: &Relation, scan: &mut Scan<'_>) -> Result<OrderKey, Problem> {
    let field = scan.field(|c| matches!(c, '.' | ',' | '('))?;
    if scan.peek() == Some('(') {
        return Err(scan.problem("ordering by an embedded relation isn't offered here"));
    }
    let column = check::column(relation, "order", &field.column, Use::Order)?;
    if check::kind(column, "order", &field)? == Kind::Json {
        return Err(scan.problem(format!("{} is json, which has no order; take a text out of it with ->>", check::shown(&column.name))));
    }
    let direction = if scan.eat(".desc") {
        Direction::Descending
    } else {
        scan.eat(".asc");
        Direction::Ascending
    };
    let nulls = if scan.eat(".nullsfirst") {
        Some(Nulls::First)
    } else if scan.eat(".nullslast") {
        Some(Nulls::Last)
    } else {
        None
    };
    Ok(OrderKey { field, direction, nulls })
}
