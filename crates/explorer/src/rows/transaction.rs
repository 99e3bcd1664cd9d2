//! One write on a source's connection: begun together with its first statement, ended by the audit log.

use super::record::Record;
use crate::live::Signed;
use crate::source::place;
use deadpool_postgres::{ClientWrapper, Object};
use kernel::list::Param;
use kernel::list::json::JsonWriter;
use kernel::{Problem, SeenAs};
use pgprepared::{forget, is_stale, prepare};
use std::sync::Arc;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

/// An open transaction. Left before its end, its connection is closed rather than used again.
pub struct Transaction {
    conn: Option<Object>,
    /// In whose place rows are written; with the explorer's own rights without.
    seen: Option<Arc<SeenAs>>,
    /// Whose changes these are, for who follows them.
    signed: Option<Signed>,
}

impl Transaction {
    /// Takes a connection that is in no transaction.
    #[must_use]
    pub fn new(conn: Object, seen: Option<Arc<SeenAs>>) -> Self {
        Self { conn: Some(conn), seen, signed: None }
    }

    /// Says whose changes these are.
    #[must_use]
    pub fn signed(mut self, signed: Option<Signed>) -> Self {
        self.signed = signed;
        self
    }

    /// # Errors
    /// Never before the end.
    pub fn client(&self) -> Result<&ClientWrapper, Problem> {
        self.conn.as_deref().ok_or_else(|| Problem::internal("the transaction has ended"))
    }

    /// Begins, in the place of the request.
    ///
    /// # Errors
    /// When the database is away or the place can't be taken.
    pub async fn open(&self, client: &ClientWrapper) -> Result<(), Error> {
        let taking = place::statement(client, self.seen.as_deref()).await?;
        self.ready(client).await?;
        let (begun, taken, marked) = futures::join!(
            client.batch_execute(self.opening()),
            place::take(client, taking.as_ref(), self.seen.as_deref()),
            self.mark(client)
        );
        begun.and(taken).and(marked)
    }

    /// Begins, and runs the first statement in the same round trip. A statement whose table has changed since it
    /// was prepared is prepared again.
    ///
    /// # Errors
    /// What the database refuses; the transaction is over then.
    pub async fn begin(&self, client: &ClientWrapper, sql: &str, params: &[Param]) -> Result<Vec<Row>, Error> {
        let mut again = true;
        loop {
            let statement = prepare(client, sql).await?;
            let taking = place::statement(client, self.seen.as_deref()).await?;
            self.ready(client).await?;
            let (begun, taken, marked, rows) = futures::join!(
                client.batch_execute(self.opening()),
                place::take(client, taking.as_ref(), self.seen.as_deref()),
                self.mark(client),
                query(client, &statement, params)
            );
            begun?;
            let rows = taken.and(marked).and(rows);
            match rows {
                Err(error) => {
                    client.batch_execute("rollback").await?;
                    if !(again && is_stale(&error)) {
                        return Err(error);
                    }
                    forget(client, sql);
                    again = false;
                }
                rows => return rows,
            }
        }
    }

    /// Has what [`Self::mark`] runs prepared, so that it leaves with the rest.
    async fn ready(&self, client: &ClientWrapper) -> Result<(), Error> {
        match &self.signed {
            Some(signed) => signed.prepare(client).await,
            None => Ok(()),
        }
    }

    async fn mark(&self, client: &ClientWrapper) -> Result<(), Error> {
        match &self.signed {
            Some(signed) => signed.write(client).await,
            None => Ok(()),
        }
    }

    /// Who only looks is held to it by PostgreSQL, too.
    fn opening(&self) -> &'static str {
        if self.seen.as_ref().is_some_and(|seen| seen.read_only) { "begin read only" } else { "begin read write" }
    }

    /// Ends it with what was changed.
    ///
    /// # Errors
    /// What the database refuses, and 403 when something in it left the role. Nothing was changed then.
    pub async fn commit(&self) -> Result<(), Problem> {
        place::commit(self.client()?, self.seen.as_deref()).await
    }

    /// Gives up every change so far; the next is [`Self::begin`] again.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn restart(&self, client: &ClientWrapper) -> Result<(), Error> {
        client.batch_execute("rollback").await
    }

    /// The connection may be used again: the transaction was committed.
    pub fn committed(mut self) {
        drop(self.conn.take());
    }

    /// Gives up every change.
    pub async fn rollback(mut self) {
        if let Some(conn) = self.conn.take()
            && conn.batch_execute("rollback").await.is_err()
        {
            drop(Object::take(conn));
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            drop(Object::take(conn));
        }
    }
}

/// Runs a prepared statement with values as text.
///
/// # Errors
/// What the database refuses.
pub async fn query(client: &ClientWrapper, statement: &Statement, params: &[Param]) -> Result<Vec<Row>, Error> {
    let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as &(dyn ToSql + Sync)).collect();
    client.query(statement, &params).await
}

/// A row of a result as JSON values.
///
/// # Errors
/// 500 when a value hasn't the form of its type, or its column got another type meanwhile.
pub fn record(writer: &JsonWriter, row: &Row) -> Result<Record, Problem> {
    let mut json = Vec::with_capacity(512);
    writer.check(row).and_then(|()| writer.row(row, &mut json)).map_err(Problem::internal)?;
    serde_json::from_slice(&json).map_err(Problem::internal)
}
