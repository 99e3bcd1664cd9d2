//! What PostgreSQL refuses about a write, at the column it is about.

use crate::catalogue::Table;
use kernel::Problem;
use kernel::list::json::Unreadable;
use kernel::problem::{FieldError, Kind, sentence};
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// The problem of a failed write. `bound` names the column of each value in the statement, in order.
#[must_use]
pub fn problem(error: Error, table: &Table, bound: &[&str]) -> Problem {
    let Some(db) = error.as_db_error() else { return error.into() };
    let code = db.code().clone();
    let made = if code.code().starts_with("23") {
        constraint(db, table, bound)
    } else if code.code().starts_with("22") || is_unread(db, &code) {
        Some(value(db, bound))
    } else {
        other(db, &code, table)
    };
    match made {
        Some(problem) => problem.because(error),
        None => error.into(),
    }
}

/// Whether a type of an extension couldn't read its value. Such say it as errors of a statement, but at no place of one, or
/// (`hstore` before PostgreSQL 17) without any code, while a value is read.
fn is_unread(db: &DbError, code: &SqlState) -> bool {
    let is_at_none = db.position().is_none() && [SqlState::SYNTAX_ERROR, SqlState::NAME_TOO_LONG].contains(code);
    is_at_none || *code == SqlState::INTERNAL_ERROR && place(db).is_some()
}

/// Whether a statement found the table otherwise than the catalogue says.
#[must_use]
pub fn is_stale(problem: &Problem) -> bool {
    // A value that can't be read has another type than was expected.
    matches!(problem.kind(), Kind::NotFound | Kind::Internal)
}

/// Whether a write failed because the table isn't as the catalogue says: its statement was refused for what it names, or its
/// rows came in another form. Nothing was written then.
#[must_use]
pub fn is_outdated(problem: &Problem) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(problem), |cause| cause.source());
    causes.any(|cause| cause.is::<Unreadable>() || cause.downcast_ref::<Error>().and_then(Error::code).is_some_and(is_about_names))
}

fn is_about_names(code: &SqlState) -> bool {
    let known = [
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_TABLE,
        SqlState::DATATYPE_MISMATCH,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::WRONG_OBJECT_TYPE,
    ];
    known.contains(code) || code.code() == "0A000"
}

/// The number of the value that PostgreSQL could not read, from 0: it says `… parameter $2 …` in the context.
pub fn place(db: &DbError) -> Option<usize> {
    let (_, after) = db.where_()?.split_once("parameter $")?;
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    after.get(..end)?.parse::<usize>().ok()?.checked_sub(1)
}

fn value(db: &DbError, bound: &[&str]) -> Problem {
    let field = db
        .column()
        .or_else(|| place(db).and_then(|i| bound.get(i).copied()))
        // Of one column only it must be that one.
        .or_else(|| bound.first().copied().filter(|first| bound.iter().all(|name| name == first)))
        .unwrap_or_default();
    Problem::field(field, "type", sentence(db.message()))
}

fn constraint(db: &DbError, table: &Table, bound: &[&str]) -> Option<Problem> {
    let name = db.constraint().unwrap_or_default();
    let is_here = db.table().is_none_or(|t| t == table.name);
    let columns = match db.column() {
        Some(column) => vec![column.to_owned()],
        // The rule of a domain: it is about the values written to columns of that type.
        None if db.datatype().is_some() => of_domain(db, table, bound),
        None if is_here => table.columns_of(name),
        None => Vec::new(),
    };
    let code = db.code();
    let (kind, slug, message) = if *code == SqlState::UNIQUE_VIOLATION {
        (Kind::Conflict, "unique", "This value is already taken".to_owned())
    } else if *code == SqlState::FOREIGN_KEY_VIOLATION && db.message().starts_with("update or delete") {
        (Kind::Conflict, "referenced", format!("Other rows still reference this one. {}", db.detail().unwrap_or_default()))
    } else if *code == SqlState::FOREIGN_KEY_VIOLATION {
        (Kind::Conflict, "reference", "What this points to doesn't exist".to_owned())
    } else if *code == SqlState::CHECK_VIOLATION {
        let rule = table
            .checks
            .iter()
            .find(|check| check.name == name)
            .map_or_else(|| name.to_owned(), |check| format!("{name}, {}", check.definition));
        (Kind::Validation, "check", format!("The rule {rule} doesn't allow this value"))
    } else if *code == SqlState::NOT_NULL_VIOLATION {
        (Kind::Validation, "required", "This can't be NULL".to_owned())
    } else if *code == SqlState::EXCLUSION_VIOLATION {
        (Kind::Conflict, "exclusion", "This overlaps with another row".to_owned())
    } else {
        return None;
    };
    let code = if name.is_empty() { slug.to_owned() } else { format!("{slug}:{name}") };
    let fields = if columns.is_empty() { vec![String::new()] } else { columns };
    let detail = fields.first().filter(|f| !f.is_empty()).map_or_else(|| message.clone(), |_| format!("{}: {message}", fields.join(", ")));
    let errors = fields.into_iter().map(|field| FieldError { field, code: code.clone(), message: message.clone() }).collect();
    let problem = Problem::new(kind, detail).with_errors(errors);
    Some(if kind == Kind::Conflict { problem.titled("The database's rules don't allow this") } else { problem })
}

fn of_domain(db: &DbError, table: &Table, bound: &[&str]) -> Vec<String> {
    let named = db.datatype().unwrap_or_default();
    let is_of_it = |type_name: &str| type_name == named || type_name.rsplit('.').next().is_some_and(|last| last.trim_matches('"') == named);
    table.columns.iter().filter(|c| bound.contains(&c.name.as_str()) && is_of_it(&c.type_name)).map(|c| c.name.clone()).collect()
}

fn other(db: &DbError, code: &SqlState, table: &Table) -> Option<Problem> {
    let named = format!("{}.{}", table.schema, table.name);
    Some(if *code == SqlState::UNDEFINED_TABLE || *code == SqlState::INVALID_SCHEMA_NAME {
        Problem::new(Kind::NotFound, format!("The table {named} is not there any more"))
    } else if *code == SqlState::UNDEFINED_COLUMN {
        Problem::new(Kind::NotFound, format!("A column of {named} is not there any more. Load the table again."))
    } else if *code == SqlState::LOCK_NOT_AVAILABLE {
        Problem::new(Kind::Timeout, "Somebody else holds this row or table. Nothing was changed; try again.")
    } else if [
        SqlState::DATATYPE_MISMATCH,
        SqlState::GENERATED_ALWAYS,
        SqlState::INVALID_COLUMN_REFERENCE,
        SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE,
        SqlState::CARDINALITY_VIOLATION,
    ]
    .contains(code)
    {
        Problem::new(Kind::Validation, sentence(db.message()))
    } else {
        return None;
    })
}
