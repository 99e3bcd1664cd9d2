//! Changes of several rows, each with what it expects to find, all in one transaction or none.
//!
//! The rows are read first and compared, so that everything that stands in the way is said at once. Each change then names
//! the version that was compared: who comes between is a conflict as well.

use super::audit::{Pair, exact};
use super::record::Record;
use super::target::Target;
use super::transaction::{Transaction, query, record};
use super::{body, failure};
use crate::catalogue::{Category, Column};
use futures::future::join_all;
use kernel::list::{Param, Returning, Selection, quote, returning};
use kernel::problem::FieldError;
use kernel::{Problem, Result};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use tokio_postgres::{Error, Row, Statement};

/// One row that is to be changed.
pub struct Step {
    /// The primary key's values, in its order, as text; none of a new row that is told by nothing yet.
    pub key: Vec<String>,
    pub what: What,
    pub expected: Expected,
}

/// Columns of a row that aren't as expected, each with what was expected.
pub type Test = Box<dyn Fn(&Record) -> Vec<(String, Value)> + Send + Sync>;

pub enum What {
    Update(Record),
    Delete,
    /// Brings a row; where it has a key, even where the database numbers rows itself.
    Insert(Record),
}

/// What the row must be for the change to be made.
pub enum Expected {
    /// This version; or else, where they are known, these values of the columns that are changed.
    Version(Option<String>, HashMap<String, Box<RawValue>>),
    /// These values, by a test of whoever knows them: the columns that have others by now, and what they were expected to be.
    Values(Test),
}

/// A row that isn't as expected.
pub struct Clash {
    pub step: usize,
    /// The row as it is; `None` when it is gone (or, for a row that is to be made, when it is there).
    pub theirs: Option<Record>,
    pub version: Option<String>,
    /// Columns in the way, with the value that was expected where it is known.
    pub fields: Vec<(String, Option<Value>)>,
}

/// Why nothing was changed.
pub enum Refusal {
    Clashes(Vec<Clash>),
    /// One step, which the database or a check refuses.
    At(usize, Problem),
    Whole(Problem),
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Whole(problem)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Whole(error.into())
    }
}

pub struct Done {
    /// In the order of the steps.
    pub pairs: Vec<Pair>,
    pub versions: Vec<Option<String>>,
    /// Steps whose row somebody had changed in other columns.
    pub merged: usize,
}

/// A step as statements.
struct Ready {
    sql: String,
    params: Vec<Param>,
    bound: Vec<String>,
}

pub struct Steps<'a> {
    target: &'a Target,
    steps: Vec<Step>,
    shape: Returning,
    width: usize,
}

impl<'a> Steps<'a> {
    /// # Errors
    /// Never with a table whose columns may be read.
    pub fn new(target: &'a Target, steps: Vec<Step>) -> Result<Self> {
        let relation = &target.table.relation;
        let shape = returning(relation, &Selection::default(), false, 1)?;
        let width = relation.columns.iter().filter(|column| column.selectable).count();
        Ok(Self { target, steps, shape, width })
    }

    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Reads, compares and changes in a transaction that is left open, so that it ends with its audit entries.
    ///
    /// # Errors
    /// What stands in the way; nothing was changed then.
    pub async fn run(&self, transaction: &Transaction) -> Result<Done, Refusal> {
        let client = transaction.client()?;
        transaction.open(client).await?;
        let found = self.find(transaction).await?;
        let merged = self.compare(&found)?;
        let ready: Vec<Ready> =
            self.steps.iter().zip(&found).enumerate().map(|(i, (step, found))| self.ready(i, step, found)).collect::<Result<_, _>>()?;
        let mut statements: HashMap<&str, Statement> = HashMap::new();
        for one in &ready {
            if !statements.contains_key(one.sql.as_str()) {
                let made = client.prepare(&one.sql).await.map_err(|error| failure::problem(error, &self.target.table, &[]))?;
                statements.insert(&one.sql, made);
            }
        }
        let running = ready.iter().filter_map(|one| statements.get(one.sql.as_str()).map(|made| query(client, made, &one.params)));
        let mut done = Done { pairs: Vec::with_capacity(found.len()), versions: Vec::with_capacity(found.len()), merged };
        for (i, (answer, (before, _))) in join_all(running).await.into_iter().zip(found).enumerate() {
            let rows = answer.map_err(|error| self.failed(i, &ready, error))?;
            let Some(row) = rows.first() else { return Err(self.untouched(i)) };
            let is_delete = matches!(self.steps.get(i).map(|step| &step.what), Some(What::Delete));
            let after = if is_delete { None } else { Some(self.read(row)?) };
            done.pairs.push(Pair { before, after });
            done.versions.push(row.try_get(self.width)?);
        }
        Ok(done)
    }

    /// The rows as they are, in the order of the steps.
    async fn find(&self, transaction: &Transaction) -> Result<Vec<(Option<Record>, Option<String>)>, Refusal> {
        let client = transaction.client()?;
        // Without a version to name, nobody may come between.
        let lock = if self.target.table.relation.version.is_none() { " for update" } else { "" };
        let sql = format!(
            "select {}, {}::text from {} as t where {}{lock}",
            self.shape.sql,
            self.version(),
            self.target.table.relation.from,
            self.is_the_row(1)
        );
        let statement = client.prepare(&sql).await.map_err(|error| failure::problem(error, &self.target.table, &[]))?;
        let keys: Vec<Vec<Param>> = self.steps.iter().map(|step| step.key.iter().map(Param::text).collect()).collect();
        let running = keys.iter().map(async |key| if key.is_empty() { Ok(Vec::new()) } else { query(client, &statement, key).await });
        let mut all = Vec::with_capacity(keys.len());
        for (i, answer) in join_all(running).await.into_iter().enumerate() {
            let names: Vec<&str> = self.target.table.primary_key.iter().map(String::as_str).collect();
            let rows = answer.map_err(|error| Refusal::At(i, failure::problem(error, &self.target.table, &names)))?;
            all.push(match rows.first() {
                Some(row) => (Some(self.read(row)?), row.try_get(self.width)?),
                None => (None, None),
            });
        }
        Ok(all)
    }

    /// How many rows somebody changed without being in the way.
    fn compare(&self, found: &[(Option<Record>, Option<String>)]) -> Result<usize, Refusal> {
        let mut clashes = Vec::new();
        let mut merged = 0;
        for (i, (step, (theirs, version))) in self.steps.iter().zip(found).enumerate() {
            let mut clash = |fields| clashes.push(Clash { step: i, theirs: theirs.clone(), version: version.clone(), fields });
            match (&step.what, theirs) {
                (What::Insert(_), None) => {}
                (What::Insert(_), Some(_)) | (_, None) => clash(Vec::new()),
                (What::Update(_) | What::Delete, Some(row)) => match &step.expected {
                    Expected::Values(test) => {
                        let fields = test(row);
                        if !fields.is_empty() {
                            clash(fields.into_iter().map(|(name, value)| (name, Some(value))).collect());
                        }
                    }
                    Expected::Version(expected, _) if expected.is_none() || expected == version => {}
                    Expected::Version(_, base) => {
                        let fields = self.apart(step, row, base);
                        if fields.is_empty() { merged += 1 } else { clash(fields) }
                    }
                },
            }
        }
        if clashes.is_empty() { Ok(merged) } else { Err(Refusal::Clashes(clashes)) }
    }

    /// The columns of a change that aren't any more what they were when it was begun.
    fn apart(&self, step: &Step, row: &Record, base: &HashMap<String, Box<RawValue>>) -> Vec<(String, Option<Value>)> {
        let What::Update(given) = &step.what else { return vec![(String::new(), None)] };
        let mut apart = Vec::new();
        for (name, mine) in &given.0 {
            let theirs = row.get(name).map(exact).unwrap_or_default();
            let column = self.target.table.column(name);
            let was = base.get(name).map(|raw| match exact(raw) {
                was if was == theirs => was,
                was if column.is_some_and(|column| column.category == Category::Json) => parsed(was),
                Value::Array(items) if column.is_some_and(|column| column.json_elements) => items.into_iter().map(parsed).collect(),
                was => was,
            });
            if was.as_ref() != Some(&theirs) && exact(mine) != theirs {
                apart.push((name.clone(), was));
            }
        }
        apart
    }

    fn ready(&self, i: usize, step: &Step, found: &(Option<Record>, Option<String>)) -> Result<Ready, Refusal> {
        let from = &self.target.table.relation.from;
        let back = format!("returning {}, {}::text", self.shape.sql, self.version());
        let (mut params, mut bound, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        let given = match &step.what {
            What::Update(record) | What::Insert(record) => record.0.as_slice(),
            What::Delete => &[],
        };
        for (name, value) in given {
            match self.column(&step.what, name).and_then(|column| body::bound(column, value)) {
                Ok(param) => {
                    params.push(param);
                    bound.push(name.clone());
                }
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            return Err(Refusal::At(i, Problem::validation(errors)));
        }
        let is_the_row = |params: &mut Vec<Param>| {
            let mut sql = self.is_the_row(params.len() + 1);
            params.extend(step.key.iter().map(Param::text));
            if let Some(version) = &found.1 {
                params.push(Param::text(version));
                sql.push_str(&format!(" and {}::text = ${}", self.version(), params.len()));
            }
            sql
        };
        let names: Vec<String> = bound.iter().map(|name| quote(name)).collect();
        let sql = match &step.what {
            What::Update(_) => {
                let sets: Vec<String> = names.iter().enumerate().map(|(i, name)| format!("{name} = ${}", i + 1)).collect();
                let is_the_row = is_the_row(&mut params);
                format!("update {from} as t set {} where {is_the_row} {back}", sets.join(", "))
            }
            What::Delete => format!("delete from {from} as t where {} {back}", is_the_row(&mut params)),
            What::Insert(_) => {
                let places: Vec<String> = (1..=names.len()).map(|i| format!("${i}")).collect();
                // A new row of a partitioned table doesn't show its version.
                let back = format!("returning {}, null::text", self.shape.sql);
                format!("insert into {from} as t ({}) overriding system value values ({}) {back}", names.join(", "), places.join(", "))
            }
        };
        Ok(Ready { sql, params, bound })
    }

    /// A column that a step may write. A row that is made again has the numbers it had.
    fn column(&self, what: &What, name: &str) -> Result<&'a Column, FieldError> {
        match (what, self.target.table.column(name)) {
            (What::Insert(_), Some(column)) if column.readable && column.identity == Some("always") => Ok(column),
            _ => body::writable(&self.target.table, name),
        }
    }

    /// `t."id" = $1 and …`
    fn is_the_row(&self, first: usize) -> String {
        let table = &self.target.table;
        table.primary_key.iter().enumerate().map(|(i, name)| table.is(name, first + i)).collect::<Vec<_>>().join(" and ")
    }

    fn version(&self) -> &str {
        self.target.table.relation.version.as_deref().unwrap_or("null")
    }

    fn read(&self, row: &Row) -> Result<Record> {
        record(&self.shape.writer(0), row)
    }

    fn failed(&self, i: usize, ready: &[Ready], error: Error) -> Refusal {
        let bound: Vec<&str> = ready.get(i).map(|one| one.bound.iter().map(String::as_str).collect()).unwrap_or_default();
        Refusal::At(i, failure::problem(error, &self.target.table, &bound))
    }

    /// The row was there a moment ago and the database changed nothing.
    fn untouched(&self, i: usize) -> Refusal {
        Refusal::At(
            i,
            Problem::conflict(
                "Somebody changed this row at the same moment, or a trigger or policy of the table stops the change. Nothing was changed; try again.",
                None,
            ),
        )
    }
}

/// JSON that was read as text, so that no digit of it was lost.
fn parsed(value: Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str::<Box<RawValue>>(&text) {
            Ok(json) => exact(&json),
            Err(_) => Value::String(text),
        },
        value => value,
    }
}
