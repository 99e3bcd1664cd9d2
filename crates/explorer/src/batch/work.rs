//! What a batch does in its source, inside an open transaction: counting, walking, finding, changing. Each transaction sees
//! one state of the database from its begin to its end, so that what is kept is what was there, and nobody comes between.

use super::asked::Verb;
use super::pieces::Row;
use super::plan::{Bound, Plan};
use crate::catalogue::Table;
use crate::rows::failure;
use crate::rows::transaction::Transaction;
use crate::source::open::Open;
use deadpool_postgres::ClientWrapper;
use kernel::list::Param;
use kernel::{Problem, Result};
use std::collections::HashSet;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row as Found};

/// One state of the database throughout. A step is one statement; who waits for a lock says so soon.
const BEGIN: &str = "set transaction isolation level repeatable read; set local statement_timeout = '15min'; set local lock_timeout = '5s'; \
     set local idle_in_transaction_session_timeout = '5min'; set local cursor_tuple_fraction = 1";

/// Why an attempt ended before its end.
#[derive(Debug)]
pub enum Stop {
    /// Trying later may help: the source or the panel's database is away.
    Retry(Problem),
    /// Trying at once may help: others changed the same rows at the same moment.
    Again(Problem),
    /// Somebody holds rows.
    Held(Problem),
    /// It never will.
    Fail(Problem),
    /// Somebody asked for it to wait.
    Paused,
    Cancelled,
    /// Another attempt goes on with it.
    Overtaken,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Retry(problem)
    }
}

/// An open transaction of the source, and what is done in it.
pub struct Work<'a> {
    pub client: &'a ClientWrapper,
    pub plan: &'a Plan,
    pub source: &'a Open,
}

impl Work<'_> {
    /// Begins.
    pub async fn begin(transaction: &Transaction, source: &Open) -> Result<(), Stop> {
        let client = transaction.client()?;
        let begun = async {
            transaction.open(client).await?;
            client.batch_execute(BEGIN).await
        };
        begun.await.map_err(|error| Stop::Retry(source.named(error.into())))
    }

    pub async fn count(&self) -> Result<u64, Stop> {
        let rows = self.ask(self.plan.count(), |error| self.plan.filter.problem(error)).await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0)).unsigned_abs())
    }

    /// Opens the cursor that [`Self::fetch`] reads.
    pub async fn walk(&self, whole: bool) -> Result<(), Stop> {
        self.ask(self.plan.walk(whole), |error| self.plan.filter.problem(error)).await.map(drop)
    }

    /// The next rows.
    pub async fn fetch(&self) -> Result<Vec<Row>, Stop> {
        let sql = format!("fetch forward {} from quarterdeck_batch", self.plan.step());
        let rows = self.ask(Bound { sql, params: Vec::new() }, |error| self.plan.filter.problem(error)).await?;
        Ok(rows.iter().map(|row| self.row(row)).collect())
    }

    /// Those of some rows that are still there and still meant, as they are.
    pub async fn find(&self, keys: &[Vec<String>]) -> Result<Vec<Row>, Stop> {
        let rows = self.ask(self.plan.find(keys), |error| self.plan.filter.problem(error)).await?;
        Ok(rows.iter().map(|row| self.row(row)).collect())
    }

    /// Changes rows, and leaves in `rows` those that were changed. Gives how many the database holds back.
    pub async fn change(&self, rows: &mut Vec<Row>) -> Result<usize, Stop> {
        if rows.is_empty() {
            return Ok(0);
        }
        let keys: Vec<Vec<String>> = rows.iter().map(|(key, _)| key.clone()).collect();
        let bound = self.plan.bound();
        // The keys and their number come first.
        let names: Vec<&str> = std::iter::repeat_n("", self.plan.key.len() + 1).chain(bound.iter().copied()).collect();
        let found = self.ask(self.plan.change(&keys), |error| failure::problem(error, &self.plan.table, &names)).await?;
        let Some(row) = found.first() else { return Ok(0) };
        let done: i64 = row.get(0);
        if done.unsigned_abs() == rows.len() as u64 {
            return Ok(0);
        }
        let changed: HashSet<usize> =
            row.get::<_, Option<Vec<i64>>>(1).unwrap_or_default().iter().filter_map(|n| usize::try_from(n - 1).ok()).collect();
        let missing: Vec<Vec<String>> = keys.iter().enumerate().filter(|(i, _)| !changed.contains(i)).map(|(_, key)| key.clone()).collect();
        let held: HashSet<Vec<String>> = self.find(&missing).await?.into_iter().map(|(key, _)| key).collect();
        let mut place = 0;
        rows.retain(|(key, _)| {
            place += 1;
            // What a cascade of this same change took along is gone, as it was meant to be.
            changed.contains(&(place - 1)) || self.plan.verb == Verb::Delete && !held.contains(key)
        });
        Ok(held.len())
    }

    async fn ask(&self, bound: Bound, problem: impl FnOnce(Error) -> Problem) -> Result<Vec<Found>, Stop> {
        ask(self.client, &bound).await.map_err(|error| stopped(error, &self.plan.table, self.source, problem))
    }

    fn row(&self, row: &Found) -> Row {
        let width = self.plan.key.len();
        let text = |place: usize| row.get::<_, Option<String>>(place);
        ((0..width).map(|i| text(i).unwrap_or_default()).collect(), (width..row.len()).map(text).collect())
    }
}

/// Runs a statement whose values are read as the types that they have in it.
///
/// # Errors
/// What the database refuses.
pub async fn ask(client: &ClientWrapper, bound: &Bound) -> Result<Vec<Found>, Error> {
    let values: Vec<(&(dyn ToSql + Sync), Type)> = bound.params.iter().map(|param: &Param| (param as _, Type::UNKNOWN)).collect();
    client.query_typed(&bound.sql, &values).await
}

/// What a refusal means for the batch.
pub fn stopped(error: Error, table: &Table, source: &Open, problem: impl FnOnce(Error) -> Problem) -> Stop {
    let code = error.code().map(|code| code.code().to_owned()).unwrap_or_default();
    let problem = source.named(problem(error));
    match code.as_str() {
        "40001" | "40P01" => Stop::Again(problem),
        "55P03" => Stop::Held(problem),
        // The time limit of a statement; trying again takes as long.
        "57014" => Stop::Fail(problem),
        code if code.is_empty() || matches!(code.get(..2), Some("08" | "53" | "57" | "58")) => Stop::Retry(problem),
        _ => {
            source.catalogue.forget(table);
            Stop::Fail(problem)
        }
    }
}
