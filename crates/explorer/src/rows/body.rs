//! What a write sends: rows, checked against the table's columns before anything is asked of the database.

use super::record::Record;
use super::{csv, value};
use crate::catalogue::{Column, Table};
use kernel::list::Param;
use kernel::problem::FieldError;
use kernel::problem::Kind;
use kernel::{Call, Problem, Result};
use serde_json::value::RawValue;

/// Most rows in one insert.
pub const MOST_ROWS: usize = 10_000;

/// The rows of an insert, and whether they came as a list.
///
/// # Errors
/// 400 when the body is not an object or a list of objects; 413 when there are too many.
pub fn rows(call: &Call, table: &Table) -> Result<Vec<Record>> {
    let kind = call.header("content-type").and_then(|kind| kind.split(';').next()).map(|kind| kind.trim().to_ascii_lowercase());
    let rows = match kind.as_deref() {
        Some("text/csv") => csv::records(table, &call.body)?,
        Some("application/x-www-form-urlencoded") => vec![form(table, &call.body)?],
        _ => json(call)?,
    };
    if rows.len() > MOST_ROWS {
        return Err(Problem::new(Kind::TooLarge, format!("{} rows at once are too many; send at most {MOST_ROWS}", rows.len())));
    }
    Ok(rows)
}

/// One row, as a form sends it.
fn form(table: &Table, body: &[u8]) -> Result<Record> {
    let mut row = Record::default();
    for (name, text) in url::form_urlencoded::parse(body).into_owned() {
        if row.get(&name).is_some() {
            return Err(Problem::malformed(format!("The form gives {name} twice")));
        }
        let value = csv::json(table.column(&name), Some(&text), 1)?;
        row.0.push((name, value));
    }
    Ok(row)
}

fn json(call: &Call) -> Result<Vec<Record>> {
    check_type(call)?;
    let body = call.body.trim_ascii();
    match body.first() {
        None => Err(Problem::malformed("The body is empty; send an object of columns and values, or a list of them")),
        Some(b'[') => serde_json::from_slice::<Vec<Record>>(body).map_err(wrong),
        Some(_) => serde_json::from_slice::<Record>(body).map(|one| vec![one]).map_err(wrong),
    }
}

fn wrong(error: serde_json::Error) -> Problem {
    Problem::malformed(format!("The body is not an object of columns and values, or a list of them: {error}"))
}

/// The one row of an update; of its columns those that `columns` names, where it does.
///
/// # Errors
/// 400 when the body is not one object, or gives nothing to change.
pub fn row(call: &Call, table: &Table) -> Result<Record> {
    let mut rows = rows(call, table)?;
    let (Some(mut row), true, false) = (rows.pop(), rows.is_empty(), call.body.trim_ascii().starts_with(b"[")) else {
        return Err(Problem::malformed("The body is not an object of columns and new values"));
    };
    if let Some(columns) = named(call, "columns") {
        row.0.retain(|(name, _)| columns.contains(name));
    }
    if row.0.is_empty() {
        return Err(Problem::malformed("The body gives nothing to change; send an object of columns and new values"));
    }
    Ok(row)
}

/// Columns that a parameter lists, each once.
pub fn named(call: &Call, parameter: &str) -> Option<Vec<String>> {
    let given = call.query_value(parameter).filter(|given| !given.is_empty())?;
    let mut names: Vec<String> = Vec::new();
    for name in given.split(',').map(|name| name.trim().trim_matches('"')) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    Some(names)
}

/// Only JSON is read here.
///
/// # Errors
/// 415 when the body says that it is something else.
pub fn check_type(call: &Call) -> Result<()> {
    match call.header("content-type") {
        Some(kind)
            if !kind
                .split(';')
                .next()
                .is_some_and(|k| k.trim().eq_ignore_ascii_case("application/json") || k.trim().ends_with("+json")) =>
        {
            Err(Problem::new(Kind::MediaType, format!("{kind} can't be read here; send application/json")))
        }
        _ => Ok(()),
    }
}

/// A column that a caller wants to write.
///
/// # Errors
/// What is wrong with it: unknown (with the nearest that exists), hidden, made by the database, or of a type that isn't known.
pub fn writable<'t>(table: &'t Table, name: &str) -> Result<&'t Column, FieldError> {
    let wrong = |code: &str, message: String| FieldError { field: name.to_owned(), code: code.into(), message };
    match table.column(name) {
        Some(column) if column.writable => Ok(column),
        Some(column) if column.generated || column.identity == Some("always") => {
            Err(wrong("generated", format!("The database makes the values of {name} itself")))
        }
        Some(column) if column.sensitive && !column.readable => {
            Err(wrong("sensitive", format!("{name} is sensitive: say why you want to see it, then it can be changed")))
        }
        Some(Column { unknown_type: Some(ty), readable: true, .. }) => {
            Err(wrong("unknown_type", format!("Read-only: the type {ty} is not known here, so {name} is only shown; change it with SQL")))
        }
        Some(column) if column.readable => Err(wrong("read_only", format!("The login of this source may not write {name}"))),
        _ => Err(wrong("unknown", unknown(table, name))),
    }
}

fn unknown(table: &Table, name: &str) -> String {
    let shown: String = name.chars().take(60).collect();
    let nearest = table
        .columns
        .iter()
        .filter(|c| c.readable)
        .map(|c| (strsim::damerau_levenshtein(&shown.to_lowercase(), &c.name.to_lowercase()), c.name.as_str()))
        .min()
        .filter(|(distance, known)| *distance <= 2.max(known.chars().count() / 2));
    match nearest {
        Some((_, nearest)) => format!("There is no column {shown}; did you mean {nearest}?"),
        None => format!("There is no column {shown}"),
    }
}

/// A value bound for its column.
///
/// # Errors
/// See [`value::text`].
pub fn bound(column: &Column, json: &RawValue) -> Result<Param, FieldError> {
    value::text(column, json).map(Param)
}
