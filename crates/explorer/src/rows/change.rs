//! `PATCH` and `DELETE`: one statement that reads the rows, changes them and gives both states back.

use super::audit::{Pair, exact};
use super::record::Record;
use super::target::Target;
use super::transaction::{Transaction, query, record};
use super::{body, failure};
use kernel::list::{Node, Param, Predicate, Query, Returning, Selection, predicate, quote, returning};
use kernel::problem::{Conflict, FieldConflict, Kind};
use kernel::{Problem, Result};
use serde_json::value::RawValue;
use tokio_postgres::{Error, Row};

/// Most rows that one request may change.
pub const MOST: usize = 1000;
/// Columns of which a statement can return two states one by one.
const WIDE: usize = 800;

/// What is to be done to the rows.
pub enum Verb {
    Update(Record),
    Delete,
}

/// What was done.
pub struct Changed {
    pub pairs: Vec<Pair>,
    /// Version of each row afterwards (of a deleted one, before).
    pub versions: Vec<Option<String>>,
}

/// A change, ready to run.
pub struct Change<'a> {
    target: &'a Target,
    given: Record,
    /// Columns of the values that are set, in the order of their placeholders.
    bound: Vec<String>,
    is_delete: bool,
    /// Whether the filter gives a whole primary key.
    is_one: bool,
    expected: Option<String>,
    nodes: Vec<Node>,
    sql: String,
    /// The same, with the rows locked before they are changed; `None` when `sql` does that or needn't.
    locking: Option<String>,
    params: Vec<Param>,
    filter: Predicate,
    shape: Returning,
    /// Columns of a row.
    width: usize,
}

impl<'a> Change<'a> {
    /// Checks everything that can be checked without the database.
    ///
    /// # Errors
    /// 400 without a filter, 403 when the table can't be changed, 422 at the columns that can't.
    pub fn new(target: &'a Target, query: &Query, verb: Verb, expected: Option<Option<String>>) -> Result<Self> {
        let table = &target.table;
        let allowed = if matches!(verb, Verb::Delete) { &table.delete } else { &table.update };
        allowed.check()?;
        let key = table.primary_key.first().map_or("id", String::as_str);
        if query.filter.is_empty() {
            return Err(Problem::malformed(format!(
                "Say which rows: add a filter such as {key}=eq.1. To mean every row, say so with one that always holds, such as {key}=not.is.null."
            )));
        }
        let is_one = target.is_one_row(&query.filter);
        if expected.is_some() && !is_one {
            return Err(Problem::malformed(format!(
                "If-Match is for one row: filter by the whole primary key ({})",
                table.primary_key.join(", ")
            )));
        }
        let expected = expected.flatten();
        if expected.is_some() && table.relation.version.is_none() {
            return Err(Problem::malformed("Rows of this table have no version; send If-Match: * to change them without one"));
        }
        let is_delete = matches!(verb, Verb::Delete);
        let given = match verb {
            Verb::Update(row) => Some(row),
            Verb::Delete => None,
        };
        let (sets, bound, mut params) = given.as_ref().map(|row| sets(target, row)).transpose()?.unwrap_or_default();
        let filter = predicate(&table.relation, &query.filter, None, params.len() + 1)?;
        params.extend(filter.params.iter().cloned());
        let shape = returning(&table.relation, &Selection::default(), false, 1)?;
        let columns = table.relation.columns.iter().filter(|c| c.selectable).count();
        // Of a very wide table each state is one column.
        let (shape, width) = if columns > WIDE { (shape.packed(), 1) } else { (shape, columns) };
        let mut change = Self {
            target,
            given: given.unwrap_or_default(),
            bound,
            is_delete,
            is_one,
            expected,
            nodes: query.filter.clone(),
            sql: String::new(),
            locking: None,
            params,
            filter,
            shape,
            width,
        };
        let comparable = change.expected.is_some() || table.relation.version.is_some();
        change.sql = change.statement(&sets, !comparable);
        change.locking = (comparable && change.expected.is_none()).then(|| change.statement(&sets, true));
        Ok(change)
    }

    /// Each row of the result is a row as it was and, beside it, as it is: values and version of each, and how many rows
    /// there should be.
    ///
    /// What is logged as "before" has to be what was there. So the change compares the version of each row, with the one
    /// that the caller read or with the one in `old`, or else locks the rows first.
    fn statement(&self, sets: &str, lock: bool) -> String {
        let relation = &self.target.table.relation;
        let keys: Vec<String> = self.target.table.primary_key.iter().map(|key| quote(key)).collect();
        let version = relation.version.as_deref().unwrap_or("null");
        let numbered = |letter: char, count: usize| (0..count).map(|i| format!("{letter}{i}")).collect::<Vec<_>>();
        let names = [numbered('c', self.width), vec!["v".into()], numbered('k', keys.len())].concat().join(", ");
        let was = numbered('c', self.width).iter().map(|name| format!("old.{name}, ")).collect::<String>();
        let own_keys = keys.iter().map(|key| format!("t.{key}")).collect::<Vec<_>>().join(", ");
        let table = &self.target.table;
        let mut same = table.primary_key.iter().enumerate().map(|(i, key)| table.equals(key, &format!("old.k{i}"))).collect::<Vec<_>>();
        match &self.expected {
            Some(_) => same.push(format!("{version} = ${}", self.params.len() + 1)),
            None if lock => {}
            None => same.push(format!("{version}::text = old.v")),
        }
        let (same, columns, from, filter) = (same.join(" and "), &self.shape.sql, &relation.from, &self.filter.sql);
        let for_update = if lock { " for update" } else { "" };
        let found = format!("select {columns}, {version}::text, {own_keys} from {from} as t where {filter} limit {}{for_update}", MOST + 1);
        // One row is one row; others are counted where somebody may be changing them meanwhile.
        let (found, count) = if self.is_one || lock {
            (format!("({found}) as old ({names})"), "1")
        } else {
            (format!("(select *, count(*) over () from ({found}) as found) as old ({names}, n)"), "old.n")
        };
        let change = if self.is_delete {
            format!("delete from {from} as t using {found} where {same}")
        } else {
            format!("update {from} as t set {sets} from {found} where {same}")
        };
        format!("{change} returning {was}old.v, {columns}, {version}::text, {count}::int8")
    }

    /// Runs the change in a transaction that is left open, so that it ends with its audit entries.
    ///
    /// # Errors
    /// 404 when the one row isn't there, 409 when it has another version, 422 when it is too many rows; otherwise what
    /// the database refuses. Nothing was changed then.
    pub async fn run(&self, transaction: &Transaction) -> Result<Changed> {
        let mut params = self.params.clone();
        if let Some(version) = &self.expected {
            // A version that can't be one is one that nobody has.
            params.push(Param::text(if version.parse::<u32>().is_ok() { version } else { "0" }));
        }
        let client = transaction.client()?;
        let mut rows = transaction.begin(client, &self.sql, &params).await.map_err(|error| self.failure(error))?;
        if let Some(locking) = self.locking.as_ref().filter(|_| self.lacks_some(&rows)) {
            // Somebody was changing a row at the same moment: wait for them, then read it and change it.
            transaction.restart(client).await?;
            rows = transaction.begin(client, locking, &params).await.map_err(|error| self.failure(error))?;
        }
        if rows.len() > MOST {
            return Err(Problem::new(
                Kind::Validation,
                format!(
                    "The filter matches more than {MOST} rows. Narrow it and go in steps, so that each change can be looked at. Nothing was changed."
                ),
            ));
        }
        if self.expected.is_some() && rows.is_empty() {
            return Err(self.conflict(transaction).await?);
        }
        let (was, is) = (self.shape.writer(0), self.shape.writer(self.width + 1));
        let mut changed = Changed { pairs: Vec::with_capacity(rows.len()), versions: Vec::with_capacity(rows.len()) };
        for row in &rows {
            let after = if self.is_delete { None } else { Some(record(&is, row)?) };
            changed.pairs.push(Pair { before: Some(record(&was, row)?), after });
            changed.versions.push(row.try_get(2 * self.width + 1)?);
        }
        Ok(changed)
    }

    /// Whether rows were found that couldn't be changed. Finding none at all may mean that.
    fn lacks_some(&self, rows: &[Row]) -> bool {
        let found = rows.first().map_or(1, |row| row.try_get::<_, i64>(2 * self.width + 2).unwrap_or(1));
        (rows.len() as u64) < found.unsigned_abs()
    }

    fn missing(&self) -> Problem {
        Problem::new(Kind::NotFound, "This row is not there any more; somebody deleted it or changed its key")
    }

    /// The row as it is now, beside what was sent.
    async fn conflict(&self, transaction: &Transaction) -> Result<Problem> {
        let relation = &self.target.table.relation;
        let version = relation.version.as_deref().unwrap_or("null");
        let filter = predicate(relation, &self.nodes, None, 1)?;
        let sql = format!("select {}, {version}::text from {} as t where {}", self.shape.sql, relation.from, filter.sql);
        let client = transaction.client()?;
        let statement = client.prepare(&sql).await?;
        let rows = query(client, &statement, &filter.params).await.map_err(|error| filter.problem(error))?;
        let Some(row) = rows.first() else { return Ok(self.missing()) };
        let current_version: String = row.try_get::<_, Option<String>>(self.width)?.unwrap_or_default();
        if Some(&current_version) == self.expected.as_ref() {
            return Ok(Problem::refused("The database left the row as it is: a trigger or a policy of the table stops this change"));
        }
        let theirs = record(&self.shape.writer(0), row)?;
        let json = |value: Option<&RawValue>| value.map(exact).unwrap_or_default();
        let fields = self
            .given
            .0
            .iter()
            .map(|(name, mine)| FieldConflict { field: name.clone(), base: None, mine: json(Some(mine)), theirs: json(theirs.get(name)) })
            .filter(|field| field.mine != field.theirs)
            .collect();
        Ok(Problem::conflict(
            "Somebody changed this row after you read it. Look at both versions, then send yours again with the current version.",
            Some(Conflict { current_version, fields }),
        ))
    }

    fn failure(&self, error: Error) -> Problem {
        let table = &self.target.table;
        let place = error.as_db_error().and_then(failure::place);
        match place {
            Some(place) if place >= self.bound.len() => self.filter.problem(error),
            _ => failure::problem(error, table, &self.bound.iter().map(String::as_str).collect::<Vec<_>>()),
        }
    }
}

/// `"a" = $1, "b" = $2`, whose columns they are, and the values.
fn sets(target: &Target, row: &Record) -> Result<(String, Vec<String>, Vec<Param>)> {
    let (mut sets, mut bound, mut params, mut errors) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (name, value) in &row.0 {
        match body::writable(&target.table, name).and_then(|column| body::bound(column, value)) {
            Ok(param) => {
                params.push(param);
                sets.push(format!("{} = ${}", quote(name), params.len()));
                bound.push(name.clone());
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok((sets.join(", "), bound, params)) } else { Err(Problem::validation(errors)) }
}
