//! Which rows a refusal of PostgreSQL is about. What can't be told is found by halves.

use super::batch::Batch;
use super::settings::Plan;
use super::sql::WAITING;
use crate::rows::failure;
use kernel::problem::sentence;
use std::ops::Range;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// Whether a refusal is about a row, so that others may still fit. `guarded`: whether row policies or a view may refuse
/// single rows, which PostgreSQL says as it says that the whole table is refused.
pub fn is_about_a_row(db: &DbError, guarded: bool) -> bool {
    let code = db.code();
    // 22: values; 23: rules; 44: the rule of a view.
    matches!(code.code().get(..2), Some("22" | "23" | "44"))
        || (guarded && *code == SqlState::INSUFFICIENT_PRIVILEGE)
        // What triggers say, what no index can hold, and two rows that turn out to mean the same one.
        || [SqlState::RAISE_EXCEPTION, SqlState::PROGRAM_LIMIT_EXCEEDED, SqlState::CARDINALITY_VIOLATION].contains(code)
}

/// The rows of a range that a refusal names; none when it doesn't say.
pub fn of(db: &DbError, plan: &Plan, batch: &Batch, range: &Range<usize>) -> Vec<usize> {
    if let Some(line) = copied_line(db, plan) {
        // COPY counts from 1 what it was sent.
        let place = range.start + line.saturating_sub(1);
        return if range.contains(&place) { vec![place] } else { Vec::new() };
    }
    let rows = |is: &dyn Fn(usize) -> bool| range.clone().filter(|place| is(*place)).collect::<Vec<_>>();
    let place_of = |name: &str| plan.columns.iter().position(|(column, _)| column.name == name);
    if *db.code() == SqlState::NOT_NULL_VIOLATION
        && let Some(column) = db.column().and_then(place_of)
    {
        return rows(&|row| batch.value(row, column).is_none());
    }
    let is_unique = *db.code() == SqlState::UNIQUE_VIOLATION;
    if !is_unique && *db.code() != SqlState::FOREIGN_KEY_VIOLATION {
        return Vec::new();
    }
    let columns = plan.table.columns_of(db.constraint().unwrap_or_default());
    // Of several columns it can't be told where one value ends and the next begins.
    let ([name], Some(detail)) = (columns.as_slice(), db.detail()) else { return Vec::new() };
    let (Some(column), Some(value)) = (place_of(name), value_of(detail, name)) else { return Vec::new() };
    let found = rows(&|row| batch.value(row, column).as_deref() == Some(value));
    // What isn't there is missing for all of them; of those that are the same, the first may stay.
    if is_unique { found.last().copied().into_iter().collect() } else { found }
}

/// `COPY customer, line 3, column id: "x"`: the first number after the table's name, in every language of PostgreSQL.
fn copied_line(db: &DbError, plan: &Plan) -> Option<usize> {
    let context = db.where_()?.lines().find(|line| line.starts_with("COPY "))?;
    let after = [WAITING, &plan.table.name].iter().find_map(|name| context.strip_prefix(&format!("COPY {name}, ")))?;
    let digits = after.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

/// `Key (email)=(ada@example.com) already exists.`, in every language.
fn value_of<'a>(detail: &'a str, column: &str) -> Option<&'a str> {
    let (_, after) = detail.split_once(&format!("({column})=("))?;
    after.rsplit_once(')').map(|(value, _)| value)
}

/// The column a refusal is about, and why, for people.
pub fn reason(error: Error, plan: &Plan) -> (Option<String>, String) {
    let Some(db) = error.as_db_error() else { return (None, error.to_string()) };
    let said = db.where_().and_then(|context| column_of(context, plan)).or_else(|| db.column().map(str::to_owned));
    // A domain is kept while rows wait, where its columns have other names.
    let is_rule = db.code().code().starts_with("23") && db.datatype().is_none();
    if !is_rule {
        return (said, sentence(db.message()));
    }
    let about_others = [SqlState::UNIQUE_VIOLATION, SqlState::FOREIGN_KEY_VIOLATION, SqlState::EXCLUSION_VIOLATION].contains(db.code());
    let detail = db.detail().filter(|_| about_others).map(|detail| format!(". {detail}")).unwrap_or_default();
    let problem = failure::problem(error, &plan.table, &[]);
    let first = problem.errors().first();
    let column = first.map(|e| e.field.clone()).filter(|field| !field.is_empty()).or(said);
    let message = first.map_or_else(|| problem.detail().to_owned(), |e| e.message.clone());
    (column, format!("{message}{detail}"))
}

/// `…, column id: …` of COPY's context: the longest name that is there, since names may hold anything.
fn column_of(context: &str, plan: &Plan) -> Option<String> {
    let context = context.lines().find(|line| line.starts_with("COPY "))?;
    let named = |shown: &str| context.contains(&format!(", column {shown}: "));
    let direct = plan.columns.iter().filter(|(column, _)| named(&column.name)).max_by_key(|(column, _)| column.name.len());
    let waiting = || (0..plan.columns.len()).find(|n| named(&format!("c{n}"))).and_then(|n| plan.columns.get(n));
    let found = if context.starts_with(&format!("COPY {WAITING}, ")) { waiting() } else { direct };
    found.map(|(column, _)| column.name.clone())
}

#[cfg(test)]
mod tests {
    use super::value_of;

    #[test]
    fn the_value_of_a_key_is_found_in_every_language() {
        assert_eq!(value_of("Key (email)=(ada@example.com) already exists.", "email"), Some("ada@example.com"));
        assert_eq!(value_of("Schlüssel »(a b)=(x) y)« existiert bereits.", "a b"), Some("x) y"));
        assert_eq!(value_of("Key (a, b)=(1, 2) already exists.", "a"), None);
    }
}
