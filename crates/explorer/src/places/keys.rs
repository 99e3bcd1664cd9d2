//! Which rows each of two looks finds, told by their primary keys. Only keys travel, in the key's own order and never more than
//! a limit at a time; what comes after is left for later, and said to be.

use super::look::Look;
use crate::catalogue::{Table, same};
use kernel::list::{Param, quote, quote_qualified};
use std::collections::HashSet;
use tokio_postgres::Error;

/// The values of a primary key, as text.
pub type Key = Vec<String>;

/// The keys between two of them that each look finds, all of both.
pub struct Window {
    pub first: Vec<Key>,
    pub second: Vec<Key>,
    /// The last key it is about; none when it goes to the end of the table.
    pub up_to: Option<Key>,
}

/// How many rows both, or only one of them, find.
#[derive(Debug, PartialEq, Eq)]
pub struct Counts {
    pub both: usize,
    pub first: usize,
    pub second: usize,
}

impl Window {
    #[must_use]
    pub fn counts(&self) -> Counts {
        let known: HashSet<&Key> = self.second.iter().collect();
        let both = self.first.iter().filter(|key| known.contains(key)).count();
        Counts { both, first: self.first.len() - both, second: self.second.len() - both }
    }
}

/// Which of the two it was that failed.
pub struct Failed {
    pub is_first: bool,
    pub error: Error,
}

/// A look at one table; without `reads` it finds nothing there.
pub struct Eye<'a> {
    pub look: &'a Look<'a>,
    pub reads: bool,
}

/// The keys after one, up to another, of at most `limit` rows of each look.
///
/// # Errors
/// What the database refuses to either of them.
pub async fn window(
    first: &Eye<'_>,
    second: &Eye<'_>,
    key: &[String],
    after: Option<&Key>,
    up_to: Option<Key>,
    limit: usize,
) -> Result<Window, Failed> {
    let mut up_to = up_to;
    let of_first = |error| Failed { is_first: true, error };
    let mut ours = read(first, key, after, up_to.as_ref(), limit + 1).await.map_err(of_first)?;
    cut(&mut ours, &mut up_to, limit);
    let mut theirs = read(second, key, after, up_to.as_ref(), limit + 1).await.map_err(|error| Failed { is_first: false, error })?;
    if cut(&mut theirs, &mut up_to, limit) {
        // The second finds more in between: what the first finds after that is for later.
        ours = read(first, key, after, up_to.as_ref(), limit + 1).await.map_err(of_first)?;
    }
    Ok(Window { first: ours, second: theirs, up_to })
}

/// Leaves what is more than the limit, and says where it ends then.
fn cut(keys: &mut Vec<Key>, up_to: &mut Option<Key>, limit: usize) -> bool {
    let is_more = keys.len() > limit;
    if is_more {
        keys.truncate(limit);
        *up_to = keys.last().cloned();
    }
    is_more
}

async fn read(eye: &Eye<'_>, key: &[String], after: Option<&Key>, up_to: Option<&Key>, limit: usize) -> Result<Vec<Key>, Error> {
    if !eye.reads {
        return Ok(Vec::new());
    }
    let table = &eye.look.side.table;
    let (sql, params) = statement(table, key, after, up_to, &format!("limit {limit}"));
    let rows = eye.look.rows(&sql, &params).await?;
    Ok(rows.iter().map(|row| (0..key.len()).map(|n| row.get(n)).collect()).collect())
}

/// The key of the row in this place, counted from 1, as a look finds it; none where the table has fewer.
///
/// # Errors
/// What the database refuses.
pub async fn nth(eye: &Eye<'_>, key: &[String], place: usize) -> Result<Option<Key>, Error> {
    if !eye.reads {
        return Ok(None);
    }
    let table = &eye.look.side.table;
    let paging = format!("limit 1 offset {}", place.saturating_sub(1));
    let (sql, params) = statement(table, key, None, None, &paging);
    let rows = eye.look.rows(&sql, &params).await?;
    Ok(rows.first().map(|row| (0..key.len()).map(|n| row.get(n)).collect()))
}

fn statement(table: &Table, key: &[String], after: Option<&Key>, up_to: Option<&Key>, paging: &str) -> (String, Vec<Param>) {
    let columns: Vec<String> = key.iter().map(|column| format!("t.{}", quote(column))).collect();
    let mut params: Vec<Param> = Vec::new();
    let mut wheres = Vec::new();
    let has_own = key.iter().any(|column| table.own(column).is_some_and(|own| own.schema.is_some()));
    for (bound, operator) in [(after, ">"), (up_to, "<=")] {
        let Some(bound) = bound else { continue };
        let places: Vec<String> = (0..key.len()).map(|n| format!("${}", params.len() + n + 1)).collect();
        params.extend(bound.iter().map(Param::text));
        wheres.push(match (columns.as_slice(), places.as_slice()) {
            _ if has_own => beyond(table, key, &places, operator),
            ([column], [value]) => format!("{column} {operator} {value}"),
            _ => format!("({}) {operator} ({})", columns.join(", "), places.join(", ")),
        });
    }
    let wheres = if wheres.is_empty() { String::new() } else { format!(" where {}", wheres.join(" and ")) };
    let texts: Vec<String> = columns.iter().map(|column| format!("{column}::pg_catalog.text")).collect();
    let from = quote_qualified(&table.schema, &table.name);
    (format!("select {} from {from} as t{wheres} order by {} {paging}", texts.join(", "), columns.join(", ")), params)
}

/// `(a, b) > (…)` with the operators of each column's own type, which PostgreSQL takes one by one only.
fn beyond(table: &Table, key: &[String], places: &[String], operator: &str) -> String {
    let one = |column: &String, place: &String, symbol: &str| {
        let own = table.own(column);
        format!("t.{} {} {}", quote(column), same::operator(own, symbol), same::value(own, place))
    };
    let strictly = operator.trim_end_matches('=');
    let steps = key.iter().zip(places).enumerate().rev();
    steps.fold(String::new(), |rest, (n, (column, place))| match n + 1 == key.len() {
        true => one(column, place, operator),
        false => format!("({} or ({} and {rest}))", one(column, place, strictly), one(column, place, "=")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Column;
    use kernel::list::{Own, Relation};

    fn key(text: &str) -> Key {
        vec![text.to_owned()]
    }

    #[test]
    fn rows_are_counted_by_who_finds_them() {
        let window = Window { first: vec![key("1"), key("2"), key("3")], second: vec![key("3"), key("4")], up_to: None };
        assert_eq!(window.counts(), Counts { both: 1, first: 2, second: 1 });
    }

    #[test]
    fn a_range_is_bound_and_its_names_are_quoted() {
        let pair = ["a\"b".to_owned(), "b".to_owned()];
        let mut table = Table::of_relation("s", "t", Relation::new(""));
        let (sql, params) = statement(&table, &pair, Some(&vec!["1".into(), "x".into()]), Some(&vec!["2".into(), "y".into()]), "limit 3");
        assert_eq!(
            sql,
            "select t.\"a\"\"b\"::pg_catalog.text, t.\"b\"::pg_catalog.text from \"s\".\"t\" as t \
             where (t.\"a\"\"b\", t.\"b\") > ($1, $2) and (t.\"a\"\"b\", t.\"b\") <= ($3, $4) order by t.\"a\"\"b\", t.\"b\" limit 3"
        );
        assert_eq!(params.len(), 4);
        let (sql, _) = statement(&table, &pair[1..], None, Some(&key("9")), "limit 1");
        assert_eq!(sql, "select t.\"b\"::pg_catalog.text from \"s\".\"t\" as t where t.\"b\" <= $1 order by t.\"b\" limit 1");
        // With the order of its own type, the one after the other.
        table.columns = vec![Column { own: Some(Own { name: "e.ci".into(), schema: Some("e".into()) }), ..Column::named("b") }];
        let (sql, _) = statement(&table, &pair, Some(&vec!["1".into(), "x".into()]), None, "limit 3");
        let expected = "where (t.\"a\"\"b\" > $1 or (t.\"a\"\"b\" = $1 and t.\"b\" operator(\"e\".>) $2::e.ci)) order by";
        assert!(sql.contains(expected), "{sql}");
        let (sql, _) = statement(&table, &pair[1..], None, Some(&key("9")), "limit 1");
        assert!(sql.contains("where t.\"b\" operator(\"e\".<=) $1::e.ci order by"), "{sql}");
    }

    #[test]
    fn what_is_too_much_ends_at_the_last_one_kept() {
        let (mut keys, mut up_to) = (vec![key("1"), key("2"), key("3")], Some(key("9")));
        assert!(cut(&mut keys, &mut up_to, 2));
        assert_eq!((keys.len(), up_to.clone()), (2, Some(key("2"))));
        assert!(!cut(&mut keys, &mut up_to, 2));
    }
}
