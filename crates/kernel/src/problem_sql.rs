//! What PostgreSQL refuses, in the caller's words: constraint errors land on their field,
//! a server that is away is 503, a statement that ran too long is 504.

use crate::problem::{FieldError, Kind, Problem, sentence};
use tokio_postgres::error::{DbError, SqlState};

/// A server that takes connections, or has them, and says nothing.
pub(crate) const SILENT: &str = "The database doesn't answer. Nothing was changed.";

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(_) if pgprepared::is_stale(&error) => {
                Problem::unavailable("A table has just been changed. Nothing was done; try again.").because(error)
            }
            Some(db) => from_db(db).because(error),
            None if error.is_closed() || is_io(&error) => {
                Problem::unavailable("The database can't be reached. Nothing was changed.").because(error)
            }
            None => Problem::internal(error),
        }
    }
}

impl From<deadpool_postgres::PoolError> for Problem {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(e) => {
                // A login that fails while the server starts or stops is "away" to the caller, whatever its code.
                Problem::unavailable("The database can't be reached. Nothing was changed.").because(e)
            }
            deadpool_postgres::PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => {
                Problem::unavailable("All database connections are busy. Nothing was changed.").because(error)
            }
            deadpool_postgres::PoolError::Timeout(_) => Problem::unavailable(SILENT).because(error),
            other => Problem::unavailable("No database connection could be had.").because(other),
        }
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

impl Problem {
    /// 504, of a statement that was stopped.
    #[must_use]
    pub fn too_long() -> Self {
        Self::new(Kind::Timeout, "The database needed too long. Narrow the filter, or add an index that serves it.")
    }
}

/// Whether a function of the database's own makers said this by `RAISE`, whose code is then of their choosing; known by the
/// place in the server that it comes from, which they can't choose.
#[must_use]
pub fn is_raised(db: &DbError) -> bool {
    db.routine() == Some("exec_stmt_raise") || matches!(db.code().code().get(..2), Some("38" | "39"))
}

fn from_db(db: &DbError) -> Problem {
    let code = db.code();
    let class = &code.code()[..2];
    match class {
        "23" => constraint(db),
        "22" => Problem::validation(vec![FieldError {
            field: db.column().unwrap_or_default().into(),
            code: "type".into(),
            message: sentence(db.message()),
        }]),
        "08" => Problem::unavailable("The database closed the connection. Nothing was changed."),
        "40" => Problem::conflict("Another change was made at the same moment. Try again.", None),
        "53" => Problem::unavailable(if *code == SqlState::DISK_FULL {
            "The database's disk is full. Nothing was changed; free space on it, then try again."
        } else {
            "The database is out of resources. Nothing was changed."
        }),
        "57" if *code == SqlState::QUERY_CANCELED => Problem::too_long(),
        "57" => Problem::unavailable("The database is restarting. Nothing was changed."),
        "58" => Problem::unavailable("The database can't read or write its files. Nothing was changed."),
        "25" if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Problem::refused("This database is read-only at the moment"),
        "42" if *code == SqlState::INSUFFICIENT_PRIVILEGE => Problem::refused(format!("The database refused: {}", db.message())),
        "42" if *code == SqlState::UNDEFINED_TABLE => Problem::new(Kind::NotFound, "That table is not there any more"),
        "P0" => Problem::new(Kind::Validation, sentence(db.message())),
        _ if is_raised(db) => Problem::new(Kind::Validation, sentence(db.message())),
        _ => Problem::new(Kind::Internal, "The fault is ours and has been logged. Give the request id to support."),
    }
}

/// A constraint error, at the field that its name or the server gives.
fn constraint(db: &DbError) -> Problem {
    let name = db.constraint().unwrap_or_default();
    let field = db.column().map(str::to_owned).unwrap_or_else(|| field_of(db.table().unwrap_or_default(), name));
    let (kind, code, message) = match *db.code() {
        SqlState::UNIQUE_VIOLATION => (Kind::Conflict, "unique", "This value is already taken".to_owned()),
        SqlState::FOREIGN_KEY_VIOLATION if db.message().starts_with("update or delete") => (
            Kind::Conflict,
            "referenced",
            format!("Other rows still reference this one ({})", sentence(db.detail().unwrap_or(db.message()))),
        ),
        SqlState::FOREIGN_KEY_VIOLATION => (Kind::Conflict, "reference", "What this points to doesn't exist".to_owned()),
        SqlState::NOT_NULL_VIOLATION => (Kind::Validation, "required", "This can't be empty".to_owned()),
        SqlState::CHECK_VIOLATION => (Kind::Validation, "check", format!("The rule {name} doesn't allow this value")),
        SqlState::EXCLUSION_VIOLATION => (Kind::Conflict, "exclusion", "This overlaps with another row".to_owned()),
        _ => (Kind::Validation, "constraint", sentence(db.message())),
    };
    let code = if name.is_empty() { code.to_owned() } else { format!("{code}:{name}") };
    let problem = Problem::new(kind, message.clone()).with_errors(vec![FieldError { field, code, message }]);
    if kind == Kind::Conflict { problem.titled("The database's rules don't allow this") } else { problem }
}

/// `users_email_key` on `users` → `email`: constraints are named `<table>_<field>_<kind>`.
fn field_of(table: &str, constraint: &str) -> String {
    let rest = constraint.strip_prefix(table).and_then(|r| r.strip_prefix('_')).unwrap_or(constraint);
    ["_key", "_check", "_fkey", "_excl", "_not_null"].iter().find_map(|suffix| rest.strip_suffix(suffix)).unwrap_or(rest).to_owned()
}

#[cfg(test)]
mod tests {
    use super::field_of;

    #[test]
    fn a_constraint_names_its_field() {
        assert_eq!(field_of("users", "users_email_key"), "email");
        assert_eq!(field_of("dashboard_users", "dashboard_users_role_id_fkey"), "role_id");
        assert_eq!(field_of("users", "odd"), "odd");
    }
}
