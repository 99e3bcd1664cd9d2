//! One read in one transaction of its own, sent in one go: `begin`, the preamble, the query and `commit` leave
//! together, so that a page costs one round trip however long its preamble is.

use super::json::Unreadable;
use super::sql::Param;
use deadpool_postgres::ClientWrapper;
use futures::future::maybe_done;
use futures::{FutureExt as _, TryStreamExt as _, join, poll};
use pgprepared::{forget, is_stale, prepare};
use std::pin::pin;
use tokio_postgres::{Row, Statement};

pub(crate) const READ: &str = "begin read only";

/// What every transaction starts with, such as taking a role and naming the tenant. One statement with bound
/// values, `select set_config('role', $1, true), set_config('app.organization', $2, true)`; empty for none.
#[derive(Clone, Debug, Default)]
pub struct Preamble {
    pub sql: String,
    pub params: Vec<Param>,
    /// The connection is read-only by itself, so that one query needs no transaction around it.
    pub is_bare: bool,
    /// A query sent right before the end, when it isn't empty: fails when something in the transaction left the role
    /// that the preamble took on. What was read is not given out then.
    pub check: &'static str,
}

impl Preamble {
    /// `sql` is one statement of ours; `values` are its `$1`, `$2`, …
    #[must_use]
    pub fn new(sql: impl Into<String>, values: Vec<String>) -> Self {
        Self { sql: sql.into(), params: values.into_iter().map(|v| Param(Some(v))).collect(), ..Self::default() }
    }

    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// For connections with `default_transaction_read_only`: a query is a transaction of its own, in one message
    /// instead of three.
    #[must_use]
    pub fn bare() -> Self {
        Self { is_bare: true, ..Self::default() }
    }
}

/// Why a read did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    Database(tokio_postgres::Error),
    Unreadable(Unreadable),
    /// The check before the end failed.
    Left(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error)
    }
}

/// Runs one query; `begin` is [`READ`], perhaps with settings after it. `on_row` sees each row as it arrives.
pub(crate) async fn read(
    client: &ClientWrapper,
    begin: &str,
    preamble: &Preamble,
    sql: &str,
    params: &[Param],
    mut on_row: impl FnMut(&Row) -> Result<(), Unreadable>,
) -> Result<(), Failure> {
    let mut seen = false;
    let mut sink = |row: &Row| {
        seen = true;
        on_row(row)
    };
    match attempt(client, begin, preamble, sql, params, &mut sink).await {
        // The table changed since the statement was prepared. Nothing was read yet: prepare it afresh.
        Err(Failure::Database(error)) if !seen && is_stale(&error) => {
            forget(client, sql);
            attempt(client, begin, preamble, sql, params, &mut on_row).await
        }
        result => result,
    }
}

async fn attempt(
    client: &ClientWrapper,
    begin: &str,
    preamble: &Preamble,
    sql: &str,
    params: &[Param],
    on_row: &mut impl FnMut(&Row) -> Result<(), Unreadable>,
) -> Result<(), Failure> {
    if preamble.is_bare && begin == READ {
        let statement = prepare(client, sql).await?;
        return each_row(client, &statement, params, on_row).await;
    }
    let opening = if preamble.sql.is_empty() { None } else { Some(prepare(client, &preamble.sql).await?) };
    let mut open = Open { client, is_open: true };
    let head = maybe_done(async {
        let settings = async {
            match &opening {
                Some(statement) => settle(client, statement, &preamble.params).await,
                None => Ok(()),
            }
        };
        let (begun, set) = join!(client.batch_execute(begin), settings);
        begun.and(set)
    });
    let mut head = pin!(head);
    // Polled once, so that `begin` and the preamble are sent before whatever follows.
    let _ = poll!(head.as_mut());
    // Prepared inside the transaction when it is new: its tables may be visible to the preamble's role only.
    let statement = match prepare(client, sql).await {
        Ok(statement) => statement,
        Err(error) => {
            open.is_open = false;
            let ((), rolled_back) = join!(head.as_mut(), client.batch_execute("rollback"));
            head.take_output().unwrap_or(Ok(()))?;
            rolled_back?;
            return Err(error.into());
        }
    };
    let rows = each_row(client, &statement, params, on_row);
    let check = async { if preamble.check.is_empty() { Ok(()) } else { client.batch_execute(preamble.check).await } };
    let commit = async {
        // Sent by the very first poll: from here on the transaction ends whatever becomes of us.
        open.is_open = false;
        client.batch_execute("commit").await
    };
    let ((), rows, checked, committed) = join!(head.as_mut(), rows, check, commit);
    // The first failure is the cause of those after it.
    head.take_output().unwrap_or(Ok(()))?;
    rows?;
    checked.map_err(Failure::Left)?;
    committed?;
    Ok(())
}

async fn each_row(
    client: &ClientWrapper,
    statement: &Statement,
    params: &[Param],
    on_row: &mut impl FnMut(&Row) -> Result<(), Unreadable>,
) -> Result<(), Failure> {
    let stream = client.query_raw(statement, params).await?;
    let mut stream = pin!(stream);
    while let Some(row) = stream.try_next().await? {
        on_row(&row).map_err(Failure::Unreadable)?;
    }
    Ok(())
}

/// Runs the preamble; its result says nothing.
async fn settle(client: &ClientWrapper, statement: &Statement, params: &[Param]) -> Result<(), tokio_postgres::Error> {
    let stream = client.query_raw(statement, params).await?;
    let mut stream = pin!(stream);
    while stream.try_next().await?.is_some() {}
    Ok(())
}

/// Ends the transaction when the caller goes away in the middle of it.
struct Open<'a> {
    client: &'a ClientWrapper,
    is_open: bool,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if self.is_open {
            // The first poll sends it; the connection answers to nobody.
            let _ = self.client.batch_execute("rollback").now_or_never();
        }
    }
}
