//! Statements kept prepared on a connection: bounded, and prepared again when their table has changed. A statement that
//! isn't kept costs two more round trips, and PostgreSQL plans it anew, which takes longer than most of ours run.

mod client;

pub use client::Client;

use deadpool_postgres::ClientWrapper;
use futures::poll;
use std::pin::pin;
use std::task::Poll;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Statement};

/// Statements kept on one connection. Callers make shapes (filters, orders), so there must be an end; when it is
/// reached all are given up, which costs a busy connection one preparation each.
const MOST: usize = 256;

/// A statement from the connection's cache.
///
/// # Errors
/// What the database refuses.
pub async fn prepare(client: &ClientWrapper, sql: &str) -> Result<Statement, Error> {
    let mut prepared = pin!(client.prepare_cached(sql));
    if let Poll::Ready(known) = poll!(prepared.as_mut()) {
        return known;
    }
    let result = prepared.await;
    if result.is_err() {
        // The cache keeps an empty place for a failed statement and does not count it.
        forget(client, sql);
    } else if client.statement_cache.size() > MOST {
        client.statement_cache.clear();
    }
    result
}

/// The next [`prepare`] of this statement asks the database again.
pub fn forget(client: &ClientWrapper, sql: &str) {
    client.statement_cache.remove(sql, &[]);
}

/// Whether a statement failed because its table isn't any more what it was when the statement was prepared.
#[must_use]
pub fn is_stale(error: &Error) -> bool {
    match error.as_db_error() {
        Some(db) if *db.code() == SqlState::FEATURE_NOT_SUPPORTED => db.message().contains("cached plan"),
        Some(db) => *db.code() == SqlState::INVALID_SQL_STATEMENT_NAME,
        None => false,
    }
}
