//! What became of a transaction whose end nobody heard of: written down by its number before the commit, asked after by
//! whoever comes later, so that nothing is done twice.

use super::open::Open;
use deadpool_postgres::ClientWrapper;
use kernel::{Problem, Result};

const NUMBER: &str = "select pg_catalog.txid_current()";
const STATUS: &str = "select pg_catalog.txid_status($1)";

pub const STATEMENTS: &[&str] = &[NUMBER, STATUS];

/// The number of the transaction that is open.
///
/// # Errors
/// When the database is away.
pub async fn number(client: &ClientWrapper) -> Result<i64> {
    Ok(client.query_one(NUMBER, &[]).await?.get(0))
}

/// Whether a transaction was committed; none when the source doesn't know it any more.
///
/// # Errors
/// 503 while it is still ending, or the source is away.
pub async fn was_committed(source: &Open, txid: i64) -> Result<Option<bool>> {
    let conn = source.conn().await?;
    let row = conn.query_one(STATUS, &[&txid]).await.map_err(|error| source.named(error.into()))?;
    match row.get::<_, Option<&str>>(0) {
        Some("committed") => Ok(Some(true)),
        Some("aborted") => Ok(Some(false)),
        Some(_) => Err(Problem::unavailable("An earlier attempt is still ending")),
        None => Ok(None),
    }
}
