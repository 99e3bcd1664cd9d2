//! What PostgreSQL refuses about a list, as a problem that names the request parameter.

use super::sql::{Origins, Param};
use super::transaction::Failure;
use crate::problem::{Kind, Problem};
use tokio_postgres::error::{DbError, ErrorPosition, SqlState};

/// Longest message passed on: PostgreSQL repeats the value in it.
const MAX_MESSAGE: usize = 300;

/// Why a read is refused whose transaction was left in another role.
pub const LEFT: &str =
    "A function, view or policy of this database tried to leave the role that it runs in. It was stopped: nothing was shown or changed";

pub(crate) fn problem(failure: Failure, sql: &str, params: &[Param], origins: &Origins) -> Problem {
    let error = match failure {
        Failure::Unreadable(unreadable) => return Problem::internal(unreadable),
        Failure::Left(error) if error.as_db_error().is_some() => return Problem::refused(LEFT).because(error),
        Failure::Left(error) => return error.into(),
        Failure::Database(error) => error,
    };
    let Some(db) = error.as_db_error() else { return error.into() };
    if *db.code() == SqlState::UNDEFINED_COLUMN {
        return Problem::new(Kind::NotFound, "A column of this table is not there any more. Load the table again.").because(error);
    }
    let bound = bound_value(db).and_then(|i| origins.params.get(i));
    if !is_about_input(db, bound) {
        return error.into();
    }
    let origin = bound.or_else(|| place(db, sql, origins)).or_else(|| at_run_time(db, origins));
    match origin.map(String::as_str) {
        Some("cursor") => Problem::filter("cursor", "is not a cursor of this list; take it from Next-Cursor or Prev-Cursor"),
        Some(origin) if !origin.is_empty() => Problem::filter(origin, message(db)),
        // One request parameter only: it must be that one.
        _ => match only(origins) {
            Some(origin) if !params.is_empty() => Problem::filter(origin, message(db)),
            _ => return error.into(),
        },
    }
    .because(error)
}

/// The same for a statement of the caller's own, of which only the values from `$first` on are ours.
pub(crate) fn part(error: tokio_postgres::Error, origins: &Origins, first: usize) -> Problem {
    let Some(db) = error.as_db_error() else { return error.into() };
    // Counted from 1 by PostgreSQL, from `first` by the statement.
    let bound = bound_value(db).and_then(|i| (i + 1).checked_sub(first)).and_then(|i| origins.params.get(i));
    if !is_about_input(db, bound) {
        return error.into();
    }
    match bound.or_else(|| at_run_time(db, origins)).filter(|o| !o.is_empty()) {
        Some(origin) => Problem::filter(origin, message(db)).because(error),
        None => error.into(),
    }
}

/// Codes that a value, or an operator on a type, can cause. `bound`: the value that PostgreSQL was reading.
fn is_about_input(db: &DbError, bound: Option<&String>) -> bool {
    let code = db.code();
    code.code().starts_with("22")
        || bound.is_some() && is_harmless(code)
        || *code == SqlState::SYNTAX_ERROR && db.message().contains("tsquery")
        || [
            SqlState::UNDEFINED_FUNCTION,
            SqlState::AMBIGUOUS_FUNCTION,
            SqlState::UNDEFINED_OBJECT,
            SqlState::DATATYPE_MISMATCH,
            SqlState::INDETERMINATE_DATATYPE,
            SqlState::CANNOT_COERCE,
            SqlState::WRONG_OBJECT_TYPE,
            SqlState::STATEMENT_TOO_COMPLEX,
        ]
        .contains(code)
}

/// Reading a value can fail with many codes (a name in it may not exist), and with none; these are about the server or rights.
fn is_harmless(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    !matches!(class, "08" | "40" | "53" | "54" | "55" | "57" | "58") && *code != SqlState::INSUFFICIENT_PRIVILEGE
}

/// The index of the bound value that PostgreSQL could not read: it says `… parameter $2 …` in the context.
fn bound_value(db: &DbError) -> Option<usize> {
    let (_, after) = db.where_()?.split_once("parameter $")?;
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after.get(..end)?.parse::<usize>().ok()?.checked_sub(1)
}

/// The request parameter of the SQL at which the error points; of several the innermost.
fn place<'o>(db: &DbError, sql: &str, origins: &'o Origins) -> Option<&'o String> {
    let Some(ErrorPosition::Original(position)) = db.position() else { return None };
    let (byte, _) = sql.char_indices().nth((*position as usize).checked_sub(1)?)?;
    origins.spans.iter().filter(|(range, _)| range.contains(&byte)).min_by_key(|(range, _)| range.len()).map(|(_, origin)| origin)
}

/// Errors that show only when rows are read.
fn at_run_time<'o>(db: &DbError, origins: &'o Origins) -> Option<&'o String> {
    let code = db.code();
    let risk = match *code {
        SqlState::SYNTAX_ERROR => Risk::TextSearch,
        SqlState::INVALID_REGULAR_EXPRESSION => Risk::Regex,
        SqlState::INVALID_ESCAPE_SEQUENCE => Risk::Pattern,
        _ => Risk::Cast,
    };
    origins.risks.iter().find(|(r, _)| *r == risk).map(|(_, origin)| origin)
}

/// A part of a query that can fail on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Risk {
    Regex,
    Pattern,
    TextSearch,
    Cast,
}

fn only(origins: &Origins) -> Option<&str> {
    let mut all = origins.params.iter().map(String::as_str).filter(|o| !o.is_empty());
    let first = all.next()?;
    all.all(|o| o == first).then_some(first)
}

fn message(db: &DbError) -> String {
    let mut message: String = db.message().chars().take(MAX_MESSAGE).collect();
    if message.len() < db.message().len() {
        message.push('…');
    }
    if *db.code() == SqlState::UNDEFINED_FUNCTION {
        message.push_str("; that operator doesn't work on this column's type");
    }
    message
}
