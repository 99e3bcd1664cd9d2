//! `POST`: new rows, or with `Prefer: resolution=…` rows that may be there already.

use super::audit::{Pair, key};
use super::prefer::{Prefer, Resolution};
use super::record::Record;
use super::target::Target;
use super::transaction::{Transaction, query, record};
use super::{body, failure};
use crate::catalogue::Column;
use kernel::list::{Param, Returning, Selection, quote, returning};
use kernel::problem::FieldError;
use kernel::{Problem, Result};
use std::collections::HashMap;
use tokio_postgres::Error;

/// PostgreSQL takes at most 65,535 values in one statement.
const MOST_VALUES: usize = 30_000;
/// Rows looked up in one statement before an upsert.
const LOOKUP: usize = 500;

pub struct Insert<'a> {
    target: &'a Target,
    columns: Vec<&'a Column>,
    /// `None` is the column's default.
    rows: Vec<Vec<Option<Param>>>,
    conflict: Option<(Resolution, Vec<String>)>,
    shape: Returning,
    versions: bool,
}

/// What was done.
pub struct Inserted {
    pub pairs: Vec<Pair>,
    pub versions: Vec<Option<String>>,
}

impl<'a> Insert<'a> {
    /// Checks everything that can be checked without the database.
    ///
    /// # Errors
    /// 403 when nothing can be inserted here; 422 at the columns that are wrong; 400 when rows have different columns.
    pub fn new(
        target: &'a Target,
        records: &[Record],
        columns: Option<Vec<String>>,
        on_conflict: Option<Vec<String>>,
        prefer: &Prefer,
    ) -> Result<Self> {
        let table = &target.table;
        table.insert.check()?;
        let names = names(records, columns)?;
        let mut errors = Vec::new();
        let mut known = Vec::with_capacity(names.len());
        for name in &names {
            match body::writable(table, name) {
                Ok(column) => known.push(column),
                Err(error) => errors.push(error),
            }
        }
        let mut rows = Vec::with_capacity(records.len());
        for (i, record) in records.iter().enumerate() {
            if !errors.is_empty() {
                break;
            }
            let values: Vec<Result<Option<Param>, FieldError>> = known
                .iter()
                .map(|column| match record.get(&column.name) {
                    Some(value) => body::bound(column, value).map(Some),
                    None if prefer.missing_default => Ok(None),
                    None => Ok(Some(Param(None))),
                })
                .collect();
            let mut row = Vec::with_capacity(values.len());
            for value in values {
                match value {
                    Ok(value) => row.push(value),
                    Err(error) if records.len() > 1 => {
                        errors.push(FieldError { message: format!("{} (row {} of the list)", error.message, i + 1), ..error })
                    }
                    Err(error) => errors.push(error),
                }
            }
            rows.push(row);
        }
        if !errors.is_empty() {
            return Err(Problem::validation(errors));
        }
        if known.is_empty() && rows.len() > 1 {
            return Err(Problem::malformed("Rows without any column can be inserted one at a time only"));
        }
        let conflict = prefer.resolution.map(|resolution| conflict(target, resolution, on_conflict, &known)).transpose()?;
        // A new row of a partitioned table doesn't show its version until it is read again.
        let versions = table.kind != crate::catalogue::TableKind::Partitioned && table.relation.version.is_some();
        let shape = returning(&table.relation, &Selection::default(), false, 1)?;
        Ok(Self { target, columns: known, rows, conflict, shape, versions })
    }

    /// Whether there is nothing to do: an empty list is an answer, not a mistake.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Inserts in a transaction that is left open, so that it ends with its audit entries.
    ///
    /// # Errors
    /// What the database refuses, at its column. Nothing was changed then.
    pub async fn run(&self, transaction: &Transaction) -> Result<Inserted> {
        let mut begun = false;
        let mut before = HashMap::new();
        if let Some((Resolution::Merge, columns)) = &self.conflict {
            for rows in self.rows.chunks(LOOKUP) {
                let (sql, params) = self.lookup(columns, rows);
                let found = self.step(transaction, &mut begun, &sql, &params).await?;
                for row in &found {
                    let old = record(&self.shape.writer(0), row)?;
                    before.insert(key(&self.target.table, &old), old);
                }
            }
        }
        let mut done = Inserted { pairs: Vec::with_capacity(self.rows.len()), versions: Vec::with_capacity(self.rows.len()) };
        let width = self.target.table.relation.columns.iter().filter(|c| c.selectable).count();
        for rows in self.rows.chunks(MOST_VALUES / self.columns.len().max(1)) {
            let (sql, params) = self.statement(rows);
            let made = self.step(transaction, &mut begun, &sql, &params).await?;
            for row in &made {
                let after = record(&self.shape.writer(0), row)?;
                let old = before.remove(&key(&self.target.table, &after));
                done.pairs.push(Pair { before: old, after: Some(after) });
                done.versions.push(if self.versions { row.try_get(width)? } else { None });
            }
        }
        Ok(done)
    }

    async fn step(&self, transaction: &Transaction, begun: &mut bool, sql: &str, params: &[Param]) -> Result<Vec<tokio_postgres::Row>> {
        let client = transaction.client()?;
        let rows = if std::mem::replace(begun, true) {
            // Afresh: inside the transaction a statement that has gone stale could not be tried again.
            match client.prepare(sql).await {
                Ok(statement) => query(client, &statement, params).await,
                Err(error) => Err(error),
            }
        } else {
            transaction.begin(client, sql, params).await
        };
        rows.map_err(|error| self.failure(error))
    }

    fn statement(&self, rows: &[Vec<Option<Param>>]) -> (String, Vec<Param>) {
        let relation = &self.target.table.relation;
        let mut params = Vec::with_capacity(rows.len() * self.columns.len());
        let names: Vec<String> = self.columns.iter().map(|c| quote(&c.name)).collect();
        let values = if names.is_empty() {
            "default values".to_owned()
        } else {
            let tuples: Vec<String> = rows
                .iter()
                .map(|row| {
                    let places: Vec<String> = row
                        .iter()
                        .map(|value| match value {
                            Some(param) => {
                                params.push(param.clone());
                                format!("${}", params.len())
                            }
                            None => "default".to_owned(),
                        })
                        .collect();
                    format!("({})", places.join(", "))
                })
                .collect();
            format!("({}) values {}", names.join(", "), tuples.join(", "))
        };
        let version = if self.versions { ", t.xmin::text" } else { "" };
        (format!("insert into {} as t {values}{} returning {}{version}", relation.from, self.on_conflict(), self.shape.sql), params)
    }

    fn on_conflict(&self) -> String {
        let Some((resolution, columns)) = &self.conflict else { return String::new() };
        let target: Vec<String> = columns.iter().map(|name| quote(name)).collect();
        let target = if target.is_empty() { String::new() } else { format!(" ({})", target.join(", ")) };
        match resolution {
            Resolution::Ignore => format!(" on conflict{target} do nothing"),
            Resolution::Merge => {
                let others: Vec<&&Column> = self.columns.iter().filter(|c| !columns.contains(&c.name)).collect();
                // With nothing else to set, setting the key to itself makes the row come back.
                let set = if others.is_empty() { self.columns.iter().collect() } else { others };
                let set: Vec<String> = set.iter().map(|c| format!("{0} = excluded.{0}", quote(&c.name))).collect();
                format!(" on conflict{target} do update set {}", set.join(", "))
            }
        }
    }

    /// The rows that an upsert will change, locked.
    fn lookup(&self, columns: &[String], rows: &[Vec<Option<Param>>]) -> (String, Vec<Param>) {
        let mut params = Vec::new();
        let places: Vec<usize> = columns.iter().filter_map(|name| self.columns.iter().position(|c| c.name == *name)).collect();
        let mut any = Vec::with_capacity(rows.len());
        for row in rows {
            let mut all = Vec::with_capacity(places.len());
            for (name, place) in columns.iter().zip(&places) {
                if let Some(Some(param)) = row.get(*place) {
                    params.push(param.clone());
                    all.push(self.target.table.is(name, params.len()));
                }
            }
            if all.len() == columns.len() {
                any.push(format!("({})", all.join(" and ")));
            }
        }
        let any = if any.is_empty() { "false".to_owned() } else { any.join(" or ") };
        (format!("select {} from {} as t where {any} for update", self.shape.sql, self.target.table.relation.from), params)
    }

    fn failure(&self, error: Error) -> Problem {
        let width = self.columns.len().max(1);
        let values: usize = self.rows.iter().map(Vec::len).sum();
        // Defaults have no placeholder; with any of them the column can't be told by counting.
        let is_plain = self.rows.iter().flatten().all(Option::is_some);
        let bound: Vec<&str> =
            if is_plain { (0..values).filter_map(|i| self.columns.get(i % width)).map(|c| c.name.as_str()).collect() } else { Vec::new() };
        failure::problem(error, &self.target.table, &bound)
    }
}

/// The columns of an insert: as the caller lists them, else those of the rows, which must all have the same.
fn names(records: &[Record], columns: Option<Vec<String>>) -> Result<Vec<String>> {
    if let Some(columns) = columns {
        return Ok(columns);
    }
    let names: Vec<String> = records.first().map(|first| first.0.iter().map(|(name, _)| name.clone()).collect()).unwrap_or_default();
    let same = |record: &Record| record.0.len() == names.len() && names.iter().all(|name| record.get(name).is_some());
    match records.iter().position(|record| !same(record)) {
        Some(odd) => Err(Problem::malformed(format!(
            "Row {} of the list has other columns than the first. Give all rows the same, or name them with columns=a,b.",
            odd + 1
        ))),
        None => Ok(names),
    }
}

fn conflict(
    target: &Target,
    resolution: Resolution,
    on_conflict: Option<Vec<String>>,
    known: &[&Column],
) -> Result<(Resolution, Vec<String>)> {
    let table = &target.table;
    let columns = on_conflict.unwrap_or_else(|| table.primary_key.clone());
    for name in &columns {
        if table.column(name).is_none_or(|c| !c.readable) {
            return Err(Problem::filter("on_conflict", format!("there is no column {name}")));
        }
    }
    let unique = columns.is_empty()
        || same(&columns, &table.primary_key)
        || table.uniques.iter().any(|u| same(&columns, &u.columns))
        || table.indexes.iter().any(|i| i.unique && same(&columns, &i.columns));
    if !unique {
        return Err(Problem::filter("on_conflict", format!("no unique constraint is on exactly {}", columns.join(", "))));
    }
    if resolution == Resolution::Merge {
        if columns.is_empty() {
            return Err(Problem::filter("on_conflict", "this table has no primary key; name the columns that make a row the same"));
        }
        table.update.check()?;
        if let Some(missing) = columns.iter().find(|name| !known.iter().any(|c| c.name == **name)) {
            return Err(Problem::field(missing, "required", "Rows are told apart by this, so it must be given"));
        }
    }
    Ok((resolution, columns))
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}
