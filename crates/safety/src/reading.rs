//! A connection that sees one moment of the log, however long it takes to read it.

use deadpool_postgres::{ClientWrapper, Object};
use kernel::db::{PREAMBLE, preamble_values};
use kernel::{App, Caller, Problem, Result};
use tokio_postgres::types::ToSql;

const BEGIN: &str = "begin isolation level repeatable read read only; set local statement_timeout = '1h'";

/// Left before its end it is closed, which ends what it was reading.
pub struct Reading(Option<Object>);

impl Reading {
    /// In the caller's place: who acts for an organization sees its rows alone.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn begin(app: &App, caller: &Caller) -> Result<Self> {
        let reading = Self(Some(app.db.conn().await?));
        let values = preamble_values(caller, app.clock.now());
        let params: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        reading.client()?.batch_execute(BEGIN).await?;
        reading.client()?.query(PREAMBLE, &params).await?;
        Ok(reading)
    }

    /// # Errors
    /// Never before the end.
    pub fn client(&self) -> Result<&ClientWrapper> {
        self.0.as_deref().ok_or_else(|| Problem::internal("the transaction has ended"))
    }

    /// # Errors
    /// When the database is away.
    pub async fn end(mut self) -> Result<()> {
        self.client()?.batch_execute("commit").await?;
        drop(self.0.take());
        Ok(())
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(conn) = self.0.take() {
            drop(Object::take(conn));
        }
    }
}
