//! One look with somebody's eyes: a transaction that only reads, sees one moment of the database, has a time limit, and
//! leaves nothing behind.

use super::side::Side;
use crate::catalogue::Table;
use crate::source::place;
use crate::source::reading::Reading;
use kernel::list::{Param, failure::LEFT};
use kernel::problem::{Kind, sentence};
use kernel::{Problem, Result};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row};

/// By which another session sees the same moment.
const MOMENT: &str = "select pg_catalog.pg_export_snapshot()";

pub const STATEMENTS: &[&str] = &[MOMENT];

pub struct Look<'a> {
    pub side: &'a Side,
    reading: Reading,
}

impl<'a> Look<'a> {
    /// Begins one, at the moment that another look sees where one is given.
    ///
    /// # Errors
    /// 503 when the source is away, 403 when the role can't be taken.
    pub async fn begin(side: &'a Side, seconds: u32, moment: Option<&Moment>) -> Result<Self> {
        let reading = side.source.reading().await?;
        let at = moment.map(|moment| format!("; set transaction snapshot '{}'", moment.0)).unwrap_or_default();
        let begin = format!(
            "begin isolation level repeatable read read only{at}; set local statement_timeout = '{seconds}s'; set local lock_timeout = '1s'"
        );
        let taking = async {
            reading.batch_execute(&begin).await?;
            let statement = place::statement(&reading, side.seen()).await?;
            place::take(&reading, statement.as_ref(), side.seen()).await
        };
        taking.await.map_err(|error| side.source.named(error.into()))?;
        Ok(Self { side, reading })
    }

    /// The moment that this look sees.
    ///
    /// # Errors
    /// When the source is away.
    pub async fn moment(&self) -> Result<Moment> {
        let row = self.reading.query_one(MOMENT, &[]).await.map_err(|error| self.side.source.named(error.into()))?;
        let name: String = row.get(0);
        // It becomes part of a statement that takes no values.
        let is_plain = name.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        if is_plain { Ok(Moment(name)) } else { Err(Problem::internal("a snapshot has a name of another form")) }
    }

    #[must_use]
    pub fn client(&self) -> &Client {
        &self.reading
    }

    /// # Errors
    /// What the database refuses; the look is over then.
    pub async fn rows(&self, sql: &str, params: &[Param]) -> Result<Vec<Row>, Error> {
        let params: Vec<(&(dyn ToSql + Sync), Type)> = params.iter().map(|param| (param as &(dyn ToSql + Sync), Type::UNKNOWN)).collect();
        self.reading.query_typed(sql, &params).await
    }

    /// The same where a refusal is an answer, too: the look goes on after it.
    ///
    /// # Errors
    /// When the source is away, or something left the role; the inner one is what the database refuses.
    pub async fn attempt(&self, sql: &str, params: &[Param]) -> Result<Result<Vec<Row>, Error>> {
        let away = |error: Error| self.side.source.named(error.into());
        self.reading.batch_execute("savepoint attempt").await.map_err(away)?;
        let rows = self.rows(sql, params).await;
        if rows.is_ok() {
            // Going back to the savepoint takes on the role again, so it is asked here.
            self.stayed().await?;
        }
        match &rows {
            Err(error) if error.as_db_error().is_none() => {}
            _ => self.reading.batch_execute("rollback to savepoint attempt; release savepoint attempt").await.map_err(away)?,
        }
        match rows {
            Err(error) if error.as_db_error().is_none() => Err(away(error)),
            rows => Ok(rows),
        }
    }

    /// Ends it. Without this its connection is closed.
    ///
    /// # Errors
    /// 403 when something in it left the role; what was read is not to be given out then.
    pub async fn end(self) -> Result<()> {
        self.stayed().await?;
        self.reading.batch_execute("rollback").await.map_err(|error| self.side.source.named(error.into()))?;
        self.reading.done();
        Ok(())
    }

    async fn stayed(&self) -> Result<()> {
        match self.side.seen() {
            Some(seen) => self.reading.batch_execute(place::check(seen.role)).await.map_err(|error| Problem::refused(LEFT).because(error)),
            None => Ok(()),
        }
    }
}

/// A moment of a database that several sessions can see.
pub struct Moment(String);

/// What PostgreSQL refuses, in words for a page. Where a table has hidden columns, only its kind: a message can hold values.
#[must_use]
pub fn told(error: &Error, table: &Table) -> String {
    let Some(db) = error.as_db_error() else { return "The connection was lost".into() };
    match db.code() {
        &SqlState::QUERY_CANCELED => "It took too long".into(),
        code if table.whole.is_some() && code != &SqlState::INSUFFICIENT_PRIVILEGE => {
            format!("PostgreSQL refused it (code {}); what it says may hold sensitive values", code.code())
        }
        _ => sentence(db.message()),
    }
}

#[must_use]
pub fn is_late(error: &Error) -> bool {
    error.code() == Some(&SqlState::QUERY_CANCELED)
}

/// The same as a refusal.
#[must_use]
pub fn refusal(error: Error, side: &Side) -> Problem {
    if error.as_db_error().is_none() {
        return side.source.named(error.into());
    }
    let kind = if is_late(&error) { Kind::Timeout } else { Kind::Validation };
    Problem::new(kind, format!("{} can't read {}: {}", side.name(), side.table.name, told(&error, &side.table))).because(error)
}
